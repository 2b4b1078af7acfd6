//! Devices over SSH: transport, command line, steps of a safe push.
