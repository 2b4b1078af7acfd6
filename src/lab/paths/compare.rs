//! What a candidate changes, in the way such a device shows it.

use super::{Branch, Candidate, Schema, quoted};

impl Candidate {
    /// The changes since `old`: under each level, what goes and what comes.
    #[must_use]
    pub fn changes(&self, old: &Self) -> String {
        let mut out = String::new();
        level(&self.schema, "", &old.root, &self.root, &mut out);
        out
    }
}

fn level(schema: &Schema, path: &str, old: &Branch, new: &Branch, out: &mut String) {
    let twin = |branch: &Branch, other: &Branch| other.below.iter().find(|twin| twin.word == branch.word).cloned();
    let named = schema.kinds.contains(&new.word);
    let kind = if named { format!("{} ", new.word) } else { String::new() };
    let whole = |branch: &Branch, mark: char| {
        let mut text = String::new();
        branch.braces(schema, 0, &kind, false, &mut text);
        let lines: Vec<String> = text.lines().map(|line| format!("{mark}   {line}\n")).collect();
        lines.concat()
    };
    let mut lines = String::new();
    for branch in &old.below {
        match twin(branch, new) {
            None => lines.push_str(&whole(branch, '-')),
            Some(now) if replaced(branch, &now) => {
                lines.push_str(&whole(branch, '-'));
                lines.push_str(&whole(&now, '+'));
            }
            Some(now) if now.off != branch.off => {
                lines.push_str(&format!(
                    "!   {}{}\n",
                    if now.off { "inactive: " } else { "active: " },
                    kind.clone() + &now.word
                ));
            }
            Some(_) => {}
        }
    }
    for branch in new.below.iter().filter(|branch| twin(branch, old).is_none()) {
        lines.push_str(&whole(branch, '+'));
    }
    let order = |one: &Branch, other: &Branch| -> Vec<String> {
        one.below.iter().filter(|branch| twin(branch, other).is_some()).map(|branch| branch.word.clone()).collect()
    };
    let (before, after) = (order(old, new), order(new, old));
    for (_, word) in before.iter().zip(&after).filter(|(was, is)| was != is) {
        lines.push_str(&format!("!   {kind}{} {{ ... }}\n", quoted(word)));
    }
    if !lines.is_empty() {
        // A thing is shown with the word before its name, below what holds it.
        let above = if named { path.strip_suffix(new.word.as_str()).unwrap_or(path).trim_end() } else { path };
        out.push_str(&format!("[edit{above}]\n{lines}"));
    }
    for branch in &new.below {
        if let Some(before) = twin(branch, old).filter(|before| !replaced(before, branch)) {
            level(schema, &format!("{path} {}", quoted(&branch.word)), &before, branch, out);
        }
    }
}

/// Whether a statement of one value has another one now.
fn replaced(old: &Branch, new: &Branch) -> bool {
    let value = |branch: &Branch| match branch.below.as_slice() {
        [one] if one.value && one.below.is_empty() => Some(one.word.clone()),
        _ => None,
    };
    value(old).zip(value(new)).is_some_and(|(old, new)| old != new)
}
