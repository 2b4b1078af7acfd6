//! What a page of `samnet show` looks like.

/// A heading, facts and tables, one under the other.
pub(super) struct Page {
    lines: Vec<String>,
}

impl Page {
    pub(super) fn new(heading: &str, beside: &str) -> Self {
        let heading = if beside.is_empty() { heading.to_owned() } else { format!("{heading} · {beside}") };
        Self { lines: vec![heading, String::new()] }
    }

    pub(super) fn fact(&mut self, name: &str, value: impl std::fmt::Display) {
        self.lines.push(format!("  {name:<15} {value}"));
    }

    pub(super) fn optional(&mut self, name: &str, value: Option<impl std::fmt::Display>) {
        if let Some(value) = value {
            self.fact(name, value);
        }
    }

    /// A heading over the table that follows.
    pub(super) fn heading(&mut self, heading: &str) {
        if self.lines.last().is_some_and(|last| !last.is_empty()) {
            self.lines.push(String::new());
        }
        self.lines.push(heading.to_owned());
    }

    pub(super) fn table(&mut self, header: &[&str], rows: Vec<Vec<String>>) {
        if rows.is_empty() {
            return;
        }
        let mut table = comfy_table::Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        table.set_header(header.to_vec());
        table.add_rows(rows);
        self.lines.push(String::new());
        self.lines.extend(table.to_string().lines().map(|line| format!(" {}", line.trim_end())));
    }

    pub(super) fn text(&self) -> String {
        self.lines.join("\n") + "\n"
    }
}
