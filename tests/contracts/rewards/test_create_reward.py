"""create_reward: an issuer puts something on offer."""

import ape
import pytest

from .model import TRANSFERABLE, ZERO, Offer


def test_stands_as_it_was_created(rewards, points, issuer):
    """Everything said at creation can be read, and nothing is sold yet."""
    left = rewards.budget_of(issuer)[2]
    offer = Offer(
        *(7, 250, 10),
        start=100,
        end=200,
        limit=3,
        flags=TRANSFERABLE,
        collection=points.address,
        implementation=rewards.address,
        uri="ipfs://mug",
    )
    rewards.create_reward(0, *offer, sender=issuer)
    assert tuple(rewards.reward_of(7)) == (250, 10, 0, 100, 200, 3, True, False, False, points, rewards, "ipfs://mug")
    assert rewards.uri(7) == "ipfs://mug"
    assert rewards.totalSupply(7) == 0
    assert rewards.batch_spent(issuer, 0)
    assert rewards.budget_of(issuer)[2] == left - 10


def test_tells_all_of_it(rewards, issuer):
    """One event for its terms and the standard's for its metadata."""
    offer = Offer(7, 250, 10, start=100, end=200, limit=3, flags=3, collection=ZERO, uri="ipfs://mug")
    tx = rewards.create_reward(5, *offer, sender=issuer)
    assert tx.events == [
        rewards.RewardCreated(
            reward=7,
            issuer=issuer,
            batch=5,
            price=250,
            stock=10,
            start=100,
            end=200,
            limit=3,
            flags=3,
            collection=ZERO,
            implementation=ZERO,
        ),
        rewards.URI(uri="ipfs://mug", id=7),
    ]


def test_takes_the_largest_of_everything(rewards, owner, issuer):
    """No field runs into its neighbour."""
    rewards.set_issuer(issuer, 2**48 - 1, 86_400, sender=owner)
    top32, top40 = 2**32 - 1, 2**40 - 1
    rewards.create_reward(0, *Offer(top32, 2**64 - 1, top32, top40, top40, top32, flags=3), sender=issuer)
    seen = tuple(rewards.reward_of(top32))
    assert seen == (2**64 - 1, top32, 0, top40, top40, top32, True, True, False, ZERO, ZERO, "")


def test_takes_the_smallest_of_everything(rewards, issuer):
    """Number 1 at a price of 1, with nothing in stock yet, no bounds, bound and not refundable."""
    rewards.create_reward(0, *Offer(1, 1, 0), sender=issuer)
    assert tuple(rewards.reward_of(1)) == (1, 0, 0, 0, 0, 0, False, False, False, ZERO, ZERO, "")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"reward": 0}, "rewards: reward number is out of range"),
        ({"reward": 2**32}, "rewards: reward number is out of range"),
        ({"price": 0}, "rewards: price is out of range"),
        ({"price": 2**64}, "rewards: price is out of range"),
        ({"stock": 2**32}, "rewards: stock is out of range"),
        ({"start": 2**40}, "rewards: time is out of range"),
        ({"end": 2**40}, "rewards: time is out of range"),
        ({"start": 101, "end": 100}, "rewards: sale ends before it starts"),
        ({"limit": 2**32}, "rewards: limit is out of range"),
        ({"flags": 4}, "rewards: unknown flags"),
        ({"flags": 2**16}, "rewards: unknown flags"),
        ({"collection": "0x" + "11" * 20}, "rewards: collection is not a contract"),
        ({"implementation": "0x" + "11" * 20}, "rewards: implementation without a collection"),
    ],
    ids=str,
)
def test_refuses_what_does_not_fit(rewards, owner, issuer, refusal, change, reason):
    """Each argument has its range."""
    rewards.set_issuer(issuer, 2**48 - 1, 86_400, sender=owner)
    offer = Offer(7, 250, 10)._replace(**change)
    assert refusal(rewards.create_reward, 0, *offer, sender=issuer) == reason


def test_a_collection_needs_code_that_answers_for_it(rewards, points, issuer, refusal):
    """Any account could be of a token; the code behind it says whose it is."""
    for none in (ZERO, "0x" + "11" * 20):
        offer = Offer(7, 250, 10, collection=points.address, implementation=none)
        told = refusal(rewards.create_reward, 0, *offer, sender=issuer)
        assert told == "rewards: implementation is not a contract"


def test_may_start_and_end_in_the_same_second(rewards, issuer, refusal):
    """A window of one second is a window, and an end may stand without a start and the other way round."""
    for start, end in ((100, 100), (0, 100), (100, 0)):
        assert refusal(rewards.create_reward, 0, *Offer(7, 1, 1, start, end), sender=issuer) is None


def test_a_number_is_used_once(rewards, issuer):
    """A reward that was promised cannot be made another one."""
    rewards.create_reward(0, *Offer(7, 250, 10), sender=issuer)
    with ape.reverts("rewards: reward exists"):
        rewards.create_reward(1, *Offer(7, 1, 10), sender=issuer)
    assert rewards.reward_of(7).price == 250
    assert not rewards.batch_spent(issuer, 1)


def test_stock_is_charged_to_the_budget(rewards, owner, issuer, refusal):
    """An issuer puts no more units on offer than its budget; one without stock costs nothing."""
    rewards.set_issuer(issuer, 10, 3_600, sender=owner)
    assert refusal(rewards.create_reward, 0, *Offer(7, 1, 11), sender=issuer) == "issuers: over budget"
    rewards.create_reward(0, *Offer(7, 1, 10), sender=issuer)
    assert rewards.budget_of(issuer)[2] == 0
    assert refusal(rewards.create_reward, 1, *Offer(8, 1, 1), sender=issuer) == "issuers: over budget"
    assert refusal(rewards.create_reward, 1, *Offer(8, 1, 0), sender=issuer) is None


def test_a_batch_is_accepted_once(rewards, issuer, refusal):
    """Sent again, it does nothing, also with other contents."""
    rewards.create_reward(0, *Offer(7, 1, 10), sender=issuer)
    assert refusal(rewards.create_reward, 0, *Offer(8, 1, 10), sender=issuer) == "issuers: batch already spent"


def test_a_reward_that_is_not_there(rewards, refusal, stranger):
    """Reading one is refused, and its metadata is empty."""
    assert refusal(rewards.reward_of, 99, sender=stranger) == "rewards: no such reward"
    assert rewards.uri(99) == ""
