//! One structure for all organisations: what is common is not limited to one of them, and no level weakens
//! what the network as a whole decided.

use crate::model::{Network, SiteFilter};
use crate::source::Span;

pub(super) mod baseline;
pub(super) mod ssids;
pub(super) mod vlans;

/// The place where something is limited to some of the organisations, though more of them have sites.
fn limited(network: &Network, filter: &SiteFilter) -> Option<(String, Span)> {
    let first = filter.organisations.first()?;
    let left = network.organisations.iter().filter(|organisation| {
        let named = filter.organisations.iter().any(|named| named.value == organisation.id.value);
        // A kind of building that only one of them has is limited by the buildings.
        let tagged = SiteFilter { organisations: Vec::new(), ..filter.clone() };
        let has =
            network.sites.iter().any(|site| site.organisation.value == organisation.id.value && tagged.admits(site));
        !named && has
    });
    let names: Vec<&str> = left.map(|organisation| organisation.id.as_str()).collect();
    (!names.is_empty()).then(|| (names.join(", "), first.span))
}
