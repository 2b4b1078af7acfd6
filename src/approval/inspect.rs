//! Whether the file of signers can be used, before somebody needs it.

use std::path::Path;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::SIGNERS;
use super::signers::{Signers, SignersError};
use crate::finding::{Finding, codes};
use crate::model::Change;
use crate::source::{FileId, Sources, Sp, Span};

/// Largest file that is read, in bytes; a thousand keys take a fifth of it.
const LARGEST: u64 = 1 << 20;

/// Reads the file that the change rules name, and says what is wrong with it. Times are judged on the day that is given.
pub fn inspect(root: &Path, change: &Change, as_of: Option<Date>, sources: &mut Sources) -> Option<Finding> {
    // Rules that name no file take the usual one.
    let most = || change.risk.values().chain([&change.signatures]).max_by_key(|count| count.value);
    let usual = || Some(Sp::new(SIGNERS.to_owned(), most().filter(|count| count.value > 0)?.span));
    let signers = &change.signers.clone().or_else(usual)?;
    // The built-in rules name a file that a project may not have yet.
    if signers.span == Span::default() || !root.join(sources.path(signers.span.file)).is_file() {
        return None;
    }
    let path = root.join(&signers.value);
    let cannot = |why: &str| {
        let message = format!("the file of signers {why}");
        let finding = Finding::error(codes::SIGNERS, message).at_saying(signers.span, "nobody could approve a plan");
        finding.help("one key a line, as ssh-keygen(1) says under ALLOWED SIGNERS; `samnet approve` reads it from here")
    };
    match std::fs::metadata(&path) {
        Ok(about) if !about.is_file() => return Some(cannot("is no regular file")),
        Ok(about) if about.len() > LARGEST => return Some(cannot("is larger than 1 MiB")),
        Ok(_) => {}
        // Rules that name none may come before it.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return change.signers.as_ref().map(|_| cannot("does not exist"));
        }
        Err(error) => return Some(cannot(&format!("cannot be read: {error}"))),
    }
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => return Some(cannot(&format!("cannot be read: {error}"))),
    };
    match Signers::parse(&text, &signers.value, &TimeZone::UTC) {
        Ok(known) => few(&known, change, as_of, || (sources.add(&signers.value, text.as_str()), text.as_str())),
        // Every key begins with the length of its type, which is these letters in Base64, behind the type itself.
        Err(_)
            if !text.lines().any(|line| {
                !line.trim_start().starts_with('#')
                    && ["AAAA", "ssh-", "ecdsa-", "PRIVATE KEY"].iter().any(|it| line.contains(it))
            }) =>
        {
            Some(cannot("holds no public key"))
        }
        Err(SignersError::Line { line, reason, .. }) => {
            let file = sources.add(&signers.value, text.as_str());
            let finding = Finding::error(codes::SIGNERS, format!("a line of the signers cannot be used: {reason}"));
            let finding = finding.at(whole(file, &text, line)).label(signers.span, "nobody could approve a plan");
            Some(finding.help("write NAME namespaces=\"samnet-plan\" and the whole line of the public key"))
        }
        Err(SignersError::File { .. }) => None,
    }
}

/// Signatures that are asked for, and that not as many people can give.
fn few<'t>(
    known: &Signers,
    change: &Change,
    as_of: Option<Date>,
    file: impl FnOnce() -> (FileId, &'t str),
) -> Option<Finding> {
    // Without a day nothing is over, and without anybody the project is not in use yet.
    let noon = as_of?.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).ok()?.timestamp();
    let (able, unable) = known.able(noon);
    let wanted = change.risk.iter().map(|(class, count)| (count, format!("changes of class `{class}` need")));
    let wanted = wanted.chain([(&change.signatures, "every plan needs".to_owned())]);
    let (count, what) = wanted.max_by_key(|(count, _)| count.value)?;
    let needed = usize::try_from(count.value).unwrap_or(usize::MAX);
    if able >= needed || able + unable.len() == 0 {
        return None;
    }
    let who = match able {
        0 => "nobody".to_owned(),
        1 => "one signer".to_owned(),
        more => format!("{more} signers"),
    };
    let more = if needed == 1 { "a signature" } else { &format!("{needed} signatures") };
    let finding = Finding::warning(codes::SIGNERS, format!("{what} {more}, and {who} can give one"));
    Some(if let Some((line, why)) = unable.first() {
        let (file, text) = file();
        let finding = finding.at_saying(whole(file, text, *line), why.clone()).label(count.span, "asked for here");
        finding
            .help("each signature takes a person and a key of their own; a key for other things as well says namespaces=\"git,samnet-plan\"")
    } else {
        let finding = finding.at(count.span);
        finding.help("add the key of somebody else to the file of signers; a key counts once, and so does a person")
    })
}

/// All of a line, which is counted from 1.
fn whole(file: FileId, text: &str, line: usize) -> Span {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let own = text.lines().nth(line.saturating_sub(1)).map_or(0, str::len);
    Span::new(file, before..before + own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sp;

    /// Code and line of what is said of a file of signers.
    fn said(text: Option<&str>) -> Option<(String, usize)> {
        let root = tempfile::tempdir().unwrap();
        let mut sources = Sources::new();
        let rules = sources.add("change.yaml", "change: { signers: signers }\n");
        std::fs::write(root.path().join("change.yaml"), "").unwrap();
        if let Some(text) = text {
            std::fs::write(root.path().join("signers"), text).unwrap();
        }
        let signers = Some(Sp::new("signers".to_owned(), Span::new(rules, 19..26)));
        let change = Change { signers, signatures: Sp::new(2, Span::new(rules, 10..17)), ..Change::default() };
        let finding = inspect(root.path(), &change, Some(jiff::civil::date(2026, 11, 20)), &mut sources)?;
        Some((finding.code.to_string(), sources.place(finding.span.unwrap()).line))
    }

    #[test]
    fn a_missing_file_is_told_where_it_is_named_and_a_broken_line_where_it_stands() {
        assert_eq!(said(None), Some(("SN-620".to_owned(), 1)));
        assert_eq!(said(Some("# nobody yet\n")), None);
        assert_eq!(said(Some("segments:\n  staff: {}\n")), Some(("SN-620".to_owned(), 1)));
        assert_eq!(said(Some("\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n")), Some(("SN-620".to_owned(), 2)));
        assert_eq!(said(Some("# one\n\nnatverk@amal ssh-ed25519 AAAAC3Nz\n")), Some(("SN-620".to_owned(), 3)));
    }

    const PUBLIC: [&str; 2] = [
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGYEb7SjMg4NiaUeOR40zHnIvN3sli4mGpmKaYyhazsb",
    ];

    #[test]
    fn as_many_can_sign_as_are_asked_for() {
        let [ida, mats] = PUBLIC;
        let two = |options: &str| format!("# two\nida@amal.example {ida}\nmats@mellerud.example {options} {mats}\n");
        for (text, line) in [
            (two("namespaces=\"samnet-plan\""), None),
            (two("valid-after=\"20260101\""), None),
            // One key or one person is one signature.
            (format!("ida@amal.example {ida}\n"), Some(1)),
            (format!("ida@amal.example {ida}\nmats@mellerud.example {ida}\n"), Some(2)),
            (format!("ida@amal.example {ida}\nida@amal.example {mats}\n"), Some(2)),
            // Behind a pattern may stand several.
            (format!("*@amal.example {ida}\n*@amal.example {mats}\n"), None),
            (two("namespaces=\"git\""), Some(3)),
            (two("valid-before=\"20251231\""), Some(3)),
            (two("valid-after=\"20270101\""), Some(3)),
        ] {
            let wanted = line.map(|line| ("SN-620".to_owned(), line));
            assert_eq!(said(Some(&text)), wanted, "{text}");
        }
    }
}
