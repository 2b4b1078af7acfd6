//! Dates and ages of models that cannot be.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::source::Sp;

/// Years after which nothing in a network is still in use.
const OLDEST: u32 = 30;

/// Years in which nobody replaces anything.
const YOUNGEST: u32 = 3;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for model in subject.network.models.values() {
        if let (Some(sale), Some(support)) = (&model.end_of_sale, &model.end_of_support)
            && support.value < sale.value
        {
            let message = format!("support for `{}` ends before its sale does", model.name.value);
            findings.push(
                Finding::error(codes::MODEL_DATES, message)
                    .at(support.span)
                    .label(sale.span, "sold until then")
                    .help("vendors mend faults for some years after the last day of sale; the two may be swapped"),
            );
        }
        if let Some(years) = model.lifetime_years.as_ref().filter(|years| !is_age(years.value)) {
            findings.push(never(&format!("model `{}`", model.name.value), years));
        }
    }
    for (role, years) in subject.network.lifecycle.years.iter().filter(|(_, years)| !is_age(years.value)) {
        findings.push(never(&format!("every device of role `{}`", role.word()), years));
    }
}

/// Whether anything is used for so many years and then replaced.
pub(in crate::check) fn is_age(years: u32) -> bool {
    (YOUNGEST..=OLDEST).contains(&years)
}

fn never(what: &str, years: &Sp<u32>) -> Finding {
    Finding::warning(
        codes::MODEL_DATES,
        format!("{what} would be replaced after {} year{}", years.value, if years.value == 1 { "" } else { "s" }),
    )
    .at(years.span)
    .help("access points are usually replaced after 5 years, switches after 8 to 10")
}
