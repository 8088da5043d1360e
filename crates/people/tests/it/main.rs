//! What the domains of this crate do, through the door that the surfaces use, on each engine.
mod domains;
mod organizations;
mod support;
