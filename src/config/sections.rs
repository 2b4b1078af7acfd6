//! Which sections a line stands in, told from the lines before it: for texts that may begin and end anywhere.
//!
//! A reading may be cut, and a message may quote three lines of one. Nothing is refused here; where the text began inside
//! of a section, its headers are simply not known.

use super::Family;

/// Headers further out than this say nothing about a line.
const DEEPEST: usize = 16;

/// Follows the sections of a text.
#[derive(Clone, Debug)]
pub struct Sections {
    family: Family,
    /// Headers around the next line, each with its indentation.
    open: Vec<(usize, String)>,
    /// The text was at the top level once.
    known: bool,
}

impl Sections {
    /// At the beginning of a text.
    #[must_use]
    pub const fn new(family: Family) -> Self {
        Self { family, open: Vec::new(), known: false }
    }

    /// Goes on to a line; what it says of its place counts for the line itself.
    pub fn reach(&mut self, line: &str) {
        let (indent, text) = (line.len() - line.trim_start().len(), line.trim());
        let word = text.split_ascii_whitespace().next().unwrap_or_default();
        match self.family {
            Family::Edit => match word {
                "config" | "conf" => self.known = true,
                "edit" | "next" => {
                    self.open.pop_if(|(_, header)| header.starts_with("edit"));
                }
                "end" => {
                    self.open.pop_if(|(_, header)| header.starts_with("edit"));
                    // What closes more than is open stood in a text of its own: the place is lost.
                    self.known &= self.open.pop().is_some();
                }
                _ => {}
            },
            Family::Indent | Family::Nft | Family::Uci if !text.is_empty() => {
                self.known |= indent == 0;
                while self.open.pop_if(|(other, _)| *other >= indent).is_some() {}
            }
            Family::Braces | Family::Set if text.starts_with('}') => self.known &= self.open.pop().is_some(),
            _ => {}
        }
    }

    /// Goes past a line: what it opens stands around the next one.
    pub fn pass(&mut self, line: &str) {
        let (indent, text) = (line.len() - line.trim_start().len(), line.trim());
        let word = text.split_ascii_whitespace().next().unwrap_or_default();
        let header = match self.family {
            Family::Edit => matches!(word, "config" | "conf" | "edit").then_some(text),
            Family::Indent | Family::Nft | Family::Uci => (!text.is_empty()).then_some(text),
            Family::Braces | Family::Set => text.strip_suffix('{').map(str::trim_end),
        };
        let Some(header) = header else { return };
        self.known |= matches!(self.family, Family::Braces | Family::Set) && indent == 0;
        if self.open.len() == DEEPEST {
            self.open.remove(0);
        }
        self.open.push((indent, header.to_owned()));
    }

    /// The headers around the line, outermost first; nothing where the text began inside of them.
    #[must_use]
    pub fn above(&self) -> Option<Vec<&str>> {
        self.known.then(|| self.open.iter().map(|(_, header)| header.as_str()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every line with the headers around it.
    fn places(family: Family, text: &str) -> Vec<String> {
        let mut sections = Sections::new(family);
        let mut places = Vec::new();
        for line in text.lines() {
            sections.reach(line);
            let above = sections.above().map_or("?".to_owned(), |above| above.join("/"));
            places.push(format!("{above}: {}", line.trim()));
            sections.pass(line);
        }
        places
    }

    #[test]
    fn tables_are_followed_with_and_without_their_ends() {
        let text = "set x\nconfig a b\n edit 1\n  set name y\n  config c\n   edit 2\n   next\n  end\n next\n edit 3\n set z\nend\nconfig d\n";
        let want = [
            "?: set x",
            ": config a b",
            "config a b: edit 1",
            "config a b/edit 1: set name y",
            "config a b/edit 1: config c",
            "config a b/edit 1/config c: edit 2",
            "config a b/edit 1/config c: next",
            "config a b/edit 1: end",
            "config a b: next",
            "config a b: edit 3",
            "config a b/edit 3: set z",
            ": end",
            ": config d",
        ];
        assert_eq!(places(Family::Edit, text), want);
        assert_eq!(places(Family::Edit, "config a\nedit 1\nedit 2\nset b\n")[3], "config a/edit 2: set b");
    }

    #[test]
    fn indentation_and_braces_are_followed() {
        assert_eq!(
            places(Family::Indent, "  cut\na\n b\n  c\n d\ne\n"),
            ["?: cut", ": a", "a: b", "a/b: c", "a: d", ": e"]
        );
        let text = "snmp {\n    community x;\n    v3 {\n        y;\n    }\n}\nend;\n";
        let want = ["?: snmp {", "snmp: community x;", "snmp: v3 {", "snmp/v3: y;", "snmp: }", ": }", ": end;"];
        assert_eq!(places(Family::Braces, text), want);
    }

    #[test]
    fn depth_has_an_end() {
        let text = "config a\n".repeat(100);
        assert_eq!(places(Family::Edit, &text).len(), 100);
    }
}
