//! An nft script in words, each with its place.

/// One word, mark or line end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) kind: Kind,
    pub(super) at: At,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    Quoted,
    Mark,
    Newline,
    End,
}

/// A place: line and columns, all from 1, the last column included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct At {
    pub(super) line: usize,
    pub(super) from: usize,
    pub(super) to: usize,
}

impl Token {
    pub(super) fn is(&self, text: &str) -> bool {
        self.kind != Kind::Quoted && self.kind != Kind::Newline && self.text == text
    }

    /// What the parser of the real program would call it.
    pub(super) fn called(&self) -> &str {
        match (self.kind, self.text.as_str()) {
            (Kind::Newline, _) => "newline",
            (Kind::End, _) => "end of file",
            (Kind::Quoted, _) => "quoted string",
            (Kind::Mark, ";") => "semicolon",
            (Kind::Mark, mark) => match mark {
                "{" => "'{'",
                "}" => "'}'",
                _ => "comma",
            },
            (Kind::Word, word) if word.chars().all(|c| c.is_ascii_digit()) => "number",
            (Kind::Word, word) if word.starts_with('@') => "@",
            (Kind::Word, word) => match word {
                "accept" | "drop" | "jump" | "goto" | "return" | "ip" | "tcp" | "udp" | "counter" | "type" | "set"
                | "chain" => word,
                _ => "string",
            },
        }
    }
}

/// Splits a script; comments are left out.
pub(super) fn tokens(script: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let mut lines = 0;
    for (number, line) in script.lines().enumerate() {
        lines = number + 1;
        let mut chars = line.char_indices().peekable();
        let mut column = 0;
        while let Some((at, c)) = chars.next() {
            column += 1;
            let from = column;
            let mut push = |text: &str, kind, to| {
                out.push(Token { text: text.to_owned(), kind, at: At { line: lines, from, to } });
            };
            match c {
                '#' => break,
                c if c.is_whitespace() => {}
                '{' | '}' | ';' | ',' => push(&c.to_string(), Kind::Mark, from),
                '"' => {
                    let mut text = String::from('"');
                    for (_, c) in chars.by_ref() {
                        column += 1;
                        text.push(c);
                        if c == '"' {
                            break;
                        }
                    }
                    push(&text, Kind::Quoted, column);
                }
                _ => {
                    let mut end = at + c.len_utf8();
                    while let Some((next, c)) = chars.next_if(|(_, c)| !c.is_whitespace() && !"{};,\"#".contains(*c)) {
                        end = next + c.len_utf8();
                        column += 1;
                    }
                    push(line.get(at..end).unwrap_or_default(), Kind::Word, column);
                }
            }
        }
        let end = line.chars().count() + 1;
        out.push(Token { text: String::new(), kind: Kind::Newline, at: At { line: lines, from: end, to: end } });
    }
    out.push(Token { text: String::new(), kind: Kind::End, at: At { line: lines + 1, from: 1, to: 1 } });
    out
}
