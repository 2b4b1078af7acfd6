"""Compares pairs of IOS-XE configurations with hier_config and with samnet, in turn; of forty runs the best counts (of
three of hier_config, which take as long).

Usage: hier.py FOLDER SAMNET

hier_config is timed without its start. samnet is timed as it is used, from the start of the program to its end; the
second ratio leaves out what it takes to compare two empty files.
"""

import os
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

# Short runs are easily disturbed by whatever else runs for a moment.
ROUNDS = 40
PEER_ROUNDS = 3
LENGTHS = [5_000, 10_000, 20_000, 40_000]
# It needs the square of the length.
PEER_LENGTH = 5_000


def peer(running, intended):
    """Seconds of wall time and the number of commands."""
    # A program is charged with the memory of the one that starts it, so this one stays small until samnet is done.
    from hier_config import Platform, WorkflowRemediation, get_hconfig

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


def best(program, pair):
    """The shortest of several runs: seconds, lines, megabytes."""
    return min(samnet(program, *pair) for _ in range(ROUNDS))


def pair(folder, prefix):
    return [Path(folder, f"{prefix}{name}.txt") for name in ("running", "intended")]


def size(files):
    return sum(path.stat().st_size for path in files) / 1024 / 1024


def main(folder, program):
    files, empty = pair(folder, ""), [Path(folder, "empty.txt")] * 2
    lists = {length: pair(folder, f"acl-{length}-") for length in LENGTHS}
    start, ours = best(program, empty)[0], best(program, files)
    ours_of_list = {length: best(program, each) for length, each in lists.items()}

    print(f"hier_config {version('hier_config')}")
    lines = sum(text.read_bytes().count(b"\n") for text in files)
    theirs = min(peer(*files) for _ in range(PEER_ROUNDS))
    print(
        f"{lines:,} lines in two files, {size(files):.1f} MB, one port in ten changed\n"
        f"  hier_config {theirs[0]:.3f} s, {1e6 * theirs[0] / lines:.1f} us a line, {theirs[1]:,} commands\n"
        f"  samnet      {ours[0]:.3f} s, {ours[1]:,} lines, {ours[2]:.0f} MB: {ours[2] / size(files):.1f} times the input\n"
        f"  {theirs[0] / ours[0]:.0f} times faster; without samnet's start of {start:.3f} s "
        f"{theirs[0] / (ours[0] - start):.0f} times"
    )
    print("one list, one entry inserted in the middle")
    for length, (seconds, _, memory) in ours_of_list.items():
        files = lists[length]
        said = f"  {length:6,} entries: samnet {seconds:.3f} s, {memory:.0f} MB: {memory / size(files):.1f} times the input"
        if length == PEER_LENGTH:
            theirs = peer(*files)
            said += f"; hier_config {theirs[0]:.3f} s, {theirs[0] / seconds:.0f} times as long"
        print(said)


main(*sys.argv[1:])
