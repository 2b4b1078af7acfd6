"""Compares two IOS-XE configurations with hier_config: python3 hier.py RUNNING INTENDED; prints seconds and commands."""

import pathlib
import sys
import time

from hier_config import Platform, WorkflowRemediation, get_hconfig

running, intended = (pathlib.Path(name).read_text(encoding="utf-8") for name in sys.argv[1:3])
start = time.perf_counter()
workflow = WorkflowRemediation(
    get_hconfig(Platform.CISCO_IOS, running),
    get_hconfig(Platform.CISCO_IOS, intended),
)
commands = list(workflow.remediation_config.all_children_sorted())
print(f"{time.perf_counter() - start:.3f} {len(commands)}")
