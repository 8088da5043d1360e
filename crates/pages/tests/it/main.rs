//! The tests of this crate in one program, which links once.
mod files_and_inbox;
mod pages;
mod reset;
mod samples;
mod visitor;
mod world;
