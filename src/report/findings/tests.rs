use super::*;

const YAML: &str = "vlans:\n  - { id: 40, name: gast }\n\n\n\n\n\n\n  - { id: 40, name: kamera }\n";

fn finding() -> (Sources, Finding) {
    let mut sources = Sources::new();
    let file = sources.add("inventory/vlans.yaml", YAML);
    let at = |from: usize| Span::new(file, from..from + 2);
    let second = YAML.rfind("40").unwrap();
    let first = YAML.find("40").unwrap();
    let finding = Finding::error(Code(204), "VLAN 40 has two meanings")
        .at_saying(at(second), "used here for \"kamera\"")
        .label(at(first), "first used here for \"gast\"")
        .help("free ids near it are 41 and 42");
    (sources, finding)
}

#[test]
fn a_finding_looks_like_a_compiler_s() {
    let (sources, finding) = finding();
    insta::assert_snapshot!(human(&sources, &[finding], false), @r#"
    error[SN-204]: VLAN 40 has two meanings
     --> inventory/vlans.yaml:9:11
      |
    9 |   - { id: 40, name: kamera }
      |           ^^ used here for "kamera"
      |
     ::: inventory/vlans.yaml:2:11
      |
    2 |   - { id: 40, name: gast }
      |           -- first used here for "gast"
      |
      = help: free ids near it are 41 and 42
      = more: samnet explain SN-204
    "#);
}

#[test]
fn the_long_text_is_offered_once_and_what_was_there_before_comes_last() {
    let (sources, finding) = finding();
    let second = Finding { message: "VLAN 50 has two meanings".into(), ..finding.clone() };
    let shown = compared(&sources, &[finding, second], Some(&[false, true]), false);
    assert_eq!(shown.matches("samnet explain SN-204").count(), 1, "{shown}");
    assert_eq!(shown.matches("= was there before").count(), 1, "{shown}");
    assert!(shown.find("VLAN 50") < shown.find("VLAN 40"), "{shown}");
}

#[test]
fn colour_changes_nothing_but_colour() {
    let (sources, finding) = finding();
    let both = [finding.clone(), finding];
    let colored = compared(&sources, &both, Some(&[true, false]), true);
    assert!(colored.contains('\u{1b}'));
    let plain = compared(&sources, &both, Some(&[true, false]), false);
    assert_eq!(anstream::adapter::strip_str(&colored).to_string(), plain);
}

#[test]
fn every_place_can_be_shown() {
    // Whole files, empty files, ends of files, foreign spans, spans over lines, CRLF, long lines.
    let mut sources = Sources::new();
    let long = format!("a: {}\nb: 1\r\n", "å".repeat(5_000_000));
    let files = [sources.add("empty.yaml", ""), sources.add("long.yaml", long.as_str()), sources.add("a.yaml", YAML)];
    for file in files {
        let end = sources.text(file).len();
        for range in [0..0, 0..end, end..end, end + 5..end + 9, 3..4, 1..10_000_006, 6..7] {
            let finding = Finding::warning(Code(3), "odd").at_saying(Span::new(file, range.clone()), "here");
            let shown = human(&sources, std::slice::from_ref(&finding), false);
            assert!(shown.contains("warning[SN-003]: odd"), "{range:?} {shown}");
            assert!(shown.len() < 2000, "{range:?} {}", shown.len());
            assert!(shown.contains(&sources.path(file).display().to_string()), "{range:?} {shown}");
        }
    }
}

#[test]
fn json_says_what_the_picture_says() {
    let (sources, finding) = finding();
    let listing = Listing::of(&sources, std::slice::from_ref(&finding), None);
    let said = json::document(&listing);
    let shown = human(&sources, &[finding], false);
    let found = &said["findings"][0];
    for text in [&found["code"], &found["message"], &found["here"], &found["help"], &found["related"][0]["text"]] {
        assert!(shown.contains(text.as_str().unwrap()), "{text}");
    }
    assert_eq!((&found["place"]["line"], &found["place"]["column"]), (&9.into(), &11.into()));
    assert_eq!(found["place"]["end_column"], 13);
    assert_eq!((&said["summary"]["errors"], &found["new"]), (&1.into(), &serde_json::Value::Null));
}

#[test]
fn the_summary_counts() {
    let found = Count { errors: 1, warnings: 2, notes: 0 };
    let summary = Summary { found, files: 64, devices: 83, ..Summary::default() };
    assert_eq!(summary.to_string(), "1 error, 2 warnings in 64 files, 83 devices");
    assert_eq!(Summary { files: 1, ..Summary::default() }.to_string(), "nothing found in 1 file, 0 devices");
    let compared = Summary { before: Some(Count { errors: 3, ..Count::default() }), ..summary };
    assert_eq!(compared.to_string(), "1 new error, 2 new warnings in 64 files, 83 devices; 3 errors before");
    let clean = Summary { found: Count::default(), before: Some(Count::default()), ..summary };
    assert_eq!(clean.to_string(), "nothing new in 64 files, 83 devices");
}

#[test]
fn a_fingerprint_is_unique_in_a_listing_and_survives_moved_lines() {
    let prints = |text: &str| -> Vec<String> {
        let mut sources = Sources::new();
        let file = sources.add("a.yaml", text);
        let at = |(from, _)| Finding::error(Code(3), "odd").at(Span::new(file, from..from + 1));
        let findings: Vec<Finding> = text.match_indices('x').map(at).collect();
        Listing::of(&sources, &findings, None).items.iter().map(Item::unique).collect()
    };
    let before = prints("x\nx\n");
    assert_ne!(before[0], before[1]);
    assert_eq!(before, prints("# one\n\n  x\n x\n"));
}
