//! Files nobody reaches, files grown too long, suppressions, unfinished work, and a small root.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use super::code::line;
use super::{Code, Tree, none, one};

/// Rust files that no `mod` reaches from a crate root.
fn forgotten(tree: &Tree) -> Vec<String> {
    let is_root = |path: &str| {
        let parts: Vec<&str> = path.split('/').collect();
        matches!(
            parts.as_slice(),
            ["build.rs"]
                | ["src", "lib.rs" | "main.rs"]
                | ["tests" | "benches" | "examples", _]
                | ["tests", _, "main.rs"]
        )
    };
    let all: BTreeSet<&str> = ["src/", "tests/", "benches/", "examples/"]
        .iter()
        .flat_map(|folder| tree.rust(folder).map(|(path, _)| path).collect::<Vec<_>>())
        .collect();
    let mut reached: BTreeSet<String> = BTreeSet::new();
    let mut waiting: Vec<String> = all.iter().filter(|path| is_root(path)).map(|path| (*path).to_owned()).collect();
    while let Some(path) = waiting.pop() {
        let Some(text) = tree.text(&path) else { continue };
        if !reached.insert(path.clone()) {
            continue;
        }
        let file = Path::new(&path);
        let here = file.parent().unwrap().display().to_string();
        let inner =
            if is_root(&path) { here.clone() } else { format!("{here}/{}", file.file_stem().unwrap().display()) };
        for name in modules(&Code::new(text)) {
            waiting.push(format!("{inner}/{name}.rs"));
            waiting.push(format!("{inner}/{name}/mod.rs"));
        }
    }
    all.iter().filter(|path| !reached.contains(**path)).map(|path| format!("{path}: no `mod` reaches it")).collect()
}

/// Names in `mod name;`, whatever their visibility.
fn modules(code: &Code<'_>) -> Vec<String> {
    let mut words = code.bare_with_tests.split_whitespace().peekable();
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        if word == "mod"
            && let Some(name) = words.peek().and_then(|next| next.strip_suffix(';'))
        {
            found.push(name.to_owned());
        }
    }
    found
}

fn too_long(tree: &Tree) -> Vec<String> {
    let limit = |path: &str| if path == "src/main.rs" { 40 } else { 800 };
    tree.rust("src/")
        .map(|(path, code)| (path, code.text.lines().count()))
        .filter(|(path, lines)| *lines > limit(path))
        .map(|(path, lines)| format!("{path}: {lines} lines, more than {}", limit(path)))
        .collect()
}

/// A suppression says why (`#[expect(…, reason = "…")]`), and nothing is left undone.
fn marks(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for folder in ["src/", "tests/", "benches/"] {
        for (path, code) in tree.rust(folder) {
            let squeezed = &code.bare_with_tests;
            for mark in ["#[allow", "#![allow", "#[ignore]", "todo!(", "unimplemented!(", "dbg!("] {
                found.extend(
                    squeezed.match_indices(mark).map(|(at, _)| format!("{path}:{}: `{mark}`", line(code.text, at))),
                );
            }
            for mark in [concat!("FIX", "ME"), concat!("TO", "DO"), concat!("XX", "X"), concat!("not built", " yet")] {
                found.extend(
                    code.text.match_indices(mark).map(|(at, _)| format!("{path}:{}: \"{mark}\"", line(code.text, at))),
                );
            }
        }
    }
    found
}

/// Places that exist on one developer's machine only.
fn private_places(tree: &Tree) -> Vec<String> {
    let marks = [concat!("/wo", "rk/"), concat!("/tm", "p/s/"), concat!("/ro", "ot/")];
    let mut found = Vec::new();
    for (path, text) in &tree.files {
        for mark in marks {
            found.extend(text.match_indices(mark).map(|(at, _)| format!("{path}:{}: `{mark}`", line(text, at))));
        }
    }
    found
}

fn crowded_root(tree: &Tree) -> Vec<String> {
    const KNOWN: [&str; 13] = [
        "Cargo.toml",
        "Cargo.lock",
        "src",
        "inventory",
        "templates",
        "policies",
        "tests",
        "benches",
        "README.md",
        "CHANGELOG.md",
        "LICENSE",
        "LICENSE-MIT",
        "LICENSE-APACHE",
    ];
    let mut names: Vec<&str> = tree.paths.iter().filter_map(|path| path.split('/').next()).collect();
    names.dedup();
    names
        .iter()
        .filter(|name| !name.starts_with('.') && !KNOWN.contains(name))
        .map(|path| format!("{path}: does not belong in the root"))
        .collect()
}

#[test]
fn every_rust_file_is_reached_by_a_mod() {
    none(&forgotten(&Tree::repository()));
}

#[test]
fn no_source_file_is_too_long() {
    none(&too_long(&Tree::repository()));
}

#[test]
fn suppressions_give_reasons_and_nothing_is_left_undone() {
    none(&marks(&Tree::repository()));
}

#[test]
fn no_file_names_a_private_place() {
    none(&private_places(&Tree::repository()));
}

#[test]
fn the_root_stays_small() {
    let mut tree = Tree::repository();
    // A plan or a report that somebody wrote here is theirs; what is committed is ours.
    let listed = Command::new("git").args(["-C", env!("CARGO_MANIFEST_DIR"), "ls-files"]).output();
    if let Ok(listed) = listed
        && listed.status.success()
        && !listed.stdout.is_empty()
    {
        tree.paths = String::from_utf8_lossy(&listed.stdout).lines().map(str::to_owned).collect();
    }
    none(&crowded_root(&tree));
}

#[test]
fn a_forgotten_file_is_found() {
    let lib = ("src/lib.rs", "pub mod a;\n// mod c;\n");
    let a = ("src/a.rs", "pub(crate) mod b;");
    none(&forgotten(&Tree::of(&[lib, a, ("src/a/b.rs", ""), ("tests/it/main.rs", "mod x;"), ("tests/it/x.rs", "")])));
    one(&forgotten(&Tree::of(&[lib, a, ("src/a/b.rs", ""), ("src/c.rs", "")])), "src/c.rs");
    one(&forgotten(&Tree::of(&[lib, a, ("src/b.rs", "")])), "src/b.rs");
    one(&forgotten(&Tree::of(&[("tests/it/main.rs", ""), ("tests/it/y.rs", "")])), "tests/it/y.rs");
}

#[test]
fn a_long_file_is_found() {
    one(&too_long(&Tree::of(&[("src/a.rs", &"//\n".repeat(801)), ("src/b.rs", &"//\n".repeat(800))])), "src/a.rs");
    one(&too_long(&Tree::of(&[("src/main.rs", &"//\n".repeat(41))])), "src/main.rs");
}

#[test]
fn each_mark_is_found() {
    let fine = "#[expect(dead_code, reason = \"x\")] // #[allow is not code\nconst S: &str = \"#[allow\";";
    none(&marks(&Tree::of(&[("src/a.rs", fine)])));
    for bad in ["#[allow(dead_code)]", "#![allow(unused)]", "#[ignore]", "fn f() { todo!() }", concat!("// TO", "DO")] {
        one(&marks(&Tree::of(&[("src/a.rs", bad)])), "src/a.rs:1");
        one(&marks(&Tree::of(&[("tests/it/a.rs", bad)])), "tests/it/a.rs:1");
    }
}

#[test]
fn a_private_place_is_found() {
    one(&private_places(&Tree::of(&[("README.md", concat!("see\n/wo", "rk/x"))])), "README.md:2");
}

#[test]
fn a_stray_root_file_is_found() {
    one(&crowded_root(&Tree::of(&[("notes.txt", ""), ("src/lib.rs", ""), (".gitignore", "")])), "notes.txt");
}
