"""__init__: what a deployment says of itself, and what it refuses."""

import ape
import pytest

from .conftest import BUDGET, DAY
from .model import ZERO, month


@pytest.fixture
def arguments(owner, issuer):
    return ["Shop Points", "PTS", 2, 24, True, "ipfs://points", owner, issuer, 500, 3600]


def test_says_what_it_is(contract, owner, issuer, arguments):
    """Name, symbol, decimals, validity, loop, metadata, owner and first issuer are the constructor's."""
    points = owner.deploy(contract, *arguments)
    assert (points.name(), points.symbol(), points.decimals()) == ("Shop Points", "PTS", 2)
    assert points.VALIDITY_MONTHS() == 24
    assert points.OPEN_LOOP()
    assert points.contractURI() == "ipfs://points"
    assert (points.owner(), points.pending_owner(), points.guardian()) == (owner, ZERO, ZERO)
    assert points.is_issuer(issuer)
    assert points.budget_of(issuer) == (500, 3600, 500)
    assert (points.totalSupply(), points.paused_until()) == (0, 0)


def test_tells_of_owner_and_issuer(contract, owner, issuer, arguments):
    """The deployment's own events name the owner and the first issuer."""
    points = owner.deploy(contract, *arguments)
    events = points.creation_metadata.receipt.events
    assert points.OwnershipTransferred(previousOwner=ZERO, newOwner=owner) in events
    assert points.IssuerSet(issuer=issuer, budget=500, period=3600) in events


def test_may_start_without_an_issuer(contract, owner, arguments):
    """A zero issuer means none yet."""
    points = owner.deploy(contract, *arguments[:7], ZERO, 0, 0)
    assert not points.is_issuer(ZERO)
    assert points.budget_of(ZERO) == (0, 0, 0)


def test_deployer_is_not_special(contract, stranger, owner, arguments):
    """Who deploys for somebody else keeps no power."""
    points = stranger.deploy(contract, *arguments)
    assert points.owner() == owner
    with ape.reverts("ownership: caller is not the owner"):
        points.set_partner(stranger, True, sender=stranger)


@pytest.mark.parametrize(
    ("position", "value", "message"),
    [
        (3, 121, "points: validity is too long"),
        (6, ZERO, "ownership: owner is the zero address"),
        (8, 2**48, "issuers: budget is too large"),
        (9, 0, "issuers: no period"),
        (9, 2**32, "issuers: period is too long"),
    ],
)
def test_refuses(contract, owner, arguments, position, value, message):
    """A validity over ten years, a missing owner and an impossible budget are refused."""
    arguments[position] = value
    with ape.reverts(message):
        owner.deploy(contract, *arguments)


def test_longest_validity(deploy, give, customer, travel):
    """Ten years of validity hold 121 live lots, and every view still reads them."""
    points = deploy(validity=120)
    start = month(points.creation_metadata.receipt.timestamp)
    for number in range(0, 121, 10):
        travel(1970 + (start + number) // 12, (start + number) % 12 + 1, 25)
        give(points, customer, 5)
    assert [each.month for each in points.lots_of(customer)] == list(range(start + 120, start + 241, 10))
    assert points.balanceOf(customer) == points.totalSupply() == 13 * 5


@pytest.mark.deployed
def test_fits_on_chain(points):
    """The code is under the 24,576 bytes that a chain takes."""
    assert len(points.code) < 24_576


def test_fixture_budget(points, issuer):
    """The tests' issuer has the budget that the tests count on."""
    assert points.budget_of(issuer) == (BUDGET, DAY, BUDGET)
