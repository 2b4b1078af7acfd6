//! Two configurations and a platform's rules to remediation and rollback.
