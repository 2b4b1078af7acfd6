//! The algorithms offered, spelled out: a library's defaults may change, and its host keys include SHA-1.

use std::borrow::Cow;

use russh::keys::ssh_key::{Algorithm, EcdsaCurve, HashAlg};
use russh::{Preferred, cipher, compression, kex, mac};

use crate::model::Algorithms;

const KEX: &[kex::Name] = &[
    kex::MLKEM768X25519_SHA256,
    kex::CURVE25519,
    kex::CURVE25519_PRE_RFC_8731,
    kex::ECDH_SHA2_NISTP256,
    kex::ECDH_SHA2_NISTP384,
    kex::ECDH_SHA2_NISTP521,
    kex::DH_GEX_SHA256,
    kex::DH_G16_SHA512,
    kex::DH_G18_SHA512,
    kex::DH_G14_SHA256,
];
// Group 1 (768 to 1024 bits) stays out: it can be broken while somebody listens.
const KEX_OLD: &[kex::Name] = &[kex::DH_GEX_SHA1, kex::DH_G14_SHA1];
const KEX_MARKS: &[kex::Name] = &[kex::EXTENSION_SUPPORT_AS_CLIENT, kex::EXTENSION_OPENSSH_STRICT_KEX_AS_CLIENT];

const CIPHERS: &[cipher::Name] = &[
    cipher::CHACHA20_POLY1305,
    cipher::AES_256_GCM,
    cipher::AES_128_GCM,
    cipher::AES_256_CTR,
    cipher::AES_192_CTR,
    cipher::AES_128_CTR,
];
const CIPHERS_OLD: &[cipher::Name] = &[cipher::AES_256_CBC, cipher::AES_192_CBC, cipher::AES_128_CBC];

const MACS: &[mac::Name] = &[mac::HMAC_SHA512_ETM, mac::HMAC_SHA256_ETM, mac::HMAC_SHA512, mac::HMAC_SHA256];
const MACS_OLD: &[mac::Name] = &[mac::HMAC_SHA1_ETM, mac::HMAC_SHA1];

const KEYS: &[Algorithm] = &[
    Algorithm::Ed25519,
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 },
    Algorithm::Rsa { hash: Some(HashAlg::Sha512) },
    Algorithm::Rsa { hash: Some(HashAlg::Sha256) },
];
const KEYS_OLD: &[Algorithm] = &[Algorithm::Rsa { hash: None }];

/// What to offer. Kinds of host key in `known` come first: a device that has several must be asked for
/// the one on file, or it looks unknown.
pub(super) fn preferred(profile: Algorithms, known: &[Algorithm]) -> Preferred {
    let legacy = profile == Algorithms::Legacy;
    let mut keys = with_old(KEYS, KEYS_OLD, legacy);
    keys.sort_by_key(|algorithm| !known.iter().any(|have| same_kind(have, algorithm)));
    Preferred {
        kex: Cow::Owned([with_old(KEX, KEX_OLD, legacy), KEX_MARKS.to_vec()].concat()),
        key: Cow::Owned(keys),
        host_key_certificates: Cow::Borrowed(&[]),
        cipher: Cow::Owned(with_old(CIPHERS, CIPHERS_OLD, legacy)),
        mac: Cow::Owned(with_old(MACS, MACS_OLD, legacy)),
        compression: Cow::Borrowed(&[compression::NONE]),
    }
}

/// Whether two algorithms use the same kind of key; the hash of an RSA signature is not part of it.
pub(super) fn same_kind(a: &Algorithm, b: &Algorithm) -> bool {
    let rsa = |algorithm: &Algorithm| matches!(algorithm, Algorithm::Rsa { .. });
    (rsa(a) && rsa(b)) || a == b
}

fn with_old<T: Clone>(new: &[T], old: &[T], legacy: bool) -> Vec<T> {
    if legacy { [new, old].concat() } else { new.to_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modern_has_nothing_of_sha1_or_cbc() {
        let offered = preferred(Algorithms::Modern, &[]);
        let names = offered.kex.iter().map(AsRef::as_ref).chain(offered.cipher.iter().map(AsRef::as_ref));
        let names: Vec<&str> = names.chain(offered.mac.iter().map(AsRef::as_ref)).collect();
        assert!(names.iter().all(|name| !name.contains("sha1") && !name.contains("cbc")), "{names:?}");
        assert!(!offered.key.contains(&Algorithm::Rsa { hash: None }));
        assert!(preferred(Algorithms::Legacy, &[]).key.contains(&Algorithm::Rsa { hash: None }));
    }

    #[test]
    fn the_kind_on_file_is_asked_for_first() {
        let offered = preferred(Algorithms::Modern, &[Algorithm::Rsa { hash: None }]);
        assert_eq!(offered.key[0], Algorithm::Rsa { hash: Some(HashAlg::Sha512) });
        assert_eq!(offered.key[2], Algorithm::Ed25519);
    }
}
