# pragma version ~=0.4.3
"""
@title Points
@license Apache-2.0
@notice Loyalty points: an ERC-20 that a shop awards to customers in batches and that expires by the month.
@dev Points awarded in a month form a lot, named by the calendar month at whose end it expires. Every
     account holds its points by lot, and whatever leaves an account leaves its oldest lot first.
     balanceOf and totalSupply count live lots only, so they fall when a month ends, without an event;
     `sweep` writes down later what has expired, as a burn.
@custom:stop The guardian pauses awards, claims and revokes, and freezes single accounts; balances stay
             where they are, and those that are not frozen stay spendable.
"""
from ethereum.ercs import IERC165
from ethereum.ercs import IERC20
implements: IERC165
implements: IERC20

from . import calendar
from . import guard
from . import issuers
from . import merkle
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

MAX_AWARDS: constant(uint256) = 650
MAX_SWEPT: constant(uint256) = 200
MAX_CLAIMS: constant(uint256) = 100
MAX_PROOF: constant(uint256) = 32
MAX_PROOFS: constant(uint256) = 2000
MAX_VALIDITY: constant(uint256) = 120
# Every lot that can be live: the running month and the validity.
MAX_LOTS: constant(uint256) = MAX_VALIDITY + 1

DAY: constant(uint256) = 86400

# Six lots share a storage slot: lot // LANES numbers the slot of an account, lot % LANES the lane in it.
LANES: constant(uint256) = 6
LANE_BITS: constant(uint256) = 42
LANE_MASK: constant(uint256) = 2**LANE_BITS - 1
MAX_SLOTS: constant(uint256) = MAX_VALIDITY // LANES + 1
# 500 years: no clock reaches it, and a loop must have a bound.
MAX_PAST_SLOTS: constant(uint256) = 1000

AMOUNT_BITS: constant(uint256) = 96
AMOUNT_MASK: constant(uint256) = 2**AMOUNT_BITS - 1

# A line of claim_many: account (160) | length of its proof (8) | cumulative (88).
PROOF_AT: constant(uint256) = 88
PROOF_MASK: constant(uint256) = 2**8 - 1
CUMULATIVE_MASK: constant(uint256) = 2**PROOF_AT - 1

# The word of the epoch: number (21) | first day it is over (19) | lot (14) | unclaimed (42) | root (160).
# Days since 1970 fit until the year 3405, months until 3335.
NUMBER_AT: constant(uint256) = 235
OVER_AT: constant(uint256) = 216
OVER_MASK: constant(uint256) = 2**19 - 1
EPOCH_LOT_AT: constant(uint256) = 202
EPOCH_LOT_MASK: constant(uint256) = 2**14 - 1
UNCLAIMED_AT: constant(uint256) = 160
ROOT_MASK: constant(uint256) = 2**160 - 1

# An account under EIP-7702 has this much code, and still a key that could sign for it.
DELEGATION_SIZE: constant(uint256) = 23
# In place of the hash of what a shop spent, once it was restored.
RESTORED: constant(bytes32) = keccak256("restored")

TRANSFER: constant(bytes32) = keccak256("Transfer(address,address,uint256)")
VERSION: constant(String[1]) = "1"
REDEEM_TYPEHASH: constant(bytes32) = keccak256(
    "Redeem(address account,uint256 amount,bytes32 reference,uint256 number,uint256 deadline)"
)
AWARD_TYPEHASH: constant(bytes32) = keccak256(
    "Award(address account,uint256 amount,uint256 number,uint256 start,uint256 deadline)"
)
PERMIT_TYPEHASH: constant(bytes32) = keccak256(
    "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
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
# lot // 6 -> the sum of those six lots over all accounts, and what is unclaimed of the epoch. A lane of it
# never exceeds LANE_MASK, and no account holds more of a lot than exists of it: so no lane of an account
# can overflow into the next.
_lot_supply: HashMap[uint256, uint256]

# What every account may have claimed by now, all epochs together, as a Merkle tree. A claim is proven against
# the 160 bits of the root in the epoch's word, which it reads and writes anyway; the whole root is for readers.
_root: bytes32
_epoch: uint256
_claimed: HashMap[address, uint256]

# shop -> reference -> what was spent, as a hash; RESTORED when it was given back.
_spent: HashMap[address, HashMap[bytes32, bytes32]]

allowance: public(HashMap[address, HashMap[address, uint256]])
nonces: public(HashMap[address, uint256])
is_partner: public(HashMap[address, bool])
is_shop: public(HashMap[address, bool])
is_frozen: public(HashMap[address, bool])
contractURI: public(String[2048])


event Awarded:
    issuer: indexed(address)
    batch: indexed(uint256)
    lot: uint256
    total: uint256


event AwardedFor:
    issuer: indexed(address)
    account: indexed(address)
    number: indexed(uint256)
    lot: uint256
    amount: uint256


event EpochPublished:
    issuer: indexed(address)
    batch: indexed(uint256)
    epoch: indexed(uint256)
    root: bytes32
    lot: uint256
    added: uint256


event Claimed:
    account: indexed(address)
    epoch: indexed(uint256)
    amount: uint256


# A Transfer took this lot, and not the oldest ones.
event TransferredAtEpoch:
    owner: indexed(address)
    to: indexed(address)
    epoch: indexed(uint256)
    amount: uint256


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


# Lots are words, lot << 96 | amount, oldest first.
event Spent:
    shop: indexed(address)
    account: indexed(address)
    reference: indexed(bytes32)
    lots: DynArray[uint256, MAX_LOTS]


event Restored:
    shop: indexed(address)
    account: indexed(address)
    reference: indexed(bytes32)
    lots: DynArray[uint256, MAX_LOTS]


event PartnerSet:
    account: indexed(address)
    allowed: bool


event ShopSet:
    shop: indexed(address)
    allowed: bool


event AccountFrozen:
    account: indexed(address)
    by: indexed(address)


event AccountUnfrozen:
    account: indexed(address)
    by: indexed(address)


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
    FIRST_LOT = self._newest_lot()
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
    lot: uint256 = self._newest_lot()
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
    lot: uint256 = self._newest_lot()
    self._issue(batch, lot, amount)
    self._credit(account, lot, amount)


@external
def award_for(
    issuer: address,
    account: address,
    amount: uint256,
    number: uint256,
    start: uint256,
    deadline: uint256,
    signature: Bytes[1024],
):
    """
    @notice Cash a voucher: an award that an issuer signed (EIP-712) and anyone may send.
    @param number Chosen by the issuer and accepted once per issuer; it can be withdrawn with cancel_numbers.
    @param start The first second, in unix time, at which the voucher is good.
    @param deadline The last one.
    @param signature 65 bytes of a key, or whatever the issuer's contract wallet accepts (ERC-1271).
    """
    assert start <= block.timestamp, "points: voucher is not good yet"
    assert block.timestamp <= deadline, "points: signature has expired"
    struct_hash: bytes32 = keccak256(
        abi_encode(AWARD_TYPEHASH, account, amount, number, start, deadline)
    )
    assert signatures._is_signed_by(issuer, self._digest(struct_hash), signature), "points: not signed by the issuer"
    issuers._charge_signer(issuer, amount)
    issuers._spend_number(issuer, number)
    lot: uint256 = self._newest_lot()
    self._add_supply(lot, amount)
    self._credit(account, lot, amount)
    log AwardedFor(issuer=issuer, account=account, number=number, lot=lot, amount=amount)


@external
def publish_epoch(batch: uint256, root: bytes32, added: uint256):
    """
    @notice Let customers claim: a Merkle tree says how much each may have claimed by now, in all.
    @dev What nobody claimed of earlier epochs moves to the lot of this month. Unclaimed points are nobody's
         and no part of the supply, but room for them is kept in their lot.
         The budget is charged with all that the root can pay: what is unclaimed, and what is added.
    @param batch From the same numbers as `award`.
    @param root Of the tree of [account, cumulative amount]. It replaces the root before it.
    @param added By how much the amounts of all accounts grew since the epoch before.
    """
    word: uint256 = self._epoch
    unclaimed: uint256 = self._unclaimed(word)
    # A root decides anew whose all of it is: a key with a small budget must not give away what others put up.
    issuers._charge(batch, unclaimed + added)
    assert root != empty(bytes32), "points: no root"
    before: uint256 = self._epoch_lot(word)
    self._lot_supply[before // LANES] -= unclaimed << self._shift(before)
    unclaimed += added
    lot: uint256 = self._newest_lot()
    self._add_supply(lot, unclaimed)
    over: uint256 = OVER_MASK
    if VALIDITY_MONTHS != 0:
        over = self._expiry(lot) // DAY
    number: uint256 = (word >> NUMBER_AT) + 1
    self._root = root
    self._epoch = (
        (number << NUMBER_AT)
        | (over << OVER_AT)
        | (lot << EPOCH_LOT_AT)
        | (unclaimed << UNCLAIMED_AT)
        | (convert(root, uint256) & ROOT_MASK)
    )
    log EpochPublished(issuer=msg.sender, batch=batch, epoch=number, root=root, lot=lot, added=added)


@external
def claim(account: address, cumulative: uint256, proof: DynArray[bytes32, MAX_PROOF]):
    """
    @notice Pay an account what the epoch says, less what it claimed before. Anyone may, for anyone.
    @param cumulative As it stands in the tree beside the account.
    @param proof The hashes from the account's leaf to the root.
    """
    word: uint256 = self._claimable()
    root: bytes32 = merkle._root(merkle._leaf(account, cumulative), proof)
    left: uint256 = self._claim(word, root, account, cumulative)
    assert left != word, "points: nothing to claim"
    self._epoch = left


@external
def claim_many(claims: DynArray[uint256, MAX_CLAIMS], proofs: DynArray[bytes32, MAX_PROOFS]):
    """
    @notice Claim for many accounts. Who has been paid already is left out.
    @param claims One word each: the account (160 bits), the length of its proof (8), its cumulative amount (88).
    @param proofs The proofs in the same order, one after another.
    """
    left: uint256 = self._claimable()
    used: uint256 = 0
    for line: uint256 in claims:
        account: address = convert(line >> AMOUNT_BITS, address)
        cumulative: uint256 = line & CUMULATIVE_MASK
        end: uint256 = used + ((line >> PROOF_AT) & PROOF_MASK)
        assert end <= len(proofs), "points: proofs do not fit"
        node: bytes32 = merkle._leaf(account, cumulative)
        for i: uint256 in range(used, end, bound=PROOF_MASK):
            node = merkle._parent(node, proofs[i])
        left = self._claim(left, node, account, cumulative)
        used = end
    assert used == len(proofs), "points: proofs do not fit"
    self._epoch = left


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
    assert signatures._is_signed_by(account, self._digest(struct_hash), signature), "points: not signed by the account"
    issuers._spend_number(account, number)
    self._redeem(account, amount, reference)


@external
def spend_for(account: address, amount: uint256, reference: bytes32) -> DynArray[uint256, MAX_LOTS]:
    """
    @notice Burn a customer's points, oldest first, for what the calling shop sells.
    @param reference Chosen by the shop and accepted once per shop.
    @return The lots that were taken, oldest first: lot << 96 | amount.
    """
    assert self._spent_under(reference) == empty(bytes32), "points: reference is used"
    lots: DynArray[uint256, MAX_LOTS] = []
    missing: uint256 = amount
    live: DynArray[Lot, MAX_LOTS] = self._lots_of(account, MAX_LOTS)
    for held: Lot in live:
        part: uint256 = min(held.amount, missing)
        lots.append((held.month << AMOUNT_BITS) | part)
        missing -= part
        if missing == 0:
            break
    # Takes the same lots, or refuses.
    self._burn(account, amount)
    self._spent[msg.sender][reference] = self._hash(account, lots)
    log Spent(shop=msg.sender, account=account, reference=reference, lots=lots)
    return lots


@external
def restore(account: address, reference: bytes32, lots: DynArray[uint256, MAX_LOTS]):
    """
    @notice Give back what the calling shop spent, once, in the lots it came from: what has expired
            meanwhile stays expired.
    @param lots As spend_for returned them.
    """
    assert self._spent_under(reference) == self._hash(account, lots), "points: nothing like this was spent"
    self._spent[msg.sender][reference] = RESTORED
    total: uint256 = 0
    for word: uint256 in lots:
        lot: uint256 = word >> AMOUNT_BITS
        amount: uint256 = word & AMOUNT_MASK
        self._add_supply(lot, amount)
        self._lots[(convert(account, uint256) << AMOUNT_BITS) | (lot // LANES)] += amount << self._shift(lot)
        total += amount
    log IERC20.Transfer(sender=empty(address), receiver=account, value=total)
    log Restored(shop=msg.sender, account=account, reference=reference, lots=lots)


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
    oldest: uint256 = self._oldest_lot()
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
    self._use_allowance(owner, amount)
    self._transfer(owner, to, amount)
    return True


@external
def transferAtEpoch(epoch: uint256, to: address, amount: uint256) -> bool:
    """
    @notice Send points of one lot (ERC-7818).
    @param epoch The month at whose end they expire, counted from January 1970 as 0.
    """
    self._transfer_at_epoch(epoch, msg.sender, to, amount)
    return True


@external
def transferFromAtEpoch(epoch: uint256, owner: address, to: address, amount: uint256) -> bool:
    """
    @notice Send points of one lot of an account that allowed it (ERC-7818).
    """
    self._use_allowance(owner, amount)
    self._transfer_at_epoch(epoch, owner, to, amount)
    return True


@external
def approve(spender: address, amount: uint256) -> bool:
    """
    @notice Let another account send the caller's points, up to an amount.
    """
    self._approve(msg.sender, spender, amount)
    return True


@external
def permit(owner: address, spender: address, amount: uint256, deadline: uint256, v: uint8, r: bytes32, s: bytes32):
    """
    @notice Set an allowance that the owner signed (ERC-2612). Only where customers may send points to each other.
    """
    assert OPEN_LOOP, "points: transfers are closed"
    assert block.timestamp <= deadline, "points: signature has expired"
    nonce: uint256 = self.nonces[owner]
    struct_hash: bytes32 = keccak256(abi_encode(PERMIT_TYPEHASH, owner, spender, amount, nonce, deadline))
    signature: Bytes[65] = concat(r, s, convert(v, bytes1))
    assert (
        signatures._is_signed_by_key(owner, self._digest(struct_hash), signature)
    ), "points: not signed by the account"
    self.nonces[owner] = nonce + 1
    self._approve(owner, spender, amount)


@external
def freeze(account: address):
    """
    @notice Stop an account from spending and sending, say when its key was stolen. It can still be given to.
    """
    guard._check_guardian()
    self.is_frozen[account] = True
    log AccountFrozen(account=account, by=msg.sender)


@external
def unfreeze(account: address):
    """
    @notice Let a frozen account spend again.
    """
    ownership._check_owner()
    self.is_frozen[account] = False
    log AccountUnfrozen(account=account, by=msg.sender)


@external
def set_shop(shop: address, allowed: bool):
    """
    @notice Say which contracts may burn customers' points for what they sell. Nothing but the shop's own
            code keeps it to what the customer wanted.
    """
    ownership._check_owner()
    assert not allowed or shop.codesize > DELEGATION_SIZE, "points: shop is not a contract"
    self.is_shop[shop] = allowed
    log ShopSet(shop=shop, allowed=allowed)


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
    oldest: uint256 = self._oldest_lot()
    newest: uint256 = oldest + VALIDITY_MONTHS
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
    oldest: uint256 = self._oldest_lot()
    newest: uint256 = oldest + VALIDITY_MONTHS
    total: uint256 = 0
    for slot: uint256 in range(oldest // LANES, newest // LANES + 1, bound=MAX_SLOTS):
        total += self._sum(self._live_part(self._lot_supply[slot], slot, oldest))
    word: uint256 = self._epoch
    if self._epoch_lot(word) >= oldest:
        total -= self._unclaimed(word)
    return total


@external
@view
def lot_supply(month: uint256) -> uint256:
    """
    @notice The points of one lot, of all accounts; for a past month, those not swept yet.
    @param month Counted from January 1970 as 0; lot 0 when points never expire.
    """
    supply: uint256 = self._lane(self._lot_supply[month // LANES], month)
    word: uint256 = self._epoch
    if self._epoch_lot(word) == month:
        supply -= self._unclaimed(word)
    return supply


@external
@view
def claim_epoch() -> (uint256, bytes32, uint256, uint256):
    """
    @notice The epoch that can be claimed from: its number, its root, its lot, and how much is unclaimed.
    """
    word: uint256 = self._epoch
    return word >> NUMBER_AT, self._root, self._epoch_lot(word), self._unclaimed(word)


@external
@view
def claimed_of(account: address) -> uint256:
    """
    @notice What the account has claimed of all epochs together.
    """
    return self._claimed[account]


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
    oldest: uint256 = self._oldest_lot()
    # As in sweep.
    last: uint256 = max(oldest, FIRST_LOT)
    total: uint256 = 0
    for slot: uint256 in range(FIRST_LOT // LANES, last // LANES + 1, bound=MAX_PAST_SLOTS):
        word: uint256 = self._lots[self._key(account, slot)]
        total += self._sum(word - self._live_part(word, slot, oldest))
    return total


@external
@view
def currentEpoch() -> uint256:
    """
    @notice The lot that an award of now goes to (ERC-7818): an epoch is a lot, named by the month at whose
            end it expires. This one and the validityDuration() before it are live.
    """
    return self._newest_lot()


@external
@view
def epochLength() -> uint256:
    """
    @notice The seconds of the running calendar month (ERC-7818): not every epoch is as long. 0 = no end.
    """
    if VALIDITY_MONTHS == 0:
        return 0
    month: uint256 = calendar._month_of(block.timestamp)
    return calendar._month_start(month + 1) - calendar._month_start(month)


@external
@view
def epochType() -> uint8:
    """
    @notice Epochs are measured in seconds (ERC-7818): TIME_BASED.
    """
    return 1


@external
@view
def validityDuration() -> uint256:
    """
    @notice For how many epochs points are good after the one they were awarded in (ERC-7818).
    """
    return VALIDITY_MONTHS


@external
@view
def isEpochExpired(epoch: uint256) -> bool:
    """
    @notice Whether the points of this lot have expired (ERC-7818).
    """
    return epoch < self._oldest_lot()


@external
@view
def balanceOfAtEpoch(epoch: uint256, account: address) -> uint256:
    """
    @notice The points that the account can spend of one lot (ERC-7818); 0 once it has expired.
    """
    oldest: uint256 = self._oldest_lot()
    newest: uint256 = oldest + VALIDITY_MONTHS
    if epoch < oldest or epoch > newest:
        return 0
    return self._lane(self._lots[self._key(account, epoch // LANES)], epoch)


@external
@view
def DOMAIN_SEPARATOR() -> bytes32:
    """
    @notice The hash of eip712Domain() that signatures are made over.
    """
    return signatures._domain_separator(NAME_HASH, keccak256(VERSION))


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
    @notice ERC-165, ERC-20, and ERC-7818 where points expire.
    """
    return interface_id in [0x01ffc9a7, 0x36372b07] or (interface_id == 0x062e6408 and VALIDITY_MONTHS != 0)


@internal
def _issue(batch: uint256, lot: uint256, total: uint256):
    """
    @dev What an award does once, however many it pays: budget, batch number, supply, event.
    """
    issuers._charge(batch, total)
    self._add_supply(lot, total)
    log Awarded(issuer=msg.sender, batch=batch, lot=lot, total=total)


@internal
def _add_supply(lot: uint256, amount: uint256):
    """
    @dev The one place where a lot's supply grows. What it leaves in a lane is at most LANE_MASK.
    """
    slot: uint256 = lot // LANES
    bits: uint256 = self._shift(lot)
    supply: uint256 = self._lot_supply[slot]
    assert amount <= unsafe_sub(LANE_MASK, (supply >> bits) & LANE_MASK), "points: lot is full"
    self._lot_supply[slot] = unsafe_add(supply, amount << bits)


@internal
def _credit(account: address, lot: uint256, amount: uint256):
    """
    @dev Room for the amount must have been taken in the lot's supply.
    """
    assert account != empty(address), "points: award to the zero address"
    assert amount != 0, "points: no amount"
    # As _key and _shift, which cost a call each. No lane overflows: see _lot_supply.
    key: uint256 = (convert(account, uint256) << AMOUNT_BITS) | (lot // LANES)
    self._lots[key] += amount << unsafe_mul(lot % LANES, LANE_BITS)
    log IERC20.Transfer(sender=empty(address), receiver=account, value=amount)


@internal
@view
def _claimable() -> uint256:
    """
    @return The word of the epoch, when it can be claimed from.
    """
    guard._check_running()
    word: uint256 = self._epoch
    assert word != 0, "points: no epoch"
    assert block.timestamp // DAY < (word >> OVER_AT) & OVER_MASK, "points: epoch has expired"
    return word


@internal
def _claim(word: uint256, root: bytes32, account: address, cumulative: uint256) -> uint256:
    """
    @dev Pay what the account has not claimed yet, if anything.
    @param root As the account's proof gives it.
    @return The word of the epoch after that.
    """
    assert (convert(root, uint256) ^ word) & ROOT_MASK == 0, "points: not in the epoch"
    claimed: uint256 = self._claimed[account]
    if cumulative <= claimed:
        return word
    amount: uint256 = unsafe_sub(cumulative, claimed)
    assert amount <= self._unclaimed(word), "points: epoch is short"
    self._claimed[account] = cumulative
    # The lot's supply has had room for it since the epoch was published.
    self._credit(account, self._epoch_lot(word), amount)
    log Claimed(account=account, epoch=word >> NUMBER_AT, amount=amount)
    return unsafe_sub(word, amount << UNCLAIMED_AT)


@internal
def _redeem(account: address, amount: uint256, reference: bytes32):
    self._burn(account, amount)
    log Redeemed(account=account, reference=reference, amount=amount)


@internal
def _burn(account: address, amount: uint256):
    assert amount != 0, "points: no amount"
    self._send(account, empty(address), amount)


@internal
def _send(owner: address, to: address, amount: uint256):
    self._check_not_frozen(owner)
    assert self._move(owner, to, amount) == 0, "points: balance is too low"
    log IERC20.Transfer(sender=owner, receiver=to, value=amount)


@internal
@view
def _check_not_frozen(account: address):
    assert not self.is_frozen[account], "points: account is frozen"


@internal
@view
def _spent_under(reference: bytes32) -> bytes32:
    """
    @return What the calling shop spent under the reference, as a hash.
    """
    assert self.is_shop[msg.sender], "points: caller is not a shop"
    return self._spent[msg.sender][reference]


@internal
@pure
def _hash(account: address, lots: DynArray[uint256, MAX_LOTS]) -> bytes32:
    return keccak256(abi_encode(account, lots))


@internal
def _transfer(owner: address, to: address, amount: uint256):
    self._check_transfer(owner, to)
    self._send(owner, to, amount)


@internal
def _transfer_at_epoch(epoch: uint256, owner: address, to: address, amount: uint256):
    self._check_transfer(owner, to)
    self._check_not_frozen(owner)
    oldest: uint256 = self._oldest_lot()
    newest: uint256 = oldest + VALIDITY_MONTHS
    assert epoch >= oldest, "points: epoch has expired"
    # A number beyond all lots would reach into the account's part of a key.
    assert epoch <= newest, "points: no such epoch"
    held: uint256 = self._lane(self._lots[self._key(owner, epoch // LANES)], epoch)
    assert amount <= held, "points: balance is too low"
    self._move_lanes(owner, to, epoch // LANES, amount << self._shift(epoch))
    log IERC20.Transfer(sender=owner, receiver=to, value=amount)
    log TransferredAtEpoch(owner=owner, to=to, epoch=epoch, amount=amount)


@internal
@view
def _check_transfer(owner: address, to: address):
    assert to != empty(address), "points: transfer to the zero address"
    assert OPEN_LOOP or self.is_partner[owner] or self.is_partner[to], "points: transfers are closed"


@internal
def _use_allowance(owner: address, amount: uint256):
    self._check_not_frozen(msg.sender)
    allowed: uint256 = self.allowance[owner][msg.sender]
    if allowed != max_value(uint256):
        assert amount <= allowed, "points: allowance is too low"
        self._approve(owner, msg.sender, allowed - amount)


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
    oldest: uint256 = self._oldest_lot()
    newest: uint256 = oldest + VALIDITY_MONTHS
    missing: uint256 = amount
    for slot: uint256 in range(oldest // LANES, newest // LANES + 1, bound=MAX_SLOTS):
        if missing == 0:
            break
        word: uint256 = self._lots[self._key(owner, slot)]
        moved: uint256 = 0
        moved, missing = self._take(self._live_part(word, slot, oldest), missing)
        if moved == 0:
            continue
        self._move_lanes(owner, to, slot, moved)
    return missing


@internal
def _move_lanes(owner: address, to: address, slot: uint256, moved: uint256):
    """
    @dev Move parts of the six lots of a slot; to the zero address they are burnt. The owner has them.
    """
    self._lots[self._key(owner, slot)] -= moved
    if to == empty(address):
        self._lot_supply[slot] -= moved
    else:
        # Read after the line above: an owner may send to itself.
        self._lots[self._key(to, slot)] += moved


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
    oldest: uint256 = self._oldest_lot()
    newest: uint256 = oldest + VALIDITY_MONTHS
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
def _oldest_lot() -> uint256:
    """
    @return The oldest lot that is still live.
    """
    if VALIDITY_MONTHS == 0:
        return 0
    return calendar._month_of(block.timestamp)


@internal
@view
def _newest_lot() -> uint256:
    """
    @return The newest lot that is live, which an award of now goes to.
    """
    if VALIDITY_MONTHS == 0:
        return 0
    return unsafe_add(calendar._month_of(block.timestamp), VALIDITY_MONTHS)


@internal
@view
def _digest(struct_hash: bytes32) -> bytes32:
    return signatures._digest(signatures._domain_separator(NAME_HASH, keccak256(VERSION)), struct_hash)


@internal
@pure
def _epoch_lot(word: uint256) -> uint256:
    return (word >> EPOCH_LOT_AT) & EPOCH_LOT_MASK


@internal
@pure
def _unclaimed(word: uint256) -> uint256:
    return (word >> UNCLAIMED_AT) & LANE_MASK


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
    return unsafe_mul(lot % LANES, LANE_BITS)


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
