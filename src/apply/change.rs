//! One device: read, compare, push, look again over a new login, keep or take back.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use similar::{ChangeTag, TextDiff};
use tokio::time::Instant;

use super::{Dial, Event, Outcome, Session, SessionError, Shared, Stage, Stop};
use crate::diff::{self, Command, Options, ScriptLine};
use crate::plan::{self, DevicePlan, Step};
use crate::platform::Platform;
use crate::platform::session::Tier;
use crate::secret::{self, Masker, Sealed, SealedError};
use crate::value::{Digest, Text};

/// Between two attempts to log in to a device that is coming back.
const PAUSE: Duration = Duration::from_millis(500);
/// At least this long after the device's own timer it may still be busy going back.
const GRACE: Duration = Duration::from_secs(3);
/// So long is looked for a device that has no timer and does not answer: nothing on it will change by itself. Longer
/// than a login may take, where a directory server does not answer the device.
const SILENCE: Duration = Duration::from_mins(2);
/// So often is a device asked to take its change back that answers and refuses, each time after twice as long: what was
/// in its way has some seconds to pass. Sent once a second for as long as it takes, the same refused line helps nobody.
const REFUSALS: u32 = 5;

/// What the worker of one device knows.
struct Worker<'a, D: Dial> {
    shared: &'a Shared<D>,
    device: &'a DevicePlan,
    platform: &'a Platform,
    options: Options,
    masker: Masker,
    /// The intended text, secrets in the clear.
    intended: String,
    hold: Duration,
    tier: Tier,
    /// What the change is called on the device.
    attempt: String,
}

/// Sessions in hand while the change is on its way.
struct Hands<S> {
    first: Option<S>,
    second: Option<S>,
    /// A script is being sent: until that ends, the session waits for an answer and takes nothing else.
    sending: bool,
    /// The checkpoint was asked for: a timer may run.
    begun: bool,
    /// Lines may have been sent.
    sent: bool,
}

/// Changes one device and says what came of it.
pub(super) async fn change<D: Dial>(shared: &Shared<D>, device: &DevicePlan, platform: &Platform) -> Outcome {
    let worker = match Worker::new(shared, device, platform) {
        Ok(worker) => worker,
        Err(outcome) => return outcome,
    };
    worker.tell(Stage::Connecting);
    // What an earlier run began and did not end goes by the name it had there.
    let left = shared.unfinished.get(&device.name).and_then(Option::as_deref);
    let mut first = match shared.setup.dial.connect(device, left.unwrap_or(&worker.attempt)).await {
        Ok(session) => session,
        Err(error) => return Outcome::Failed(format!("nothing was sent: {error}")),
    };
    worker.tell(Stage::Checking);
    let mut before = match first.running().await {
        Ok(text) => text,
        Err(error) => return Outcome::Failed(format!("nothing was sent: {error}")),
    };
    if worker.was_left_half_way(&before) {
        // A run was killed in the middle. What it began is taken back first, rather than waiting for the timer.
        worker.tell(Stage::RollingBack("an earlier run was killed in the middle of this device".to_owned()));
        let aborted = first.abort().await;
        first.close().await;
        let again = async {
            let mut session = shared.setup.dial.connect(device, &worker.attempt).await?;
            let text = session.running().await?;
            Ok::<_, SessionError>((session, text))
        };
        match again.await {
            Ok((session, text)) => (first, before) = (session, text),
            Err(error) => return Outcome::InBetween(format!("an earlier run was killed in the middle: {error}")),
        }
        // Refused when the timer was faster; what was read then says which.
        drop(aborted);
    }
    if worker.digest(&before) != device.running {
        return worker.moved(first, &before).await;
    }
    let checked = worker.is_our_own(&before);
    let script = match checked.and_then(|()| worker.script(&before).map_err(|unfilled| unfilled.to_string())) {
        Ok(script) => script,
        Err(why) => {
            first.close().await;
            return Outcome::Refused(why);
        }
    };
    worker.push(first, &before, &script).await
}

impl<'a, D: Dial> Worker<'a, D> {
    fn new(shared: &'a Shared<D>, device: &'a DevicePlan, platform: &'a Platform) -> Result<Self, Outcome> {
        let mut known = Vec::new();
        for (name, fingerprint) in &device.secrets {
            let value = shared.setup.vault.value(name).map_err(|error| Outcome::Refused(error.to_string()))?;
            if shared.setup.key.fingerprint(secrecy::ExposeSecret::expose_secret(&value)) != *fingerprint {
                let why = format!("the secret `{name}` is another than when the plan was made; make a new plan");
                return Err(Outcome::Refused(why));
            }
            known.push(value);
        }
        let intended = secret::reveal(&device.intended, &shared.setup.vault)
            .map_err(|error| Outcome::Refused(error.to_string()))?;
        let sealed = Sealed::open(&shared.setup.state, shared.lab(), device.name.as_str(), shared.setup.key.clone())
            .map_err(|error| Outcome::Refused(format!("the record of its sealed secrets cannot be used: {error}")))?;
        Ok(Self {
            shared,
            device,
            platform,
            options: Options { features: device.features.clone(), sealed: Some(Arc::new(sealed)) },
            masker: Masker::new(platform, shared.setup.key.clone()).knowing(known),
            intended,
            hold: Duration::from_secs(shared.setup.stored.plan.push.confirm_within.max(1)),
            tier: platform.transaction.tier,
            attempt: shared.attempt(&device.name),
        })
    }

    fn tell(&self, stage: Stage) {
        self.shared.tell(Event::Stage(self.device.name.clone(), stage));
    }

    /// What a session says, secrets masked: a device quotes what it refuses.
    fn say(&self, error: &SessionError) -> String {
        let Some(rejected) = &error.rejected else { return self.masker.mask(&error.message) };
        let (command, answer) = (self.masker.mask(&rejected.command), self.masker.mask(&rejected.answer));
        match rejected.line_no {
            0 => format!("the device refused `{command}`: {answer}"),
            number => format!("the device refused line {number}, `{command}`: {answer}"),
        }
    }

    fn managed(&self, running: &str) -> String {
        plan::managed(self.platform, &self.masker, running, &self.options)
    }

    fn digest(&self, running: &str) -> Digest {
        Digest::of(self.managed(running).as_bytes())
    }

    /// What would still have to be done to get from one text to another.
    fn missing(&self, from: &str, to: &str) -> Vec<Command> {
        diff::remediate(self.platform, from, to, &self.options).commands
    }

    /// An earlier run journalled its intent and no outcome, and the device is not as intended. A device that looks
    /// untouched may still have the timer running, which would refuse a new checkpoint.
    fn was_left_half_way(&self, running: &str) -> bool {
        self.tier.reverts_alone()
            && self.shared.unfinished.contains_key(&self.device.name)
            && !self.missing(running, &self.intended).is_empty()
    }

    /// The device is not what the plan saw: either it is done already, or somebody else was there.
    async fn moved(&self, mut session: D::Session, running: &str) -> Outcome {
        let outcome = if self.missing(running, &self.intended).is_empty() {
            if self.shared.unfinished.contains_key(&self.device.name) {
                // A run was killed after sending: the device's timer may still wait for this. A device
                // that waits for nothing refuses, which is as good.
                drop(session.confirm().await);
            }
            self.tell(Stage::Saving);
            match session.save().await {
                Ok(()) => Outcome::Already,
                Err(error) => Outcome::Unsaved(format!("it is as intended, but was not saved: {error}")),
            }
        } else {
            let (added, removed) = since(&self.device.managed, &self.managed(running));
            Outcome::Stale { added, removed }
        };
        session.close().await;
        outcome
    }

    /// Whether this program, with the platform data it has now, makes the plan's commands itself out of what runs
    /// and what is intended. Their risk decides how many signatures a plan needs, so it is not taken on trust.
    ///
    /// # Errors
    /// What is different, in words.
    fn is_our_own(&self, before: &str) -> Result<(), String> {
        // A plan made from kept files saw masks where the device has hashes, which a device's own text does not.
        let masked = || secret::fill_known(&self.masker.mask(before), &self.masker.values(&self.intended));
        self.makes(before).or_else(|why| self.makes(&masked()).map_err(|_| why))?;
        let tier = self.tier.word();
        if self.device.tier != tier {
            let said = &self.device.tier;
            return Err(format!(
                "the plan says the device goes back by the tier {said}, it is {tier}; make a new plan"
            ));
        }
        Ok(())
    }

    /// Whether the plan's commands, there and back, are those from one text to what is intended.
    fn makes(&self, running: &str) -> Result<(), String> {
        let now = diff::remediate(self.platform, running, &self.intended, &self.options);
        let forth = (plan::steps(&self.masker, &now.commands), &self.device.commands);
        let back = (plan::steps(&self.masker, &now.rollback), &self.device.rollback);
        // Everything but the reason, whose words may change with the version, and secrets of the device's own, which it
        // may show anew at every reading; ours are the same for as long as they are not changed.
        let ours = |mark: &str| self.device.secrets.values().any(|fingerprint| fingerprint == mark);
        let plain = |text: &Text| Text::from(secret::unmarked(text, ours));
        let act = |step: &Step| Step {
            path: step.path.iter().map(plain).collect(),
            text: plain(&step.text),
            reason: String::new(),
            ..step.clone()
        };
        for (what, (own, said)) in [("to send", forth), ("to take back", back)] {
            let differ = |at: &usize| own.get(*at).map(act) != said.get(*at).map(act);
            let Some(at) = (0..own.len().max(said.len())).find(differ) else { continue };
            let told = |step: Option<&Step>| {
                step.map_or_else(|| "none".to_owned(), |step| format!("`{}` of class {}", step.text, step.risk))
            };
            return Err(format!(
                "the plan says {} as command {} {what}, this program {}: the plan was made by another version, with other \
                 platform data or records of secrets, or by hand; make a new plan",
                told(said.get(at)),
                at + 1,
                told(own.get(at))
            ));
        }
        Ok(())
    }

    /// The script with secrets in the clear, made at the last moment.
    fn script(&self, before: &str) -> Result<Vec<ScriptLine>, secret::Unfilled> {
        let mut values: BTreeMap<String, SecretString> = self.masker.values(before);
        values.extend(self.masker.values(&self.intended));
        let fill = |step: &Step| -> Result<Command, secret::Unfilled> {
            let filled = |line: &Text| secret::fill(line, &values).map(Text::from);
            let path = step.path.iter().map(filled).collect::<Result<_, _>>()?;
            Ok(Command { path, text: filled(&step.text)?, ..Command::from(step) })
        };
        let commands = self.device.commands.iter().map(fill).collect::<Result<Vec<_>, _>>()?;
        Ok(self.lines(&commands))
    }

    /// What is typed, one line each: a verbatim block such as a banner is several.
    fn lines(&self, commands: &[Command]) -> Vec<ScriptLine> {
        let script = diff::script(self.platform, commands);
        let split = |block: ScriptLine| -> Vec<ScriptLine> {
            block.text.split('\n').map(|text| ScriptLine { depth: block.depth, text: text.to_owned() }).collect()
        };
        script.into_iter().flat_map(split).collect()
    }

    async fn push(&self, first: D::Session, before: &str, script: &[ScriptLine]) -> Outcome {
        let mut hands = Hands { first: Some(first), second: None, sending: false, begun: false, sent: false };
        let begun = Instant::now();
        let mut stop = self.shared.stop.clone();
        let forward = tokio::select! {
            forward = self.forward(&mut hands, script) => forward,
            () = told_to_roll_back(&mut stop) => Err("the operator asked for it".to_owned()),
        };
        if hands.sending {
            hands.first = None;
        }
        let (mut session, sealed) = match (forward, hands.second.take()) {
            (Ok(sealed), Some(session)) => (session, sealed),
            (Ok(_), None) => return self.undo(hands, before, begun, "no session is left".to_owned()).await,
            (Err(reason), second) => {
                hands.second = second;
                return self.undo(hands, before, begun, reason).await;
            }
        };
        self.tell(Stage::Confirming);
        if let Err(error) = session.confirm().await {
            hands.second = error.usable.then_some(session);
            return self.undo(hands, before, begun, format!("the change could not be confirmed: {error}")).await;
        }
        self.tell(Stage::Saving);
        let saved = session.save().await;
        session.close().await;
        if let Some(first) = hands.first {
            first.close().await;
        }
        let noted = self.remember(&sealed);
        match saved {
            Ok(()) if noted.is_err() => {
                let error = noted.err().map(|error| error.to_string()).unwrap_or_default();
                Outcome::Unsaved(format!(
                    "it runs and is saved, but what it made of its secrets could not be noted, so the next plan sends \
                     them once more: {error}"
                ))
            }
            Ok(()) => Outcome::Confirmed,
            Err(error) => Outcome::Unsaved(format!("it runs, but was not saved, and a restart would lose it: {error}")),
        }
    }

    /// Everything up to the confirmation, which can be broken off at any point.
    /// Says what the device made of its secrets.
    async fn forward(&self, hands: &mut Hands<D::Session>, script: &[ScriptLine]) -> Result<Sealed, String> {
        let Some(first) = hands.first.as_mut() else { return Err("no session".to_owned()) };
        self.tell(Stage::Preparing);
        hands.sending = true;
        let begun = Instant::now();
        hands.begun = true;
        let sent = match first.begin(self.hold).await {
            Ok(()) => {
                hands.sent = true;
                let of = script.len();
                let device = self.device.name.clone();
                let events = self.shared.events.clone();
                self.tell(Stage::Sending { sent: 0, of });
                let told = move |sent| drop(events.send(Event::Stage(device.clone(), Stage::Sending { sent, of })));
                first.load(script, told).await
            }
            Err(error) => {
                // A device that answered with a refusal took no checkpoint of ours. One that waits for somebody
                // else's confirmation refuses just so, and what waits there is not ours to take back.
                hands.begun = !error.usable;
                Err(error)
            }
        };
        hands.sending = false;
        if let Err(error) = sent {
            if !error.usable {
                hands.first = None;
            }
            return Err(self.say(&error));
        }
        self.tell(Stage::Verifying);
        // A device without a timer must not be left unreachable for long either, so the limit is the same.
        let session = self.log_in(begun + self.hold.mul_f32(0.8)).await.map_err(|error| {
            format!("no new login within {} s after the change: {error}", begun.elapsed().as_secs())
        })?;
        let session = hands.second.insert(session);
        let after =
            session.running().await.map_err(|error| format!("it could not be read after the change: {error}"))?;
        // It has taken every line, so whatever it seals now is what was sent.
        let mut sealed = self.sealed();
        diff::learn(self.platform, &after, &self.intended, &self.options, &mut sealed);
        let options = Options { sealed: Some(Arc::new(sealed.clone())), ..self.options.clone() };
        let missing = diff::remediate(self.platform, &after, &self.intended, &options).commands;
        if let Some(one) = missing.first() {
            let line = self.masker.mask_below(&one.path, &one.text);
            return Err(format!(
                "it did not take everything: {} commands are still missing, first `{line}`",
                missing.len()
            ));
        }
        Ok(sealed)
    }

    /// What is known of its sealed secrets.
    fn sealed(&self) -> Sealed {
        let none = || Sealed::new(self.shared.setup.key.clone());
        self.options.sealed.as_deref().map_or_else(none, Sealed::clone)
    }

    /// Writes down what the device made of its secrets, where that is new.
    fn remember(&self, sealed: &Sealed) -> Result<(), SealedError> {
        if self.sealed().is_same(sealed) {
            return Ok(());
        }
        sealed.save(&self.shared.setup.state, self.shared.lab(), self.device.name.as_str())
    }

    async fn log_in(&self, until: Instant) -> Result<D::Session, SessionError> {
        loop {
            let tried =
                tokio::time::timeout_at(until, self.shared.setup.dial.connect(self.device, &self.attempt)).await;
            match tried {
                Ok(Ok(session)) => return Ok(session),
                Ok(Err(error)) if Instant::now() + PAUSE >= until => return Err(error),
                Ok(Err(_)) => tokio::time::sleep(PAUSE).await,
                Err(_) => return Err(SessionError::lost("it does not answer")),
            }
        }
    }

    /// Takes the change back and proves it by reading, over a new login.
    async fn undo(&self, mut hands: Hands<D::Session>, before: &str, begun: Instant, reason: String) -> Outcome {
        if !hands.begun {
            return Outcome::Failed(format!("nothing was sent: {reason}"));
        }
        let sent = hands.sent;
        self.tell(Stage::RollingBack(reason.clone()));
        let mut aborted = false;
        for session in [hands.second.as_mut(), hands.first.as_mut()].into_iter().flatten() {
            if !aborted {
                aborted = self.take_back(session, before).await.is_ok();
            }
        }
        for session in [hands.second.take(), hands.first.take()].into_iter().flatten() {
            session.close().await;
        }
        // Where nothing on the device goes back by itself, waiting for its timer is waiting for nobody.
        let until = if self.tier.reverts_alone() {
            let restart = Duration::from_secs(self.platform.transaction.back_within);
            (begun + self.hold).max(Instant::now()) + GRACE.max(self.hold / 5) + restart
        } else {
            Instant::now() + SILENCE
        };
        let mut refused = 0_u32;
        let mut last;
        loop {
            match self.proof(before, &mut aborted, until).await {
                Ok(()) if sent => return Outcome::RolledBack(reason),
                Ok(()) => return Outcome::Failed(format!("nothing was changed: {reason}")),
                Err(Left { why, refuses }) => {
                    last = why;
                    refused = if refuses && !self.tier.reverts_alone() { refused + 1 } else { 0 };
                }
            }
            let pause = PAUSE * 2_u32.pow(refused.saturating_sub(1));
            if refused == REFUSALS || Instant::now() + pause >= until {
                break;
            }
            tokio::time::sleep(pause).await;
        }
        Outcome::InBetween(format!("{reason}\nit could not be shown to be as it was: {last}"))
    }

    async fn take_back(&self, session: &mut D::Session, before: &str) -> Result<(), SessionError> {
        if self.tier.reverts_alone() {
            // Where going back is a restart, none is owed to a device on which nothing changed: its timer is called off.
            if self.platform.transaction.back_within > 0
                && self.is_as_it_was(&session.running().await?, before)
                && session.confirm().await.is_ok()
            {
                return Ok(());
            }
            return session.abort().await;
        }
        let now = session.running().await?;
        let commands = self.missing(&now, before);
        if commands.is_empty() {
            return Ok(());
        }
        session.load(&self.lines(&commands), |_| ()).await
    }

    /// Reads the device and compares it with what it was; takes it back first if nobody has yet.
    async fn proof(&self, before: &str, aborted: &mut bool, until: Instant) -> Result<(), Left> {
        let connected =
            tokio::time::timeout_at(until, self.shared.setup.dial.connect(self.device, &self.attempt)).await;
        let mut session = match connected {
            Ok(Ok(session)) => session,
            Ok(Err(error)) => return Err(Left::silent(error.to_string())),
            Err(_) => return Err(Left::silent("it does not answer".to_owned())),
        };
        let silent = |error: SessionError| Left::silent(error.to_string());
        let mut read = session.running().await.map_err(silent)?;
        // A timer that still runs must end even where nothing was changed: it would undo what comes next.
        let due = if self.tier.reverts_alone() { !*aborted } else { !self.is_as_it_was(&read, before) };
        let mut refuses = false;
        if due {
            match self.take_back(&mut session, before).await {
                Ok(()) => {
                    *aborted = true;
                    read = session.running().await.map_err(silent)?;
                }
                Err(error) => refuses = error.usable,
            }
        }
        session.close().await;
        if self.is_as_it_was(&read, before) {
            return Ok(());
        }
        let (added, removed) = since(&self.managed(before), &self.managed(&read));
        let lines = removed.iter().map(|line| format!("- {line}")).chain(added.iter().map(|line| format!("+ {line}")));
        let why = format!("it differs from what it was\n{}", lines.collect::<Vec<_>>().join("\n"));
        Err(Left { why, refuses })
    }

    fn is_as_it_was(&self, now: &str, before: &str) -> bool {
        self.digest(now) == self.digest(before) || self.missing(now, before).is_empty()
    }
}

/// Why a device cannot be shown to be as it was.
struct Left {
    why: String,
    /// It answered, and refused the way back.
    refuses: bool,
}

impl Left {
    const fn silent(why: String) -> Self {
        Self { why, refuses: false }
    }
}

async fn told_to_roll_back(stop: &mut tokio::sync::watch::Receiver<Stop>) {
    if stop.wait_for(|asked| *asked == Stop::RollBack).await.is_err() {
        // Whoever could have asked is gone: nobody will.
        std::future::pending::<()>().await;
    }
}

/// Lines that came and went between two texts, each with the sections it stands in.
fn since(then: &str, now: &str) -> (Vec<String>, Vec<String>) {
    let (then_lines, now_lines): (Vec<&str>, Vec<&str>) = (then.lines().collect(), now.lines().collect());
    let diff = TextDiff::from_slices(&then_lines, &now_lines);
    let mut added = Vec::new();
    let mut removed = Vec::new();
    for change in diff.iter_all_changes() {
        match (change.tag(), change.old_index(), change.new_index()) {
            (ChangeTag::Insert, _, Some(at)) => added.push(in_context(&now_lines, at)),
            (ChangeTag::Delete, Some(at), _) => removed.push(in_context(&then_lines, at)),
            _ => {}
        }
    }
    (added, removed)
}

/// A line with the lines of lesser indentation above it: `interface X / switchport access vlan 20`.
fn in_context(lines: &[&str], at: usize) -> String {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let line = lines.get(at).copied().unwrap_or_default();
    let mut depth = indent(line);
    let mut parts = vec![line.trim()];
    for above in lines.get(..at).unwrap_or_default().iter().rev() {
        if indent(above) < depth && !above.trim().is_empty() {
            depth = indent(above);
            parts.push(above.trim());
        }
    }
    parts.reverse();
    parts.join(" / ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_line_is_shown_in_its_section() {
        let then = "interface a\n desc x\ninterface b\n vlan 10\n";
        let now = "interface a\n desc x\ninterface b\n vlan 20\n  deep\n";
        let (added, removed) = since(then, now);
        assert_eq!(added, ["interface b / vlan 20", "interface b / vlan 20 / deep"]);
        assert_eq!(removed, ["interface b / vlan 10"]);
    }
}
