"""claim: what an epoch's tree says is paid to the account, by whoever sends it."""

import json
from pathlib import Path

import pytest
from ape import chain
from eth_abi import encode
from eth_utils import keccak
from web3.exceptions import ContractLogicError

from .conftest import BUDGET
from .merkle import Tree, leaf, parent
from .model import ZERO, lot, unix

MADE = json.loads((Path(__file__).parents[2] / "unit" / "vectors" / "merkle.json").read_text())
"""A tree that npm's @openzeppelin/merkle-tree made, with its proofs: the file says by which version."""

NOT_IN_IT = "points: not in the epoch"


@pytest.fixture
def tree(customer, other_customer, partner, guardian, owner):
    return Tree((customer, 500), (other_customer, 30), (partner, 20), (guardian, 1), (owner, 49))


@pytest.fixture
def published(points, issuer, tree):
    """An epoch that all of the tree can be claimed from."""
    points.publish_epoch(0, tree.root, 600, sender=issuer)
    return points


def test_pays_what_the_tree_says(published, tree, customer, stranger, lots):
    """Anybody may send it; the account gets it in the epoch's lot, and what is unclaimed falls."""
    published.claim(customer, 500, tree.proof(customer, 500), sender=stranger)
    assert lots(published, customer) == {lot(2032, 11): 500}
    assert published.claimed_of(customer) == published.totalSupply() == published.lot_supply(lot(2032, 11)) == 500
    assert tuple(published.claim_epoch()) == (1, tree.root, lot(2032, 11), 100)


def test_tells_the_transfer_and_the_claim(published, tree, customer, stranger):
    """A Transfer from zero and Claimed, and nothing else."""
    tx = published.claim(customer, 500, tree.proof(customer, 500), sender=stranger)
    assert tx.events == [
        published.Transfer(sender=ZERO, receiver=customer, value=500),
        published.Claimed(account=customer, epoch=1, amount=500),
    ]


def test_costs_nobody_any_budget(published, tree, customer, stranger, issuer):
    """It was charged when the epoch was published."""
    published.claim(customer, 500, tree.proof(customer, 500), sender=stranger)
    assert published.budget_of(issuer)[2] == BUDGET - 600


def test_everyone_can_claim_until_nothing_is_left(published, tree, customer, other_customer, partner, guardian, owner):
    """Each account's own claim is paid once and leaves the others' alone; all of them together are the epoch."""
    for account, amount in ((customer, 500), (other_customer, 30), (partner, 20), (guardian, 1), (owner, 49)):
        published.claim(account, amount, tree.proof(account, amount), sender=account)
        assert published.balanceOf(account) == amount
    assert published.claim_epoch()[3] == 0
    assert published.totalSupply() == 600


def test_pays_the_difference_the_next_time(published, tree, issuer, customer, stranger, give, travel, lots):
    """Amounts are cumulative: after the next epoch only what was added since is paid, in the next epoch's lot."""
    published.claim(customer, 500, tree.proof(customer, 500), sender=stranger)
    travel(2032, 1, 5)
    second = Tree((customer, 520), (stranger, 80))
    published.publish_epoch(1, second.root, 20, sender=issuer)
    tx = published.claim(customer, 520, second.proof(customer, 520), sender=stranger)
    assert tx.events[1] == published.Claimed(account=customer, epoch=2, amount=20)
    assert lots(published, customer) == {lot(2032, 11): 500, lot(2033, 1): 20}
    assert (published.claimed_of(customer), published.claim_epoch()[3]) == (520, 100)


def test_whoever_missed_an_epoch_gets_both_at_once(published, issuer, customer, stranger, lots):
    """The newest root is enough."""
    second = Tree((customer, 520), (stranger, 80))
    published.publish_epoch(1, second.root, 20, sender=issuer)
    published.claim(customer, 520, second.proof(customer, 520), sender=stranger)
    assert lots(published, customer) == {lot(2032, 11): 520}


def test_pays_once(published, tree, customer, stranger, refusal):
    """A second claim finds nothing."""
    message = (customer, 500, tree.proof(customer, 500))
    published.claim(*message, sender=stranger)
    assert refusal(published.claim, *message, sender=stranger) == "points: nothing to claim"
    assert published.balanceOf(customer) == 500


def test_an_account_may_stand_in_a_tree_more_than_once(points, issuer, customer, stranger, refusal):
    """The same line twice pays once; of two amounts the higher is what it gets in all, in either order."""
    tree = Tree((customer, 500), (customer, 500), (customer, 200), (stranger, 1))
    points.publish_epoch(0, tree.root, 701, sender=issuer)
    points.claim(customer, 200, tree.proof(customer, 200), sender=stranger)
    points.claim(customer, 500, tree.proof(customer, 500), sender=stranger)
    for amount in (200, 500):
        why = refusal(points.claim, customer, amount, tree.proof(customer, amount), sender=stranger)
        assert why == "points: nothing to claim"
    assert (points.balanceOf(customer), points.claimed_of(customer)) == (500, 500)


def test_a_lower_amount_takes_nothing_back(published, tree, issuer, customer, stranger, refusal):
    """A later tree that says less pays nothing and costs nothing."""
    published.claim(customer, 500, tree.proof(customer, 500), sender=stranger)
    less = Tree((customer, 499), (stranger, 1))
    published.publish_epoch(1, less.root, 0, sender=issuer)
    why = refusal(published.claim, customer, 499, less.proof(customer, 499), sender=stranger)
    assert why == "points: nothing to claim"
    assert published.balanceOf(customer) == 500


def test_an_amount_of_zero_is_nothing(points, issuer, customer, stranger, refusal):
    """An account that is in the tree with 0 has nothing to claim."""
    tree = Tree((customer, 0), (stranger, 5))
    points.publish_epoch(0, tree.root, 5, sender=issuer)
    assert refusal(points.claim, customer, 0, tree.proof(customer, 0), sender=stranger) == "points: nothing to claim"


def test_refuses_what_the_tree_does_not_say(published, tree, customer, other_customer, stranger, refusal):
    """Another amount, another account, and another's proof."""
    proof = tree.proof(customer, 500)
    for account, amount in (
        (customer, 501),
        (customer, 499),
        (stranger, 500),
        (other_customer, 500),
        (other_customer, 30),
    ):
        assert refusal(published.claim, account, amount, proof, sender=stranger) == NOT_IN_IT
    assert refusal(published.claim, customer, 500, proof, sender=stranger) is None


def test_refuses_a_proof_that_is_not_one(published, tree, customer, stranger, refusal):
    """Too short, too long, in another order, with a bit changed, or none."""
    proof = tree.proof(customer, 500)
    flipped = [bytes([proof[0][0] ^ 1]) + proof[0][1:], *proof[1:]]
    low_bit = [*proof[:-1], proof[-1][:-1] + bytes([proof[-1][-1] ^ 1])]
    for bad in (proof[:-1], proof[1:], [*proof, bytes(32)], [*proof, tree.root], proof[::-1], flipped, low_bit, []):
        assert refusal(published.claim, customer, 500, bad, sender=stranger) == NOT_IN_IT


def test_a_proof_has_at_most_32_hashes(points, issuer, customer, stranger, refusal):
    """A tree of 2**32 accounts fits; a longer proof is no calldata of this function."""
    siblings = [bytes([number]) * 32 for number in range(1, 34)]
    for length, fits in ((32, True), (33, False)):
        node = leaf(customer, 5)
        for sibling in siblings[:length]:
            node = parent(node, sibling)
        points.publish_epoch(length, node, 5, sender=issuer)
        why = refusal(points.claim, customer, 5, siblings[:length], sender=stranger)
        assert (why is None) is fits
        assert why != NOT_IN_IT


def test_an_inner_node_is_no_leaf(published, tree, stranger, refusal):
    """Two hashes beside each other are 64 bytes, like an account and an amount; hashing leaves twice tells them apart."""
    inner = range(len(tree.nodes) // 2)
    assert [parent(*tree.nodes[2 * at + 1 : 2 * at + 3]) for at in inner] == [tree.nodes[at] for at in inner]
    for at in inner:
        for left, right in (tree.nodes[2 * at + 1 : 2 * at + 3], tree.nodes[2 * at + 2 : 2 * at : -1]):
            amount = int.from_bytes(right, "big")
            why = refusal(published.claim, "0x" + left[12:].hex(), amount, tree.path(at), sender=stranger)
            assert why == NOT_IN_IT
            # With all 32 bytes of the hash in the account's place it is no address.
            data = published.claim.encode_input(ZERO, amount, tree.path(at))
            call = {
                "from": stranger.address,
                "to": published.address,
                "data": "0x" + (data[:4] + left + data[36:]).hex(),
            }
            with pytest.raises(ContractLogicError, match="0x'"):
                chain.provider.web3.eth.call(call)


def test_a_leaf_hashed_once_is_no_leaf(points, issuer, customer, stranger, refusal):
    """A tree over single hashes, as other libraries build it, pays nobody."""
    once = keccak(encode(["address", "uint256"], [customer.address, 500]))
    points.publish_epoch(0, once, 500, sender=issuer)
    assert refusal(points.claim, customer, 500, [], sender=stranger) == NOT_IN_IT


def test_refuses_a_proof_of_another_epoch(published, tree, issuer, customer, stranger, refusal):
    """The next root replaces the one before, and a root that comes later is not good yet."""
    second = Tree((customer, 500), (stranger, 100))
    assert refusal(published.claim, customer, 500, second.proof(customer, 500), sender=stranger) == NOT_IN_IT
    published.publish_epoch(1, second.root, 0, sender=issuer)
    assert refusal(published.claim, customer, 500, tree.proof(customer, 500), sender=stranger) == NOT_IN_IT
    assert refusal(published.claim, customer, 500, second.proof(customer, 500), sender=stranger) is None


def test_compares_160_bits_of_the_root(points, issuer, customer, stranger, refusal):
    """Each of them counts; the 96 bits above them are kept for readers only."""
    root = leaf(customer, 5)
    for number, bit in enumerate((0, 1, 79, 158, 159)):
        other = (int.from_bytes(root, "big") ^ 1 << bit).to_bytes(32, "big")
        points.publish_epoch(number, other, 5, sender=issuer)
        assert refusal(points.claim, customer, 5, [], sender=stranger) == NOT_IN_IT
    points.publish_epoch(9, root, 5, sender=issuer)
    assert refusal(points.claim, customer, 5, [], sender=stranger) is None
    assert points.claim_epoch()[1] == root


def test_before_the_first_epoch_there_is_nothing(points, customer, stranger, refusal):
    """Whatever the proof."""
    assert refusal(points.claim, customer, 500, [], sender=stranger) == "points: no epoch"
    assert refusal(points.claim_many, [], [], sender=stranger) == "points: no epoch"


def test_is_good_while_its_lot_is(published, tree, issuer, customer, stranger, travel, refusal):
    """Until the last second of the lot's month; then the next epoch takes along what nobody claimed."""
    message = (customer, 500, tree.proof(customer, 500))
    end = unix(2032, 12, 1)
    travel(end - 1)
    assert published.totalSupply() == published.lot_supply(lot(2032, 11)) == 0
    assert refusal(published.claim, *message, sender=stranger) is None
    travel(end)
    assert refusal(published.claim, *message, sender=stranger) == "points: epoch has expired"
    assert refusal(published.claim_many, [], [], sender=stranger) == "points: epoch has expired"
    assert published.totalSupply() == published.lot_supply(lot(2032, 11)) == 0
    published.publish_epoch(1, tree.root, 0, sender=issuer)
    published.claim(*message, sender=stranger)
    assert published.balanceOf(customer) == published.totalSupply() == 500
    assert published.claim_epoch()[2:] == (lot(2033, 12), 100)


def test_never_pays_more_than_was_put_up(points, issuer, customer, other_customer, stranger, refusal):
    """A tree that says more than was added pays until it is short; the next epoch can add the rest."""
    tree = Tree((customer, 500), (other_customer, 30))
    points.publish_epoch(0, tree.root, 529, sender=issuer)
    points.claim(customer, 500, tree.proof(customer, 500), sender=stranger)
    message = (other_customer, 30, tree.proof(other_customer, 30))
    assert refusal(points.claim, *message, sender=stranger) == "points: epoch is short"
    assert points.claim_epoch()[3] == 29
    points.publish_epoch(1, tree.root, 1, sender=issuer)
    points.claim(*message, sender=stranger)
    assert points.claim_epoch()[3] == 0


def test_a_huge_amount_is_short(points, issuer, customer, stranger, refusal):
    """2**256 - 1 in a tree overflows nothing."""
    tree = Tree((customer, 2**256 - 1))
    points.publish_epoch(0, tree.root, 500, sender=issuer)
    assert refusal(points.claim, customer, 2**256 - 1, [], sender=stranger) == "points: epoch is short"


def test_refuses_the_zero_address(points, issuer, stranger, refusal):
    """A line for nobody is paid to nobody."""
    points.publish_epoch(0, leaf(ZERO, 5), 5, sender=issuer)
    assert refusal(points.claim, ZERO, 5, [], sender=stranger) == "points: award to the zero address"


def test_claimed_points_are_points(published, tree, customer, partner, stranger, lots):
    """They are spent with the others of their lot."""
    published.claim(customer, 500, tree.proof(customer, 500), sender=stranger)
    published.transfer(partner, 120, sender=customer)
    published.redeem(300, bytes(32), sender=customer)
    assert (lots(published, customer), lots(published, partner)) == ({lot(2032, 11): 80}, {lot(2032, 11): 120})
    assert published.totalSupply() == 200


def test_spending_does_not_make_a_claim_good_again(published, tree, customer, stranger, refusal):
    """What was claimed counts, not what is held."""
    message = (customer, 500, tree.proof(customer, 500))
    published.claim(*message, sender=stranger)
    published.redeem(500, bytes(32), sender=customer)
    assert refusal(published.claim, *message, sender=stranger) == "points: nothing to claim"


def test_a_pause_stops_claims(published, tree, guardian, customer, stranger, refusal):
    """Both kinds, until the pause is over."""
    message = (customer, 500, tree.proof(customer, 500))
    published.pause(60, sender=guardian)
    assert refusal(published.claim, *message, sender=stranger) == "guard: paused"
    assert refusal(published.claim_many, [], [], sender=stranger) == "guard: paused"
    chain.mine(timestamp=published.paused_until())
    assert refusal(published.claim, *message, sender=stranger) is None


def test_a_frozen_account_can_be_paid(published, tree, guardian, customer, stranger):
    """Freezing stops what leaves an account, not what comes in."""
    published.freeze(customer, sender=guardian)
    published.claim(customer, 500, tree.proof(customer, 500), sender=stranger)
    assert published.balanceOf(customer) == 500


def test_takes_the_trees_of_the_npm_package(points, issuer, stranger, refusal):
    """A tree made by @openzeppelin/merkle-tree is ours to the byte, and every one of its proofs is good."""
    values = [(each["value"][0], int(each["value"][1])) for each in MADE["dump"]["values"]]
    tree = Tree(*values)
    assert [f"0x{node.hex()}" for node in tree.nodes] == MADE["dump"]["tree"]
    points.publish_epoch(0, MADE["root"], 10_000, sender=issuer)
    for (account, amount), proof in zip(values, MADE["proofs"], strict=True):
        proof = [bytes.fromhex(node[2:]) for node in proof]
        why = refusal(points.claim, account, amount, proof, sender=stranger)
        assert why == (None if amount <= 10_000 else "points: epoch is short")
        if why is None:
            points.claim(account, amount, proof, sender=stranger)
            assert points.balanceOf(account) == amount
    assert points.totalSupply() == sum(amount for _, amount in values if amount <= 10_000) > 0
