//! Tests against real network software in namespaces.

// Says to clippy that everything here is a test and may fail by panicking.
#![cfg(test)]
