//! Ports, their profiles and the links between them.

pub(super) mod alike;
pub(super) mod bpdu;
pub(super) mod budget;
pub(super) mod dhcp_rate;
pub(super) mod fallback;
pub(super) mod idle;
pub(super) mod isolated;
pub(super) mod power;
pub(super) mod profiles;
pub(super) mod shape;
pub(super) mod speed;
pub(super) mod storm;
pub(super) mod trust;
