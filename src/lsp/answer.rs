//! Requests about a place in a file, and what is answered.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lsp_server::ErrorCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::cursor::{self, Cursor};
use super::index::Symbol;
use super::text::{Lines, Position, Range};
use super::view::{Places, View};
use super::{Server, complete, diagnostics, hover, navigate, uri};
use crate::source::FileId;

/// Why a request has no answer.
type Refusal = (ErrorCode, String);

/// Every request that is answered.
const KNOWN: &[&str] = &[
    "textDocument/hover",
    "textDocument/definition",
    "textDocument/references",
    "textDocument/documentHighlight",
    "textDocument/prepareRename",
    "textDocument/rename",
    "textDocument/completion",
    "textDocument/documentSymbol",
    "textDocument/codeAction",
    "workspace/symbol",
];

/// Whether a request is answered.
pub(super) fn knows(method: &str) -> bool {
    KNOWN.contains(&method)
}

/// The file that parameters are about.
pub(super) fn path(params: &Value) -> Option<PathBuf> {
    params.pointer("/textDocument/uri").and_then(Value::as_str).and_then(uri::path)
}

/// The place that a request is about.
struct Here<'s, 'o> {
    view: &'s View,
    server: &'s Server<'o>,
    /// From the project folder.
    path: &'s Path,
    file: FileId,
    /// What the editor shows, and the byte in it.
    text: Arc<str>,
    offset: usize,
    /// The names there, as last understood.
    symbols: Vec<&'s Symbol>,
}

/// Answers a request; `Value::Null` is an answer too.
pub(super) fn answer(server: &Server<'_>, method: &str, params: &Value) -> Result<Value, Refusal> {
    if method == "workspace/symbol" {
        return Ok(workspace_symbols(server, params));
    }
    let Some(path) = path(params) else {
        return Err((ErrorCode::InvalidParams, "`textDocument.uri` names no file".to_owned()));
    };
    // A file of no project, or one that the project does not read, has nothing to say.
    let Some((root, project)) = server.project_of(&path) else { return Ok(Value::Null) };
    let (Some(view), Ok(below)) = (project.view.as_deref(), path.strip_prefix(root)) else { return Ok(Value::Null) };
    let Some(file) = view.file(&path) else { return Ok(Value::Null) };
    let mut places = Places::new(view, &server.documents, server.wishes.encoding);
    match method {
        "textDocument/documentSymbol" => {
            let nested = server.can("/textDocument/documentSymbol/hierarchicalDocumentSymbolSupport");
            Ok(Value::Array(navigate::document_symbols(view, file, &mut places, nested)))
        }
        "textDocument/codeAction" => {
            let range: Range = parse(params, "range")?;
            let only = params.pointer("/context/only").and_then(Value::as_array);
            if only.is_some_and(|kinds| !kinds.iter().any(|kind| kind == "quickfix" || kind == "")) {
                return Ok(json!([]));
            }
            let notes = project.published.get(&path).map_or(&[][..], Vec::as_slice);
            let uri_of = |path: &Path| server.documents.get(path).map_or_else(|| uri::uri(path), |it| it.uri.clone());
            let asked = params.pointer("/context/diagnostics").and_then(Value::as_array);
            Ok(Value::Array(diagnostics::actions(notes, range, asked.map_or(&[], Vec::as_slice), uri_of)))
        }
        _ => {
            let position: Position = parse(params, "position")?;
            let text = match server.documents.get(&path) {
                Some(document) => Arc::clone(&document.text),
                None => view.loaded.sources.text(file).into(),
            };
            let offset = Lines::of(&text).offset(&text, position, server.wishes.encoding);
            let symbols = places.seen(file, offset).map(|seen| view.index.at(file, seen)).unwrap_or_default();
            let here = Here { view, server, path: below, file, text, offset, symbols };
            at(&here, method, &mut places, params)
        }
    }
}

fn parse<T: for<'d> Deserialize<'d>>(params: &Value, key: &str) -> Result<T, Refusal> {
    let value = params.get(key).cloned().unwrap_or_default();
    serde_json::from_value(value).map_err(|error| (ErrorCode::InvalidParams, format!("`{key}`: {error}")))
}

/// An edit that says which text of each open file it is for, so that no other is changed.
fn versioned(server: &Server<'_>, edit: &Value) -> Value {
    let changes = edit.get("changes").and_then(Value::as_object).into_iter().flatten();
    let changes = changes.map(|(uri, edits)| {
        let version = server.documents.values().find(|document| document.uri == *uri).and_then(|it| it.version);
        json!({ "textDocument": { "uri": uri, "version": version }, "edits": edits })
    });
    json!({ "documentChanges": changes.collect::<Vec<_>>() })
}

fn workspace_symbols(server: &Server<'_>, params: &Value) -> Value {
    let query = params.get("query").and_then(Value::as_str).unwrap_or_default();
    let mut found = Vec::new();
    for view in server.projects.values().filter_map(|project| project.view.as_deref()) {
        let mut places = Places::new(view, &server.documents, server.wishes.encoding);
        found.extend(navigate::workspace_symbols(view, query, &mut places));
    }
    Value::Array(found)
}

/// Answers a request about a place.
fn at(here: &Here<'_, '_>, method: &str, places: &mut Places<'_>, params: &Value) -> Result<Value, Refusal> {
    let (view, symbols) = (here.view, &here.symbols);
    let failed = |message| (ErrorCode::RequestFailed, message);
    match method {
        "textDocument/hover" => Ok(hover(here, places)),
        "textDocument/definition" => Ok(json!(navigate::definition(view, symbols, places))),
        "textDocument/references" => {
            let declaration = params.pointer("/context/includeDeclaration").and_then(Value::as_bool).unwrap_or(false);
            Ok(json!(navigate::references(view, symbols, places, declaration)))
        }
        "textDocument/documentHighlight" => Ok(Value::Array(navigate::highlights(view, symbols, places, here.file))),
        "textDocument/prepareRename" => navigate::prepare_rename(view, symbols, places).map_err(failed),
        "textDocument/rename" => {
            let new: String = parse(params, "newName")?;
            let edit = navigate::rename(view, symbols, places, &new).map_err(failed)?;
            Ok(if here.server.can("/workspace/workspaceEdit/documentChanges") {
                versioned(here.server, &edit)
            } else {
                edit
            })
        }
        "textDocument/completion" => {
            let encoding = here.server.wishes.encoding;
            Ok(complete::at(view, here.server.manual, here.path, &here.text, here.offset, encoding))
        }
        other => Err((ErrorCode::MethodNotFound, format!("`{other}` is not known here"))),
    }
}

/// What is known of the names at a place, or of the key there.
fn hover(here: &Here<'_, '_>, places: &mut Places<'_>) -> Value {
    let text = hover::text(here.view, &here.symbols).or_else(|| {
        let Cursor { mut keys, key, value, word, .. } = cursor::at(&here.text, here.offset);
        let word = here.text.get(word).filter(|word| key && !value && !word.is_empty())?;
        // On a key, the way to it ends with the key itself.
        keys.push(word.to_owned());
        here.server.manual.key(here.path, &keys)
    });
    let Some(text) = text else { return Value::Null };
    let markdown = here.server.capabilities.pointer("/textDocument/hover/contentFormat").and_then(Value::as_array);
    let markdown = markdown.is_none_or(|formats| formats.iter().any(|format| format == "markdown"));
    let (kind, text) = if markdown { ("markdown", text) } else { ("plaintext", text.replace("**", "")) };
    let mut answer = json!({ "contents": { "kind": kind, "value": text } });
    let range = here.symbols.first().and_then(|symbol| places.location(symbol.span)).map(|place| place.range);
    if let (Value::Object(fields), Some(range)) = (&mut answer, range) {
        fields.insert("range".to_owned(), json!(range));
    }
    answer
}
