//! A path that a page of documentation names exists.

use std::path::{Component, Path, PathBuf};

use super::code::line;
use super::{Tree, none, one};

/// Folders of this repository; `.samnet/…` and a user's own files are named in the pages too, and not checked.
const FOLDERS: [&str; 9] =
    ["src/", "tests/", "benches/", "inventory/", "templates/", "policies/", ".ci/", ".config/", ".github/"];

fn complaints(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for (page, text) in &tree.files {
        if Path::new(page).extension().is_none_or(|kind| kind != "md") {
            continue;
        }
        let folder = Path::new(page).parent().unwrap_or(Path::new(""));
        for (at, path, relative) in mentions(text) {
            let from_root = exists(tree, Path::new(path));
            let from_page = exists(tree, &folder.join(path));
            if !(from_page || from_root && !relative) {
                found.push(format!("{page}:{}: `{path}` does not exist", line(text, at)));
            }
        }
    }
    found
}

/// Paths in inline code (from the root, or from the page's folder) and in links (from the page's folder).
fn mentions(text: &str) -> Vec<(usize, &str, bool)> {
    let mut found = Vec::new();
    let mut fenced = false;
    let mut start = 0;
    for row in text.split_inclusive('\n') {
        if row.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            let mut at = start;
            for (n, piece) in row.split('`').enumerate() {
                let word = piece.split_whitespace().next().unwrap_or_default().trim_end_matches(['.', ',', ':', ';']);
                if n % 2 == 1 && is_path(word) {
                    found.push((at, word, false));
                }
                at += piece.len() + 1;
            }
            for (n, _) in row.match_indices("](") {
                let target = row[n + 2..].split([')', '#', ' ']).next().unwrap_or_default();
                if !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:") {
                    found.push((start + n, target, true));
                }
            }
        }
        start += row.len();
    }
    found
}

fn is_path(word: &str) -> bool {
    let kind = Path::new(word).extension().and_then(|kind| kind.to_str());
    let rust = kind == Some("rs") || kind == Some("md");
    let plain = word.chars().all(|c| c.is_alphanumeric() || "._-/<>*{},…".contains(c));
    plain && (FOLDERS.iter().any(|folder| word.starts_with(folder)) || rust) && !word.contains("::") && word != ".rs"
}

/// Whether a path exists; `<x>`, `*` and `…` stand for anything within one segment, `{a,b}` for each of the words.
fn exists(tree: &Tree, path: &Path) -> bool {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    let text = plain.display().to_string();
    if text.is_empty() {
        return true;
    }
    if let Some((before, rest)) = text.split_once('{')
        && let Some((words, after)) = rest.split_once('}')
    {
        return words.split(',').all(|word| exists(tree, Path::new(&format!("{before}{}{after}", word.trim()))));
    }
    let mut pattern = regex::escape(text.trim_end_matches('/'));
    for (wild, means) in [(r"\*\*", ".+"), (r"\*", "[^/]*"), ("…", "[^/]*")] {
        pattern = pattern.replace(wild, means);
    }
    let placeholder = regex::Regex::new("<[^<>/]*>").unwrap();
    let pattern = placeholder.replace_all(&pattern, "[^/]+");
    let pattern = regex::Regex::new(&format!("^{pattern}$")).unwrap();
    tree.paths.iter().any(|have| pattern.is_match(have))
}

#[test]
fn every_path_in_the_pages_exists() {
    let tree = Tree::repository();
    for page in ["README.md", "CHANGELOG.md", "src/ARCHITECTURE.md"] {
        assert!(tree.text(page).is_some(), "{page} is missing");
    }
    none(&complaints(&tree));
}

#[test]
fn a_dead_path_is_found() {
    let have = [("src/a.rs", ""), ("src/cli/b.rs", ""), ("templates/x/platform.yaml", "")];
    let page = |text: &str| {
        let mut files = have.to_vec();
        files.push(("src/MAP.md", text));
        complaints(&Tree::of(&files))
    };
    none(&page(
        "`src/a.rs`, `a.rs`, `cli/b.rs`, `src/cli/`, `templates/<platform>/platform.yaml`, `src/{a,cli/b}.rs`, `src/*.rs`, \
         `.samnet/plans/`, [map](MAP.md#top), [web](https://example.org/src/z.rs), `/etc/x`, `a::b.rs`",
    ));
    one(&page("first\nsee `src/gone.rs`."), "src/MAP.md:2: `src/gone.rs`");
    one(&page("`templates/<platform>/gone.yaml`"), "gone.yaml");
    one(&page("`src/{a,gone}.rs`"), "gone");
    one(&page("[x](a.md)"), "a.md");
    one(&page("[x](../README.md)"), "README.md");
    none(&page("```\nsrc/gone.rs `src/gone.rs`\n```\n"));
}
