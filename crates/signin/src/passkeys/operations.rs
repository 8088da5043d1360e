//! What applications can do with passkeys that build their own pages for them.
//!
//! Options go to the browser, its answer comes back with their token. An application that has the
//! secret key answers for who the user is, as it does for every other factor.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::id::{AuthenticationFactorId, ClientId, OrganizationId, UserId};
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{
    Code, Created, Cx, Error, Fine, Flow, FlowCx, Method, Operation, Result, Route, Within,
    environment,
};
use vestibule_people::users;

use super::challenges::TOKEN_BYTES_MAX;
use super::{
    Answer, Begun, CreationOptions, INVALID_CHALLENGE, INVALID_CREDENTIAL, METHOD_NOT_ALLOWED,
    NAME_CHARACTERS_MAX, NO_RELYING_PARTY, NewCredential, PASSKEY_ALREADY_REGISTERED,
    PASSKEY_CLONED, PASSKEY_NOT_REGISTERED, Passkey, Place, RequestOptions, TOO_MANY_PASSKEYS,
    UsedCredential, store,
};
use crate::authenticate::attempt::{Delivery, Seen, Visitor, Wish};
use crate::authenticate::refusals::{AFTER_CREDENTIAL, joined};
use crate::authenticate::{Welcome, guessing, passkeys, welcome};

/// How the proof of a passkey is refused.
const PROVING: &[Code] = &[
    INVALID_CHALLENGE,
    INVALID_CREDENTIAL,
    METHOD_NOT_ALLOWED,
    NO_RELYING_PARTY,
    PASSKEY_CLONED,
    PASSKEY_NOT_REGISTERED,
];
/// How the answer to the offer of a passkey is refused.
const ENROLLING: &[Code] = &[
    INVALID_CHALLENGE,
    INVALID_CREDENTIAL,
    METHOD_NOT_ALLOWED,
    NO_RELYING_PARTY,
    PASSKEY_ALREADY_REGISTERED,
    TOO_MANY_PASSKEYS,
    "user_mismatch",
];

/// What a browser is to be asked
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Passkey{T}")]
pub struct Asked<T> {
    /// Token to give back with the answer; good for one answer, within ten minutes
    challenge: String,
    /// Options for `navigator.credentials`
    public_key: T,
}

impl<T> From<Begun<T>> for Asked<T> {
    fn from(begun: Begun<T>) -> Self {
        let Begun { challenge, options } = begun;
        Self { challenge: challenge.reveal().to_owned(), public_key: options }
    }
}

/// Ask a browser to make a passkey for a user
///
/// Give `public_key` to `PublicKeyCredential.parseCreationOptionsFromJSON()` and on to
/// `navigator.credentials.create()`, and what that gives to the verification, with `challenge`.
#[derive(Deserialize, JsonSchema)]
pub struct BeginRegistration {
    /// ID of the user, who must be known to be at the browser
    user_id: UserId,
}

impl Operation for BeginRegistration {
    const ID: &'static str = "passkeys.begin_registration";
    const ROUTE: Route = Route(Method::Post, "/vestibule/v1/passkeys/registration/options");
    const EXTENSION: bool = true;
    const FAILS: &'static [Code] = &[METHOD_NOT_ALLOWED, NO_RELYING_PARTY, TOO_MANY_PASSKEYS];
    const STATUSES: &'static [u16] = &[404];
    const SECRETS: &'static [&'static str] = &["challenge"];
    type Reply = Created<Asked<CreationOptions>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { user_id } = self;
        let user = users::find(cx, &user_id)?;
        let begun = super::begin_registration(cx, &Place::Api, &user)?;
        Ok(Created(begun.into()))
    }
}

/// Register the passkey that a browser made
#[derive(Deserialize, JsonSchema)]
pub struct FinishRegistration {
    /// Token that came with the options
    #[schemars(length(max = TOKEN_BYTES_MAX))]
    challenge: Secret,
    /// What `navigator.credentials.create()` gave, as its `toJSON()` writes it
    credential: NewCredential,
    /// What the user calls it; by default the name of the authenticator
    #[schemars(length(max = NAME_CHARACTERS_MAX))]
    name: Option<String>,
}

impl Flow for FinishRegistration {
    const ID: &'static str = "passkeys.finish_registration";
    const ROUTE: Route = Route(Method::Post, "/vestibule/v1/passkeys/registration/verify");
    const EXTENSION: bool = true;
    const FAILS: &'static [Code] = &[
        INVALID_CHALLENGE,
        INVALID_CREDENTIAL,
        METHOD_NOT_ALLOWED,
        NO_RELYING_PARTY,
        PASSKEY_ALREADY_REGISTERED,
        TOO_MANY_PASSKEYS,
    ];
    const STATUSES: &'static [u16] = &[409];
    type Reply = Created<Passkey>;

    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        let Self { challenge, credential, name } = self;
        let answer = Answer { challenge, place: Place::Api, credential };
        flow.write(move |cx| super::register(cx, &answer, name.as_deref()))?.map(Created)
    }
}

/// Ask a browser to prove a passkey
///
/// Without a user, the browser offers all passkeys that it has for the domain, also in the list that
/// a field for the address opens (`mediation: "conditional"`).
#[derive(Deserialize, JsonSchema)]
pub struct BeginAuthentication {
    /// ID of the user whose passkeys will do. Leave it out where nobody has shown yet who they are:
    /// with it, the options tell how many passkeys the user has
    user_id: Option<UserId>,
}

impl Operation for BeginAuthentication {
    const ID: &'static str = "passkeys.begin_authentication";
    const ROUTE: Route = Route(Method::Post, "/vestibule/v1/passkeys/authentication/options");
    const EXTENSION: bool = true;
    const FAILS: &'static [Code] = &[METHOD_NOT_ALLOWED, NO_RELYING_PARTY];
    const STATUSES: &'static [u16] = &[404];
    const SECRETS: &'static [&'static str] = &["challenge"];
    type Reply = Created<Asked<RequestOptions>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { user_id } = self;
        let user = user_id.map(|id| users::find(cx, &id)).transpose()?;
        let begun = super::begin_authentication(cx, &Place::Api, user.as_ref())?;
        Ok(Created(begun.into()))
    }
}

/// Sign a user in with a passkey
///
/// The answer is that of `POST /user_management/authenticate`, and so is that of the next step,
/// where there is one.
#[derive(Deserialize, JsonSchema)]
pub struct FinishAuthentication {
    /// Token that came with the options
    #[schemars(length(max = TOKEN_BYTES_MAX))]
    challenge: Secret,
    /// What `navigator.credentials.get()` gave, as its `toJSON()` writes it
    credential: UsedCredential,
    /// Organization to sign in to
    organization_id: Option<OrganizationId>,
    /// Invitation that is accepted by signing in
    invitation_token: Option<Secret>,
    #[serde(flatten)]
    whence: Whence,
}

impl Flow for FinishAuthentication {
    const ID: &'static str = "passkeys.finish_authentication";
    const ROUTE: Route = Route(Method::Post, "/vestibule/v1/passkeys/authentication/verify");
    // Somebody who signs in is let into what they choose.
    const WITHIN: Within = Within::Nowhere;
    const EXTENSION: bool = true;
    const FAILS: &'static [Code] =
        &joined::<{ PROVING.len() + AFTER_CREDENTIAL.len() }>(PROVING, AFTER_CREDENTIAL);
    const STATUSES: &'static [u16] = &[400, 403, 404, 422, 429];
    const SECRETS: &'static [&'static str] = &["access_token", "refresh_token"];
    type Reply = Welcome;

    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        let Self { challenge, credential, organization_id, invitation_token, whence } = self;
        let visitor = whence.visitor(flow)?;
        let invitation_token = invitation_token.filter(|it| !it.reveal().is_empty());
        let wish = Wish { invitation_token, organization_id, ..Wish::default() };
        let answer = Answer { challenge, place: Place::Api, credential };
        welcome(flow, || {
            // The application's own address says nothing about its users.
            guessing::guarded(flow, whence.ip_address.as_deref(), || {
                passkeys::sign_in(flow, &visitor, &wish, answer, None)
            })
        })
    }
}

/// Take or decline the offer of a passkey
///
/// For a sign-in that was answered with `passkey_progressive_enrollment`. With a credential, the
/// passkey is registered, without one the offer is declined; either way the sign-in goes on. Nobody
/// is offered one twice within 14 days, so trying the sign-in again goes on too.
#[derive(Deserialize, JsonSchema)]
pub struct FinishEnrollment {
    /// Token of the sign-in that waits
    pending_authentication_token: Secret,
    /// Token that came with the options of a registration
    #[schemars(length(max = TOKEN_BYTES_MAX))]
    challenge: Option<Secret>,
    /// What `navigator.credentials.create()` gave, as its `toJSON()` writes it
    credential: Option<NewCredential>,
    /// What the user calls it; by default the name of the authenticator
    #[schemars(length(max = NAME_CHARACTERS_MAX))]
    name: Option<String>,
    #[serde(flatten)]
    whence: Whence,
}

impl Flow for FinishEnrollment {
    const ID: &'static str = "passkeys.finish_enrollment";
    const ROUTE: Route = Route(Method::Post, "/vestibule/v1/passkeys/enrollment/verify");
    const EXTENSION: bool = true;
    const FAILS: &'static [Code] =
        &joined::<{ ENROLLING.len() + AFTER_CREDENTIAL.len() }>(ENROLLING, AFTER_CREDENTIAL);
    const STATUSES: &'static [u16] = &[400, 403, 404, 409, 422, 429];
    const SECRETS: &'static [&'static str] = &["access_token", "refresh_token"];
    type Reply = Welcome;

    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        let Self { pending_authentication_token: token, challenge, credential, name, whence } =
            self;
        let visitor = whence.visitor(flow)?;
        let answer = match (challenge, credential) {
            (Some(challenge), Some(credential)) => {
                Some(Answer { challenge, place: Place::Api, credential })
            }
            (None, None) => None,
            (Some(_), None) => return Err(required("credential")),
            (None, Some(_)) => return Err(required("challenge")),
        };
        welcome(flow, || match answer {
            Some(answer) => passkeys::enrol(flow, &visitor, &token, answer, name),
            None => passkeys::decline(flow, &visitor, &token),
        })
    }
}

/// List the passkeys of a user
///
/// They are authentication factors of the type `webauthn` too, and are deleted as such.
#[derive(Deserialize, JsonSchema)]
pub struct ListPasskeys {
    /// ID of the user
    user_id: UserId,
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListPasskeys {
    const ID: &'static str = "passkeys.list";
    const ROUTE: Route = Route(Method::Get, "/vestibule/v1/users/{user_id}/passkeys");
    const EXTENSION: bool = true;
    type Reply = Fine<Page<Passkey>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { user_id, paging } = self;
        users::find(cx, &user_id)?;
        store::list_of_user(cx, &user_id, &paging).map(Fine)
    }
}

/// Rename a passkey
#[derive(Deserialize, JsonSchema)]
pub struct UpdatePasskey {
    /// ID of the passkey
    id: AuthenticationFactorId,
    /// What the user calls it
    #[schemars(length(min = 1, max = NAME_CHARACTERS_MAX))]
    name: String,
}

impl Operation for UpdatePasskey {
    const ID: &'static str = "passkeys.update";
    const ROUTE: Route = Route(Method::Put, "/vestibule/v1/passkeys/{id}");
    const EXTENSION: bool = true;
    type Reply = Fine<Passkey>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id, name } = self;
        super::rename(cx, &id, &name).map(Fine)
    }
}

/// Where the user comes from, by what the application says.
#[derive(Clone, Deserialize, JsonSchema)]
struct Whence {
    /// Address that the user comes from
    #[schemars(length(max = 255))]
    ip_address: Option<String>,
    /// Browser that the user comes with
    #[schemars(length(max = 2048))]
    user_agent: Option<String>,
}

impl Whence {
    /// Who comes.
    fn visitor(&self, flow: &FlowCx) -> Result<Visitor> {
        let Self { ip_address, user_agent } = self.clone();
        let request = flow.request();
        let (at, with) = (ip_address.clone(), user_agent.clone());
        let seen = Seen { ip_address: at, user_agent: with, ..Seen::default() };
        Ok(Visitor {
            seen,
            client_id: flow.read(client_id)?,
            ip_address: ip_address.or_else(|| request.ip_address.clone()),
            user_agent: user_agent.or_else(|| request.user_agent.clone()),
            delivery: Delivery::Tokens,
            can_enrol_passkey: false,
        })
    }
}

/// The client of the environment whose key was given.
fn client_id(cx: &mut Cx<'_>) -> Result<ClientId> {
    let id = cx.environment;
    let found = environment::get(cx.db(), id)?;
    found.map(|it| it.client_id).ok_or_else(|| Error::not_found("Environment", id))
}

fn required(field: &str) -> Error {
    Error::invalid_field(field, "required", format!("{field} is required."))
}
