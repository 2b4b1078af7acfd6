"""Reads a project's files with PyYAML's C loader, and lets samnet validate it, in turn; the best of five counts.

Usage: pyyaml.py FOLDER SAMNET
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import yaml

ROUNDS = 5


def load(files):
    """Seconds of wall and processor time to load every file."""
    wall, cpu = time.perf_counter(), time.process_time()
    for file in files:
        with open(file, "rb") as opened:
            yaml.load(opened, Loader=yaml.CSafeLoader)
    return time.perf_counter() - wall, time.process_time() - cpu


def validate(samnet, folder):
    """The same for one `samnet validate`, and its largest memory in megabytes."""
    wall = time.perf_counter()
    child = subprocess.Popen(
        [samnet, "validate", "--quiet", "--as-of", "2026-12-01", "-C", folder],
        stdout=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"samnet validate ended with {child.returncode}")
    return time.perf_counter() - wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main(folder, samnet):
    files = [file for part in ("inventory", "policies") for file in sorted(Path(folder, part).rglob("*.yaml"))]
    size = sum(file.stat().st_size for file in files)
    loads, runs = [], []
    for _ in range(ROUNDS):
        loads.append(load(files))
        runs.append(validate(samnet, folder))
    theirs, ours = (min(each[0] for each in rounds) for rounds in (loads, runs))
    their_cpu, our_cpu = (min(each[1] for each in rounds) for rounds in (loads, runs))
    memory = max(run[2] for run in runs)
    print(f"{len(files)} files, {size / 1e6:.1f} MB")
    print(f"PyYAML {yaml.__version__}, C loader, reading only   {theirs:7.3f} s wall  {their_cpu:7.3f} s processor")
    print(f"samnet validate                         {ours:7.3f} s wall  {our_cpu:7.3f} s processor  {memory:.0f} MB")
    print(f"PyYAML's time is {theirs / ours:.1f} times samnet's on the wall, {their_cpu / our_cpu:.1f} times in processor time")


main(*sys.argv[1:])
