//! Hosted sign-in: how a browser comes from an application, and how it goes back with a code.
//!
//! `GET /user_management/authorize` checks what the application asks for, keeps it as an
//! [`AuthorizationRequest`] and sends the browser to `/authkit/{id}`; or straight back with a code,
//! where the browser is signed in already and nothing asks for more.
//!
//! # For the author of the pages
//!
//! - [`open`] gives the request that a browser came with and doors to its environment. It answers
//!   none where the request is unknown, too old or of another browser: a request is bound to the
//!   browser that began it by the cookie [`browser::BINDING`], so that nobody can go on with a
//!   sign-in that another has begun. The value of that cookie is a good seed for a CSRF token too.
//! - [`AuthorizationRequest::visitor`] and [`AuthorizationRequest::wish`] are what the functions of
//!   [`crate::authenticate::credentials`] and [`crate::authenticate::steps`] take.
//! - Keep the token of a step with [`keep_pending`]; [`AuthorizationRequest::pending`] has it on the
//!   next page, and [`crate::authenticate::attempt::waiting`] tells what to show. Whatever else the
//!   pages remember goes into [`keep_page_state`] and comes back as [`AuthorizationRequest::page_state`].
//! - When somebody is in, [`finish`] gives the address to go to and the cookies to set.
//!   [`refuse`] gives the address for somebody who turned back.
//! - A page that was not reached from an application (a link in a mail) begins with [`begin`].
mod at_once;
pub mod browser;
pub mod codes;
mod operation;
mod request;

use vestibule_kernel::{Op, op};

pub use operation::{Authorize, PARAMETERS_MAX, SCOPES_MAX};
pub use request::{
    AuthorizationRequest, Begun, Finished, Hints, NewRequest, ScreenHint, Selector, Theme, begin,
    begin_for_device, bring, finish, keep_page_state, keep_pending, open, path, refuse,
};
pub(crate) use request::{forget, grant_default};

/// Where the page is that tells somebody that they are signed out.
pub const SIGNED_OUT: &str = "/signed-out";

/// The operations of this module.
pub const OPERATIONS: &[Op] = &[op::<Authorize>()];
