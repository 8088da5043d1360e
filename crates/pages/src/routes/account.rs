//! The page of whoever is signed in with this browser: their address and their passkeys.
//!
//! - Changing anything takes a sign-in of the last minutes: an open browser that somebody finds is
//!   not enough to add a key to the house.
//! - A new address is theirs once they have followed the link that is mailed there. Whether somebody
//!   else has it, the page does not tell.
//! - Somebody who acts as the user can look, and change nothing.
use axum::http::StatusCode;
use axum::response::Response;
use vestibule_kernel::id::AuthenticationFactorId;
use vestibule_kernel::limit::Limit;
use vestibule_kernel::{Cx, Error, FlowCx, Kind, Result, environment};
use vestibule_languages::Text;
use vestibule_people::email_changes;
use vestibule_people::users::{self, EmailAddress, User};
use vestibule_signin::authorize::{self, Hints, NewRequest, ScreenHint, Theme, browser};
use vestibule_signin::passkeys::{self, Answer, NewCredential, Passkey, Place, RelyingParty};
use vestibule_signin::policy::SignInPolicy;
use vestibule_signin::sessions::Session;

use super::jobs::{self, NewAddress};
use super::journey::entry::not_an_address;
use super::journey::passkey::{answer, asked};
use crate::screens::{Account, Form, PasskeyEntry, Problem};
use crate::web::{Status, Visit, add_cookie, page, see_other};
use crate::{look, words};

/// Where it is.
pub const PATH: &str = "/account";
/// Where a sign-in is asked for anew.
pub const CONFIRM: &str = "/account/confirm";
/// Where a new address is asked for.
pub const EMAIL: &str = "/account/email";
/// Where passkeys are added.
pub const PASSKEYS: &str = "/account/passkeys";

/// For how many seconds after a sign-in something can be changed.
const FRESH_SECONDS: i64 = 15 * 60;
/// How often somebody may try to add a passkey.
const CHANGES: Limit =
    Limit { name: "pages.account", uses_max: 20, window: 60, code: "too_many_requests" };
/// How often somebody may have a new address mailed.
const MAILS: Limit =
    Limit { name: "pages.account.mail", uses_max: 3, window: 60, code: "too_many_requests" };
/// The marks of a page that tells of what was done, and the message that tells it.
const NOTICES: [(&str, &str); 4] = [
    ("added", "passkey-added"),
    ("renamed", "passkey-renamed"),
    ("removed", "passkey-removed"),
    ("mailed", "email-change-mailed"),
];

/// Whoever is signed in with this browser.
struct Owner {
    flow: FlowCx,
    session: Session,
    user: User,
}

impl Owner {
    /// The one of this visit, if there is one.
    fn of(visit: &Visit) -> Result<Option<Self>> {
        for environment in environment::list(visit.app.db())? {
            let flow = visit.flow(&environment.id);
            let found = flow.read(|cx| {
                let Some(session) = browser::session(cx)? else { return Ok(None) };
                Ok(users::get(cx, &session.user_id)?.map(|user| (session, user)))
            })?;
            if let Some((session, user)) = found {
                return Ok(Some(Self { flow, session, user }));
            }
        }
        Ok(None)
    }

    /// The one of this visit, who may change how they sign in.
    fn who_may_change(visit: &Visit) -> Result<Result<Self, Response>> {
        let Some(owner) = Self::of(visit)? else { return see_other(PATH).map(Err) };
        if owner.session.impersonator.is_some() {
            let text = "Somebody who acts as a user cannot change how that user signs in.";
            return Err(Error::new(Kind::Forbidden, words::ACTING, text));
        }
        if owner.must_confirm() {
            return see_other(PATH).map(Err);
        }
        owner.flow.limit(CHANGES, owner.user.id.as_str())?;
        Ok(Ok(owner))
    }

    fn must_confirm(&self) -> bool {
        self.session.auth_time.plus_seconds(FRESH_SECONDS) <= self.flow.now()
    }

    fn place(&self) -> Place {
        Place::Pages(self.session.id.to_string())
    }

    /// The passkey of this visit's address, if it is theirs.
    fn passkey(&self, visit: &Visit) -> Result<Passkey> {
        let id = AuthenticationFactorId::parse(visit.path("id"))?;
        let found = self.flow.read(|cx| passkeys::find(cx, &id))?;
        if found.user_id == self.user.id {
            return Ok(found);
        }
        Err(Error::not_found("Passkey", &id))
    }
}

/// `GET /account`
pub fn show(visit: &Visit) -> Result<Response> {
    match Owner::of(visit)? {
        Some(_) if visit.query("code").is_some() => see_other(PATH),
        Some(owner) => ask(visit, &owner, None),
        None => sign_in(visit, None),
    }
}

/// `POST /account/confirm`
pub fn confirm(visit: &Visit) -> Result<Response> {
    match Owner::of(visit)? {
        Some(owner) => sign_in(visit, Some(owner)),
        None => see_other(PATH),
    }
}

/// `POST /account/email`
pub fn change_email(visit: &Visit) -> Result<Response> {
    let owner = match Owner::who_may_change(visit)? {
        Ok(owner) => owner,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let typed = visit.field("new_email");
    let Some(email) = EmailAddress::parse(typed) else {
        let problem = Problem::with("new_email", not_an_address(typed));
        return ask(visit, &owner, Some((StatusCode::UNPROCESSABLE_ENTITY.into(), problem)));
    };
    match mail_change(&owner, &email) {
        Ok(()) => see_other(&format!("{PATH}?mailed")),
        Err(error) => match words::problem(&error, "new_email") {
            Some(problem) => ask(visit, &owner, Some((Status::of(&error), problem))),
            None => Err(error),
        },
    }
}

/// Has the link mailed, after the answer: neither it nor its time tells whether somebody has the
/// address.
fn mail_change(owner: &Owner, email: &EmailAddress) -> Result<()> {
    let Owner { flow, user, session: _ } = owner;
    flow.read(|cx| email_changes::check(cx, user, email))?;
    flow.limit(MAILS, user.id.as_str())?;
    let job = NewAddress {
        user_id: user.id.clone(),
        email: email.as_str().to_owned(),
        audience: flow.request().audience.clone(),
    };
    flow.write(move |cx| cx.enqueue(jobs::CHANGE_EMAIL, &job))
}

/// `POST /account/passkeys`
pub fn add(visit: &Visit) -> Result<Response> {
    let owner = match Owner::who_may_change(visit)? {
        Ok(owner) => owner,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let done = answer(visit, owner.place()).and_then(|answer: Answer<NewCredential>| {
        owner.flow.write(move |cx| passkeys::register(cx, &answer, None))?
    });
    match done {
        Ok(_) => see_other(&format!("{PATH}?added")),
        Err(error) => match words::problem(&error, "credential") {
            Some(problem) => ask(visit, &owner, Some((Status::of(&error), problem))),
            None => Err(error),
        },
    }
}

/// `POST /account/passkeys/{id}`
pub fn rename(visit: &Visit) -> Result<Response> {
    let owner = match Owner::who_may_change(visit)? {
        Ok(owner) => owner,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let passkey = owner.passkey(visit)?;
    let name = visit.field("name").to_owned();
    let length = name.chars().count();
    if length == 0 || length > passkeys::NAME_CHARACTERS_MAX as usize {
        let text = Text::new("problem-passkey-name");
        let problem = Problem::overall(text.with("count", passkeys::NAME_CHARACTERS_MAX));
        return ask(visit, &owner, Some((StatusCode::UNPROCESSABLE_ENTITY.into(), problem)));
    }
    owner.flow.write(move |cx| passkeys::rename(cx, &passkey.id, &name))?;
    see_other(&format!("{PATH}?renamed"))
}

/// `POST /account/passkeys/{id}/remove`
pub fn remove(visit: &Visit) -> Result<Response> {
    let owner = match Owner::who_may_change(visit)? {
        Ok(owner) => owner,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let passkey = owner.passkey(visit)?;
    owner.flow.write(move |cx| vestibule_signin::factors::delete(cx, &passkey.id))?;
    see_other(&format!("{PATH}?removed"))
}

/// What cannot be looked at, but only sent.
pub fn elsewhere(_: &Visit) -> Result<Response> {
    see_other(PATH)
}

fn ask(visit: &Visit, owner: &Owner, refused: Option<(Status, Problem)>) -> Result<Response> {
    let Owner { flow, session, user } = owner;
    let (frame, known, usable) = flow.read(|cx| {
        let known = passkeys::of_user(cx, &user.id)?;
        let party = RelyingParty::of(cx)?;
        let here = visit.host().is_some_and(|host| party.is_some_and(|it| it.serves(host)));
        let room = known.len() < passkeys::PASSKEYS_MAX;
        Ok((look::frame(cx)?, known, here && room && SignInPolicy::of(cx)?.passkey))
    })?;
    let (must_confirm, acting) = (owner.must_confirm(), session.impersonator.is_some());
    let ask = if usable && !must_confirm && !acting {
        let (place, user) = (owner.place(), user.clone());
        let begun = flow.write(move |cx| passkeys::begin_registration(cx, &place, &user))?;
        Some(asked(PASSKEYS.to_owned(), begun)?)
    } else {
        None
    };
    let form = Form::new(CONFIRM, visit.browser().token().reveal());
    let notice = NOTICES.iter().find(|it| visit.query(it.0).is_some()).map(|it| Text::new(it.1));
    let (status, form, notice) = match refused {
        Some((status, problem)) => (status, form.refused(problem), None),
        None => (StatusCode::OK.into(), form, notice),
    };
    let screen = Account {
        form,
        email: user.email.clone(),
        email_action: EMAIL.to_owned(),
        new_email: visit.field("new_email").to_owned(),
        must_confirm,
        acting,
        notice,
        passkeys: known.iter().map(entry).collect(),
        ask,
    };
    page(status, &frame, &screen)
}

fn entry(it: &Passkey) -> PasskeyEntry {
    let path = format!("{PASSKEYS}/{}", it.id);
    PasskeyEntry {
        id: it.id.to_string(),
        name: it.name.clone(),
        created_on: words::date(it.created_at),
        used_on: it.last_used_at.map(words::date),
        synchronized: it.backed_up,
        remove_action: format!("{path}/remove"),
        rename_action: path,
    }
}

/// Begins a sign-in that leads here: of anybody, or of the one who is to prove it anew.
fn sign_in(visit: &Visit, owner: Option<Owner>) -> Result<Response> {
    let prove_anew = owner.is_some();
    let (flow, login_hint) = match owner {
        Some(it) => (it.flow, Some(it.user.email)),
        None => (environment_of(visit)?, None),
    };
    let begun = flow.write(move |cx| {
        let asked = asked_for_here(cx, login_hint.clone(), prove_anew)?;
        authorize::begin(cx, asked)
    })?;
    let mut response = see_other(&authorize::path(&begun.request.id))?;
    add_cookie(&mut response, &begun.cookie);
    Ok(response)
}

/// What an application would ask for that stood where this page is.
fn asked_for_here(
    cx: &mut Cx<'_>,
    login_hint: Option<String>,
    prove_anew: bool,
) -> Result<NewRequest> {
    let id = cx.environment;
    let found = environment::get(cx.db(), id)?;
    let found = found.ok_or_else(|| Error::not_found("Environment", id))?;
    let public_url = cx.app.options().public_url.trim_end_matches('/');
    Ok(NewRequest {
        client_id: found.client_id.to_string(),
        redirect_uri: format!("{public_url}{PATH}"),
        state: None,
        code_challenge: None,
        organization_id: None,
        screen_hint: ScreenHint::SignIn,
        login_hint,
        invitation_token: None,
        password_reset_token: None,
        prove_anew,
        selector: None,
        hints: Hints::default(),
        ui_locales: None,
        theme: Theme::default(),
        // The code comes back to this page.
        begun_here: false,
    })
}

/// The environment that somebody signs in to who comes by themselves: the one that `client_id` names,
/// or the only one.
fn environment_of(visit: &Visit) -> Result<FlowCx> {
    let all = environment::list(visit.app.db())?;
    let named = visit.query("client_id");
    let found = match (named, all.as_slice()) {
        (Some(named), all) => all.iter().find(|it| it.client_id.as_str() == named),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    match found {
        Some(it) => Ok(visit.flow(&it.id)),
        None => {
            let text = "Nobody is signed in with this browser.";
            Err(Error::new(Kind::NotFound, words::SIGNED_OUT, text))
        }
    }
}
