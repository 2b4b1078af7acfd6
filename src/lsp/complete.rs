//! Names that can stand where somebody types: from the text at the cursor, which may be no YAML yet.

use std::path::Path;

use serde_json::{Value, json};

use super::cursor::{self, Cursor, Within};
use super::index::{self, Kind, Stands, Symbol};
use super::manual::Manual;
use super::text::{Encoding, Lines};
use super::view::View;
use crate::source::yaml::{self, Kind as Form, Node};
use crate::source::{FileId, Span};

/// Most proposals in one answer; the client asks again as more is typed.
const MOST: usize = 200;

/// One thing that can stand at the cursor.
struct Proposal {
    label: String,
    /// Text beside it, short.
    detail: String,
    /// The protocol's kind: 18 reference, 10 property, 20 enumeration member.
    kind: u32,
    /// Nearer things first.
    rank: u32,
}

/// Proposals for a place in a text, `path` below the project folder.
pub(super) fn at(view: &View, manual: &Manual, path: &Path, text: &str, offset: usize, encoding: Encoding) -> Value {
    // What is broken further up says nothing of what stands here.
    let tree = yaml::parse(FileId::default(), text).root;
    let cursor = if tree.is_none() { cursor::within_entry(text, offset) } else { cursor::at(text, offset) };
    let beside = tree.as_ref().and_then(|tree| beside(tree, offset)).unwrap_or_default();
    let typed = text.get(cursor.word.start..offset.max(cursor.word.start)).unwrap_or_default().to_lowercase();
    let mut proposals = Vec::new();
    if cursor.value {
        match index::expected(path, &cursor.keys) {
            Some(kind) if kind.of_a_site() => of_sites(view, path, kind, &typed, &mut proposals),
            Some(kind) => {
                names(view, kind, &mut proposals);
                // Everywhere else the internet is no place.
                if kind == Kind::Segment && path.starts_with("policies/flows") {
                    let detail = "every address in no other segment".to_owned();
                    proposals.push(Proposal { label: "internet".to_owned(), detail, kind: 18, rank: 0 });
                }
            }
            None => {}
        }
        for word in manual.words(path, &cursor.keys) {
            proposals.push(Proposal { label: word, detail: String::new(), kind: 20, rank: 0 });
        }
    }
    if cursor.key {
        for (label, detail) in manual.keys(path, &cursor.keys) {
            // A key stands in a mapping once.
            let said = matches!(&cursor.within, Within::Map(said) if said.contains(&label));
            if !said && !beside.contains(&label.as_str()) {
                proposals.push(Proposal { label, detail, kind: 10, rank: 1 });
            }
        }
    }
    proposals.retain(|proposal| proposal.label.to_lowercase().contains(&typed));
    proposals.sort_by(|a, b| {
        let begins = |it: &Proposal| !it.label.to_lowercase().starts_with(&typed);
        (begins(a), a.rank, &a.label).cmp(&(begins(b), b.rank, &b.label))
    });
    proposals.dedup_by(|a, b| a.label == b.label && a.kind == b.kind);
    let more = proposals.len() > MOST;
    proposals.truncate(MOST);
    let list = cursor.value && cursor.within != Within::List && !cursor.quoted && manual.is_list(path, &cursor.keys);
    items(&proposals, more, &cursor, list, text, encoding)
}

/// The keys of the innermost mapping around a place, but for one that stands there.
fn beside(node: &Node, offset: usize) -> Option<Vec<&str>> {
    let around = |span: Span| (span.start as usize..=span.end as usize).contains(&offset);
    match &node.kind {
        _ if !around(node.span) => None,
        Form::List(items) => items.iter().find_map(|item| beside(item, offset)),
        Form::Map(entries) => entries.iter().find_map(|entry| beside(&entry.value, offset)).or_else(|| {
            let others = entries.iter().filter(|entry| !around(entry.key.span));
            Some(others.map(|entry| entry.key.value.as_str()).collect())
        }),
        Form::Null | Form::Plain(_) | Form::Quoted(_) => None,
    }
}

/// A value as it is written at the cursor: in quotes where it would read as something else without them.
fn written(label: &str, cursor: &Cursor, text: &str) -> String {
    let before = text.get(..cursor.word.start).unwrap_or_default();
    if cursor.quoted {
        return if before.ends_with('\'') {
            label.replace('\'', "''")
        } else {
            label.replace('\\', "\\\\").replace('"', "\\\"")
        };
    }
    let odd = matches!(label, "" | "~" | "null" | "Null" | "NULL")
        || label.contains([',', '[', ']', '{', '}', '#', '"', '\\', '\''])
        || label.contains(": ")
        || label.ends_with(':')
        || label.trim() != label
        || label.starts_with(['&', '*', '!', '|', '>', '%', '@', '`', '?', '-', ':']);
    if odd { format!("\"{}\"", label.replace('\\', "\\\\").replace('"', "\\\"")) } else { label.to_owned() }
}

fn items(proposals: &[Proposal], more: bool, cursor: &Cursor, list: bool, text: &str, encoding: Encoding) -> Value {
    let lines = Lines::of(text);
    let range = lines.range(text, cursor.word.clone(), encoding);
    // An edit that spans lines is none a client may make while somebody types.
    let edit = range.start.line == range.end.line;
    // A colon or a dash is one only where a blank follows.
    let bare = cursor.word.is_empty() && text.get(..cursor.word.start).is_some_and(|it| it.ends_with([':', '-']));
    let blank = if bare && !cursor.quoted { " " } else { "" };
    let colon = text.get(cursor.word.end..).is_some_and(|rest| rest.trim_start_matches(' ').starts_with(':'));
    let item = |(number, proposal): (usize, &Proposal)| {
        let new = match proposal.kind {
            10 if !colon => format!("{blank}{}: ", proposal.label),
            10 => format!("{blank}{}", proposal.label),
            _ if list => format!("{blank}[{}]", written(&proposal.label, cursor, text)),
            _ => format!("{blank}{}", written(&proposal.label, cursor, text)),
        };
        let mut item = json!({
            "label": proposal.label,
            "kind": proposal.kind,
            "detail": proposal.detail,
            "sortText": format!("{number:04}"),
            "filterText": proposal.label,
        });
        if let Value::Object(fields) = &mut item {
            if edit {
                fields.insert("textEdit".to_owned(), json!({ "range": range, "newText": new }));
            } else {
                fields.insert("insertText".to_owned(), json!(new));
            }
        }
        item
    };
    let items: Vec<Value> = proposals.iter().enumerate().map(item).collect();
    json!({ "isIncomplete": more, "items": items })
}

/// Every name of a kind, with what it means in a few words.
fn names(view: &View, kind: Kind, into: &mut Vec<Proposal>) {
    let mut add = |label: &str, detail: String| {
        into.push(Proposal { label: label.to_owned(), detail, kind: 18, rank: 0 });
    };
    if kind == Kind::Platform {
        view.platforms.iter().for_each(|name| add(name, String::new()));
        return;
    }
    let mut last = None;
    for symbol in view.index.definitions().filter(|symbol| symbol.kind == kind) {
        if last != Some(&symbol.name) {
            add(&symbol.name, detail(view, symbol));
        }
        last = Some(&symbol.name);
    }
}

/// The title or name that is written under a name, a VLAN's number before it.
fn detail(view: &View, symbol: &Symbol) -> String {
    let word = |key| view.word(symbol.kind, &symbol.name, key);
    let words = match symbol.kind {
        Kind::Vlan => [word("id"), word("title")],
        Kind::Model => [word("platform"), None],
        Kind::Secret | Kind::Tag => [None, None],
        _ => [word("title"), word("name")],
    };
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// This site's devices or rooms, then devices of others as `site/role-number`.
fn of_sites(view: &View, path: &Path, kind: Kind, typed: &str, into: &mut Vec<Proposal>) {
    let own = file(view, path).and_then(|file| view.site_of(file)).map(|(_, site)| site.id.as_str());
    let defined = view.index.definitions().filter(|it| it.kind == kind && it.stands == Stands::Definition);
    for symbol in defined {
        let Some((site, local)) = symbol.name.split_once('/') else { continue };
        let (label, rank) = if Some(site) == own { (local, 0) } else { (symbol.name.as_str(), 1) };
        let reachable = rank == 0 || kind == Kind::Device;
        // Twenty thousand devices are proposed one by one only where they fit.
        if !reachable || !label.to_lowercase().contains(typed) {
            continue;
        }
        let host = view.device(&symbol.name).and_then(|(_, _, facts)| facts).map(|facts| facts.name.to_string());
        into.push(Proposal { label: label.to_owned(), detail: host.unwrap_or_default(), kind: 18, rank });
    }
}

fn file(view: &View, path: &Path) -> Option<FileId> {
    view.file(&view.root.join(path))
}
