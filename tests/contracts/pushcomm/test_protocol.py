"""The surface that the protocol fixes: selectors, topics, type hashes, constants, and a signature made elsewhere."""

import ape
import pytest
from ape import chain
from eth_utils import keccak
from web3.exceptions import ContractCustomError

from .conftest import error
from .typed import TYPES, digest

SELECTORS = {
    0xF399E22E: "initialize(address,string)",
    0x41A7726A: "subscribe(address)",
    0x37A4EBB8: "batchSubscribe(address[])",
    0x7262561C: "unsubscribe(address)",
    0x0024BE7A: "batchUnsubscribe(address[])",
    0x3F6109FB: "subscribeBySig(address,address,uint256,uint256,uint8,bytes32,bytes32)",
    0x44C3BCA5: "unsubscribeBySig(address,address,uint256,uint256,uint8,bytes32,bytes32)",
    0x73EC8CFB: "subscribeViaCore(address,address)",
    0x92D41A53: "unSubscribeViaCore(address,address)",
    0xE71BDF41: "addDelegate(address)",
    0x67E7646F: "removeDelegate(address)",
    0xBA3D69D7: "sendNotification(address,address,bytes)",
    0xA0E30B2C: "sendNotifBySig(address,address,address,bytes,uint256,uint256,uint8,bytes32,bytes32)",
    0xED7EE0F6: "changeUserChannelSettings(address,uint256,string)",
    0x7F6C16DC: "verifyChannelAlias(string)",
    0xFFB84883: "isUserSubscribed(address,address)",
    0xCFC16254: "setGovernanceAddress(address)",
    0x56AABA49: "setPushTokenAddress(address)",
    0x017D5EFE: "transferPushChannelAdminControl(address)",
    0xA87430BA: "users(address)",
    0x7ECEBE00: "nonces(address)",
    0x5227DD05: "mapAddressUsers(uint256)",
    0xF83C7F77: "userToChannelNotifs(address,address)",
    0x6E0D232C: "delegatedNotificationSenders(address,address)",
    0x5AA6E675: "governance()",
    0xBD90F815: "pushChannelAdmin()",
    0xADC879E9: "chainID()",
    0x6BA13A82: "usersCount()",
    0xD7128084: "isMigrationComplete()",
    0x1C93B03A: "chainName()",
    0x06FDDE03: "name()",
    0x04622C2E: "NAME_HASH()",
    0x20606B70: "DOMAIN_TYPEHASH()",
    0xE059C6D0: "SUBSCRIBE_TYPEHASH()",
    0x040E80ED: "UNSUBSCRIBE_TYPEHASH()",
    0x17AEAE58: "SEND_NOTIFICATION_TYPEHASH()",
    0x42564CB4: "EPNSCoreAddress()",
    0x71FED092: "setEPNSCoreAddress(address)",
}
TOPICS = {
    "SendNotification(address,address,bytes)": "cc2b84a32bce3d060db75a4c0e59bfef192503be5c83bfa5ad79a41d384ff22c",
    "Subscribe(address,address)": "5ffe3cc8f1055f172e55be8d832143a6cffb4cb3a56a18bf780fd4112d4cecc7",
    "Unsubscribe(address,address)": "9d3d878d2fb01c43ad7ec7c20d8f5d0dbac4888df940a4edaab4540ccefdc102",
    "AddDelegate(address,address)": "2fd5b26f00131bd8ca0fc556207292b85a6bec241341df82724333227458e630",
    "RemoveDelegate(address,address)": "dccc2d936ded24d2153d2760581a7f0dcb23ec71190c9726b3584cdd700214d4",
    "UserNotifcationSettingsAdded(address,address,uint256,string)": (
        "790dac2f69fa06ffde2a1ba07cccf57910606213ce442099a2ab6ebe3bedc0ad"
    ),
    "ChannelAlias(string,uint256,address,string)": "6bc2285dcf7383bc0c0f37cc28ca4786636941d3a6d3e09c6d6f46f7efa39268",
}
INDEXED = {
    "SendNotification": ["channel", "recipient"],
    "Subscribe": ["channel", "user"],
    "Unsubscribe": ["channel", "user"],
    "AddDelegate": [],
    "RemoveDelegate": [],
    "UserNotifcationSettingsAdded": [],
    "ChannelAlias": ["_chainID", "_channelOwnerAddress"],
}
HASHES = {
    "NAME_HASH": "7c232e0a8d7516843ab49a97f72ad251bb744a65be4e5bc6de77904d54673db9",
    "DOMAIN_TYPEHASH": "8cad95687ba82c2ce50e74f7b754645e5117c3a5bec8151c0726d5857980a866",
    "SUBSCRIBE_TYPEHASH": "8d9aa0830ab50a97d876b6b35a987f5043ee4c983259ae5783c506feee3842c5",
    "UNSUBSCRIBE_TYPEHASH": "25283200315ac15e79f5b17ebe844bb8f5facab77bd5c9c8f8d4b592b9949d89",
    "SEND_NOTIFICATION_TYPEHASH": "a3e12f3a1cbc87b63b39a5ed58d9a2941caba455abcd2a654e7800d7c3a69de2",
}

# A message signed with the protocol's own tools, for its contract on Ethereum.
COMM = "0xb3971BCef2D791bc4027BbfedFb47319A4AAaaAa"
CHANNEL = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
USER = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
EXPIRY = 2_000_000_000
DIGEST = "560a80811342aff2252a093d6fee55de078df4ac1d48060cc3843958e1c5c6ea"
R = bytes.fromhex("971ea60015cf178907868662758ff7e016b566c251160106400e5d2225d89b32")
S = bytes.fromhex("4b77b5b7d12ad7a84c758539ddfc6df48f30eedc9c6c1ea7175620871a3ee207")
V = 0x1C


@pytest.mark.parametrize("selector", SELECTORS, ids=hex)
def test_has_every_function(comm, selector):
    """Each function of the protocol's core is there under its selector."""
    signature = SELECTORS[selector]
    assert int.from_bytes(keccak(text=signature)[:4], "big") == selector
    assert signature in {method.selector for method in comm.contract_type.methods}


@pytest.mark.parametrize("signature", TOPICS)
def test_has_every_event(comm, signature):
    """Each event of the protocol's core is there, with its topic and the same members indexed."""
    assert keccak(text=signature).hex().removeprefix("0x") == TOPICS[signature]
    event = next(event for event in comm.contract_type.events if event.selector == signature)
    assert [member.name for member in event.inputs if member.indexed] == INDEXED[event.name]


@pytest.mark.parametrize("getter", HASHES)
def test_type_hashes(comm, getter):
    """The hashes that signers' wallets use are the ones this contract uses."""
    assert getattr(comm, getter)().hex().removeprefix("0x") == HASHES[getter]


@pytest.mark.parametrize("kind", TYPES)
def test_type_hashes_of_these_tests(kind):
    """The messages that these tests sign are the protocol's."""
    getter = {"Subscribe": "SUBSCRIBE", "Unsubscribe": "UNSUBSCRIBE", "SendNotification": "SEND_NOTIFICATION"}[kind]
    assert keccak(text=TYPES[kind]).hex().removeprefix("0x") == HASHES[getter + "_TYPEHASH"]


def test_begins_as_the_protocol_does(comm, admin):
    """Name, chain and admin after deployment; nobody has subscribed."""
    assert (comm.name(), comm.chainName(), comm.chainID()) == ("EPNS COMM V1", "LOCAL", 31337)
    assert (comm.pushChannelAdmin(), comm.governance()) == (admin, admin)
    assert (comm.usersCount(), comm.isMigrationComplete()) == (0, True)
    assert int(comm.EPNSCoreAddress(), 16) == int(comm.PUSH_TOKEN_ADDRESS(), 16) == 0


def test_initialize_is_refused(stranger, admin, refusal):
    """Nobody sets the admin a second time, whatever the name, the longest too."""
    for sender, name in ((stranger, "X"), (admin, "X"), (admin, "X" * 32)):
        assert refusal("initialize", str(stranger), name, sender=sender) == "pushcomm: already initialized"


def test_needs_an_admin(project, admin):
    """A contract without an admin could never have one."""
    with ape.reverts("pushcomm: admin is the zero address"):
        admin.deploy(project.PushComm, "0x" + "0" * 40, "LOCAL")


@pytest.fixture
def on_ethereum(comm):
    """The contract at the protocol's address, on a chain that calls itself Ethereum."""
    node = chain.provider
    node.make_request("anvil_setCode", [COMM, node.get_code(comm.address).hex()])
    node.make_request("anvil_setChainId", [1])
    yield
    node.make_request("anvil_setChainId", [31337])


def test_accepts_a_signature_made_elsewhere(web3_comm, relayer, on_ethereum):
    """What the protocol's contract accepts on Ethereum, this one would accept in its place, and nothing else."""
    assert digest(COMM, "Subscribe", (CHANNEL, USER, 0, EXPIRY), chain=1).hex().removeprefix("0x") == DIGEST
    comm = chain.provider.web3.eth.contract(COMM, abi=web3_comm.abi)
    comm.functions.subscribeBySig(CHANNEL, USER, 0, EXPIRY, V, R, S).call({"from": relayer.address})
    with pytest.raises(ContractCustomError, match=error("Comm_InvalidSignature_FromEOA()")):
        comm.functions.subscribeBySig(CHANNEL, USER, 0, EXPIRY - 1, V, R, S).call({"from": relayer.address})
