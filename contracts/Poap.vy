# pragma version ~=0.4.3
"""
@title Poap
@license Apache-2.0
@notice Proofs of attendance: an ERC-721 by event, one badge per wallet and event whatever way it was
        issued, soulbound or transferable as the event says.
@dev A drop keeps its sorted list of wallets as the code of a small contract: 20 bytes a badge where two
     storage slots are usual. Only what happens to a badge later (moved, burnt) costs a slot.
     A dropped badge is told by Transfer alone: Locked (ERC-5192) is logged for single awards only, and
     Issued (ERC-5484) never, as EventCreated says who may burn. No receiver of a drop or an award is
     called, so that one of them cannot sink the drop of a thousand.
     What an issuer signed (a voucher for a wallet, or a link for whoever has the link's key) anybody may
     send. It names its receiver, so that a thief who copies the transaction gives the badge to the same one.
@custom:stop The guardian pauses drops, awards, claims, new events and burns by issuers, or removes one
             issuer and with it all that it signed; holders keep their badges and can still move and burn
             them where the event allows it.
"""
from ethereum.ercs import IERC165
from ethereum.ercs import IERC721
implements: IERC165
# Not `implements: IERC721`, which asks for payable transfers: what came with one would be lost.

from . import guard
from . import issuers
from . import ownership
from . import signatures
initializes: ownership
initializes: guard[ownership := ownership]
initializes: issuers[ownership := ownership, guard := guard]

exports: (
    ownership.owner,
    ownership.pending_owner,
    ownership.offer_ownership,
    ownership.accept_ownership,
    # There is no renouncing: a shop without an owner cannot remove a leaked issuer's key.
    guard.guardian,
    guard.paused_until,
    guard.set_guardian,
    guard.pause,
    guard.unpause,
    issuers.set_issuer,
    issuers.stop_issuer,
    issuers.is_issuer,
    issuers.budget_of,
    issuers.batch_spent,
    issuers.number_spent,
    issuers.cancel_numbers,
)

TRANSFER: constant(bytes32) = keccak256("Transfer(address,address,uint256)")
RECEIVED: constant(bytes4) = method_id("onERC721Received(address,address,uint256,bytes)", output_type=bytes4)
VERSION: constant(String[1]) = "1"
CLAIM_TYPEHASH: constant(bytes32) = keccak256(
    "Claim(uint256 event_id,address wallet,uint256 number,uint256 deadline)"
)
LINK_TYPEHASH: constant(bytes32) = keccak256(
    "Link(uint256 event_id,address key,uint256 number,uint256 deadline)"
)
RECEIVE_TYPEHASH: constant(bytes32) = keccak256("Receive(uint256 event_id,address wallet)")

# Initcode that deploys what follows it: PUSH1 11, MSIZE, DUP2, CODESIZE, SUB, DUP1, SWAP3, MSIZE, CODECOPY,
# RETURN, then a STOP that is the first byte of the list's code, so that nobody can run a list.
HEADER: constant(bytes12) = 0x600b5981380380925939f300
HEADER_BYTES: constant(uint256) = 12
WALLET_BYTES: constant(uint256) = 20
# What the 24,576 bytes that a contract may have (EIP-170) hold after the STOP.
MAX_WALLETS: constant(uint256) = 1228
MAX_LIST: constant(uint256) = HEADER_BYTES + WALLET_BYTES * MAX_WALLETS
# 2**11 > MAX_WALLETS: so many looks find any place in a list.
MAX_LOOKS: constant(uint256) = 11
# How many wallets two lists are compared by at a time, and as bytes with what _page adds.
PAGE: constant(uint256) = 32
PAGE_BYTES: constant(uint256) = PAGE * WALLET_BYTES + 12
# Full pages, then single wallets.
MAX_PAGES: constant(uint256) = MAX_WALLETS // PAGE + PAGE
# An award looks into every list of its event, and must fit into one transaction: about 10 million gas here.
MAX_LISTS: constant(uint256) = 1024
MAX_EVENTS: constant(uint256) = 2**32 - 1
MAX_EVENTS_ASKED: constant(uint256) = 32

# A badge's id: event << 160 | wallet for an award, LISTED | event << 160 | list << 16 | position for a drop.
LISTED: constant(uint256) = 1 << 255
EVENT_AT: constant(uint256) = 160
LIST_AT: constant(uint256) = 16
WALLET_MASK: constant(uint256) = 2**160 - 1
POSITION_MASK: constant(uint256) = 2**16 - 1
LIST_MASK: constant(uint256) = 2**144 - 1

# An event's counters: first list's address (160) | issued (32) | lists (32) | list with the highest wallet
# (24) | flags (8). EXISTS keeps the word of a new event from zero, so that its first drop pays for a change.
FIRST_LIST_AT: constant(uint256) = 96
ISSUED_AT: constant(uint256) = 64
LISTS_AT: constant(uint256) = 32
HIGHEST_AT: constant(uint256) = 8
HIGHEST_MASK: constant(uint256) = 2**24 - 1
HAS_SINGLES: constant(uint256) = 2
EXISTS: constant(uint256) = 1

# An event's rules: start (40) | end (40) | max supply (32) | transferable (8) | burn auth (8) | frozen (8) |
# how many issuers are its own (32) | spare.
START_AT: constant(uint256) = 216
END_AT: constant(uint256) = 176
MAX_SUPPLY_AT: constant(uint256) = 144
TRANSFERABLE_AT: constant(uint256) = 136
BURN_AUTH_AT: constant(uint256) = 128
FROZEN_AT: constant(uint256) = 120
OWN_ISSUERS_AT: constant(uint256) = 88
MASK40: constant(uint256) = 2**40 - 1
MASK32: constant(uint256) = 2**32 - 1
MASK8: constant(uint256) = 2**8 - 1

# A badge's state. Zero: never awarded, or still with the wallet that the list names. MOVED stands above the
# holder's address, which could otherwise be mistaken for ISSUED or BURNT: 1 and 2 are addresses too.
ISSUED: constant(uint256) = 1
BURNT: constant(uint256) = 2
MOVED: constant(uint256) = 1 << 160

# ERC-5484's numbers for who may burn.
ISSUER_ONLY: constant(uint256) = 0
OWNER_ONLY: constant(uint256) = 1
BOTH: constant(uint256) = 2
NEITHER: constant(uint256) = 3

name: public(immutable(String[64]))
symbol: public(immutable(String[16]))


struct EventInfo:
    # First and last second in which badges may be issued; 0 = no bound.
    start: uint256
    end: uint256
    # 0 = no bound.
    max_supply: uint256
    # Ever issued: a burnt badge stays counted.
    issued: uint256
    lists: uint256
    transferable: bool
    burn_auth: uint8
    frozen: bool
    uri: String[2048]


interface IERC721Receiver:
    def onERC721Received(
        operator: address, sender: address, token_id: uint256, data: Bytes[1024]
    ) -> bytes4: nonpayable


event_count: public(uint256)
# In the order of creation, from 0; 0 past the last.
event_at: public(HashMap[uint256, uint256])
is_event_issuer: public(HashMap[uint256, HashMap[address, bool]])
_counters: HashMap[uint256, uint256]
_rules: HashMap[uint256, uint256]
_uris: HashMap[uint256, String[2048]]
# The lists of an event after its first, by the id of their first badge.
_lists: HashMap[uint256, address]
_states: HashMap[uint256, uint256]
# Received - sent - burnt. What was issued to a wallet is counted by looking, so that issuing writes nothing here.
_credits: HashMap[address, int256]
_approved: HashMap[uint256, address]
isApprovedForAll: public(HashMap[address, HashMap[address, bool]])
contractURI: public(String[2048])


event EventCreated:
    event_id: indexed(uint256)
    issuer: indexed(address)
    start: uint256
    end: uint256
    max_supply: uint256
    transferable: bool
    burn_auth: uint8
    uri: String[2048]


event EventURIUpdated:
    event_id: indexed(uint256)
    uri: String[2048]


event EventFrozen:
    event_id: indexed(uint256)


event EventIssuerSet:
    event_id: indexed(uint256)
    issuer: indexed(address)
    allowed: bool


event Dropped:
    issuer: indexed(address)
    batch: indexed(uint256)
    event_id: indexed(uint256)
    list: uint256
    pointer: address
    count: uint256


event Awarded:
    issuer: indexed(address)
    batch: indexed(uint256)
    event_id: indexed(uint256)
    wallet: address
    token_id: uint256


event Claimed:
    issuer: indexed(address)
    event_id: indexed(uint256)
    wallet: indexed(address)
    number: uint256
    token_id: uint256


# ERC-5192
event Locked:
    tokenId: uint256


# ERC-4906
event BatchMetadataUpdate:
    _fromTokenId: uint256
    _toTokenId: uint256


# ERC-7572
event ContractURIUpdated:
    pass


@deploy
def __init__(
    name_: String[64],
    symbol_: String[16],
    contract_uri: String[2048],
    owner: address,
    issuer: address,
    budget: uint256,
    period: uint256,
):
    """
    @param issuer First account that may issue; zero leaves it to the owner to name one later.
    @param budget How many badges the issuer may issue in each window of `period` seconds.
    """
    ownership.__init__(owner)
    name = name_
    symbol = symbol_
    self.contractURI = contract_uri
    if issuer != empty(address):
        assert budget > 0, "poap: issuer without a budget"
        issuers._set_issuer(issuer, budget, period)


@external
def create_event(
    event_id: uint256,
    start: uint256,
    end: uint256,
    max_supply: uint256,
    transferable: bool,
    burn_auth: uint8,
    uri: String[2048],
):
    """
    @notice Open an event. Only its art can be changed later, and that only until it is frozen.
    @param event_id Chosen by the caller: 1 to 2**32 - 1, never used before.
    @param start First second in which badges may be issued; 0 = no bound.
    @param end Last such second; 0 = no bound.
    @param max_supply Most badges ever issued, burnt ones included; 0 = no bound.
    @param transferable Whether holders may pass their badges on; if not they are soulbound.
    @param burn_auth Who may burn, as ERC-5484 counts: 0 issuer, 1 holder, 2 both, 3 nobody.
    @param uri Metadata of every badge of the event.
    """
    issuers._check_issuer()
    assert event_id > 0 and event_id <= MAX_EVENTS, "poap: event number is out of range"
    assert self._counters[event_id] == 0, "poap: event exists"
    assert start <= MASK40 and end <= MASK40, "poap: time is out of range"
    assert end == 0 or start <= end, "poap: event ends before it starts"
    assert max_supply <= MASK32, "poap: supply is out of range"
    auth: uint256 = convert(burn_auth, uint256)
    assert auth <= NEITHER, "poap: unknown burn authorization"
    self._counters[event_id] = EXISTS
    self._rules[event_id] = (
        (start << START_AT)
        | (end << END_AT)
        | (max_supply << MAX_SUPPLY_AT)
        | (convert(transferable, uint256) << TRANSFERABLE_AT)
        | (auth << BURN_AUTH_AT)
    )
    self._uris[event_id] = uri
    count: uint256 = self.event_count
    self.event_at[count] = event_id
    self.event_count = count + 1
    log EventCreated(
        event_id=event_id,
        issuer=msg.sender,
        start=start,
        end=end,
        max_supply=max_supply,
        transferable=transferable,
        burn_auth=burn_auth,
        uri=uri,
    )


@external
def drop(batch: uint256, event_id: uint256, list: Bytes[MAX_LIST]):
    """
    @notice Give a badge to each wallet of a list. All or nothing; receivers are not called.
    @dev Costs least when the list begins above every wallet dropped before in the event: sort the whole
         file, then split it. Otherwise the wallets are looked up in the earlier lists.
    @param batch Accepted once per issuer.
    @param list 600B5981380380925939F300, then 1 to 1,228 wallets of 20 bytes each, strictly ascending.
    """
    count: uint256 = len(list) // WALLET_BYTES
    counters: uint256 = self._open(batch, event_id, count)
    # The header is shorter than a wallet, so it does not count as one.
    assert len(list) % WALLET_BYTES == HEADER_BYTES and count > 0, "poap: list is empty or cut"
    assert extract32(list, 0, output_type=uint256) >> 160 == convert(HEADER, uint256), "poap: list has another header"
    pointer: address = raw_create(list)

    # A read at 20 * i ends on wallet i, because the header before the first wallet is 12 bytes long.
    # No sum can pass 2**256: ids end in a list number and a position, offsets stop at the list's length,
    # and extract32 still checks every one of them.
    at: uint256 = 0
    id: uint256 = self._next_list_base(event_id, counters)
    last: uint256 = 0
    # A wallet is below 2**160, so a - b has its 96 high bits all set when a < b, and all clear otherwise:
    # they survive every & only in a list that ascends, from above zero.
    ascending: uint256 = max_value(uint256)
    no_data: Bytes[1] = b""
    # Four at a time, for the gas of the loop itself.
    for _: uint256 in range(count // 4, bound=MAX_WALLETS // 4):
        a: uint256 = extract32(list, at, output_type=uint256) & WALLET_MASK
        b: uint256 = extract32(list, unsafe_add(at, 20), output_type=uint256) & WALLET_MASK
        c: uint256 = extract32(list, unsafe_add(at, 40), output_type=uint256) & WALLET_MASK
        d: uint256 = extract32(list, unsafe_add(at, 60), output_type=uint256) & WALLET_MASK
        ascending = (
            ascending & unsafe_sub(last, a) & unsafe_sub(a, b) & unsafe_sub(b, c) & unsafe_sub(c, d)
        )
        raw_log([TRANSFER, empty(bytes32), convert(a, bytes32), convert(id, bytes32)], no_data)
        raw_log([TRANSFER, empty(bytes32), convert(b, bytes32), convert(unsafe_add(id, 1), bytes32)], no_data)
        raw_log([TRANSFER, empty(bytes32), convert(c, bytes32), convert(unsafe_add(id, 2), bytes32)], no_data)
        raw_log([TRANSFER, empty(bytes32), convert(d, bytes32), convert(unsafe_add(id, 3), bytes32)], no_data)
        last = d
        at = unsafe_add(at, 80)
        id = unsafe_add(id, 4)
    for _: uint256 in range(count % 4, bound=3):
        a: uint256 = extract32(list, at, output_type=uint256) & WALLET_MASK
        ascending = ascending & unsafe_sub(last, a)
        raw_log([TRANSFER, empty(bytes32), convert(a, bytes32), convert(id, bytes32)], no_data)
        last = a
        at = unsafe_add(at, 20)
        id = unsafe_add(id, 1)
    assert ascending >> 160 != 0, "poap: list is not ascending"

    self._add_list(batch, event_id, counters, pointer, last)


@external
def drop_again(batch: uint256, event_id: uint256, source_event: uint256, source_list: uint256):
    """
    @notice Give a badge to each wallet of a list that was dropped before, at a third of a drop's gas. What
            became of the badges of that list does not matter. All or nothing; receivers are not called.
    @param batch Accepted once per issuer.
    @param source_event The event that the list was dropped in.
    @param source_list Its number in that event, from 0.
    """
    source: uint256 = self._counters[source_event]
    assert source_list < (source >> LISTS_AT) & MASK32, "poap: no such list"
    pointer: address = self._list(source_event, source, source_list)
    count: uint256 = self._size(pointer)
    counters: uint256 = self._open(batch, event_id, count)

    # As in drop, but that the list is known to ascend, and is read a page at a time.
    id: uint256 = self._next_list_base(event_id, counters)
    next: uint256 = 0
    wallet: uint256 = 0
    no_data: Bytes[1] = b""
    for _: uint256 in range(MAX_PAGES):
        if next == count:
            break
        page: Bytes[PAGE_BYTES] = self._page(pointer, count, next)
        size: uint256 = len(page) // WALLET_BYTES
        for i: uint256 in range(size, bound=PAGE):
            wallet = extract32(page, unsafe_mul(i, WALLET_BYTES), output_type=uint256) >> 96
            raw_log([TRANSFER, empty(bytes32), convert(wallet, bytes32), convert(id, bytes32)], no_data)
            id = unsafe_add(id, 1)
        next += size
    self._add_list(batch, event_id, counters, pointer, wallet)


@external
def award(batch: uint256, event_id: uint256, wallet: address):
    """
    @notice Give one badge to one wallet. The receiver is not called.
    @param batch Accepted once per issuer.
    """
    id: uint256 = self._give(event_id, self._open(batch, event_id, 1), wallet)
    log Awarded(issuer=msg.sender, batch=batch, event_id=event_id, wallet=wallet, token_id=id)


@external
def claim(
    issuer: address,
    event_id: uint256,
    wallet: address,
    number: uint256,
    deadline: uint256,
    signature: Bytes[1024],
):
    """
    @notice Give the badge that an issuer signed a voucher for (EIP-712). Anybody may send it.
    @param number Chosen by the issuer and accepted once per issuer.
    @param deadline The last second, in unix time, at which the voucher is good.
    @param signature 65 bytes of a key, or whatever the issuer's contract wallet accepts (ERC-1271).
    """
    self._claim(CLAIM_TYPEHASH, issuer, event_id, wallet, number, deadline, signature, wallet)


@external
def claim_link(
    issuer: address,
    event_id: uint256,
    key: address,
    number: uint256,
    deadline: uint256,
    issuer_signature: Bytes[1024],
    wallet: address,
    key_signature: Bytes[65],
):
    """
    @notice Give a badge to the wallet that the key of a link names (EIP-712). Anybody may send it.
    @param key The address of a key made for this link, which the issuer signed for and the link carries.
    @param number Chosen by the issuer and accepted once per issuer, over vouchers and links.
    @param deadline The last second, in unix time, at which the link is good.
    @param issuer_signature 65 bytes of a key, or whatever the issuer's contract wallet accepts (ERC-1271).
    @param wallet Who gets the badge.
    @param key_signature The link's key over event and wallet: what makes a copied transaction worthless.
    """
    struct_hash: bytes32 = keccak256(abi_encode(RECEIVE_TYPEHASH, event_id, wallet))
    assert signatures._is_signed_by_key(
        key, self._digest(struct_hash), key_signature
    ), "poap: receiver is not signed by the link"
    self._claim(LINK_TYPEHASH, issuer, event_id, key, number, deadline, issuer_signature, wallet)


@external
def burn(token_id: uint256):
    """
    @notice Destroy a badge, by its holder or an issuer as the event's burn authorization says. The wallet
            it was issued to cannot get the event's badge again. An approved account cannot burn, nor an
            issuer that may not issue the event.
    """
    holder: address = self._owner_of(token_id)
    auth: uint256 = self._burn_auth(token_id)
    if msg.sender != holder or (auth != OWNER_ONLY and auth != BOTH):
        assert auth == ISSUER_ONLY or auth == BOTH, "poap: caller may not burn this badge"
        issuers._check_issuer()
        assert self._may_issue(self._event_of(token_id), msg.sender), "poap: caller may not burn this badge"
    self._states[token_id] = BURNT
    self._credits[holder] -= 1
    log IERC721.Transfer(sender=holder, receiver=empty(address), token_id=token_id)


@external
def approve(approved: address, token_id: uint256):
    """
    @notice Let one account move a badge of a transferable event; zero withdraws it.
    """
    holder: address = self._owner_of(token_id)
    assert self._is_transferable(token_id), "poap: badge is soulbound"
    assert (
        msg.sender == holder or self.isApprovedForAll[holder][msg.sender]
    ), "poap: caller may not approve"
    self._approved[token_id] = approved
    log IERC721.Approval(owner=holder, approved=approved, token_id=token_id)


@external
def setApprovalForAll(operator: address, approved: bool):
    """
    @notice Let an account move all of the caller's transferable badges. Soulbound ones stay where they are.
    """
    self.isApprovedForAll[msg.sender][operator] = approved
    log IERC721.ApprovalForAll(owner=msg.sender, operator=operator, approved=approved)


@external
def transferFrom(sender: address, receiver: address, token_id: uint256):
    """
    @notice Move a badge of a transferable event. The receiver is not asked whether it can hold one.
    """
    self._transfer(sender, receiver, token_id)


@external
def safeTransferFrom(sender: address, receiver: address, token_id: uint256, data: Bytes[1024] = b""):
    """
    @notice Move a badge of a transferable event; a receiver with code must accept it.
    @param data Handed to the receiver.
    """
    # The badge has moved before the receiver is called: coming back in finds nothing half done.
    self._transfer(sender, receiver, token_id)
    if receiver.is_contract:
        answer: bytes4 = extcall IERC721Receiver(receiver).onERC721Received(msg.sender, sender, token_id, data)
        assert answer == RECEIVED, "poap: receiver refused the badge"


@external
def set_event_issuer(event_id: uint256, issuer: address, allowed: bool):
    """
    @notice Name an event's own issuers, or take one off. While it has any, they alone may issue it and burn
            as issuers. They need a budget (`set_issuer`) as all do.
    """
    ownership._check_owner()
    rules: uint256 = self._rules_of(event_id)
    assert issuer != empty(address), "poap: issuer is the zero address"
    if self.is_event_issuer[event_id][issuer] != allowed:
        self.is_event_issuer[event_id][issuer] = allowed
        if allowed:
            self._rules[event_id] = rules + (1 << OWN_ISSUERS_AT)
        else:
            self._rules[event_id] = rules - (1 << OWN_ISSUERS_AT)
    log EventIssuerSet(event_id=event_id, issuer=issuer, allowed=allowed)


@external
def set_event_uri(event_id: uint256, uri: String[2048]):
    """
    @notice Change the metadata of every badge of an event that is not frozen.
    """
    ownership._check_owner()
    rules: uint256 = self._rules_of(event_id)
    assert (rules >> FROZEN_AT) & MASK8 == 0, "poap: event is frozen"
    self._uris[event_id] = uri
    awarded: uint256 = event_id << EVENT_AT
    log BatchMetadataUpdate(_fromTokenId=awarded, _toTokenId=awarded | WALLET_MASK)
    log BatchMetadataUpdate(_fromTokenId=LISTED | awarded, _toTokenId=LISTED | awarded | WALLET_MASK)
    log EventURIUpdated(event_id=event_id, uri=uri)


@external
def freeze_event(event_id: uint256):
    """
    @notice Fix an event's metadata for good.
    """
    ownership._check_owner()
    rules: uint256 = self._rules_of(event_id)
    assert (rules >> FROZEN_AT) & MASK8 == 0, "poap: event is frozen"
    self._rules[event_id] = rules | (1 << FROZEN_AT)
    log EventFrozen(event_id=event_id)


@external
def set_contract_uri(uri: String[2048]):
    """
    @notice Change the metadata of the collection.
    """
    ownership._check_owner()
    self.contractURI = uri
    log ContractURIUpdated()


@external
@view
def ownerOf(token_id: uint256) -> address:
    """
    @notice The holder. Reverts for a badge that was never issued or is burnt.
    """
    return self._owner_of(token_id)


@external
@view
def balanceOf(wallet: address) -> uint256:
    """
    @notice How many badges a wallet holds. Looks into every list of every event: meant for reading from
            outside, too dear for another contract to rely on.
    """
    assert wallet != empty(address), "poap: wallet is the zero address"
    balance: int256 = self._credits[wallet]
    for i: uint256 in range(self.event_count, bound=MAX_EVENTS):
        if self._token_of(self.event_at[i], wallet) != 0:
            balance += 1
    return convert(balance, uint256)


@external
@view
def getApproved(token_id: uint256) -> address:
    """
    @notice The account that may move a badge besides its holder and the holder's operators.
    """
    self._owner_of(token_id)
    return self._approved[token_id]


@external
@view
def tokenURI(token_id: uint256) -> String[2048]:
    """
    @notice Metadata of a badge: its event's.
    """
    self._owner_of(token_id)
    return self._uris[self._event_of(token_id)]


@external
@view
def locked(token_id: uint256) -> bool:
    """
    @notice Whether a badge is soulbound (ERC-5192).
    """
    self._owner_of(token_id)
    return not self._is_transferable(token_id)


@external
@view
def burnAuth(token_id: uint256) -> uint8:
    """
    @notice Who may burn a badge (ERC-5484): 0 issuer, 1 holder, 2 both, 3 nobody.
    """
    self._owner_of(token_id)
    return convert(self._burn_auth(token_id), uint8)


@external
@view
def issued(event_id: uint256, wallet: address) -> bool:
    """
    @notice Whether a wallet was ever given the event's badge, wherever that badge is now.
    """
    return self._token_of(event_id, wallet) != 0


@external
@view
def token_of(event_id: uint256, wallet: address) -> uint256:
    """
    @notice Id of the event's badge that was given to a wallet, wherever that badge is now; 0 if none was.
    """
    return self._token_of(event_id, wallet)


@external
@view
def holds_all(wallet: address, events: DynArray[uint256, MAX_EVENTS_ASKED]) -> bool:
    """
    @notice Whether a wallet was given the badge of each of these events and still has it: what others passed
            on to it does not count. False for no events.
    """
    for event_id: uint256 in events:
        id: uint256 = self._token_of(event_id, wallet)
        if id == 0:
            return False
        state: uint256 = self._states[id]
        # Never moved, or moved and back again.
        if state > ISSUED and state != MOVED | convert(wallet, uint256):
            return False
    return len(events) > 0


@external
@pure
def event_of(token_id: uint256) -> uint256:
    """
    @notice The event that an id belongs to. Whether there is such a badge is for ownerOf to say.
    """
    return self._event_of(token_id)


@external
@view
def event_info(event_id: uint256) -> EventInfo:
    """
    @notice An event's rules and counts.
    """
    rules: uint256 = self._rules_of(event_id)
    counters: uint256 = self._counters[event_id]
    return EventInfo(
        start=rules >> START_AT,
        end=(rules >> END_AT) & MASK40,
        max_supply=(rules >> MAX_SUPPLY_AT) & MASK32,
        issued=(counters >> ISSUED_AT) & MASK32,
        lists=(counters >> LISTS_AT) & MASK32,
        transferable=(rules >> TRANSFERABLE_AT) & MASK8 == 1,
        burn_auth=convert((rules >> BURN_AUTH_AT) & MASK8, uint8),
        frozen=(rules >> FROZEN_AT) & MASK8 == 1,
        uri=self._uris[event_id],
    )


@external
@view
def eip712Domain() -> (
    bytes1, String[64], String[1], uint256, address, bytes32, DynArray[uint256, 1]
):
    """
    @notice What an issuer and a link sign over, besides the message (ERC-5267): name, version, chain, contract.
    """
    return 0x0f, name, VERSION, chain.id, self, empty(bytes32), []


@external
@view
def supportsInterface(interface_id: bytes4) -> bool:
    """
    @notice ERC-165, ERC-721 and its metadata, ERC-4906, ERC-5192, ERC-5484.
    """
    return interface_id in [
        0x01ffc9a7, 0x80ac58cd, 0x5b5e139f, 0x49064906, 0xb45a3c0e, 0x0489b56f
    ]


@internal
def _claim(
    typehash: bytes32,
    issuer: address,
    event_id: uint256,
    signed_for: address,
    number: uint256,
    deadline: uint256,
    signature: Bytes[1024],
    wallet: address,
):
    """
    @dev A voucher is signed for the wallet itself, a link for its key.
    """
    assert block.timestamp <= deadline, "poap: signature has expired"
    struct_hash: bytes32 = keccak256(abi_encode(typehash, event_id, signed_for, number, deadline))
    assert signatures._is_signed_by(
        issuer, self._digest(struct_hash), signature
    ), "poap: not signed by the issuer"
    issuers._charge_signer(issuer, 1)
    issuers._spend_number(issuer, number)
    assert self._may_issue(event_id, issuer), "poap: signer may not issue this event"
    id: uint256 = self._give(event_id, self._admit(event_id, 1), wallet)
    log Claimed(issuer=issuer, event_id=event_id, wallet=wallet, number=number, token_id=id)


@internal
@view
def _digest(struct_hash: bytes32) -> bytes32:
    domain: bytes32 = signatures._domain_separator(keccak256(name), keccak256(VERSION))
    return signatures._digest(domain, struct_hash)


@internal
def _give(event_id: uint256, counters: uint256, wallet: address) -> uint256:
    """
    @dev Issue one badge that was admitted; its id.
    """
    assert wallet != empty(address), "poap: wallet is the zero address"
    assert self._token_of(event_id, wallet) == 0, "poap: wallet already has this badge"
    id: uint256 = (event_id << EVENT_AT) | convert(wallet, uint256)
    self._counters[event_id] = counters | HAS_SINGLES
    self._states[id] = ISSUED
    log IERC721.Transfer(sender=empty(address), receiver=wallet, token_id=id)
    if not self._is_transferable(id):
        log Locked(tokenId=id)
    return id


@internal
def _open(batch: uint256, event_id: uint256, count: uint256) -> uint256:
    """
    @dev What every batch of badges begins with; the event's counters with those badges issued.
    """
    issuers._charge(batch, count)
    assert self._may_issue(event_id, msg.sender), "poap: caller may not issue this event"
    return self._admit(event_id, count)


@internal
@view
def _may_issue(event_id: uint256, issuer: address) -> bool:
    """
    @dev Whether the event leaves it to this issuer. Whether the account is an issuer at all is asked apart.
    """
    return (self._rules[event_id] >> OWN_ISSUERS_AT) & MASK32 == 0 or self.is_event_issuer[event_id][issuer]


@internal
@view
def _admit(event_id: uint256, count: uint256) -> uint256:
    """
    @dev The event's counters with `count` more badges issued, if they may be issued now.
    """
    counters: uint256 = self._counters[event_id]
    assert counters != 0, "poap: no such event"
    rules: uint256 = self._rules[event_id]
    assert block.timestamp >= rules >> START_AT, "poap: event has not started"
    end: uint256 = (rules >> END_AT) & MASK40
    assert end == 0 or block.timestamp <= end, "poap: event is over"
    limit: uint256 = (rules >> MAX_SUPPLY_AT) & MASK32
    if limit == 0:
        limit = MASK32
    assert ((counters >> ISSUED_AT) & MASK32) + count <= limit, "poap: over the event's supply"
    return counters + (count << ISSUED_AT)


@internal
def _add_list(batch: uint256, event_id: uint256, counters: uint256, pointer: address, last: uint256):
    """
    @dev Note a new list, if none of its wallets has the event's badge.
    """
    number: uint256 = (counters >> LISTS_AT) & MASK32
    assert number < MAX_LISTS, "poap: event is full of lists"
    size: uint256 = self._size(pointer)
    word: uint256 = counters + (1 << LISTS_AT)
    if number == 0:
        word |= convert(pointer, uint256) << FIRST_LIST_AT
    else:
        highest: uint256 = (counters >> HIGHEST_AT) & HIGHEST_MASK
        highest_list: address = self._list(event_id, counters, highest)
        top: uint256 = self._wallet_at(highest_list, self._size(highest_list) - 1)
        if self._wallet_at(pointer, 0) <= top:
            for i: uint256 in range(number, bound=MAX_LISTS):
                shared: bool = self._have_common_wallet(self._list(event_id, counters, i), pointer)
                assert not shared, "poap: wallet already has this badge"
        if last > top:
            word = (word & ~(HIGHEST_MASK << HIGHEST_AT)) | (number << HIGHEST_AT)
        self._lists[self._list_base(event_id, number)] = pointer
    if counters & HAS_SINGLES != 0:
        self._check_singles(event_id, pointer, size)
    self._counters[event_id] = word
    log Dropped(issuer=msg.sender, batch=batch, event_id=event_id, list=number, pointer=pointer, count=size)


@internal
@view
def _check_singles(event_id: uint256, list: address, size: uint256):
    next: uint256 = 0
    for _: uint256 in range(MAX_PAGES):
        if next == size:
            break
        page: Bytes[PAGE_BYTES] = self._page(list, size, next)
        count: uint256 = len(page) // WALLET_BYTES
        for i: uint256 in range(count, bound=PAGE):
            wallet: uint256 = extract32(page, i * WALLET_BYTES, output_type=uint256) >> 96
            assert self._states[(event_id << EVENT_AT) | wallet] == 0, "poap: wallet already has this badge"
        next += count


@internal
def _transfer(sender: address, receiver: address, token_id: uint256):
    holder: address = self._owner_of(token_id)
    assert self._is_transferable(token_id), "poap: badge is soulbound"
    assert (
        msg.sender == holder
        or msg.sender == self._approved[token_id]
        or self.isApprovedForAll[holder][msg.sender]
    ), "poap: caller may not move this badge"
    assert sender == holder, "poap: sender is not the holder"
    assert receiver != empty(address), "poap: receiver is the zero address"
    self._approved[token_id] = empty(address)
    self._states[token_id] = MOVED | convert(receiver, uint256)
    self._credits[holder] -= 1
    self._credits[receiver] += 1
    log IERC721.Transfer(sender=holder, receiver=receiver, token_id=token_id)


@internal
@view
def _owner_of(token_id: uint256) -> address:
    state: uint256 = self._states[token_id]
    if state >= MOVED:
        return convert(state & WALLET_MASK, address)
    assert state != BURNT, "poap: badge is burnt"
    if token_id < LISTED:
        assert state == ISSUED, "poap: no such badge"
        return convert(token_id & WALLET_MASK, address)
    return self._listed_owner_of(token_id)


@internal
@view
def _listed_owner_of(token_id: uint256) -> address:
    event_id: uint256 = self._event_of(token_id)
    counters: uint256 = self._counters[event_id]
    number: uint256 = (token_id >> LIST_AT) & LIST_MASK
    assert number < (counters >> LISTS_AT) & MASK32, "poap: no such badge"
    list: address = self._list(event_id, counters, number)
    position: uint256 = token_id & POSITION_MASK
    assert position < self._size(list), "poap: no such badge"
    return convert(self._wallet_at(list, position), address)


@internal
@view
def _token_of(event_id: uint256, wallet: address) -> uint256:
    counters: uint256 = self._counters[event_id]
    sought: uint256 = convert(wallet, uint256)
    if counters & HAS_SINGLES != 0:
        id: uint256 = (event_id << EVENT_AT) | sought
        if self._states[id] != 0:
            return id
    for i: uint256 in range((counters >> LISTS_AT) & MASK32, bound=MAX_LISTS):
        list: address = self._list(event_id, counters, i)
        size: uint256 = self._size(list)
        position: uint256 = self._seek(list, size, sought)
        if position < size and self._wallet_at(list, position) == sought:
            return self._list_base(event_id, i) | position
    return 0


@internal
@view
def _have_common_wallet(one: address, other: address) -> bool:
    """
    @dev Walk through two sorted lists side by side, a page at a time.
    """
    size: uint256 = self._size(one)
    other_size: uint256 = self._size(other)
    if self._wallet_at(one, size - 1) < self._wallet_at(other, 0):
        return False
    if self._wallet_at(other, other_size - 1) < self._wallet_at(one, 0):
        return False
    # The page of `one` in hand, where in it we stand, its highest wallet, and where the next page begins.
    page: Bytes[PAGE_BYTES] = b""
    at: uint256 = 0
    highest: uint256 = 0
    next: uint256 = 0
    other_next: uint256 = 0
    for _: uint256 in range(MAX_PAGES):
        if other_next == other_size:
            break
        other_page: Bytes[PAGE_BYTES] = self._page(other, other_size, other_next)
        count: uint256 = len(other_page) // WALLET_BYTES
        other_next += count
        for i: uint256 in range(count, bound=PAGE):
            wallet: uint256 = extract32(other_page, i * WALLET_BYTES, output_type=uint256) >> 96
            for _turn: uint256 in range(MAX_PAGES):
                if wallet <= highest:
                    break
                if next == size:
                    return False
                page = self._page(one, size, next)
                at = 0
                next += len(page) // WALLET_BYTES
                highest = extract32(page, len(page) - 32, output_type=uint256) >> 96
            # The page's highest wallet is not below this one, so the walk ends within the page.
            found: uint256 = 0
            for _step: uint256 in range(PAGE):
                found = extract32(page, at, output_type=uint256) >> 96
                if found >= wallet:
                    break
                at += WALLET_BYTES
            if found == wallet:
                return True
    return False


@internal
@view
def _page(list: address, size: uint256, position: uint256) -> Bytes[PAGE_BYTES]:
    """
    @dev As many wallets from `position` on as one read gives: a page, or a single wallet where less than
         a page is left. 12 zero bytes follow, so that 32 bytes can be read at the last wallet too.
    """
    at: uint256 = 1 + position * WALLET_BYTES
    if size - position >= PAGE:
        return concat(slice(list.code, at, PAGE * WALLET_BYTES), empty(bytes12))
    return concat(slice(list.code, at, WALLET_BYTES), empty(bytes12))


@internal
@view
def _seek(list: address, size: uint256, wallet: uint256) -> uint256:
    """
    @dev First position whose wallet is not below `wallet`; `size` if there is none.
    """
    low: uint256 = 0
    high: uint256 = size
    for _: uint256 in range(MAX_LOOKS):
        if low == high:
            break
        middle: uint256 = (low + high) // 2
        if self._wallet_at(list, middle) < wallet:
            low = middle + 1
        else:
            high = middle
    return low


@internal
@view
def _wallet_at(list: address, position: uint256) -> uint256:
    # Past the STOP. slice reverts where the code ends.
    return convert(slice(list.code, 1 + position * WALLET_BYTES, WALLET_BYTES), uint256)


@internal
@view
def _size(list: address) -> uint256:
    return (list.codesize - 1) // WALLET_BYTES


@internal
@view
def _list(event_id: uint256, counters: uint256, number: uint256) -> address:
    if number == 0:
        return convert(counters >> FIRST_LIST_AT, address)
    return self._lists[self._list_base(event_id, number)]


@internal
@pure
def _list_base(event_id: uint256, number: uint256) -> uint256:
    return LISTED | (event_id << EVENT_AT) | (number << LIST_AT)


@internal
@pure
def _next_list_base(event_id: uint256, counters: uint256) -> uint256:
    return self._list_base(event_id, (counters >> LISTS_AT) & MASK32)


@internal
@pure
def _event_of(token_id: uint256) -> uint256:
    return (token_id & ~LISTED) >> EVENT_AT


@internal
@view
def _rules_of(event_id: uint256) -> uint256:
    assert self._counters[event_id] != 0, "poap: no such event"
    return self._rules[event_id]


@internal
@view
def _is_transferable(token_id: uint256) -> bool:
    return (self._rules[self._event_of(token_id)] >> TRANSFERABLE_AT) & MASK8 == 1


@internal
@view
def _burn_auth(token_id: uint256) -> uint256:
    return (self._rules[self._event_of(token_id)] >> BURN_AUTH_AT) & MASK8
