//! A project as it was last understood, and how places in it relate to what editors show now.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use serde::Serialize;

use super::index::{Index, Stands, Symbol};
use super::text::{Drift, Encoding, Lines, Range};
use super::uri;
use crate::derive::{Derived, DeviceFacts};
use crate::inventory::Loaded;
use crate::model::{Device, Site};
use crate::source::yaml::{self, Entry, Kind as Form, Node};
use crate::source::{FileId, Span};

/// A file that an editor has open.
#[derive(Clone, Debug)]
pub(super) struct Document {
    /// The URI in the client's own spelling, which is the one it recognises.
    pub(super) uri: String,
    /// The client's number of this text.
    pub(super) version: Option<i64>,
    /// What it shows.
    pub(super) text: Arc<str>,
    /// The project it belongs to.
    pub(super) root: Option<PathBuf>,
}

/// Every open file, by path.
pub(super) type Documents = BTreeMap<PathBuf, Document>;

/// A project as it was last understood.
#[derive(Debug)]
pub(super) struct View {
    /// The project folder.
    pub(super) root: PathBuf,
    /// Files and model.
    pub(super) loaded: Loaded,
    /// What follows from the model.
    pub(super) derived: Derived,
    /// Every file that is YAML, as a tree.
    pub(super) trees: BTreeMap<FileId, Node>,
    /// Every name.
    pub(super) index: Index,
    /// Platforms there are.
    pub(super) platforms: Vec<String>,
    /// Whether every file could be read; else some are shown as they last could be.
    pub(super) whole: bool,
    files: BTreeMap<PathBuf, FileId>,
}

impl View {
    pub(super) fn new(root: PathBuf, loaded: Loaded, derived: Derived, platforms: Vec<String>, whole: bool) -> Self {
        let sources = &loaded.sources;
        let files: BTreeMap<PathBuf, FileId> = sources.files().map(|(file, path)| (path.to_path_buf(), file)).collect();
        let yaml = files.par_iter().filter(|(path, _)| path.extension().is_some_and(|kind| kind == "yaml"));
        let parsed = yaml.filter_map(|(_, file)| Some((*file, yaml::parse(*file, sources.text(*file)).root?)));
        let trees: BTreeMap<FileId, Node> = parsed.collect();
        let index = Index::of(trees.iter().map(|(file, root)| (*file, sources.path(*file), root)));
        Self { root, loaded, derived, trees, index, platforms, whole, files }
    }

    /// What is written under a name where it is defined: its own mapping.
    pub(super) fn entries(&self, kind: super::index::Kind, name: &str) -> Option<(&Symbol, &[Entry])> {
        let mut places = self.index.places(kind, name).filter(|place| place.stands == Stands::Definition);
        places.find_map(|place| {
            let root = self.trees.get(&place.span.file)?;
            Some((place, around(root, place.span)?))
        })
    }

    /// A single value written under a name where it is defined.
    pub(super) fn word(&self, kind: super::index::Kind, name: &str, key: &str) -> Option<&str> {
        let (_, entries) = self.entries(kind, name)?;
        match &entries.iter().find(|entry| entry.key.value == key)?.value.kind {
            Form::Plain(text) | Form::Quoted(text) => Some(text),
            _ => None,
        }
    }

    /// The file at an absolute path.
    pub(super) fn file(&self, path: &Path) -> Option<FileId> {
        self.files.get(path.strip_prefix(&self.root).ok()?).copied()
    }

    /// The absolute path of a file; `None` for one that is built in.
    pub(super) fn path(&self, file: FileId) -> Option<PathBuf> {
        let path = self.loaded.sources.path(file);
        let kind = path.extension()?;
        (kind == "yaml" || kind == "yml").then(|| self.root.join(path))
    }

    /// The site a file describes.
    pub(super) fn site_of(&self, file: FileId) -> Option<(usize, &Site)> {
        self.loaded.network.sites.iter().enumerate().find(|(_, site)| site.span.file == file)
    }

    /// A device by its name in the index, and what follows for it.
    pub(super) fn device(&self, name: &str) -> Option<(&Site, &Device, Option<&DeviceFacts>)> {
        let (site, local) = name.split_once('/')?;
        let index = self.derived.site(&site.parse().ok()?)?;
        let site = self.loaded.network.sites.get(index)?;
        let is = |device: &Device| format!("{}-{}", device.role.word(), device.number) == local;
        let place = site.devices.iter().position(is)?;
        let named = self.derived.sites.get(index).and_then(|facts| facts.devices.get(place)?.as_ref());
        Some((site, site.devices.get(place)?, named.and_then(|name| self.derived.devices.get(name))))
    }
}

/// The mapping that a name belongs to: the one below the key at `span`, or the one around the value there.
fn around(node: &Node, span: Span) -> Option<&[Entry]> {
    match &node.kind {
        Form::Map(entries) => entries.iter().find_map(|entry| {
            if entry.value.span == span {
                return Some(entries.as_slice());
            }
            if entry.key.span == span {
                return match &entry.value.kind {
                    Form::Map(below) => Some(below.as_slice()),
                    _ => Some(std::slice::from_ref(entry)),
                };
            }
            holds(&entry.value, span).then(|| around(&entry.value, span)).flatten()
        }),
        Form::List(items) => items.iter().filter(|item| holds(item, span)).find_map(|item| around(item, span)),
        Form::Null | Form::Plain(_) | Form::Quoted(_) => None,
    }
}

fn holds(node: &Node, span: Span) -> bool {
    node.span.file == span.file && node.span.start <= span.start && span.end <= node.span.end
}

/// A place in a file, as the protocol has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Location {
    /// The file.
    pub(super) uri: String,
    /// Where in it.
    pub(super) range: Range,
}

/// Turns places of a view into places of what editors show, and back.
pub(super) struct Places<'v> {
    view: &'v View,
    documents: &'v Documents,
    encoding: Encoding,
    files: BTreeMap<FileId, Option<Shown>>,
}

/// A file as it is shown now.
struct Shown {
    uri: String,
    text: Arc<str>,
    lines: Lines,
    /// How the text of the view became the one that is shown; `None` where they are the same.
    drift: Option<Drift>,
}

impl<'v> Places<'v> {
    pub(super) fn new(view: &'v View, documents: &'v Documents, encoding: Encoding) -> Self {
        Self { view, documents, encoding, files: BTreeMap::new() }
    }

    fn shown(&mut self, file: FileId) -> Option<&Shown> {
        let (view, documents) = (self.view, self.documents);
        let make = || {
            let path = view.path(file)?;
            let seen = view.loaded.sources.text(file);
            let (uri, text) = match documents.get(&path) {
                Some(document) => (document.uri.clone(), Arc::clone(&document.text)),
                None => (uri::uri(&path), seen.into()),
            };
            let drift = (*text != *seen).then(|| Drift::between(seen, &text));
            let lines = Lines::of(&text);
            Some(Shown { uri, text, lines, drift })
        };
        self.files.entry(file).or_insert_with(make).as_ref()
    }

    /// Where a span is shown; `None` where what stood there has changed since, or the file is built in.
    pub(super) fn location(&mut self, span: Span) -> Option<Location> {
        let encoding = self.encoding;
        let shown = self.shown(span.file)?;
        let range = span.range();
        let range = match shown.drift {
            None => range,
            Some(drift) => drift.forward(range.start)?..drift.forward(range.end)?,
        };
        Some(Location { uri: shown.uri.clone(), range: shown.lines.range(&shown.text, range, encoding) })
    }

    /// The byte of the view at a byte of the text that is shown.
    pub(super) fn seen(&mut self, file: FileId, offset: usize) -> Option<usize> {
        match self.shown(file)?.drift {
            None => Some(offset),
            Some(drift) => drift.back(offset),
        }
    }
}
