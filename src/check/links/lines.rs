//! What a site's file says of its line fits together.

use std::collections::BTreeMap;

use crate::check::{Subject, second};
use crate::finding::{Finding, Severity, codes};
use crate::model::WanKind;
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    // What all ports of each site that lead to others carry together.
    let mut ways: BTreeMap<usize, u32> = BTreeMap::new();
    for end in subject.wiring.links.iter().filter(|end| end.device.site != end.far.site) {
        let most = ways.entry(end.device.site).or_default();
        *most = most.saturating_add(end.port.link_speed.unwrap_or_default());
    }
    let mut circuits: BTreeMap<(String, String), Span> = BTreeMap::new();
    for (place, site) in subject.network.sites.iter().enumerate() {
        let wan = &site.wan;
        // What has no digit is no number.
        if let Some(circuit) = wan.circuit.as_ref().filter(|circuit| circuit.contains(|c: char| c.is_ascii_digit())) {
            let carrier = wan.carrier.as_ref().map(|carrier| carrier.to_lowercase()).unwrap_or_default();
            let first = *circuits.entry((carrier, circuit.trim().to_lowercase())).or_insert(circuit.span);
            if first != circuit.span {
                let message = format!("two sites have the line `{}`", circuit.value);
                let finding = second(codes::LINE, message, circuit.span, first);
                let finding = Finding { severity: Severity::Warning, ..finding };
                findings.push(finding.help("each line has a number of its own; it stands on its carrier's bill"));
            }
        }
        let hired = wan.carrier.as_ref().or(wan.circuit.as_ref());
        let name = &site.name.value;
        if let Some(rate) = wan.mbit.as_ref().filter(|rate| rate.value == 0) {
            findings.push(
                Finding::error(codes::LINE, format!("the line of {name} carries 0 Mbit/s"))
                    .at(rate.span)
                    .help("give the rate that its carrier sells, or leave `mbit` out where nothing limits it"),
            );
        }
        let most = ways.get(&place).copied().unwrap_or_default();
        if let Some(rate) = wan.mbit.as_ref().filter(|rate| most > 0 && rate.value > most) {
            let message =
                format!("the line of {name} carries {} Mbit/s, and its ports to others {most} together", rate.value);
            findings.push(
                Finding::warning(codes::LINE, message)
                    .at_saying(rate.span, "so nothing is shaped to it")
                    .help("give the rate that its carrier sells, in Mbit/s"),
            );
        }
        if let (WanKind::Fibre, Some(hired)) = (wan.kind.value, hired) {
            findings.push(
                Finding::warning(
                    codes::LINE,
                    format!("the line of {name} is its own fibre, and somebody else runs it"),
                )
                .at(wan.kind.span)
                .label(hired.span, "said of the one who runs it")
                .help("a line that is paid for is `kind: leased`"),
            );
        } else if let (WanKind::Leased, None) = (wan.kind.value, &wan.mbit) {
            findings.push(
                Finding::warning(codes::LINE, format!("nothing says what the leased line of {name} carries"))
                    .at_saying(wan.kind.span, "so nothing is shaped to its rate")
                    .help("add the rate that was bought: `mbit: 100`"),
            );
        } else if let (WanKind::Leased, None) = (wan.kind.value, &wan.carrier) {
            findings.push(
                Finding::warning(codes::LINE, format!("nothing says whose the leased line of {name} is"))
                    .at_saying(wan.kind.span, "somebody has to be called when it fails")
                    .help("add who runs it: `carrier: NAME`"),
            );
        }
    }
}
