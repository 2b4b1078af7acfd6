//! What happens with bad input.
