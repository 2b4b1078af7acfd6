//! The journal: one hash-chained entry per act.
