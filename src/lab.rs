//! Emulated devices over real SSH.
