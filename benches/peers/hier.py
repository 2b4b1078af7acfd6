"""Compares pairs of IOS-XE configurations with hier_config and with samnet, in turn; the best of five counts.

Usage: hier.py FOLDER SAMNET
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from hier_config import Platform, WorkflowRemediation, get_hconfig

ROUNDS = 5


def peer(running, intended):
    """Seconds of wall time and the number of commands."""
    texts = [path.read_text(encoding="utf-8") for path in (running, intended)]
    start = time.perf_counter()
    workflow = WorkflowRemediation(*(get_hconfig(Platform.CISCO_IOS, text) for text in texts))
    commands = list(workflow.remediation_config.all_children_sorted())
    return time.perf_counter() - start, len(commands)


def samnet(program, running, intended):
    """Seconds of wall time, the number of lines, and the largest memory in megabytes."""
    start = time.perf_counter()
    child = subprocess.Popen(
        [program, "diff", "--platform", "cisco_iosxe", running, intended],
        stdout=subprocess.PIPE,
    )
    lines = child.stdout.read().count(b"\n")
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"samnet diff ended with {child.returncode}")
    return time.perf_counter() - start, lines, used.ru_maxrss / 1024


def main(folder, program):
    for prefix, what, rounds in [("", "ports", ROUNDS), ("acl-", "one list of 10,000 entries", 1)]:
        pair = [Path(folder, f"{prefix}{name}.txt") for name in ("running", "intended")]
        size = sum(path.stat().st_size for path in pair) / 1024 / 1024
        ours = min(samnet(program, *pair) for _ in range(ROUNDS))
        theirs = min(peer(*pair) for _ in range(rounds))
        print(
            f"{what}: {size:.1f} MB; hier_config {theirs[0]:.3f} s, {theirs[1]} commands; samnet {ours[0]:.3f} s, "
            f"{ours[1]} lines, {ours[2]:.0f} MB ({ours[2] / size:.0f} times the input); {theirs[0] / ours[0]:.0f} times faster"
        )


main(*sys.argv[1:])
