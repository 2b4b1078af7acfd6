use super::*;

fn journal(entries: u64) -> (tempfile::TempDir, Journal) {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::new(dir.path());
    for number in 1..=entries {
        let event = Event::Intent {
            run: number.div_ceil(2),
            device: format!("sw{number}").parse().unwrap(),
            from: Digest::of(b"x"),
            commands: 3,
            attempt: None,
        };
        journal.append("2026-11-20T08:00:00Z".parse().unwrap(), event).unwrap();
    }
    (dir, journal)
}

fn faults(journal: &Journal) -> Vec<Fault> {
    verify(journal).unwrap().faults
}

#[test]
fn an_untouched_journal_is_sound() {
    let (_dir, journal) = journal(5);
    let report = verify(&journal).unwrap();
    assert_eq!((report.entries, report.faults.len(), report.head_behind), (5, 0, false));
    assert_eq!(report.head.unwrap().number, 5);
    assert_eq!(journal.next_run().unwrap(), 4);
}

#[test]
fn an_edit_is_found_at_every_entry() {
    for number in 1..=5 {
        let (_dir, journal) = journal(5);
        let path = journal.path(number);
        let text = std::fs::read_to_string(&path).unwrap().replace("\"commands\": 3", "\"commands\": 4");
        std::fs::write(&path, text).unwrap();
        assert_eq!(faults(&journal), [Fault::Edited(number)]);
    }
}

#[test]
fn an_edit_with_a_new_hash_is_found_at_every_entry() {
    for number in 1..=5 {
        let (_dir, journal) = journal(5);
        let mut sealed = journal.read(number).unwrap();
        sealed.entry.at = "2026-11-21T08:00:00Z".parse().unwrap();
        sealed.hash = hash(&sealed.entry);
        std::fs::write(journal.path(number), serde_json::to_string(&sealed).unwrap()).unwrap();
        let expected = if number == 5 { Fault::Head(5) } else { Fault::Unchained(number + 1) };
        assert_eq!(faults(&journal), [expected]);
    }
}

#[test]
fn a_dropped_entry_is_found_wherever_it_stood() {
    for number in 1..=5 {
        let (_dir, journal) = journal(5);
        std::fs::remove_file(journal.path(number)).unwrap();
        let expected = if number == 5 { Fault::Truncated { last: 4, head: 5 } } else { Fault::Missing(number) };
        assert_eq!(faults(&journal), [expected]);
    }
}

#[test]
fn swapped_entries_are_found() {
    let (_dir, journal) = journal(5);
    let (second, third) = (journal.path(2), journal.path(3));
    let (a, b) = (std::fs::read(&second).unwrap(), std::fs::read(&third).unwrap());
    std::fs::write(&second, b).unwrap();
    std::fs::write(&third, a).unwrap();
    assert_eq!(faults(&journal), [Fault::Misplaced { file: 2, says: 3 }, Fault::Misplaced { file: 3, says: 2 }]);
}

#[test]
fn no_byte_of_any_entry_can_be_changed() {
    let (_dir, journal) = journal(3);
    for number in 1..=3 {
        let path = journal.path(number);
        let sound = std::fs::read(&path).unwrap();
        for at in 0..sound.len() {
            let mut altered = sound.clone();
            altered[at] ^= 1;
            std::fs::write(&path, &altered).unwrap();
            let found = verify(&journal).is_ok_and(|report| report.faults.is_empty());
            assert!(!found, "byte {at} of entry {number} was changed unnoticed");
        }
        std::fs::write(&path, &sound).unwrap();
    }
    assert!(faults(&journal).is_empty());
}

#[test]
fn a_lost_head_is_found() {
    for entries in [1, 3] {
        let (_dir, journal) = journal(entries);
        std::fs::remove_file(journal.folder().join("head.json")).unwrap();
        assert!(matches!(faults(&journal)[..], [Fault::NoHead(_)]));
        let event = Event::RunFinished { run: 2, tally: std::collections::BTreeMap::new() };
        let refused = journal.append("2026-11-20T09:00:00Z".parse().unwrap(), event);
        assert!(matches!(refused, Err(JournalError::Damaged { .. })), "{refused:?}");
    }
}

#[test]
fn a_crash_before_the_first_entry_was_pointed_at_mends_itself() {
    let (_dir, journal) = journal(1);
    journal.point(&Head { number: 0, hash: Digest::of(b"") }).unwrap();
    let report = verify(&journal).unwrap();
    assert!(report.head_behind && report.faults.is_empty());
}

#[test]
fn a_crash_between_entry_and_head_mends_itself() {
    let (_dir, journal) = journal(3);
    let head = journal.folder().join("head.json");
    let old = std::fs::read(&head).unwrap();
    let event = Event::RunFinished { run: 2, tally: std::collections::BTreeMap::new() };
    let now = "2026-11-20T09:00:00Z".parse().unwrap();
    journal.append(now, event.clone()).unwrap();
    std::fs::write(&head, old).unwrap();
    let report = verify(&journal).unwrap();
    assert!(report.head_behind && report.faults.is_empty());
    assert_eq!(journal.append(now, event).unwrap().number, 5);
    let report = verify(&journal).unwrap();
    assert!(!report.head_behind && report.faults.is_empty());
}

#[test]
fn an_intent_without_outcome_is_unfinished() {
    let (_dir, journal) = journal(2);
    let outcome = Event::Outcome {
        run: 1,
        device: "sw1".parse().unwrap(),
        outcome: "confirmed".into(),
        detail: String::new(),
        millis: 7,
    };
    journal.append("2026-11-20T09:00:00Z".parse().unwrap(), outcome).unwrap();
    let open = journal.unfinished().unwrap();
    assert_eq!(open.len(), 1);
    assert!(matches!(&open[0].event, Event::Intent { device, .. } if device.as_str() == "sw2"));
}

#[test]
fn a_lock_is_held_until_dropped() {
    let dir = tempfile::tempdir().unwrap();
    let first = Lock::project(dir.path()).unwrap();
    let error = Lock::project(dir.path()).unwrap_err().to_string();
    assert!(error.contains(&std::process::id().to_string()), "{error}");
    let _device = Lock::device(dir.path(), "sw1").unwrap();
    assert!(Lock::device(dir.path(), "sw2").is_ok());
    drop(first);
    assert!(Lock::project(dir.path()).is_ok());
}

#[test]
fn many_writers_make_one_chain() {
    let (_dir, journal) = journal(1);
    std::thread::scope(|scope| {
        for run in 0..8 {
            let journal = &journal;
            scope.spawn(move || {
                for _ in 0..5 {
                    let event = Event::RunFinished { run, tally: std::collections::BTreeMap::new() };
                    journal.append("2026-11-20T09:00:00Z".parse().unwrap(), event).unwrap();
                }
            });
        }
    });
    let report = verify(&journal).unwrap();
    assert_eq!((report.entries, report.faults.len()), (41, 0));
}
