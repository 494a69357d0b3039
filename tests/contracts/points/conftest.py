"""Points, deployed the ways a shop may deploy it."""

from itertools import count

import pytest

DAY = 86400
BUDGET = 1_000_000


@pytest.fixture(scope="session")
def contract(project):
    """Fetched once: ape looks for changed sources every time."""
    return project.Points


@pytest.fixture(scope="session")
def deploy(contract, owner, issuer, guardian, partner, former_issuer):
    """Points with an issuer, a guardian, a partner, and an issuer that was removed."""

    def deployed(validity: int = 12, open_loop: bool = False, budget: int = BUDGET, period: int = DAY):
        arguments = ("Shop Points", "PTS", 0, validity, open_loop, "ipfs://points", owner, issuer, budget, period)
        points = owner.deploy(contract, *arguments)
        points.set_guardian(guardian, sender=owner)
        points.set_partner(partner, True, sender=owner)
        points.set_issuer(former_issuer, budget, period, sender=owner)
        points.stop_issuer(former_issuer, sender=guardian)
        return points

    return deployed


@pytest.fixture(scope="session")
def points(deploy):
    """Points good for the month of the award and 12 more, in a closed loop."""
    return deploy()


@pytest.fixture(scope="session")
def open_points(deploy):
    """Points that customers may send to each other."""
    return deploy(open_loop=True)


@pytest.fixture(scope="session")
def eternal_points(deploy):
    """Points that never expire."""
    return deploy(validity=0, open_loop=True)


@pytest.fixture
def give(issuer):
    """Award some points with the next batch number from 1000 on, so that tests may count from 0."""
    batches = count(1000)

    def award(points, account, amount):
        return points.award_one(next(batches), account, amount, sender=issuer)

    return award


@pytest.fixture
def lots():
    """An account's live lots as a dict."""

    def of(points, account) -> dict[int, int]:
        return {lot.month: lot.amount for lot in points.lots_of(account)}

    return of
