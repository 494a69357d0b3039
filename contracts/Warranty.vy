# pragma version ~=0.4.3
"""
@title Warranty
@license Apache-2.0
@notice Product warranties: an ERC-721 whose tokens have a clock. A warranty registered to a customer runs from
        the day of purchase; one registered to a shop stands still until the shop hands it to its first customer.
        Claims are opened, decided and settled here: by a repair, a replacement or a refund.
        The token's id is a salted hash of the serial number, so each item is registered once and no serial
        is ever readable here.
@dev Months are calendar months in UTC. Expired is computed from the time of reading and never stored.
@custom:stop The guardian pauses all that issuers and service centres do. Holders keep what they have: they
             transfer, open and cancel claims, and report, pause or not.
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

# States of a warranty.
ISSUED: constant(uint256) = 1
ACTIVE: constant(uint256) = 2
VOID: constant(uint256) = 3
REPLACED: constant(uint256) = 4
REFUNDED: constant(uint256) = 5
RETURNED: constant(uint256) = 6

# States of a claim. The first three are open, the others closed.
CLAIM_OPEN: constant(uint256) = 1
CLAIM_IN_REVIEW: constant(uint256) = 2
CLAIM_APPROVED: constant(uint256) = 3
CLAIM_REJECTED: constant(uint256) = 4
CLAIM_CANCELLED: constant(uint256) = 5
CLAIM_REPAIRED: constant(uint256) = 6
CLAIM_REPLACED: constant(uint256) = 7
CLAIM_REFUNDED: constant(uint256) = 8
# Where a step may start, as a set of states.
UNDECIDED: constant(uint256) = (1 << CLAIM_OPEN) | (1 << CLAIM_IN_REVIEW)
DECIDED: constant(uint256) = 1 << CLAIM_APPROVED

# What events tell where no batch number was spent.
NO_BATCH: constant(uint256) = max_value(uint256)

# Places in a token's word. The production batch is the lowest.
OWNER_AT: constant(uint256) = 96
START_AT: constant(uint256) = 64
TERMS_AT: constant(uint256) = 48
EXTRA_AT: constant(uint256) = 40
MADE_AT: constant(uint256) = 24
STATE_AT: constant(uint256) = 16
APPROVED: constant(uint256) = 1 << 32
# Two bits each, lost and stolen: what the holder says and what an issuer says.
HOLDER_SAYS_AT: constant(uint256) = 33
ISSUER_SAYS_AT: constant(uint256) = 35
LOST: constant(uint256) = (1 << HOLDER_SAYS_AT) | (1 << ISSUER_SAYS_AT)
STOLEN: constant(uint256) = LOST << 1
BYTE: constant(uint256) = 2**8 - 1
TWO_BYTES: constant(uint256) = 2**16 - 1
FOUR_BYTES: constant(uint256) = 2**32 - 1
FIVE_BYTES: constant(uint256) = 2**40 - 1
# Start times fit 32 bits until the year 2106.
MAX_START: constant(uint256) = 2**32 - 1
DAY: constant(uint256) = 86400

# Places in a token's history. The last claim's state is the lowest.
TIGHTER_AT: constant(uint256) = 8
REPAIRED_AT: constant(uint256) = 16
SERVICES_AT: constant(uint256) = 56
COUNTED_AT: constant(uint256) = 88
CLAIMS_AT: constant(uint256) = 120
CLOSED_AT: constant(uint256) = 152
# What a replacement takes over, and what stays when an item is taken back.
OF_THE_HOLDER: constant(uint256) = ((2**160 - 1) << OWNER_AT) | (TWO_BYTES << TERMS_AT)
OF_THE_CLOCK: constant(uint256) = (MAX_START << START_AT) | (BYTE << EXTRA_AT) | (BYTE << MADE_AT)
OF_THE_PROMISE: constant(uint256) = (
    (BYTE << TIGHTER_AT) | (FIVE_BYTES << REPAIRED_AT) | (FOUR_BYTES << COUNTED_AT) | (FIVE_BYTES << CLOSED_AT)
)
OF_THE_ITEM: constant(uint256) = BYTE | (FOUR_BYTES << SERVICES_AT) | (FOUR_BYTES << CLAIMS_AT)

# Places in an item of a registration, and the bits of it that must be zero.
ITEM_WALLET_AT: constant(uint256) = 96
ITEM_PRODUCTION_AT: constant(uint256) = 56
ITEM_START_AT: constant(uint256) = 16
ITEM_STRAY: constant(uint256) = (2**24 - 1) << 72

# Places in a terms word.
LEGAL_AT: constant(uint256) = 240
COMMERCIAL_AT: constant(uint256) = 224
LIMIT_AT: constant(uint256) = 216
MAX_CLAIMS_AT: constant(uint256) = 208
COOLDOWN_AT: constant(uint256) = 192
REPAIR_AT: constant(uint256) = 184
RECOVERY_AT: constant(uint256) = 176
IS_SET: constant(uint256) = 1
# A transfer limit of this many means no limit.
FREE: constant(uint256) = 255

NAME: immutable(String[64])
SYMBOL: immutable(String[16])


struct Warranty:
    owner: address
    # 0 none, 1 issued (the clock stands still), 2 active, 3 void, 4 replaced, 5 refunded, 6 returned (it stands
    # still again).
    state: uint256
    start: uint256
    # The first second that is not covered; 0 while the clock stands still.
    end: uint256
    terms: uint256
    # Transfers made so far; the first sale is none.
    transfers: uint256
    extra_months: uint256
    # The batch it was made in; 0 = not told.
    production: uint256
    # What repairs added to the legal guarantee.
    repaired_months: uint256
    # Claims opened so far, which is the last one's number, and that one's state.
    claims: uint256
    claim_state: uint256
    services: uint256
    # By the holder or by an issuer; flags_of tells by whom.
    lost: bool
    stolen: bool
    recalled: bool
    # Token ids; 0 = none.
    replaced_by: uint256
    replaces: uint256


struct Terms:
    legal_months: uint256
    commercial_months: uint256
    # 0 = never, 1 to 254 = that many, 255 = free.
    transfers: uint256
    # 0 = no bound.
    max_claims: uint256
    cooldown_days: uint256
    repair_months: uint256
    recovery_days: uint256
    uri: String[2048]


struct Claim:
    # The last claim's number; 0 = there was none.
    claim: uint256
    # 0 none, 1 open, 2 in review, 3 approved, 4 rejected, 5 cancelled, 6 repaired, 7 replaced, 8 refunded.
    state: uint256
    # How many claims count towards the most that the terms allow.
    counted: uint256
    # When the last of those was closed; the cool-down runs from here.
    closed_at: uint256


struct Flags:
    holder_lost: bool
    holder_stolen: bool
    issuer_lost: bool
    issuer_stolen: bool


# A token in memory.
struct Token:
    id: uint256
    word: uint256
    history: uint256
    terms: uint256


contractURI: public(String[2048])
is_service_centre: public(HashMap[address, bool])
# owner (160) | start (32) | terms (16) | extra months (8) | spare (3) | flags (5) | transfers made (8) | state (8) |
# production (16).
_tokens: HashMap[uint256, uint256]
# Written only when something happens to the token: spare (64) | last counted claim closed at (40) | claims (32) |
# claims counted (32) | services (32) | repaired months (40) | transfers given up (8) | last claim's state (8).
# No count can outgrow its field: each step is a transaction, and a repair adds 255 months at most.
_histories: HashMap[uint256, uint256]
_replaced_by: HashMap[uint256, uint256]
_replaces: HashMap[uint256, uint256]
_balances: HashMap[address, uint256]
# legal months (16) | commercial months (16) | transfers (8) | max claims (8) | cool-down (16) | repair months (8) |
# recovery days (8) | spare | set (1).
_terms: HashMap[uint256, uint256]
_terms_uri: HashMap[uint256, String[2048]]
# By production batch; empty = not recalled.
_recalls: HashMap[uint256, String[2048]]
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


event Unlocked:
    tokenId: uint256


# ERC-4906
event MetadataUpdate:
    _tokenId: uint256


event BatchMetadataUpdate:
    _fromTokenId: uint256
    _toTokenId: uint256


# ERC-7634
event TransferCount:
    tokenId: indexed(uint256)
    owner: address
    counts: uint256


event TransferLimitSet:
    tokenId: indexed(uint256)
    by: indexed(address)
    limit: uint256


# ERC-7572
event ContractURIUpdated:
    pass


event TermsSet:
    terms: indexed(uint256)
    issuer: indexed(address)
    legal_months: uint256
    commercial_months: uint256
    transfers: uint256
    max_claims: uint256
    cooldown_days: uint256
    repair_months: uint256
    recovery_days: uint256
    uri: String[2048]


event WarrantyRegistered:
    token_id: indexed(uint256)
    terms: indexed(uint256)
    production: indexed(uint256)


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


event Recovered:
    token_id: indexed(uint256)
    holder: indexed(address)
    issuer: indexed(address)
    batch: uint256
    reason: String[100]


# Each step of a claim. The batch is 2**256 - 1 where none was spent: by the holder.
event ClaimChanged:
    token_id: indexed(uint256)
    claim: indexed(uint256)
    state: indexed(uint256)
    by: address
    batch: uint256
    document: bytes32
    reason: String[100]


event Replaced:
    token_id: indexed(uint256)
    new_id: indexed(uint256)
    # Whether the new one's clock starts anew, with nothing of the old one's history.
    restart: bool


event ServiceCentreSet:
    account: indexed(address)
    allowed: bool


event ServiceLogged:
    token_id: indexed(uint256)
    centre: indexed(address)
    kind: uint256
    number: uint256
    document: bytes32


# What one side says now. The batch is 2**256 - 1 where the holder says it.
event Flagged:
    token_id: indexed(uint256)
    by: indexed(address)
    by_issuer: bool
    batch: uint256
    lost: bool
    stolen: bool


event Recalled:
    production: indexed(uint256)
    issuer: indexed(address)
    batch: uint256
    # Empty = the recall is over.
    uri: String[2048]


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
def set_terms(
    terms: uint256,
    legal_months: uint256,
    commercial_months: uint256,
    transfers: uint256,
    max_claims: uint256,
    cooldown_days: uint256,
    repair_months: uint256,
    recovery_days: uint256,
    uri: String[2048],
):
    """
    @notice Write down terms of warranty, once: what a customer was promised cannot be changed afterwards.
    @param terms A number from 1 to 65535, chosen by the caller.
    @param legal_months The legal guarantee, at most 65535 months.
    @param commercial_months The brand's own guarantee, at most 65535 months. The longer of the two counts.
    @param transfers How often a customer may pass it on: 0 = never, 1 to 254 = that many, 255 = free.
    @param max_claims How many claims may be opened, at most 255; 0 = no bound. A cancelled one does not count.
    @param cooldown_days For how many days after a claim was closed no other can be opened, at most 65535.
    @param repair_months How many months each repair adds to the legal guarantee, at most 255.
    @param recovery_days For how many days after its start an issuer may take a warranty back, at most 255.
    @param uri The metadata of every warranty under these terms.
    """
    issuers._check_issuer()
    assert terms > 0 and terms <= TWO_BYTES, "warranty: terms number is not from 1 to 65535"
    assert self._terms[terms] == 0, "warranty: terms exist"
    assert legal_months <= TWO_BYTES and commercial_months <= TWO_BYTES, "warranty: too many months"
    assert legal_months > 0 or commercial_months > 0, "warranty: terms give no time"
    assert transfers <= FREE, "warranty: transfers are over 255"
    assert max_claims <= BYTE and cooldown_days <= TWO_BYTES, "warranty: max claims or cool-down are too large"
    assert repair_months <= BYTE and recovery_days <= BYTE, "warranty: repair months or recovery are over 255"
    assert repair_months == 0 or legal_months > 0, "warranty: no legal guarantee to extend"
    self._terms[terms] = (
        (legal_months << LEGAL_AT)
        | (commercial_months << COMMERCIAL_AT)
        | (transfers << LIMIT_AT)
        | (max_claims << MAX_CLAIMS_AT)
        | (cooldown_days << COOLDOWN_AT)
        | (repair_months << REPAIR_AT)
        | (recovery_days << RECOVERY_AT)
        | IS_SET
    )
    self._terms_uri[terms] = uri
    log TermsSet(
        terms=terms,
        issuer=msg.sender,
        legal_months=legal_months,
        commercial_months=commercial_months,
        transfers=transfers,
        max_claims=max_claims,
        cooldown_days=cooldown_days,
        repair_months=repair_months,
        recovery_days=recovery_days,
        uri=uri,
    )


@external
def register(batch: uint256, items: DynArray[uint256, MAX_ITEMS * 2]):
    """
    @notice Register warranties. All or none: one refused item refuses the batch. Receivers are not called.
    @param batch A number this issuer has not used yet; the ledger counts them up from 0.
    @param items Two words each: the token's id (see serial_id), then the wallet in the high 160 bits, 24 zero
           bits, the production batch in 16 bits (0 = not told), the start in unix seconds in 40 bits, the terms
           in 16 bits. Start 0 registers to a shop and leaves the clock standing.
    """
    count: uint256 = len(items) // 2
    self._charge(batch, count)
    assert count > 0, "warranty: empty batch"
    assert len(items) == count * 2, "warranty: items come in pairs"
    for i: uint256 in range(count, bound=MAX_ITEMS):
        self._register(items[unsafe_mul(i, 2)], items[unsafe_add(unsafe_mul(i, 2), 1)])
    log Registered(issuer=msg.sender, batch=batch, count=count)


@external
def extend(batch: uint256, token_id: uint256, months: uint256):
    """
    @notice Add months to a warranty that has not ended for good, also to one that has run out.
    @param batch A number this issuer has not used yet.
    @param months At most 255 in all over the life of a warranty.
    """
    self._issue(batch)
    t: Token = self._read(token_id)
    self._check_alive(t.word)
    assert months > 0, "warranty: no months"
    assert months <= unsafe_sub(BYTE, (t.word >> EXTRA_AT) & BYTE), "warranty: too many extra months"
    t.word = unsafe_add(t.word, months << EXTRA_AT)
    self._update(t)
    self._log_time(t)
    log Extended(token_id=token_id, issuer=msg.sender, batch=batch, months=months)


@external
def void(batch: uint256, token_id: uint256, reason: String[100]):
    """
    @notice End a warranty for good. The holder keeps the token with all its data and can no longer pass it on.
            Refused while a claim is open: reject it first.
    @param batch A number this issuer has not used yet.
    @param reason What anyone may read: no names, no serial.
    """
    self._issue(batch)
    t: Token = self._read(token_id)
    self._check_alive(t.word)
    self._check_no_claim(t.history)
    t.word = self._with_state(t.word, VOID)
    self._update(t)
    log Voided(token_id=token_id, issuer=msg.sender, batch=batch, reason=reason)


@external
def recover(batch: uint256, token_id: uint256, reason: String[100]):
    """
    @notice Take back what a customer returned, or what is not sold. The caller becomes its holder, the clock stands
            still and all that was promised is as on the first day; passing it on again is a sale.
    @param batch A number this issuer has not used yet.
    @param token_id Issued or returned, or active and started less than the recovery days of its terms ago.
    @param reason What anyone may read: no names, no serial.
    """
    self._issue(batch)
    t: Token = self._read(token_id)
    self._check_alive(t.word)
    if (t.word >> STATE_AT) & BYTE == ACTIVE:
        window: uint256 = unsafe_mul((t.terms >> RECOVERY_AT) & BYTE, DAY)
        assert block.timestamp < unsafe_add(self._start(t.word), window), "warranty: too late to recover"
    self._check_no_claim(t.history)
    holder: address = self._holder(t.word)
    self._move(holder, msg.sender, token_id)
    # Of the holder's flags and approval nothing is left, nor of the transfers and the extra months.
    t.word = t.word & ((TWO_BYTES << TERMS_AT) | (3 << ISSUER_SAYS_AT) | TWO_BYTES)
    t.word |= (convert(msg.sender, uint256) << OWNER_AT) | (RETURNED << STATE_AT)
    t.history &= OF_THE_ITEM
    self._update(t)
    self._log_time(t)
    log TransferCount(tokenId=token_id, owner=msg.sender, counts=0)
    log Recovered(token_id=token_id, holder=holder, issuer=msg.sender, batch=batch, reason=reason)


@external
def open_claim(token_id: uint256, document: bytes32) -> uint256:
    """
    @notice Claim under a warranty of the caller's: active, covered now, neither lost nor stolen, no other claim
            open, and within the most claims and the cool-down of its terms. It cannot be transferred meanwhile.
    @param document A hash of what the claim is about; zero = none.
    @return The claim's number: they count up from 1 within a warranty.
    """
    self._check_holder(token_id)
    return self._open_claim(token_id, NO_BATCH, document)


@external
def open_claim_for(batch: uint256, token_id: uint256, document: bytes32) -> uint256:
    """
    @notice As open_claim, by an issuer for the holder. The holder can cancel it.
    @param batch A number this issuer has not used yet.
    """
    self._issue(batch)
    return self._open_claim(token_id, batch, document)


@external
def cancel_claim(token_id: uint256, claim: uint256):
    """
    @notice Withdraw a claim of the caller's that is not decided yet. It counts for nothing.
    """
    self._check_holder(token_id)
    self._step(token_id, claim, UNDECIDED, CLAIM_CANCELLED, NO_BATCH, empty(bytes32), "")


@external
def review_claim(batch: uint256, token_id: uint256, claim: uint256):
    """
    @notice Say that an open claim is being looked at.
    @param batch A number this issuer has not used yet.
    """
    self._issue(batch)
    self._step(token_id, claim, 1 << CLAIM_OPEN, CLAIM_IN_REVIEW, batch, empty(bytes32), "")


@external
def approve_claim(batch: uint256, token_id: uint256, claim: uint256, document: bytes32):
    """
    @notice Accept a claim that is open or in review. What follows is repair, replace or refund.
    @param batch A number this issuer has not used yet.
    """
    self._issue(batch)
    self._step(token_id, claim, UNDECIDED, CLAIM_APPROVED, batch, document, "")


@external
def reject_claim(batch: uint256, token_id: uint256, claim: uint256, reason: String[100]):
    """
    @notice Turn a claim down, also one that was approved before: everyone can see that it was.
    @param batch A number this issuer has not used yet.
    @param reason What anyone may read: no names, no serial.
    """
    self._issue(batch)
    self._step(token_id, claim, UNDECIDED | DECIDED, CLAIM_REJECTED, batch, empty(bytes32), reason)


@external
def repair(batch: uint256, token_id: uint256, claim: uint256, document: bytes32):
    """
    @notice Settle an approved claim by a repair. The legal guarantee grows by the repair months of the terms.
    @param batch A number this issuer has not used yet.
    """
    self._issue(batch)
    self._step(token_id, claim, DECIDED, CLAIM_REPAIRED, batch, document, "")
    self._log_time(self._read(token_id))


@external
def refund(batch: uint256, token_id: uint256, claim: uint256, document: bytes32):
    """
    @notice Settle an approved claim by a refund, which is paid elsewhere. The warranty ends for good.
    @param batch A number this issuer has not used yet.
    """
    self._issue(batch)
    self._step(token_id, claim, DECIDED, CLAIM_REFUNDED, batch, document, "")


@external
def replace(batch: uint256, token_id: uint256, claim: uint256, new_id: uint256, restart: bool, document: bytes32):
    """
    @notice Settle an approved claim by another item, which is registered to the same holder under the same terms,
            without a production batch. The old warranty ends for good, and each names the other.
            Charged to the caller's budget as one registration.
    @param batch A number this issuer has not used yet.
    @param new_id The new item's id (see serial_id).
    @param restart Whether its clock starts now. Otherwise it goes on with the clock, the months, the transfers and
           the claims that the old one had left.
    """
    self._charge(batch, 1)
    self._step(token_id, claim, DECIDED, CLAIM_REPLACED, batch, document, "")
    old: Token = self._read(token_id)
    # Holder and terms; no approval and no flag: with a flag the step above is refused.
    t: Token = Token(id=new_id, word=old.word & OF_THE_HOLDER | (ACTIVE << STATE_AT), history=0, terms=old.terms)
    if restart:
        t.word |= min(block.timestamp, MAX_START) << START_AT
    else:
        t.word |= old.word & OF_THE_CLOCK
        t.history = old.history & OF_THE_PROMISE
        self._histories[new_id] = t.history
    self._create(new_id, t.word, self._end(t), self._is_locked(t))
    self._replaced_by[token_id] = new_id
    self._replaces[new_id] = token_id
    log Replaced(token_id=token_id, new_id=new_id, restart=restart)


@external
def set_service_centre(account: address, allowed: bool):
    """
    @notice Say who may write services into the histories of all items.
    """
    ownership._check_owner()
    self.is_service_centre[account] = allowed
    log ServiceCentreSet(account=account, allowed=allowed)


@external
def log_service(token_id: uint256, kind: uint256, document: bytes32):
    """
    @notice Write a service into an item's history, whatever state its warranty is in. Services are numbered.
    @param kind 1 service, 2 repair outside of a claim, 3 inspection, 4 other.
    @param document A hash of the report; zero = none.
    """
    assert self.is_service_centre[msg.sender], "warranty: caller is not a service centre"
    guard._check_running()
    t: Token = self._read(token_id)
    assert kind > 0 and kind <= 4, "warranty: kind is not from 1 to 4"
    t.history = unsafe_add(t.history, 1 << SERVICES_AT)
    self._update(t)
    log ServiceLogged(
        token_id=token_id,
        centre=msg.sender,
        kind=kind,
        number=(t.history >> SERVICES_AT) & FOUR_BYTES,
        document=document,
    )


@external
def report(token_id: uint256, lost: bool, stolen: bool):
    """
    @notice Say whether an item of the caller's is lost or stolen; both false takes it back. While either is said,
            by the holder or by an issuer, it cannot be transferred, and claims get no further.
    """
    self._check_holder(token_id)
    self._flag(token_id, HOLDER_SAYS_AT, NO_BATCH, lost, stolen)


@external
def flag(batch: uint256, token_id: uint256, lost: bool, stolen: bool):
    """
    @notice As report, by an issuer. Neither side can take back what the other says.
    @param batch A number this issuer has not used yet.
    """
    self._issue(batch)
    self._flag(token_id, ISSUER_SAYS_AT, batch, lost, stolen)


@external
def recall(batch: uint256, production: uint256, uri: String[2048]):
    """
    @notice Recall all items of a production batch, those registered later too. It takes nothing from them.
    @param batch A number this issuer has not used yet.
    @param production From 1 to 65535.
    @param uri What is wrong and what to do; empty ends the recall.
    """
    self._issue(batch)
    assert production > 0 and production <= TWO_BYTES, "warranty: production is not from 1 to 65535"
    self._recalls[production] = uri
    log BatchMetadataUpdate(_fromTokenId=0, _toTokenId=max_value(uint256))
    log Recalled(production=production, issuer=msg.sender, batch=batch, uri=uri)


@external
def setTransferLimit(token_id: uint256, limit: uint256):
    """
    @notice Give up transfers of an active warranty, for good (ERC-7634). By whom could transfer it.
    @param limit How often it may be passed on in all: less than before, not less than it was already.
    """
    t: Token = self._read(token_id)
    assert self._may_transfer(self._holder(t.word), token_id, t.word), "warranty: caller is not approved"
    assert (t.word >> STATE_AT) & BYTE == ACTIVE, "warranty: not active"
    assert limit < self._limit(t), "warranty: limit can only be tightened"
    assert limit >= (t.word >> MADE_AT) & BYTE, "warranty: limit is below the transfers made"
    t.history = (t.history & ~(BYTE << TIGHTER_AT)) | (unsafe_sub(FREE, limit) << TIGHTER_AT)
    self._update(t)
    log TransferLimitSet(tokenId=token_id, by=msg.sender, limit=limit)


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
    t: Token = self._with_word(token_id, self._tokens[token_id])
    return Warranty(
        owner=self._holder(t.word),
        state=(t.word >> STATE_AT) & BYTE,
        start=self._start(t.word),
        end=self._end(t),
        terms=(t.word >> TERMS_AT) & TWO_BYTES,
        transfers=(t.word >> MADE_AT) & BYTE,
        extra_months=(t.word >> EXTRA_AT) & BYTE,
        production=t.word & TWO_BYTES,
        repaired_months=(t.history >> REPAIRED_AT) & FIVE_BYTES,
        claims=(t.history >> CLAIMS_AT) & FOUR_BYTES,
        claim_state=t.history & BYTE,
        services=(t.history >> SERVICES_AT) & FOUR_BYTES,
        lost=t.word & LOST != 0,
        stolen=t.word & STOLEN != 0,
        recalled=len(self._recalls[t.word & TWO_BYTES]) != 0,
        replaced_by=self._replaced_by[token_id],
        replaces=self._replaces[token_id],
    )


@external
@view
def claim_of(token_id: uint256) -> Claim:
    """
    @notice The last claim under a warranty, and what the next one depends on.
    """
    history: uint256 = self._read(token_id).history
    return Claim(
        claim=(history >> CLAIMS_AT) & FOUR_BYTES,
        state=history & BYTE,
        counted=(history >> COUNTED_AT) & FOUR_BYTES,
        closed_at=(history >> CLOSED_AT) & FIVE_BYTES,
    )


@external
@view
def flags_of(token_id: uint256) -> Flags:
    """
    @notice Who says that the item is lost or stolen.
    """
    word: uint256 = self._existing(token_id)
    return Flags(
        holder_lost=(word >> HOLDER_SAYS_AT) & 1 != 0,
        holder_stolen=(word >> HOLDER_SAYS_AT) & 2 != 0,
        issuer_lost=(word >> ISSUER_SAYS_AT) & 1 != 0,
        issuer_stolen=(word >> ISSUER_SAYS_AT) & 2 != 0,
    )


@external
@view
def recall_of(token_id: uint256) -> (bool, String[2048]):
    """
    @notice Whether the item's production batch is recalled, and what is said about it.
    """
    uri: String[2048] = self._recalls[self._existing(token_id) & TWO_BYTES]
    return len(uri) != 0, uri


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
        max_claims=(word >> MAX_CLAIMS_AT) & BYTE,
        cooldown_days=(word >> COOLDOWN_AT) & TWO_BYTES,
        repair_months=(word >> REPAIR_AT) & BYTE,
        recovery_days=(word >> RECOVERY_AT) & BYTE,
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
    return self._end(self._read(token_id))


@external
@view
def legal_end(token_id: uint256) -> uint256:
    """
    @notice When the legal guarantee alone ends, with what repairs added and without extensions; 0 if there is none
            or the clock stands still.
    """
    t: Token = self._read(token_id)
    return self._after(self._start(t.word), self._legal_months(t))


@external
@view
def commercial_end(token_id: uint256) -> uint256:
    """
    @notice When the brand's guarantee alone ends, without extensions; 0 if there is none or the clock stands still.
    """
    t: Token = self._read(token_id)
    return self._after(self._start(t.word), (t.terms >> COMMERCIAL_AT) & TWO_BYTES)


@external
@view
def isTokenExpired(token_id: uint256) -> bool:
    """
    @notice Whether the time has run out. False while the clock stands still. A warranty that ended otherwise is
            told by its state.
    """
    end: uint256 = self._end(self._read(token_id))
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
    t: Token = self._read(token_id)
    if self._is_over(t.word):
        return 0
    limit: uint256 = self._limit(t)
    return limit if limit == FREE else limit - ((t.word >> MADE_AT) & BYTE)


@external
@view
def transferLimitOf(token_id: uint256) -> uint256:
    """
    @notice How often it may be passed on in all (ERC-7634); 2**256 - 1 = without limit.
    """
    t: Token = self._read(token_id)
    limit: uint256 = self._limit(t)
    return max_value(uint256) if limit == FREE else limit


@external
@view
def transferCountOf(token_id: uint256) -> uint256:
    """
    @notice How often it was passed on (ERC-7634), the sale by the shop left out. Without a limit it stops at 255.
    """
    return (self._existing(token_id) >> MADE_AT) & BYTE


@external
@view
def locked(token_id: uint256) -> bool:
    """
    @notice Whether it cannot be transferred now (ERC-5192): it ended for good, is lost or stolen, a claim is open,
            or no transfers are left.
    """
    t: Token = self._read(token_id)
    return self._is_locked(t)


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
    @notice ERC-165, 721 and its metadata, 5192, 4906, 5007 (its final id and its older one), 7858 and 7634.
    """
    return interface_id in [
        0x01ffc9a7, 0x80ac58cd, 0x5b5e139f, 0xb45a3c0e, 0x49064906, 0xf140be0d, 0x7a0cdf92, 0x3ebdfa31, 0x28afe7a7
    ]


@internal
def _issue(batch: uint256):
    """
    @dev For what an issuer does without spending its budget.
    """
    issuers._check_issuer()
    self._check_batch(batch)
    issuers._spend_batch(batch)


@internal
def _charge(batch: uint256, count: uint256):
    """
    @dev For what an issuer does within its budget.
    """
    self._check_batch(batch)
    issuers._charge(batch, count)


@internal
@pure
def _check_batch(batch: uint256):
    assert batch != NO_BATCH, "warranty: batch number stands for none"


@internal
def _register(token_id: uint256, item: uint256):
    assert item & ITEM_STRAY == 0, "warranty: item has stray bits"
    wallet: uint256 = item >> ITEM_WALLET_AT
    assert wallet != 0, "warranty: wallet is the zero address"
    terms_word: uint256 = self._terms[item & TWO_BYTES]
    assert terms_word != 0, "warranty: no such terms"
    start: uint256 = (item >> ITEM_START_AT) & FIVE_BYTES
    assert start <= min(block.timestamp, MAX_START), "warranty: start is in the future"
    state: uint256 = ISSUED if start == 0 else ACTIVE
    word: uint256 = (
        (wallet << OWNER_AT)
        | (start << START_AT)
        | ((item & TWO_BYTES) << TERMS_AT)
        | (state << STATE_AT)
        | ((item >> ITEM_PRODUCTION_AT) & TWO_BYTES)
    )
    # As _end and _is_locked have it for a token without a history, at half the price.
    end: uint256 = self._after(start, max(terms_word >> LEGAL_AT, (terms_word >> COMMERCIAL_AT) & TWO_BYTES))
    self._create(token_id, word, end, start != 0 and (terms_word >> LIMIT_AT) & BYTE == 0)


@internal
def _create(token_id: uint256, word: uint256, end: uint256, is_locked: bool):
    assert token_id != 0, "warranty: id is zero"
    assert self._tokens[token_id] == 0, "warranty: registered already"
    self._tokens[token_id] = word
    holder: address = convert(word >> OWNER_AT, address)
    self._balances[holder] = unsafe_add(self._balances[holder], 1)
    log IERC721.Transfer(sender=empty(address), receiver=holder, token_id=token_id)
    log WarrantyRegistered(token_id=token_id, terms=(word >> TERMS_AT) & TWO_BYTES, production=word & TWO_BYTES)
    log TokenExpiryUpdated(tokenId=token_id, startTime=(word >> START_AT) & MAX_START, endTime=end)
    if is_locked:
        log Locked(tokenId=token_id)


@internal
def _transfer(sender: address, receiver: address, token_id: uint256):
    t: Token = self._read(token_id)
    assert sender == self._holder(t.word), "warranty: sender is not the holder"
    assert self._may_transfer(sender, token_id, t.word), "warranty: caller is not approved"
    assert receiver != empty(address), "warranty: receiver is the zero address"
    self._check_alive(t.word)
    self._check_no_flag(t.word)
    self._check_no_claim(t.history)
    assert not self._is_locked(t), "warranty: no transfers left"
    # A transfer to oneself passes nothing on: no clock, no count.
    if sender == receiver:
        self._tokens[token_id] = t.word & ~APPROVED
        log IERC721.Transfer(sender=sender, receiver=receiver, token_id=token_id)
        return
    sold: bool = (t.word >> STATE_AT) & BYTE != ACTIVE
    t.word = self._passed_on(t.word, receiver)
    self._tokens[token_id] = t.word
    self._move(sender, receiver, token_id)
    if sold:
        self._log_time(t)
    else:
        log TransferCount(tokenId=token_id, owner=receiver, counts=(t.word >> MADE_AT) & BYTE)
    if self._is_locked(t):
        log Locked(tokenId=token_id)


@internal
def _move(sender: address, receiver: address, token_id: uint256):
    self._balances[sender] -= 1
    self._balances[receiver] += 1
    log IERC721.Transfer(sender=sender, receiver=receiver, token_id=token_id)


@internal
@view
def _passed_on(word: uint256, receiver: address) -> uint256:
    """
    @return The word with its new holder and no approval, and the sale or the transfer written into it.
    """
    rest: uint256 = word & (2**OWNER_AT - 1) & ~APPROVED
    if (word >> STATE_AT) & BYTE != ACTIVE:
        rest = self._with_state(rest, ACTIVE) | (min(block.timestamp, MAX_START) << START_AT)
    elif (word >> MADE_AT) & BYTE < FREE:
        # Where transfers are free the count stops at 255, before it would run into the next field.
        rest = unsafe_add(rest, 1 << MADE_AT)
    return rest | (convert(receiver, uint256) << OWNER_AT)


@internal
def _open_claim(token_id: uint256, batch: uint256, document: bytes32) -> uint256:
    t: Token = self._read(token_id)
    assert (t.word >> STATE_AT) & BYTE == ACTIVE, "warranty: not active"
    assert block.timestamp < self._end(t), "warranty: not covered any more"
    self._check_no_flag(t.word)
    self._check_no_claim(t.history)
    most: uint256 = (t.terms >> MAX_CLAIMS_AT) & BYTE
    assert most == 0 or (t.history >> COUNTED_AT) & FOUR_BYTES < most, "warranty: no claims left"
    closed: uint256 = (t.history >> CLOSED_AT) & FIVE_BYTES
    again: uint256 = unsafe_add(closed, unsafe_mul((t.terms >> COOLDOWN_AT) & TWO_BYTES, DAY))
    assert closed == 0 or block.timestamp >= again, "warranty: too soon after the last claim"
    t.history = unsafe_add(t.history, (1 << CLAIMS_AT) | (1 << COUNTED_AT))
    self._set_claim(t, CLAIM_OPEN, batch, document, "")
    return (t.history >> CLAIMS_AT) & FOUR_BYTES


@internal
def _step(
    token_id: uint256,
    claim: uint256,
    from_states: uint256,
    to: uint256,
    batch: uint256,
    document: bytes32,
    reason: String[100],
):
    """
    @dev A claim is open only under an active warranty, so its own state is all that has to be looked at.
    """
    t: Token = self._read(token_id)
    assert claim == (t.history >> CLAIMS_AT) & FOUR_BYTES, "warranty: not the last claim"
    assert (from_states >> (t.history & BYTE)) & 1 == 1, "warranty: claim is not at this step"
    if to == CLAIM_CANCELLED:
        t.history = unsafe_sub(t.history, 1 << COUNTED_AT)
    else:
        # Turning a claim down is the only thing to be done about an item that is lost or stolen.
        if to != CLAIM_REJECTED:
            self._check_no_flag(t.word)
        if to > CLAIM_APPROVED:
            t.history = (t.history & (2**CLOSED_AT - 1)) | (block.timestamp << CLOSED_AT)
    if to == CLAIM_REPAIRED:
        t.history = unsafe_add(t.history, ((t.terms >> REPAIR_AT) & BYTE) << REPAIRED_AT)
    elif to == CLAIM_REPLACED:
        t.word = self._with_state(t.word, REPLACED)
    elif to == CLAIM_REFUNDED:
        t.word = self._with_state(t.word, REFUNDED)
    self._set_claim(t, to, batch, document, reason)


@internal
def _set_claim(token: Token, to: uint256, batch: uint256, document: bytes32, reason: String[100]):
    t: Token = token
    t.history = (t.history & ~BYTE) | to
    self._update(t)
    log ClaimChanged(
        token_id=t.id,
        claim=(t.history >> CLAIMS_AT) & FOUR_BYTES,
        state=to,
        by=msg.sender,
        batch=batch,
        document=document,
        reason=reason,
    )


@internal
def _flag(token_id: uint256, at: uint256, batch: uint256, lost: bool, stolen: bool):
    t: Token = self._read(token_id)
    t.word &= ~(3 << at)
    t.word |= (convert(lost, uint256) | (convert(stolen, uint256) << 1)) << at
    self._update(t)
    log Flagged(
        token_id=token_id, by=msg.sender, by_issuer=at == ISSUER_SAYS_AT, batch=batch, lost=lost, stolen=stolen
    )


@internal
def _update(t: Token):
    """
    @dev Write both words, and tell readers that something changed, and when it is locked now and was not, or was.
    """
    was_locked: bool = self._is_locked(self._read(t.id))
    self._tokens[t.id] = t.word
    self._histories[t.id] = t.history
    if self._is_locked(t):
        if not was_locked:
            log Locked(tokenId=t.id)
    elif was_locked:
        log Unlocked(tokenId=t.id)
    log MetadataUpdate(_tokenId=t.id)


@internal
def _log_time(t: Token):
    log TokenExpiryUpdated(tokenId=t.id, startTime=self._start(t.word), endTime=self._end(t))


@internal
@view
def _may_transfer(holder: address, token_id: uint256, word: uint256) -> bool:
    if msg.sender == holder or self.isApprovedForAll[holder][msg.sender]:
        return True
    return word & APPROVED != 0 and self._approved[token_id] == msg.sender


@internal
@view
def _check_holder(token_id: uint256):
    assert msg.sender == self._holder(self._existing(token_id)), "warranty: caller is not the holder"


@internal
@pure
def _check_alive(word: uint256):
    state: uint256 = (word >> STATE_AT) & BYTE
    assert state != VOID, "warranty: void"
    assert state != REPLACED, "warranty: replaced"
    assert state != REFUNDED, "warranty: refunded"


@internal
@pure
def _check_no_flag(word: uint256):
    assert word & (LOST | STOLEN) == 0, "warranty: lost or stolen"


@internal
@pure
def _check_no_claim(history: uint256):
    assert not self._has_open_claim(history), "warranty: a claim is open"


@internal
@view
def _read(token_id: uint256) -> Token:
    return self._with_word(token_id, self._existing(token_id))


@internal
@view
def _with_word(token_id: uint256, word: uint256) -> Token:
    return Token(
        id=token_id,
        word=word,
        history=self._histories[token_id],
        terms=self._terms[(word >> TERMS_AT) & TWO_BYTES],
    )


@internal
@view
def _existing(token_id: uint256) -> uint256:
    word: uint256 = self._tokens[token_id]
    assert word != 0, "warranty: no such warranty"
    return word


@internal
@pure
def _is_locked(t: Token) -> bool:
    if self._is_over(t.word) or t.word & (LOST | STOLEN) != 0 or self._has_open_claim(t.history):
        return True
    limit: uint256 = self._limit(t)
    # What stands in a shop can be sold under any terms.
    return (t.word >> STATE_AT) & BYTE == ACTIVE and limit != FREE and (t.word >> MADE_AT) & BYTE >= limit


@internal
@pure
def _is_over(word: uint256) -> bool:
    """
    @return Whether it ended for good: void, replaced or refunded.
    """
    state: uint256 = (word >> STATE_AT) & BYTE
    return state >= VOID and state <= REFUNDED


@internal
@pure
def _has_open_claim(history: uint256) -> bool:
    state: uint256 = history & BYTE
    return state >= CLAIM_OPEN and state <= CLAIM_APPROVED


@internal
@pure
def _limit(t: Token) -> uint256:
    """
    @return How often a customer may pass it on: what the terms say, less what was given up.
    """
    return min((t.terms >> LIMIT_AT) & BYTE, unsafe_sub(FREE, (t.history >> TIGHTER_AT) & BYTE))


@internal
@pure
def _end(t: Token) -> uint256:
    # More months never end earlier, so the later end is the one of the longer guarantee.
    months: uint256 = max(self._legal_months(t), (t.terms >> COMMERCIAL_AT) & TWO_BYTES)
    return self._after(self._start(t.word), unsafe_add(months, (t.word >> EXTRA_AT) & BYTE))


@internal
@pure
def _legal_months(t: Token) -> uint256:
    # Fields of 16 and 40 bits.
    return unsafe_add(t.terms >> LEGAL_AT, (t.history >> REPAIRED_AT) & FIVE_BYTES)


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
def _with_state(word: uint256, state: uint256) -> uint256:
    return (word & ~(BYTE << STATE_AT)) | (state << STATE_AT)


@internal
@pure
def _holder(word: uint256) -> address:
    return convert(word >> OWNER_AT, address)


@internal
@pure
def _start(word: uint256) -> uint256:
    return (word >> START_AT) & MAX_START
