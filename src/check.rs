//! Checks over the model and what follows from it, one file each, in a folder for each area.
//!
//! Derivation finds for itself what keeps it from going on (addresses, ports, links); a check says what
//! is wrong beyond that, or says it better. `settle` then leaves one finding per mistake.
//!
//! To add a check: its file, its `mod` line in the area's file, its line in the list below, and its cases in
//! `tests/checks/` under the same path.

use std::sync::OnceLock;

use jiff::civil::Date;
use rayon::prelude::*;

use crate::derive::{Derived, derive};
use crate::finding::{Code, Finding, Severity, any_error};
use crate::inventory::Loaded;
use crate::model::Network;
use crate::platform::Library;
use crate::policy::{self, Rules};
use crate::source::Span;
use wiring::Wiring;

mod addressing;
mod air;
mod causes;
mod lifecycle;
mod links;
mod models;
mod naming;
mod needs;
mod policies;
mod ports;
mod radio;
mod redundancy;
mod references;
mod rendering;
mod roots;
mod said;
mod security;
mod services;
mod settle;
pub mod strength;
mod twins;
mod uniformity;
mod vlans;
mod wireless;
mod wiring;

/// How much is told of what is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// One finding for each mistake.
    Once,
    /// Also what another mistake may be the reason of, anywhere in the network: whoever accepts the one has not accepted the
    /// other.
    All,
}

/// What a check looks at.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The model.
    pub network: &'a Network,
    /// What follows from it.
    pub derived: &'a Derived,
    /// The platforms there are.
    pub library: &'a Library,
    /// The day it is, for expiries; without one, nothing has expired.
    pub as_of: Option<Date>,
    wiring: &'a Wiring<'a>,
    shared: &'a Shared,
}

/// What several checks need and is dear to make: made when the first one asks.
#[derive(Default)]
struct Shared {
    addresses: OnceLock<Rules>,
}

impl<'a> Subject<'a> {
    /// The addresses of every segment; holds no rules of devices.
    fn addresses(self) -> &'a Rules {
        self.shared.addresses.get_or_init(|| policy::compile_for(self.network, self.derived, []))
    }
}

/// Most other places that one finding shows.
const MOST_LABELS: usize = 3;

type Check = fn(Subject<'_>, &mut Vec<Finding>);

/// Every check, by the path of its file.
const CHECKS: &[(&str, Check)] = &[
    ("addressing/blocks", addressing::blocks::check),
    ("addressing/connect", addressing::connect::check),
    ("addressing/indexes", addressing::indexes::check),
    ("addressing/leases", addressing::leases::check),
    ("addressing/plan", addressing::plan::check),
    ("addressing/private", addressing::private::check),
    ("addressing/relays", addressing::relays::check),
    ("addressing/reserved", addressing::reserved::check),
    ("addressing/servers", addressing::servers::check),
    ("addressing/small", addressing::small::check),
    ("addressing/unrouted", addressing::unrouted::check),
    ("lifecycle/age", lifecycle::age::check),
    ("lifecycle/future", lifecycle::future::check),
    ("lifecycle/installed", lifecycle::installed::check),
    ("lifecycle/serials", lifecycle::serials::check),
    ("lifecycle/sold_out", lifecycle::sold_out::check),
    ("lifecycle/support", lifecycle::support::check),
    ("links/chains", links::chains::check),
    ("links/down", links::down::check),
    ("links/groups", links::groups::check),
    ("links/host_settings", links::host_settings::check),
    ("links/lines", links::lines::check),
    ("links/narrow", links::narrow::check),
    ("links/parallel", links::parallel::check),
    ("links/root_guard", links::root_guard::check),
    ("links/speeds", links::speeds::check),
    ("models/controllers", models::controllers::check),
    ("models/dates", models::dates::check),
    ("models/interfaces", models::interfaces::check),
    ("models/platforms", models::platforms::check),
    ("models/power", models::power::check),
    ("models/roles", models::roles::check),
    ("models/speeds", models::speeds::check),
    ("naming/blanks", naming::blanks::check),
    ("naming/device_keys", naming::device_keys::check),
    ("naming/host_words", naming::host_words::check),
    ("naming/idle_rules", naming::idle_rules::check),
    ("naming/limits", naming::limits::check),
    ("naming/patterns", naming::patterns::check),
    ("naming/role_words", naming::role_words::check),
    ("naming/rule_patterns", naming::rule_patterns::check),
    ("naming/rules", naming::rules::check),
    ("naming/site_codes", naming::site_codes::check),
    ("naming/titles", naming::titles::check),
    ("naming/twice", naming::twice::check),
    ("naming/vlan_names", naming::vlan_names::check),
    ("policies/approval", policies::approval::check),
    ("policies/classes", policies::classes::check),
    ("policies/covered", policies::covered::check),
    ("policies/empty_segments", policies::empty_segments::check),
    ("policies/expired", policies::expired::check),
    ("policies/expiring", policies::expiring::check),
    ("policies/far", policies::far::check),
    ("policies/flow_segments", policies::flow_segments::check),
    ("policies/leases", policies::leases::check),
    ("policies/logins", policies::logins::check),
    ("policies/mixed", policies::mixed::check),
    ("policies/names", policies::names::check),
    ("policies/ours", policies::ours::check),
    ("policies/owners", policies::owners::check),
    ("policies/past_firewall", policies::past_firewall::check),
    ("policies/prefixes", policies::prefixes::check),
    ("policies/rollout", policies::rollout::check),
    ("policies/scope", policies::scope::check),
    ("policies/servers", policies::servers::check),
    ("policies/tickets", policies::tickets::check),
    ("policies/tiers", policies::tiers::check),
    ("policies/wide", policies::wide::check),
    ("policies/within", policies::within::check),
    ("ports/alike", ports::alike::check),
    ("ports/bpdu", ports::bpdu::check),
    ("ports/budget", ports::budget::check),
    ("ports/dhcp_rate", ports::dhcp_rate::check),
    ("ports/fallback", ports::fallback::check),
    ("ports/idle", ports::idle::check),
    ("ports/isolated", ports::isolated::check),
    ("ports/power", ports::power::check),
    ("ports/profiles", ports::profiles::check),
    ("ports/shape", ports::shape::check),
    ("ports/speed", ports::speed::check),
    ("ports/storm", ports::storm::check),
    ("ports/trust", ports::trust::check),
    ("radio/channels", radio::channels::check),
    ("radio/country", radio::country::check),
    ("radio/neighbours", radio::neighbours::check),
    ("radio/off", radio::off::check),
    ("radio/plan", radio::plan::check),
    ("radio/power", radio::power::check),
    ("radio/radar", radio::radar::check),
    ("radio/rates", radio::rates::check),
    ("radio/rules", radio::rules::check),
    ("radio/width", radio::width::check),
    ("redundancy/claims", redundancy::claims::check),
    ("redundancy/firewalls", redundancy::firewalls::check),
    ("redundancy/modes", redundancy::modes::check),
    ("redundancy/pairs", redundancy::pairs::check),
    ("redundancy/priority", redundancy::priority::check),
    ("redundancy/root", redundancy::root::check),
    ("redundancy/ways", redundancy::ways::check),
    ("references/circles", references::circles::check),
    ("references/devices", references::devices::check),
    ("references/features", references::features::check),
    ("references/idle_models", references::idle_models::check),
    ("references/idle_profiles", references::idle_profiles::check),
    ("references/idle_secrets", references::idle_secrets::check),
    ("references/listed", references::listed::check),
    ("references/models", references::models::check),
    ("references/organisations", references::organisations::check),
    ("references/platforms", references::platforms::check),
    ("references/profiles", references::profiles::check),
    ("references/racks", references::racks::check),
    ("references/rooms", references::rooms::check),
    ("references/routers", references::routers::check),
    ("references/secrets", references::secrets::check),
    ("references/segments", references::segments::check),
    ("references/tags", references::tags::check),
    ("references/vlans", references::vlans::check),
    ("rendering/unwritten", rendering::unwritten::check),
    ("security/algorithms", security::algorithms::check),
    ("security/banner", security::banner::check),
    ("security/lockout", security::lockout::check),
    ("security/passwords", security::passwords::check),
    ("security/protocols", security::protocols::check),
    ("security/routing_secrets", security::routing_secrets::check),
    ("security/sessions", security::sessions::check),
    ("security/shared_secrets", security::shared_secrets::check),
    ("security/snmp", security::snmp::check),
    ("security/ssh", security::ssh::check),
    ("security/vlan_one", security::vlan_one::check),
    ("security/watching", security::watching::check),
    ("services/missing", services::missing::check),
    ("services/ospf_times", services::ospf_times::check),
    ("services/radius_needed", services::radius_needed::check),
    ("services/radius_times", services::radius_times::check),
    ("services/repeated", services::repeated::check),
    ("services/single", services::single::check),
    ("services/surplus", services::surplus::check),
    ("services/timezones", services::timezones::check),
    ("uniformity/baseline", uniformity::baseline::check),
    ("uniformity/ssids", uniformity::ssids::check),
    ("uniformity/vlans", uniformity::vlans::check),
    ("vlans/classes", vlans::classes::check),
    ("vlans/inspection", vlans::inspection::check),
    ("vlans/login", vlans::login::check),
    ("vlans/meanings", vlans::meanings::check),
    ("vlans/namesake", vlans::namesake::check),
    ("vlans/native", vlans::native::check),
    ("vlans/reserved", vlans::reserved::check),
    ("vlans/titles", vlans::titles::check),
    ("vlans/unused", vlans::unused::check),
    ("vlans/voice", vlans::voice::check),
    ("wireless/alike", wireless::alike::check),
    ("wireless/bands", wireless::bands::check),
    ("wireless/crowd", wireless::crowd::check),
    ("wireless/dynamic", wireless::dynamic::check),
    ("wireless/hidden", wireless::hidden::check),
    ("wireless/isolation", wireless::isolation::check),
    ("wireless/length", wireless::length::check),
    ("wireless/limits", wireless::limits::check),
    ("wireless/management", wireless::management::check),
    ("wireless/open", wireless::open::check),
    ("wireless/presence", wireless::presence::check),
    ("wireless/roaming", wireless::roaming::check),
    ("wireless/schedule", wireless::schedule::check),
    ("wireless/secrets", wireless::secrets::check),
    ("wireless/shared_secrets", wireless::shared_secrets::check),
    ("wireless/six_ghz", wireless::six_ghz::check),
];

/// Runs every check; findings sorted by place.
#[must_use]
pub fn run(network: &Network, derived: &Derived, library: &Library, as_of: Option<Date>) -> Vec<Finding> {
    let shared = Shared::default();
    let wiring = Wiring::of(network, derived);
    let subject = Subject { network, derived, library, as_of, wiring: &wiring, shared: &shared };
    let found = CHECKS.par_iter().with_max_len(1).map(|(_, check)| {
        let mut findings = Vec::new();
        check(subject, &mut findings);
        findings
    });
    let mut findings = found.collect::<Vec<_>>().concat();
    settle::sort(&mut findings);
    findings
}

/// Derives and checks a project that was read; the findings are those of reading, deriving and
/// checking, one for each mistake, sorted by place.
#[must_use]
pub fn all(loaded: &Loaded, library: &Library, as_of: Option<Date>) -> (Derived, Vec<Finding>) {
    let (derived, findings, _) = beside(loaded, library, as_of, Told::Once, |_| ());
    (derived, findings)
}

/// The same, with other work done while the checks run; it is left out where something is wrong already.
#[must_use]
pub fn beside<T: Send>(
    loaded: &Loaded,
    library: &Library,
    as_of: Option<Date>,
    told: Told,
    work: impl FnOnce(&Derived) -> T + Send,
) -> (Derived, Vec<Finding>, Option<T>) {
    let (derived, derivation) = derive(&loaded.network);
    let sound = !any_error(&loaded.findings) && !any_error(&derivation);
    let checks = || run(&loaded.network, &derived, library, as_of);
    let (made, checks) = rayon::join(|| sound.then(|| work(&derived)), checks);
    let is_error = |finding: &&Finding| finding.severity == Severity::Error;
    let all = loaded.findings.iter().chain(&derivation).chain(&checks);
    let errors: Vec<Finding> = all.filter(is_error).cloned().collect();
    let mut findings = settle::settle(&loaded.network, &derived, &loaded.findings, derivation, checks, told);
    settle::unread(&loaded.sources, &loaded.findings, &mut findings);
    settle::unwritten(&loaded.sources, &mut findings, told);
    settle::beside(&loaded.sources, &mut findings);
    // What is left out because something else says it may not have been the last word against the inventory.
    if !errors.is_empty() && !any_error(&findings) {
        findings.extend(errors);
        settle::sort(&mut findings);
    }
    (derived, findings, made)
}

/// What comes a second time.
fn second(code: Code, message: String, span: Span, first: Span) -> Finding {
    Finding::error(code, message).at_saying(span, "used again here").label(first, "first used here")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// Paths of the files with an ending in the folders of a folder, without that ending.
    fn files(folder: &str, ending: &str) -> Vec<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut found = Vec::new();
        for area in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
            for file in std::fs::read_dir(&area).unwrap() {
                let name = file.unwrap().file_name().into_string().unwrap();
                let name = name.strip_suffix(ending).unwrap_or_else(|| panic!("what is {name} in {area:?}?"));
                found.push(format!("{}/{name}", area.file_name().unwrap().display()));
            }
        }
        found.sort();
        found
    }

    #[test]
    fn every_check_is_in_the_list_once_and_has_its_file_of_cases() {
        let listed: Vec<&str> = CHECKS.iter().map(|(name, _)| *name).collect();
        assert_eq!(listed, files("src/check", ".rs"));
        assert_eq!(listed, files("tests/checks", ".case"));
    }
}
