//! `samnet render`: writes intended configurations.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::json;

use super::{Context, Failure, Outcome, Project};
use crate::check;
use crate::derive::{Derived, DeviceFacts, Selector};
use crate::finding;
use crate::render::{Rendered, Renderer};
use crate::value::DeviceName;

/// Widest configuration line that annotations are lined up behind.
const LINED_UP: usize = 72;

/// Arguments as typed.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Each device's intended configuration, in its own language. Secrets stand in it as ⟪secret:NAME⟫, \
never as values. Without DEVICE or --target, every device.

Formats: text, json

Examples:
  samnet render aml-karlberg-sw01              one configuration, to read
  samnet render aml-karlberg-sw01 --annotate   with the inventory line behind each line
  samnet render --target site:karlbergsskolan  a whole building
  samnet render --out intended                 every device, one file each"
)]
pub struct Args {
    /// Devices by name
    #[arg(value_name = "DEVICE", conflicts_with = "target")]
    pub devices: Vec<String>,
    /// Devices by selector: site:X, org:X, role:X, platform:X, tag:X, NAME; comma = or, + = and, ! = not
    #[arg(long, value_name = "SEL")]
    pub target: Option<String>,
    /// Write one file per device into this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Name the inventory line behind each configuration line
    #[arg(long)]
    pub annotate: bool,
}

/// Does it.
///
/// # Errors
/// When the project cannot be read, no such device exists, or a file cannot be written.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome, Failure> {
    let start = Instant::now();
    let format = context.format(&["text", "json"])?;
    let project = context.project()?;
    // What expires when is for `validate`; here it only matters what cannot be rendered.
    let (derived, findings) = check::all(&project.loaded, &project.library, None);
    if finding::any_error(&findings) {
        context.findings(&project, &findings)?;
        return Ok(Outcome::Findings);
    }
    let names = chosen(&project, &derived, &args.devices, args.target.as_deref())?;
    let renderer = Renderer::new(&project.loaded.network, &derived, &project.library, &names);
    let (devices, wrong) = renderer.devices(&names);
    context.findings(&project, &wrong)?;
    if finding::any_error(&wrong) {
        return Ok(Outcome::Findings);
    }
    if let Some(folder) = &args.out {
        write(&project, folder, &devices, args.annotate)?;
        if !context.global.quiet {
            let seconds = start.elapsed().as_secs_f64();
            let (count, folder) = (devices.len(), folder.display());
            writeln!(context.err, "{count} configurations in {folder} ({seconds:.2} s)")?;
        }
    } else if format == "json" {
        let list: Vec<_> = devices.iter().map(|device| json_of(&project, device)).collect();
        serde_json::to_writer_pretty(&mut context.out, &json!({ "version": 1, "devices": list }))
            .map_err(std::io::Error::from)?;
        writeln!(context.out)?;
    } else {
        for (index, device) in devices.iter().enumerate() {
            if devices.len() > 1 {
                let gap = if index > 0 { "\n" } else { "" };
                writeln!(context.out, "{gap}==> {} ({}) <==", device.device, device.platform)?;
            }
            context.out.write_all(text_of(&project, device, args.annotate).as_bytes())?;
        }
    }
    Ok(Outcome::Done)
}

/// The devices somebody asked for; every device when nothing was asked.
///
/// # Errors
/// A usage failure that names the nearest device, or says what is wrong with the selector.
pub(super) fn chosen<'d>(
    project: &Project,
    derived: &'d Derived,
    names: &[String],
    target: Option<&str>,
) -> Result<Vec<&'d DeviceName>, Failure> {
    if let Some(target) = target {
        let selector: Selector = target.parse().map_err(|error| {
            Failure::usage(format!("{error}"))
                .help("for example: --target 'site:karlbergsskolan+!role:ap,org:mellerud'")
        })?;
        let mut found = selector.devices(&project.loaded.network, derived);
        found.retain(|name| derived.devices.get(name).is_some_and(DeviceFacts::is_configured));
        if found.is_empty() {
            return Err(Failure::failed(format!("no device is meant by `{target}`")));
        }
        return Ok(found);
    }
    if names.is_empty() {
        return Ok(derived.configured().map(|facts| &facts.name).collect());
    }
    let find = |name: &String| {
        let found = derived.devices.keys().find(|known| known.as_str() == name);
        found.ok_or_else(|| unknown(name, "device", derived.devices.keys().map(DeviceName::as_str)))
    };
    names.iter().map(find).collect()
}

/// Says that a name does not exist, and which one is nearest to it.
pub(super) fn unknown<'k>(name: &str, what: &str, known: impl Iterator<Item = &'k str>) -> Failure {
    let failure = Failure::failed(format!("no {what} is called `{name}`"));
    match finding::nearest(name, known) {
        Some(nearest) => failure.help(format!("did you mean `{nearest}`?")),
        None => failure,
    }
}

fn write(project: &Project, folder: &Path, rendered: &[Rendered], annotate: bool) -> Result<(), Failure> {
    let failed =
        |path: &Path, error: &std::io::Error| Failure::failed(format!("failed to write {}: {error}", path.display()));
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    for device in rendered {
        let path = folder.join(format!("{}.cfg", device.device));
        std::fs::write(&path, text_of(project, device, annotate)).map_err(|error| failed(&path, &error))?;
    }
    Ok(())
}

/// The configuration as text, each line with its place behind it where asked.
fn text_of(project: &Project, device: &Rendered, annotate: bool) -> String {
    if !annotate {
        return device.text.clone();
    }
    let lines = device.text.lines();
    let widest = lines.clone().map(width).filter(|width| *width <= LINED_UP).max().unwrap_or(0);
    let annotated = lines.zip(&device.places).map(|(line, place)| {
        // A separator says nothing and comes from nowhere.
        let says = line.chars().any(char::is_alphanumeric);
        let place = place.filter(|_| says).map(|span| project.loaded.sources.place(span));
        let Some(place) = place else { return format!("{line}\n") };
        let gap = " ".repeat(widest.saturating_sub(width(line)) + 2);
        format!("{line}{gap}← {}:{}\n", place.path.display(), place.line)
    });
    annotated.collect()
}

/// Columns a line takes on a terminal; a tab goes to the next multiple of eight.
fn width(line: &str) -> usize {
    line.chars().fold(0, |at, c| if c == '\t' { at - at % 8 + 8 } else { at + 1 })
}

fn json_of(project: &Project, device: &Rendered) -> serde_json::Value {
    let place = |span: &Option<crate::source::Span>| {
        span.map(|span| {
            let place = project.loaded.sources.place(span);
            json!({ "path": place.path, "line": place.line, "column": place.column })
        })
    };
    let places: Vec<_> = device.places.iter().map(place).collect();
    json!({ "device": device.device, "platform": device.platform, "text": device.text, "places": places })
}
