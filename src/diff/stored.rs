//! Secrets as devices store them: whether a stored form holds a given clear text.
//!
//! Hashes differ from device to device and from day to day (random salt), so they are compared by
//! verifying, never as text. Formats: MD5-crypt (`$1$salt$…`, type 5), SHA-crypt (`$5$`, `$6$`), the reversible
//! type 7 and `$9$`, and PBKDF2-SHA-256 and scrypt with the vendor's own base64 alphabet (types 8 and 9: 20,000 rounds;
//! N = 16384, r = 1, p = 1).

use subtle::ConstantTimeEq as _;

use crate::platform::rules::{Rules, SecretKind};

/// A line cut at its secret.
struct Cut<'l> {
    before: &'l str,
    storage: Option<&'l str>,
    secret: &'l str,
    after: &'l str,
    kind: SecretKind,
    fresh: bool,
}

impl Cut<'_> {
    /// Whether only the device can open it.
    fn is_sealed(&self) -> bool {
        self.kind == SecretKind::Sealed && !matches!(self.storage, None | Some("plaintext" | "cleartext" | "0"))
    }
}

/// Whether two lines differ in the stored form of one secret only.
pub(crate) fn same_line(rules: &Rules, running: &str, intended: &str) -> bool {
    let (Some(have), Some(want)) = (cut(rules, running), cut(rules, intended)) else { return false };
    have.before == want.before
        && have.after == want.after
        && have.kind == want.kind
        && match have.kind {
            SecretKind::Plain => have.secret == want.secret,
            SecretKind::Worded => same_word(have.storage, have.secret, want.storage, want.secret),
            SecretKind::Numbered => same(have.storage, have.secret, want.storage, want.secret),
            SecretKind::Marked => same(marked(have.secret), have.secret, marked(want.secret), want.secret),
            SecretKind::Sealed => {
                let sealed = have.is_sealed();
                sealed == want.is_sealed() && (have.secret == want.secret || (sealed && have.fresh && want.fresh))
            }
        }
}

/// The line with its secrets replaced by `⟪secret⟫`, for people.
pub(crate) fn masked(rules: &Rules, line: &str) -> String {
    match cut(rules, line) {
        // The rest is masked too: a line may hold a second secret.
        Some(cut) => format!("{}⟪secret⟫{}", cut.before, masked(rules, cut.after)),
        None => line.to_owned(),
    }
}

fn cut<'l>(rules: &Rules, line: &'l str) -> Option<Cut<'l>> {
    rules.secrets.iter().find_map(|position| {
        let found = position.pattern.captures(line)?;
        let secret = found.name("secret")?;
        let storage = found.name("type");
        let start = storage.map_or(secret.start(), |storage| storage.start());
        Some(Cut {
            before: line.get(..start)?,
            storage: storage.map(|storage| storage.as_str()),
            secret: secret.as_str(),
            after: line.get(secret.end()..)?,
            kind: position.kind,
            fresh: position.fresh,
        })
    })
}

/// How a secret is stored that says so itself, by words that no number before a secret can be.
fn marked(secret: &str) -> Option<&'static str> {
    let marks = [("$1$", "5"), ("$5$", "sha256"), ("$6$", "sha512"), ("$9$", "reversible")];
    marks.iter().find(|(mark, _)| secret.starts_with(mark)).map(|(_, storage)| *storage)
}

/// The same for words before the secret, quotes left aside.
fn same_word(have_word: Option<&str>, have: &str, want_word: Option<&str>, want: &str) -> bool {
    let (have, want) = (have.trim_matches('"'), want.trim_matches('"'));
    let hashed = |word: Option<&str>, clear: &str| match word {
        Some("sha1") => Some(crate::value::hex(&<sha1::Sha1 as sha1::Digest>::digest(clear))),
        Some("sha256") => Some(crate::value::hex(&<sha2::Sha256 as sha2::Digest>::digest(clear))),
        _ => None,
    };
    let is = |made: Option<String>, stored: &str| {
        made.is_some_and(|made| made.as_bytes().ct_eq(stored.to_ascii_lowercase().as_bytes()).into())
    };
    match (have_word, want_word) {
        (a, b) if a == b => have.as_bytes().ct_eq(want.as_bytes()).into(),
        (word, Some("plaintext")) => is(hashed(word, want), have),
        (Some("plaintext"), word) => is(hashed(word, have), want),
        _ => false,
    }
}

fn same(have_type: Option<&str>, have: &str, want_type: Option<&str>, want: &str) -> bool {
    let (have_type, want_type) = (have_type.unwrap_or("0"), want_type.unwrap_or("0"));
    if have_type == want_type && have == want {
        return true;
    }
    match (clear(have_type, have), clear(want_type, want)) {
        (Some(have), Some(want)) => have.as_bytes().ct_eq(want.as_bytes()).into(),
        (None, Some(want)) => verify(have_type, have, &want),
        (Some(have), None) => verify(want_type, want, &have),
        // Two hashes of unknown text: only the text could tell.
        (None, None) => false,
    }
}

/// The clear text, where the storage hides none.
fn clear(storage: &str, text: &str) -> Option<String> {
    match storage {
        "0" => Some(text.to_owned()),
        "7" => reveal_type7(text),
        "reversible" => reveal_shifted(text),
        _ => None,
    }
}

fn verify(storage: &str, stored: &str, clear: &str) -> bool {
    let made = match storage {
        "5" => stored.strip_prefix("$1$").and_then(|rest| rest.split_once('$')).map(|(salt, _)| md5_crypt(clear, salt)),
        "8" => salted(stored, "$8$").map(|salt| {
            let mut key = [0_u8; 32];
            pbkdf2::pbkdf2_hmac::<sha2::Sha256>(clear.as_bytes(), salt.as_bytes(), 20_000, &mut key);
            format!("$8${salt}${}", base64(&key))
        }),
        "9" => salted(stored, "$9$").and_then(|salt| {
            let mut key = [0_u8; 32];
            let params = scrypt::Params::new(14, 1, 1).ok()?;
            scrypt::scrypt(clear.as_bytes(), salt.as_bytes(), &params, &mut key).ok()?;
            Some(format!("$9${salt}${}", base64(&key)))
        }),
        "sha256" | "sha512" => sha_crypt(clear, stored),
        _ => None,
    };
    made.is_some_and(|made| made.as_bytes().ct_eq(stored.as_bytes()).into())
}

fn salted<'s>(stored: &'s str, mark: &str) -> Option<&'s str> {
    stored.strip_prefix(mark)?.split_once('$').map(|(salt, _)| salt)
}

const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

fn letter(value: u32) -> char {
    ALPHABET.get(value as usize & 63).copied().map_or('.', char::from)
}

/// Base64 as RFC 4648 groups it, but with crypt's alphabet and no padding.
fn base64(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0_u32, |all, &byte| all << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            out.push(letter(group >> (18 - 6 * place)));
        }
    }
    out
}

/// MD5-crypt as FreeBSD defined it, with up to eight characters of salt.
fn md5_crypt(clear: &str, salt: &str) -> String {
    use md5::{Digest as _, Md5};
    let clear = clear.as_bytes();
    let salt = salt.get(..salt.len().min(8)).unwrap_or(salt);
    let inner = Md5::new().chain_update(clear).chain_update(salt).chain_update(clear).finalize();
    let mut outer = Md5::new().chain_update(clear).chain_update("$1$").chain_update(salt);
    outer.update(inner.iter().copied().cycle().take(clear.len()).collect::<Vec<u8>>());
    let mut length = clear.len();
    while length > 0 {
        // The reference hashes a zero byte, or the first of the password, per bit of the length.
        outer.update(if length & 1 == 1 { &[0] } else { clear.get(..1).unwrap_or_default() });
        length >>= 1;
    }
    let mut key = outer.finalize();
    for round in 0..1000 {
        let mut next = Md5::new();
        let odd = round % 2 == 1;
        next.update(if odd { clear } else { key.as_slice() });
        if round % 3 != 0 {
            next.update(salt);
        }
        if round % 7 != 0 {
            next.update(clear);
        }
        next.update(if odd { key.as_slice() } else { clear });
        key = next.finalize();
    }
    let byte = |at: usize| key.get(at).copied().map_or(0, u32::from);
    let mut out = format!("$1${salt}$");
    let mut put = |mut value: u32, letters: usize| {
        for _ in 0..letters {
            out.push(letter(value));
            value >>= 6;
        }
    };
    for (a, b, c) in [(0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5)] {
        put(byte(a) << 16 | byte(b) << 8 | byte(c), 4);
    }
    put(byte(11), 2);
    out
}

/// SHA-crypt of a clear text with the salt and the rounds of a stored one.
fn sha_crypt(clear: &str, stored: &str) -> Option<String> {
    let (kind, rest) = (stored.get(..3)?, stored.get(3..)?);
    let (rounds, rest) = match rest.strip_prefix("rounds=").and_then(|rest| rest.split_once('$')) {
        Some((rounds, rest)) => (Some(rounds.parse::<u32>().ok()?), rest),
        None => (None, rest),
    };
    let salt = rest.split('$').next()?;
    // Whoever asks for more wants to keep us busy.
    let params =
        sha_crypt::Params::new(rounds.unwrap_or(5_000)).ok().filter(|_| rounds.is_none_or(|n| n <= 500_000))?;
    let (clear, bytes) = (clear.as_bytes(), salt.as_bytes());
    let text = if kind == "$5$" {
        shuffled(&sha_crypt::sha256_crypt(clear, bytes, params), &SHA256_ORDER)
    } else {
        shuffled(&sha_crypt::sha512_crypt(clear, bytes, params), &SHA512_ORDER)
    };
    let said = rounds.map_or_else(String::new, |rounds| format!("rounds={rounds}$"));
    Some(format!("{kind}{said}{salt}${text}"))
}

/// In which order SHA-crypt writes the bytes of its result, three at a time.
const SHA256_ORDER: [[usize; 3]; 11] = [
    [0, 10, 20],
    [21, 1, 11],
    [12, 22, 2],
    [3, 13, 23],
    [24, 4, 14],
    [15, 25, 5],
    [6, 16, 26],
    [27, 7, 17],
    [18, 28, 8],
    [9, 19, 29],
    [usize::MAX, 31, 30],
];
const SHA512_ORDER: [[usize; 3]; 22] = [
    [0, 21, 42],
    [22, 43, 1],
    [44, 2, 23],
    [3, 24, 45],
    [25, 46, 4],
    [47, 5, 26],
    [6, 27, 48],
    [28, 49, 7],
    [50, 8, 29],
    [9, 30, 51],
    [31, 52, 10],
    [53, 11, 32],
    [12, 33, 54],
    [34, 55, 13],
    [56, 14, 35],
    [15, 36, 57],
    [37, 58, 16],
    [59, 17, 38],
    [18, 39, 60],
    [40, 61, 19],
    [62, 20, 41],
    [usize::MAX, usize::MAX, 63],
];

fn shuffled(bytes: &[u8], order: &[[usize; 3]]) -> String {
    let mut out = String::new();
    for group in order {
        let mut value = group.iter().fold(0, |all, at| all << 8 | bytes.get(*at).copied().map_or(0, u32::from));
        let given = group.iter().filter(|at| **at < bytes.len()).count();
        for _ in 0..=given {
            out.push(letter(value));
            value >>= 6;
        }
    }
    out
}

/// The families of letters that the `$9$` form is made of; as type 7, it only keeps eyes off.
const FAMILIES: [&str; 4] = ["QzF3n6/9CAtpu0O", "B1IREhcSyrleKvMW8LXx", "7N-dVbwsY2g4oaJZGUDj", "iHkq.mPf5T"];

/// For each letter of the clear text, what the distances between the stored letters count for.
const DISTANCES: [&[i64]; 7] =
    [&[1, 4, 32], &[1, 16, 32], &[1, 8, 32], &[1, 64], &[1, 32], &[1, 4, 16, 128], &[1, 32, 64]];

fn reveal_shifted(text: &str) -> Option<String> {
    let letters = FAMILIES.concat();
    let size = i64::try_from(letters.len()).ok()?;
    let place = |letter: char| letters.find(letter).and_then(|at| i64::try_from(at).ok());
    let mut rest = text.strip_prefix("$9$")?.chars();
    let first = rest.next()?;
    // Up to three letters mean nothing, the fewer the later the family of the first.
    let family = FAMILIES.iter().position(|family| family.contains(first))?;
    for _ in 0..3_usize.checked_sub(family)? {
        rest.next()?;
    }
    let mut before = place(first)?;
    let mut clear = Vec::new();
    let mut rest = rest.peekable();
    while rest.peek().is_some() {
        let weights = DISTANCES.get(clear.len() % DISTANCES.len())?;
        let mut value = 0;
        for weight in *weights {
            let here = place(rest.next()?)?;
            value += ((here - before).rem_euclid(size) - 1) * weight;
            before = here;
        }
        clear.push(u8::try_from(value.rem_euclid(256)).ok()?);
    }
    String::from_utf8(clear).ok()
}

/// The fixed key of type 7; it is obfuscation, published since 1995.
const TYPE7: &[u8] = b"dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87";

fn reveal_type7(text: &str) -> Option<String> {
    let start: usize = text.get(..2)?.parse().ok()?;
    let hex = text.get(2..)?;
    let mut clear = Vec::new();
    for (at, pair) in hex.as_bytes().chunks(2).enumerate() {
        let byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        clear.push(byte ^ TYPE7.get((start + at) % TYPE7.len())?);
    }
    String::from_utf8(clear).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_forms_hold_their_clear_text() {
        // By `openssl passwd -1`, by the vendors' published examples, and by Python's hashlib.
        assert_eq!(md5_crypt("password", "abcd1234"), "$1$abcd1234$Kx528z52Ohx1JLSzliZmw0");
        assert_eq!(md5_crypt("hunter2hunter2hunter2hunter2", "mERr"), "$1$mERr$0eVaEPwZePX5NSkDjuq1y1");
        assert!(same(Some("8"), "$8$dsYGNam3K1SIJO$7nv/35M/qr6t.dVc7UY9zrJDWRVqncHub1PE9UlMQFs", None, "cisco"));
        assert!(same(Some("9"), "$9$nhEmQVczB7dqsO$X.HsgL6x1il0RxkOSSvyQYwucySCt7qFm4v7pqCxkKM", Some("0"), "cisco"));
        assert!(same(Some("7"), "02050D480809", Some("0"), "cisco"));
        assert!(same(Some("7"), "02050D480809", Some("7"), "070C285F4D06"));
        assert!(!same(Some("7"), "02050D480809", Some("0"), "Cisco"));
        assert!(!same(Some("9"), "$9$nhEmQVczB7dqsO$X.HsgL6x1il0RxkOSSvyQYwucySCt7qFm4v7pqCxkKM", None, "other"));
        assert!(!same(Some("9"), "nonsense", None, "other"));
        assert!(!same(Some("7"), "0", None, "å"));
        // By `openssl passwd -5` and `-6`; the rounds are from the specification.
        let kept = |have: &str, want: &str| same(marked(have), have, marked(want), want);
        assert!(kept("$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5", "Hello world!"));
        let long = "$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/\
                    YTBmSK6H9qs/y3RnOaw5v.";
        assert!(kept("Hello world!", long));
        assert!(!kept(long, "Hello world"));
        assert!(!kept("$6$rounds=999999999$a$b", "x") && !kept("$6$", "x") && !kept("$9$", "x"));
        // The published example of the reversible form, and one of our own with other letters to begin with.
        assert!(kept("$9$LbHX-wg4Z", "lc") && !kept("$9$LbHX-wg4Z", "lb"));
        assert!(kept(
            "$9$Qn6zznCO1hKMXcyMXN-g4QF3n69hclMW-KWZjHqQz1Rh",
            "$9$iH.5n/tIEyp0EyeK7Nikq.mftpBEhKIhb24aiH/Ct"
        ));
    }
}
