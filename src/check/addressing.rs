//! Addresses: the plan, indexes, subnets, and where servers stand.

pub(super) mod blocks;
pub(super) mod connect;
pub(super) mod indexes;
pub(super) mod leases;
pub(super) mod plan;
pub(super) mod private;
pub(super) mod relays;
pub(super) mod reserved;
pub(super) mod servers;
pub(super) mod small;
pub(super) mod unrouted;
