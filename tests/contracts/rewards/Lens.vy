# pragma version ~=0.4.3
"""
@title Lens
@license Apache-2.0
@notice Everything a test compares, in one call.
"""

struct Reward:
    price: uint256
    stock: uint256
    sold: uint256
    start: uint256
    end: uint256
    limit: uint256
    transferable: bool
    refundable: bool
    closed: bool
    collection: address
    implementation: address
    uri: String[2048]


struct Order:
    account: address
    reward: uint256
    quantity: uint256
    state: uint256


interface Rewards:
    def reward_of(reward: uint256) -> Reward: view
    def order_count() -> uint256: view
    def order_of(order: uint256) -> Order: view
    def totalSupply(id: uint256) -> uint256: view
    def balanceOf(account: address, id: uint256) -> uint256: view
    def bought(account: address, reward: uint256) -> uint256: view
    def isApprovedForAll(account: address, operator: address) -> bool: view


struct Seen:
    # price, stock, sold, start, end, limit, flags, closed, supply
    rewards: DynArray[uint256[9], 32]
    orders: DynArray[Order, 128]
    # By reward, then by account: held, bought.
    units: DynArray[uint256[2], 128]
    approvals: DynArray[bool, 16]


@external
@view
def look(rewards: Rewards, accounts: DynArray[address, 4], ids: DynArray[uint256, 32]) -> Seen:
    seen: Seen = empty(Seen)
    for id: uint256 in ids:
        reward: Reward = staticcall rewards.reward_of(id)
        flags: uint256 = convert(reward.transferable, uint256) | (convert(reward.refundable, uint256) << 1)
        seen.rewards.append(
            [
                reward.price,
                reward.stock,
                reward.sold,
                reward.start,
                reward.end,
                reward.limit,
                flags,
                convert(reward.closed, uint256),
                staticcall rewards.totalSupply(id),
            ]
        )
        for account: address in accounts:
            seen.units.append([staticcall rewards.balanceOf(account, id), staticcall rewards.bought(account, id)])
    for i: uint256 in range(staticcall rewards.order_count(), bound=128):
        seen.orders.append(staticcall rewards.order_of(i + 1))
    for account: address in accounts:
        for operator: address in accounts:
            seen.approvals.append(staticcall rewards.isApprovedForAll(account, operator))
    return seen
