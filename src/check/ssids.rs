//! Wireless networks: length, secret, and a VLAN wherever they are on air.

use std::collections::BTreeMap;

use super::Subject;
use crate::finding::{Finding, codes};
use crate::model::{Part, Ssid};
use crate::source::yaml::short;

/// IEEE 802.11, 9.4.2.2.
const MOST_BYTES: usize = 32;

pub(super) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    alike(&subject.network.ssids, findings);
    for ssid in &subject.network.ssids {
        length(ssid, findings);
        secret(ssid, findings);
        presence(subject, ssid, findings);
    }
}

/// Names that differ only in letters a configuration's own names cannot have.
fn alike(ssids: &[Ssid], findings: &mut Vec<Finding>) {
    let mut first: BTreeMap<String, &Ssid> = BTreeMap::new();
    for ssid in ssids {
        let plain = any_ascii::any_ascii(&ssid.name).to_ascii_lowercase();
        let key: String = plain.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        match first.get(&key) {
            // The very same name is a finding of its own.
            Some(other) if other.name.value != ssid.name.value => {
                let message = format!("SSIDs `{}` and `{}` are too much alike", other.name.value, ssid.name.value);
                findings.push(
                    Finding::error(codes::DUPLICATE_NAME, message)
                        .at_saying(ssid.name.span, format!("both become `{key}` where devices name them"))
                        .label(other.name.span, "first used here"),
                );
            }
            Some(_) => {}
            None => {
                first.insert(key, ssid);
            }
        }
    }
}

fn length(ssid: &Ssid, findings: &mut Vec<Finding>) {
    let (bytes, letters) = (ssid.name.len(), ssid.name.chars().count());
    if bytes <= MOST_BYTES {
        return;
    }
    let message = format!("SSID `{}` is {bytes} bytes long; 802.11 allows {MOST_BYTES}", short(&ssid.name));
    let mut finding = Finding::error(codes::SSID_TOO_LONG, message).at(ssid.name.span);
    if letters < bytes {
        finding = finding.help(format!("it has {letters} letters, and each of å, ä and ö takes two bytes"));
    }
    findings.push(finding);
}

fn secret(ssid: &Ssid, findings: &mut Vec<Finding>) {
    let name = &ssid.name.value;
    match (&ssid.secret, ssid.security.needs_secret()) {
        (None, true) => findings.push(
            Finding::error(codes::SSID_SECRET, format!("SSID `{name}` needs a shared password and names none"))
                .at_saying(ssid.security.span, "this security has one password for all")
                .help("add `secret: NAME`, and NAME to the secrets in inventory/network.yaml"),
        ),
        (Some(secret), false) => findings.push(
            Finding::warning(codes::SSID_SECRET, format!("SSID `{name}` has a shared password that nothing uses"))
                .at(secret.span)
                .label(ssid.security.span, "this security has none"),
        ),
        _ => {}
    }
}

fn presence(subject: Subject<'_>, ssid: &Ssid, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let Some(vlan) = network.vlans.iter().find(|vlan| vlan.name.value == ssid.vlan.value) else { return };
    if !network.gaps.whole(Part::Sites) {
        return;
    }
    let mut lacking = network.sites.iter().filter(|site| ssid.sites.admits(site) && !vlan.sites.admits(site));
    let Some(site) = lacking.next() else { return };
    let more = lacking.count();
    let others = if more == 0 { String::new() } else { format!(" and {more} more") };
    let message = format!(
        "SSID `{}` is on air at `{}`{others}, where VLAN `{}` is not",
        ssid.name.value, site.id.value, vlan.name.value
    );
    findings.push(
        Finding::error(codes::SSID_VLAN_ABSENT, message)
            .at_saying(ssid.vlan.span, "stations would land in no VLAN")
            .label(vlan.sites.tags.first().map_or(vlan.name.span, |tag| tag.span), "the VLAN exists only here")
            .help("give both the same `sites:`"),
    );
}
