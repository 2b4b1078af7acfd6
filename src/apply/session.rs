//! What a run needs of a device, as a seam: the real one is [`crate::device`], tests bring their own.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::device::{Device, DeviceError, Dialer, Endpoint};
use crate::diff::ScriptLine;
use crate::plan::DevicePlan;
use crate::platform::Platform;
use crate::value::DeviceName;

/// Why a step on a device failed; the message is a lower-case fragment without secrets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SessionError {
    /// What happened.
    pub message: String,
    /// Whether the session can still be used.
    pub usable: bool,
    /// The line the device refused, where it was a line.
    pub rejected: Option<Rejected>,
}

/// A line of the script that the device refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Its number, from 1; 0 when the device does not say which.
    pub line_no: usize,
    /// The line as the session tells it: the worker masks it before anybody sees it.
    pub command: String,
    /// What the device said.
    pub answer: String,
}

impl SessionError {
    /// A failure after which the session is of no use.
    #[must_use]
    pub fn lost(message: impl Into<String>) -> Self {
        Self { message: message.into(), usable: false, rejected: None }
    }
}

/// Logs in to devices.
pub trait Dial: Send + Sync + 'static {
    /// One logged-in device.
    type Session: Session;

    /// Logs in at the place the plan names; `attempt` is what the change is called on the device.
    fn connect(
        &self,
        device: &DevicePlan,
        attempt: &str,
    ) -> impl Future<Output = Result<Self::Session, SessionError>> + Send;
}

/// One logged-in device.
pub trait Session: Send + 'static {
    /// The running configuration, secrets in the clear.
    fn running(&mut self) -> impl Future<Output = Result<String, SessionError>> + Send;

    /// Takes a checkpoint and starts the device's own timer, where it has one.
    fn begin(&mut self, hold: Duration) -> impl Future<Output = Result<(), SessionError>> + Send;

    /// Sends the script; calls `sent` with the number of lines sent so far.
    fn load(
        &mut self,
        script: &[ScriptLine],
        sent: impl FnMut(usize) + Send,
    ) -> impl Future<Output = Result<(), SessionError>> + Send;

    /// Keeps the change.
    fn confirm(&mut self) -> impl Future<Output = Result<(), SessionError>> + Send;

    /// Has the device take the change back at once, where it can.
    fn abort(&mut self) -> impl Future<Output = Result<(), SessionError>> + Send;

    /// Makes the running configuration survive a restart.
    fn save(&mut self) -> impl Future<Output = Result<(), SessionError>> + Send;

    /// Logs out.
    fn close(self) -> impl Future<Output = ()> + Send;
}

/// The real thing: devices over SSH.
#[derive(Debug)]
pub struct Network {
    /// Opens connections.
    pub dialer: Dialer,
    /// How to log in to each device, or why that is not known.
    pub endpoints: BTreeMap<DeviceName, Result<(Endpoint, Arc<Platform>), String>>,
}

impl Dial for Network {
    type Session = Device;

    async fn connect(&self, device: &DevicePlan, attempt: &str) -> Result<Device, SessionError> {
        match self.endpoints.get(&device.name) {
            Some(Ok((endpoint, platform))) => {
                // Where the plan was read, whatever the inventory says by now: that is what was approved.
                let mut endpoint = endpoint.clone();
                endpoint.host.clone_from(&device.endpoint.host);
                endpoint.port = device.endpoint.port;
                let session = self.dialer.connect(&endpoint, Arc::clone(platform)).await?;
                Ok(session.attempting(attempt))
            }
            Some(Err(reason)) => Err(SessionError::lost(reason.clone())),
            None => Err(SessionError::lost("the inventory no longer has it, so nobody knows how to log in")),
        }
    }
}

impl Session for Device {
    async fn running(&mut self) -> Result<String, SessionError> {
        Ok(Device::running(self).await?)
    }

    async fn begin(&mut self, hold: Duration) -> Result<(), SessionError> {
        Ok(Device::begin(self, hold).await?)
    }

    async fn load(&mut self, script: &[ScriptLine], mut sent: impl FnMut(usize) + Send) -> Result<(), SessionError> {
        Ok(Device::load(self, script, &mut sent).await?)
    }

    async fn confirm(&mut self) -> Result<(), SessionError> {
        Ok(Device::confirm(self).await?)
    }

    async fn abort(&mut self) -> Result<(), SessionError> {
        Ok(Device::abort(self).await?)
    }

    async fn save(&mut self) -> Result<(), SessionError> {
        Ok(Device::save(self).await?)
    }

    async fn close(self) {
        Device::close(self).await;
    }
}

impl From<DeviceError> for SessionError {
    fn from(error: DeviceError) -> Self {
        // After these the device waits at a prompt; after all others nobody knows what it waits for.
        let usable = matches!(
            error,
            DeviceError::Rejected { .. } | DeviceError::StepFailed { .. } | DeviceError::Unsupported { .. }
        );
        let message = error.to_string();
        let rejected = match error {
            DeviceError::Rejected { line_no, command, answer } => Some(Rejected { line_no, command, answer }),
            _ => None,
        };
        Self { message, usable, rejected }
    }
}
