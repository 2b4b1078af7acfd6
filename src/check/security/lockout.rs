//! On the day that RADIUS is away, somebody can still log in.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Part;
use crate::model::settings::LoginSource;
use crate::source::Span;
use crate::source::yaml::short;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    // Where the devices that log in so have no user of their own.
    let unnamed: BTreeSet<Span> = subject
        .settled()
        .filter(|facts| facts.settings.security.aaa.fallback_user.is_none())
        .filter_map(|facts| facts.settings.security.aaa.login.as_ref().map(|login| login.span))
        .collect();
    for settings in subject.settings() {
        if let Some(user) = settings.security.aaa.fallback_user.as_ref().filter(|user| !is_plain(user)) {
            let message = format!("`{}` is no name of a user that devices take", short(user));
            let finding = Finding::error(codes::ILLEGAL_VALUE, message).at(user.span);
            findings.push(finding.help("leave out blanks, quotes and letters beyond a–z"));
        }
        let Some(login) = &settings.security.aaa.login else { continue };
        let at = |source| login.value.iter().position(|known| known.value == source);
        let (radius, local) = (at(LoginSource::Radius), at(LoginSource::Local));
        let finding = match (radius, local) {
            (_, None) => {
                let message = "nobody can log in while no RADIUS server answers";
                let help = "add `local` at the end: `login: [radius, local]`";
                Finding::error(codes::LOCKOUT, message)
                    .at_saying(login.span, "no users of the device itself")
                    .help(help)
            }
            (Some(radius), Some(local)) if local < radius => {
                let message = "users of the device itself are asked for before RADIUS";
                let help = "put `radius` first: a person who left would still get in by the old password";
                Finding::warning(codes::LOCKOUT, message).at(login.span).help(help)
            }
            (_, Some(_)) if unnamed.contains(&login.span) && network.gaps.whole(Part::Network) => {
                let message = "no user is named for the day RADIUS is away";
                let help = "name it: `fallback_user: NAME`";
                Finding::warning(codes::LOCKOUT, message).at_saying(login.span, "`local` needs one").help(help)
            }
            _ => continue,
        };
        findings.push(finding);
    }
}

/// Whether a name has nothing in it that command lines read otherwise.
fn is_plain(user: &str) -> bool {
    user.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '\\' | '?'))
}
