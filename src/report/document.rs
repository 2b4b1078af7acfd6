//! A report as blocks, and its two faces: Markdown and one HTML file that needs nothing beside it.

#![expect(clippy::format_push_string, reason = "reports are short, and write! gives a result that cannot be an error")]

/// One part of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A heading of level 2 or 3.
    Heading(u8, String),
    /// Running text.
    Text(String),
    /// Something that must not be overlooked.
    Alert(String),
    /// Short facts: name and value.
    Facts(Vec<(String, String)>),
    /// A table: headings, then rows.
    Table(Vec<String>, Vec<Vec<String>>),
    /// Text to be read letter by letter: lines, each with its mark.
    Code(Vec<(Mark, String)>),
    /// Blocks under a summary line, folded where the format can.
    Folded(String, Vec<Block>),
}

/// What a line of code does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Nothing of note.
    Plain,
    /// Adds.
    Add,
    /// Removes.
    Remove,
    /// Changes.
    Change,
}

impl Mark {
    const fn sign(self) -> char {
        match self {
            Self::Plain => ' ',
            Self::Add => '+',
            Self::Remove => '-',
            Self::Change => '~',
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Add => "add",
            Self::Remove => "del",
            Self::Change => "chg",
        }
    }
}

/// A report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its title.
    pub title: String,
    /// Its parts.
    pub blocks: Vec<Block>,
}

impl Document {
    /// The report as Markdown, with tables.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out = format!("# {}\n", prose(&self.title));
        for block in &self.blocks {
            markdown(block, &mut out);
        }
        out
    }

    /// The report as one HTML file: light and dark, readable on paper, no script, nothing from elsewhere.
    #[must_use]
    pub fn html(&self) -> String {
        let title = escape(&self.title);
        let mut out = format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <title>{title}</title>\n<style>\n{STYLE}</style>\n<main>\n<h1>{title}</h1>\n"
        );
        for block in &self.blocks {
            html(block, &mut out);
        }
        out.push_str("</main>\n</html>\n");
        out
    }
}

const STYLE: &str = "\
:root { color-scheme: light dark; --ink: #1d2329; --paper: #fff; --faint: #5c6670; --line: #d7dde3; --soft: #f4f6f8;
  --add: #12692b; --del: #a51d24; --chg: #7a5200; }
@media (prefers-color-scheme: dark) { :root { --ink: #e3e8ed; --paper: #14181c; --faint: #98a3ad; --line: #333b43;
  --soft: #1c2228; --add: #6fd08a; --del: #ff8f8f; --chg: #e8bd5a; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { font-size: 1.6rem; margin: 0 0 1rem; } h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; } h3 { font-size: 1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.2rem; }
dt { color: var(--faint); } dd { margin: 0; overflow-wrap: anywhere; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--faint); font-weight: 600; }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: .4rem; padding: .7rem; overflow-x: auto;
  font: 13px/1.45 ui-monospace, monospace; }
.add { color: var(--add); } .del { color: var(--del); } .chg { color: var(--chg); }
.alert { border-left: .3rem solid var(--del); background: var(--soft); padding: .6rem 1rem; white-space: pre-wrap; }
details { border-top: 1px solid var(--line); padding: .4rem 0; } summary { cursor: pointer; }
@media print { details { break-inside: avoid; } pre { white-space: pre-wrap; } }
";

fn markdown(block: &Block, out: &mut String) {
    out.push('\n');
    match block {
        Block::Heading(level, text) => {
            out.push_str(&format!("{} {}\n", "#".repeat(usize::from(*level)), prose(text)));
        }
        Block::Text(text) => out.push_str(&format!("{}\n", prose(text))),
        Block::Alert(text) => {
            for line in text.lines() {
                out.push_str(&format!("> **{}**  \n", prose(line)));
            }
        }
        Block::Facts(facts) => {
            for (name, value) in facts {
                out.push_str(&format!("- {}: {}\n", prose(name), prose(value)));
            }
        }
        Block::Table(heads, rows) => {
            let row = |cells: &[String]| {
                let cells: Vec<String> = cells.iter().map(|cell| prose(cell).replace('\n', "<br>")).collect();
                format!("| {} |\n", cells.join(" | "))
            };
            out.push_str(&row(heads));
            out.push_str(&format!("|{}\n", " --- |".repeat(heads.len())));
            for cells in rows {
                out.push_str(&row(cells));
            }
        }
        Block::Code(lines) => {
            // Longer than any run of backticks inside, so that nothing in a configuration can end the block.
            let longest = lines.iter().map(|(_, line)| backticks(line)).max().unwrap_or(0);
            let fence = "`".repeat(longest.max(2) + 1);
            out.push_str(&format!("{fence}diff\n"));
            for (mark, line) in lines {
                out.push_str(&format!("{} {line}\n", mark.sign()));
            }
            out.push_str(&format!("{fence}\n"));
        }
        Block::Folded(summary, blocks) => {
            out.push_str(&format!("### {}\n", prose(summary)));
            for block in blocks {
                markdown(block, out);
            }
        }
    }
}

fn backticks(line: &str) -> usize {
    line.split(|letter| letter != '`').map(str::len).max().unwrap_or(0)
}

/// Text in which nothing is markup.
fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' => out.extend(['\\', letter]),
            other => out.push(other),
        }
    }
    out
}

fn html(block: &Block, out: &mut String) {
    match block {
        Block::Heading(level, text) => {
            let level = (*level).clamp(2, 6);
            out.push_str(&format!("<h{level}>{}</h{level}>\n", escape(text)));
        }
        Block::Text(text) => out.push_str(&format!("<p>{}</p>\n", escape(text))),
        Block::Alert(text) => out.push_str(&format!("<p class=\"alert\">{}</p>\n", escape(text))),
        Block::Facts(facts) => {
            out.push_str("<dl>\n");
            for (name, value) in facts {
                out.push_str(&format!("<dt>{}</dt><dd>{}</dd>\n", escape(name), escape(value)));
            }
            out.push_str("</dl>\n");
        }
        Block::Table(heads, rows) => {
            let cells = |tag: &str, cells: &[String]| -> String {
                let each = cells.iter().map(|cell| escape(cell).replace('\n', "<br>"));
                each.map(|cell| format!("<{tag}>{cell}</{tag}>")).collect::<Vec<_>>().concat()
            };
            out.push_str(&format!("<div class=\"wide\"><table>\n<tr>{}</tr>\n", cells("th", heads)));
            for row in rows {
                out.push_str(&format!("<tr>{}</tr>\n", cells("td", row)));
            }
            out.push_str("</table></div>\n");
        }
        Block::Code(lines) => {
            out.push_str("<pre>");
            for (mark, line) in lines {
                let line = format!("{} {}", mark.sign(), escape(line));
                match mark.class() {
                    "" => out.push_str(&format!("{line}\n")),
                    class => out.push_str(&format!("<span class=\"{class}\">{line}</span>\n")),
                }
            }
            out.push_str("</pre>\n");
        }
        Block::Folded(summary, blocks) => {
            out.push_str(&format!("<details><summary>{}</summary>\n", escape(summary)));
            for block in blocks {
                html(block, out);
            }
            out.push_str("</details>\n");
        }
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hostile() -> Document {
        let text = "a <script>alert(1)</script> | `x` & ```` done".to_owned();
        Document {
            title: text.clone(),
            blocks: vec![
                Block::Heading(2, text.clone()),
                Block::Text(text.clone()),
                Block::Alert(text.clone()),
                Block::Facts(vec![(text.clone(), text.clone())]),
                Block::Table(vec![text.clone()], vec![vec![text.clone()]]),
                Block::Code(vec![(Mark::Add, text.clone())]),
                Block::Folded(text.clone(), vec![Block::Text(text)]),
            ],
        }
    }

    #[test]
    fn nothing_in_a_configuration_becomes_markup() {
        let html = hostile().html();
        assert!(!html.contains("<script>alert"), "{html}");
        let markdown = hostile().markdown();
        let outside: Vec<&str> = markdown.lines().filter(|line| !line.starts_with("+ ")).collect();
        assert!(!outside.join("\n").contains("<script>"), "{markdown}");
        assert!(markdown.contains("`````diff"), "{markdown}");
    }

    #[test]
    fn html_needs_nothing_from_elsewhere() {
        let html = hostile().html();
        for word in ["http://", "https://", "src=", "href=", "@import", "url("] {
            assert!(!html.contains(word), "{word}");
        }
        assert!(html.contains("prefers-color-scheme: dark"));
    }

    #[test]
    fn both_formats_say_the_same() {
        let words = |text: &str| text.matches("done").count();
        assert_eq!(words(&hostile().html()), words(&hostile().markdown()) + 1, "HTML has the title twice");
    }
}
