"""What a node's or a contract's refusal means for the work that met it: wait, try less at once, or fail this one operation."""

from __future__ import annotations

from loyalty.errors import Refused, Reverted

OVER_BUDGET = "issuers: over budget"
BATCH_SPENT = "issuers: batch already spent"
NOT_OF_EVENT = "poap: caller may not issue this event"
TAKEN_BACK = "the network's blocks have become too small for it; it was taken back, and goes out in smaller parts"
OLDER = (
    "the contract has seen a batch number that this ledger thinks is free: the ledger is older than the chain, or another one sends with this account; "
    "restore its newest backup, or look at what was paid: loyalty sync"
)

# What a contract says when the fault is not in the operation: it waits, and a person reads why.
WAITING = {
    "guard: paused": "the contract is paused; the owner can lift it, or wait until the pause ends",
    "issuers: caller is not an issuer": "the signer is not an issuer of this contract; the owner can make it one: loyalty admin set-issuer",
    "issuers: signer is not an issuer": "who signed the voucher is not an issuer of this contract any more; the owner can make it one: loyalty admin set-issuer",
    "points: epoch has expired": "the epoch's points have expired; the next one takes along what is unclaimed: loyalty points publish-epoch",
    OVER_BUDGET: "the issuer's budget for this period is used up; wait for the next period, or let the owner raise it",
    BATCH_SPENT: OLDER,
    "points: caller is not a shop": "Rewards is not a shop of Points; the owner of Points makes it one: loyalty admin set-shop",
    "rewards: sale has not started": "the sale has not started yet; what was bought ahead is sent once it has",
    "poap: event has not started": "the event has not started yet; its badges are sent once it has",
}


def smaller_may_fit(error: Refused) -> bool:
    """Whether a call with fewer operations might be taken: then the refusal is halved until it is one operation's own."""
    if isinstance(error, Reverted):
        return error.reason not in WAITING or error.reason == OVER_BUDGET
    return is_too_large(error)


def is_too_large(error: Refused) -> bool:
    """Whether a node refused a call because of the gas it would take."""
    return not isinstance(error, Reverted) and "gas" in error.text.lower()


def text(error: Refused) -> str:
    """What the contract or the node said."""
    return error.reason if isinstance(error, Reverted) else error.text
