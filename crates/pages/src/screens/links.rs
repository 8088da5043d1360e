//! What a link or a device leads to.
use serde::Serialize;

use super::Form;

/// An invitation, before it is accepted.
#[derive(Serialize)]
pub struct Invitation {
    /// Posts nothing but the token, which accepts
    pub form: Form,
    /// Who is invited
    pub email: String,
    /// Organization invited to; none when the invitation is to the application alone
    pub organization: Option<String>,
    /// Name or address of the one who invites
    pub inviter: Option<String>,
}

/// A change of address, before it is made.
#[derive(Serialize)]
pub struct ConfirmEmailChange {
    /// Posts nothing but the token, which makes it
    pub form: Form,
    /// New address
    pub email: String,
}

/// The address has been changed.
#[derive(Serialize)]
pub struct EmailChanged {
    /// New address
    pub email: String,
}

/// Reached by a link that signs in by mail.
#[derive(Serialize)]
pub struct MagicLink {
    /// Posts nothing but the token, which signs in
    pub form: Form,
    /// Who is signed in by it
    pub email: String,
}

/// Reached by the link by which somebody acts as a user.
#[derive(Serialize)]
pub struct Impersonation {
    /// Posts nothing but the token
    pub form: Form,
    /// Address of the user
    pub user: String,
    /// Organization to act in
    pub organization: Option<String>,
    /// Address of whoever acts
    pub impersonator: String,
    /// Why they do
    pub reason: String,
    /// For how long
    pub minutes: u32,
}

/// Asks for the code that a device shows.
#[derive(Serialize)]
pub struct DeviceCode {
    /// Posts `user_code`
    pub form: Form,
    /// Code to begin with, from the link or the last attempt; may be empty
    pub user_code: String,
}

/// Asks whether a device may sign in as whoever is signed in here.
#[derive(Serialize)]
pub struct DeviceApproval {
    /// Posts `decision`: `approve` or `deny`
    pub form: Form,
    /// Code that the device shows
    pub user_code: String,
    /// Who is signed in
    pub email: String,
    /// Organization that they are signed in to
    pub organization: Option<String>,
    /// Address that the device asked from
    pub ip_address: Option<String>,
    /// Program that asked
    pub user_agent: Option<String>,
    /// Posts nothing but the token, to sign in as somebody else
    pub change_action: String,
}

/// It was decided whether a device signs in.
#[derive(Serialize)]
pub struct DeviceDecided {
    /// How
    pub approved: bool,
}
