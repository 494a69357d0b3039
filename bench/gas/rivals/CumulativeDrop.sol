// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

/// The common shape of a cumulative drop (1inch made it known): a root for all epochs, and what each wallet has had.
contract CumulativeDrop is Ownable(msg.sender) {
    using SafeERC20 for IERC20;

    IERC20 private immutable TOKEN;
    bytes32 public root;
    mapping(address account => uint256) public claimed;

    event Published(bytes32 previous, bytes32 root);
    event Claimed(address indexed account, uint256 amount);

    constructor(IERC20 token) {
        TOKEN = token;
    }

    function publish(bytes32 next) external onlyOwner {
        emit Published(root, next);
        root = next;
    }

    function claim(address account, uint256 cumulative, bytes32[] calldata proof) external {
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(account, cumulative))));
        require(MerkleProof.verifyCalldata(proof, root, leaf), "not in the tree");
        uint256 amount = cumulative - claimed[account];
        require(amount > 0, "nothing to claim");
        claimed[account] = cumulative;
        TOKEN.safeTransfer(account, amount);
        emit Claimed(account, amount);
    }
}
