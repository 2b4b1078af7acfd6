use super::*;
use crate::source::Sources;
use crate::source::yaml::parse;

fn node(text: &str) -> Node {
    parse(Sources::new().add("a.yaml", text), text).root.unwrap()
}

fn messages(reader: &Reader) -> Vec<&str> {
    reader.findings.iter().map(|found| found.message.as_str()).collect()
}

#[test]
fn a_word_is_neither_a_number_nor_a_truth() {
    let mut reader = Reader::default();
    assert_eq!(bool::decode(&node("no"), &mut reader), None);
    assert_eq!(u32::decode(&node("\"80\""), &mut reader), None);
    assert_eq!(u32::decode(&node("010"), &mut reader), None);
    assert_eq!(u8::decode(&node("256"), &mut reader), None);
    assert_eq!(
        messages(&reader),
        [
            "expected true or false, found `no`",
            "expected a whole number, found the text \"80\"",
            "expected a whole number, found `010`",
            "256 is outside 0–255",
        ]
    );
    assert_eq!(String::decode(&node("no"), &mut reader), Some("no".to_owned()));
}

#[test]
fn every_mistake_of_a_mapping_is_told() {
    let mut reader = Reader::default();
    let node = node("{ nmae: x, index: y, colour: red }");
    let mut fields = Fields::of(&node, "a site", &mut reader).unwrap();
    assert_eq!(fields.required::<String>("name", &mut reader), None);
    assert_eq!(fields.required::<u32>("index", &mut reader), None);
    assert_eq!(fields.required::<String>("wan", &mut reader), None);
    fields.finish(&mut reader);
    assert_eq!(
        messages(&reader),
        [
            "a site has no `name`",
            "`index` takes a whole number, not `y`",
            "a site has no `wan`",
            "a site has no key `colour`"
        ]
    );
    assert_eq!(reader.findings[0].help.as_deref(), Some("is `nmae` meant?"));
}

#[test]
fn a_list_loses_only_its_bad_members() {
    let mut reader = Reader::default();
    let vlans: Vec<VlanId> = Vec::decode(&node("[10, 5000, 20]"), &mut reader).unwrap();
    assert_eq!(vlans.iter().map(|id| id.get()).collect::<Vec<_>>(), [10, 20]);
    assert_eq!(reader.findings[0].code, codes::VLAN_RANGE);
}

#[test]
fn a_swedish_name_gets_a_legal_proposal() {
    assert_eq!(proposal("Åmåls vattenverk"), "amals-vattenverk");
    assert_eq!(proposal("Högsäters skola 2"), "hogsaters-skola-2");
    assert_eq!(proposal("***"), "");
}
