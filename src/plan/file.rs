//! The plan file: JSON whose id is the SHA-256 of its canonical form.
//!
//! Canonical means: members sorted by name, no white space, the member `id` left out. So a formatter or a
//! line-end conversion does no harm, and any change of content does.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{FORMAT, Plan};
use crate::value::Digest;

/// A plan together with its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// SHA-256 of the canonical form.
    pub id: Digest,
    /// The plan.
    pub plan: Plan,
}

/// Why a plan file is not used.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// It cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is something else.
    #[error("{}: not a plan: {reason}", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A newer program wrote it.
    #[error(
        "{}: the plan has format {found}, this program knows formats up to {FORMAT}; use the samnet that wrote it ({tool})",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u64,
        /// The version that wrote it.
        tool: String,
    },
    /// Its content is not what its id says.
    #[error(
        "{}: the plan was altered after it was made: it says it is {}, its content is {}",
        path.display(), says.get(..8).unwrap_or(says), is.short()
    )]
    Altered {
        /// The file.
        path: PathBuf,
        /// The id in the file.
        says: String,
        /// The id of the content.
        is: Digest,
    },
}

impl PlanError {
    /// Whether this is a refusal rather than a failure.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        matches!(self, Self::Newer { .. } | Self::Altered { .. })
    }
}

impl Stored {
    /// Gives a plan its id.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        let id = id_of(&body(&plan));
        Self { id, plan }
    }

    /// The file's text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut members = serde_json::Map::new();
        members.insert("id".to_owned(), Value::String(self.id.to_string()));
        if let Value::Object(body) = body(&self.plan) {
            members.extend(body);
        }
        // A value of maps, lists, strings and integers always has a text.
        let mut text = serde_json::to_string_pretty(&Value::Object(members)).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Writes the file as a whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), PlanError> {
        let failed = |source| PlanError::File { path: path.to_path_buf(), source };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // What the temporary file would be called says nothing to anybody.
        let fresh = tempfile::NamedTempFile::new_in(folder);
        let mut fresh = fresh.map_err(|error| failed(error.kind().into()))?;
        fresh.write_all(self.text().as_bytes()).map_err(failed)?;
        fresh.as_file().sync_all().map_err(failed)?;
        fresh.persist(path).map_err(|lost| failed(lost.error))?;
        Ok(())
    }

    /// Reads a plan and checks that it is what its id says.
    ///
    /// # Errors
    /// When it cannot be read, is no plan, is newer than this program, or was altered.
    pub fn load(path: &Path) -> Result<Self, PlanError> {
        let bytes = std::fs::read(path).map_err(|source| PlanError::File { path: path.to_path_buf(), source })?;
        Self::parse(path, &bytes)
    }

    /// Reads a plan from bytes; `path` is for messages.
    ///
    /// # Errors
    /// As [`Stored::load`].
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, PlanError> {
        let shape = |reason: String| PlanError::Shape { path: path.to_path_buf(), reason };
        let mut value: Value = serde_json::from_slice(bytes).map_err(|error| shape(error.to_string()))?;
        let Some(members) = value.as_object_mut() else { return Err(shape("not a JSON object".to_owned())) };
        let format = members.get("format").and_then(Value::as_u64);
        let format = format.ok_or_else(|| shape("no number `format`".to_owned()))?;
        if format > u64::from(FORMAT) {
            let tool = members.get("tool").and_then(Value::as_str).unwrap_or("version unknown").to_owned();
            return Err(PlanError::Newer { path: path.to_path_buf(), found: format, tool });
        }
        let Some(Value::String(says)) = members.shift_remove("id") else {
            return Err(shape("no text `id`".to_owned()));
        };
        let is = id_of(&value);
        if says != is.as_str() {
            return Err(PlanError::Altered { path: path.to_path_buf(), says, is });
        }
        let plan: Plan = serde_json::from_value(value).map_err(|error| shape(error.to_string()))?;
        Ok(Self { id: is, plan })
    }
}

fn body(plan: &Plan) -> Value {
    // Every key is a string and every number an integer, so this has no way to fail.
    serde_json::to_value(plan).unwrap_or_default()
}

fn id_of(value: &Value) -> Digest {
    let mut text = String::new();
    canonical(value, &mut text);
    Digest::of(text.as_bytes())
}

/// Members sorted by name, no white space.
fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by_key(|(name, _)| *name);
            out.push('{');
            for (at, (name, member)) in sorted.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                out.push_str(&Value::String(name.clone()).to_string());
                out.push(':');
                canonical(member, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                canonical(item, out);
            }
            out.push(']');
        }
        simple => out.push_str(&simple.to_string()),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::super::*;
    use super::*;
    use crate::diff::Effect;
    use crate::model::Role;

    /// A plan of one device with one command.
    pub(crate) fn sample() -> Plan {
        Plan {
            format: FORMAT,
            tool: "0.0.0".into(),
            network: "Dalsland".into(),
            inventory: Digest::of(b"inventory"),
            author: "ida@amal.example".into(),
            created: "2026-11-20T08:00:00Z".parse().unwrap(),
            target: None,
            lab: false,
            fingerprint_key: "0123456789abcdef".into(),
            push: Push { wave: 4, failure_budget: 1, confirm_within: 60 },
            devices: vec![DevicePlan {
                name: "aml-karlberg-sw01".parse().unwrap(),
                organisation: "amal".into(),
                organisation_name: "Åmåls kommun".into(),
                site: "karlbergsskolan".into(),
                site_name: "Karlbergsskolan".into(),
                role: Role::Access,
                platform: "somewhere".into(),
                platform_title: "Some OS".into(),
                endpoint: Address { host: "127.0.0.1".into(), port: 22 },
                tier: "native".into(),
                features: None,
                running: Digest::of(b"vlan 10\n"),
                managed: "vlan 10\n".into(),
                intended: "vlan 10\nvlan 20\n".into(),
                secrets: BTreeMap::new(),
                commands: vec![Step {
                    path: vec![],
                    text: "vlan 20".into(),
                    reason: "in the inventory, not on the device".into(),
                    risk: Risk("access".into()),
                    effect: Effect::Add,
                    feature: Some("vlans".into()),
                    opens: false,
                }],
                rollback: vec![],
                touches: Touches::default(),
                interruption: Interruption::default(),
                unmanaged: 0,
                unknown: vec![],
                warnings: vec![],
                partners: BTreeSet::new(),
            }],
            missing: vec![],
        }
    }

    #[test]
    fn a_plan_comes_back_and_keeps_its_id() {
        let stored = Stored::new(sample());
        let again = Stored::parse(Path::new("plan.json"), stored.text().as_bytes()).unwrap();
        assert_eq!(stored, again);
    }

    #[test]
    fn white_space_and_order_are_no_content() {
        let stored = Stored::new(sample());
        let value: Value = serde_json::from_str(&stored.text()).unwrap();
        let mut members: Vec<_> = value.as_object().unwrap().clone().into_iter().collect();
        members.reverse();
        let compact = Value::Object(members.into_iter().collect()).to_string();
        assert_eq!(Stored::parse(Path::new("plan.json"), compact.as_bytes()).unwrap().id, stored.id);
    }

    #[test]
    fn no_byte_can_be_changed() {
        let stored = Stored::new(sample());
        let text = stored.text().into_bytes();
        for at in 0..text.len() {
            let mut altered = text.clone();
            altered[at] ^= 1;
            let read = Stored::parse(Path::new("plan.json"), &altered);
            assert!(read.is_err(), "byte {at} of {:?} was changed unnoticed", altered[at] as char);
        }
    }

    #[test]
    fn an_added_member_is_an_alteration() {
        let text = Stored::new(sample()).text().replacen('{', "{\"extra\": 1,", 1);
        let read = Stored::parse(Path::new("plan.json"), text.as_bytes());
        assert!(matches!(read, Err(PlanError::Altered { .. })), "{read:?}");
    }

    #[test]
    fn a_newer_format_is_refused_with_the_version_to_use() {
        let mut plan = sample();
        plan.format = FORMAT + 1;
        plan.tool = "9.1.0".into();
        let error = Stored::parse(Path::new("plan.json"), Stored::new(plan).text().as_bytes()).unwrap_err();
        assert!(error.is_refusal());
        assert!(error.to_string().contains("9.1.0"), "{error}");
    }

    #[test]
    fn things_that_are_no_plan_say_so() {
        for bytes in [&b""[..], b"[]", b"{}", b"\0\xff", b"{\"format\":1}", b"{\"format\":1,\"id\":3}"] {
            let error = Stored::parse(Path::new("plan.json"), bytes).unwrap_err();
            assert!(matches!(error, PlanError::Shape { .. }), "{error}");
        }
    }
}
