//! Fixes: byte-exact edits of source files that mend a finding and touch nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::{Finding, codes};
use crate::source::{FileId, Sources, Span, yaml};

/// One replacement in a source file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// The bytes to replace.
    pub span: Span,
    /// What stands there instead.
    pub text: String,
}

/// A change that mends a finding and is safe to make without a person looking at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, a lower-case fragment.
    pub title: String,
    /// The edits, all or none of which are made.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// Writes another word where `written` stands as a YAML scalar, keeping its quotes.
    ///
    /// `None` where the place does not hold just that word: a block scalar, an escape, a part of a longer
    /// word, or a new word that YAML would read as something else.
    #[must_use]
    pub fn word(span: Span, written: &str, instead: &str) -> Option<Self> {
        let range = inner(span, written)?;
        let quoted = range.start > span.range().start;
        // A text of letters and single blanks is one text, with or without quotes.
        let plain = instead.chars().all(|c| c.is_alphanumeric() || "-_./: ".contains(c))
            && instead.starts_with(char::is_alphanumeric)
            && !instead.ends_with([':', ' '])
            && !instead.contains("  ")
            && (quoted || !instead.contains(": "));
        plain.then(|| Self {
            title: format!("write `{instead}`"),
            edits: vec![Edit { span: Span::new(span.file, range), text: instead.to_owned() }],
        })
    }

    /// Takes the quotes away from a scalar that holds `written` and nothing else.
    #[must_use]
    pub fn unquote(span: Span, written: &str) -> Option<Self> {
        let quoted = inner(span, written)?.start > span.range().start;
        quoted.then(|| Self {
            title: format!("write `{written}` without quotes"),
            edits: vec![Edit { span, text: written.to_owned() }],
        })
    }

    /// Puts quotes around a scalar that stands without any, so that it is a text.
    #[must_use]
    pub fn quote(span: Span, written: &str) -> Option<Self> {
        let bare = inner(span, written)? == span.range();
        bare.then(|| Self {
            title: format!("write `\"{written}\"`"),
            edits: vec![Edit { span, text: format!("\"{written}\"") }],
        })
    }
}

/// Where a scalar's text stands within its span: all of it, or all but two quotes. What is longer than
/// that was written in another way than it reads, and is left alone.
fn inner(span: Span, written: &str) -> Option<Range<usize>> {
    let Range { start, end } = span.range();
    match end.checked_sub(start)?.checked_sub(written.len())? {
        0 => Some(start..end),
        2 => Some(start + 1..end - 1),
        _ => None,
    }
}

/// The fixes that can be made together: each one whole, and none touching what another one changes.
///
/// Two fixes that say the same (one mistake told twice) are made once; of two that differ, the first is.
#[must_use]
pub fn compatible<'f>(fixes: impl IntoIterator<Item = &'f Fix>) -> Vec<&'f Fix> {
    // Ends of what is changed, by where it begins; none of them touch each other.
    let mut taken: BTreeMap<(FileId, u32), u32> = BTreeMap::new();
    let mut chosen: Vec<&Fix> = Vec::new();
    for fix in fixes {
        let clashes = |edit: &Edit| {
            let Span { file, start, end } = edit.span;
            let before = taken.range(..(file, start)).next_back();
            let behind = taken.range((file, start)..).next();
            before.is_some_and(|((other, _), end)| *other == file && *end > start)
                || behind.is_some_and(|((other, at), _)| *other == file && (*at < end || *at == start))
        };
        if fix.edits.is_empty() || fix.edits.iter().any(clashes) {
            continue;
        }
        taken.extend(fix.edits.iter().map(|edit| ((edit.span.file, edit.span.start), edit.span.end)));
        chosen.push(fix);
    }
    chosen
}

/// Fixes by the file that the first edit of each is in.
fn by_file<'f>(fixes: impl IntoIterator<Item = &'f Fix>) -> BTreeMap<Option<FileId>, Vec<&'f Fix>> {
    let mut files: BTreeMap<Option<FileId>, Vec<&Fix>> = BTreeMap::new();
    for fix in fixes {
        files.entry(fix.edits.first().map(|edit| edit.span.file)).or_default().push(fix);
    }
    files
}

/// Fixes of a file that are tried one by one where all of them together break it.
const MOST: usize = 64;

/// The fixes that can be made together, and after which every file can be read as well as before.
#[must_use]
pub fn sound<'f>(sources: &Sources, fixes: impl IntoIterator<Item = &'f Fix>) -> Vec<&'f Fix> {
    let mut all = Vec::new();
    for (_, fixes) in by_file(compatible(fixes)) {
        if keeps_whole(sources, &fixes) {
            all.extend(fixes);
            continue;
        }
        // Each may be sound, and two of them write one key twice.
        let mut sound: Vec<&Fix> = Vec::new();
        for fix in fixes.into_iter().take(MOST) {
            sound.push(fix);
            if !keeps_whole(sources, &sound) {
                sound.pop();
            }
        }
        all.extend(sound);
    }
    all
}

/// Whether every file can be read after some fixes as well as before them.
#[must_use]
pub fn keeps_whole(sources: &Sources, fixes: &[&Fix]) -> bool {
    let mut edits: BTreeMap<FileId, Vec<(Range<usize>, &str)>> = BTreeMap::new();
    for edit in fixes.iter().flat_map(|fix| &fix.edits) {
        edits.entry(edit.span.file).or_default().push((edit.span.range(), &edit.text));
    }
    edits.into_iter().all(|(file, edits)| {
        let text = sources.text(file);
        let problems = |text: &str| yaml::parse(file, text).problems.len();
        splice(text, edits).is_some_and(|after| problems(&after) <= problems(text))
    })
}

/// Takes back the fixes after which a file could not be read, and those that would give a value of one kind to places of
/// another: behind the name of an anchor (`&name`), which aliases refer to.
pub fn keep_safe(sources: &Sources, findings: &mut [Finding]) {
    let named = |edit: &Edit| {
        let before = sources.text(edit.span.file).get(..edit.span.start as usize).unwrap_or_default();
        let word = before.trim_end_matches(['"', '\'']).trim_end().rsplit([' ', '\n', '[', '{', ',']).next();
        word.is_some_and(|word| word.starts_with('&'))
    };
    for finding in findings.iter_mut().filter(|finding| finding.code == codes::WRONG_TYPE) {
        if finding.fix.as_ref().is_some_and(|fix| fix.edits.iter().any(named)) {
            finding.fix = None;
        }
    }
    let mut broken: BTreeSet<*const Fix> = BTreeSet::new();
    for (_, fixes) in by_file(findings.iter().filter_map(|finding| finding.fix.as_deref())) {
        // Where all of them together leave the file whole, so does each.
        let together = compatible(fixes.iter().copied());
        let whole = keeps_whole(sources, &together);
        let tried: BTreeSet<*const Fix> = together.into_iter().filter(|_| whole).map(std::ptr::from_ref).collect();
        let alone = fixes.into_iter().filter(|fix| !tried.contains(&std::ptr::from_ref(*fix)));
        let odd = alone.enumerate().filter(|(at, fix)| *at >= MOST || !keeps_whole(sources, &[*fix]));
        broken.extend(odd.map(|(_, fix)| std::ptr::from_ref(fix)));
    }
    for finding in findings.iter_mut() {
        if finding.fix.as_deref().is_some_and(|fix| broken.contains(&std::ptr::from_ref(fix))) {
            finding.fix = None;
        }
    }
}

/// A text with some byte ranges replaced; all else stays byte for byte.
///
/// `None` where ranges overlap or do not lie on whole characters of the text.
#[must_use]
pub fn splice<'e>(text: &str, edits: impl IntoIterator<Item = (Range<usize>, &'e str)>) -> Option<String> {
    let mut edits: Vec<_> = edits.into_iter().collect();
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (range, instead) in edits {
        out.push_str(text.get(done..range.start)?);
        // Also checks that what goes is there, and whole.
        text.get(range.clone())?;
        out.push_str(instead);
        done = range.end;
    }
    out.push_str(text.get(done..)?);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    fn at(range: Range<usize>) -> Span {
        Span::new(FileId::default(), range)
    }

    fn fix(range: Range<usize>, text: &str) -> Fix {
        Fix { title: "t".into(), edits: vec![Edit { span: at(range), text: text.into() }] }
    }

    #[test]
    fn a_word_keeps_its_quotes_and_anything_longer_is_left_alone() {
        let text = |fix: Option<Fix>| fix.map(|fix| (fix.edits[0].span.range(), fix.edits[0].text.clone()));
        assert_eq!(text(Fix::word(at(4..8), "gest", "guest")), Some((4..8, "guest".into())));
        assert_eq!(text(Fix::word(at(4..10), "gest", "guest")), Some((5..9, "guest".into())));
        assert_eq!(text(Fix::word(at(4..11), "gest", "guest")), None);
        assert_eq!(text(Fix::word(at(4..6), "gest", "guest")), None);
        assert_eq!(text(Fix::word(at(4..8), "hall", "Hus Ä")), Some((4..8, "Hus Ä".into())));
        for odd in ["", "a ", "a: b", "- x", "x:", "# x", "[x"] {
            assert_eq!(Fix::word(at(4..8), "gest", odd), None, "{odd:?}");
        }
        assert_eq!(text(Fix::unquote(at(4..8), "50")), Some((4..8, "50".into())));
        assert_eq!(text(Fix::unquote(at(4..6), "50")), None);
    }

    #[test]
    fn splicing_changes_only_its_ranges() {
        let text = "a: Åmål # ö\r\nb: 2\n";
        assert_eq!(splice(text, [(19..20, "3"), (3..9, "ål")]).as_deref(), Some("a: ål # ö\r\nb: 3\n"));
        assert_eq!(splice(text, [(3..8, "x"), (5..9, "y")]), None, "overlap");
        assert_eq!(splice(text, [(4..5, "x")]), None, "half a letter");
        assert_eq!(splice(text, [(90..91, "x")]), None, "beyond the end");
        assert_eq!(splice(text, []).as_deref(), Some(text));
    }

    #[test]
    fn fixes_that_touch_each_other_are_not_made_together() {
        let (first, second, third) = (fix(0..4, "x"), fix(3..6, "y"), fix(6..7, "z"));
        assert_eq!(compatible([&first, &second, &third, &first]), [&first, &third]);
        let (one, other) = (fix(5..5, "x"), fix(5..5, "y"));
        assert_eq!(compatible([&one, &other]), [&one]);
    }
}
