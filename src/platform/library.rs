//! Finds platforms: those embedded in the program, with a project's own folders over them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use include_dir::{Dir, include_dir};
use rayon::prelude::*;

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

/// Every platform known, by name.
#[derive(Clone, Debug, Default)]
pub struct Library {
    entries: BTreeMap<String, Entry>,
}

impl Library {
    /// The platforms embedded in the program.
    ///
    /// # Errors
    /// When an embedded `platform.yaml` is invalid, which the tests rule out.
    pub fn built_in() -> Result<Self, LibraryError> {
        let mut files = BTreeMap::new();
        for dir in BUILT_IN.dirs() {
            for file in dir.files() {
                if let Some(text) = file.contents_utf8() {
                    files.insert(file.path().to_path_buf(), text.to_owned());
                }
            }
        }
        Self::from_files("templates", &files)
    }

    /// The embedded platforms, each file replaced by the project's own where `<root>/templates` has one.
    ///
    /// # Errors
    /// When a file cannot be read, or a `platform.yaml` is invalid.
    pub fn load(root: &Path) -> Result<Self, LibraryError> {
        let mut library = Self::built_in()?;
        let folder = root.join("templates");
        let mut files = BTreeMap::new();
        for path in list(&folder)? {
            for file in list(&path)? {
                let wanted = file.extension().is_some_and(|kind| kind == "j2" || kind == "yaml");
                if !wanted {
                    continue;
                }
                let text = std::fs::read_to_string(&file)
                    .map_err(|source| LibraryError::Read { path: file.clone(), source })?;
                if let Ok(relative) = file.strip_prefix(&folder) {
                    files.insert(relative.to_path_buf(), text);
                }
            }
        }
        let own = Self::from_partial(&folder.display().to_string(), &files, &library)?;
        library.entries.extend(own.entries);
        Ok(library)
    }

    /// A platform by name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.get(name)
    }

    /// Every platform, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().map(|(name, entry)| (name.as_str(), entry))
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

    fn from_files(folder: &str, files: &BTreeMap<PathBuf, String>) -> Result<Self, LibraryError> {
        Self::from_partial(folder, files, &Self::default())
    }

    fn from_partial(folder: &str, files: &BTreeMap<PathBuf, String>, base: &Self) -> Result<Self, LibraryError> {
        let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
        let mut grouped: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for (path, text) in files {
            let mut parts = path.iter().map(|part| part.to_string_lossy().into_owned());
            if let (Some(platform), Some(file), None) = (parts.next(), parts.next(), parts.next()) {
                grouped.entry(platform).or_default().insert(file, text.clone());
            }
        }
        let parsed: Vec<Option<Result<Platform, LibraryError>>> = grouped
            .par_iter()
            .map(|(name, files)| {
                Some(read(&format!("{folder}/{name}/platform.yaml"), name, files.get("platform.yaml")?))
            })
            .collect();
        for ((name, mut files), parsed) in grouped.into_iter().zip(parsed) {
            let inherited = base.get(&name);
            files.remove("platform.yaml");
            let platform = match (parsed.transpose()?, inherited) {
                (Some(platform), _) => Arc::new(platform),
                (None, Some(entry)) => Arc::clone(&entry.platform),
                (None, None) => continue,
            };
            let mut templates = inherited.map(|entry| entry.templates.clone()).unwrap_or_default();
            templates.extend(files);
            entries.insert(name, Entry { platform, templates });
        }
        Ok(Self { entries })
    }
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
