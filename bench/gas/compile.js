// Compiles the rivals and prints one JSON object: the compiler's version, and each contract's creation bytecode.
const fs = require("fs");
const path = require("path");
const solc = require("solc");

const THIRDWEB = "@thirdweb-dev/contracts/";
// thirdweb's contracts were written for older libraries, which npm puts beside them.
const remappings = ["@openzeppelin/contracts/", "solady/"].map((lib) => `${THIRDWEB}:${lib}=${THIRDWEB}node_modules/${lib}`);

function read(name) {
  return fs.readFileSync(path.join(__dirname, name.startsWith("rivals/") ? "" : "node_modules", name), "utf8");
}

function compile(files, settings) {
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(files.map((name) => [name, { content: read(name) }])),
    settings: { evmVersion: "osaka", remappings, outputSelection: { "*": { "*": ["evm.bytecode.object"] } }, ...settings },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: (name) => ({ contents: read(name) }) }));
  const errors = (output.errors || []).filter((found) => found.severity === "error");
  if (errors.length) throw new Error(errors.map((found) => found.formattedMessage).join("\n"));
  return files.flatMap((name) => Object.entries(output.contracts[name]).map(([key, made]) => [key, made.evm.bytecode.object]));
}

const best = { viaIR: true, optimizer: { enabled: true, runs: 1000000 } };
const many = { optimizer: { enabled: true, runs: 1000000 } };
const small = { optimizer: { enabled: true, runs: 20 } }; // with more they are over the 24,576 bytes a contract may have
const made = [
  ...compile(["rivals/Points.sol", "rivals/Badges.sol", "rivals/CumulativeDrop.sol"], best),
  ...compile([`${THIRDWEB}prebuilts/airdrop/Airdrop.sol`, `${THIRDWEB}infra/TWProxy.sol`], many),
  ...compile([`${THIRDWEB}prebuilts/token/TokenERC20.sol`, `${THIRDWEB}prebuilts/token/TokenERC721.sol`], small),
];
console.log(JSON.stringify({ solc: solc.version(), ...Object.fromEntries(made) }));
