//! Wireless networks and access points.

pub(super) mod alike;
pub(super) mod bands;
pub(super) mod crowd;
pub(super) mod dynamic;
pub(super) mod hidden;
pub(super) mod isolation;
pub(super) mod length;
pub(super) mod limits;
pub(super) mod management;
pub(super) mod open;
pub(super) mod presence;
pub(super) mod roaming;
pub(super) mod schedule;
pub(super) mod secrets;
pub(super) mod shared_secrets;
pub(super) mod six_ghz;
