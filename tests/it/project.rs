//! A throw-away project: the example, secrets of its own, some of its devices in a lab, one signer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use russh::keys::ssh_key::{Algorithm, LineEnding, PrivateKey};
use samnet::lab::{Device, Lab, Options};
use samnet::model::SecretSource;
use samnet::platform::Library;
use samnet::render::Renderer;
use samnet::secret::{Vault, reveal};
use samnet::{derive, inventory};
use secrecy::ExposeSecret as _;

/// Who makes plans here.
pub(crate) const AUTHOR: &str = "ida@amal.example";
/// Who approves them.
pub(crate) const SIGNER: &str = "mats@mellerud.example";

/// How the program ended and what it said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// Insists on an exit code, and shows everything when it is another.
    #[track_caller]
    pub(crate) fn with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n--- standard output\n{}\n--- standard error\n{}", self.out, self.err);
        self
    }

    /// Insists on words in either stream.
    #[track_caller]
    pub(crate) fn says(self, words: &str) -> Self {
        let all = format!("{}\n{}", self.out, self.err);
        assert!(all.contains(words), "`{words}` is not in:\n{all}");
        self
    }
}

/// The firewalls are computers with nftables.
pub(crate) const COMPUTERS: &[(&str, &str, &str)] =
    &[("inventory/models.yaml", "platform: fortinet_fortios", "platform: linux_nftables")];

pub(crate) struct Project {
    dir: tempfile::TempDir,
    pub(crate) lab: Lab,
    /// Intended text of each device, secrets in the clear.
    pub(crate) intended: BTreeMap<String, String>,
}

impl Project {
    /// Serves `devices` with what `before` makes of their intended configuration.
    pub(crate) fn start(devices: &[&str], before: impl Fn(&str, &str) -> String) -> Self {
        Self::edited(&[], devices, before)
    }

    /// The same where files of the example say something else: path, text, and what stands there instead.
    pub(crate) fn edited(
        edits: &[(&str, &str, &str)],
        devices: &[&str],
        before: impl Fn(&str, &str) -> String,
    ) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let example = Path::new(env!("CARGO_MANIFEST_DIR"));
        for folder in ["inventory", "policies"] {
            copy(&example.join(folder), &root.join(folder));
        }
        for (path, old, new) in edits {
            let text = std::fs::read_to_string(root.join(path)).unwrap();
            assert!(text.contains(old), "no `{old}` in {path}");
            std::fs::write(root.join(path), text.replacen(old, new, 1)).unwrap();
        }
        let change = "change:\n  signers: policies/allowed_signers\n  signatures: 1\n  four_eyes: true\n  \
                      risk: { aaa: 1 }\n  wave: 5\n  failure_budget: 3\n  confirm_within: 6\n";
        std::fs::write(root.join("policies/change.yaml"), change).unwrap();
        let key = PrivateKey::random(&mut russh::keys::key::safe_rng(), Algorithm::Ed25519).unwrap();
        key.write_openssh_file(root.join("signer"), LineEnding::LF).unwrap();
        let line = format!("{SIGNER} namespaces=\"samnet-plan\" {}\n", key.public_key().to_openssh().unwrap());
        std::fs::write(root.join("policies/allowed_signers"), line).unwrap();

        let loaded = inventory::load(root);
        let network = &loaded.network;
        for (number, (name, source)) in network.secrets.iter().enumerate() {
            if let SecretSource::File(path) = &source.value {
                let path = root.join(path);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                write_private(&path, &format!("Kanarie{number}-{name}"));
            }
        }
        let (derived, _) = derive::derive(network);
        let library = Library::load(root).unwrap();
        let vault = Vault::open(network, root);
        let value = |name: &str| vault.value(&name.parse().unwrap()).unwrap();
        let mut intended = BTreeMap::new();
        let mut served = Vec::new();
        for name in devices {
            let device = name.parse().unwrap();
            let rendered = Renderer::new(network, &derived, &library, &[&device]).device(&device).unwrap();
            let text = reveal(&rendered.text, &vault).unwrap();
            let platform = library.get(&rendered.platform).unwrap().platform.clone();
            let mut device = Device::new(*name, platform, before(name, &text), "samnet");
            device.password = Some(value("device-login"));
            device.enable = Some(value("device-enable"));
            served.push(device);
            intended.insert((*name).to_owned(), text);
        }
        let lab = Lab::start(served, Options::default()).unwrap();
        let project = Self { dir, lab, intended };
        project.write_endpoints();
        project
    }

    fn write_endpoints(&self) {
        let folder = self.root().join(".samnet/lab");
        std::fs::create_dir_all(&folder).unwrap();
        let mut endpoints = serde_json::Map::new();
        let mut hosts = Vec::new();
        for (name, address) in self.lab.addresses() {
            let place = serde_json::json!({ "host": address.ip().to_string(), "port": address.port() });
            endpoints.insert(name.to_owned(), place);
            let key = self.lab.host_key(name).unwrap().to_openssh().unwrap();
            hosts.push(format!("[{}]:{} {key}\n", address.ip(), address.port()));
        }
        std::fs::write(folder.join("endpoints.json"), serde_json::Value::Object(endpoints).to_string()).unwrap();
        std::fs::write(folder.join("known_hosts"), hosts.concat()).unwrap();
    }

    pub(crate) fn root(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// A command of the program in this project, which knows no agent, no key and no git of whoever runs the tests.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_samnet"));
        command
            .args(arguments)
            .current_dir(self.root())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.root())
            .env("USER", "tester")
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        let Output { status, stdout, stderr } = self.command(arguments).output().unwrap();
        Said {
            code: status.code().unwrap_or(-1),
            out: String::from_utf8(stdout).unwrap(),
            err: String::from_utf8(stderr).unwrap(),
        }
    }

    /// Plans for the devices of the lab, into `plan.json`.
    pub(crate) fn plan(&self) -> Said {
        let target: Vec<&str> = self.intended.keys().map(String::as_str).collect();
        self.run(&["plan", "--lab", "--author", AUTHOR, "--out", "plan.json", "--target", &target.join(",")])
    }

    pub(crate) fn approve(&self) -> Said {
        self.run(&["approve", "plan.json", "--key", "signer"])
    }

    pub(crate) fn apply(&self) -> Said {
        self.run(&["apply", "plan.json", "--yes"])
    }

    /// Every secret of the project, in the clear.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let loaded = inventory::load(self.root());
        let vault = Vault::open(&loaded.network, self.root());
        vault.names().map(|name| vault.value(name).unwrap().expose_secret().to_owned()).collect()
    }
}

fn write_private(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}
