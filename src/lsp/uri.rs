//! `file:` URIs and paths: percent-encoding, spaces, letters beyond ASCII.

use std::path::{Path, PathBuf};

/// The path a URI names; `None` for what is no file here. Clients that do not encode are understood too.
#[must_use]
pub(super) fn path(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file:")?;
    let rest = match rest.strip_prefix("//") {
        // An authority may name this machine.
        Some(rest) => rest.strip_prefix("localhost").unwrap_or(rest),
        None => rest,
    };
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    if !rest.starts_with('/') {
        return None;
    }
    let mut bytes = Vec::with_capacity(rest.len());
    let mut left = rest.as_bytes();
    while let Some((&byte, after)) = left.split_first() {
        let pair = match (byte, after) {
            (b'%', [high, low, tail @ ..]) => digit(*high).zip(digit(*low)).map(|(high, low)| (high << 4 | low, tail)),
            _ => None,
        };
        let (byte, after) = pair.unwrap_or((byte, after));
        bytes.push(byte);
        left = after;
    }
    // A zero byte is in no path, and the system would refuse it with an odd word.
    if bytes.contains(&0) {
        return None;
    }
    path_of(bytes)
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere, bytes may be no path")]
fn path_of(bytes: Vec<u8>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt as _;
    Some(PathBuf::from(std::ffi::OsString::from_vec(bytes)))
}

#[cfg(not(unix))]
fn path_of(bytes: Vec<u8>) -> Option<PathBuf> {
    let text = String::from_utf8(bytes).ok()?;
    // `/c:/folder` names a drive.
    let drive = text.get(1..3).is_some_and(|drive| drive.ends_with(':'));
    Some(PathBuf::from(if drive { text.trim_start_matches('/').to_owned() } else { text }))
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// The URI of an absolute path.
#[must_use]
pub(super) fn uri(path: &Path) -> String {
    let mut uri = "file://".to_owned();
    for &byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_spaces_go_there_and_back() {
        let folder = Path::new("/srv/Åmåls kommun/nät 100%/vlans.yaml");
        assert_eq!(uri(folder), "file:///srv/%C3%85m%C3%A5ls%20kommun/n%C3%A4t%20100%25/vlans.yaml");
        assert_eq!(path(&uri(folder)).as_deref(), Some(folder));
        assert_eq!(path("file:///srv/Åmåls kommun/nät 100%/vlans.yaml").as_deref(), Some(folder));
        assert_eq!(path("file://localhost/a%2fb"), Some(PathBuf::from("/a/b")));
    }

    #[test]
    fn what_is_no_file_here_has_no_path() {
        for other in
            ["untitled:Untitled-1", "https://example.org/a.yaml", "file://server/share/a.yaml", "file:///a%00b", ""]
        {
            assert_eq!(path(other), None, "{other}");
        }
    }
}
