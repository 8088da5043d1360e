//! The judgement of one attempt: what is seen of it is looked up, counted, and kept.
use vestibule_kernel::id::{RadarAttemptId, RadarAuthAttemptId};
use vestibule_kernel::limit;
use vestibule_kernel::secret::digest_of;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Result};
use vestibule_people::users::{Newcomer, fold};

use super::detect::{self, Finding, Signs, Standing};
use super::lists::{self, Traits};
use super::names::{Action, AuthMethod, ListAction};
use super::policy::RadarPolicy;
use super::store::{self, Attempt};
use super::{bots, disposable};

/// How much of what a browser says of itself is kept, in bytes.
const USER_AGENT_BYTES_MAX: usize = 2048;
/// For how long an attempt goes on that was judged when its code was asked for.
const EARLIER_SECONDS: i64 = 60 * 60;

/// Somebody who tries.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Whether an application asks, that signs in its users by itself.
    pub standalone: bool,
    /// What is tried.
    pub action: Action,
    /// By what.
    pub auth_method: AuthMethod,
    /// At which account.
    pub email: String,
    /// From which address.
    pub ip_address: Option<String>,
    /// With which browser.
    pub user_agent: Option<String>,
    /// With which device, where the application knows it.
    pub device_id: Option<String>,
    /// An attempt that was judged before and is the same one.
    pub earlier: Option<RadarAttemptId>,
}

/// Judges that an application makes an account for somebody, where sign-ins are judged. It is made
/// whatever comes of it: that counts in the sign-in which follows.
pub fn judge_newcomer(cx: &mut Cx<'_>, it: &Newcomer) -> Result<Option<RadarAttemptId>> {
    let policy = RadarPolicy::of(cx)?;
    if !policy.sign_in {
        return Ok(None);
    }
    let asked = Asked {
        standalone: false,
        action: Action::SignUp,
        auth_method: AuthMethod::Password,
        email: it.email.clone(),
        ip_address: it.ip_address.clone(),
        user_agent: it.user_agent.clone(),
        device_id: it.signals_id.clone(),
        earlier: None,
    };
    judge(cx, &policy, &asked).map(|it| Some(it.id))
}

/// Judges an attempt and keeps it. What depends on the account is judged by [`confirm`].
pub fn judge(cx: &mut Cx<'_>, policy: &RadarPolicy, asked: &Asked) -> Result<Attempt> {
    let earlier = earlier(cx, asked)?;
    let action = earlier.as_ref().map_or(asked.action, |it| it.action);
    let user_agent = asked.user_agent.as_deref().map(|it| cut(it, USER_AGENT_BYTES_MAX));
    let place = asked.ip_address.as_deref().map(limit::place).unwrap_or_default();
    let fingerprint = fingerprint(asked.device_id.as_deref(), user_agent, &place);
    let mut draft = Attempt {
        id: if asked.standalone {
            RadarAttemptId::new(cx)
        } else {
            RadarAttemptId::parse(RadarAuthAttemptId::new(cx).as_str())?
        },
        standalone: asked.standalone,
        action,
        auth_method: asked.auth_method,
        email: asked.email.clone(),
        mailbox: detect::mailbox(&asked.email),
        ip_address: asked.ip_address.clone(),
        place,
        user_agent: user_agent.map(str::to_owned),
        device_fingerprint: fingerprint,
        finding: Finding::NOTHING,
        succeeded_at: None,
        challenge_met_at: None,
        created_at: cx.now(),
        updated_at: cx.now(),
    };
    let signs = signs(cx, &draft, asked, earlier.as_ref())?;
    let mut finding = detect::find(policy, &signs);
    let Some(earlier) = earlier else {
        draft.finding = finding;
        store::insert_attempt(cx, &draft)?;
        return Ok(draft);
    };
    // An entry of a list that was made meanwhile has the last word, as it would in a new attempt.
    if signs.listed.is_none() {
        finding = earlier.finding.or_stricter(finding);
    }
    let draft = Attempt { id: earlier.id, created_at: earlier.created_at, finding, ..draft };
    store::update_attempt(cx, &draft)?;
    Ok(draft)
}

/// Adds to the judgement of an attempt what depends on the account of somebody who has proved that
/// it is theirs. Told before, it would tell who has an account.
pub fn confirm(
    cx: &mut Cx<'_>,
    policy: &RadarPolicy,
    attempt: Attempt,
    last_sign_in: Option<Time>,
) -> Result<Attempt> {
    if attempt.action == Action::SignUp || is_allowed(cx, &attempt)? {
        return Ok(attempt);
    }
    let folded = fold(&attempt.email);
    let standing = Standing {
        device_is_new: match &attempt.device_fingerprint {
            Some(it) => store::has_devices(cx, &folded)? && !store::knows_device(cx, &folded, it)?,
            None => false,
        },
        is_stale: last_sign_in.is_some_and(|it| it < cx.now().plus_days(-detect::STALE_DAYS)),
    };
    let found = detect::find_of_account(policy, standing);
    let finding = attempt.finding.or_stricter(found);
    if finding == attempt.finding {
        return Ok(attempt);
    }
    let attempt = Attempt { finding, updated_at: cx.now(), ..attempt };
    store::update_attempt(cx, &attempt)?;
    Ok(attempt)
}

/// When somebody was last seen at the account of an address, as far as Radar knows.
pub fn last_seen(cx: &mut Cx<'_>, email: &str) -> Result<Option<Time>> {
    store::last_seen(cx, &fold(email))
}

/// Notes that an attempt has led in, and remembers its device.
pub fn succeed(cx: &mut Cx<'_>, attempt: Attempt) -> Result<Attempt> {
    let now = cx.now();
    let attempt = Attempt { succeeded_at: Some(now), updated_at: now, ..attempt };
    store::update_attempt(cx, &attempt)?;
    if let Some(fingerprint) = &attempt.device_fingerprint {
        store::remember_device(cx, &fold(&attempt.email), fingerprint)?;
    }
    Ok(attempt)
}

/// Notes that the challenge of an attempt was met.
pub fn meet(cx: &mut Cx<'_>, attempt: Attempt) -> Result<Attempt> {
    let now = cx.now();
    let attempt = Attempt { challenge_met_at: Some(now), updated_at: now, ..attempt };
    store::update_attempt(cx, &attempt)?;
    Ok(attempt)
}

/// The attempt of this id.
pub fn get(cx: &mut Cx<'_>, id: &RadarAttemptId) -> Result<Option<Attempt>> {
    store::get_attempt(cx, id)
}

/// Forgets with which devices somebody has signed in to the account of an address.
pub fn forget_address(cx: &mut Cx<'_>, email: &str) -> Result<()> {
    store::forget_address(cx, &fold(email))
}

/// The attempt that was judged before, if it is of the same address and method, of late, and not at its
/// end: nobody goes by the judgement of somebody else, and no guesses at a password hide in it.
fn earlier(cx: &mut Cx<'_>, asked: &Asked) -> Result<Option<Attempt>> {
    let Some(id) = &asked.earlier else { return Ok(None) };
    let since = cx.now().plus_seconds(-EARLIER_SECONDS);
    Ok(store::get_attempt(cx, id)?.filter(|it| {
        !it.standalone
            && it.auth_method == asked.auth_method
            && fold(&it.email) == fold(&asked.email)
            && it.succeeded_at.is_none()
            && it.created_at > since
    }))
}

fn signs(
    cx: &mut Cx<'_>,
    draft: &Attempt,
    asked: &Asked,
    earlier: Option<&Attempt>,
) -> Result<Signs> {
    let listed = lists::find(cx, &traits(draft, asked.device_id.as_deref()))?;
    let signs_up = draft.action == Action::SignUp && earlier.is_none();
    let folded = fold(&draft.email);
    let known = match &draft.device_fingerprint {
        Some(it) => store::knows_device(cx, &folded, it)?,
        None => false,
    };
    let except = earlier.map(|it| &it.id);
    let tries = store::failed_at(cx, &folded, except, detect::TRIES_SECONDS)?;
    let signs_up_of = |cx: &mut Cx<'_>| store::sign_ups_of(cx, &draft.mailbox);
    Ok(Signs {
        listed,
        bot: draft.user_agent.as_deref().is_some_and(bots::is_one),
        disposable: draft.action == Action::SignUp && disposable::is_one(&draft.email),
        tries: if known { 0 } else { tries },
        accounts: match draft.place.as_str() {
            "" => 0,
            place => store::failed_from(cx, place, &folded, detect::ACCOUNTS_SECONDS)?,
        },
        sign_ups_of_mailbox: if signs_up { signs_up_of(cx)? } else { 0 },
        sign_ups_from_place: match draft.place.as_str() {
            place if signs_up && !place.is_empty() => {
                store::sign_ups_from(cx, place, detect::SIGN_UPS_SECONDS)?
            }
            _ => 0,
        },
    })
}

/// Whether an attempt is on an allow list, which has the last word.
fn is_allowed(cx: &mut Cx<'_>, attempt: &Attempt) -> Result<bool> {
    let listed = lists::find(cx, &traits(attempt, None))?;
    Ok(listed.is_some_and(|it| it.0 == ListAction::Allow))
}

fn traits<'a>(attempt: &'a Attempt, device_id: Option<&'a str>) -> Traits<'a> {
    Traits {
        email: &attempt.email,
        ip_address: attempt.ip_address.as_deref(),
        user_agent: attempt.user_agent.as_deref(),
        device_id,
        device_fingerprint: attempt.device_fingerprint.as_deref(),
    }
}

/// What a device is known by: the ID that the application has for it; else the browser without its
/// version, at its place. Where neither is known there is no device.
pub(crate) fn fingerprint(
    device_id: Option<&str>,
    user_agent: Option<&str>,
    place: &str,
) -> Option<String> {
    let text = match (device_id.filter(|it| !it.is_empty()), user_agent) {
        (Some(id), _) => format!("id {id}"),
        (None, Some(agent)) if !agent.is_empty() => {
            let plain: String = agent.chars().filter(|it| !it.is_ascii_digit()).collect();
            format!("browser {plain} at {place}")
        }
        (None, _) => return None,
    };
    Some(digest_of(&text))
}

/// The beginning of a text.
fn cut(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}
