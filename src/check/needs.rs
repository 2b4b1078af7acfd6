//! What has to pass for the network to work, and the flow that nearly lets it through where none does.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use crate::check::Subject;
use crate::check::addressing::servers::astray;
use crate::finding::{Code, Finding};
use crate::model::settings::list;
use crate::model::{Endpoint, Flow, Scope, Service};
use crate::policy::{self, Fit};
use crate::source::{Sp, Span};
use crate::value::Id;

/// Packets that have to pass.
#[derive(Clone, Debug)]
pub(in crate::check) struct Need<'n> {
    /// The segment they come from.
    pub(super) from: &'n Id,
    /// The host they go to, and what people call it.
    pub(super) host: Ipv4Addr,
    pub(super) what: &'static str,
    /// What is spoken.
    pub(super) service: Service,
    /// Where the host is named.
    pub(super) span: Span,
    /// Where its port is said, if it is not the usual one.
    pub(super) port: Option<Span>,
}

/// What is wrong with the flow that nearly fits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Lacks {
    From,
    Services,
    To,
}

/// A flow, by its place in the list, and what it lacks.
type Short = (usize, Lacks);

/// How near the policy comes to what is needed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Near {
    /// It lets it through.
    Passes,
    /// One flow lacks one thing only.
    Flow(Short),
    /// No flow is near.
    Nothing,
}

/// Whether a flow lets something through.
pub(in crate::check) fn passes(subject: Subject<'_>, need: &Need<'_>) -> bool {
    near(subject, need) == Near::Passes
}

/// One finding for each flow that falls short, and one for all that no flow is near.
pub(in crate::check) fn tell(
    subject: Subject<'_>,
    code: Code,
    who: &str,
    needs: &[Need<'_>],
    findings: &mut Vec<Finding>,
) {
    let mut short: Vec<(Near, Vec<&Need<'_>>)> = Vec::new();
    for need in needs {
        // An address that nothing has is a finding of its own, in a list of servers as in a flow.
        let near = near(subject, need);
        if near == Near::Passes || astray(subject, need.host.into()).is_some() {
            continue;
        }
        match short.iter_mut().find(|(known, _)| *known == near) {
            Some((_, needs)) => needs.push(need),
            None => short.push((near, vec![need])),
        }
    }
    for (near, lacking) in short {
        let Some(first) = lacking.first() else { continue };
        let mut hosts: Vec<(Ipv4Addr, &str)> = lacking.iter().map(|need| (need.host, need.what)).collect();
        hosts.sort_unstable();
        hosts.dedup();
        let more = if hosts.len() > 1 { format!(", and {} more", hosts.len() - 1) } else { String::new() };
        let message = format!("no flow lets {who} reach the {} server {}{more}", first.what, first.host);
        let finding = Finding::warning(code, message).more(hosts.len().saturating_sub(1));
        let wanted = format!("needs {} from `{}`", first.service, first.from);
        let flow = match near {
            Near::Flow((flow, lacks)) => subject.network.policy.flows.get(flow).map(|flow| (flow, lacks)),
            Near::Passes | Near::Nothing => None,
        };
        findings.push(match flow {
            // What one server alone is said to speak is as odd as the port.
            Some((flow, Lacks::Services)) if lacking.iter().all(|it| it.host == first.host && it.port.is_some()) => {
                let span = first.port.unwrap_or(first.span);
                let finding =
                    finding.at_saying(span, "no flow has this port").help("mend the port, or add it to the flow");
                finding.labels(flow.services.first().map(|said| said.span), "allowed so far")
            }
            Some((flow, Lacks::Services)) => match flow.services.first() {
                Some(said) => finding
                    .at_saying(said.span, format!("`{}` is not among them", first.service))
                    .label(first.span, wanted)
                    .help(format!("add `{}` to the flow `{}`", first.service, flow.id.value)),
                None => finding.at_saying(first.span, wanted),
            },
            Some((flow, Lacks::From)) => match flow.from.first() {
                Some(said) => finding
                    .at_saying(said.span, format!("`{}` is not among them", first.from))
                    .label(first.span, wanted)
                    .help(format!("add `{}` to the flow `{}`", first.from, flow.id.value)),
                None => finding.at_saying(first.span, wanted),
            },
            Some((flow, Lacks::To)) => {
                let kind: Vec<Ipv4Addr> =
                    needs.iter().filter(|need| need.what == first.what).map(|need| need.host).collect();
                // A list of DHCP servers that are all servers of another kind was copied from those.
                let all = lacking.iter().all(|need| is_other(subject, need.host));
                let copied = first.what == "DHCP" && all && !hosts_of(flow).iter().any(|host| kind.contains(host));
                to(finding, flow, &lacking, &kind, |host| !copied && is_known(subject, flow, host, first.span), wanted)
            }
            None => match turned(subject, first) {
                Some((flow, from)) => finding
                    .at_saying(from, "from the server, and not to it")
                    .label(first.span, wanted)
                    .help(format!("turn `from` and `to` of the flow `{}` round", flow.id.value)),
                None => finding.at_saying(first.span, wanted).help("add a flow, or name the server that one leads to"),
            },
        });
    }
}

/// The flow that would let something through if its ends were turned round, with where it begins.
fn turned<'n>(subject: Subject<'n>, need: &Need<'_>) -> Option<(&'n Flow, Span)> {
    let host = Endpoint::Net(IpNet::from(IpAddr::V4(need.host)));
    let segment = Endpoint::Segment(need.from.clone());
    subject.network.policy.flows.iter().find_map(|flow| {
        let from = flow.from.iter().find(|end| end.value == host)?;
        let spoken = flow.services.iter().any(|has| policy::covers(&has.value, &need.service));
        (spoken && flow.to.iter().any(|end| end.value == segment)).then_some((flow, from.span))
    })
}

/// The single hosts that a flow leads to.
fn hosts_of(flow: &Flow) -> Vec<Ipv4Addr> {
    let host = |end: &Sp<Endpoint>| match end.value {
        Endpoint::Net(IpNet::V4(net)) if net.prefix_len() == 32 => Some(net.addr()),
        _ => None,
    };
    flow.to.iter().filter_map(host).collect()
}

/// Whether several hosts have neighbouring addresses, as servers of one kind mostly have.
fn is_row(hosts: &[Ipv4Addr]) -> bool {
    let mut hosts: Vec<u32> = hosts.iter().map(|host| u32::from(*host)).collect();
    hosts.sort_unstable();
    hosts.dedup();
    hosts.len() > 1 && hosts.windows(2).all(|pair| matches!(pair, [a, b] if b - a == 1))
}

/// Whether another flow names a host, or an organisation, site or device as one of its servers, in another place than `here`.
fn is_known(subject: Subject<'_>, flow: &Flow, host: Ipv4Addr, here: Span) -> bool {
    let mut flows = subject.network.policy.flows.iter().filter(|other| !std::ptr::eq(*other, flow));
    let own = std::ptr::from_ref(&subject.network.settings);
    let mut others = subject.settings().filter(|settings| !std::ptr::eq(*settings, own));
    let address = IpAddr::V4(host);
    flows.any(|other| named(other, host))
        || others.any(|settings| {
            let services = &settings.services;
            let named = list(&services.ntp).iter().chain(list(&services.dns)).chain(list(&services.syslog));
            let radius = list(&services.radius.servers).iter().map(|server| &server.host);
            named.chain(radius).any(|known| known.value == address && known.span != here)
        })
}

/// Whether devices use a host as a time or name server.
fn is_other(subject: Subject<'_>, host: Ipv4Addr) -> bool {
    subject.settings().any(|settings| {
        let services = &settings.services;
        list(&services.ntp).iter().chain(list(&services.dns)).any(|known| known.value == IpAddr::V4(host))
    })
}

/// Where several places name the host, the flow is wrong; where one does, that one is as likely, unless the host stands in a
/// row with others of its kind (`kind`) or is known, and what the flow names is not.
fn to(
    finding: Finding,
    flow: &Flow,
    needs: &[&Need<'_>],
    kind: &[Ipv4Addr],
    known: impl Fn(Ipv4Addr) -> bool,
    wanted: String,
) -> Finding {
    let Some(first) = needs.first() else { return finding };
    let hosts = hosts_of(flow);
    // What is no such server stands in the place of one.
    let stray = hosts.iter().copied().find(|host| !kind.contains(host));
    let (row, other) = (is_row(kind), is_row(&hosts));
    let known = row && !other || (row || !other) && known(first.host) && stray.is_none_or(|stray| !known(stray));
    let stray = stray.map(|host| Endpoint::Net(IpAddr::V4(host).into()));
    let stray = stray.and_then(|stray| flow.to.iter().find(|end| end.value == stray));
    let Some(said) = stray.or_else(|| flow.to.first()) else { return finding };
    let same = needs.iter().filter(|need| need.host == first.host);
    let mut places: Vec<Span> = same.map(|need| need.span).collect();
    places.sort_unstable();
    places.dedup();
    if places.len() > 1 || known {
        return finding
            .at_saying(said.span, format!("{} is not among them", first.host))
            .label(first.span, wanted)
            .help(format!("add it to the flow `{}`, or name another server", flow.id.value));
    }
    finding
        .at_saying(first.span, wanted)
        .label(said.span, "a flow for the same leads here")
        .help(format!("name the server that the flow `{}` leads to, or add this one to it", flow.id.value))
}

/// How near the policy comes to what is needed.
fn near(subject: Subject<'_>, need: &Need<'_>) -> Near {
    let rules = subject.addresses();
    let mut best: Option<(u8, usize, Lacks)> = None;
    for (index, flow) in subject.network.policy.flows.iter().enumerate() {
        if flow.scope.value != Scope::Any {
            continue;
        }
        let fit = policy::fit(rules, flow, need.from, need.host, &need.service);
        let lacks = match fit {
            Fit { from: true, to: true, service: true } => return Near::Passes,
            Fit { from: true, service: true, .. } => (3, Lacks::To),
            Fit { to: true, service: true, .. } if named(flow, need.host) => (1, Lacks::From),
            // A flow to the whole segment of the server is about something else.
            Fit { from: true, to: true, .. } if named(flow, need.host) => (2, Lacks::Services),
            _ => continue,
        };
        // A flow for another host of the same kind tells of a wrong address; only then come its other parts.
        if best.is_none_or(|(rank, ..)| rank < lacks.0) {
            best = Some((lacks.0, index, lacks.1));
        }
    }
    best.map_or(Near::Nothing, |(_, index, lacks)| Near::Flow((index, lacks)))
}

/// Whether a flow names the host itself.
fn named(flow: &Flow, host: Ipv4Addr) -> bool {
    let host = ipnet::IpNet::from(std::net::IpAddr::V4(host));
    flow.to.iter().any(|end| end.value == Endpoint::Net(host))
}
