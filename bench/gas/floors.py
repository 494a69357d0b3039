"""The least that any contract could pay for each kind of work: the protocol's own prices, and no code at all.

Each floor is what must be in the calldata, in the storage and in the logs. A contract adds its dispatch, its checks
and its loop, so none reaches it. Random bytes of calldata cost 16 gas, and 4 where they happen to be zero.
"""

from __future__ import annotations

BYTE = (16 * 255 + 4) / 256
WALLET = 20 * BYTE
HASH = 32 * BYTE
AMOUNT = 3 * 16

TX = 21_000 + 4 * 16  # and the function's selector
NEW, CHANGED, READ = 22_100, 5_000, 2_100  # a slot written for the first time, written again, read
KEY = 42  # where a mapping's slot is: keccak of 64 bytes
LOG = 375  # and as much again for each topic
TRANSFER20 = 4 * LOG + 256  # three topics and the amount
TRANSFER721 = 5 * LOG  # four topics

CREATE, CODE_BYTE, OTHER = 32_000, 200, 2_600  # a new contract, a byte of its code, the first look at another one


def slot(holders: str) -> int:
    """Writing a slot that only returning holders have."""
    return CHANGED if holders == "returning" else NEW


def points(count: int, holders: str) -> float:
    """One balance slot a wallet, and one counter for all."""
    return TX + CHANGED + count * (WALLET + AMOUNT + TRANSFER20 + KEY + slot(holders))


def single_award(count: int, holders: str) -> float:
    """What our safety adds for one wallet: one slot for budget and batch number, the pause read, an event for the batch."""
    awarded = 4 * LOG + 2 * 256
    return points(count, holders) + 3 * 16 + CHANGED + READ + 2 * KEY + awarded


def badges_in_slots(count: int, holders: str) -> float:
    """An owner slot a badge and a balance slot a wallet."""
    return TX + CHANGED + count * (WALLET + TRANSFER721 + 2 * KEY + NEW + slot(holders))


def badges_as_code(count: int, holders: str) -> float:
    """The list of wallets kept as a contract's code, after one byte that stops it."""
    words = -(-(20 * count + 1) // 32)
    memory = 3 * words + words**2 // 512
    return TX + CHANGED + CREATE + CODE_BYTE + memory + 2 * words + count * (WALLET + TRANSFER721 + 20 * CODE_BYTE)


def badges_of_a_list(count: int, holders: str) -> float:
    """The wallets of a list that is on chain already: copied, logged, and one pointer written."""
    words = -(-(20 * count + 1) // 32)
    memory = 3 * words + words**2 // 512
    return TX + NEW + OTHER + memory + 3 * words + count * TRANSFER721


def single_badge(count: int, holders: str) -> float:
    """One slot, where the token's number holds the wallet."""
    return TX + CHANGED + count * (WALLET + TRANSFER721 + KEY + NEW)


def publish_first(count: int, holders: str) -> float:
    """A root where there was none, and told."""
    return publish(count, holders) + NEW - CHANGED


def publish(count: int, holders: str) -> float:
    """A root replaced, and told."""
    return TX + HASH + CHANGED + 2 * LOG


def claim(count: int, holders: str) -> float:
    """A proof of ten hashes from a tree of 1,000; what the wallet has had, its balance, and the supply."""
    proof = 10 * (HASH + KEY) + 2 * KEY
    return TX + WALLET + AMOUNT + proof + READ + 2 * (slot(holders) + KEY) + CHANGED + TRANSFER20


def warranty(count: int, holders: str) -> float:
    """A token with a salted number: owner slot, balance slot, a start and terms; its Transfer and its TokenExpiryUpdated."""
    return TX + CHANGED + count * (HASH + WALLET + 6 * 16 + 2 * (NEW + KEY) + 2 * TRANSFER721)


def soulbound(count: int, holders: str) -> float:
    """The same, and ERC-5192's Locked."""
    return warranty(count, holders) + count * (2 * LOG + 256)


def send(count: int, holders: str) -> float:
    """Two addresses and 24 bytes, told in one log of three words."""
    return TX + 2 * WALLET + 24 * 16 + 4 * LOG + 96 * 8


def subscribe_first(count: int, holders: str) -> float:
    """The user's word, its place in the list of users, that list's length, and the log."""
    return TX + WALLET + 2 * (NEW + KEY) + CHANGED + 4 * LOG


def subscribe_again(count: int, holders: str) -> float:
    """The user's word changed, a slot for the channel, and the log."""
    return TX + WALLET + CHANGED + KEY + NEW + 2 * KEY + 4 * LOG
