//! Whatever stands in a project's files: no panic, an end, few findings, each inside its file.
//!
//! Quick by default; `PROPTEST_CASES=10000 cargo test --test it fuzz::` goes on for longer. The files of the
//! example are changed in memory or in a scratch copy; memory is bounded through the compiled program,
//! whose address space is limited.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::Index;
use samnet::platform::Library;
use samnet::{check, inventory, report};

static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library::built_in().unwrap());

/// Every file of the example that is read, by its path.
static FILES: LazyLock<Vec<(PathBuf, Vec<u8>)>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["inventory", "policies"] {
        collect(root, Path::new(folder), &mut files);
    }
    files.sort();
    files
});

fn collect(root: &Path, below: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(root.join(below)).unwrap() {
        let path = below.join(entry.unwrap().file_name());
        if root.join(&path).is_dir() {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|kind| kind == "yaml") {
            files.push((path.clone(), fs::read(root.join(&path)).unwrap()));
        }
    }
}

/// The example with one file replaced.
fn project(path: &Path, content: &[u8]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, own) in FILES.iter() {
        let to = folder.path().join(name);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::write(to, if name == path { content } else { own }).unwrap();
    }
    folder
}

/// Findings of one file's reading end at 101, and what follows from them stays in the order of the devices.
const MOST: usize = 1_000;

/// Reads, resolves, checks and shows a project.
fn judge(root: &Path) -> Result<(), TestCaseError> {
    let loaded = inventory::load(root);
    let (_, findings) = check::all(&loaded, &LIBRARY, Some(jiff::civil::date(2026, 12, 1)));
    prop_assert!(findings.len() <= MOST, "{} findings", findings.len());
    for finding in &findings {
        let spans = finding.span.into_iter().chain(finding.labels.iter().map(|label| label.span));
        for span in spans {
            prop_assert!(loaded.sources.text(span.file).get(span.range()).is_some(), "{finding:?}");
        }
    }
    prop_assert!(!report::findings::human(&loaded.sources, &findings, true).contains('\t'));
    Ok(())
}

/// What happens to a file.
#[derive(Clone, Debug)]
enum Slip {
    Flip(Index, u8),
    Cut(Index),
    Gone(Index, usize, String),
    LineGone(Index),
    LineTwice(Index, usize),
    LinesSwapped(Index, Index),
    Token(Index, Index, Index),
    Value(Index, &'static str),
}

/// Values that mean trouble to somebody.
const TROUBLE: &[&str] = &[
    "99999999999999999999",
    "-1",
    "4294967296",
    "0",
    "1e309",
    ".inf",
    "0x7fffffff",
    "1-4096",
    "1-99999999",
    "~",
    "\"\"",
    "[]",
    "{}",
    "[[[[[[[[]]]]]]]]",
    "*none",
    "&a [*a]",
    "!!binary x",
    "<<",
    "? ",
    "'",
    "\"\\ud800\"",
    "ap-[1-256]",
    "access-4294967295",
    "0.0.0.0/0",
    "255.255.255.255/32",
    "::/0",
    "{n}{n}{n}{nn}{org}",
    "å\u{301}\u{202e}",
    "9999-12-31",
    "|\n  x",
];

fn slips() -> impl Strategy<Value = Slip> {
    let at = any::<Index>;
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Slip::Flip(at, byte)),
        at().prop_map(Slip::Cut),
        (at(), 0..40_usize, "[ a-z0-9{}\\[\\]:,\\-#&*!|>'\"\\t\\n/.å]{0,12}")
            .prop_map(|(at, gone, come)| Slip::Gone(at, gone, come)),
        at().prop_map(Slip::LineGone),
        (at(), 1..300_usize).prop_map(|(at, times)| Slip::LineTwice(at, times)),
        (at(), at()).prop_map(|(a, b)| Slip::LinesSwapped(a, b)),
        (at(), at(), at()).prop_map(|(at, file, from)| Slip::Token(at, file, from)),
        (at(), prop::sample::select(TROUBLE)).prop_map(|(at, value)| Slip::Value(at, value)),
    ]
}

/// Where words begin and end.
fn tokens(text: &[u8]) -> Vec<std::ops::Range<usize>> {
    let part = |byte: &u8| !b" ,:{}[]\n\"".contains(byte);
    let mut found = Vec::new();
    let mut from = None;
    for (at, byte) in text.iter().chain(b" ").enumerate() {
        match (part(byte), from) {
            (true, None) => from = Some(at),
            (false, Some(start)) => {
                found.push(start..at);
                from = None;
            }
            _ => {}
        }
    }
    found
}

fn slip(mut text: Vec<u8>, slip: &Slip) -> Vec<u8> {
    if text.is_empty() {
        return text;
    }
    let mut lines: Vec<Vec<u8>> = text.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let line = |at: &Index| at.index(lines.len());
    let words = tokens(&text);
    let word = |at: &Index| (!words.is_empty()).then(|| words[at.index(words.len())].clone());
    match slip {
        Slip::Flip(at, byte) => {
            let at = at.index(text.len());
            text[at] ^= byte;
            return text;
        }
        Slip::Cut(at) => {
            text.truncate(at.index(text.len()));
            return text;
        }
        Slip::Gone(at, gone, come) => {
            let at = at.index(text.len());
            let end = (at + gone).min(text.len());
            text.splice(at..end, come.bytes());
            return text;
        }
        Slip::Token(at, file, from) => {
            let other = &FILES[file.index(FILES.len())].1;
            let theirs = tokens(other);
            if let (Some(at), false) = (word(at), theirs.is_empty()) {
                let from = theirs[from.index(theirs.len())].clone();
                text.splice(at, other[from].iter().copied());
            }
            return text;
        }
        Slip::Value(at, value) => {
            if let Some(at) = word(at) {
                text.splice(at, value.bytes());
            }
            return text;
        }
        Slip::LineGone(at) => {
            let at = line(at);
            lines.remove(at);
        }
        Slip::LineTwice(at, times) => {
            let at = line(at);
            let again = vec![lines[at].clone(); *times];
            lines.splice(at..at, again);
        }
        Slip::LinesSwapped(a, b) => {
            let (a, b) = (line(a), line(b));
            lines.swap(a, b);
        }
    }
    lines.concat()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases(48)) })]

    /// Slips of a hand and of a disk, one to four in one file.
    #[test]
    fn the_example_with_slips(file in any::<Index>(), slips in prop::collection::vec(slips(), 1..4)) {
        let (path, text) = file.get(&FILES);
        let spoiled = slips.iter().fold(text.clone(), slip);
        judge(project(path, &spoiled).path())?;
    }

    /// Bytes that are no text, and characters that are no YAML, in the place of each kind of file.
    #[test]
    fn anything_for_a_file(
        file in any::<Index>(),
        content in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..600),
            "\\PC{0,300}".prop_map(String::into_bytes),
            "([ a-z0-9{}\\[\\]:,\\-#&*!|>'\"?%@`]|\n|\n  |: |- ){0,200}".prop_map(String::into_bytes),
        ],
    ) {
        judge(project(&file.get(&FILES).0, &content).path())?;
    }
}

/// `PROPTEST_CASES` where it is set.
fn cases(quick: u32) -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(quick)
}

/// Runs `validate` with a limit on its memory, in megabytes.
fn limited(root: &Path, megabytes: u64) -> std::process::Output {
    let limit = format!("ulimit -v {} && exec \"$0\" \"$@\"", megabytes << 10);
    Command::new("sh")
        .args(["-c", &limit, env!("CARGO_BIN_EXE_samnet"), "validate", "-C"])
        .arg(root)
        .env_clear()
        .env("RAYON_NUM_THREADS", "2")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// Files that are small and mean much, or are large: each ends with findings, in bounded memory.
#[test]
fn what_is_huge_ends_in_bounded_memory() {
    let many = |one: &str, times: usize| one.repeat(times);
    let bomb = (1..12).fold("a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, level| {
        let refs = vec![format!("*a{}", level - 1); 9].join(", ");
        format!("{text}a{level}: &a{level} [{refs}]\n")
    });
    let merge = (1..20).fold("a0: &a0 { k0: x }\n".to_owned(), |text, level| {
        let before = level - 1;
        format!("{text}a{level}: &a{level} {{ <<: [*a{before}, *a{before}], k{level}: *a{before} }}\n")
    });
    let site = "site: { name: X, index: 9, code: x }\ndevices:\n";
    let devices: String =
        (1..=2_000).map(|n| format!("  access-{n}: {{ model: C9300-48P }}\n")).collect::<Vec<_>>().concat();
    let site_file = "inventory/sites/amal/stadshuset.yaml";
    let huge = [
        ("inventory/vlans.yaml", format!("vlans: [{}]", many("7, ", 200_000))),
        ("inventory/vlans.yaml", format!("vlans:\n{}", many("  - {}\n", 100_000))),
        ("inventory/vlans.yaml", bomb),
        ("inventory/profiles.yaml", merge),
        ("inventory/models.yaml", many("[", 300_000)),
        ("inventory/models.yaml", many("{a: ", 300_000)),
        (
            "inventory/models.yaml",
            (0..20_000).map(|depth| format!("{}a:\n", " ".repeat(depth % 1000))).collect::<Vec<_>>().concat(),
        ),
        ("inventory/ssids.yaml", format!("ssids: \"{}\"", many("å", 1_000_000))),
        ("inventory/ssids.yaml", many("- - - - ", 30_000)),
        ("policies/segments.yaml", (0..20_000).map(|n| format!("k{n}: 1\n")).collect::<Vec<_>>().concat()),
        (
            "policies/flows/work.yaml",
            format!(
                "flows:\n{}",
                many("  - { id: a, from: staff, to: staff, services: [any], purpose: x, owner: y }\n", 500)
            ),
        ),
        (site_file, format!("{site}{devices}")),
        (
            site_file,
            format!("{site}  access-[1-256]: {{ model: C9300-48P, ports: {{ {} }} }}\n", many("1-4000: office, ", 100)),
        ),
        (site_file, format!("{site}  ap-[{}]: {{ model: U6-LR }}\n", many("1-255,", 500))),
    ];
    for (number, (path, text)) in huge.iter().enumerate() {
        let folder = project(Path::new(path), text.as_bytes());
        let said = limited(folder.path(), 2_000);
        let err = String::from_utf8_lossy(&said.stderr);
        let start: String = err.chars().take(600).collect();
        assert_eq!(said.status.code(), Some(1), "{number} {path}: {start}");
        assert!(!err.contains("panicked") && err.len() < 2_000_000, "{number} {path}: {} bytes, {start}", err.len());
    }
}
