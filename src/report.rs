//! Formats for people and programs; formats only.

pub mod document;
pub mod findings;
pub mod plan;
pub mod run;
