# Who may plug in where, and whether what stands there is fed.
package access

# A segment whose availability is 4 in KLASSA: people come to harm when it fails.
vital contains segment.name if {
	some segment in input.segments
	segment.klassa.availability == 4
}

# Sockets of these are behind locked doors anyway.
locked := {"process"}

devices[device.name] := device if some device in input.devices

deny contains finding if {
	some name, profile in input.profiles
	profile.mode == "access"
	not profile.dot1x
	some vlan in input.vlans
	vlan.name == profile.vlan
	vital[vlan.segment]
	not locked[vlan.segment]
	finding := {
		"msg": sprintf("profile %s lets whoever plugs in into segment %s", [name, vlan.segment]),
		"at": profile.at,
		"help": "add dot1x: true",
		"related": [{"at": vlan.at, "text": "its VLAN"}],
	}
}

# The profile says that the port feeds, the switch has nothing to feed with.
warn contains finding if {
	some point in input.devices
	point.role == "ap"
	some port in point.ports
	some socket in devices[port.peer.device].ports
	socket.key == port.peer.port
	input.profiles[socket.profile].poe
	not socket.poe
	finding := {
		"msg": sprintf("port %s of %s cannot power %s", [socket.key, port.peer.device, point.name]),
		"at": socket.at,
		"help": "choose a port that can, or a profile without poe where an injector stands",
		"related": [{"at": point.at, "text": "the access point"}],
	}
}
