//! Newtypes for the small values of the field; an illegal one cannot be built.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

/// A text of up to 23 bytes without memory of its own, a longer one shared: names and port keys, of which
/// a large network has millions, most of them equal.
pub use smol_str::SmolStr as Text;

/// Why a text is not the value it claims to be; a lower-case fragment for "failed to …".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ValueError(pub String);

/// An IEEE 802.1Q VLAN id that may carry traffic: 1 to 4094.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct VlanId(u16);

impl VlanId {
    /// Builds an id; 0 and 4095 are reserved by IEEE 802.1Q.
    ///
    /// # Errors
    /// When the number is outside 1–4094.
    pub fn new(id: i64) -> Result<Self, ValueError> {
        u16::try_from(id)
            .ok()
            .filter(|id| (1..=4094).contains(id))
            .map(Self)
            .ok_or_else(|| ValueError(format!("VLAN id {id} is outside 1–4094")))
    }

    /// The bare number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl fmt::Display for VlanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A lower-case identifier used inside the inventory: letters a–z, digits, inner hyphens and underscores.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct Id(Text);

impl Id {
    /// The text of the identifier.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// An identifier written in the program itself, which a person has checked.
    pub(crate) fn literal(text: &'static str) -> Self {
        Self(Text::new_static(text))
    }
}

impl FromStr for Id {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if text.is_empty()
            || text.len() > 63
            || !text.chars().all(legal)
            || text.starts_with(['-', '_'])
            || text.ends_with(['-', '_'])
        {
            return Err(ValueError(format!(
                "`{text}` is not an identifier: use a–z, 0–9 and inner hyphens or underscores, at most 63 characters"
            )));
        }
        Ok(Self(text.into()))
    }
}

impl TryFrom<String> for Id {
    type Error = ValueError;

    fn try_from(text: String) -> Result<Self, ValueError> {
        text.parse()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The name of a secret. Its value stands outside the inventory, so no message repeats what stands in the name's place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct SecretName(Id);

impl From<Id> for SecretName {
    fn from(name: Id) -> Self {
        Self(name)
    }
}

impl Deref for SecretName {
    type Target = Id;

    fn deref(&self) -> &Id {
        &self.0
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A device's name across the whole network, a legal RFC 1123 host label.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DeviceName(Text);

impl DeviceName {
    /// The text of the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DeviceName {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        hostname(text)?;
        Ok(Self(text.into()))
    }
}

impl TryFrom<String> for DeviceName {
    type Error = ValueError;

    fn try_from(text: String) -> Result<Self, ValueError> {
        text.parse()
    }
}

impl From<DeviceName> for String {
    fn from(name: DeviceName) -> Self {
        name.0.into()
    }
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Checks a host label against RFC 1123: letters, digits and inner hyphens, 1–63 characters.
///
/// # Errors
/// Names the first rule that fails.
pub fn hostname(text: &str) -> Result<(), ValueError> {
    if text.is_empty() {
        return Err(ValueError("a host name cannot be empty".into()));
    }
    if text.len() > 63 {
        return Err(ValueError(format!("`{text}` has {} characters; a host name has at most 63", text.len())));
    }
    if let Some(bad) = text.chars().find(|c| !(c.is_ascii_alphanumeric() || *c == '-')) {
        return Err(ValueError(format!(
            "`{text}` holds `{bad}`; a host name has only a–z, 0–9 and hyphens (RFC 1123)"
        )));
    }
    if text.starts_with('-') || text.ends_with('-') {
        return Err(ValueError(format!("`{text}` starts or ends with a hyphen, which RFC 1123 forbids")));
    }
    Ok(())
}

/// An Ethernet address of one device, written `00:1b:44:11:3a:b7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacAddress([u8; 6]);

impl MacAddress {
    /// The address as a number, to see which ones stand in a row.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte))
    }
}

impl FromStr for MacAddress {
    type Err = ValueError;

    /// Takes the three usual ways to write it: `00:1b:44:11:3a:b7`, `00-1B-44-11-3A-B7`, `001b.4411.3ab7`.
    fn from_str(text: &str) -> Result<Self, ValueError> {
        let bad = || ValueError(format!("`{text}` is not a MAC address like 00:1b:44:11:3a:b7"));
        if let Some(bytes) = usual_mac(text) {
            return single(bytes, text);
        }
        let shape = |separator: char, parts: usize, digits: usize| {
            let mut count = 0;
            text.split(separator).all(|part| {
                count += 1;
                part.len() == digits && part.chars().all(|c| c.is_ascii_hexdigit())
            }) && count == parts
        };
        if !(shape(':', 6, 2) || shape('-', 6, 2) || shape('.', 3, 4)) {
            return Err(bad());
        }
        let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(16)).collect();
        let mut bytes = [0; 6];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
            *byte = u8::try_from(pair.iter().fold(0, |sum, digit| sum * 16 + digit)).map_err(|_| bad())?;
        }
        single(bytes, text)
    }
}

/// Six pairs of digits with colons between them, as most addresses are written.
fn usual_mac(text: &str) -> Option<[u8; 6]> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = [0; 6];
    let mut rest = text.as_bytes();
    for (at, byte) in bytes.iter_mut().enumerate() {
        rest = if at == 0 { rest } else { rest.strip_prefix(b":")? };
        let [high, low, after @ ..] = rest else { return None };
        *byte = digit(*high)? << 4 | digit(*low)?;
        rest = after;
    }
    rest.is_empty().then_some(bytes)
}

/// The address of one device: the lowest bit of the first byte marks a group (IEEE 802), and a group is no host.
fn single(bytes: [u8; 6], text: &str) -> Result<MacAddress, ValueError> {
    if bytes.first().is_some_and(|first| first & 1 == 1) {
        return Err(ValueError(format!("`{text}` is the address of a group, not of one device")));
    }
    if bytes == [0; 6] {
        return Err(ValueError(format!("`{text}` stands for an address that is not known, and no device has it")));
    }
    Ok(MacAddress(bytes))
}

impl fmt::Display for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        f.pad(&parts.join(":"))
    }
}

/// A SHA-256 digest, written as 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Digest(String);

impl Digest {
    /// The digest of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest as _;
        Self(hex(&sha2::Sha256::digest(bytes)))
    }

    /// All 64 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first eight digits, for people.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.get(..8).unwrap_or(&self.0)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Bytes as lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|n| char::from_digit(u32::from(n), 16)).collect()
}

/// Expands `1-3,7` into 1, 2, 3, 7; at most 4,096 numbers.
///
/// # Errors
/// When a part is not a number or a rising range, or there are too many.
pub fn number_ranges(text: &str) -> Result<Vec<u32>, ValueError> {
    // Word processors make dashes of hyphens.
    let bad = |part: &str| {
        let hyphens = part.replace(['–', '—', '−', '‐', '‑'], "-");
        ValueError(if hyphens == part {
            format!("`{part}` in `{text}` is neither a number nor a rising range like 1-24")
        } else {
            format!("the dash in `{part}` is none of the keyboard's: write `{hyphens}`")
        })
    };
    // Most texts are one number.
    if let Some(number) = decimal(text) {
        return Ok(vec![number]);
    }
    let mut numbers = Vec::new();
    for part in text.split(',').map(str::trim) {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let from: u32 = from.trim().parse().map_err(|_| bad(part))?;
        let to: u32 = to.trim().parse().map_err(|_| bad(part))?;
        if to < from {
            return Err(bad(part));
        }
        if (to - from) as usize + numbers.len() >= 4096 {
            return Err(ValueError(format!("`{text}` names more than 4,096 numbers")));
        }
        numbers.extend(from..=to);
    }
    Ok(numbers)
}

/// A number of few digits and nothing else.
fn decimal(text: &str) -> Option<u32> {
    let digits = (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.bytes().fold(0, |number, digit| number * 10 + u32::from(digit - b'0')))
}

/// The names in a list of ports such as `1-4,A1,2/1-2/3,Trk1`, in the order they are named.
///
/// # Errors
/// When a part is no port name (letters, digits and slashes that end in a number, or in a number and one
/// letter), a range changes its prefix or falls, or there are more than 4,096 ports.
pub fn port_ranges(text: &str) -> Result<Vec<String>, ValueError> {
    let bad = |part: &str| ValueError(format!("`{part}` in `{text}` is no port and no rising range of ports"));
    let mut ports = Vec::new();
    for part in text.split(',') {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (port_parts(from), port_parts(to));
        let (Some((head, low, tail)), Some((head_to, high, tail_to))) = (first, last) else { return Err(bad(part)) };
        if head != head_to || tail != tail_to || high < low || (high - low) as usize + ports.len() >= 4096 {
            return Err(bad(part));
        }
        ports.extend((low..=high).map(|number| format!("{head}{number}{tail}")));
    }
    Ok(ports)
}

/// A port name as what stands before its last number, the number, and what stands behind.
fn port_parts(name: &str) -> Option<(&str, u32, &str)> {
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'/') {
        return None;
    }
    let tail = name.len() - usize::from(name.ends_with(|c: char| c.is_ascii_lowercase()));
    let (body, tail) = name.split_at_checked(tail)?;
    let number = body.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (head, digits) = body.split_at_checked(number)?;
    (digits.len() == 1 || !digits.starts_with('0')).then_some(())?;
    Some((head, digits.parse().ok()?, tail))
}

/// Collapses port names into `1-4,A1`, sorted; what is no port name stands as it is.
#[must_use]
pub fn collapse_ports(ports: &[impl AsRef<str>]) -> String {
    let mut sorted: Vec<(&str, &str, u32)> = Vec::new();
    let mut parts: Vec<String> = Vec::new();
    for port in ports.iter().map(AsRef::as_ref) {
        match port_parts(port) {
            Some((head, number, tail)) => sorted.push((head, tail, number)),
            None => parts.push(port.to_owned()),
        }
    }
    sorted.sort_unstable();
    sorted.dedup();
    let mut rest = sorted.as_slice();
    while let Some((&(head, tail, first), _)) = rest.split_first() {
        let run = rest.iter().zip(first..).take_while(|(have, number)| **have == (head, tail, *number)).count().max(1);
        let last = first + u32::try_from(run - 1).unwrap_or(0);
        parts.push(match run {
            1 => format!("{head}{first}{tail}"),
            _ => format!("{head}{first}{tail}-{head}{last}{tail}"),
        });
        rest = rest.get(run..).unwrap_or_default();
    }
    parts.join(",")
}

/// An IPv6 address, with its prefix length where it has one, as RFC 5952 prints it; `None` for any other word.
#[must_use]
pub fn ipv6_as_printed(word: &str) -> Option<String> {
    if !word.contains(':') {
        return None;
    }
    let (address, length) = match word.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (word, None),
    };
    let address = address.parse::<std::net::Ipv6Addr>().ok()?;
    Some(length.map_or_else(|| address.to_string(), |length| format!("{address}/{length}")))
}

/// Collapses sorted ids into `10,20-22`, the way devices print VLAN lists.
#[must_use]
pub fn collapse(ids: &[u16]) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut rest = ids;
    while let Some((&first, _)) = rest.split_first() {
        let run = rest.iter().zip(first..).take_while(|(have, want)| *have == want).count();
        let last = rest.get(run.saturating_sub(1)).copied().unwrap_or(first);
        match run {
            1 => parts.push(first.to_string()),
            2 => parts.push(format!("{first},{last}")),
            _ => parts.push(format!("{first}-{last}")),
        }
        rest = rest.get(run..).unwrap_or_default();
    }
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vlan_ids_stop_at_4094() {
        assert!(VlanId::new(4094).is_ok());
        assert!(VlanId::new(0).is_err());
        assert!(VlanId::new(4095).is_err());
        assert!(VlanId::new(-1).is_err());
    }

    #[test]
    fn a_swedish_letter_is_not_a_host_name() {
        assert!(hostname("aml-karlberg-sw01").is_ok());
        assert!(hostname("Åmål-sw01").unwrap_err().to_string().contains('Å'));
    }

    #[test]
    fn a_mac_address_is_read_however_it_is_written() {
        for text in ["00:1b:44:11:3a:b7", "00-1B-44-11-3A-B7", "001b.4411.3ab7"] {
            assert_eq!(text.parse::<MacAddress>().unwrap().to_string(), "00:1b:44:11:3a:b7");
        }
        for text in ["", "00:1b:44:11:3a", "01:00:5e:00:00:01", "00:1b:44:11:3a:bg", "å0:1b:44:11:3a:b7"] {
            assert!(text.parse::<MacAddress>().is_err(), "{text}");
        }
    }

    #[test]
    fn ranges_expand_and_collapse() {
        assert_eq!(number_ranges("1-3, 7").unwrap(), [1, 2, 3, 7]);
        assert!(number_ranges("3-1").is_err());
        assert!(number_ranges("0-99999").is_err());
        assert_eq!(collapse(&[10, 20, 21, 22, 30, 31]), "10,20-22,30,31");
        assert_eq!(collapse(&[]), "");
    }

    #[test]
    fn port_ranges_expand_and_collapse() {
        let ports = port_ranges("3-4,1,A1,1/A1-1/A2,Trk1,C1i-C2i").unwrap();
        assert_eq!(ports, ["3", "4", "1", "A1", "1/A1", "1/A2", "Trk1", "C1i", "C2i"]);
        assert_eq!(collapse_ports(&ports), "1,3-4,1/A1-1/A2,A1,C1i-C2i,Trk1");
        for wrong in ["", "active", "4-1", "1-A4", "1,,2", "10.0.0.1", "\"1\"", "å1", "1-99999", "01"] {
            assert!(port_ranges(wrong).is_err(), "{wrong}");
        }
    }
}
