//! Login: each credential in order until one is accepted, and an account of what became of the others.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use russh::MethodKind;
use russh::client::{AuthResult, Handle, KeyboardInteractiveAuthResponse as Interactive};
use russh::keys::PrivateKeyWithHashAlg;
use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::AgentClient;
use russh::keys::ssh_key::{Algorithm, HashAlg, PrivateKey, PublicKey};
use secrecy::{ExposeSecret as _, SecretString};

use super::dial::Client;
use super::{Credential, DeviceError, Endpoint};
use crate::model::Algorithms;

/// How an attempt ended short of success.
enum Attempt {
    /// In. Nothing more to do.
    Accepted,
    /// Not accepted, with a word about it.
    Refused(String),
    /// The device hung up.
    Closed(String),
}

/// Servers close after a handful of failures (OpenSSH: six), so an agent full of keys must not use them up.
const AGENT_KEYS: usize = 5;

pub(super) async fn login(handle: &mut Handle<Client>, endpoint: &Endpoint) -> Result<(), DeviceError> {
    let mut tried = Vec::new();
    let mut session = Login { handle, endpoint, left: None };
    for credential in &endpoint.credentials {
        match session.attempt(credential, &mut tried).await {
            Attempt::Accepted => return Ok(()),
            Attempt::Refused(word) => tried.push(word),
            Attempt::Closed(word) if tried.is_empty() => {
                return Err(DeviceError::ClosedAtLogin {
                    during: format!("during login ({word})"),
                    seen: String::new(),
                });
            }
            Attempt::Closed(word) => {
                tried.push(format!("{word} (the device hung up)"));
                break;
            }
        }
    }
    Err(DeviceError::LoginRefused { user: endpoint.user.clone(), tried })
}

struct Login<'l> {
    handle: &'l mut Handle<Client>,
    endpoint: &'l Endpoint,
    /// The methods the server still takes, once it has said so.
    left: Option<Vec<MethodKind>>,
}

impl Login<'_> {
    async fn attempt(&mut self, credential: &Credential, tried: &mut Vec<String>) -> Attempt {
        match credential {
            Credential::KeyFile(path) => {
                let word = format!("key {}", path.display());
                match read_key(path) {
                    Ok(key) => self.key(Arc::new(key), &word).await,
                    Err(reason) => Attempt::Refused(format!("{word} ({reason})")),
                }
            }
            Credential::Key(key) => self.key(Arc::clone(key), "key").await,
            Credential::Agent(socket) => self.agent(socket.as_deref(), tried).await,
            Credential::Password(password) => self.password(password).await,
            Credential::Missing(why) => Attempt::Refused(why.clone()),
        }
    }

    fn takes(&self, method: MethodKind) -> bool {
        self.left.as_ref().is_none_or(|left| left.contains(&method))
    }

    fn judge(&mut self, word: &str, result: Result<AuthResult, russh::Error>) -> Attempt {
        match result {
            Ok(AuthResult::Success) => Attempt::Accepted,
            // The library says so when the connection ended under it.
            Ok(AuthResult::Failure { .. }) | Err(_) if self.handle.is_closed() => Attempt::Closed(word.to_owned()),
            Ok(AuthResult::Failure { remaining_methods, partial_success }) => {
                self.left = Some(remaining_methods.to_vec());
                let word = if partial_success { format!("{word} (accepted, more is asked)") } else { word.to_owned() };
                Attempt::Refused(word)
            }
            Err(error) => Attempt::Refused(format!("{word} ({error})")),
        }
    }

    async fn key(&mut self, key: Arc<PrivateKey>, word: &str) -> Attempt {
        if !self.takes(MethodKind::PublicKey) {
            return Attempt::Refused(format!("{word} (the device takes no keys)"));
        }
        let Ok(hash) = self.hash(key.public_key()).await else { return Attempt::Closed(word.to_owned()) };
        let user = self.endpoint.user.as_str();
        let result = self.handle.authenticate_publickey(user, PrivateKeyWithHashAlg::new(key, hash)).await;
        self.judge(word, result)
    }

    /// The hash for an RSA signature. A server that does not name any is older than RFC 8308: SHA-1 for a
    /// legacy device, SHA-256 for others, which such servers may still take.
    async fn hash(&self, key: &PublicKey) -> Result<Option<HashAlg>, russh::Error> {
        if !matches!(key.algorithm(), Algorithm::Rsa { .. }) {
            return Ok(None);
        }
        let legacy = self.endpoint.algorithms == Algorithms::Legacy;
        Ok(match self.handle.best_supported_rsa_hash().await? {
            Some(Some(hash)) => Some(hash),
            Some(None) | None if legacy => None,
            Some(None) | None => Some(HashAlg::Sha256),
        })
    }

    async fn agent(&mut self, socket: Option<&Path>, tried: &mut Vec<String>) -> Attempt {
        let connected = match socket {
            Some(path) => AgentClient::connect_uds(path).await,
            None => AgentClient::connect_env().await,
        };
        let mut agent = match connected {
            Ok(agent) => agent,
            Err(russh::keys::Error::EnvVar(name)) => return Attempt::Refused(format!("agent ({name} is not set)")),
            Err(_) => return Attempt::Refused("agent (it does not answer)".into()),
        };
        let identities = match agent.request_identities().await {
            Ok(identities) => identities,
            Err(error) => return Attempt::Refused(format!("agent ({error})")),
        };
        let keys = identities.into_iter().filter_map(|identity| match identity {
            AgentIdentity::PublicKey { key, comment } => Some((key, comment)),
            AgentIdentity::Certificate { .. } => None,
        });
        let keys: Vec<(PublicKey, String)> = keys.collect();
        if keys.is_empty() {
            return Attempt::Refused("agent (it holds no keys)".into());
        }
        let mut last = None;
        for (key, comment) in keys.iter().take(AGENT_KEYS) {
            tried.extend(last.take());
            let word = format!("agent key {comment}");
            if !self.takes(MethodKind::PublicKey) {
                return Attempt::Refused(format!("{word} (the device takes no keys)"));
            }
            let Ok(hash) = self.hash(key).await else { return Attempt::Closed(word) };
            let user = self.endpoint.user.as_str();
            let signed = self.handle.authenticate_publickey_with(user, key.clone(), hash, &mut agent).await;
            let result = match signed {
                Ok(result) => Ok(result),
                Err(_) if self.handle.is_closed() => return Attempt::Closed(word),
                Err(error) => {
                    last = Some(format!("{word} ({error})"));
                    continue;
                }
            };
            match self.judge(&word, result) {
                Attempt::Refused(word) => last = Some(word),
                ended => return ended,
            }
        }
        let more = keys.len().saturating_sub(AGENT_KEYS);
        if more > 0 {
            tried.extend(last.take());
            return Attempt::Refused(format!("{more} more agent keys not tried"));
        }
        Attempt::Refused(last.unwrap_or_default())
    }

    async fn password(&mut self, password: &SecretString) -> Attempt {
        let user = self.endpoint.user.as_str();
        if self.takes(MethodKind::Password) {
            let result = self.handle.authenticate_password(user, password.expose_secret()).await;
            let outcome = self.judge("password", result);
            // Where passwords are taken this one was wrong; to type it again elsewhere would count as one more
            // failure, and accounts lock.
            let left = self.left.as_deref().unwrap_or_default();
            let only_asks = left.contains(&MethodKind::KeyboardInteractive) && !left.contains(&MethodKind::Password);
            if !matches!(outcome, Attempt::Refused(_)) || !only_asks {
                return outcome;
            }
        }
        if !self.takes(MethodKind::KeyboardInteractive) {
            return Attempt::Refused("password (the device takes none)".into());
        }
        self.interactive(password).await
    }

    async fn interactive(&mut self, password: &SecretString) -> Attempt {
        const WORD: &str = "password, asked interactively";
        let user = self.endpoint.user.as_str();
        let mut answered = false;
        let mut reply = self.handle.authenticate_keyboard_interactive_start(user, None::<String>).await;
        loop {
            let prompts = match reply {
                Ok(Interactive::Success) => return Attempt::Accepted,
                Ok(Interactive::Failure { .. }) | Err(_) if self.handle.is_closed() => {
                    return Attempt::Closed(WORD.to_owned());
                }
                Ok(Interactive::Failure { remaining_methods, partial_success }) => {
                    let result = Ok(AuthResult::Failure { remaining_methods, partial_success });
                    return self.judge(WORD, result);
                }
                Err(error) => return Attempt::Refused(format!("{WORD} ({error})")),
                Ok(Interactive::InfoRequest { prompts, instructions, .. }) => {
                    if says_expired(&instructions) {
                        return Attempt::Refused(format!("{WORD} ({EXPIRED})"));
                    }
                    prompts
                }
            };
            let mut answers = Vec::new();
            for prompt in &prompts {
                if asks_new_password(&prompt.prompt) || says_expired(&prompt.prompt) {
                    return Attempt::Refused(format!("{WORD} ({EXPIRED})"));
                }
                if answered || prompt.echo || !asks_password(&prompt.prompt) {
                    // Anything else, such as a one-time code, needs a person; a guess would count as a failure.
                    let asked = prompt.prompt.trim().escape_debug();
                    return Attempt::Refused(format!(
                        "{WORD} (the device asks `{asked}`, which nobody here can answer)"
                    ));
                }
                answered = true;
                answers.push(password.expose_secret().to_owned());
            }
            reply = self.handle.authenticate_keyboard_interactive_respond(answers).await;
        }
    }
}

/// Words for a password.
const PASSWORD: [&str; 4] = ["password", "lösenord", "passwort", "mot de passe"];
/// What became of a password that has to be changed before anybody is let in.
pub(super) const EXPIRED: &str = "it has expired, the device asks for a new one";

/// Whether a prompt asks for the password, and not for a new one.
pub(super) fn asks_password(prompt: &str) -> bool {
    let text = prompt.to_lowercase();
    let ends = text.trim_end().trim_end_matches(':').trim_end();
    !asks_new_password(prompt) && PASSWORD.iter().any(|word| ends.contains(word))
}

/// Whether a prompt asks for a new password.
pub(super) fn asks_new_password(prompt: &str) -> bool {
    let text = prompt.to_lowercase();
    let new = ["new ", "nytt ", "neues ", "nouveau "].iter().any(|word| text.contains(word));
    new && PASSWORD.iter().any(|word| text.contains(word)) && text.trim_end().ends_with(':')
}

/// Whether a device says that the password has to be changed first: what it asks for next goes into a new one.
pub(super) fn says_expired(text: &str) -> bool {
    let text = text.to_lowercase();
    let says = ["password has expired", "must change your password", "required to change your password"];
    says.iter().any(|words| text.contains(words))
}

/// Whether the last line of a screen asks for the user's name.
pub(super) fn asks_name(line: &str) -> bool {
    let text = line.trim_end().to_lowercase();
    let asks = text.strip_suffix(':').map(str::trim_end);
    asks.is_some_and(|text| {
        ["username", "user name", "user", "login", "login as"].iter().any(|word| text.ends_with(word))
    })
}

/// Reads a private key file, and says in a few words why it cannot.
fn read_key(path: &Path) -> Result<PrivateKey, String> {
    let path = expand(path);
    let text = std::fs::read_to_string(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "not readable".to_owned(),
        std::io::ErrorKind::InvalidData => "not a private key".to_owned(),
        _ => error.to_string(),
    })?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&path).map_or(0, |data| data.permissions().mode() & 0o777);
        if mode & 0o077 != 0 {
            return Err(format!("others may read it, mode {mode:03o}; chmod 600"));
        }
    }
    match russh::keys::decode_secret_key(&text, None) {
        Ok(key) if key.is_encrypted() => Err("encrypted; load it into an agent with ssh-add".to_owned()),
        Ok(key) => Ok(key),
        Err(russh::keys::Error::KeyIsEncrypted) => Err("encrypted; load it into an agent with ssh-add".to_owned()),
        Err(_) if text.contains("ENCRYPTED") => Err("encrypted; load it into an agent with ssh-add".to_owned()),
        Err(_) => Err("not a private key".to_owned()),
    }
}

/// `~/` is the home folder.
fn expand(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_path_buf(),
    }
}
