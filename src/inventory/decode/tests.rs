use super::*;
use crate::source::Sources;
use crate::source::yaml::parse;
use crate::value::{DeviceName, Id, VlanId};

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
            "this number is 255 at most, not 256",
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

#[test]
fn true_and_false_are_no_text_and_a_number_is_one() {
    let mut reader = Reader::default();
    for truth in ["true", "False", "TRUE"] {
        assert_eq!(String::decode(&node(truth), &mut reader), None, "{truth}");
        assert_eq!(Id::decode(&node(truth), &mut reader), None, "{truth}");
        assert_eq!(DeviceName::decode(&node(truth), &mut reader), None, "{truth}");
    }
    let fix = reader.findings[0].fix.as_ref().unwrap();
    assert_eq!(fix.edits[0].text, "\"true\"");
    assert_eq!(reader.findings.len(), 9);
    assert_eq!(String::decode(&node("\"true\""), &mut reader), Some("true".to_owned()));
    assert_eq!(Id::decode(&node("1492"), &mut reader).map(|id| id.to_string()), Some("1492".to_owned()));
    assert_eq!(reader.findings.len(), 9);
}

#[test]
fn brackets_are_proposed_around_what_may_be_an_item() {
    let mut reader = Reader::default();
    assert_eq!(Vec::<Id>::decode(&node("office"), &mut reader), None);
    assert_eq!(Vec::<Id>::decode(&node("false"), &mut reader), None);
    let fixes: Vec<bool> = reader.findings.iter().map(|told| told.fix.is_some()).collect();
    assert_eq!(fixes, [true, false]);
}

#[test]
fn a_number_out_of_its_bounds_is_told_with_them() {
    let mut reader = Reader { within: Some((1, 4)), ..Reader::default() };
    assert_eq!(u8::decode(&node("256"), &mut reader), None);
    assert_eq!(u8::decode(&node("4"), &mut reader), Some(4));
    reader.within = None;
    assert_eq!(u32::decode(&node("-1"), &mut reader), None);
    assert_eq!(messages(&reader), ["this number lies between 1 and 4, not 256", "this number is 0 or more, not -1"]);
}

#[test]
fn blanks_in_ranges_stand_beside_commas_alone() {
    assert_eq!(ranges("1-3 , 7").unwrap(), [1, 2, 3, 7]);
    for wrong in [" 1", "1 ", "20 - 99", "1-\t3", "+1", "1,", ""] {
        assert!(ranges(wrong).is_err(), "{wrong:?}");
    }
}
