//! Mail and text messages, from a domain's call to the inbox or the wire.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod carriers;
mod inbox;
mod receiver;
mod rendering;
mod samples;
mod smtp;

use vestibule_kernel::testing::{Domains, World};
use vestibule_messages::{HANDLERS, Mail};

pub(crate) const DOMAINS: Domains = Domains { operations: &[], reactions: &[], handlers: HANDLERS };

/// Has a mail sent, as a domain does.
pub(crate) fn send(world: &World, to: &str, mail: Mail) {
    let to = to.to_owned();
    world.flow().write(move |cx| vestibule_messages::send(cx, &to, mail.clone())).unwrap();
}
