//! A sign-in by a connection that signs nobody in: an administrator sees what came back.
//!
//! All of it is real but its end. Browser and identity provider do what they do for anybody, the profile
//! is kept and told of, and a connection that nobody had signed in by is active from then on. The code
//! leads to the page that asked, which shows the profile; no user is made, and no session.
use vestibule_kernel::id::ConnectionId;
use vestibule_kernel::limit::Limit;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{Code, Cx, Error, FlowCx, Result};
use vestibule_signin::authorize::Hints;
use vestibule_signin::authorize::codes::{self, Given, Granted, Redeemed};

use crate::connections;
use crate::social::{Departure, Leaving, Purpose, client_of, depart};
use crate::sso::{self, Asked, Profile, Session};

/// The code of the refusal to try a connection that signs nobody in.
pub const SWITCHED_OFF: Code = "connection_switched_off";
/// How often a connection is tried.
const TRIALS: Limit =
    Limit { name: "sso.trial", uses_max: 10, window: 60, code: "too_many_requests" };

/// Sends a browser to the identity provider of a connection, to come back to this page of ours.
pub fn begin(flow: &FlowCx, id: &ConnectionId, page: &str) -> Result<Departure> {
    flow.limit(TRIALS, id.as_str())?;
    let (id, redirect_uri) = (id.clone(), page.to_owned());
    flow.write(move |cx| {
        let found = connections::provider(cx, &id)?.filter(|it| it.enabled);
        let provider = found.ok_or_else(|| {
            Error::bad_request(SWITCHED_OFF, "The connection signs nobody in: switch it on first.")
        })?;
        let asked = Asked {
            client_id: client_of(cx)?.to_string(),
            redirect_uri: redirect_uri.clone(),
            state: None,
            code_challenge: None,
            session: Session::new(cx),
        };
        let leaving = Leaving {
            provider: &provider,
            login_hint: None,
            hints: &Hints::default(),
            purpose: Purpose::Sso(asked),
        };
        depart(cx, leaving)
    })
}

/// Who came back to this page with this code by this connection; none where the code is good no more.
pub fn end(
    cx: &mut Cx<'_>,
    id: &ConnectionId,
    page: &str,
    code: &Secret,
) -> Result<Option<Profile>> {
    let given = Given { code_verifier: None, redirect_uri: Some(page) };
    match codes::redeem_account(cx, code, given)? {
        Redeemed::Good(Granted::Account(account)) => match account.profile_id {
            Some(profile) => Ok(sso::profile(cx, &profile)?.filter(|it| it.connection_id == *id)),
            None => Ok(None),
        },
        Redeemed::Good(Granted::Session(_))
        | Redeemed::Invalid
        | Redeemed::VerifierMissing
        | Redeemed::ChallengeMissing => Ok(None),
    }
}
