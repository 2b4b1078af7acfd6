//! `sprintf` as OPA has it: Go's `fmt` over texts, whole numbers, fractions and truth values.
//!
//! Whatever else is given is written as Rego and counts as a text. A verb that does not fit says so in its place,
//! as in Go: `%!d(string=x)`.

use regorus::Value;

/// Powers of ten from which a fraction that is written as short as it can be has an exponent.
const SHORT: i32 = 6;
/// Largest width, as in Go.
const WIDEST: usize = 1_000_000;
/// Largest precision: Rust's formatting takes sixteen bits.
const FINEST: usize = 65_535;

/// One argument.
enum Given {
    Text(String),
    /// Whether it is negative, and its size.
    Whole(bool, u128),
    /// Beyond 128 bits, in decimal.
    Huge(String),
    Fraction(f64),
    Truth(bool),
}

impl Given {
    fn new(value: &Value) -> Self {
        match value {
            Value::String(text) => Self::Text(text.to_string()),
            Value::Bool(truth) => Self::Truth(*truth),
            Value::Number(number) if number.is_integer() => {
                let text = number.format_decimal();
                let (negative, digits) = text.strip_prefix('-').map_or((false, text.as_str()), |rest| (true, rest));
                digits.parse().map_or_else(|_| Self::Huge(text.clone()), |size| Self::Whole(negative, size))
            }
            Value::Number(number) => {
                number.as_f64().map_or_else(|| Self::Huge(number.format_decimal()), Self::Fraction)
            }
            other => Self::Text(shown(other)),
        }
    }

    const fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "string",
            Self::Whole(..) => "int",
            Self::Huge(_) => "*big.Int",
            Self::Fraction(_) => "float64",
            Self::Truth(_) => "bool",
        }
    }
}

/// A value as Rego writes it.
fn shown(value: &Value) -> String {
    let list = |values: &mut dyn Iterator<Item = &Value>| values.map(shown).collect::<Vec<_>>().join(", ");
    match value {
        Value::Array(items) => format!("[{}]", list(&mut items.iter())),
        Value::Set(items) if items.is_empty() => "set()".to_owned(),
        Value::Set(items) => format!("{{{}}}", list(&mut items.iter())),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(key, value)| format!("{}: {}", shown(key), shown(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        Value::Number(_) => verb('v', &Given::new(value), &Form::default()),
        other => other.to_string(),
    }
}

/// How a verb is to be written.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "the flags of a verb are independent of each other")]
struct Form {
    minus: bool,
    plus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

impl Form {
    /// Fills up to the width, zeros behind the sign.
    fn pad(&self, text: String, zeros: bool) -> String {
        let length = text.chars().count();
        let missing = self.width.unwrap_or(0).saturating_sub(length);
        if missing == 0 {
            text
        } else if self.minus {
            text + &" ".repeat(missing)
        } else if self.zero && zeros {
            let (sign, digits) = text.split_at(usize::from(text.starts_with(['+', '-', ' '])));
            format!("{sign}{}{digits}", "0".repeat(missing))
        } else {
            " ".repeat(missing) + &text
        }
    }

    const fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.plus, self.space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        }
    }
}

/// The text of a format with its arguments.
pub(super) fn sprintf(format: &str, given: &[Value]) -> String {
    let given: Vec<Given> = given.iter().map(Given::new).collect();
    let mut out = String::new();
    let mut rest = format;
    let mut next = 0;
    let mut reordered = false;
    while let Some((before, after)) = rest.split_once('%') {
        out += before;
        rest = after;
        let mut form = Form::default();
        while let Some(c) = rest.chars().next().filter(|c| "-+# 0".contains(*c)) {
            match c {
                '-' => form.minus = true,
                '+' => form.plus = true,
                '#' => form.sharp = true,
                ' ' => form.space = true,
                _ => form.zero = true,
            }
            rest = rest.get(1..).unwrap_or_default();
        }
        let mut wrong = None;
        let mut index = |rest: &mut &str, next: &mut usize| {
            let Some((inside, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) else { return };
            reordered = true;
            *rest = after;
            match inside.parse::<usize>() {
                Ok(at) if at >= 1 && at <= given.len() => *next = at - 1,
                _ => wrong = Some("BADINDEX"),
            }
        };
        index(&mut rest, &mut next);
        let mut bad_width = "";
        form.width = number(&mut rest, &given, &mut next, &mut bad_width, "%!(BADWIDTH)");
        out += bad_width;
        if let Some(after) = rest.strip_prefix('.') {
            rest = after;
            index(&mut rest, &mut next);
            let mut bad = "";
            form.precision =
                Some(number(&mut rest, &given, &mut next, &mut bad, "%!(BADPREC)").unwrap_or(0).min(FINEST));
            out += bad;
        }
        index(&mut rest, &mut next);
        let Some(letter) = rest.chars().next() else {
            out += "%!(NOVERB)";
            break;
        };
        rest = rest.get(letter.len_utf8()..).unwrap_or_default();
        if letter == '%' {
            out.push('%');
        } else if let Some(wrong) = wrong {
            out += &format!("%!{letter}({wrong})");
        } else if let Some(one) = given.get(next) {
            out += &verb(letter, one, &form);
            next += 1;
        } else {
            out += &format!("%!{letter}(MISSING)");
        }
    }
    out += rest;
    if !reordered && next < given.len() {
        let plain = Form::default();
        let extra = given.iter().skip(next).map(|one| format!("{}={}", one.kind(), verb('v', one, &plain)));
        out += &format!("%!(EXTRA {})", extra.collect::<Vec<_>>().join(", "));
    }
    out
}

/// A number in a format, or the argument that `*` stands for.
fn number<'w>(
    rest: &mut &str,
    given: &[Given],
    next: &mut usize,
    wrong: &mut &'w str,
    words: &'w str,
) -> Option<usize> {
    if let Some(after) = rest.strip_prefix('*') {
        *rest = after;
        let one = given.get(*next);
        *next += 1;
        let size = match one {
            Some(Given::Whole(false, size)) => usize::try_from(*size).ok().filter(|size| *size <= WIDEST),
            _ => None,
        };
        if size.is_none() {
            *wrong = words;
        }
        return size;
    }
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, after) = rest.split_at(end);
    *rest = after;
    if digits.is_empty() {
        return None;
    }
    let size = digits.parse().ok().filter(|size| *size <= WIDEST);
    if size.is_none() {
        *wrong = words;
    }
    size
}

/// One argument as a verb writes it.
fn verb(letter: char, given: &Given, form: &Form) -> String {
    let wrong = || {
        let plain = Form::default();
        format!("%!{letter}({}={})", given.kind(), verb('v', given, &plain))
    };
    match (letter, given) {
        ('T', _) => form.pad(given.kind().to_owned(), true),
        ('v' | 's', Given::Text(text)) => form.pad(cut(text, form), true),
        ('q', Given::Text(text)) => {
            let text = cut(text, form);
            let raw =
                form.sharp && !text.contains(['`', '\u{7f}']) && !text.chars().any(|c| c.is_control() && c != '\t');
            form.pad(if raw { format!("`{text}`") } else { quoted(&text, '"') }, true)
        }
        ('x' | 'X', Given::Text(text)) => {
            let bytes = text.bytes().take(form.precision.unwrap_or(usize::MAX));
            let hex = bytes.map(|byte| if letter == 'x' { format!("{byte:02x}") } else { format!("{byte:02X}") });
            let prefix = if form.sharp && !text.is_empty() { format!("0{letter}") } else { String::new() };
            let text = if form.space {
                hex.map(|two| format!("{prefix}{two}")).collect::<Vec<_>>().join(" ")
            } else {
                prefix + &hex.collect::<String>()
            };
            form.pad(text, true)
        }
        ('v' | 't', Given::Truth(truth)) => form.pad(truth.to_string(), false),
        // To OPA a truth value is its text.
        ('s', Given::Truth(truth)) => form.pad(cut(&truth.to_string(), form), false),
        ('v' | 'd', Given::Huge(digits)) => form.pad(digits.clone(), true),
        ('v' | 'd' | 'b' | 'o' | 'O' | 'x' | 'X', Given::Whole(negative, size)) => {
            whole(letter, *negative, *size, form)
        }
        ('c' | 'q' | 'U', Given::Whole(false, size)) => {
            let known = u32::try_from(*size).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER);
            let text = match letter {
                'c' => known.to_string(),
                'q' => quoted(&known.to_string(), '\''),
                _ if form.sharp => format!("U+{size:04X} '{known}'"),
                _ => format!("U+{size:04X}"),
            };
            form.pad(text, false)
        }
        ('v' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G', Given::Fraction(value)) => {
            let digits = match letter {
                'e' | 'E' => exponent(&format!("{:.*e}", form.precision.unwrap_or(6), value.abs())),
                'f' | 'F' => format!("{:.*}", form.precision.unwrap_or(6), value.abs()),
                _ => general(value.abs(), form),
            };
            let digits = if letter.is_ascii_uppercase() { digits.to_uppercase() } else { digits };
            form.pad(format!("{}{digits}", form.sign(value.is_sign_negative())), true)
        }
        _ => wrong(),
    }
}

/// As many characters as the precision allows.
fn cut(text: &str, form: &Form) -> String {
    text.chars().take(form.precision.unwrap_or(usize::MAX)).collect()
}

fn whole(letter: char, negative: bool, size: u128, form: &Form) -> String {
    let digits = match letter {
        'b' => format!("{size:b}"),
        'o' | 'O' => format!("{size:o}"),
        'x' => format!("{size:x}"),
        'X' => format!("{size:X}"),
        _ => size.to_string(),
    };
    let sign = form.sign(negative);
    let least = match (form.precision, form.width) {
        (Some(0), _) if size == 0 => return form.pad(String::new(), false),
        (Some(least), _) => least,
        (None, Some(width)) if form.zero && !form.minus => width.saturating_sub(sign.len()),
        _ => 0,
    };
    let digits = "0".repeat(least.saturating_sub(digits.len())) + &digits;
    let prefix = match letter {
        'b' if form.sharp => "0b",
        'o' if form.sharp && !digits.starts_with('0') => "0",
        'x' if form.sharp => "0x",
        'X' if form.sharp => "0X",
        'O' => "0o",
        _ => "",
    };
    form.pad(format!("{sign}{prefix}{digits}"), false)
}

/// An exponent of a sign and two digits, from one that Rust wrote.
fn exponent(text: &str) -> String {
    let Some((digits, exponent)) = text.split_once('e') else { return text.to_owned() };
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |rest| ('-', rest));
    format!("{digits}e{sign}{exponent:0>2}")
}

/// `%g`: as short as it can be, or with so many digits.
fn general(value: f64, form: &Form) -> String {
    let precision = form.precision.map(|precision| precision.max(1));
    let short = match precision {
        Some(precision) => format!("{:.*e}", precision - 1, value),
        None => format!("{value:e}"),
    };
    let Some((digits, power)) = short.split_once('e') else { return short };
    let power: i32 = power.parse().unwrap_or(0);
    let digits =
        if digits.contains('.') && !form.sharp { digits.trim_end_matches('0').trim_end_matches('.') } else { digits };
    // Go decides by six digits where it writes as few as it takes.
    let most = precision.map_or(SHORT, |precision| i32::try_from(precision).unwrap_or(i32::MAX));
    if power < -4 || power >= most {
        return exponent(&format!("{digits}e{power}"));
    }
    let figures = digits.chars().filter(char::is_ascii_digit).count();
    let behind = i32::try_from(figures).unwrap_or(i32::MAX) - 1 - power;
    format!("{value:.*}", usize::try_from(behind).unwrap_or(0))
}

/// A text in quotes, as Go writes it.
fn quoted(text: &str, quote: char) -> String {
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\u{7}' => out += "\\a",
            '\u{8}' => out += "\\b",
            '\u{b}' => out += "\\v",
            '\u{c}' => out += "\\f",
            '\n' => out += "\\n",
            '\r' => out += "\\r",
            '\t' => out += "\\t",
            '\\' => out += "\\\\",
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() && u32::from(c) < 0x80 => out += &format!("\\x{:02x}", u32::from(c)),
            c if c.is_control() => out += &format!("\\u{:04x}", u32::from(c)),
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_are_those_of_go() {
        for (format, given, expected) in [
            ("%s %d %v %5.2f %x %t %q", r#"["a", 3, [1], 2.5, 255, true, "z"]"#, r#"a 3 [1]  2.50 ff true "z""#),
            ("%05d|%-5s|%+d|% d", r#"[42, "x", 3, 4]"#, "00042|x    |+3| 4"),
            ("%s|%d|%d", r#"[1, "x", 1.5]"#, "%!s(int=1)|%!d(string=x)|%!d(float64=1.5)"),
            ("%v %v", "[1]", "1 %!v(MISSING)"),
            ("a", r#"["x", 1]"#, "a%!(EXTRA string=x, int=1)"),
            ("%[2]s%[1]s", r#"["a", "b"]"#, "ba"),
            ("%[3]s %[x]d", r#"["a", "b"]"#, "%!s(BADINDEX) %!d(BADINDEX)"),
            ("%08b|%o|%#o|%O|%#x|%X|%x", "[5, 8, 8, 8, 255, 255, -255]", "00000101|10|010|0o10|0xff|FF|-ff"),
            ("%X|%x|% x|%#x", r#"["hi", "å", "hi", "hi"]"#, "6869|c3a5|68 69|0x6869"),
            ("%.3s|%6v|%-4s|", r#"["abcdef", "å", "å"]"#, "abc|     å|å   |"),
            ("%*d|%.*f", "[5, 1, 2, 1.005]", "    1|1.00"),
            ("%e|%E|%.2e", "[1234.5, 1234.5, 0.00012]", "1.234500e+03|1.234500E+03|1.20e-04"),
            ("%g|%g|%g|%.3g|%v", "[0.1, 0.00001, 1234567.5, 1234.5, 2.5]", "0.1|1e-05|1.2345675e+06|1.23e+03|2.5"),
            (
                "%f|%.0f|%8.3f|%-8.1f|%+.1f|%08.2f",
                "[2.5, 3.5, 3.14159, 2.5, 2.5, -2.5]",
                "2.500000|4|   3.142|2.5     |+2.5|-0002.50",
            ),
            ("%f", "[1]", "%!f(int=1)"),
            ("%c%c|%U|%q", "[229, 97, 229, 120]", "åa|U+00E5|'x'"),
            ("%d%%|%", "[5]", "5%|%!(NOVERB)"),
            ("%v|%v|%s", r#"[null, {"b": 1, "a": ["x"]}, []]"#, r#"null|{"a": ["x"], "b": 1}|[]"#),
            ("%q|%#q", r#"["a\"\n", "a"]"#, r#""a\"\n"|`a`"#),
            ("%.4d|%6.3d|%.0d", "[7, -7, 0]", "0007|  -007|"),
            ("%9999999d", "[1]", "%!(BADWIDTH)1"),
        ] {
            let given = Value::from_json_str(given).unwrap();
            let given: Vec<Value> = given.as_array().unwrap().iter().cloned().collect();
            assert_eq!(sprintf(format, &given), expected, "{format}");
        }
    }
}
