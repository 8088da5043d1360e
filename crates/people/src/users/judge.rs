//! The risk of an account that an application makes for somebody: judged by whoever knows how, who
//! stands above this crate, and noted for the sign-in that follows.
use vestibule_kernel::id::RadarAttemptId;
use vestibule_kernel::{Cx, Result};

/// Somebody who gets an account, as the application has seen them.
#[derive(Clone, Debug)]
pub struct Newcomer {
    /// The address of the account.
    pub email: String,
    /// The address that they come from.
    pub ip_address: Option<String>,
    /// Their browser.
    pub user_agent: Option<String>,
    /// An ID of signals from their device.
    pub signals_id: Option<String>,
}

/// What judges them; the program has it from its start. The id is that of the judgement; there is
/// none where nothing is judged.
#[derive(Clone, Copy, Debug)]
pub struct Judge(pub fn(&mut Cx<'_>, &Newcomer) -> Result<Option<RadarAttemptId>>);
