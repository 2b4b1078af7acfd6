//! Many devices at once.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::{DeviceError, Dialer, Endpoint};
use crate::platform::Platform;

/// How many devices are read at once unless somebody says otherwise.
pub const AT_ONCE: usize = 64;

/// Reads many running configurations, at most `at_once` devices at a time. Results stand in the order of
/// `devices`; `on_done` is told the position of each as it comes in.
pub async fn read_all(
    dialer: &Dialer,
    devices: Vec<(Endpoint, Arc<Platform>)>,
    at_once: usize,
    mut on_done: impl FnMut(usize, &Result<String, DeviceError>),
) -> Vec<Result<String, DeviceError>> {
    let permits = Arc::new(Semaphore::new(at_once.max(1)));
    let mut work = JoinSet::new();
    let mut results: Vec<Option<Result<String, DeviceError>>> = devices.iter().map(|_| None).collect();
    for (at, (endpoint, platform)) in devices.into_iter().enumerate() {
        let (dialer, permits) = (dialer.clone(), Arc::clone(&permits));
        work.spawn(async move {
            // Nobody closes the semaphore; without a permit the device is read all the same.
            let _permit = permits.acquire().await.ok();
            (at, read_one(&dialer, &endpoint, platform).await)
        });
    }
    while let Some(joined) = work.join_next().await {
        if let Ok((at, result)) = joined {
            on_done(at, &result);
            if let Some(place) = results.get_mut(at) {
                *place = Some(result);
            }
        }
    }
    let missing = || DeviceError::Lost { step: "reading".into(), seen: String::new() };
    results.into_iter().map(|result| result.unwrap_or_else(|| Err(missing()))).collect()
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
