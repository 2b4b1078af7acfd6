//! YAML text to a tree of values that know their place.
