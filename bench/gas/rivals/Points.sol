// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC20 as OzERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Ownable as SoladyOwnable} from "solady/src/auth/Ownable.sol";
import {ERC20 as SoladyERC20} from "solady/src/tokens/ERC20.sol";
import {Owned} from "solmate/src/auth/Owned.sol";
import {ERC20 as SolmateERC20} from "solmate/src/tokens/ERC20.sol";

// What a shop would write around each library: one owner, who mints to one or to many.

contract OzPoints is OzERC20("Points", "PTS"), Ownable(msg.sender) {
    function mint(address to, uint256 amount) external onlyOwner {
        _mint(to, amount);
    }

    function batchMint(address[] calldata to, uint256[] calldata amounts) external onlyOwner {
        for (uint256 i; i < to.length; ++i) _mint(to[i], amounts[i]);
    }
}

contract SoladyPoints is SoladyERC20, SoladyOwnable {
    constructor() {
        _initializeOwner(msg.sender);
    }

    function name() public pure override returns (string memory) {
        return "Points";
    }

    function symbol() public pure override returns (string memory) {
        return "PTS";
    }

    function mint(address to, uint256 amount) external onlyOwner {
        _mint(to, amount);
    }

    function batchMint(address[] calldata to, uint256[] calldata amounts) external onlyOwner {
        for (uint256 i; i < to.length; ++i) _mint(to[i], amounts[i]);
    }
}

contract SolmatePoints is SolmateERC20("Points", "PTS", 18), Owned(msg.sender) {
    function mint(address to, uint256 amount) external onlyOwner {
        _mint(to, amount);
    }

    function batchMint(address[] calldata to, uint256[] calldata amounts) external onlyOwner {
        for (uint256 i; i < to.length; ++i) _mint(to[i], amounts[i]);
    }
}
