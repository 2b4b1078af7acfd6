package access_test

import data.access

network(profile) := {
	"segments": [
		{"name": "care", "klassa": {"availability": 4}},
		{"name": "guest", "klassa": {"availability": 1}},
	],
	"vlans": [
		{"name": "care", "segment": "care", "at": "vlan"},
		{"name": "guest", "segment": "guest", "at": "vlan"},
	],
	"profiles": {"alarm": object.union({"mode": "access", "vlan": "care", "dot1x": false, "at": "profile"}, profile)},
}

test_an_open_profile_in_a_vital_segment_is_denied if {
	some finding in access.deny with input as network({})
	finding.at == "profile"
	finding.msg == "profile alarm lets whoever plugs in into segment care"
}

test_a_guarded_profile_is_fine if {
	count(access.deny) == 0 with input as network({"dot1x": true})
}

test_a_profile_for_guests_is_none_of_this if {
	count(access.deny) == 0 with input as network({"vlan": "guest"})
}

test_sockets_behind_locked_doors_are_fine if {
	count(access.deny) == 0 with input as network({}) with data.access.locked as {"care"}
}

point(wanted, powered) := {
	"profiles": {"ap": {"poe": wanted}},
	"devices": [
		{"name": "ap01", "role": "ap", "at": "point", "ports": [{"key": "1", "peer": {"device": "sw01", "port": "7"}}]},
		{"name": "sw01", "role": "access", "ports": [{"key": "7", "profile": "ap", "poe": powered, "at": "socket"}]},
	],
}

test_an_access_point_that_starves_is_told if {
	some finding in access.warn with input as point(true, false)
	finding.at == "socket"
}

test_an_access_point_that_is_fed_is_fine if {
	count(access.warn) == 0 with input as point(true, true)
}

test_an_injector_is_fine if {
	count(access.warn) == 0 with input as point(false, false)
}
