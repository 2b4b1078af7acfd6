//! Source files, spans into them, and YAML read into a tree whose every value knows its place.
//!
//! A [`Span`] is a byte range in a registered file; line and column are worked out only when a
//! person asks for them, so carrying spans costs twelve bytes and no allocation.

use std::ops::{Deref, Range};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

pub mod yaml;

/// Handle of a file registered in [`Sources`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

/// A byte range in one registered file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file the range lies in.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset one past the last byte.
    pub end: u32,
}

impl FileId {
    /// The handle that the file gets which is registered after so many others.
    #[must_use]
    pub(crate) fn nth(number: usize) -> Self {
        Self(u32::try_from(number).unwrap_or(u32::MAX))
    }
}

impl Span {
    /// A span over `range` of `file`; offsets beyond 4 GiB are clamped.
    #[must_use]
    pub fn new(file: FileId, range: Range<usize>) -> Self {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { file, start: clamp(range.start), end: clamp(range.end) }
    }

    /// The whole-file span, for findings that concern a file and no line of it.
    #[must_use]
    pub const fn file(file: FileId) -> Self {
        Self { file, start: 0, end: 0 }
    }

    /// The byte range within the file.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether another place lies within this one; a whole file lies within nothing.
    #[must_use]
    pub fn holds(self, other: Self) -> bool {
        self.file == other.file && other.end > 0 && self.start <= other.start && other.end <= self.end
    }
}

/// A value together with the place it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sp<T> {
    /// The value itself.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Sp<T> {
    /// Pairs a value with its place.
    pub const fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// The same place, another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Sp<U> {
        Sp { value: f(self.value), span: self.span }
    }
}

impl<T: serde::Serialize> serde::Serialize for Sp<T> {
    /// The value alone.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

impl<T> Deref for Sp<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

/// A place as people read it: path, line and column, both counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Path as registered, relative to the project folder where possible.
    pub path: PathBuf,
    /// Line, from 1; 0 when the finding concerns the whole file.
    pub line: usize,
    /// Column in characters (not bytes), from 1; 0 when the finding concerns the whole file.
    pub column: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.line == 0 {
            return write!(f, "{}", self.path.display());
        }
        write!(f, "{}:{}:{}", self.path.display(), self.line, self.column)
    }
}

#[derive(Debug)]
struct SourceFile {
    path: PathBuf,
    text: Arc<str>,
    /// Byte offset of the start of each line, worked out when somebody asks for a place.
    lines: OnceLock<Vec<u32>>,
}

impl SourceFile {
    fn lines(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let starts = self.text.match_indices('\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(starts).map(|at| u32::try_from(at).unwrap_or(u32::MAX)).collect()
        })
    }
}

/// Every file that was read, so that a span can be shown as text.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
}

impl Sources {
    /// An empty set of files.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Registers a file under the path people should see.
    pub fn add(&mut self, path: impl Into<PathBuf>, text: impl Into<Arc<str>>) -> FileId {
        let (text, lines) = (text.into(), OnceLock::new());
        let id = FileId::nth(self.files.len());
        self.files.push(SourceFile { path: path.into(), text, lines });
        id
    }

    /// The text of a registered file; empty for a handle of another set.
    #[must_use]
    pub fn text(&self, file: FileId) -> &str {
        self.get(file).map_or("", |found| &found.text)
    }

    /// The path of a registered file; empty for a handle of another set.
    #[must_use]
    pub fn path(&self, file: FileId) -> &Path {
        self.get(file).map_or(Path::new(""), |found| &found.path)
    }

    /// Every registered file, in the order of registration.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &Path)> {
        self.files.iter().zip(0..).map(|(file, number)| (FileId(number), file.path.as_path()))
    }

    /// How many files are registered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether no file is registered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The place of the first byte of a span.
    #[must_use]
    pub fn place(&self, span: Span) -> Place {
        let Some(file) = self.get(span.file) else {
            return Place { path: PathBuf::new(), line: 0, column: 0 };
        };
        if span.start == 0 && span.end == 0 {
            return Place { path: file.path.clone(), line: 0, column: 0 };
        }
        let line = file.lines().partition_point(|&start| start <= span.start);
        let start = line.checked_sub(1).and_then(|n| file.lines().get(n)).copied().unwrap_or(0);
        let before = file.text.get(start as usize..span.start as usize).unwrap_or("");
        Place { path: file.path.clone(), line, column: before.chars().count() + 1 }
    }

    /// Byte offset at which a line begins, counted from 1; `None` beyond the last line.
    #[must_use]
    pub fn line_start(&self, file: FileId, line: usize) -> Option<usize> {
        let start = self.get(file)?.lines().get(line.checked_sub(1)?)?;
        Some(*start as usize)
    }

    fn get(&self, file: FileId) -> Option<&SourceFile> {
        self.files.get(file.0 as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_not_bytes() {
        let mut sources = Sources::new();
        let file = sources.add("a.yaml", "namn: Åmål\nid: 7\n");
        let place = sources.place(Span::new(file, 13..14));
        assert_eq!((place.line, place.column), (2, 1));
        let inside = sources.place(Span::new(file, 11..12));
        assert_eq!((inside.line, inside.column), (1, 10));
    }

    #[test]
    fn an_unknown_file_has_an_empty_place() {
        assert_eq!(Sources::new().place(Span::default()).line, 0);
    }
}
