# pragma version ~=0.4.3
"""
@title Wallet
@license Apache-2.0
@notice A contract wallet for tests: anybody tells it what it signed and how it answers (ERC-1271).
"""

MAGIC: constant(bytes4) = 0x1626ba7e

signed: HashMap[bytes32, bool]
# What it answers to everything, when set.
answer: Bytes[64]
reverts: bool
burns: bool


@external
def sign(digest: bytes32, signed: bool):
    self.signed[digest] = signed


@external
def misbehave(answer: Bytes[64], reverts: bool, burns: bool):
    self.answer = answer
    self.reverts = reverts
    self.burns = burns


@external
def run(target: address, data: Bytes[2048]):
    raw_call(target, data)


@external
@view
@raw_return
def isValidSignature(digest: bytes32, signature: Bytes[1024]) -> Bytes[64]:
    assert not self.reverts, "wallet: no"
    if self.burns:
        sum: uint256 = 0
        for i: uint256 in range(1_000_000_000):
            sum = unsafe_add(sum, i)
    if len(self.answer) > 0:
        return self.answer
    if self.signed[digest]:
        return abi_encode(MAGIC)
    return abi_encode(0xffffffff)
