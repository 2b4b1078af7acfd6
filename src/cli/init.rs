//! `samnet init`: a starter project with editor schemas.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::{Context, Failure, Outcome, schema};

/// The starter: a file's path in the project and its text.
const FILES: &[(&str, &str)] = &[
    ("inventory/network.yaml", include_str!("init/inventory/network.yaml")),
    ("inventory/vlans.yaml", include_str!("init/inventory/vlans.yaml")),
    ("inventory/ssids.yaml", include_str!("init/inventory/ssids.yaml")),
    ("inventory/profiles.yaml", include_str!("init/inventory/profiles.yaml")),
    ("inventory/models.yaml", include_str!("init/inventory/models.yaml")),
    ("inventory/sites/home/office.yaml", include_str!("init/inventory/sites/home/office.yaml")),
    ("policies/segments.yaml", include_str!("init/policies/segments.yaml")),
    ("policies/flows/network.yaml", include_str!("init/policies/flows/network.yaml")),
    (".gitignore", include_str!("init/gitignore")),
];

/// Arguments as typed.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "It writes one organisation with one building, every file with comments, and the JSON Schemas that editors complete and check with. Nothing that exists is overwritten.\n\nExamples:\n  samnet init network\n  cd network && samnet validate"
)]
pub struct Args {
    /// Folder to write into; made where it does not exist [default: the project folder, see -C]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// Writes the starter.
///
/// # Errors
/// When a file of it exists already, or the folder cannot be written.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome, Failure> {
    let given = args.folder.as_deref().unwrap_or(Path::new("."));
    let folder = context.global.directory.join(given);
    if let Some((known, _)) = FILES.iter().find(|(path, _)| folder.join(path).exists()) {
        let message = format!("{} exists already; nothing was written", folder.join(known).display());
        return Err(Failure::failed(message).help("name another folder: samnet init DIR"));
    }
    let failed = |error: std::io::Error| Failure::failed(format!("failed to write {}: {error}", folder.display()));
    for (path, text) in FILES {
        let path = folder.join(path);
        path.parent().map_or(Ok(()), fs::create_dir_all).map_err(failed)?;
        fs::write(path, text).map_err(failed)?;
    }
    schema::write(&folder.join(".samnet/schema")).map_err(failed)?;
    writeln!(context.out, "{} files and the schemas for editors in {}", FILES.len(), folder.display())?;
    if !context.global.quiet {
        writeln!(context.out, "next: samnet -C {} validate", folder.display())?;
    }
    Ok(Outcome::Done)
}
