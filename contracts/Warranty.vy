# pragma version ~=0.4.3
"""
@title Warranty
@license Apache-2.0
@notice Product warranties: an ERC-721 whose tokens have a clock. A warranty registered to a customer runs from
        the day of purchase; one registered to a shop stands still until the shop hands it to its first customer.
        The token's id is a salted hash of the serial number, so each item is registered once and no serial
        is ever readable here.
@dev Months are calendar months in UTC. Expired is computed from the time of reading and never stored.
@custom:stop The guardian pauses registrations, extensions and voids. Holders keep what they have, and
             transfers go on.
"""
from ethereum.ercs import IERC165
from ethereum.ercs import IERC721
implements: IERC165
# Not `implements: IERC721`, which asks for payable transfers: what came with one would be lost.

from . import calendar
from . import guard
from . import issuers
from . import ownership
initializes: ownership
initializes: guard[ownership := ownership]
initializes: issuers[ownership := ownership, guard := guard]

exports: (
    ownership.owner,
    ownership.pending_owner,
    ownership.offer_ownership,
    ownership.accept_ownership,
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
    # issuers.number_spent is left out: nothing here is signed.
)


interface IERC721Receiver:
    def onERC721Received(operator: address, sender: address, token_id: uint256, data: Bytes[1024]) -> bytes4: nonpayable


RECEIVED: constant(bytes4) = method_id("onERC721Received(address,address,uint256,bytes)", output_type=bytes4)
MAX_ITEMS: constant(uint256) = 200

# States. Higher numbers are kept for replaced and refunded.
ISSUED: constant(uint256) = 1
ACTIVE: constant(uint256) = 2
VOID: constant(uint256) = 3

# Places in a token's word.
OWNER_AT: constant(uint256) = 96
START_AT: constant(uint256) = 64
TERMS_AT: constant(uint256) = 48
EXTRA_AT: constant(uint256) = 40
MADE_AT: constant(uint256) = 24
STATE_AT: constant(uint256) = 16
APPROVED: constant(uint256) = 1 << 8
BYTE: constant(uint256) = 2**8 - 1
TWO_BYTES: constant(uint256) = 2**16 - 1
# Start times fit 32 bits until the year 2106.
MAX_START: constant(uint256) = 2**32 - 1

# Places in an item of a registration, and the bits of it that must be zero.
ITEM_WALLET_AT: constant(uint256) = 96
ITEM_START_AT: constant(uint256) = 16
ITEM_START_MASK: constant(uint256) = 2**40 - 1
ITEM_STRAY: constant(uint256) = (2**40 - 1) << 56

# Places in a terms word.
LEGAL_AT: constant(uint256) = 240
COMMERCIAL_AT: constant(uint256) = 224
LIMIT_AT: constant(uint256) = 216
IS_SET: constant(uint256) = 1
# A transfer limit of this many means no limit.
FREE: constant(uint256) = 255

NAME: immutable(String[64])
SYMBOL: immutable(String[16])


struct Warranty:
    owner: address
    # 0 none, 1 issued (the clock stands still), 2 active, 3 void.
    state: uint256
    start: uint256
    # The first second that is not covered; 0 while the clock stands still.
    end: uint256
    terms: uint256
    # Transfers made so far; the first sale is none.
    transfers: uint256
    extra_months: uint256


struct Terms:
    legal_months: uint256
    commercial_months: uint256
    # 0 = never, 1 to 254 = that many, 255 = free.
    transfers: uint256
    uri: String[2048]


contractURI: public(String[2048])
# owner (160) | start (32) | terms (16) | extra months (8) | spare (8) | transfers made (8) | state (8) |
# flags (8) | spare (8).
_tokens: HashMap[uint256, uint256]
_balances: HashMap[address, uint256]
# legal months (16) | commercial months (16) | transfers (8) | spare for claims | set (1).
_terms: HashMap[uint256, uint256]
_terms_uri: HashMap[uint256, String[2048]]
# Counts only while the token's word has the APPROVED flag, so that a transfer ends it without this slot.
_approved: HashMap[uint256, address]
isApprovedForAll: public(HashMap[address, HashMap[address, bool]])


# ERC-7858
event TokenExpiryUpdated:
    tokenId: indexed(uint256)
    startTime: indexed(uint256)
    endTime: indexed(uint256)


# ERC-5192
event Locked:
    tokenId: uint256


# ERC-4906
event MetadataUpdate:
    _tokenId: uint256


# ERC-7572
event ContractURIUpdated:
    pass


event TermsSet:
    terms: indexed(uint256)
    issuer: indexed(address)
    legal_months: uint256
    commercial_months: uint256
    transfers: uint256
    uri: String[2048]


event WarrantyRegistered:
    token_id: indexed(uint256)
    terms: indexed(uint256)


event Registered:
    issuer: indexed(address)
    batch: indexed(uint256)
    count: uint256


event Extended:
    token_id: indexed(uint256)
    issuer: indexed(address)
    batch: uint256
    months: uint256


event Voided:
    token_id: indexed(uint256)
    issuer: indexed(address)
    batch: uint256
    reason: String[100]


@deploy
def __init__(
    name: String[64],
    symbol: String[16],
    contract_uri: String[2048],
    owner: address,
    issuer: address,
    budget: uint256,
    period: uint256,
):
    """
    @param issuer The first issuer; zero = none yet.
    @param budget How many warranties the issuer may register in each window of `period` seconds.
    """
    ownership.__init__(owner)
    NAME = name
    SYMBOL = symbol
    self.contractURI = contract_uri
    if issuer != empty(address):
        assert budget > 0, "warranty: issuer without a budget"
        issuers._set_issuer(issuer, budget, period)


@external
def set_terms(terms: uint256, legal_months: uint256, commercial_months: uint256, transfers: uint256, uri: String[2048]):
    """
    @notice Write down terms of warranty, once: what a customer was promised cannot be changed afterwards.
    @param terms A number from 1 to 65535, chosen by the caller.
    @param legal_months The legal guarantee, at most 65535 months.
    @param commercial_months The brand's own guarantee, at most 65535 months. The longer of the two counts.
    @param transfers How often a customer may pass it on: 0 = never, 1 to 254 = that many, 255 = free.
    @param uri The metadata of every warranty under these terms.
    """
    issuers._check_issuer()
    assert terms > 0 and terms <= TWO_BYTES, "warranty: terms number is not from 1 to 65535"
    assert self._terms[terms] == 0, "warranty: terms exist"
    assert legal_months <= TWO_BYTES and commercial_months <= TWO_BYTES, "warranty: too many months"
    assert legal_months > 0 or commercial_months > 0, "warranty: terms give no time"
    assert transfers <= FREE, "warranty: transfers are over 255"
    self._terms[terms] = (
        (legal_months << LEGAL_AT) | (commercial_months << COMMERCIAL_AT) | (transfers << LIMIT_AT) | IS_SET
    )
    self._terms_uri[terms] = uri
    log TermsSet(
        terms=terms,
        issuer=msg.sender,
        legal_months=legal_months,
        commercial_months=commercial_months,
        transfers=transfers,
        uri=uri,
    )


@external
def register(batch: uint256, items: DynArray[uint256, MAX_ITEMS * 2]):
    """
    @notice Register warranties. All or none: one refused item refuses the batch. Receivers are not called.
    @param batch A number this issuer has not used yet; the ledger counts them up from 0.
    @param items Two words each: the token's id (see serial_id), then the wallet in the high 160 bits, 40 zero
           bits, the start in unix seconds in 40 bits, the terms in 16 bits. Start 0 registers to a shop and
           leaves the clock standing.
    """
    count: uint256 = len(items) // 2
    issuers._charge(count)
    issuers._spend_batch(batch)
    assert count > 0, "warranty: empty batch"
    assert len(items) == count * 2, "warranty: items come in pairs"
    for i: uint256 in range(count, bound=MAX_ITEMS):
        self._register(items[unsafe_mul(i, 2)], items[unsafe_add(unsafe_mul(i, 2), 1)])
    log Registered(issuer=msg.sender, batch=batch, count=count)


@external
def extend(batch: uint256, token_id: uint256, months: uint256):
    """
    @notice Add months to a warranty that is not void, also to one that has run out.
    @param batch A number this issuer has not used yet.
    @param months At most 255 in all over the life of a warranty.
    """
    issuers._check_issuer()
    issuers._spend_batch(batch)
    word: uint256 = self._existing(token_id)
    assert (word >> STATE_AT) & BYTE != VOID, "warranty: void"
    assert months > 0, "warranty: no months"
    assert months <= BYTE - ((word >> EXTRA_AT) & BYTE), "warranty: too many extra months"
    word += months << EXTRA_AT
    self._tokens[token_id] = word
    log TokenExpiryUpdated(tokenId=token_id, startTime=self._start(word), endTime=self._end(word))
    log MetadataUpdate(_tokenId=token_id)
    log Extended(token_id=token_id, issuer=msg.sender, batch=batch, months=months)


@external
def void(batch: uint256, token_id: uint256, reason: String[100]):
    """
    @notice End a warranty for good. The holder keeps the token with all its data and can no longer pass it on.
    @param batch A number this issuer has not used yet.
    @param reason What anyone may read: no names, no serial.
    """
    issuers._check_issuer()
    issuers._spend_batch(batch)
    word: uint256 = self._existing(token_id)
    state: uint256 = (word >> STATE_AT) & BYTE
    assert state != VOID, "warranty: void"
    was_locked: bool = self._is_locked(word)
    self._tokens[token_id] = word + ((VOID - state) << STATE_AT)
    if not was_locked:
        log Locked(tokenId=token_id)
    log MetadataUpdate(_tokenId=token_id)
    log Voided(token_id=token_id, issuer=msg.sender, batch=batch, reason=reason)


@external
def approve(operator: address, token_id: uint256):
    """
    @notice Let one account transfer this warranty once. Zero takes it back, and so does a transfer.
    """
    word: uint256 = self._existing(token_id)
    holder: address = self._holder(word)
    assert msg.sender == holder or self.isApprovedForAll[holder][msg.sender], "warranty: caller may not approve"
    if operator == empty(address):
        self._tokens[token_id] = word & ~APPROVED
    else:
        self._approved[token_id] = operator
        self._tokens[token_id] = word | APPROVED
    log IERC721.Approval(owner=holder, approved=operator, token_id=token_id)


@external
def setApprovalForAll(operator: address, approved: bool):
    """
    @notice Let an operator transfer all of the caller's warranties, as far as they can be transferred.
    """
    self.isApprovedForAll[msg.sender][operator] = approved
    log IERC721.ApprovalForAll(owner=msg.sender, operator=operator, approved=approved)


@external
def transferFrom(sender: address, receiver: address, token_id: uint256):
    """
    @notice Pass a warranty on, as often as its terms allow. The first transfer out of a shop is the sale: it
            starts the clock and is not counted. The receiver is not asked whether it can hold one.
    """
    self._transfer(sender, receiver, token_id)


@external
def safeTransferFrom(sender: address, receiver: address, token_id: uint256, data: Bytes[1024] = b""):
    """
    @notice As transferFrom, and a receiver with code must accept it.
    @param data Handed to the receiver.
    """
    # The warranty has moved before the receiver is called: coming back in finds nothing half done.
    self._transfer(sender, receiver, token_id)
    if receiver.is_contract:
        answer: bytes4 = extcall IERC721Receiver(receiver).onERC721Received(msg.sender, sender, token_id, data)
        assert answer == RECEIVED, "warranty: receiver refused the warranty"


@external
def set_contract_uri(uri: String[2048]):
    """
    @notice Replace the address of the collection's metadata (ERC-7572).
    """
    ownership._check_owner()
    self.contractURI = uri
    log ContractURIUpdated()


@external
@pure
def serial_id(salt: bytes32, serial: String[100]) -> uint256:
    """
    @notice The id of the item with this serial number. Ask your own node: the question names the serial.
    @param salt Random and kept off chain, one per item: with it destroyed, the id tells nothing.
    """
    return convert(keccak256(concat(salt, convert(serial, Bytes[100]))), uint256)


@external
@view
def warranty_of(token_id: uint256) -> Warranty:
    """
    @notice All there is to know of a warranty. An id that was never registered has state 0.
    """
    word: uint256 = self._tokens[token_id]
    return Warranty(
        owner=self._holder(word),
        state=(word >> STATE_AT) & BYTE,
        start=self._start(word),
        end=self._end(word),
        terms=(word >> TERMS_AT) & TWO_BYTES,
        transfers=(word >> MADE_AT) & BYTE,
        extra_months=(word >> EXTRA_AT) & BYTE,
    )


@external
@view
def terms_of(terms: uint256) -> Terms:
    """
    @notice The terms with this number; without any months where there are none.
    """
    word: uint256 = self._terms[terms]
    return Terms(
        legal_months=word >> LEGAL_AT,
        commercial_months=(word >> COMMERCIAL_AT) & TWO_BYTES,
        transfers=(word >> LIMIT_AT) & BYTE,
        uri=self._terms_uri[terms],
    )


@external
@view
def startTime(token_id: uint256) -> uint256:
    """
    @notice Unix seconds of the start, or 0 while the clock stands still.
    """
    return self._start(self._existing(token_id))


@external
@view
def endTime(token_id: uint256) -> uint256:
    """
    @notice The first second that is not covered, extensions included, or 0 while the clock stands still.
    """
    return self._end(self._existing(token_id))


@external
@view
def legal_end(token_id: uint256) -> uint256:
    """
    @notice When the legal guarantee alone ends, without extensions; 0 if there is none or the clock stands still.
    """
    word: uint256 = self._existing(token_id)
    return self._after(self._start(word), self._terms_word(word) >> LEGAL_AT)


@external
@view
def commercial_end(token_id: uint256) -> uint256:
    """
    @notice When the brand's guarantee alone ends, without extensions; 0 if there is none or the clock stands still.
    """
    word: uint256 = self._existing(token_id)
    return self._after(self._start(word), (self._terms_word(word) >> COMMERCIAL_AT) & TWO_BYTES)


@external
@view
def isTokenExpired(token_id: uint256) -> bool:
    """
    @notice Whether the time has run out. False while the clock stands still. A void warranty is told by its state.
    """
    end: uint256 = self._end(self._existing(token_id))
    return end != 0 and block.timestamp >= end


@external
@pure
def expiryType() -> uint8:
    """
    @return 1, which is ERC-7858's TIME_BASED.
    """
    return 1


@external
@view
def transfers_left(token_id: uint256) -> uint256:
    """
    @notice How often it can still be passed on; 255 = without limit. The sale by the shop comes on top.
    """
    word: uint256 = self._existing(token_id)
    if (word >> STATE_AT) & BYTE == VOID:
        return 0
    limit: uint256 = (self._terms_word(word) >> LIMIT_AT) & BYTE
    return limit if limit == FREE else limit - ((word >> MADE_AT) & BYTE)


@external
@view
def locked(token_id: uint256) -> bool:
    """
    @notice Whether it can no longer be transferred (ERC-5192).
    """
    return self._is_locked(self._existing(token_id))


@external
@view
def name() -> String[64]:
    """
    @notice The collection's name.
    """
    return NAME


@external
@view
def symbol() -> String[16]:
    """
    @notice The collection's short name.
    """
    return SYMBOL


@external
@view
def ownerOf(token_id: uint256) -> address:
    """
    @notice The holder. Reverts for an id that was never registered.
    """
    return self._holder(self._existing(token_id))


@external
@view
def balanceOf(holder: address) -> uint256:
    """
    @notice How many warranties the account holds, void and expired ones too.
    """
    assert holder != empty(address), "warranty: zero address"
    return self._balances[holder]


@external
@view
def getApproved(token_id: uint256) -> address:
    """
    @notice The account that may transfer this warranty, or zero.
    """
    if self._existing(token_id) & APPROVED == 0:
        return empty(address)
    return self._approved[token_id]


@external
@view
def tokenURI(token_id: uint256) -> String[2048]:
    """
    @notice The metadata of the warranty's terms.
    """
    return self._terms_uri[(self._existing(token_id) >> TERMS_AT) & TWO_BYTES]


@external
@view
def supportsInterface(interface_id: bytes4) -> bool:
    """
    @notice ERC-165, 721 and its metadata, 5192, 4906, 5007 (its final id and its older one) and 7858.
    """
    return interface_id in [
        0x01ffc9a7, 0x80ac58cd, 0x5b5e139f, 0xb45a3c0e, 0x49064906, 0xf140be0d, 0x7a0cdf92, 0x3ebdfa31
    ]


@internal
def _register(token_id: uint256, item: uint256):
    assert item & ITEM_STRAY == 0, "warranty: item has stray bits"
    wallet: address = convert(item >> ITEM_WALLET_AT, address)
    assert wallet != empty(address), "warranty: wallet is the zero address"
    assert self._tokens[token_id] == 0, "warranty: registered already"
    terms: uint256 = item & TWO_BYTES
    terms_word: uint256 = self._terms[terms]
    assert terms_word != 0, "warranty: no such terms"
    start: uint256 = (item >> ITEM_START_AT) & ITEM_START_MASK
    assert start <= min(block.timestamp, MAX_START), "warranty: start is in the future"
    state: uint256 = ISSUED if start == 0 else ACTIVE
    word: uint256 = (
        ((item >> ITEM_WALLET_AT) << OWNER_AT) | (start << START_AT) | (terms << TERMS_AT) | (state << STATE_AT)
    )
    self._tokens[token_id] = word
    self._balances[wallet] = unsafe_add(self._balances[wallet], 1)
    log IERC721.Transfer(sender=empty(address), receiver=wallet, token_id=token_id)
    log WarrantyRegistered(token_id=token_id, terms=terms)
    log TokenExpiryUpdated(tokenId=token_id, startTime=start, endTime=self._after(start, self._months(terms_word)))
    if state == ACTIVE and (terms_word >> LIMIT_AT) & BYTE == 0:
        log Locked(tokenId=token_id)


@internal
def _transfer(sender: address, receiver: address, token_id: uint256):
    word: uint256 = self._existing(token_id)
    assert sender == self._holder(word), "warranty: sender is not the holder"
    assert self._may_transfer(sender, token_id, word), "warranty: caller is not approved"
    assert receiver != empty(address), "warranty: receiver is the zero address"
    assert (word >> STATE_AT) & BYTE != VOID, "warranty: void"
    assert not self._is_locked(word), "warranty: no transfers left"
    # A transfer to oneself passes nothing on: no clock, no count.
    if sender == receiver:
        self._tokens[token_id] = word & ~APPROVED
        log IERC721.Transfer(sender=sender, receiver=receiver, token_id=token_id)
        return
    sold: bool = (word >> STATE_AT) & BYTE == ISSUED
    word = self._passed_on(word, receiver)
    self._tokens[token_id] = word
    self._balances[sender] -= 1
    self._balances[receiver] += 1
    log IERC721.Transfer(sender=sender, receiver=receiver, token_id=token_id)
    if sold:
        log TokenExpiryUpdated(tokenId=token_id, startTime=self._start(word), endTime=self._end(word))
    if self._is_locked(word):
        log Locked(tokenId=token_id)


@internal
@view
def _passed_on(word: uint256, receiver: address) -> uint256:
    """
    @return The word with its new holder and no approval, and the sale or the transfer written into it.
    """
    rest: uint256 = word & (2**OWNER_AT - 1) & ~APPROVED
    if (word >> STATE_AT) & BYTE == ISSUED:
        rest += ((ACTIVE - ISSUED) << STATE_AT) | (min(block.timestamp, MAX_START) << START_AT)
    elif (word >> MADE_AT) & BYTE < FREE:
        # Where transfers are free the count stops at 255, before it would run into the next field.
        rest += 1 << MADE_AT
    return rest | (convert(receiver, uint256) << OWNER_AT)


@internal
@view
def _may_transfer(holder: address, token_id: uint256, word: uint256) -> bool:
    if msg.sender == holder or self.isApprovedForAll[holder][msg.sender]:
        return True
    return word & APPROVED != 0 and self._approved[token_id] == msg.sender


@internal
@view
def _existing(token_id: uint256) -> uint256:
    word: uint256 = self._tokens[token_id]
    assert word != 0, "warranty: no such warranty"
    return word


@internal
@view
def _is_locked(word: uint256) -> bool:
    state: uint256 = (word >> STATE_AT) & BYTE
    if state != ACTIVE:
        return state == VOID
    limit: uint256 = (self._terms_word(word) >> LIMIT_AT) & BYTE
    return limit != FREE and (word >> MADE_AT) & BYTE >= limit


@internal
@view
def _end(word: uint256) -> uint256:
    months: uint256 = self._months(self._terms_word(word)) + ((word >> EXTRA_AT) & BYTE)
    return self._after(self._start(word), months)


@internal
@pure
def _after(start: uint256, months: uint256) -> uint256:
    """
    @return So many months after the start; 0 where there is no start or no month.
    """
    if start == 0 or months == 0:
        return 0
    return calendar._add_months(start, months)


@internal
@pure
def _months(terms_word: uint256) -> uint256:
    # More months never end earlier, so the later end is the one of the longer guarantee.
    return max(terms_word >> LEGAL_AT, (terms_word >> COMMERCIAL_AT) & TWO_BYTES)


@internal
@view
def _terms_word(word: uint256) -> uint256:
    return self._terms[(word >> TERMS_AT) & TWO_BYTES]


@internal
@pure
def _holder(word: uint256) -> address:
    return convert(word >> OWNER_AT, address)


@internal
@pure
def _start(word: uint256) -> uint256:
    return (word >> START_AT) & MAX_START
