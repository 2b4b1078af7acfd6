//! What the quick reader takes, the parser reads in the same way.

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::super::{Document, parse_any};
use super::read;
use crate::source::FileId;

/// The tree, after it was held against the parser's.
fn taken(text: &str) -> bool {
    let Some(root) = read(FileId::default(), text) else { return false };
    let Document { root: theirs, problems } = parse_any(FileId::default(), text, false);
    // Short words: the trees are long.
    assert!(problems.is_empty(), "the parser finds {problems:?} in {text:?}");
    assert!(Some(root) == theirs, "the trees of {text:?} differ");
    true
}

fn yaml(folder: &Path, into: &mut Vec<String>) {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            yaml(&path, into);
        } else if path.extension().is_some_and(|kind| kind == "yaml") {
            into.push(std::fs::read_to_string(path).unwrap());
        }
    }
}

/// The repository's own project.
fn example() -> Vec<String> {
    let mut texts = Vec::new();
    for folder in ["inventory", "policies"] {
        yaml(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut texts);
    }
    texts
}

#[test]
fn platform_data_is_taken() {
    let mut texts = Vec::new();
    yaml(&Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"), &mut texts);
    assert!(texts.len() > 10);
    for text in texts {
        assert!(taken(&text), "{}", text.lines().take(3).collect::<Vec<_>>().join("\n"));
    }
}

#[test]
fn site_files_are_taken() {
    let texts = example();
    let sites: Vec<&String> = texts.iter().filter(|text| text.contains("\ndevices:")).collect();
    assert!(sites.len() > 10 && sites.iter().all(|text| taken(text)));
}

#[test]
fn what_is_usual_is_taken() {
    for text in [
        "a: 1",
        "# first\n\na: 1   # one\nb:\n  - x\n  - y: 1\n    z: 2\n  - - deep\nc:\n- [1, 'two', \"three\"]\n",
        "a:\nb: ~\nc:\n  # nothing\nd: {}\ne: []\n",
        "a: { b: c,\n  d: [e,\n # f\n g], 'h': \"i\" }\nk: http://x:80/#y\n",
        "a: -1\nb: x-y\n\"1-3,7\": z # Å\nå: ä ö\n",
        "a: 'it''s \\d'\nb: \"x\\n\\x16\\u00e5\\\"\"\nc: ['', '''', \"\"]\n",
        "a: |\n  one\n\n    two \n  # three\n\n\nb: |\n\n  x\n# end\n",
        "a: &x [1, 2]\nb: *x\nc: [*x, { d: *x }]\ne: &y\n  f: *x\ng:\n  - *y\n  - |\n    z\nh: &z z\ni: { j: &s 'k', l: *s, m: *z }\n",
    ] {
        assert!(taken(text), "{text:?}");
    }
}

#[test]
fn everything_else_is_the_parsers() {
    for text in [
        "",
        "a",
        "[a]",
        "a:\tb\n",
        "a: b\r\n",
        "--- \na: b\n",
        "a: b\n...\n",
        "a: &b\n  |\n  c\n",
        "a: &b # c\n  d: e\n",
        "a: &x { b: &x 1 }\nc: *x\n",
        "x: &b 1\na: &b { c: *b }\n",
        "a: b\u{9b}",
        "a: 1\n\"<<\": { b: 2 }\n",
        "a: *b\n",
        "a: &b\n  c: *b\n",
        "a: |-\n  b\n",
        "a: |\n  b",
        "a: |\n   \n  b\n",
        "a: |\nb: c\n",
        "a: \"\\e\"\n",
        "a: \"b\n  c\"\n",
        "a: !!str b\n",
        "a: b\n  c\n",
        "a: b\na: c\n",
        "a: {b}\n",
        "a: {b: c,}\n",
        "<<: {}\n",
        "a: b: c\n",
        "a: [b\n]\n",
        "  a: b\n",
        "a: \u{2028}\n",
        "a: \u{85}\n",
        "? a\n",
        "a: {b: c\n",
        "key: |\n   text\n  \n",
    ] {
        assert!(!taken(text), "{text:?}");
    }
}

/// Pieces of YAML that mean something.
fn pieces() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec![
        "a", "b", "c1", "å", "-1", "~", "null", ": ", ":", ":\n", "\n", "\n", "\n  ", "\n    ", "\n- ", "\n  - ", "- ",
        "-", " ", "  ", "{", "}", "{ ", " }", "[", "]", ", ", ",", "#", " # c", "'", "\"", "'x y'", "\"z\"", "\\",
        "a: b", "k: ", "\nk: ", "\nl:\n", "|", "|\n", "|\n  ", ">", "&x", "&x ", "&x\n  ", "*x", "*x\n", "!", "?",
        "? ", "%", "@", "`", "---", "...", "<<: ", "\t", "{ a: b }", "[ 1, 2 ]", "1-3,7: x", "\r", "\u{a0}",
        "\u{feff}",
    ])
}

proptest! {
    #[test]
    fn put_together_anyhow(parts in proptest::collection::vec(pieces(), 1..24)) {
        taken(&parts.concat());
    }

    #[test]
    fn put_together_behind_a_key(parts in proptest::collection::vec(pieces(), 1..16)) {
        taken(&format!("key: {}\n", parts.concat()));
        taken(&format!("key: {{ x: {} }}\nother: 1\n", parts.concat()));
    }

    #[test]
    fn an_example_with_pieces_in_it(
        file in any::<proptest::sample::Index>(),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), 0..4_usize, pieces()), 1..5),
    ) {
        let texts = example();
        let mut text = file.get(&texts).clone();
        for (at, cut, piece) in changes {
            let from = text.floor_char_boundary(at.index(text.len() + 1));
            let to = text.ceil_char_boundary(from + cut).min(text.len());
            text.replace_range(from..to, piece);
        }
        taken(&text);
    }
}
