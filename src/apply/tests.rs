//! Runs against devices in memory, each with one thing wrong.

use super::*;
use crate::diff::{self, Options, ScriptLine};
use crate::journal::verify;
use crate::model::{Network, Role, SecretSource};
use crate::plan::file::tests::sample;
use crate::plan::{self, Push, Risk, Step};
use crate::secret::{Masker, Sealed};
use crate::source::{Sp, Span};

const BEFORE: &str = "hostname sw\nvlan 10\n name STAFF\n";
const AFTER: &str = "hostname sw\nvlan 10\n name STAFF\nvlan 20\n name GUEST\n";

/// A secret and what a device makes of it.
const SECRET: &str = "kanariegul";
const SHOWN: &str = "SEALEDBYTHEDEVICE";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    Nothing,
    /// Somebody adds a line between plan and apply.
    Touched,
    /// The change is there already.
    Done,
    Unreachable,
    /// The checkpoint is refused.
    NoCheckpoint,
    /// A line is refused after something was taken.
    Line,
    /// The connection drops in the middle, and the device goes back when its timer ends.
    Drop,
    /// After the change nobody can log in until the timer ends.
    LockOut,
    /// It takes the script and does not do it.
    Deaf,
    /// It takes half the script and neither aborts nor goes back.
    Stuck,
    /// It cannot save.
    Disk,
    /// Loading takes for ever.
    Slow,
    /// It shows secrets in a form that only it can open.
    Seals,
}

struct Box_ {
    wrong: Wrong,
    running: String,
    saved: String,
    checkpoint: Option<(String, Instant)>,
    /// What the change that waits was called when it began.
    called: String,
    logins: usize,
}

#[derive(Default)]
struct Fake(Mutex<BTreeMap<DeviceName, Arc<Mutex<Box_>>>>);

/// A session, and what it calls its change.
struct FakeSession(Arc<Mutex<Box_>>, String);

fn failed<T>(message: &str, usable: bool) -> Result<T, SessionError> {
    Err(SessionError { message: message.to_owned(), usable, rejected: None })
}

impl FakeSession {
    fn with<T>(&self, act: impl FnOnce(&mut Box_) -> T) -> T {
        let mut device = self.0.lock().unwrap();
        if device.checkpoint.as_ref().is_some_and(|(_, until)| Instant::now() >= *until) && device.wrong != Wrong::Stuck
        {
            let (old, _) = device.checkpoint.take().unwrap();
            device.running = old;
        }
        act(&mut device)
    }
}

impl Dial for Fake {
    type Session = FakeSession;

    async fn connect(&self, device: &DevicePlan, attempt: &str) -> Result<FakeSession, SessionError> {
        let session = FakeSession(Arc::clone(&self.0.lock().unwrap()[&device.name]), attempt.to_owned());
        let shut = session.with(|device| {
            device.logins += 1;
            let changed = device.checkpoint.is_some() && device.running != BEFORE;
            device.wrong == Wrong::Unreachable || (device.wrong == Wrong::LockOut && changed)
        });
        if shut { failed("no connection", false) } else { Ok(session) }
    }
}

impl Session for FakeSession {
    async fn running(&mut self) -> Result<String, SessionError> {
        Ok(self.with(|device| device.running.clone()))
    }

    async fn begin(&mut self, hold: Duration) -> Result<(), SessionError> {
        self.with(|device| {
            if device.wrong == Wrong::NoCheckpoint {
                return failed("no archive is set up", true);
            }
            device.checkpoint = Some((device.running.clone(), Instant::now() + hold));
            device.called.clone_from(&self.1);
            Ok(())
        })
    }

    async fn load(&mut self, script: &[ScriptLine], mut sent: impl FnMut(usize) + Send) -> Result<(), SessionError> {
        sent(script.len());
        let wrong = self.with(|device| {
            device.running = match device.wrong {
                Wrong::Deaf => device.running.clone(),
                Wrong::Seals => format!("{AFTER}radius server A\n key 6 {SHOWN}\n"),
                Wrong::Line | Wrong::Drop | Wrong::Stuck => format!("{BEFORE}vlan 20\n"),
                _ => AFTER.to_owned(),
            };
            device.wrong
        });
        match wrong {
            Wrong::Slow => std::future::pending().await,
            Wrong::Drop => failed("the connection was lost", false),
            Wrong::Line | Wrong::Stuck => Err(SessionError {
                message: String::new(),
                usable: true,
                rejected: Some(session::Rejected {
                    line_no: 2,
                    command: "name GUEST".into(),
                    answer: "% Invalid".into(),
                }),
            }),
            _ => Ok(()),
        }
    }

    async fn confirm(&mut self) -> Result<(), SessionError> {
        self.with(|device| {
            assert_eq!(device.called, self.1, "another change waits here");
            device.checkpoint = None;
            Ok(())
        })
    }

    async fn abort(&mut self) -> Result<(), SessionError> {
        self.with(|device| match (device.wrong, device.checkpoint.take()) {
            (_, Some(_)) if device.called != self.1 => panic!("another change waits here"),
            (Wrong::Stuck, _) => failed("nothing to take back", true),
            (_, Some((old, _))) => {
                device.running = old;
                Ok(())
            }
            (_, None) => failed("no change is pending", true),
        })
    }

    async fn save(&mut self) -> Result<(), SessionError> {
        self.with(|device| {
            if device.wrong == Wrong::Disk {
                return failed("no space left", true);
            }
            device.saved = device.running.clone();
            Ok(())
        })
    }

    async fn close(self) {}
}

struct Bench {
    dir: tempfile::TempDir,
    fake: Arc<Fake>,
    stored: Arc<Stored>,
    stop: watch::Sender<Stop>,
}

const KEY: [u8; 32] = [9; 32];

impl Bench {
    fn new(devices: &[(&str, Role, Wrong)]) -> Self {
        let library = Library::built_in().unwrap();
        let platform = &library.get("cisco_iosxe").unwrap().platform;
        let masker = Masker::new(platform, FingerprintKey::from_bytes(KEY));
        let managed = crate::plan::managed(platform, &masker, BEFORE, &Options::default());
        let mut plan = sample();
        let template = plan.devices.remove(0);
        plan.push = Push { wave: 3, failure_budget: 1, confirm_within: 2 };
        plan.fingerprint_key = FingerprintKey::from_bytes(KEY).id();
        let fake = Fake::default();
        for (name, role, wrong) in devices {
            let name: DeviceName = name.parse().unwrap();
            let intended = match wrong {
                Wrong::Seals => format!("{AFTER}radius server A\n key ⟪secret:radius⟫\n"),
                _ => AFTER.to_owned(),
            };
            let masker = masker.clone().knowing(vec![SECRET.to_owned().into()]);
            let change =
                diff::remediate(platform, BEFORE, &intended.replace("⟪secret:radius⟫", SECRET), &Options::default());
            plan.devices.push(DevicePlan {
                name: name.clone(),
                role: *role,
                platform: "cisco_iosxe".into(),
                running: Digest::of(managed.as_bytes()),
                managed: managed.clone(),
                intended,
                commands: plan::steps(&masker, &change.commands),
                rollback: plan::steps(&masker, &change.rollback),
                ..template.clone()
            });
            let running = match wrong {
                Wrong::Touched => format!("{BEFORE}vlan 99\n name TEMP\n"),
                Wrong::Done => AFTER.to_owned(),
                _ => BEFORE.to_owned(),
            };
            let device = Box_ {
                wrong: *wrong,
                running,
                saved: BEFORE.into(),
                checkpoint: None,
                called: String::new(),
                logins: 0,
            };
            fake.0.lock().unwrap().insert(name, Arc::new(Mutex::new(device)));
        }
        let (stop, _) = watch::channel(Stop::No);
        let dir = tempfile::tempdir().unwrap();
        Self { dir, fake: Arc::new(fake), stored: Arc::new(Stored::new(plan)), stop }
    }

    fn vault(&self) -> Vault {
        let mut network = Network::default();
        let (name, source) = ("radius".parse().unwrap(), SecretSource::File("radius.txt".into()));
        network.secrets.insert(name, Sp::new(source, Span::default()));
        std::fs::create_dir_all(self.dir.path().join("secrets")).unwrap();
        std::fs::write(self.dir.path().join("secrets/radius.txt"), SECRET).unwrap();
        Vault::open(&network, &self.dir.path().join("secrets"))
    }

    fn setup(&self) -> Setup<Fake> {
        Setup {
            stored: Arc::clone(&self.stored),
            library: Arc::new(Library::built_in().unwrap()),
            vault: Arc::new(self.vault()),
            key: FingerprintKey::from_bytes(KEY),
            state: self.dir.path().to_path_buf(),
            approved: Vec::new(),
            operator: "ida".into(),
            target: None,
            dial: Arc::clone(&self.fake),
            clock: Timestamp::now,
        }
    }

    async fn run(&self) -> RunResult {
        let (events, _seen) = mpsc::unbounded_channel();
        let result = run(self.setup(), events, self.stop.subscribe()).await.unwrap();
        let report = verify(&Journal::new(self.dir.path())).unwrap();
        assert!(report.faults.is_empty(), "{report:?}");
        assert!(Journal::new(self.dir.path()).unfinished().unwrap().is_empty());
        result
    }

    fn device<T>(&self, name: &str, look: impl FnOnce(&Box_) -> T) -> T {
        look(&self.fake.0.lock().unwrap()[&name.parse().unwrap()].lock().unwrap())
    }
}

async fn one(wrong: Wrong) -> (Bench, Outcome, u8) {
    let bench = Bench::new(&[("sw1", Role::Access, wrong)]);
    let result = bench.run().await;
    let outcome = result.devices[&"sw1".parse().unwrap()].outcome.clone();
    (bench, outcome, result.exit_code())
}

#[tokio::test]
async fn a_change_is_kept_only_over_a_new_login_and_saved() {
    let (bench, outcome, code) = one(Wrong::Nothing).await;
    assert_eq!((outcome, code), (Outcome::Confirmed, 0));
    bench.device("sw1", |device| {
        assert_eq!((device.running.as_str(), device.saved.as_str(), device.logins), (AFTER, AFTER, 2));
        assert!(device.checkpoint.is_none());
    });
    let again = bench.run().await;
    assert_eq!(again.devices[&"sw1".parse().unwrap()].outcome, Outcome::Already);
    assert_eq!((again.run, again.exit_code()), (2, 0));
}

#[tokio::test]
async fn a_stale_device_is_refused_with_what_was_added() {
    let (bench, outcome, code) = one(Wrong::Touched).await;
    let Outcome::Stale { added, removed } = outcome else { panic!("{outcome:?}") };
    assert!(added.iter().any(|line| line.contains("vlan 99")), "{added:?}");
    assert!(removed.is_empty());
    assert_eq!(code, 3);
    bench.device("sw1", |device| assert!(device.running.contains("vlan 99") && device.checkpoint.is_none()));
}

/// What is done to a plan, and what the refusal says.
type Tamper<'a> = (&'a dyn Fn(&mut DevicePlan), &'a str);

/// Whoever makes a plan could say less than it does, and get along with fewer signatures.
#[tokio::test]
async fn a_plan_that_this_program_would_not_make_is_refused() {
    let milder = |device: &mut DevicePlan| device.commands[0].risk = Risk("cosmetic".into());
    let more = |device: &mut DevicePlan| {
        let step = Step { text: "no vlan 10".into(), opens: false, ..device.commands[0].clone() };
        device.commands.push(step);
    };
    let back = |device: &mut DevicePlan| device.rollback.clear();
    let surer = |device: &mut DevicePlan| device.tier = "watchdog".into();
    let tamper: [Tamper<'_>; 4] = [
        (&milder, "of class cosmetic as command 1 to send"),
        (&more, "`no vlan 10`"),
        (&back, "the plan says none as command 1 to take back"),
        (&surer, "tier watchdog, it is native"),
    ];
    for (act, says) in tamper {
        let mut bench = Bench::new(&[("sw1", Role::Access, Wrong::Nothing)]);
        let mut plan = bench.stored.plan.clone();
        act(&mut plan.devices[0]);
        bench.stored = Arc::new(Stored::new(plan));
        let result = bench.run().await;
        let outcome = &result.devices[&"sw1".parse().unwrap()].outcome;
        assert!(matches!(outcome, Outcome::Refused(why) if why.contains(says)), "{outcome:?}");
        assert_eq!(result.exit_code(), 3);
        bench.device("sw1", |device| assert_eq!((device.running.as_str(), device.logins), (BEFORE, 1)));
    }
}

#[tokio::test]
async fn what_is_done_already_is_saved() {
    let (bench, outcome, code) = one(Wrong::Done).await;
    assert_eq!((outcome, code), (Outcome::Already, 0));
    bench.device("sw1", |device| assert_eq!(device.saved, AFTER));
}

#[tokio::test]
async fn a_device_out_of_reach_fails_and_nothing_was_sent() {
    let (_bench, outcome, code) = one(Wrong::Unreachable).await;
    assert!(matches!(&outcome, Outcome::Failed(why) if why.contains("nothing was sent")), "{outcome:?}");
    assert_eq!(code, 1);
}

#[tokio::test]
async fn without_a_checkpoint_nothing_is_sent() {
    let (bench, outcome, _) = one(Wrong::NoCheckpoint).await;
    assert!(matches!(&outcome, Outcome::Failed(why) if why.contains("no archive")), "{outcome:?}");
    bench.device("sw1", |device| assert_eq!(device.running, BEFORE));
}

#[tokio::test]
async fn whatever_fails_after_sending_is_rolled_back_and_proven() {
    for (wrong, says) in [
        (Wrong::Line, "line 2, `name GUEST`: % Invalid"),
        (Wrong::Drop, "connection was lost"),
        (Wrong::LockOut, "no new login"),
        (Wrong::Deaf, "still missing"),
    ] {
        let (bench, outcome, code) = one(wrong).await;
        assert!(matches!(&outcome, Outcome::RolledBack(why) if why.contains(says)), "{wrong:?}: {outcome:?}");
        assert_eq!(code, 1);
        bench.device("sw1", |device| assert_eq!((device.running.as_str(), device.saved.as_str()), (BEFORE, BEFORE)));
    }
}

#[tokio::test]
async fn a_device_that_does_not_go_back_is_said_to_be_in_between() {
    let (_bench, outcome, code) = one(Wrong::Stuck).await;
    assert!(matches!(&outcome, Outcome::InBetween(why) if why.contains("+ vlan 20")), "{outcome:?}");
    assert_eq!(code, 1);
}

#[tokio::test]
async fn a_change_that_cannot_be_saved_is_a_failure() {
    let (bench, outcome, code) = one(Wrong::Disk).await;
    assert!(matches!(&outcome, Outcome::Unsaved(why) if why.contains("no space left")), "{outcome:?}");
    assert_eq!(code, 1);
    bench.device("sw1", |device| assert_eq!(device.running, AFTER));
}

#[tokio::test]
async fn a_stale_device_does_not_stop_the_others() {
    let bench = Bench::new(&[
        ("sw1", Role::Access, Wrong::Touched),
        ("sw2", Role::Access, Wrong::Nothing),
        ("sw3", Role::Access, Wrong::Nothing),
    ]);
    let result = bench.run().await;
    assert_eq!(result.tally(), BTreeMap::from([("confirmed".into(), 2), ("stale".into(), 1)]));
    assert_eq!(result.exit_code(), 3);
}

#[tokio::test]
async fn a_failed_canary_stops_the_run() {
    let bench = Bench::new(&[
        ("sw1", Role::Access, Wrong::Line),
        ("sw2", Role::Access, Wrong::Nothing),
        ("fw1", Role::Firewall, Wrong::Nothing),
    ]);
    let result = bench.run().await;
    assert_eq!(result.tally(), BTreeMap::from([("rolled-back".into(), 1), ("skipped".into(), 2)]));
    assert_eq!(result.stopped.as_deref(), Some("the first device failed"));
    bench.device("fw1", |device| assert_eq!(device.logins, 0));
}

#[tokio::test]
async fn the_failure_budget_ends_a_run_between_waves() {
    let bench = Bench::new(&[
        ("sw1", Role::Access, Wrong::Nothing),
        ("sw2", Role::Access, Wrong::Line),
        ("sw3", Role::Access, Wrong::Nothing),
        ("fw1", Role::Firewall, Wrong::Nothing),
    ]);
    let result = bench.run().await;
    let tally = BTreeMap::from([("confirmed".into(), 2), ("rolled-back".into(), 1), ("skipped".into(), 1)]);
    assert_eq!(result.tally(), tally);
    assert_eq!(result.stopped.as_deref(), Some("1 of 1 allowed failures used"));
}

#[tokio::test]
async fn told_to_roll_back_it_takes_the_device_in_hand_back() {
    let bench = Bench::new(&[("sw1", Role::Access, Wrong::Slow), ("sw2", Role::Access, Wrong::Nothing)]);
    let (events, mut seen) = mpsc::unbounded_channel();
    let running = tokio::spawn(run(bench.setup(), events, bench.stop.subscribe()));
    while let Some(event) = seen.recv().await {
        if matches!(event, Event::Stage(_, Stage::Sending { sent, .. }) if sent > 0) {
            break;
        }
    }
    bench.stop.send(Stop::RollBack).unwrap();
    let result = running.await.unwrap().unwrap();
    let outcome = &result.devices[&"sw1".parse().unwrap()].outcome;
    assert!(matches!(outcome, Outcome::RolledBack(why) if why.contains("operator")), "{outcome:?}");
    assert!(matches!(result.devices[&"sw2".parse().unwrap()].outcome, Outcome::Skipped(_)));
    bench.device("sw1", |device| assert_eq!(device.running, BEFORE));
}

/// What the run that was killed called its change.
const KILLED: &str = "00000000deadbeef";

/// What a run that was killed leaves behind: an intent, and a device with a timer.
fn killed(bench: &Bench, running: &str) {
    let (device, from) = ("sw1".parse().unwrap(), Digest::of(b""));
    let intent = journal::Event::Intent { run: 1, device, from, commands: 2, attempt: Some(KILLED.to_owned()) };
    Journal::new(bench.dir.path()).append(Timestamp::now(), intent).unwrap();
    let devices = bench.fake.0.lock().unwrap();
    let mut device = devices[&"sw1".parse().unwrap()].lock().unwrap();
    running.clone_into(&mut device.running);
    device.checkpoint = Some((BEFORE.into(), Instant::now() + Duration::from_mins(1)));
    KILLED.clone_into(&mut device.called);
}

#[tokio::test]
async fn a_run_killed_before_it_could_confirm_is_taken_up() {
    let bench = Bench::new(&[("sw1", Role::Access, Wrong::Nothing)]);
    killed(&bench, AFTER);
    let result = bench.run().await;
    assert_eq!(result.devices[&"sw1".parse().unwrap()].outcome, Outcome::Already);
    bench.device("sw1", |device| assert!(device.checkpoint.is_none(), "the timer would have taken it back"));
}

#[tokio::test]
async fn a_run_killed_in_the_middle_is_taken_back_and_done_again() {
    let bench = Bench::new(&[("sw1", Role::Access, Wrong::Nothing)]);
    killed(&bench, &format!("{BEFORE}vlan 20\n"));
    let result = bench.run().await;
    assert_eq!(result.devices[&"sw1".parse().unwrap()].outcome, Outcome::Confirmed);
    bench.device("sw1", |device| assert_eq!((device.running.as_str(), device.saved.as_str()), (AFTER, AFTER)));
}

#[tokio::test]
async fn a_locked_device_or_project_is_refused() {
    let bench = Bench::new(&[("sw1", Role::Access, Wrong::Nothing)]);
    let held = Lock::device(bench.dir.path(), "sw1").unwrap();
    let result = bench.run().await;
    assert_eq!((result.tally(), result.exit_code()), (BTreeMap::from([("refused".into(), 1)]), 3));
    drop(held);
    let _held = Lock::project(bench.dir.path()).unwrap();
    let (events, _seen) = mpsc::unbounded_channel();
    assert!(matches!(run(bench.setup(), events, bench.stop.subscribe()).await, Err(RunError::Lock(_))));
}

#[tokio::test]
async fn what_a_device_makes_of_a_secret_is_noted_and_never_in_the_clear() {
    let bench = Bench::new(&[("sw01", Role::Access, Wrong::Seals)]);
    let result = bench.run().await;
    assert_eq!(result.devices.values().next().unwrap().outcome, Outcome::Confirmed);
    let record = |lab| Sealed::open(bench.dir.path(), lab, "sw01", FingerprintKey::from_bytes(KEY)).unwrap();
    let platform = Arc::clone(&Library::built_in().unwrap().get("cisco_iosxe").unwrap().platform);
    let count = |sealed: Sealed| {
        let options = Options { sealed: Some(Arc::new(sealed)), ..Options::default() };
        let intended = format!("{AFTER}radius server A\n key {SECRET}\n");
        let running = format!("{AFTER}radius server A\n key 6 {SHOWN}\n");
        crate::diff::remediate(&platform, &running, &intended, &options).commands.len()
    };
    let lab = bench.stored.plan.lab;
    assert_eq!(count(record(lab)), 0);
    assert_eq!(count(record(!lab)), 1, "emulated devices are called like the real ones");
    let written = walk(bench.dir.path());
    assert!(!written.contains(SECRET) && !written.contains(SHOWN));
}

/// Everything that was written below a folder.
fn walk(folder: &std::path::Path) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.path().ends_with("secrets") {
            continue;
        }
        if entry.path().is_dir() {
            all += &walk(&entry.path());
        } else {
            all += &String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap());
        }
    }
    all
}
