//! Compiles segments and flows into rules for every enforcement point.
