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

MASK: constant(uint256) = 2**64 - 1
MAX_PERIOD: constant(uint256) = 2**32 - 1
MAX_CANCELLED: constant(uint256) = 256
BUDGET_AT: constant(uint256) = 192
PERIOD_AT: constant(uint256) = 128
WINDOW_AT: constant(uint256) = 64

# One word: budget per window (64) | period in seconds (64) | window number (64) | spent in it (64).
# A window is numbered timestamp // period. The word is zero for an account that is not an issuer.
_issuers: HashMap[address, uint256]
# Bitmaps: the word number >> 8, the bit number & 255. Counting up from 0 pays a fresh slot once in 256.
_batches: HashMap[address, HashMap[uint256, uint256]]
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
    assert self._issuers[issuer] != 0, "issuers: not an issuer"
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
    return self._issuers[account] != 0


@external
@view
def budget_of(issuer: address) -> (uint256, uint256, uint256):
    """
    @notice The budget per window, the window's length in seconds, and what is left of the running window.
    """
    word: uint256 = self._issuers[issuer]
    if word == 0:
        return 0, 0, 0
    budget: uint256 = word >> BUDGET_AT
    period: uint256 = (word >> PERIOD_AT) & MASK
    spent: uint256 = self._spent(word, block.timestamp // period)
    # A budget that was lowered may lie below what was already spent.
    return budget, period, budget - min(spent, budget)


@external
@view
def batch_spent(issuer: address, batch: uint256) -> bool:
    """
    @notice Whether this issuer's batch number has been accepted before.
    """
    return (self._batches[issuer][batch >> 8] >> (batch & 255)) & 1 == 1


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
    if budget == 0:
        self._issuers[issuer] = 0
        log IssuerSet(issuer=issuer, budget=0, period=0)
        return
    assert budget <= MASK, "issuers: budget is too large"
    assert period > 0, "issuers: no period"
    assert period <= MAX_PERIOD, "issuers: period is too long"
    word: uint256 = self._issuers[issuer]
    running: uint256 = 0
    # Window numbers of another period count something else.
    if (word >> PERIOD_AT) & MASK == period:
        running = word & (2**128 - 1)
    self._issuers[issuer] = (budget << BUDGET_AT) | (period << PERIOD_AT) | running
    log IssuerSet(issuer=issuer, budget=budget, period=period)


@internal
def _charge(amount: uint256):
    """
    @dev Every issuing function starts here: the caller is an issuer, nothing is paused, and the amount
         fits in what is left of the caller's window.
    """
    word: uint256 = self._issuers[msg.sender]
    assert word != 0, "issuers: caller is not an issuer"
    self._charge_to(msg.sender, word, amount)


@internal
def _charge_signer(signer: address, amount: uint256):
    """
    @dev As _charge, for what an issuer signed and somebody else sends.
    """
    word: uint256 = self._issuers[signer]
    assert word != 0, "issuers: signer is not an issuer"
    self._charge_to(signer, word, amount)


@internal
def _charge_to(issuer: address, word: uint256, amount: uint256):
    guard._check_running()
    # An issuer's period is never zero.
    window: uint256 = unsafe_div(block.timestamp, (word >> PERIOD_AT) & MASK)
    # Both are below 2**64 or the sum reverts: an amount is not bounded yet.
    spent: uint256 = self._spent(word, window) + amount
    assert spent <= word >> BUDGET_AT, "issuers: over budget"
    self._issuers[issuer] = ((word >> PERIOD_AT) << PERIOD_AT) | (window << WINDOW_AT) | spent


@internal
@view
def _check_issuer():
    """
    @dev For what an issuer does without spending its budget: who may, and not while paused.
    """
    assert self._issuers[msg.sender] != 0, "issuers: caller is not an issuer"
    guard._check_running()


@internal
def _spend_batch(batch: uint256):
    word: uint256 = self._batches[msg.sender][batch >> 8]
    bit: uint256 = 1 << (batch & 255)
    assert word & bit == 0, "issuers: batch already spent"
    self._batches[msg.sender][batch >> 8] = word | bit


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


@internal
@pure
def _spent(word: uint256, window: uint256) -> uint256:
    if (word >> WINDOW_AT) & MASK != window:
        return 0
    return word & MASK
