"""What the admin sets, what Core may do with it, and channel aliases."""

import pytest

from .conftest import error

ZERO = "0x" + "0" * 40
NOT_ADMIN = error("CallerNotAdmin()")
SETTERS = {
    "setGovernanceAddress": ("governance", "GovernanceSet", "governance"),
    "setEPNSCoreAddress": ("EPNSCoreAddress", "CoreSet", "core"),
    "setPushTokenAddress": ("PUSH_TOKEN_ADDRESS", "PushTokenSet", "token"),
}


@pytest.mark.parametrize("setter", SETTERS)
def test_admin_sets_addresses(comm, admin, stranger, setter):
    """The admin names each address, may take it back, and readers are told what it was before."""
    getter, event, member = SETTERS[setter]
    before = getattr(comm, getter)()
    tx = getattr(comm, setter)(stranger, sender=admin)
    assert getattr(comm, getter)() == stranger
    assert tx.events == [getattr(comm, event)(**{"previous": before, member: stranger})]
    getattr(comm, setter)(ZERO, sender=admin)
    assert getattr(comm, getter)() == ZERO


def test_admin_hands_over(comm, admin, stranger, refusal):
    """At once: the new admin may, the old one may not."""
    tx = comm.transferPushChannelAdminControl(stranger, sender=admin)
    assert tx.events == [comm.AdminSet(previous=admin, admin=stranger)]
    assert comm.pushChannelAdmin() == stranger
    assert refusal("setGovernanceAddress", ZERO, sender=admin) == NOT_ADMIN
    assert refusal("setGovernanceAddress", ZERO, sender=stranger) is None


def test_hands_over_to_nobody_and_to_itself_never(comm, admin, refusal):
    """The zero address and the admin itself are wrong addresses."""
    for wrong in (ZERO, str(admin)):
        expected = error("InvalidArgument_WrongAddress(address)", int(wrong, 16))
        assert refusal("transferPushChannelAdminControl", wrong, sender=admin) == expected
    assert comm.pushChannelAdmin() == admin


@pytest.mark.parametrize("function", [*SETTERS, "transferPushChannelAdminControl"])
def test_refuses_others(comm, admin, stranger, customer, refusal, function):
    """Not a stranger, and not governance either, which has no rights here."""
    comm.setGovernanceAddress(customer, sender=admin)
    for sender in (stranger, customer):
        assert refusal(function, str(stranger), sender=sender) == NOT_ADMIN


def test_core_subscribes_for_others(comm, admin, stranger, channel, customer, web3_comm):
    """The named Core contract subscribes and unsubscribes users, as the protocol's does for new channels."""
    comm.setEPNSCoreAddress(stranger, sender=admin)
    tx = comm.subscribeViaCore(channel, customer, sender=stranger)
    assert tx.events == [comm.Subscribe(channel=channel, user=customer)]
    assert comm.isUserSubscribed(channel, customer)
    for function in ("subscribeViaCore", "unSubscribeViaCore"):
        assert web3_comm.functions[function](str(channel), str(customer)).call({"from": str(stranger)}) is True
    tx = comm.unSubscribeViaCore(channel, customer, sender=stranger)
    assert tx.events == [comm.Unsubscribe(channel=channel, user=customer)]


@pytest.mark.parametrize("function", ["subscribeViaCore", "unSubscribeViaCore"])
def test_nobody_else_does(comm, admin, stranger, channel, customer, refusal, function):
    """Without a Core nobody subscribes others, and once a Core is replaced the old one does not either."""
    args = (str(channel), str(customer))
    for sender in (admin, stranger, channel):
        assert refusal(function, *args, sender=sender) == error("UnauthorizedCaller(address)", int(str(sender), 16))
    comm.setEPNSCoreAddress(stranger, sender=admin)
    comm.setEPNSCoreAddress(ZERO, sender=admin)
    refused = error("UnauthorizedCaller(address)", int(str(stranger), 16))
    assert refusal(function, *args, sender=stranger) == refused


def test_alias_is_told(comm, channel):
    """Chain name, chain id, who says so and of which channel; nothing is stored."""
    tx = comm.verifyChannelAlias("0x35B84d6848D16415177c64D64504663b998A6ab4", sender=channel)
    expected = comm.ChannelAlias(
        _chainName="LOCAL",
        _chainID=31337,
        _channelOwnerAddress=channel,
        _ethereumChannelAddress="0x35B84d6848D16415177c64D64504663b998A6ab4",
    )
    assert tx.events == [expected]


def test_deployment_tells_the_admin(comm, admin):
    """The first admin is in the events too."""
    tx = comm.creation_metadata.receipt
    assert comm.AdminSet(previous=ZERO, admin=admin) in tx.events
    assert comm.GovernanceSet(previous=ZERO, governance=admin) in tx.events


def test_takes_no_ether(comm, admin, stranger):
    """There is no way to leave ether here by mistake."""
    assert all(method.stateMutability != "payable" for method in comm.contract_type.methods)
    assert comm.contract_type.fallback is None
