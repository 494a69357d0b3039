"""ERC-7818: lots as that standard calls them, and sending points of one of them."""

import pytest

from .model import INFINITE, lot, unix

CLOSED = "points: transfers are closed"
LOW = "points: balance is too low"
THIEF, VICTIM = "0x" + "00" * 19 + "01", "0x" + "01" * 20
# Divided by the six lots of a slot, it is the victim's storage key for January 2033.
OF_THE_VICTIM = (int(VICTIM, 16) << 96) * 6 + lot(2033, 1)
HELD = {lot(2032, 11): 10, lot(2032, 12): 20, lot(2033, 1): 30}


@pytest.fixture
def aged(open_points, customer, give, travel):
    """The customer holds 10, 20 and 30 points of three lots, in two slots; now it is January 2032."""
    give(open_points, customer, 10)
    travel(2031, 12, 5)
    give(open_points, customer, 20)
    travel(2032, 1, 5)
    give(open_points, customer, 30)
    return open_points


def test_the_current_epoch_is_the_newest_lot(points, eternal_points, travel):
    """Where an award of now goes; of points that never expire there is one lot, 0."""
    assert points.currentEpoch() == lot(2032, 11)
    travel(2031, 11, 30)
    assert points.currentEpoch() == lot(2032, 11)
    travel(2031, 12, 1)
    assert points.currentEpoch() == lot(2032, 12)
    assert eternal_points.currentEpoch() == 0


def test_looking_back_finds_the_balance(aged, customer, travel):
    """The epochs from currentEpoch - validityDuration to currentEpoch are the live ones, none more, none less."""
    for moment in ((2032, 1, 5), (2032, 12, 1), (2033, 1, 31), (2033, 2, 1)):
        travel(*moment)
        current, back = aged.currentEpoch(), aged.validityDuration()
        epochs = range(current - back, current + 1)
        assert sum(aged.balanceOfAtEpoch(epoch, customer) for epoch in epochs) == aged.balanceOf(customer)
        assert [aged.isEpochExpired(epoch) for epoch in (epochs[0] - 1, *epochs)] == [True] + [False] * 13


def test_the_validity_is_in_epochs(points, eternal_points):
    """Twelve, as deployed; none for points without end."""
    assert (points.validityDuration(), points.VALIDITY_MONTHS()) == (12, 12)
    assert eternal_points.validityDuration() == 0


def test_epochs_are_measured_in_time(points):
    """TIME_BASED is 1 in the standard's enumeration."""
    assert points.epochType() == 1


def test_the_length_of_an_epoch_is_the_running_months(points, eternal_points, travel):
    """31, 29 or 30 days of seconds; 0 where there is no end."""
    for year, month, days in ((2031, 12, 31), (2032, 2, 29), (2032, 4, 30), (2033, 2, 28)):
        for day in (1, days):
            travel(year, month, day)
            assert points.epochLength() == days * 86400
    assert eternal_points.epochLength() == 0


def test_an_epoch_expires_with_its_month(points, eternal_points, travel):
    """Its last second is good; points without end never expire."""
    travel(unix(2032, 12, 1) - 1)
    assert (points.isEpochExpired(lot(2032, 11)), points.isEpochExpired(lot(2032, 10))) == (False, True)
    travel(unix(2032, 12, 1))
    assert (points.isEpochExpired(lot(2032, 11)), points.isEpochExpired(lot(2032, 12))) == (True, False)
    assert not points.isEpochExpired(INFINITE)
    assert not eternal_points.isEpochExpired(0)


def test_balances_by_epoch(aged, customer, other_customer, travel):
    """What the account holds of each lot; 0 of a lot that has expired, that is not there, or of somebody else."""
    assert {epoch: aged.balanceOfAtEpoch(epoch, customer) for epoch in HELD} == HELD
    assert aged.balanceOfAtEpoch(lot(2033, 1), other_customer) == 0
    assert aged.balanceOfAtEpoch(lot(2033, 2), customer) == 0
    travel(2032, 12, 1)
    assert [aged.balanceOfAtEpoch(epoch, customer) for epoch in HELD] == [0, 20, 30]


def test_a_number_past_all_epochs_reads_nobody_elses(aged, issuer):
    """An epoch so large that it reaches into the account's part of a storage key holds nothing."""
    aged.award_one(0, VICTIM, 5, sender=issuer)
    assert aged.balanceOfAtEpoch(lot(2033, 1), VICTIM) == 5
    assert aged.balanceOfAtEpoch(OF_THE_VICTIM, THIEF) == 0
    assert aged.balanceOfAtEpoch(INFINITE, VICTIM) == 0


def test_sends_of_the_epoch_that_is_named(aged, customer, other_customer, lots):
    """The other lots stay, older ones too, and the receiver's points expire when the sender's would have."""
    assert aged.transferAtEpoch.call(lot(2032, 12), other_customer, 15, sender=customer) is True
    aged.transferAtEpoch(lot(2032, 12), other_customer, 15, sender=customer)
    assert lots(aged, customer) == HELD | {lot(2032, 12): 5}
    assert lots(aged, other_customer) == {lot(2032, 12): 15}
    assert aged.totalSupply() == 60


def test_tells_the_transfer_and_its_epoch(aged, customer, other_customer):
    """A Transfer, and right after it which lot it took."""
    tx = aged.transferAtEpoch(lot(2033, 1), other_customer, 15, sender=customer)
    assert tx.events == [
        aged.Transfer(sender=customer, receiver=other_customer, value=15),
        aged.TransferredAtEpoch(owner=customer, to=other_customer, epoch=lot(2033, 1), amount=15),
    ]


@pytest.mark.parametrize("epoch", HELD)
def test_sends_at_most_what_is_there(aged, customer, other_customer, refusal, lots, epoch):
    """All of a lot and not one more, however much there is in other lots."""
    for amount in (HELD[epoch] + 1, 2**42, 2**255, INFINITE):
        assert refusal(aged.transferAtEpoch, epoch, other_customer, amount, sender=customer) == LOW
    aged.transferAtEpoch(epoch, other_customer, HELD[epoch], sender=customer)
    assert lots(aged, customer) == {month: amount for month, amount in HELD.items() if month != epoch}


def test_sending_to_oneself_changes_nothing(aged, customer, lots):
    """Not even with the whole lot."""
    aged.transferAtEpoch(lot(2032, 12), customer, 20, sender=customer)
    assert lots(aged, customer) == HELD


def test_sending_nothing_is_a_transfer(aged, customer, other_customer, lots):
    """As in ERC-20."""
    tx = aged.transferAtEpoch(lot(2032, 12), other_customer, 0, sender=customer)
    assert tx.events[0] == aged.Transfer(sender=customer, receiver=other_customer, value=0)
    assert lots(aged, other_customer) == {}


def test_refuses_an_expired_epoch(aged, customer, other_customer, travel, refusal):
    """Its last second is good, the next is not, whatever the amount."""
    message = (lot(2032, 11), other_customer, 10)
    travel(unix(2032, 12, 1) - 1)
    assert refusal(aged.transferAtEpoch, *message, sender=customer) is None
    travel(unix(2032, 12, 1))
    assert refusal(aged.transferAtEpoch, *message, sender=customer) == "points: epoch has expired"
    assert (
        refusal(aged.transferAtEpoch, lot(2032, 11), other_customer, 0, sender=customer) == "points: epoch has expired"
    )


def test_refuses_an_epoch_that_cannot_be_yet(aged, customer, other_customer, refusal):
    """The newest lot is the last, also for nothing."""
    assert refusal(aged.transferAtEpoch, lot(2033, 1), other_customer, 1, sender=customer) is None
    for epoch in (lot(2033, 2), INFINITE):
        assert refusal(aged.transferAtEpoch, epoch, other_customer, 0, sender=customer) == "points: no such epoch"


def test_a_number_past_all_epochs_takes_nobody_elses(aged, issuer, refusal):
    """A thief whose address has its bits in the victim's cannot name the victim's lot as its own."""
    aged.award_one(0, VICTIM, 5, sender=issuer)
    assert refusal(aged.transferAtEpoch, lot(2033, 1), THIEF, 5, sender=VICTIM) is None
    assert refusal(aged.transferAtEpoch, OF_THE_VICTIM, THIEF, 5, sender=THIEF) == "points: no such epoch"


def test_refuses_the_zero_address(aged, customer, refusal):
    """Points are burnt by redeeming."""
    why = refusal(aged.transferAtEpoch, lot(2032, 12), "0x" + "0" * 40, 1, sender=customer)
    assert why == "points: transfer to the zero address"


def test_a_closed_loop_is_closed(points, customer, other_customer, partner, give, refusal, lots):
    """One side must be a partner, as in transfer."""
    give(points, customer, 50)
    month = lot(2032, 11)
    assert refusal(points.transferAtEpoch, month, other_customer, 1, sender=customer) == CLOSED
    points.transferAtEpoch(month, partner, 20, sender=customer)
    points.transferAtEpoch(month, other_customer, 5, sender=partner)
    assert (lots(points, customer), lots(points, partner), lots(points, other_customer)) == (
        {month: 30},
        {month: 15},
        {month: 5},
    )


def test_sends_for_another_within_the_allowance(aged, customer, other_customer, stranger, lots):
    """The allowance falls by as much, and the events tell both."""
    aged.approve(stranger, 25, sender=customer)
    assert aged.transferFromAtEpoch.call(lot(2033, 1), customer, other_customer, 15, sender=stranger) is True
    tx = aged.transferFromAtEpoch(lot(2033, 1), customer, other_customer, 15, sender=stranger)
    assert tx.events == [
        aged.Approval(owner=customer, spender=stranger, value=10),
        aged.Transfer(sender=customer, receiver=other_customer, value=15),
        aged.TransferredAtEpoch(owner=customer, to=other_customer, epoch=lot(2033, 1), amount=15),
    ]
    assert lots(aged, customer) == HELD | {lot(2033, 1): 15}


def test_refuses_more_than_the_allowance(aged, customer, other_customer, stranger, refusal):
    """Exactly what was allowed is good; without an allowance nothing is."""
    message = (lot(2033, 1), customer, other_customer)
    assert refusal(aged.transferFromAtEpoch, *message, 1, sender=stranger) == "points: allowance is too low"
    aged.approve(stranger, 15, sender=customer)
    assert refusal(aged.transferFromAtEpoch, *message, 16, sender=stranger) == "points: allowance is too low"
    assert refusal(aged.transferFromAtEpoch, *message, 15, sender=stranger) is None
    aged.approve(stranger, 100, sender=customer)
    assert refusal(aged.transferFromAtEpoch, *message, 31, sender=stranger) == LOW


def test_points_without_end_have_one_epoch(eternal_points, customer, other_customer, give, travel, refusal, lots):
    """Everything in it can be sent, at any time, and there is no second one."""
    give(eternal_points, customer, 50)
    travel(2500, 1, 1)
    assert eternal_points.balanceOfAtEpoch(0, customer) == 50
    assert eternal_points.balanceOfAtEpoch(1, customer) == 0
    eternal_points.transferAtEpoch(0, other_customer, 20, sender=customer)
    assert lots(eternal_points, other_customer) == {0: 20}
    assert refusal(eternal_points.transferAtEpoch, 1, other_customer, 0, sender=customer) == "points: no such epoch"
