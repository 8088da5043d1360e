//! The ground every domain stands on: ids, time, errors, storage and the operation catalogue.
//!
//! Four ideas and no more: an [`Operation`] is one thing the product can do; [`Cx`] is what it may
//! touch; [`db::Tx`] is one transaction on either engine; an [`event::Event`] is a row written in
//! that transaction.
pub mod agent;
pub mod call;
pub mod catalog;
pub mod chance;
pub mod context;
pub mod db;
pub mod environment;
pub mod error;
pub mod event;
pub mod hashing;
pub mod id;
pub mod idempotency;
pub mod job;
mod kept;
pub mod limit;
pub mod list;
pub mod net;
mod operate;
pub mod patch;
pub mod progress;
mod rehearsal;
pub mod sandbox;
pub mod secret;
pub mod setting;
pub mod testing;
pub mod time;

pub use call::{Call, Request};
pub use catalog::{
    Accepted, Access, Created, Effect, Empty, Fine, Flow, Input, Method, NoContent, Op, Operation,
    Redirect, Route, Within, flow, op,
};
pub use context::{App, Caller, Cx, FlowCx, Principal};
pub use error::{Code, Error, Kind, Result};
pub use event::Reaction;
pub use patch::Patch;
