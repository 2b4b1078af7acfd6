//! The remediation's promise on the real thing: what the device prints after the commands is what was intended, what
//! it prints after the rollback is what it printed before, and a second comparison finds nothing.
//!
//! A case is a folder `circle/<platform>/<case>/` with `running` and `intended`; adding one needs no code.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use samnet::diff::{self, Command, Options};
use samnet::platform::{Library, Platform};

use crate::needs::{Need, met};
use crate::site::Ended;
use crate::town::Town;

/// How one kind of device is reset, loaded and read.
struct Bench<'t> {
    town: &'t Town,
    platform: Arc<Platform>,
}

impl<'t> Bench<'t> {
    fn new(town: &'t Town, platform: &str) -> Self {
        let platform = Arc::clone(&Library::built_in().unwrap().get(platform).unwrap().platform);
        Self { town, platform }
    }

    fn device(&self) -> &crate::site::Device {
        match self.platform.name.as_str() {
            "frr" => &self.town.core,
            "linux_nftables" => &self.town.firewall,
            "openwrt" => &self.town.switch,
            other => panic!("no bench for {other}"),
        }
    }

    /// Makes the device run a text that is not the engine's.
    fn reset(&self, running: &str) {
        let device = &self.device().name;
        let file = self.town.site.device_file(device, "tmp/running");
        match self.platform.name.as_str() {
            "frr" => {
                fs::write(file, running).unwrap();
                self.town.site.on(device, "for p in $(cat /run/frr/*.pid); do kill $p; while kill -0 $p 2> /dev/null; do sleep .05; done; done");
                self.town.site.on(device, "ip addr flush dev swp1; ip addr flush dev swp2; ip addr flush dev lo");
                self.town.site.on(device, crate::town::FRR);
                self.town.site.on(device, "vtysh -f /tmp/running");
            }
            "linux_nftables" => {
                fs::write(file, format!("flush ruleset\ntable ip other {{ chain c {{ accept; }}; }}\n{running}"))
                    .unwrap();
                self.town.site.on(device, "nft -f /tmp/running");
            }
            _ => {
                for package in ["network", "wireless", "system"] {
                    let marker = format!("package {package}\n");
                    let text =
                        running.split_once(&marker).map_or("", |(_, rest)| rest.split("package ").next().unwrap());
                    fs::write(self.town.site.device_file(device, "etc/config").join(package), text).unwrap();
                }
            }
        }
    }

    fn read(&self) -> String {
        let read = &self.platform.session.read;
        let text: String =
            read.commands.iter().map(|command| self.town.site.ssh(self.device(), command, "").stdout).collect();
        let kept = text.lines().filter(|line| !read.strip.iter().any(|talk| talk.is_match(line)));
        kept.fold(String::new(), |text, line| text + line + "\n")
    }

    /// Sends commands as the platform's data says.
    fn apply(&self, commands: &[Command]) -> Ended {
        let lines = diff::script(&self.platform, commands);
        let text = lines.iter().fold(String::new(), |text, line| text + &line.text + "\n");
        let ended = if let Some(command) = &self.platform.transaction.load.command {
            self.town.site.ssh(self.device(), command, &text)
        } else {
            fs::write(self.town.site.device_file(&self.device().name, "tmp/script"), &text).unwrap();
            self.town.site.try_on(&self.device().name, "(echo configure terminal; cat /tmp/script; echo end) | vtysh")
        };
        if self.platform.name == "openwrt" {
            self.town.site.on(&self.device().name, "uci commit");
        }
        assert!(ended.code == Some(0) && !ended.stdout.contains("% "), "the device refused:\n{text}\n{ended:?}");
        ended
    }

    /// What the device prints about itself, which a case leaves out.
    fn own_lines(&self, text: &str) -> String {
        if self.platform.name != "frr" {
            return String::new();
        }
        text.split_inclusive('\n')
            .take_while(|line| !line.starts_with("interface") && !line.starts_with("router"))
            .filter(|line| ["frr ", "hostname ", "no ip", "service ", "log "].iter().any(|own| line.starts_with(own)))
            .collect()
    }
}

fn cases(platform: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/circle").join(platform);
    let mut cases: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(!cases.is_empty(), "no cases for {platform}");
    cases
}

/// Closes the circle for every case of a platform, and names every case that does not.
fn circle(platform: &str) {
    if !met(&[Need::Site, Need::Firewall, Need::Router, Need::Switch]) {
        return;
    }
    let town = Town::start();
    let bench = Bench::new(&town, platform);
    let whole = Options::default();
    let mut wrong = Vec::new();
    for case in cases(platform) {
        let name = case.file_name().unwrap().display().to_string();
        bench.reset(&fs::read_to_string(case.join("running")).unwrap());
        let before = bench.read();
        let intended = bench.own_lines(&before) + &fs::read_to_string(case.join("intended")).unwrap();
        let there = diff::remediate(&bench.platform, &before, &intended, &whole);
        let shown = |commands: &[Command]| {
            let lines = diff::script(&bench.platform, commands);
            lines.iter().fold(String::new(), |text, line| text + &"  ".repeat(line.depth + 1) + &line.text + "\n")
        };
        if there.commands.is_empty() {
            wrong.push(format!("{name}: no commands"));
            continue;
        }
        bench.apply(&there.commands);
        let after = bench.read();
        let rest = diff::remediate(&bench.platform, &after, &intended, &whole);
        if !rest.commands.is_empty() {
            wrong.push(format!(
                "{name}: after\n{}the device prints\n{after}and still needs\n{}",
                shown(&there.commands),
                shown(&rest.commands)
            ));
            continue;
        }
        bench.apply(&there.rollback);
        let back = bench.read();
        let (before, back) = [&before, &back].map(|text| diff::managed_text(&bench.platform, text, &whole)).into();
        if before != back {
            wrong.push(format!(
                "{name}: after the rollback\n{}the device prints\n{back}instead of\n{before}",
                shown(&there.rollback)
            ));
            continue;
        }
        println!("{platform} {name}: there and back, {} commands", there.commands.len());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_circle_closes_on_real_routers() {
    circle("frr");
}

#[test]
fn the_circle_closes_on_a_real_firewall() {
    circle("linux_nftables");
}

#[test]
fn the_circle_closes_on_a_real_switch() {
    circle("openwrt");
}
