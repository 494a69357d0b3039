"""What a catalogue says of itself: its deployment, metadata and interfaces."""

from functools import reduce
from operator import xor

import ape
import pytest
from eth_utils import keccak

from .model import ZERO


@pytest.fixture
def arguments(points, owner, issuer):
    return ["Shop Rewards", "RWD", "ipfs://rewards", points, owner, issuer, 500, 3_600]


def test_stands_as_it_was_deployed(contract, owner, issuer, points, arguments):
    """Name, symbol, metadata, points, owner and issuer."""
    rewards = owner.deploy(contract, *arguments)
    assert (rewards.name(), rewards.symbol(), rewards.contractURI()) == ("Shop Rewards", "RWD", "ipfs://rewards")
    assert rewards.POINTS() == points
    assert (rewards.owner(), rewards.pending_owner(), rewards.guardian()) == (owner, ZERO, ZERO)
    assert rewards.is_issuer(issuer)
    assert rewards.budget_of(issuer) == (500, 3_600, 500)
    assert (rewards.order_count(), rewards.paused_until()) == (0, 0)


def test_may_start_without_an_issuer(contract, owner, arguments):
    """The owner names one later, and the owner is none."""
    arguments[5:] = [ZERO, 0, 0]
    rewards = owner.deploy(contract, *arguments)
    assert not rewards.is_issuer(owner)
    assert not rewards.is_issuer(ZERO)


def test_the_owner_is_who_is_named(contract, owner, stranger, issuer, arguments):
    """And not who deploys."""
    arguments[4] = stranger
    assert owner.deploy(contract, *arguments).owner() == stranger


@pytest.mark.parametrize(
    ("at", "value", "reason"),
    [
        (3, ZERO, "rewards: points is not a contract"),
        (3, "0x" + "11" * 20, "rewards: points is not a contract"),
        (4, ZERO, "ownership: owner is the zero address"),
        (6, 0, "rewards: issuer without a budget"),
        (7, 0, "issuers: no period"),
    ],
)
def test_refuses_a_deployment_that_cannot_work(contract, owner, arguments, at, value, reason):
    """Points that are none, nobody as owner, an issuer that may put nothing on offer."""
    arguments[at] = value
    with ape.reverts(reason):
        owner.deploy(contract, *arguments)


def test_the_longest_of_everything(contract, owner, issuer, arguments):
    """64, 16 and 2,048 characters."""
    arguments[:3] = ["n" * 64, "s" * 16, "u" * 2048]
    rewards = owner.deploy(contract, *arguments)
    assert (rewards.name(), rewards.symbol(), rewards.contractURI()) == ("n" * 64, "s" * 16, "u" * 2048)
    assert rewards.eip712Domain()[1] == "n" * 64


def test_replaces_the_metadata_of_the_catalogue(rewards, owner):
    """The owner's, with ERC-7572's event."""
    tx = rewards.set_contract_uri("ipfs://new", sender=owner)
    assert tx.events == [rewards.ContractURIUpdated()]
    assert rewards.contractURI() == "ipfs://new"


def test_metadata_of_each_reward(rewards, sell, bound, free):
    """uri(id), as it was put on offer; empty for an id that is no reward."""
    longest = sell(uri="u" * 2048)
    assert [rewards.uri(id) for id in (bound, free, longest)] == ["ipfs://bound", "ipfs://free", "u" * 2048]
    assert rewards.uri(2**256 - 1) == rewards.uri(0) == ""


@pytest.mark.parametrize(
    ("interface", "claimed"),
    [
        ("0x01ffc9a7", True),  # ERC-165
        ("0xd9b67a26", True),  # ERC-1155
        ("0x0e89341c", True),  # its metadata
        ("0xffffffff", False),
        ("0x00000000", False),
        ("0x80ac58cd", False),  # ERC-721
        ("0x4e2312e0", False),  # a receiver
    ],
)
def test_says_which_interfaces_it_has(rewards, interface, claimed):
    """Those of the standard and no others."""
    assert rewards.supportsInterface(interface) is claimed


ERC1155 = (
    "safeTransferFrom(address,address,uint256,uint256,bytes)",
    "safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)",
    "balanceOf(address,uint256)",
    "balanceOfBatch(address[],uint256[])",
    "setApprovalForAll(address,bool)",
    "isApprovedForAll(address,address)",
)


@pytest.mark.parametrize(("id", "signatures"), [(0xD9B67A26, ERC1155), (0x0E89341C, ["uri(uint256)"])])
def test_an_interface_is_its_functions(rewards, id, signatures):
    """The ids are what the standard's signatures make, and each of these functions is here."""
    selectors = {method.selector for method in rewards.contract_type.methods}
    assert selectors >= set(signatures)
    assert reduce(xor, (int.from_bytes(keccak(text=each)[:4], "big") for each in signatures)) == id


def test_standard_events_have_the_standards_topics(rewards):
    """Whatever the arguments are called here, an indexer finds them."""
    events = {event.selector for event in rewards.contract_type.events}
    assert events >= {
        "TransferSingle(address,address,address,uint256,uint256)",
        "TransferBatch(address,address,address,uint256[],uint256[])",
        "ApprovalForAll(address,address,bool)",
        "URI(string,uint256)",
        "ContractURIUpdated()",
    }
