//! A router that loses one hello is not taken for dead.

use crate::check::Subject;
use crate::finding::{Finding, codes};

/// Hellos from which on to wait for more is a slip, and seconds.
const LATE: u32 = 20;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let ospf = &subject.network.routing.ospf;
    // RFC 2328, appendix C: 10 and 40 seconds unless said otherwise.
    let hello = ospf.hello.as_ref().map_or(10, |hello| hello.value);
    let dead = ospf.dead.as_ref().map_or_else(|| hello.saturating_mul(4), |dead| dead.value);
    let Some(place) = ospf.dead.as_ref().or(ospf.hello.as_ref()) else { return };
    if hello == 0 {
        let finding = Finding::error(codes::OSPF_TIMES, "OSPF needs at least a second between hellos").at(place.span);
        findings.push(finding.help("10 seconds are usual"));
    } else if dead > hello.saturating_mul(LATE).max(LATE) {
        let message = format!("a router that is gone is noticed after {dead} seconds");
        let finding = Finding::warning(codes::OSPF_TIMES, message).at(place.span);
        findings.push(
            finding.help(format!("a digit too many? four hellos are usual: `dead: {}`", hello.saturating_mul(4))),
        );
    } else if dead < hello.saturating_mul(4) {
        let message = format!("a neighbour counts as dead after {dead} seconds, less than four hellos");
        let mut finding = Finding::warning(codes::OSPF_TIMES, message).at(place.span);
        if let Some(hello) = ospf.hello.as_ref().filter(|hello| hello.span != place.span) {
            finding = finding.label(hello.span, "seconds between hellos");
        }
        findings.push(match &ospf.hello {
            Some(_) if dead > 0 && hello >= dead.saturating_mul(4) => {
                finding.help(format!("the two are swapped: `hello: {dead}, dead: {hello}`"))
            }
            _ => finding.help(format!("`dead: {}`", hello.saturating_mul(4))),
        });
    }
}
