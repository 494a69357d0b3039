# pragma version ~=0.4.3
"""
@title Points
@license Apache-2.0
@notice Loyalty points: an ERC-20 that a shop awards to customers in batches and that expires by the month.
@dev Points awarded in a month form a lot, named by the calendar month at whose end it expires. Every
     account holds its points by lot, and whatever leaves an account leaves its oldest lot first.
     balanceOf and totalSupply count live lots only, so they fall when a month ends, without an event;
     `sweep` writes down later what has expired, as a burn.
@custom:stop The guardian pauses awards and revokes; balances stay where they are and stay spendable.
"""
from ethereum.ercs import IERC165
from ethereum.ercs import IERC20
implements: IERC165
implements: IERC20

from . import calendar
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
)

MAX_AWARDS: constant(uint256) = 650
MAX_SWEPT: constant(uint256) = 200
MAX_VALIDITY: constant(uint256) = 120
# Every lot that can be live: the running month and the validity.
MAX_LOTS: constant(uint256) = MAX_VALIDITY + 1

# Six lots share a storage slot: lot // LANES numbers the slot of an account, lot % LANES the lane in it.
LANES: constant(uint256) = 6
LANE_BITS: constant(uint256) = 42
LANE_MASK: constant(uint256) = 2**LANE_BITS - 1
MAX_SLOTS: constant(uint256) = MAX_VALIDITY // LANES + 1
# 500 years: no clock reaches it, and a loop must have a bound.
MAX_PAST_SLOTS: constant(uint256) = 1000

AMOUNT_BITS: constant(uint256) = 96
AMOUNT_MASK: constant(uint256) = 2**AMOUNT_BITS - 1

TRANSFER: constant(bytes32) = keccak256("Transfer(address,address,uint256)")
VERSION: constant(String[1]) = "1"
REDEEM_TYPEHASH: constant(bytes32) = keccak256(
    "Redeem(address account,uint256 amount,bytes32 reference,uint256 number,uint256 deadline)"
)

# Months that points stay valid after the month they were awarded in; 0 = they never expire.
VALIDITY_MONTHS: public(immutable(uint256))
# Whether customers may send points to each other; if not, one side of a transfer must be a partner.
OPEN_LOOP: public(immutable(bool))

NAME: immutable(String[64])
NAME_HASH: immutable(bytes32)
SYMBOL: immutable(String[16])
DECIMALS: immutable(uint8)
# No older lot exists in this contract.
FIRST_LOT: immutable(uint256)


struct Lot:
    month: uint256
    # The first second at which the lot is no longer spendable; 0 = never.
    expires: uint256
    amount: uint256


# account << 96 | lot // 6 -> six lots of the account.
_lots: HashMap[uint256, uint256]
# lot // 6 -> the sum of those six lots over all accounts. A lane of it never exceeds LANE_MASK, and no
# account holds more of a lot than exists of it: so no lane of an account can overflow into the next.
_lot_supply: HashMap[uint256, uint256]

allowance: public(HashMap[address, HashMap[address, uint256]])
is_partner: public(HashMap[address, bool])
contractURI: public(String[2048])


event Awarded:
    issuer: indexed(address)
    batch: indexed(uint256)
    lot: uint256
    total: uint256


event Redeemed:
    account: indexed(address)
    reference: indexed(bytes32)
    amount: uint256


event Revoked:
    account: indexed(address)
    issuer: indexed(address)
    reference: indexed(bytes32)
    batch: uint256
    taken: uint256
    missing: uint256
    reason: String[100]


event Expired:
    account: indexed(address)
    amount: uint256


event PartnerSet:
    account: indexed(address)
    allowed: bool


event ContractURIUpdated:
    pass


@deploy
def __init__(
    name: String[64],
    symbol: String[16],
    decimals: uint8,
    validity_months: uint256,
    open_loop: bool,
    contract_uri: String[2048],
    owner: address,
    issuer: address,
    budget: uint256,
    period: uint256,
):
    """
    @param validity_months How long points last after the month they were awarded in; 0 = for ever.
    @param open_loop Whether customers may send points to each other.
    @param issuer The first issuer, with its budget per period in seconds; zero = none yet.
    """
    assert validity_months <= MAX_VALIDITY, "points: validity is too long"
    VALIDITY_MONTHS = validity_months
    OPEN_LOOP = open_loop
    NAME = name
    NAME_HASH = keccak256(name)
    SYMBOL = symbol
    DECIMALS = decimals
    FIRST_LOT = self._live_lots(validity_months)[1]
    self.contractURI = contract_uri
    ownership.__init__(owner)
    if issuer != empty(address):
        issuers._set_issuer(issuer, budget, period)


@external
def award(batch: uint256, awards: DynArray[uint256, MAX_AWARDS]):
    """
    @notice Mint points to each customer, in the lot of the running month. All of them or none.
    @param batch Chosen by the issuer and accepted once; counting up from 0 is the cheapest.
    @param awards One word each: the wallet in the high 160 bits, the amount in the low 96.
                  A wallet may occur more than once.
    """
    issuers._check_issuer()
    assert len(awards) > 0, "points: empty batch"
    lot: uint256 = self._live_lots(VALIDITY_MONTHS)[1]
    slot: uint256 = lot // LANES
    bits: uint256 = self._shift(lot)
    total: uint256 = 0
    for word: uint256 in awards:
        account: uint256 = word >> AMOUNT_BITS
        amount: uint256 = word & AMOUNT_MASK
        assert account != 0, "points: award to the zero address"
        assert amount != 0, "points: no amount"
        key: uint256 = (account << AMOUNT_BITS) | slot
        # An amount too large for its lane spills over here; the total that it makes is refused below.
        self._lots[key] = unsafe_add(self._lots[key], amount << bits)
        # 650 numbers of 96 bits.
        total = unsafe_add(total, amount)
        # As a typed log, without the check that an address has 160 bits: the shift above saw to that.
        raw_log([TRANSFER, empty(bytes32), convert(account, bytes32)], convert(amount, bytes32))
    self._issue(batch, lot, total)


@external
def award_one(batch: uint256, account: address, amount: uint256):
    """
    @notice Mint points to one customer. The same as `award`, at less gas for one.
    @param batch From the same numbers as `award`.
    """
    lot: uint256 = self._live_lots(VALIDITY_MONTHS)[1]
    self._issue(batch, lot, amount)
    assert account != empty(address), "points: award to the zero address"
    assert amount != 0, "points: no amount"
    self._lots[self._key(account, lot // LANES)] += amount << self._shift(lot)
    log IERC20.Transfer(sender=empty(address), receiver=account, value=amount)


@external
def redeem(amount: uint256, reference: bytes32):
    """
    @notice Burn the caller's own points, oldest first.
    @param reference What they were redeemed for, as the shop knows it.
    """
    self._redeem(msg.sender, amount, reference)


@external
def redeem_for(
    account: address,
    amount: uint256,
    reference: bytes32,
    number: uint256,
    deadline: uint256,
    signature: Bytes[1024],
):
    """
    @notice Redeem for a customer who signed for it (EIP-712), so that the customer needs no gas.
    @param number Chosen by the customer and accepted once per customer.
    @param deadline The last second, in unix time, at which the signature is good.
    @param signature 65 bytes of a key, or whatever the customer's contract wallet accepts (ERC-1271).
    """
    assert block.timestamp <= deadline, "points: signature has expired"
    struct_hash: bytes32 = keccak256(
        abi_encode(REDEEM_TYPEHASH, account, amount, reference, number, deadline)
    )
    domain: bytes32 = signatures._domain_separator(NAME_HASH, keccak256(VERSION))
    digest: bytes32 = signatures._digest(domain, struct_hash)
    assert signatures._is_signed_by(account, digest, signature), "points: not signed by the account"
    issuers._spend_number(account, number)
    self._redeem(account, amount, reference)


@external
def revoke(batch: uint256, account: address, amount: uint256, reference: bytes32, reason: String[100]):
    """
    @notice Take points back, oldest first: as many as are there, when there are fewer.
    @param batch From the same numbers as `award`.
    @param reference What they had been awarded for, as the shop knows it.
    """
    issuers._check_issuer()
    assert amount != 0, "points: no amount"
    issuers._spend_batch(batch)
    missing: uint256 = self._move(account, empty(address), amount)
    taken: uint256 = amount - missing
    if taken > 0:
        log IERC20.Transfer(sender=account, receiver=empty(address), value=taken)
    log Revoked(
        account=account,
        issuer=msg.sender,
        reference=reference,
        batch=batch,
        taken=taken,
        missing=missing,
        reason=reason,
    )


@external
def sweep(accounts: DynArray[address, MAX_SWEPT]):
    """
    @notice Burn what has expired. Anyone may: it changes no balance, it only writes it down.
    """
    oldest: uint256 = self._live_lots(VALIDITY_MONTHS)[0]
    # The oldest lot that can be live now lies before the first lot there ever was, until that one expires.
    last: uint256 = max(oldest, FIRST_LOT)
    for account: address in accounts:
        amount: uint256 = 0
        for slot: uint256 in range(FIRST_LOT // LANES, last // LANES + 1, bound=MAX_PAST_SLOTS):
            key: uint256 = self._key(account, slot)
            word: uint256 = self._lots[key]
            expired: uint256 = word - self._live_part(word, slot, oldest)
            if expired > 0:
                self._lots[key] = word - expired
                self._lot_supply[slot] -= expired
                amount += self._sum(expired)
        if amount > 0:
            log IERC20.Transfer(sender=account, receiver=empty(address), value=amount)
            log Expired(account=account, amount=amount)


@external
def transfer(to: address, amount: uint256) -> bool:
    """
    @notice Send points, oldest first. They keep the month in which they expire.
    """
    self._transfer(msg.sender, to, amount)
    return True


@external
def transferFrom(owner: address, to: address, amount: uint256) -> bool:
    """
    @notice Send points of an account that allowed it. An allowance of 2**256 - 1 is never used up.
    """
    allowed: uint256 = self.allowance[owner][msg.sender]
    if allowed != max_value(uint256):
        assert amount <= allowed, "points: allowance is too low"
        self._approve(owner, msg.sender, allowed - amount)
    self._transfer(owner, to, amount)
    return True


@external
def approve(spender: address, amount: uint256) -> bool:
    """
    @notice Let another account send the caller's points, up to an amount.
    """
    self._approve(msg.sender, spender, amount)
    return True


@external
def set_partner(account: address, allowed: bool):
    """
    @notice Say who takes part in a closed loop: an account that anyone may send points to or get them from.
    """
    ownership._check_owner()
    self.is_partner[account] = allowed
    log PartnerSet(account=account, allowed=allowed)


@external
def set_contract_uri(uri: String[2048]):
    """
    @notice Replace the address of the metadata that contractURI gives (ERC-7572).
    """
    ownership._check_owner()
    self.contractURI = uri
    log ContractURIUpdated()


@external
@view
def name() -> String[64]:
    """
    @notice The token's name, and the name of its EIP-712 domain.
    """
    return NAME


@external
@view
def symbol() -> String[16]:
    """
    @notice The token's symbol.
    """
    return SYMBOL


@external
@view
def decimals() -> uint8:
    """
    @notice How many decimals a wallet should show.
    """
    return DECIMALS


@external
@view
def balanceOf(account: address) -> uint256:
    """
    @notice The points the account can spend now.
    """
    oldest: uint256 = 0
    newest: uint256 = 0
    oldest, newest = self._live_lots(VALIDITY_MONTHS)
    total: uint256 = 0
    for slot: uint256 in range(oldest // LANES, newest // LANES + 1, bound=MAX_SLOTS):
        total += self._sum(self._live_part(self._lots[self._key(account, slot)], slot, oldest))
    return total


@external
@view
def totalSupply() -> uint256:
    """
    @notice The points that can be spent now, of all accounts.
    """
    oldest: uint256 = 0
    newest: uint256 = 0
    oldest, newest = self._live_lots(VALIDITY_MONTHS)
    total: uint256 = 0
    for slot: uint256 in range(oldest // LANES, newest // LANES + 1, bound=MAX_SLOTS):
        total += self._sum(self._live_part(self._lot_supply[slot], slot, oldest))
    return total


@external
@view
def lot_supply(month: uint256) -> uint256:
    """
    @notice The points of one lot, of all accounts; for a past month, those not swept yet.
    @param month Counted from January 1970 as 0; lot 0 when points never expire.
    """
    return self._lane(self._lot_supply[month // LANES], month)


@external
@view
def lots_of(account: address) -> DynArray[Lot, MAX_LOTS]:
    """
    @notice The account's live lots, oldest first.
    """
    return self._lots_of(account, MAX_LOTS)


@external
@view
def nearest_expiry(account: address) -> (uint256, uint256):
    """
    @notice When the account's oldest lot expires and how many points it holds; zeros when it has none.
    """
    lots: DynArray[Lot, MAX_LOTS] = self._lots_of(account, 1)
    if len(lots) == 0:
        return 0, 0
    return lots[0].expires, lots[0].amount


@external
@view
def expired_of(account: address) -> uint256:
    """
    @notice The account's expired points that nobody has swept yet.
    """
    oldest: uint256 = self._live_lots(VALIDITY_MONTHS)[0]
    # As in sweep.
    last: uint256 = max(oldest, FIRST_LOT)
    total: uint256 = 0
    for slot: uint256 in range(FIRST_LOT // LANES, last // LANES + 1, bound=MAX_PAST_SLOTS):
        word: uint256 = self._lots[self._key(account, slot)]
        total += self._sum(word - self._live_part(word, slot, oldest))
    return total


@external
@view
def eip712Domain() -> (
    bytes1, String[64], String[1], uint256, address, bytes32, DynArray[uint256, 1]
):
    """
    @notice What a wallet signs over, besides the message (ERC-5267): name, version, chain, contract.
    """
    return 0x0f, NAME, VERSION, chain.id, self, empty(bytes32), []


@external
@view
def supportsInterface(interface_id: bytes4) -> bool:
    """
    @notice ERC-165 and ERC-20.
    """
    return interface_id in [0x01ffc9a7, 0x36372b07]


@internal
def _issue(batch: uint256, lot: uint256, total: uint256):
    """
    @dev What an award does once, however many it pays: budget, batch number, supply, event.
    """
    issuers._charge(total)
    issuers._spend_batch(batch)
    supply: uint256 = self._lot_supply[lot // LANES]
    assert total <= LANE_MASK - self._lane(supply, lot), "points: lot is full"
    self._lot_supply[lot // LANES] = supply + (total << self._shift(lot))
    log Awarded(issuer=msg.sender, batch=batch, lot=lot, total=total)


@internal
def _redeem(account: address, amount: uint256, reference: bytes32):
    assert amount != 0, "points: no amount"
    assert self._move(account, empty(address), amount) == 0, "points: balance is too low"
    log IERC20.Transfer(sender=account, receiver=empty(address), value=amount)
    log Redeemed(account=account, reference=reference, amount=amount)


@internal
def _transfer(owner: address, to: address, amount: uint256):
    assert to != empty(address), "points: transfer to the zero address"
    assert OPEN_LOOP or self.is_partner[owner] or self.is_partner[to], "points: transfers are closed"
    assert self._move(owner, to, amount) == 0, "points: balance is too low"
    log IERC20.Transfer(sender=owner, receiver=to, value=amount)


@internal
def _approve(owner: address, spender: address, amount: uint256):
    self.allowance[owner][spender] = amount
    log IERC20.Approval(owner=owner, spender=spender, value=amount)


@internal
def _move(owner: address, to: address, amount: uint256) -> uint256:
    """
    @dev Move live points, oldest first, and lot by lot; to the zero address they are burnt.
    @return What is missing: the part of the amount that the owner does not have.
    """
    oldest: uint256 = 0
    newest: uint256 = 0
    oldest, newest = self._live_lots(VALIDITY_MONTHS)
    missing: uint256 = amount
    for slot: uint256 in range(oldest // LANES, newest // LANES + 1, bound=MAX_SLOTS):
        if missing == 0:
            break
        key: uint256 = self._key(owner, slot)
        word: uint256 = self._lots[key]
        moved: uint256 = 0
        moved, missing = self._take(self._live_part(word, slot, oldest), missing)
        if moved == 0:
            continue
        self._lots[key] = word - moved
        if to == empty(address):
            self._lot_supply[slot] -= moved
        else:
            # Read after the line above: an owner may send to itself.
            self._lots[self._key(to, slot)] += moved
    return missing


@internal
@pure
def _take(word: uint256, amount: uint256) -> (uint256, uint256):
    """
    @return The lanes to take for the amount, oldest first, and the part of the amount not found.
    """
    taken: uint256 = 0
    missing: uint256 = amount
    for lane: uint256 in range(LANES):
        part: uint256 = min(self._lane(word, lane), missing)
        taken |= part << self._shift(lane)
        missing -= part
    return taken, missing


@internal
@view
def _lots_of(account: address, most: uint256) -> DynArray[Lot, MAX_LOTS]:
    oldest: uint256 = 0
    newest: uint256 = 0
    oldest, newest = self._live_lots(VALIDITY_MONTHS)
    lots: DynArray[Lot, MAX_LOTS] = []
    word: uint256 = 0
    for lot: uint256 in range(oldest, newest + 1, bound=MAX_LOTS):
        if lot == oldest or lot % LANES == 0:
            word = self._lots[self._key(account, lot // LANES)]
        amount: uint256 = self._lane(word, lot)
        if amount > 0:
            lots.append(Lot(month=lot, expires=self._expiry(lot), amount=amount))
            if len(lots) == most:
                break
    return lots


@internal
@view
def _expiry(lot: uint256) -> uint256:
    if VALIDITY_MONTHS == 0:
        return 0
    return calendar._month_start(lot + 1)


@internal
@view
def _live_lots(validity: uint256) -> (uint256, uint256):
    """
    @return The oldest lot that is still live, and the newest, which an award of now goes to.
    """
    if validity == 0:
        return 0, 0
    month: uint256 = calendar._month_of(block.timestamp)
    return month, month + validity


@internal
@pure
def _live_part(word: uint256, slot: uint256, oldest: uint256) -> uint256:
    """
    @return The word of this slot without the lanes of lots before the oldest live one.
    """
    if slot > oldest // LANES:
        return word
    if slot < oldest // LANES:
        return 0
    return (word >> self._shift(oldest)) << self._shift(oldest)


@internal
@pure
def _key(account: address, slot: uint256) -> uint256:
    return (convert(account, uint256) << AMOUNT_BITS) | slot


@internal
@pure
def _shift(lot: uint256) -> uint256:
    return lot % LANES * LANE_BITS


@internal
@pure
def _lane(word: uint256, lot: uint256) -> uint256:
    return (word >> self._shift(lot)) & LANE_MASK


@internal
@pure
def _sum(word: uint256) -> uint256:
    """
    @return The sum of the six lanes.
    """
    total: uint256 = 0
    lanes: uint256 = word
    for _: uint256 in range(LANES):
        total += lanes & LANE_MASK
        lanes >>= LANE_BITS
    return total
