//! The tests of this crate in one program, which links once.
mod files_and_inbox;
mod pages;
mod samples;
mod visitor;
