//! One emulated device: what identifies it, its state, its faults.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use russh::keys::{PrivateKey, PublicKey};
use secrecy::SecretString;
use tokio::sync::watch;
use tokio::time::Instant;

use super::console::Manual;
use super::dialect::Dialect;
use super::fault::Fault;
use super::machine::Machine;
use super::session::Terms;
use crate::platform::Platform;

/// Makes a device's state out of the configuration it starts with.
pub(super) type Wake = Box<dyn FnOnce() -> Mutex<Machine> + Send>;

/// One emulated device.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) platform: Arc<Platform>,
    pub(super) dialect: Option<Arc<Dialect>>,
    pub(super) manual: Option<Arc<Manual>>,
    pub(super) user: String,
    pub(super) password: Option<SecretString>,
    pub(super) keys: Vec<PublicKey>,
    pub(super) terms: Terms,
    /// Made when somebody looks: of thousands of devices, most are never logged in to.
    machine: LazyLock<Mutex<Machine>, Wake>,
    ssh: Mutex<Arc<russh::server::Config>>,
    /// The same with the host key it was born with.
    own: Arc<russh::server::Config>,
    faults: Mutex<Vec<Fault>>,
    /// How often a fault that comes now and then was looked up.
    turns: AtomicU64,
    away: Mutex<Option<Instant>>,
    /// Counts up to end every connection.
    epoch: watch::Sender<u64>,
    /// Logins that succeeded.
    pub(super) logins: std::sync::atomic::AtomicUsize,
}

/// A lock whose holder panicked still guards usable state here: every change is made in one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A number from 0 to 1 that a seed and a turn decide.
fn lot(seed: u64, turn: u64) -> f64 {
    use sha2::Digest as _;
    let hash = sha2::Sha256::new().chain_update(seed.to_le_bytes()).chain_update(turn.to_le_bytes()).finalize();
    let bytes = hash.iter().take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    f64::from(bytes) / f64::from(u32::MAX)
}

impl Unit {
    pub(super) fn new(
        device: super::Device,
        dialect: Option<Arc<Dialect>>,
        manual: Option<Arc<Manual>>,
        wake: Wake,
        ssh: Arc<russh::server::Config>,
        minute: Duration,
    ) -> Self {
        Self {
            platform: device.platform,
            dialect,
            manual,
            user: device.user.clone(),
            password: device.password,
            keys: device.keys,
            terms: Terms { enable: device.enable, minute, user: device.user },
            machine: LazyLock::new(wake),
            ssh: Mutex::new(Arc::clone(&ssh)),
            own: ssh,
            faults: Mutex::new(Vec::new()),
            turns: AtomicU64::new(0),
            away: Mutex::new(None),
            epoch: watch::Sender::new(0),
            logins: std::sync::atomic::AtomicUsize::new(0),
        }
    }

    /// The state, with what the clock made due already done.
    pub(super) fn machine(&self) -> MutexGuard<'_, Machine> {
        let mut machine = lock(&self.machine);
        if machine.settle() {
            *lock(&self.away) = Some(Instant::now() + self.terms.minute.min(Duration::from_secs(5)));
            self.disconnect();
        }
        let full =
            lock(&self.faults).iter().find_map(|fault| self.now(fault, &|fault| matches!(fault, Fault::FullDisk(_))));
        machine.set_full(full.and_then(|fault| match fault {
            Fault::FullDisk(words) => Some(words),
            _ => None,
        }));
        machine
    }

    /// What goes wrong just now.
    pub(super) fn faults(&self) -> Vec<Fault> {
        lock(&self.faults).iter().filter_map(|fault| self.now(fault, &|_| true)).collect()
    }

    /// A fault of a kind as it comes out this time, where it may come now and then.
    fn now(&self, fault: &Fault, kind: &dyn Fn(&Fault) -> bool) -> Option<Fault> {
        match fault {
            Fault::Sometimes { chance, seed, fault } if kind(fault) => {
                let turn = self.turns.fetch_add(1, Ordering::Relaxed);
                (lot(*seed, turn) < *chance).then(|| Fault::clone(fault))
            }
            fault => kind(fault).then(|| fault.clone()),
        }
    }

    pub(super) fn set_fault(&self, fault: Fault) {
        lock(&self.faults).push(fault);
    }

    pub(super) fn heal(&self) {
        lock(&self.faults).clear();
        self.set_ssh(Arc::clone(&self.own));
    }

    pub(super) fn ssh(&self) -> Arc<russh::server::Config> {
        Arc::clone(&lock(&self.ssh))
    }

    pub(super) fn set_ssh(&self, config: Arc<russh::server::Config>) {
        *lock(&self.ssh) = config;
    }

    pub(super) fn host_key(&self) -> Option<PublicKey> {
        self.ssh().keys.first().map(PrivateKey::public_key).cloned()
    }

    /// Starts anew from the saved configuration and refuses connections for a time.
    pub(super) fn reboot(&self, away: Duration) {
        *lock(&self.away) = Some(Instant::now() + away);
        self.machine().reboot();
        self.disconnect();
    }

    /// Ends every connection.
    pub(super) fn disconnect(&self) {
        self.epoch.send_modify(|epoch| *epoch += 1);
    }

    pub(super) fn is_away(&self) -> bool {
        lock(&self.away).is_some_and(|until| Instant::now() < until)
    }

    /// Changes when every connection has to end.
    pub(super) fn epoch(&self) -> watch::Receiver<u64> {
        self.epoch.subscribe()
    }
}
