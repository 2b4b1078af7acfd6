//! Regular expressions as OPA has them: RE2, where `\w`, `\d`, `\s` and `\b` are ASCII, under this program's evaluator.

use std::cell::RefCell;
use std::collections::BTreeMap;

use regex::{Regex, RegexBuilder};
use regorus::Value;

/// Most memory that one expression may take, in bytes; a worker has much more.
const LARGEST: usize = 16 << 20;
/// Expressions that are kept; rules have few.
const KEPT: usize = 64;

thread_local! {
    static KNOWN: RefCell<BTreeMap<String, Regex>> = const { RefCell::new(BTreeMap::new()) };
}

fn compiled(pattern: &Value) -> Result<Regex, String> {
    let pattern = super::builtins::text(Some(pattern))?;
    if let Some(known) = KNOWN.with_borrow(|known| known.get(pattern).cloned()) {
        return Ok(known);
    }
    let built = RegexBuilder::new(&translated(pattern)).size_limit(LARGEST).build();
    let built = built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => format!("`{pattern}` is beyond the size limit of {} MiB", LARGEST >> 20),
        _ => format!("`{pattern}` is no regular expression"),
    })?;
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(pattern.to_owned(), built.clone());
    });
    Ok(built)
}

/// What RE2 means by a pattern, in the words of the library here.
fn translated(pattern: &str) -> String {
    const CLASSES: [(char, &str); 3] = [('d', "0-9"), ('w', "0-9A-Za-z_"), ('s', r"\t\n\f\r ")];
    let mut out = String::new();
    let mut rest = pattern;
    // Whether it is between square brackets, and whether nothing stands there yet.
    let mut class = None;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        let first = class == Some(true);
        class = class.map(|_| false);
        rest = after;
        match c {
            '\\' => {
                let Some(letter) = after.chars().next() else {
                    out.push(c);
                    break;
                };
                rest = after.get(letter.len_utf8()..).unwrap_or_default();
                let known = CLASSES.iter().find(|(name, _)| *name == letter.to_ascii_lowercase());
                match (letter, known) {
                    ('Q', _) => {
                        let (literal, after) = rest.split_once("\\E").unwrap_or((rest, ""));
                        out += &regex::escape(literal);
                        rest = after;
                    }
                    ('b', _) if class.is_none() => out += r"(?-u:\b)",
                    (_, Some((_, all))) if letter.is_lowercase() && class.is_some() => out += all,
                    (_, Some((_, all))) if letter.is_lowercase() => out += &format!("[{all}]"),
                    (_, Some((_, all))) => out += &format!("[^{all}]"),
                    _ => {
                        out.push(c);
                        out.push(letter);
                    }
                }
            }
            '[' if class.is_none() => {
                out.push(c);
                class = Some(true);
                if let Some(after) = rest.strip_prefix('^') {
                    out.push('^');
                    rest = after;
                }
            }
            // `[:alpha:]` stays what it is; any other bracket is one, as are signs that this library reads more into.
            '[' if rest.starts_with(':') => match rest.split_once(":]") {
                Some((name, after)) => {
                    out += &format!("[{name}:]");
                    rest = after;
                }
                None => out += r"\[",
            },
            '[' => out += r"\[",
            '&' | '~' if class.is_some() => {
                out.push('\\');
                out.push(c);
            }
            ']' if first => out += r"\]",
            ']' => {
                class = None;
                out.push(c);
            }
            // Braces that count nothing are braces.
            '{' if class.is_none() && !is_count(rest) => out += r"\{",
            _ => out.push(c),
        }
    }
    out
}

/// Whether a repetition stands here, behind its brace.
fn is_count(rest: &str) -> bool {
    let Some((inside, _)) = rest.split_once('}') else { return false };
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    !least.is_empty() && digits(least) && digits(most)
}

fn list<'t>(texts: impl Iterator<Item = &'t str>) -> Value {
    Value::from(texts.map(Value::from).collect::<Vec<_>>())
}

/// How many are wanted; all where it is negative.
fn most(value: &Value) -> Result<usize, String> {
    let number = value.as_i64().map_err(|_| "a whole number is needed".to_owned())?;
    Ok(usize::try_from(number).unwrap_or(usize::MAX))
}

pub(super) fn matches(given: &[Value]) -> Result<Value, String> {
    let [pattern, text] = given else { return Err(String::new()) };
    Ok(Value::from(compiled(pattern)?.is_match(super::builtins::text(Some(text))?)))
}

pub(super) fn is_valid(given: &[Value]) -> Value {
    Value::from(given.first().is_some_and(|pattern| compiled(pattern).is_ok()))
}

pub(super) fn split(given: &[Value]) -> Result<Value, String> {
    let [pattern, text] = given else { return Err(String::new()) };
    Ok(list(compiled(pattern)?.split(super::builtins::text(Some(text))?)))
}

pub(super) fn replace(given: &[Value]) -> Result<Value, String> {
    let [text, pattern, new] = given else { return Err(String::new()) };
    let (text, new) = (super::builtins::text(Some(text))?, super::builtins::text(Some(new))?);
    Ok(Value::from(compiled(pattern)?.replace_all(text, new).as_ref()))
}

pub(super) fn find(given: &[Value]) -> Result<Value, String> {
    let [pattern, text, count] = given else { return Err(String::new()) };
    let found = compiled(pattern)?;
    let text = super::builtins::text(Some(text))?;
    Ok(list(found.find_iter(text).take(most(count)?).map(|found| found.as_str())))
}

pub(super) fn groups(given: &[Value]) -> Result<Value, String> {
    let [pattern, text, count] = given else { return Err(String::new()) };
    let found = compiled(pattern)?;
    let text = super::builtins::text(Some(text))?;
    let groups = |one: regex::Captures<'_>| list(one.iter().map(|group| group.map_or("", |group| group.as_str())));
    Ok(Value::from(found.captures_iter(text).take(most(count)?).map(groups).collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_re2() {
        for (pattern, text, expected) in [
            (r"^\w+$", "åäö", false),
            (r"^\w{1,63}$", "abc", true),
            (r"^\d+$", "٣", false),
            (r"\bö", "aö", true),
            (r"^\s$", "\u{a0}", false),
            (r"^[^\s]+$", "å", true),
            (r"^[\w.-]+$", "a-b", true),
            (r"^[\W]$", "å", true),
            (r"^\D\S\W$", "åäö", true),
            (r"^\pL+$", "å", true),
            (r"(?i)^å$", "Å", true),
            (r"^[\p{L}\p{N}_ -]{1,64}$", "å 1", true),
            (r"^[[:alpha:]]+$", "ab", true),
            (r"[[a]", "[", true),
            (r"[]a]", "]", true),
            (r"[a&&b]", "&", true),
            (r"[^]]", "]", false),
            (r"^a{,3}$", "a{,3}", true),
            (r"a{2", "a{2", true),
            (r"^a{2}$", "aa", true),
            (r"\Qa.b\E", "a.b", true),
            (r"\Qa.b\E", "axb", false),
        ] {
            assert_eq!(
                matches(&[Value::from(pattern), Value::from(text)]),
                Ok(Value::from(expected)),
                "{pattern} {text}"
            );
        }
        assert!(matches(&[Value::from("("), Value::from("")]).is_err());
        let given = |texts: &[&str]| texts.iter().map(|text| Value::from(*text)).collect::<Vec<_>>();
        assert_eq!(replace(&given(&["foo bar", r"(\w+) (\w+)", "$2 $1"])), Ok(Value::from("bar foo")));
        assert_eq!(split(&given(&[",", "a,b"])), Ok(list(["a", "b"].into_iter())));
        let all = [given(&["a.", "abac"]), vec![Value::from(-1)]].concat();
        assert_eq!(find(&all), Ok(list(["ab", "ac"].into_iter())));
        let all = [given(&["(a)(b)?", "aab"]), vec![Value::from(1)]].concat();
        assert_eq!(groups(&all), Ok(Value::from(vec![list(["a", "a", ""].into_iter())])));
    }
}
