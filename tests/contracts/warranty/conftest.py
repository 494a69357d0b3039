"""A Warranty with terms of each kind, and short ways to register."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from ape import chain
from web3.exceptions import ContractLogicError

from ..plain import plain
from .model import CANCELLED, CLAIM_REFUNDED, CLAIM_REPLACED, IN_REVIEW, OPEN, REJECTED, REPAIRED
from .packing import item

DOCUMENT = b"\1" * 32
BUDGET = 10**6
PERIOD = 86_400
# Terms by number: legal months, the brand's own months, transfers, max claims, cool-down in days, months for a repair,
# days for a recovery.
TERMS = {
    1: (24, 60, 255, 0, 0, 0, 0),
    2: (24, 0, 2, 0, 0, 0, 0),
    3: (24, 36, 0, 0, 0, 0, 0),
    4: (24, 36, 2, 3, 30, 12, 14),
}


@pytest.fixture(scope="session")
def warranty(project, owner, issuer, guardian):
    contract = owner.deploy(project.Warranty, "Warranties", "WAR", "ipfs://collection", owner, issuer, BUDGET, PERIOD)
    contract.set_guardian(guardian, sender=owner)
    for number, terms in TERMS.items():
        contract.set_terms(number, *terms, f"ipfs://terms/{number}", sender=issuer)
    return contract


@pytest.fixture(scope="session")
def free():
    """Terms under which a warranty may always be passed on: 24 and 60 months."""
    return 1


@pytest.fixture(scope="session")
def twice():
    """Terms that allow two transfers: 24 months and none of the brand's own."""
    return 2


@pytest.fixture(scope="session")
def soulbound():
    """Terms that allow no transfer: 24 and 36 months."""
    return 3


@pytest.fixture(scope="session")
def served():
    """Terms with everything: two transfers, three claims thirty days apart, a year for a repair, 14 days to return."""
    return 4


@pytest.fixture(scope="session")
def shop(accounts):
    """Holds warranties that were not sold yet."""
    return accounts[8]


@pytest.fixture(scope="session")
def now() -> Callable[[], int]:
    """The time of the last block."""
    return lambda: chain.blocks.head.timestamp


@pytest.fixture(scope="session")
def batches():
    """Batch numbers that were not used before."""
    return itertools.count()


@pytest.fixture(scope="session")
def register(warranty, issuer, batches) -> Callable[..., int]:
    """Register one item and give its id; without a start it stands in a shop."""
    serials = itertools.count()

    def send(wallet: Any, terms: int, start: int = 0, production: int = 0) -> int:
        token_id = warranty.serial_id(bytes(32), f"SN-{next(serials)}")
        warranty.register(next(batches), [token_id, item(wallet, terms, start, production)], sender=issuer)
        return token_id

    return send


@pytest.fixture(scope="session")
def web3_warranty(warranty):
    """The same contract without ape: much faster where a test asks hundreds of questions."""
    return plain(warranty)


@pytest.fixture(scope="session")
def refusal(web3_warranty) -> Callable[..., str | None]:
    """The reason a call would be refused for, None if it would not be. Changes nothing."""

    def reason(function: str, *args: Any, sender: Any) -> str | None:
        try:
            web3_warranty.functions[function](*args).call({"from": str(sender)})
        except ContractLogicError as error:
            return (error.message or "").removeprefix("execution reverted").removeprefix(": ")
        return None

    return reason


@pytest.fixture(scope="session")
def receiver(mock, owner):
    """A contract that takes warranties as told (Receiver.vy)."""
    return owner.deploy(mock("../warranty/Receiver"))


@pytest.fixture(scope="session")
def terms_with(warranty, issuer) -> Callable[..., int]:
    """Set terms and give their number: two years by law and free to pass on, where nothing else is said."""
    numbers = itertools.count(100)

    def send(**given: int) -> int:
        number = next(numbers)
        terms = {"legal": 24, "commercial": 0, "transfers": 255, "claims": 0, "cooldown": 0, "repair": 0, "recovery": 0}
        assert given.keys() <= terms.keys()
        warranty.set_terms(number, *(terms | given).values(), "", sender=issuer)
        return number

    return send


@pytest.fixture(scope="session")
def claimed(warranty, issuer, accounts, batches) -> Callable[..., int]:
    """Open a claim under a warranty, bring it to a state, and give its number."""
    holders = {account.address: account for account in accounts}

    def send(token_id: int, state: int = OPEN, **replacement: Any) -> int:
        def step(function: str, *args: Any) -> None:
            getattr(warranty, function)(next(batches), token_id, claim, *args, sender=issuer)

        warranty.open_claim_for(next(batches), token_id, DOCUMENT, sender=issuer)
        claim = warranty.claim_of(token_id).claim
        if state == CANCELLED:
            warranty.cancel_claim(token_id, claim, sender=holders[warranty.ownerOf(token_id)])
        elif state == IN_REVIEW:
            step("review_claim")
        elif state == REJECTED:
            step("reject_claim", "")
        elif state != OPEN:
            step("approve_claim", DOCUMENT)
        if state == REPAIRED:
            step("repair", DOCUMENT)
        elif state == CLAIM_REFUNDED:
            step("refund", DOCUMENT)
        elif state == CLAIM_REPLACED:
            step("replace", replacement["new_id"], replacement["restart"], DOCUMENT)
        return claim

    return send
