//! One structure for all organisations: what is common is not limited to one of them, and no level weakens
//! what the network as a whole decided.

use crate::finding::{Finding, codes};
use crate::model::{Network, Part, SiteFilter};
use crate::value::Id;

pub(super) mod baseline;
pub(super) mod ssids;
pub(super) mod vlans;

/// Says so where something is limited to some of the organisations, though more of them have sites.
fn limited<'n>(network: &'n Network, all: impl Iterator<Item = (String, &'n SiteFilter)>, findings: &mut Vec<Finding>) {
    if !network.gaps.whole(Part::Sites) || !network.gaps.whole(Part::Network) {
        return;
    }
    for (what, filter) in all {
        let Some(first) = filter.organisations.first() else { continue };
        // One that does not exist is told as that.
        let exists = |id: &Id| network.organisations.iter().any(|organisation| organisation.id.value == *id);
        if filter.organisations.iter().any(|named| !exists(&named.value)) {
            continue;
        }
        // A kind of building that only one of them has is limited by the buildings.
        let tagged = SiteFilter { organisations: Vec::new(), ..filter.clone() };
        let left = network.organisations.iter().map(|organisation| &organisation.id.value).filter(|id| {
            let has = network.sites.iter().any(|site| site.organisation.value == **id && tagged.admits(site));
            has && !filter.organisations.iter().any(|named| named.value == **id)
        });
        let left: Vec<&str> = left.map(Id::as_str).collect();
        if !left.is_empty() {
            findings.push(
                Finding::warning(codes::NOT_UNIFORM, format!("{what} is not for {}", left.join(", ")))
                    .at_saying(first.span, "limited to these")
                    .help("limit it by the kind of building instead: `sites: { tags: [...] }`"),
            );
        }
    }
}
