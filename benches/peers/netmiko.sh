#!/usr/bin/env bash
# `samnet read` beside netmiko in 50 threads, on the same 200 emulated switches in the same run.
#
#   benches/peers/netmiko.sh [DEVICES [THREADS]]
#
# The lab is a process of its own, so that its work is not counted. netmiko is measured without its start, `samnet`
# with it, the inventory read and all. Needs python3 with venv and pip; netmiko comes from PyPI into cargo's target
# folder. A program given in SAMNET is taken instead of a new build.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=${CARGO_TARGET_DIR:-target}
folder=$(mktemp -d)
venv=$target/netmiko
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check netmiko==4.6.0
[ -n "${SAMNET:-}" ] || cargo build --release --quiet --locked
samnet=$(realpath "${SAMNET:-$target/release/samnet}")
cargo bench --quiet --bench fleet -- write "$folder" "${1:-200}"
HOME=$folder "$samnet" -C "$folder" lab up --intended --port 0 > "$folder/lab.txt" &
lab=$!
trap 'kill "$lab" && wait "$lab"; rm -rf "$folder"' EXIT
until grep -q '^Ctrl-C' "$folder/lab.txt"; do kill -0 "$lab"; sleep 0.1; done
"$venv/bin/python" benches/peers/netmiko_read.py "$folder" "$samnet" "${2:-50}"
