//! Everything that is to be said of a project: for `validate`, for editors, and before anything is planned.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::civil::Date;

use crate::check::Told;
use crate::derive::Derived;
use crate::finding::fix::keep_safe;
use crate::finding::{Finding, Severity, any_error, codes};
use crate::inventory::Loaded;
use crate::lab::before;
use crate::platform::Library;
use crate::rego::{Host, Rules, RunError};
use crate::{approval, check, render};

/// Devices up to which all are rendered in no time.
const SMALL: usize = 500;

/// Which devices are rendered to see whether they can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rendering {
    /// One of each kind.
    Sample,
    /// All of a small network, one of each kind of a large one.
    Usual,
    /// Every one.
    All,
}

/// How far a review goes.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The day it is; without one, nothing is said of dates.
    pub as_of: Option<Date>,
    /// Which devices are rendered.
    pub rendering: Rendering,
    /// What evaluates the project's own rules; without, they are not asked.
    pub rules: Option<&'a Host>,
    /// Whether what the lab ran before is judged as well.
    pub lab: bool,
    /// Whether what may follow from another mistake is told as well.
    pub told: Told,
    /// What an editor holds of that file.
    pub lab_text: Option<&'a str>,
}

/// What a review found.
#[derive(Debug)]
pub struct Review {
    /// What follows from the inventory.
    pub derived: Derived,
    /// What is wrong; one finding for each mistake.
    pub findings: Vec<Finding>,
    /// Why the project's own rules could not be asked.
    pub unasked: Option<RunError>,
}

/// Reviews a project that was read. Files that only a review reads are added to its sources.
#[must_use]
pub fn review(root: &Path, loaded: &mut Loaded, library: &Library, scope: Scope<'_>) -> Review {
    let (rules, unread) = Rules::find(root, &mut loaded.sources);
    let signed = approval::inspect(root, &loaded.network.policy.change, scope.as_of, &mut loaded.sources);
    let read: &Loaded = loaded;
    let rendered = |derived: &Derived| {
        let small = derived.devices.len() <= SMALL;
        match scope.rendering {
            Rendering::Usual if small => render::all(&read.network, derived, library).1,
            Rendering::All => render::all(&read.network, derived, library).1,
            Rendering::Sample | Rendering::Usual => render::samples(&read.network, derived, library).1,
        }
    };
    let (derived, mut findings, shown) = check::beside(read, library, scope.as_of, scope.told, rendered);
    let all = scope.told == Told::All;
    findings.extend(signed);
    // What cannot be addressed cannot be rendered; its findings would only repeat these.
    if all || !any_error(&findings) {
        findings.extend(shown.unwrap_or_else(|| rendered(&derived)));
    }
    let beside: &[Finding] = if all { &[] } else { &findings };
    let own = scope.rules.map(|host| rules.check(&read.network, &derived, &read.sources, beside, host));
    findings.extend(unread);
    let (own, unasked) = match own.transpose() {
        Ok(own) => (own.unwrap_or_default(), None),
        Err(error) => (Vec::new(), Some(error)),
    };
    if !all && any_error(&own) {
        let line = |finding: &Finding| finding.span.map(|span| (span.file, read.sources.place(span).line));
        let forbidden: BTreeSet<_> = own.iter().filter(|it| it.severity == Severity::Error).filter_map(line).collect();
        // What a rule forbids says more than a warning on its line, and is where the VLAN that nothing uses has gone.
        let is_milder =
            |it: &Finding| it.severity < Severity::Error && line(it).is_some_and(|at| forbidden.contains(&at));
        findings.retain(|finding| finding.code != codes::VLAN_UNUSED && !is_milder(finding));
    }
    findings.extend(own);
    if scope.lab && (all || !any_error(&findings)) {
        let before = before::inspect(root, scope.lab_text, &loaded.network, library, &mut loaded.sources);
        // What nothing uses was used by what is missing there.
        if !all && !before.is_empty() {
            findings.retain(|finding| finding.code != codes::IDLE);
        }
        findings.extend(before);
    }
    keep_safe(&loaded.sources, &mut findings);
    Review { derived, findings, unasked }
}
