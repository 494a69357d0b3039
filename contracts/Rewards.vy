# pragma version ~=0.4.3
"""
@title Rewards
@license Apache-2.0
@notice A catalogue bought with points: an ERC-1155 with an id for each reward, of which buying mints units
        and burns the price in Points, in one transaction. The shop fulfils an order or cancels it; what is
        cancelled gives the points back as they were.
@dev Units say what was bought and stay with their holder when the order is fulfilled: what is owed is owed
     to the account of the order, whoever holds its units.
     All of an order is written down before the receiver of its units is called, so that a receiver that
     comes back in finds nothing half done.
@custom:stop The guardian pauses buying and everything that issuers do, closes one reward for good, or removes
             one issuer; customers can still move their units and cancel where the reward allows it.
"""
from ethereum.ercs import IERC165
implements: IERC165

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

MAX_FULFILLED: constant(uint256) = 200
# Ids in one transfer, or balances in one question.
MAX_BATCH: constant(uint256) = 100
# Every lot that can be live in Points.
MAX_LOTS: constant(uint256) = 121
NO_BATCH: constant(uint256) = max_value(uint256)

# A reward: price (64) | stock (32) | sold (32) | start (40) | end (40) | limit per wallet (32) | flags (16).
# Stock and sold never exceed 2**32 - 1 together. A price is never zero, so neither is the word of a reward.
PRICE_AT: constant(uint256) = 192
STOCK_AT: constant(uint256) = 160
SOLD_AT: constant(uint256) = 128
START_AT: constant(uint256) = 88
END_AT: constant(uint256) = 48
LIMIT_AT: constant(uint256) = 16
TRANSFERABLE: constant(uint256) = 1
REFUNDABLE: constant(uint256) = 2
CLOSED: constant(uint256) = 4
# Set where the reward has a collection, so that the others need not look.
HAS_COLLECTION: constant(uint256) = 8

# An account's units of a reward: bought, less cancelled (128) | held (128). Neither exceeds what was sold.
BOUGHT_AT: constant(uint256) = 128

# An order: account (160) | reward (32) | quantity (16) | spare (40) | state (8).
ACCOUNT_AT: constant(uint256) = 96
REWARD_AT: constant(uint256) = 64
QUANTITY_AT: constant(uint256) = 48
OPEN: constant(uint256) = 1
FULFILLED: constant(uint256) = 2
CANCELLED: constant(uint256) = 3

MASK64: constant(uint256) = 2**64 - 1
MASK40: constant(uint256) = 2**40 - 1
MASK32: constant(uint256) = 2**32 - 1
MASK16: constant(uint256) = 2**16 - 1
MASK8: constant(uint256) = 2**8 - 1
MASK128: constant(uint256) = 2**128 - 1

VERSION: constant(String[1]) = "1"
BUY_TYPEHASH: constant(bytes32) = keccak256(
    "Buy(address account,uint256 reward,uint256 quantity,uint256 price,uint256 number,uint256 deadline)"
)
RECEIVED: constant(bytes4) = method_id(
    "onERC1155Received(address,address,uint256,uint256,bytes)", output_type=bytes4
)
BATCH_RECEIVED: constant(bytes4) = method_id(
    "onERC1155BatchReceived(address,address,uint256[],uint256[],bytes)", output_type=bytes4
)

# Where ERC-6551 puts the registry on every chain, and the code of an account that it makes: a proxy of
# 45 bytes (ERC-1167), then salt, chain, collection and token, 32 bytes each.
REGISTRY: constant(address) = 0x000000006551c19487814612e58FE06813775758
ACCOUNT_INITCODE: constant(bytes10) = 0x3d60ad80600a3d3981f3
ACCOUNT_BYTES: constant(uint256) = 173
CHAIN_BYTE: constant(uint256) = 77
COLLECTION_BYTE: constant(uint256) = 109
IMPLEMENTATION_BYTE: constant(uint256) = 10

name: public(immutable(String[64]))
symbol: public(immutable(String[16]))
NAME_HASH: immutable(bytes32)


struct Reward:
    # Points for one unit.
    price: uint256
    # Units that can still be bought.
    stock: uint256
    # Units bought and not cancelled.
    sold: uint256
    # First and last second in which it can be bought; 0 = no bound.
    start: uint256
    end: uint256
    # Most units one account may buy; 0 = no bound.
    limit: uint256
    transferable: bool
    # Whether a customer may cancel until the order is fulfilled.
    refundable: bool
    closed: bool
    # Only ERC-6551 accounts of this collection's tokens, of this implementation, may buy; zero = anybody.
    collection: address
    implementation: address
    uri: String[2048]


struct Order:
    account: address
    reward: uint256
    quantity: uint256
    # 0 none, 1 open, 2 fulfilled, 3 cancelled.
    state: uint256


interface PointsShop:
    def spend_for(
        account: address, amount: uint256, reference: bytes32
    ) -> DynArray[uint256, MAX_LOTS]: nonpayable
    def restore(account: address, reference: bytes32, lots: DynArray[uint256, MAX_LOTS]): nonpayable


interface IERC1155Receiver:
    def onERC1155Received(
        operator: address, sender: address, id: uint256, amount: uint256, data: Bytes[1024]
    ) -> bytes4: nonpayable
    def onERC1155BatchReceived(
        operator: address,
        sender: address,
        ids: DynArray[uint256, MAX_BATCH],
        amounts: DynArray[uint256, MAX_BATCH],
        data: Bytes[1024],
    ) -> bytes4: nonpayable


# The points that rewards are bought with. This contract has to be one of its shops (set_shop).
POINTS: public(immutable(PointsShop))

order_count: public(uint256)
# By their whole id: one above 2**32 - 1 is no reward's.
_rewards: HashMap[uint256, uint256]
_collections: HashMap[uint256, address]
_implementations: HashMap[uint256, address]
_holdings: HashMap[uint256, HashMap[address, uint256]]
_orders: HashMap[uint256, uint256]
uri: public(HashMap[uint256, String[2048]])
isApprovedForAll: public(HashMap[address, HashMap[address, bool]])
contractURI: public(String[2048])


event RewardCreated:
    reward: indexed(uint256)
    issuer: indexed(address)
    batch: indexed(uint256)
    price: uint256
    stock: uint256
    start: uint256
    end: uint256
    limit: uint256
    flags: uint256
    collection: address
    implementation: address


event StockAdded:
    reward: indexed(uint256)
    issuer: indexed(address)
    batch: indexed(uint256)
    quantity: uint256


event PriceSet:
    reward: indexed(uint256)
    issuer: indexed(address)
    batch: indexed(uint256)
    price: uint256


event RewardClosed:
    reward: indexed(uint256)
    by: indexed(address)


event Bought:
    order: indexed(uint256)
    account: indexed(address)
    reward: indexed(uint256)
    quantity: uint256
    # For one unit.
    price: uint256
    # What was taken, month << 96 | amount each: a cancellation has to name them again.
    lots: DynArray[uint256, MAX_LOTS]


event Fulfilled:
    order: indexed(uint256)
    issuer: indexed(address)
    batch: indexed(uint256)


event Cancelled:
    order: indexed(uint256)
    account: indexed(address)
    reward: indexed(uint256)
    # 2**256 - 1 where the customer cancelled.
    batch: uint256
    reason: String[100]


# ERC-1155
event TransferSingle:
    operator: indexed(address)
    sender: indexed(address)
    receiver: indexed(address)
    id: uint256
    amount: uint256


event TransferBatch:
    operator: indexed(address)
    sender: indexed(address)
    receiver: indexed(address)
    ids: DynArray[uint256, MAX_BATCH]
    amounts: DynArray[uint256, MAX_BATCH]


event ApprovalForAll:
    owner: indexed(address)
    operator: indexed(address)
    approved: bool


event URI:
    uri: String[2048]
    id: indexed(uint256)


# ERC-7572
event ContractURIUpdated:
    pass


@deploy
def __init__(
    name_: String[64],
    symbol_: String[16],
    contract_uri: String[2048],
    points: address,
    owner: address,
    issuer: address,
    budget: uint256,
    period: uint256,
):
    """
    @param points The Points contract, whose owner has yet to make this contract one of its shops.
    @param issuer The first issuer; zero leaves it to the owner to name one later.
    @param budget How many units of stock the issuer may put on offer in each window of `period` seconds.
    """
    assert points.is_contract, "rewards: points is not a contract"
    POINTS = PointsShop(points)
    ownership.__init__(owner)
    name = name_
    NAME_HASH = keccak256(name_)
    symbol = symbol_
    self.contractURI = contract_uri
    if issuer != empty(address):
        assert budget > 0, "rewards: issuer without a budget"
        issuers._set_issuer(issuer, budget, period)


@external
def create_reward(
    batch: uint256,
    reward: uint256,
    price: uint256,
    stock: uint256,
    start: uint256,
    end: uint256,
    limit: uint256,
    flags: uint256,
    collection: address,
    implementation: address,
    uri: String[2048],
):
    """
    @notice Put a reward on offer. Only its price and its stock can change later.
    @param batch Accepted once per issuer.
    @param reward Chosen by the caller: 1 to 2**32 - 1, never used before. It is the token id.
    @param price Points for one unit.
    @param stock How many units there are to buy, charged to the issuer's budget.
    @param start First second in which it can be bought; 0 = no bound.
    @param end Last such second; 0 = no bound.
    @param limit Most units that one account may buy, cancelled ones not counted; 0 = no bound.
    @param flags 1: holders may pass units on. 2: customers may cancel until their order is fulfilled.
    @param collection An ERC-721 collection: only ERC-6551 accounts of its tokens may buy. Zero = anybody.
    @param implementation The code of those accounts. Anybody may make an account of any code for any token: so
           only one that answers to the token's holder keeps others out. Zero where there is no collection.
    @param uri Metadata of the reward.
    """
    issuers._charge(batch, stock)
    assert reward > 0 and reward <= MASK32, "rewards: reward number is out of range"
    assert self._rewards[reward] == 0, "rewards: reward exists"
    assert price > 0 and price <= MASK64, "rewards: price is out of range"
    assert stock <= MASK32, "rewards: stock is out of range"
    assert start <= MASK40 and end <= MASK40, "rewards: time is out of range"
    assert end == 0 or start <= end, "rewards: sale ends before it starts"
    assert limit <= MASK32, "rewards: limit is out of range"
    assert flags <= TRANSFERABLE | REFUNDABLE, "rewards: unknown flags"
    word: uint256 = (
        (price << PRICE_AT)
        | (stock << STOCK_AT)
        | (start << START_AT)
        | (end << END_AT)
        | (limit << LIMIT_AT)
        | flags
    )
    if collection != empty(address):
        assert collection.is_contract, "rewards: collection is not a contract"
        assert implementation.is_contract, "rewards: implementation is not a contract"
        self._collections[reward] = collection
        self._implementations[reward] = implementation
        word |= HAS_COLLECTION
    else:
        assert implementation == empty(address), "rewards: implementation without a collection"
    self._rewards[reward] = word
    self.uri[reward] = uri
    log RewardCreated(
        reward=reward,
        issuer=msg.sender,
        batch=batch,
        price=price,
        stock=stock,
        start=start,
        end=end,
        limit=limit,
        flags=flags,
        collection=collection,
        implementation=implementation,
    )
    log URI(uri=uri, id=reward)


@external
def add_stock(batch: uint256, reward: uint256, quantity: uint256):
    """
    @notice Put more units of a reward on offer, charged to the caller's budget.
    @param batch Accepted once per issuer.
    """
    issuers._charge(batch, quantity)
    word: uint256 = self._open_reward(reward)
    assert quantity > 0, "rewards: no quantity"
    # A cancelled unit is stock again, so that sold ones keep their place.
    existing: uint256 = self._stock(word) + self._sold(word)
    assert quantity <= MASK32 - existing, "rewards: stock is out of range"
    self._rewards[reward] = word + (quantity << STOCK_AT)
    log StockAdded(reward=reward, issuer=msg.sender, batch=batch, quantity=quantity)


@external
def set_price(batch: uint256, reward: uint256, price: uint256):
    """
    @notice Change what a unit costs from now on. Whoever saw the old price is refused, not surprised.
    @param batch Accepted once per issuer.
    """
    issuers._check_issuer()
    issuers._spend_batch(batch)
    word: uint256 = self._open_reward(reward)
    assert price > 0 and price <= MASK64, "rewards: price is out of range"
    self._rewards[reward] = (price << PRICE_AT) | (word & (2**PRICE_AT - 1))
    log PriceSet(reward=reward, issuer=msg.sender, batch=batch, price=price)


@external
def close_reward(reward: uint256):
    """
    @notice End the sale of a reward for good, also during a pause. Its orders can still be fulfilled and cancelled.
    """
    if not issuers._is_issuer(msg.sender):
        guard._check_guardian()
    self._rewards[reward] = self._open_reward(reward) | CLOSED
    log RewardClosed(reward=reward, by=msg.sender)


@external
def buy(reward: uint256, quantity: uint256, price: uint256) -> uint256:
    """
    @notice Buy units of a reward with the caller's points. A caller with code is asked to take them (ERC-1155).
    @param price Points for one unit, as the caller saw it; refused when it has changed.
    @return The order's number.
    """
    return self._buy(msg.sender, reward, quantity, price)


@external
def buy_for(
    account: address,
    reward: uint256,
    quantity: uint256,
    price: uint256,
    number: uint256,
    deadline: uint256,
    signature: Bytes[1024],
) -> uint256:
    """
    @notice Buy for a customer who signed for it (EIP-712), so that the customer needs no gas.
    @param number Chosen by the customer and accepted once per customer.
    @param deadline The last second, in unix time, at which the signature is good.
    @param signature 65 bytes of a key, or whatever the customer's contract wallet accepts (ERC-1271).
    @return The order's number.
    """
    assert block.timestamp <= deadline, "rewards: signature has expired"
    struct_hash: bytes32 = keccak256(
        abi_encode(BUY_TYPEHASH, account, reward, quantity, price, number, deadline)
    )
    domain: bytes32 = signatures._domain_separator(NAME_HASH, keccak256(VERSION))
    digest: bytes32 = signatures._digest(domain, struct_hash)
    assert signatures._is_signed_by(account, digest, signature), "rewards: not signed by the account"
    issuers._spend_number(account, number)
    return self._buy(account, reward, quantity, price)


@external
def fulfil(batch: uint256, orders: DynArray[uint256, MAX_FULFILLED]):
    """
    @notice Note that what was ordered is handed over: these orders cannot be cancelled any more. All or none.
            Fulfil first, hand over then: until this is on chain, a customer may cancel what is refundable.
    @param batch Accepted once per issuer.
    """
    issuers._check_issuer()
    issuers._spend_batch(batch)
    assert len(orders) > 0, "rewards: empty batch"
    for order: uint256 in orders:
        self._orders[order] = self._open_order(order) - OPEN + FULFILLED
        log Fulfilled(order=order, issuer=msg.sender, batch=batch)


@external
def cancel(order: uint256, lots: DynArray[uint256, MAX_LOTS]):
    """
    @notice Take back one's own order of a refundable reward, until it is fulfilled: its units are burnt and
            the points come back as they were, with the month in which they expire. A pause does not stop it.
    @param lots As the order's Bought tells them.
    """
    word: uint256 = self._open_order(order)
    assert convert(msg.sender, uint256) == word >> ACCOUNT_AT, "rewards: caller did not place this order"
    offer: uint256 = self._rewards[(word >> REWARD_AT) & MASK32]
    assert offer & REFUNDABLE != 0, "rewards: reward is not refundable"
    self._cancel(order, word, lots, NO_BATCH, "")


@external
def cancel_for(
    batch: uint256, order: uint256, lots: DynArray[uint256, MAX_LOTS], reason: String[100]
):
    """
    @notice Cancel any order that is not fulfilled, as in `cancel`. The account must still hold its units.
    @param batch Accepted once per issuer.
    """
    issuers._check_issuer()
    issuers._spend_batch(batch)
    assert batch != NO_BATCH, "rewards: batch number stands for none"
    self._cancel(order, self._open_order(order), lots, batch, reason)


@external
def safeTransferFrom(sender: address, receiver: address, id: uint256, amount: uint256, data: Bytes[1024]):
    """
    @notice Move units of a transferable reward; a receiver with code must accept them.
    @param data Handed to the receiver.
    """
    self._check_mover(sender, receiver)
    self._move(sender, receiver, id, amount)
    log TransferSingle(operator=msg.sender, sender=sender, receiver=receiver, id=id, amount=amount)
    self._offer(sender, receiver, id, amount, data)


@external
def safeBatchTransferFrom(
    sender: address,
    receiver: address,
    ids: DynArray[uint256, MAX_BATCH],
    amounts: DynArray[uint256, MAX_BATCH],
    data: Bytes[1024],
):
    """
    @notice Move units of several transferable rewards, all or none; a receiver with code must accept them.
    @param ids An id may occur more than once.
    @param data Handed to the receiver.
    """
    self._check_mover(sender, receiver)
    assert len(ids) == len(amounts), "rewards: lists differ in length"
    for i: uint256 in range(len(ids), bound=MAX_BATCH):
        self._move(sender, receiver, ids[i], amounts[i])
    log TransferBatch(operator=msg.sender, sender=sender, receiver=receiver, ids=ids, amounts=amounts)
    if receiver.is_contract:
        answer: bytes4 = extcall IERC1155Receiver(receiver).onERC1155BatchReceived(
            msg.sender, sender, ids, amounts, data
        )
        assert answer == BATCH_RECEIVED, "rewards: receiver refused the reward"


@external
def setApprovalForAll(operator: address, approved: bool):
    """
    @notice Let an account move all of the caller's transferable units. Bound ones stay where they are.
    """
    self.isApprovedForAll[msg.sender][operator] = approved
    log ApprovalForAll(owner=msg.sender, operator=operator, approved=approved)


@external
def set_contract_uri(uri: String[2048]):
    """
    @notice Change the metadata of the catalogue.
    """
    ownership._check_owner()
    self.contractURI = uri
    log ContractURIUpdated()


@external
@view
def balanceOf(account: address, id: uint256) -> uint256:
    """
    @notice How many units of a reward an account holds.
    """
    return self._holdings[id][account] & MASK128


@external
@view
def balanceOfBatch(
    accounts: DynArray[address, MAX_BATCH], ids: DynArray[uint256, MAX_BATCH]
) -> DynArray[uint256, MAX_BATCH]:
    """
    @notice The balance of each account of the id that stands at the same place.
    """
    assert len(accounts) == len(ids), "rewards: lists differ in length"
    balances: DynArray[uint256, MAX_BATCH] = []
    for i: uint256 in range(len(ids), bound=MAX_BATCH):
        balances.append(self._holdings[ids[i]][accounts[i]] & MASK128)
    return balances


@external
@view
def totalSupply(id: uint256) -> uint256:
    """
    @notice How many units of a reward there are: those bought and not cancelled.
    """
    return self._sold(self._rewards[id])


@external
@view
def bought(account: address, reward: uint256) -> uint256:
    """
    @notice How many units an account has bought, wherever they are now; cancelled ones do not count.
    """
    return self._holdings[reward][account] >> BOUGHT_AT


@external
@view
def reward_of(reward: uint256) -> Reward:
    """
    @notice A reward's terms and counts.
    """
    word: uint256 = self._reward(reward)
    return Reward(
        price=word >> PRICE_AT,
        stock=self._stock(word),
        sold=self._sold(word),
        start=(word >> START_AT) & MASK40,
        end=(word >> END_AT) & MASK40,
        limit=(word >> LIMIT_AT) & MASK32,
        transferable=word & TRANSFERABLE != 0,
        refundable=word & REFUNDABLE != 0,
        closed=word & CLOSED != 0,
        collection=self._collections[reward],
        implementation=self._implementations[reward],
        uri=self.uri[reward],
    )


@external
@view
def order_of(order: uint256) -> Order:
    """
    @notice An order and its state: 1 open, 2 fulfilled, 3 cancelled; 0 when there is no such order.
    """
    word: uint256 = self._orders[order]
    return Order(
        account=convert(word >> ACCOUNT_AT, address),
        reward=(word >> REWARD_AT) & MASK32,
        quantity=(word >> QUANTITY_AT) & MASK16,
        state=word & MASK8,
    )


@external
@view
def eip712Domain() -> (
    bytes1, String[64], String[1], uint256, address, bytes32, DynArray[uint256, 1]
):
    """
    @notice What a wallet signs over, besides the message (ERC-5267): name, version, chain, contract.
    """
    return 0x0f, name, VERSION, chain.id, self, empty(bytes32), []


@external
@view
def supportsInterface(interface_id: bytes4) -> bool:
    """
    @notice ERC-165, ERC-1155 and its metadata.
    """
    return interface_id in [0x01ffc9a7, 0xd9b67a26, 0x0e89341c]


@internal
def _buy(account: address, reward: uint256, quantity: uint256, price: uint256) -> uint256:
    guard._check_running()
    word: uint256 = self._open_reward(reward)
    assert block.timestamp >= (word >> START_AT) & MASK40, "rewards: sale has not started"
    end: uint256 = (word >> END_AT) & MASK40
    assert end == 0 or block.timestamp <= end, "rewards: sale is over"
    assert price == word >> PRICE_AT, "rewards: price has changed"
    assert quantity > 0, "rewards: no quantity"
    assert quantity <= MASK16, "rewards: quantity is too large"
    assert quantity <= self._stock(word), "rewards: out of stock"
    holding: uint256 = self._holdings[reward][account]
    limit: uint256 = (word >> LIMIT_AT) & MASK32
    assert limit == 0 or (holding >> BOUGHT_AT) + quantity <= limit, "rewards: over the limit per wallet"
    if word & HAS_COLLECTION != 0:
        assert self._is_account_of(
            account, self._collections[reward], self._implementations[reward]
        ), "rewards: buyer is not of the collection"

    self._rewards[reward] = word - (quantity << STOCK_AT) + (quantity << SOLD_AT)
    self._holdings[reward][account] = holding + (quantity << BOUGHT_AT) + quantity
    order: uint256 = self.order_count + 1
    self.order_count = order
    self._orders[order] = (
        (convert(account, uint256) << ACCOUNT_AT)
        | (reward << REWARD_AT)
        | (quantity << QUANTITY_AT)
        | OPEN
    )
    lots: DynArray[uint256, MAX_LOTS] = extcall POINTS.spend_for(
        account, price * quantity, convert(order, bytes32)
    )
    log Bought(order=order, account=account, reward=reward, quantity=quantity, price=price, lots=lots)
    log TransferSingle(
        operator=msg.sender, sender=empty(address), receiver=account, id=reward, amount=quantity
    )
    self._offer(empty(address), account, reward, quantity, b"")
    return order


@internal
def _cancel(
    order: uint256,
    word: uint256,
    lots: DynArray[uint256, MAX_LOTS],
    batch: uint256,
    reason: String[100],
):
    account: address = convert(word >> ACCOUNT_AT, address)
    reward: uint256 = (word >> REWARD_AT) & MASK32
    quantity: uint256 = (word >> QUANTITY_AT) & MASK16
    holding: uint256 = self._holdings[reward][account]
    assert quantity <= holding & MASK128, "rewards: reward has moved on"
    self._orders[order] = word - OPEN + CANCELLED
    self._holdings[reward][account] = holding - (quantity << BOUGHT_AT) - quantity
    self._rewards[reward] = self._rewards[reward] + (quantity << STOCK_AT) - (quantity << SOLD_AT)
    extcall POINTS.restore(account, convert(order, bytes32), lots)
    log Cancelled(order=order, account=account, reward=reward, batch=batch, reason=reason)
    log TransferSingle(
        operator=msg.sender, sender=account, receiver=empty(address), id=reward, amount=quantity
    )


@internal
@view
def _check_mover(sender: address, receiver: address):
    assert (
        msg.sender == sender or self.isApprovedForAll[sender][msg.sender]
    ), "rewards: caller may not move this reward"
    assert receiver != empty(address), "rewards: receiver is the zero address"


@internal
def _move(sender: address, receiver: address, id: uint256, amount: uint256):
    assert self._reward(id) & TRANSFERABLE != 0, "rewards: reward is bound"
    holding: uint256 = self._holdings[id][sender]
    assert amount <= holding & MASK128, "rewards: balance is too low"
    self._holdings[id][sender] = holding - amount
    # Read after the line above: a holder may send to itself.
    self._holdings[id][receiver] += amount


@internal
def _offer(sender: address, receiver: address, id: uint256, amount: uint256, data: Bytes[1024]):
    """
    @dev Ask a receiver with code whether it takes what has just arrived.
    """
    if receiver.is_contract:
        answer: bytes4 = extcall IERC1155Receiver(receiver).onERC1155Received(
            msg.sender, sender, id, amount, data
        )
        assert answer == RECEIVED, "rewards: receiver refused the reward"


@internal
@view
def _reward(reward: uint256) -> uint256:
    word: uint256 = self._rewards[reward]
    assert word != 0, "rewards: no such reward"
    return word


@internal
@view
def _open_reward(reward: uint256) -> uint256:
    word: uint256 = self._reward(reward)
    assert word & CLOSED == 0, "rewards: reward is closed"
    return word


@internal
@view
def _open_order(order: uint256) -> uint256:
    word: uint256 = self._orders[order]
    assert word & MASK8 == OPEN, "rewards: order is not open"
    return word


@internal
@pure
def _stock(word: uint256) -> uint256:
    return (word >> STOCK_AT) & MASK32


@internal
@pure
def _sold(word: uint256) -> uint256:
    return (word >> SOLD_AT) & MASK32


@internal
@view
def _is_account_of(account: address, collection: address, implementation: address) -> bool:
    """
    @dev Whether the registry made this account, of this implementation, for a token of the collection on this
         chain. The account cannot lie about it: its address is the hash of the registry's and of its code.
         The salt is zero, so that a token has one such account, and a limit per wallet is one per token.
    """
    if account.codesize != ACCOUNT_BYTES:
        return False
    code: Bytes[ACCOUNT_BYTES] = slice(account.code, 0, ACCOUNT_BYTES)
    if extract32(code, CHAIN_BYTE, output_type=uint256) != chain.id:
        return False
    if extract32(code, COLLECTION_BYTE, output_type=uint256) != convert(collection, uint256):
        return False
    if convert(slice(code, IMPLEMENTATION_BYTE, 20), address) != implementation:
        return False
    made: bytes32 = keccak256(
        concat(0xff, convert(REGISTRY, bytes20), empty(bytes32), keccak256(concat(ACCOUNT_INITCODE, code)))
    )
    return convert(made, uint256) & (2**160 - 1) == convert(account, uint256)
