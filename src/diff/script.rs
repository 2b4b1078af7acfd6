//! Commands as they are typed: section headers before them, exits after.

use super::Command;
use crate::platform::{Family, Platform};
use crate::value::Text;

/// One line of input for a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptLine {
    /// How many sections it stands in.
    pub depth: usize,
    /// What is typed; a verbatim block is one entry with line ends inside, sent as a whole.
    pub text: String,
}

/// Exactly what is typed, or fed on standard input, in order.
#[must_use]
pub fn script(platform: &Platform, commands: &[Command]) -> Vec<ScriptLine> {
    if !matches!(platform.family, Family::Indent | Family::Edit) {
        return commands.iter().map(|command| ScriptLine { depth: 0, text: command.text.to_string() }).collect();
    }
    let mut writer = Writer { platform, open: Vec::new(), lines: Vec::new() };
    for command in commands {
        writer.stand_in(&command.path);
        writer.say(&command.text);
        if command.opens {
            writer.open.push(command.text.clone());
        }
    }
    writer.stand_in(&[]);
    writer.lines
}

struct Writer<'p> {
    platform: &'p Platform,
    open: Vec<Text>,
    lines: Vec<ScriptLine>,
}

impl Writer<'_> {
    fn say(&mut self, text: &str) {
        self.lines.push(ScriptLine { depth: self.open.len(), text: text.to_owned() });
    }

    fn stand_in(&mut self, path: &[Text]) {
        let shared = self.open.iter().zip(path).take_while(|(open, want)| open == want).count();
        while self.open.len() > shared {
            let exit = self.exit();
            // Where every section has its end, the end stands below the header.
            let outside = self.platform.family == Family::Edit;
            if outside {
                self.open.pop();
            }
            if let Some(exit) = exit {
                self.say(&exit);
            }
            if !outside {
                self.open.pop();
            }
        }
        for header in path.get(shared..).unwrap_or_default() {
            self.say(header);
            self.open.push(header.clone());
        }
    }

    /// The exit of the innermost section, said at the depth of its lines.
    fn exit(&self) -> Option<String> {
        let (header, path) = self.open.split_last()?;
        let path: Vec<&str> = path.iter().map(Text::as_str).collect();
        let words: Vec<&str> = header.split_ascii_whitespace().collect();
        let rules = &self.platform.rules.syntax.exits;
        rules.iter().find(|rule| rule.section.is_match(&path, &words)).map(|rule| rule.exit.clone())
    }
}
