//! Words of a line, quotes taken away.

/// Whether every quote of a statement is closed.
pub(in crate::lab) fn closes(statement: &str) -> bool {
    words(statement).is_some()
}

/// The words of a line, quotes taken away; `None` while one is open.
pub(super) fn words(line: &str) -> Option<Vec<String>> {
    if line.trim_start().starts_with('#') {
        return Some(vec!["#".to_owned()]);
    }
    let mut words = Vec::new();
    let mut chars = line.chars().peekable();
    while let Some(&c) = chars.peek() {
        if c.is_whitespace() {
            chars.next();
            continue;
        }
        let mut word = String::new();
        while let Some(c) = chars.next_if(|c| !c.is_whitespace()) {
            match c {
                '"' => loop {
                    match chars.next()? {
                        '"' => break,
                        '\\' => word.push(chars.next()?),
                        other => word.push(other),
                    }
                },
                '\'' if word.is_empty() => loop {
                    match chars.next()? {
                        '\'' => break,
                        other => word.push(other),
                    }
                },
                '\\' => word.extend(chars.next()),
                other => word.push(other),
            }
        }
        words.push(word);
    }
    Some(words)
}
