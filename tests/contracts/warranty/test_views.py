"""What can be read: names, ids, metadata, interfaces."""

import pytest
from eth_utils import function_signature_to_4byte_selector as selector
from eth_utils import keccak

ZERO = "0x" + "0" * 40

INTERFACES = {
    "ERC-165": (0x01FFC9A7, ["supportsInterface(bytes4)"]),
    "ERC-721": (
        0x80AC58CD,
        [
            "balanceOf(address)",
            "ownerOf(uint256)",
            "safeTransferFrom(address,address,uint256,bytes)",
            "safeTransferFrom(address,address,uint256)",
            "transferFrom(address,address,uint256)",
            "approve(address,uint256)",
            "setApprovalForAll(address,bool)",
            "getApproved(uint256)",
            "isApprovedForAll(address,address)",
        ],
    ),
    "ERC-721 metadata": (0x5B5E139F, ["name()", "symbol()", "tokenURI(uint256)"]),
    "ERC-5192": (0xB45A3C0E, ["locked(uint256)"]),
    "ERC-7858": (
        0x3EBDFA31,
        ["expiryType()", "isTokenExpired(uint256)", "startTime(uint256)", "endTime(uint256)"],
    ),
    "ERC-7634": (
        0x28AFE7A7,
        ["transferCountOf(uint256)", "setTransferLimit(uint256,uint256)", "transferLimitOf(uint256)"],
    ),
    "ERC-5007": (0x7A0CDF92, ["startTime(uint256)", "endTime(uint256)"]),
}


def test_names(warranty):
    """The collection's names and metadata are those it was deployed with."""
    assert (warranty.name(), warranty.symbol(), warranty.contractURI()) == ("Warranties", "WAR", "ipfs://collection")


@pytest.mark.parametrize("serial", ["", "SN-0001", "7" * 100])
def test_serial_id_is_the_salted_hash(warranty, serial):
    """The id anyone with salt and serial can work out without the chain."""
    salt = keccak(text="a salt")
    assert warranty.serial_id(salt, serial) == int.from_bytes(keccak(salt + serial.encode()), "big")


def test_salt_hides_the_serial(warranty):
    """The same serial under another salt is another id."""
    assert warranty.serial_id(b"\1" * 32, "SN-1") != warranty.serial_id(b"\2" * 32, "SN-1")


def test_unknown_id_has_state_0(warranty):
    """An id that was never registered reads as nothing at all."""
    assert tuple(warranty.warranty_of(12345)) == (ZERO, *[0] * 11, False, False, False, 0, 0)


def test_token_uri_is_that_of_the_terms(warranty, register, customer, free, soulbound, now):
    """Every warranty under the same terms has the same metadata."""
    uris = [warranty.tokenURI(register(customer, terms, now())) for terms in (free, free, soulbound)]
    assert uris == ["ipfs://terms/1", "ipfs://terms/1", "ipfs://terms/3"]


@pytest.mark.parametrize("view", ["ownerOf", "tokenURI", "locked", "transfers_left"])
def test_refuses_an_unknown_id(refusal, stranger, view):
    """ERC-721 wants a refusal where there is no token."""
    assert refusal(view, 12345, sender=stranger) == "warranty: no such warranty"


def test_zero_address_has_no_balance(refusal, stranger):
    """ERC-721 wants a refusal, since what the zero address holds does not exist."""
    assert refusal("balanceOf", ZERO, sender=stranger) == "warranty: zero address"


@pytest.mark.parametrize("name", INTERFACES)
def test_interface_ids_are_those_of_the_functions(warranty, name):
    """The id is the exclusive or of the selectors, the contract claims it, and has each function."""
    interface_id, functions = INTERFACES[name]
    total = 0
    for function in functions:
        total ^= int.from_bytes(selector(function), "big")
    assert total == interface_id
    assert warranty.supportsInterface(interface_id.to_bytes(4, "big"))
    assert set(functions) <= {method.selector for method in warranty.contract_type.methods}


@pytest.mark.parametrize(
    ("interface_id", "supported"),
    [
        (0x49064906, True),  # ERC-4906 names its own: it has events and no function
        (0xF140BE0D, True),  # ERC-5007's final text prints this one
        (0xFFFFFFFF, False),
        (0x00000000, False),
        (0x780E9D63, False),  # ERC-721 enumerable
        (0x0489B56F, False),  # ERC-5484
    ],
)
def test_other_interface_ids(warranty, interface_id, supported):
    """What is claimed beside the functions, and what is not."""
    assert warranty.supportsInterface(interface_id.to_bytes(4, "big")) is supported


def test_owner_replaces_the_contract_uri(warranty, owner, issuer, refusal):
    """The collection's metadata is the owner's to change, and told to readers."""
    tx = warranty.set_contract_uri("ipfs://new", sender=owner)
    assert warranty.contractURI() == "ipfs://new"
    assert tx.events == [warranty.ContractURIUpdated()]
    assert refusal("set_contract_uri", "ipfs://evil", sender=issuer) == "ownership: caller is not the owner"
