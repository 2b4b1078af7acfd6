//! Formats for people and programs; formats only.

pub mod document;
pub mod plan;
pub mod run;
