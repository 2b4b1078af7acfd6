//! The language server, driven as editors drive it: real messages to the real program.

use serde_json::{Value, json};

use client::{Client, position};

mod client;
mod names;
mod rules;
mod secrets;

const VLANS: &str = "inventory/vlans.yaml";
const PROFILES: &str = "inventory/profiles.yaml";
const SCHOOL: &str = "inventory/sites/amal/karlbergsskolan.yaml";
const VALBO: &str = "inventory/sites/fargelanda/valboskolan.yaml";

/// What VS Code offers, as far as it matters.
fn capable() -> Value {
    json!({
        "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } },
        "textDocument": {
            "publishDiagnostics": { "relatedInformation": true, "tagSupport": { "valueSet": [1, 2] } },
            "documentSymbol": { "hierarchicalDocumentSymbolSupport": true },
            "hover": { "contentFormat": ["markdown", "plaintext"] },
        },
    })
}

/// The line of a mark as people count it.
fn place(text: &str, mark: &str) -> u64 {
    position(text, mark)["line"].as_u64().unwrap() + 1
}

/// Where a location points: the file's name, and the text of the line from there on.
fn target(client: &Client, location: &Value) -> String {
    let uri = location["uri"].as_str().unwrap();
    let file = uri.strip_prefix(&client.uri("")).expect("it lies in the project");
    let text = std::fs::read_to_string(client.root().join(file)).unwrap();
    let line = usize::try_from(location["range"]["start"]["line"].as_u64().unwrap()).unwrap();
    let units = |place: &str| usize::try_from(location["range"][place]["character"].as_u64().unwrap()).unwrap();
    let line: Vec<u16> = text.lines().nth(line).unwrap().encode_utf16().collect();
    format!("{file}: {}", String::from_utf16(&line[units("start")..units("end")]).unwrap())
}

fn targets(client: &Client, locations: &Value) -> Vec<String> {
    locations.as_array().unwrap().iter().map(|location| target(client, location)).collect()
}

fn labels(items: &Value) -> Vec<String> {
    items["items"].as_array().unwrap().iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_mistake_is_told_where_it_is_typed_and_taken_back_when_it_is_mended() {
    let mut client = Client::new(&capable());
    let text = client.open(VLANS, None);
    assert_eq!(client.diagnostics(VLANS, 1), Vec::<Value>::new());

    // One letter typed.
    let place = position(&text, "segment: staff¦");
    client.change(VLANS, 2, &json!([{ "range": { "start": place, "end": place }, "text": "f" }]));
    let found = client.diagnostics(VLANS, 2);
    let [found] = &found[..] else { panic!("{found:#?}") };
    assert_eq!((&found["code"], &found["severity"], &found["source"]), (&json!("SN-201"), &json!(1), &json!("samnet")));
    assert_eq!(found["range"]["start"], position(&text, "segment: ¦staff"));
    assert_eq!(found["message"], "there is no segment `stafff`\nhelp: did you mean `staff`?");
    assert!(found.get("codeDescription").is_none());

    // What mends it is offered there, and only there.
    let document = json!({ "uri": client.uri(VLANS) });
    let ask = |range: &Value| json!({ "textDocument": document, "range": range, "context": { "diagnostics": [] } });
    let actions = client.request("textDocument/codeAction", ask(&found["range"]));
    assert_eq!(actions[0]["kind"], "quickfix");
    assert_eq!(actions[0]["diagnostics"], json!([found]));
    let edits = &actions[0]["edit"]["changes"][client.uri(VLANS)];
    assert_eq!(edits, &json!([{ "range": found["range"], "newText": "staff" }]));
    let top = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 0, "character": 0 } });
    assert_eq!(client.request("textDocument/codeAction", ask(&top)), json!([]));

    client.change(VLANS, 3, &json!([{ "range": found["range"], "text": "staff" }]));
    assert_eq!(client.diagnostics(VLANS, 3), Vec::<Value>::new());
    assert_eq!(client.close().code, Some(0));
}

#[test]
fn related_places_stand_beside_a_finding_or_in_its_words() {
    for (capabilities, related) in [(capable(), true), (json!({}), false)] {
        let mut client = Client::new(&capabilities);
        let text = client.open(VLANS, None).replace("id: 40", "id: 20");
        client.rewrite(VLANS, 2, &text);
        let found = client.diagnostics(VLANS, 2);
        let [found] = &found[..] else { panic!("{found:#?}") };
        assert_eq!(found["range"]["start"], position(&text, "¦20, name: guest"));
        let message = found["message"].as_str().unwrap();
        if related {
            let [place] = &found["relatedInformation"].as_array().unwrap()[..] else { panic!("{found}") };
            assert_eq!(place["location"]["uri"], client.uri(VLANS));
            assert_eq!(place["location"]["range"]["start"], position(&text, "¦20, name: staff"));
            assert!(!message.contains("first used here"), "{message}");
        } else {
            assert!(found.get("relatedInformation").is_none());
            let line = place(&text, "¦20, name: staff");
            assert!(message.contains(&format!("inventory/vlans.yaml:{line}:11: first used here")), "{message}");
        }
    }
}

#[test]
fn a_broken_text_hides_nothing_in_other_files_and_names_complete_in_it() {
    let mut client = Client::new(&capable());
    let profiles = client.open(PROFILES, None).replace(" vlan: guest", " vlan: gest");
    client.rewrite(PROFILES, 2, &profiles);
    assert_eq!(client.diagnostics(PROFILES, 2).len(), 1);

    let school = client.open(SCHOOL, None);
    let typed = format!("{school}  access-4:\n    {{ model: C9300-48P, ports: {{ 1-4: cla");
    client.rewrite(SCHOOL, 2, &typed);
    let broken = client.diagnostics(SCHOOL, 2);
    assert_eq!(broken.iter().map(|it| &it["code"]).collect::<Vec<_>>(), ["SN-003"]);
    client.rewrite(PROFILES, 3, &format!("{profiles}\n"));
    assert_eq!(client.diagnostics(PROFILES, 3).len(), 1, "the other file's finding stays");

    let items = client.at("textDocument/completion", SCHOOL, &typed, "1-4: cla¦");
    assert_eq!(labels(&items), ["classroom"]);
    let start = position(&typed, "1-4: ¦cla");
    assert_eq!(items["items"][0]["textEdit"]["range"]["start"], start);
    assert_eq!(items["items"][0]["textEdit"]["newText"], "classroom");
    let items = client.at("textDocument/completion", SCHOOL, &typed, "  access-4:\n    { model: C9300-¦");
    assert_eq!(labels(&items), ["C9300-24P", "C9300-24S", "C9300-48P"]);

    // Places above the broken line are known as before.
    let found = client.at("textDocument/definition", SCHOOL, &typed, "39-40: p¦rinter");
    assert_eq!(targets(&client, &found), ["inventory/profiles.yaml: printer"]);
}

#[test]
fn names_are_completed_wherever_one_belongs() {
    let mut client = Client::new(&json!({}));
    let school = client.open(SCHOOL, None);
    let cases: [(&str, &str, &[&str]); 5] = [
        ("to: datacentre/core-1", "to: datacentre/co¦", &["datacentre/core-1", "datacentre/core-2"]),
        ("to: distribution-1", "to: distr¦", &["distribution-1"]),
        ("model: C9300-24S", "model: U6¦", &["U6-LR", "U6-Pro"]),
        ("tags: [school]", "tags: [sch¦", &["school"]),
        ("25-38: office", "25-38: off¦", &["office"]),
    ];
    for (version, (old, new, wanted)) in (2..).zip(cases) {
        let text = school.replacen(old, &new.replace('¦', ""), 1);
        client.rewrite(SCHOOL, version, &text);
        let items = client.at("textDocument/completion", SCHOOL, &text, new);
        let found: Vec<String> =
            labels(&items).into_iter().filter(|label| !label.contains('/') || new.contains('/')).collect();
        assert!(!found.is_empty(), "{new}");
        for label in &found {
            assert!(wanted.contains(&label.as_str()), "{new}: {found:?}");
        }
    }
    let flows = "policies/flows/care.yaml";
    let text = client.open(flows, None).replacen("from: care\n", "from: i\n", 1);
    client.rewrite(flows, 2, &text);
    let items = client.at("textDocument/completion", flows, &text, "from: i¦");
    assert_eq!(labels(&items)[0], "internet");
    // A title is free text.
    let items = client.at("textDocument/completion", flows, &text, "purpose: T¦");
    assert_eq!(labels(&items), Vec::<String>::new());

    // Words and keys come from the schemas.
    let ssids = "inventory/ssids.yaml";
    let text = client.open(ssids, None).replacen("security: wpa3-enterprise", "security: wpa", 1);
    client.rewrite(ssids, 2, &text);
    let items = client.at("textDocument/completion", ssids, &text, "security: wpa¦");
    assert_eq!(labels(&items), ["wpa2-wpa3-enterprise", "wpa3-enterprise"]);
    let typed = format!("{text}  - {{ name: Ny, cli");
    client.rewrite(ssids, 3, &typed);
    let items = client.at("textDocument/completion", ssids, &typed, "name: Ny, cli¦");
    assert_eq!(labels(&items), ["client_isolation"]);
    assert_eq!(items["items"][0]["textEdit"]["newText"], "client_isolation: ");
}

#[test]
fn hovering_says_what_a_name_resolves_to_and_where_that_stands() {
    let mut client = Client::new(&capable());
    let (vlans, profiles) = (client.open(VLANS, None), client.open(PROFILES, None));
    let from = |file: &str, text: &str, mark: &str| format!("{mark} — {file}:{}", place(text, &format!("¦{mark}")));
    let (segment, vlan) = (from(VLANS, &vlans, "segment: staff"), from(PROFILES, &profiles, "vlan: pupils"));
    let inherited = from(PROFILES, &profiles, "bpdu_guard: true");
    let mut hover = |file: &str, mark: &str| {
        let text = client.open(file, None);
        let answer = client.at("textDocument/hover", file, &text, mark);
        assert_eq!(answer["contents"]["kind"], "markdown", "{mark}");
        answer["contents"]["value"].as_str().unwrap().to_owned()
    };
    let cases: [(&str, &str, &[&str]); 9] = [
        (VLANS, "id: 2¦0", &["VLAN 20 staff", &segment, "18 of 18", "profiles.yaml:"]),
        (PROFILES, "vlan: sta¦ff", &["VLAN 20 staff", "Personal"]),
        (SCHOOL, "1-24: cla¦ssroom", &["profile classroom", &vlan, &inherited, "dot1x.mab: true", "ports: "]),
        (SCHOOL, "dist¦ribution-1:", &["aml-karlberg-", "10.64.112.", "platform", "room: Hus A källare", "links: "]),
        (SCHOOL, "index: ¦7", &["site karlbergsskolan", "10.64.112.0/20"]),
        ("inventory/ssids.yaml", "Dalsland-V¦ard", &["SSID Dalsland-Vard", "secret: wifi-care", "access points"]),
        (
            "policies/segments.yaml",
            "rec¦ords:",
            &["segment records", "owner: Informationssäkerhetssamordnare Dalsland", "flows: "],
        ),
        ("policies/flows/care.yaml", "own¦er: Socialchef", &["Who answers for it"]),
        ("inventory/network.yaml", "index: ¦2, code: fgl", &["organisation fargelanda", "10.72.0.0/14"]),
    ];
    for (file, mark, wanted) in cases {
        let said = hover(file, mark);
        for words in wanted {
            assert!(said.contains(words), "{mark}: `{words}` is not in\n{said}");
        }
    }
    let many = hover(VALBO, "ap-[¦1-6]:");
    assert_eq!(many.lines().count(), 6, "{many}");
}

#[test]
fn a_vlan_in_a_site_file_is_what_it_is_there() {
    let mut client = Client::new(&json!({}));
    let text = client.open(SCHOOL, None).replace("25-38: office", "25-38: { vlan: staff }");
    client.rewrite(SCHOOL, 2, &text);
    let answer = client.at("textDocument/hover", SCHOOL, &text, "vlan: st¦aff");
    let said = answer["contents"]["value"].as_str().unwrap();
    assert!(said.contains("subnet at Karlbergsskolan: 10.64.114.0/23"), "{said}");
    assert!(said.contains("default gateway: 10.64.114.1 on aml-karlberg-"), "{said}");
}

#[test]
fn definitions_and_uses_are_found_across_files() {
    let mut client = Client::new(&capable());
    let school = client.open(SCHOOL, None);
    for (mark, wanted) in [
        ("1-24: class¦room", "inventory/profiles.yaml: classroom"),
        ("datacentre/cor¦e-1", "inventory/sites/amal/datacentre.yaml: core-1"),
        ("¦datacentre/core-1", "inventory/sites/amal/datacentre.yaml: "),
        ("model: C93¦00-48P", "inventory/models.yaml: C9300-48P"),
    ] {
        let found = client.at("textDocument/definition", SCHOOL, &school, mark);
        let found = targets(&client, &found);
        assert!(found.len() == 1 && found[0].starts_with(wanted), "{mark}: {found:?}");
    }
    // Several devices by one key, and each by its own.
    let valbo = client.open(VALBO, None);
    let found = client.at("textDocument/definition", VALBO, &valbo, "\"ap-[¦4-6]\"");
    assert_eq!(targets(&client, &found), [format!("{VALBO}: ap-[1-6]")]);
    let found = client.at("textDocument/definition", SCHOOL, &school, "\"ap-[¦5-8]\"");
    assert_eq!(targets(&client, &found), [5, 6, 7, 8].map(|number| format!("{SCHOOL}: ap-{number}")));

    let vlans = client.open(VLANS, None);
    let ask = |client: &mut Client, mark: &str, declaration: bool| {
        let more = json!({ "context": { "includeDeclaration": declaration } });
        let found = client.try_at("textDocument/references", VLANS, &vlans, mark, &more).unwrap();
        targets(client, &found)
    };
    let uses = ask(&mut client, "name: buil¦ding", false);
    // What the devices ran before speaks of it as well.
    let (before, now): (Vec<&str>, Vec<&str>) = uses.iter().map(String::as_str).partition(|it| it.contains("lab.yaml"));
    assert_eq!(now, ["inventory/profiles.yaml: building", "inventory/ssids.yaml: building"]);
    assert!(!before.is_empty() && before.iter().all(|it| *it == "inventory/lab.yaml: building"), "{before:?}");
    // The number stands for the VLAN as its name does.
    assert_eq!(ask(&mut client, "id: ¦60", false), uses);
    let all = ask(&mut client, "name: buil¦ding", true);
    assert_eq!(all.len(), uses.len() + 1);
    assert!(all.contains(&"inventory/vlans.yaml: building".to_owned()), "{all:?}");
    // The segment of that name is another thing.
    let segments = ask(&mut client, "segment: buil¦ding", false);
    assert!(
        segments.iter().any(|it| it.starts_with("policies/flows/")) && !segments.contains(&uses[0]),
        "{segments:?}"
    );

    let marks = client.at("textDocument/documentHighlight", SCHOOL, &school, "1-24: class¦room");
    assert_eq!(marks.as_array().unwrap().len(), school.matches("classroom").count());
}

#[test]
fn symbols_of_a_file_and_of_the_project() {
    let mut client = Client::new(&capable());
    client.open(SCHOOL, None);
    let document = json!({ "textDocument": { "uri": client.uri(SCHOOL) } });
    let symbols = client.request("textDocument/documentSymbol", document);
    assert_eq!(symbols[0]["detail"], "Karlbergsskolan");
    let below = symbols[0]["children"].as_array().unwrap();
    let devices: Vec<&str> =
        below.iter().filter(|it| it["kind"] == 19).map(|it| it["detail"].as_str().unwrap()).collect();
    assert_eq!(devices.len(), 15);
    assert!(devices.contains(&"ap-10 at karlbergsskolan"), "{devices:?}");

    let found = client.request("workspace/symbol", json!({ "query": "AML-KARLBERG" }));
    assert_eq!(found.as_array().unwrap().len(), 15, "{found:#}");
    let found = client.request("workspace/symbol", json!({ "query": "vlan 70" }));
    let found = found.as_array().unwrap();
    assert_eq!(found.iter().map(|it| &it["name"]).collect::<Vec<_>>(), ["care"]);
    assert_eq!(target(&client, &found[0]["location"]), "inventory/vlans.yaml: care");
}

#[test]
fn a_name_is_changed_everywhere_or_nowhere() {
    let mut client = Client::new(&capable());
    let vlans = client.open(VLANS, None);
    client.open(SCHOOL, None);
    let ready = client.at("textDocument/prepareRename", VLANS, &vlans, "name: pup¦ils");
    assert_eq!(ready["placeholder"], "pupils");
    let new = |name: &str| json!({ "newName": name });
    let answer = client.try_at("textDocument/rename", VLANS, &vlans, "name: pup¦ils", &new("students")).unwrap();
    let changes = answer["changes"].as_object().unwrap();
    for (uri, edits) in changes {
        let file = uri.strip_prefix(&client.uri("")).unwrap().to_owned();
        let path = client.root().join(&file);
        let mut lines: Vec<String> = std::fs::read_to_string(&path).unwrap().lines().map(str::to_owned).collect();
        let mut edits: Vec<&Value> = edits.as_array().unwrap().iter().collect();
        edits.sort_by_key(|edit| std::cmp::Reverse(edit["range"]["start"]["character"].as_u64()));
        for edit in edits {
            let place = |end: &str, key: &str| usize::try_from(edit["range"][end][key].as_u64().unwrap()).unwrap();
            let line = &mut lines[place("start", "line")];
            let units: Vec<u16> = line.encode_utf16().collect();
            let (start, end) = (place("start", "character"), place("end", "character"));
            assert_eq!(String::from_utf16_lossy(&units[start..end]), "pupils");
            let text = |units: &[u16]| String::from_utf16_lossy(units);
            *line = format!("{}students{}", text(&units[..start]), text(&units[end..]));
        }
        std::fs::write(path, lines.join("\n") + "\n").unwrap();
    }
    // The project is in order as before, under the new name.
    let loaded = samnet::inventory::load(&client.root());
    let library = samnet::platform::Library::built_in().unwrap();
    let (_, findings) = samnet::check::all(&loaded, &library, None);
    assert_eq!(findings.iter().map(|it| &it.message).collect::<Vec<_>>(), Vec::<&String>::new());
    assert!(loaded.network.vlans.iter().any(|vlan| vlan.name.as_str() == "students"));

    for (mark, name, words) in [
        ("name: gu¦est", "no name", "identifier"),
        ("name: gu¦est", "staff", "already"),
        ("name: manage¦ment", "mgmt", "address_plan"),
        ("id: 2¦0", "x", "cannot be renamed"),
        ("title: Per¦sonal", "x", "no single name"),
    ] {
        let refused = client.try_at("textDocument/rename", VLANS, &vlans, mark, &new(name)).unwrap_err();
        assert!(refused["message"].as_str().unwrap().contains(words), "{mark}: {refused}");
    }
}

#[test]
fn columns_behind_letters_and_emoji_count_as_agreed() {
    let typed = "site: { name: \"Åsens skola 🏫\", index: 7, nonsense: 1 }\n";
    for (capabilities, column) in [(json!({}), 42), (json!({ "general": { "positionEncodings": ["utf-8"] } }), 45)] {
        let mut client = Client::start();
        let answer = client.initialize(&capabilities);
        let encoding = if column == 45 { "utf-8" } else { "utf-16" };
        assert_eq!(answer["capabilities"]["positionEncoding"], encoding);
        client.open(SCHOOL, Some(typed));
        let found = client.diagnostics(SCHOOL, 1);
        let found = found.iter().find(|it| it["code"] == "SN-102").unwrap();
        assert_eq!(found["range"]["start"], json!({ "line": 0, "character": column }), "{encoding}");
        assert_eq!(found["tags"], Value::Null, "no tags for a client that knows none");

        // What is typed there lands there.
        let end = json!({ "line": 0, "character": column + 8 });
        let range = json!({ "start": found["range"]["start"], "end": end });
        client.change(SCHOOL, 2, &json!([{ "range": range, "text": "code" }]));
        let found = client.diagnostics(SCHOOL, 2);
        assert!(!found.iter().any(|it| it["code"] == "SN-102"), "{found:#?}");
    }
}

#[test]
fn what_is_closed_is_read_from_disk_again_and_changes_there_are_seen() {
    let mut client = Client::new(&capable());
    let asked = client.wait(|it| it["method"] == "client/registerCapability");
    let registration = &asked["params"]["registrations"][0];
    assert_eq!(registration["method"], "workspace/didChangeWatchedFiles");
    client.notify("$/setTrace", json!({ "value": "off" }));

    let text = client.open(VLANS, None);
    client.rewrite(VLANS, 2, "vlans: [");
    assert_eq!(client.diagnostics(VLANS, 2).len(), 1);
    client.notify("textDocument/didClose", json!({ "textDocument": { "uri": client.uri(VLANS) } }));
    let uri = client.uri(VLANS);
    let about = |it: &Value| it["method"] == "textDocument/publishDiagnostics" && it["params"]["uri"] == uri;
    let closed = client.wait(|it| about(it) && it["params"]["version"].is_null());
    assert_eq!(closed["params"]["diagnostics"], json!([]));

    std::fs::write(client.root().join(VLANS), text.replace("segment: staff", "segment: stuff")).unwrap();
    client.notify("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": uri, "type": 2 }] }));
    let changed = client.wait(about);
    assert_eq!(changed["params"]["diagnostics"][0]["code"], "SN-201");
}

#[test]
fn rules_of_the_project_speak_as_well() {
    let mut client = Client::new(&capable());
    let rules = client.root().join("policies/checks");
    std::fs::create_dir_all(&rules).unwrap();
    let rule = "package guests\n\ndeny contains {\"msg\": \"no guests\", \"at\": ssid.at} if {\n\t\
                some ssid in input.ssids\n\tssid.security == \"owe\"\n}\n";
    std::fs::write(rules.join("guests.rego"), rule).unwrap();
    let ssids = "inventory/ssids.yaml";
    let text = client.open(ssids, None);
    let found = client.diagnostics(ssids, 1);
    let [found] = &found[..] else { panic!("{found:#?}") };
    assert!(found["message"].as_str().unwrap().contains("no guests"), "{found}");
    assert_eq!(found["range"]["start"]["line"], position(&text, "Dalsland-Gast")["line"]);
}

#[test]
fn a_file_of_no_project_and_an_unknown_request_are_answered() {
    let mut client = Client::new(&json!({}));
    let uri = "untitled:Untitled-1";
    let document = json!({ "uri": uri, "languageId": "yaml", "version": 1, "text": "vlans: [" });
    client.notify("textDocument/didOpen", json!({ "textDocument": document }));
    let stray = client.dir_uri("elsewhere.yaml");
    let document = json!({ "uri": stray, "languageId": "yaml", "version": 1, "text": "vlans: [" });
    client.notify("textDocument/didOpen", json!({ "textDocument": document }));
    let origin = json!({ "line": 0, "character": 0 });
    let hover = client.request("textDocument/hover", json!({ "textDocument": { "uri": stray }, "position": origin }));
    assert_eq!(hover, Value::Null);
    let code = |answer: Result<Value, Value>| answer.unwrap_err()["code"].as_i64();
    assert_eq!(code(client.ask("textDocument/hover", json!({ "textDocument": { "uri": uri } }))), Some(-32602));
    assert_eq!(code(client.ask("textDocument/hover", json!([1]))), Some(-32602));
    assert_eq!(code(client.ask("samnet/nonsense", Value::Null)), Some(-32601));
    let school = json!({ "textDocument": { "uri": client.uri(SCHOOL) }, "position": "here" });
    assert_eq!(code(client.ask("textDocument/hover", school)), Some(-32602));
    assert_eq!(client.close().code, Some(0));
}

#[test]
fn the_conversation_begins_and_ends_in_order() {
    let mut client = Client::start();
    let early = client.ask("textDocument/hover", json!({})).unwrap_err();
    assert_eq!(early["code"], -32002);
    client.notify("textDocument/didOpen", json!({}));
    client.initialize(&json!({}));
    assert_eq!(client.ask("initialize", json!({})).unwrap_err()["code"], -32600);
    client.request("shutdown", Value::Null);
    assert_eq!(client.ask("workspace/symbol", json!({})).unwrap_err()["code"], -32600);
    client.notify("exit", Value::Null);
    assert_eq!(client.end().code, Some(0));

    let mut rude = Client::new(&json!({}));
    rude.notify("exit", Value::Null);
    assert_eq!(rude.end().code, Some(1));
    let gone = Client::new(&json!({})).end();
    assert_eq!(gone.code, Some(1));
    assert!(gone.err.contains("went away"), "{}", gone.err);
}

/// What stands in a file once the first item of a completion is accepted: the line of the mark.
fn accepted(client: &mut Client, file: &str, version: i32, old: &str, new: &str) -> String {
    let whole = std::fs::read_to_string(client.root().join(file)).unwrap();
    assert!(whole.contains(old), "{old}");
    let text = whole.replacen(old, &new.replace('¦', ""), 1);
    client.rewrite(file, version, &text);
    let items = client.at("textDocument/completion", file, &text, new);
    let Some(edit) = items["items"].as_array().unwrap().first().map(|item| item["textEdit"].clone()) else {
        return String::new();
    };
    let number = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    let line = text.lines().nth(number(&edit["range"]["start"]["line"])).unwrap();
    let line: Vec<u16> = line.encode_utf16().collect();
    let at = |end: &str| number(&edit["range"][end]["character"]);
    let part = |units: &[u16]| String::from_utf16(units).unwrap();
    format!("{}{}{}", part(&line[..at("start")]), edit["newText"].as_str().unwrap(), part(&line[at("end")..]))
}

#[test]
fn what_is_completed_is_what_was_meant() {
    let mut client = Client::new(&json!({}));
    client.open(SCHOOL, None);
    client.open(VLANS, None);
    client.open(PROFILES, None);
    let old = "model: C9300-48P, installed: 2023-08-01, room: Hus A,";
    let new = |room: &str| format!("model: C9300-48P, installed: 2023-08-01, room: {room},");
    // A word of several, half typed, its blank behind it.
    let line = accepted(&mut client, SCHOOL, 2, old, &new("Hus ¦"));
    assert!(line.contains("room: Hus A") && !line.contains("Hus Hus"), "{line}");
    // A colon with nothing behind it.
    let line = accepted(&mut client, SCHOOL, 3, old, &new("Hus A, module:¦"));
    assert!(line.contains("module: C9300-NM"), "{line}");
    // What would read as more than a text stands in quotes.
    let quoted = "rooms: [Hus A, \"Hus B, källare\"]";
    let rooms = std::fs::read_to_string(client.root().join(SCHOOL)).unwrap();
    let known = rooms.lines().find(|line| line.starts_with("rooms:")).unwrap().to_owned();
    let text = rooms.replacen(&known, quoted, 1).replacen(old, &new("Hus B"), 1);
    client.rewrite(SCHOOL, 4, &text);
    client.diagnostics(SCHOOL, 4);
    let items = client.at("textDocument/completion", SCHOOL, &text, &new("Hus B¦"));
    assert_eq!(items["items"][0]["textEdit"]["newText"], json!("\"Hus B, källare\""), "{items}");
    // A list is one, a key stands once, and the internet is no segment of a VLAN.
    let line = accepted(&mut client, PROFILES, 2, "mode: trunk, vlan: management,", "mode: trunk, tagged: sta¦,");
    assert!(line.contains("tagged: [staff]"), "{line}");
    let text = client.open(VLANS, None);
    let changed = text.replacen("segment: staff", "segment: i", 1);
    client.rewrite(VLANS, 2, &changed);
    assert_eq!(
        labels(&client.at("textDocument/completion", VLANS, &changed, "segment: i¦"))
            .iter()
            .find(|it| *it == "internet"),
        None
    );
    // Nor one that stands behind.
    let changed = text.replacen("title: Personal, ", "title: Personal, seg, ", 1);
    client.rewrite(VLANS, 4, &changed);
    let items = client.at("textDocument/completion", VLANS, &changed, "title: Personal, seg¦");
    assert!(!labels(&items).contains(&"segment".to_owned()), "{items}");
    let changed = text.replacen("title: Personal, ", "title: Personal, ti", 1);
    client.rewrite(VLANS, 5, &changed);
    assert!(
        !labels(&client.at("textDocument/completion", VLANS, &changed, "title: Personal, ti¦"))
            .contains(&"title".to_owned())
    );
}

#[test]
fn a_rename_that_breaks_something_is_refused() {
    let mut client = Client::new(&json!({}));
    let vlans = client.open(VLANS, None);
    let rename = |client: &mut Client, mark: &str, new: &str| {
        client.try_at("textDocument/rename", VLANS, &vlans, mark, &json!({ "newName": new }))
    };
    for new in ["none", "null", "true", "12", "default", "staff"] {
        let refused = rename(&mut client, "name: vo¦ice", new);
        assert!(refused.is_err(), "{new}: {refused:?}");
    }
    // The naming rules speak as they do anywhere else.
    let refused = rename(&mut client, "name: vo¦ice", "default").unwrap_err();
    assert!(refused["message"].as_str().unwrap().contains("reserved"), "{refused}");
    // What the devices ran before names it as well.
    let changes = rename(&mut client, "name: vo¦ice", "telefoni").unwrap();
    let files: Vec<&String> = changes["changes"].as_object().unwrap().keys().collect();
    assert!(files.iter().any(|file| file.ends_with("inventory/lab.yaml")), "{files:?}");
}

#[test]
fn garbage_ends_with_an_error_and_not_with_a_hang() {
    for (bytes, words) in [
        (&b"GET / HTTP/1.1\r\n\r\n"[..], "no colon"),
        (b"Content-Length: 99999999999999999\r\n\r\n", "99999999999999999 bytes"),
        (&[0; 10_000], "does not end"),
    ] {
        let mut client = Client::start();
        client.raw(bytes);
        let ended = client.end();
        assert_eq!(ended.code, Some(1), "{}", ended.err);
        assert!(ended.err.contains(words), "{}", ended.err);
    }
}

#[test]
fn a_message_that_is_no_json_is_answered_and_the_next_one_as_well() {
    let mut client = Client::new(&json!({}));
    for (body, code) in [(&b"\xff\xfe{}"[..], -32700), (b"{abc}", -32700), (b"", -32700), (b"[]", -32600)] {
        client.raw(&[format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat());
        let answer = client.wait(|message| message.get("error").is_some());
        assert_eq!((&answer["id"], &answer["error"]["code"]), (&Value::Null, &json!(code)), "{answer}");
    }
    client.open(VLANS, None);
    assert_eq!(client.diagnostics(VLANS, 1), Vec::<Value>::new());
    assert_eq!(client.close().code, Some(0));
}

#[test]
fn a_huge_file_and_odd_changes_are_survived() {
    let mut client = Client::new(&json!({}));
    client.open(VLANS, None);
    let huge = format!("vlans:\n{}", "  - { id: 1, name: x }\n".repeat(200_000));
    client.rewrite(VLANS, 2, &huge);
    let found = client.diagnostics(VLANS, 2);
    assert!(found.iter().any(|it| it["code"] == "SN-009"), "{} findings", found.len());
    let far = json!({ "line": 4_000_000_000_u32, "character": 4_000_000_000_u32 });
    let origin = json!({ "line": 0, "character": 0 });
    client.change(
        VLANS,
        3,
        &json!([
            { "range": { "start": origin, "end": far }, "text": "" },
            { "range": { "start": far, "end": origin }, "text": "vlans: []\n" },
            { "range": "nonsense", "text": "vlans: []\n" },
            {},
        ]),
    );
    assert!(client.diagnostics(VLANS, 3).iter().all(|it| it["code"] != "SN-009"));
    assert_eq!(client.close().code, Some(0));
}

#[test]
fn a_rename_says_which_text_it_is_for_where_that_is_understood() {
    let mut client = Client::new(&json!({ "workspace": { "workspaceEdit": { "documentChanges": true } } }));
    let vlans = client.open(VLANS, None);
    let name = json!({ "newName": "students" });
    let answer = client.try_at("textDocument/rename", VLANS, &vlans, "name: pup¦ils", &name).unwrap();
    assert!(answer.get("changes").is_none(), "{answer}");
    let changes = answer["documentChanges"].as_array().unwrap();
    let open = changes.iter().find(|change| change["textDocument"]["uri"] == client.uri(VLANS)).unwrap();
    assert_eq!(open["textDocument"]["version"], 1);
    assert_eq!(open["edits"][0]["newText"], "students");
    let others: Vec<_> = changes.iter().filter(|change| change["textDocument"]["uri"] != client.uri(VLANS)).collect();
    assert!(!others.is_empty());
    assert!(others.iter().all(|change| change["textDocument"]["version"].is_null()));
}
