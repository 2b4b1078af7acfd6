//! Just enough of Rust's lexical grammar to tell code from strings and comments.

/// A Rust file, with what is not code blanked out byte for byte, so that line numbers stay right.
#[derive(Debug)]
pub(super) struct Code<'t> {
    /// As written.
    pub(super) text: &'t str,
    /// Without comments and without `#[cfg(test)]` modules.
    pub(super) product: String,
    /// As `product`, and string contents blanked too.
    pub(super) bare: String,
    /// Without comments and string contents, tests included.
    pub(super) bare_with_tests: String,
}

impl<'t> Code<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let (uncommented, bare_with_tests) = blank(text);
        let tests = test_modules(&bare_with_tests);
        let without = |text: &str| {
            let mut bytes = text.as_bytes().to_vec();
            for range in &tests {
                bytes[range.clone()].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
            }
            String::from_utf8(bytes).unwrap()
        };
        Self { text, product: without(&uncommented), bare: without(&bare_with_tests), bare_with_tests }
    }
}

/// The text without comments, and without comments and string contents.
fn blank(text: &str) -> (String, String) {
    let bytes = text.as_bytes();
    let mut uncommented = bytes.to_vec();
    let mut bare = bytes.to_vec();
    let wipe = |target: &mut [u8], from: usize, to: usize| {
        target[from..to].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
    };
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let end = if rest.starts_with(b"//") {
            rest.iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |n| at + n)
        } else if rest.starts_with(b"/*") {
            block_comment(bytes, at)
        } else {
            at
        };
        if end > at {
            wipe(&mut uncommented, at, end);
            wipe(&mut bare, at, end);
            at = end;
            continue;
        }
        let end = literal(bytes, at);
        if end > at + 2 {
            wipe(&mut bare, at + 1, end - 1);
        }
        at = end.max(at + 1);
    }
    (String::from_utf8(uncommented).unwrap(), String::from_utf8(bare).unwrap())
}

fn block_comment(bytes: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0_usize);
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            (at, depth) = (at + 2, depth + 1);
        } else if bytes[at..].starts_with(b"*/") {
            (at, depth) = (at + 2, depth - 1);
            if depth == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    at
}

/// Where the string or character literal starting at `at` ends; `at` itself when none starts there.
fn literal(bytes: &[u8], at: usize) -> usize {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let after_word = at > 0 && is_word(bytes[at - 1]);
    match bytes[at] {
        b'"' => quoted(bytes, at + 1, b'"'),
        b'r' | b'b' | b'c' if !after_word => {
            let mut next = at + 1;
            if bytes[at] != b'r' && bytes.get(next) == Some(&b'r') {
                next += 1;
            }
            let raw = bytes[at] == b'r' || next == at + 2;
            let hashes = bytes[next..].iter().take_while(|&&byte| byte == b'#').count();
            if raw && bytes.get(next + hashes) == Some(&b'"') {
                let close: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
                let body = next + hashes + 1;
                let found = bytes[body..].windows(close.len()).position(|window| window == close);
                found.map_or(bytes.len(), |n| body + n + close.len())
            } else {
                at
            }
        }
        // A lifetime has no closing quote right after its first character; an escaped character does not
        // end there either, but starts with a backslash.
        b'\'' if bytes.get(at + 1) == Some(&b'\\') => quoted(bytes, at + 1, b'\''),
        b'\'' => {
            let width =
                std::str::from_utf8(&bytes[at + 1..]).ok().and_then(|s| s.chars().next()).map_or(1, char::len_utf8);
            if bytes.get(at + 1 + width) == Some(&b'\'') { at + 2 + width } else { at }
        }
        _ => at,
    }
}

fn quoted(bytes: &[u8], mut at: usize, close: u8) -> usize {
    while at < bytes.len() && bytes[at] != close {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(bytes.len())
}

/// Byte ranges of items under `#[cfg(test)]` that have a body.
fn test_modules(bare: &str) -> Vec<std::ops::Range<usize>> {
    let mut ranges = Vec::new();
    for (start, mark) in bare.match_indices("#[cfg(test)]") {
        let body = &bare[start + mark.len()..];
        let Some(open) = body.find(['{', ';']) else { continue };
        if body.as_bytes()[open] == b';' {
            continue;
        }
        let mut depth = 0_usize;
        let close = body.bytes().enumerate().skip(open).find_map(|(at, byte)| {
            match byte {
                b'{' => depth += 1,
                b'}' => depth -= 1,
                _ => {}
            }
            (depth == 0).then_some(at)
        });
        ranges.push(start..start + mark.len() + close.map_or(body.len(), |at| at + 1));
    }
    ranges
}

/// The line of a byte, from 1.
pub(super) fn line(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

#[test]
fn comments_and_strings_are_told_from_code() {
    let code = Code::new(
        "use a::b; // crate::c\nlet x = \"crate::d /* \" ; /* crate::e /* nested */ */ let y = 'q'; fn f<'a>(r: &'a str) {}\n\
         let z = r#\"crate::\"g\"#; let q = '\\''; crate::h();\n#[cfg(test)]\nmod tests { fn t() { crate::i() } }\ncrate::j();",
    );
    for gone in ["crate::c", "crate::d", "crate::e", "crate::\"g", "crate::i"] {
        assert!(!code.bare.contains(gone), "{gone} is no code: {}", code.bare);
    }
    for kept in ["a::b", "fn f<'a>(r: &'a str) {}", "crate::h", "crate::j"] {
        assert!(code.bare.contains(kept), "{kept} is code: {}", code.bare);
    }
    assert!(code.product.contains("crate::d") && code.bare_with_tests.contains("crate::i"));
    assert_eq!(code.bare.len(), code.text.len());
    assert_eq!(line(code.text, code.text.find("crate::j").unwrap()), 6);
}
