//! nftables itself beside its emulation.

use super::*;

#[test]
fn the_emulated_firewall_prints_and_refuses_as_nft_does() {
    let nft = |arguments: &[&str], input: &str| {
        use std::io::Write as _;
        // A network namespace of its own, gone with the process.
        let mut child = std::process::Command::new("unshare")
            .args(["--net", "sh", "-c", &format!("nft {}", arguments.join(" "))])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .ok()?;
        child.stdin.take()?.write_all(input.as_bytes()).ok()?;
        let done = child.wait_with_output().ok()?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Some((text(done.stdout), text(done.stderr), done.status.code()))
    };
    if !matches!(nft(&["list", "ruleset"], ""), Some((_, _, Some(0)))) {
        println!("skipped: nft cannot be run in a network namespace here");
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/platforms/linux_nftables/lab");
    let mut cases = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let script = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let (listed, said, code) = nft(&["-f", "-", "&&", "nft", "-s", "list", "ruleset"], &script).unwrap();
        let emulated = Lab::load_text(&LIBRARY.get("linux_nftables").unwrap().platform, &script);
        match emulated {
            Ok(text) => assert_eq!((text, Some(0)), (listed, code), "{name}: {said}"),
            Err(error) => {
                assert_ne!(code, Some(0), "{name}: refused by the emulation only: {error}");
                // The place and the reason; the hints the real program adds are its own.
                // So is the wording by which it says whether it or the kernel looked.
                let first = |text: &str| {
                    let line = text.lines().next().unwrap_or_default().replace("Could not process rule: ", "");
                    line.split(';').next().unwrap_or_default().to_owned()
                };
                assert_eq!(first(&error), first(&said), "{name}");
            }
        }
        cases += 1;
    }
    assert!(cases > 10, "the cases are gone");
}
