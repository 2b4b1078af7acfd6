//! Configuration text to tree and back, one parser per family.
