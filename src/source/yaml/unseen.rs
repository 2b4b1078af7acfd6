//! Characters that nobody sees: blanks that are no spaces, marks without width, and marks that turn the direction of
//! writing (Unicode's `Bidi_Control`; CVE-2021-42574 is what they do to a review). They come from web pages, word
//! processors and chats, and are letters to YAML.

use std::borrow::Cow;
use std::ops::Range;

/// Most that are told of one text; whoever has more has one mistake.
const MOST: usize = 200;
/// Characters that are looked at to see what follows.
const FAR: usize = 64;

/// One such character, or several of a kind side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unseen {
    /// Its bytes.
    pub(super) at: Range<usize>,
    /// The first of them.
    pub(super) what: char,
    /// Whether only blanks stand before it in its line, so that it decides what the line belongs to.
    pub(super) leads: bool,
    /// Whether a space there says the same: it stands between values and not within one.
    pub(super) is_space: bool,
}

/// Whether a character looks like a space and is none.
pub(super) const fn is_blank(c: char) -> bool {
    matches!(c, '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

/// Whether a character turns the direction of writing.
pub(super) const fn is_turn(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a character has no width, or ends a line to some programs alone.
const fn is_bare(c: char) -> bool {
    is_turn(c) || is_joiner(c) || matches!(c, '\u{ad}' | '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}' | '\u{feff}')
}

/// Whether a character joins or parts its neighbours, as some scripts and pictures need it.
const fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// The characters of a text that nobody sees, where they do harm: not in comments, unless they turn them round, and not where
/// a blank that is no space stands between the words of a text.
pub(super) fn find(text: &str) -> Vec<Unseen> {
    let mut found: Vec<Unseen> = Vec::new();
    // All of them begin with one of these bytes, and å, ä and ö with another.
    let asks = |byte: u8| matches!(byte, 0xc2 | 0xd8 | 0xe1 | 0xe2 | 0xe3 | 0xef);
    if text.as_bytes().chunks(64).all(|block| !block.iter().fold(false, |any, byte| any | asks(*byte))) {
        return found;
    }
    let mut line = Line::default();
    for (at, c) in text.char_indices() {
        if found.len() >= MOST {
            break;
        }
        let behind = text.get(at + c.len_utf8()..).unwrap_or_default();
        let is_mark = at == 0 && c == '\u{feff}';
        if !is_mark && line.hides(c, behind) {
            let end = at + c.len_utf8();
            match found.last_mut() {
                Some(last) if last.at.end == at && is_blank(last.what) == is_blank(c) => last.at.end = end,
                _ => {
                    let (leads, is_space) =
                        (line.before == '\n' && !line.dash, line.quote.is_none() && line.is_border(behind));
                    found.push(Unseen { at: at..end, what: c, leads, is_space: is_space || is_blank(c) });
                }
            }
        }
        if !is_mark {
            line.take(c);
        }
    }
    found
}

/// What stands before a place in its line.
struct Line {
    /// The last character that is no blank and can be seen; the end of the line before, where there is none.
    before: char,
    /// The character right before.
    last: char,
    /// The quote that was opened.
    quote: Option<char>,
    is_comment: bool,
    /// Brackets that were opened and not closed, also in lines before.
    depth: usize,
    /// Whether the dash of a list stands before.
    dash: bool,
    /// Whether the next character is an escaped one.
    escapes: bool,
    /// Spaces in front of the line.
    indent: usize,
    /// The seen character before `before`.
    earlier: char,
    /// The indentation of the line that a text of several lines stands below (`|`, `>`).
    block: Option<usize>,
}

impl Default for Line {
    fn default() -> Self {
        Self {
            before: '\n',
            last: '\n',
            quote: None,
            is_comment: false,
            depth: 0,
            dash: false,
            escapes: false,
            indent: 0,
            earlier: '\n',
            block: None,
        }
    }
}

impl Line {
    /// Whether a character does harm here.
    fn hides(&self, c: char, behind: &str) -> bool {
        if is_turn(c) {
            return true;
        }
        if self.is_comment {
            return false;
        }
        if is_joiner(c) {
            let is_latin = |c: char| c < '\u{250}';
            return is_latin(self.before) && behind.chars().next().is_none_or(is_latin);
        }
        is_bare(c) || (is_blank(c) && !self.is_in_block() && self.is_border(behind))
    }

    /// Whether a value or key begins or ends here.
    fn is_border(&self, behind: &str) -> bool {
        let next = behind.chars().take(FAR).find(|c| *c != ' ' && !is_blank(*c)).unwrap_or('\n');
        if let Some(quote) = self.quote {
            return self.before == quote || next == quote;
        }
        let begins = match self.before {
            '\n' | ':' | '[' | '{' => true,
            ',' => self.depth > 0,
            _ => false,
        };
        begins || matches!(next, '\n' | '\r' | ':') || (self.depth > 0 && matches!(next, ',' | ']' | '}'))
    }

    /// Whether the line is one of a text of several lines.
    fn is_in_block(&self) -> bool {
        self.block.is_some_and(|indent| self.indent > indent)
    }

    fn take(&mut self, c: char) {
        let depth = self.depth;
        let escaped = std::mem::take(&mut self.escapes);
        match (c, self.quote) {
            ('\n', _) => {
                let mark = if matches!(self.before, '-' | '+') { self.earlier } else { self.before };
                let opens = matches!(mark, '|' | '>') && self.quote.is_none() && depth == 0 && !self.is_in_block();
                // A line without anything in it ends no such text.
                let stays = self.is_in_block() || self.before == '\n';
                let block = if opens { Some(self.indent) } else { self.block.filter(|_| stays) };
                *self = Self { depth, block, ..Self::default() };
            }
            (' ', _) if self.before == '\n' && !self.dash => self.indent += 1,
            _ if self.is_in_block() || self.is_comment => {}
            ('\\', Some('"')) if !escaped => self.escapes = true,
            (c, Some(quote)) if c == quote && !escaped => self.quote = None,
            ('#', None) => self.is_comment = matches!(self.last, '\n' | ' ' | '\t'),
            ('"' | '\'', None) if matches!(self.before, '\n' | ':' | ',' | '[' | '{' | '-') => self.quote = Some(c),
            ('[' | '{', None) => self.depth += 1,
            (']' | '}', None) => self.depth = depth.saturating_sub(1),
            // What stands in quotes is a text.
            _ => {}
        }
        // The dash of a list is as good as the beginning of a line.
        if c == '-' && self.before == '\n' {
            self.dash = true;
        } else if c != ' ' && c != '\n' && !is_blank(c) && !is_bare(c) {
            self.earlier = self.before;
            self.before = c;
        }
        self.last = c;
    }
}

/// The text with spaces in place of what stands between values, every byte after them in its place.
pub(super) fn spaced<'t>(text: &'t str, unseen: &[Unseen]) -> Cow<'t, str> {
    let mut spaced = Cow::Borrowed(text);
    for one in unseen.iter().filter(|one| one.is_space) {
        spaced.to_mut().replace_range(one.at.clone(), &" ".repeat(one.at.len()));
    }
    spaced
}

/// A value without what has no width.
pub(super) fn seen(text: &str) -> String {
    text.chars().filter(|c| !is_bare(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_harm_is_found() {
        let found =
            |text: &str| -> Vec<(usize, char)> { find(text).iter().map(|one| (one.at.start, one.what)).collect() };
        assert_eq!(found("a: { \u{a0}b: c, d:\u{a0}e,\u{a0}f: g\u{a0}}\n").len(), 4);
        assert_eq!(found("- \u{a0}Plan 1\u{a0}\n").len(), 2);
        assert_eq!(found("a: sta\u{ad}ff\n"), [(6, '\u{ad}')]);
        assert_eq!(found("a: \"\u{200b}x\"\n# \u{202e}x\n"), [(4, '\u{200b}'), (12, '\u{202e}')]);
        assert_eq!(found("\u{a0}\u{a0}a: 1\n"), [(0, '\u{a0}')]);
        assert_eq!(found("a: \"C:\\\\\"\u{a0}\n"), [(9, '\u{a0}')], "the quote ends");
        assert_eq!(found(&format!("a:{}b\n", "\u{a0}".repeat(1_000_000))).len(), 1);
        assert_eq!(found("b:\n\u{a0}\u{a0}a: 1\n"), [(3, '\u{a0}')]);
        assert!(find("b:\n\u{a0}\u{a0}a: 1\n")[0].leads);
        assert_eq!(found("a: te\u{200d}xt\n"), [(5, '\u{200d}')]);
    }

    #[test]
    fn what_does_none_is_left() {
        for text in [
            "\u{feff}a: två\u{a0}ord, och\u{a0}tre\n",
            "a: \"Vid dörren,\u{a0}rum 3\" # och:\u{a0}mer\n",
            "a: { b: \"Vid dörren,\u{a0}rum 3\" }\n",
            "title: 👩\u{200d}🚒\n",
            "a: it's 10\u{a0}kbit\n",
            "a: € 10 … – ”x”\n",
            "a: Sal\u{a0}#4\n",
            "a: |\n  Kontakt:\u{a0}08-1\n\n  \u{a0}x [\nb: Vid dörren,\u{a0}rum 3\n",
        ] {
            assert_eq!(find(text), [], "{text:?}");
        }
    }
}
