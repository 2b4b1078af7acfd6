//! Spanning tree, pairs, and whatever stands in for something else.

pub(super) mod claims;
pub(super) mod firewalls;
pub(super) mod modes;
pub(super) mod pairs;
pub(super) mod priority;
pub(super) mod root;
pub(super) mod ways;
