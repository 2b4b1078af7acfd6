//! `samnet explain`: what a finding's code means, with an example and the way out.

use std::fmt::Write as _;
use std::io::Write as _;

use serde_json::{Value, json};

use super::{Context, Failure, Outcome};
use crate::finding::codes::{self, Entry};
use crate::finding::{Code, nearest, text};

/// Arguments as typed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  samnet explain SN-204              why it matters, an example wrong and right, the way out
  samnet explain 204                 the same
  samnet explain                     every code
  samnet explain --format json       every code with its text, for programs

Formats: human, json.")]
pub struct Args {
    /// A code as findings show it; without one, all are listed
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

/// Explains one code, or lists all.
///
/// # Errors
/// When there is no such code, or standard output cannot be written.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome, Failure> {
    let format = context.format(&["human", "json"])?;
    let asked = args.code.as_deref().map(find).transpose()?;
    match (format, asked) {
        ("json", Some(entry)) => writeln!(context.out, "{:#}", object(entry))?,
        ("json", None) => {
            let all: Vec<Value> = codes::ALL.iter().map(object).collect();
            writeln!(context.out, "{:#}", json!({ "version": 1, "codes": all }))?;
        }
        (_, Some(entry)) => write!(context.out, "{}", page(entry))?,
        (_, None) => write!(context.out, "{}", list())?,
    }
    Ok(Outcome::Done)
}

/// The code somebody typed, in whatever of its spellings.
fn find(typed: &str) -> Result<&'static Entry, Failure> {
    let upper = typed.trim().to_uppercase();
    let digits = upper.strip_prefix("SN").unwrap_or(&upper).trim_start_matches(['-', '_', ' ']);
    let number: Option<u16> = digits.parse().ok();
    if let Some(entry) = codes::ALL.iter().find(|entry| number == Some(entry.code.0)) {
        return Ok(entry);
    }
    let known: Vec<String> = codes::ALL.iter().map(|entry| entry.code.to_string()).collect();
    let wanted = number.map_or_else(|| upper.clone(), |number| Code(number).to_string());
    let near = nearest(&wanted, known.iter().map(String::as_str));
    let failure = Failure::usage(format!("there is no code `{}`", crate::source::yaml::short(typed)));
    Err(match near {
        Some(near) => failure.help(format!("did you mean {near}? `samnet explain` lists all")),
        None => failure.help("a code looks like SN-204; `samnet explain` lists all"),
    })
}

/// One code as a page to read.
fn page(entry: &Entry) -> String {
    let mut out = format!("{}: {}\n", entry.code, entry.title);
    let Some(text) = text::explanation(entry.code) else { return format!("{out}\n{}\n", entry.text) };
    let place = text.path.map_or_else(String::new, |path| format!(", in {path}"));
    let indented = |lines: &str| format!("    {}\n", lines.replace('\n', "\n    "));
    let (wrong, right) = (indented(text.wrong), indented(text.right));
    // Writing to a string cannot fail.
    let _written =
        write!(out, "\n{}\n\nWrong{place}:\n\n{wrong}\nRight:\n\n{right}\nWay out:\n\n{}\n", text.why, text.way_out);
    out
}

/// Every code with its title, by hundreds.
fn list() -> String {
    let mut out = String::new();
    let mut group = None;
    for entry in codes::ALL {
        let its = codes::group(entry.code);
        if group != Some(its) {
            let gap = if group.is_some() { "\n" } else { "" };
            let _written = writeln!(out, "{gap}{its}");
            group = Some(its);
        }
        let _written = writeln!(out, "  {}  {}", entry.code, entry.title);
    }
    out.push_str("\nsamnet explain CODE says why it matters, with an example and the way out\n");
    out
}

fn object(entry: &Entry) -> Value {
    let text = text::explanation(entry.code);
    json!({
        "code": entry.code.to_string(),
        "group": codes::group(entry.code),
        "title": entry.title,
        "summary": entry.text,
        "why": text.map(|text| text.why),
        "path": text.and_then(|text| text.path),
        "language": text.map(|text| text.language),
        "wrong": text.map(|text| text.wrong),
        "right": text.map(|text| text.right),
        "way_out": text.map(|text| text.way_out),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_known_however_it_is_typed() {
        for typed in ["SN-204", "sn-204", "sn204", "Sn 204", "204", " SN-204\n"] {
            assert_eq!(find(typed).unwrap().code, codes::VLAN_TWO_MEANINGS, "{typed:?}");
        }
        assert_eq!(find("sn-3").unwrap().code, codes::SYNTAX);
        for typed in ["", "SN-", "SN-299", "2O4", "99999999", "VLAN", "\u{1b}[31m"] {
            let failure = find(typed).unwrap_err();
            assert_eq!(failure.code(), 64, "{typed:?}");
            assert!(!failure.text().1.contains('\u{1b}'), "{typed:?}");
        }
        assert!(find("SN-2044").unwrap_err().text().2.unwrap().contains("did you mean SN-204?"));
    }

    #[test]
    fn the_list_has_every_code_once_below_its_group() {
        let list = list();
        for entry in codes::ALL {
            assert_eq!(list.matches(&format!("  {}  ", entry.code)).count(), 1, "{}", entry.code);
        }
        assert!(list.starts_with("files and YAML\n  SN-001"), "{list}");
    }
}
