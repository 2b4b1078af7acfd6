//! How long it takes to read, resolve and check a large inventory.
//!
//! `cargo bench --bench inventory` measures inside the program. To look at such a project, or to run
//! other programs on it:
//!
//! ```sh
//! cargo bench --bench inventory -- --write DIR          # 1,000 sites, 20,000 devices
//! cargo bench --bench inventory -- --write DIR 200 2000 # other numbers of sites and devices
//! benches/peers/inventory.sh                            # beside PyYAML, and the program's memory
//! ```
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to measure")]

use std::path::PathBuf;

use divan::Bencher;
use generate::Size;
use jiff::civil::{Date, date};
use samnet::finding::Severity;
use samnet::platform::Library;
use samnet::{check, derive, inventory};

mod generate;

/// The program's own.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Sites and devices.
const SIZES: [(usize, usize); 2] = [(200, 2_000), (1_000, 20_000)];
const TODAY: Date = date(2026, 12, 1);

fn main() {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--write").skip(1);
    let Some(folder) = arguments.next() else { return divan::main() };
    let mut number = |default| arguments.next().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (sites, devices) = (number(1_000), number(20_000));
    generate::write(folder.as_ref(), Size { sites, devices, seed: 1 }).unwrap();
}

/// A project of this size on disk.
fn project((sites, devices): (usize, usize)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    generate::write(folder.path(), Size { sites, devices, seed: 1 }).unwrap();
    folder
}

#[divan::bench(args = SIZES, sample_count = 10)]
fn load(bencher: Bencher<'_, '_>, size: (usize, usize)) {
    let folder = project(size);
    bencher.bench(|| inventory::load(folder.path()));
}

#[divan::bench(args = SIZES, sample_count = 10)]
fn load_and_derive(bencher: Bencher<'_, '_>, size: (usize, usize)) {
    let folder = project(size);
    bencher.bench(|| {
        let loaded = inventory::load(folder.path());
        let derived = derive::derive(&loaded.network);
        (loaded, derived)
    });
}

#[divan::bench(args = SIZES, sample_count = 10)]
fn load_derive_and_check(bencher: Bencher<'_, '_>, size: (usize, usize)) {
    let folder = project(size);
    let library = Library::built_in().unwrap();
    bencher.bench(|| {
        let loaded = inventory::load(folder.path());
        let (derived, findings) = check::all(&loaded, &library, Some(TODAY));
        // What the repository's own files have and this network does not use is told as a note.
        let sound = findings.iter().all(|finding| finding.severity != Severity::Error);
        assert!(sound && derived.devices.len() == size.1);
        (loaded, derived, findings)
    });
}

/// The program as it is started in CI: a process of its own, which also renders what it renders.
#[divan::bench(args = SIZES, sample_count = 10)]
fn validate(bencher: Bencher<'_, '_>, size: (usize, usize)) {
    let folder = project(size);
    let program = PathBuf::from(env!("CARGO_BIN_EXE_samnet"));
    bencher.bench(|| {
        let mut command = std::process::Command::new(&program);
        let said = command.args(["validate", "--as-of", "2026-12-01", "-C"]).arg(folder.path()).output().unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    });
}
