//! Checks over the model and what follows from it, one file each.
//!
//! Derivation finds for itself what keeps it from going on (addresses, ports, links); a check says what
//! is wrong beyond that, or says it better. `settle` then leaves one finding per mistake.

use jiff::civil::Date;

use crate::derive::{Derived, derive};
use crate::finding::Finding;
use crate::inventory::Loaded;
use crate::model::Network;
use crate::platform::Library;

mod duplicates;
mod flows;
mod hostnames;
mod plan;
mod platforms;
mod profiles;
mod reach;
mod references;
mod settle;
mod ssids;
mod vlans;

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
}

type Check = fn(Subject<'_>, &mut Vec<Finding>);

/// Every check, by the name of its file.
const CHECKS: &[(&str, Check)] = &[
    ("duplicates", duplicates::check),
    ("flows", flows::check),
    ("hostnames", hostnames::check),
    ("plan", plan::check),
    ("platforms", platforms::check),
    ("profiles", profiles::check),
    ("reach", reach::check),
    ("references", references::check),
    ("ssids", ssids::check),
    ("vlans", vlans::check),
];

/// Runs every check; findings sorted by place.
#[must_use]
pub fn run(network: &Network, derived: &Derived, library: &Library, as_of: Option<Date>) -> Vec<Finding> {
    let subject = Subject { network, derived, library, as_of };
    let mut findings = Vec::new();
    for (_, check) in CHECKS {
        check(subject, &mut findings);
    }
    settle::sort(&mut findings);
    findings
}

/// Derives and checks a project that was read; the findings are those of reading, deriving and
/// checking, one for each mistake, sorted by place.
#[must_use]
pub fn all(loaded: &Loaded, library: &Library, as_of: Option<Date>) -> (Derived, Vec<Finding>) {
    let (derived, derivation) = derive(&loaded.network);
    let checks = run(&loaded.network, &derived, library, as_of);
    let findings = settle::settle(&loaded.network, &loaded.findings, derivation, checks);
    (derived, findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_registered_or_is_not_a_check() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/check");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
            .filter(|name| name != "settle")
            .collect();
        files.sort();
        let registered: Vec<&str> = CHECKS.iter().map(|(name, _)| *name).collect();
        assert_eq!(registered, files);
    }
}
