//! Which files a project has, and their text.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::finding::{Finding, codes, nearest};

/// The file that makes a folder a project.
const ENTRY: &str = "inventory/network.yaml";
/// Largest file that is read, in bytes; the largest sensible one is about a tenth of it.
const LARGEST: u64 = 64 << 20;

/// What an editor holds and has not saved: it stands in for what the disk says.
#[derive(Clone, Debug, Default)]
pub struct Overlay(pub BTreeMap<PathBuf, Arc<str>>);

impl Overlay {
    /// The unsaved text of a path below the project folder.
    fn text(&self, path: &Path) -> Option<&Arc<str>> {
        self.0.get(path)
    }

    /// Names directly below a folder that lead to unsaved files.
    fn below<'o>(&'o self, folder: &'o Path) -> impl Iterator<Item = &'o std::ffi::OsStr> {
        self.0.keys().filter_map(move |path| Some(path.strip_prefix(folder).ok()?.components().next()?.as_os_str()))
    }
}

/// Where a project is read from.
#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    /// The project folder.
    pub(super) root: &'p Path,
    /// What goes before the files in it.
    pub(super) unsaved: &'p Overlay,
}

/// A file to read.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Path below the project folder, with the mark of what is built in.
    pub(super) path: PathBuf,
    /// What belongs in it.
    pub(super) what: What,
    /// The text that stands in for a file the project does not have.
    built_in: Option<&'static str>,
}

impl Found {
    /// Whether the project does not have it, and the built-in text stands in.
    pub(super) const fn is_built_in(&self) -> bool {
        self.built_in.is_some()
    }
}

/// What belongs in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    Network,
    Vlans,
    Ssids,
    Profiles,
    Models,
    Segments,
    Flows,
    Naming,
    Change,
    Site { organisation: String, stem: String },
}

impl What {
    /// The name of its schema.
    pub(super) fn schema(&self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Vlans => "vlans",
            Self::Ssids => "ssids",
            Self::Profiles => "profiles",
            Self::Models => "models",
            Self::Segments => "segments",
            Self::Flows => "flows",
            Self::Naming => "naming",
            Self::Change => "change",
            Self::Site { .. } => "site",
        }
    }
}

/// A file as it was read.
pub(super) struct Content {
    /// Its text, or what of it could be read.
    pub(super) text: Arc<str>,
    /// What kept it from being read, without a place.
    pub(super) problem: Option<Finding>,
}

/// Findings about folders and stray files, with the path they concern.
type Strays = Vec<(Option<PathBuf>, Finding)>;

/// Finds every file of a project, sorted by path, and what is wrong with its folders.
pub(super) fn find(place: Place<'_>) -> (Vec<Found>, Strays) {
    let Place { root, unsaved } = place;
    let mut strays = Strays::new();
    if unsaved.text(Path::new(ENTRY)).is_none()
        && let Err(error) = root.join(ENTRY).symlink_metadata()
    {
        let missing = error.kind() == std::io::ErrorKind::NotFound || error.kind() == std::io::ErrorKind::NotADirectory;
        let finding = if missing {
            Finding::error(codes::NO_PROJECT, format!("{} is no project folder: it has no {ENTRY}", name_of(root)))
                .help("stand in the project folder, or name it with -C DIR")
        } else {
            unreadable(&format!("{}: {error}", root.join(ENTRY).display()))
        };
        return (Vec::new(), vec![(None, finding)]);
    }
    let mut files = Vec::new();
    known(place, "inventory", "policies", &mut files, &mut strays);
    for organisation in folder(place, &meant(place, "inventory", "sites", &mut strays), &mut strays) {
        if !root.join(&organisation).is_dir() && unsaved.below(&organisation).next().is_none() {
            stray(&organisation, "sites stand in a folder for their organisation", &mut strays);
            continue;
        }
        for path in folder(place, &organisation, &mut strays) {
            if let Some(stem) = yaml_stem(place, &path, &mut strays) {
                let what = What::Site { organisation: file_name(&organisation), stem };
                files.push(Found { path, what, built_in: None });
            }
        }
    }
    known(place, "policies", "inventory", &mut files, &mut strays);
    for path in folder(place, &meant(place, "policies", "flows", &mut strays), &mut strays) {
        if yaml_stem(place, &path, &mut strays).is_some() {
            files.push(Found { path, what: What::Flows, built_in: None });
        }
    }
    let defaults = [
        (What::Naming, "policies/naming.yaml", include_str!("../../policies/naming.yaml")),
        (What::Change, "policies/change.yaml", include_str!("../../policies/change.yaml")),
    ];
    for (what, path, text) in defaults {
        if !files.iter().any(|file| file.what == what) {
            files.push(Found { path: format!("{path} (built in)").into(), what, built_in: Some(text) });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    (files, strays)
}

/// The fixed names of a folder, and what stands in a file of each.
fn names_of(folder: &str) -> &'static [(&'static str, Option<What>)] {
    match folder {
        "inventory" => &[
            ("network.yaml", Some(What::Network)),
            ("vlans.yaml", Some(What::Vlans)),
            ("ssids.yaml", Some(What::Ssids)),
            ("profiles.yaml", Some(What::Profiles)),
            ("models.yaml", Some(What::Models)),
            // The emulated devices' own.
            ("lab.yaml", None),
            ("sites", None),
        ],
        _ => &[
            ("segments.yaml", Some(What::Segments)),
            ("naming.yaml", Some(What::Naming)),
            ("change.yaml", Some(What::Change)),
            ("flows", None),
            ("checks", None),
        ],
    }
}

/// The files of a folder that have fixed names; others of its YAML files are told of, those of the `other` folder as such.
fn known(place: Place<'_>, below: &str, other: &str, files: &mut Vec<Found>, strays: &mut Strays) {
    let names = names_of(below);
    for path in folder(place, Path::new(below), strays) {
        let name = file_name(&path);
        if let Some((_, what)) = names.iter().find(|(known, _)| *known == name) {
            files.extend(what.clone().map(|what| Found { path, what, built_in: None }));
        } else if is_yaml(&path) {
            // It says what it should; what would be missing without it is not missing.
            if let Some((_, Some(what))) = names_of(other).iter().find(|(known, _)| *known == name) {
                if place.root.join(other).join(&name).symlink_metadata().is_err() {
                    files.push(Found { path: path.clone(), what: what.clone(), built_in: None });
                }
                stray(&path, &format!("it belongs in {other}/"), strays);
                continue;
            }
            let absent = |known: &str| place.root.join(below).join(known).symlink_metadata().is_err();
            let near = nearest(&name, names.iter().map(|(known, _)| *known)).or_else(|| {
                let stem = name.split('.').next().unwrap_or_default();
                names.iter().map(|(known, _)| *known).find(|known| known.split('.').next() == Some(stem))
            });
            let help = if let Some(near) = near {
                let what = names.iter().find(|(known, _)| *known == near && absent(known));
                let what = what.and_then(|(_, what)| what.clone());
                files.extend(what.map(|what| Found { path: path.clone(), what, built_in: None }));
                format!("did you mean `{near}`?")
            } else {
                let read: Vec<&str> = names.iter().filter(|(_, what)| what.is_some()).map(|(name, _)| *name).collect();
                format!("files here are {}", read.join(", "))
            };
            stray(&path, &help, strays);
        }
    }
}

/// A folder as it should be called, or the one that most likely was meant.
fn meant(place: Place<'_>, below: &str, name: &str, strays: &mut Strays) -> PathBuf {
    let right = Path::new(below).join(name);
    if place.root.join(&right).symlink_metadata().is_ok() || place.unsaved.below(&right).next().is_some() {
        return right;
    }
    let others = fs::read_dir(place.root.join(below)).into_iter().flatten().flatten();
    let folders = others.filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name());
    let folders = folders.map(|name| name.to_string_lossy().into_owned());
    let near = folders.filter(|other| nearest(other, [name]).is_some()).min();
    let Some(near) = near else { return right };
    let near = Path::new(below).join(near);
    stray(&near, &format!("did you mean `{name}`?"), strays);
    near
}

/// The stem of a file whose name is free; `None` for what is no YAML file, or another copy of one.
fn yaml_stem(place: Place<'_>, path: &Path, strays: &mut Strays) -> Option<String> {
    let name = file_name(path);
    if let Some(stem) = name.strip_suffix(".yaml") {
        return Some(stem.to_owned());
    }
    let (stem, _) = name.trim_end_matches(".txt").rsplit_once('.').filter(|_| is_yaml(path))?;
    let stem = stem.to_owned();
    // It says what it should; what would be missing without it is not missing.
    stray(path, "rename it to end in .yaml", strays);
    let right = place.root.join(path).with_file_name(format!("{stem}.yaml"));
    right.symlink_metadata().is_err().then_some(stem)
}

/// Whether a file is meant to be YAML, however its ending is typed.
fn is_yaml(path: &Path) -> bool {
    const ENDINGS: [&str; 7] = ["yaml", "yml", "yam", "yal", "ymal", "yalm", "yamll"];
    path.extension().is_some_and(|kind| ENDINGS.iter().any(|ending| kind.eq_ignore_ascii_case(ending)))
        || file_name(path).ends_with(".yaml.txt")
}

fn stray(path: &Path, help: &str, strays: &mut Strays) {
    let finding = Finding::error(codes::UNUSED_FILE, "nothing reads this file").help(help);
    strays.push((Some(path.to_path_buf()), finding));
}

/// What a folder holds, sorted, hidden files left out; nothing where there is no such folder.
fn folder(place: Place<'_>, below: &Path, strays: &mut Strays) -> Vec<PathBuf> {
    let listed = fs::read_dir(place.root.join(below))
        .and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect::<std::io::Result<Vec<_>>>());
    let mut names = match listed {
        Ok(names) => names,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => {
            strays.push((Some(below.to_path_buf()), unreadable(&said(&error))));
            return Vec::new();
        }
    };
    names.extend(place.unsaved.below(below).map(std::ffi::OsStr::to_owned));
    names.sort();
    names.dedup();
    names.retain(|name| !name.to_string_lossy().starts_with('.'));
    names.into_iter().map(|name| below.join(name)).collect()
}

/// Reads one file. Only regular files are opened: a pipe or a device could keep us waiting for ever.
pub(super) fn read(place: Place<'_>, found: &Found) -> Content {
    if let Some(text) = found.built_in {
        return Content { text: text.into(), problem: None };
    }
    let held = match place.unsaved.text(&found.path) {
        Some(text) => Ok(text.as_bytes().to_vec()),
        None => bytes(&place.root.join(&found.path)),
    };
    match held {
        Ok(bytes) => {
            let (text, problem) = text(bytes);
            Content { text: text.into(), problem }
        }
        Err(message) => Content { text: Arc::default(), problem: Some(unreadable(&message)) },
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    let metadata = fs::metadata(path).map_err(|error| said(&error))?;
    if metadata.is_dir() {
        return Err("this is a folder, and a file belongs here".to_owned());
    }
    if !metadata.is_file() {
        return Err("this is no regular file".to_owned());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len().min(LARGEST)).unwrap_or(0) + 1);
    let file = fs::File::open(path).map_err(|error| said(&error))?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| said(&error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!("the file is larger than {} MiB", LARGEST >> 20));
    }
    Ok(bytes)
}

/// The text of a file, up to the first byte that is none.
fn text(mut bytes: Vec<u8>) -> (String, Option<Finding>) {
    let not_text = |message: String, help: &str| Some(Finding::error(codes::NOT_TEXT, message).help(help));
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        let message = "the file is UTF-16, not UTF-8".to_owned();
        return (String::new(), not_text(message, "save it again as UTF-8"));
    }
    // A byte order mark is no text: with it, the first line's columns would be one too high.
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    match String::from_utf8(bytes) {
        // Block by block, as processors like it.
        Ok(text)
            if text
                .as_bytes()
                .chunks(64)
                .all(|block| block.iter().fold(true, |all, byte| all & is_harmless(*byte))) =>
        {
            (text, None)
        }
        Ok(text) => match text.find(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            None => (text, None),
            Some(at) => {
                let odd = text.get(at..).and_then(|rest| rest.chars().next()).unwrap_or_default();
                let message = format!("the file is not text: it holds the control character U+{:04X}", u32::from(odd));
                (text.get(..at).unwrap_or_default().to_owned(), not_text(message, "put a YAML file in its place"))
            }
        },
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let bytes = error.into_bytes();
            let byte = bytes.get(at).copied().unwrap_or_default();
            let readable = bytes.get(..at).and_then(|part| std::str::from_utf8(part).ok()).unwrap_or_default();
            // A first kilobyte without zero bytes is text in another encoding, most likely Latin-1.
            let help = if bytes.iter().take(1024).any(|byte| *byte == 0) {
                "put a YAML file in its place".to_owned()
            } else {
                format!("save it again as UTF-8; in Latin-1 this byte is `{}`", char::from(byte))
            };
            let readable = if readable.contains('\0') { "" } else { readable };
            (
                readable.to_owned(),
                not_text(format!("the file is not UTF-8 text: it holds the byte 0x{byte:02x}"), &help),
            )
        }
    }
}

/// Whether a byte of UTF-8 can be no part of a control character but a line's end or a tab.
fn is_harmless(byte: u8) -> bool {
    (byte >= b' ' && byte != 0x7f && byte != 0xc2) || matches!(byte, b'\n' | b'\r' | b'\t')
}

fn unreadable(message: &str) -> Finding {
    Finding::error(codes::UNREADABLE, format!("cannot be read: {message}"))
}

/// What the system said, in words that need no number.
fn said(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::PermissionDenied => "you may not read it".to_owned(),
        std::io::ErrorKind::NotFound => "it is a link to nothing".to_owned(),
        std::io::ErrorKind::NotADirectory => "this is a file, and a folder belongs here".to_owned(),
        _ => error.to_string(),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn name_of(root: &Path) -> String {
    if root == Path::new(".") { "this folder".to_owned() } else { format!("`{}`", root.display()) }
}
