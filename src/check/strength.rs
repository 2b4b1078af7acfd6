//! Whether the values of secrets are worth their name. Not one of the list: it reads what stands outside the inventory,
//! and only when asked to. No message says anything of a value but which rule it breaks.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret as _, SecretString};

use super::said::{self, Purpose};
use crate::finding::{Finding, Severity, codes};
use crate::model::Network;
use crate::secret::{Vault, bits};
use crate::source::Span;
use crate::value::Id;

/// Bits below which a secret is tried out by somebody with a machine of their own and a night.
const ENOUGH: f64 = 50.0;

/// What a purpose asks of a value.
struct Rule {
    /// Fewest characters, and why.
    shortest: (usize, &'static str),
    /// Most bytes, and what happens to the others.
    longest: Option<(usize, &'static str)>,
    /// Whether devices take fewer than `shortest` at all.
    refused: bool,
}

const fn rule(purpose: Purpose) -> Rule {
    let long = "it is as good as a password";
    match purpose {
        Purpose::Wireless => Rule {
            shortest: (8, "IEEE 802.11 has 8 to 63 characters"),
            longest: Some((63, "IEEE 802.11 has 8 to 63 characters")),
            refused: true,
        },
        Purpose::Radius => Rule { shortest: (16, "RFC 2865 wants at least 16 octets"), longest: None, refused: false },
        Purpose::SnmpAuth | Purpose::SnmpPrivacy => {
            Rule { shortest: (12, "it can be tried out on one packet that was heard"), longest: None, refused: false }
        }
        Purpose::Ospf => Rule {
            shortest: (8, "it can be tried out on one packet that was heard"),
            longest: Some((16, "RFC 2328 has 16 bytes, and some routers cut the others off in silence")),
            refused: false,
        },
        Purpose::Bgp => Rule {
            shortest: (12, "it can be tried out on one packet that was heard"),
            longest: Some((80, "routers take 80 bytes at most")),
            refused: false,
        },
        Purpose::SnmpCommunity | Purpose::Enable | Purpose::Login => {
            Rule { shortest: (12, long), longest: None, refused: false }
        }
    }
}

/// What is wrong with the values of the secrets that a network uses.
#[must_use]
pub fn check(network: &Network, vault: &Vault) -> Vec<Finding> {
    let mut uses: BTreeMap<&Id, Vec<(Purpose, Span)>> = BTreeMap::new();
    for (purpose, name, span) in said::secrets(network, said::settings(network)) {
        let list = uses.entry(name).or_default();
        if !list.iter().any(|(known, _)| *known == purpose) {
            list.push((purpose, span));
        }
    }
    let mut findings = vault.findings();
    let mut values: Vec<(&Id, SecretString)> = Vec::new();
    let own = names(network);
    for (name, uses) in &uses {
        // A name that nothing defines is a finding already.
        let Some(source) = network.secrets.get(*name) else { continue };
        let value = match vault.value(name) {
            Ok(value) => value,
            Err(error) => {
                findings.push(
                    Finding::error(codes::SECRET_UNSET, error.to_string())
                        .at_saying(source.span, "its value should come from here")
                        .help("nothing can be sent to a device that needs it; set it where this says"),
                );
                continue;
            }
        };
        let text = value.expose_secret();
        let rules = uses.iter().flat_map(|(purpose, used)| {
            broken(name, text, *purpose)
                .map(|finding| finding.at(source.span).label(*used, format!("used here for {}", purpose.word())))
        });
        let mut rules: Vec<Finding> = rules.collect();
        // What is too short to be taken at all has to go, and what can be guessed is hardly long enough: one of the two says it.
        let short = |finding: &Finding| finding.code == codes::SECRET_SHORT;
        let refused = rules.iter().any(|finding| short(finding) && finding.severity == Severity::Error);
        let guessed = !refused && bits(text, &own) < ENOUGH;
        rules.retain(|finding| !(guessed && short(finding)));
        findings.append(&mut rules);
        if guessed {
            let finding = Finding::error(codes::SECRET_GUESSABLE, format!("the secret `{name}` can be guessed"));
            findings.push(finding.at(source.span).help(
                "words, names, years, rows of keys and repetitions are tried first; let a machine choose: openssl rand -hex 8",
            ));
        }
        values.push((*name, value));
    }
    same(network, &values, &uses, &mut findings);
    findings
}

/// The rules of a purpose that a value breaks.
fn broken(name: &Id, value: &str, purpose: Purpose) -> impl Iterator<Item = Finding> {
    let rule = rule(purpose);
    let (shortest, why) = rule.shortest;
    let short = (value.chars().count() < shortest).then(|| {
        let message = format!("the secret `{name}` is shorter than {shortest} characters");
        let finding = if rule.refused { Finding::error } else { Finding::warning };
        finding(codes::SECRET_SHORT, message).help(format!("{}: {why}", purpose.word()))
    });
    let long = rule.longest.filter(|(longest, _)| value.len() > *longest).map(|(longest, why)| {
        Finding::error(codes::SECRET_CUT, format!("the secret `{name}` is longer than {longest} bytes"))
            .help(format!("{}: {why}", purpose.word()))
    });
    let odd = (purpose == Purpose::Wireless && !value.bytes().all(|byte| (b' '..=b'~').contains(&byte))).then(|| {
        Finding::error(codes::SECRET_CUT, format!("the secret `{name}` has characters that are no printable ASCII"))
            .help("stations spell them differently, so that some never get in")
    });
    [short, long, odd].into_iter().flatten()
}

/// Secrets with one value: whoever learns one has the others.
fn same(
    network: &Network,
    values: &[(&Id, SecretString)],
    uses: &BTreeMap<&Id, Vec<(Purpose, Span)>>,
    findings: &mut Vec<Finding>,
) {
    for (at, (name, value)) in values.iter().enumerate() {
        let mut before = values.iter().take(at);
        let Some((first, _)) = before.find(|(_, other)| other.expose_secret() == value.expose_secret()) else {
            continue;
        };
        let serves = |name: &Id, wanted: Purpose| {
            uses.get(name).is_some_and(|uses| uses.iter().any(|(purpose, _)| *purpose == wanted))
        };
        let keys = |a: &Id, b: &Id| serves(a, Purpose::SnmpAuth) && serves(b, Purpose::SnmpPrivacy);
        let message = format!("the secrets `{first}` and `{name}` have one value");
        // Whoever can send in somebody's name must not be able to read along as well.
        let found = if keys(first, name) || keys(name, first) { Finding::error } else { Finding::warning };
        let span = |name: &Id| network.secrets.get(name).map_or_else(Span::default, |source| source.span);
        findings.push(
            found(codes::SECRET_SAME, message)
                .at_saying(span(name), "the same value again")
                .label(span(first), "first used here")
                .help("give each its own: who knows one then does not know the other"),
        );
    }
}

/// Every name around the network, word by word: they are what somebody tries who knows whose network it is.
fn names(network: &Network) -> Vec<String> {
    let organisations =
        network.organisations.iter().flat_map(|org| [org.id.as_str(), org.code.as_str(), org.name.as_str()]);
    let sites = network.sites.iter().flat_map(|site| [site.id.as_str(), site.name.as_str()]);
    let ssids = network.ssids.iter().map(|ssid| ssid.name.as_str());
    let vlans = network.vlans.iter().map(|vlan| vlan.name.as_str());
    let snmp = network.settings.services.snmp.user.iter().map(|user| user.as_str());
    let all = organisations.chain(sites).chain(ssids).chain(vlans).chain(snmp);
    let all = all.chain([
        network.name.as_str(),
        network.domain.as_str(),
        network.login.user.as_ref().map_or("samnet", |user| user.as_str()),
    ]);
    let all = all.chain(network.secrets.keys().map(Id::as_str));
    let mut words: Vec<String> = all
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
        .map(str::to_lowercase)
        .filter(|word| word.chars().count() > 2)
        .collect();
    words.sort();
    words.dedup();
    words
}
