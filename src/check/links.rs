//! Links between devices.

pub(super) mod chains;
pub(super) mod down;
pub(super) mod groups;
pub(super) mod host_settings;
pub(super) mod lines;
pub(super) mod narrow;
pub(super) mod parallel;
pub(super) mod root_guard;
pub(super) mod speeds;
