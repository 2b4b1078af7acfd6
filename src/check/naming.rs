//! Names: what they may be, and that two of them can be told apart.

pub(super) mod device_keys;
pub(super) mod host_words;
pub(super) mod site_codes;
pub(super) mod twice;
