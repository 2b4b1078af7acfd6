//! The VLAN structure.

pub(super) mod meanings;
