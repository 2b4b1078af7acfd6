//! Reads many devices at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::Address;
use crate::device::{Dialer, Endpoint};
use crate::platform::Platform;
use crate::value::DeviceName;

/// Logins at the same time. More would only queue at the jump host, and 64 keep a thousand devices under a minute.
pub const AT_ONCE: usize = 64;

/// A device to read.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its name.
    pub name: DeviceName,
    /// How to log in, or why that is not known.
    pub endpoint: Result<Endpoint, String>,
    /// Its platform.
    pub platform: Arc<Platform>,
}

/// What was read from a device: its running configuration, secrets in the clear.
#[derive(Clone)]
pub struct Reading {
    /// Where it was read.
    pub address: Address,
    /// The running configuration.
    pub text: String,
}

impl std::fmt::Debug for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reading").field("address", &self.address).field("bytes", &self.text.len()).finish()
    }
}

/// Reads every target, [`AT_ONCE`] at a time; `done` hears of each as it ends.
pub async fn read(
    dialer: &Dialer,
    targets: Vec<Target>,
    mut done: impl FnMut(&DeviceName, &Result<Reading, String>),
) -> BTreeMap<DeviceName, Result<Reading, String>> {
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    let mut readings = BTreeMap::new();
    let mut set = JoinSet::new();
    for target in targets {
        // Stands until the reader has something better, so that one that panics is not forgotten.
        readings.insert(target.name.clone(), Err("the reader ended unexpectedly".to_owned()));
        let (slots, dialer) = (Arc::clone(&slots), dialer.clone());
        set.spawn(async move {
            // The semaphore is never closed; without a slot the device would merely be read at once.
            let _slot = slots.acquire().await.ok();
            let reading = one(&dialer, &target).await;
            (target.name, reading)
        });
    }
    while let Some(ended) = set.join_next().await {
        if let Ok((name, reading)) = ended {
            done(&name, &reading);
            readings.insert(name, reading);
        }
    }
    readings
}

async fn one(dialer: &Dialer, target: &Target) -> Result<Reading, String> {
    let endpoint = target.endpoint.as_ref().map_err(Clone::clone)?;
    let said = |error: &crate::device::DeviceError| match error.help(target.name.as_str()) {
        Some(help) => format!("{error}\nhelp: {help}"),
        None => error.to_string(),
    };
    let mut device = dialer.connect(endpoint, Arc::clone(&target.platform)).await.map_err(|error| said(&error))?;
    let text = device.running().await.map_err(|error| said(&error));
    device.close().await;
    Ok(Reading { address: Address { host: endpoint.host.clone(), port: endpoint.port }, text: text? })
}
