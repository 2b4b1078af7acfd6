//! The whole way: plan, approve, apply, look again; and every way it must not go.

use samnet::lab::Fault;

use crate::plan::before;
use crate::project::{AUTHOR, COMPUTERS, Project};

const SWITCH: &str = "aml-karlberg-sw01";
const OTHER: &str = "aml-karlberg-sw02";

#[tokio::test(flavor = "multi_thread")]
async fn a_change_goes_all_the_way_and_the_second_plan_is_empty() {
    let project = Project::start(&[SWITCH, OTHER], before);
    project.plan().with(0);
    project.approve().with(0).says("is approved: 1 of 1");
    project.apply().with(0).says("2 confirmed");
    for name in [SWITCH, OTHER] {
        let running = project.lab.running(name).unwrap();
        assert!(running.contains("name pupils") && !running.contains("elever"), "{running}");
        assert_eq!(project.lab.startup(name).unwrap(), running, "what runs is saved");
        assert!(project.lab.timer(name).is_none(), "no timer is left behind");
    }
    project.run(&["audit", "verify"]).with(0).says("the journal is sound: 6 entries");
    let again = project.apply().with(0).says("2 already");
    assert!(!again.err.contains("note: the inventory") && !again.err.contains("not sound"), "{}", again.err);
    // What has moved on, or was tampered with, is said before anything is sent.
    let (vlans, entry) = (project.path("inventory/vlans.yaml"), project.path(".samnet/journal/000002.json"));
    std::fs::write(&vlans, std::fs::read_to_string(&vlans).unwrap() + "# later\n").unwrap();
    std::fs::rename(&entry, project.path("kept")).unwrap();
    let later = project.apply().with(0).says("2 already");
    assert!(later.err.contains("the inventory has changed since this plan was made"), "{}", later.err);
    assert!(later.err.contains("the journal is not sound"), "{}", later.err);
    std::fs::rename(project.path("kept"), &entry).unwrap();
    project.plan().with(0).says("nothing to change");
    let report = project.run(&["report", "1"]).with(0).says("2 confirmed").says("mats@mellerud.example");
    let show = project.run(&["audit", "show"]).with(0);
    for secret in project.secrets() {
        assert!(!report.out.contains(&secret) && !show.out.contains(&secret));
        for entry in std::fs::read_dir(project.path(".samnet/journal")).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            assert!(!text.contains(&secret), "{text}");
        }
    }
    project.lab.stop().await;
}

/// One device of each platform, each with something of its own that is not yet as intended.
const ALL: [&str; 4] = ["aml-dc-cr01", "aml-dc-fw01", "fgl-valboskolan-ap01", SWITCH];

fn all_before(name: &str, intended: &str) -> String {
    match name {
        "aml-dc-cr01" => intended.replacen(" description till ", " description gammal till ", 1),
        "aml-dc-fw01" => {
            let rule = intended.lines().find(|line| line.contains(" accept") && line.contains("dport")).unwrap();
            intended.replacen(&format!("{rule}\n"), "", 1)
        }
        "fgl-valboskolan-ap01" => intended.replacen("Dalsland-", "Gammal-", 1),
        other => before(other, intended),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_platform_goes_all_the_way() {
    let project = Project::edited(COMPUTERS, &ALL, all_before);
    project.plan().with(0);
    for name in ALL {
        let said = project.run(&["plan", "--show", "plan.json", "--device", name]).with(0);
        assert!(!said.out.contains("nothing to change"), "{}", said.out);
    }
    project.approve().with(0);
    project.apply().with(0).says("4 confirmed");
    project.plan().with(0).says("nothing to change");
    for name in ALL {
        assert_eq!(project.lab.startup(name), project.lab.running(name), "{name} is saved");
    }
    project.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_secret_reaches_the_device_and_nothing_else() {
    const NAMES: [&str; 2] = [SWITCH, "fgl-valboskolan-ap01"];
    let project = Project::start(&NAMES, |_, text| text.replace("Kanarie", "Gammalkanarie"));
    let mut said = vec![project.plan().with(0), project.approve().with(0)];
    for name in NAMES {
        assert!(project.lab.running(name).unwrap().contains("Gammalkanarie"), "{name} has old secrets to begin with");
        said.push(project.run(&["plan", "--show", "plan.json", "--device", name]).with(0));
    }
    said.push(project.run(&["-vvv", "apply", "plan.json", "--yes"]).with(0));
    said.extend([project.run(&["audit", "show"]).with(0), project.run(&["report", "1"]).with(0)]);
    for name in NAMES {
        let running = project.lab.running(name).unwrap();
        assert!(running.contains("Kanarie") && !running.contains("Gammalkanarie"), "{running}");
    }
    let mut texts: Vec<String> = said.into_iter().flat_map(|said| [said.out, said.err]).collect();
    for folder in [".samnet/journal", ".samnet/plans", "plan.json.sigs", "."] {
        let files = std::fs::read_dir(project.path(folder)).unwrap().map(|entry| entry.unwrap().path());
        texts.extend(files.filter(|path| path.is_file()).map(|path| std::fs::read_to_string(path).unwrap()));
    }
    for secret in project.secrets().into_iter().chain(["Gammalkanarie".to_owned()]) {
        let found = texts.iter().find(|text| text.contains(&secret));
        assert!(found.is_none(), "{secret} is in:\n{}", found.unwrap());
    }
    project.plan().with(0).says("nothing to change");
    // The secret changes between plan and apply: what was approved is not what would be sent.
    std::fs::write(project.path(".samnet/secrets/radius"), "Kanariebytt-radius").unwrap();
    project.plan().with(0);
    project.approve().with(0);
    std::fs::write(project.path(".samnet/secrets/radius"), "Kanariebytt-igen-radius").unwrap();
    project.apply().with(3).says("the secret `radius` is another than when the plan was made");
    project.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_platform_is_taken_back_when_a_line_is_refused() {
    let project = Project::edited(COMPUTERS, &ALL, all_before);
    project.plan().with(0);
    project.approve().with(0);
    let line = regex::Regex::new(r"description till|tcp dport|Dalsland-|name pupils").unwrap();
    for name in ALL {
        let was = project.lab.running(name).unwrap();
        project.lab.fault(name, Fault::Refuse { line: line.clone(), answer: "% refused here\n".into() });
        project.run(&["apply", "plan.json", "--yes", "--target", name]).with(1).says("as it was");
        assert_eq!(project.lab.running(name).unwrap(), was, "{name}");
        project.lab.heal(name);
    }
    project.apply().with(0).says("4 confirmed");
    project.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_without_its_signatures_is_refused() {
    let project = Project::start(&[SWITCH], before);
    project.plan().with(0);
    project.run(&["approve", "plan.json", "--check"]).with(3).says("0 of 1");
    project.apply().with(3).says("is not approved: 0 of 1 signature");
    project.run(&["audit", "show"]).with(0).says("refused to").says("is not approved");
    project.run(&["audit", "verify"]).with(0).says("sound: 1 entries");
    assert_eq!(project.lab.changes(SWITCH), 0);
    project.approve().with(0);
    project.run(&["approve", "plan.json", "--check"]).with(0);
    // Another plan beside the same signature.
    project.run(&["plan", "--lab", "--author", "eva@amal.example", "--out", "plan.json", "--target", SWITCH]).with(0);
    project.apply().with(3).says("another plan");
    assert_eq!(project.lab.changes(SWITCH), 0);
    project.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_author_cannot_approve_and_a_stranger_neither() {
    let project = Project::start(&[SWITCH], before);
    project.plan().with(0);
    let signers = std::fs::read_to_string(project.path("policies/allowed_signers")).unwrap();
    let (_, key) = signers.split_once(' ').unwrap();
    std::fs::write(project.path("policies/allowed_signers"), format!("{AUTHOR} {key}")).unwrap();
    project.approve().with(3).says("somebody else has to approve it");
    std::fs::write(project.path("policies/allowed_signers"), "# nobody\n").unwrap();
    project.approve().with(3).says("may not sign plans");
    std::fs::remove_file(project.path("policies/allowed_signers")).unwrap();
    project.apply().with(1).says("allowed_signers");
    assert_eq!(project.lab.changes(SWITCH), 0);
    project.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_with_one_byte_changed_is_refused() {
    let project = Project::start(&[SWITCH], before);
    project.plan().with(0);
    project.approve().with(0);
    let path = project.path("plan.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("switchport access vlan 30", "switchport access vlan 31", 1)).unwrap();
    project.apply().with(3).says("altered");
    std::fs::write(&path, text.replacen("\"format\": 1", "\"format\": 9", 1)).unwrap();
    project.apply().with(3).says("format 9");
    assert_eq!(project.lab.changes(SWITCH), 0);
    project.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_somebody_touched_is_refused_and_the_other_is_changed() {
    let project = Project::start(&[SWITCH, OTHER], before);
    project.plan().with(0);
    project.approve().with(0);
    // Somebody's hand on the first switch: apply what is intended there, all but one line.
    let by_hand = project.run(&["plan", "--lab", "--author", AUTHOR, "--out", "hand.json", "--target", SWITCH]).with(0);
    assert!(by_hand.out.contains("name"), "{}", by_hand.out);
    project.run(&["approve", "hand.json", "--key", "signer"]).with(0);
    let sites = project.path("inventory/sites/amal/karlbergsskolan.yaml");
    let site = std::fs::read_to_string(&sites).unwrap();
    std::fs::write(&sites, site.replacen("1-24: classroom, 25-38: office", "1-23: classroom, 24-38: office", 1))
        .unwrap();
    project.run(&["plan", "--lab", "--author", AUTHOR, "--out", "hand.json", "--target", SWITCH]).with(0);
    project.run(&["approve", "hand.json", "--key", "signer"]).with(0);
    project.run(&["apply", "hand.json", "--yes"]).with(0);
    std::fs::write(&sites, site).unwrap();
    let before = project.lab.changes(SWITCH);
    project
        .apply()
        .with(3)
        .says("aml-karlberg-sw01 is not what plan")
        .says("+ vlan 30 / name pupils")
        .says("1 confirmed, 1 stale");
    assert_eq!(project.lab.changes(SWITCH), before, "nothing was sent to it");
    assert!(project.lab.running(OTHER).unwrap().contains("name pupils"));
    project.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_command_is_rolled_back() {
    let project = Project::start(&[SWITCH], before);
    project.plan().with(0);
    project.approve().with(0);
    let was = project.lab.running(SWITCH).unwrap();
    let line = regex::Regex::new("^ *name pupils$").unwrap();
    project.lab.fault(SWITCH, Fault::Refuse { line, answer: "% Invalid input detected at '^' marker.\n".into() });
    project.apply().with(1).says("rolled back").says("name pupils").says("Invalid input");
    assert_eq!(project.lab.running(SWITCH).unwrap(), was);
    assert!(project.lab.timer(SWITCH).is_none());
    project.run(&["audit", "show"]).with(0).says("rolled-back");
    project.lab.heal(SWITCH);
    project.apply().with(0).says("1 confirmed");
    project.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_drops_in_the_middle_leaves_the_device_as_it_was() {
    let project = Project::start(&[SWITCH], before);
    project.plan().with(0);
    project.approve().with(0);
    let was = project.lab.running(SWITCH).unwrap();
    // After every number of lines, from the middle of the checkpoint to the end of the push: it is as it was, or done.
    let mut in_the_middle = 0;
    for lines in 7.. {
        let sent = project.lab.changes(SWITCH);
        project.lab.fault(SWITCH, Fault::DropAfter(lines));
        let said = project.apply();
        project.lab.heal(SWITCH);
        if said.code == 0 {
            break;
        }
        assert!(lines < 40, "{said:?}");
        let said = said.with(1).says("the device is as it was");
        assert_eq!(project.lab.running(SWITCH).unwrap(), was, "after {lines} lines: {said:?}");
        assert!(project.lab.timer(SWITCH).is_none(), "after {lines} lines");
        in_the_middle += usize::from(project.lab.changes(SWITCH) > sent);
    }
    assert!(in_the_middle > 2, "the script itself was broken off {in_the_middle} times");
    project.plan().with(0).says("nothing to change");
    project.run(&["audit", "verify"]).with(0);
    project.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tampering_with_the_journal_is_found_at_every_entry() {
    let project = Project::start(&[SWITCH], before);
    project.plan().with(0);
    project.approve().with(0);
    project.apply().with(0);
    project.run(&["audit", "verify"]).with(0);
    for number in 1..=4 {
        let path = project.path(&format!(".samnet/journal/{number:06}.json"));
        let sound = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, sound.replacen("\"run\": 1", "\"run\": 2", 1)).unwrap();
        project.run(&["audit", "verify"]).with(1).says(&format!("entry {number} was edited"));
        std::fs::remove_file(&path).unwrap();
        let words = if number == 4 { "ends at entry 3".to_owned() } else { format!("entry {number} is missing") };
        project.run(&["audit", "verify"]).with(1).says(&words);
        std::fs::write(&path, sound).unwrap();
    }
    project.run(&["audit", "verify"]).with(0);
    project.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_gets_back_less_surely_than_the_policy_asks_is_refused() {
    const FIREWALL: &str = "aml-dc-fw01";
    let project = Project::edited(COMPUTERS, &[SWITCH, FIREWALL], all_before);
    let path = project.path("policies/change.yaml");
    let change = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, change + "  tier: { policy-permit: native, access: timer }\n").unwrap();
    project.plan().with(0);
    let shown = project.run(&["plan", "--show", "plan.json", "--device", FIREWALL]).with(0);
    assert!(shown.out.contains("asks for the tier native for changes of class policy-permit"), "{}", shown.out);
    project.approve().with(0);
    project.apply().with(3).says("aml-dc-fw01 goes back by the tier watchdog");
    assert_eq!(project.lab.changes(FIREWALL) + project.lab.changes(SWITCH), 0);
    // The switch has a confirmed commit of its own, which is more than is asked.
    project.run(&["plan", "--lab", "--author", AUTHOR, "--out", "plan.json", "--target", SWITCH]).with(0);
    project.approve().with(0);
    project.apply().with(0).says("1 confirmed");
    project.lab.stop().await;
}
