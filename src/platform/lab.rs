//! What the emulator needs to act as a platform.

use serde::Deserialize;

/// The `lab:` part of `platform.yaml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lab {}
