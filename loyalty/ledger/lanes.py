"""Lanes: the transactions of one signer on one chain, in the order of their nonces. Only the holder of a lane's lease gives nonces away.

A lock says who may begin. A token says whose turn it is: each lease has a higher one, and whatever an engine writes is
refused once a newer lease has been given. So an engine that slept through the loss of its lock, on a machine that was
cut off, can neither sign nor record anything that its successor does not expect (M. Kleppmann, "How to do distributed
locking", 2016: fencing tokens).
"""

from __future__ import annotations

import contextlib
import os
import platform
from collections.abc import Iterator

from sqlalchemy import Connection, select

from loyalty import units
from loyalty.errors import LoyaltyError
from loyalty.ledger.schema import lanes
from loyalty.ledger.store import Ledger, insert


@contextlib.contextmanager
def lease(ledger: Ledger, chain_id: int, signer: str) -> Iterator[Ledger | None]:
    """The ledger as the only engine of ``signer`` on ``chain_id`` may write to it; None where another engine has the lane."""
    with ledger.alone(f"{chain_id}-{signer}") as alone:
        if not alone:
            yield None
            return
        token = _next_token(ledger, chain_id, signer)
        mine = (lanes.c.chain_id == chain_id, lanes.c.signer == signer)

        def check(connection: Connection) -> None:
            if connection.scalar(select(lanes.c.token).where(*mine)) != token:
                raise LoyaltyError(
                    f"another `loyalty send` has taken over the transactions of {units.checksum(signer)}; this one stops, and nothing is lost"
                )

        yield ledger.fenced(check)


def _next_token(ledger: Ledger, chain_id: int, signer: str) -> int:
    now = {"holder": f"{platform.node()}:{os.getpid()}", "since": units.now()}
    with ledger.write() as connection:
        connection.execute(
            insert(connection, lanes)
            .values(chain_id=chain_id, signer=signer, token=1, **now)
            .on_conflict_do_update(index_elements=["chain_id", "signer"], set_={"token": lanes.c.token + 1, **now})
        )
        mine = (lanes.c.chain_id == chain_id, lanes.c.signer == signer)
        return int(connection.execute(select(lanes.c.token).where(*mine)).scalar_one())
