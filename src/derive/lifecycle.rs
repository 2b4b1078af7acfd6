//! When each device is due to be replaced, and why.

use jiff::civil::Date;

use super::facts::{Derived, DeviceFacts};
use super::layout;
use crate::model::{Device, DeviceModel, Network, Role};
use crate::source::Span;
use crate::value::{DeviceName, Id};

/// When one device is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The device.
    pub device: DeviceName,
    /// Its organisation.
    pub organisation: Id,
    /// Its site.
    pub site: Id,
    /// Its role.
    pub role: Role,
    /// Its model; of the first member of a stack.
    pub model: String,
    /// How many units there are to replace.
    pub units: u32,
    /// The day it was installed.
    pub installed: Option<Date>,
    /// The day it is due, and why; `None` where nothing says so.
    pub due: Option<(Date, Reason)>,
    /// Place of its key in the site file.
    pub span: Span,
}

/// Why a device is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The vendor mends no faults any more.
    EndOfSupport,
    /// So many years old, as the model says.
    ModelAge(u32),
    /// So many years old, as is usual for its role.
    RoleAge(u32),
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::EndOfSupport => f.write_str("end of support"),
            Self::ModelAge(years) => write!(f, "{years} years, by its model"),
            Self::RoleAge(years) => write!(f, "{years} years, by its role"),
        }
    }
}

/// The day some years later; from 29 February it is 28 February where that year has no 29th.
#[must_use]
pub fn years_after(day: Date, years: u32) -> Option<Date> {
    day.checked_add(jiff::Span::new().try_years(years).ok()?).ok()
}

/// The quarter a day lies in, as `2027 Q1`.
#[must_use]
pub fn quarter(day: Date) -> String {
    format!("{} Q{}", day.year(), (day.month() - 1) / 3 + 1)
}

/// When every device is due, sorted by name.
#[must_use]
pub fn due(network: &Network, derived: &Derived) -> Vec<Due> {
    derived.devices.values().filter_map(|facts| of_device(network, facts)).collect()
}

fn of_device(network: &Network, facts: &DeviceFacts) -> Option<Due> {
    let device = network.sites.get(facts.site)?.devices.get(facts.device)?;
    let models = layout::members(network, device).filter_map(|(_, model)| model);
    Some(Due {
        device: facts.name.clone(),
        organisation: facts.organisation.clone(),
        site: facts.site_id.clone(),
        role: facts.role,
        model: device.model.to_string(),
        units: facts.members,
        installed: device.installed.as_ref().map(|day| day.value),
        // A stack is replaced as a whole, with the first of its members.
        due: models.filter_map(|model| of_model(network, device, model)).min(),
        span: facts.span,
    })
}

/// Whichever comes first: its age, or the end of support.
fn of_model(network: &Network, device: &Device, model: &DeviceModel) -> Option<(Date, Reason)> {
    let end = model.end_of_support.as_ref().map(|day| (day.value, Reason::EndOfSupport));
    let years = model.lifetime_years.as_ref().map(|years| (years.value, Reason::ModelAge(years.value)));
    let years = years
        .or_else(|| network.lifecycle.years.get(&device.role).map(|years| (years.value, Reason::RoleAge(years.value))));
    let aged = device.installed.as_ref().zip(years);
    let aged = aged.and_then(|(installed, (years, reason))| Some((years_after(installed.value, years)?, reason)));
    end.into_iter().chain(aged).min()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::fixture::{network, sp};
    use super::*;

    #[test]
    fn a_leap_day_has_its_birthday_on_the_day_before() {
        assert_eq!(years_after(date(2024, 2, 29), 5), Some(date(2029, 2, 28)));
        assert_eq!(years_after(date(2024, 2, 29), 4), Some(date(2028, 2, 29)));
        assert_eq!(years_after(date(2024, 3, 1), 5), Some(date(2029, 3, 1)));
        assert_eq!(years_after(date(2024, 3, 1), u32::MAX), None);
        assert_eq!(years_after(date(9999, 3, 1), 1), None);
        assert_eq!((quarter(date(2026, 3, 31)), quarter(date(2026, 4, 1))), ("2026 Q1".into(), "2026 Q2".into()));
    }

    #[test]
    fn what_comes_first_decides() {
        let mut network = network(1);
        network.lifecycle.years.insert(Role::Ap, sp(5));
        network.sites[1].devices[2].installed = Some(sp(date(2022, 6, 1)));
        network.sites[1].devices[0].installed = Some(sp(date(2020, 6, 1)));
        let model = network.models.get_mut("switch").unwrap();
        model.lifetime_years = Some(sp(10));
        let of = |network: &Network, name: &str| {
            let (derived, _) = super::super::derive(network);
            due(network, &derived).into_iter().find(|due| due.device.as_str() == name).unwrap().due
        };
        assert_eq!(of(&network, "fgl-skola-1-ap01"), Some((date(2027, 6, 1), Reason::RoleAge(5))));
        assert_eq!(of(&network, "fgl-skola-1-ap02"), None);
        assert_eq!(of(&network, "fgl-skola-1-distribution01"), Some((date(2030, 6, 1), Reason::ModelAge(10))));
        network.models.get_mut("switch").unwrap().end_of_support = Some(sp(date(2028, 1, 31)));
        assert_eq!(of(&network, "fgl-skola-1-distribution01"), Some((date(2028, 1, 31), Reason::EndOfSupport)));
        assert_eq!(of(&network, "fgl-skola-1-access01"), Some((date(2028, 1, 31), Reason::EndOfSupport)));
        // A stack goes with the first of its members.
        network.models.get_mut("wall").unwrap().end_of_support = Some(sp(date(2027, 1, 1)));
        network.sites[1].devices[1].stack = vec![sp("wall".into())];
        assert_eq!(of(&network, "fgl-skola-1-access01"), Some((date(2027, 1, 1), Reason::EndOfSupport)));
    }
}
