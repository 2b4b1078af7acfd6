//! `samnet diff`: compares two configuration files.

use std::borrow::Cow;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::{Context, Failure, Outcome};
use crate::config;
use crate::diff::{self, Command, Effect, Options, Remediation};
use crate::platform::{Library, Platform, library::Entry};
use crate::secret::Masker;
use crate::value::Text;

/// Longest file read, in bytes: a hundred times the largest configuration seen.
const LARGEST: u64 = 256 * 1024 * 1024;

/// Of fewer lines nobody can say that most are of another platform.
const FEW: usize = 5;

/// Arguments as typed.
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Compares two configuration files of one platform and prints the commands that lead from RUNNING to \
INTENDED. Needs no inventory and no network.\n\nFormats: commands (default; only the commands, ready to paste, indentation \
shows the section), tree (what comes and goes, with reasons), unified (a text diff of both files), json.\n\nSecrets: \
`commands` prints the values that stand in INTENDED, because they must be typed. A value that stands only in \
RUNNING is printed by `commands` alone, and only where the device removes a line by naming it (an SNMP community). \
Every other format, and --rollback, masks all of them."
)]
#[command(after_help = "Examples:
  samnet diff --platform PLATFORM running.txt intended.txt
  samnet diff --platform PLATFORM running.txt intended.txt --format tree
  samnet diff --platform PLATFORM running.txt intended.txt --exit-code && echo same")]
pub struct Args {
    /// Platform of both files; an unknown name lists those there are
    #[arg(long, value_name = "P")]
    pub platform: String,
    /// Configuration as the device has it; `-` reads standard input
    pub running: PathBuf,
    /// Configuration as it should be; `-` reads standard input
    pub intended: PathBuf,
    /// End with exit code 2 when there are differences
    #[arg(long)]
    pub exit_code: bool,
    /// Say why each command is there (as comments beside `commands`)
    #[arg(long)]
    pub explain: bool,
    /// Show the way back instead: from INTENDED to RUNNING
    #[arg(long)]
    pub rollback: bool,
}

/// Does it.
///
/// # Errors
/// When a file cannot be read as text, or the platform is unknown.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome, Failure> {
    let format = context.format(&["commands", "tree", "json", "unified"])?;
    let library = Library::load(&context.global.directory)
        .map_err(|error| Failure::failed(format!("failed to load platform data: {error}")))?;
    if !library.names().any(|name| name == args.platform) {
        let known: Vec<&str> = library.names().collect();
        return Err(Failure::usage(format!("unknown platform `{}`", args.platform))
            .help(format!("known platforms: {}", known.join(", "))));
    }
    let (entry, files) = rayon::join(|| library.get(&args.platform), || [read(&args.running), read(&args.intended)]);
    let [running, intended] = files;
    let (running, intended) = (running?, intended?);
    let Some(Entry { platform, .. }) = entry else {
        return Err(Failure::failed(format!("failed to load platform `{}`", args.platform)));
    };
    let result = diff::remediate(platform, &running, &intended, &Options::default());
    let commands = if args.rollback { &result.rollback } else { &result.commands };
    let text = match format {
        "commands" => commands_view(platform, commands, args),
        "tree" => tree_view(platform, commands),
        "json" => json_view(platform, &result)?,
        _ => unified_view(platform, &running, &intended),
    };
    // At once: the stream passes on every line by itself.
    context.out.write_all(text.as_bytes())?;
    if format == "tree" {
        if commands.is_empty() {
            writeln!(context.err, "no differences")?;
        }
        for (line, text) in &result.unknown {
            writeln!(context.err, "not understood, line {line}: {}", diff::mask(platform, None, text))?;
        }
    }
    if !context.global.quiet {
        let sides = [(&args.running, &running, result.unknown.len()), (&args.intended, &intended, result.odd)];
        for (path, text, odd) in sides.into_iter().filter(|(.., odd)| *odd > 0) {
            let said = text.lines().filter(|line| !line.trim().is_empty()).count();
            if said >= FEW && odd * 2 > said {
                let (name, title) = (path.display(), &platform.title);
                writeln!(
                    context.err,
                    "warning: {odd} of {said} lines of {name} are not understood: is it of {title}?"
                )?;
            }
        }
        for warning in result.remarks() {
            writeln!(context.err, "warning: {}", diff::mask(platform, None, &warning))?;
        }
    }
    let differs = !commands.is_empty();
    // The program ends here, and its memory with it; to give it back piece by piece would take longer than to write it.
    std::mem::forget((result, library));
    Ok(if args.exit_code && differs { Outcome::Changes } else { Outcome::Done })
}

fn read(path: &Path) -> Result<String, Failure> {
    let failed = |error: std::io::Error| Failure::failed(format!("failed to read {}: {error}", path.display()));
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes).map_err(failed)?;
        bytes
    } else {
        let about = std::fs::metadata(path).map_err(failed)?;
        if about.is_dir() {
            return Err(Failure::failed(format!("failed to read {}: it is a directory", path.display()))
                .help("name one configuration file"));
        }
        if about.len() > LARGEST {
            return Err(Failure::failed(format!("{} is larger than 256 MB and no configuration", path.display())));
        }
        std::fs::read(path).map_err(failed)?
    };
    if bytes.contains(&0) {
        return Err(Failure::failed(format!("{} is a binary file, not a configuration", path.display()))
            .help("save the text the device shows for its running configuration"));
    }
    Ok(config::decode_owned(bytes))
}

fn commands_view(platform: &Platform, commands: &[Command], args: &Args) -> String {
    let mut out = String::new();
    let typed = |out: &mut String, commands: &[Command]| {
        let shown = if args.rollback { Cow::Owned(masked(platform, commands)) } else { Cow::Borrowed(commands) };
        for line in diff::script(platform, &shown) {
            out.extend(std::iter::repeat_n(' ', line.depth));
            out.push_str(&line.text);
            out.push('\n');
        }
    };
    if !args.explain {
        typed(&mut out, commands);
        return out;
    }
    let comment = platform.rules.syntax.comments.first().map_or("#", String::as_str);
    for (step, command) in commands.iter().enumerate() {
        let path = if args.rollback { diff::mask_path(platform, &command.path) } else { command.path.clone() };
        let place = if path.is_empty() { String::new() } else { format!(" (in {})", path.join(" / ")) };
        let Command { reason, risk, .. } = command;
        out.push_str(&format!("{comment} step {}: {reason}, risk {risk}{place}\n", step + 1));
        typed(&mut out, std::slice::from_ref(command));
    }
    out
}

fn tree_view(platform: &Platform, commands: &[Command]) -> String {
    let mut out = String::new();
    let mut open: &[Text] = &[];
    for command in commands {
        let shared = open.iter().zip(&command.path).take_while(|(a, b)| a == b).count();
        for (depth, header) in diff::mask_path(platform, &command.path).iter().enumerate().skip(shared) {
            out.push_str(&format!("  {:width$}{header}\n", "", width = 2 * depth));
        }
        open = &command.path;
        let (mark, color) = match command.effect {
            Effect::Add => ('+', anstyle::AnsiColor::Green),
            Effect::Remove => ('-', anstyle::AnsiColor::Red),
            Effect::Change => ('~', anstyle::AnsiColor::Yellow),
            Effect::Enter => (' ', anstyle::AnsiColor::White),
        };
        let style = color.on_default();
        let text = diff::mask(platform, Some(&command.path), &command.text).replace('\n', "\n    ");
        let line = format!("{:width$}{text}", "", width = 2 * command.path.len());
        out.push_str(&format!("{style}{mark}{style:#} {style}{line:<50}{style:#}  {}\n", command.reason));
    }
    out
}

fn json_view(platform: &Platform, result: &Remediation) -> Result<String, Failure> {
    let unknown: Vec<_> = result
        .unknown
        .iter()
        .map(|(line, text)| serde_json::json!({"line": line, "text": diff::mask(platform, None, text)}))
        .collect();
    let document = serde_json::json!({
        "version": 1,
        "platform": platform.name,
        "commands": masked(platform, &result.commands),
        "rollback": masked(platform, &result.rollback),
        "unmanaged": result.unmanaged,
        "unknown": unknown,
        "proof": result.proof,
        "rollback_proof": result.rollback_proof,
        "warnings": result.warnings.iter().map(|warning| diff::mask(platform, None, warning)).collect::<Vec<_>>(),
    });
    Ok(serde_json::to_string_pretty(&document).map_err(anyhow::Error::from)? + "\n")
}

/// The commands, secrets replaced.
fn masked(platform: &Platform, commands: &[Command]) -> Vec<Command> {
    let mask = |command: &Command| Command {
        text: diff::mask(platform, Some(&command.path), &command.text).into(),
        path: diff::mask_path(platform, &command.path),
        ..command.clone()
    };
    commands.iter().map(mask).collect()
}

fn unified_view(platform: &Platform, running: &str, intended: &str) -> String {
    // Whole texts: a secret may go on over several lines.
    let (running, intended) = (Masker::hide(platform, running), Masker::hide(platform, intended));
    let changes = similar::TextDiff::from_lines(running.as_str(), intended.as_str());
    changes.unified_diff().context_radius(3).header("running", "intended").to_string()
}
