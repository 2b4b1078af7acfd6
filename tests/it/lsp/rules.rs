//! A project's own rules beside the conversation: nothing waits for them.

use std::fs;
use std::time::Instant;

use serde_json::json;

use super::client::{Client, position};
use super::{VLANS, capable};
use crate::process::{children, is_running, within};

/// A rule that takes for ever.
const ENDLESS: &str = "package own\n\ndeny contains \"x\" if {\n\tsome i in numbers.range(1, 1000000)\n\t\
                       some j in numbers.range(1, 1000000)\n\ti + j == -1\n}\n";

/// The processes that evaluate rules.
fn workers(client: &Client) -> Vec<u32> {
    children(client.id())
}

#[test]
fn nothing_waits_for_rules_and_a_change_stops_them() {
    let mut client = Client::start();
    fs::write(client.root().join("policies/checks/endless.rego"), ENDLESS).unwrap();
    client.initialize(&capable());
    let text = client.open(VLANS, None);
    // The first answer waits for the project to be read, and for that alone.
    let began = Instant::now();
    client.at("textDocument/hover", VLANS, &text, "segment: st¦aff");
    assert!(within(300, || !workers(&client).is_empty()), "no rule was asked");
    client.at("textDocument/documentSymbol", VLANS, &text, "segment: st¦aff");
    let first = workers(&client);
    assert_eq!(first.len(), 1, "the answers came while the rule ran, after {:?}", began.elapsed());

    // What is typed wrong is told before the rule is done, and what is outdated is given up.
    let place = position(&text, "segment: staff¦");
    client.change(VLANS, 2, &json!([{ "range": { "start": place, "end": place }, "text": "f" }]));
    let found = client.diagnostics(VLANS, 2);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(within(20, || !workers(&client).contains(&first[0])), "the outdated rule goes on");

    // The end of the conversation is the end of its rules.
    let all = workers(&client);
    assert_eq!(client.close().code, Some(0));
    assert!(within(20, || !all.iter().any(|worker| is_running(*worker))), "a rule outlives the server");
}

#[test]
fn what_rules_said_stands_until_they_speak_again() {
    let mut client = Client::start();
    let rule = "package own\n\nwarn contains {\"msg\": \"look here\", \"at\": vlan.at} if {\n\tsome vlan in input.vlans\n\t\
                vlan.id == 10\n}\n";
    fs::write(client.root().join("policies/checks/own.rego"), rule).unwrap();
    client.initialize(&capable());
    let text = client.open(VLANS, None);
    let of_rule = |found: &[serde_json::Value]| found.iter().filter(|it| it["code"] == "SN-902").count();
    assert_eq!(of_rule(&client.diagnostics(VLANS, 1)), 1);
    // Something else is wrong now; until the rule was asked again, what it said is kept.
    client.rewrite(VLANS, 2, &text.replace("id: 40", "id: 20"));
    let found = client.diagnostics(VLANS, 2);
    assert_eq!((found.len(), of_rule(&found)), (2, 1), "{found:#?}");
    client.rewrite(VLANS, 3, &text.replace("id: 10,", "id: 11,"));
    let last = client.wait(|it| {
        let about = &it["params"];
        about["version"] == 3 && about["diagnostics"].as_array().is_some_and(|all| of_rule(all) == 0)
    });
    assert!(last["params"]["uri"].as_str().unwrap().ends_with("vlans.yaml"));
}

#[test]
fn the_server_ends_with_its_editor_whoever_holds_the_stream() {
    let mut editor = std::process::Command::new("sleep").arg("600").spawn().unwrap();
    let mut client = Client::start();
    client.request("initialize", json!({ "processId": editor.id(), "capabilities": {} }));
    client.notify("initialized", json!({}));
    editor.kill().unwrap();
    editor.wait().unwrap();
    assert!(within(100, || client.is_over()), "the server waits for an editor that is gone");
}
