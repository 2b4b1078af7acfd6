//! `samnet lsp`: the language server, for editors.

use std::path::Path;

use super::{Context, Failure, Outcome};
use crate::inventory::schema::{FILES, schema};
use crate::lsp::{self, Manual, Setup};
use crate::rego;

/// Arguments as typed.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "An editor starts it and speaks with it over standard input and output. It shows findings as you type,
what a name resolves to, where it is defined and used, and completes names. Files belong to the
project above them: the folder that has inventory/network.yaml.

VS Code, with an extension for any language server (such as \"Generic LSP Client\"): command `samnet`,
  arguments `lsp`, language `yaml`.

Neovim 0.11, in init.lua:
  vim.lsp.config('samnet', { cmd = { 'samnet', 'lsp' }, filetypes = { 'yaml' },
                             root_markers = { 'inventory/network.yaml' } })
  vim.lsp.enable('samnet')

Helix, in languages.toml:
  [language-server.samnet]
  command = \"samnet\"
  args = [\"lsp\"]
  [[language]]
  name = \"yaml\"
  language-servers = [\"samnet\", \"yaml-language-server\"]

Example:
  samnet lsp        started by an editor; ends when the editor says so, exit code 1 when it just goes away"
)]
pub struct Args {
    /// Speak over standard input and output, as it always does; some editors ask for it
    #[arg(long)]
    stdio: bool,
}

/// Answers an editor until it ends the conversation.
///
/// # Errors
/// When what comes is not the protocol, or ends without a word.
pub fn run(context: &mut Context, _: &Args) -> Result<Outcome, Failure> {
    let today = || jiff::Zoned::now().date();
    let mut output = std::io::stdout().lock();
    let manual = Manual::new(FILES.iter().map(|file| (file.paths.to_owned(), schema(file))).collect());
    // A folder that is named is looked at where the editor opens none.
    let folder = Some(&context.global.directory).filter(|folder| *folder != Path::new("."));
    let folder = folder.and_then(|folder| folder.canonicalize().ok());
    let setup = Setup { today, manual, rules: Some(super::check::host(rego::TIME)?), folder };
    lsp::serve(std::io::stdin(), &mut output, setup).map_err(|error| Failure::failed(error.to_string()))?;
    Ok(Outcome::Done)
}
