# pragma version ~=0.4.3
"""
@title Points lens
@license Apache-2.0
@notice Everything a test compares, in one call.
"""


struct Lot:
    month: uint256
    expires: uint256
    amount: uint256


struct Account:
    balance: uint256
    expired: uint256
    nearest_expiry: uint256
    nearest_amount: uint256
    lots: DynArray[Lot, 121]
    claimed: uint256
    frozen: bool


interface Points:
    def balanceOf(account: address) -> uint256: view
    def expired_of(account: address) -> uint256: view
    def lots_of(account: address) -> DynArray[Lot, 121]: view
    def nearest_expiry(account: address) -> (uint256, uint256): view
    def claimed_of(account: address) -> uint256: view
    def is_frozen(account: address) -> bool: view
    def claim_epoch() -> (uint256, bytes32, uint256, uint256): view
    def totalSupply() -> uint256: view
    def lot_supply(month: uint256) -> uint256: view
    def allowance(account: address, spender: address) -> uint256: view


@external
@view
def accounts(points: Points, accounts: DynArray[address, 4]) -> DynArray[Account, 4]:
    seen: DynArray[Account, 4] = []
    for account: address in accounts:
        expires: uint256 = 0
        amount: uint256 = 0
        expires, amount = staticcall points.nearest_expiry(account)
        seen.append(
            Account(
                balance=staticcall points.balanceOf(account),
                expired=staticcall points.expired_of(account),
                nearest_expiry=expires,
                nearest_amount=amount,
                lots=staticcall points.lots_of(account),
                claimed=staticcall points.claimed_of(account),
                frozen=staticcall points.is_frozen(account),
            )
        )
    return seen


@external
@view
def supply(
    points: Points, months: DynArray[uint256, 400]
) -> (uint256, DynArray[uint256, 400], uint256, bytes32, uint256, uint256):
    """
    @return The supply, that of each lot, and the four values of claim_epoch.
    """
    number: uint256 = 0
    root: bytes32 = empty(bytes32)
    lot: uint256 = 0
    unclaimed: uint256 = 0
    number, root, lot, unclaimed = staticcall points.claim_epoch()
    lots: DynArray[uint256, 400] = []
    for month: uint256 in months:
        lots.append(staticcall points.lot_supply(month))
    return staticcall points.totalSupply(), lots, number, root, lot, unclaimed


@external
@view
def allowances(points: Points, accounts: DynArray[address, 4]) -> DynArray[uint256, 16]:
    seen: DynArray[uint256, 16] = []
    for account: address in accounts:
        for spender: address in accounts:
            seen.append(staticcall points.allowance(account, spender))
    return seen
