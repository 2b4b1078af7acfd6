//! Secret references, masks and keyed fingerprints.
