//! A recorded session, in whatever form it was kept, as what a device says to what it is told.

use std::path::Path;

use serde_json::Value;

/// A device that answers what was recorded.
#[derive(Clone)]
pub(super) struct Recording {
    pub(super) id: String,
    /// What it says before anything is typed.
    pub(super) initial: String,
    pub(super) steps: Vec<Step>,
}

#[derive(Clone)]
pub(super) struct Step {
    /// The last line on the screen when `send` is typed.
    pub(super) prompt: String,
    /// With its line end, where it had one.
    pub(super) send: String,
    /// What follows: echo, answer and the next prompt.
    pub(super) output: String,
}

/// Stands for a secret in the recordings: anything is taken.
pub(super) const REDACTED: &str = "<redacted>\n";

impl Recording {
    /// Reads one; `None` when its form holds no session.
    pub(super) fn read(folder: &str, file: &Path) -> Option<Self> {
        let value: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let id = format!("{folder}/{}", file.file_stem().unwrap().to_string_lossy());
        let (initial, steps) = match value["kind"].as_str()? {
            "recorded-device" => {
                let step = |step: &Value| {
                    Some(Step {
                        prompt: step["prompt"].as_str()?.to_owned(),
                        send: step["send"].as_str()?.to_owned(),
                        output: step["output"].as_str()?.to_owned(),
                    })
                };
                let steps: Vec<Step> = value["steps"].as_array()?.iter().filter_map(step).collect();
                (value["initial"].as_str()?.to_owned(), joined(steps))
            }
            "recorded-device-raw-stream" | "client-session-log" => cut(value["initial"].as_str()?)?,
            "fake-device-definition" => fake(&value)?,
            "recorded-state-machine" => collected(&value["machine"])?,
            "state-machine" => states(&value["states"])?,
            _ => return None,
        };
        Some(Self { id, initial, steps })
    }

    /// The command that prints the configuration, with what it printed.
    pub(super) fn configuration(&self) -> Option<Vec<String>> {
        let whole = ["show running-config", "show | grep .", "show configuration", "show running-config no-encrypt"];
        let prints = |step: &&Step| {
            let send = step.send.trim_end();
            whole.contains(&send)
                || send.starts_with("show running-config | no-more")
                || send.starts_with("show configuration | display")
        };
        let at = self.steps.iter().position(|step| prints(&step) && step.output.lines().count() > 2)?;
        Some(self.printed(at))
    }

    /// What the command of a step printed: its output without echo, pager and the next prompt.
    pub(super) fn printed(&self, at: usize) -> Vec<String> {
        let mut text = self.steps[at].output.clone();
        for step in self.steps[at + 1..].iter().take_while(|step| step.send == " ") {
            let shown = text.rfind('\n').map_or(0, |newline| newline + 1);
            text.truncate(shown);
            let rest = step.output.trim_start_matches('\r').trim_start_matches(' ').trim_start_matches('\r');
            text.push_str(rest);
        }
        let mut lines: Vec<String> = text.split('\n').map(|line| line.trim_end_matches('\r').to_owned()).collect();
        lines.pop();
        // The echo comes first, maybe behind a prompt that the last key drew anew, maybe wrapped.
        let send = squeeze(&self.steps[at].send);
        let echo = lines.iter().take(4).position(|line| {
            let line = squeeze(line);
            line.ends_with(&send)
                || (line.contains('\r') || line.len() > 60) && line.starts_with(&send[..30.min(send.len())])
        });
        lines.drain(..echo.map_or(0, |echo| echo + 1));
        lines.iter().map(|line| line.trim_start_matches('\r').to_owned()).collect()
    }
}

pub(super) fn squeeze(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Text and line end, typed one after the other, make one line.
fn joined(steps: Vec<Step>) -> Vec<Step> {
    let mut joined: Vec<Step> = Vec::new();
    for step in steps {
        if let Some(last) = joined.last_mut()
            && !last.send.ends_with(['\n', '\r'])
            && last.send.len() > 1
            && matches!(step.send.as_str(), "\n" | "\r")
        {
            last.send.push('\n');
            last.output.push_str(&step.output);
            continue;
        }
        joined.push(step);
    }
    joined
}

/// Cuts a stream of bytes where a prompt with a command stands, and where a password was typed.
fn cut(stream: &str) -> Option<(String, Vec<Step>)> {
    let stream = stream.trim_end_matches(['\r', '\n']);
    let last = stream.rsplit('\n').next()?;
    let end = last.find(['#', '>'])?;
    let host: String = last[..end].chars().take_while(|&c| c != '(').collect();
    let mut initial = String::new();
    let mut steps: Vec<Step> = Vec::new();
    for line in stream.split_inclusive('\n') {
        let prompt =
            line.strip_prefix(host.as_str()).and_then(|rest| rest.find(['#', '>'])).map(|at| host.len() + at + 1);
        let said = steps.last_mut().map_or(&mut initial, |step| &mut step.output);
        let Some(at) = prompt else {
            if let Some(at) = line.find("assword: ") {
                said.push_str(&line[..at + 9]);
                let prompt = line[..at + 9].to_owned();
                steps.push(Step { prompt, send: REDACTED.into(), output: line[at + 9..].to_owned() });
            } else {
                said.push_str(line);
            }
            continue;
        };
        let (prompt, send) = line.split_at(at);
        said.push_str(prompt);
        if line.ends_with('\n') {
            let prompt = prompt.to_owned();
            steps.push(Step { prompt, send: format!("{}\n", send.trim()), output: send.to_owned() });
        }
    }
    Some((initial, steps))
}

/// A table of commands with what they print, below prompts by mode.
fn fake(value: &Value) -> Option<(String, Vec<Step>)> {
    let host = value["hostname"].as_str()?;
    let base = value["context_search"]["base"].as_str()?;
    let user = value["username"].as_str()?;
    let name = if value["prompt_format"].is_string() { format!("{user}@{host}") } else { host.to_owned() };
    let mut steps = Vec::new();
    let mut home = base;
    if let Some(mode) = value["context_search"]["enable"].as_str() {
        let output = format!("enable\r\n{name}{mode}");
        steps.push(Step { prompt: format!("{name}{base}"), send: "enable\n".into(), output });
        home = mode;
    }
    for (command, text) in value["command_transcripts"].as_object()? {
        let text = text.as_str()?.replace("{{.Hostname}}", host);
        let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        let output = format!("{command}\n{text}{end}{name}{home}");
        steps.push(Step { prompt: format!("{name}{home}"), send: format!("{command}\n"), output });
    }
    Some((format!("{name}{base}"), steps))
}

/// Answers by level, without the echo.
fn collected(machine: &Value) -> Option<(String, Vec<Step>)> {
    let level = machine["initial_privilege_level"].as_str()?;
    let prompt = machine["privilege_level_prompts"][level].as_str()?.to_owned();
    let mut steps = Vec::new();
    for (command, event) in machine["events"][level]["post_on_open"].as_object()? {
        let said = event["channel_output"].as_str()?.replace("__CLOSES_CONNECTION__", "");
        let (prompt, send) = (prompt.clone(), format!("{command}\n"));
        steps.push(Step { prompt, send, output: format!("{command}{said}") });
    }
    Some((prompt, steps))
}

/// States with a prompt and commands each; the way from the login to the privileged mode is played.
fn states(states: &Value) -> Option<(String, Vec<Step>)> {
    let states = states.as_object()?;
    let prompt = |name: &str| Some(states.get(name)?["prompt"].as_str()?.replace("%N", "Router"));
    let asks = |name: &String| prompt(name).is_some_and(|prompt| prompt.ends_with("sername: ") || prompt == "login: ");
    let waits = |name: &String| {
        let named = |prompt: &String| (prompt.starts_with("Router") || prompt.contains('@')) && !prompt.contains(' ');
        prompt(name).filter(named).is_some_and(|prompt| prompt.ends_with(['>', '#']))
    };
    let first = states.keys().find(|name| asks(name)).or_else(|| states.keys().find(|name| waits(name)))?;
    let mut steps = Vec::new();
    let (mut seen, mut next) = (vec![first.clone()], vec![first.clone()]);
    while let Some(name) = next.pop() {
        let Some(prompt_here) = prompt(&name) else { continue };
        let commands = states[&name]["commands"].as_object().cloned().unwrap_or_default();
        let secret = prompt_here.ends_with("assword: ") || prompt_here.ends_with("assword:");
        let silent = secret || asks(&name);
        for (at, (command, answer)) in commands.iter().enumerate() {
            // Where something is asked the first answer is the right one.
            if silent && at > 0 {
                break;
            }
            let said = answer.as_str().or_else(|| answer["response"].as_str()).unwrap_or_default();
            let to = answer["new_state"].as_str().unwrap_or(&name);
            let Some(after) = prompt(to) else { continue };
            let echo = if silent { String::new() } else { command.clone() };
            let said = if said.is_empty() || said.ends_with('\n') { said.to_owned() } else { format!("{said}\n") };
            let output = format!("{echo}\n{}{after}", said.replace("%N", "Router"));
            let send = if secret { REDACTED.to_owned() } else { format!("{command}\n") };
            steps.push(Step { prompt: prompt_here.clone(), send, output });
            if !seen.iter().any(|have| have == to) && (silent || command == "enable") {
                seen.push(to.to_owned());
                next.push(to.to_owned());
            }
        }
    }
    let preface = states[first]["preface"].as_str().unwrap_or_default();
    Some((format!("{preface}{}", prompt(first)?), steps))
}
