//! How a platform's configuration text is read, compared and changed.

use serde::Deserialize;

/// The `rules:` part of `platform.yaml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {}
