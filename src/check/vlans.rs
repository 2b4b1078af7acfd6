//! The VLAN structure.

pub(super) mod classes;
pub(super) mod inspection;
pub(super) mod login;
pub(super) mod meanings;
pub(super) mod namesake;
pub(super) mod native;
pub(super) mod reserved;
pub(super) mod titles;
pub(super) mod unused;
pub(super) mod voice;
