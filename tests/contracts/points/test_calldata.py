"""Calldata that no ABI encoder writes, and money that nobody should send."""

import pytest
from ape import chain
from eth_abi import encode
from eth_utils import keccak
from web3.exceptions import ContractLogicError

WORD = 32


@pytest.fixture
def send(open_points):
    """Call with raw bytes; True when it is accepted."""

    def accepted(signature: str, data: bytes, sender, **more) -> bool:
        selector = keccak(text=signature)[:4]
        call = {"from": sender.address, "to": open_points.address, "data": "0x" + (selector + data).hex(), **more}
        try:
            chain.provider.web3.eth.call(call)
        except ContractLogicError:
            return False
        return True

    return accepted


@pytest.fixture
def transfer_data(open_points, customer, other_customer, give):
    give(open_points, customer, 50)
    return encode(["address", "uint256"], [other_customer.address, 5])


def test_refuses_an_address_with_more_than_160_bits(send, customer, transfer_data):
    """Bits above an address are refused, not cut off."""
    assert send("transfer(address,uint256)", transfer_data, customer)
    for position in range(12):
        dirty = bytearray(transfer_data)
        dirty[position] = 1
        assert not send("transfer(address,uint256)", bytes(dirty), customer)


def test_refuses_short_calldata(send, customer, transfer_data):
    """An amount that lost its last bytes is not read as a larger one."""
    for length in (0, 31, 32, 63):
        assert not send("transfer(address,uint256)", transfer_data[:length], customer)


def test_takes_no_notice_of_bytes_at_the_end(send, customer, transfer_data):
    """Bytes after the arguments change nothing, as everywhere on the chain."""
    assert send("transfer(address,uint256)", transfer_data + b"\xff" * 40, customer)


def test_refuses_a_flag_that_is_not_0_or_1(send, owner, stranger):
    """A bool of 2 is refused."""
    good = encode(["address", "uint256"], [stranger.address, 1])
    assert send("set_partner(address,bool)", good, owner)
    assert not send("set_partner(address,bool)", good[:-1] + b"\2", owner)


@pytest.mark.parametrize("length", [2, 3, 650, 651, 2**31, 2**255, 2**256 - 1])
def test_refuses_an_array_longer_than_its_data(send, issuer, length):
    """A batch that says it has more lines than were sent is refused: none are made of missing bytes."""
    head = encode(["uint256", "uint256"], [0, 2 * WORD])
    line = (1 << 96 | 5).to_bytes(WORD, "big")
    assert send("award(uint256,uint256[])", head + (1).to_bytes(WORD, "big") + line, issuer)
    assert not send("award(uint256,uint256[])", head + length.to_bytes(WORD, "big") + line, issuer)


@pytest.mark.parametrize("offset", [3 * WORD, 2**31, 2**255, 2**256 - WORD, 2**256 - 1])
def test_refuses_an_array_outside_the_calldata(send, issuer, offset):
    """A batch that points outside of what was sent is refused."""
    data = encode(["uint256", "uint256"], [0, offset]) + (1).to_bytes(WORD, "big") + (1 << 96 | 5).to_bytes(WORD, "big")
    assert not send("award(uint256,uint256[])", data, issuer)


def test_refuses_unknown_functions_and_money(send, customer, transfer_data):
    """No fallback, no receiving: neither a wrong selector nor a payment is swallowed."""
    assert not send("mint(address,uint256)", transfer_data, customer)
    assert not send("transfer(address,uint256)", transfer_data, customer, value=1)
    call = {"from": customer.address, "to": customer.address, "value": 1}
    chain.provider.web3.eth.call(call)  # the customer has money to send
