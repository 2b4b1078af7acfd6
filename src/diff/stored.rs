//! Secrets as devices store them: whether a stored form holds a given clear text.
//!
//! Hashes differ from device to device and from day to day (random salt), so they are compared by
//! verifying, never as text. What only the device can open is known by the record of what was sent last.

use subtle::ConstantTimeEq as _;

use crate::config::release_words;
use crate::platform::rules::{Rules, SecretKind};
use crate::secret::Sealed;
use crate::value::Text;

mod hash;

/// A line cut at its secrets.
struct Cut<'l> {
    /// What stands before, between and after them.
    around: Vec<&'l str>,
    secrets: Vec<Stored<'l>>,
}

/// One secret of a line.
struct Stored<'l> {
    storage: Option<&'l str>,
    secret: &'l str,
    kind: SecretKind,
    fresh: bool,
}

/// What a stored form says.
enum Form {
    /// The secret itself.
    Clear(String),
    /// Something that can be tried with a clear text, and how.
    Hash(&'static str),
    /// Something only the device can open.
    Opaque,
}

impl Stored<'_> {
    fn form(&self) -> Form {
        let secret = self.secret;
        let clear = || Form::Clear(release_words(secret));
        match self.kind {
            SecretKind::Plain => clear(),
            SecretKind::Worded => match self.storage {
                None | Some("plaintext") => Form::Clear(secret.trim_matches('"').to_owned()),
                Some(word) => hash::worded(word).map_or(Form::Opaque, Form::Hash),
            },
            SecretKind::Numbered => match self.storage {
                None | Some("0") => clear(),
                Some("7") => hash::reveal_type7(secret).map_or(Form::Opaque, Form::Clear),
                Some(number) => hash::numbered(number, secret).map_or(Form::Opaque, Form::Hash),
            },
            SecretKind::Marked => match hash::marked(secret) {
                Some("reversible") => hash::reveal_shifted(secret).map_or(Form::Opaque, Form::Clear),
                Some("sealed") => Form::Opaque,
                Some(storage) => Form::Hash(storage),
                None => clear(),
            },
            SecretKind::Sealed => match self.storage {
                None | Some("plaintext" | "cleartext" | "0") => clear(),
                Some(_) => hash::tried(secret).map_or(Form::Opaque, Form::Hash),
            },
        }
    }

    /// Whether both are the same secret; `known` says whether a sealed form is what the device made of a text.
    fn is_same(&self, other: &Self, known: impl Fn(&Self, &str) -> bool) -> bool {
        if self.kind != other.kind {
            return false;
        }
        if self.storage == other.storage && self.secret == other.secret {
            return true;
        }
        match (self.form(), other.form()) {
            (Form::Clear(one), Form::Clear(two)) => one.as_bytes().ct_eq(two.as_bytes()).into(),
            (Form::Hash(storage), Form::Clear(clear)) => hash::verify(storage, self.secret, &clear),
            (Form::Clear(clear), Form::Hash(storage)) => hash::verify(storage, other.secret, &clear),
            (Form::Opaque, Form::Clear(clear)) => known(self, &clear),
            (Form::Clear(clear), Form::Opaque) => known(other, &clear),
            (Form::Opaque, Form::Opaque) => self.fresh && other.fresh,
            // Two hashes of unknown text: only the text could tell.
            (Form::Hash(_), _) | (_, Form::Hash(_)) => false,
        }
    }
}

impl Cut<'_> {
    /// Where one of the secrets stands: the sections, the line without its secrets, and which of them it is.
    fn place(&self, path: &[Text], at: usize) -> String {
        format!("{}\n{}\n{at}", path.join("\n"), self.around.join("\n"))
    }
}

/// Whether two lines of one section differ in the stored form of their secrets only.
pub(crate) fn same_line(rules: &Rules, sealed: Option<&Sealed>, path: &[Text], running: &str, intended: &str) -> bool {
    let Some(have) = cut(rules, Some(path), running) else { return false };
    let Some(want) = cut(rules, Some(path), intended).filter(|want| want.around == have.around) else { return false };
    let same = |(at, (one, other)): (usize, (&Stored<'_>, &Stored<'_>))| {
        let known = |opaque: &Stored<'_>, clear: &str| {
            let shown = (!opaque.fresh).then_some(opaque.secret);
            sealed.is_some_and(|sealed| sealed.holds(&have.place(path, at), shown, clear))
        };
        one.is_same(other, known)
    };
    have.secrets.iter().zip(&want.secrets).enumerate().all(same)
}

/// A secret that stands sealed on a device, or clear in what is intended.
pub(crate) struct Spot {
    /// The line without its secret, with its sections.
    pub(crate) place: String,
    /// What stands there.
    pub(crate) text: String,
    /// Whether only the device can open it.
    pub(crate) sealed: bool,
}

/// The secrets of a line that only the device can open, and those that stand in the clear.
pub(crate) fn spots(rules: &Rules, path: &[Text], line: &str) -> Vec<Spot> {
    let Some(cut) = cut(rules, Some(path), line) else { return Vec::new() };
    let spot = |(at, stored): (usize, &Stored<'_>)| {
        let (text, sealed) = match stored.form() {
            Form::Clear(text) => (text, false),
            Form::Opaque => (stored.secret.to_owned(), true),
            Form::Hash(_) => return None,
        };
        Some(Spot { place: cut.place(path, at), text, sealed })
    };
    cut.secrets.iter().enumerate().filter_map(spot).collect()
}

/// The line with its secrets replaced by `⟪secret⟫`, for people; `path` are its sections, where they are known.
pub(crate) fn masked(rules: &Rules, path: Option<&[Text]>, line: &str) -> String {
    cut(rules, path, line).map_or_else(|| line.to_owned(), |cut| cut.around.join("⟪secret⟫"))
}

/// Cuts a line at its secrets; where two positions overlap, the one that was named first counts.
fn cut<'l>(rules: &Rules, path: Option<&[Text]>, line: &'l str) -> Option<Cut<'l>> {
    let mut found: Vec<(std::ops::Range<usize>, Stored<'l>)> = Vec::new();
    for position in &rules.secrets {
        // Asking whether costs much less than asking where.
        if !position.pattern.is_match(line) {
            continue;
        }
        if !position.below.is_empty() {
            let above: Option<Vec<&str>> = path.map(|path| path.iter().map(Text::as_str).collect());
            if !position.counts(above.as_deref()) {
                continue;
            }
        }
        for captures in position.pattern.captures_iter(line) {
            let Some(secret) = captures.name("secret") else { continue };
            let storage = captures.name("type");
            let start = storage.map_or(secret.start(), |storage| storage.start().min(secret.start()));
            let range = start..secret.end();
            if !found.iter().any(|(other, _)| other.start < range.end && range.start < other.end) {
                let storage = storage.map(|storage| storage.as_str());
                let stored = Stored { storage, secret: secret.as_str(), kind: position.kind, fresh: position.fresh };
                found.push((range, stored));
            }
        }
    }
    if found.is_empty() {
        return None;
    }
    found.sort_by_key(|(range, _)| range.start);
    let mut cut = Cut { around: Vec::new(), secrets: Vec::new() };
    let mut at = 0;
    for (range, stored) in found {
        cut.around.push(line.get(at..range.start)?);
        cut.secrets.push(stored);
        at = range.end;
    }
    cut.around.push(line.get(at..)?);
    Some(cut)
}
