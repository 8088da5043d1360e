//! Somebody acts as a user: for an hour, in one organization, in the open, and not as the user.
use serde_json::{Value, json};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::testing::{World, each_engine};
use vestibule_kernel::{Request, Result};
use vestibule_signin::impersonation::{self, Begun};

use crate::support::*;

const HELPER: &str = "grace@lighthouse.test";
const REASON: &str = "Ticket 4100: the export is empty";

fn offer(world: &World, user: &str, organization: Option<&str>) -> Result<Value> {
    let mut input = json!({ "user_id": user, "impersonator_email": HELPER, "reason": REASON });
    if let Some(id) = organization {
        input["organization_id"] = json!(id);
    }
    world.call("impersonations.create", input)
}

fn token(made: &Value) -> Secret {
    Secret::new(text(&made["url"]).rsplit_once("?token=").unwrap().1)
}

/// Confirms the page that the link leads to, with a browser.
fn confirm(world: &World, token: &Secret) -> Result<Option<Begun>> {
    let request = Request {
        ip_address: Some("203.0.113.9".to_owned()),
        user_agent: Some("Helper/1.0".to_owned()),
        ..Request::default()
    };
    let token = token.clone();
    world.flow().with_request(request).write(move |cx| impersonation::begin(cx, &token))
}

fn code_of(begun: &Begun) -> String {
    let location = url::Url::parse(&begun.location).unwrap();
    location.query_pairs().find(|it| it.0 == "code").unwrap().1.into_owned()
}

fn exchange(world: &World, code: &str) -> Result<Value> {
    authenticate(world, "authorization_code", json!({ "code": code }))
}

/// Ada, a member of Acme, and somebody who acts as her.
fn acting(world: &World) -> (String, String, Value, Begun) {
    world.call("redirect_uris.create", json!({ "uri": CALLBACK })).unwrap();
    let ada = user(world, EMAIL);
    let acme = join(world, &ada, "Acme");
    let made = offer(world, &ada, None).unwrap();
    let begun = confirm(world, &token(&made)).unwrap().unwrap();
    let reply = exchange(world, &code_of(&begun)).unwrap();
    (ada, acme, reply, begun)
}

/// The cookie of the browser of whoever acts.
fn with_browser_of(begun: &Begun) -> Request {
    let cookies = begun.cookies.iter().map(|it| {
        let (name, value) = it.split(';').next().unwrap().split_once('=').unwrap();
        (name.to_owned(), value.to_owned())
    });
    Request { cookies: cookies.collect(), ..Request::default() }
}

fn authorize(world: &World, request: Request, further: &Value) -> String {
    let mut input = json!({
        "client_id": "client_01", "redirect_uri": CALLBACK, "response_type": "code",
        "provider": "authkit",
    });
    for (name, value) in further.as_object().unwrap() {
        input[name] = value.clone();
    }
    let reply = world.call_as(request, "user_management.authorize", input).unwrap();
    reply.location.unwrap()
}

#[test]
fn who_acts_as_a_user_is_named_wherever_the_session_is_told_of() {
    each_engine(domains(), |world| {
        let (ada, acme, reply, begun) = acting(world);
        let impersonator = json!({ "email": HELPER, "reason": REASON });
        assert_eq!(reply["user"]["id"], json!(ada));
        assert_eq!(reply["organization_id"], json!(acme));
        assert_eq!(reply["authentication_method"], "Impersonation");
        assert_eq!(reply["impersonator"], impersonator);
        let claims = claims(&reply);
        assert_eq!(claims["act"], json!({ "sub": HELPER }));
        assert_eq!(claims["sub"], json!(ada));
        let expected = json!({
            "object": "session",
            "id": claims["sid"],
            "impersonator": impersonator,
            "ip_address": "203.0.113.9",
            "organization_id": acme,
            "user_agent": "Helper/1.0",
            "user_id": ada,
            "auth_method": "impersonation",
            "status": "active",
            "expires_at": "2026-01-15T13:00:00.000Z",
            "ended_at": null,
            "created_at": "2026-01-15T12:00:00.000Z",
            "updated_at": "2026-01-15T12:00:00.000Z",
        });
        assert_eq!(last(world, "session.created"), expected);
        let page = world.call("sessions.list", json!({ "id": ada })).unwrap();
        assert_eq!(page["data"], json!([expected]));
        let found = world.call("users.get", json!({ "id": ada })).unwrap();
        assert_eq!(found["last_sign_in_at"], Value::Null, "it was not the user who signed in");
        let refreshed = refresh(world, &reply["refresh_token"]).unwrap();
        assert_eq!(refreshed["impersonator"], impersonator);
        assert!(begun.location.starts_with(CALLBACK));
        world.call("sessions.revoke", json!({ "session_id": claims["sid"] })).unwrap();
        assert_eq!(last(world, "session.revoked")["impersonator"], impersonator);
    });
}

#[test]
fn a_link_works_once_for_ten_minutes_and_looking_at_it_begins_nothing() {
    each_engine(domains(), |world| {
        world.call("redirect_uris.create", json!({ "uri": CALLBACK })).unwrap();
        let ada = user(world, EMAIL);
        let made = offer(world, &ada, None).unwrap();
        assert_eq!(made["expires_at"], "2026-01-15T12:10:00.000Z");
        assert_eq!(made["organization_id"], Value::Null);
        let first = token(&made);
        let offered = || world.flow().read(|cx| impersonation::offer(cx, &first)).unwrap();
        assert_eq!(offered().unwrap().impersonator.email, HELPER);
        assert!(offered().is_some());
        assert_eq!(count(world, "session.created"), 0);
        assert!(confirm(world, &first).unwrap().is_some());
        assert!(confirm(world, &first).unwrap().is_none() && offered().is_none());
        let late = token(&offer(world, &ada, None).unwrap());
        world.clock.advance_seconds(600);
        assert!(confirm(world, &late).unwrap().is_none());
        assert!(confirm(world, &Secret::new("x".repeat(300))).unwrap().is_none());
        let (other, _) = world.other_environment();
        let here = token(&offer(world, &ada, None).unwrap());
        let elsewhere = world.app.system(&other);
        assert!(elsewhere.read(|cx| impersonation::offer(cx, &here)).unwrap().is_none());
        assert_eq!(count(world, "session.created"), 1);
    });
}

#[test]
fn a_link_needs_a_reason_an_address_and_where_there_are_several_an_organization() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let (one, _) = (join(world, &ada, "One"), join(world, &ada, "Two"));
        let foreign = join(world, &user(world, "eve@evil.test"), "Foreign");
        let refused = |done: Result<Value>| refusal(done);
        let unnamed = offer(world, &ada, None).unwrap_err();
        assert_eq!(unnamed.status(), 422);
        assert_eq!(unnamed.fields()[0].field.as_deref(), Some("organization_id"));
        let not_member = (400, "organization_membership_not_found".to_owned());
        assert_eq!(refused(offer(world, &ada, Some(&foreign))), not_member);
        assert_eq!(refused(offer(world, &ada, Some("org_unknown"))).0, 404);
        assert_eq!(refused(offer(world, "user_unknown", None)).0, 404);
        for bad in [
            json!({ "reason": " " }),
            json!({ "reason": "x".repeat(501) }),
            json!({ "impersonator_email": "nobody" }),
        ] {
            let mut input = json!({
                "user_id": ada, "organization_id": one,
                "impersonator_email": HELPER, "reason": REASON,
            });
            for (name, value) in bad.as_object().unwrap() {
                input[name] = value.clone();
            }
            assert_eq!(refused(world.call("impersonations.create", input)).0, 422, "{bad}");
        }
        assert_eq!(offer(world, &ada, Some(&one)).unwrap()["organization_id"], json!(one));
    });
}

#[test]
fn the_browser_goes_on_to_the_sign_in_endpoint_and_comes_back_for_a_code_of_the_session() {
    each_engine(domains(), |world| {
        world.call("redirect_uris.create", json!({ "uri": CALLBACK })).unwrap();
        let endpoint = "https://app.example.com/sign-in";
        world.call("application_urls.update", json!({ "sign_in_url": endpoint })).unwrap();
        let ada = user(world, EMAIL);
        let acme = join(world, &ada, "Acme");
        let begun = confirm(world, &token(&offer(world, &ada, None).unwrap())).unwrap().unwrap();
        assert_eq!(begun.location, endpoint);
        let back = authorize(world, with_browser_of(&begun), &json!({ "state": "s" }));
        let code = url::Url::parse(&back).unwrap();
        let code = code.query_pairs().find(|it| it.0 == "code").unwrap().1.into_owned();
        let reply = exchange(world, &code).unwrap();
        assert_eq!(reply["impersonator"]["email"], HELPER);
        assert_eq!(reply["organization_id"], json!(acme));
        assert_eq!(count(world, "session.created"), 1);
    });
}

#[test]
fn without_anywhere_to_go_a_link_is_not_used_up() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let link = token(&offer(world, &ada, None).unwrap());
        assert_eq!(confirm(world, &link).unwrap_err().status(), 409);
        world.call("redirect_uris.create", json!({ "uri": CALLBACK })).unwrap();
        assert!(confirm(world, &link).unwrap().is_some());
    });
}

#[test]
fn acting_ends_after_an_hour_however_often_it_is_refreshed_and_however_long_sessions_last() {
    each_engine(domains(), |world| {
        policy(world, |it| it.access_token_seconds = 3600);
        let (ada, _, reply, _) = acting(world);
        let mut token = reply["refresh_token"].clone();
        let end = 1_768_478_400 + 3600;
        for _ in 0..5 {
            world.clock.advance_seconds(700);
            let next = refresh(world, &token).unwrap();
            assert!(claims(&next)["exp"].as_i64().unwrap() <= end, "no token outlives it");
            token = next["refresh_token"].clone();
        }
        world.clock.advance_seconds(100);
        assert_eq!(refusal(refresh(world, &token)), (400, "invalid_grant".to_owned()));
        assert!(sessions(world, &ada).is_empty());
    });
}

#[test]
fn who_acts_as_a_user_stays_with_one_organization() {
    each_engine(domains(), |world| {
        let (ada, acme, reply, begun) = acting(world);
        let other = join(world, &ada, "Other");
        let input = json!({ "refresh_token": reply["refresh_token"], "organization_id": other });
        let refused = (400, "organization_membership_not_found".to_owned());
        assert_eq!(refusal(authenticate(world, "refresh_token", input)), refused);
        let back = authorize(world, with_browser_of(&begun), &json!({ "organization_id": other }));
        assert!(back.starts_with("/authkit/"), "that needs a sign-in: {back}");
        let back = authorize(world, with_browser_of(&begun), &json!({ "organization_id": acme }));
        assert!(back.starts_with(CALLBACK), "{back}");
    });
}

#[test]
fn an_impersonated_session_is_not_made_the_users_own_by_proving_anew_who_they_are() {
    each_engine(domains(), |world| {
        let (ada, _, _, begun) = acting(world);
        let request = with_browser_of(&begun);
        let back = authorize(world, request.clone(), &json!({ "prompt": "login" }));
        let id = back.trim_start_matches("/authkit/").to_owned();
        // The session of whoever acts is not what the next sign-in with this browser renews.
        let flow = world.flow().with_request(request);
        let own = flow.read(vestibule_signin::authorize::browser::own_session).unwrap();
        assert!(own.is_none());
        assert!(!id.is_empty());
        let reauthenticated = sign_in(world, EMAIL).unwrap();
        assert!(reauthenticated.get("impersonator").is_none());
        assert_eq!(sessions(world, &ada).len(), 2);
        assert_eq!(count(world, "authentication.reauthentication_succeeded"), 0);
    });
}

#[test]
fn who_acts_as_a_user_accepts_no_invitation_in_their_name() {
    each_engine(domains(), |world| {
        world.call("redirect_uris.create", json!({ "uri": CALLBACK })).unwrap();
        let ada = user(world, EMAIL);
        let hosts = world.call("organizations.create", json!({ "name": "Hosts" })).unwrap();
        let input = json!({ "email": EMAIL, "organization_id": hosts["id"] });
        let invitation = world.call("invitations.create", input).unwrap();
        let begun = confirm(world, &token(&offer(world, &ada, None).unwrap())).unwrap().unwrap();
        let input = json!({ "code": code_of(&begun), "invitation_token": invitation["token"] });
        let refused = (400, "invitation_invalid".to_owned());
        assert_eq!(refusal(authenticate(world, "authorization_code", input)), refused);
        let found = world.call("invitations.get", json!({ "id": invitation["id"] })).unwrap();
        assert_eq!(found["state"], "pending");
        world.drain();
    });
}

#[test]
fn a_link_ends_with_the_membership_and_with_the_user() {
    each_engine(domains(), |world| {
        world.call("redirect_uris.create", json!({ "uri": CALLBACK })).unwrap();
        let ada = user(world, EMAIL);
        join(world, &ada, "Acme");
        let link = token(&offer(world, &ada, None).unwrap());
        let page = world.call("organization_memberships.list", json!({ "user_id": ada })).unwrap();
        let id = &page["data"][0]["id"];
        world.call("organization_memberships.deactivate", json!({ "id": id })).unwrap();
        assert!(confirm(world, &link).unwrap().is_none());
        let link = token(&offer(world, &ada, None).unwrap());
        world.call("users.delete", json!({ "id": ada })).unwrap();
        assert!(confirm(world, &link).unwrap().is_none());
    });
}

#[test]
fn a_policy_that_asks_for_more_does_not_keep_help_away() {
    each_engine(domains(), |world| {
        let (_, acme, reply, _) = acting(world);
        let input = json!({
            "organization_id": acme, "sso_required": true, "second_factor": "required",
        });
        world.call("organization_sign_in_policy.update", input).unwrap();
        refresh(world, &reply["refresh_token"]).unwrap();
    });
}
