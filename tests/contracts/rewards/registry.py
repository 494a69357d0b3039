"""The registry of token-bound accounts (ERC-6551), deployed as the standard says: where it stands on every chain."""

from typing import Any

from ape import chain
from eth_utils import keccak, to_checksum_address
from ethpm_types import ContractType

ADDRESS = "0x000000006551c19487814612e58FE06813775758"
# Nick's factory, which Anvil brings along: its call data is a salt and the initcode to deploy with it.
FACTORY = "0x4e59b44847b379578588920cA78FbF26c0B4956C"
SALT = "0000000000000000000000000000000000000000fd8eb4e1dca713016c518e31"
# From the ERC's text, "Registry". That the address comes out as above proves every byte of it.
INITCODE = (
    "608060405234801561001057600080fd5b5061023b806100206000396000f3fe608060405234801561001057600080fd5b5060043610"
    "6100365760003560e01c8063246a00211461003b5780638a54c52f1461006a575b600080fd5b61004e6100493660046101b7565b6100"
    "7d565b6040516001600160a01b03909116815260200160405180910390f35b61004e6100783660046101b7565b6100e1565b60006080"
    "6024608c376e5af43d82803e903d91602b57fd5bf3606c5285605d52733d60ad80600a3d3981f3363d3d373d3d3d363d7360495260ff"
    "60005360b76055206035523060601b60015284601552605560002060601b60601c60005260206000f35b600060806024608c376e5af4"
    "3d82803e903d91602b57fd5bf3606c5285605d52733d60ad80600a3d3981f3363d3d373d3d3d363d7360495260ff60005360b7605520"
    "6035523060601b600152846015526055600020803b61018b578560b760556000f580610157576320188a596000526004601cfd5b8060"
    "6c52508284887f79f19b3655ee38b1ce526556b7731a20c8f218fbda4a3990b6cc4172fdf887226060606ca46020606cf35b8060601b"
    "60601c60005260206000f35b80356001600160a01b03811681146101b257600080fd5b919050565b600080600080600060a086880312"
    "156101cf57600080fd5b6101d88661019b565b945060208601359350604086013592506101f46060870161019b565b94979396509194"
    "608001359291505056fea2646970667358221220ea2fe53af507453c64dd7c1db05549fa47a298dfb825d6d11e1689856135f1676473"
    "6f6c63430008110033"
)


def _function(name: str, mutability: str) -> dict[str, Any]:
    types = {"implementation": "address", "salt": "bytes32", "chainId": "uint256", "tokenContract": "address"}
    inputs = [{"name": name, "type": type} for name, type in (types | {"tokenId": "uint256"}).items()]
    outputs = [{"name": "account", "type": "address"}]
    return {"type": "function", "name": name, "stateMutability": mutability, "inputs": inputs, "outputs": outputs}


ABI = [_function("createAccount", "nonpayable"), _function("account", "view")]


def deploy(sender: Any) -> Any:
    """The registry, at its address."""
    web3 = chain.provider.web3
    sent = web3.eth.send_transaction({"from": sender.address, "to": FACTORY, "data": "0x" + SALT + INITCODE})
    assert web3.eth.wait_for_transaction_receipt(sent)["status"] == 1
    assert len(web3.eth.get_code(ADDRESS)) > 0
    contract_type = ContractType.model_validate({"contractName": "Registry", "abi": ABI})
    return chain.contracts.instance_at(ADDRESS, contract_type=contract_type)


def create2(deployer: str, salt: bytes, initcode: bytes) -> str:
    """Where CREATE2 puts something."""
    made = keccak(b"\xff" + bytes.fromhex(deployer[2:]) + salt + keccak(initcode))
    return str(to_checksum_address(made[12:]))
