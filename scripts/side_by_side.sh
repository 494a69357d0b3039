#!/usr/bin/env bash
# Runs two commands at once. The first speaks as it goes, the second when the first has ended; fails when either does.
set -euo pipefail

log=$(mktemp)
$2 >"$log" 2>&1 &
second=$!
trap 'kill "$second" 2>/dev/null || true; rm -f "$log"' EXIT

failed=0
$1 || failed=1
wait "$second" || failed=1
cat "$log"
exit "$failed"
