//! The hosted pages: sign-in, sign-up, codes, reset, organization choice, inbox.
//!
//! Every page is rendered on the server and works without JavaScript. A page is a struct of
//! [`screens`] (what it shows), a template of the same name (how it reads) and the one stylesheet
//! (how it looks). [`render::render`] joins them; nothing here touches the database.

pub mod assets;
pub mod branding;
pub mod inbox;
mod qr;
pub mod render;
pub mod screens;
pub mod security;
