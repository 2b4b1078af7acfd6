//! Formats for people and programs; formats only.
