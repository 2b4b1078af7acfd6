//! Two hundred changes nobody thought of for each real thing that can judge them: a router with its own
//! `frr-reload.py`, nftables, `uci`. Each change starts where the one before has led.
//!
//! The changes come from a generator with a seed, `SAMNET_SEED` or 1, which every failure names.

use std::fmt::Write as _;

use samnet::diff::{self, Command, Options};
use samnet::platform::Platform;

mod nft;
mod router;
mod uci;

/// How many changes each judge sees.
const CHANGES: usize = 200;

/// Whole configurations are compared.
const WHOLE: Options = Options { features: None, sealed: None };

fn seed() -> u64 {
    std::env::var("SAMNET_SEED").map_or(1, |seed| seed.parse().expect("SAMNET_SEED is a number"))
}

/// Numbers that look random and are the same for the same seed (`SplitMix64`, Steele, Lea and Flood 2014).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `count`.
    fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(count).unwrap()).unwrap()
    }

    /// Yes, once in `times`.
    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// Some of them, in any order.
    fn some<T: Copy>(&mut self, of: &[T]) -> Vec<T> {
        let mut left = of.to_vec();
        let count = self.below(of.len() + 1);
        (0..count).map(|_| left.swap_remove(self.below(left.len()))).collect()
    }

    /// Some of them, in their order.
    fn subset<T: Copy>(&mut self, of: &[T]) -> Vec<T> {
        of.iter().copied().filter(|_| self.one_in(2)).collect()
    }
}

/// Commands as the device is given them.
fn typed(platform: &Platform, commands: &[Command]) -> String {
    diff::script(platform, commands).iter().fold(String::new(), |mut text, line| {
        writeln!(text, "{}", line.text).unwrap();
        text
    })
}

/// What is said when a change did not lead where it should.
fn wrong(at: usize, what: &str, parts: &[(&str, &str)]) -> String {
    let mut said = format!("seed {}, change {at}: {what}\n", seed());
    for (title, text) in parts {
        write!(said, "--- {title}\n{text}").unwrap();
    }
    said
}

/// Fails with the first cases in full, and the last part of each other.
#[track_caller]
fn judged(failures: &[String]) {
    let shown: Vec<&str> = failures.iter().take(3).map(String::as_str).collect();
    let others: Vec<String> = failures
        .iter()
        .skip(3)
        .map(|said| {
            let first = said.lines().next().unwrap_or_default();
            let last = said.rsplit("--- ").next().unwrap_or_default();
            let refused: Vec<&str> =
                said.lines().filter(|line| line.starts_with('%') || line.contains("Error")).collect();
            format!("{first}\n{}\n{last}", refused.join("\n"))
        })
        .collect();
    assert!(failures.is_empty(), "{} fail\n{}\n{}", failures.len(), shown.join("\n"), others.join("\n"));
}
