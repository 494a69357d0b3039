"""recall, recall_of: a production batch is called back."""

import pytest

from .conftest import DOCUMENT

URI = "ipfs://recall"


def test_recalls_a_batch(warranty, register, customer, shop, issuer, free, now):
    """Every item of it is recalled, sold or not, and no other."""
    sold, standing = register(customer, free, now(), production=7), register(shop, free, production=7)
    other, untold = register(customer, free, now(), production=8), register(customer, free, now())
    warranty.recall(10_000, 7, URI, sender=issuer)
    assert [warranty.warranty_of(each).recalled for each in (sold, standing, other, untold)] == [
        True, True, False, False
    ]  # fmt: skip
    assert [tuple(warranty.recall_of(each)) for each in (sold, standing, other, untold)] == [
        (True, URI), (True, URI), (False, ""), (False, "")
    ]  # fmt: skip


def test_tells(warranty, issuer):
    """Which batch, by whom and why, and that anyone's metadata may have changed."""
    tx = warranty.recall(10_000, 7, URI, sender=issuer)
    assert tx.events == [
        warranty.BatchMetadataUpdate(_fromTokenId=0, _toTokenId=2**256 - 1),
        warranty.Recalled(production=7, issuer=issuer, batch=10_000, uri=URI),
    ]
    assert warranty.batch_spent(issuer, 10_000)


def test_ends_with_an_empty_uri(warranty, register, customer, issuer, free, now):
    """A recall can be worded anew, and be over; that is told too."""
    token_id = register(customer, free, now(), production=7)
    warranty.recall(10_000, 7, URI, sender=issuer)
    warranty.recall(10_001, 7, "x" * 2048, sender=issuer)
    assert tuple(warranty.recall_of(token_id)) == (True, "x" * 2048)
    tx = warranty.recall(10_002, 7, "", sender=issuer)
    assert tuple(warranty.recall_of(token_id)) == (False, "")
    assert not warranty.warranty_of(token_id).recalled
    assert tx.events[-1] == warranty.Recalled(production=7, issuer=issuer, batch=10_002, uri="")


def test_reaches_what_is_registered_later(warranty, register, customer, issuer, free, now):
    """An item of a recalled batch that turns up afterwards is recalled."""
    warranty.recall(10_000, 7, URI, sender=issuer)
    assert warranty.warranty_of(register(customer, free, now(), production=7)).recalled


def test_takes_nothing_away(warranty, refusal, register, customer, stranger, issuer, free, now):
    """A recalled item is covered, claimed and passed on as before."""
    token_id = register(customer, free, now(), production=7)
    warranty.recall(10_000, 7, URI, sender=issuer)
    assert not warranty.locked(token_id)
    assert refusal("open_claim", token_id, DOCUMENT, sender=customer) is None
    assert refusal("transferFrom", str(customer), str(stranger), token_id, sender=customer) is None


@pytest.mark.parametrize(
    ("production", "reason"),
    [
        (0, "warranty: production is not from 1 to 65535"),
        (1, None),
        (65535, None),
        (65536, "warranty: production is not from 1 to 65535"),
        (2**256 - 1, "warranty: production is not from 1 to 65535"),
    ],
)
def test_bounds(refusal, issuer, production, reason):
    """Items whose batch is not told cannot be recalled together, and no batch has a larger number."""
    assert refusal("recall", 10_000, production, URI, sender=issuer) == reason


def test_refuses_an_unknown_id(refusal, stranger):
    """What was never registered is not recalled."""
    assert refusal("recall_of", 12345, sender=stranger) == "warranty: no such warranty"
