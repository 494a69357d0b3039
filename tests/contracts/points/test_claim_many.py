"""claim_many: claims of many accounts in one transaction."""

import pytest

from .merkle import Tree, line
from .model import ZERO, lot

NOT_IN_IT = "points: not in the epoch"
NOT_FITTING = "points: proofs do not fit"


@pytest.fixture
def owed(customer, other_customer, partner, guardian, owner):
    return [(customer, 500), (other_customer, 30), (partner, 20), (guardian, 1), (owner, 49)]


@pytest.fixture
def tree(owed):
    return Tree(*owed)


@pytest.fixture
def published(points, issuer, tree):
    points.publish_epoch(0, tree.root, 600, sender=issuer)
    return points


@pytest.fixture
def batch(tree):
    """The two arguments for these lines of the tree."""

    def made(lines):
        proofs = [tree.proof(*each) for each in lines]
        words = [line(*each, len(proof)) for each, proof in zip(lines, proofs, strict=True)]
        return words, [node for proof in proofs for node in proof]

    return made


def test_pays_all_of_them(published, tree, batch, owed, stranger, lots):
    """Every account gets its own, in the epoch's lot; nothing is left unclaimed, and the rest of the epoch stays."""
    published.claim_many(*batch(owed), sender=stranger)
    for account, amount in owed:
        assert lots(published, account) == {lot(2032, 11): amount}
        assert published.claimed_of(account) == amount
    assert tuple(published.claim_epoch()) == (1, tree.root, lot(2032, 11), 0)
    assert published.totalSupply() == published.lot_supply(lot(2032, 11)) == 600


def test_tells_of_each(published, batch, owed, stranger):
    """A Transfer and a Claimed for each, in the order of the lines."""
    tx = published.claim_many(*batch(owed[:2]), sender=stranger)
    assert tx.events == [
        event
        for account, amount in owed[:2]
        for event in (
            published.Transfer(sender=ZERO, receiver=account, value=amount),
            published.Claimed(account=account, epoch=1, amount=amount),
        )
    ]


def test_leaves_out_who_was_paid(published, batch, owed, customer, other_customer, stranger):
    """A line that somebody else claimed first, or that stands twice, does not sink the others."""
    published.claim_many(*batch(owed[:1]), sender=stranger)
    tx = published.claim_many(*batch([owed[0], owed[1], owed[1], owed[0]]), sender=stranger)
    assert tx.events == [
        published.Transfer(sender=ZERO, receiver=other_customer, value=30),
        published.Claimed(account=other_customer, epoch=1, amount=30),
    ]
    assert (published.balanceOf(customer), published.claim_epoch()[3]) == (500, 70)


def test_of_nobody_left_to_pay_nothing_is_told(published, batch, owed, stranger):
    """The whole batch again, and no batch at all, change nothing and are no error."""
    published.claim_many(*batch(owed), sender=stranger)
    assert published.claim_many(*batch(owed), sender=stranger).events == []
    assert published.claim_many([], [], sender=stranger).events == []
    assert published.totalSupply() == 600


def test_a_wrong_proof_refuses_the_batch(published, batch, owed, stranger, refusal):
    """Also that of an account that was paid already: what is sent is right, or nothing happens."""
    words, proofs = batch(owed)
    for spoiled in range(len(proofs)):
        wrong = [bytes([node[0] ^ 1]) + node[1:] if at == spoiled else node for at, node in enumerate(proofs)]
        assert refusal(published.claim_many, words, wrong, sender=stranger) == NOT_IN_IT
    published.claim_many(*batch(owed[:1]), sender=stranger)
    words, proofs = batch(owed[:1])
    assert refusal(published.claim_many, words, proofs[::-1], sender=stranger) == NOT_IN_IT
    assert published.totalSupply() == 500


def test_refuses_what_the_tree_does_not_say(published, tree, batch, owed, customer, stranger, refusal):
    """Another amount or another account in one line."""
    words, proofs = batch(owed)
    length = len(tree.proof(customer, 500))
    for bad in (line(customer, 501, length), line(stranger, 500, length), line(customer, 500 | 1 << 87, length)):
        assert refusal(published.claim_many, [bad, *words[1:]], proofs, sender=stranger) == NOT_IN_IT


def test_all_proofs_must_be_used(published, batch, owed, stranger, refusal):
    """One hash too many, one too few, or none: refused, whatever the lines before."""
    words, proofs = batch(owed)
    assert refusal(published.claim_many, words, [*proofs, proofs[0]], sender=stranger) == NOT_FITTING
    assert refusal(published.claim_many, words, proofs[:-1], sender=stranger) == NOT_FITTING
    assert refusal(published.claim_many, words, [], sender=stranger) == NOT_FITTING
    assert refusal(published.claim_many, [], proofs[:1], sender=stranger) == NOT_FITTING


def test_lengths_cut_the_proofs(published, tree, batch, owed, customer, stranger, refusal):
    """A line takes exactly as many hashes as it says: one more or less and it is another proof."""
    words, proofs = batch(owed)
    length = len(tree.proof(customer, 500))
    for other in (length - 1, length + 1, 0):
        bad = [line(customer, 500, other), *words[1:]]
        assert refusal(published.claim_many, bad, proofs, sender=stranger) == NOT_IN_IT
    bad = [line(customer, 500, 255), *words[1:]]
    assert refusal(published.claim_many, bad, proofs, sender=stranger) == NOT_FITTING


def test_a_proof_of_255_hashes_is_read_whole(points, issuer, customer, stranger, refusal):
    """The longest that a line can say; no tree is that deep, so it proves nothing."""
    points.publish_epoch(0, b"\1" * 32, 5, sender=issuer)
    assert refusal(points.claim_many, [line(customer, 5, 255)], [bytes(32)] * 255, sender=stranger) == NOT_IN_IT


def test_one_leaf_needs_no_proof(points, issuer, customer, stranger):
    """A tree of a single account is its leaf."""
    points.publish_epoch(0, Tree((customer, 5)).root, 5, sender=issuer)
    points.claim_many([line(customer, 5, 0)], [], sender=stranger)
    assert points.balanceOf(customer) == 5


def test_never_pays_more_than_was_put_up(points, issuer, tree, batch, owed, stranger, refusal):
    """The line that finds too little left refuses the batch; without it the others are paid."""
    points.publish_epoch(0, tree.root, 599, sender=issuer)
    assert refusal(points.claim_many, *batch(owed), sender=stranger) == "points: epoch is short"
    points.claim_many(*batch(owed[:4]), sender=stranger)
    assert points.claim_epoch()[3] == 48


def test_pays_the_difference_the_next_time(published, batch, owed, issuer, customer, stranger):
    """As claim does."""
    published.claim_many(*batch(owed), sender=stranger)
    second = Tree((customer, 520), (stranger, 10))
    published.publish_epoch(1, second.root, 30, sender=issuer)
    proof = second.proof(customer, 520)
    tx = published.claim_many([line(customer, 520, len(proof))], proof, sender=stranger)
    assert tx.events[1:] == [published.Claimed(account=customer, epoch=2, amount=20)]
    assert (published.balanceOf(customer), published.claim_epoch()[3]) == (520, 10)


def test_an_amount_has_88_bits(points, issuer, customer, stranger, refusal):
    """The largest that a line can say is read whole: it is in the tree, and more than was put up."""
    most = 2**88 - 1
    points.publish_epoch(0, Tree((customer, most)).root, 5, sender=issuer)
    assert refusal(points.claim_many, [line(customer, most, 0)], [], sender=stranger) == "points: epoch is short"


def test_refuses_the_zero_address(points, issuer, stranger, refusal):
    """A line for nobody refuses the batch."""
    points.publish_epoch(0, Tree((ZERO, 5)).root, 5, sender=issuer)
    assert refusal(points.claim_many, [line(ZERO, 5, 0)], [], sender=stranger) == "points: award to the zero address"


def test_a_hundred_accounts_fit_and_no_more(points, issuer, stranger, refusal):
    """The largest batch is paid in one transaction; a longer one is no calldata of this function."""
    accounts = [f"0x{'1f' * 16}{0x11111111 + number:08x}" for number in range(128)]
    tree = Tree(*((account, 7) for account in accounts))
    points.publish_epoch(0, tree.root, 7 * 128, sender=issuer)
    words = [line(account, 7, 7) for account in accounts]
    proofs = [node for account in accounts for node in tree.proof(account, 7)]
    assert refusal(points.claim_many, words[:101], proofs[: 7 * 101], sender=stranger) is not None
    points.claim_many(words[:100], proofs[: 7 * 100], sender=stranger)
    assert points.totalSupply() == 700
    assert points.claim_epoch()[3] == 7 * 28


def test_2000_hashes_fit_and_no_more(points, issuer, customer, stranger, refusal):
    """A batch of 100 proofs of 20 hashes, which is a tree of a million accounts."""
    points.publish_epoch(0, b"\1" * 32, 5, sender=issuer)
    words = [line(customer, 5, 20)] * 100
    assert refusal(points.claim_many, words, [bytes(32)] * 2000, sender=stranger) == NOT_IN_IT
    assert refusal(points.claim_many, words, [bytes(32)] * 2001, sender=stranger) not in (None, NOT_IN_IT, NOT_FITTING)
