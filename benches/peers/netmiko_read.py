"""Reads emulated switches with netmiko in threads, then with samnet; three rounds, the best of each counts.

Usage: netmiko_read.py FOLDER SAMNET THREADS

FOLDER is a project whose lab runs, with the names of the switches in `switches`.
"""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from netmiko import ConnectHandler

ROUNDS = 3
FASTER, LESS = 8, 10


def processor(times):
    """Seconds in user and kernel."""
    return times[0] + times[1]


def peer(places, secrets, threads):
    """Seconds of wall time and of processor time."""

    def read(place):
        host, port = place
        with ConnectHandler(device_type="cisco_xe", host=host, port=port, username="samnet", **secrets) as device:
            device.enable()
            text = device.send_command("show running-config", read_timeout=120)
        if "\ninterface " not in text:
            sys.exit(f"no configuration from {host} port {port}")

    start, used = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(read, places))
    return time.perf_counter() - start, time.process_time() - used


def samnet(program, folder, names):
    """Seconds of wall time and of processor time."""
    environment = {key: value for key, value in os.environ.items() if key != "SSH_AUTH_SOCK"} | {"HOME": folder}
    command = [program, "-C", folder, "read", "--lab", "--quiet", "--raw", *names]
    start, used = time.perf_counter(), processor(os.times()[2:4])
    subprocess.run(command, check=True, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start, processor(os.times()[2:4]) - used


def main(folder, program, threads):
    names = Path(folder, "switches").read_text(encoding="utf-8").split()
    places = json.loads(Path(folder, ".samnet/lab/endpoints.json").read_text(encoding="utf-8"))
    places = [(places[name]["host"], places[name]["port"]) for name in names]
    value = lambda name: Path(folder, ".samnet/secrets", name).read_text(encoding="utf-8").strip()
    secrets = {"password": value("device-login"), "secret": value("device-enable")}
    ours = min(samnet(program, folder, names) for _ in range(ROUNDS))
    theirs = min(peer(places, secrets, int(threads)) for _ in range(ROUNDS))
    each = [1000 * cpu / len(names) for _, cpu in (ours, theirs)]
    faster, less = theirs[0] / ours[0], each[1] / each[0]
    print(
        f"{len(names)} switches: netmiko in {threads} threads {theirs[0]:.2f} s, {each[1]:.1f} ms of processor each; "
        f"samnet {ours[0]:.2f} s, {each[0]:.1f} ms each; {faster:.1f} times faster, {less:.1f} times less processor"
    )
    if faster < FASTER or less < LESS:
        sys.exit(f"{FASTER} times faster and {LESS} times less processor are asked for")


main(*sys.argv[1:])
