//! Tests against real network software: nftables, `FRRouting`, the `uci` of `OpenWrt` with Open vSwitch behind it,
//! each behind its own `OpenSSH` daemon, in namespaces on this machine.
//!
//! A test that lacks something says "skipped: …" with the reason and asserts nothing; `SAMNET_REAL=required` in
//! the environment turns that into a failure.

// Says to clippy that everything here is a test and may fail by panicking.
#![cfg(test)]

mod circle;
mod driver;
mod full;
mod hostile;
mod job;
mod judges;
mod needs;
mod packets;
mod printed;
mod reading;
mod site;
mod smoke;
mod town;
mod transactions;
mod uci;
mod work;
