//! How routers exchange routes.

use serde::Serialize;

use super::Said;

/// OSPF between core and sites.
#[derive(Clone, Debug, Serialize)]
pub struct OspfContext {
    /// Process number.
    pub process: u32,
    /// Area of every link.
    pub area: u32,
    /// Name of the secret that routers prove themselves with.
    pub secret: Option<Said<String>>,
    /// Seconds between hellos.
    pub hello: Option<Said<u32>>,
    /// Seconds after which a silent neighbour is gone.
    pub dead: Option<Said<u32>>,
}

/// BGP towards others.
#[derive(Clone, Debug, Serialize)]
pub struct BgpContext {
    /// Our own autonomous system.
    pub asn: u32,
    /// Whom this device speaks it with.
    pub neighbours: Vec<NeighbourContext>,
    /// Place of our number.
    pub place: usize,
}

/// A BGP neighbour; only what is IPv4.
#[derive(Clone, Debug, Serialize)]
pub struct NeighbourContext {
    /// Its address.
    pub address: String,
    /// Its autonomous system.
    pub asn: u32,
    /// Who it is.
    pub title: String,
    /// Name of the secret of the session.
    pub secret: Option<String>,
    /// Prefixes taken from it; a default route alone where nobody says more.
    pub accept: Vec<String>,
    /// Prefixes told to it.
    pub announce: Vec<String>,
    /// Place of the entry.
    pub place: usize,
}
