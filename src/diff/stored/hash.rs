//! The forms in which devices store secrets, and whether a form was made from a text.
//!
//! MD5-crypt (`$1$`, type 5), SHA-crypt (`$5$`, `$6$`), bcrypt, type 4 (SHA-256 without salt), PBKDF2-SHA-256 and scrypt
//! with the vendor's own base64 alphabet (types 8 and 9: 20,000 rounds; N = 16384, r = 1, p = 1), SHA-1 and SHA-256 without
//! salt in hexadecimal, and base64 of 12 bytes of salt with SHA-1 (`AK1`) or SHA-256 (`SH2`) of salt, text and a fixed
//! string. Type 7 and Junos' `$9$` are reversible. `$8$` under a master password and PAN-OS' `-AQ==` are opened by the device
//! alone. FortiOS' `PB2` is base64 of 80 bytes from PBKDF2 in a way that no source tells: it is known by the record of the last
//! push.

use subtle::ConstantTimeEq as _;

/// How a secret is stored that says so itself, by words that no number before a secret can be.
pub(super) fn marked(secret: &str) -> Option<&'static str> {
    const MARKS: [(&str, &str); 11] = [
        ("$1$", "5"),
        ("$5$", "sha256"),
        ("$6$", "sha512"),
        ("$8$", "sealed"),
        ("$9$", "reversible"),
        ("-AQ==", "sealed"),
        ("$2a$", "bcrypt"),
        ("$2b$", "bcrypt"),
        ("$2y$", "bcrypt"),
        ("AK1", "ak1"),
        ("SH2", "sh2"),
    ];
    let found = MARKS.iter().find(|(mark, _)| secret.starts_with(mark)).map(|(_, storage)| *storage)?;
    // Letters alone may begin any password: the length tells.
    let length = match found {
        "ak1" => Some(47),
        "sh2" => Some(63),
        _ => None,
    };
    length.is_none_or(|length| secret.len() == length).then_some(found)
}

/// The same for a number before the secret.
pub(super) fn numbered(number: &str, secret: &str) -> Option<&'static str> {
    match number {
        "4" => Some("4"),
        "5" if secret.starts_with("$1$") => Some("5"),
        "8" if secret.starts_with("$8$") => Some("8"),
        "9" if secret.starts_with("$9$") => Some("9"),
        // Numbers and words alike are said of what says so itself.
        _ => tried(secret),
    }
}

/// How a secret is stored that a clear text can be tried with.
pub(super) fn tried(secret: &str) -> Option<&'static str> {
    marked(secret).filter(|storage| !matches!(*storage, "reversible" | "sealed"))
}

/// The same for a word before the secret.
pub(super) fn worded(word: &str) -> Option<&'static str> {
    match word {
        "sha1" => Some("hex-sha1"),
        "sha256" => Some("hex-sha256"),
        _ => None,
    }
}

/// Whether a stored form was made from a text.
pub(super) fn verify(storage: &str, stored: &str, clear: &str) -> bool {
    let made = match storage {
        "4" => Some(base64(&<sha2::Sha256 as sha2::Digest>::digest(clear))),
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
        "bcrypt" => return bcrypt(clear, stored),
        "ak1" => return salted_first::<sha1::Sha1>(clear, stored),
        "sh2" => return salted_first::<sha2::Sha256>(clear, stored),
        "hex-sha1" => return hexadecimal(&<sha1::Sha1 as sha1::Digest>::digest(clear), stored),
        "hex-sha256" => return hexadecimal(&<sha2::Sha256 as sha2::Digest>::digest(clear), stored),
        _ => None,
    };
    made.is_some_and(|made| made.as_bytes().ct_eq(stored.as_bytes()).into())
}

fn hexadecimal(made: &[u8], stored: &str) -> bool {
    let stored = stored.trim_matches('"').to_ascii_lowercase();
    crate::value::hex(made).as_bytes().ct_eq(stored.as_bytes()).into()
}

/// Whoever asks for more rounds wants to keep us busy: each one more doubles the work.
const MOST_COST: u32 = 14;

fn bcrypt(clear: &str, stored: &str) -> bool {
    let cost = stored.split('$').nth(2).and_then(|cost| cost.parse::<u32>().ok());
    cost.is_some_and(|cost| cost <= MOST_COST) && bcrypt::verify(clear, stored).unwrap_or_default()
}

/// What is hashed behind the text; the same on every device.
const BEHIND: [u8; 24] = [
    0xa3, 0x88, 0xba, 0x2e, 0x42, 0x4c, 0xb0, 0x4a, 0x53, 0x79, 0x30, 0xc1, 0x31, 0x07, 0xcc, 0x3f, 0xa1, 0x32, 0x90,
    0x29, 0xa9, 0x81, 0x5b, 0x70,
];

/// Three letters, then base64 of 12 bytes of salt and the digest.
fn salted_first<D: sha2::Digest>(clear: &str, stored: &str) -> bool {
    use base64::Engine as _;
    let Some(bytes) = stored.get(3..).and_then(|text| base64::engine::general_purpose::STANDARD.decode(text).ok())
    else {
        return false;
    };
    let Some((salt, digest)) = bytes.split_at_checked(12) else { return false };
    let made = D::new().chain_update(salt).chain_update(clear).chain_update(BEHIND).finalize();
    made.as_slice().ct_eq(digest).into()
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

pub(super) fn reveal_shifted(text: &str) -> Option<String> {
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

pub(super) fn reveal_type7(text: &str) -> Option<String> {
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

    fn holds(number: &str, stored: &str, clear: &str) -> bool {
        numbered(number, stored).is_some_and(|storage| verify(storage, stored, clear))
    }

    fn says(stored: &str, clear: &str) -> bool {
        marked(stored).is_some_and(|storage| verify(storage, stored, clear))
    }

    #[test]
    fn stored_forms_hold_their_clear_text() {
        // By `openssl passwd -1`, by the vendors' published examples, and by Python's hashlib.
        assert_eq!(md5_crypt("password", "abcd1234"), "$1$abcd1234$Kx528z52Ohx1JLSzliZmw0");
        assert_eq!(md5_crypt("hunter2hunter2hunter2hunter2", "mERr"), "$1$mERr$0eVaEPwZePX5NSkDjuq1y1");
        let scrypt = "$9$nhEmQVczB7dqsO$X.HsgL6x1il0RxkOSSvyQYwucySCt7qFm4v7pqCxkKM";
        assert!(holds("8", "$8$dsYGNam3K1SIJO$7nv/35M/qr6t.dVc7UY9zrJDWRVqncHub1PE9UlMQFs", "cisco"));
        assert!(holds("9", scrypt, "cisco") && !holds("9", scrypt, "other") && !holds("9", "nonsense", "other"));
        assert!(holds("4", "tnhtc92DXBhelxjYk8LWJrPV36S2i4ntXrpb4RFmfqY", "cisco"));
        assert_eq!(reveal_type7("02050D480809").as_deref(), Some("cisco"));
        assert_eq!(reveal_type7("070C285F4D06").as_deref(), Some("cisco"));
        assert_eq!(reveal_type7("0"), None);
        // By `openssl passwd -5` and `-6`; the rounds are from the specification.
        assert!(says("$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5", "Hello world!"));
        let long = "$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/\
                    YTBmSK6H9qs/y3RnOaw5v.";
        assert!(says(long, "Hello world!") && !says(long, "Hello world"));
        assert!(!says("$6$rounds=999999999$a$b", "x") && !says("$6$", "x"));
    }

    #[test]
    fn bcrypt_is_tried_but_not_for_long() {
        // The published test vectors.
        let stored = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        assert!(says(stored, "U*U") && !says(stored, "U*V"));
        assert!(says(&stored.replace("$2a$", "$2y$"), "U*U") && says(&stored.replace("$2a$", "$2b$"), "U*U"));
        assert!(!says("$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"));
        assert!(!says("$2b$05$short", "U*U") && !says("$2b$", ""));
    }

    #[test]
    fn salted_hashes_with_a_fixed_string_behind() {
        // The published test vectors.
        assert!(says("AK1FCIhM0IUIQVFJgcDFwLCMi7GppdwtRzMyDpFOFxdpH8=", "hashcat"));
        let stored = "SH2+n+OiTlautpJQF1NBcMU2H1otOvlAz9g5wzxwHw+4il3Aiixv9oPtKnRgCc=";
        assert!(says(stored, "a") && !says(stored, "b"));
        assert_eq!(marked("SH2short"), None, "a password may begin so");
    }

    #[test]
    fn the_reversible_form_is_read() {
        // The published example, and one of our own with other letters to begin with.
        assert_eq!(reveal_shifted("$9$LbHX-wg4Z").as_deref(), Some("lc"));
        let same = ["$9$Qn6zznCO1hKMXcyMXN-g4QF3n69hclMW-KWZjHqQz1Rh", "$9$iH.5n/tIEyp0EyeK7Nikq.mftpBEhKIhb24aiH/Ct"];
        let [one, other] = same.map(|stored| reveal_shifted(stored).unwrap());
        assert_eq!(one, other);
        assert_eq!(reveal_shifted("$9$"), None);
    }
}
