#!/bin/sh
# Makes the committed `bridge-vlan` sections so, as OpenWrt's own reload_config does for a switch: here by
# Open vSwitch ports, all in one transaction. A port in no section leaves the bridge; without any section the
# bridge is flat. A static interface on a VLAN of the bridge gets its address. What cannot be so is refused, and
# nothing changes.
set -eu
nothing_staged=$(mktemp -d)
trap 'rm -rf "$nothing_staged"' EXIT
committed=$(uci -t "$nothing_staged" show network)

# On lines: `foot` interface VLAN address, and `port` name, untagged VLAN or 0, tagged VLANs or -, VLANs in all.
wanted=$(printf '%s\n' "$committed" | awk '
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
    for (n = 1; n <= sections; n++) {
      s = order[n]
      if (kind[s] != "interface" || option[s, "proto"] != "static" || split(option[s, "device"], half, ".") != 2) continue
      if (!(half[1] in bridge) || !(half[2] in seen)) fail(s ": no VLAN " option[s, "device"])
      print "foot", option[s, "device"], half[2], option[s, "ipaddr"] "/" option[s, "netmask"]
    }
    for (n = 1; n <= count; n++) print "port", name[n], untagged[name[n]], (tagged[name[n]] == "" ? "-" : tagged[name[n]]), vlans + 0
  }')

set -- ovs-vsctl --timeout=10
# Addresses that nobody wants any more go with their ports.
for port in $(ovs-vsctl --timeout=10 list-ports br0); do
  case $port in
    *.*) echo "$wanted" | grep -q "^foot $port " || set -- "$@" -- --if-exists del-port br0 "$port" ;;
  esac
done
addresses=
while read -r what port untagged tagged vlans; do
  case $what in
    foot)
      set -- "$@" -- --may-exist add-port br0 "$port" tag="$untagged" -- set interface "$port" type=internal
      addresses="$addresses ip addr flush dev $port; ip addr add $tagged dev $port; ip link set $port up;"
      continue ;;
    port) ;;
    *) continue ;;
  esac
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
done <<WANTED
$wanted
WANTED
"$@"
eval "$addresses"
echo "$wanted" > /run/reload_config.log
