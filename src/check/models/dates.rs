//! Dates and ages of models that cannot be.

use crate::check::Subject;
use crate::finding::{Finding, codes};

/// Years after which nothing in a network is still in use.
const OLDEST: u32 = 30;

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
        if let Some(years) = model.lifetime_years.as_ref().filter(|years| years.value == 0 || years.value > OLDEST) {
            let message = format!("model `{}` would be replaced after {} years", model.name.value, years.value);
            findings.push(
                Finding::warning(codes::MODEL_DATES, message)
                    .at(years.span)
                    .help("access points are usually replaced after 5 years, switches after 8 to 10"),
            );
        }
    }
}
