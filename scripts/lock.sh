#!/usr/bin/env bash
# Hash-locks every distribution, with the hashes of all platforms, and names no place to fetch it from.
# The library's lock takes its versions from the developer's, so that what is tested is what is shipped.
set -euo pipefail
cd "$(dirname "$0")/.."

options=(--quiet --generate-hashes --universal --python-version 3.11
         --no-emit-index-url --no-emit-find-links --no-annotate --no-header "$@")
uv pip compile pyproject.toml --all-extras --group dev "${options[@]}" -o requirements/dev.txt
uv pip compile pyproject.toml --all-extras -c requirements/dev.txt "${options[@]}" -o requirements/runtime.txt
uv pip compile --group mutation "${options[@]}" -o requirements/mutation.txt
for folder in . tests/ipfs bench/gas; do
  (cd "$folder" && npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved --silent)
  # A registry that lacks a platform's package leaves it out in silence, and then nobody can install from the lock.
  (cd "$folder" && npm ci --dry-run --ignore-scripts --loglevel=error >/dev/null)
done

if grep -nE '(https?|file)://' requirements/*.txt package-lock.json {tests/ipfs,bench/gas}/package-lock.json | grep -v '"url":'; then
  echo "a lock names a place; see above" >&2
  exit 1
fi
