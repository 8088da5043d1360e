//! What pages and messages say, in every language that they speak.
//!
//! The words of one language stand in one file of `messages/`, in the format of Project Fluent,
//! where a translator can edit them; they are compiled in, and an operator may put files of their
//! own over them ([`override_with`]). Code names a message by its key and gives it arguments
//! ([`Text`]); which language says it is decided where it is shown ([`Language::say`], or the
//! function [`Say`] in a template).
//!
//! - English is complete. What another language lacks, English says.
//! - A message holds no markup: templates do, and escape what messages say.
//! - A language that is wished for comes from outside: [`choose`] and [`accepted`] read it, bounded.
pub mod check;
mod choose;
mod language;
mod messages;
mod template;
mod text;

pub use choose::{accepted, choose};
pub use language::{Direction, Language};
pub use messages::override_with;
pub use template::{Say, prepare};
pub use text::{Argument, Text};
