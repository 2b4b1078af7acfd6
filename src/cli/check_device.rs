//! `samnet check-device`: logs in, asks, and says whether a push could begin. Changes nothing.

use std::io::Write as _;
use std::sync::Arc;

use jiff::Zoned;
use jiff::tz::TimeZone;

use super::read::{Job, Who};
use super::{Context, Failure, Outcome};
use crate::device::{self, Device, DeviceError, Dialer, Endpoint};
use crate::platform::session::Inspect;
use crate::platform::{Library, Platform};

/// Arguments as typed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  samnet check-device aml-stadshuset-sw01
  samnet check-device --target site:karlbergsskolan
  samnet check-device --platform NAME --host 10.64.0.9 --user admin --password-env PW --accept-new-host-key

Says how the device greets, its version, what the login may do, how far its clock is off, what room it has, whether its
configuration can be read, and whether what a safe push needs is there. It sends commands that read, and no other.

Formats: text, json")]
pub struct Args {
    #[command(flatten)]
    who: Who,
}

/// One thing found out: what, how it is, and whether that is as it should be.
struct Found {
    what: String,
    said: String,
    fine: bool,
}

/// Does it.
///
/// # Errors
/// When no device is meant, one cannot be reached, or something a push needs is missing.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome, Failure> {
    let json = context.format(&["text", "json"])? == "json";
    let dialer = args.who.dialer(&context.global.directory);
    let jobs = args.who.jobs(context)?;
    let zone = context.project().ok().map(|project| project.loaded.network.timezone.value.clone());
    let zone = zone.and_then(|name| TimeZone::get(&name).ok()).unwrap_or_else(TimeZone::system);
    let library = super::read::library(&context.global.directory)?;
    let runtime = tokio::runtime::Runtime::new()?;
    let reached = jobs.iter().filter_map(|job| job.way.clone().ok()).collect();
    let asked = Arc::new((dialer, library, zone));
    let act = |(endpoint, platform): (Endpoint, Arc<Platform>)| {
        let asked = Arc::clone(&asked);
        async move {
            let (dialer, library, zone) = &*asked;
            look(dialer, &endpoint, &platform, library, zone).await
        }
    };
    let bar = context.bar(jobs.len(), "looking");
    let done = |_, found| {
        bar.inc(1);
        found
    };
    let mut looked = runtime.block_on(device::each(reached, device::AT_ONCE, act, done)).into_iter();
    bar.finish_and_clear();
    let (mut bad, mut documents) = (0, Vec::new());
    for Job { name, way } in &jobs {
        let found = if let Err(reason) = way {
            Err((reason.clone(), None))
        } else {
            let gone = || Err(DeviceError::Lost { step: "reading".into(), seen: String::new() });
            let found = looked.next().unwrap_or_else(gone);
            found.map_err(|error| (error.to_string(), args.who.help(name, &error)))
        };
        let fine = found.as_ref().is_ok_and(|found| found.iter().all(|found| found.fine));
        bad += usize::from(!fine);
        if json {
            documents.push(document(name, fine, &found));
        } else {
            page(context, name, &found)?;
        }
    }
    if json {
        let document = serde_json::json!({ "format": "samnet-check-device", "version": 1, "devices": documents });
        writeln!(context.out, "{document:#}")?;
    }
    match bad {
        0 => Ok(Outcome::Done),
        _ => Err(Failure::failed(format!("{bad} of {} devices are not ready for a push", jobs.len()))),
    }
}

async fn look(
    dialer: &Dialer,
    endpoint: &Endpoint,
    platform: &Arc<Platform>,
    library: &Library,
    zone: &TimeZone,
) -> Result<Vec<Found>, DeviceError> {
    let mut device = dialer.connect(endpoint, Arc::clone(platform)).await?;
    let mut found = ask(&mut device, platform, library, zone).await?;
    let tier = platform.transaction.tier;
    let (said, fine) = match device.prerequisites().await {
        Ok(()) if tier.reverts_alone() => ("what it needs is there".to_owned(), true),
        Ok(()) => ("the device cannot go back by itself".to_owned(), true),
        Err(DeviceError::StepFailed { answer, .. }) => (answer, false),
        Err(error) => return Err(error),
    };
    found.push(Found { what: "safe push".into(), said: format!("{}: {said}", tier.word()), fine });
    device.close().await;
    Ok(found)
}

async fn ask(
    device: &mut Device,
    platform: &Platform,
    library: &Library,
    zone: &TimeZone,
) -> Result<Vec<Found>, DeviceError> {
    let inspected = device.inspect().await?;
    let other = library.guess(&inspected.whole).filter(|guess| *guess != platform.name);
    let other = other.and_then(|name| library.get(name));
    let said = match other {
        Some(other) => {
            let (is, seen) = (&other.platform, &platform.title);
            format!("{seen} is what we were told; this looks like {}, `{}`", is.title, is.name)
        }
        None => platform.title.clone(),
    };
    let mut found = vec![Found { what: "platform".into(), said, fine: other.is_none() }];
    if let Some(host) = device.host() {
        found.push(Found { what: "calls itself".into(), said: host.to_owned(), fine: true });
    }
    for (asked, told) in platform.session.inspect.iter().zip(inspected.told) {
        found.push(judge(asked, told, zone));
    }
    let (said, fine) = match device.running().await {
        Ok(text) => {
            let lines = text.lines().count();
            (format!("{lines} lines can be read"), lines > 0)
        }
        Err(DeviceError::StepFailed { answer, .. }) => (format!("cannot be read: {answer}"), false),
        Err(error) => return Err(error),
    };
    found.push(Found { what: "configuration".into(), said, fine });
    Ok(found)
}

/// What an answer means.
fn judge(asked: &Inspect, told: Result<String, String>, zone: &TimeZone) -> Found {
    let what = asked.what.clone();
    let value = match told {
        Ok(value) => value,
        Err(said) => {
            let said = if said.trim().is_empty() { "nothing".to_owned() } else { said };
            return Found {
                what,
                said: format!("not told; `{}` says: {said}", asked.send),
                fine: asked.expect.is_none(),
            };
        }
    };
    if let Some(format) = &asked.clock {
        return clock(what, &value, format, &Zoned::now().with_time_zone(zone.clone()));
    }
    let fine = asked.expect.as_ref().is_none_or(|expect| expect.is_match(&value));
    let said = if fine { value } else { format!("{value}, which is not enough for a push") };
    Found { what, said, fine }
}

/// Most seconds a clock may be off before certificates, logs and timers suffer.
const SLACK: i64 = 60;

/// How far a device's clock is off. Where it tells no offset it is taken to stand in the network's time zone, or in UTC
/// where that is what it calls its own; other names of zones say nothing sure.
fn clock(what: String, value: &str, format: &str, now: &Zoned) -> Found {
    let at = format.split_whitespace().position(|part| part == "%Z");
    let word = at.and_then(|at| value.split_whitespace().nth(at));
    let named = |text: &str| {
        text.split_whitespace()
            .enumerate()
            .filter(|(number, _)| Some(*number) != at)
            .map(|(_, word)| word)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let zone = if word.is_some_and(|word| ["UTC", "GMT", "Z"].contains(&word)) {
        TimeZone::UTC
    } else {
        now.time_zone().clone()
    };
    let read = jiff::fmt::strtime::parse(named(format), named(value)).and_then(|told| match told.offset() {
        Some(_) => told.to_timestamp(),
        None => Ok(told.to_datetime()?.to_zoned(zone)?.timestamp()),
    });
    let Ok(read) = read else {
        return Found { what, said: format!("{value} (in a form that is not known)"), fine: true };
    };
    let off = read.as_second() - now.timestamp().as_second();
    // One that names no zone may stand in UTC all the same.
    if off.abs() > SLACK && !["%Z", "%z"].iter().any(|zone| format.contains(zone)) {
        let ahead = i64::from(now.offset().seconds());
        let meant = (off + ahead).abs();
        if meant <= SLACK {
            return Found { what, said: format!("{value}, {meant} s off where it means UTC"), fine: true };
        }
    }
    let said = match off {
        0 => format!("{value}, exact"),
        _ => format!("{value}, {} s {}", off.abs(), if off > 0 { "ahead" } else { "behind" }),
    };
    Found { what, said, fine: off.abs() <= SLACK }
}

type Looked = Result<Vec<Found>, (String, Option<String>)>;

fn page(context: &mut Context, name: &str, found: &Looked) -> Result<(), Failure> {
    writeln!(context.out, "{name}")?;
    match found {
        Ok(found) => {
            for Found { what, said, fine } in found {
                let mark = if *fine { "✓" } else { "✗" };
                writeln!(context.out, "  {mark} {what:<15} {said}")?;
            }
        }
        Err((reason, help)) => {
            writeln!(context.out, "  ✗ {reason}")?;
            if let Some(help) = help {
                writeln!(context.out, "    help: {help}")?;
            }
        }
    }
    Ok(())
}

fn document(name: &str, fine: bool, found: &Looked) -> serde_json::Value {
    match found {
        Ok(found) => {
            let found: Vec<_> = found
                .iter()
                .map(|Found { what, said, fine }| serde_json::json!({ "what": what, "said": said, "fine": fine }))
                .collect();
            serde_json::json!({ "device": name, "ready": fine, "found": found })
        }
        Err((reason, help)) => serde_json::json!({ "device": name, "ready": false, "error": reason, "help": help }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_compared_with_ours() {
        let now: Zoned = "2026-11-20T14:02:41+01:00[Europe/Stockholm]".parse().unwrap();
        let found = clock("clock".into(), "14:02:11.120 CET Fri Nov 20 2026", "%H:%M:%S.%f %Z %a %b %d %Y", &now);
        assert!(found.fine && found.said.ends_with("30 s behind"), "{}", found.said);
        let found = clock("clock".into(), "2026-11-20 15:02:41", "%Y-%m-%d %H:%M:%S", &now);
        assert!(!found.fine && found.said.ends_with("3600 s ahead"), "{}", found.said);
        let found = clock("clock".into(), "2026-11-20 13:02:43", "%Y-%m-%d %H:%M:%S", &now);
        assert!(found.fine && found.said.ends_with("2 s off where it means UTC"), "{}", found.said);
        let found = clock("clock".into(), "13:02:41.0 UTC Fri Nov 20 2026", "%H:%M:%S.%f %Z %a %b %d %Y", &now);
        assert!(found.said.ends_with("exact"), "{}", found.said);
        let found = clock("clock".into(), "2026-11-20 08:02:41 -0500", "%Y-%m-%d %H:%M:%S %z", &now);
        assert!(found.said.ends_with("exact"), "{}", found.said);
        assert!(clock("clock".into(), "half past two", "%Y-%m-%d %H:%M:%S", &now).said.contains("not known"));
    }
}
