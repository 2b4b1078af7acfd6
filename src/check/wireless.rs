//! Wireless networks and access points.

pub(super) mod alike;
pub(super) mod length;
pub(super) mod presence;
pub(super) mod secrets;
