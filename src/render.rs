//! Model and platform to intended configuration text.
