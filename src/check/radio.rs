//! Radios of access points: channels, power, country.

pub(super) mod channels;
pub(super) mod country;
pub(super) mod neighbours;
pub(super) mod off;
pub(super) mod plan;
pub(super) mod power;
pub(super) mod radar;
pub(super) mod rates;
pub(super) mod rules;
pub(super) mod width;
