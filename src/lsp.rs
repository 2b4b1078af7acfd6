//! The language server: findings, names and completion in an editor, over the Language Server Protocol.
//!
//! One thread reads messages, one reads and checks projects (`worker`), and this one answers. A project is
//! read anew after every change; while that is under way, questions about it wait, but for completion, which
//! answers from the text at the cursor and the names known so far. A project's own rules are asked last, and
//! nothing waits for them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use jiff::civil::Date;
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};
use serde_json::{Value, json};

use crate::rego::Host;
use diagnostics::{Note, Wishes};
use text::{Encoding, Range};
use view::{Document, Documents, View};
use wire::Incoming;
use worker::{Job, Means, Outcome};

mod answer;
mod complete;
mod cursor;
mod diagnostics;
mod hover;
pub mod index;
mod manual;
mod navigate;
mod text;
mod uri;
mod view;
mod wire;
mod worker;

pub use manual::Manual;
pub use wire::WireError;

/// The file that makes a folder a project.
const ENTRY: &str = "inventory/network.yaml";

/// How often it is looked whether the editor still runs.
const LOOK: Duration = Duration::from_secs(2);

/// Why the conversation ended badly; a lower-case fragment.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// What came from the editor is no conversation.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The editor can no longer be told anything.
    #[error("the editor no longer listens: {0}")]
    Write(#[from] std::io::Error),
    /// The editor ended it without `shutdown`.
    #[error("the editor went away without a word (`shutdown`, then `exit`)")]
    Unannounced,
    /// A part of the program ended before its time.
    #[error("reading projects ended unexpectedly")]
    Worker,
}

/// What can happen.
enum Event {
    Client(Message),
    Junk(ErrorCode, String),
    End,
    Broken(WireError),
    Done(Box<Outcome>),
}

/// What the server needs to know of its surroundings.
pub struct Setup {
    /// The day it is, asked anew for every reading.
    pub today: fn() -> Date,
    /// What the keys of files mean.
    pub manual: Manual,
    /// What evaluates a project's own rules; without it they are left out.
    pub rules: Option<Host>,
    /// The folder to look at where the editor opens none.
    pub folder: Option<PathBuf>,
}

/// Answers an editor until it ends the conversation.
///
/// # Errors
/// When the stream breaks off, holds something else than the protocol, or ends without `shutdown`.
pub fn serve(input: impl Read + Send + 'static, output: &mut dyn Write, setup: Setup) -> Result<(), ServeError> {
    let Setup { today, manual, rules, folder } = setup;
    let (events, inbox) = channel();
    let (jobs, orders) = channel();
    let (client, orphan) = (events.clone(), events.clone());
    std::thread::spawn(move || {
        let mut input = BufReader::new(input);
        loop {
            let event = match wire::read(&mut input) {
                Ok(Some(Incoming::Message(message))) => Event::Client(message),
                Ok(Some(Incoming::Junk(code, why))) => Event::Junk(code, why),
                Ok(None) => Event::End,
                Err(error) => Event::Broken(error),
            };
            let last = !matches!(event, Event::Client(_) | Event::Junk(..));
            if client.send(event).is_err() || last {
                return;
            }
        }
    });
    std::thread::spawn(move || {
        worker::run(&orders, &Means { today, rules }, |outcome| events.send(Event::Done(Box::new(outcome))).is_ok());
    });
    let mut server = Server::new(output, jobs, &manual);
    server.usual = folder;
    for event in inbox {
        match event {
            Event::Client(message) => {
                if server.message(message)? {
                    break;
                }
                if let Some(editor) = server.editor.take() {
                    follow(editor, orphan.clone());
                }
            }
            // Nobody knows which request it was.
            Event::Junk(code, why) => server.junk(code, &why)?,
            Event::Done(outcome) => server.done(*outcome)?,
            Event::Broken(error) => return Err(error.into()),
            Event::End => break,
        }
    }
    if server.phase == Phase::Ended { Ok(()) } else { Err(ServeError::Unannounced) }
}

/// Tells when the process of the editor is gone: what holds its end of the stream may be another.
fn follow(editor: Pid, events: Sender<Event>) {
    std::thread::spawn(move || {
        while is_there(editor) {
            std::thread::sleep(LOOK);
        }
        // Nobody listens where the conversation has ended.
        drop(events.send(Event::End));
    });
}

/// Whether a process can be seen from here.
fn is_there(process: Pid) -> bool {
    !matches!(test_kill_process(process), Err(Errno::SRCH))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Before `initialize`.
    New,
    Running,
    /// After `shutdown`.
    Ended,
}

/// What is known of a project.
#[derive(Default)]
struct Project {
    /// The last job given out.
    asked: u64,
    /// The last one that came back.
    done: u64,
    view: Option<Arc<View>>,
    /// What the client was told, by absolute path.
    published: BTreeMap<PathBuf, Vec<Note>>,
    /// The client's numbers of the texts it was told about.
    versions: BTreeMap<PathBuf, i64>,
    /// Trouble that was told already.
    trouble: Option<String>,
}

struct Server<'o> {
    output: &'o mut dyn Write,
    jobs: Sender<Job>,
    manual: &'o Manual,
    phase: Phase,
    wishes: Wishes,
    /// What else the client can do, as it said.
    capabilities: Value,
    documents: Documents,
    projects: BTreeMap<PathBuf, Project>,
    /// Jobs given out, of all projects.
    asked: u64,
    /// What the client has open as folders.
    folders: BTreeSet<PathBuf>,
    /// The folder to look at where the client has none.
    usual: Option<PathBuf>,
    /// Requests that wait for a project to be read.
    waiting: Vec<Request>,
    /// The process that is to be followed into its end.
    editor: Option<Pid>,
}

impl<'o> Server<'o> {
    fn new(output: &'o mut dyn Write, jobs: Sender<Job>, manual: &'o Manual) -> Self {
        Self {
            output,
            jobs,
            manual,
            phase: Phase::New,
            wishes: Wishes::default(),
            capabilities: Value::Null,
            documents: Documents::new(),
            projects: BTreeMap::new(),
            asked: 0,
            folders: BTreeSet::new(),
            usual: None,
            waiting: Vec::new(),
            editor: None,
        }
    }

    fn send(&mut self, message: impl Into<Message>) -> Result<(), ServeError> {
        Ok(wire::write(self.output, &message.into())?)
    }

    fn junk(&mut self, code: ErrorCode, why: &str) -> Result<(), ServeError> {
        let error = json!({ "code": code as i32, "message": why });
        wire::write_value(self.output, &json!({ "jsonrpc": "2.0", "id": null, "error": error }))?;
        Ok(())
    }

    fn notify(&mut self, method: &str, params: Value) -> Result<(), ServeError> {
        self.send(Notification { method: method.to_owned(), params })
    }

    fn refuse(&mut self, id: RequestId, code: ErrorCode, message: impl Into<String>) -> Result<(), ServeError> {
        self.send(Response::new_err(id, code as i32, message.into()))
    }

    /// Takes one message; true ends the conversation.
    fn message(&mut self, message: Message) -> Result<bool, ServeError> {
        match message {
            Message::Request(request) => self.request(request)?,
            Message::Notification(notification) if notification.method == "exit" => {
                return if self.phase == Phase::Ended { Ok(true) } else { Err(ServeError::Unannounced) };
            }
            Message::Notification(notification) if self.phase == Phase::Running => self.notification(notification)?,
            // Before `initialize` there is nothing to notify of; answers to our one request say nothing.
            Message::Notification(_) | Message::Response(_) => {}
        }
        Ok(false)
    }

    fn request(&mut self, request: Request) -> Result<(), ServeError> {
        match (self.phase, request.method.as_str()) {
            (Phase::New, "initialize") => {
                let result = self.initialize(&request.params);
                self.phase = Phase::Running;
                self.send(Response::new_ok(request.id, result))
            }
            (Phase::New, _) => self.refuse(request.id, ErrorCode::ServerNotInitialized, "send `initialize` first"),
            (Phase::Running, "shutdown") => {
                self.phase = Phase::Ended;
                self.waiting.clear();
                self.send(Response::new_ok(request.id, Value::Null))
            }
            (Phase::Running, "initialize") => {
                self.refuse(request.id, ErrorCode::InvalidRequest, "`initialize` comes once")
            }
            (Phase::Running, method) if !answer::knows(method) => {
                let message = format!("`{method}` is not known here");
                self.refuse(request.id, ErrorCode::MethodNotFound, message)
            }
            (Phase::Running, _) if self.must_wait(&request) => {
                self.waiting.push(request);
                Ok(())
            }
            (Phase::Running, _) => self.answer(request),
            (Phase::Ended, _) => self.refuse(request.id, ErrorCode::InvalidRequest, "`shutdown` was said already"),
        }
    }

    /// Whether a project that the request is about has yet to be read.
    fn must_wait(&self, request: &Request) -> bool {
        let behind = |project: &Project| match request.method.as_str() {
            // While somebody types, the names of a moment ago are as good.
            "textDocument/completion" => project.done == 0,
            _ => project.done < project.asked,
        };
        match answer::path(&request.params) {
            Some(path) => self.project_of(&path).is_some_and(|(_, project)| behind(project)),
            None => self.projects.values().any(behind),
        }
    }

    fn answer(&mut self, request: Request) -> Result<(), ServeError> {
        let Request { id, method, params } = request;
        match answer::answer(self, &method, &params) {
            Ok(result) => self.send(Response::new_ok(id, result)),
            Err((code, message)) => self.refuse(id, code, message),
        }
    }

    fn initialize(&mut self, params: &Value) -> Value {
        let editor = params.get("processId").and_then(Value::as_i64).and_then(|number| i32::try_from(number).ok());
        // One that is in a world of its own is never seen from here.
        self.editor = editor.filter(|number| *number > 0).and_then(Pid::from_raw).filter(|editor| is_there(*editor));
        self.capabilities = params.get("capabilities").cloned().unwrap_or_default();
        let offered = self.capabilities.pointer("/general/positionEncodings").and_then(Value::as_array);
        let utf8 = offered.is_some_and(|all| all.iter().any(|encoding| encoding == "utf-8"));
        self.wishes = Wishes {
            encoding: if utf8 { Encoding::Utf8 } else { Encoding::Utf16 },
            related: self.can("/textDocument/publishDiagnostics/relatedInformation"),
            tags: self
                .capabilities
                .pointer("/textDocument/publishDiagnostics/tagSupport")
                .is_some_and(|it| *it != json!(false)),
        };
        let mut folders = folders(params.get("workspaceFolders"));
        if folders.is_empty() {
            let root = params.get("rootUri").and_then(Value::as_str).and_then(uri::path);
            folders.extend(root.or_else(|| self.usual.clone()));
        }
        for root in folders.iter().filter_map(|folder| root_of(&folder.join("any"))) {
            self.projects.entry(root).or_default();
        }
        self.folders.extend(folders);
        json!({
            "capabilities": {
                "positionEncoding": self.wishes.encoding.word(),
                "textDocumentSync": { "openClose": true, "change": 2, "save": { "includeText": false } },
                "hoverProvider": true,
                "definitionProvider": true,
                "referencesProvider": true,
                "documentHighlightProvider": true,
                "documentSymbolProvider": true,
                "workspaceSymbolProvider": true,
                "renameProvider": { "prepareProvider": true },
                "codeActionProvider": { "codeActionKinds": ["quickfix"] },
                "completionProvider": { "triggerCharacters": [" ", "/", "-", "\"", "'", "[", "{", ","] },
                "workspace": { "workspaceFolders": { "supported": true, "changeNotifications": true } },
            },
            "serverInfo": { "name": "samnet", "version": env!("CARGO_PKG_VERSION") },
        })
    }

    /// Whether the client said yes to a capability.
    fn can(&self, pointer: &str) -> bool {
        self.capabilities.pointer(pointer).and_then(Value::as_bool).unwrap_or(false)
    }

    fn notification(&mut self, notification: Notification) -> Result<(), ServeError> {
        let Notification { method, params } = notification;
        match method.as_str() {
            "initialized" => {
                let roots: Vec<PathBuf> = self.projects.keys().cloned().collect();
                roots.iter().try_for_each(|root| self.look_at(root))?;
                self.watch()
            }
            "textDocument/didOpen" => self.opened(&params),
            "textDocument/didChange" => self.changed(&params),
            "textDocument/didClose" => {
                let document = answer::path(&params).and_then(|path| self.documents.remove(&path));
                let Some(root) = document.and_then(|document| document.root) else { return Ok(()) };
                // A project that no open folder has was looked at for the sake of its open files.
                let open = |folder: &PathBuf| root.starts_with(folder) || folder.starts_with(&root);
                let wanted = self.folders.iter().any(open) || self.in_use(&root);
                if wanted { self.look_at(&root) } else { self.forget(&root) }
            }
            "textDocument/didSave" => {
                let root = answer::path(&params).and_then(|path| self.documents.get(&path)?.root.clone());
                self.look_at_root_of(root)
            }
            "workspace/didChangeWatchedFiles" => {
                let changes = params.get("changes").and_then(Value::as_array).cloned().unwrap_or_default();
                let uris = changes.iter().filter_map(|change| change.get("uri")?.as_str());
                let paths: Vec<PathBuf> = uris.filter_map(uri::path).collect();
                self.disk_changed(&paths)
            }
            "workspace/didChangeWorkspaceFolders" => {
                for folder in folders(params.pointer("/event/added")) {
                    self.look_at_root_of(root_of(&folder.join("any")))?;
                    self.folders.insert(folder);
                }
                for folder in folders(params.pointer("/event/removed")) {
                    self.folders.remove(&folder);
                    self.forget(&folder)?;
                }
                Ok(())
            }
            "$/cancelRequest" => self.cancelled(&params),
            // Whatever else a client may tell is of no use here, and needs no answer.
            _ => Ok(()),
        }
    }

    /// Asks the client to tell of changed files, where it can.
    fn watch(&mut self) -> Result<(), ServeError> {
        if !self.can("/workspace/didChangeWatchedFiles/dynamicRegistration") {
            return Ok(());
        }
        let watchers: Vec<Value> = ["inventory", "policies", "templates"]
            .into_iter()
            .map(|folder| json!({ "globPattern": format!("**/{folder}/**") }))
            .collect();
        let params = json!({ "registrations": [{
            "id": "samnet-files",
            "method": "workspace/didChangeWatchedFiles",
            "registerOptions": { "watchers": watchers },
        }]});
        let id = RequestId::from("samnet-watch".to_owned());
        self.send(Request { id, method: "client/registerCapability".to_owned(), params })
    }

    fn opened(&mut self, params: &Value) -> Result<(), ServeError> {
        let field = |key: &str| params.pointer("/textDocument")?.get(key);
        let (Some(uri), Some(text)) = (field("uri").and_then(Value::as_str), field("text").and_then(Value::as_str))
        else {
            return Ok(());
        };
        let Some(path) = uri::path(uri) else { return Ok(()) };
        let root = root_of(&path);
        let version = field("version").and_then(Value::as_i64);
        let document = Document { uri: uri.to_owned(), version, text: text.into(), root: root.clone() };
        self.documents.insert(path, document);
        self.look_at_root_of(root)
    }

    fn changed(&mut self, params: &Value) -> Result<(), ServeError> {
        let encoding = self.wishes.encoding;
        let document = answer::path(params).and_then(|path| self.documents.get_mut(&path));
        let (Some(document), Some(changes)) = (document, params.get("contentChanges").and_then(Value::as_array)) else {
            return Ok(());
        };
        let mut text = String::from(&*document.text);
        for change in changes {
            let Some(new) = change.get("text").and_then(Value::as_str) else { continue };
            let range = change.get("range").and_then(|range| serde_json::from_value::<Range>(range.clone()).ok());
            text = match range {
                Some(range) => text::replace(&text, range, new, encoding),
                None => new.to_owned(),
            };
        }
        document.text = text.into();
        document.version = params.pointer("/textDocument/version").and_then(Value::as_i64);
        let root = document.root.clone();
        self.look_at_root_of(root)
    }

    /// Files changed outside the editor; a project may have come into being.
    fn disk_changed(&mut self, paths: &[PathBuf]) -> Result<(), ServeError> {
        for (path, document) in &mut self.documents {
            if document.root.is_none() {
                document.root = root_of(path);
            }
        }
        let found = paths.iter().filter_map(|path| root_of(path));
        let known = self.projects.keys().filter(|root| paths.iter().any(|path| path.starts_with(root)));
        let roots: BTreeSet<PathBuf> = found.chain(known.cloned()).collect();
        roots.iter().try_for_each(|root| self.look_at(root))
    }

    /// Whether a file of a project is open.
    fn in_use(&self, root: &Path) -> bool {
        self.documents.values().any(|document| document.root.as_deref() == Some(root))
    }

    /// A folder was closed: nothing is said of its projects any more, unless a file of theirs is open.
    fn forget(&mut self, folder: &Path) -> Result<(), ServeError> {
        let gone: Vec<PathBuf> =
            self.projects.keys().filter(|root| root.starts_with(folder) && !self.in_use(root)).cloned().collect();
        for root in gone {
            let Some(project) = self.projects.remove(&root) else { continue };
            for path in project.published.keys() {
                self.publish(path, &[])?;
            }
        }
        self.go_on()
    }

    fn cancelled(&mut self, params: &Value) -> Result<(), ServeError> {
        let id = params.get("id").cloned().and_then(|id| serde_json::from_value::<RequestId>(id).ok());
        match self.waiting.iter().position(|request| Some(&request.id) == id.as_ref()) {
            Some(place) => {
                let request = self.waiting.remove(place);
                self.refuse(request.id, ErrorCode::RequestCanceled, "cancelled")
            }
            None => Ok(()),
        }
    }

    fn project_of(&self, path: &Path) -> Option<(&Path, &Project)> {
        let root = self.documents.get(path).and_then(|document| document.root.as_deref());
        let (root, project) = match root {
            Some(root) => self.projects.get_key_value(root)?,
            None => self.projects.iter().rfind(|(root, _)| path.starts_with(root))?,
        };
        Some((root, project))
    }

    fn look_at_root_of(&mut self, root: Option<PathBuf>) -> Result<(), ServeError> {
        root.map_or(Ok(()), |root| self.look_at(&root))
    }

    /// Has a project read and checked with what the editor holds now.
    fn look_at(&mut self, root: &Path) -> Result<(), ServeError> {
        // A project that is closed and opened again is not taken for the one before.
        self.asked += 1;
        let project = self.projects.entry(root.to_path_buf()).or_default();
        project.asked = self.asked;
        let mut job = Job {
            root: root.to_path_buf(),
            number: project.asked,
            unsaved: crate::inventory::Overlay::default(),
            versions: BTreeMap::new(),
            wishes: self.wishes,
        };
        for (path, document) in self.documents.iter().filter(|(_, document)| document.root.as_deref() == Some(root)) {
            if let Ok(below) = path.strip_prefix(root) {
                job.unsaved.0.insert(below.to_path_buf(), Arc::clone(&document.text));
                job.versions.extend(document.version.map(|version| (path.clone(), version)));
            }
        }
        self.jobs.send(job).map_err(|_| ServeError::Worker)
    }

    /// Takes what came of reading a project: tells what changed, and answers what waited for it.
    fn done(&mut self, outcome: Outcome) -> Result<(), ServeError> {
        let Outcome { root, number, versions, mut notes, view, trouble, more } = outcome;
        // What waited for a project that is gone is answered with nothing.
        let Some(project) = self.projects.get_mut(&root) else { return self.go_on() };
        project.done = number;
        let mut told = true;
        if !more {
            told = project.trouble == trouble;
            project.trouble.clone_from(&trouble);
        }
        if let Some(view) = view {
            project.view = Some(view);
            if more {
                // What rules said a moment ago stands until they speak again.
                for (path, before) in &project.published {
                    let own: Vec<Note> = before.iter().filter(|note| note.is_of_rules()).cloned().collect();
                    if !own.is_empty() {
                        notes.entry(path.clone()).or_default().extend(own);
                    }
                }
            }
            let before = std::mem::replace(&mut project.published, notes.clone());
            let seen = project.versions.clone();
            let paths: BTreeSet<&PathBuf> = before.keys().chain(notes.keys()).chain(versions.keys()).collect();
            // A new text gets an answer of its own, so that a client knows that this was all.
            let anew = |path: &&&PathBuf| {
                before.get(**path) != notes.get(**path) || !more && seen.get(**path) != versions.get(**path)
            };
            let changed: Vec<&PathBuf> = paths.iter().filter(anew).copied().collect();
            if more {
                let told = changed.iter().filter_map(|path| Some(((*path).clone(), *versions.get(*path)?)));
                project.versions.extend(told);
            } else {
                project.versions.clone_from(&versions);
            }
            for path in changed {
                self.publish(path, notes.get(path).map_or(&[], Vec::as_slice))?;
            }
        }
        if let (Some(trouble), false) = (trouble, told) {
            self.notify("window/showMessage", json!({ "type": 1, "message": trouble }))?;
        }
        self.go_on()
    }

    /// Takes up the requests that wait; those whose project is still being read wait on.
    fn go_on(&mut self) -> Result<(), ServeError> {
        for request in std::mem::take(&mut self.waiting) {
            if self.phase == Phase::Running {
                self.request(request)?;
            }
        }
        Ok(())
    }

    fn publish(&mut self, path: &Path, notes: &[Note]) -> Result<(), ServeError> {
        let document = self.documents.get(path);
        let uri = document.map_or_else(|| uri::uri(path), |document| document.uri.clone());
        let root = document.and_then(|document| document.root.as_ref());
        let version = root.and_then(|root| self.projects.get(root)?.versions.get(path));
        let diagnostics: Vec<&Value> = notes.iter().map(|note| &note.diagnostic).collect();
        let mut params = json!({ "uri": uri, "diagnostics": diagnostics });
        if let (Value::Object(fields), Some(version)) = (&mut params, version) {
            fields.insert("version".to_owned(), json!(version));
        }
        self.notify("textDocument/publishDiagnostics", params)
    }
}

/// The project folder that a path lies in.
fn root_of(path: &Path) -> Option<PathBuf> {
    let mut above = path.ancestors().skip(1);
    above.find(|folder| folder.join(ENTRY) == path || folder.join(ENTRY).is_file()).map(Path::to_path_buf)
}

/// The paths of a list of workspace folders.
fn folders(list: Option<&Value>) -> Vec<PathBuf> {
    let list = list.and_then(Value::as_array);
    list.into_iter().flatten().filter_map(|folder| uri::path(folder.get("uri")?.as_str()?)).collect()
}
