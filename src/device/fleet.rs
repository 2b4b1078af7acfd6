//! Many devices at once.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::{DeviceError, Dialer, Endpoint};
use crate::platform::Platform;

/// How many devices are read at once unless somebody says otherwise.
pub const AT_ONCE: usize = 64;

/// Files a process needs beside its connections: standard streams, the runtime's own, files on their way.
const OTHER_FILES: u64 = 200;

/// Makes room for so many connections: where the process may have fewer files open, its own limit is raised as far
/// as the system lets it. Gives how many connections there is room for.
///
/// Most systems start programs with 1,024 and let them have many more; a lab or a fleet needs those.
pub fn make_room(connections: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let wanted = u64::try_from(connections).unwrap_or(u64::MAX).saturating_add(OTHER_FILES);
    let limit = getrlimit(Resource::Nofile);
    let (now, most) = (limit.current.unwrap_or(u64::MAX), limit.maximum.unwrap_or(u64::MAX));
    let mut have = now;
    if now < wanted {
        let raised = Rlimit { current: Some(wanted.min(most)), maximum: limit.maximum };
        // What cannot be raised is as it was; whoever asked is told how much there is.
        have = setrlimit(Resource::Nofile, raised).map_or(now, |()| wanted.min(most));
    }
    usize::try_from(have.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX)
}

/// Reads many running configurations; see [`each`].
pub async fn read_all<R>(
    dialer: &Dialer,
    devices: Vec<(Endpoint, Arc<Platform>)>,
    at_once: usize,
    on_done: impl FnMut(usize, Result<String, DeviceError>) -> R,
) -> Vec<R> {
    let read = |(endpoint, platform): (Endpoint, Arc<Platform>)| {
        let dialer = dialer.clone();
        async move { read_one(&dialer, &endpoint, platform).await }
    };
    each(devices, at_once, read, on_done).await
}

/// Does something with many devices, at most `at_once` of them at a time. `on_done` is given what came of each as it
/// comes in, with the position of the device; what it makes of them stands in the order of `devices`.
pub async fn each<D, T: Send + 'static, F: Future<Output = Result<T, DeviceError>> + Send + 'static, R>(
    devices: Vec<D>,
    at_once: usize,
    act: impl Fn(D) -> F,
    mut on_done: impl FnMut(usize, Result<T, DeviceError>) -> R,
) -> Vec<R> {
    // Beside the connection, an SSH agent may be asked and a file of keys read.
    let at_once = at_once.clamp(1, (make_room(at_once.min(devices.len()).saturating_mul(2)) / 2).max(1));
    let permits = Arc::new(Semaphore::new(at_once));
    let mut work = JoinSet::new();
    let mut made: Vec<Option<R>> = devices.iter().map(|_| None).collect();
    for (at, device) in devices.into_iter().enumerate() {
        let (permits, acting) = (Arc::clone(&permits), act(device));
        work.spawn(async move {
            // Nobody closes the semaphore; without a permit the device has its turn all the same.
            let _permit = permits.acquire().await.ok();
            (at, acting.await)
        });
    }
    while let Some(joined) = work.join_next().await {
        if let Ok((at, result)) = joined
            && let Some(place) = made.get_mut(at)
        {
            *place = Some(on_done(at, result));
        }
    }
    let missing = || Err(DeviceError::Lost { step: "reading".into(), seen: String::new() });
    made.into_iter().enumerate().map(|(at, made)| made.unwrap_or_else(|| on_done(at, missing()))).collect()
}

/// Reads one running configuration over a connection of its own.
///
/// # Errors
/// Any [`DeviceError`].
pub async fn read_one(dialer: &Dialer, endpoint: &Endpoint, platform: Arc<Platform>) -> Result<String, DeviceError> {
    let mut device = dialer.connect(endpoint, platform).await?;
    let text = device.running().await;
    device.close().await;
    text
}
