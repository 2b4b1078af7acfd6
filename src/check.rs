//! Checks over the resolved model, one file each.
