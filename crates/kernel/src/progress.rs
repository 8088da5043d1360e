//! How far something is that takes long.

/// So many parts are done, of so many that there are.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// How many are done.
    pub done: u64,
    /// How many there are.
    pub of: u64,
}
