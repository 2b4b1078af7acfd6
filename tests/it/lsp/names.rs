//! The language server knows every reference that the checks know.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use samnet::finding::codes;
use samnet::inventory::{Loaded, Overlay, load_with};
use samnet::lsp::index::{self as names, Index, Stands};
use samnet::platform::Library;
use samnet::source::yaml::{Kind, Node, parse};
use samnet::source::{FileId, Span};
use samnet::{check, inventory};

/// Every single value with the way of keys to it.
fn values(node: &Node, way: &mut Vec<String>, found: &mut Vec<(Vec<String>, Span, String)>) {
    match &node.kind {
        Kind::Map(entries) => {
            for entry in entries {
                way.push(entry.key.value.to_string());
                values(&entry.value, way, found);
                way.pop();
            }
        }
        Kind::List(items) => items.iter().for_each(|item| values(item, way, found)),
        Kind::Plain(text) | Kind::Quoted(text) => found.push((way.clone(), node.span, text.to_string())),
        Kind::Null => {}
    }
}

/// Places that stand for each other: keys that are names or numbers of the user's own count as one.
fn sort(path: &Path, way: &[String]) -> String {
    let folder = if path.starts_with("inventory/sites") { Path::new("inventory/sites") } else { path };
    let folder = if path.starts_with("policies/flows") { Path::new("policies/flows") } else { folder };
    let free = ["devices", "ports", "profiles", "models", "segments", "secrets"];
    let mut keys: Vec<&str> = Vec::new();
    for (at, key) in way.iter().enumerate() {
        let own = at > 0 && free.contains(&way[at - 1].as_str());
        keys.push(if own { "*" } else { key });
    }
    format!("{} {}", folder.display(), keys.join("."))
}

/// Whether a check calls what stands at a place unknown, once it is replaced.
fn is_reference(root: &Path, before: &Loaded, span: Span) -> bool {
    let library = Library::built_in().unwrap();
    let path = before.sources.path(span.file);
    let text = before.sources.text(span.file);
    ["zz-nothing", "access-99"].into_iter().any(|word| {
        let replaced = format!("{}{word}{}", &text[..span.range().start], &text[span.range().end..]);
        let overlay = Overlay([(path.to_path_buf(), replaced.into())].into());
        let loaded = load_with(root, &overlay);
        let (_, findings) = check::all(&loaded, &library, None);
        let unknown = [codes::UNKNOWN_NAME, codes::FLOW_SEGMENT, codes::UNKNOWN_PLATFORM];
        findings.iter().any(|it| {
            // A login method is underlined as a whole.
            let around =
                |at: Span| at.start <= span.start && span.start < at.end && loaded.sources.path(at.file) == path;
            // Told at a definition, because the places that name it are many.
            let at_definition = it.here.contains("nothing names it");
            it.span.is_some_and(around) && unknown.contains(&it.code) && !at_definition
        })
    })
}

type Example = (Loaded, Vec<(FileId, PathBuf)>, BTreeMap<FileId, Node>, Index);

/// The example, its files, each as a tree, and every name.
fn example() -> Example {
    let loaded = inventory::load(Path::new(env!("CARGO_MANIFEST_DIR")));
    let files: Vec<(FileId, PathBuf)> = loaded.sources.files().map(|(file, path)| (file, path.to_path_buf())).collect();
    let trees: BTreeMap<FileId, Node> =
        files.iter().filter_map(|(file, _)| Some((*file, parse(*file, loaded.sources.text(*file)).root?))).collect();
    let index = Index::of(files.iter().filter_map(|(file, path)| Some((*file, path.as_path(), trees.get(file)?))));
    (loaded, files, trees, index)
}

#[test]
fn the_index_holds_every_reference_that_checks_know() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (loaded, files, trees, index) = example();
    let used: BTreeSet<(FileId, u32)> = index
        .all()
        .iter()
        .filter(|symbol| symbol.stands == Stands::Use)
        .map(|symbol| (symbol.span.file, symbol.span.start))
        .collect();

    let mut looked = BTreeSet::new();
    let mut known = BTreeSet::new();
    for (file, path) in &files {
        let mut found = Vec::new();
        values(&trees[file], &mut Vec::new(), &mut found);
        for (way, span, text) in found {
            let sort = sort(path, &way);
            // Titles, numbers and addresses are no names, and `none` takes a voice VLAN away.
            let is_name = text != "none" && text.starts_with(|c: char| c.is_ascii_lowercase() || c == 'C');
            if used.contains(&(*file, span.start)) {
                known.insert(sort);
            } else if is_name && !text.contains(' ') && looked.insert(sort.clone()) {
                assert!(
                    !is_reference(root, &loaded, span),
                    "{sort} `{text}` is known to a check, and not in the index"
                );
            }
        }
    }
    // A place that is one when written as a name, and the proof that it would be found here.
    let vlan = loaded.network.ssids[0].vlan.span;
    assert!(is_reference(root, &loaded, vlan));
    assert!(known.len() >= 18 && looked.len() >= 18, "{known:#?}{looked:#?}");
}

#[test]
fn every_name_that_is_used_in_the_example_is_defined_there() {
    let (_, _, _, index) = example();
    for symbol in index.all().iter().filter(|symbol| symbol.stands == Stands::Use) {
        let defined = index.places(symbol.kind, &symbol.name).any(|other| other.stands == Stands::Definition);
        // What the program brings itself, and rooms where a site lists none.
        let built_in = symbol.kind == names::Kind::Platform || symbol.name == "internet";
        let site = symbol.name.split('/').next().unwrap();
        let listed = index.definitions().any(|it| it.kind == symbol.kind && it.name.split('/').next() == Some(site));
        assert!(defined || built_in || symbol.kind == names::Kind::Room && !listed, "{symbol:?}");
    }
}
