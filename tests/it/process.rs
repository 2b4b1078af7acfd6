//! Processes that the program starts.

use std::fs;

/// Processes that a process started.
pub(crate) fn children(parent: u32) -> Vec<u32> {
    let numbers = fs::read_dir("/proc").unwrap().flatten();
    let numbers = numbers.filter_map(|entry| entry.file_name().to_string_lossy().parse::<u32>().ok());
    numbers.filter(|number| runs_below(*number) == Some(parent)).collect()
}

/// Whether a process runs; one that has ended and that nobody asked after does not.
pub(crate) fn is_running(number: u32) -> bool {
    runs_below(number).is_some()
}

/// Who started a process, as long as it runs.
fn runs_below(number: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
    // Behind the name in brackets stand its state and who started it.
    let mut rest = stat.rsplit_once(") ")?.1.split(' ');
    rest.next().filter(|state| *state != "Z")?;
    rest.next()?.parse().ok()
}

/// Waits until something holds, for so many tenths of a second.
pub(crate) fn within(tenths: u32, mut holds: impl FnMut() -> bool) -> bool {
    (0..tenths).any(|_| {
        let holds = holds();
        if !holds {
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        holds
    })
}
