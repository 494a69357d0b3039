# pragma version ~=0.4.3
"""
@title Shop
@license Apache-2.0
@notice A shop for tests: it spends and restores customers' points as anybody tells it.
"""


interface Points:
    def spend_for(account: address, amount: uint256, reference: bytes32) -> DynArray[uint256, 121]: nonpayable
    def restore(account: address, reference: bytes32, lots: DynArray[uint256, 121]): nonpayable


POINTS: immutable(Points)


@deploy
def __init__(points: Points):
    POINTS = points


@external
def spend(account: address, amount: uint256, reference: bytes32) -> DynArray[uint256, 121]:
    return extcall POINTS.spend_for(account, amount, reference)


@external
def restore(account: address, reference: bytes32, lots: DynArray[uint256, 121]):
    extcall POINTS.restore(account, reference, lots)
