//! Makes signatures: with a key file, or with the running SSH agent.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::AgentClient;
use russh::keys::ssh_key::{self, HashAlg, LineEnding, PrivateKey, PublicKey, SshSig};
use secrecy::{ExposeSecret as _, SecretString};

use super::{NAMESPACE, Signers, folder, message};
use crate::value::Digest;

/// Why a plan could not be signed; fits "failed to sign: …".
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The key file cannot be read.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The key file is none.
    #[error("{}: not an OpenSSH private key: {reason}", path.display())]
    NotAKey {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The key is encrypted and there is nobody to ask.
    #[error("{}: the key has a passphrase and nobody can be asked for it; use an agent", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// The passphrase is wrong.
    #[error("{}: wrong passphrase", path.display())]
    Passphrase {
        /// The file.
        path: PathBuf,
    },
    /// The agent does not do it.
    #[error("SSH agent: {0}")]
    Agent(String),
    /// The key cannot sign.
    #[error("the key cannot sign: {0}")]
    Key(ssh_key::Error),
    /// The principal cannot be a file name.
    #[error("`{0}` cannot be the name of a signature file")]
    Principal(String),
}

/// Signs a plan's id with a key file. `ask` is called when the key has a passphrase; `None` means nobody answers.
///
/// # Errors
/// When the file is no usable key, or the passphrase is missing or wrong.
pub fn sign_with_key(
    plan: &Digest,
    path: &Path,
    ask: impl FnOnce() -> Option<SecretString>,
) -> Result<(SshSig, PublicKey), SignError> {
    let text = std::fs::read_to_string(path)
        .map(secrecy::zeroize::Zeroizing::new)
        .map_err(|source| SignError::File { path: path.to_path_buf(), source })?;
    let mut key = PrivateKey::from_openssh(text.as_bytes())
        .map_err(|error| SignError::NotAKey { path: path.to_path_buf(), reason: error.to_string() })?;
    if key.is_encrypted() {
        let passphrase = ask().ok_or_else(|| SignError::Locked { path: path.to_path_buf() })?;
        key =
            key.decrypt(passphrase.expose_secret()).map_err(|_| SignError::Passphrase { path: path.to_path_buf() })?;
    }
    let signature = key.sign(NAMESPACE, HashAlg::Sha512, &message(plan)).map_err(SignError::Key)?;
    Ok((signature, key.public_key().clone()))
}

/// Whether a file holds a public key, so that its private half must be in the agent.
#[must_use]
pub fn public_key(path: &Path) -> Option<PublicKey> {
    PublicKey::from_openssh(std::fs::read_to_string(path).ok()?.trim()).ok()
}

/// Signs with the agent behind `SSH_AUTH_SOCK`: with `wanted`, else with its one key that may sign plans.
///
/// # Errors
/// When there is no agent, it lacks the key, or it does not sign.
pub async fn sign_with_agent(
    plan: &Digest,
    wanted: Option<&PublicKey>,
    signers: &Signers,
    now: Timestamp,
) -> Result<(SshSig, PublicKey), SignError> {
    let failed = |error: russh::keys::Error| SignError::Agent(error.to_string());
    let mut agent = AgentClient::connect_env().await.map_err(failed)?;
    let held: Vec<PublicKey> = agent
        .request_identities()
        .await
        .map_err(failed)?
        .into_iter()
        .filter_map(|identity| match identity {
            AgentIdentity::PublicKey { key, .. } => Some(key),
            AgentIdentity::Certificate { .. } => None,
        })
        .collect();
    let usable: Vec<&PublicKey> = match wanted {
        Some(wanted) => held.iter().filter(|key| key.key_data() == wanted.key_data()).collect(),
        None => held.iter().filter(|key| signers.principal(key, now).is_some()).collect(),
    };
    let key = match usable.as_slice() {
        [key] => *key,
        [] if wanted.is_some() => return Err(SignError::Agent("it does not hold that key".to_owned())),
        [] => {
            let path = signers.path();
            return Err(SignError::Agent(format!("none of its {} keys may sign plans after {path}", held.len())));
        }
        several => {
            let list: Vec<String> = several.iter().map(|key| key.fingerprint(HashAlg::Sha256).to_string()).collect();
            let list = list.join(", ");
            return Err(SignError::Agent(format!(
                "several of its keys may sign plans ({list}): choose with --key FILE.pub"
            )));
        }
    };
    let data = SshSig::signed_data(NAMESPACE, HashAlg::Sha512, &message(plan)).map_err(SignError::Key)?;
    let made = agent.sign_request_signature(key, Some(HashAlg::Sha512), &data).await.map_err(failed)?;
    let signature = SshSig::new(key.key_data().clone(), NAMESPACE, HashAlg::Sha512, made).map_err(SignError::Key)?;
    // An agent that signs something else is noticed here and not at apply.
    key.verify(NAMESPACE, &message(plan), &signature).map_err(SignError::Key)?;
    Ok((signature, key.clone()))
}

/// Writes a signature beside its plan.
///
/// # Errors
/// When the principal cannot be a file name, or the file cannot be written.
pub fn store(plan: &Path, principal: &str, signature: &SshSig) -> Result<PathBuf, SignError> {
    let illegal = principal.is_empty() || principal.starts_with('.') || principal.contains(['/', '\\', '\0']);
    if illegal || principal.chars().any(char::is_control) {
        return Err(SignError::Principal(principal.to_owned()));
    }
    let folder = folder(plan);
    let path = folder.join(format!("{principal}.sig"));
    let pem = signature.to_pem(LineEnding::LF).map_err(SignError::Key)?;
    let failed = |source| SignError::File { path: path.clone(), source };
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let mut fresh = tempfile::NamedTempFile::new_in(&folder).map_err(failed)?;
    fresh.write_all(pem.as_bytes()).map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Signatures are public, and reviewers under other users read them.
        fresh.as_file().set_permissions(std::fs::Permissions::from_mode(0o644)).map_err(failed)?;
    }
    fresh.persist(&path).map_err(|lost| failed(lost.error))?;
    Ok(path)
}
