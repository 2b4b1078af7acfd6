//! How old devices are, and how long they are looked after.

use super::models::dates::is_age;
use crate::model::{Device, Network};
use crate::source::Sp;

pub(super) mod age;
pub(super) mod future;
pub(super) mod installed;
pub(super) mod serials;
pub(super) mod sold_out;
pub(super) mod support;

/// The day a device should be replaced, by its model or else by its role.
fn due(network: &Network, device: &Device) -> Option<jiff::civil::Date> {
    let model = network.models.get(device.model.as_str())?;
    after(device, model.lifetime_years.as_ref().or_else(|| network.lifecycle.years.get(&device.role))?)
}

/// The day a device should be replaced by its role alone, whatever its model says.
fn due_by_role(network: &Network, device: &Device) -> Option<jiff::civil::Date> {
    after(device, network.lifecycle.years.get(&device.role)?)
}

fn after(device: &Device, years: &Sp<u32>) -> Option<jiff::civil::Date> {
    // An age that cannot be is told where it stands.
    let years = i64::from(Some(years.value).filter(|years| is_age(*years))?);
    device.installed.as_ref()?.checked_add(jiff::Span::new().years(years)).ok()
}

/// How many more there are.
fn more(rest: usize) -> String {
    if rest == 0 { String::new() } else { format!(" and {rest} more") }
}
