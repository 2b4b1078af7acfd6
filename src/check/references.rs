//! Names that nothing defines: VLANs, segments, profiles, models, devices, organisations, secrets, tags.

use super::Subject;
use crate::finding::{Finding, codes, nearest};
use crate::model::settings::list;
use crate::model::{DeviceRef, LoginMethod, Network, Part, Site, SiteFilter};
use crate::source::yaml::short;
use crate::source::{Sp, Span};
use crate::value::Id;

pub(super) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let known = Known::of(network);
    shared(network, &known, findings);
    for (index, site) in network.sites.iter().enumerate() {
        known.organisation.look(&site.organisation, "the folder", findings);
        for device in &site.devices {
            known.model.find(&device.model.value, device.model.span, "", findings);
            let mut looked = None;
            for port in &device.ports {
                // The ports of a range share one word, and there may be millions of ports.
                let profile = port.profile.as_ref().filter(|profile| looked != Some(profile.span));
                if let Some(profile) = profile {
                    looked = Some(profile.span);
                    known.profile.look(profile, "", findings);
                }
                if let Some(to) = &port.to {
                    reference(network, index, site, to, findings);
                }
            }
            if let Some(other) = &device.redundant_with {
                reference(network, index, site, other, findings);
            }
        }
    }
}

/// What the files for the whole network refer to.
fn shared(network: &Network, known: &Known<'_>, findings: &mut Vec<Finding>) {
    if let Some(host) = &network.host {
        known.organisation.look(host, "", findings);
    }
    if let Some(vlan) = &network.plan.management {
        known.vlan.look(vlan, "", findings);
    }
    let services = &network.settings.services;
    let mut secrets: Vec<&Sp<Id>> = list(&services.radius.servers).iter().map(|radius| &radius.secret).collect();
    let snmp = &services.snmp;
    secrets.extend([&snmp.auth, &snmp.privacy, &snmp.community].into_iter().flatten());
    secrets.extend(&network.login.enable);
    secrets.extend(network.ssids.iter().filter_map(|ssid| ssid.secret.as_ref()));
    for secret in secrets {
        known.secret.look(secret, "", findings);
    }
    for method in &network.login.methods {
        if let LoginMethod::Password(secret) = &method.value {
            known.secret.find(secret.as_str(), method.span, "", findings);
        }
    }
    for vlan in &network.vlans {
        known.segment.look(&vlan.segment, "", findings);
        tags(network, &vlan.sites, findings);
    }
    for ssid in &network.ssids {
        known.vlan.look(&ssid.vlan, "", findings);
        tags(network, &ssid.sites, findings);
    }
    for profile in network.profiles.values() {
        let settings = &profile.settings;
        for vlan in settings.vlan.iter().chain(list(&settings.tagged)) {
            known.vlan.look(vlan, "", findings);
        }
        if let Some((voice, span)) = settings.voice.as_ref().and_then(|voice| Some((voice.value.as_ref()?, voice.span)))
        {
            known.vlan.find(voice.as_str(), span, "", findings);
        }
    }
}

/// The names of one kind.
struct Names<'n> {
    what: &'static str,
    all: Vec<&'n str>,
    /// Where they are defined.
    file: &'static str,
    /// Whether every name was read; else a missing one says nothing.
    whole: bool,
}

impl Names<'_> {
    fn look(&self, name: &Sp<Id>, by: &str, findings: &mut Vec<Finding>) {
        self.find(name.as_str(), name.span, by, findings);
    }

    fn find(&self, name: &str, span: Span, by: &str, findings: &mut Vec<Finding>) {
        if !self.whole || self.all.contains(&name) {
            return;
        }
        let what = self.what;
        let message = match by {
            "" => format!("there is no {what} `{}`", short(name)),
            by => format!("{by} says `{}`, and there is no such {what}", short(name)),
        };
        let finding = Finding::error(codes::UNKNOWN_NAME, message).at(span);
        findings.push(finding.meant(name, self.all.iter().copied(), || match self.all.len() {
            1..=12 => format!("{} has {}", self.file, self.all.join(", ")),
            _ => format!("add it to {}", self.file),
        }));
    }
}

struct Known<'n> {
    organisation: Names<'n>,
    vlan: Names<'n>,
    segment: Names<'n>,
    profile: Names<'n>,
    model: Names<'n>,
    secret: Names<'n>,
}

impl<'n> Known<'n> {
    fn of(network: &'n Network) -> Self {
        let names = |what, part, file, all: Vec<&'n str>| Names { what, all, file, whole: network.gaps.whole(part) };
        let organisations = network.organisations.iter().map(|org| org.id.as_str()).collect();
        let vlans = network.vlans.iter().map(|vlan| vlan.name.as_str()).collect();
        let segments = network.policy.segments.keys().map(Id::as_str).collect();
        let profiles = network.profiles.keys().map(Id::as_str).collect();
        let models = network.models.keys().map(String::as_str).collect();
        let secrets = network.secrets.keys().map(Id::as_str).collect();
        Self {
            organisation: names("organisation", Part::Network, "inventory/network.yaml", organisations),
            vlan: names("VLAN", Part::Vlans, "inventory/vlans.yaml", vlans),
            segment: names("segment", Part::Segments, "policies/segments.yaml", segments),
            profile: names("profile", Part::Profiles, "inventory/profiles.yaml", profiles),
            model: names("model", Part::Models, "inventory/models.yaml", models),
            secret: names("secret", Part::Network, "inventory/network.yaml", secrets),
        }
    }
}

/// A tag that no site has would limit something to nowhere.
fn tags(network: &Network, filter: &SiteFilter, findings: &mut Vec<Finding>) {
    if !network.gaps.whole(Part::Sites) || !network.gaps.sites.is_empty() {
        return;
    }
    for tag in &filter.tags {
        let all = || network.sites.iter().flat_map(|site| &site.tags).map(|tag| tag.as_str());
        if all().any(|known| known == tag.as_str()) {
            continue;
        }
        let finding =
            Finding::warning(codes::UNKNOWN_NAME, format!("no site has the tag `{}`", tag.value)).at(tag.span);
        findings
            .push(finding.meant(tag.as_str(), all(), || "tags stand in the site files: `tags: [school]`".to_owned()));
    }
}

/// A device named from a site file.
fn reference(network: &Network, from: usize, site: &Site, to: &Sp<DeviceRef>, findings: &mut Vec<Finding>) {
    let name = format!("{}-{}", to.role.word(), to.number);
    let there = match &to.site {
        None => network.sites.get(from),
        Some(id) => {
            let found = network.sites.iter().find(|site| site.id.value == *id);
            if found.is_none() && network.gaps.whole(Part::Sites) && !network.gaps.sites.contains(id.as_str()) {
                let finding = Finding::error(codes::UNKNOWN_NAME, format!("there is no site `{id}`")).at(to.span);
                let sites = network.sites.iter().map(|site| site.id.as_str());
                findings.push(match nearest(id.as_str(), sites) {
                    Some(near) => finding.help(format!("did you mean `{near}/{name}`?")),
                    None => finding.help("another site's device is `site/core-1`"),
                });
            }
            found
        }
    };
    let Some(there) = there else { return };
    let exists = there.devices.iter().any(|device| device.role == to.role && device.number == to.number);
    if exists || network.gaps.sites.contains(there.id.as_str()) {
        return;
    }
    let same: Vec<u32> =
        there.devices.iter().filter(|device| device.role == to.role).map(|device| device.number).collect();
    let help = match (same.iter().min(), same.iter().max()) {
        (Some(first), Some(last)) if first == last => format!("there is {}-{first}", to.role.word()),
        (Some(first), Some(last)) => format!("there are {}-{first} to {}-{last}", to.role.word(), to.role.word()),
        _ if to.site.is_none() => format!("a device of another site is `site/{name}`"),
        _ => format!("`{}` has no device of that role", there.id.value),
    };
    let where_to =
        if there.id.value == site.id.value { "this site".to_owned() } else { format!("site `{}`", there.id.value) };
    findings
        .push(Finding::error(codes::UNKNOWN_NAME, format!("there is no {name} at {where_to}")).at(to.span).help(help));
}
