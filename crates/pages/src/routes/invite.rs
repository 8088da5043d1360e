//! The page that an invitation leads to, before it is accepted.
//!
//! Accepting begins a sign-in, which accepts the invitation in the end, for whoever has shown who
//! they are. From there the browser goes on to the sign-in endpoint of the application: libraries
//! refuse a code that they have not asked for, and most know no invitations. Where the application
//! has no such endpoint, a code goes to the default redirect URI.
use axum::http::StatusCode;
use axum::response::Response;
use vestibule_kernel::{Cx, Error, FlowCx, Kind, Result, environment};
use vestibule_people::invitations::{self, Invitation};
use vestibule_people::users::User;
use vestibule_people::{organizations, users};
use vestibule_signin::authorize::{self, Hints, NewRequest, ScreenHint, Theme};
use vestibule_signin::redirect_uris;

use crate::screens::{self, Form};
use crate::web::{Visit, add_cookie, page, see_other};
use crate::{look, words};

/// Where it is.
pub const PATH: &str = "/invite";

/// `GET /invite?invitation_token=…`
pub fn show(visit: &Visit) -> Result<Response> {
    let (flow, invitation) = find(visit)?;
    let (frame, organization, inviter) = flow.read(|cx| {
        let organization = match &invitation.organization_id {
            Some(id) => organizations::get(cx, id)?.map(|it| it.name),
            None => None,
        };
        let inviter = match &invitation.inviter_user_id {
            Some(id) => users::get(cx, id)?.map(called),
            None => None,
        };
        Ok((look::frame(cx)?, organization, inviter))
    })?;
    let action = url::form_urlencoded::Serializer::new(format!("{PATH}?"))
        .append_pair("invitation_token", &invitation.token)
        .finish();
    let form = Form::new(action, visit.browser().token().reveal());
    let screen = screens::Invitation { form, email: invitation.email, organization, inviter };
    page(StatusCode::OK, &frame, &screen)
}

/// `POST /invite?invitation_token=…`
pub fn send(visit: &Visit) -> Result<Response> {
    let (flow, invitation) = find(visit)?;
    let begun = flow.write(move |cx| {
        let asked = asked(cx, &invitation)?;
        authorize::begin(cx, asked)
    })?;
    let mut response = see_other(&authorize::path(&begun.request.id))?;
    add_cookie(&mut response, &begun.cookie);
    Ok(response)
}

/// What an application would ask for that sent its user here.
fn asked(cx: &mut Cx<'_>, invitation: &Invitation) -> Result<NewRequest> {
    let environment = cx.environment.clone();
    let environment = environment::get(cx.db(), &environment)?;
    let redirect_uri = match redirect_uris::default(cx)? {
        Some(it) => Some(it.uri),
        None => redirect_uris::sign_in_url(cx)?,
    };
    let (Some(environment), Some(redirect_uri)) = (environment, redirect_uri) else {
        let text = "The environment has no redirect URI.";
        return Err(Error::new(Kind::Conflict, words::INVITATION_NOWHERE, text));
    };
    Ok(NewRequest {
        client_id: environment.client_id.to_string(),
        redirect_uri,
        state: None,
        code_challenge: None,
        organization_id: None,
        screen_hint: ScreenHint::SignIn,
        login_hint: None,
        invitation_token: Some(invitation.token.clone()),
        password_reset_token: None,
        prove_anew: false,
        selector: None,
        hints: Hints::default(),
        ui_locales: None,
        theme: Theme::default(),
        begun_here: true,
    })
}

/// The invitation of the link, and doors to its environment, which the link does not tell.
fn find(visit: &Visit) -> Result<(FlowCx, Invitation)> {
    let token = visit.query("invitation_token").unwrap_or_default();
    for environment in environment::list(visit.app.db())? {
        let flow = visit.flow(&environment.id);
        let found = flow.read(|cx| {
            let now = cx.now();
            let found = invitations::get_by_token(cx, token)?;
            Ok(found.filter(|it| invitations::is_usable(it, now)))
        })?;
        if let Some(invitation) = found {
            let mut request = visit.request.clone();
            request.audience.organization_id.clone_from(&invitation.organization_id);
            return Ok((flow.with_request(request), invitation));
        }
    }
    Err(Error::new(Kind::Gone, words::INVITATION_OVER, "The invitation cannot be accepted."))
}

/// How the page calls somebody who invites.
fn called(user: User) -> String {
    let parts: Vec<String> = [user.first_name, user.last_name].into_iter().flatten().collect();
    match (user.name, parts.is_empty()) {
        (Some(name), _) => name,
        (None, false) => parts.join(" "),
        (None, true) => user.email,
    }
}
