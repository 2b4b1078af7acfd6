//! `samnet show lifecycle`: which devices are due when, by organisation, and what that comes to in a year.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde_json::{Value, json};

use super::{Page, Shown, View};
use crate::derive::lifecycle::{self, Due, Reason};
use crate::model::Role;
use crate::value::DeviceName;

/// What is replaced together: quarter (none where it is overdue), role, model and reason.
type Lot<'d> = (Option<String>, Role, &'d str, Reason);

pub(super) fn show(view: &View<'_>, meant: &BTreeSet<DeviceName>, as_of: Date) -> Shown {
    let all = lifecycle::due(view.network, view.derived);
    let all: Vec<Due> = all.into_iter().filter(|due| meant.contains(&due.device)).collect();
    let mut page = Page::new("Lifecycle", &format!("as of {as_of}"));
    let units = |list: &mut dyn Iterator<Item = &Due>| list.map(|due| due.units).fold(0, u32::saturating_add);
    page.fact("units", units(&mut all.iter()));
    page.fact("overdue", units(&mut all.iter().filter(|due| overdue(due, as_of))));
    for organisation in &view.network.organisations {
        let own = all.iter().filter(|due| due.organisation == organisation.id.value);
        let mut lots: BTreeMap<Lot<'_>, (u32, BTreeSet<&str>)> = BTreeMap::new();
        for (due, (day, reason)) in own.filter_map(|due| Some((due, due.due?))) {
            let when = (!overdue(due, as_of)).then(|| lifecycle::quarter(day));
            let lot = lots.entry((when, due.role, &due.model, reason)).or_default();
            lot.0 = lot.0.saturating_add(due.units);
            lot.1.insert(due.site.as_str());
        }
        let rows = lots.into_iter().map(|((when, role, model, reason), (units, sites))| {
            let when = when.unwrap_or_else(|| "overdue".to_owned());
            let sites = sites.into_iter().collect::<Vec<_>>().join(", ");
            vec![when, role.word().to_owned(), model.to_owned(), units.to_string(), reason.to_string(), sites]
        });
        page.heading(&organisation.name);
        page.table(&["when", "role", "model", "units", "why", "where"], rows.collect());
    }
    let budget = budget(&all, as_of);
    let years: BTreeSet<i16> = budget.keys().map(|(_, year)| *year).collect();
    let mut header = vec!["units by role".to_owned()];
    header.extend(years.iter().map(ToString::to_string));
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let rows = Role::ALL.into_iter().filter(|role| budget.keys().any(|(known, _)| known == role)).map(|role| {
        let count = |year: &i16| budget.get(&(role, *year)).map(ToString::to_string).unwrap_or_default();
        std::iter::once(role.word().to_owned()).chain(years.iter().map(count)).collect()
    });
    page.heading("Every organisation, by year (what is overdue counts to this one)");
    page.table(&header, rows.collect());
    let place = |due: &Due| view.project.loaded.sources.place(due.span).to_string();
    let unknown: Vec<&Due> = all.iter().filter(|due| due.installed.is_none() || due.due.is_none()).collect();
    if !unknown.is_empty() {
        page.heading("Not known in full");
        let rows = unknown.iter().map(|due| vec![due.device.to_string(), lacks(due).to_owned(), place(due)]);
        page.table(&["device", "what is missing", "written in"], rows.collect());
    }
    let devices: Vec<Value> = all
        .iter()
        .map(|due| {
            let (day, reason) = due.due.unzip();
            json!({
                "name": due.device, "organisation": due.organisation, "site": due.site, "role": due.role,
                "model": due.model, "units": due.units, "installed": due.installed, "due": day,
                "quarter": day.map(lifecycle::quarter), "reason": reason.map(|reason| reason.to_string()),
                "overdue": overdue(due, as_of), "place": place(due),
            })
        })
        .collect();
    let totals: Vec<Value> =
        budget.iter().map(|((role, year), units)| json!({ "role": role, "year": year, "units": units })).collect();
    let missing: Vec<&DeviceName> = all.iter().filter(|due| due.installed.is_none()).map(|due| &due.device).collect();
    let value = json!({
        "version": 1, "as_of": as_of, "devices": devices, "totals": totals, "without_installed": missing,
    });
    (page.text(), value)
}

fn overdue(due: &Due, as_of: Date) -> bool {
    due.due.is_some_and(|(day, reason)| match reason {
        // On its last day it is supported still.
        Reason::EndOfSupport => day < as_of,
        Reason::ModelAge(_) | Reason::RoleAge(_) => day <= as_of,
    })
}

fn lacks(due: &Due) -> &'static str {
    match (due.installed, due.due) {
        (None, None) => "the day it was installed",
        (None, Some(_)) => "the day it was installed; the end of support is known",
        (Some(_), _) => "an age: neither its model nor its role has one",
    }
}

/// Units by role and year; what is overdue counts to the year that is.
fn budget(all: &[Due], as_of: Date) -> BTreeMap<(Role, i16), u32> {
    let mut budget: BTreeMap<(Role, i16), u32> = BTreeMap::new();
    for (due, (day, _)) in all.iter().filter_map(|due| Some((due, due.due?))) {
        let units = budget.entry((due.role, day.max(as_of).year())).or_default();
        *units = units.saturating_add(due.units);
    }
    budget
}
