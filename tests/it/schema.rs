//! The JSON Schemas say what the reader does: they take the example and refuse what is misshapen.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use samnet::inventory::schema::{FILES, File, schema};
use samnet::source::Sources;
use samnet::source::yaml;

use crate::cases;

/// Codes that a mistake of shape has; a schema has to refuse every one of them.
const SHAPE: [&str; 6] = ["SN-101", "SN-102", "SN-103", "SN-205", "SN-602", "SN-702"];

/// Cases that a schema cannot refuse, and why; the test fails when one of them is refused after all.
const BEYOND: &[(&str, &str)] = &[
    ("services/timezones", "which zones there are follows from the platforms"),
    ("ospf-process-large", "the bounds of a number that most have no name for"),
    ("plan-has-stray-bits", "bits beyond the length of a prefix are arithmetic"),
    ("a user that no device can have", "the name is a text like many others, and a check looks at its letters"),
    ("port-range-without-pairs", "so many ports to so many devices is counting"),
    ("a host in front of all devices that cannot be", "a host is a text, and most texts are legal ones"),
    ("security/passwords", "a path is a text, and what is a secret stands elsewhere in the file"),
    ("a value that would be committed", "which folders are committed is no matter of shape"),
];

fn validators() -> BTreeMap<&'static str, Validator> {
    FILES.iter().map(|file| (file.paths, validator(file))).collect()
}

fn validator(file: &File) -> Validator {
    jsonschema::options().should_validate_formats(true).build(&schema(file)).unwrap()
}

/// The schema for a path, by the patterns of [`FILES`].
fn fitting<'v>(validators: &'v BTreeMap<&str, Validator>, path: &Path) -> Option<&'v Validator> {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let fits = |pattern: &str| {
        let wanted: Vec<&str> = pattern.split('/').collect();
        wanted.len() == parts.len()
            && wanted.iter().zip(&parts).all(|(want, have)| match want.split_once('*') {
                Some((before, after)) => have.starts_with(before) && have.ends_with(after),
                None => want == have,
            })
    };
    validators.iter().find(|(pattern, _)| fits(pattern)).map(|(_, validator)| validator)
}

/// What the schema says of a file; `None` where no schema holds for it or it is not YAML.
fn complaints(validators: &BTreeMap<&str, Validator>, path: &Path, text: &str) -> Option<Vec<String>> {
    let validator = fitting(validators, path)?;
    let node = yaml::parse(Sources::new().add(path, text), text).root?;
    Some(validator.iter_errors(&node.json()).map(|error| format!("{}: {error}", error.instance_path())).collect())
}

/// Every YAML file of the example for which there may be a schema.
fn all(root: &Path) -> Vec<PathBuf> {
    fn below(root: &Path, folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = folder.join(entry.unwrap().file_name());
            if root.join(&path).is_dir() {
                below(root, &path, found);
            } else if path.extension().is_some_and(|kind| kind == "yaml") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    below(root, Path::new("inventory"), &mut found);
    below(root, Path::new("policies"), &mut found);
    found
}

#[test]
fn the_schemas_accept_the_example() {
    let validators = validators();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seen = 0;
    for path in all(root) {
        let text = fs::read_to_string(root.join(&path)).unwrap();
        if let Some(complaints) = complaints(&validators, &path, &text) {
            assert_eq!(complaints, Vec::<String>::new(), "{}", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 30, "{seen} files");
}

#[test]
fn the_schemas_refuse_what_is_misshapen() {
    let validators = validators();
    let mut wrong = Vec::new();
    let mut refused = 0;
    for case in cases::all() {
        let beyond = BEYOND.iter().any(|(name, _)| case.name.contains(name));
        let codes: Vec<&str> = case.expected.iter().map(|(code, ..)| code.as_str()).collect();
        if !codes.iter().any(|code| SHAPE.contains(code) || *code == "SN-104") {
            continue;
        }
        let texts = case.changed().0;
        let complains = |(path, text): (&PathBuf, &std::sync::Arc<str>)| complaints(&validators, path, text);
        let refuses = texts.iter().filter_map(complains).any(|said| !said.is_empty());
        refused += usize::from(refuses);
        if refuses == beyond {
            wrong.push(format!("{} {codes:?}: refused {refuses}, listed {beyond}", case.name));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(refused >= 12, "{refused} refused");
}

#[test]
fn every_file_of_the_example_names_its_schema() {
    let validators = validators();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for path in all(root) {
        if fitting(&validators, &path).is_none() {
            continue;
        }
        let text = fs::read_to_string(root.join(&path)).unwrap();
        let first = text.lines().next().unwrap_or_default();
        let up = "../".repeat(path.components().count() - 1);
        let schema = first.strip_prefix(&format!("# yaml-language-server: $schema={up}.samnet/schema/"));
        let name = schema.and_then(|name| name.strip_suffix(".json")).unwrap_or_default();
        assert!(FILES.iter().any(|file| file.name == name), "{}: {first}", path.display());
    }
}
