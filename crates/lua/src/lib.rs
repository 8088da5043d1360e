//! The engine of code mode: runs a program in Luau against a [`Host`], within budgets, in a sandbox.
//!
//! A program reaches nothing but its host: it asks for an action by name, and the host, outside of
//! the machine, adds the credential, applies the policy and sends the request. So what it keeps:
//!
//! - Each session has a machine of its own, on a thread of its own; nothing is left of it afterwards.
//! - Only text is run, never bytecode. There is no file, network, process, `require` or `debug`.
//! - Every budget in [`Limits`] ends the run, whatever the program catches, and a watchdog outside of
//!   the machine ends what the machine itself does not.
//! - Every failure says whether a call was made, and every call is in the log of the [`Outcome`].

mod budget;
mod calls;
mod dump;
mod engine;
mod failure;
mod host;
mod json;
mod limits;
mod machine;
mod names;
mod outcome;
mod regexes;
mod text;

pub use engine::{Engine, Session, SessionOptions};
pub use failure::{Budget, EffectStatus, Failure, FailureKind};
pub use host::{Action, Answer, Call, Docs, Effect, Host, Mcp, Reply};
pub use limits::Limits;
pub use outcome::{CallRecord, CallStatus, Meta, Outcome};
