#!/usr/bin/env bash
# `samnet diff` beside hier_config 3.7.1, on the same pair of files in the same run.
#
#   benches/peers/diff.sh [LINES]    93,000 where nothing is said
#
# Both read and compare; hier_config is timed without its start, `samnet` with it. Needs python3 with venv and pip;
# hier_config comes from PyPI into target/.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=${CARGO_TARGET_DIR:-target}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
venv=$target/hier_config
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check hier_config==3.7.1
[ -n "${SAMNET:-}" ] || cargo build --release --quiet --locked
"$venv/bin/python" benches/peers/diff_pair.py "$folder" "${1:-93000}"
"$venv/bin/python" benches/peers/hier.py "$folder" "${SAMNET:-$target/release/samnet}"
