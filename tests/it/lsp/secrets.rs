//! Marked secrets beside the project, and in it by mistake: no answer to an editor holds one.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use super::capable;
use super::client::{Client, position};

const NETWORK: &str = "inventory/network.yaml";
const SSIDS: &str = "inventory/ssids.yaml";

/// Asks everything an editor asks about a place.
fn ask(client: &mut Client, file: &str, text: &str, mark: &str, said: &mut Vec<String>) {
    for method in ["hover", "completion", "definition", "documentHighlight", "prepareRename"] {
        let answer = client.try_at(&format!("textDocument/{method}"), file, text, mark, &json!({}));
        said.push(format!("{method}: {answer:?}"));
    }
    let more = json!({ "context": { "includeDeclaration": true } });
    let answer = client.try_at("textDocument/references", file, text, mark, &more);
    said.push(format!("references: {answer:?}"));
    let place = position(text, mark);
    let range = json!({ "start": place, "end": place });
    let params =
        json!({ "textDocument": { "uri": client.uri(file) }, "range": range, "context": { "diagnostics": [] } });
    said.push(format!("actions: {:?}", client.ask("textDocument/codeAction", params)));
}

#[test]
fn no_answer_holds_a_secret() {
    let mut client = Client::start();
    let text = std::fs::read_to_string(client.root().join(NETWORK)).unwrap();
    let mut names = Vec::new();
    for line in text.lines().skip_while(|line| *line != "secrets:").skip(1) {
        let Some((name, file)) = line.trim().split_once(": ") else { break };
        let path = client.root().join(file.trim().strip_prefix("file:").unwrap());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, format!("Kanarie-{name}")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        names.push(name.to_owned());
    }
    assert!(names.len() > 5, "{names:?}");
    client.initialize(&capable());
    let mut said = Vec::new();
    let network = client.open(NETWORK, None);
    assert_eq!(client.diagnostics(NETWORK, 1), Vec::<Value>::new());
    for name in &names {
        let mark = format!("  {name}:");
        let inside = mark.replacen("  ", "  ¦", 1);
        ask(&mut client, NETWORK, &network, &inside, &mut said);
        ask(&mut client, NETWORK, &network, &format!("¦file:.samnet/secrets/{name}"), &mut said);
    }
    let ssids = client.open(SSIDS, None);
    assert_eq!(client.diagnostics(SSIDS, 1), Vec::<Value>::new());
    ask(&mut client, SSIDS, &ssids, "secret: wifi¦-care", &mut said);
    assert!(said.iter().any(|answer| answer.starts_with("hover") && answer.contains("wifi-care")), "{said:#?}");

    // A value where its name or its source belongs: the text holds it, what is said about the text does not.
    let network = network.replacen("file:.samnet/secrets/wifi-care", "Kanarie-i-klartext", 1);
    client.rewrite(NETWORK, 2, &network);
    let found = client.diagnostics(NETWORK, 2);
    assert!(found.iter().any(|finding| finding["code"] == "SN-702"), "{found:#?}");
    said.push(format!("{found:?}"));
    ask(&mut client, NETWORK, &network, "Kanarie¦-i-klartext", &mut said);
    let ssids = ssids.replacen("secret: wifi-care", "secret: \"Kanarie i klartext\"", 1);
    client.rewrite(SSIDS, 2, &ssids);
    let found = client.diagnostics(SSIDS, 2);
    assert!(!found.is_empty());
    said.push(format!("{found:?}"));
    ask(&mut client, SSIDS, &ssids, "\"Kanarie¦ i klartext\"", &mut said);
    for query in ["", "wifi", "Kanarie"] {
        said.push(format!("{:?}", client.request("workspace/symbol", json!({ "query": query }))));
    }
    for file in [NETWORK, SSIDS] {
        let document = json!({ "textDocument": { "uri": client.uri(file) } });
        said.push(format!("{:?}", client.request("textDocument/documentSymbol", document)));
    }
    let ended = client.close();
    said.push(ended.err);
    let shown: Vec<&String> = said.iter().filter(|answer| answer.contains("Kanarie")).collect();
    assert!(shown.is_empty(), "{shown:#?}");
}
