//! What `inventory/network.yaml` says.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::Export;
use super::shape::{Said, Text, Word, shape};
use crate::model::{self, LoginMethod, SecretSource};

shape! {
    /// The network as a whole.
    Overall<'a> {
        /// Display name.
        name: &'a str,
        /// DNS domain of device names.
        domain: &'a str,
        /// IANA time zone name.
        timezone: &'a str,
        /// The organisation that runs the network for the others.
        host: Option<&'a str>,
        /// Block that everything is numbered from.
        ipv4: Text<Ipv4Net>,
        /// IPv6 block.
        ipv6: Option<Text<Ipv6Net>>,
        /// Block for point-to-point links.
        links: Text<Ipv4Net>,
        /// Block for loopbacks.
        loopbacks: Text<Ipv4Net>,
        /// Name of the VLAN devices are managed in.
        management: Option<&'a str>,
        /// Prefixes that nothing is numbered from.
        reserved: Vec<Reserved<'a>>,
        /// What every device uses unless a more specific place says otherwise.
        settings: Option<Said>,
        /// Where its name is written.
        at: String,
    }
}

shape! {
    /// A prefix that nothing is numbered from.
    Reserved<'a> {
        /// The prefix.
        prefix: Text<Ipv4Net>,
        /// What it is kept for.
        purpose: &'a str,
        /// Where it is written.
        at: String,
    }
}

shape! {
    /// How routers exchange routes.
    Routing<'a> {
        /// OSPF between core and sites.
        ospf: Ospf<'a>,
        /// BGP towards others.
        bgp: Option<Bgp<'a>>,
    }
}

shape! {
    /// OSPF between core and sites.
    Ospf<'a> {
        /// Process number.
        process: Option<u32>,
        /// Area of every link.
        area: Option<u32>,
        /// Name of the secret that routers prove themselves with.
        secret: Option<&'a str>,
        /// Seconds between hellos.
        hello: Option<u32>,
        /// Seconds after which a silent neighbour is gone.
        dead: Option<u32>,
    }
}

shape! {
    /// BGP towards others.
    Bgp<'a> {
        /// Our own autonomous system.
        asn: u32,
        /// Who it is spoken with.
        neighbours: Vec<Neighbour<'a>>,
    }
}

shape! {
    /// A neighbour of a core router.
    Neighbour<'a> {
        /// Who it is.
        title: &'a str,
        /// Its address.
        address: Text<IpAddr>,
        /// Its autonomous system.
        asn: u32,
        /// Name of the secret of the session.
        secret: Option<&'a str>,
        /// Prefixes taken from it.
        accept: Vec<Text<IpNet>>,
        /// Prefixes told to it.
        announce: Vec<Text<IpNet>>,
        /// Where it is written.
        at: String,
    }
}

shape! {
    /// How Samnet logs in.
    Login<'a> {
        /// User name on the devices.
        user: Option<&'a str>,
        /// Ways to prove it, in order: agent, key, password.
        methods: Vec<&'static str>,
        /// Jump host in front of the devices.
        jump: Option<&'a str>,
        /// SSH algorithm profile: modern or legacy.
        algorithms: Word<model::Algorithms>,
    }
}

shape! {
    /// A secret, without its value.
    Secret<'a> {
        /// Its name.
        name: &'a str,
        /// Where its value comes from: env, file or exec.
        source: &'static str,
        /// Where it is written.
        at: String,
    }
}

shape! {
    /// A member organisation.
    Organisation<'a> {
        /// Identifier.
        id: &'a str,
        /// Number in the address plan.
        index: u32,
        /// Short code in device names.
        code: &'a str,
        /// Name as people write it.
        name: &'a str,
        /// What its devices use instead of what the network says.
        settings: Option<Said>,
        /// Where it is written.
        at: String,
    }
}

impl<'a> Export<'a> {
    pub(super) fn overall(&self) -> Overall<'a> {
        let network = self.network;
        let management = self.derived.management.and_then(|index| network.vlans.get(index));
        Overall {
            name: &network.name,
            domain: &network.domain,
            timezone: &network.timezone,
            host: network.host.as_ref().map(|host| host.as_str()),
            ipv4: Text(network.plan.ipv4.value),
            ipv6: network.plan.ipv6.as_ref().map(|net| Text(net.value)),
            links: Text(network.plan.links.value),
            loopbacks: Text(network.plan.loopbacks.value),
            management: management.map(|vlan| vlan.name.as_str()),
            reserved: network.plan.reserved.iter().map(|reserved| self.reserved(reserved)).collect(),
            settings: Said::of(&network.settings),
            at: self.at(network.name.span),
        }
    }

    fn reserved(&self, reserved: &'a model::Reserved) -> Reserved<'a> {
        Reserved { prefix: Text(reserved.prefix.value), purpose: &reserved.purpose, at: self.at(reserved.prefix.span) }
    }

    pub(super) fn routing(&self) -> Routing<'a> {
        let routing = &self.network.routing;
        let ospf = &routing.ospf;
        Routing {
            ospf: Ospf {
                process: ospf.process.as_ref().map(|it| it.value),
                area: ospf.area.as_ref().map(|it| it.value),
                secret: ospf.secret.as_ref().map(|it| it.as_str()),
                hello: ospf.hello.as_ref().map(|it| it.value),
                dead: ospf.dead.as_ref().map(|it| it.value),
            },
            bgp: routing.bgp.as_ref().map(|bgp| Bgp {
                asn: bgp.asn.value,
                neighbours: bgp.neighbours.iter().map(|neighbour| self.neighbour(neighbour)).collect(),
            }),
        }
    }

    fn neighbour(&self, neighbour: &'a model::BgpNeighbour) -> Neighbour<'a> {
        let nets = |list: &[crate::source::Sp<IpNet>]| list.iter().map(|net| Text(net.value)).collect();
        Neighbour {
            title: &neighbour.title,
            address: Text(neighbour.address.value),
            asn: neighbour.asn.value,
            secret: neighbour.secret.as_ref().map(|secret| secret.as_str()),
            accept: nets(&neighbour.accept),
            announce: nets(&neighbour.announce),
            at: self.at(neighbour.address.span),
        }
    }

    pub(super) fn login(&self) -> Login<'a> {
        let login = &self.network.login;
        let method = |method: &crate::source::Sp<LoginMethod>| match &method.value {
            LoginMethod::Agent => "agent",
            LoginMethod::Key(_) => "key",
            LoginMethod::Password(_) => "password",
        };
        Login {
            user: login.user.as_ref().map(|user| user.as_str()),
            methods: login.methods.iter().map(method).collect(),
            jump: login.jump.as_ref().map(|jump| jump.as_str()),
            algorithms: Word(login.algorithms.value),
        }
    }

    pub(super) fn secrets(&self) -> Vec<Secret<'a>> {
        let secret = |(name, source): (&'a crate::value::Id, &crate::source::Sp<SecretSource>)| Secret {
            name: name.as_str(),
            source: match &source.value {
                SecretSource::Env(_) => "env",
                SecretSource::File(_) => "file",
                SecretSource::Exec(_) => "exec",
            },
            at: self.at(source.span),
        };
        self.network.secrets.iter().map(secret).collect()
    }

    pub(super) fn organisations(&self) -> Vec<Organisation<'a>> {
        let one = |organisation: &'a model::Organisation| Organisation {
            id: organisation.id.as_str(),
            index: organisation.index.value,
            code: organisation.code.as_str(),
            name: &organisation.name,
            settings: Said::of(&organisation.settings),
            at: self.at(organisation.id.span),
        };
        self.network.organisations.iter().map(one).collect()
    }
}
