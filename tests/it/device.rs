//! Tests of device.
