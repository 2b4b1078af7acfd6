package wireless_test

import data.wireless

network(ssid) := {
	"vlans": [{"name": "guest", "segment": "guest"}, {"name": "staff", "segment": "staff"}],
	"ssids": [object.union({"name": "Gast", "vlan": "guest", "security": "owe", "client_isolation": true, "at": "here"}, ssid)],
}

test_guests_who_reach_each_other_are_denied if {
	some finding in wireless.deny with input as network({"client_isolation": false})
	finding.at == "here"
}

test_staff_may_reach_each_other if {
	count(wireless.deny) == 0 with input as network({"vlan": "staff", "client_isolation": false})
}

test_open_air_is_denied if {
	some finding in wireless.deny with input as network({"security": "open"})
	finding.msg == "Gast is sent in the clear"
}

test_what_the_rules_ask_for_is_fine if {
	count(wireless.deny) == 0 with input as network({})
}
