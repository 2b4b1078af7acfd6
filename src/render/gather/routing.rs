//! OSPF and BGP, as templates see them.

use std::net::IpAddr;

use ipnet::IpNet;

use super::super::clean::Cleaner;
use super::super::context::{BgpContext, NeighbourContext, OspfContext, Said};
use super::super::places::Places;
use super::Source;
use super::settings::said;
use crate::model::BgpNeighbour;
use crate::source::Sp;

impl Source<'_> {
    pub(super) fn ospf(&self, places: &mut Places) -> OspfContext {
        let ospf = &self.network.routing.ospf;
        let secret = ospf.secret.as_ref();
        OspfContext {
            process: ospf.process.as_ref().map_or(1, |process| process.value),
            area: ospf.area.as_ref().map_or(0, |area| area.value),
            secret: secret.map(|name| Said { value: name.to_string(), place: places.number(name.span) }),
            hello: said(ospf.hello.as_ref(), places),
            dead: said(ospf.dead.as_ref(), places),
        }
    }

    pub(super) fn bgp(&self, places: &mut Places, clean: &mut Cleaner) -> Option<BgpContext> {
        let bgp = self.network.routing.bgp.as_ref()?;
        let ours = |next: &&BgpNeighbour| {
            self.derived.resolve(self.facts.site, &next.device.value) == Some(&self.facts.name)
                && matches!(next.address.value, IpAddr::V4(_))
        };
        let neighbours: Vec<_> =
            bgp.neighbours.iter().filter(ours).map(|next| neighbour(next, places, clean)).collect();
        (!neighbours.is_empty()).then(|| BgpContext {
            asn: bgp.asn.value,
            neighbours,
            place: places.number(bgp.asn.span),
        })
    }
}

fn neighbour(next: &BgpNeighbour, places: &mut Places, clean: &mut Cleaner) -> NeighbourContext {
    let nets = |list: &[Sp<IpNet>]| {
        let four = list.iter().filter(|net| matches!(net.value, IpNet::V4(_)));
        four.map(|net| net.value.trunc().to_string()).collect::<Vec<_>>()
    };
    let accept = if next.accept.is_empty() { vec!["0.0.0.0/0".to_owned()] } else { nets(&next.accept) };
    NeighbourContext {
        address: next.address.value.to_string(),
        asn: next.asn.value,
        title: clean.sp(&next.title),
        secret: next.secret.as_ref().map(|secret| secret.to_string()),
        accept,
        announce: nets(&next.announce),
        place: places.number(next.span),
    }
}
