//! Configuration of paths, changed the way such a device changes its candidate, one command at a time.
//!
//! Written apart from `diff` on purpose: a mistake there must not be repeated here.

use std::collections::BTreeSet;
use std::sync::Arc;

mod compare;

/// What the device knows about its statements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    /// Statements of one value.
    pub single: BTreeSet<String>,
    /// Statements of several values.
    pub lists: BTreeSet<String>,
    /// Words that a name must follow; what is named stays when all below it has gone.
    pub kinds: BTreeSet<String>,
    /// Words below which only names stand; what is named stays there too.
    pub holders: BTreeSet<String>,
}

/// A candidate configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidate {
    schema: Arc<Schema>,
    root: Branch,
}

/// A word of a path, and whether it takes the place of the word that stood there.
pub(super) type Step = (String, bool);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Branch {
    word: String,
    below: Vec<Branch>,
    /// Set by itself, not only on the way to something.
    set: bool,
    off: bool,
    /// A value: the next one takes its place.
    value: bool,
}

/// Why a device refuses a command, in its words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The path leads nowhere.
    #[error("statement not found: {0}")]
    NotFound(String),
    /// A name or a value is missing.
    #[error("missing argument: {0}")]
    Incomplete(String),
    /// Another thing has the new name.
    #[error("target exists already: {0}")]
    Taken(String),
    /// No such command.
    #[error("unknown command: {0}")]
    Unknown(String),
}

impl Candidate {
    /// An empty candidate.
    #[must_use]
    pub fn new(schema: Schema) -> Self {
        Self::of(Arc::new(schema))
    }

    /// An empty candidate of a device that shares what it knows with others.
    pub(super) fn of(schema: Arc<Schema>) -> Self {
        Self { schema, root: Branch::default() }
    }

    /// Sets a statement.
    pub(super) fn set(&mut self, path: &[Step]) {
        self.root.set(path);
    }

    /// The value that stands at a path.
    pub(super) fn value(&self, path: &str) -> Option<String> {
        self.below(path).into_iter().next()
    }

    /// Enters one command.
    ///
    /// # Errors
    /// When the device would refuse it; the candidate stays as it was.
    pub fn enter(&mut self, command: &str) -> Result<(), Refusal> {
        let words = split(command);
        let Some((verb, path)) = words.split_first() else { return Ok(()) };
        let unknown = || Refusal::Unknown(command.to_owned());
        let missing = || Refusal::NotFound(command.to_owned());
        let half = path.last().is_none_or(|last| self.schema.kinds.contains(last));
        match verb.as_str() {
            "set" | "delete" | "activate" | "deactivate" if half => Err(Refusal::Incomplete(command.to_owned())),
            "set" => {
                for path in spread(path) {
                    let before = std::iter::once(None).chain(path.iter().map(Some));
                    let single = before.map(|word| word.is_some_and(|word| self.schema.single.contains(word)));
                    let steps: Vec<Step> = path.iter().cloned().zip(single).collect();
                    self.root.set(&steps);
                }
                Ok(())
            }
            "delete" if self.root.delete(&self.schema, path) => Ok(()),
            "activate" | "deactivate" => {
                let branch = self.root.find(path).ok_or_else(missing)?;
                if branch.off == (verb == "deactivate") {
                    return Err(missing());
                }
                branch.off = verb == "deactivate";
                Ok(())
            }
            "rename" => {
                let at = path.iter().rposition(|word| word == "to").ok_or_else(unknown)?;
                let (element, rest) = path.split_at(at);
                let (name, list) = element.split_last().ok_or_else(unknown)?;
                let list = self.root.find(list).ok_or_else(missing)?;
                let new = rest.last().ok_or_else(unknown)?;
                let kind = rest.len() > 2;
                if kind != self.schema.kinds.contains(&list.word) || rest.len() < 2 {
                    return Err(unknown());
                }
                if list.below.iter().any(|branch| &branch.word == new) {
                    return Err(Refusal::Taken(command.to_owned()));
                }
                let branch = list.below.iter_mut().find(|branch| &branch.word == name).ok_or_else(missing)?;
                branch.word.clone_from(new);
                Ok(())
            }
            "insert" | "move" => {
                let is_where = |word: &String| word == "before" || word == "after";
                let at = path.iter().rposition(is_where).ok_or_else(unknown)?;
                let (element, rest) = path.split_at(at);
                let (name, list) = element.split_last().ok_or_else(unknown)?;
                let list = self.root.find(list).ok_or_else(missing)?;
                let anchor = rest.last().ok_or_else(unknown)?;
                let place = |word: &String, list: &Branch| list.below.iter().position(|branch| &branch.word == word);
                // A list of named things is told apart by its word.
                let kind = rest.len() > 2;
                if kind != self.schema.kinds.contains(&list.word) || anchor == name {
                    return Err(unknown());
                }
                let from = place(name, list).ok_or_else(missing)?;
                place(anchor, list).ok_or_else(missing)?;
                let branch = list.below.remove(from);
                let to = place(anchor, list).ok_or_else(missing)?;
                let after = usize::from(rest.first().is_some_and(|word| word == "after"));
                list.below.insert(to + after, branch);
                Ok(())
            }
            "delete" => Err(missing()),
            _ => Err(unknown()),
        }
    }

    /// The candidate as commands.
    #[must_use]
    pub fn commands(&self) -> String {
        let (mut set, mut off) = (String::new(), String::new());
        self.root.commands("", &mut set, &mut off);
        set + &off
    }

    /// The candidate in braces.
    #[must_use]
    pub fn braces(&self) -> String {
        let mut out = String::new();
        for branch in &self.root.below {
            branch.braces(&self.schema, 0, "", false, &mut out);
        }
        out
    }

    /// Whether a path leads to something.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        let mut here = &self.root;
        for word in split(path) {
            match here.below.iter().find(|branch| branch.word == word) {
                Some(branch) => here = branch,
                None => return false,
            }
        }
        true
    }

    /// The words that follow a path, in order.
    #[must_use]
    pub fn below(&self, path: &str) -> Vec<String> {
        let mut here = &self.root;
        for word in split(path) {
            match here.below.iter().find(|branch| branch.word == word) {
                Some(branch) => here = branch,
                None => return Vec::new(),
            }
        }
        here.below.iter().map(|branch| branch.word.clone()).collect()
    }
}

impl Branch {
    fn set(&mut self, path: &[Step]) {
        let Some(((word, value), rest)) = path.split_first() else {
            self.set = true;
            return;
        };
        if *value {
            self.below.retain(|branch| !branch.value || &branch.word == word);
        }
        if let Some(branch) = self.below.iter_mut().find(|branch| &branch.word == word) {
            branch.value |= *value;
            return branch.set(rest);
        }
        let mut branch = Self { word: word.clone(), value: *value, ..Self::default() };
        branch.set(rest);
        self.below.push(branch);
    }

    fn find(&mut self, path: &[String]) -> Option<&mut Self> {
        match path.split_first() {
            None => Some(self),
            Some((word, rest)) => self.below.iter_mut().find(|branch| &branch.word == word)?.find(rest),
        }
    }

    fn delete(&mut self, schema: &Schema, path: &[String]) -> bool {
        let Some((word, rest)) = path.split_first() else { return false };
        let Some(at) = self.below.iter().position(|branch| &branch.word == word) else { return false };
        if rest.is_empty() {
            self.below.remove(at);
            return true;
        }
        let named = schema.kinds.contains(&self.word) || schema.holders.contains(&self.word);
        let Some(branch) = self.below.get_mut(at) else { return false };
        let done = branch.delete(schema, rest);
        // What was only on the way goes with the last thing below it.
        let stays = branch.set || named || !branch.below.is_empty();
        if done && named && branch.below.is_empty() {
            branch.set = true;
        }
        if done && !stays {
            self.below.remove(at);
        }
        done
    }

    fn commands(&self, above: &str, set: &mut String, off: &mut String) {
        let path = if above.is_empty() { quoted(&self.word) } else { format!("{above} {}", quoted(&self.word)) };
        let path = if self.word.is_empty() { String::new() } else { path };
        if self.below.is_empty() && !path.is_empty() {
            set.push_str(&format!("set {path}\n"));
        }
        for branch in &self.below {
            branch.commands(&path, set, off);
        }
        if self.off {
            off.push_str(&format!("deactivate {path}\n"));
        }
    }

    fn braces(&self, schema: &Schema, depth: usize, kind: &str, inner_off: bool, out: &mut String) {
        let off = if self.off || inner_off { "inactive: " } else { "" };
        if kind.is_empty() && schema.kinds.contains(&self.word) {
            for branch in &self.below {
                branch.braces(schema, depth, &format!("{} ", self.word), false, out);
            }
            return;
        }
        let head = format!("{}{off}{kind}{}", "    ".repeat(depth), quoted(&self.word));
        let leaves = self.below.iter().all(|branch| branch.below.is_empty() && !branch.off);
        match self.below.as_slice() {
            [] => out.push_str(&format!("{head};\n")),
            [one] if leaves && one.value => {
                out.push_str(&format!("{head} {};\n", quoted(&one.word)));
            }
            [one] if leaves && schema.lists.contains(&self.word) => {
                out.push_str(&format!("{head} {};\n", quoted(&one.word)));
            }
            many if leaves && schema.lists.contains(&self.word) => {
                let words: Vec<String> = many.iter().map(|branch| quoted(&branch.word)).collect();
                out.push_str(&format!("{head} [ {} ];\n", words.join(" ")));
            }
            many => {
                out.push_str(&format!("{head} {{\n"));
                for branch in many {
                    branch.braces(schema, depth + 1, "", false, out);
                }
                out.push_str(&format!("{}}}\n", "    ".repeat(depth)));
            }
        }
    }
}

/// Words, quotes taken away.
pub(super) fn split(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut open = false;
    let mut letters = command.chars();
    while let Some(letter) = letters.next() {
        match letter {
            // Escapes stay as they were typed, and are printed so.
            '\\' if open => {
                let word = word.get_or_insert_default();
                word.push(letter);
                word.extend(letters.next());
            }
            '"' => {
                open = !open;
                word.get_or_insert_default();
            }
            letter if letter.is_whitespace() && !open => words.extend(word.take()),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| !c.is_whitespace() && !"\"\\;{}[]#|()&<>*$=!?'`".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("\"{word}\"")
}

/// `[ a b ]` as one path each.
pub(super) fn spread(path: &[String]) -> Vec<Vec<String>> {
    let Some(open) = path.iter().position(|word| word == "[") else { return vec![path.to_vec()] };
    let (head, values) = path.split_at(open);
    let values = values.iter().filter(|word| *word != "[" && *word != "]");
    values.map(|value| head.iter().chain(std::iter::once(value)).cloned().collect()).collect()
}
