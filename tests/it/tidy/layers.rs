//! A module imports only from lower rows.

use std::collections::BTreeMap;

use super::code::line;
use super::{Tree, none, one};

/// The rows of `src/ARCHITECTURE.md`; a module may use those of smaller rows only.
const ROWS: [&[&str]; 14] = [
    &["source", "value"],
    &["finding"],
    &["config", "model"],
    &["derive", "inventory", "platform"],
    &["export", "policy", "secret"],
    &["check", "diff", "rego", "render"],
    &["device"],
    &["plan"],
    &["approval", "journal"],
    &["apply"],
    &["lab", "report"],
    &["review"],
    &["lsp"],
    &["cli"],
];

fn rows() -> BTreeMap<&'static str, usize> {
    ROWS.iter().enumerate().flat_map(|(row, modules)| modules.iter().map(move |module| (*module, row))).collect()
}

fn complaints(tree: &Tree) -> Vec<String> {
    let rows = rows();
    let mut found = Vec::new();
    for (path, code) in tree.rust("src/") {
        let module: Vec<&str> = path.trim_start_matches("src/").trim_end_matches(".rs").split('/').collect();
        let own = module[0];
        if own == "lib" || own == "main" {
            continue;
        }
        let Some(&row) = rows.get(own) else {
            found.push(format!("{path}: module `{own}` stands in no row"));
            continue;
        };
        for (at, used) in imports(&code.bare, module.len()) {
            let place = format!("{path}:{}", line(code.text, at));
            match rows.get(used.as_str()) {
                _ if used == own => {}
                Some(&below) if below < row => {}
                Some(&other) => found.push(format!("{place}: `{own}` (row {row}) uses `{used}` (row {other})")),
                None => found.push(format!("{place}: `{used}` stands in no row")),
            }
        }
    }
    found
}

/// Top-level modules named by `crate::…` and by climbing all the way with `super::`.
fn imports(bare: &str, depth: usize) -> Vec<(usize, String)> {
    let climb = "super::".repeat(depth);
    let mut found = Vec::new();
    for start in ["crate::", climb.as_str()] {
        for (at, _) in bare.match_indices(start) {
            let longer = bare[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':' || c == '$');
            if !longer {
                found.extend(heads(&bare[at + start.len()..]).into_iter().map(|head| (at, head)));
            }
        }
    }
    found.retain(|(_, head)| head != "super");
    found
}

/// First segments after `crate::`: one, or each of a `{…}` group.
fn heads(rest: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = rest.strip_prefix('{') else { return vec![word(rest)] };
    let (mut depth, mut start, mut parts) = (0_usize, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                parts.push(word(group[start..at].trim()));
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// `lib.rs` lists exactly the modules of the table, and the map shows the same table.
fn table_complaints(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    let rows = rows();
    let lib = tree.text("src/lib.rs").unwrap_or_default();
    let listed: Vec<&str> =
        lib.lines().filter_map(|line| line.trim().strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    for module in rows.keys().filter(|module| !listed.contains(module)) {
        found.push(format!("src/lib.rs: no `pub mod {module};`"));
    }
    for module in listed.iter().filter(|module| !rows.contains_key(*module)) {
        found.push(format!("src/lib.rs: `{module}` stands in no row"));
    }
    let map = tree.text("src/ARCHITECTURE.md").unwrap_or_default();
    let mut drawn = BTreeMap::new();
    for row in map.lines().filter(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        if let Some(number) = cells.get(1).and_then(|cell| cell.parse::<usize>().ok()) {
            let modules = cells.get(2).into_iter().flat_map(|cell| cell.split('`').skip(1).step_by(2));
            drawn.extend(modules.map(|module| (module, number)));
        }
    }
    for (module, row) in &rows {
        if drawn.get(module) != Some(row) {
            found.push(format!(
                "src/ARCHITECTURE.md: no table line saying | {row} | `{module}` | (found row {:?})",
                drawn.get(module)
            ));
        }
    }
    found
}

#[test]
fn modules_import_from_lower_rows_only() {
    none(&complaints(&Tree::repository()));
}

#[test]
fn the_rows_are_those_of_the_map_and_of_lib() {
    none(&table_complaints(&Tree::repository()));
}

#[test]
fn an_import_from_above_is_found_however_it_is_written() {
    let cases = [
        ("src/model.rs", "use crate::plan::Plan;", "`model` (row 2) uses `plan` (row 7)"),
        ("src/model.rs", "use crate::{source::{Sp, Span}, plan};", "uses `plan`"),
        ("src/model.rs", "fn f() { super::plan::build() }", "uses `plan`"),
        ("src/model/policy.rs", "use super::super::cli;", "uses `cli`"),
        ("src/derive.rs", "use crate::inventory::load;", "`derive` (row 3) uses `inventory` (row 3)"),
        ("src/model.rs", "use crate::nonsense;", "`nonsense` stands in no row"),
        ("src/nonsense.rs", "", "module `nonsense` stands in no row"),
    ];
    for (path, text, words) in cases {
        one(&complaints(&Tree::of(&[(path, text)])), words);
    }
    let fine =
        [("src/plan.rs", "//! crate::cli\nuse crate::{diff, model::Network}; #[cfg(test)] mod t { use crate::cli; }")];
    none(&complaints(&Tree::of(&fine)));
}

#[test]
fn a_module_missing_from_the_map_is_found() {
    let repository = Tree::repository();
    let lib = repository.text("src/lib.rs").unwrap();
    let lines = ROWS.iter().enumerate().map(|(row, modules)| format!("| {row} | `{}` | job |", modules.join("`, `")));
    let map = lines.collect::<Vec<_>>().join(
        "
",
    );
    none(&table_complaints(&Tree::of(&[("src/lib.rs", lib), ("src/ARCHITECTURE.md", &map)])));
    let wrong = map.replace("| 7 | `plan`", "| 8 | `plan`");
    one(&table_complaints(&Tree::of(&[("src/lib.rs", lib), ("src/ARCHITECTURE.md", &wrong)])), "`plan");
    let extra = format!("{lib}pub mod extra;\n");
    one(&table_complaints(&Tree::of(&[("src/lib.rs", &extra), ("src/ARCHITECTURE.md", &map)])), "`extra`");
}
