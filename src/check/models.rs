//! Device models.

pub(super) mod controllers;
pub(super) mod dates;
pub(super) mod interfaces;
pub(super) mod platforms;
pub(super) mod power;
pub(super) mod roles;
pub(super) mod speeds;
