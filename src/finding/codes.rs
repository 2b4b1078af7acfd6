//! Every finding code with its title and what it means; a code keeps its number and its meaning for good.
//!
//! To add one: a line in the table below, and its long text in `codes/SN-….md` (see `text.rs`).

use super::Code;

/// What the codes of each hundred are about.
const GROUPS: &[&str] = &[
    "files and YAML",
    "the shape of a value",
    "names and references",
    "addresses",
    "devices",
    "ports and links",
    "policy",
    "secrets",
    "rendering",
    "rules of your own",
];

/// What stands behind a code.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The code.
    pub code: Code,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// Why it matters and what to do, one or two sentences.
    pub text: &'static str,
}

/// Defines a constant per code and the table of all of them, so that neither can lack one.
macro_rules! codes {
    ($($name:ident = $number:literal, $title:literal, $text:literal;)*) => {
        $(#[doc = $title] pub const $name: Code = Code($number);)*

        /// Every code, by number.
        pub const ALL: &[Entry] = &[$(Entry { code: $name, title: $title, text: $text }),*];
    };
}

codes! {
    UNREADABLE = 1, "file cannot be read", "The system refused to hand the file out. Mend its permissions or put a file in its place.";
    NOT_TEXT = 2, "file is not UTF-8 text", "Inventory files are YAML in UTF-8. Save the file in that encoding.";
    SYNTAX = 3, "not YAML", "The file breaks off here; what follows was not read, so only the first such error of a file is told.";
    DUPLICATE_KEY = 4, "key given twice", "One of the two values would be lost in silence. Keep one of them.";
    REFUSED_YAML = 5, "YAML that is not read", "Tags, several documents in one file and aliases that expand without bound are refused.";
    EMPTY_FILE = 6, "file says nothing", "An empty file is usually one that was cut off. Write what belongs there, or delete it.";
    UNUSED_FILE = 7, "file that nothing reads", "Files are found by name. Rename it, or move it out of the folder.";
    NO_PROJECT = 8, "no project folder", "A project folder has `inventory/network.yaml`. Stand in it, or name it with `-C DIR`.";
    TOO_MANY = 9, "too many mistakes in one file", "They most likely have one cause; mend the first ones and look again.";
    UNSEEN = 10, "character that nobody sees", "A program reads it as a letter, so the text says something else than it looks like. Type the line anew.";

    WRONG_TYPE = 101, "value of the wrong kind", "For example a list where a single word belongs.";
    UNKNOWN_KEY = 102, "unknown key", "A key that nothing reads would be a setting that silently does nothing.";
    MISSING_KEY = 103, "missing key", "The entry means nothing without it.";
    ILLEGAL_VALUE = 104, "illegal value", "The value has the right kind, but no such value is allowed here.";

    UNKNOWN_NAME = 201, "name that nothing defines", "What is referred to does not exist: a typing error, or it was removed or renamed elsewhere.";
    DUPLICATE_NAME = 202, "name defined twice", "References could mean either. Rename one.";
    DUPLICATE_INDEX = 203, "index used twice", "Addresses follow from the index, so two would get the same ones. Take a free number.";
    VLAN_TWO_MEANINGS = 204, "VLAN id with two meanings", "A VLAN id means the same in every building.";
    VLAN_RANGE = 205, "VLAN id out of range", "IEEE 802.1Q has 1 to 4094.";
    SSID_TOO_LONG = 206, "SSID longer than 32 bytes", "IEEE 802.11 allows 32 bytes; å, ä and ö take two each.";
    SSID_SECRET = 207, "SSID and secret do not fit", "A shared password is needed by `sae`, `sae-mixed` and `psk`, and by nothing else.";
    SSID_VLAN_ABSENT = 208, "SSID where its VLAN is not", "The network would be on air in buildings that do not have its VLAN.";
    NAME_RULE = 210, "name that breaks a naming rule", "Names of each kind follow the rules of `policies/naming.yaml`, so that everybody finds things by them.";
    NAME_RULE_BROKEN = 211, "naming rule that no name can keep", "The pattern is no regular expression, or the parts of the rule contradict each other.";
    NAMES_ALIKE = 212, "names that cannot be told apart on devices", "Accents, marks and upper case are lost where devices have names for things.";
    NAME_TOO_LONG = 213, "name that a platform does not take", "Platforms have their own longest names; a longer one is refused or cut in silence.";
    TEXT_CUT = 214, "text that devices would cut", "Descriptions on devices have a longest length; the rest is lost.";
    BLANKS = 215, "name with a blank at its end", "Nobody sees it, and everything that compares names does.";
    IDLE = 216, "thing that nothing uses", "It was left behind, or a name somewhere else is not the one that was meant.";
    CIRCLE = 217, "profile that extends itself", "What a profile says would depend on what it says.";
    NOT_UNIFORM = 218, "part of the common structure that not all have", "VLANs and wireless networks are the same in every organisation, or the structure is not common.";
    IDLE_RULE = 219, "naming rule that never applies", "It looks as if something were ruled, and nothing is.";
    LISTED_TWICE = 220, "thing that stands twice in a list", "A second one was probably meant, and is missing.";

    VLAN_RESERVED = 250, "VLAN id that switches keep for themselves", "Some switches refuse 1002 to 1005.";
    VLAN_TITLES = 251, "two VLANs with one title", "People read the title, on devices and in reports, and could not tell the two apart.";
    VLAN_UNUSED = 252, "VLAN that nothing uses", "It takes addresses and rules in every building, for nobody.";
    VOICE_VLAN = 253, "voice VLAN that does not serve telephones", "Telephones have a VLAN of their own, and get addresses in it.";
    LOGIN_VLAN_ABSENT = 254, "VLAN of a login that the site does not have", "Whoever should land in it is shut out instead.";
    LOGIN_VLAN_CLASS = 255, "failed login that leads to something better", "Who cannot prove who they are must not land among more confidential information.";
    NATIVE_VLAN = 256, "trunk with users in its untagged VLAN", "A host that sends two tags reaches the untagged VLAN of a trunk from another one.";
    ARP_INSPECTION = 257, "ARP inspection that knows no hosts", "It lets through only hosts it knows from DHCP snooping or from reservations.";
    PROFILE_NAMESAKE = 258, "profile or network that leads to another VLAN than its name says", "Whoever draws a port takes the profile by its name.";
    SSID_OPEN = 260, "wireless network that anybody can join or read", "What is confidential needs a login, and nothing should be sent in clear.";
    SIX_GHZ_SECURITY = 261, "security that 6 GHz does not have", "The Wi-Fi Alliance allows WPA3 and opportunistic encryption there, and nothing older.";
    SSID_BANDS = 262, "wireless network that no access point can send", "None of its bands is a band of the access points there.";
    SSID_CROWD = 263, "too many wireless networks on one band", "Each sends its beacon ten times a second at the slowest rate.";
    SSID_HIDDEN = 265, "hidden wireless network", "Its stations tell the name to everybody, wherever they are.";
    SSID_ISOLATION = 266, "guests who reach each other", "Guests bring whatever they bring; it should not meet.";
    SSID_LIMIT = 267, "rate limit of nothing", "Some devices read 0 as no limit, others as nothing at all.";
    SSID_DYNAMIC = 269, "VLANs that RADIUS cannot choose", "Only a network with a login by RADIUS has its VLANs chosen, from those the site has.";
    SSID_SCHEDULE = 270, "schedule that is not what it seems", "It ends when it begins, or goes on into the day after.";
    SSID_ROAMING = 271, "fast roaming that helps nobody", "Without a login by RADIUS or SAE it shortens nothing, and keeps old things out.";
    SSID_SHARED_SECRET = 272, "two networks with one password", "Whoever may join one can join the other.";
    SSID_MANAGEMENT = 273, "wireless network in the VLAN of devices", "Whoever joins it reaches the logins of switches and access points.";
    CHANNEL = 280, "channel that does not exist", "The band has no such channel, or not of that width.";
    CHANNEL_FORBIDDEN = 281, "channel that the country does not allow", "Sending on it disturbs others, and is an offence.";
    CHANNEL_WIDE = 282, "wide channel at 2.4 GHz", "It takes most of the band.";
    CHANNEL_RADAR = 283, "channel of radar where none is wanted", "`dfs: false` rules out channels on which radar comes first.";
    RADIO_POWER = 284, "too much radio power", "More than the country allows, or than the radio can send.";
    COUNTRY = 285, "country whose rules nobody knows", "A radio keeps the rules of a country; it has to be told which.";
    CHANNEL_NEIGHBOURS = 286, "neighbouring access points on one channel", "Each has half of the air then.";
    CHANNEL_PLAN = 287, "channel plan whose channels meet", "Neighbours that half overlap disturb each other more than on one channel.";
    RADIOS_OFF = 288, "access point that sends nothing", "All its radios are switched off, or no wireless network is meant for its building.";
    RADIO_RATE = 289, "rate that no station knows", "IEEE 802.11 has a handful of rates; access points take no other.";

    SUBNET_OVERLAP = 301, "subnets overlap", "Two VLANs of one building may not share addresses.";
    SUBNET_OUTSIDE = 302, "subnet does not fit the site's prefix", "A subnet starts at a multiple of its size and ends within the site's prefix.";
    INDEX_OUTSIDE = 303, "index outside the address plan", "There are only so many blocks of that size.";
    DUPLICATE_ADDRESS = 304, "two devices with one address", "Only one of them would answer.";
    PLAN_OVERLAP = 305, "address plan contradicts itself", "Blocks that different things are numbered from may not share addresses.";
    ADDRESS_OUTSIDE = 306, "address outside its network", "A device can only be reached at an address of its management network.";
    NO_MANAGEMENT = 307, "no place to manage devices in", "Devices are numbered in the management VLAN, each role from its own host number on.";
    NO_ROOM = 308, "address plan without room", "Links and loopbacks are numbered by site and device number, never by order, so each needs its own place.";
    DUPLICATE_LINK = 309, "two links with one number", "A link's addresses follow from the devices it joins, so a pair can have one routed link.";
    NO_GATEWAY = 310, "VLAN that nothing routes for", "Its hosts would reach nothing outside their own subnet.";
    PUBLIC_ADDRESSES = 311, "address plan with somebody else's addresses", "Inside the network they would hide what is really there on the internet.";
    PLAN_OUTSIDE = 312, "block outside the address plan", "What is cut from the plan lies inside it, so that one route and one rule hold for all.";
    SERVER_NOWHERE = 313, "server at an address that nothing has", "An address of the plan that no VLAN has, or that DHCP gives to whoever comes, is most likely mistyped.";
    RELAY_WITHOUT_GATEWAY = 314, "DHCP relay that nobody is", "Requests are relayed by whoever routes for the VLAN.";
    NO_LEASES = 315, "VLAN whose hosts get no address", "Requests for an address stay in the building where nobody sends them on.";
    UNROUTED = 316, "VLAN without a gateway that flows lead to", "Whatever the policy allows, nobody carries it there.";
    SUBNET_SMALL = 317, "subnet with fewer addresses than ports", "The last ones to plug in get no address.";
    SITE_SUBNET = 350, "subnet of a site that cannot be", "A subnet given outright lies in the site's own block, or where nothing else is numbered from.";
    RESERVED_TAKEN = 351, "addresses that are kept for something else", "Nothing is numbered from a reserved prefix.";
    KEPT_HOSTS = 352, "host numbers kept for reservations are taken", "Neither the gateway nor a device may have one of them.";
    RESERVATION = 353, "reservation that cannot be", "The address has to be a free host of the VLAN's subnet at that site.";
    MAC_TWICE = 354, "MAC address that stands twice", "One of them is most likely mistyped.";
    BGP_NEIGHBOUR = 355, "BGP neighbour that cannot be", "A core router or firewall speaks with an address of somebody else, once.";

    HOSTNAME = 401, "illegal host name", "RFC 1123: letters a–z, digits and inner hyphens, at most 63 characters, or fewer where the naming rules say so.";
    DUPLICATE_HOSTNAME = 402, "two devices with one name", "Names must differ after Swedish letters have become a–z as well.";
    UNKNOWN_PLATFORM = 403, "unknown platform", "A platform is a folder under `templates/`.";
    DUPLICATE_DEVICE = 404, "device described twice", "Role and number name a device within its site.";
    NAMING_PATTERN = 405, "naming pattern that cannot be filled", "Each pattern has placeholders of its own; the one for devices may hold {org}, {site}, {role}, {n} and {nn}.";
    UNDATED = 406, "device without a date", "Nobody can say when it has to be replaced.";
    FUTURE = 407, "device installed on a day to come", "The year is mistyped, or the device is not there yet.";
    PAST_AGE = 408, "device past its age", "The years after which a device is replaced are over.";
    SUPPORT_ENDS = 409, "model whose support ends", "Faults found after that day are not mended by its maker.";
    SOLD_OUT = 410, "device installed after its model was sold out", "Spare parts are second-hand, and its support ends soon.";
    RACK_SPACE = 411, "unit of a rack that is taken or does not exist", "Two devices cannot stand in one place, and a rack ends at its height.";
    SERIAL_TWICE = 412, "two devices with one serial number", "A device that moved still stands at its old place in the inventory, or a line was copied.";
    ROOM_UNKNOWN = 413, "device without a room", "Whoever is sent there has to find it.";
    NO_CONTROLLER = 414, "controller and access points that do not find each other", "A controller configures the access points that run its platform at the sites it serves, and knows each by its MAC address.";
    STP_PRIORITY = 450, "bridge priority that no switch takes", "It is a multiple of 4096, up to 61440.";
    STP_ROOT = 451, "wrong root of a spanning tree", "All traffic of the building would go through it.";
    STP_MODES = 452, "two kinds of spanning tree in one building", "A loop between them may be seen by neither.";
    PAIR_KIND = 453, "pair that cannot stand in for each other", "The two have one role, one way of doing it, and best one model.";
    REDUNDANCY = 454, "devices that would fail together", "They are said to stand in for each other, and hang on one device, or stand in one room where others do not.";
    LONE_FIREWALL = 455, "firewall that nothing stands in for", "Every building reaches the others through it.";
    FEWER_WAYS = 456, "device with fewer links than its like", "One of its links was most likely forgotten.";
    MODEL_PORTS = 470, "ports of a model that cannot be", "A model has ports, and each an interface name of its own.";
    MODEL_DATES = 471, "dates of a model that cannot be", "Sale ends before support does, and nothing lasts for a hundred years.";
    MODEL_SPEEDS = 472, "speeds of a port that do not fit", "`speed` is the highest of `speeds`.";
    MODEL_POWER = 473, "power of a model that cannot be", "The budget is enough for one port at least and not twice what all ports take, and only ports with `poe` give power.";
    MODEL_ROLE = 474, "model in a role it cannot fill", "Access points have radios, and nothing else has.";
    MODEL_PLATFORM = 475, "model on the wrong platform", "Its ports are named, or its radios set, as this platform does not do it.";

    NO_SUCH_PORT = 501, "port that the model does not have", "See the ports of the model in `inventory/models.yaml`.";
    PORT_TWICE = 502, "port used twice", "Only one thing can be plugged into it.";
    LINK_DISAGREES = 503, "link ends disagree", "A link is drawn from one end; drawn from both, both must say the same.";
    LINK_PORT = 504, "link without a port at the far end", "The far device has several ports, so `port:` must say which.";
    PORT_VLAN_ABSENT = 505, "port in a VLAN the site does not have", "The port would carry nothing.";
    PROFILE_SHAPE = 506, "port profile contradicts itself", "An access port has one untagged VLAN; only a trunk has tagged ones.";
    TRUNK_LEAVES_SITE = 507, "trunk that leaves its site", "VLANs stay within a building; links between buildings are routed.";
    CUT_OFF = 508, "device that is cut off", "No link leads from it to the middle of its site.";
    VLAN_NOT_CARRIED = 509, "VLAN that a link does not carry", "Something behind the link needs it.";
    LINK_SPEED = 510, "link without a common speed", "The two ports have no speed that both can take.";
    PORT_SPEED = 511, "speed that a port cannot take", "It would not come up, or only at half duplex.";
    PORT_POWER = 512, "power that a port does not give", "What is plugged in would stay dark.";
    POWER_BUDGET = 513, "more power set aside than there is", "Some of the devices would stay dark.";
    LINK_NARROW = 514, "access port that leads to a device", "The device needs more VLANs than the one.";
    LINK_AS_HOST = 515, "link guarded like a port for people", "The guard would cut the link.";
    ROOT_GUARD = 516, "root guard on an uplink", "The switch would cut itself off from the root.";
    LINK_DOWN = 517, "link that is switched off", "What is behind it would be cut off.";
    PARALLEL_LINKS = 518, "two links where one is idle", "Without a group, the spanning tree blocks one of them.";
    SWITCH_CHAIN = 519, "long chain of switches", "Each switch in the row takes down all behind it.";
    GROUP = 520, "group of links with a number that no switch has", "Groups are numbered 1 to 128, on each device by itself.";
    STORM_CONTROL = 521, "storm control out of range", "It is counted in percent of the port's speed.";
    TRUSTED_PORT = 522, "port for people that is believed", "A laptop that answers DHCP could send everybody elsewhere.";
    BPDU_GUARD = 523, "port that forwards at once or is guarded, and not both", "A small switch plugged in could make a loop; a computer that waits gets no address.";
    LOGIN_FALLBACK = 525, "no VLAN for the day RADIUS is away", "Nobody new gets in on that day.";
    LOGIN_IDLE = 526, "login settings that do nothing", "No login is asked for on these ports.";
    ISOLATED_TRUNK = 527, "isolated link", "What is behind it would not reach other isolated ports.";
    PORT_SHAPE = 528, "port that contradicts itself", "Its own words and its profile do not fit.";
    LINE = 529, "line of a site that does not add up", "What leaves the site is shaped to the rate of its line, and whoever runs it is asked when it fails.";
    DHCP_RATE = 530, "rate of DHCP packets that no switch counts", "Above the rate the port is switched off or packets are dropped, so it has to be one that a switch knows.";
    STACK = 560, "stack that cannot be", "The members of a stack run one platform, and the model says how many there may be.";
    PAIR = 561, "pair that cannot be", "Two devices of one role stand in for each other, and both say the same.";
    LAG_SPLIT = 562, "group of links that leads to several places", "All links of a group join the same two devices, or end at both of a pair (MLAG).";
    LAG_DISAGREES = 563, "group of links that its ends disagree about", "Both ends have to mean the same group, and to agree on LACP.";
    LAG_UNEQUAL = 564, "links of a group that differ", "The links of a group are one link: one mode, one set of VLANs, one speed.";
    LAG_ALONE = 565, "group of a single link", "Nothing is gained by it, and the other links are most likely forgotten.";

    FLOW_SEGMENT = 601, "flow with an unknown segment", "Segments are named in `policies/segments.yaml`; `internet` is built in.";
    FLOW_OWNER = 602, "flow without an owner", "Nobody could be asked whether it is still needed.";
    FLOW_EXPIRED = 603, "flow past its expiry", "It is still allowed: an expiry never removes anything by itself. Renew it or plan its end.";
    SEGMENT_RESERVED = 604, "segment name that is built in", "`internet` means every address in no segment.";
    NO_LOGIN = 605, "device nobody may log in to", "Devices take logins only from where a flow allows tcp 22 to the management segment.";
    SERVICE_CUT_OFF = 606, "service that devices may not reach", "Devices stand in a segment like everything else: without a flow they reach no server.";
    FLOW_ENDS_SOON = 607, "flow that ends soon", "Its owner has to decide, and an end is a change planned ahead.";
    FLOW_TICKET = 608, "temporary flow without a ticket", "Whoever renews it has to find why it was allowed.";
    FLOW_TOO_WIDE = 609, "flow that allows more than anybody can mean", "Everything from or to the internet is what a firewall is there to prevent.";
    FLOW_WITHIN = 610, "flow within one subnet", "Hosts of one subnet reach each other without passing anything that filters.";
    FLOW_COVERED = 611, "flow that another one includes", "It allows nothing of its own, and hides that the other one does.";
    SEGMENT_EMPTY = 612, "segment without addresses", "Flows from and to it allow nothing.";
    CLASS_GAP = 613, "highest class reached from a low one", "What needs the most protection is reached from where little is protected, and nobody wrote down why.";
    SEGMENTS_OVERLAP = 614, "address in two segments", "It may do what either may.";
    APPROVAL_WEAK = 615, "change that nobody else has to approve", "One mistaken or stolen account is then enough; what is grave needs as many signatures as anything else.";
    ROLLOUT_RISKY = 616, "rollout without time or stop", "Devices go back by themselves when nobody confirms in time; failures stop a run.";
    PREFIX_OURS = 617, "segment that claims our own addresses", "`prefixes` are addresses of others; ours belong to the segments of their VLANs.";
    EXPIRES_FAR = 618, "expiry far ahead", "What is allowed for longer than anybody plans is not temporary, and the year is most likely mistyped.";
    SEGMENT_MIXED = 619, "VLAN in the segment of another", "Its hosts may do what others were meant to.";
    SIGNERS = 620, "file of signers that cannot be used", "Nobody could approve a plan.";
    LEASES_CUT_OFF = 621, "DHCP server that hosts may not reach", "Their first request is relayed; they renew their address by themselves, and may not.";
    TIER_UNMET = 622, "way back that a platform does not have", "Changes of that class could never be applied to such a device.";
    OWNER_SPELT = 623, "owner spelt in two ways", "Whoever asks for all that is theirs does not find this one.";
    SCOPE_APART = 624, "flow within a site whose ends are at different ones", "It allows nothing, or at one site alone.";
    PAST_FIREWALL = 625, "sensitive VLAN routed past the firewall", "Others at the same sites stand behind it; this one has an access list alone.";
    NAMELESS = 626, "hosts without a name server", "They may reach the internet, and ask nobody where it is.";

    SECRET_FILE_OPEN = 701, "secret file others can read", "Take the rights of group and others away: `chmod 600`.";
    SECRET_VALUE = 702, "secret that is no reference", "A secret is given as env:NAME, file:PATH or exec:COMMAND; a value in YAML would be in the repository's history for good.";
    CLEAR_TEXT = 703, "management in clear", "Telnet and HTTP send passwords that anybody on the way can read.";
    SSH_WEAK = 704, "weak SSH server", "SSH version 1 and short keys are broken; long logins keep the door open.";
    SNMP_WEAK = 705, "weak SNMP", "Version 2c sends its community in clear, and some communities are known to everybody.";
    NO_SERVER = 706, "service that no server gives", "Without the time, names or a place for logs, devices cannot be trusted to say what happened.";
    SINGLE_SERVER = 707, "one server alone", "It is none on the day it is away.";
    RADIUS_NEEDED = 708, "login without anybody to ask", "802.1X and enterprise security ask a RADIUS server, and there is none.";
    RADIUS_TIMES = 709, "RADIUS that waits too long", "Whoever logs in gives up before the next server is asked.";
    LOCKOUT = 710, "nobody can log in while RADIUS is away", "The day it is away is the day somebody has to log in.";
    SESSIONS = 711, "session that stays open", "An open session is a login that anybody at the desk can use.";
    BANNER = 712, "text before login that does not warn", "It has to say who may log in, and nothing about the device.";
    OLD_ALGORITHMS = 713, "broken SSH algorithms", "SHA-1 and CBC are offered only to devices that know nothing better.";
    PASSWORD_FIRST = 714, "login by password", "A password can be guessed and replayed; a key cannot.";
    SECRET_SHARED = 715, "secret with two purposes", "Whoever knows one then knows the other.";
    DOT1X_OPEN = 716, "802.1X that only watches", "Everything passes while logins are being tried out.";
    GUARD_OFF = 717, "guard switched off", "What the network decided holds everywhere, or it is no baseline.";
    VLAN_ONE = 718, "VLAN 1 in use", "Every port that nobody set up is in VLAN 1.";
    ROUTING_SECRET = 719, "routing without a secret", "Whoever reaches the router could tell it where traffic goes.";
    SERVER_TWICE = 720, "server named twice", "A second server was probably meant.";
    OSPF_TIMES = 721, "routers that give up too soon", "One lost hello would cut a site off.";
    SECRET_UNSET = 722, "secret without a value", "Nothing can be sent to a device that needs it. Told by `validate --secrets`.";
    SECRET_SHORT = 723, "secret that is too short", "What can be heard on the way can be tried out at leisure. Told by `validate --secrets`.";
    SECRET_CUT = 724, "secret that devices cut or refuse", "One side uses the whole value and the other a part of it. Told by `validate --secrets`.";
    SECRET_GUESSABLE = 725, "secret that can be guessed", "Words, names, years and rows of keys are tried first. Told by `validate --secrets`.";
    SECRET_SAME = 726, "two secrets with one value", "Whoever knows one then knows the other. Told by `validate --secrets`.";
    RADIUS_PORTS = 727, "logins and accounting on one port", "A RADIUS server listens for each on a port of its own.";

    NO_SUCH_DEVICE = 801, "no such device", "Device names follow from the naming rules; `samnet show site` lists them.";
    TEMPLATE_FAILED = 802, "template failed", "A template is strict: whatever it names must exist.";
    CONTROL_CHARACTER = 803, "line break or control character in a text", "It is written as a space, so that a text cannot add lines to a configuration.";
    UNSAFE_OUTPUT = 804, "configuration with a control character", "No device is sent text that could be read in two ways.";
    UNWRITTEN = 805, "setting that nothing writes", "The device runs a platform whose templates do not write it, so it would silently do nothing.";

    RULE_DENY = 901, "denied by a rule of your own", "A `deny` or `violation` in `policies/checks` says so; its name stands in front of the message.";
    RULE_WARN = 902, "warned of by a rule of your own", "A `warn` in `policies/checks` says so; its name stands in front of the message.";
    RULE_BROKEN = 903, "rule that cannot be evaluated", "The file is not Rego v1, names something that does not exist, or a function in it failed. Nothing it would find is found.";
    RULE_STOPPED = 904, "rule that was stopped", "All rules together have 5 seconds, one at most half of what is left, and each 256 MiB of memory. Nothing it would find is found.";
    RULE_SHAPE = 905, "rule with an answer nobody can use", "A rule answers with a set whose entries are texts, or objects with `msg`, `at`, `help` and `related`.";
    RULE_FIELD = 906, "rule that asks for what is not there", "To Rego a field that does not exist is merely undefined, so the rule never finds anything.";
}

/// What the codes of the same hundred are about.
#[must_use]
pub fn group(code: Code) -> &'static str {
    GROUPS.get(usize::from(code.0 / 100)).copied().unwrap_or("more")
}

/// The entry of a code.
#[must_use]
pub fn entry(code: Code) -> Option<&'static Entry> {
    ALL.iter().find(|entry| entry.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_rise_so_none_is_given_twice() {
        for pair in ALL.windows(2) {
            let [a, b] = pair else { continue };
            assert!(a.code < b.code, "{} is not below {}", a.code, b.code);
        }
    }

    #[test]
    fn every_code_is_explained() {
        for entry in ALL {
            assert!(!entry.title.is_empty() && entry.text.ends_with('.'), "{}", entry.code);
            assert_ne!(group(entry.code), "more", "{} needs a name for its hundred", entry.code);
        }
    }
}
