//! Names of every kind follow the rules for their kind; one that does not comes with a legal proposal.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use crate::check::Subject;
use crate::derive::naming::{letters, slug};
use crate::finding::{About, Finding, codes};
use crate::model::{NameKind, NameRule, Network};
use crate::source::yaml::short;
use crate::source::{Sp, Span};
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let naming = &subject.network.policy.naming;
    let letters = letters(naming);
    for (kind, rule) in &naming.rules {
        let expression = super::expression(rule).and_then(Result::ok);
        let judge = Judge { kind: *kind, rule, expression, letters: &letters };
        let names = names(subject, *kind);
        let mut told = BTreeSet::new();
        for (name, span, cause) in &names {
            let Some((wrong, place)) = judge.wrong(name) else { continue };
            if !told.insert(*cause) {
                continue;
            }
            let message = format!("{} `{}` {wrong}", called(*kind), short(name));
            let taken: BTreeSet<&str> = names.iter().map(|(name, ..)| name.as_str()).collect();
            let finding = Finding::error(codes::NAME_RULE, message).at(*span).label(place, "by this rule");
            findings.push(match judge.proposal(name, &taken) {
                Some(legal) => finding.help(format!("a legal one near it is `{legal}`")).about(About::Legal(legal)),
                None => finding.help("choose one that the rule allows, or widen the rule"),
            });
        }
        // What people read of a site is what its devices are called after, whatever its file is called.
        for site in subject.network.sites.iter().filter(|_| *kind == NameKind::Site) {
            let name = slug(&site.name.value, &letters);
            let reserved = rule.reserved.iter().find(|word| word.eq_ignore_ascii_case(&name));
            if let Some(word) = reserved.filter(|_| name != site.id.as_str()) {
                let message = format!("site name `{}` is a reserved word", short(&site.name.value));
                let finding = Finding::error(codes::NAME_RULE, message).at(site.name.span);
                findings.push(finding.label(word.span, "by this rule").help("write what people call the building"));
            }
            let code = site.code.as_ref().filter(|code| code.as_str() != site.id.as_str());
            if let Some((code, word)) = code.and_then(|code| {
                let reserved = rule.reserved.iter().find(|word| word.eq_ignore_ascii_case(code.as_str()));
                Some((code, reserved?))
            }) {
                let message = format!("site code `{}` is a reserved word", code.value);
                let finding = Finding::error(codes::NAME_RULE, message).at(code.span);
                findings.push(
                    finding.label(word.span, "by this rule").help("write what people call the building, in short"),
                );
            }
        }
    }
}

const fn called(kind: NameKind) -> &'static str {
    match kind {
        NameKind::Device => "device",
        NameKind::Site => "site",
        NameKind::Vlan => "VLAN",
        NameKind::Ssid => "SSID",
        NameKind::Segment => "segment",
        NameKind::Profile => "profile",
        NameKind::Flow => "flow",
    }
}

/// Every name of a kind with its place, and the place it follows from: a site gives all its devices their names.
fn names(subject: Subject<'_>, kind: NameKind) -> Vec<(String, Span, Span)> {
    let network: &Network = subject.network;
    let id = |id: &Sp<Id>| (id.value.to_string(), id.span, id.span);
    match kind {
        NameKind::Device => {
            let facts = subject.derived.devices.values().map(|facts| {
                let site = network.sites.get(facts.site);
                let given = site.and_then(|site| site.devices.get(facts.device)?.name.as_ref());
                let span = given.map_or(facts.span, |name| name.span);
                let cause = given.is_none().then_some(site).flatten().map_or(span, |site| site.name.span);
                (facts.name.to_string(), span, cause)
            });
            let mut all: Vec<_> = facts.collect();
            all.sort_by_key(|(_, span, _)| *span);
            all
        }
        NameKind::Site => network.sites.iter().map(|site| id(&site.id)).collect(),
        NameKind::Vlan => network.vlans.iter().map(|vlan| id(&vlan.name)).collect(),
        NameKind::Ssid => {
            let place = |name: &Sp<String>| (name.value.clone(), name.span, name.span);
            network.ssids.iter().map(|ssid| place(&ssid.name)).collect()
        }
        NameKind::Segment => network.policy.segments.values().map(|segment| id(&segment.name)).collect(),
        NameKind::Profile => network.profiles.values().map(|profile| id(&profile.name)).collect(),
        NameKind::Flow => network.policy.flows.iter().map(|flow| id(&flow.id)).collect(),
    }
}

struct Judge<'n> {
    kind: NameKind,
    rule: &'n NameRule,
    expression: Option<Regex>,
    letters: &'n BTreeMap<char, String>,
}

impl Judge<'_> {
    /// Which part of the rule a name breaks, in words, and where that part stands.
    fn wrong(&self, name: &str) -> Option<(String, Span)> {
        let rule = self.rule;
        if let Some(word) = rule.reserved.iter().find(|word| word.eq_ignore_ascii_case(name)) {
            return Some(("is a reserved word".to_owned(), word.span));
        }
        if let Some(prefix) = rule.prefix.as_ref().filter(|prefix| !name.starts_with(prefix.as_str())) {
            return Some((format!("does not begin with `{}`", prefix.value), prefix.span));
        }
        let length = name.chars().count();
        if let Some(most) = rule.max_length.as_ref().filter(|most| length > most.value) {
            return Some((format!("has {length} characters, and the rule allows {}", most.value), most.span));
        }
        let expression = self.expression.as_ref().filter(|expression| !expression.is_match(name))?;
        let pattern = rule.pattern.as_ref().filter(|_| !expression.as_str().is_empty())?;
        Some((format!("does not match `{}`", short(&pattern.value)), pattern.span))
    }

    /// A name near a broken one that the rule allows and nothing has.
    fn proposal(&self, name: &str, taken: &BTreeSet<&str>) -> Option<String> {
        let plain = slug(name, self.letters);
        let letters: String = plain.chars().filter(|c| !c.is_ascii_digit()).collect();
        let letters = letters.trim_matches('-').to_owned();
        let joined = plain.replace('-', "");
        let word = self.kind.word();
        let bases = [
            name.to_owned(),
            plain.clone(),
            letters.clone(),
            joined,
            format!("{plain}-{word}"),
            format!("{letters}-{word}"),
        ];
        bases.iter().map(|base| self.shaped(base)).find(|name| {
            let legal = match self.kind {
                NameKind::Ssid => !name.is_empty() && name.len() <= 32,
                NameKind::Device => crate::value::hostname(name).is_ok(),
                _ => name.parse::<Id>().is_ok(),
            };
            legal && self.wrong(name).is_none() && !taken.contains(name.as_str())
        })
    }

    /// A name with the rule's prefix, cut to the rule's length.
    fn shaped(&self, base: &str) -> String {
        let prefix = self.rule.prefix.as_ref().map_or("", |prefix| prefix.as_str());
        // In other letters it stands there already.
        let own = base.get(..prefix.len()).filter(|begun| begun.eq_ignore_ascii_case(prefix));
        let rest = own.map_or(base, |own| base.get(own.len()..).unwrap_or_default());
        let whole = format!("{prefix}{rest}");
        let most = self.rule.max_length.as_ref().map_or(usize::MAX, |most| most.value);
        let cut: String = whole.chars().take(most).collect();
        cut.trim_end_matches(['-', '_', ' ']).to_owned()
    }
}
