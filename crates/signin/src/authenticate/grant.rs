//! The grants: what each needs, who may use it, and what answers it.
//!
//! All that may fail for want of the database is asked for before a code or a token is used up:
//! what was used up without an answer, the user could not use again.
use vestibule_kernel::id::{ClientId, RadarAttemptId};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{FlowCx, Result};

use super::attempt::{Delivery, Outcome, Seen, Tokens, Visitor, Wish};
use super::client::{self, Client};
use super::code::Exchange;
use super::refresh::Refreshed;
use super::reply::{self, Welcome, authenticated};
use super::{
    Authenticate, browser, challenges, code, credentials, device, guessing, refresh, refusals,
    steps,
};
use crate::sessions::Device;
use crate::tokens::keys;

const AUTHORIZATION_CODE: &str = "authorization_code";
const PASSWORD: &str = "password";
const REFRESH_TOKEN: &str = "refresh_token";
const MAGIC_AUTH: &str = "urn:workos:oauth:grant-type:magic-auth:code";
const EMAIL_VERIFICATION: &str = "urn:workos:oauth:grant-type:email-verification:code";
const MFA_TOTP: &str = "urn:workos:oauth:grant-type:mfa-totp";
const ORGANIZATION: &str = "urn:workos:oauth:grant-type:organization-selection";
const RADAR_EMAIL: &str = "urn:workos:oauth:grant-type:radar-email-challenge:code";
const RADAR_SMS: &str = "urn:workos:oauth:grant-type:radar-sms-challenge:code";
/// Ours: the second step without the factor.
const RECOVERY_CODE: &str = "urn:vestibule:oauth:grant-type:recovery-code";
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
// Quirk: older clients leave `:code` out.
const MAGIC_AUTH_OLD: &str = "urn:workos:oauth:grant-type:magic-auth";
const EMAIL_VERIFICATION_OLD: &str = "urn:workos:oauth:grant-type:email-verification";

/// The grants that are documented.
pub(super) const SERVED: &[&str] = &[
    AUTHORIZATION_CODE,
    PASSWORD,
    REFRESH_TOKEN,
    MAGIC_AUTH,
    EMAIL_VERIFICATION,
    MFA_TOTP,
    ORGANIZATION,
    RECOVERY_CODE,
    RADAR_EMAIL,
    RADAR_SMS,
    DEVICE_CODE,
];

pub(super) fn run(flow: &FlowCx, input: Authenticate) -> Result<Welcome> {
    let grant = given(input.grant_type.clone(), "grant_type")?;
    let id = ClientId::parse(&given(input.client_id.clone(), "client_id")?)?;
    let secret = input.client_secret.as_ref().filter(|it| !it.reveal().is_empty());
    let client = client::authenticate(flow, id, secret)?;
    match grant.as_str() {
        AUTHORIZATION_CODE => by_code(flow, &client, input),
        REFRESH_TOKEN => by_refresh_token(flow, &client, input),
        PASSWORD
        | MAGIC_AUTH
        | MAGIC_AUTH_OLD
        | EMAIL_VERIFICATION
        | EMAIL_VERIFICATION_OLD
        | MFA_TOTP
        | RECOVERY_CODE
        | RADAR_EMAIL
        | RADAR_SMS
        | ORGANIZATION => {
            client.need_secret(&grant)?;
            // The application's own address says nothing about its users.
            let place = input.ip_address.clone();
            welcome(flow, || {
                guessing::guarded(flow, place.as_deref(), || {
                    by_credential(flow, &client, &grant, input)
                })
            })
        }
        DEVICE_CODE => by_device_code(flow, &client, input),
        _ => Err(refusals::invalid_request(format!("The grant_type '{grant}' is not supported."))),
    }
}

/// What the API answers to a credential: tokens, or the refusal that tells of the next step.
pub(crate) fn welcome(
    flow: &FlowCx,
    credential: impl FnOnce() -> Result<Outcome>,
) -> Result<Welcome> {
    let key = keys::signing(flow)?;
    match credential()? {
        Outcome::StepUp(it) => Err(it.refusal()),
        Outcome::SignedIn(it) => {
            Ok(Welcome { body: reply::welcome(&key, *it)?, cookies: Vec::new() })
        }
    }
}

fn by_credential(
    flow: &FlowCx,
    client: &Client,
    grant: &str,
    input: Authenticate,
) -> Result<Outcome> {
    let told = Told::of(&input);
    let visitor = visitor(flow, client, told);
    let pending = || secret(input.pending_authentication_token, "pending_authentication_token");
    let wish = Wish {
        invitation_token: input.invitation_token.filter(|it| !it.reveal().is_empty()),
        ..Wish::default()
    };
    match grant {
        PASSWORD => {
            let email = given(input.email, "email")?;
            let password = secret(input.password, "password")?;
            credentials::password(flow, &visitor, &wish, &email, &password)
        }
        MAGIC_AUTH | MAGIC_AUTH_OLD => {
            let code = secret(input.code, "code")?;
            let email = given(input.email, "email")?;
            if input.link_authorization_code.is_some_and(|it| !it.reveal().is_empty()) {
                return Err(refusals::invalid_link_code());
            }
            credentials::magic_auth(flow, &visitor, &wish, &email, &code)
        }
        MFA_TOTP => {
            let code = secret(input.code, "code")?;
            let challenge_id = input.authentication_challenge_id;
            let challenge_id =
                challenge_id.ok_or_else(|| required("authentication_challenge_id"))?;
            steps::verify_factor(flow, &visitor, &pending()?, &challenge_id, &code)
        }
        RECOVERY_CODE => {
            let code = secret(input.code, "code")?;
            steps::use_recovery_code(flow, &visitor, &pending()?, &code)
        }
        RADAR_EMAIL => {
            let code = secret(input.code, "code")?;
            let id = input.radar_challenge_id;
            let id = id.ok_or_else(|| required("radar_challenge_id"))?;
            challenges::answer_mail(flow, &visitor, &pending()?, Some(&id), &code)
        }
        RADAR_SMS => {
            let code = secret(input.code, "code")?;
            let given = challenges::new_telephone(input.phone_number, input.verification_id)?;
            challenges::answer_text(flow, &visitor, &pending()?, given.as_ref(), &code)
        }
        ORGANIZATION => {
            let organization_id = input.organization_id;
            let organization_id = organization_id.ok_or_else(|| required("organization_id"))?;
            steps::select_organization(flow, &visitor, &pending()?, &organization_id)
        }
        _ => {
            let code = secret(input.code, "code")?;
            steps::verify_email(flow, &visitor, &pending()?, &code)
        }
    }
}

/// What an application says of its user.
#[derive(Default)]
struct Told {
    ip_address: Option<String>,
    user_agent: Option<String>,
    device_id: Option<String>,
    radar_attempt_id: Option<RadarAttemptId>,
}

impl Told {
    fn of(input: &Authenticate) -> Self {
        Self {
            ip_address: input.ip_address.clone(),
            user_agent: input.user_agent.clone(),
            device_id: input.device_id.clone().or_else(|| input.signals_id.clone()),
            radar_attempt_id: input.radar_auth_attempt_id.clone(),
        }
    }
}

/// Who comes: whom the application says, or else whoever sends the request. What others say of
/// themselves is not believed: a client without a secret may be anybody.
fn visitor(flow: &FlowCx, client: &Client, told: Told) -> Visitor {
    let request = flow.request();
    let told = if client.confidential { told } else { Told::default() };
    let Told { ip_address, user_agent, device_id, radar_attempt_id } = told;
    let seen = if client.confidential {
        let (ip_address, user_agent) = (ip_address.clone(), user_agent.clone());
        Seen { ip_address, user_agent, device_id, radar_attempt_id }
    } else {
        let (ip_address, user_agent) = (request.ip_address.clone(), request.user_agent.clone());
        Seen { ip_address, user_agent, ..Seen::default() }
    };
    Visitor {
        client_id: client.id.clone(),
        ip_address: ip_address.or_else(|| request.ip_address.clone()),
        user_agent: user_agent.or_else(|| request.user_agent.clone()),
        delivery: Delivery::Tokens,
        can_enrol_passkey: false,
        seen,
    }
}

fn by_code(flow: &FlowCx, client: &Client, input: Authenticate) -> Result<Welcome> {
    let visitor = visitor(flow, client, Told::of(&input));
    let wanted = Exchange {
        code: secret(input.code, "code")?,
        code_verifier: input.code_verifier.filter(|it| !it.reveal().is_empty()),
        redirect_uri: input.redirect_uri,
        invitation_token: input.invitation_token.filter(|it| !it.reveal().is_empty()),
    };
    if !client.confidential && wanted.code_verifier.is_none() {
        let text = "client_secret or code_verifier is required.";
        return Err(refusals::invalid_request(text));
    }
    let (key, keeps) = (keys::signing(flow)?, browser::may_keep(flow, client)?);
    let signed_in = match code::exchange(flow, &visitor, wanted)? {
        Outcome::SignedIn(it) => *it,
        Outcome::StepUp(it) => return Err(it.refusal()),
    };
    let keep = |it: &Tokens| browser::keep(flow, client, &signed_in.session, &it.refresh_token);
    let cookies = signed_in.tokens.as_ref().filter(|_| keeps).map(keep);
    let mut body = reply::welcome(&key, signed_in)?;
    if keeps && browser::sends_cookies(flow, client) {
        // The browser has it, so that no script need.
        body.refresh_token.clear();
    }
    Ok(Welcome { body, cookies: cookies.unwrap_or_default() })
}

fn by_device_code(flow: &FlowCx, client: &Client, input: Authenticate) -> Result<Welcome> {
    let told = Told::of(&input);
    let device_code = secret(input.device_code, "device_code")?;
    let Visitor { client_id, ip_address, user_agent, delivery: _, can_enrol_passkey: _, seen: _ } =
        visitor(flow, client, told);
    let device = Device { client_id, ip_address, user_agent };
    let key = keys::signing(flow)?;
    let signed_in = device::redeem(flow, client, &device_code, device)?;
    Ok(Welcome { body: reply::welcome(&key, signed_in)?, cookies: Vec::new() })
}

fn by_refresh_token(flow: &FlowCx, client: &Client, input: Authenticate) -> Result<Welcome> {
    let given = input.refresh_token.filter(|it| !it.reveal().is_empty());
    let kept = match &given {
        Some(_) => None,
        None => browser::kept(flow, client)?,
    };
    let by_cookie = kept.is_some();
    let token = given.or(kept).ok_or_else(|| required("refresh_token"))?;
    let (key, keeps) = (keys::signing(flow)?, browser::may_keep(flow, client)?);
    let Refreshed { user, session, tokens } =
        refresh::refresh(flow, &token, input.organization_id.as_ref())?;
    let cookies = keeps.then(|| browser::keep(flow, client, &session, &tokens.refresh_token));
    let mut body = authenticated(&key, user, session, tokens)?;
    if by_cookie {
        // A script that could not read the token before shall not read its successor.
        body.refresh_token.clear();
    }
    Ok(Welcome { body, cookies: cookies.unwrap_or_default() })
}

fn required(field: &str) -> vestibule_kernel::Error {
    refusals::invalid_request(format!("{field} is required."))
}

fn given(value: Option<String>, field: &str) -> Result<String> {
    value.filter(|it| !it.is_empty()).ok_or_else(|| required(field))
}

fn secret(value: Option<Secret>, field: &str) -> Result<Secret> {
    value.filter(|it| !it.reveal().is_empty()).ok_or_else(|| required(field))
}
