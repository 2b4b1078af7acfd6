//! What comes of settings on devices.

pub(super) mod unwritten;
