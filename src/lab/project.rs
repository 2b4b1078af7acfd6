//! A lab of a whole project: its devices, the secrets they need, the files that say where they answer.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use russh::keys::ssh_key::LineEnding;
use russh::keys::{Algorithm, PrivateKey};
use sha2::Digest as _;

use super::before::{Before, BeforeError};
use super::{Device, Lab};
use crate::derive::{Derived, derive};
use crate::finding::{Finding, Severity};
use crate::model::{LoginMethod, Network, SecretSource};
use crate::platform::Library;
use crate::render::Renderer;
use crate::secret::{SecretError, Vault, reveal};
use crate::value::{DeviceName, Id};

/// Where the lab keeps its things, below the project folder.
pub const FOLDER: &str = ".samnet/lab";

/// What the devices of a lab run when it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// What they ran before there was one inventory, from `inventory/lab.yaml`.
    Before,
    /// What the inventory says.
    Intended,
}

/// Why a project's lab cannot be set up; fits "failed to set up the lab: …".
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// The old network cannot be had.
    #[error(transparent)]
    Before(#[from] BeforeError),
    /// A secret of a configuration cannot be had.
    #[error("{0}")]
    Secret(#[from] SecretError),
    /// The inventory, or the old network, cannot be rendered.
    #[error("{}", said(.0))]
    Rendering(Vec<Finding>),
    /// Nobody may log in.
    #[error("no user name; set `login: {{ user: … }}` in inventory/network.yaml")]
    NoUser,
    /// A file of the lab cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A key cannot be made, read or written.
    #[error("failed to make a key: {0}")]
    Key(#[from] russh::keys::ssh_key::Error),
}

fn said(findings: &[Finding]) -> String {
    let first = findings.iter().find(|finding| finding.severity == Severity::Error).or(findings.first());
    first.map_or_else(|| "nothing could be rendered".to_owned(), |finding| finding.message.clone())
}

/// Every device of a project as the lab starts it.
///
/// # Errors
/// When a configuration or a secret in it cannot be had, or nobody may log in.
pub fn devices(
    root: &Path,
    network: &Network,
    derived: &Derived,
    library: &Library,
    state: State,
) -> Result<Vec<Device>, ProjectError> {
    let vault = Vault::open(network, root);
    let before = Before::load(root)?;
    let mut texts = match state {
        State::Intended => render(network, derived, library, None)?,
        State::Before => {
            let mut texts = BTreeMap::new();
            for (organisation, old) in before.networks(network)? {
                let (old_derived, findings) = derive(&old);
                let wrong: Vec<Finding> =
                    findings.into_iter().filter(|finding| finding.severity == Severity::Error).collect();
                if !wrong.is_empty() {
                    return Err(ProjectError::Rendering(wrong));
                }
                let names = names(derived, &old_derived);
                for (old_name, text) in render(&old, &old_derived, library, Some(&organisation))? {
                    let Some((name, platform)) = names.get(&old_name) else { continue };
                    texts.insert((*name).clone(), before.finish(&organisation, platform.as_str(), &text));
                }
            }
            texts
        }
    };
    let user = network.login.user.as_ref().ok_or(ProjectError::NoUser)?;
    let password = network.login.methods.iter().find_map(|method| match &method.value {
        LoginMethod::Password(name) => Some(name),
        LoginMethod::Agent | LoginMethod::Key(_) => None,
    });
    let password = password.map(|name| vault.value(name)).transpose()?;
    let enable = network.login.enable.as_ref().map(|name| vault.value(name)).transpose()?;
    let key = login_key(root)?.public_key().clone();
    let mut devices = Vec::new();
    for (name, facts) in derived.devices.iter() {
        let (Some(text), Some(entry)) = (texts.remove(name), library.get(facts.platform.as_str())) else { continue };
        let text = reveal(&before.with_residue(facts.platform.as_str(), &text), &vault)?;
        let mut device = Device::new(name.as_str(), entry.platform.clone(), text, user.value.clone());
        device.password.clone_from(&password);
        device.enable.clone_from(&enable);
        device.keys.push(key.clone());
        devices.push(device);
    }
    Ok(devices)
}

/// Texts by device, of one organisation's devices or of all.
fn render(
    network: &Network,
    derived: &Derived,
    library: &Library,
    organisation: Option<&Id>,
) -> Result<BTreeMap<DeviceName, String>, ProjectError> {
    let wanted = derived.configured().filter(|facts| organisation.is_none_or(|id| facts.organisation == *id));
    let names: Vec<&DeviceName> = wanted.map(|facts| &facts.name).collect();
    let (rendered, findings) = Renderer::new(network, derived, library, &names).devices(&names);
    if rendered.len() < names.len() {
        return Err(ProjectError::Rendering(findings));
    }
    Ok(rendered.into_iter().map(|rendered| (rendered.device, rendered.text)).collect())
}

/// The device behind each old name: the same place in the same site.
fn names<'d>(derived: &'d Derived, old: &Derived) -> BTreeMap<DeviceName, (&'d DeviceName, &'d Id)> {
    let by_place: BTreeMap<(usize, usize), (&DeviceName, &Id)> =
        derived.devices.values().map(|facts| ((facts.site, facts.device), (&facts.name, &facts.platform))).collect();
    let same = |facts: &crate::derive::DeviceFacts| {
        by_place.get(&(facts.site, facts.device)).map(|place| (facts.name.clone(), *place))
    };
    old.devices.values().filter_map(same).collect()
}

/// Makes throw-away values for `file:` secrets below `.samnet/` that do not exist; gives their names.
///
/// # Errors
/// When a file cannot be written.
pub fn create_missing_secrets(root: &Path, network: &Network) -> Result<Vec<Id>, ProjectError> {
    let mut made = Vec::new();
    for (name, source) in &network.secrets {
        let SecretSource::File(file) = &source.value else { continue };
        let path = root.join(file);
        if !Path::new(file).starts_with(".samnet") || path.exists() {
            continue;
        }
        // Letters only, and 16 of them: a value has to pass through many configuration languages, and keys of routing
        // protocols end there.
        let bytes = super::new_seed()?;
        let value: String = bytes.iter().take(16).map(|byte| char::from(b'a' + byte % 26)).collect();
        write_private(&path, &format!("{value}\n"))?;
        made.push(name.clone());
    }
    Ok(made)
}

/// What the host keys of a project's lab are derived from: random once, then kept.
///
/// # Errors
/// When the file cannot be read or written.
pub fn seed(root: &Path) -> Result<[u8; 32], ProjectError> {
    let path = root.join(FOLDER).join("seed");
    match std::fs::read(&path) {
        Ok(bytes) => Ok(sha2::Sha256::digest(bytes).into()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let text = format!("{}\n", crate::value::Digest::of(&super::new_seed()?));
            write_private(&path, &text)?;
            Ok(sha2::Sha256::digest(text.as_bytes()).into())
        }
        Err(source) => Err(ProjectError::File { path, source }),
    }
}

/// The key that may log in to every device of a project's lab, for people with `ssh -i`.
///
/// # Errors
/// When it cannot be made, read or written.
pub fn login_key(root: &Path) -> Result<PrivateKey, ProjectError> {
    let path = root.join(crate::device::LAB_LOGIN);
    if path.exists() {
        return Ok(PrivateKey::read_openssh_file(&path)?);
    }
    let mut key = PrivateKey::random(&mut russh::keys::key::safe_rng(), Algorithm::Ed25519)?;
    key.set_comment("samnet lab");
    write_private(&path, &key.to_openssh(LineEnding::LF)?)?;
    let public = key.public_key().to_openssh()?;
    write(&path.with_extension("pub"), &format!("{public}\n"))?;
    Ok(key)
}

/// Writes where each device answers and with which host key.
///
/// # Errors
/// When a file cannot be written.
pub fn write_places(root: &Path, lab: &Lab) -> Result<(), ProjectError> {
    let folder = root.join(FOLDER);
    let mut endpoints = serde_json::Map::new();
    let mut hosts = String::new();
    for (name, address) in lab.addresses() {
        let place = serde_json::json!({ "host": address.ip().to_string(), "port": address.port() });
        endpoints.insert(name.to_owned(), place);
        if let Some(key) = lab.host_key(name) {
            let host = crate::device::host_name(&address.ip().to_string(), address.port());
            hosts.push_str(&host);
            hosts.push(' ');
            hosts.push_str(&key.to_openssh()?);
            hosts.push('\n');
        }
    }
    let endpoints = format!("{:#}\n", serde_json::Value::Object(endpoints));
    write(&folder.join("known_hosts"), &hosts)?;
    // Last, because whoever finds it takes the lab for running.
    write(&folder.join("endpoints.json"), &endpoints)
}

/// Takes back what says where the devices answer.
pub fn remove_places(root: &Path) {
    for file in ["endpoints.json", "known_hosts", "control"] {
        // What is gone already need not be removed.
        std::fs::remove_file(root.join(FOLDER).join(file)).ok();
    }
}

fn write(path: &Path, text: &str) -> Result<(), ProjectError> {
    let failed = |source| ProjectError::File { path: path.to_path_buf(), source };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    // In one step, so that nobody reads half a file.
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Writes a file nobody else can read: temporary files are made so.
fn write_private(path: &Path, text: &str) -> Result<(), ProjectError> {
    write(path, text)
}
