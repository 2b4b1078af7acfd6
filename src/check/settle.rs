//! One finding per mistake: what derivation says only because of something already told is left out.

use std::collections::{BTreeMap, BTreeSet};

use super::{Told, causes, roots, twins};
use crate::derive::Derived;
use crate::finding::{About, Code, Finding, Severity, codes};
use crate::model::{Network, Part};
use crate::source::{FileId, Sources, Span};

/// What something left out because of an error looks like as well.
const ABSENT: [Code; 17] = [
    codes::NAMELESS,
    codes::ROOM_UNKNOWN,
    codes::FEWER_WAYS,
    codes::LOGIN_IDLE,
    codes::LAG_ALONE,
    codes::NO_LOGIN,
    codes::SERVICE_CUT_OFF,
    codes::IDLE,
    codes::UNDATED,
    codes::SEGMENT_EMPTY,
    codes::SERVER_NOWHERE,
    codes::NO_SERVER,
    codes::VLAN_UNUSED,
    codes::LEASES_CUT_OFF,
    codes::CLASS_GAP,
    codes::NO_LEASES,
    codes::SINGLE_SERVER,
];

/// Puts the findings of reading, deriving and checking together.
pub(super) fn settle(
    network: &Network,
    derived: &Derived,
    reading: &[Finding],
    derivation: Vec<Finding>,
    mut checks: Vec<Finding>,
    told_of: Told,
) -> Vec<Finding> {
    let once = told_of == Told::Once;
    let broken: BTreeSet<FileId> = errors(reading).filter_map(|finding| finding.span.map(|span| span.file)).collect();
    // With half a plan or half the VLANs nearly everything that follows is wrong.
    let shared = [Part::Network, Part::Vlans, Part::Profiles, Part::Models, Part::Naming, Part::Sites];
    let followable = shared.iter().all(|part| network.gaps.whole(*part));
    let mut findings = reading.to_vec();
    let derivation = without_any(&mut checks, derivation);
    // A platform on which the model stacks with none of its like is no mere oddity.
    if errors(&derivation).any(|finding| finding.code == codes::STACK) {
        let odd = checks.iter_mut().filter(|finding| finding.code == codes::MODEL_PLATFORM);
        odd.for_each(|finding| finding.severity = Severity::Error);
    }
    let echoes = Echoes::of(network, &checks);
    let mut alike: BTreeMap<(Code, Same), Vec<Finding>> = BTreeMap::new();
    let (consequences, causes): (Vec<_>, Vec<_>) = derivation.into_iter().partition(is_consequence);
    for finding in causes {
        let Some(span) = finding.span else {
            findings.push(finding);
            continue;
        };
        if !followable || broken.contains(&span.file) || (once && echoes.hold(&finding, span)) {
            continue;
        }
        let same = match finding.code {
            // What is wrong with one device's name or address, or with its links out, is wrong with all of the site.
            codes::HOSTNAME | codes::DUPLICATE_ADDRESS | codes::TRUNK_LEAVES_SITE => Some(Same::File(span.file)),
            // Every reservation in a VLAN that the site lacks.
            codes::RESERVATION => Some(Same::Word(finding.message.clone())),
            // The ports of a range are written once.
            codes::NO_SUCH_PORT | codes::PORT_TWICE | codes::PORT_VLAN_ABSENT => Some(Same::Places(span, span)),
            // A role's range has no room for any of its devices behind the last that fits.
            codes::ADDRESS_OUTSIDE => causes::role_of(network, &finding).map(|role| Same::Places(role, role)),
            // Two VLANs that overlap do so at every site that has both.
            codes::SUBNET_OVERLAP => finding.labels.first().map(|label| Same::Places(span, label.span)),
            // The plan has no room for any of the sites behind the last that fits.
            codes::NO_ROOM => finding.labels.first().map(|label| Same::Places(label.span, label.span)),
            // A VLAN that does not exist everywhere, or roles without a place in it.
            codes::NO_MANAGEMENT if finding.unknown("VLAN").is_none() => {
                Some(Same::NotThere(finding.is_about(&About::NotThere)))
            }
            _ => None,
        };
        match same {
            Some(same) => alike.entry((finding.code, same)).or_default().push(finding),
            None => findings.push(finding),
        }
    }
    let one = |((code, _), many): ((Code, Same), Vec<Finding>)| match code {
        codes::ADDRESS_OUTSIDE => causes::of_role(network, many),
        codes::HOSTNAME if many.len() > 1 => first_of(many).map(|finding| causes::of_code(network, finding)),
        _ => first_of(many),
    };
    let told: Vec<Finding> = alike.into_iter().filter_map(one).collect();
    let told = causes::of_overlaps(network, told);
    let told = causes::of_hosts(network, told);
    let told = causes::of_subnet(network, told);
    let told = causes::of_models(network, told, &findings, &mut checks);
    // A reservation has no VLAN for the reason that ports have none.
    let lacking: BTreeSet<FileId> = told
        .iter()
        .filter(|finding| finding.code == codes::PORT_VLAN_ABSENT)
        .flat_map(|finding| finding.span.into_iter().chain(finding.labels.iter().map(|label| label.span)))
        .map(|span| span.file)
        .collect();
    let told = causes::of_tags(network, derived, told, &mut checks);
    let told = causes::of_idle_tags(network, told);
    let follows = |finding: &Finding| {
        finding.code == codes::RESERVATION
            && finding.is_about(&About::NotThere)
            && finding.span.is_some_and(|span| lacking.contains(&span.file))
    };
    let told: Vec<Finding> = told.into_iter().filter(|finding| !follows(finding)).collect();
    findings.extend(causes::of_links(network, told));
    let checks = roots::of_checks(checks);
    // A name that cannot be used at all breaks whatever rule there is as well.
    let wrong: BTreeSet<Span> = errors(&checks)
        .chain(errors(&findings))
        .filter(|f| f.code != codes::NAME_RULE)
        .filter_map(|finding| finding.span)
        .collect();
    let is_wrong = |finding: &Finding| finding.span.is_some_and(|span| wrong.contains(&span));
    findings.extend(checks.into_iter().filter(|finding| finding.code != codes::NAME_RULE || !is_wrong(finding)));
    // Something left out for a reason told already is missing elsewhere; so they are told only where the
    // site and all that is shared are in order.
    let wrong: BTreeSet<FileId> = errors(&findings).filter_map(|finding| finding.span.map(|span| span.file)).collect();
    let sites: BTreeSet<FileId> = network.sites.iter().map(|site| site.span.file).collect();
    if followable && network.gaps.sites.is_empty() && (!once || wrong.is_subset(&sites)) {
        let mut many: BTreeMap<Same, Vec<Finding>> = BTreeMap::new();
        for finding in consequences {
            let file = finding.span.map(|span| span.file);
            if once && file.is_some_and(|file| wrong.contains(&file)) {
                continue;
            }
            let same = match finding.code {
                // Behind a device that is cut off, everything is.
                codes::CUT_OFF => file.map(Same::File),
                // A gateway that no site has is one word in the VLAN.
                codes::NO_GATEWAY => finding.labels.first().map(|label| Same::Places(label.span, label.span)),
                codes::VLAN_NOT_CARRIED => finding.labels.first().map(|label| Same::Places(label.span, label.span)),
                _ => None,
            };
            match same {
                Some(same) => many.entry(same).or_default().push(finding),
                None => findings.push(finding),
            }
        }
        let one = |many: Vec<Finding>| {
            let several = many.len() > 1;
            first_of(many).map(|finding| roots::of_tagged(network, roots::of_gateways(finding), several))
        };
        findings.extend(many.into_values().filter_map(one));
    }
    // Devices of a model that nothing defines are nowhere, and so is all behind them.
    if once && errors(&findings).any(|finding| finding.unknown("model").is_some()) {
        findings.retain(|finding| !is_consequence(finding));
    }
    // What nothing manages devices in is told once.
    let lost: BTreeSet<String> = errors(&findings)
        .filter(|finding| finding.code == codes::NO_MANAGEMENT)
        .filter_map(|finding| finding.unknown("VLAN").map(str::to_owned))
        .collect();
    let is_lost = |finding: &Finding| finding.unknown("VLAN").is_some_and(|name| lost.contains(name));
    findings.retain(|finding| finding.code == codes::NO_MANAGEMENT || !is_lost(finding));
    // What merely is not there, not used or not allowed can be said of a network without errors only.
    if once && errors(&findings).next().is_some() {
        let is_absence = |finding: &Finding| {
            // With a link left out, devices seem to hang on fewer others than they do; with a value, ports to give no power;
            // and numbers that run into those of another role give two devices one address.
            let mild = [codes::REDUNDANCY, codes::PORT_POWER, codes::PLAN_OVERLAP, codes::RESERVATION];
            let fewer = mild.contains(&finding.code) && finding.severity < Severity::Error;
            fewer || ABSENT.contains(&finding.code)
        };
        findings.retain(|finding| !is_absence(finding));
    }
    // A controller or its access points may be what could not be placed; what is said of a line beside another stays.
    if once && errors(&findings).any(|finding| finding.code != codes::NO_CONTROLLER) {
        findings.retain(|finding| finding.code != codes::NO_CONTROLLER || !finding.labels.is_empty());
    }
    let mut findings = roots::of_all(network, findings, told_of);
    twins::settle(network, &mut findings);
    // What nothing uses most likely was meant where something else is wrong.
    if once && findings.iter().any(|finding| finding.severity > Severity::Note) {
        findings.retain(|finding| finding.code != codes::IDLE);
    }
    sort(&mut findings);
    findings
}

/// Where nothing defines any name of a kind, that is told once, and what follows from it is not.
fn without_any(checks: &mut Vec<Finding>, mut derivation: Vec<Finding>) -> Vec<Finding> {
    let undefined = |finding: &Finding| match finding.about.as_deref() {
        Some(About::Undefined(kind)) => Some(*kind),
        _ => None,
    };
    let mut kinds: BTreeSet<&str> = BTreeSet::new();
    checks.retain(|finding| undefined(finding).is_none_or(|kind| kinds.insert(kind)));
    // Who names a VLAN that is not there has been told together with all others.
    let told: BTreeSet<&str> = checks.iter().filter_map(|finding| finding.unknown("VLAN")).collect();
    let is_told = |finding: &Finding| finding.unknown("VLAN").is_some_and(|name| told.contains(name));
    derivation.retain(|finding| finding.code != codes::UNKNOWN_NAME || !is_told(finding));
    if kinds.contains("VLAN") {
        let lacks_vlan = |finding: &Finding| finding.code == codes::NO_MANAGEMENT || finding.unknown("VLAN").is_some();
        derivation.retain(|finding| !lacks_vlan(finding));
    }
    derivation
}

/// What findings of one code have in common when they are about one mistake.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Same {
    File(FileId),
    Places(Span, Span),
    Word(String),
    NotThere(bool),
}

/// The first of many findings about one mistake, which says how many more there are.
pub(super) fn first_of(many: Vec<Finding>) -> Option<Finding> {
    let more = many.len().saturating_sub(1);
    let first = many.into_iter().min_by_key(|finding| finding.span)?.more(more);
    Some(match more {
        0 => first,
        // Where many find no place, what they are numbered from is too small.
        _ if first.code == codes::NO_ROOM && !first.labels.is_empty() => {
            let mut labels = first.labels.clone();
            let block = labels.remove(0);
            let message = format!("{}, and {more} more", first.message);
            let finding = Finding { message, labels, ..first.clone() }.at_saying(block.span, block.text);
            finding.labels(first.span, "the first of them")
        }
        _ => Finding { message: format!("{}, and {more} more", first.message), ..first },
    })
}

/// What may follow from any device that had to be left out.
fn is_consequence(finding: &Finding) -> bool {
    matches!(finding.code, codes::CUT_OFF | codes::NO_GATEWAY | codes::VLAN_NOT_CARRIED)
}

fn errors(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings.iter().filter(|finding| finding.severity == Severity::Error)
}

/// What checks say of a line that could not be read in full follows from that, and so does what they say of the rest of its
/// entry (a model, a VLAN, a device) or, elsewhere, with a look at it.
pub(super) fn unread(sources: &Sources, reading: &[Finding], findings: &mut Vec<Finding>) {
    let mut entries = Entries::default();
    let broken: Vec<Span> = errors(reading).filter_map(|f| f.span).map(|span| entries.around(sources, span)).collect();
    if !broken.is_empty() {
        let broken: BTreeSet<Span> = broken.into_iter().collect();
        let mut is_broken = |span: &Span| broken.contains(&entries.around(sources, *span));
        findings.retain(|finding| {
            let mut spans = finding.span.iter().chain(finding.labels.iter().map(|label| &label.span));
            !spans.any(&mut is_broken) || reading.contains(finding)
        });
    }
    // A name that nobody knows is told of where it stands, and not by what misses it elsewhere or speaks of it.
    let is_unknown = |finding: &&Finding| matches!(finding.code, codes::UNKNOWN_NAME | codes::FLOW_SEGMENT);
    let unknown: Vec<Span> = errors(findings).filter(is_unknown).filter_map(|finding| finding.span).collect();
    let line = |span: Span| (span.file, sources.place(span).line);
    let lines: BTreeSet<_> = unknown.iter().map(|span| line(*span)).collect();
    // What is said of another entry in its own right is another mistake.
    let mut here: BTreeMap<Span, BTreeSet<String>> = BTreeMap::new();
    for span in &unknown {
        if let Some(word) = sources.text(span.file).get(span.range()) {
            let word = format!("`{}`", word.trim_matches(['"', '\'']));
            here.entry(entries.around(sources, *span)).or_default().insert(word);
        }
    }
    findings.retain(|finding| {
        let mut words = || finding.span.and_then(|span| here.get(&entries.around(sources, span)));
        let is_echo = finding.labels.iter().any(|label| lines.contains(&line(label.span)))
            || words().is_some_and(|words| words.iter().any(|word| finding.message.contains(word)));
        is_unknown(&finding) || !is_echo
    });
}

/// The entries of files: the lines from a key or dash in the first column that is indented in its file, or from a key at the
/// margin, to the next such line.
#[derive(Default)]
struct Entries(BTreeMap<FileId, Vec<usize>>);

impl Entries {
    /// The lines of the entry that a place belongs to.
    fn around(&mut self, sources: &Sources, place: Span) -> Span {
        let text = sources.text(place.file);
        let starts = self.0.entry(place.file).or_insert_with(|| starts(text));
        let behind = starts.partition_point(|start| *start <= place.start as usize);
        let start = behind.checked_sub(1).and_then(|at| starts.get(at)).copied().unwrap_or(0);
        Span::new(place.file, start..starts.get(behind).copied().unwrap_or(text.len()))
    }
}

/// Where the entries of a text begin.
fn starts(text: &str) -> Vec<usize> {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let is_filled = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let first = text.lines().filter(|line| is_filled(line)).map(indent).filter(|indent| *indent > 0).min();
    let begins = |line: &str| {
        is_filled(line) && indent(line) <= first.unwrap_or_default() && !line.trim_start().starts_with(['}', ']'])
    };
    let mut at = 0;
    let lines = text.split_inclusive('\n').map(|line| {
        at += line.len();
        (at - line.len(), line)
    });
    lines.filter(|(_, line)| begins(line)).map(|(start, _)| start).collect()
}

/// Whether something is written to devices matters only once it is right: what is said so of a line where
/// something is wrong, or in a network with errors, is left out.
pub(super) fn unwritten(sources: &Sources, findings: &mut Vec<Finding>, told: Told) {
    let platform = findings.iter().any(|finding| finding.code == codes::MODEL_PLATFORM);
    let is_error = told == Told::Once && (platform || errors(findings).next().is_some());
    let line = |finding: &Finding| finding.span.map(|span| (span.file, sources.place(span).line));
    let known = |finding: &&Finding| finding.code != codes::UNWRITTEN;
    if findings.iter().all(|finding| known(&finding)) {
        return;
    }
    let lines: BTreeSet<_> = findings.iter().filter(known).filter_map(line).collect();
    // One setting that one platform's templates lack is one thing to mend, wherever it is said.
    let mut told = BTreeSet::new();
    findings.retain(|finding| {
        // The line it is about, or the one that says it for all.
        let spoken = |span: Span| lines.contains(&(span.file, sources.place(span).line));
        let mut spans = finding.span.into_iter().chain(finding.labels.iter().map(|label| label.span));
        let mut echo = || is_error || spans.any(spoken);
        known(&finding) || (!echo() && told.insert(finding.message.clone()))
    });
}

/// What a finding on a line, or about one, says in other words where another finding stands on that line.
const BESIDE: [(Code, &[Code]); 32] = [
    (codes::NO_CONTROLLER, &[codes::CUT_OFF]),
    (codes::KEPT_HOSTS, &[codes::RESERVATION]),
    (codes::NO_LOGIN, &[codes::SERVICE_CUT_OFF, codes::CLEAR_TEXT]),
    (codes::MODEL_SPEEDS, &[codes::LINK_SPEED]),
    (codes::STP_PRIORITY, &[codes::STP_ROOT]),
    (codes::UNKNOWN_NAME, &[codes::NO_CONTROLLER]),
    (codes::SERVER_NOWHERE, &[codes::SINGLE_SERVER]),
    (codes::PORT_VLAN_ABSENT, &[codes::PROFILE_NAMESAKE, codes::SUBNET_OVERLAP, codes::PAST_FIREWALL]),
    (codes::PORT_SHAPE, &[codes::NATIVE_VLAN]),
    (codes::LOGIN_VLAN_ABSENT, &[codes::LOGIN_VLAN_CLASS]),
    (codes::DUPLICATE_LINK, &[codes::PORT_TWICE]),
    (codes::SNMP_WEAK, &[codes::UNKNOWN_NAME]),
    (codes::DUPLICATE_KEY, &[codes::MODEL_ROLE]),
    (codes::SYNTAX, &[codes::REFUSED_YAML]),
    (codes::WRONG_TYPE, &[codes::VOICE_VLAN]),
    (codes::ILLEGAL_VALUE, &[codes::WRONG_TYPE]),
    (codes::DUPLICATE_NAME, &[codes::SSID_CROWD, codes::RESERVATION, codes::MAC_TWICE, codes::DUPLICATE_HOSTNAME]),
    (codes::DUPLICATE_NAME, &[codes::PROFILE_NAMESAKE]),
    (codes::VLAN_TWO_MEANINGS, &[codes::RESERVATION]),
    (codes::SSID_OPEN, &[codes::SSID_SECRET, codes::SSID_ROAMING, codes::PROFILE_NAMESAKE]),
    (codes::SSID_MANAGEMENT, &[codes::SSID_OPEN, codes::PROFILE_NAMESAKE]),
    (codes::SSID_VLAN_ABSENT, &[codes::PROFILE_NAMESAKE]),
    (codes::SSID_SECRET, &[codes::SSID_ROAMING]),
    (codes::SIX_GHZ_SECURITY, &[codes::SSID_BANDS]),
    (codes::CHANNEL, &[codes::CHANNEL_WIDE]),
    (codes::MODEL_POWER, &[codes::POWER_BUDGET]),
    (codes::MODEL_PORTS, &[codes::NO_SUCH_PORT, codes::MODEL_SPEEDS]),
    (codes::NO_SUCH_PORT, &[codes::PORT_TWICE, codes::LINK_NARROW, codes::LAG_SPLIT, codes::PAST_AGE]),
    (codes::PORT_TWICE, &[codes::LINK_NARROW, codes::LAG_SPLIT, codes::LINK_SPEED, codes::PAIR_KIND]),
    (codes::NATIVE_VLAN, &[codes::PORT_SHAPE]),
    (codes::PUBLIC_ADDRESSES, &[codes::PLAN_OUTSIDE]),
    (codes::PREFIX_OURS, &[codes::SEGMENTS_OVERLAP]),
];

/// Leaves out what another finding on the same line, and no milder one, has said already.
pub(super) fn beside(sources: &Sources, findings: &mut Vec<Finding>) {
    let line = |span: Span| (span.file, sources.place(span).line);
    let mut told: BTreeMap<Code, BTreeMap<_, Severity>> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| BESIDE.iter().any(|(cause, _)| *cause == finding.code)) {
        // Of two links of one port both lines are told.
        let both = finding.labels.iter().filter(|_| finding.code == codes::PORT_TWICE).map(|label| label.span);
        for span in finding.span.into_iter().chain(both) {
            let severity = told.entry(finding.code).or_default().entry(line(span)).or_insert(finding.severity);
            *severity = (*severity).max(finding.severity);
        }
    }
    findings.retain(|finding| {
        let causes = || BESIDE.iter().filter(|(_, echoes)| echoes.contains(&finding.code)).map(|(cause, _)| cause);
        let mut lines = causes().filter_map(|cause| told.get(cause)).peekable();
        if lines.peek().is_none() {
            return true;
        }
        let places: Vec<_> =
            finding.span.into_iter().chain(finding.labels.iter().map(|label| label.span)).map(line).collect();
        !lines.any(|lines| {
            places.iter().any(|place| lines.get(place).is_some_and(|severity| *severity >= finding.severity))
        })
    });
}

/// Sorts by place and drops what stands there twice.
pub(super) fn sort(findings: &mut Vec<Finding>) {
    findings.sort_by(Finding::order);
    findings.dedup_by(|a, b| a.span == b.span && a.code == b.code && a.message == b.message);
}

/// What checks found that derivation would stumble over as well.
struct Echoes {
    /// Every place a check points at.
    spans: BTreeSet<Span>,
    /// Files whose names a check has spoken about.
    named: BTreeSet<FileId>,
    /// A check has spoken about a word that stands in the names of many sites.
    common: bool,
    codes: BTreeSet<Code>,
    /// A model runs a platform that its ports speak against.
    platform: bool,
    /// Two organisations share a code, so that their devices may share names.
    organisations: bool,
}

impl Echoes {
    fn of(network: &Network, checks: &[Finding]) -> Self {
        let errors = || errors(checks);
        let is_site = |span: Span| network.sites.iter().any(|site| site.span.file == span.file);
        let about_names = |finding: &&Finding| matches!(finding.code, codes::DUPLICATE_HOSTNAME | codes::HOSTNAME);
        Self {
            spans: errors().filter_map(|finding| finding.span).collect(),
            named: errors().filter(about_names).filter_map(|finding| finding.span.map(|span| span.file)).collect(),
            common: errors()
                .any(|finding| finding.code == codes::HOSTNAME && finding.span.is_some_and(|span| !is_site(span))),
            codes: errors().map(|finding| finding.code).collect(),
            platform: checks.iter().any(|finding| finding.code == codes::MODEL_PLATFORM),
            organisations: errors().any(|finding| finding.is_about(&About::Twice("organisations"))),
        }
    }

    /// Whether a finding of derivation follows from one of a check.
    fn hold(&self, finding: &Finding, span: Span) -> bool {
        let device_twice = self.codes.contains(&codes::DUPLICATE_DEVICE);
        match finding.code {
            codes::DUPLICATE_HOSTNAME => {
                // Roles with one word, or devices without their number, share names everywhere.
                let alike = self.codes.contains(&codes::NAMES_ALIKE);
                alike
                    || self.organisations
                    || self.named.contains(&span.file)
                    || (device_twice && self.spans.contains(&span))
            }
            codes::HOSTNAME => self.common || self.named.contains(&span.file) || self.spans.contains(&span),
            // A VLAN whose number another one has is nowhere.
            codes::RESERVATION => self.codes.contains(&codes::VLAN_TWO_MEANINGS) && finding.is_about(&About::NotThere),
            // Told at the model whose platform is not that of the others.
            codes::STACK => self.platform,
            // Kinds that no such device has are told there.
            codes::PAIR => self.codes.contains(&codes::PAIR_KIND) || self.spans.contains(&span),
            // Equal indexes are equal addresses, for every device and link.
            codes::DUPLICATE_INDEX | codes::DUPLICATE_LINK => self.codes.contains(&codes::DUPLICATE_INDEX),
            codes::DUPLICATE_ADDRESS => {
                self.codes.contains(&codes::DUPLICATE_INDEX)
                    || self.codes.contains(&codes::PLAN_OVERLAP)
                    || (device_twice && self.spans.contains(&span))
            }
            // What is said of the port takes one of the two for granted.
            codes::PORT_TWICE => false,
            codes::PORT_VLAN_ABSENT => self.codes.contains(&codes::VLAN_TWO_MEANINGS) || self.spans.contains(&span),
            _ => self.spans.contains(&span),
        }
    }
}
