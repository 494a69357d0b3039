# pragma version ~=0.4.3
"""
@title Issuers
@license Apache-2.0
@notice The keys that may issue, each with a budget per window of time: a leaked key can do the damage of
        one window, and the guardian can stop it. Each batch number is accepted once per issuer.
"""
from . import guard
from . import ownership
uses: ownership
uses: guard

MAX_PERIOD: constant(uint256) = 2**32 - 1
MAX_CANCELLED: constant(uint256) = 256

# An issuer's word: budget per window (48) | period in seconds (32) | number of the window (40) | spent in it (48)
# | page of batch numbers (24) | bitmap of that page (64). A window is numbered timestamp // period: 40 bits of seconds
# last until the year 36812. The budget is zero for an account that is not an issuer.
BUDGET_AT: constant(uint256) = 208
PERIOD_AT: constant(uint256) = 176
PERIOD_MASK: constant(uint256) = 2**32 - 1
WINDOW_AT: constant(uint256) = 136
WINDOW_MASK: constant(uint256) = 2**40 - 1
SPENT_AT: constant(uint256) = 88
AMOUNT_MASK: constant(uint256) = 2**48 - 1
SPENDING_MASK: constant(uint256) = (2**88 - 1) << SPENT_AT
NUMBERS_MASK: constant(uint256) = 2**88 - 1
PAGE_AT: constant(uint256) = 64
PAGE_MASK: constant(uint256) = 2**24 - 1
BITS_MASK: constant(uint256) = 2**64 - 1

_issuers: HashMap[address, uint256]
# Batch numbers are spent in the issuer's word, which is written anyway: it has the page (64 numbers) that was used
# last, and the others are here, as bitmaps by page. So counting up pays a slot once in 64 batches, and no other.
_pages: HashMap[address, HashMap[uint256, uint256]]
# Bitmaps of numbers: the word number >> 8, the bit number & 255.
_numbers: HashMap[address, HashMap[uint256, uint256]]


event IssuerSet:
    issuer: indexed(address)
    # Zero = removed.
    budget: uint256
    period: uint256


# A number of an account's signed messages was used, or cancelled by the account itself.
event NumberSpent:
    account: indexed(address)
    number: indexed(uint256)


@external
def set_issuer(issuer: address, budget: uint256, period: uint256):
    """
    @notice Add, change or remove an issuer. What was spent in the running window still counts
            when the period stays the same.
    @param budget How much the issuer may issue per window; 0 removes the issuer.
    @param period Length of a window in seconds. Windows start at multiples of it in unix time.
    """
    ownership._check_owner()
    self._set_issuer(issuer, budget, period)


@external
def stop_issuer(issuer: address):
    """
    @notice Remove an issuer at once, for a key that may have leaked. Only the owner can add it again.
    """
    guard._check_guardian()
    assert self._is_issuer(issuer), "issuers: not an issuer"
    self._set_issuer(issuer, 0, 0)


@external
def cancel_numbers(numbers: DynArray[uint256, MAX_CANCELLED]):
    """
    @notice Withdraw messages the caller has signed and nobody has used yet: their numbers count as used.
            Numbers that are used already are left out, so that nobody can hold the others up by using one first.
    """
    for number: uint256 in numbers:
        if not self._is_number_spent(msg.sender, number):
            self._spend_number(msg.sender, number)


@external
@view
def is_issuer(account: address) -> bool:
    """
    @notice Whether the account may issue now, a pause aside.
    """
    return self._is_issuer(account)


@external
@view
def budget_of(issuer: address) -> (uint256, uint256, uint256):
    """
    @notice The budget per window, the window's length in seconds, and what is left of the running window.
    """
    word: uint256 = self._issuers[issuer]
    budget: uint256 = word >> BUDGET_AT
    if budget == 0:
        return 0, 0, 0
    period: uint256 = (word >> PERIOD_AT) & PERIOD_MASK
    spent: uint256 = 0
    if (word >> WINDOW_AT) & WINDOW_MASK == block.timestamp // period:
        spent = (word >> SPENT_AT) & AMOUNT_MASK
    # A budget that was lowered may lie below what was already spent.
    return budget, period, budget - min(spent, budget)


@external
@view
def batch_spent(issuer: address, batch: uint256) -> bool:
    """
    @notice Whether this issuer's batch number has been accepted before.
    """
    word: uint256 = self._issuers[issuer]
    bits: uint256 = self._pages[issuer][batch >> 6]
    if batch >> 6 == (word >> PAGE_AT) & PAGE_MASK:
        bits = word & BITS_MASK
    return (bits >> (batch & 63)) & 1 == 1


@external
@view
def number_spent(account: address, number: uint256) -> bool:
    """
    @notice Whether this number of an account's signed messages has been used before.
    """
    return self._is_number_spent(account, number)


@internal
def _set_issuer(issuer: address, budget: uint256, period: uint256):
    assert issuer != empty(address), "issuers: issuer is the zero address"
    word: uint256 = self._issuers[issuer]
    # Batch numbers stay spent, whatever becomes of the issuer.
    kept: uint256 = word & NUMBERS_MASK
    if budget == 0:
        self._issuers[issuer] = kept
        log IssuerSet(issuer=issuer, budget=0, period=0)
        return
    assert budget <= AMOUNT_MASK, "issuers: budget is too large"
    assert period > 0, "issuers: no period"
    assert period <= MAX_PERIOD, "issuers: period is too long"
    # Window numbers of another period count something else.
    if (word >> PERIOD_AT) & PERIOD_MASK == period:
        kept = word & (2**PERIOD_AT - 1)
    self._issuers[issuer] = (budget << BUDGET_AT) | (period << PERIOD_AT) | kept
    log IssuerSet(issuer=issuer, budget=budget, period=period)


@internal
def _charge(batch: uint256, amount: uint256):
    """
    @dev What an issuer does once per batch: the caller is an issuer, nothing is paused, the amount fits in what
         is left of the caller's window, and the batch number is new.
    """
    word: uint256 = self._issuers[msg.sender]
    assert word >> BUDGET_AT != 0, "issuers: caller is not an issuer"
    self._issuers[msg.sender] = self._numbered(self._charged(word, amount), batch)


@internal
def _charge_signer(signer: address, amount: uint256):
    """
    @dev For what an issuer signed and somebody else sends: a budget, and no batch number.
    """
    word: uint256 = self._issuers[signer]
    assert word >> BUDGET_AT != 0, "issuers: signer is not an issuer"
    self._issuers[signer] = self._charged(word, amount)


@internal
@view
def _check_issuer():
    """
    @dev For what an issuer does without spending its budget: who may, and not while paused.
    """
    assert self._is_issuer(msg.sender), "issuers: caller is not an issuer"
    guard._check_running()


@internal
def _spend_batch(batch: uint256):
    """
    @dev For what spends a batch number and no budget.
    """
    self._issuers[msg.sender] = self._numbered(self._issuers[msg.sender], batch)


@internal
@view
def _is_issuer(account: address) -> bool:
    return self._issuers[account] >> BUDGET_AT != 0


@internal
@view
def _charged(word: uint256, amount: uint256) -> uint256:
    """
    @return The word of an issuer that has spent so much more. Only while nothing is paused.
    """
    guard._check_running()
    # An issuer's period is never zero.
    window: uint256 = unsafe_div(block.timestamp, (word >> PERIOD_AT) & PERIOD_MASK)
    spent: uint256 = amount
    if (word >> WINDOW_AT) & WINDOW_MASK == window:
        # An amount is not bounded yet: the sum reverts before it wraps round.
        spent += (word >> SPENT_AT) & AMOUNT_MASK
    assert spent <= word >> BUDGET_AT, "issuers: over budget"
    return (word & ~SPENDING_MASK) | (window << WINDOW_AT) | (spent << SPENT_AT)


@internal
def _numbered(word: uint256, batch: uint256) -> uint256:
    """
    @return The word of the calling issuer with this batch number spent in it.
    """
    page: uint256 = batch >> 6
    bit: uint256 = 1 << (batch & 63)
    last: uint256 = (word >> PAGE_AT) & PAGE_MASK
    if page == last:
        assert word & bit == 0, "issuers: batch already spent"
        return word | bit
    bits: uint256 = self._pages[msg.sender][page]
    assert bits & bit == 0, "issuers: batch already spent"
    if page > PAGE_MASK:
        # No room in the word for so large a number.
        self._pages[msg.sender][page] = bits | bit
        return word
    self._pages[msg.sender][last] = word & BITS_MASK
    return (word & ~NUMBERS_MASK) | (page << PAGE_AT) | bits | bit


@internal
def _spend_number(account: address, number: uint256):
    word: uint256 = self._numbers[account][number >> 8]
    bit: uint256 = 1 << (number & 255)
    assert word & bit == 0, "issuers: number already spent"
    self._numbers[account][number >> 8] = word | bit
    log NumberSpent(account=account, number=number)


@internal
@view
def _is_number_spent(account: address, number: uint256) -> bool:
    return (self._numbers[account][number >> 8] >> (number & 255)) & 1 == 1
