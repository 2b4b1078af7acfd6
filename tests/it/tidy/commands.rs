//! Every command shows how it is used, and their plain list is complete.

use clap::CommandFactory as _;

use super::{Code, Tree, none, one};

fn without_example(command: &clap::Command, path: &str, found: &mut Vec<String>) {
    let mut shown = command.clone();
    let help = shown.render_long_help().to_string();
    let example = help.lines().position(|line| matches!(line, "Example:" | "Examples:" | "Start here:"));
    let given = example.and_then(|at| help.lines().nth(at + 1));
    if !given.is_some_and(|line| line.trim_start().starts_with("samnet ") || line.trim_start().starts_with('#')) {
        found.push(format!("`{path} --help` ends in no \"Example:\" section with a `samnet …` line"));
    }
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        without_example(below, &format!("{path} {}", below.get_name()), found);
    }
}

/// Each file under `folder` is used by the list in `list`, not only declared in it.
fn unlisted(tree: &Tree, list: &str, folder: &str, apart: &[&str]) -> Vec<String> {
    let Some(text) = tree.text(list) else { return vec![format!("{list}: missing")] };
    let code = Code::new(text);
    let mut found = Vec::new();
    for (path, _) in tree.rust(folder) {
        let name = path.trim_start_matches(folder).trim_end_matches(".rs");
        if name.contains('/') || apart.contains(&name) {
            continue;
        }
        let used = format!("{name}::");
        let stands = code
            .bare
            .match_indices(&used)
            .any(|(at, _)| !code.bare[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'));
        if !stands {
            found.push(format!("{list}: nothing in it uses `{used}…` of {path}"));
        }
    }
    found
}

#[test]
fn every_command_shows_an_example() {
    let mut found = Vec::new();
    without_example(&samnet::cli::Cli::command(), "samnet", &mut found);
    none(&found);
}

#[test]
fn every_command_file_is_a_command() {
    let tree = Tree::repository();
    none(&unlisted(&tree, "src/cli.rs", "src/cli/", &["context", "failure", "fleet", "guard", "signals"]));
    let listed: Vec<String> =
        samnet::cli::Cli::command().get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let files = tree.rust("src/cli/").filter(|(_, code)| code.bare.contains("pub struct Args")).count();
    assert_eq!(listed.len(), files, "commands: {listed:?}");
}

#[test]
fn a_command_without_an_example_is_found() {
    let with = || clap::Command::new("a").after_help("Example:\n  samnet a");
    let mut found = Vec::new();
    without_example(&with().subcommand(with().name("b")), "samnet", &mut found);
    none(&found);
    without_example(&with().subcommand(clap::Command::new("b").about("x")), "samnet", &mut found);
    one(&found, "`samnet b --help`");
}

#[test]
fn an_unlisted_part_is_found() {
    let list = ("src/cli.rs", "mod a;\nmod b;\nconst ALL: &[Command] = &[a::COMMAND];");
    let tree = Tree::of(&[list, ("src/cli/a.rs", ""), ("src/cli/b.rs", "")]);
    one(&unlisted(&tree, "src/cli.rs", "src/cli/", &[]), "src/cli/b.rs");
    none(&unlisted(&tree, "src/cli.rs", "src/cli/", &["b"]));
}
