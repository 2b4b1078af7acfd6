# What is on air the same way in every building.
package wireless

guest contains vlan.name if {
	some vlan in input.vlans
	vlan.segment == "guest"
}

deny contains finding if {
	some ssid in input.ssids
	guest[ssid.vlan]
	not ssid.client_isolation
	finding := {
		"msg": sprintf("guests on %s reach each other", [ssid.name]),
		"at": ssid.at,
		"help": "add client_isolation: true",
	}
}

deny contains finding if {
	some ssid in input.ssids
	ssid.security == "open"
	finding := {
		"msg": sprintf("%s is sent in the clear", [ssid.name]),
		"at": ssid.at,
		"help": "owe is as open to everybody, and encrypted",
	}
}
