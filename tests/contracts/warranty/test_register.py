"""register: many warranties at once, each item once, all of a batch or none."""

import ape
import pytest
from ape import chain

from .conftest import BUDGET, PERIOD
from .packing import add_months, item, unix

ZERO = "0x" + "0" * 40


def test_registers_to_a_customer(warranty, register, customer, free, now):
    """With a start the warranty is active from that day on."""
    bought = now() - 3 * 86_400
    token_id = register(customer, free, bought)
    found = warranty.warranty_of(token_id)
    assert tuple(found)[:7] == (customer.address, 2, bought, add_months(bought, 60), free, 0, 0)
    assert warranty.ownerOf(token_id) == customer
    assert warranty.balanceOf(customer) == 1


def test_registers_to_a_shop(warranty, register, shop, free):
    """Without a start it is issued and its clock stands still."""
    token_id = register(shop, free)
    assert tuple(warranty.warranty_of(token_id))[:7] == (shop.address, 1, 0, 0, free, 0, 0)
    assert warranty.ownerOf(token_id) == shop


def test_registers_many(warranty, issuer, customer, other_customer, shop, free, soulbound, now):
    """A batch may mix wallets, terms and starts; wallets that occur twice hold two."""
    start = now() - 1
    rows = [(customer, free, start), (shop, soulbound, 0), (customer, soulbound, start), (other_customer, free, start)]
    items = [word for i, row in enumerate(rows) for word in (1000 + i, item(*row))]
    warranty.register(10_000, items, sender=issuer)
    found = [warranty.warranty_of(1000 + i) for i in range(4)]
    assert [(each.owner, each.terms, each.start) for each in found] == [(str(w), t, s) for w, t, s in rows]
    assert [warranty.balanceOf(each) for each in (customer, other_customer, shop)] == [2, 1, 1]


def test_registers_the_most_at_once(warranty, issuer, shop, twice):
    """Two hundred fit one batch; the first and the last are there."""
    items = [word for i in range(1, 201) for word in (i, item(shop, twice))]
    tx = warranty.register(10_000, items, sender=issuer)
    assert warranty.balanceOf(shop) == 200
    assert [warranty.ownerOf(i) for i in (1, 200)] == [shop, shop]
    assert tx.gas_used < 2**24  # what one transaction may use (EIP-7825)


def test_tells_what_it_registered(warranty, issuer, customer, shop, free, soulbound, now):
    """Holder, terms and time of each item, that a bound one is locked, and the batch once."""
    start = now()
    items = [1, item(customer, soulbound, start, 65535), 2, item(shop, free, 0, 1), 3, item(shop, soulbound)]
    tx = warranty.register(10_000, items, sender=issuer)
    assert tx.events == [
        warranty.Transfer(sender=ZERO, receiver=customer, token_id=1),
        warranty.WarrantyRegistered(token_id=1, terms=soulbound, production=65535),
        warranty.TokenExpiryUpdated(tokenId=1, startTime=start, endTime=add_months(start, 36)),
        warranty.Locked(tokenId=1),
        warranty.Transfer(sender=ZERO, receiver=shop, token_id=2),
        warranty.WarrantyRegistered(token_id=2, terms=free, production=1),
        warranty.TokenExpiryUpdated(tokenId=2, startTime=0, endTime=0),
        warranty.Transfer(sender=ZERO, receiver=shop, token_id=3),
        warranty.WarrantyRegistered(token_id=3, terms=soulbound, production=0),
        warranty.TokenExpiryUpdated(tokenId=3, startTime=0, endTime=0),
        warranty.Registered(issuer=issuer, batch=10_000, count=3),
    ]


@pytest.mark.parametrize("ago", [0, 1, "since 1970"])
def test_start_may_lie_in_the_past(warranty, issuer, customer, free, now, ago):
    """The last second that may be a start is that of the block; the first is the first of 1970."""
    moment = now() + 10
    start = 1 if ago == "since 1970" else moment - ago
    chain.pending_timestamp = moment
    warranty.register(10_000, [1, item(customer, free, start)], sender=issuer)
    assert warranty.startTime(1) == start


def test_refuses_a_start_in_the_future(issuer, customer, free, refusal, now):
    """A purchase that has not happened yet is not registered, be it a second away."""
    assert refusal("register", 10_000, [1, item(customer, free, now())], sender=issuer) is None
    words = [1, item(customer, free, now() + 1)]
    assert refusal("register", 10_000, words, sender=issuer) == "warranty: start is in the future"


def test_refuses_a_start_wider_than_its_field(issuer, customer, free, refusal):
    """Forty bits of start never reach the fields beside it, whatever they hold."""
    for start in (2**32, 2**40 - 1):
        words = [1, item(customer, free, start)]
        assert refusal("register", 10_000, words, sender=issuer) == "warranty: start is in the future"


@pytest.mark.parametrize("production", [0, 1, 65535])
def test_knows_its_production_batch(warranty, register, customer, shop, free, soulbound, now, production):
    """Whatever the terms and the start, the batch an item was made in is kept, and nothing beside it is touched."""
    for wallet, terms, start in ((customer, free, now()), (shop, soulbound, 0), (customer, soulbound, now())):
        found = warranty.warranty_of(register(wallet, terms, start, production))
        assert (found.owner, found.terms, found.start, found.production) == (wallet, terms, start, production)


@pytest.mark.parametrize("bit", [72, 83, 95])
def test_refuses_stray_bits(issuer, customer, free, refusal, bit):
    """The bits between wallet and start mean nothing and must be zero."""
    words = [1, item(customer, free) | 1 << bit]
    assert refusal("register", 10_000, words, sender=issuer) == "warranty: item has stray bits"


def test_refuses_an_item_seen_before(warranty, register, issuer, customer, other_customer, free, refusal, now):
    """An item is registered once, in this batch or in an earlier one, to whomever."""
    token_id = register(customer, free, now())
    again = [5, item(other_customer, free), token_id, item(other_customer, free)]
    assert refusal("register", 10_000, again, sender=issuer) == "warranty: registered already"
    twice_in_one = [5, item(customer, free), 6, item(customer, free), 5, item(customer, free)]
    assert refusal("register", 10_000, twice_in_one, sender=issuer) == "warranty: registered already"
    assert warranty.ownerOf(token_id) == customer
    assert warranty.balanceOf(customer) == 1


def test_refuses_a_void_item_too(warranty, register, issuer, customer, free, refusal, now):
    """A void warranty keeps its item: it cannot be registered afresh."""
    token_id = register(customer, free, now())
    warranty.void(10_000, token_id, "returned", sender=issuer)
    words = [token_id, item(customer, free)]
    assert refusal("register", 10_001, words, sender=issuer) == "warranty: registered already"


def test_one_bad_item_refuses_the_batch(warranty, issuer, customer, free):
    """All or none: neither the good items nor the batch number are used up."""
    with ape.reverts("warranty: no such terms"):
        warranty.register(10_000, [1, item(customer, free), 2, item(customer, 99)], sender=issuer)
    assert warranty.balanceOf(customer) == 0
    assert not warranty.batch_spent(issuer, 10_000)
    assert warranty.budget_of(issuer)[2] == warranty.budget_of(issuer)[0]
    assert warranty.warranty_of(1).state == 0


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ([], "warranty: empty batch"),
        ([1], "warranty: empty batch"),
        ([1, item("0x" + "1" * 40, 1), 2], "warranty: items come in pairs"),
        ([1, item(ZERO, 1)], "warranty: wallet is the zero address"),
        ([0, item("0x" + "1" * 40, 1)], "warranty: id is zero"),
        ([1, item("0x" + "1" * 40, 0)], "warranty: no such terms"),
        ([1, item("0x" + "1" * 40, 65535)], "warranty: no such terms"),
    ],
)
def test_refuses_what_is_no_registration(issuer, refusal, words, reason):
    """Half an item, no wallet and no terms are refused, each with its reason."""
    assert refusal("register", 10_000, words, sender=issuer) == reason


def test_refuses_a_batch_seen_before(warranty, issuer, customer, free, refusal):
    """A batch sent twice registers once, also with other items in it."""
    warranty.register(10_000, [1, item(customer, free)], sender=issuer)
    for words in ([1, item(customer, free)], [2, item(customer, free)]):
        assert refusal("register", 10_000, words, sender=issuer) == "issuers: batch already spent"
    assert warranty.batch_spent(issuer, 10_000)
    assert warranty.balanceOf(customer) == 1


def test_budget_counts_warranties(warranty, owner, issuer, customer, free, refusal, now):
    """An issuer registers as many as its budget in a window, and again in the next window."""
    warranty.set_issuer(issuer, 3, PERIOD, sender=owner)
    assert warranty.budget_of(issuer)[2] == 3
    warranty.register(10_000, [1, item(customer, free), 2, item(customer, free)], sender=issuer)
    assert warranty.budget_of(issuer)[2] == 1
    two_more = [3, item(customer, free), 4, item(customer, free)]
    assert refusal("register", 10_001, two_more, sender=issuer) == "issuers: over budget"
    chain.mine(timestamp=(now() // PERIOD + 1) * PERIOD)
    assert refusal("register", 10_001, two_more, sender=issuer) is None


def test_start_still_fits_in_the_last_year_it_can(warranty, issuer, customer, shop, free, refusal):
    """From February 2106 on a start is held at the last second that has room, and never reaches the wallet."""
    warranty.register(10_000, [1, item(shop, free)], sender=issuer)
    chain.mine(timestamp=unix(2107, 1, 1))
    words = [2, item(customer, free, 2**32)]
    assert refusal("register", 10_001, words, sender=issuer) == "warranty: start is in the future"
    warranty.transferFrom(shop, customer, 1, sender=shop)
    assert warranty.ownerOf(1) == customer
    assert warranty.startTime(1) == 2**32 - 1


def test_constructor_sets_up_the_first_issuer(warranty, issuer):
    """The contract starts with its issuer's budget."""
    assert warranty.is_issuer(issuer)
    assert tuple(warranty.budget_of(issuer))[:2] == (BUDGET, PERIOD)


def test_constructor_needs_no_issuer(project, owner):
    """Without a first issuer there is none; with one, it needs a budget."""
    contract = owner.deploy(project.Warranty, "W", "W", "", owner, ZERO, 0, 0)
    assert not contract.is_issuer(owner)
    with ape.reverts("warranty: issuer without a budget"):
        owner.deploy(project.Warranty, "W", "W", "", owner, owner, 0, PERIOD)
