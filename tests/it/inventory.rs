//! Tests of inventory.
