//! Tests of the whole program and its public parts, one file per subject.

// Says to clippy that everything here is a test and may fail by panicking.
#![cfg(test)]

mod apply;
mod bad_input;
mod canary;
mod cases;
mod check_device;
mod circle;
mod cli;
mod corpus;
mod device;
mod engine;
mod explain;
mod formats;
mod fuzz;
mod instant;
mod inventory;
mod junos;
mod lab;
mod lines;
mod lsp;
mod plan;
mod process;
mod project;
mod rego;
mod render;
mod replay;
mod schema;
mod show;
mod strength;
mod tidy;
mod writes;
