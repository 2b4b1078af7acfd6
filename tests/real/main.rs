//! Tests against real network software in namespaces.
