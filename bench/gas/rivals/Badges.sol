// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC721 as OzERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721A} from "erc721a/contracts/ERC721A.sol";
import {Ownable as SoladyOwnable} from "solady/src/auth/Ownable.sol";
import {ERC721 as SoladyERC721} from "solady/src/tokens/ERC721.sol";
import {Owned} from "solmate/src/auth/Owned.sol";
import {ERC721 as SolmateERC721} from "solmate/src/tokens/ERC721.sol";

// One badge to each of a list of wallets, without a call to the receiver, as our own drop does it.

contract OzBadges is OzERC721("Badges", "BDG"), Ownable(msg.sender) {
    uint256 private _next;

    function mint(address to) external onlyOwner {
        _mint(to, _next++);
    }

    function batchMint(address[] calldata to) external onlyOwner {
        uint256 id = _next;
        for (uint256 i; i < to.length; ++i) _mint(to[i], id++);
        _next = id;
    }
}

contract SoladyBadges is SoladyERC721, SoladyOwnable {
    uint256 private _next;

    constructor() {
        _initializeOwner(msg.sender);
    }

    function name() public pure override returns (string memory) {
        return "Badges";
    }

    function symbol() public pure override returns (string memory) {
        return "BDG";
    }

    function tokenURI(uint256) public pure override returns (string memory) {
        return "";
    }

    function mint(address to) external onlyOwner {
        _mint(to, _next++);
    }

    function batchMint(address[] calldata to) external onlyOwner {
        uint256 id = _next;
        for (uint256 i; i < to.length; ++i) _mint(to[i], id++);
        _next = id;
    }
}

contract SolmateBadges is SolmateERC721("Badges", "BDG"), Owned(msg.sender) {
    uint256 private _next;

    function tokenURI(uint256) public pure override returns (string memory) {
        return "";
    }

    function mint(address to) external onlyOwner {
        _mint(to, _next++);
    }

    function batchMint(address[] calldata to) external onlyOwner {
        uint256 id = _next;
        for (uint256 i; i < to.length; ++i) _mint(to[i], id++);
        _next = id;
    }
}

contract Erc721aBadges is ERC721A("Badges", "BDG"), Ownable(msg.sender) {
    function mint(address to) external onlyOwner {
        _mint(to, 1);
    }

    function batchMint(address[] calldata to) external onlyOwner {
        for (uint256 i; i < to.length; ++i) _mint(to[i], 1);
    }
}
