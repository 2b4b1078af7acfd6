//! Routing in the middle of the network.

use std::net::IpAddr;

use ipnet::IpNet;

use super::record::record;
use super::site::DeviceRef;
use crate::source::{Sp, Span};
use crate::value::SecretName;

record! {
    /// How the core and the sites' switches exchange routes.
    #[derive(Clone, Debug, Default)]
    pub struct Routing {
        /// OSPF between core and sites.
        pub ospf: Ospf,
        /// BGP towards others.
        pub bgp: Option<Bgp>,
    }

    /// OSPF between core and sites; on in every network.
    #[derive(Clone, Debug, Default)]
    pub struct Ospf {
        /// Process number; 1 where nothing is said.
        pub process: Option<Sp<u32>>,
        /// Area of every link; 0 where nothing is said.
        pub area: Option<Sp<u32>>,
        /// Secret that routers prove themselves with, by name.
        pub secret: Option<Sp<SecretName>>,
        /// Seconds between hellos.
        pub hello: Option<Sp<u32>>,
        /// Seconds after which a silent neighbour is gone; at least four hellos.
        pub dead: Option<Sp<u32>>,
    }

    /// BGP towards others.
    #[derive(Clone, Debug)]
    pub struct Bgp {
        /// Our own autonomous system.
        pub asn: Sp<u32>,
        /// Who it is spoken with.
        pub neighbours: Vec<BgpNeighbour>,
    }

    /// A neighbour of a core router.
    #[derive(Clone, Debug)]
    pub struct BgpNeighbour {
        /// The router of ours, as `site/core-1`.
        pub device: Sp<DeviceRef>,
        /// The neighbour's address.
        pub address: Sp<IpAddr>,
        /// The neighbour's autonomous system.
        pub asn: Sp<u32>,
        /// Who it is.
        pub title: Sp<String>,
        /// Secret of the session (RFC 2385), by name.
        pub secret: Option<Sp<SecretName>>,
        /// Prefixes taken from it; absent means none but a default route.
        pub accept: Vec<Sp<IpNet>>,
        /// Prefixes told to it.
        pub announce: Vec<Sp<IpNet>>,
        /// Place of the whole entry.
        pub span: Span,
    }
}
