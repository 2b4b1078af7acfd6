//! From a name to its other places: definition, references, highlights, symbols, rename.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use super::index::{Kind, Stands, Symbol};
use super::view::{Location, Places, View};
use crate::check;
use crate::finding::fix::splice;
use crate::finding::{Code, Severity};
use crate::inventory::{self, Overlay};
use crate::lab::before;
use crate::platform::Library;
use crate::source::{FileId, Span};
use crate::value::Id;

/// Most symbols in one answer; editors filter what they show, and ask again.
const MOST: usize = 500;

/// Every place of some names that is of a wanted sort, each once.
fn spans(view: &View, symbols: &[&Symbol], wanted: impl Fn(Stands) -> bool) -> BTreeSet<Span> {
    let places = symbols.iter().flat_map(|symbol| view.index.places(symbol.kind, &symbol.name));
    places.filter(|place| wanted(place.stands)).map(|place| place.span).collect()
}

/// Where the names are defined.
pub(super) fn definition(view: &View, symbols: &[&Symbol], places: &mut Places<'_>) -> Vec<Location> {
    let spans = spans(view, symbols, |stands| stands == Stands::Definition);
    spans.into_iter().filter_map(|span| places.location(span)).collect()
}

/// Where the names are used, and defined where that is wanted too.
pub(super) fn references(
    view: &View,
    symbols: &[&Symbol],
    places: &mut Places<'_>,
    declaration: bool,
) -> Vec<Location> {
    let wanted = |stands| stands == Stands::Use || declaration && stands == Stands::Definition;
    spans(view, symbols, wanted).into_iter().filter_map(|span| places.location(span)).collect()
}

/// The places of the names in one file: 2 marks a use (read), 3 a definition (write).
pub(super) fn highlights(view: &View, symbols: &[&Symbol], places: &mut Places<'_>, file: FileId) -> Vec<Value> {
    let mut found = Vec::new();
    for (stands, kind) in [(Stands::Definition, 3), (Stands::Use, 2)] {
        for span in spans(view, symbols, |it| it == stands).into_iter().filter(|span| span.file == file) {
            found.extend(places.location(span).map(|place| json!({ "range": place.range, "kind": kind })));
        }
    }
    found
}

/// The protocol's kind of symbol.
const fn symbol_kind(kind: Kind) -> u32 {
    match kind {
        Kind::Organisation | Kind::Room => 4,
        Kind::Site | Kind::Segment => 3,
        Kind::Device => 19,
        Kind::Vlan | Kind::Ssid => 11,
        Kind::Flow => 24,
        Kind::Profile | Kind::Model | Kind::Platform => 5,
        Kind::Secret => 14,
        Kind::Tag | Kind::Vrf => 20,
        Kind::Module => 2,
    }
}

/// What people look for: a device's host name, a VLAN with its number.
fn title(view: &View, symbol: &Symbol) -> (String, String) {
    match symbol.kind {
        Kind::Device => {
            let (site, local) = symbol.name.split_once('/').unwrap_or(("", &symbol.name));
            let host = view.device(&symbol.name).and_then(|(_, _, facts)| facts).map(|facts| facts.name.to_string());
            match host {
                Some(host) => (host, format!("{local} at {site}")),
                None => (symbol.name.clone(), String::new()),
            }
        }
        Kind::Vlan => {
            let id = view.word(Kind::Vlan, &symbol.name, "id").unwrap_or_default();
            (symbol.name.clone(), format!("VLAN {id}"))
        }
        Kind::Room => {
            let (site, room) = symbol.name.split_once('/').unwrap_or(("", &symbol.name));
            (room.to_owned(), format!("room at {site}"))
        }
        Kind::Site => {
            let name = view.word(Kind::Site, &symbol.name, "name").unwrap_or_default();
            (symbol.name.clone(), name.to_owned())
        }
        kind => (symbol.name.clone(), kind.word().to_owned()),
    }
}

/// What a file defines; in a site's file, its devices.
pub(super) fn document_symbols(view: &View, file: FileId, places: &mut Places<'_>, nested: bool) -> Vec<Value> {
    let mut found: Vec<(Value, Location, bool)> = Vec::new();
    let defined = view
        .index
        .file(file)
        .iter()
        .filter(|it| it.stands == Stands::Definition && !matches!(it.kind, Kind::Tag | Kind::Vrf));
    for symbol in defined {
        let Some(place) = places.location(symbol.span) else { continue };
        let (name, detail) = title(view, symbol);
        let kind = symbol_kind(symbol.kind);
        let value = if nested {
            json!({ "name": name, "detail": detail, "kind": kind, "range": place.range, "selectionRange": place.range })
        } else {
            json!({ "name": name, "kind": kind, "location": place })
        };
        found.push((value, place, symbol.kind == Kind::Device));
    }
    let site = found.iter().position(|(value, _, device)| !device && value.get("kind") == Some(&json!(3)));
    let (Some(site), true) = (site, nested && view.site_of(file).is_some()) else {
        return found.into_iter().map(|(value, ..)| value).collect();
    };
    // A parent's range holds its children's.
    let (mut parent, at, _) = found.remove(site);
    let end = found.iter().map(|(_, place, _)| place.range.end).max().unwrap_or(at.range.end).max(at.range.end);
    let children: Vec<Value> = found.into_iter().map(|(value, ..)| value).collect();
    if let Value::Object(fields) = &mut parent {
        fields.insert("range".to_owned(), json!({ "start": { "line": 0, "character": 0 }, "end": end }));
        fields.insert("children".to_owned(), Value::Array(children));
    }
    vec![parent]
}

/// Names anywhere in a project that hold the words asked for.
pub(super) fn workspace_symbols(view: &View, query: &str, places: &mut Places<'_>) -> Vec<Value> {
    let query = query.to_lowercase();
    let mut found = Vec::new();
    let defined =
        view.index.definitions().filter(|symbol| !matches!(symbol.kind, Kind::Tag | Kind::Vrf | Kind::Secret));
    for symbol in defined {
        let (name, detail) = title(view, symbol);
        if !format!("{name} {detail}").to_lowercase().contains(&query) {
            continue;
        }
        if let Some(place) = places.location(symbol.span) {
            let container = if detail.is_empty() { symbol.kind.word().to_owned() } else { detail };
            found.push(json!({
                "name": name,
                "kind": symbol_kind(symbol.kind),
                "location": place,
                "containerName": container,
            }));
        }
        if found.len() == MOST {
            break;
        }
    }
    found
}

/// A name that can be changed everywhere: of a kind whose every use is known.
fn renamable<'s>(view: &View, symbols: &[&'s Symbol]) -> Result<&'s Symbol, String> {
    let [symbol] = symbols else { return Err("no single name stands here".to_owned()) };
    if !matches!(symbol.kind, Kind::Vlan | Kind::Ssid | Kind::Segment | Kind::Profile)
        || symbol.stands == Stands::Mention
    {
        let name = if symbol.stands == Stands::Mention { ": its name can" } else { "" };
        return Err(format!("{} cannot be renamed here{name}", symbol.kind.one()));
    }
    if !view.whole {
        return Err("a file cannot be read; mend it first, so that no use is missed".to_owned());
    }
    let defined = view.index.places(symbol.kind, &symbol.name).filter(|it| it.stands == Stands::Definition).count();
    if defined != 1 {
        let many = if defined == 0 { "nowhere" } else { "more than once" };
        return Err(format!("{} `{}` is defined {many}", symbol.kind.word(), symbol.name));
    }
    if symbol.kind == Kind::Vlan && symbol.name == "management" && view.loaded.network.plan.management.is_none() {
        return Err(
            "the name `management` means the VLAN of devices; say `management:` in address_plan first".to_owned()
        );
    }
    Ok(symbol)
}

/// The bytes of a name within its span: quotes left out. `None` where it is written in another way than it reads.
fn written(view: &View, span: Span, name: &str) -> Option<Span> {
    let text = view.loaded.sources.text(span.file).get(span.range())?;
    let quote = usize::from(text.starts_with(['"', '\'']));
    let inner = text.get(quote..text.len().checked_sub(quote)?)?;
    let start = span.range().start + quote;
    (inner == name).then(|| Span::new(span.file, start..start + name.len()))
}

/// What can be renamed here: its place and its name.
pub(super) fn prepare_rename(view: &View, symbols: &[&Symbol], places: &mut Places<'_>) -> Result<Value, String> {
    let symbol = renamable(view, symbols)?;
    let place = written(view, symbol.span, &symbol.name).and_then(|span| places.location(span));
    let place = place.ok_or("what stands here changed just now")?;
    Ok(json!({ "range": place.range, "placeholder": symbol.name }))
}

/// The edits that give a name another name, in every file.
pub(super) fn rename(view: &View, symbols: &[&Symbol], places: &mut Places<'_>, new: &str) -> Result<Value, String> {
    let symbol = renamable(view, symbols)?;
    if symbol.kind == Kind::Ssid {
        let plain = new.chars().all(|c| c.is_alphanumeric() || "-_. ".contains(c)) && new.trim() == new;
        let starts = new.starts_with(char::is_alphabetic);
        if new.len() > 32 || !plain || !starts {
            return Err(
                "an SSID begins with a letter, and has letters, digits, - _ . and spaces; at most 32 bytes".to_owned()
            );
        }
    } else if let Err(error) = new.parse::<Id>() {
        return Err(error.0);
    } else if MORE_THAN_A_NAME.contains(&new.to_lowercase().as_str()) || new.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("`{new}` is more than a name where others read YAML; take another one"));
    }
    if new != symbol.name && view.index.places(symbol.kind, new).next().is_some() {
        return Err(format!("there is {} `{new}` already", symbol.kind.one()));
    }
    if symbol.kind == Kind::Segment && new == "internet" {
        return Err("the segment `internet` is built in".to_owned());
    }
    let mut changes: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut edits: Vec<Span> = Vec::new();
    for span in spans(view, &[symbol], |stands| stands != Stands::Mention) {
        let inner = written(view, span, &symbol.name);
        let Some((inner, place)) = inner.and_then(|inner| Some((inner, places.location(inner)?))) else {
            let place = view.loaded.sources.place(span);
            return Err(format!("`{}` is written in another way at {place}; nothing was changed", symbol.name));
        };
        edits.push(inner);
        changes.entry(place.uri).or_default().push(json!({ "range": place.range, "newText": new }));
    }
    match broken(view, &edits, new) {
        Some(why) => Err(format!("nothing was changed: with that name, {why}")),
        None => Ok(json!({ "changes": changes })),
    }
}

/// Words that YAML, or a key that takes a name, reads as something else.
const MORE_THAN_A_NAME: [&str; 10] = ["true", "false", "yes", "no", "on", "off", "null", "none", "y", "n"];

/// The first error that a project has after a rename and had not before.
fn broken(view: &View, edits: &[Span], new: &str) -> Option<String> {
    let errors = |overlay: &Overlay, library: &Library| {
        let mut loaded = inventory::load_with(&view.root, overlay);
        let (_, mut findings) = check::all(&loaded, library, None);
        let text = overlay.0.get(Path::new(before::FILE)).map(|text| &**text);
        findings.extend(before::inspect(&view.root, text, &loaded.network, library, &mut loaded.sources));
        findings.retain(|finding| finding.severity == Severity::Error);
        (findings, loaded)
    };
    let library = Library::load(&view.root).ok()?;
    let sources = &view.loaded.sources;
    let mut overlay = Overlay::default();
    for (file, path) in sources.files().filter(|(file, _)| view.path(*file).is_some()) {
        overlay.0.insert(path.to_path_buf(), sources.text(file).into());
    }
    let mut known: BTreeMap<(Code, String), usize> = BTreeMap::new();
    for finding in errors(&overlay, &library).0 {
        *known.entry((finding.code, finding.message)).or_default() += 1;
    }
    for (file, path) in sources.files() {
        let here = edits.iter().filter(|span| span.file == file).map(|span| (span.range(), new)).collect::<Vec<_>>();
        if !here.is_empty() {
            overlay.0.insert(path.to_path_buf(), splice(sources.text(file), here)?.into());
        }
    }
    let (found, loaded) = errors(&overlay, &library);
    // One that stood there before stands there still.
    let first = found.iter().find(|finding| match known.get_mut(&(finding.code, finding.message.clone())) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    })?;
    let place = first.span.map(|span| format!(" ({})", loaded.sources.place(span))).unwrap_or_default();
    Some(format!("{}{place}", first.message))
}
