"""The only door to a node: connect, call, sign, broadcast, look, and a local Anvil.

web3 and eth-account are imported here alone, and only when a program first talks to a chain.
"""

from __future__ import annotations

from loyalty.chain.node import Node, Receipt
from loyalty.chain.signer import Signer

__all__ = ["Node", "Receipt", "Signer"]
