//! What somebody most likely did to a file that is not YAML: the one small edit after which it is whole.
//!
//! A parser notices a lost bracket where the next thing does not fit, which may be many lines further on. So each
//! likely edit is tried, and the first that leaves a file without any mistake tells what is wrong, and where.

use std::ops::Range;

use crate::source::yaml::TYPOGRAPHIC;

/// Largest file that is tried, in bytes, and most edits: together they keep a broken file quick.
const LARGEST: usize = 64 << 10;
const MOST: usize = 240;
/// Lines looked at before the place where reading stopped, and behind it.
const BEFORE: usize = 8;
const BEHIND: usize = 8;
/// The same for a quote.
const FAR: usize = 100;

/// What was most likely done.
pub(super) struct Guess {
    /// Where, in the text as it stands.
    pub(super) at: Range<usize>,
    /// What is wrong there.
    pub(super) message: String,
    /// The way out.
    pub(super) help: &'static str,
}

/// One edit to try.
struct Edit {
    at: Range<usize>,
    instead: String,
    message: String,
    help: &'static str,
}

/// The first edit near `stopped` after which `whole` has nothing to say against the text.
pub(super) fn guess(text: &str, stopped: usize, whole: impl Fn(&str) -> bool) -> Option<Guess> {
    first_of(text, stopped, whole, |_| true)
}

/// The same for a text that is YAML, and another one than was meant: no text is quoted, as that would swallow keys.
pub(super) fn shape(text: &str, stopped: usize, whole: impl Fn(&str) -> bool) -> Option<Guess> {
    first_of(text, stopped, whole, |edit| !edit.instead.contains(['"', '\'']))
}

fn first_of(text: &str, stopped: usize, whole: impl Fn(&str) -> bool, tried: impl Fn(&Edit) -> bool) -> Option<Guess> {
    if text.len() > LARGEST {
        return None;
    }
    let tries = edits(text, stopped).into_iter().filter(tried);
    let found = tries.take(MOST).find(|edit| {
        let Edit { at, instead, .. } = edit;
        let (Some(before), Some(behind)) = (text.get(..at.start), text.get(at.end..)) else { return false };
        whole(&format!("{before}{instead}{behind}"))
    })?;
    // An insertion has no width; the character in front shows the place.
    let at = if found.at.is_empty() {
        let start = text.get(..found.at.start)?.char_indices().next_back().map_or(0, |(at, _)| at);
        start..found.at.end
    } else {
        found.at
    };
    Some(Guess { at, message: found.message, help: found.help })
}

/// A line of the text.
#[derive(Clone, Copy)]
struct Line<'t> {
    start: usize,
    text: &'t str,
}

impl<'t> Line<'t> {
    fn indent(self) -> usize {
        self.text.len() - self.text.trim_start_matches(' ').len()
    }

    /// What stands there, without blanks and a comment at its end.
    fn content(self) -> &'t str {
        let end = self.text.find(" #").unwrap_or(self.text.len());
        self.text.get(..end).unwrap_or(self.text).trim_end()
    }

    fn is_blank(self) -> bool {
        let text = self.text.trim();
        text.is_empty() || text.starts_with('#')
    }
}

fn edits(text: &str, stopped: usize) -> Vec<Edit> {
    let mut lines = Vec::new();
    let mut start = 0;
    for part in text.split_inclusive('\n') {
        lines.push(Line { start, text: part.trim_end_matches(['\n', '\r']) });
        start += part.len();
    }
    let here = lines.iter().rposition(|line| line.start <= stopped).unwrap_or(0);
    // Nearest first: the line itself, then those before it, then those behind.
    let before = (here.saturating_sub(BEFORE)..here).rev();
    let order: Vec<usize> =
        std::iter::once(here).chain(before).chain(here + 1..lines.len().min(here + 1 + BEHIND)).collect();
    let near = |most: usize| order.iter().copied().filter(move |at| at.abs_diff(here) <= most);
    let mut edits = Vec::new();
    anchors(&lines, here, &mut edits);
    column_of_parent(&lines, here, &mut edits);
    // Where a value goes on in the next line, a comma may be missing at the end of the one before.
    for line in near(3).filter_map(|at| lines.get(at)) {
        comma_at_end(*line, &mut edits);
    }
    // A quote that nothing closes takes all that follows for its text, up to the next quote.
    let far = lines.get(here.saturating_sub(FAR)..lines.len().min(here + BEHIND)).unwrap_or_default();
    far.iter().rev().for_each(|line| quotes(*line, &mut edits));
    for at in near(2) {
        twice(&lines, at, &mut edits);
        if let Some(line) = lines.get(at) {
            words(*line, &mut edits);
        }
    }
    // A line in a column that few others have is the likelier one.
    let like = |at: usize| {
        let own = lines.get(at).map(|line| line.indent());
        lines.iter().filter(|line| !line.is_blank() && Some(line.indent()) == own).count()
    };
    let mut columns: Vec<usize> = near(BEFORE).filter(|at| at.abs_diff(here) <= 2 || like(*at) <= 2).collect();
    columns.sort_by_key(|at| (like(*at) > 2, lines.get(*at).is_some_and(|line| line.indent() % 2 == 0)));
    for at in columns {
        indentation(&lines, at, &mut edits);
    }
    near(BEHIND).for_each(|at| dash(&lines, at, &mut edits));
    unclosed(&lines, here, &mut edits);
    for line in near(BEHIND).filter_map(|at| lines.get(at)).filter(|line| !line.is_blank()) {
        brackets(*line, &mut edits);
    }
    edits
}

/// An alias without its anchor: one of the two was mistyped, or the anchor was lost.
fn anchors(lines: &[Line<'_>], here: usize, edits: &mut Vec<Edit>) {
    let Some(line) = lines.get(here) else { return };
    // Comments may speak of anchors.
    let bare: Vec<&str> = lines.iter().filter(|line| !line.is_blank()).map(|line| line.content()).collect();
    let text = &bare.join("\n");
    let name = |from: usize, text: &'_ str| -> usize {
        text.get(from..)
            .and_then(|rest| rest.find(|c: char| c.is_whitespace() || ",]}".contains(c)))
            .map_or(text.len(), |at| from + at)
    };
    for (at, _) in line.text.match_indices('*') {
        let alias = line.text.get(at + 1..name(at + 1, line.text)).unwrap_or_default();
        if alias.is_empty() || text.contains(&format!("&{alias}")) {
            continue;
        }
        for (anchor, _) in text.match_indices('&') {
            let known = text.get(anchor + 1..name(anchor + 1, text)).unwrap_or_default();
            edits.push(Edit {
                at: line.start + at + 1..line.start + at + 1 + alias.len(),
                instead: known.to_owned(),
                message: format!("`*{alias}` refers to no anchor `&{alias}` above it"),
                help: "an alias `*name` stands for what follows `&name` further up",
            });
        }
        // The key it is given to most likely has the value further up.
        let Some(key) = line.text.get(..at).and_then(|before| before.trim_end().rsplit([' ', '{', ',']).next()) else {
            continue;
        };
        for above in lines.get(..here).unwrap_or_default().iter().filter(|_| key.ends_with(':')) {
            if let Some(found) = above.text.find(key) {
                let value = above.start + found + key.len() + 1;
                edits.push(Edit {
                    at: value..value,
                    instead: format!("&{alias} "),
                    message: format!("the anchor `&{alias}` is missing, which `*{alias}` further down refers to"),
                    help: "an alias `*name` stands for what follows `&name` further up",
                });
            }
        }
    }
}

/// Quotes of word processors, and quotes that nothing closes or opens.
fn quotes(line: Line<'_>, edits: &mut Vec<Edit>) {
    let whole = line.start..line.start + line.text.len();
    if line.text.contains(TYPOGRAPHIC) {
        edits.push(Edit {
            at: whole,
            instead: line.text.replace(TYPOGRAPHIC, "\""),
            message: "typographic quotes are letters to YAML".to_owned(),
            help: "use the plain quotes of the keyboard: \"…\"",
        });
    }
    for quote in ['"', '\''] {
        if line.text.matches(quote).count() % 2 == 0 {
            continue;
        }
        let message = format!("a quote {quote} is opened or closed here, and its other half is missing");
        let mut insert = |at: usize| {
            edits.push(Edit {
                at: line.start + at..line.start + at,
                instead: quote.to_string(),
                message: message.clone(),
                help: "put quotes on both sides of the text",
            });
        };
        insert(line.content().len());
        line.text.match_indices([',', '}', ']']).for_each(|(at, _)| {
            let behind = line.text.get(..at).map_or(at, |before| before.trim_end().len());
            insert(behind);
        });
        line.text.match_indices(": ").for_each(|(at, _)| insert(at + 2));
    }
}

/// The key whose block stands deeper than its neighbours' does: it is in the wrong column itself.
fn column_of_parent(lines: &[Line<'_>], here: usize, edits: &mut Vec<Edit>) {
    let Some(line) = lines.get(here).filter(|line| !line.is_blank()) else { return };
    let (own, above) = (line.indent(), lines.get(..here).unwrap_or_default());
    let parent = above.iter().rposition(|line| !line.is_blank() && line.indent() < own);
    if let Some(at) = parent {
        moved(lines, at, own, edits);
    }
}

/// The same line in another column.
fn moved(lines: &[Line<'_>], at: usize, indent: usize, edits: &mut Vec<Edit>) {
    let Some(line) = lines.get(at).filter(|line| !line.text.contains('\t')) else { return };
    let (own, rest) = (line.indent(), line.text.trim_start());
    edits.push(Edit {
        at: line.start..line.start + own + first(rest).len(),
        instead: " ".repeat(indent) + first(rest),
        message: format!("this line is indented by {own} blanks, and its neighbours by {indent}"),
        help: "keys of one entry begin in one column",
    });
}

/// A comma that is missing where the next line goes on, or that became a bracket.
fn comma_at_end(line: Line<'_>, edits: &mut Vec<Edit>) {
    let content = line.content();
    let Some(last) = content.chars().next_back().filter(|last| !line.is_blank() && !",{[:".contains(*last)) else {
        return;
    };
    let end = line.start + content.len();
    let comma =
        |at: Range<usize>, message: &str, help| Edit { at, instead: ",".to_owned(), message: message.to_owned(), help };
    edits.push(comma(
        end..end,
        "a comma is missing at the end of this line",
        "between brackets, values are parted by commas",
    ));
    if matches!(last, '}' | ']') {
        let help = "each bracket is opened and closed";
        edits.push(comma(end - 1..end, &format!("this `{last}` has no counterpart"), help));
    }
}

/// A line that stands there twice, as after a paste.
fn twice(lines: &[Line<'_>], at: usize, edits: &mut Vec<Edit>) {
    let (Some(line), Some(next)) = (lines.get(at), lines.get(at + 1)) else { return };
    if !line.is_blank() && line.text == next.text {
        edits.push(Edit {
            at: line.start..next.start,
            instead: String::new(),
            message: "this line stands here twice".to_owned(),
            help: "take one of them out",
        });
    }
}

/// An entry of a list without its dash, or a dash where none belongs.
fn dash(lines: &[Line<'_>], at: usize, edits: &mut Vec<Edit>) {
    let Some(line) = lines.get(at).filter(|line| !line.is_blank()) else { return };
    let indent = line.indent();
    let body = line.text.trim_start();
    let start = line.start + indent;
    if let Some(rest) = body.strip_prefix("- ") {
        for instead in [" ".repeat(2), String::new()] {
            edits.push(Edit {
                at: start..start + body.len() - rest.len(),
                instead,
                message: "this dash begins another entry of the list".to_owned(),
                help: "take the dash out where the line belongs to what stands above it",
            });
        }
        return;
    }
    let listed = |line: &&Line<'_>| line.indent() == indent && line.text.trim_start().starts_with("- ");
    let near = lines.get(at.saturating_sub(BEFORE)..lines.len().min(at + BEHIND)).unwrap_or_default();
    if near.iter().any(|line| listed(&line)) {
        edits.push(Edit {
            at: start..start,
            instead: "- ".to_owned(),
            message: "a dash is missing in front of this entry of the list".to_owned(),
            help: "write `- value`",
        });
    }
}

/// The bracket that is open where reading stopped: it is closed before the next line that is not deeper than its own.
fn unclosed(lines: &[Line<'_>], here: usize, edits: &mut Vec<Edit>) {
    let mut open: Vec<(usize, char)> = Vec::new();
    for (at, line) in lines.iter().enumerate().take(here + 1).filter(|(_, line)| !line.is_blank()) {
        let mut quote = None;
        for c in line.content().chars() {
            match (quote, c) {
                (None, '"' | '\'') => quote = Some(c),
                (Some(q), _) if q == c => quote = None,
                (None, '{' | '[') => open.push((at, c)),
                (None, '}' | ']') => drop(open.pop()),
                _ => {}
            }
        }
    }
    for (from, bracket) in open.into_iter().rev().take(4) {
        let Some(indent) = lines.get(from).map(|line| line.indent()) else { continue };
        let inside = |line: &&Line<'_>| line.is_blank() || line.indent() > indent;
        let last = from + lines.get(from + 1..).map_or(0, |rest| rest.iter().take_while(inside).count());
        let Some(line) = (from..=last).rev().filter_map(|at| lines.get(at)).find(|line| !line.is_blank()) else {
            continue;
        };
        let content = line.content();
        let close = if bracket == '[' { "]" } else { " }" };
        for end in [content.trim_end_matches(',').len(), content.len()] {
            edits.push(Edit {
                at: line.start + end..line.start + end,
                instead: close.to_owned(),
                message: format!("a `{bracket}` is opened and not closed: `{}` is missing here", close.trim()),
                help: "each bracket is opened and closed",
            });
        }
    }
}

/// A line that begins too far to the left or to the right.
fn indentation(lines: &[Line<'_>], at: usize, edits: &mut Vec<Edit>) {
    let Some(line) = lines.get(at).filter(|line| !line.is_blank()) else { return };
    let own = line.indent();
    let filled = |line: &&Line<'_>| !line.is_blank();
    let before = lines.get(..at).and_then(|lines| lines.iter().rev().find(filled)).map(|line| line.indent());
    let behind = lines.get(at + 1..).and_then(|lines| lines.iter().find(filled)).map(|line| line.indent());
    let wanted_by: Vec<usize> = before.into_iter().chain(behind).collect();
    let mut wanted = wanted_by.clone();
    wanted.extend([own + 1, own.saturating_sub(1), own + 2, own.saturating_sub(2)]);
    wanted.extend(before.map(|indent| indent + 2));
    let tab = line.text.contains('\t');
    for indent in wanted.into_iter().filter(|indent| *indent != own || tab) {
        let rest = line.text.trim_start();
        edits.push(Edit {
            at: line.start..line.start + (line.text.len() - rest.len()).max(1).min(line.text.len()),
            instead: " ".repeat(indent) + if line.text.len() == rest.len() { first(rest) } else { "" },
            message: if tab {
                "a tab cannot indent YAML; use spaces".to_owned()
            } else if wanted_by.contains(&indent) {
                format!("this line is indented by {own} blanks, and its neighbours by {indent}")
            } else {
                format!("this line is indented by {own} blanks, which fits no line around it")
            },
            help: "keys of one entry begin in one column",
        });
    }
}

fn first(text: &str) -> &str {
    text.chars().next().and_then(|c| text.get(..c.len_utf8())).unwrap_or_default()
}

/// Colons, dashes and commas that are missing, and texts that need quotes.
fn words(line: Line<'_>, edits: &mut Vec<Edit>) {
    let content = line.content();
    let mut edit = |at: Range<usize>, instead: String, message: &str, help| {
        edits.push(Edit { at: line.start + at.start..line.start + at.end, instead, message: message.to_owned(), help });
    };
    let begin = content.len() - content.trim_start().len();
    let body = content.get(begin..).unwrap_or_default();
    let (dash, word) = body.strip_prefix("- ").map_or((0, body), |rest| (2, rest));
    let start = begin + dash;
    let length = word.find(|c: char| !(c.is_ascii_alphanumeric() || "_-".contains(c))).unwrap_or(word.len());
    match word.get(length..).and_then(|rest| rest.chars().next()) {
        Some(':') if word.get(length + 1..).is_some_and(|rest| !rest.is_empty() && !rest.starts_with(' ')) => {
            let at = start + length + 1;
            edit(at..at, " ".to_owned(), "a key's colon is followed by a blank", "write `key: value`");
        }
        Some(' ') => {
            let at = start + length;
            edit(at..at, ":".to_owned(), "a colon is missing behind the key", "write `key: value`");
        }
        None if length > 0 => {
            let at = start + length;
            edit(at..at, ":".to_owned(), "a colon is missing behind the key", "write `key:`");
        }
        _ => {}
    }
    if dash == 0 && body.starts_with('-') && body.len() > 1 {
        edit(begin + 1..begin + 1, " ".to_owned(), "the dash of a list is followed by a blank", "write `- value`");
    }
    // The value of the line's first key, where it holds what YAML would read as more than text.
    if let Some(at) = content.find(": ").filter(|_| !content.contains('"')) {
        let value = at + 2 + content.get(at + 2..).map_or(0, |rest| rest.len() - rest.trim_start().len());
        // An alias without its anchor is no text.
        if let Some(rest) = content.get(value..).filter(|rest| !rest.is_empty() && !rest.starts_with('*')) {
            let message = "this text holds what YAML reads as more than text";
            edit(value..content.len(), format!("\"{rest}\""), message, "put the text in quotes");
        }
    }
    // A key between brackets, with its colon or the blank behind it missing.
    let keys = content.match_indices(['{', ',']).map(|(at, _)| at + 1);
    for at in keys.filter(|_| content.contains('{')) {
        let rest = content.get(at..).unwrap_or_default();
        let start = at + rest.len() - rest.trim_start().len();
        let rest = rest.trim_start();
        let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "_-".contains(c))).unwrap_or(rest.len());
        let at = start + length;
        match rest.get(length..).unwrap_or_default() {
            behind if length > 0 && behind.starts_with(' ') => {
                edit(at..at, ":".to_owned(), "a colon is missing behind the key", "write `key: value`");
            }
            behind if length > 0 && behind.starts_with(':') && !behind.starts_with(": ") => {
                edit(at + 1..at + 1, " ".to_owned(), "a key's colon is followed by a blank", "write `key: value`");
            }
            _ => {}
        }
    }
    // A value between brackets, up to the next key or to the end of the brackets.
    let quoted = content.contains('"');
    for (at, _) in content.match_indices(": ").filter(|_| !quoted && content.contains('{')) {
        let rest = content.get(at + 2..).unwrap_or_default();
        let length = |end: &str| rest.find(end).unwrap_or(rest.len());
        for length in std::collections::BTreeSet::from([length(", "), length(" }"), length("}"), rest.len()]) {
            if let Some(value) = rest.get(..length).map(str::trim_end).filter(|value| !value.is_empty()) {
                let message = "this text holds what YAML reads as more than text";
                edit(at + 2..at + 2 + value.len(), format!("\"{value}\""), message, "put the text in quotes");
            }
        }
    }
    for (at, _) in content.match_indices(' ') {
        let next = content.get(at + 1..).unwrap_or_default();
        let length = next.find(|c: char| !(c.is_ascii_alphanumeric() || "_-".contains(c))).unwrap_or(next.len());
        let key = length > 0 && next.get(length..).is_some_and(|rest| rest.starts_with(": "));
        if at > 0 && key && content.get(..at).is_some_and(|before| !before.ends_with([',', '{', '[', ' ', '-'])) {
            edit(at..at, ",".to_owned(), "a comma is missing between two values", "write `{ one: 1, two: 2 }`");
        }
    }
    for double in [",,", ", ,", "::"] {
        if let Some(at) = content.find(double) {
            let one = double.get(..1).unwrap_or_default().to_owned();
            edit(at..at + double.len(), one, "this stands here twice", "take one of them out");
        }
    }
    for open in ["{ ", "["] {
        let behind_dash = (dash > 0).then_some(start);
        let behind_key = content.match_indices(": ").map(|(at, _)| at + 2);
        for at in behind_dash.into_iter().chain(behind_key) {
            edit(
                at..at,
                open.to_owned(),
                &format!("the opening `{}` is missing", open.trim()),
                "each bracket is opened and closed",
            );
        }
    }
}

/// Brackets that are not closed, or closed once too often.
fn brackets(line: Line<'_>, edits: &mut Vec<Edit>) {
    let content = line.content();
    let end = content.strip_suffix(',').unwrap_or(content).len();
    let commas = content.match_indices(',').map(|(at, _)| at);
    let inner =
        content.match_indices([']', '}']).map(|(at, _)| content.get(..at).map_or(at, |before| before.trim_end().len()));
    let mut places: Vec<usize> = [end, content.len()].into_iter().chain(commas).chain(inner).collect();
    let mut seen = std::collections::BTreeSet::new();
    places.retain(|at| seen.insert(*at));
    for close in ["]", " }"] {
        let open = if close == "]" { '[' } else { '{' };
        for at in &places {
            edits.push(Edit {
                at: line.start + at..line.start + at,
                instead: close.to_owned(),
                message: format!("a `{open}` is opened and not closed: `{}` is missing here", close.trim()),
                help: "each bracket is opened and closed",
            });
        }
    }
    for (at, bracket) in content.match_indices(['{', '}', '[', ']']) {
        edits.push(Edit {
            at: line.start + at..line.start + at + 1,
            instead: String::new(),
            message: format!("this `{bracket}` has no counterpart"),
            help: "each bracket is opened and closed",
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;
    use crate::source::yaml::parse;

    /// Line, from 1, and message of the guess; whole is what parses and has no key `stray`.
    fn guessed(text: &str) -> Option<(usize, String)> {
        let file = Sources::new().add("a.yaml", text);
        let broken = parse(file, text).problems;
        let stopped = broken.first().expect("nothing is wrong").span.range().start;
        let guess = guess(text, stopped, |text| {
            let document = parse(file, text);
            document.problems.is_empty() && document.root.is_some() && !text.contains("\"[") && !text.contains("\"{")
        })?;
        Some((text[..guess.at.start].matches('\n').count() + 1, guess.message))
    }

    #[test]
    fn a_lost_bracket_is_missed_where_it_was_lost() {
        let (line, message) = guessed("a:\n  b: [1, 2\n  c: [3]\n").unwrap();
        assert_eq!(line, 2);
        assert!(message.contains("`]` is missing"), "{message}");
        assert_eq!(guessed("a:\n  b: 1, 2]\n  c: { d: 1 }}\n").map(|(line, _)| line), Some(3));
    }

    #[test]
    fn wrong_columns_colons_and_quotes_are_told_on_their_line() {
        assert_eq!(guessed("a:\n  - b: 1\n    c: 2\n   d: 3\n").unwrap().0, 4);
        assert_eq!(guessed("a:\n  b: 1\n  c 2\n  d: 3\n").unwrap().0, 3);
        assert_eq!(guessed("a:\n  b: \"x\n  c: 2\n").unwrap().0, 2);
    }

    #[test]
    fn what_no_single_edit_mends_is_left_to_the_parser() {
        assert!(guessed(&"[".repeat(200)).is_none());
        assert!(guessed(&format!("a: [\n{}", "#\n".repeat(LARGEST))).is_none());
    }
}
