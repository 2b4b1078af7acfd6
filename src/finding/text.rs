//! The long text of each code: why it matters, an example wrong and right, the way out.
//!
//! One Markdown file per code, `codes/SN-204.md` beside this file, so that a text can be written and reviewed like any page.
//! In an example `…` stands for the rest of a line that does not matter.

use include_dir::{Dir, include_dir};

use super::Code;

static TEXTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/finding/codes");

/// What `samnet explain` says of a code beyond its title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Why it matters.
    pub why: &'static str,
    /// The file the example stands in.
    pub path: Option<&'static str>,
    /// What the example is written in: `yaml`, `text` or `sh`.
    pub language: &'static str,
    /// The mistake.
    pub wrong: &'static str,
    /// The same without it.
    pub right: &'static str,
    /// What to do.
    pub way_out: &'static str,
}

/// The whole text of a code as Markdown.
#[must_use]
pub fn markdown(code: Code) -> Option<&'static str> {
    TEXTS.get_file(format!("{code}.md"))?.contents_utf8()
}

/// The parts of a code's text; `None` where there is none, or a part is missing.
#[must_use]
pub fn explanation(code: Code) -> Option<Explanation> {
    let (why, rest) = markdown(code)?.split_once("\n## Wrong")?;
    let (heading, rest) = rest.split_once('\n')?;
    let (wrong, rest) = rest.split_once("\n## Right\n")?;
    let (right, way_out) = rest.split_once("\n## Way out\n")?;
    let (language, wrong) = fenced(wrong)?;
    let (_, right) = fenced(right)?;
    Some(Explanation {
        why: why.trim(),
        path: heading.strip_prefix(", in "),
        language,
        wrong,
        right,
        way_out: way_out.trim(),
    })
}

/// The language and the lines of a fenced block, which is all there is.
fn fenced(text: &str) -> Option<(&str, &str)> {
    let inner = text.trim().strip_prefix("```")?.strip_suffix("\n```")?;
    inner.split_once('\n')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::codes;

    #[test]
    fn every_code_has_a_text_with_an_example_and_a_way_out() {
        for entry in codes::ALL {
            let text = explanation(entry.code);
            let text = text.unwrap_or_else(|| panic!("src/finding/codes/{}.md is missing or lacks a part", entry.code));
            assert!(["yaml", "text", "sh"].contains(&text.language), "{}: {}", entry.code, text.language);
            for part in [text.why, text.wrong, text.right, text.way_out] {
                assert!(!part.is_empty() && !part.contains("```") && !part.contains("\n## "), "{}", entry.code);
            }
            assert_ne!(text.wrong, text.right, "{}", entry.code);
            assert!(text.why.ends_with('.') && text.way_out.ends_with(['.', ')', '`']), "{}", entry.code);
        }
    }

    #[test]
    fn no_text_is_of_a_code_that_does_not_exist() {
        for file in TEXTS.files() {
            let name = file.path().to_string_lossy();
            assert!(codes::ALL.iter().any(|entry| name == format!("{}.md", entry.code)), "{name}");
        }
    }
}
