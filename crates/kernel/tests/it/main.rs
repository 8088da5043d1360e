//! The ground, through the door that every surface uses, on each engine.
mod notes;
mod storage;
mod surfaces_of_a_call;
