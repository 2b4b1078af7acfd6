#!/usr/bin/env bash
# `samnet validate` beside PyYAML's C loader, on the same generated files in the same run.
#
#   benches/peers/inventory.sh [SITES DEVICES]    1,000 and 20,000 where nothing is said
#
# PyYAML only reads the files; `validate` reads, resolves, checks and renders samples. Needs python3 with venv and
# pip; PyYAML comes from PyPI into cargo's target folder.
set -euo pipefail
cd "$(dirname "$0")/../.."
sites=${1:-1000} devices=${2:-20000}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
target=${CARGO_TARGET_DIR:-target}
venv=$target/pyyaml
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check PyYAML
cargo build --release --quiet --locked
cargo bench --quiet --bench inventory -- --write "$folder" "$sites" "$devices"
"$venv/bin/python" benches/peers/pyyaml.py "$folder" "$target/release/samnet"
