//! Addresses: the plan, indexes, subnets.

pub(super) mod indexes;
pub(super) mod plan;
