#!/usr/bin/env bash
# Puts `anvil` into the folder given: the one on PATH when it is 1.x, else the one npm delivers.
# Only a real binary will do: npm's own `anvil` is a script, and ending a script would leave the node behind.
set -euo pipefail
bin=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."

rm -f "$bin/anvil"
if found=$(command -v anvil) && [ "$(head -c 2 "$found")" != '#!' ] && "$found" --version | head -n 1 | grep -qE '[^0-9.]1\.[0-9]+\.[0-9]+'; then
  ln -s "$found" "$bin/anvil"
else
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  ln -s "$(echo "$PWD"/node_modules/@foundry-rs/anvil-*/bin/anvil*)" "$bin/anvil"
fi
"$bin/anvil" --version | head -n 1
