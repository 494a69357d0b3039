"""Points that never expire, in an open loop, are a plain ERC-20: the same calls on ours and on snekmate's do the same."""

import pytest
from ape import chain
from eth_account import Account
from eth_utils import to_checksum_address

from ..histories import TIMES
from .pair import Pair, dice

STEPS = round(250 * TIMES)
ZERO = "0x0000000000000000000000000000000000000000"
EVENTS = ["Transfer(address,address,uint256)", "Approval(address,address,uint256)"]
PERMIT = {
    "Permit": [
        {"name": "owner", "type": "address"},
        {"name": "spender", "type": "address"},
        {"name": "value", "type": "uint256"},
        {"name": "nonce", "type": "uint256"},
        {"name": "deadline", "type": "uint256"},
    ]
}


@pytest.fixture
def pair(project, mock, owner):
    ours = owner.deploy(project.Points, "Points", "PTS", 0, 0, True, "", owner, owner, 2**48 - 1, 86_400)
    return Pair(ours, owner.deploy(mock("OracleErc20")), EVENTS)


def test_same_calls_same_results(pair, owner, accounts):
    """Transfers, allowances and mints: accepted or refused alike, with the same answers, events, balances and supply."""
    pick = dice()
    people = [str(account) for account in accounts[1:5]]
    for number in range(STEPS):
        sender, one, other = (pick.choice(people) for _ in range(3))
        amount = pick.choice([0, 1, pick.randrange(40), pick.randrange(2**41), 2**256 - 1])
        to = pick.choice([*people, *people, ZERO])
        match pick.randrange(8):
            case 0 | 1:
                minted = pick.randrange(1, 1000)
                mint(pair, owner, number, one, minted)
            case 2 | 3:
                pair.send(sender, "transfer", to, amount)
            case 4 | 5:
                # Whether the zero address may be allowed anything is for each token to say.
                pair.send(sender, "approve", other, amount)
            case _:
                pair.send(sender, "transferFrom", one, to, amount)
        pair.view("totalSupply")
        for person in people:
            pair.view("balanceOf", person)
        pair.view("allowance", one, sender)
    for person in people:
        for spender in people:
            pair.view("allowance", person, spender)
    assert pair.done > STEPS // 4 and pair.refused > STEPS // 10


def mint(pair: Pair, owner, number: int, to: str, amount: int) -> None:
    """An award of ours is a mint of theirs: the functions differ, the Transfer does not."""
    ours, theirs = pair.contracts
    one = pair._send(ours, str(owner), "award_one", (number, to, amount))
    other = pair._send(theirs, str(owner), "mint", (to, amount))
    assert (one[0], one[2]) == (other[0], other[2])


@pytest.mark.parametrize("wrong", ["nothing", "spender", "value", "nonce", "deadline", "signer", "chain", "expired"])
def test_same_permits(pair, owner, accounts, wrong):
    """A permit (ERC-2612) that one accepts the other accepts, and what one refuses the other refuses; nonces agree."""
    holder = Account.from_key(accounts[3].private_key)
    spender, stranger = str(accounts[4]), str(accounts[5])
    deadline = chain.blocks.head.timestamp + (-1 if wrong == "expired" else 1000)
    message = {"owner": holder.address, "spender": spender, "value": 77, "nonce": 0, "deadline": deadline}
    calls = []
    for contract, name in zip(pair.contracts, ("Points", "Oracle"), strict=True):
        domain = {"name": name, "version": "1", "chainId": chain.chain_id, "verifyingContract": contract.address}
        signed = dict(message)
        match wrong:
            case "chain":
                domain["chainId"] += 1
            case "spender":
                signed["spender"] = to_checksum_address(stranger)
            case "value" | "nonce" | "deadline":
                signed[wrong] += 1
        key = accounts[6].private_key if wrong == "signer" else accounts[3].private_key
        signature = Account.sign_typed_data(key, domain, PERMIT, signed)
        r, s = (value.to_bytes(32, "big") for value in (signature.r, signature.s))
        calls.append((holder.address, spender, 77, deadline, signature.v, r, s))
    ours, theirs = calls
    assert pair.send(stranger, "permit", *ours, theirs=theirs) == (wrong == "nothing")
    # The same permit again: the nonce is used, or it is as wrong as before.
    assert not pair.send(stranger, "permit", *ours, theirs=theirs)
    pair.view("nonces", holder.address)
    pair.view("allowance", holder.address, spender)
