//! Two configurations and a platform's rules to remediation and rollback.

/// One line as it is typed, or fed on standard input: section headers and exits included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptLine {
    /// How many sections it stands in.
    pub depth: usize,
    /// The line without indentation or line end.
    pub text: String,
}
