//! Scripts given to the real `nft`, in a network namespace of its own.

use std::io::Write as _;
use std::process::{Command, Stdio};

use samnet::diff::{self, Options};

use super::{pasted, platform};

/// Loads one ruleset, then a script, and lists what stands; `None` where this machine cannot.
fn nft(first: &str, script: &str) -> Option<Result<String, String>> {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("1.nft"), folder.path().join("2.nft"));
    std::fs::File::create(&one).unwrap().write_all(first.as_bytes()).unwrap();
    std::fs::File::create(&two).unwrap().write_all(script.as_bytes()).unwrap();
    let shell = "nft list tables && nft -f \"$0\" && echo ready && nft -f \"$1\" && nft -s list ruleset";
    let run = Command::new("unshare")
        .args(["-n", "sh", "-ec", shell])
        .args([&one, &two])
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let (out, said) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    let listed = out.split_once("ready\n").map(|(_, listed)| listed.to_owned());
    match listed {
        Some(listed) if run.status.success() => Some(Ok(listed)),
        Some(_) => Some(Err(said.into_owned())),
        None if said.contains("Error") => Some(Err(format!("first ruleset: {said}"))),
        None => None,
    }
}

const ALL: &str = include_str!("rules/all.nft");
const SETS: &str = include_str!("rules/sets.nft");
const MORE: &str = include_str!("rules/more.nft");

#[test]
fn the_kernel_ends_up_with_what_was_intended() {
    let platform = platform("linux_nftables");
    let foreign = "table ip other { chain c { tcp dport 1 accept; }\n}\n";
    let rulesets = ["", ALL, SETS, MORE];
    for from in rulesets {
        for to in rulesets {
            let running = format!("{foreign}{from}");
            let found = diff::remediate(&platform, &running, to, &Options::default());
            let script = pasted(&platform, &found.commands);
            let Some(listed) = nft(&running, &script) else {
                eprintln!("skipped: no network namespace, or no nft");
                return;
            };
            let listed = listed.unwrap_or_else(|said| panic!("{said}\n{script}"));
            assert!(listed.contains("table ip other"), "another table was touched by\n{script}");
            let again = diff::remediate(&platform, &listed, to, &Options::default());
            assert!(again.is_empty(), "still\n{}after\n{script}listed\n{listed}", pasted(&platform, &again.commands));
            // And back again, over what the kernel lists now.
            let back = pasted(&platform, &found.rollback);
            let listed = nft(&listed, &back).unwrap().unwrap_or_else(|said| panic!("{said}\n{back}"));
            let again = diff::remediate(&platform, &listed, from, &Options::default());
            assert!(again.is_empty(), "still\n{}after rollback\n{back}", pasted(&platform, &again.commands));
        }
    }
}
