//! Processes that the program starts.

use std::fs;

/// Processes that a process started.
pub(crate) fn children(parent: u32) -> Vec<u32> {
    let numbers = fs::read_dir("/proc").unwrap().flatten();
    let numbers = numbers.filter_map(|entry| entry.file_name().to_string_lossy().parse::<u32>().ok());
    numbers
        .filter(|number| {
            // Behind the name in brackets stand its state and who started it.
            let stat = fs::read_to_string(format!("/proc/{number}/stat")).unwrap_or_default();
            let rest = stat.rsplit_once(") ").map(|(_, rest)| rest).unwrap_or_default();
            rest.split(' ').nth(1) == Some(&parent.to_string()) && !rest.starts_with('Z')
        })
        .collect()
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
