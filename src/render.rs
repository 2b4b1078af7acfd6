//! Model and platform to intended configuration text.

use crate::derive::Derived;
use crate::finding::{Code, Finding};
use crate::model::Network;
use crate::platform::Library;
use crate::source::Span;
use crate::value::DeviceName;

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
}

/// Renders one device.
///
/// # Errors
/// Findings, when the device or its platform is unknown or a template fails.
pub fn device(
    _network: &Network,
    derived: &Derived,
    _library: &Library,
    name: &DeviceName,
) -> Result<Rendered, Vec<Finding>> {
    match derived.devices.get(name) {
        None => Err(vec![Finding::error(Code(230), format!("no device is called `{name}`"))]),
        Some(facts) => Err(vec![Finding::error(Code(231), format!("no templates for platform `{}`", facts.platform))]),
    }
}

/// Renders every device, sorted by name.
#[must_use]
pub fn all(network: &Network, derived: &Derived, library: &Library) -> (Vec<Rendered>, Vec<Finding>) {
    let mut rendered = Vec::new();
    let mut findings = Vec::new();
    for name in derived.devices.keys() {
        match device(network, derived, library, name) {
            Ok(done) => rendered.push(done),
            Err(wrong) => findings.extend(wrong),
        }
    }
    (rendered, findings)
}
