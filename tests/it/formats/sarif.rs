//! SARIF against its own schema, and what the schema cannot say.

use samnet::finding::{Code, Edit, Finding, Fix};
use samnet::report::findings::Listing;
use samnet::source::{Sources, Span};

use super::*;

const SCHEMA: &str = include_str!("../../fixtures/sarif/sarif-schema-2.1.0.json");

fn schema() -> jsonschema::Validator {
    // The published pattern of a language has a bracket too many, which no ECMA 262 engine takes.
    let odd = "[a-zA-Z]{2}]?$";
    assert!(SCHEMA.contains(odd));
    let schema: Value = serde_json::from_str(&SCHEMA.replace(odd, "[a-zA-Z]{2}$")).unwrap();
    jsonschema::draft7::new(&schema).unwrap()
}

#[track_caller]
fn valid(text: &str) -> Value {
    let validator = schema();
    let document: Value = serde_json::from_str(text).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(errors, Vec::<String>::new());
    document
}

#[test]
fn what_is_written_is_sarif() {
    let empty = valid(&small().validate(&["--format", "sarif"]).out);
    assert_eq!(empty["runs"][0]["results"], serde_json::json!([]));
    let project = super::parity::broken();
    project.commit();
    let document = valid(&project.validate(&["--format", "sarif", "--changed-since", "HEAD"]).out);
    let run = &document["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert!(results.len() >= 8);
    for result in results {
        let rule = &run["tool"]["driver"]["rules"][usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert_eq!(result["baselineState"], "unchanged");
        assert!(rule["help"]["markdown"].as_str().unwrap().contains("## Way out"));
    }
    let print = |result: &Value| result["partialFingerprints"]["samnet/v1"].as_str().unwrap().to_owned();
    let prints: BTreeSet<String> = results.iter().map(print).collect();
    assert_eq!(prints.len(), results.len(), "each has a fingerprint of its own");
}

#[test]
fn the_schema_can_fail() {
    let validator = schema();
    let mut document: Value = serde_json::from_str(&small().validate(&["--format", "sarif"]).out).unwrap();
    assert!(validator.is_valid(&document));
    document["runs"][0]["results"] = serde_json::json!([{ "ruleId": "SN-001" }]);
    assert!(!validator.is_valid(&document), "a result without a message");
}

#[test]
fn places_related_places_and_fixes_are_where_they_should_be() {
    let mut sources = Sources::new();
    let text = "vlan: Å\n  gateway: firewal # ö\n";
    let file = sources.add("inventory/å b.yaml", text);
    let at = text.find("firewal").unwrap();
    let span = Span::new(file, at..at + 7);
    let fix = Fix { title: "write `firewall`".into(), edits: vec![Edit { span, text: "firewall".into() }] };
    let finding =
        Finding::error(Code(104), "no").at_saying(span, "here").label(Span::new(file, 0..4), "there").fix(Some(fix));
    let listing = Listing::of(&sources, &[finding], Some(&[true]));
    let document = valid(&listing.write("sarif").unwrap());
    assert_eq!(document["runs"][0]["columnKind"], "unicodeCodePoints");
    let result = &document["runs"][0]["results"][0];
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "inventory/%C3%A5%20b.yaml");
    let region = serde_json::json!({ "startLine": 2, "startColumn": 12, "endLine": 2, "endColumn": 19 });
    assert_eq!(place["region"], region);
    assert_eq!(result["relatedLocations"][0]["message"]["text"], "there");
    let change = &result["fixes"][0]["artifactChanges"][0];
    assert_eq!(change["replacements"][0]["deletedRegion"], region);
    assert_eq!(change["replacements"][0]["insertedContent"]["text"], "firewall");
    assert_eq!((&result["level"], &result["baselineState"]), (&"error".into(), &"new".into()));
}
