//! Finds platforms: those embedded in the program, with a project's own folders over them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use include_dir::{Dir, include_dir};
use rayon::iter::{IntoParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _};

use super::Platform;

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// Why a platform cannot be used; fits "failed to load platform …".
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// A file of the project's folder cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// `platform.yaml` does not say what it should.
    #[error("{path}:{line}:{column}: {message}")]
    Invalid {
        /// The file.
        path: String,
        /// Line, from 1.
        line: u64,
        /// Column, from 1.
        column: u64,
        /// What is wrong.
        message: String,
    },
}

/// One platform with the templates that stand beside its `platform.yaml`.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The typed data.
    pub platform: Arc<Platform>,
    /// Templates by file name.
    pub templates: BTreeMap<String, String>,
}

/// Every platform known, by name. An embedded one is read when it is first asked for: most commands need one or two.
#[derive(Clone, Debug, Default)]
pub struct Library {
    entries: BTreeMap<String, Slot>,
}

/// A platform that may not have been read yet; clones share the reading.
#[derive(Clone, Debug, Default)]
struct Slot(Arc<OnceLock<Option<Entry>>>);

impl Slot {
    fn known(entry: Entry) -> Self {
        Self(Arc::new(OnceLock::from(Some(entry))))
    }

    fn entry(&self, name: &str) -> Option<&Entry> {
        // That every embedded platform is legal is for a test to say, not for every start.
        self.0.get_or_init(|| embedded(name).ok().flatten()).as_ref()
    }
}

impl Library {
    /// The platforms embedded in the program.
    ///
    /// # Errors
    /// When an embedded `platform.yaml` is invalid, which the tests rule out.
    pub fn built_in() -> Result<Self, LibraryError> {
        let library = Self::unread();
        let names: Vec<&String> = library.entries.keys().collect();
        let read = |name: &String| Ok((name.clone(), embedded(name)?.map_or_else(Slot::default, Slot::known)));
        Ok(Self { entries: names.into_par_iter().map(read).collect::<Result<_, LibraryError>>()? })
    }

    /// The embedded platforms, none of them read.
    fn unread() -> Self {
        let name = |dir: &Dir<'_>| dir.path().to_string_lossy().into_owned();
        let platforms = BUILT_IN.dirs().filter(|dir| dir.get_file(dir.path().join(FILE)).is_some());
        Self { entries: platforms.map(|dir| (name(dir), Slot::default())).collect() }
    }

    /// The embedded platforms, each file replaced by the project's own where `<root>/templates` has one.
    ///
    /// # Errors
    /// When a file cannot be read, or a `platform.yaml` of the project is invalid.
    pub fn load(root: &Path) -> Result<Self, LibraryError> {
        let mut library = Self::unread();
        let folder = root.join("templates");
        let mut files: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for path in list(&folder)? {
            for file in list(&path)? {
                let wanted = file.extension().is_some_and(|kind| kind == "j2" || kind == "yaml");
                let (Some(platform), Some(name)) = (path.file_name(), file.file_name()) else { continue };
                if wanted {
                    let text = std::fs::read_to_string(&file)
                        .map_err(|source| LibraryError::Read { path: file.clone(), source })?;
                    let own = files.entry(platform.to_string_lossy().into_owned()).or_default();
                    own.insert(name.to_string_lossy().into_owned(), text);
                }
            }
        }
        for (name, own) in files {
            if let Some(entry) = over(&folder.display().to_string(), &name, own, library.get(&name))? {
                library.entries.insert(name, Slot::known(entry));
            }
        }
        Ok(library)
    }

    /// A platform by name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.get(name)?.entry(name)
    }

    /// The name of every platform.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// Every platform, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Entry)> {
        // All are needed: then they are read side by side.
        self.entries.par_iter().for_each(|(name, slot)| {
            slot.entry(name);
        });
        self.entries.iter().filter_map(|(name, slot)| Some((name.as_str(), slot.entry(name)?)))
    }

    /// The one platform whose devices greet like this; `None` when there is none, or more than one.
    #[must_use]
    pub fn guess(&self, greeting: &str) -> Option<&str> {
        let greets = |entry: &Entry| entry.platform.session.greets.iter().any(|words| words.is_match(greeting));
        let mut found = self.iter().filter(|(_, entry)| greets(entry));
        match (found.next(), found.next()) {
            (Some((name, _)), None) => Some(name),
            _ => None,
        }
    }
}

/// What `platform.yaml` is called.
const FILE: &str = "platform.yaml";

/// Reads an embedded platform.
fn embedded(name: &str) -> Result<Option<Entry>, LibraryError> {
    let Some(dir) = BUILT_IN.get_dir(name) else { return Ok(None) };
    let text = |file: &include_dir::File<'_>| {
        let name = file.path().file_name()?.to_string_lossy().into_owned();
        Some((name, file.contents_utf8()?.to_owned()))
    };
    over("templates", name, dir.files().filter_map(text).collect(), None)
}

/// A platform of files, over what they replace; nothing where there is no `platform.yaml` at all.
fn over(
    folder: &str,
    name: &str,
    mut files: BTreeMap<String, String>,
    inherited: Option<&Entry>,
) -> Result<Option<Entry>, LibraryError> {
    let platform = match (files.remove(FILE), inherited) {
        (Some(text), _) => Arc::new(read(&format!("{folder}/{name}/{FILE}"), name, &text)?),
        (None, Some(entry)) => Arc::clone(&entry.platform),
        (None, None) => return Ok(None),
    };
    let mut templates = inherited.map(|entry| entry.templates.clone()).unwrap_or_default();
    templates.extend(files);
    Ok(Some(Entry { platform, templates }))
}

fn read(path: &str, name: &str, text: &str) -> Result<Platform, LibraryError> {
    let options = serde_saphyr::options! { with_snippet: false, strict_booleans: true };
    let invalid = |line, column, message| LibraryError::Invalid { path: path.to_owned(), line, column, message };
    let platform: Platform = serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let (line, column) = error.location().map_or((1, 1), |at| (at.line(), at.column()));
        invalid(line, column, error.to_string())
    })?;
    if platform.name != name {
        return Err(invalid(1, 1, format!("the folder is `{name}`, the name says `{}`", platform.name)));
    }
    Ok(platform)
}

fn list(folder: &Path) -> Result<Vec<PathBuf>, LibraryError> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let failed = |source| LibraryError::Read { path: folder.to_path_buf(), source };
    let mut paths = std::fs::read_dir(folder)
        .map_err(failed)?
        .map(|entry| entry.map(|found| found.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_platform_can_be_read() {
        let all = Library::built_in().unwrap();
        let later = Library::unread();
        assert_eq!(all.names().collect::<Vec<_>>(), later.iter().map(|(name, _)| name).collect::<Vec<_>>());
        assert!(all.names().count() > 10);
        assert!(later.get("no_such").is_none());
    }

    #[test]
    fn a_project_replaces_single_files() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("templates/frr");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("own.j2"), "own").unwrap();
        let (library, before) = (Library::load(root.path()).unwrap(), Library::built_in().unwrap());
        let (entry, inherited) = (library.get("frr").unwrap(), before.get("frr").unwrap());
        assert_eq!(entry.templates.get("own.j2").map(String::as_str), Some("own"));
        assert_eq!(entry.templates.len(), inherited.templates.len() + 1);
        std::fs::write(folder.join("platform.yaml"), "name: other").unwrap();
        assert!(matches!(Library::load(root.path()), Err(LibraryError::Invalid { .. })));
    }
}
