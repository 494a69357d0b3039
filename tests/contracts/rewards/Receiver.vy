# pragma version ~=0.4.3
"""
@title Receiver
@license Apache-2.0
@notice A contract wallet that receives rewards, does as it was told when some arrive, and notes what it saw.
"""

struct Order:
    account: address
    reward: uint256
    quantity: uint256
    state: uint256


interface Rewards:
    def balanceOf(account: address, id: uint256) -> uint256: view
    def bought(account: address, reward: uint256) -> uint256: view
    def order_count() -> uint256: view
    def order_of(order: uint256) -> Order: view
    def totalSupply(id: uint256) -> uint256: view


struct Seen:
    operator: address
    sender: address
    ids: DynArray[uint256, 100]
    amounts: DynArray[uint256, 100]
    data: Bytes[1024]
    # What the contract said at that moment: of the first id, and of the newest order.
    held: uint256
    bought: uint256
    supply: uint256
    order: Order


# What it answers to a single arrival and to a batch.
answer: bytes4
batch_answer: bytes4
reverts: bool
# What it does first, once.
target: address
call: Bytes[8192]
# The digests it signed (ERC-1271).
signed: HashMap[bytes32, bool]

arrivals: public(uint256)
_seen: HashMap[uint256, Seen]


@deploy
def __init__():
    self._accept()


@external
def behave(answer: bytes4, batch_answer: bytes4, reverts: bool):
    self.answer = answer
    self.batch_answer = batch_answer
    self.reverts = reverts


@external
def plan(target: address, call: Bytes[8192]):
    self.target = target
    self.call = call


@external
def sign(digest: bytes32):
    self.signed[digest] = True


@external
def run(target: address, data: Bytes[8192]):
    raw_call(target, data)


@external
@view
def seen(arrival: uint256) -> Seen:
    return self._seen[arrival]


@external
@view
def isValidSignature(digest: bytes32, signature: Bytes[1024]) -> bytes4:
    if self.signed[digest]:
        return 0x1626ba7e
    return 0xffffffff


@external
def onERC1155Received(
    operator: address, sender: address, id: uint256, amount: uint256, data: Bytes[1024]
) -> bytes4:
    self._arrived(operator, sender, [id], [amount], data)
    return self.answer


@external
def onERC1155BatchReceived(
    operator: address,
    sender: address,
    ids: DynArray[uint256, 100],
    amounts: DynArray[uint256, 100],
    data: Bytes[1024],
) -> bytes4:
    self._arrived(operator, sender, ids, amounts, data)
    return self.batch_answer


@internal
def _arrived(
    operator: address,
    sender: address,
    ids: DynArray[uint256, 100],
    amounts: DynArray[uint256, 100],
    data: Bytes[1024],
):
    assert not self.reverts, "receiver: not today"
    id: uint256 = 0
    if len(ids) > 0:
        id = ids[0]
    self._seen[self.arrivals] = Seen(
        operator=operator,
        sender=sender,
        ids=ids,
        amounts=amounts,
        data=data,
        held=staticcall Rewards(msg.sender).balanceOf(self, id),
        bought=staticcall Rewards(msg.sender).bought(self, id),
        supply=staticcall Rewards(msg.sender).totalSupply(id),
        order=staticcall Rewards(msg.sender).order_of(staticcall Rewards(msg.sender).order_count()),
    )
    self.arrivals += 1
    if len(self.call) > 0:
        call: Bytes[8192] = self.call
        self.call = b""
        raw_call(self.target, call)


@internal
def _accept():
    self.answer = method_id("onERC1155Received(address,address,uint256,uint256,bytes)", output_type=bytes4)
    self.batch_answer = method_id(
        "onERC1155BatchReceived(address,address,uint256[],uint256[],bytes)", output_type=bytes4
    )
