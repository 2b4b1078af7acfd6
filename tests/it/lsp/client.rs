//! An editor: starts the program and speaks the protocol with it, message by message.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// A guard against a hang, never waited out by a test that passes.
const HANG: Duration = Duration::from_mins(2);

pub(super) struct Client {
    child: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    /// Notifications that came while something else was waited for.
    heard: Vec<Value>,
    requests: i32,
    dir: tempfile::TempDir,
}

/// How the program ended.
pub(super) struct Ended {
    pub(super) code: Option<i32>,
    pub(super) err: String,
}

impl Client {
    /// A copy of the example in a folder with letters and spaces, and an editor that has it open.
    pub(super) fn new(capabilities: &Value) -> Self {
        let mut client = Self::start();
        let answer = client.initialize(capabilities);
        assert_eq!(answer["serverInfo"]["name"], "samnet");
        client
    }

    /// As [`Client::new`], without a word yet.
    pub(super) fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("Åmåls kommun");
        for folder in ["inventory", "policies"] {
            crate::project::copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &root.join(folder));
        }
        let mut child = Command::new(env!("CARGO_BIN_EXE_samnet"))
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let (send, messages) = channel();
        std::thread::spawn(move || {
            loop {
                let mut length = 0;
                loop {
                    let mut line = String::new();
                    if output.read_line(&mut line).unwrap_or(0) == 0 {
                        return;
                    }
                    if line == "\r\n" {
                        break;
                    }
                    length = line.trim().strip_prefix("Content-Length: ").unwrap().parse().unwrap();
                }
                let mut body = vec![0; length];
                output.read_exact(&mut body).unwrap();
                if send.send(serde_json::from_slice(&body).unwrap()).is_err() {
                    return;
                }
            }
        });
        let input = child.stdin.take();
        Self { child, input, messages, heard: Vec::new(), requests: 0, dir }
    }

    pub(super) fn initialize(&mut self, capabilities: &Value) -> Value {
        let uri = self.uri("");
        let params = json!({
            "processId": null,
            "capabilities": capabilities,
            "workspaceFolders": [{ "uri": uri.trim_end_matches('/'), "name": "kommun" }],
        });
        let answer = self.request("initialize", params);
        self.notify("initialized", json!({}));
        answer
    }

    /// The number of the program's process.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether the program has ended by itself.
    pub(super) fn is_over(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    pub(super) fn root(&self) -> PathBuf {
        self.dir.path().join("Åmåls kommun")
    }

    /// The URI of a file, encoded as VS Code does.
    pub(super) fn uri(&self, file: &str) -> String {
        let folder = self.dir.path().display();
        format!("file://{folder}/%C3%85m%C3%A5ls%20kommun/{file}")
    }

    /// The URI of a file beside the project.
    pub(super) fn dir_uri(&self, file: &str) -> String {
        format!("file://{}/{file}", self.dir.path().display())
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        // Whoever refuses garbage may have closed the stream by now.
        drop(input.write_all(bytes).and_then(|()| input.flush()));
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        self.raw(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes());
    }

    #[expect(clippy::needless_pass_by_value, reason = "parameters are written where they are sent")]
    pub(super) fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn receive(&mut self) -> Value {
        self.messages.recv_timeout(HANG).expect("the server says something")
    }

    /// Sends a request; the answer's `result`, or its `error`.
    #[expect(clippy::needless_pass_by_value, reason = "parameters are written where they are sent")]
    pub(super) fn ask(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        self.requests += 1;
        let id = self.requests;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let message = self.receive();
            if message["id"] == json!(id) && message["method"].is_null() {
                return match message.get("error") {
                    Some(error) => Err(error.clone()),
                    None => Ok(message["result"].clone()),
                };
            }
            self.heard.push(message);
        }
    }

    #[track_caller]
    pub(super) fn request(&mut self, method: &str, params: Value) -> Value {
        self.ask(method, params).unwrap()
    }

    /// Waits for a message from the server that is as wanted.
    pub(super) fn wait(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.heard.iter().position(&wanted) {
            return self.heard.remove(at);
        }
        loop {
            let message = self.receive();
            if wanted(&message) {
                return message;
            }
            self.heard.push(message);
        }
    }

    /// Opens a file with the text it has on disk, or another.
    pub(super) fn open(&mut self, file: &str, text: Option<&str>) -> String {
        let text = text.map_or_else(|| std::fs::read_to_string(self.root().join(file)).unwrap(), str::to_owned);
        let document = json!({ "uri": self.uri(file), "languageId": "yaml", "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
        text
    }

    /// Replaces the whole text.
    pub(super) fn rewrite(&mut self, file: &str, version: i32, text: &str) {
        self.change(file, version, &json!([{ "text": text }]));
    }

    pub(super) fn change(&mut self, file: &str, version: i32, changes: &Value) {
        let document = json!({ "uri": self.uri(file), "version": version });
        self.notify("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
    }

    /// What is wrong with a version of a file.
    pub(super) fn diagnostics(&mut self, file: &str, version: i32) -> Vec<Value> {
        let uri = self.uri(file);
        let said = self.wait(|it| {
            it["method"] == "textDocument/publishDiagnostics"
                && it["params"]["uri"] == uri
                && it["params"]["version"] == version
        });
        said["params"]["diagnostics"].as_array().unwrap().clone()
    }

    /// A request about the place of `mark` within `text`, which the file holds now.
    pub(super) fn at(&mut self, method: &str, file: &str, text: &str, mark: &str) -> Value {
        self.try_at(method, file, text, mark, &json!({})).unwrap()
    }

    pub(super) fn try_at(
        &mut self,
        method: &str,
        file: &str,
        text: &str,
        mark: &str,
        more: &Value,
    ) -> Result<Value, Value> {
        let mut params = json!({ "textDocument": { "uri": self.uri(file) }, "position": position(text, mark) });
        params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.ask(method, params)
    }

    /// Says goodbye as one should.
    pub(super) fn close(mut self) -> Ended {
        assert_eq!(self.request("shutdown", Value::Null), Value::Null);
        self.notify("exit", Value::Null);
        self.end()
    }

    /// Closes the stream and waits for the program to end.
    pub(super) fn end(mut self) -> Ended {
        drop(self.input.take());
        let mut err = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        let code = self.child.wait().unwrap().code();
        Ended { code, err }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // A test that failed leaves no process behind; one that ended has none to kill.
        drop(self.child.kill().and_then(|()| self.child.wait()));
    }
}

/// The place of `¦` within `mark` in a text, in units of UTF-16; the start of the mark where it has none.
pub(super) fn position(text: &str, mark: &str) -> Value {
    let (before, after) = mark.split_once('¦').unwrap_or(("", mark));
    let at = text.find(&format!("{before}{after}")).expect("the mark is in the text") + before.len();
    let line = text[..at].matches('\n').count();
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    json!({ "line": line, "character": text[start..at].encode_utf16().count() })
}
