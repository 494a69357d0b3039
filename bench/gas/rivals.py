"""What the same work costs with the libraries and services others build on, called as they are meant to be."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from bench.gas import merkle
from bench.gas.chain import Chain, amounts, calldata, encode, wallets
from bench.gas.rows import HOLDERS, SIZES, Row
from loyalty.chain import abi

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
COMPILED = MODULES / ".compiled.json"
URI = "ipfs://" + "b" * 59  # thirdweb and snekmate store one for each token

Batch = Callable[[list[str]], bytes]


@cache
def compiled() -> dict[str, str]:
    """What compile.js made: bytecode by contract, and the compiler's version under "solc"."""
    found: dict[str, str] = json.loads(COMPILED.read_text())
    return found


def versions() -> dict[str, str]:
    """What npm fetched, by package."""
    found = json.loads((HERE / "package.json").read_text())["devDependencies"]
    return {name: number for name, number in found.items() if name != "solc"}


def vyper(name: str) -> str:
    """The creation bytecode of a Vyper rival."""
    command = ["vyper", "-f", "bytecode", "--optimize", "gas", str(HERE / "rivals" / f"{name}.vy")]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def calls(chain: Chain) -> Iterator[Row]:
    """Every rival."""
    yield from points(chain)
    yield from badges(chain)
    yield from epochs(chain)
    yield from warranties(chain)


def proxied(chain: Chain, name: str, signature: str, *args: object) -> str:
    """One of thirdweb's contracts as its dashboard deploys it: an initialized proxy."""
    logic = chain.deploy(compiled()[name])
    return chain.deploy(compiled()["TWProxy"], "(address,bytes)", logic, calldata(signature, *args))


def thirdweb_token(chain: Chain) -> str:
    signature = "initialize(address,string,string,string,address[],address,address,uint256)"
    return proxied(chain, "TokenERC20", signature, chain.owner, "Points", "PTS", "", [], chain.owner, chain.owner, 0)


def thirdweb_airdrop(chain: Chain, token: str) -> str:
    """Their airdrop, allowed to give away what the owner holds."""
    airdrop = proxied(chain, "Airdrop", "initialize(address,string)", chain.owner, "")
    chain.call(token, "mint(address,uint256)", chain.owner, 10**30)
    chain.call(token, "approve(address,uint256)", airdrop, 2**256 - 1)
    return airdrop


def sizes(chain: Chain, group: str, who: str, call: str, to: str, batch: Batch) -> Iterator[Row]:
    """One call for all wallets: to new ones, then to the same ones again. The contract's counters are not zero any more."""
    chain.gas(to, batch(wallets(1)))
    for count in SIZES:
        some = wallets(count)
        for holders in HOLDERS:
            yield Row(group, who, call, count, chain.gas_over_cap(to, batch(some)), holders)


def one_by_one(chain: Chain, group: str, who: str, call: str, to: str, one: Callable[[str], bytes]) -> Iterator[Row]:
    """A transaction for each wallet: the mean of ten."""
    chain.gas(to, one(wallets(1)[0]))
    some = wallets(10)
    for holders in HOLDERS:
        gas = sum(chain.gas(to, one(wallet)) for wallet in some)
        yield Row(group, who, call, len(some), gas, holders, len(some))


def points(chain: Chain) -> Iterator[Row]:
    """ERC-20 mints one by one and in loops; thirdweb's token and airdrop."""

    def mint(wallet: str) -> bytes:
        return calldata("mint(address,uint256)", wallet, amounts(1)[0])

    def loop(some: list[str], name: str = "batchMint") -> bytes:
        return calldata(f"{name}(address[],uint256[])", some, amounts(len(some)))

    for who in ("OpenZeppelin", "Solady", "solmate"):
        token = chain.deploy(compiled()[{"OpenZeppelin": "OzPoints"}.get(who, f"{who.capitalize()}Points")])
        yield from one_by_one(chain, "points", who, "mint, one by one", token, mint)
        yield from sizes(chain, "points", who, "mint in a loop", token, loop)
    token = chain.deploy(vyper("SnekmatePoints"))
    yield from one_by_one(chain, "points", "snekmate", "mint, one by one", token, mint)
    yield from sizes(chain, "points", "snekmate", "mint in a loop", token, lambda some: loop(some, "batch_mint"))

    def mint_to(wallet: str) -> bytes:
        return calldata("mintTo(address,uint256)", wallet, amounts(1)[0])

    def multicall(some: list[str]) -> bytes:
        return calldata("multicall(bytes[])", [mint_to(wallet) for wallet in some])

    token = thirdweb_token(chain)
    yield from one_by_one(chain, "points", "thirdweb TokenERC20", "mintTo, one by one", token, mint_to)
    yield from sizes(chain, "points", "thirdweb TokenERC20", "multicall of mintTo", token, multicall)
    token = chain.deploy(compiled()["OzPoints"])

    def drop(some: list[str]) -> bytes:
        pairs = list(zip(some, amounts(len(some)), strict=True))
        return calldata("airdropERC20(address,(address,uint256)[])", token, pairs)

    yield from sizes(chain, "points", "thirdweb Airdrop", "airdropERC20", thirdweb_airdrop(chain, token), drop)


def badges(chain: Chain) -> Iterator[Row]:
    """ERC-721 mints one by one and in loops."""

    def mint(wallet: str) -> bytes:
        return calldata("mint(address)", wallet)

    def loop(some: list[str]) -> bytes:
        return calldata("batchMint(address[])", some)

    names = {
        "OpenZeppelin": "OzBadges",
        "Solady": "SoladyBadges",
        "solmate": "SolmateBadges",
        "ERC721A": "Erc721aBadges",
    }
    for who, name in names.items():
        token = chain.deploy(compiled()[name])
        yield from one_by_one(chain, "badges", who, "mint, one by one", token, mint)
        yield from sizes(chain, "badges", who, "mint in a loop", token, loop)


def warranties(chain: Chain) -> Iterator[Row]:
    """Tokens with metadata of their own, as a warranty has an id of its own."""
    signature = "initialize(address,string,string,string,address[],address,address,uint128,uint128,address)"
    o = chain.owner
    token = proxied(chain, "TokenERC721", signature, o, "Badges", "BDG", "", [], o, o, 0, 0, o)

    def mint_to(wallet: str) -> bytes:
        return calldata("mintTo(address,string)", wallet, URI)

    who = "thirdweb TokenERC721"
    for row in one_by_one(chain, "warranty", who, "mintTo with a URI, one by one", token, mint_to):
        yield from (row, replace(row, group="badges"))
    some = calldata("multicall(bytes[])", [mint_to(wallet) for wallet in wallets(100)])
    yield Row("warranty", who, "multicall of mintTo with a URI", 100, chain.gas_over_cap(token, some), "new")
    token = chain.deploy(vyper("SnekmateBadges"))

    def safe_mint(wallet: str) -> bytes:
        return calldata("safe_mint(address,string)", wallet, URI)

    yield from one_by_one(chain, "warranty", "snekmate erc721", "safe_mint with a URI, one by one", token, safe_mint)


def epochs(chain: Chain) -> Iterator[Row]:
    """Distributors over a tree of 1,000, twice each: wallets of its own, who hold none of the token before the first claim."""
    for distributor in (cumulative_drop, uniswap, thirdweb_claims):
        yield from distributor(chain, chain.deploy(compiled()["OzPoints"]))


def cumulative_drop(chain: Chain, token: str) -> Iterator[Row]:
    """The shape that 1inch made known, on OpenZeppelin: a root for all, and what each wallet has had."""
    drop = chain.deploy(compiled()["CumulativeDrop"], "(address)", token)
    chain.call(token, "mint(address,uint256)", drop, 10**30)
    some = wallets(1000)

    def claim(epoch: int, i: int, proof: list[bytes]) -> tuple[str, bytes]:
        return drop, calldata("claim(address,uint256,bytes32[])", some[i], 300 * epoch, proof)

    for epoch in (1, 2):
        tree = merkle.tree([merkle.leaf("(address,uint256)", wallet, 300 * epoch) for wallet in some])
        gas = chain.call(drop, "publish(bytes32)", merkle.root(tree))
        yield from claimed(chain, "cumulative drop (as 1inch's)", epoch, gas, tree, claim)


def uniswap(chain: Chain, token: str) -> Iterator[Row]:
    """Uniswap's, as its package has it compiled: a new contract for each root, and a bit for each wallet."""
    artifact = MODULES / "@uniswap/merkle-distributor/build/MerkleDistributor.json"
    code = json.loads(artifact.read_text())["bytecode"]
    some, drops = wallets(1000), [""]

    def claim(epoch: int, i: int, proof: list[bytes]) -> tuple[str, bytes]:
        return drops[epoch], calldata("claim(uint256,address,uint256,bytes32[])", i, some[i], 300, proof)

    tree = merkle.tree([abi.keccak(encode("(uint256)", i) + packed(w, 300)) for i, w in enumerate(some)])
    for epoch in (1, 2):
        gas = chain.deployment(code, "(address,bytes32)", token, merkle.root(tree))
        drops.append(chain.deploy(code, "(address,bytes32)", token, merkle.root(tree)))
        chain.call(token, "mint(address,uint256)", drops[epoch], 10**30)
        yield from claimed(chain, "Uniswap MerkleDistributor", epoch, gas, tree, claim)


def thirdweb_claims(chain: Chain, token: str) -> Iterator[Row]:
    """thirdweb's airdrop by claim: a slot for each wallet and root, the points from the owner's allowance."""
    airdrop, some = thirdweb_airdrop(chain, token), wallets(1000)

    def claim(epoch: int, i: int, proof: list[bytes]) -> tuple[str, bytes]:
        return airdrop, calldata("claimERC20(address,address,uint256,bytes32[])", token, some[i], 300, proof)

    tree = merkle.tree([abi.keccak(packed(wallet, 300)) for wallet in some])
    for epoch in (1, 2):
        gas = chain.call(airdrop, "setMerkleRoot(address,bytes32,bool)", token, merkle.root(tree), True)
        yield from claimed(chain, "thirdweb Airdrop", epoch, gas, tree, claim)


def packed(wallet: str, amount: int) -> bytes:
    """20 and 32 bytes, one after the other."""
    return bytes.fromhex(wallet[2:]) + amount.to_bytes(32, "big")


Claim = Callable[[int, int, list[bytes]], tuple[str, bytes]]


def claimed(chain: Chain, who: str, epoch: int, publish: int, tree: list[list[bytes]], claim: Claim) -> Iterator[Row]:
    """An epoch's two rows: what its root cost, and the mean of some claims, each its own transaction."""
    yield Row("merkle", who, "publish, first" if epoch == 1 else "publish", 1, publish)
    chain.gas(*claim(epoch, 0, merkle.proof(tree, 0)))
    gas = sum(chain.gas(*claim(epoch, i, merkle.proof(tree, i))) for i in merkle.CLAIMS)
    yield Row("merkle", who, "claim", len(merkle.CLAIMS), gas, HOLDERS[epoch - 1], len(merkle.CLAIMS))
