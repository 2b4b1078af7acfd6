//! Jump hosts: one login each, shared by every device behind it.
//!
//! OpenSSH refuses more than ten logins that are under way at once (`MaxStartups`), so that reading a
//! hundred devices with a login each would fail for most of them.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::dial::Link;
use super::{DeviceError, Endpoint, hosts};

/// Devices that want a jump host which has just failed are told so; after this it is tried again.
const SULK: Duration = Duration::from_secs(10);

/// The jump hosts of one dialer.
#[derive(Clone, Default)]
pub(super) struct Jumps {
    slots: Arc<std::sync::Mutex<BTreeMap<String, Arc<Slot>>>>,
}

/// One jump host; who comes first logs in, the others wait.
type Slot = tokio::sync::Mutex<State>;

#[derive(Default)]
enum State {
    #[default]
    New,
    Up(Arc<Link>),
    Failed(Instant, Arc<DeviceError>),
}

impl std::fmt::Debug for Jumps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Jumps")
    }
}

impl Jumps {
    /// The connection to a jump host: the one that is up, or what `connect` makes.
    pub(super) async fn get(
        &self,
        jump: &Endpoint,
        connect: impl Future<Output = Result<Link, DeviceError>>,
    ) -> Result<Arc<Link>, DeviceError> {
        let name = hosts::name(&jump.host, jump.port);
        let slot = {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(slots.entry(format!("{}@{name}", jump.user)).or_default())
        };
        let failed = |error: &Arc<DeviceError>| DeviceError::Jump { host: name.clone(), source: Arc::clone(error) };
        let mut state = slot.lock().await;
        match &*state {
            State::Up(link) if !link.handle.is_closed() => return Ok(Arc::clone(link)),
            State::Failed(when, error) if when.elapsed() < SULK => return Err(failed(error)),
            _ => {}
        }
        match connect.await {
            Ok(link) => {
                let link = Arc::new(link);
                *state = State::Up(Arc::clone(&link));
                Ok(link)
            }
            Err(error) => {
                let error = Arc::new(error);
                *state = State::Failed(Instant::now(), Arc::clone(&error));
                Err(failed(&error))
            }
        }
    }
}
