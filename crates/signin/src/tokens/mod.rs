//! What proves who is signed in: signing keys, access tokens, and the claims that an environment
//! adds to them.
//!
//! - A token is signed with RS256 and by nothing else; a verifier finds the key by its `kid`.
//! - A token is of one kind, and is taken for no other.
//! - A key is published before it signs, and stays published until the last token that it signed
//!   has expired.
//! - Private keys are sealed in the database and parsed once per process.
mod access_token;
mod cookie;
mod jwks;
mod jwt_template;
pub mod keys;
mod settings;
mod signed;
mod store;
pub mod template;

pub(crate) use access_token::issuer;
pub use access_token::{Verified, authentic, claims, verify};
pub use cookie::{remark, remark_later};
pub use jwks::{GetJwks, Jwk, Jwks};
pub use jwt_template::{GetJwtTemplate, JwtTemplate, UpdateJwtTemplate};
pub use keys::{prepare, rotate};
pub use settings::{GetTokenClaims, TokenClaims, UpdateTokenClaims};
pub use signed::{TokenKind, environment_of, read, sign};
use vestibule_kernel::{Op, flow, op};

/// The operations of this module.
pub const OPERATIONS: &[Op] = &[
    flow::<GetJwks>(),
    op::<GetJwtTemplate>(),
    op::<UpdateJwtTemplate>(),
    op::<GetTokenClaims>(),
    op::<UpdateTokenClaims>(),
];
