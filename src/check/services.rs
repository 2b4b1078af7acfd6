//! The servers that devices are pointed at, and how they use them.

pub(super) mod missing;
pub(super) mod ospf_times;
pub(super) mod radius_needed;
pub(super) mod radius_times;
pub(super) mod repeated;
pub(super) mod single;
pub(super) mod surplus;
pub(super) mod timezones;
