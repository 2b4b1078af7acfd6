//! Plans: what would change, why, and how risky it is.
