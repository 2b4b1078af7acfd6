//! Makes fixes: byte splices of the files they concern, each file replaced at once or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use similar::TextDiff;

use super::Checked;
use crate::cli::Failure;
use crate::finding::fix::{compatible, splice};
use crate::finding::{Edit, Fix, Veil};
use crate::source::{FileId, Sources, yaml};

/// A byte order mark is no text and stays where it is.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// What fixes would make of the files.
pub(super) struct Fixes {
    files: Vec<Mended>,
    /// How many fixes there are.
    pub(super) count: usize,
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

/// Works out what the fixes of the findings make of their files.
///
/// # Errors
/// When an edit does not fit its file, which would be a mistake of the check that proposed it.
pub(super) fn of(root: &Path, checked: &Checked) -> Result<Fixes, Failure> {
    let sources = &checked.project.loaded.sources;
    // What is built in has no file to mend.
    let has_files = |edits: &[Edit]| edits.iter().all(|edit| root.join(sources.path(edit.span.file)).is_file());
    let all = checked.found.iter().filter_map(|finding| finding.fix.as_deref());
    let fixes = compatible(all.filter(|fix| has_files(&fix.edits) && keeps_whole(sources, fix)));
    let mut edits: BTreeMap<FileId, Vec<&Edit>> = BTreeMap::new();
    for edit in fixes.iter().flat_map(|fix| &fix.edits) {
        edits.entry(edit.span.file).or_default().push(edit);
    }
    let veil = Veil::over(&checked.found);
    let files = edits.into_iter().map(|(file, edits)| mended(root, sources, &veil, file, &edits));
    let files: Option<Vec<Mended>> = files.collect();
    let files = files.ok_or_else(|| Failure::failed("failed to mend: an edit does not fit its file"))?;
    Ok(Fixes { files, count: fixes.len() })
}

/// Whether the files can be read after a fix as well as before it.
fn keeps_whole(sources: &Sources, fix: &Fix) -> bool {
    let files: BTreeSet<FileId> = fix.edits.iter().map(|edit| edit.span.file).collect();
    files.into_iter().all(|file| {
        let text = sources.text(file);
        let edits = fix.edits.iter().filter(|edit| edit.span.file == file);
        let after = splice(text, edits.map(|edit| (edit.span.range(), edit.text.as_str())));
        let problems = |text: &str| yaml::parse(file, text).problems.len();
        after.is_some_and(|after| problems(&after) <= problems(text))
    })
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
        for file in &self.files {
            let (before, after) = &file.shown;
            let diff = TextDiff::from_lines(before.as_str(), after.as_str());
            let (old, new) = (format!("a/{}", file.name), format!("b/{}", file.name));
            out.push_str(&diff.unified_diff().context_radius(3).header(&old, &new).to_string());
        }
        out
    }

    /// Writes the files, after making sure that none has changed since it was read.
    ///
    /// # Errors
    /// When one has, or cannot be written; before the first is written, nothing has happened.
    pub(super) fn write(&self) -> Result<(), Failure> {
        let mut ready = Vec::new();
        for file in &self.files {
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
            ready.push((file, [mark, file.after.as_bytes()].concat()));
        }
        for (file, bytes) in ready {
            replace(&file.path, &bytes)
                .map_err(|error| Failure::failed(format!("failed to mend {}: {error}", file.name)))?;
        }
        Ok(())
    }
}

/// Writes a file so that every reader sees all of the old or all of the new; rights stay as they are.
///
/// # Errors
/// When the folder or the file may not be written.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A link stays a link; what it leads to is replaced.
    let real = match std::fs::canonicalize(path) {
        Ok(real) => real,
        Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_path_buf(),
        Err(error) => return Err(error),
    };
    let folder = real.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
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
    file.persist(&real)?;
    Ok(())
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

/// How many were, or would be, mended.
pub(super) fn said(count: usize, verb: &str) -> String {
    match count {
        0 => "nothing to mend".to_owned(),
        1 => format!("{verb} 1 finding"),
        _ => format!("{verb} {count} findings"),
    }
}
