//! `samnet schema`: JSON Schemas of every file of a project, for editors.

use std::io::Write as _;
use std::path::PathBuf;

use super::{Context, Failure, Outcome};
use crate::finding::nearest;
use crate::inventory::schema::{FILES, File, schema};

/// Arguments as typed.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Without FILE it lists the kinds of file. With --out it writes all schemas into a folder; a first line\n  # yaml-language-server: $schema=../.samnet/schema/vlans.json\nin a file then makes an editor complete and check it as you type.\n\nExamples:\n  samnet schema vlans\n  samnet schema --out .samnet/schema"
)]
pub struct Args {
    /// Kind of file: network, vlans, ssids, profiles, models, site, segments, flows, naming, change
    #[arg(value_name = "FILE")]
    file: Option<String>,
    /// Write every schema into this folder, as FILE.json
    #[arg(long, value_name = "DIR", conflicts_with = "file")]
    out: Option<PathBuf>,
}

/// Prints or writes schemas.
///
/// # Errors
/// When there is no such kind of file, or the folder cannot be written.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome, Failure> {
    if let Some(folder) = &args.out {
        let failed = |error: std::io::Error| Failure::failed(format!("failed to write {}: {error}", folder.display()));
        write(folder).map_err(failed)?;
        writeln!(context.out, "{} schemas in {}", FILES.len(), folder.display())?;
        return Ok(Outcome::Done);
    }
    let Some(name) = &args.file else {
        for file in FILES {
            writeln!(context.out, "{:<10} {}", file.name, file.paths)?;
        }
        return Ok(Outcome::Done);
    };
    let Some(file) = FILES.iter().find(|file| file.name == name) else {
        let names: Vec<&str> = FILES.iter().map(|file| file.name).collect();
        let near = nearest(name, names.iter().copied()).map(|near| format!("did you mean `{near}`? "));
        let help = format!("{}kinds are {}", near.unwrap_or_default(), names.join(", "));
        return Err(Failure::usage(format!("there is no kind of file called `{name}`")).help(help));
    };
    write!(context.out, "{}", text(file))?;
    Ok(Outcome::Done)
}

/// Writes every schema into a folder, as FILE.json.
pub(super) fn write(folder: &std::path::Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    FILES.iter().try_for_each(|file| std::fs::write(folder.join(format!("{}.json", file.name)), text(file)))
}

fn text(file: &File) -> String {
    format!("{:#}\n", schema(file))
}
