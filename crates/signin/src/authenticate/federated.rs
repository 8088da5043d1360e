//! Accounts elsewhere: a provider has said who somebody is, and a user signs in on its word.
//!
//! Whose user it is:
//! - An account that was linked signs in the user that it was linked to, whatever its address is now.
//! - An address links an account only where the provider has seen it proved, and where the user of
//!   that address has proved it too, or nobody could get in as that user before.
//! - In every other case a code that is mailed to the address decides. Until then the account is
//!   remembered with the sign-in that waits, and nothing of the user is changed.
//!
//! Where an address is proved for the first time, whatever anybody had put into the account before
//! ends ([`prove_address`]): an account that was made in its owner's name waits for them in vain.
use serde::{Deserialize, Serialize};
use vestibule_kernel::id::{OrganizationId, ProfileId};
use vestibule_kernel::{Cx, Error, FlowCx, Kind, Result};
use vestibule_people::identities::{self, NewIdentity};
use vestibule_people::invitations::Invitation;
use vestibule_people::memberships::{self, NewMembership, Status};
use vestibule_people::passwords;
use vestibule_people::users::{self, NewUser, Particulars, User};

use super::attempt::{Outcome, Visitor, Wish, advance, usable_invitation};
use super::credentials::{begun, check_recipient, prove_address};
use super::events::{self, Proof};
use super::judgement::{self, Tried};
use super::pending::Attempt;
use super::refusals;
use super::verdict::{self, Progress};
use crate::actions::{self, Newcomer, Registration};
use crate::factors;
use crate::policy::{SignInPolicy, SignUp};
use crate::radar::Action;
use crate::sessions::Method;

/// What a provider says of somebody. It holds secrets, and so is kept sealed.
#[derive(Clone, Serialize, Deserialize)]
pub struct Account {
    /// How they sign in with it.
    pub method: Method,
    /// The name of the provider among the identities of a user.
    pub provider: String,
    /// The id of the account there, which never changes.
    pub idp_id: String,
    /// The address of the account.
    pub email: String,
    /// Whether the provider has seen the address proved.
    pub email_verified: bool,
    /// The given name.
    pub first_name: Option<String>,
    /// The family name.
    pub last_name: Option<String>,
    /// The full name.
    pub name: Option<String>,
    /// The organization whose connection vouches for them; none for a provider of the environment.
    #[serde(default)]
    pub organization_id: Option<OrganizationId>,
    /// The roles that the connection gives them in it, where it says anything of roles: the default one
    /// where the list is empty.
    #[serde(default)]
    pub role_slugs: Option<Vec<String>>,
    /// The address of a picture.
    pub picture: Option<String>,
    /// The profile that single sign-on keeps of it, where the application asked for that.
    pub profile_id: Option<ProfileId>,
    /// The provider's own tokens, where the application is to get them.
    pub oauth_tokens: Option<OauthTokens>,
}

/// The tokens of a provider, for the application.
#[derive(Clone, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(inline)]
pub struct OauthTokens {
    /// The provider
    pub provider: String,
    /// The access token of the provider
    pub access_token: String,
    /// The refresh token of the provider; empty where it gave none
    pub refresh_token: String,
    /// When the access token expires, in seconds since 1970
    pub expires_at: i64,
    /// What the access token is good for
    pub scopes: Vec<String>,
}

/// An account with which somebody signs in.
#[derive(Clone, Serialize, Deserialize)]
pub struct Vouched {
    /// The account.
    pub account: Account,
    /// Whether it is linked to the user; if not, the address is still to be proved.
    pub is_linked: bool,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Account at {}", self.provider)
    }
}
impl std::fmt::Debug for OauthTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OauthTokens of {}", self.provider)
    }
}
impl std::fmt::Debug for Vouched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}, linked: {}", self.account, self.is_linked)
    }
}

/// Signs in with an account elsewhere.
pub fn sign_in(
    flow: &FlowCx,
    visitor: &Visitor,
    wish: &Wish,
    account: &Account,
) -> Result<Outcome> {
    let registration = ask_to_register(flow, visitor, wish, account)?;
    let (wish, account) = (wish.clone(), account.clone());
    verdict::write(flow, visitor, move |cx, visitor| {
        admit(cx, visitor, &wish, &account, &registration)
    })
}

/// Asks the application whether the account elsewhere may lead to one here, where it would.
pub(super) fn ask_to_register(
    flow: &FlowCx,
    visitor: &Visitor,
    wish: &Wish,
    account: &Account,
) -> Result<Registration> {
    let found = flow.read(|cx| {
        let invitation = usable_invitation(cx, wish.invitation_token.as_ref())?;
        let registers = registers(cx, account, invitation.as_ref())?;
        Ok(registers.then_some(invitation))
    })?;
    let Some(invitation) = found else { return Ok(Registration::NONE) };
    let newcomer = Newcomer {
        email: account.email.clone(),
        first_name: account.first_name.clone(),
        last_name: account.last_name.clone(),
        name: account.name.clone(),
        method: account.method,
        invitation,
        organization_id: wish.organization_id.clone(),
        whence: visitor.into(),
    };
    actions::ask_about(flow, &newcomer)
}

/// Whether somebody gets an account by this. Who has not proved the address is taken for somebody
/// who does, though there be a user of it: else a denial would tell that there is none.
fn registers(cx: &mut Cx<'_>, account: &Account, invitation: Option<&Invitation>) -> Result<bool> {
    if !may_register(cx, account, invitation)?
        || identities::user_of(cx, &account.provider, &account.idp_id)?.is_some()
    {
        return Ok(false);
    }
    Ok(!account.email_verified || users::get_by_email(cx, &account.email)?.is_none())
}

/// An invitation opens sign-up where it is closed, and so does the single sign-on of an organization,
/// which vouches for its own people.
fn may_register(
    cx: &mut Cx<'_>,
    account: &Account,
    invitation: Option<&Invitation>,
) -> Result<bool> {
    let vouched = invitation.is_some() || account.organization_id.is_some();
    Ok(vouched || SignInPolicy::of(cx)?.sign_up == SignUp::Open)
}

/// The same in a transaction that is open. That it is blocked is an answer of it, not its failure.
pub(super) fn admit(
    cx: &mut Cx<'_>,
    visitor: &Visitor,
    wish: &Wish,
    account: &Account,
    registration: &Registration,
) -> Result<Result<Progress>> {
    let policy = SignInPolicy::of(cx)?;
    let allowed = match account.method {
        // One of the environment's own, which the policy knows by its name.
        Method::ExternalAuth => policy.allows_provider(&account.provider),
        method => policy.allows(method),
    };
    if !allowed {
        return Err(refusals::method_off());
    }
    let invitation = usable_invitation(cx, wish.invitation_token.as_ref())?;
    let is_new = identities::user_of(cx, &account.provider, &account.idp_id)?.is_none()
        && users::get_by_email(cx, &account.email)?.is_none();
    let action = if is_new { Action::SignUp } else { Action::SignIn };
    let tried = Tried { email: &account.email, method: account.method, action };
    // Before an account is made.
    let judged = match judgement::judge_in(cx, visitor, tried)? {
        Ok(judged) => judged,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if registers(cx, account, invitation.as_ref())?
        && let Some(refusal) = registration.heed(cx)?
    {
        return Ok(Err(refusal));
    }
    let by_mail = account.method == Method::MagicAuth;
    let (user, vouched) = if by_mail {
        (reader(cx, account, invitation.as_ref())?, None)
    } else {
        let (user, is_linked) = whose(cx, account, invitation.as_ref())?;
        (user, Some(Vouched { account: account.clone(), is_linked }))
    };
    check_recipient(cx, invitation.as_ref(), &user)?;
    let radar = match judgement::confirm(cx, visitor, &judged, account.method, &user)? {
        Ok(radar) => radar,
        Err(refusal) => return Ok(Err(refusal)),
    };
    match account.method {
        Method::MagicAuth => events::succeeded(cx, Proof::MagicAuth, visitor, &user)?,
        // What single sign-on tells is told when its answer comes, with the connection.
        Method::Sso => {}
        _ => events::succeeded(cx, Proof::OAuth, visitor, &user)?,
    }
    // Who comes by the single sign-on of an organization comes to that organization.
    let organization_id = account.organization_id.clone().or(wish.organization_id.clone());
    let wish = Wish { organization_id, ..wish.clone() };
    let attempt = begun(visitor, &wish, &user.id, account.method, invitation.as_ref());
    advance(cx, visitor, &Attempt { account: vouched, radar, ..attempt }).map(Ok)
}

/// The user who reads the mail of this address, as a link has proved. There is no account elsewhere
/// that could be linked.
fn reader(cx: &mut Cx<'_>, account: &Account, invitation: Option<&Invitation>) -> Result<User> {
    match users::get_by_email(cx, &account.email)? {
        Some(user) => prove_address(cx, &user.id),
        None => create(cx, account, invitation),
    }
}

/// Tells that somebody could not sign in with a provider, and why.
pub fn note_failure(flow: &FlowCx, visitor: &Visitor, email: &str, refusal: &Error) -> Result<()> {
    let noted = Error::bad_request(refusal.code(), refusal.message().to_owned());
    let (visitor, email) = (visitor.clone(), email.to_owned());
    flow.write(move |cx| {
        let email = Some(email.as_str()).filter(|it| !it.is_empty());
        events::failed(cx, Proof::OAuth, &visitor, None, email, &noted)
    })
}

/// The user who signs in with this account, and whether the account is linked to them.
fn whose(
    cx: &mut Cx<'_>,
    account: &Account,
    invitation: Option<&Invitation>,
) -> Result<(User, bool)> {
    if let Some(id) = identities::user_of(cx, &account.provider, &account.idp_id)? {
        let user = users::find(cx, &id)?;
        let proves =
            account.email_verified && users::fold(&account.email) == users::fold(&user.email);
        let user = if proves && !user.email_verified { link(cx, &user, account)? } else { user };
        return Ok((user, true));
    }
    let Some(user) = users::get_by_email(cx, &account.email)? else {
        return newcomer(cx, account, invitation);
    };
    if account.email_verified && (user.email_verified || !has_credential(cx, &user)?) {
        return Ok((link(cx, &user, account)?, true));
    }
    Ok((user, false))
}

/// Makes a user for an account whose address nobody has.
fn newcomer(
    cx: &mut Cx<'_>,
    account: &Account,
    invitation: Option<&Invitation>,
) -> Result<(User, bool)> {
    let user = create(cx, account, invitation)?;
    let is_linked = account.email_verified || !SignInPolicy::of(cx)?.email_verification;
    if is_linked {
        identities::link(cx, &identity(&user, account))?;
    }
    Ok((user, is_linked))
}

fn create(cx: &mut Cx<'_>, account: &Account, invitation: Option<&Invitation>) -> Result<User> {
    if !may_register(cx, account, invitation)? {
        return Err(refusals::sign_up_not_allowed());
    }
    let new = NewUser {
        email: account.email.clone(),
        email_verified: account.email_verified,
        first_name: account.first_name.clone(),
        last_name: account.last_name.clone(),
        name: account.name.clone(),
        profile_picture_url: account.picture.clone(),
        ..NewUser::default()
    };
    users::create(cx, new).map_err(not_an_address)
}

/// Links an account to the user whose address it was seen to prove.
pub(super) fn link(cx: &mut Cx<'_>, user: &User, account: &Account) -> Result<User> {
    let user = prove_address(cx, &user.id)?;
    if identities::user_of(cx, &account.provider, &account.idp_id)?.is_none() {
        identities::link(cx, &identity(&user, account))?;
    }
    let told = Particulars {
        first_name: account.first_name.clone(),
        last_name: account.last_name.clone(),
        name: account.name.clone(),
        profile_picture_url: account.picture.clone(),
    };
    users::fill_in(cx, &user.id, &told)
}

/// Makes somebody whom the single sign-on of an organization has brought a member of it, and gives
/// them the roles that it says. Who is one stays one; whose membership was ended stays out.
pub(super) fn join(cx: &mut Cx<'_>, user: &User, account: &Account) -> Result<()> {
    let Some(organization_id) = account.organization_id.clone() else { return Ok(()) };
    let found = memberships::of_user_and_organization(cx, &user.id, &organization_id)?;
    let role_slugs = account.role_slugs.clone();
    match found {
        None => {
            let user_id = user.id.clone();
            let status = Status::Active;
            let role_slugs = role_slugs.unwrap_or_default();
            let new = NewMembership { user_id, organization_id, role_slugs, status };
            memberships::create(cx, new).map(|_| ())
        }
        Some(it) if it.status == Status::Inactive => Ok(()),
        Some(it) => {
            let it = match it.status {
                Status::Pending => memberships::activate(cx, &it)?,
                Status::Active | Status::Inactive => it,
            };
            match role_slugs {
                Some(slugs) => memberships::set_roles(cx, &it, slugs).map(|_| ()),
                None => Ok(()),
            }
        }
    }
}

fn identity(user: &User, account: &Account) -> NewIdentity {
    NewIdentity {
        user_id: user.id.clone(),
        provider: account.provider.clone(),
        idp_id: account.idp_id.clone(),
        // That of the user: it is theirs that was proved, and whose change detaches the identity.
        email: user.email.clone(),
    }
}

/// Whether anybody could get in as this user without reading the mail of their address.
fn has_credential(cx: &mut Cx<'_>, user: &User) -> Result<bool> {
    Ok(passwords::stored(cx, &user.id)?.is_some()
        || identities::has_any(cx, &user.id)?
        || !factors::of_user(cx, &user.id)?.is_empty())
}

/// A provider may have addresses that we would not send mail to.
fn not_an_address(error: Error) -> Error {
    match error.kind() {
        Kind::Invalid => Error::oauth("invalid_profile", "The provider gave no e-mail address."),
        _ => error,
    }
}
