//! Disks that are full where a safe push has to write: it ends before the change or after it, never between, whatever
//! little room is left, and what boots next is whole.

use crate::needs::{Need, met};
use crate::site::Site;
use crate::town::Town;
use crate::work::Work;

const ALL: [Need; 4] = [Need::Site, Need::Firewall, Need::Router, Need::Switch];

/// Pages of 4 KiB left on the disk.
const ROOM: [usize; 4] = [0, 1, 2, 4];

/// Puts a folder of a device, with all in it, on a disk of its own that has so many pages left.
fn fill(site: &Site, device: &str, folder: &str, left: usize) {
    site.on(
        device,
        &format!(
            "mkdir -p {folder} /tmp/kept; cp -a {folder}/. /tmp/kept/; mount -t tmpfs -o size=256k tmpfs {folder}
             cp -a /tmp/kept/. {folder}/; rm -rf /tmp/kept
             room=$(df --output=avail -k {folder} | tail -1); fill=$((room - {} ))
             [ $fill -le 0 ] || head -c ${{fill}}K /dev/zero > {folder}/fill.bin",
            left * 4
        ),
    );
}

/// Takes the disk away and leaves what is on it where it was before.
fn empty(site: &Site, device: &str, folder: &str) {
    site.on(
        device,
        &format!(
            "rm -f {folder}/fill.bin; mkdir -p /tmp/kept; cp -a {folder}/. /tmp/kept/; umount {folder}
             find {folder} -mindepth 1 -delete; cp -a /tmp/kept/. {folder}/; rm -rf /tmp/kept"
        ),
    );
}

/// One change of the inventory after the other: a file, and the text of round N.
struct Changes {
    target: &'static str,
    file: &'static str,
    text: fn(usize) -> String,
}

/// Applies a change on a disk with each room left. Afterwards the device is as before or as intended, and `whole` looks
/// at what it would start with.
fn every_room(work: &Work<'_>, device: &str, folders: &[&str], changes: &Changes, whole: impl Fn(&Site)) {
    let (site, target) = (&work.town.site, changes.target);
    let rounds = folders.iter().flat_map(|folder| ROOM.map(|left| (folder, left)));
    for (round, (folder, left)) in rounds.enumerate() {
        work.edit(changes.file, &(changes.text)(round), &(changes.text)(round + 1));
        let plan = work.approved_plan(Some(target));
        fill(site, device, folder, left);
        let ended = work.run(&["apply", &plan, "--yes"]);
        whole(site);
        empty(site, device, folder);
        // As intended, nothing is left to do; as before, the same is left to do.
        let rest = work.run(&["plan", "--detailed-exitcode", "--target", target]);
        let planned = |file: &str| -> serde_json::Value {
            let text = std::fs::read_to_string(work.path(file)).unwrap();
            serde_json::from_str::<serde_json::Value>(&text).unwrap()["devices"][0]["commands"].clone()
        };
        let outcome = match (ended.code, rest.code) {
            (Some(0), Some(0)) => "applied",
            (Some(1), Some(0)) => "applied, and what failed was said",
            (Some(1), Some(2)) => {
                let again = work.approved_plan(Some(target));
                assert_eq!(planned(&again), planned(&plan), "with {left} pages left in {folder}: {ended:?}");
                work.expect(0, &["apply", &again, "--yes"]);
                "as before"
            }
            _ => panic!("with {left} pages left in {folder}: {ended:?} then {rest:?}"),
        };
        work.settled();
        println!("{device}, {left} pages left in {folder}: {outcome}");
    }
}

#[test]
fn a_firewall_whose_disk_is_full_is_as_before_or_as_intended() {
    if !met(&ALL) {
        return;
    }
    let town = Town::start();
    town.firewall_on_the_net();
    let work = Work::new(&town);
    let text = |round| format!("services: [tcp {}]", 80 + round);
    work.change(None);
    // What is kept to go back to, and what is read at boot.
    let changes = Changes { target: "role:firewall", file: "policies/flows/bed.yaml", text };
    every_room(&work, "firewall", &["/run/samnet", "/etc/nftables.d"], &changes, |site| {
        let boots =
            site.try_on("firewall", "nft -c -f /etc/nftables.d/samnet.nft && tail -n 1 /etc/nftables.d/samnet.nft");
        assert_eq!((boots.code, boots.stdout.as_str()), (Some(0), "}\n"), "what boots is whole: {boots:?}");
    });
}

#[test]
fn a_switch_whose_disk_is_full_is_as_before_or_as_intended() {
    if !met(&ALL) {
        return;
    }
    let town = Town::start();
    town.firewall_on_the_net();
    let work = Work::new(&town);
    let text = |round: usize| format!(" 2: {}", ["office", "care"][round % 2]);
    work.change(None);
    // What is kept to go back to, and the flash that a commit writes.
    let changes = Changes { target: "role:access", file: "inventory/sites/bed/rack.yaml", text };
    every_room(&work, "switch", &["/run/samnet", "/etc/config"], &changes, |site| {
        assert_eq!(site.on("switch", "uci changes"), "", "nothing is staged and forgotten");
        let text = site.on("switch", "uci export network");
        assert!(text.contains("option vlan '20'") && text.contains("option vlan '30'"), "what boots is whole: {text}");
    });
}

#[test]
fn a_router_whose_disk_is_full_is_as_before_or_as_intended() {
    if !met(&ALL) {
        return;
    }
    let town = Town::start();
    town.firewall_on_the_net();
    let work = Work::new(&town);
    let text = |round: usize| {
        format!("2: {{ to: core-2, port: 2{} }} }} }}", format!(", description: link {round}").repeat(round.min(1)))
    };
    work.change(None);
    let changes = Changes { target: "role:core", file: "inventory/sites/bed/rack.yaml", text };
    every_room(&work, "core", &["/etc/frr"], &changes, |_| {});
}
