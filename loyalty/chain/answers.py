"""What nodes say when they do not take a transaction or do not answer a question, and what that means.

One table, in the words of the nodes and gateways themselves, lower case: the first row that an answer contains decides.
Codes are no help: each node has its own (Anvil says -32003 where geth says -32000, and -32005 stands for a dozen things).
"""

from __future__ import annotations

from enum import Enum


class Answer(Enum):
    """What an answer means for the transaction or the question that got it."""

    KNOWN = "the node has these very bytes"
    NONCE_LOW = "a transaction with this nonce is mined"
    NONCE_HIGH = "a transaction before this one is missing"
    REPLACEMENT = "another transaction with this nonce waits, and offers too much to be replaced by this one"
    FEE_LOW = "it offers less than a block takes now"
    NO_FUNDS = "the account cannot pay for it"
    GAS = "it asks for more gas than it may, or for less than it needs"
    CHAIN = "it is signed for another chain"
    FULL = "the node has no room for it now"
    LIMITED = "too many questions in too short a time"
    UNKNOWN = "nothing that is known"


TABLE: list[tuple[str, str, Answer]] = [
    # Rate limits first: their texts hold words of others ("limit", "exceeded").
    ("geth, erigon", "too many requests", Answer.LIMITED),
    ("Infura", "request rate exceeded", Answer.LIMITED),
    ("Infura", "request rate limited", Answer.LIMITED),
    ("Infura", "daily request count exceeded", Answer.LIMITED),
    ("Alchemy", "compute units per second capacity", Answer.LIMITED),
    ("Alchemy", "concurrent requests capacity", Answer.LIMITED),
    ("QuickNode", "request limit reached", Answer.LIMITED),
    ("Ankr, dRPC and others", "rate limit", Answer.LIMITED),
    ("Ankr, dRPC and others", "rate-limit", Answer.LIMITED),
    # The very bytes.
    ("Anvil, OpenEthereum", "already imported", Answer.KNOWN),
    ("geth, Reth, Erigon", "already known", Answer.KNOWN),
    ("Nethermind", "alreadyknown", Answer.KNOWN),
    ("Besu, older geth", "known transaction", Answer.KNOWN),
    ("Erigon", "same hash", Answer.KNOWN),
    ("gateways", "already in mempool", Answer.KNOWN),
    ("gateways", "transaction already exists", Answer.KNOWN),
    # Another transaction of this account. Before the plain "underpriced".
    ("Anvil, geth, Reth, Besu", "replacement transaction underpriced", Answer.REPLACEMENT),
    ("Nethermind", "replacementnotallowed", Answer.REPLACEMENT),
    ("Erigon", "could not replace existing tx", Answer.REPLACEMENT),
    ("OpenEthereum", "another transaction with same nonce", Answer.REPLACEMENT),
    ("geth", "future transaction tries to replace pending", Answer.REPLACEMENT),
    ("Anvil, geth, Reth, Erigon, Besu", "nonce too low", Answer.NONCE_LOW),
    ("Nethermind", "oldnonce", Answer.NONCE_LOW),
    ("OpenEthereum", "nonce is too low", Answer.NONCE_LOW),
    ("gateways", "nonce has already been used", Answer.NONCE_LOW),
    ("geth, Erigon, Besu", "nonce too high", Answer.NONCE_HIGH),
    ("Nethermind", "noncegap", Answer.NONCE_HIGH),
    ("Nethermind", "noncetoofarinfuture", Answer.NONCE_HIGH),
    ("geth", "gapped-nonce", Answer.NONCE_HIGH),
    # Money.
    ("Anvil, geth, Reth, Erigon", "insufficient funds", Answer.NO_FUNDS),
    ("Nethermind", "insufficientfunds", Answer.NO_FUNDS),
    ("Besu", "upfront cost exceeds account balance", Answer.NO_FUNDS),
    ("OpenEthereum", "insufficient balance", Answer.NO_FUNDS),
    ("Anvil, geth, Reth", "max fee per gas less than block base fee", Answer.FEE_LOW),
    ("Besu", "gas price below current base fee", Answer.FEE_LOW),
    ("Besu", "gas price below configured minimum", Answer.FEE_LOW),
    ("geth, Reth", "transaction underpriced", Answer.FEE_LOW),
    ("Erigon", "underpriced", Answer.FEE_LOW),
    ("Erigon", "fee too low", Answer.FEE_LOW),
    ("Nethermind", "feetoolowtocompete", Answer.FULL),
    ("Nethermind", "feetoolow", Answer.FEE_LOW),
    ("OpenEthereum", "gas price is too low", Answer.FEE_LOW),
    # Gas.
    ("Anvil, geth, Reth, Erigon", "intrinsic gas too", Answer.GAS),
    ("Besu", "intrinsic gas exceeds gas limit", Answer.GAS),
    ("geth, Reth, Erigon, Besu", "exceeds block gas limit", Answer.GAS),
    ("Nethermind", "gaslimitexceeded", Answer.GAS),
    ("geth, since Osaka", "gas limit too high", Answer.GAS),
    ("others", "gas limit", Answer.GAS),
    # The chain, and the room.
    ("Anvil, geth, Reth", "invalid chain id", Answer.CHAIN),
    ("Besu", "wrong chainid", Answer.CHAIN),
    ("geth", "txpool is full", Answer.FULL),
    ("Erigon", "sub-pool is full", Answer.FULL),
    ("geth", "account limit exceeded", Answer.FULL),
    ("geth", "in-flight transaction limit reached", Answer.FULL),
]
"""Whose words, the words, and what they mean."""


def meaning(text: str) -> Answer:
    """What a node's answer means."""
    said = text.lower()
    return next((answer for _, words, answer in TABLE if words in said), Answer.UNKNOWN)
