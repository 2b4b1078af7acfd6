//! Plans: what they say, what they keep to themselves, what they refuse.

use samnet::plan::Stored;

use crate::project::Project;

const SWITCH: &str = "aml-karlberg-sw01";

/// The switch before: pupils' VLAN under another name, one port still in the office VLAN, another RADIUS key.
pub(crate) fn before(_name: &str, intended: &str) -> String {
    let text = intended.replace("vlan 30\n name pupils\n", "vlan 30\n name elever\n");
    text.replacen(" switchport access vlan 30\n", " switchport access vlan 20\n", 1)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_says_what_changes_and_holds_no_secret() {
    let project = Project::start(&[SWITCH], |name, text| before(name, text).replace("Kanarie", "Gammalkanarie"));
    let said = project.plan().with(0).says("switchport access vlan 30");
    let stored = Stored::load(&project.path("plan.json")).unwrap();
    let device = &stored.plan.devices[0];
    assert!(!device.commands.is_empty());
    let shown = project.run(&["plan", "--show", "plan.json", "--device", SWITCH]).with(0);
    let report = project.run(&["report", "plan.json"]).with(0);
    project.run(&["report", "plan.json", "--html", "plan.html"]).with(0);
    let html = std::fs::read_to_string(project.path("plan.html")).unwrap();
    let kept = std::fs::read_to_string(project.path("plan.json")).unwrap();
    assert!(kept.contains("⟪secret:radius⟫"), "the intended text names its secrets");
    for text in [said.out, said.err, shown.out, report.out, html, kept, format!("{stored:?}")] {
        for secret in project.secrets() {
            assert!(!text.contains(&secret), "{secret} is in:\n{text}");
        }
        assert!(!text.contains("Gammalkanarie"), "an old secret is in:\n{text}");
    }
    project.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_as_intended_has_an_empty_plan() {
    let project = Project::start(&[SWITCH], |_, text| text.to_owned());
    project.plan().with(0).says("nothing to change");
    let again = project.run(&["plan", "--show", "plan.json", "--detailed-exitcode"]).with(0);
    assert!(again.out.contains("nothing to change"));
    project.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_device_is_named_and_the_others_are_planned() {
    let project = Project::start(&[SWITCH], before);
    let target = format!("{SWITCH},aml-karlberg-sw02");
    project
        .run(&["plan", "--lab", "--target", &target, "--detailed-exitcode"])
        .with(1)
        .says("aml-karlberg-sw02")
        .says("1 of 2 devices could not be planned")
        .says("switchport access vlan 30");
    project
        .run(&["plan", "--lab", "--target", "aml-karlberg-sw02"])
        .with(1)
        .says("1 of 1 devices could not be planned");
    project.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_validate_refuses_is_not_planned() {
    let project = Project::start(&[SWITCH], before);
    let path = project.path("policies/flows/care.yaml");
    let flows = std::fs::read_to_string(&path).unwrap();
    // Nothing that derivation needs is wrong: the segment of a flow, and a rule of the project's own.
    std::fs::write(&path, flows.replacen("to: alarm-centre", "to: alarm-centr", 1)).unwrap();
    project.run(&["validate"]).with(1).says("SN-601");
    project.plan().with(1).says("the inventory has errors");
    project.run(&["validate", "--write-baseline", "debt.json"]).with(0);
    project
        .run(&["plan", "--lab", "--target", SWITCH, "--baseline", "debt.json"])
        .with(0)
        .says("switchport access vlan 30");
    std::fs::write(&path, flows).unwrap();
    let rule = "package samnet.own\n\ndeny contains \"nothing is allowed\" if input.version\n";
    std::fs::write(project.path("policies/checks/own.rego"), rule).unwrap();
    project.run(&["validate"]).with(1).says("SN-901");
    project.plan().with(1).says("the inventory has errors");
    std::fs::remove_file(project.path("policies/checks/own.rego")).unwrap();
    project.plan().with(0).says("switchport access vlan 30");
    project.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_serve_instead_of_devices() {
    let project = Project::start(&[SWITCH], before);
    project.run(&["read", "--lab", SWITCH, "--out", "running"]).with(0);
    let online = project.plan().with(0);
    let offline =
        project.run(&["plan", "--offline", "--running", "running", "--target", SWITCH, "--detailed-exitcode"]).with(2);
    let table =
        |text: &str| text.lines().filter(|line| line.contains("switchport")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(table(&online.out), table(&offline.out));
    project.lab.stop().await;
}
