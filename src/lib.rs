//! Samnet: network configuration as code, from one YAML inventory to changed devices.
//!
//! `src/ARCHITECTURE.md` is the map; the modules below stand in its order, each importing only from
//! rows above its own (`tests/it/tidy.rs` holds that).

pub mod source;
pub mod value;

pub mod finding;

pub mod config;
pub mod model;

pub mod derive;
pub mod inventory;
pub mod platform;

pub mod export;
pub mod policy;
pub mod secret;

pub mod check;
pub mod diff;
pub mod rego;
pub mod render;

pub mod device;

pub mod plan;

pub mod approval;
pub mod journal;

pub mod apply;

pub mod lab;
pub mod report;

pub mod review;

pub mod lsp;

pub mod cli;
