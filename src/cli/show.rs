//! `samnet show`: shows one resolved part of the network.

use std::io::Write as _;

use serde_json::{Value, json};

use super::render::unknown;
use super::{Context, Failure, Outcome, Project, fleet};
use crate::derive::levels::Levels;
use crate::derive::{self, Derived, DeviceFacts};
use crate::export::{self, Export};
use crate::finding;
use crate::model::{Endpoint, Network, PortMode, Role};
use crate::policy;
use crate::render::Renderer;
use crate::value::{DeviceName, Id, Text, VlanId, collapse};

mod explain;
mod lifecycle;
mod page;
mod platform;

use page::Page;

/// Arguments as typed.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "One part of the network with everything that follows from the inventory: names, addresses, ports, \
VLANs, rules. `show device --format json` is exactly what the device's templates see; secrets are names in it.

`show device NAME --explain` names the place of every value that holds, its level, and what it stands instead of. The most
specific level wins, value by value: network, organisation, site, device; for a port what its profile extends, the profile,
the profile as organisation, site and device refine it, and last the port's own line.

Formats: text, json

Examples:
  samnet show network
  samnet show network --json          everything, as rules in policies/checks see it
  samnet show network --schema        what its keys mean
  samnet show device aml-karlberg-sw01
  samnet show device aml-karlberg-sw01 --format json
  samnet show device aml-karlberg-sw01 --explain
  samnet show site karlbergsskolan
  samnet show vlan care
  samnet show segment records
  samnet show lifecycle --as-of 2027-01-01
  samnet show lifecycle --target org:amal+role:ap
  samnet show platform                what each platform can do, and how safely
  samnet show platform NAME           how it is read, changed and taken back, and what is masked"
)]
pub struct Args {
    /// What to show
    #[arg(value_enum)]
    pub what: What,
    /// Its name, or a VLAN's id; nothing for the network, or for all platforms
    #[arg(value_name = "NAME", required_if_eq_any([("what", "device"), ("what", "site"), ("what", "vlan"), ("what", "ssid"), ("what", "segment")]))]
    pub name: Option<String>,
    /// The same as --format json
    #[arg(long)]
    json: bool,
    /// Describe every key of the network's JSON, and show nothing else
    #[arg(long)]
    schema: bool,
    /// Where every value of a device comes from, and what it stands instead of
    #[arg(long)]
    explain: bool,
    /// Which devices' lifecycle, as `site:X`, `org:X`, `role:X`, … [default: all]
    #[arg(long, value_name = "SELECTOR")]
    target: Option<String>,
    /// The day to measure the lifecycle by [default: today]
    #[arg(long, value_name = "DATE", value_parser = super::date)]
    as_of: Option<jiff::civil::Date>,
}

impl Args {
    /// An option that means nothing for what is to be shown.
    fn misplaced(&self) -> Option<&'static str> {
        let device = self.what == What::Device;
        let lifecycle = self.what == What::Lifecycle;
        [
            (self.explain && !device, "`--explain` is for a device"),
            (self.target.is_some() && !lifecycle, "`--target` is for the lifecycle; others are named outright"),
            (self.as_of.is_some() && !lifecycle, "`--as-of` is for the lifecycle"),
            (self.schema && self.what != What::Network, "`--schema` describes the JSON of `show network`"),
            (self.name.is_some() && self.what == What::Network, "`show network` shows all of it, and takes no name"),
            (self.name.is_some() && lifecycle, "the lifecycle takes no name: `--target NAME` is one device's"),
        ]
        .into_iter()
        .find_map(|(wrong, why)| wrong.then_some(why))
    }
}

/// What can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum What {
    /// The network as a whole
    Network,
    /// One device
    Device,
    /// One site
    Site,
    /// One VLAN at every site
    Vlan,
    /// One wireless network
    Ssid,
    /// One segment and its flows
    Segment,
    /// Which devices are due to be replaced when
    Lifecycle,
    /// What a platform can do, how it is read and changed, and how safely
    Platform,
}

/// Does it.
///
/// # Errors
/// When the project cannot be read, or nothing has this name.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome, Failure> {
    if let Some(why) = args.misplaced() {
        return Err(Failure::usage(why));
    }
    if args.schema {
        write!(context.out, "{}", export::described())?;
        return Ok(Outcome::Done);
    }
    let format = if args.json { "json" } else { context.format(&["text", "json"])? };
    let project = context.project()?;
    let (derived, more) = derive::derive(&project.loaded.network);
    let mut findings = project.findings().to_vec();
    findings.extend(more);
    findings.retain(|finding| finding.severity == finding::Severity::Error);
    // What can be shown is shown; what is wrong elsewhere must not hide it.
    if !findings.is_empty() {
        writeln!(context.err, "warning: the inventory has errors, see `samnet validate`")?;
    }
    let view = View { project: &project, network: &project.loaded.network, derived: &derived };
    let name = args.name.as_deref().unwrap_or_default();
    let (text, value) = match args.what {
        What::Network if format == "json" => {
            let export = Export::new(&project.loaded.network, &derived, &project.loaded.sources);
            export.write_pretty(&mut context.out).map_err(std::io::Error::from)?;
            writeln!(context.out)?;
            return Ok(Outcome::Done);
        }
        What::Network => (view.network(), Value::Null),
        What::Device if args.explain => view.explain(name)?,
        What::Device => view.device(name)?,
        What::Site => view.site(name)?,
        What::Vlan => view.vlan(name)?,
        What::Ssid => view.ssid(name)?,
        What::Segment => view.segment(name)?,
        What::Platform if name.is_empty() => platform::all(&project.library),
        What::Platform => platform::one(&project.library, name)?,
        What::Lifecycle => {
            let meant = fleet::standing(view.network, &derived, args.target.as_deref())?.into_iter().collect();
            let today = args.as_of.unwrap_or_else(|| jiff::Zoned::now().date());
            lifecycle::show(&view, &meant, today)
        }
    };
    if format == "json" {
        serde_json::to_writer_pretty(&mut context.out, &value).map_err(std::io::Error::from)?;
        writeln!(context.out)?;
    } else {
        context.out.write_all(text.as_bytes())?;
    }
    Ok(Outcome::Done)
}

struct View<'a> {
    project: &'a Project,
    network: &'a Network,
    derived: &'a Derived,
}

type Shown = (String, Value);

impl View<'_> {
    fn network(&self) -> String {
        let network = self.network;
        let mut page = Page::new(&network.name, "");
        page.fact("domain", &network.domain.value);
        page.fact("time zone", &network.timezone.value);
        page.fact("addresses", network.plan.ipv4.value);
        page.fact("sites", network.sites.len());
        page.fact("devices", self.derived.devices.len());
        page.fact("flows", network.policy.flows.len());
        let mut rows = Vec::new();
        for (index, organisation) in network.organisations.iter().enumerate() {
            let sites: Vec<usize> = (0..network.sites.len())
                .filter(|site| self.derived.sites.get(*site).and_then(|facts| facts.organisation) == Some(index))
                .collect();
            let devices = self.derived.devices.values().filter(|facts| sites.contains(&facts.site)).count();
            let id = organisation.id.to_string();
            rows.push(vec![id, organisation.name.to_string(), sites.len().to_string(), devices.to_string()]);
        }
        page.table(&["organisation", "name", "sites", "devices"], rows);
        let counts: Vec<Vec<String>> = Role::ALL
            .into_iter()
            .map(|role| {
                let count = self.derived.devices.values().filter(|facts| facts.role == role).count();
                vec![role.word().to_owned(), count.to_string()]
            })
            .collect();
        page.table(&["role", "devices"], counts);
        let vlans = network.vlans.iter().map(|vlan| {
            vec![vlan.id.value.to_string(), vlan.name.to_string(), vlan.segment.to_string(), title(vlan.title.as_ref())]
        });
        page.table(&["vlan", "name", "segment", "title"], vlans.collect());
        page.text()
    }

    fn facts(&self, name: &str) -> Result<&DeviceFacts, Failure> {
        let facts = self.derived.devices.values().find(|facts| facts.name.as_str() == name);
        facts.ok_or_else(|| unknown(name, "device", self.derived.devices.keys().map(DeviceName::as_str)))
    }

    fn explain(&self, name: &str) -> Result<Shown, Failure> {
        let facts = self.facts(name)?;
        let levels = Levels::of(self.network, self.derived, facts);
        let levels = levels.ok_or_else(|| Failure::failed(format!("`{name}` stands in no site file")))?;
        Ok(explain::show(self, facts, levels))
    }

    fn device(&self, name: &str) -> Result<Shown, Failure> {
        let facts = self.facts(name)?;
        let renderer = Renderer::new(self.network, self.derived, &self.project.library, &[&facts.name]);
        let seen = renderer.context(&facts.name).ok_or_else(|| {
            Failure::failed(format!(
                "`{name}` runs platform `{}`, which has no folder under templates/",
                facts.platform
            ))
        })?;
        let place = self.project.loaded.sources.place(facts.span);
        let mut page = Page::new(name, &format!("{} · {} · {}", facts.role.word(), facts.platform, seen.site.name));
        page.fact("model", &seen.device.model);
        page.fact("organisation", &seen.organisation.name);
        page.fact("management", &seen.management.interface);
        page.optional("gateway", seen.management.gateway.as_ref());
        page.optional("loopback", seen.loopback.as_ref());
        page.fact("connects to", format!("{}:{}", facts.host, facts.port));
        page.optional("redundant with", facts.redundant_with.as_ref());
        page.fact("vlans", collapse(&facts.vlans.iter().map(|id| id.get()).collect::<Vec<_>>()));
        let gateways: Vec<u16> = facts.gateways.iter().map(|id| id.get()).collect();
        page.optional("gateway of", (!gateways.is_empty()).then(|| collapse(&gateways)));
        page.optional("logins from", (!seen.logins.is_empty()).then(|| seen.logins.join(", ")));
        page.fact("written in", place);
        page.table(&["port", "mode", "vlan", "tagged", "to", "description"], ports(facts));
        let ssids =
            seen.ssids.iter().map(|ssid| vec![ssid.name.clone(), text_of(ssid.vlan), json_word(&ssid.security)]);
        page.table(&["ssid", "vlan", "security"], ssids.collect());
        let value = serde_json::to_value(&seen).map_err(std::io::Error::from)?;
        Ok((page.text(), value))
    }

    fn site(&self, name: &str) -> Result<Shown, Failure> {
        let index = self.network.sites.iter().position(|site| site.id.as_str() == name);
        let found =
            index.and_then(|index| Some((index, self.network.sites.get(index)?, self.derived.sites.get(index)?)));
        let known = self.network.sites.iter().map(|site| site.id.as_str());
        let (index, site, facts) = found.ok_or_else(|| unknown(name, "site", known))?;
        let mut page = Page::new(&site.name, &format!("{} · {}", site.id.value, site.organisation.value));
        page.optional("address", site.address.as_ref().map(|address| &address.value));
        page.optional("prefix", facts.prefix);
        page.fact("tags", site.tags.iter().map(|tag| tag.as_str()).collect::<Vec<_>>().join(", "));
        page.fact("uplink", json_word(&site.wan.kind.value));
        let vlans: Vec<Vec<String>> = facts
            .vlans
            .iter()
            .map(|(id, vlan)| {
                let name = self.network.vlans.get(vlan.vlan).map(|vlan| vlan.name.to_string()).unwrap_or_default();
                let gateway = vlan.gateway_device.as_ref().map(ToString::to_string).unwrap_or_default();
                vec![id.to_string(), name, text_of(vlan.subnet), gateway]
            })
            .collect();
        page.table(&["vlan", "name", "subnet", "gateway"], vlans);
        let rows = facts.reservations.iter().map(|kept| {
            let mac = kept.mac.map(|mac| mac.to_string()).unwrap_or_default();
            vec![kept.address.to_string(), kept.vlan.to_string(), kept.name.clone(), mac]
        });
        page.table(&["reservation", "vlan", "for", "mac"], rows.collect());
        let reservations = facts.reservations.iter().map(|kept| {
            json!({
                "vlan": kept.vlan, "address": kept.address, "address6": kept.address6, "name": kept.name,
                "mac": kept.mac.map(|mac| mac.to_string()),
            })
        });
        let reservations: Vec<Value> = reservations.collect();
        let devices: Vec<&DeviceFacts> = self.derived.devices.values().filter(|facts| facts.site == index).collect();
        let rows = devices.iter().map(|facts| {
            let model = site.devices.get(facts.device).map(|device| device.model.to_string()).unwrap_or_default();
            vec![facts.name.to_string(), model, facts.platform.to_string(), facts.management.to_string()]
        });
        page.table(&["device", "model", "platform", "address"], rows.collect());
        let vlans: Vec<Value> = facts
            .vlans
            .iter()
            .map(|(id, vlan)| {
                json!({
                    "id": id, "name": self.network.vlans.get(vlan.vlan).map(|vlan| vlan.name.as_str()),
                    "subnet": vlan.subnet, "subnet6": vlan.subnet6, "gateway": vlan.gateway,
                    "gateway_device": vlan.gateway_device,
                })
            })
            .collect();
        let value = json!({
            "version": 1, "id": site.id.as_str(), "name": site.name.value, "organisation": site.organisation.as_str(),
            "code": facts.code, "prefix": facts.prefix, "prefix6": facts.prefix6, "vlans": vlans,
            "reservations": reservations,
            "tags": site.tags.iter().map(|tag| tag.as_str()).collect::<Vec<_>>(),
            "devices": devices.iter().map(|facts| &facts.name).collect::<Vec<_>>(),
        });
        Ok((page.text(), value))
    }

    fn vlan(&self, name: &str) -> Result<Shown, Failure> {
        let id = name.parse::<i64>().ok().and_then(|id| VlanId::new(id).ok());
        let matches = |vlan: &crate::model::Vlan| vlan.name.as_str() == name || Some(vlan.id.value) == id;
        let index = self.network.vlans.iter().position(matches);
        let found = index.and_then(|index| Some((index, self.network.vlans.get(index)?)));
        let known = self.network.vlans.iter().map(|vlan| vlan.name.as_str());
        let (index, vlan) = found.ok_or_else(|| unknown(name, "VLAN", known))?;
        let mut page = Page::new(&format!("VLAN {} {}", vlan.id.value, vlan.name.value), &title(vlan.title.as_ref()));
        page.fact("segment", &vlan.segment.value);
        page.fact("gateway", json_word(&vlan.gateway.value));
        let relays: Vec<String> = vlan.dhcp_relay.iter().map(|relay| relay.value.to_string()).collect();
        page.optional("dhcp relay", (!relays.is_empty()).then(|| relays.join(", ")));
        let mut rows = Vec::new();
        let mut list = Vec::new();
        for (site, facts) in self.network.sites.iter().zip(&self.derived.sites) {
            let Some(here) = facts.vlans.get(&vlan.id.value).filter(|here| here.vlan == index) else { continue };
            let gateway = here.gateway_device.as_ref().map(ToString::to_string).unwrap_or_default();
            rows.push(vec![site.id.to_string(), text_of(here.subnet), text_of(here.gateway), gateway]);
            list.push(json!({
                "site": site.id.as_str(), "subnet": here.subnet, "subnet6": here.subnet6, "gateway": here.gateway,
                "gateway_device": here.gateway_device,
            }));
        }
        page.table(&["site", "subnet", "gateway", "device"], rows);
        let value = json!({
            "version": 1, "id": vlan.id.value, "name": vlan.name.as_str(), "segment": vlan.segment.as_str(),
            "gateway": vlan.gateway.value, "dhcp_relay": relays, "sites": list,
        });
        Ok((page.text(), value))
    }

    fn ssid(&self, name: &str) -> Result<Shown, Failure> {
        let index = self.network.ssids.iter().position(|ssid| ssid.name.as_str() == name);
        let found = index.and_then(|index| Some((index, self.network.ssids.get(index)?)));
        let known = self.network.ssids.iter().map(|ssid| ssid.name.as_str());
        let (index, ssid) = found.ok_or_else(|| unknown(name, "SSID", known))?;
        let mut page = Page::new(name, &json_word(&ssid.security.value));
        page.fact("vlan", &ssid.vlan.value);
        page.optional("secret", ssid.secret.as_ref().map(|secret| secret.as_str()));
        page.fact("stations apart", if ssid.client_isolation { "yes" } else { "no" });
        page.optional("limit", ssid.rate_limit_mbit.as_ref().map(|mbit| format!("{} Mbit/s a station", mbit.value)));
        let sending: Vec<&DeviceFacts> =
            self.derived.devices.values().filter(|facts| facts.ssids.contains(&index)).collect();
        let rows = sending.iter().map(|facts| vec![facts.name.to_string(), facts.site_id.to_string()]);
        page.table(&["access point", "site"], rows.collect());
        let value = json!({
            "version": 1, "name": ssid.name.value, "security": ssid.security.value, "vlan": ssid.vlan.as_str(),
            "secret": ssid.secret.as_ref().map(|secret| secret.as_str()), "client_isolation": ssid.client_isolation,
            "rate_limit_mbit": ssid.rate_limit_mbit.as_ref().map(|mbit| mbit.value),
            "devices": sending.iter().map(|facts| &facts.name).collect::<Vec<_>>(),
        });
        Ok((page.text(), value))
    }

    fn segment(&self, name: &str) -> Result<Shown, Failure> {
        let segment = self.network.policy.segments.values().find(|segment| segment.name.as_str() == name);
        let known = self.network.policy.segments.keys().map(Id::as_str);
        let segment = segment.ok_or_else(|| unknown(name, "segment", known))?;
        let rules = policy::compile_for(self.network, self.derived, []);
        let nets = rules.segments.get(&segment.name.value).map(Vec::as_slice).unwrap_or_default();
        let klassa = segment.klassa;
        let mut page = Page::new(name, &segment.title);
        page.fact("owner", &segment.owner.value);
        page.fact(
            "class",
            format!(
                "confidentiality {} · integrity {} · availability {}",
                klassa.confidentiality, klassa.integrity, klassa.availability
            ),
        );
        let vlans = self.network.vlans.iter().filter(|vlan| vlan.segment.value == segment.name.value);
        page.fact("vlans", vlans.map(|vlan| vlan.name.as_str()).collect::<Vec<_>>().join(", "));
        let ends = |ends: &[crate::source::Sp<Endpoint>]| {
            ends.iter().map(|it| it.value.to_string()).collect::<Vec<_>>().join(", ")
        };
        let mentions = |ends: &[crate::source::Sp<Endpoint>]| ends.iter().any(|it| it.value.to_string() == name);
        let flows = self.network.policy.flows.iter().filter(|flow| mentions(&flow.from) || mentions(&flow.to));
        let mut rows = Vec::new();
        let mut list = Vec::new();
        for flow in flows {
            let services: Vec<String> = flow.services.iter().map(|service| service.value.to_string()).collect();
            let (from, to) = (ends(&flow.from), ends(&flow.to));
            rows.push(vec![flow.id.to_string(), from.clone(), to.clone(), services.join(", ")]);
            list.push(
                json!({ "id": flow.id.as_str(), "from": from, "to": to, "services": services, "scope": flow.scope.value }),
            );
        }
        page.table(&["flow", "from", "to", "services"], rows);
        page.table(&["prefix"], nets.iter().map(|net| vec![net.to_string()]).collect());
        let value = json!({
            "version": 1, "name": name, "title": segment.title.value, "owner": segment.owner.value,
            "klassa": klassa, "prefixes": nets, "flows": list,
        });
        Ok((page.text(), value))
    }
}

/// Used ports; neighbours that say the same become one row.
fn ports(facts: &DeviceFacts) -> Vec<Vec<String>> {
    let mut rows: Vec<(Text, Text, Vec<String>)> = Vec::new();
    for port in facts.ports.iter().filter(|port| port.used) {
        let mode = match port.mode {
            PortMode::Access if port.shutdown => "off",
            PortMode::Access => "access",
            PortMode::Trunk => "trunk",
            PortMode::Routed => "routed",
        };
        let vlan = port.address.map_or_else(
            || {
                let voice = port.voice.map(|voice| format!("+{voice}")).unwrap_or_default();
                format!("{}{voice}", text_of(port.vlan))
            },
            |address| address.to_string(),
        );
        let tagged = collapse(&port.tagged.iter().map(|id| id.get()).collect::<Vec<_>>());
        let to = port.peer.as_ref().map(|peer| format!("{} {}", peer.device, peer.port)).unwrap_or_default();
        let rest = vec![mode.to_owned(), vlan, tagged, to, port.description.to_string()];
        match rows.last_mut() {
            Some((_, last, same)) if *same == rest && port.peer.is_none() => last.clone_from(&port.socket.key),
            _ => rows.push((port.socket.key.clone(), port.socket.key.clone(), rest)),
        }
    }
    rows.into_iter()
        .map(|(first, last, rest)| {
            let key = if first == last { first.to_string() } else { format!("{first}–{last}") };
            std::iter::once(key).chain(rest).collect()
        })
        .collect()
}

fn text_of<T: std::fmt::Display>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// The word a value has in the inventory.
fn json_word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}

fn title(title: Option<&crate::source::Sp<String>>) -> String {
    title.map(|title| title.value.clone()).unwrap_or_default()
}
