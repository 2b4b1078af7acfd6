//! What every command works with: the project folder, the two output streams, the options.

use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::Global;
use super::failure::{Failure, Outcome};
use super::guard::Guard;
use crate::finding::{Finding, Severity};
use crate::inventory;
use crate::platform::Library;
use crate::report;
use crate::review::{Review, Scope, review};

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Streams and options of one run of the program.
pub struct Context {
    /// The options every command takes.
    pub global: Global,
    /// Results.
    pub out: Guard<anstream::AutoStream<io::Stdout>>,
    /// Findings and progress.
    pub err: Guard<anstream::AutoStream<io::Stderr>>,
}

/// A project folder, read and resolved.
pub struct Project {
    /// The folder.
    pub root: PathBuf,
    /// Model, files and what was found wrong while reading.
    pub loaded: inventory::Loaded,
    /// Platforms, embedded and own.
    pub library: Library,
}

impl Context {
    pub(super) fn new(global: Global) -> Self {
        let choice = match global.color {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        };
        let coloured = choice == anstream::ColorChoice::Always;
        let (seen, told) = (io::stdout().is_terminal() || coloured, io::stderr().is_terminal() || coloured);
        let out = Guard::new(anstream::AutoStream::new(io::stdout(), choice), seen);
        let err = Guard::new(anstream::AutoStream::new(io::stderr(), choice), told);
        Self { global, out, err }
    }

    /// Prints a device's own text: into a file or a pipe byte for byte, on a terminal as far as one may show it.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn verbatim(&mut self, text: &str) -> io::Result<()> {
        if self.out.is_watched() {
            return self.out.write_all(text.as_bytes());
        }
        // Without the stream that drops colours: what looks like one belongs to the text.
        self.out.inner().as_inner().write_all(text.as_bytes())
    }

    /// Whether a person watches the progress.
    pub fn interactive(&self) -> bool {
        !self.global.quiet && io::stderr().is_terminal()
    }

    /// A bar that grows while many devices are worked on, where a person watches.
    pub fn bar(&self, devices: usize, doing: &'static str) -> indicatif::ProgressBar {
        if self.interactive() && devices > 1 {
            indicatif::ProgressBar::new(devices as u64).with_message(doing)
        } else {
            indicatif::ProgressBar::hidden()
        }
    }

    /// The output format asked for, if the command knows it; the first of `known` is the default.
    ///
    /// # Errors
    /// A usage failure naming the formats the command knows.
    pub fn format<'k>(&self, known: &[&'k str]) -> Result<&'k str, Failure> {
        let asked = self.global.format.as_deref();
        match asked {
            None => known.first().copied().ok_or_else(|| Failure::usage("this command has no formats")),
            Some(asked) => known.iter().copied().find(|name| *name == asked).ok_or_else(|| {
                Failure::usage(format!("unknown format `{asked}`"))
                    .help(format!("this command knows: {}", known.join(", ")))
            }),
        }
    }

    /// Reads the project folder. Findings are in the result, not printed.
    ///
    /// # Errors
    /// When the folder is no project, or a platform's data is invalid.
    pub fn project(&self) -> Result<Project, Failure> {
        Project::open(&self.global.directory)
    }

    /// Prints findings on standard error; with `--quiet`, errors only.
    ///
    /// # Errors
    /// When standard error cannot be written.
    pub fn findings(&mut self, project: &Project, findings: &[Finding]) -> io::Result<()> {
        let mut shown = findings.to_vec();
        shown.retain(|finding| !self.global.quiet || finding.severity == Severity::Error);
        // The stream drops colour where nobody sees it.
        write!(self.err, "{}", report::findings::human(&project.loaded.sources, &shown, true))
    }

    pub(super) fn finish(&mut self, outcome: Result<Outcome, Failure>) -> ExitCode {
        let code = match outcome {
            Ok(Outcome::Done) => 0,
            Ok(Outcome::Findings) => 1,
            Ok(Outcome::Changes) => 2,
            Err(failure) if failure.code() == 0 => 0,
            Err(failure) => {
                let style = anstyle::AnsiColor::Red.on_default().bold();
                let (word, message, help) = failure.text();
                let mut said = writeln!(self.err, "{style}{word}{style:#}: {message}");
                if let Some(help) = help {
                    said = said.and(writeln!(self.err, "  help: {help}"));
                }
                // A closed standard error leaves nobody to tell; the exit code still does.
                drop(said);
                failure.code()
            }
        };
        drop(self.err.flush());
        // Whoever read the output has seen enough.
        let lost = self.out.flush().is_err_and(|error| error.kind() != io::ErrorKind::BrokenPipe);
        if lost && code == 0 {
            return ExitCode::from(1);
        }
        ExitCode::from(code)
    }
}

impl Project {
    /// Reads a project folder.
    ///
    /// # Errors
    /// When the folder is no project, or a platform's data is invalid.
    pub fn open(root: &Path) -> Result<Self, Failure> {
        Self::open_with(root, &inventory::Overlay::default())
    }

    /// The same, with other texts in place of what the disk says.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with(root: &Path, unsaved: &inventory::Overlay) -> Result<Self, Failure> {
        let (library, loaded) = rayon::join(|| Library::load(root), || inventory::load_with(root, unsaved));
        let library = library.map_err(|error| Failure::failed(format!("failed to load platform data: {error}")))?;
        Ok(Self { root: root.to_path_buf(), loaded, library })
    }

    /// Says everything that is to be said of it.
    pub fn review(&mut self, scope: Scope<'_>) -> Review {
        review(&self.root, &mut self.loaded, &self.library, scope)
    }

    /// What was found wrong while reading.
    pub fn findings(&self) -> &[Finding] {
        &self.loaded.findings
    }
}
