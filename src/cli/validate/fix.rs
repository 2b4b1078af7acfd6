//! Makes fixes: byte splices of the files they concern, each file replaced at once or not at all.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use similar::TextDiff;

use super::Checked;
use crate::cli::Failure;
use crate::finding::fix::{sound, splice};
use crate::finding::{Edit, Fix, Veil};
use crate::inventory::Overlay;
use crate::source::{FileId, Sources};

/// A byte order mark is no text and stays where it is.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Bytes from which on a text is a secret wherever it stands, and not a part of any word.
const TELLING: usize = 4;

/// Rounds after which whatever is left is left: one mistake hides another, and rarely more than one.
const ROUNDS: usize = 8;

/// What fixes would make of the files.
#[derive(Default)]
pub(super) struct Fixes {
    files: BTreeMap<PathBuf, Mended>,
    /// Each fix with its place, as people read it.
    pub(super) made: Vec<String>,
    /// Secrets that any round found, with what stands in their place: one shows when the key above it is mended.
    hidden: BTreeMap<String, &'static str>,
}

/// A file with its fixes made.
struct Mended {
    path: PathBuf,
    /// Path as people see it.
    name: String,
    /// As it was read.
    before: String,
    after: String,
    /// Both without secrets.
    shown: (String, String),
}

/// Works out what the fixes of the findings make of their files, and then those of what the mended files show.
///
/// # Errors
/// When an edit does not fit its file, which would be a mistake of the check that proposed it, and whatever `check` says.
pub(super) fn of(
    root: &Path,
    checked: &Checked,
    check: impl Fn(&Overlay) -> Result<Checked, Failure>,
) -> Result<Fixes, Failure> {
    let mut fixes = Fixes::default();
    let mut unsaved = Overlay::default();
    let mut last: Option<Checked> = None;
    for _ in 0..ROUNDS {
        let checked = last.as_ref().unwrap_or(checked);
        let texts = fixes.round(root, checked)?;
        if texts.is_empty() {
            break;
        }
        unsaved.0.extend(texts);
        last = Some(check(&unsaved)?);
    }
    Ok(fixes)
}

/// The fixes of one round: those that go together, and after which every file can be read as well as before.
fn chosen<'f>(root: &Path, checked: &'f Checked) -> Vec<&'f Fix> {
    let sources = &checked.project.loaded.sources;
    // What is built in has no file to mend.
    let has_files = |edits: &[Edit]| edits.iter().all(|edit| root.join(sources.path(edit.span.file)).is_file());
    let all = checked.found.iter().filter_map(|finding| finding.fix.as_deref());
    sound(sources, all.filter(|fix| has_files(&fix.edits)))
}

impl Fixes {
    /// Makes the fixes of what was found, and says what the files that they change read now.
    fn round(&mut self, root: &Path, checked: &Checked) -> Result<BTreeMap<PathBuf, Arc<str>>, Failure> {
        let sources = &checked.project.loaded.sources;
        let fixes = chosen(root, checked);
        let mut edits: BTreeMap<FileId, Vec<&Edit>> = BTreeMap::new();
        for edit in fixes.iter().flat_map(|fix| &fix.edits) {
            edits.entry(edit.span.file).or_default().push(edit);
        }
        let veil = Veil::over(&checked.found);
        for (file, _) in sources.files() {
            let secrets = veil.masks(file).into_iter();
            let secrets = secrets.filter_map(|(at, mask)| Some((sources.text(file).get(at)?.to_owned(), mask)));
            self.hidden.extend(secrets.filter(|(secret, _)| secret.len() >= TELLING));
        }
        let mut texts = BTreeMap::new();
        for (file, edits) in edits {
            let new = mended(root, sources, &veil, file, &edits)
                .ok_or_else(|| Failure::failed("failed to mend: an edit does not fit its file"))?;
            texts.insert(sources.path(file).to_path_buf(), Arc::from(new.after.as_str()));
            match self.files.get_mut(sources.path(file)) {
                Some(known) => (known.after, known.shown.1) = (new.after, new.shown.1),
                None => drop(self.files.insert(sources.path(file).to_path_buf(), new)),
            }
        }
        let place = |fix: &Fix| fix.edits.first().map(|edit| sources.place(edit.span).to_string());
        self.made.extend(fixes.iter().map(|fix| format!("{}: {}", place(fix).unwrap_or_default(), fix.title)));
        Ok(texts)
    }
}

fn mended(root: &Path, sources: &Sources, veil: &Veil, file: FileId, edits: &[&Edit]) -> Option<Mended> {
    let text = sources.text(file);
    let splices: Vec<_> = edits.iter().map(|edit| (edit.span.range(), edit.text.as_str())).collect();
    let masks: Vec<(_, &str)> = veil.masks(file);
    let masked = splice(text, masks.iter().cloned())?;
    let masked_after = splice(text, splices.iter().cloned().chain(masks))?;
    let path = root.join(sources.path(file));
    // `patch` compares bytes, so the mark has to stand in the patch as well.
    let mark = if std::fs::read(&path).is_ok_and(|bytes| bytes.starts_with(MARK)) { "\u{feff}" } else { "" };
    Some(Mended {
        path,
        name: crate::finding::baseline::slashed(sources.path(file)),
        before: text.to_owned(),
        after: splice(text, splices)?,
        shown: (format!("{mark}{masked}"), format!("{mark}{masked_after}")),
    })
}

impl Fixes {
    /// The change as a unified diff, secrets masked.
    pub(super) fn patch(&self) -> String {
        let mut out = String::new();
        for file in self.files.values() {
            let masked = |text: &str| {
                self.hidden.iter().fold(text.to_owned(), |text, (secret, mask)| text.replace(secret, mask))
            };
            let (before, after) = (masked(&file.shown.0), masked(&file.shown.1));
            let diff = TextDiff::from_lines(before.as_str(), after.as_str());
            let (old, new) = (format!("a/{}", file.name), format!("b/{}", file.name));
            out.push_str(&diff.unified_diff().context_radius(3).header(&old, &new).to_string());
        }
        out
    }

    /// Writes the files, after making sure that none has changed since it was read, and that all can be written.
    ///
    /// # Errors
    /// When one has, or cannot be written; before the first is written, nothing has happened.
    pub(super) fn write(&self) -> Result<(), Failure> {
        let mut ready = Vec::new();
        for file in self.files.values() {
            let failed = |why: &str| {
                Failure::failed(format!("failed to mend {}: {why}", file.name)).help("nothing was written; try again")
            };
            let bytes = std::fs::read(&file.path).map_err(|error| failed(&error.to_string()))?;
            let (mark, text) = match bytes.strip_prefix(MARK) {
                Some(text) => (MARK, text),
                None => (&[][..], bytes.as_slice()),
            };
            if text != file.before.as_bytes() {
                return Err(failed("it changed while it was checked"));
            }
            let new = Replacement::of(&file.path, &[mark, file.after.as_bytes()].concat());
            ready.push((file, new.map_err(|error| failed(&error.to_string()))?));
        }
        let mut written: Vec<&str> = Vec::new();
        for (file, new) in ready {
            new.put().map_err(|error| {
                let failure = Failure::failed(format!("failed to mend {}: {error}", file.name));
                if written.is_empty() { failure } else { failure.help(format!("mended: {}", written.join(", "))) }
            })?;
            written.push(&file.name);
        }
        Ok(())
    }
}

/// Writes a file so that every reader sees all of the old or all of the new; rights stay as they are.
///
/// # Errors
/// When the folder or the file may not be written.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    Replacement::of(path, bytes)?.put()
}

/// A file's new content, beside it.
struct Replacement {
    file: tempfile::NamedTempFile,
    real: PathBuf,
}

impl Replacement {
    fn of(path: &Path, bytes: &[u8]) -> io::Result<Self> {
        // A link stays a link; what it leads to is replaced.
        let real = match std::fs::canonicalize(path) {
            Ok(real) => real,
            Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_path_buf(),
            Err(error) => return Err(error),
        };
        let folder = real.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !folder.is_dir() {
            return Err(io::Error::new(io::ErrorKind::NotFound, format!("there is no folder {}", folder.display())));
        }
        let mut file = tempfile::Builder::new().prefix(".samnet-").tempfile_in(folder)?;
        file.write_all(bytes)?;
        match std::fs::metadata(&real) {
            Ok(metadata) if metadata.permissions().readonly() => {
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only"));
            }
            Ok(metadata) => file.as_file().set_permissions(metadata.permissions())?,
            Err(_) => readable(&file)?,
        }
        file.as_file().sync_all()?;
        Ok(Self { file, real })
    }

    fn put(self) -> io::Result<()> {
        self.file.persist(&self.real)?;
        Ok(())
    }
}

/// A new file's rights: temporary ones are for their owner alone, and a baseline is to be shared.
#[cfg(unix)]
fn readable(file: &tempfile::NamedTempFile) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &tempfile::NamedTempFile) -> io::Result<()> {
    Ok(())
}

/// How many were, or would be, made.
pub(super) fn said(count: usize, verb: &str) -> String {
    match count {
        0 => "nothing to mend".to_owned(),
        1 => format!("{verb} 1 fix"),
        _ => format!("{verb} {count} fixes"),
    }
}
