//! How a platform's command line is driven and a push made safe.

use serde::Deserialize;

/// The `session:` part of `platform.yaml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Session {}

/// The `transaction:` part of `platform.yaml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Transaction {}
