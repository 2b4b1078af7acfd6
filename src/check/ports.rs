//! Ports, their profiles and the links between them.

pub(super) mod profiles;
