//! From the inventory to an [`Endpoint`]: who logs in where, and how.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Credential, Endpoint};
use crate::derive::Derived;
use crate::model::{LoginMethod, Network};
use crate::secret::Vault;
use crate::value::DeviceName;

/// Where a running lab says which device answers where, below the project folder.
pub const LAB_ENDPOINTS: &str = ".samnet/lab/endpoints.json";
/// The host keys of a running lab, below the project folder.
pub const LAB_KNOWN_HOSTS: &str = ".samnet/lab/known_hosts";
/// The key that every device of the lab lets in.
pub const LAB_LOGIN: &str = ".samnet/lab/login";
/// The host keys of real devices, below the project folder.
pub const KNOWN_HOSTS: &str = ".samnet/known_hosts";

/// Why there is no way to a device; fits "failed to reach …: …".
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// The inventory has no such device.
    #[error("no device is called `{0}`")]
    NoDevice(String),
    /// Nobody says who logs in.
    #[error("no user name; set `login: {{ user: … }}` in inventory/network.yaml")]
    NoUser,
    /// The jump host makes no sense.
    #[error("`{0}` is no jump host; write [user@]host[:port]")]
    Jump(String),
    /// The lab's file cannot be used.
    #[error("cannot use {}: {reason}; start the lab with `samnet lab up`", path.display())]
    Lab {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// How to reach a device of the inventory. A password that cannot be had is no error here: another way may
/// work, and if none does, the refused login says so.
///
/// # Errors
/// When the device is unknown, nobody says who logs in, or the jump host makes no sense.
pub fn endpoint(
    network: &Network,
    derived: &Derived,
    name: &DeviceName,
    vault: &Vault,
) -> Result<Endpoint, EndpointError> {
    let facts = derived.devices.get(name).ok_or_else(|| EndpointError::NoDevice(name.to_string()))?;
    let device = network.sites.get(facts.site).and_then(|site| site.devices.get(facts.device));
    let connect = device.and_then(|device| device.connect.as_deref());
    let login = &network.login;
    let user = connect.and_then(|connect| connect.user.as_ref()).or(login.user.as_ref());
    let user = user.ok_or(EndpointError::NoUser)?.value.clone();
    let credentials: Vec<Credential> = login.methods.iter().map(|method| credential(&method.value, vault)).collect();
    let jump = login.jump.as_ref().map(|jump| parse_jump(&jump.value, &user, &credentials)).transpose()?;
    let algorithms =
        connect.and_then(|connect| connect.algorithms.as_ref()).map_or(login.algorithms.value, |own| own.value);
    Ok(Endpoint {
        device: name.to_string(),
        host: facts.host.to_string(),
        port: facts.port,
        user,
        credentials,
        jump: jump.map(Box::new),
        algorithms,
        enable: login.enable.as_ref().and_then(|enable| vault.value(&enable.value).ok()),
    })
}

/// Where the devices of a running lab answer.
///
/// # Errors
/// When no lab has said so, or its file makes no sense.
pub fn lab_endpoints(root: &Path) -> Result<BTreeMap<String, (String, u16)>, EndpointError> {
    #[derive(serde::Deserialize)]
    struct Place {
        host: String,
        port: u16,
    }
    let path = root.join(LAB_ENDPOINTS);
    let failed = |reason: String| EndpointError::Lab { path: path.clone(), reason };
    let text = std::fs::read_to_string(&path).map_err(|error| failed(error.to_string()))?;
    let places: BTreeMap<String, Place> = serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
    Ok(places.into_iter().map(|(name, place)| (name, (place.host, place.port))).collect())
}

impl Endpoint {
    /// The same device in the lab of a project: there is no jump host on the way, and where the inventory names no password,
    /// the key that the lab made lets in as well.
    #[must_use]
    pub fn in_lab(mut self, root: &Path, host: &str, port: u16) -> Self {
        host.clone_into(&mut self.host);
        self.port = port;
        self.jump = None;
        if !self.credentials.iter().any(|credential| matches!(credential, Credential::Password(_))) {
            self.credentials.push(Credential::KeyFile(root.join(LAB_LOGIN)));
        }
        self
    }
}

fn credential(method: &LoginMethod, vault: &Vault) -> Credential {
    match method {
        LoginMethod::Agent => Credential::Agent(None),
        LoginMethod::Key(path) if path.starts_with('~') => Credential::KeyFile(PathBuf::from(path)),
        LoginMethod::Key(path) => Credential::KeyFile(vault.root().join(path)),
        LoginMethod::Password(name) => match vault.value(name) {
            Ok(value) => Credential::Password(value),
            Err(error) => Credential::Missing(format!("password ({error})")),
        },
    }
}

/// `[user@]host[:port]`, an IPv6 address in brackets. User and credentials are the devices' unless said.
fn parse_jump(text: &str, user: &str, credentials: &[Credential]) -> Result<Endpoint, EndpointError> {
    let wrong = || EndpointError::Jump(text.to_owned());
    let (user, rest) = text.rsplit_once('@').unwrap_or((user, text));
    let (host, port) = host_and_port(rest).ok_or_else(wrong)?;
    if user.is_empty() {
        return Err(wrong());
    }
    Ok(Endpoint {
        device: host.clone(),
        host,
        port,
        user: user.to_owned(),
        credentials: credentials.to_vec(),
        jump: None,
        algorithms: crate::model::Algorithms::Modern,
        enable: None,
    })
}

/// `host`, `host:port`, `[v6]:port` or a bare IPv6 address; port 22 goes without saying.
#[must_use]
pub fn host_and_port(text: &str) -> Option<(String, u16)> {
    let port = |text: &str| text.parse::<u16>().ok().filter(|&port| port > 0);
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (host, after) = rest.split_once(']')?;
        (host, if after.is_empty() { 22 } else { port(after.strip_prefix(':')?)? })
    } else {
        match text.split_once(':') {
            None => (text, 22),
            Some((_, rest)) if rest.contains(':') => (text.parse::<std::net::Ipv6Addr>().is_ok().then_some(text)?, 22),
            Some((host, rest)) => (host, port(rest)?),
        }
    };
    let legal = !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || c.is_control() || c == ',');
    legal.then(|| (host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports() {
        let is = |host: &str, port| Some((host.to_owned(), port));
        assert_eq!(host_and_port("sw1"), is("sw1", 22));
        assert_eq!(host_and_port("10.0.0.1:2222"), is("10.0.0.1", 2222));
        assert_eq!(host_and_port("[fd00::1]:2222"), is("fd00::1", 2222));
        assert_eq!(host_and_port("fd00::1"), is("fd00::1", 22));
        for bad in ["", ":22", "sw1:", "sw1:0", "sw1:99999", "sw 1", "a:b:c", "[fd00::1]2222"] {
            assert_eq!(host_and_port(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_jump_host_has_the_devices_user_unless_it_says() {
        let jump = parse_jump("bastion:2200", "samnet", &[]).unwrap();
        assert_eq!((jump.user.as_str(), jump.host.as_str(), jump.port), ("samnet", "bastion", 2200));
        assert_eq!(parse_jump("me@bastion", "samnet", &[]).unwrap().user, "me");
        assert!(parse_jump("@bastion", "samnet", &[]).is_err());
    }
}
