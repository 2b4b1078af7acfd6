//! Findings: what is wrong, where, and what to do about it; collected, never printed here.

use unicode_normalization::UnicodeNormalization as _;

use crate::source::Span;
use crate::value::Text;

pub mod baseline;
pub mod codes;
pub mod fix;
mod near;
mod plain;
pub mod text;
mod veil;

pub use baseline::Baseline;
pub use fix::{Edit, Fix};
pub use near::nearest;
pub(crate) use near::{is_slip, surely};
pub use plain::plain;
pub use veil::Veil;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing has to be done.
    Note,
    /// Probably a mistake; the work goes on.
    Warning,
    /// Must be mended; the command ends with exit code 1.
    Error,
}

impl Severity {
    /// The lower-case word people and formats see.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A stable code of the form `SN-101`; never reused for another meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub u16);

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SN-{:03}", self.0)
    }
}

/// A second place that explains the first ("first used here").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where it points.
    pub span: Span,
    /// What to say there, a lower-case fragment.
    pub text: String,
}

/// What a finding says, for those who put findings together: messages are for people, and may be worded as is best for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// Nothing defines a name.
    Unknown {
        /// What it would be the name of (`VLAN`, `site`).
        kind: &'static str,
        /// The name.
        name: Text,
        /// How many places have it.
        places: usize,
    },
    /// Nothing defines any name of this kind, and several are named.
    Undefined(&'static str),
    /// Two of this kind (`VLANs`) have one name.
    Twice(&'static str),
    /// A name that breaks a rule, where this one near it would not.
    Legal(String),
    /// A site lacks a VLAN that something there needs.
    NotThere,
    /// A device lacks the port with this key.
    Port(Text),
    /// A device comes to the address of a gateway.
    Gateway,
    /// An access point stands where something else belongs.
    Misplaced,
    /// No template writes a device in this role.
    Untemplated,
    /// A controller that no access point is served by.
    ServesNone,
    /// Access points that no controller serves.
    Unserved,
    /// An address where devices are managed, which is not the one that was meant.
    OfDevices,
    /// A host name, as it would be.
    Host(String),
}

/// One diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The stable code.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence without a final full stop.
    pub message: String,
    /// The place at fault; `None` when no file is to blame.
    pub span: Option<Span>,
    /// What to say under the underlined text, a lower-case fragment; may be empty.
    pub here: Box<str>,
    /// Related places.
    pub labels: Vec<Label>,
    /// The way out.
    pub help: Option<Box<str>>,
    /// A safe change of the files that mends it.
    pub fix: Option<Box<Fix>>,
    /// What it says, where others of its code say something else; nobody is shown it.
    pub about: Option<Box<About>>,
    /// How many more things of its kind it holds for, beyond the one it points at.
    pub more: u32,
}

/// Characters of a message; whoever reads it has lost the beginning behind so many.
const LONGEST: usize = 1_000;

impl Finding {
    /// An error with a message and nothing else.
    #[must_use]
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, message)
    }

    /// A warning with a message and nothing else.
    #[must_use]
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, message)
    }

    /// A note with a message and nothing else.
    #[must_use]
    pub fn note(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Note, message)
    }

    fn new(code: Code, severity: Severity, message: impl Into<String>) -> Self {
        let mut message = message.into();
        // A value from a file may stand in it, however long that is.
        if let Some((end, _)) = message.char_indices().nth(LONGEST) {
            message.truncate(end);
            message.push('…');
        }
        let (here, labels) = (Box::default(), Vec::new());
        Self { code, severity, message, span: None, here, labels, help: None, fix: None, about: None, more: 0 }
    }

    /// Points at the place at fault.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    /// Points at the place at fault and says something there.
    #[must_use]
    pub fn at_saying(mut self, span: Span, here: impl Into<String>) -> Self {
        self.span = Some(span);
        self.here = here.into().into_boxed_str();
        self
    }

    /// Adds a related place.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Adds related places of which the same is said.
    #[must_use]
    pub fn labels(mut self, places: impl IntoIterator<Item = Span>, text: impl Into<String>) -> Self {
        let text = text.into();
        self.labels.extend(places.into_iter().map(|span| Label { span, text: text.clone() }));
        self
    }

    /// Adds the way out.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into().into_boxed_str());
        self
    }

    /// How findings are listed: by place, then code, then words.
    #[must_use]
    pub fn order(&self, other: &Self) -> std::cmp::Ordering {
        (self.span, self.code, &self.message).cmp(&(other.span, other.code, &other.message))
    }

    /// Says how many more things of its kind it holds for, so that one more of them is a new mistake.
    #[must_use]
    pub fn more(mut self, more: usize) -> Self {
        self.more = u32::try_from(more).unwrap_or(u32::MAX);
        self
    }

    /// Adds what it says, for those who put findings together.
    #[must_use]
    pub fn about(mut self, about: About) -> Self {
        self.about = Some(Box::new(about));
        self
    }

    /// Whether it says this.
    #[must_use]
    pub fn is_about(&self, about: &About) -> bool {
        self.about.as_deref() == Some(about)
    }

    /// The name of this kind that it says nothing defines.
    #[must_use]
    pub fn unknown(&self, of: &str) -> Option<&str> {
        match self.about.as_deref() {
            Some(About::Unknown { kind, name, .. }) if *kind == of => Some(name),
            _ => None,
        }
    }

    /// Adds a safe change that mends it, where there is one.
    #[must_use]
    pub fn fix(mut self, fix: Option<Fix>) -> Self {
        self.fix = fix.map(Box::new);
        self
    }

    /// Names the known word nearest to the one that stands at the finding's place, with a fix where it is
    /// surely meant; where none is near, the help is what `otherwise` says.
    #[must_use]
    pub fn meant<'c>(
        mut self,
        written: &str,
        known: impl IntoIterator<Item = &'c str>,
        otherwise: impl FnOnce() -> String,
    ) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        // A letter and its mark may be one character or two, and look alike.
        let alike = |other: &&&str| !written.is_ascii() && written.nfc().eq(other.nfc());
        if let Some(same) = known.iter().find(alike) {
            self.fix = self.span.and_then(|span| Fix::word(span, written, same)).map(Box::new);
            return self.help(format!("`{same}` has the same letters, composed in another way: write it anew"));
        }
        let Some(near) = nearest(written, known.iter().copied()) else { return self.help(otherwise()) };
        let sure = surely(written, known);
        self.fix = self.span.zip(sure).and_then(|(span, sure)| Fix::word(span, written, sure)).map(Box::new);
        self.help(format!("did you mean `{near}`?"))
    }

    /// Takes back the fix of [`Self::meant`] where nothing else says the word it writes: either may be the mistyped one.
    #[must_use]
    pub fn unless_idle(mut self, is_named: impl Fn(&str) -> bool) -> Self {
        let written = self.fix.as_ref().and_then(|fix| fix.edits.first()).map(|edit| edit.text.clone());
        if let Some(written) = written.filter(|written| !is_named(written)) {
            self.fix = None;
            self.help =
                Some(format!("did you mean `{written}`, which nothing else names? one of them is mistyped").into());
        }
        self
    }
}

/// Whether any finding is an error.
#[must_use]
pub fn any_error(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_look_alike_are_told_apart() {
        let written = "Hus A ka\u{308}llare";
        let span = Span::new(crate::source::FileId::default(), 0..written.len());
        let finding = Finding::error(codes::UNKNOWN_NAME, "no such room").at(span);
        let finding = finding.meant(written, ["Hus B", "Hus A källare"], String::new);
        assert!(finding.help.unwrap().contains("composed in another way"));
        assert_eq!(finding.fix.unwrap().edits[0].text, "Hus A källare");
    }

    #[test]
    fn a_message_ends_however_long_the_value_in_it_is() {
        let long = Finding::error(codes::ILLEGAL_VALUE, format!("`{}` is no room", "å".repeat(300_000)));
        assert_eq!(long.message.chars().count(), LONGEST + 1);
        assert!(long.message.ends_with("å…"));
        let short = Finding::error(codes::ILLEGAL_VALUE, "å".repeat(LONGEST));
        assert!(!short.message.ends_with('…'));
    }
}
