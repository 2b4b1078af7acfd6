#!/bin/sh
# Makes the committed `bridge-vlan` sections so, as OpenWrt's own reload_config does for a switch: here by
# Open vSwitch ports, all in one transaction. A port in no section leaves the bridge; without any section the
# bridge is flat. What cannot be so is refused, and nothing changes.
set -eu
nothing_staged=$(mktemp -d)
trap 'rm -rf "$nothing_staged"' EXIT
committed=$(uci -t "$nothing_staged" show network)

# Each port on a line: name, untagged VLAN or 0, tagged VLANs or -.
ports=$(printf '%s\n' "$committed" | awk '
  function fail(why) { print "reload_config: " why > "/dev/stderr"; failed = 1; exit 1 }
  {
    eq = index($0, "="); path = substr($0, 1, eq - 1); value = substr($0, eq + 1)
    if (split(path, part, ".") == 2) { kind[part[2]] = value; order[++sections] = part[2]; next }
    if (part[1] != "network" || part[3] == "") fail("odd line: " $0)
    gsub(/\047/, "", value); option[part[2], part[3]] = value
  }
  END {
    if (failed) exit 1
    for (n = 1; n <= sections; n++) {
      s = order[n]
      if (kind[s] == "device" && option[s, "type"] == "bridge") {
        bridge[option[s, "name"]] = 1
        members = split(option[s, "ports"], member, " ")
        for (m = 1; m <= members; m++) if (!(member[m] in untagged)) { name[++count] = member[m]; untagged[member[m]] = 0 }
      }
    }
    for (n = 1; n <= sections; n++) {
      s = order[n]
      if (kind[s] != "bridge-vlan") continue
      vlans++; vlan = option[s, "vlan"]
      if (vlan !~ /^[0-9]+$/ || vlan < 1 || vlan > 4094) fail(s ": no VLAN id: " vlan)
      if (vlan in seen) fail(s ": VLAN " vlan " stands twice")
      seen[vlan] = 1
      if (!(option[s, "device"] in bridge)) fail(s ": no bridge " option[s, "device"])
      members = split(option[s, "ports"], member, " ")
      for (m = 1; m <= members; m++) {
        split(member[m], half, ":"); p = half[1]; how = half[2]
        if (!(p in untagged)) fail(s ": " p " is no port of the bridge")
        if (how == "t") { tagged[p] = tagged[p] (tagged[p] == "" ? "" : ",") vlan; continue }
        if (how != "" && how != "u" && how != "u*" && how != "*") fail(s ": not understood: " member[m])
        if (untagged[p]) fail(p ": untagged in VLAN " untagged[p] " and " vlan)
        untagged[p] = vlan
      }
    }
    for (n = 1; n <= count; n++) print name[n], untagged[name[n]], (tagged[name[n]] == "" ? "-" : tagged[name[n]]), vlans + 0
  }')

set -- ovs-vsctl --timeout=10
while read -r port untagged tagged vlans; do
  [ -n "$port" ] || continue
  ip link show "$port" > /dev/null || { echo "reload_config: no interface $port" >&2; exit 1; }
  clear="-- clear port $port tag -- clear port $port trunks -- clear port $port vlan_mode"
  if [ "$vlans" -gt 0 ] && [ "$untagged" = 0 ] && [ "$tagged" = - ]; then
    set -- "$@" -- --if-exists del-port br0 "$port"
    continue
  fi
  set -- "$@" -- --may-exist add-port br0 "$port" $clear
  if [ "$vlans" -eq 0 ]; then
    continue
  elif [ "$tagged" = - ]; then
    set -- "$@" -- set port "$port" vlan_mode=access tag="$untagged"
  elif [ "$untagged" = 0 ]; then
    set -- "$@" -- set port "$port" vlan_mode=trunk trunks="$tagged"
  else
    set -- "$@" -- set port "$port" vlan_mode=native-untagged tag="$untagged" trunks="$tagged,$untagged"
  fi
done <<PORTS
$ports
PORTS
"$@"
echo "$ports" > /run/reload_config.log
