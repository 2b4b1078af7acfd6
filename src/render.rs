//! Model and platform to intended configuration text.
//!
//! A platform's templates see one [`Context`] and nothing else, so the same inventory gives the same bytes.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashSet, HashSetExt as _};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use rayon::prelude::*;

use crate::derive::{Derived, DeviceFacts};
use crate::finding::{Finding, codes};
use crate::model::{Layer as _, Network};
use crate::platform::Library;
use crate::policy::{self, Rules};
use crate::source::Span;
use crate::value::{DeviceName, Id};

mod clean;
pub mod context;
mod filters;
mod gather;
mod places;
#[cfg(test)]
mod tests;

pub use context::Context;

/// Steps a template may take: a device with 1,000 ports and 10,000 rules needs about 1,000,000.
const FUEL: u64 = 50_000_000;

/// The intended configuration of one device.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The device.
    pub device: DeviceName,
    /// Its platform.
    pub platform: String,
    /// The configuration; secrets are `⟪secret:NAME⟫`.
    pub text: String,
    /// For each line of `text`, the place in the inventory it comes from.
    pub places: Vec<Option<Span>>,
    /// What is odd about the texts in it; no error.
    pub findings: Vec<Finding>,
}

/// Renders every device that holds a configuration of its own, sorted by name.
#[must_use]
pub fn all(network: &Network, derived: &Derived, library: &Library) -> (Vec<Rendered>, Vec<Finding>) {
    let names: Vec<&DeviceName> = derived.configured().map(|facts| &facts.name).collect();
    Renderer::new(network, derived, library, &names).devices(&names)
}

/// One device of each platform, role and model, and one of each organisation whose devices are told something of their own,
/// the first by name. What a template does not know how to write shows in these, in a network that takes minutes to render
/// as a whole.
#[must_use]
pub fn sample<'d>(network: &Network, derived: &'d Derived) -> Vec<&'d DeviceName> {
    let mut kinds = HashSet::new();
    let own = network.organisations.iter().filter(|one| !one.settings.is_silent() || !one.profiles.is_empty());
    let mut organisations: HashSet<&Id> = own.map(|one| &one.id.value).collect();
    let device = |facts: &DeviceFacts| network.sites.get(facts.site)?.devices.get(facts.device);
    let mut first = |facts: &'d DeviceFacts| {
        let of_kind = kinds.insert((&facts.platform, facts.role, device(facts).map(|device| &device.model.value)));
        organisations.remove(&facts.organisation) || of_kind
    };
    derived.configured().filter(|facts| first(facts)).map(|facts| &facts.name).collect()
}

/// Renders the devices that [`sample`] chooses.
#[must_use]
pub fn samples(network: &Network, derived: &Derived, library: &Library) -> (Vec<Rendered>, Vec<Finding>) {
    let names = sample(network, derived);
    Renderer::new(network, derived, library, &names).devices(&names)
}

/// Whether a line holds printable ASCII alone, as nearly all do.
fn is_plain(line: &str) -> bool {
    line.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Everything needed to render devices, prepared once.
pub struct Renderer<'a> {
    network: &'a Network,
    derived: &'a Derived,
    library: &'a Library,
    rules: Rules,
    /// Templates by platform; `Err` holds why they do not compile.
    environments: BTreeMap<String, Result<Environment<'static>, Finding>>,
}

impl<'a> Renderer<'a> {
    /// Compiles the policy and the templates that these devices need; no other can be rendered with it.
    #[must_use]
    pub fn new(network: &'a Network, derived: &'a Derived, library: &'a Library, names: &[&DeviceName]) -> Self {
        let devices: Vec<&DeviceFacts> = names.iter().filter_map(|name| derived.devices.get(name)).collect();
        let used: BTreeSet<&str> = devices.iter().map(|facts| facts.platform.as_str()).collect();
        let mut environments = BTreeMap::new();
        for name in used {
            if let Some(entry) = library.get(name) {
                environments.insert(name.to_owned(), environment(name, &entry.templates));
            }
        }
        let rules = policy::compile_for(network, derived, devices);
        Self { network, derived, library, rules, environments }
    }

    /// The compiled policy.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// What the templates of one device see.
    #[must_use]
    pub fn context(&self, name: &DeviceName) -> Option<Context> {
        let facts = self.derived.devices.get(name)?;
        let mut places = places::Places::default();
        Some(self.source(facts)?.context(&mut places, &mut clean::Cleaner::default()))
    }

    /// Renders one device.
    ///
    /// # Errors
    /// Findings, when the device or its platform is unknown or a template fails.
    pub fn device(&self, name: &DeviceName) -> Result<Rendered, Vec<Finding>> {
        let facts = self
            .derived
            .devices
            .get(name)
            .ok_or_else(|| vec![Finding::error(codes::NO_SUCH_DEVICE, format!("no device is called `{name}`"))])?;
        if let Some(controller) = facts.controllers.first() {
            let message = format!("`{name}` holds no configuration of its own: `{controller}` configures it");
            return Err(vec![Finding::error(codes::NO_SUCH_DEVICE, message).at(facts.span)]);
        }
        let missing = || {
            let known: Vec<&str> = self.library.names().collect();
            let message = format!("`{name}` runs platform `{}`, which has no templates", facts.platform);
            vec![
                Finding::error(codes::UNKNOWN_PLATFORM, message)
                    .at(facts.span)
                    .help(format!("known platforms: {}; another one is a folder under templates/", known.join(", "))),
            ]
        };
        let source = self.source(facts).ok_or_else(missing)?;
        let environment = match self.environments.get(facts.platform.as_str()) {
            Some(Ok(environment)) => environment,
            Some(Err(finding)) => return Err(vec![finding.clone()]),
            None => return Err(missing()),
        };
        let mut places = places::Places::default();
        let mut clean = clean::Cleaner::default();
        let context = source.context(&mut places, &mut clean);
        let file = source.platform.template.as_deref().ok_or_else(missing)?;
        let failed =
            |error: &minijinja::Error| vec![template_finding(&facts.platform.to_string(), error).label_device(facts)];
        let template = environment.get_template(file).map_err(|error| failed(&error))?;
        let marked = template.render(Serde(&context)).map_err(|error| failed(&error))?;
        let (text, lines) = places::strip(&marked, &places, facts.span);
        if let Some(line) = text.split('\n').position(|line| {
            !is_plain(line) && line.chars().any(|c| (c.is_control() && c != '\t') || clean::private(c))
        }) {
            let message = format!("line {} of `{name}` holds a control character", line + 1);
            return Err(vec![
                Finding::error(codes::UNSAFE_OUTPUT, message).at(lines
                    .get(line)
                    .copied()
                    .flatten()
                    .unwrap_or(facts.span)),
            ]);
        }
        Ok(Rendered {
            device: name.clone(),
            platform: facts.platform.to_string(),
            text,
            places: lines,
            findings: clean.findings,
        })
    }

    /// Renders many devices at once, in the order given; equal findings stand once.
    #[must_use]
    pub fn devices(&self, names: &[&DeviceName]) -> (Vec<Rendered>, Vec<Finding>) {
        let results: Vec<_> = names.par_iter().with_max_len(1).map(|name| self.device(name)).collect();
        let mut rendered = Vec::new();
        let mut findings: Vec<Finding> = Vec::new();
        for result in results {
            match result {
                Ok(done) => {
                    findings.extend(done.findings.iter().cloned());
                    rendered.push(done);
                }
                Err(wrong) => findings.extend(wrong),
            }
        }
        let mut seen = BTreeSet::new();
        findings.retain(|finding| seen.insert((finding.code, finding.span, finding.message.clone())));
        (rendered, alike(findings))
    }

    fn source(&self, facts: &'a DeviceFacts) -> Option<gather::Source<'_>> {
        let site = self.network.sites.get(facts.site)?;
        Some(gather::Source {
            network: self.network,
            derived: self.derived,
            rules: &self.rules,
            platform: &self.library.get(facts.platform.as_str())?.platform,
            facts,
            site,
            device: site.devices.get(facts.device)?,
        })
    }
}

/// A platform's templates, compiled: strict about what is undefined, and never endless.
fn environment(platform: &str, templates: &BTreeMap<String, String>) -> Result<Environment<'static>, Finding> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.set_fuel(Some(FUEL));
    // A line that holds only a block leaves nothing behind, so templates look like their output.
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    environment.set_syntax(syntax.map_err(|error| template_finding(platform, &error))?);
    filters::add_to(&mut environment);
    for (name, text) in templates {
        environment
            .add_template_owned(name.clone(), text.clone())
            .map_err(|error| template_finding(platform, &error))?;
    }
    Ok(environment)
}

/// What a template did wrong, by file and line. The values it saw stay out of it: they may be secrets.
fn template_finding(platform: &str, error: &minijinja::Error) -> Finding {
    let place = match (error.name(), error.line()) {
        (Some(name), Some(line)) => format!("templates/{platform}/{name}:{line}"),
        (Some(name), None) => format!("templates/{platform}/{name}"),
        (None, _) => format!("templates/{platform}"),
    };
    let kind = error.kind();
    let message =
        error.detail().map_or_else(|| format!("{place}: {kind}"), |detail| format!("{place}: {kind}: {detail}"));
    // An included file fails inside the one that includes it; the innermost knows the line.
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if let Some(inner) = inner.downcast_ref::<minijinja::Error>() {
            return template_finding(platform, inner);
        }
        source = inner.source();
    }
    Finding::error(codes::TEMPLATE_FAILED, message)
}

/// A template that fails in the same words for many devices is one mistake: the first is told, with how many more.
fn alike(findings: Vec<Finding>) -> Vec<Finding> {
    let mut more: BTreeMap<String, usize> = BTreeMap::new();
    let mut told: Vec<Finding> = Vec::new();
    for finding in findings {
        let known = finding.code == codes::TEMPLATE_FAILED
            && told.iter().any(|known| known.code == finding.code && known.message == finding.message);
        if known {
            *more.entry(finding.message).or_default() += 1;
        } else {
            told.push(finding);
        }
    }
    for finding in told.iter_mut().filter(|finding| finding.code == codes::TEMPLATE_FAILED) {
        if let Some(more) = more.get(&finding.message) {
            finding.here = format!("while rendering this device, and {more} more").into();
        }
    }
    told
}

impl Finding {
    /// Points at the device a template failed for.
    fn label_device(self, facts: &DeviceFacts) -> Self {
        self.at_saying(facts.span, "while rendering this device")
    }
}
