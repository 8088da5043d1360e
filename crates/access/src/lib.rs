//! What they may do: API keys.
