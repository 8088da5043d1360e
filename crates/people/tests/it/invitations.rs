//! Invitations.
use serde_json::{Value, json};
use vestibule_kernel::Result;
use vestibule_kernel::job::Handler;
use vestibule_kernel::testing::{Domains, World, each_engine};
use vestibule_messages::inbox;
use vestibule_people::invitations::{self, InvitationSettings};
use vestibule_people::{memberships, users};

use crate::memberships::{member, user};
use crate::support::{PEOPLE, call_from, fields, id, ids, organization, refused};

const DAY: i64 = 86_400;

/// This crate, with mail into the inbox.
const WITH_MAIL: Domains =
    Domains { handlers: &[HANDLER, vestibule_messages::HANDLERS[0]], ..PEOPLE };
const HANDLER: Handler = vestibule_people::HANDLERS[0];

fn invite(world: &World, input: Value) -> Result<Value> {
    let done = world.call("invitations.create", input);
    world.drain();
    done
}

fn call(world: &World, verb: &str, invitation: &Value) -> Result<Value> {
    let done = world.call(&format!("invitations.{verb}"), json!({ "id": invitation["id"] }));
    world.drain();
    done
}

/// The texts of the mails to this address, newest first.
fn mails(world: &World, to: &str) -> Vec<String> {
    let all = world.flow().read(inbox::list).unwrap();
    all.into_iter().filter(|it| it.to == to).map(|it| it.text).collect()
}

fn memberships_of(world: &World, user: &Value) -> Vec<Value> {
    let input = json!({ "user_id": user["id"], "statuses": ["active", "inactive", "pending"] });
    let page = world.call("organization_memberships.list", input).unwrap();
    page["data"].as_array().unwrap().clone()
}

fn set(world: &World, settings: InvitationSettings) {
    world.flow().write(move |cx| cx.set(&settings)).unwrap();
}

#[test]
fn an_invitation_is_mailed_and_read_by_id_token_address_and_organization() {
    each_engine(WITH_MAIL, |world| {
        let acme = organization(world, "Acme");
        let inviter = user(world, "boss@x.test");
        let input = json!({
            "email": "Ada@X.test", "organization_id": acme["id"], "role_slug": "admin",
            "inviter_user_id": inviter["id"], "expires_in_days": 3, "locale": "de",
        });
        let made = invite(world, input).unwrap();
        assert!(id(&made).starts_with("invitation_"));
        let token = made["token"].as_str().unwrap();
        assert_eq!(token.len(), 43);
        let url = format!("http://127.0.0.1:4100/invite?invitation_token={token}");
        let expected = json!({
            "object": "invitation",
            "id": made["id"],
            "email": "Ada@X.test",
            "state": "pending",
            "accepted_at": null,
            "revoked_at": null,
            "expires_at": "2026-01-18T12:00:00.000Z",
            "organization_id": acme["id"],
            "inviter_user_id": inviter["id"],
            "accepted_user_id": null,
            "role_slug": "admin",
            "token": token,
            "accept_invitation_url": url,
            "created_at": "2026-01-15T12:00:00.000Z",
            "updated_at": "2026-01-15T12:00:00.000Z",
        });
        assert_eq!(made, expected);
        assert_eq!(call(world, "get", &made).unwrap(), expected);
        let by_token = world.call("invitations.get_by_token", json!({ "token": token })).unwrap();
        assert_eq!(by_token, expected);
        invite(world, json!({ "email": "other@x.test" })).unwrap();
        for filter in [json!({ "email": "ada@x.TEST" }), json!({ "organization_id": acme["id"] })] {
            let page = world.call("invitations.list", filter).unwrap();
            assert_eq!(page["data"], json!([expected]));
        }
        assert_eq!(ids(&world.call("invitations.list", json!({})).unwrap()).len(), 2);
        let mails = mails(world, "Ada@X.test");
        assert!(mails[0].contains(&url) && mails[0].contains("Acme"), "{mails:?}");
        let (name, told) = world.events().into_iter().find(|it| it.1["id"] == made["id"]).unwrap();
        assert_eq!(name, "invitation.created");
        let mut payload = expected;
        for key in ["token", "accept_invitation_url"] {
            payload.as_object_mut().unwrap().remove(key);
        }
        assert_eq!(told, payload);
    });
}

#[test]
fn unknown_invitations_are_not_found() {
    each_engine(WITH_MAIL, |world| {
        for verb in ["get", "accept", "revoke", "resend"] {
            let none = json!({ "id": "invitation_none" });
            refused(call(world, verb, &none), 404, "entity_not_found");
        }
        let error = refused(
            world.call("invitations.get_by_token", json!({ "token": "guess" })),
            404,
            "entity_not_found",
        );
        assert!(!error.message().contains("guess"));
    });
}

#[test]
fn an_invitation_to_sign_up_has_no_role_and_one_to_an_organization_has_its_default() {
    each_engine(WITH_MAIL, |world| {
        let made = invite(world, json!({ "email": "a@x.test" })).unwrap();
        assert_eq!((&made["organization_id"], &made["role_slug"]), (&json!(null), &json!(null)));
        assert_eq!(made["expires_at"], json!("2026-01-22T12:00:00.000Z"));
        let acme = organization(world, "Acme");
        let input = json!({ "email": "a@x.test", "organization_id": acme["id"] });
        assert_eq!(invite(world, input).unwrap()["role_slug"], json!("member"));
    });
}

#[test]
fn what_makes_no_sense_is_refused_each_with_its_code() {
    each_engine(WITH_MAIL, |world| {
        let acme = organization(world, "Acme");
        let to_acme = |email: &str| json!({ "email": email, "organization_id": acme["id"] });
        let ada = user(world, "ada@x.test");
        let membership = member(world, &ada, &acme, None).unwrap();
        invite(world, to_acme("invited@x.test")).unwrap();
        invite(world, json!({ "email": "app@x.test" })).unwrap();
        let count = world.events().len();
        let role = |email: &str, role: &str| {
            let mut input = to_acme(email);
            input["role_slug"] = json!(role);
            input
        };
        let days = |days: i64| json!({ "email": "new@x.test", "expires_in_days": days });
        let cases = [
            (to_acme("ADA@x.test"), "user_already_organization_member"),
            (to_acme("INVITED@x.test"), "email_already_invited_to_organization"),
            (json!({ "email": "APP@x.test" }), "email_already_invited"),
            (json!({ "email": "ada@x.test" }), "user_already_exists"),
            (role("new@x.test", "none"), "invalid_role"),
            (days(0), "expires_in_days_too_short"),
            (days(-1), "expires_in_days_too_short"),
            (days(31), "expires_in_days_too_long"),
            (json!({ "email": "a@b.invalid" }), "email_domain_not_deliverable"),
        ];
        for (input, code) in cases {
            refused(invite(world, input), 400, code);
        }
        let input = json!({ "id": membership["id"] });
        world.call("organization_memberships.deactivate", input).unwrap();
        refused(invite(world, to_acme("ada@x.test")), 400, "user_already_organization_member");
        for (field, input) in [
            ("email", json!({})),
            ("email", json!({ "email": "no address" })),
            ("role_slug", json!({ "email": "new@x.test", "role_slug": "member" })),
            ("locale", json!({ "email": "new@x.test", "locale": "tlh" })),
            ("expires_in_days", json!({ "email": "new@x.test", "expires_in_days": 1.5 })),
        ] {
            let error = refused(invite(world, input), 422, "invalid_request_parameters");
            assert_eq!(fields(&error), [field]);
        }
        let nowhere = json!({ "email": "new@x.test", "organization_id": "org_none" });
        refused(invite(world, nowhere), 404, "entity_not_found");
        let nobody = json!({ "email": "new@x.test", "inviter_user_id": "user_none" });
        refused(invite(world, nobody), 404, "entity_not_found");
        assert_eq!(world.events().len(), count + 1, "only the deactivation was told");
    });
}

#[test]
fn an_organization_that_is_blocked_invites_nobody_until_it_is_let_again() {
    each_engine(WITH_MAIL, |world| {
        let (acme, beta) = (organization(world, "Acme"), organization(world, "Beta"));
        let block = |ids: Value| {
            let input = json!({ "blocked_organization_ids": ids });
            world.call("invitation_settings.update", input)
        };
        let input = json!({ "email": "a@x.test", "organization_id": acme["id"] });
        let shown = block(json!([beta["id"], acme["id"], acme["id"]])).unwrap();
        assert_eq!(shown["blocked_organization_ids"], json!([acme["id"], beta["id"]]));
        assert_eq!(world.call("invitation_settings.get", json!({})).unwrap(), shown);
        refused(invite(world, input.clone()), 400, "organization_blocked_from_sending_invites");
        refused(block(json!(["org_none"])), 404, "entity_not_found");
        let (_, key) = world.other_environment();
        let elsewhere = json!({ "name": "Elsewhere" });
        let theirs = call_from(&key, world, "organizations.create", elsewhere).unwrap();
        refused(block(json!([theirs["id"]])), 404, "entity_not_found");
        assert_eq!(world.call("invitation_settings.get", json!({})).unwrap(), shown);
        world.call("organizations.delete", json!({ "id": beta["id"] })).unwrap();
        let left = world.call("invitation_settings.get", json!({})).unwrap();
        assert_eq!(left["blocked_organization_ids"], json!([acme["id"]]));
        block(json!([])).unwrap();
        invite(world, input).unwrap();
    });
}

#[test]
fn the_application_may_mail_and_serve_links_itself() {
    each_engine(WITH_MAIL, |world| {
        set(
            world,
            InvitationSettings {
                url: Some("https://app.example/join?x=1".to_owned()),
                send_mail: false,
                ..InvitationSettings::default()
            },
        );
        let made = invite(world, json!({ "email": "a@x.test" })).unwrap();
        let url = made["accept_invitation_url"].as_str().unwrap();
        assert!(url.starts_with("https://app.example/join?x=1&invitation_token="), "{url}");
        assert!(mails(world, "a@x.test").is_empty());
    });
}

#[test]
fn inviting_somebody_with_an_account_makes_a_pending_membership_that_accepting_activates() {
    each_engine(WITH_MAIL, |world| {
        let acme = organization(world, "Acme");
        let ada = user(world, "ada@x.test");
        let count = world.events().len();
        let input =
            json!({ "email": "ada@x.test", "organization_id": acme["id"], "role_slug": "admin" });
        let made = invite(world, input).unwrap();
        let pending = memberships_of(world, &ada);
        assert_eq!(pending.len(), 1);
        assert_eq!(pending[0]["status"], json!("pending"));
        for verb in ["deactivate", "reactivate"] {
            let operation = format!("organization_memberships.{verb}");
            let code = format!("cannot_{verb}_pending_organization_membership");
            refused(world.call(&operation, json!({ "id": pending[0]["id"] })), 400, &code);
        }
        let code = "cannot_reactivate_pending_organization_membership";
        refused(member(world, &ada, &acme, None), 400, code);
        world.clock.advance_seconds(1);
        let accepted = call(world, "accept", &made).unwrap();
        assert_eq!(accepted["state"], json!("accepted"));
        assert_eq!(accepted["accepted_at"], json!("2026-01-15T12:00:01.000Z"));
        assert_eq!(accepted["accepted_user_id"], ada["id"]);
        let active = memberships_of(world, &ada);
        assert_eq!(active[0]["id"], pending[0]["id"]);
        assert_eq!(active[0]["status"], json!("active"));
        assert_eq!(active[0]["role"], json!({ "slug": "admin" }));
        assert_eq!(active[0]["user"]["email_verified"], json!(false), "the API proves no address");
        let told = world.event_names().split_off(count);
        assert_eq!(
            told,
            [
                "invitation.created",
                "organization_membership.created",
                "invitation.accepted",
                "organization_membership.updated",
            ]
        );
        refused(call(world, "accept", &made), 400, "invite_not_pending");
        refused(call(world, "revoke", &made), 400, "invite_not_pending");
        refused(call(world, "resend", &made), 400, "invite_accepted");
    });
}

#[test]
fn nobody_can_accept_for_an_address_without_a_user() {
    each_engine(WITH_MAIL, |world| {
        let acme = organization(world, "Acme");
        let input = json!({ "email": "new@x.test", "organization_id": acme["id"] });
        let made = invite(world, input).unwrap();
        refused(call(world, "accept", &made), 400, "invalid_invite");
        assert_eq!(call(world, "get", &made).unwrap()["state"], json!("pending"));
        let new = user(world, "new@x.test");
        call(world, "accept", &made).unwrap();
        let joined = memberships_of(world, &new);
        assert_eq!(joined[0]["status"], json!("active"));
        assert_eq!(joined[0]["role"], json!({ "slug": "member" }));
    });
}

#[test]
fn a_revoked_invitation_leads_nowhere_and_its_pending_membership_goes() {
    each_engine(WITH_MAIL, |world| {
        let acme = organization(world, "Acme");
        let ada = user(world, "ada@x.test");
        let input = json!({ "email": "ada@x.test", "organization_id": acme["id"] });
        let made = invite(world, input.clone()).unwrap();
        let count = world.events().len();
        let revoked = call(world, "revoke", &made).unwrap();
        assert_eq!(revoked["state"], json!("revoked"));
        assert_eq!(revoked["revoked_at"], json!("2026-01-15T12:00:00.000Z"));
        assert!(memberships_of(world, &ada).is_empty());
        let told = world.event_names().split_off(count);
        assert_eq!(told, ["invitation.revoked", "organization_membership.deleted"]);
        refused(call(world, "accept", &made), 400, "invite_not_pending");
        refused(call(world, "revoke", &made), 400, "invite_not_pending");
        refused(call(world, "resend", &made), 400, "invite_revoked");
        invite(world, input).unwrap();
    });
}

#[test]
fn an_invitation_expires_and_makes_way_for_another() {
    each_engine(WITH_MAIL, |world| {
        let acme = organization(world, "Acme");
        let ada = user(world, "ada@x.test");
        let to_acme = json!({ "email": "ada@x.test", "organization_id": acme["id"] });
        let to_app = json!({ "email": "new@x.test", "expires_in_days": 7 });
        let made = invite(world, to_acme.clone()).unwrap();
        invite(world, to_app.clone()).unwrap();
        world.clock.advance_seconds(7 * DAY - 1);
        assert_eq!(call(world, "get", &made).unwrap()["state"], json!("pending"));
        refused(invite(world, to_acme.clone()), 400, "email_already_invited_to_organization");
        world.clock.advance_seconds(1);
        let expired = call(world, "get", &made).unwrap();
        assert_eq!(expired["state"], json!("expired"));
        refused(call(world, "accept", &made), 400, "invite_not_pending");
        refused(call(world, "revoke", &made), 400, "invite_not_pending");
        refused(call(world, "resend", &made), 400, "invite_expired");
        let again = invite(world, to_acme).unwrap();
        assert_ne!(again["id"], made["id"]);
        invite(world, to_app).unwrap();
        assert_eq!(memberships_of(world, &ada).len(), 1, "the pending membership is used again");
        call(world, "accept", &again).unwrap();
        assert_eq!(memberships_of(world, &ada)[0]["status"], json!("active"));
        assert_eq!(call(world, "get", &made).unwrap()["state"], json!("expired"));
    });
}

#[test]
fn resending_mails_another_link_that_lasts_as_long_and_ends_the_first() {
    each_engine(WITH_MAIL, |world| {
        let made = invite(world, json!({ "email": "a@x.test", "expires_in_days": 2 })).unwrap();
        world.clock.advance_seconds(DAY);
        let resent = call(world, "resend", &made).unwrap();
        assert_eq!(resent["id"], made["id"]);
        assert_eq!(resent["state"], json!("pending"));
        assert_eq!(resent["expires_at"], json!("2026-01-18T12:00:00.000Z"));
        assert_ne!(resent["token"], made["token"]);
        let by_token =
            |it: &Value| world.call("invitations.get_by_token", json!({ "token": it["token"] }));
        refused(by_token(&made), 404, "entity_not_found");
        assert_eq!(by_token(&resent).unwrap(), resent);
        let mails = mails(world, "a@x.test");
        assert_eq!(mails.len(), 2);
        assert!(mails[0].contains(resent["token"].as_str().unwrap()));
        assert_eq!(world.event_names(), ["invitation.created", "invitation.resent"]);
        world.clock.advance_seconds(DAY);
        let again = call(world, "resend", &made).unwrap();
        assert_eq!(again["expires_at"], json!("2026-01-19T12:00:00.000Z"));
    });
}

#[test]
fn who_comes_with_the_token_joins_and_has_proven_the_address() {
    each_engine(WITH_MAIL, |world| {
        let acme = organization(world, "Acme");
        let ada = user(world, "ada@acme.example");
        let eve = user(world, "eve@evil.example");
        let input = json!({ "email": "first@acme.example", "organization_id": acme["id"] });
        let for_domain = invite(world, input).unwrap();
        let accept = |invitation: &Value, email: &'static str| {
            let token = invitation["token"].as_str().unwrap().to_owned();
            world.flow().write(move |cx| {
                let found = invitations::get_by_token(cx, &token)?.expect("an invitation");
                let user = users::get_by_email(cx, email)?.expect("a user");
                assert!(invitations::is_usable(&found, cx.now()));
                invitations::check_recipient(cx, &found, email)?;
                invitations::accept(cx, &found, &user)?;
                Ok(memberships::active_of_user(cx, &user.id)?.len())
            })
        };
        let error = accept(&for_domain, "eve@evil.example").unwrap_err();
        assert_eq!(error.status(), 400);
        assert_eq!(error.body()["error"], json!("invitation_cannot_be_used_for_email"));
        assert_eq!(call(world, "get", &for_domain).unwrap()["state"], json!("pending"));
        assert_eq!(accept(&for_domain, "ada@acme.example").unwrap(), 1);
        let get = |it: &Value| world.call("users.get", json!({ "id": it["id"] })).unwrap();
        assert_eq!(get(&ada)["email_verified"], json!(false), "it was mailed to another");
        let accepted = call(world, "get", &for_domain).unwrap();
        assert_eq!(accepted["accepted_user_id"], ada["id"]);

        let to_app = invite(world, json!({ "email": "any@x.test" })).unwrap();
        assert_eq!(accept(&to_app, "eve@evil.example").unwrap(), 0);
        let other = organization(world, "Other");
        let input = json!({ "email": "eve@evil.example", "organization_id": other["id"] });
        let own = invite(world, input).unwrap();
        assert_eq!(accept(&own, "eve@evil.example").unwrap(), 1);
        assert_eq!(get(&eve)["email_verified"], json!(true));
    });
}

#[test]
fn of_many_who_invite_the_same_person_at_once_one_wins() {
    each_engine(WITH_MAIL, |world| {
        let acme = organization(world, "Acme");
        user(world, "ada@x.test");
        for (input, code) in [
            (
                json!({ "email": "ada@x.test", "organization_id": acme["id"] }),
                "email_already_invited_to_organization",
            ),
            (json!({ "email": "new@x.test" }), "email_already_invited"),
        ] {
            let made: Vec<Result<Value>> = std::thread::scope(|scope| {
                let one = || world.call("invitations.create", input.clone());
                let threads: Vec<_> = (0..16).map(|_| scope.spawn(one)).collect();
                threads.into_iter().map(|it| it.join().unwrap()).collect()
            });
            world.drain();
            let (won, lost): (Vec<_>, Vec<_>) = made.into_iter().partition(Result::is_ok);
            assert_eq!((won.len(), lost.len()), (1, 15));
            for it in lost {
                refused(it, 400, code);
            }
        }
        assert_eq!(mails(world, "ada@x.test").len(), 1);
    });
}

#[test]
fn invitations_go_with_their_organization_and_with_their_user() {
    each_engine(WITH_MAIL, |world| {
        let (acme, other) = (organization(world, "Acme"), organization(world, "Other"));
        let ada = user(world, "ada@x.test");
        let to = |organization: &Value, email: &str| {
            let input = json!({
                "email": email, "organization_id": organization["id"],
                "inviter_user_id": ada["id"],
            });
            invite(world, input).unwrap()
        };
        let (gone, kept, own) =
            (to(&acme, "b@x.test"), to(&other, "b@x.test"), to(&other, "ada@x.test"));
        world.call("organizations.delete", json!({ "id": acme["id"] })).unwrap();
        refused(call(world, "get", &gone), 404, "entity_not_found");
        world.call("users.delete", json!({ "id": ada["id"] })).unwrap();
        refused(call(world, "get", &own), 404, "entity_not_found");
        assert_eq!(call(world, "get", &kept).unwrap()["inviter_user_id"], json!(null));
    });
}

#[test]
fn another_environment_sees_none_of_them() {
    each_engine(WITH_MAIL, |world| {
        let made = invite(world, json!({ "email": "a@x.test" })).unwrap();
        let (_, key) = world.other_environment();
        for verb in ["get", "accept", "revoke", "resend"] {
            let operation = format!("invitations.{verb}");
            let input = json!({ "id": made["id"] });
            refused(call_from(&key, world, &operation, input), 404, "entity_not_found");
        }
        let input = json!({ "token": made["token"] });
        refused(call_from(&key, world, "invitations.get_by_token", input), 404, "entity_not_found");
        let list = call_from(&key, world, "invitations.list", json!({})).unwrap();
        assert_eq!(list["data"], json!([]));
    });
}
