//! Names that follow from the naming rules: Swedish in, legal host names out.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use unicode_normalization::UnicodeNormalization as _;

use crate::finding::{About, Finding, codes};
use crate::model::policy::Naming;
use crate::model::{Device, Network, Organisation, Site, Vlan};
use crate::source::Sp;
use crate::value::{DeviceName, Id};

/// Used where the naming rules give no pattern.
const PATTERN: &str = "{org}-{site}-{role}{nn}";

/// Used where the naming rules give no pattern for descriptions of links.
const LINK_PATTERN: &str = "{device} {port}";

/// Turns text into lower-case ASCII letters, digits and inner hyphens.
///
/// `å` and `ä` become `a` and `ö` becomes `o`, as in Swedish host names everywhere; the rules may say
/// otherwise for any letter.
pub(crate) fn slug(text: &str, letters: &BTreeMap<char, String>) -> String {
    let mut out = String::with_capacity(text.len());
    // A letter with its mark apart, as some systems write it, is that letter.
    for c in text.to_lowercase().nfc() {
        let plain = letters.get(&c).map_or_else(|| any_ascii::any_ascii_char(c), String::as_str);
        for c in plain.chars() {
            if c.is_ascii_alphanumeric() {
                out.push(c.to_ascii_lowercase());
            } else if !out.is_empty() && !out.ends_with('-') {
                out.push('-');
            }
        }
    }
    out.truncate(out.trim_end_matches('-').len());
    out
}

/// The short form of a site: given, or made from its name without the words the rules drop.
pub(super) fn site_code(naming: &Naming, site: &Site) -> String {
    if let Some(code) = &site.code {
        return code.as_str().to_owned();
    }
    let letters = letters(naming);
    let one_way = |text: &str| text.to_lowercase().nfc().collect::<String>();
    let dropped = |word: &str| naming.drop.iter().any(|drop| one_way(drop) == one_way(word));
    let kept: Vec<&str> = site.name.split_whitespace().filter(|word| !dropped(word)).collect();
    // A name of nothing but dropped words must still tell two sites apart.
    let words = if kept.is_empty() { site.name.value.clone() } else { kept.join(" ") };
    slug(&words, &letters)
}

/// What the rules say a letter becomes.
pub(crate) fn letters(naming: &Naming) -> BTreeMap<char, String> {
    naming.letters.iter().map(|(letter, plain)| (*letter, plain.value.clone())).collect()
}

/// How the devices of a site are named.
pub(super) struct Devices<'n> {
    naming: &'n Naming,
    /// The pattern with what does not depend on the device filled in, or the placeholder without a value.
    parts: Result<Vec<Part<'n>>, String>,
}

/// A part of a device's name.
enum Part<'n> {
    Text(Cow<'n, str>),
    Role,
    /// The number, with as many digits at least.
    Number(usize),
}

impl<'n> Devices<'n> {
    pub(super) fn of(network: &'n Network, organisation: Option<&'n Organisation>, code: &'n str) -> Self {
        let naming = &network.policy.naming;
        let pattern = if naming.device.is_empty() { PATTERN } else { naming.device.as_str() };
        let mut parts = Vec::new();
        let filled = each(pattern, |part| {
            parts.push(match part {
                Ok(text) => Part::Text(text.into()),
                Err("org") => Part::Text(organisation?.code.as_str().into()),
                Err("site") => Part::Text(code.into()),
                Err("role") => Part::Role,
                Err("n") => Part::Number(1),
                Err("nn") => Part::Number(2),
                Err(_) => return None,
            });
            Some(())
        });
        Self { naming, parts: filled.map(|()| parts) }
    }

    /// The device's name: given, or made from the pattern.
    pub(super) fn name(&self, device: &Device) -> Result<DeviceName, Finding> {
        if let Some(name) = &device.name {
            return Ok(name.value.clone());
        }
        let naming = self.naming;
        let parts = self.parts.as_ref().map_err(|key| {
            Finding::error(codes::NAMING_PATTERN, format!("the naming pattern has no value for `{{{key}}}`"))
                .at_saying(naming.device.span, "in this pattern")
                .help("a pattern may hold {org}, {site}, {role}, {n} and {nn}")
        })?;
        let mut text = String::with_capacity(64);
        for part in parts {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Role => {
                    text.push_str(naming.roles.get(&device.role).map_or(device.role.word(), |word| word.as_str()));
                }
                Part::Number(digits) => {
                    let _written = write!(text, "{:0digits$}", device.number);
                }
            }
        }
        let wrong = |message: String| {
            Finding::error(codes::HOSTNAME, message)
                .at_saying(device.span, "named by the pattern")
                .help("give the site a shorter `code:`, or the device a `name:`")
                .about(About::Host(text.clone()))
        };
        if let Some(longest) = &naming.max_length
            && text.len() > longest.value
        {
            let message = format!("`{text}` has {} characters; the naming rules allow {}", text.len(), longest.value);
            return Err(wrong(message).label(longest.span, "allowed here"));
        }
        text.parse().map_err(|error: crate::value::ValueError| wrong(error.0))
    }
}

/// The description of a port that faces a device, by the device's name and its port.
pub(super) fn link(naming: &Naming, device: &str, port: &str) -> String {
    let pattern = if naming.link.is_empty() { LINK_PATTERN } else { naming.link.as_str() };
    let value = |key: &str| match key {
        "device" => Some(device.into()),
        "port" => Some(port.into()),
        _ => None,
    };
    fill(pattern, value).unwrap_or_else(|_| format!("{device} {port}"))
}

/// The description of another port; the title alone where the rules give no pattern.
pub(super) fn port(naming: &Naming, title: &str, port: &str, room: &str) -> String {
    let Some(pattern) = &naming.port else { return title.to_owned() };
    let value = |key: &str| match key {
        "title" => Some(title.into()),
        "port" => Some(port.into()),
        "room" => Some(room.into()),
        _ => None,
    };
    // A part that is empty must not leave two spaces behind.
    let words = fill(pattern, value).unwrap_or_else(|_| title.to_owned());
    if is_even(&words) {
        return words;
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether single spaces stand between words, and none around them.
fn is_even(text: &str) -> bool {
    let mut before = b' ';
    // The other bytes may begin another kind of space.
    let even = text.bytes().all(|byte| {
        let even = !(byte == b' ' && before == b' ') && byte >= b' ' && !matches!(byte, 0xc2 | 0xe1..=0xe3);
        before = byte;
        even
    });
    even && before != b' '
}

/// The name of a VLAN on devices.
#[must_use]
pub fn vlan(naming: &Naming, vlan: &Vlan) -> String {
    let name = vlan.name.as_str();
    let Some(pattern) = &naming.vlan else { return name.to_owned() };
    let value = |key: &str| match key {
        "id" => Some(vlan.id.value.to_string().into()),
        "name" => Some(name.into()),
        "title" => Some(vlan.title.as_ref().map_or(name, |title| title.as_str()).into()),
        _ => None,
    };
    fill(pattern, value).unwrap_or_else(|_| name.to_owned())
}

/// The name of a firewall object that stands for a segment or a flow.
#[must_use]
pub fn object(naming: &Naming, name: &Id) -> String {
    let Some(pattern) = &naming.object else { return name.to_string() };
    fill(pattern, |key| (key == "name").then(|| name.as_str().into())).unwrap_or_else(|_| name.to_string())
}

/// Patterns with a placeholder that nothing fills; the one for devices is told where a device needs it.
pub(super) fn check(naming: &Naming) -> Vec<Finding> {
    let patterns: [(Option<&Sp<String>>, &[&str]); 4] = [
        (Some(&naming.link), &["device", "port"]),
        (naming.port.as_ref(), &["title", "port", "room"]),
        (naming.vlan.as_ref(), &["id", "name", "title"]),
        (naming.object.as_ref(), &["name"]),
    ];
    let mut findings = Vec::new();
    for (pattern, known) in patterns {
        let Some(pattern) = pattern else { continue };
        if let Err(key) = fill(pattern, |key| known.contains(&key).then(Cow::default)) {
            let known: Vec<String> = known.iter().map(|key| format!("{{{key}}}")).collect();
            findings.push(
                Finding::error(codes::NAMING_PATTERN, format!("the naming pattern has no value for `{{{key}}}`"))
                    .at_saying(pattern.span, "in this pattern")
                    .help(format!("this pattern may hold {}", known.join(", "))),
            );
        }
    }
    findings
}

/// Fills `{key}` placeholders; `Err` names the one without a value.
pub(super) fn fill<'v>(pattern: &str, value: impl Fn(&str) -> Option<Cow<'v, str>>) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len() + 16);
    each(pattern, |part| {
        match part {
            Ok(text) => out.push_str(text),
            Err(key) => out.push_str(&value(key)?),
        }
        Some(())
    })?;
    Ok(out)
}

/// Every part of a pattern: `Ok` for text, `Err` for the key of a placeholder; names the one that is not taken.
fn each<'p>(pattern: &'p str, mut take: impl FnMut(Result<&'p str, &'p str>) -> Option<()>) -> Result<(), String> {
    let mut rest = pattern;
    let cut = |text: &'p str, at: u8| {
        let at = text.bytes().position(|byte| byte == at)?;
        Some((text.get(..at)?, text.get(at + 1..)?))
    };
    while let Some((before, after)) = cut(rest, b'{') {
        take(Ok(before)).ok_or_else(String::new)?;
        let Some((key, tail)) = cut(after, b'}') else {
            return Err(after.to_owned());
        };
        take(Err(key)).ok_or_else(|| key.to_owned())?;
        rest = tail;
    }
    take(Ok(rest)).ok_or_else(String::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    #[test]
    fn swedish_names_become_legal_labels() {
        let none = BTreeMap::new();
        assert_eq!(slug("Åmål", &none), "amal");
        assert_eq!(slug("Färgelanda", &none), "fargelanda");
        assert_eq!(slug("Ödskölts förskola", &none), "odskolts-forskola");
        assert_eq!(slug("  S:t Örjans -- hus ", &none), "s-t-orjans-hus");
        assert_eq!(slug("A\u{30a}mål", &none), "amal");
        assert_eq!(slug("Æro Ørby", &none), "aero-orby");
        let own = BTreeMap::from([('ä', "ae".to_owned())]);
        assert_eq!(slug("Färgelanda", &own), "faergelanda");
    }

    #[test]
    fn dropped_words_leave_the_code() {
        let word = |text: &str| Sp::new(text.to_owned(), Span::default());
        let naming = Naming { drop: vec![word("Åmåls")], ..Naming::default() };
        let mut site = super::super::fixture::site("x", "amal", 1);
        site.name = word("åmåls stadshus");
        assert_eq!(site_code(&naming, &site), "stadshus");
        site.name = word("Åmåls");
        assert_eq!(site_code(&naming, &site), "amals");
    }

    #[test]
    fn an_unclosed_or_unknown_placeholder_is_named() {
        assert_eq!(fill("{a}-{b}", |key| (key == "a").then(|| "x".into())), Err("b".to_owned()));
        assert_eq!(fill("{a", |_| Some(Cow::default())), Err("a".to_owned()));
        assert_eq!(fill("x-{a}!", |_| Some("y".into())), Ok("x-y!".to_owned()));
    }
}
