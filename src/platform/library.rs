//! Finds platforms: those embedded in the program, with a project's own folders over them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use include_dir::{Dir, include_dir};
use rayon::iter::{IntoParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Platform, extend};
use crate::finding::nearest;
use crate::source::FileId;
use crate::source::yaml::{self, Kind, Node};

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
        let files = Files::of(root)?;
        if files.own.is_empty() {
            return Ok(library);
        }
        // What a project says of a platform, it says of those that extend it as well.
        let named: BTreeSet<String> = files.own.keys().chain(library.entries.keys()).cloned().collect();
        for name in named.into_iter().filter(|name| files.bases(name).any(|base| files.own.contains_key(base))) {
            if let Some(entry) = files.entry(&name)? {
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

    /// The one platform whose devices greet like this; `None` when there is none, or more than one. Of a platform and
    /// one that extends it, the latter is meant.
    #[must_use]
    pub fn guess(&self, greeting: &str) -> Option<&str> {
        let greets = |entry: &Entry| entry.platform.session.greets.iter().any(|words| words.is_match(greeting));
        let found: Vec<(&str, &Entry)> = self.iter().filter(|(_, entry)| greets(entry)).collect();
        let extended = |name: &str| found.iter().any(|(_, other)| other.platform.extends.as_deref() == Some(name));
        let mut own = found.iter().filter(|(name, _)| !extended(name));
        match (own.next(), own.next()) {
            (Some((name, _)), None) => Some(name),
            _ => None,
        }
    }
}

/// What `platform.yaml` is called.
const FILE: &str = "platform.yaml";

/// Reads an embedded platform.
fn embedded(name: &str) -> Result<Option<Entry>, LibraryError> {
    Files::default().entry(name)
}

/// The files of all platforms: a project's own over those embedded in the program.
#[derive(Debug, Default)]
struct Files {
    folder: String,
    own: BTreeMap<String, BTreeMap<String, String>>,
}

/// The files of one platform.
struct Part<'f> {
    /// What its `platform.yaml` is called.
    path: String,
    text: &'f str,
    templates: BTreeMap<&'f str, &'f str>,
}

impl Files {
    /// A project's own files.
    fn of(root: &Path) -> Result<Self, LibraryError> {
        let folder = root.join("templates");
        let mut files = Self { folder: folder.display().to_string(), own: BTreeMap::new() };
        for path in list(&folder)? {
            for file in list(&path)? {
                let wanted = file.extension().is_some_and(|kind| kind == "j2" || kind == "yaml");
                let (Some(platform), Some(name)) = (path.file_name(), file.file_name()) else { continue };
                if wanted {
                    let text = std::fs::read_to_string(&file)
                        .map_err(|source| LibraryError::Read { path: file.clone(), source })?;
                    let (platform, name) = (platform.to_string_lossy(), name.to_string_lossy());
                    let embedded = BUILT_IN.get_file(format!("{platform}/{name}"));
                    // A copy that says nothing of its own leaves its platform to be read when it is asked for.
                    if embedded.and_then(include_dir::File::contents_utf8) != Some(text.as_str()) {
                        files.own.entry(platform.into_owned()).or_default().insert(name.into_owned(), text);
                    }
                }
            }
        }
        Ok(files)
    }

    /// The files of a platform; none where there is no `platform.yaml` at all.
    fn part(&self, name: &str) -> Option<Part<'_>> {
        let text =
            |file: &'static include_dir::File<'_>| Some((file.path().file_name()?.to_str()?, file.contents_utf8()?));
        let mut templates: BTreeMap<&str, &str> =
            BUILT_IN.get_dir(name).into_iter().flat_map(Dir::files).filter_map(text).collect();
        let own = self.own.get(name);
        templates.extend(own.into_iter().flatten().map(|(file, text)| (file.as_str(), text.as_str())));
        let folder = if own.is_some_and(|own| own.contains_key(FILE)) { self.folder.as_str() } else { "templates" };
        let text = templates.remove(FILE)?;
        Some(Part { path: format!("{folder}/{name}/{FILE}"), text, templates })
    }

    /// A platform and those it extends, directly or not, as far as they are there; one that extends itself never ends.
    fn bases<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        let base = |name: &&'f str| Some(extend::named(self.part(name)?.text)?.1);
        // A circle is told when the platform is read.
        std::iter::successors(Some(name), base).take(BUILT_IN.dirs().count() + self.own.len() + 1)
    }

    /// A platform over what it extends.
    fn entry(&self, name: &str) -> Result<Option<Entry>, LibraryError> {
        let Some(own) = self.part(name) else { return Ok(None) };
        let Some((line, _)) = extend::named(own.text) else {
            let platform: Platform = own.read()?;
            if platform.extends.is_some() {
                return Err(own.invalid(1, "write `extends: NAME` at the margin, the key without quotes".to_owned()));
            }
            return own.named(name, platform).map(|platform| Some(own.entry(platform)));
        };
        let mut parts: Vec<(&str, Part<'_>)> = Vec::new();
        for base in self.bases(name) {
            let (said, below) = parts.last().map_or((name, &own), |(name, part)| (*name, part));
            let refused =
                |message: String| Err(below.invalid(extend::named(below.text).map_or(1, |(line, _)| line), message));
            if parts.iter().any(|(known, _)| *known == base) {
                return refused(format!("`{base}` is extended by itself, through `{said}`"));
            }
            let Some(part) = self.part(base) else {
                let known =
                    BUILT_IN.dirs().filter_map(|dir| dir.path().to_str()).chain(self.own.keys().map(String::as_str));
                let near = nearest(base, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                return refused(format!("there is no platform `{base}` to extend{near}"));
            };
            parts.push((base, part));
        }
        let mut all = Value::Null;
        let mut templates = BTreeMap::new();
        for (_, part) in parts.iter().rev() {
            all = extend::over(all, part.read()?);
            templates.extend(part.templates.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())));
        }
        let platform =
            serde_json::from_value(all).map_err(|error| own.invalid(line, format!("with what it extends: {error}")))?;
        let platform = Arc::new(own.named(name, platform)?);
        Ok(Some(Entry { platform, templates }))
    }
}

impl Part<'_> {
    fn read<T: DeserializeOwned>(&self) -> Result<T, LibraryError> {
        // The quick way first; the other one knows more ways to write a thing, and the place of what is wrong.
        self.quickly().map_or_else(|| self.thoroughly(), Ok)
    }

    fn quickly<T: DeserializeOwned>(&self) -> Option<T> {
        let document = yaml::parse(FileId::default(), self.text);
        let root = document.root.filter(|root| document.problems.is_empty() && !is_doubtful(root))?;
        serde_json::from_value(root.json()).ok()
    }

    fn thoroughly<T: DeserializeOwned>(&self) -> Result<T, LibraryError> {
        let options = serde_saphyr::options! { with_snippet: false, strict_booleans: true };
        serde_saphyr::from_str_with_options(self.text, options).map_err(|error| {
            let (line, column) = error.location().map_or((1, 1), |at| (at.line(), at.column()));
            LibraryError::Invalid { path: self.path.clone(), line, column, message: error.to_string() }
        })
    }

    fn invalid(&self, line: u64, message: String) -> LibraryError {
        LibraryError::Invalid { path: self.path.clone(), line, column: 1, message }
    }

    /// The platform, where it has the name of its folder.
    fn named(&self, name: &str, platform: Platform) -> Result<Platform, LibraryError> {
        if platform.name != name {
            return Err(self.invalid(1, format!("the folder is `{name}`, the name says `{}`", platform.name)));
        }
        Ok(platform)
    }

    fn entry(&self, platform: Platform) -> Entry {
        let text = |(file, text): (&&str, &&str)| ((*file).to_owned(), (*text).to_owned());
        Entry { platform: Arc::new(platform), templates: self.templates.iter().map(text).collect() }
    }
}

/// Whether a value is written in a way that readers of YAML take for different things: `True`, `0x10`, `007`, `+1`.
fn is_doubtful(node: &Node) -> bool {
    match &node.kind {
        Kind::Null | Kind::Quoted(_) => false,
        Kind::Plain(text) => {
            let word = (text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"))
                && text.chars().any(char::is_uppercase);
            let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
            let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'_');
            let padded = digits.strip_prefix('0').is_some_and(|rest| {
                !rest.is_empty() && number(rest.trim_start_matches(['x', 'X', 'o', 'O', 'b', 'B']))
            });
            let signed = text.starts_with('+') && digits.starts_with(|first: char| first.is_ascii_digit());
            word || padded || signed
        }
        Kind::List(items) => items.iter().any(is_doubtful),
        Kind::Map(entries) => entries.iter().any(|entry| is_doubtful(&entry.value)),
    }
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
    fn both_ways_to_read_a_platform_come_to_the_same() {
        let (files, library) = (Files::default(), Library::unread());
        for name in library.names() {
            let part = files.part(name).unwrap();
            if extend::named(part.text).is_none() {
                // Maps print in an order of their own; what they print is the same.
                let letters = |platform: Platform| {
                    let mut letters = format!("{platform:?}").into_bytes();
                    letters.sort_unstable();
                    letters
                };
                let (quick, thorough) = (part.quickly().unwrap(), part.thoroughly().unwrap());
                assert!(letters(quick) == letters(thorough), "{name}");
            }
            let (quick, thorough) = (part.quickly::<Value>().unwrap(), part.thoroughly::<Value>().unwrap());
            assert!(quick == thorough, "{name}");
        }
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

    /// A project with files under `templates/`.
    fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join("templates").join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        root
    }

    #[test]
    fn a_platform_that_extends_another_says_what_is_different() {
        let own =
            "name: mine\nextends: frr\ntitle: Mine\nwrites!: [services.ntp]\nrules: { single: [\"> colour _\"] }\n";
        let root = project(&[("mine/platform.yaml", own), ("mine/more.j2", "more")]);
        let library = Library::load(root.path()).unwrap();
        let (mine, base) = (library.get("mine").unwrap(), library.get("frr").unwrap());
        assert_eq!((mine.platform.title.as_str(), mine.platform.extends.as_deref()), ("Mine", Some("frr")));
        assert_eq!(mine.platform.template, base.platform.template);
        assert!(mine.platform.writes("services.ntp") && !mine.platform.writes("ospf"));
        let phrases = |entry: &Entry| entry.platform.rules.single.sources().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(phrases(mine).split_first(), Some((&"> colour _".to_owned(), phrases(base).as_slice())));
        assert_eq!(mine.templates.get("device.j2"), base.templates.get("device.j2"));
        assert_eq!(mine.templates.len(), base.templates.len() + 1);
        // What the project changes in the base, it changes in both.
        std::fs::create_dir_all(root.path().join("templates/frr")).unwrap();
        std::fs::write(root.path().join("templates/frr/device.j2"), "own").unwrap();
        let library = Library::load(root.path()).unwrap();
        assert_eq!(library.get("mine").unwrap().templates.get("device.j2").map(String::as_str), Some("own"));
    }

    #[test]
    fn of_a_platform_and_one_that_extends_it_the_latter_is_guessed() {
        let library = Library::built_in().unwrap();
        let chassis =
            "Cisco IOS XE Software, Version 17.12.04\nCisco IOS Software [Dublin], C9800 Software (C9800_IOSXE-K9)\n";
        assert_eq!(library.guess(chassis), Some("cisco_wlc"));
        assert_eq!(library.guess("Cisco IOS XE Software, Version 17.12.04\n"), Some("cisco_iosxe"));
    }

    #[test]
    fn what_readers_judge_differently_is_left_to_the_thorough_one() {
        let quick = |text: &str| {
            let part = Part { path: String::new(), text, templates: BTreeMap::new() };
            part.quickly::<Value>()
        };
        for text in ["a: True", "a: FALSE", "a: [0x10]", "a: { b: 007 }", "a: -0o17", "a: +1"] {
            assert_eq!(quick(text), None, "{text}");
        }
        let plain = serde_json::json!({ "a": true, "b": 0, "c": 0.5, "d": -1, "e": "Trueno" });
        assert_eq!(quick("a: true\nb: 0\nc: 0.5\nd: -1\ne: Trueno\n"), Some(plain));
    }

    #[test]
    fn a_base_that_is_not_there_or_comes_round_is_told_in_its_place() {
        let refused = |files: &[(&str, &str)]| Library::load(project(files).path()).unwrap_err().to_string();
        let near = refused(&[("a/platform.yaml", "name: a\nextends: fr\n")]);
        assert!(
            near.ends_with("a/platform.yaml:2:1: there is no platform `fr` to extend; did you mean `frr`?"),
            "{near}"
        );
        let round = [("a/platform.yaml", "name: a\nextends: b\n"), ("b/platform.yaml", "name: b\n\nextends: a\n")];
        let round = refused(&round);
        assert!(round.ends_with("b/platform.yaml:3:1: `a` is extended by itself, through `b`"), "{round}");
        let odd = refused(&[("a/platform.yaml", "name: a\nextends: frr\ncolour: red\n")]);
        assert!(odd.contains("a/platform.yaml:2:1: with what it extends: unknown field `colour`"), "{odd}");
    }
}
