//! What organizations ask of passwords, where people set them.
use serde_json::{Value, json};
use vestibule_kernel::Error;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::testing::{World, each_engine};
use vestibule_signin::authenticate::credentials::{self, NewAccount};

use crate::authorize::{Browser, Pages};
use crate::support::*;

/// As good as [`PASSWORD`], and longer.
const LONG_PASSWORD: &str = "Violet-Harbour-Quince-31-Copper-Lantern-Meadow";
const LENGTH_MIN: usize = 40;

/// An organization whose passwords are long, with a proved domain where one is named.
fn strict(world: &World, domain: Option<&str>) -> String {
    let mut input = json!({ "name": "Strict" });
    if let Some(domain) = domain {
        input["domain_data"] = json!([{ "domain": domain, "state": "verified" }]);
    }
    let id = text(&world.call("organizations.create", input).unwrap()["id"]);
    let rules = json!({ "organization_id": id, "length_min": LENGTH_MIN });
    world.call("organization_password_policy.update", rules).unwrap();
    id
}

fn sign_up(pages: &Pages, email: &str, password: &str) -> Result<(), Error> {
    let visitor = pages.request.visitor(&pages.flow.app, pages.flow.request())?;
    let wish = pages.flow.read(|cx| pages.request.wish(cx))?;
    let account = NewAccount { email: email.to_owned(), first_name: None, last_name: None };
    let password = Secret::new(password);
    credentials::sign_up(&pages.flow, &visitor, &wish, account, &password, |_| Ok(())).map(|_| ())
}

#[track_caller]
fn too_short(done: Result<(), Error>) {
    let error = done.unwrap_err();
    assert_eq!(error.fields()[0].code, "password_too_short", "{error:?}");
    assert_eq!(error.fields()[0].detail["minimum_length"], LENGTH_MIN);
}

#[test]
fn who_signs_up_for_an_organization_is_under_its_rules() {
    each_engine(domains(), |world| {
        world.call("redirect_uris.create", json!({ "uri": CALLBACK })).unwrap();
        let organization = strict(world, Some("strict.test"));
        let input = json!({ "email": "invited@one.test", "organization_id": organization });
        let invitation = world.call("invitations.create", input).unwrap();
        let mut browser = Browser::default();
        let by_invitation = json!({ "invitation_token": invitation["token"] });
        let by_name = json!({ "organization_id": organization });
        for (asked, email) in [
            (by_invitation, "invited@one.test"),
            (by_name, "named@one.test"),
            (json!({}), "domain@strict.test"),
        ] {
            let pages = browser.reach_pages(world, asked);
            too_short(sign_up(&pages, email, PASSWORD));
            sign_up(&pages, email, LONG_PASSWORD).unwrap();
        }
        sign_up(&browser.reach_pages(world, json!({})), "free@one.test", PASSWORD).unwrap();
        world.drain();
    });
}

#[test]
fn the_rules_of_a_sign_up_do_not_show_whose_address_it_is() {
    each_engine(domains(), |world| {
        world.call("redirect_uris.create", json!({ "uri": CALLBACK })).unwrap();
        let organization = strict(world, None);
        let member = world.call("users.create", json!({ "email": "member@one.test" })).unwrap();
        let input = json!({ "user_id": member["id"], "organization_id": organization });
        world.call("organization_memberships.create", input).unwrap();
        let mut browser = Browser::default();
        let pages = browser.reach_pages(world, json!({}));
        let weak: Vec<Value> = ["member@one.test", "nobody@one.test"]
            .into_iter()
            .map(|it| sign_up(&pages, it, "short").unwrap_err().body())
            .collect();
        assert_eq!(weak[0], weak[1]);
        // What is good enough for the environment gets as far as for anybody.
        let taken = sign_up(&pages, "member@one.test", PASSWORD).unwrap_err();
        assert_eq!(taken.code(), "user_creation_error");
    });
}

#[test]
fn a_reset_is_under_the_rules_of_the_organizations_of_its_user() {
    each_engine(domains(), |world| {
        let organization = strict(world, None);
        let member = world.call("users.create", json!({ "email": "member@one.test" })).unwrap();
        let input = json!({ "user_id": member["id"], "organization_id": organization });
        world.call("organization_memberships.create", input).unwrap();
        let made = world.call("password_reset.create", json!({ "email": "member@one.test" }));
        let token = made.unwrap()["password_reset_token"].clone();
        let set = |password: &str| {
            let input = json!({ "token": token, "new_password": password });
            world.call("password_reset.confirm", input).map(|_| ())
        };
        too_short(set(PASSWORD));
        set(LONG_PASSWORD).unwrap();
        world.drain();
    });
}
