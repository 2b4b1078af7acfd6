"""Writes a pair of IOS-XE configurations: python3 diff_pair.py FOLDER [LINES]

About LINES lines (93,000 unless told), one port in ten changed; `acl-N-*.txt`, one list of N entries with one
inserted in the middle; and `empty.txt`.
"""

import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
lines = int(sys.argv[2]) if len(sys.argv) > 2 else 93_000
PER_PORT = 12
ENTRIES = [5_000, 10_000, 20_000, 40_000]


def switch(changed):
    out = ["version 17.9", "!", "hostname core-sw-01", "!"]
    for vlan in range(2, 402):
        out += [f"vlan {vlan}", f" name V{vlan}-KONTOR", "!"]
    for port in range((lines - len(out)) // PER_PORT):
        new = changed and port % 10 == 0
        out += [
            f"interface GigabitEthernet{port // 48 + 1}/0/{port % 48 + 1}",
            f" description Rum {port // 4} uttag {port}{' ny' if new else ''}",
            f" switchport access vlan {(port + new) % 400 + 2}",
            " switchport mode access",
            " switchport nonegotiate",
            " ip access-group KLIENT-IN in",
            " storm-control broadcast level 1.00",
            " spanning-tree portfast",
            " spanning-tree bpduguard enable",
            " ip dhcp snooping limit rate 15",
            *([" ip verify source"] if not new else [" power inline never"]),
            "!",
        ]
    out += ["ip access-list extended KLIENT-IN", " permit ip any any", "!", "end"]
    return "\n".join(out) + "\n"


def acl(length, more):
    entries = [f" permit tcp host 10.{n // 250}.{n % 250}.1 any eq {1024 + n % 60000}" for n in range(length)]
    if more:
        entries.insert(length // 2, " permit udp host 192.0.2.7 any eq 4711")
    return "\n".join(["ip access-list extended LONG", *entries, " deny ip any any", "!", "end"]) + "\n"


files = {"running": switch(False), "intended": switch(True), "empty": ""}
for length in ENTRIES:
    files |= {f"acl-{length}-running": acl(length, False), f"acl-{length}-intended": acl(length, True)}
for name, text in files.items():
    (folder / f"{name}.txt").write_text(text, encoding="utf-8")
