//! The grants of the endpoint, the steps between, and the attacks on them.
use serde_json::{Value, json};
use vestibule_kernel::Request;
use vestibule_kernel::testing::each_engine;
use vestibule_signin::policy::SecondFactor;

use crate::support::*;

#[test]
fn a_code_that_is_to_link_an_account_is_refused_and_the_mailed_code_stays_good() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        let made = world.call("magic_auth.create", json!({ "email": EMAIL })).unwrap();
        let mut input = json!({
            "email": EMAIL, "code": made["code"], "link_authorization_code": "01JA",
        });
        let error = authenticate(world, MAGIC_AUTH, input.clone()).unwrap_err();
        let expected = json!({
            "error": "invalid_link_authorization_code",
            "error_description":
                "The link_authorization_code is not valid: no account waits to be linked by one.",
        });
        assert_eq!(body(&error), (400, expected));
        // Libraries send an empty one where there is none.
        input["link_authorization_code"] = json!("");
        authenticate(world, MAGIC_AUTH, input).unwrap();
        world.drain();
    });
}

#[test]
fn a_password_signs_in_with_all_that_an_application_needs() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let organization = join(world, &ada, "Acme");
        let input = json!({
            "email": "ADA@acme.TEST",
            "password": PASSWORD,
            "ip_address": "203.0.113.42",
            "user_agent": "Test/1.0",
        });
        let reply = authenticate(world, "password", input).unwrap();
        assert_eq!(reply["user"]["id"], json!(ada));
        assert_eq!(reply["user"]["last_sign_in_at"], "2026-01-15T12:00:00.000Z");
        assert_eq!(reply["organization_id"], json!(organization));
        assert_eq!(reply["authentication_method"], "Password");
        let claims = claims(&reply);
        let session = text(&claims["sid"]);
        let expected = json!({
            "iss": "http://127.0.0.1:4100/user_management/client_01",
            "sub": ada,
            "sid": session,
            "jti": claims["jti"],
            "iat": 1_768_478_400,
            "exp": 1_768_478_700,
            "org_id": organization,
            "role": "member",
            "roles": ["member"],
            "client_id": "client_01",
            "auth_time": 1_768_478_400,
        });
        assert_eq!(claims, expected);
        assert_eq!(claims["jti"].as_str().unwrap().len(), 26);
        let page = world.call("sessions.list", json!({ "id": ada })).unwrap();
        let listed = json!({
            "object": "session",
            "id": session,
            "ip_address": "203.0.113.42",
            "organization_id": organization,
            "user_agent": "Test/1.0",
            "user_id": ada,
            "auth_method": "password",
            "status": "active",
            "expires_at": "2026-02-14T12:00:00.000Z",
            "ended_at": null,
            "created_at": "2026-01-15T12:00:00.000Z",
            "updated_at": "2026-01-15T12:00:00.000Z",
        });
        assert_eq!(page["data"], json!([listed]));
        assert_eq!(last(world, "session.created"), listed);
        let succeeded = json!({
            "type": "password",
            "status": "succeeded",
            "ip_address": "203.0.113.42",
            "user_agent": "Test/1.0",
            "user_id": ada,
            "email": EMAIL,
        });
        assert_eq!(last(world, "authentication.password_succeeded"), succeeded);
        assert_eq!(count(world, "user.updated"), 0, "the stamp of the sign-in is silent");
    });
}

#[test]
fn a_user_without_organizations_signs_in_without_one() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        let reply = sign_in(world, EMAIL).unwrap();
        assert!(reply.get("organization_id").is_none());
        for claim in ["org_id", "role", "roles", "permissions"] {
            assert!(claims(&reply).get(claim).is_none(), "{claim}");
        }
    });
}

#[test]
fn a_wrong_password_an_unknown_address_and_no_password_get_the_same_answer() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        world.call("users.create", json!({ "email": "bare@acme.test" })).unwrap();
        for email in [EMAIL, "bare@acme.test", "nobody@acme.test"] {
            let input = json!({ "email": email, "password": "Not-The-Password-55" });
            let error = authenticate(world, "password", input).unwrap_err();
            let message = format!("Invalid credentials for '{email}'.");
            let expected = json!({ "code": "invalid_credentials", "message": message });
            assert_eq!(body(&error), (400, expected));
        }
        let failed: Vec<Value> = world
            .events()
            .into_iter()
            .filter(|it| it.0 == "authentication.password_failed")
            .map(|it| it.1)
            .collect();
        assert_eq!(failed.len(), 3);
        assert_eq!(failed[0]["user_id"], json!(ada));
        assert_eq!(failed[0]["error"]["code"], "invalid_credentials");
        assert_eq!(
            (&failed[2]["user_id"], &failed[2]["email"]),
            (&Value::Null, &json!("nobody@acme.test"))
        );
        assert_eq!(count(world, "session.created"), 0);
    });
}

#[test]
fn an_unproved_address_is_proved_by_the_mailed_code_once() {
    each_engine(domains(), |world| {
        let ada = unverified_user(world, EMAIL);
        let error = sign_in(world, EMAIL).unwrap_err();
        let told = error.body();
        assert_eq!((error.status(), &told["code"]), (403, &json!("email_verification_required")));
        assert_eq!(told["email"], EMAIL);
        assert!(text(&told["email_verification_id"]).starts_with("email_verification_"));
        let code = mailed_code(world);
        let pending = told["pending_authentication_token"].clone();
        let verify = |code: &str| {
            let input = json!({ "code": code, "pending_authentication_token": pending });
            authenticate(world, EMAIL_VERIFICATION, input)
        };
        let refused = (400, "invalid_one_time_code".to_owned());
        assert_eq!(refusal(verify(wrong(&code))), refused, "and the token survives");
        let reply = verify(&code).unwrap();
        assert_eq!(reply["user"]["email_verified"], true);
        assert_eq!(reply["authentication_method"], "Password", "the first method counts");
        let used = (400, "invalid_pending_authentication_token".to_owned());
        assert_eq!(refusal(verify(&code)), used, "pending token replay");
        assert_eq!(last(world, "authentication.email_verification_failed")["user_id"], json!(ada));
        assert_eq!(count(world, "authentication.email_verification_succeeded"), 1);
        assert_eq!(count(world, "authentication.password_succeeded"), 1);
        assert_eq!(count(world, "session.created"), 1);
        sign_in(world, EMAIL).unwrap();
    });
}

#[test]
fn every_sign_in_that_needs_a_code_gets_one_though_mails_are_limited() {
    each_engine(domains(), |world| {
        unverified_user(world, EMAIL);
        let told: Vec<Value> = (0..5).map(|_| sign_in(world, EMAIL).unwrap_err().body()).collect();
        assert!(told.iter().all(|it| it["code"] == "email_verification_required"));
        assert_eq!(told[2]["email_verification_id"], told[4]["email_verification_id"]);
        let pending = &told[4]["pending_authentication_token"];
        let input = json!({ "code": mailed_code(world), "pending_authentication_token": pending });
        authenticate(world, EMAIL_VERIFICATION, input).unwrap();
    });
}

#[test]
fn a_member_of_several_organizations_chooses_one() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let (first, second) = (join(world, &ada, "First"), join(world, &ada, "Second"));
        let told = sign_in(world, EMAIL).unwrap_err();
        let offered = json!([{ "id": first, "name": "First" }, { "id": second, "name": "Second" }]);
        assert_eq!((told.status(), told.code()), (403, "organization_selection_required"));
        assert_eq!(told.body()["organizations"], offered);
        assert_eq!(told.body()["user"]["id"], json!(ada));
        let pending = told.body()["pending_authentication_token"].clone();
        let choose = |organization: &str| {
            let input = json!({
                "pending_authentication_token": pending,
                "organization_id": organization,
            });
            authenticate(world, ORGANIZATION, input)
        };
        let foreign = join(world, &user(world, "eve@evil.test"), "Foreign");
        assert_eq!(refusal(choose(&foreign)), (400, "invalid_organization_id".to_owned()));
        assert_eq!(refusal(choose("org_unknown")).0, 404);
        let reply = choose(&second).unwrap();
        assert_eq!(reply["organization_id"], json!(second));
        assert_eq!(claims(&reply)["org_id"], json!(second));
        let used = (400, "invalid_pending_authentication_token".to_owned());
        assert_eq!(refusal(choose(&first)), used, "pending token replay");
    });
}

#[test]
fn steps_follow_each_other_each_with_a_token_of_its_own() {
    each_engine(domains(), |world| {
        let ada = unverified_user(world, EMAIL);
        let (first, _) = (join(world, &ada, "First"), join(world, &ada, "Second"));
        let (factor, secret) = factor(world, &ada);
        let token = |error: vestibule_kernel::Error, code: &str| {
            assert_eq!((error.status(), error.code()), (403, code));
            error.body()["pending_authentication_token"].clone()
        };
        let one = token(sign_in(world, EMAIL).unwrap_err(), "email_verification_required");
        let input = json!({ "code": mailed_code(world), "pending_authentication_token": one });
        let two =
            token(authenticate(world, EMAIL_VERIFICATION, input).unwrap_err(), "mfa_challenge");
        let input = json!({
            "code": app_code(world, &secret, 0),
            "pending_authentication_token": two,
            "authentication_challenge_id": challenge(world, &factor),
        });
        let error = authenticate(world, TOTP, input).unwrap_err();
        let three = token(error, "organization_selection_required");
        assert!(one != two && two != three && one != three);
        let input = json!({ "pending_authentication_token": three, "organization_id": first });
        let reply = authenticate(world, ORGANIZATION, input).unwrap();
        assert_eq!(reply["authentication_method"], "Password");
        assert_eq!(count(world, "session.created"), 1);
    });
}

#[test]
fn choosing_an_organization_does_not_skip_a_step() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let organization = join(world, &ada, "Acme");
        factor(world, &ada);
        let told = sign_in(world, EMAIL).unwrap_err().body();
        let input = json!({
            "pending_authentication_token": told["pending_authentication_token"],
            "organization_id": organization,
        });
        let done = authenticate(world, ORGANIZATION, input);
        assert_eq!(refusal(done), (403, "mfa_challenge".to_owned()));
        assert_eq!(count(world, "session.created"), 0);
    });
}

#[test]
fn a_user_with_a_factor_proves_it() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let (factor, secret) = factor(world, &ada);
        let told = sign_in(world, EMAIL).unwrap_err();
        assert_eq!((told.status(), told.code()), (403, "mfa_challenge"));
        let told = told.body();
        assert_eq!(told["authentication_factors"], json!([{ "id": factor, "type": "totp" }]));
        assert_eq!(told["user"]["id"], json!(ada));
        let challenge = challenge(world, &factor);
        let prove = |code: &str| {
            let input = json!({
                "code": code,
                "pending_authentication_token": told["pending_authentication_token"],
                "authentication_challenge_id": challenge,
            });
            authenticate(world, TOTP, input)
        };
        let code = app_code(world, &secret, 0);
        assert_eq!(refusal(prove(wrong(&code))), (400, "invalid_one_time_code".to_owned()));
        let reply = prove(&code).unwrap();
        assert_eq!(reply["user"]["id"], json!(ada));
        let used = (400, "invalid_pending_authentication_token".to_owned());
        assert_eq!(refusal(prove(&app_code(world, &secret, 1))), used, "pending token replay");
        assert_eq!(count(world, "authentication.mfa_failed"), 1);
        assert_eq!(last(world, "authentication.mfa_succeeded")["user_id"], json!(ada));
    });
}

#[test]
fn a_factor_of_another_user_or_one_just_made_does_not_open_the_door() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        factor(world, &ada);
        let eve = user(world, "eve@evil.test");
        let (foreign, foreign_secret) = factor(world, &eve);
        let (_, fresh_challenge, fresh_secret) = enrolled_factor(world, &ada);
        let told = sign_in(world, EMAIL).unwrap_err().body();
        let prove = |challenge: &str, secret: &str| {
            let input = json!({
                "code": app_code(world, secret, 0),
                "pending_authentication_token": told["pending_authentication_token"],
                "authentication_challenge_id": challenge,
            });
            refusal(authenticate(world, TOTP, input))
        };
        let foreign_challenge = challenge(world, &foreign);
        assert_eq!(prove(&foreign_challenge, &foreign_secret), (400, "user_mismatch".to_owned()));
        let wrong = (400, "invalid_one_time_code".to_owned());
        assert_eq!(
            prove(&fresh_challenge, &fresh_secret),
            wrong,
            "enrolment is no way past a factor"
        );
        assert_eq!(prove("auth_challenge_unknown", &fresh_secret).0, 404);
        assert_eq!(count(world, "session.created"), 0);
    });
}

#[test]
fn where_a_second_factor_is_required_one_is_enrolled_on_the_way_in() {
    each_engine(domains(), |world| {
        policy(world, |it| it.second_factor = SecondFactor::Required);
        let ada = user(world, EMAIL);
        let told = sign_in(world, EMAIL).unwrap_err();
        assert_eq!((told.status(), told.code()), (403, "mfa_enrollment"));
        assert_eq!(told.body()["user"]["id"], json!(ada));
        let (factor, challenge, secret) = enrolled_factor(world, &ada);
        let input = json!({
            "code": app_code(world, &secret, 0),
            "pending_authentication_token": told.body()["pending_authentication_token"],
            "authentication_challenge_id": challenge,
        });
        authenticate(world, TOTP, input).unwrap();
        let told = sign_in(world, EMAIL).unwrap_err().body();
        assert_eq!(told["code"], "mfa_challenge");
        assert_eq!(told["authentication_factors"], json!([{ "id": factor, "type": "totp" }]));
        policy(world, |it| it.second_factor = SecondFactor::Disabled);
        sign_in(world, EMAIL).unwrap();
    });
}

#[test]
fn a_mailed_code_signs_in_once_and_proves_the_address() {
    each_engine(domains(), |world| {
        let made = world.call("magic_auth.create", json!({ "email": EMAIL })).unwrap();
        let code = text(&made["code"]);
        let sign_in = |grant: &str, code: &str| {
            authenticate(world, grant, json!({ "email": "ada@acme.test", "code": code }))
        };
        let wrong_code = (400, "invalid_one_time_code".to_owned());
        assert_eq!(refusal(sign_in(MAGIC_AUTH, wrong(&code))), wrong_code);
        let reply = sign_in(MAGIC_AUTH.strip_suffix(":code").unwrap(), &code).unwrap();
        assert_eq!(reply["authentication_method"], "MagicAuth");
        assert_eq!(reply["user"]["email_verified"], true);
        let used = (400, "one_time_code_previously_used".to_owned());
        assert_eq!(refusal(sign_in(MAGIC_AUTH, &code)), used, "code replay");
        let nobody = json!({ "email": "nobody@acme.test", "code": code });
        assert_eq!(refusal(authenticate(world, MAGIC_AUTH, nobody)), wrong_code);
        assert_eq!(count(world, "authentication.magic_auth_failed"), 3);
        assert_eq!(count(world, "authentication.magic_auth_succeeded"), 1);
        assert_eq!(last(world, "session.created")["auth_method"], "magic_code");
        world.drain();
    });
}

#[test]
fn a_method_that_is_turned_off_signs_nobody_in() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        policy(world, |it| (it.password, it.magic_auth) = (false, false));
        let off = (403, "email_password_auth_disabled".to_owned());
        assert_eq!(refusal(sign_in(world, EMAIL)), off);
        let input = json!({ "email": EMAIL, "code": "123456" });
        let off = (403, "authentication_method_not_allowed".to_owned());
        assert_eq!(refusal(authenticate(world, MAGIC_AUTH, input)), off);
    });
}

#[test]
fn guessing_is_slowed_down_for_one_address_in_any_case_and_for_no_other() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        user(world, "grace@acme.test");
        for n in 0..10 {
            let email = if n % 2 == 0 { EMAIL.to_lowercase() } else { EMAIL.to_uppercase() };
            let input = json!({ "email": email, "password": format!("wrong-{n}") });
            assert_eq!(refusal(authenticate(world, "password", input)).0, 400);
        }
        let error = sign_in(world, EMAIL).unwrap_err();
        assert_eq!((error.status(), error.retry_after_seconds()), (429, Some(60)));
        assert_eq!(error.body()["error"], "too_many_requests", "in the OAuth form");
        sign_in(world, "grace@acme.test").unwrap();
        world.clock.advance_seconds(60);
        sign_in(world, EMAIL).unwrap();
    });
}

#[test]
fn a_pending_sign_in_waits_for_a_quarter_of_an_hour() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let (organization, _) = (join(world, &ada, "First"), join(world, &ada, "Second"));
        let told = sign_in(world, EMAIL).unwrap_err().body();
        let input = json!({
            "pending_authentication_token": told["pending_authentication_token"],
            "organization_id": organization,
        });
        world.clock.advance_seconds(15 * 60);
        let over = (400, "invalid_pending_authentication_token".to_owned());
        assert_eq!(refusal(authenticate(world, ORGANIZATION, input)), over);
    });
}

#[test]
fn what_a_client_gets_wrong_is_told_in_the_oauth_form() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        let (_, foreign) = world.other_environment();
        let full = json!({
            "client_id": "client_01",
            "client_secret": world.key.reveal(),
            "grant_type": "password",
            "email": EMAIL,
            "password": PASSWORD,
        });
        let cases = [
            (json!({ "grant_type": "no-such-grant" }), "invalid_request"),
            (json!({ "grant_type": "" }), "invalid_request"),
            (
                json!({
                    "grant_type": "urn:workos:oauth:grant-type:radar-email-challenge:code",
                    "code": "1",
                }),
                "invalid_request",
            ),
            (json!({ "client_id": "" }), "invalid_request"),
            (json!({ "client_id": "client_unknown" }), "invalid_client"),
            (json!({ "client_id": "client_02" }), "invalid_client"),
            (json!({ "client_secret": "sk_wrong" }), "invalid_client"),
            (json!({ "client_secret": foreign.reveal() }), "invalid_client"),
            (json!({ "client_secret": "" }), "unauthorized_client"),
            (json!({ "email": "" }), "invalid_request"),
            (json!({ "password": "" }), "invalid_request"),
            (json!({ "grant_type": "authorization_code" }), "invalid_request"),
            (json!({ "grant_type": "authorization_code", "code": "none" }), "invalid_grant"),
            (json!({ "grant_type": "refresh_token" }), "invalid_request"),
            (json!({ "grant_type": "refresh_token", "refresh_token": "none" }), "invalid_grant"),
            (json!({ "grant_type": TOTP, "code": "1" }), "invalid_request"),
            (json!({ "grant_type": ORGANIZATION }), "invalid_request"),
            (json!({ "grant_type": EMAIL_VERIFICATION, "code": "1" }), "invalid_request"),
            (json!({ "invitation_token": "no-such-invitation" }), "invitation_invalid"),
        ];
        for (change, error) in cases {
            let mut input = full.clone();
            for (name, value) in change.as_object().unwrap() {
                input[name] = value.clone();
            }
            let done = world.call_as(Request::default(), "user_management.authenticate", input);
            let refused = done.unwrap_err();
            let told = refused.body();
            assert_eq!((refused.status(), &told["error"]), (400, &json!(error)), "{change}");
            assert!(!text(&told["error_description"]).is_empty());
        }
        let input = json!({ "client_id": "client_01", "grant_type": 7 });
        let done = world.call_as(Request::default(), "user_management.authenticate", input);
        assert_eq!(done.unwrap_err().status(), 422);
    });
}

#[test]
fn what_is_shown_as_required_is_refused_in_the_oauth_form_too() {
    each_engine(domains(), |world| {
        let entry = world.app.catalog().get("user_management.authenticate").unwrap();
        assert_eq!(entry.schema["required"], json!(["grant_type", "client_id"]));
        assert_eq!(entry.schema["properties"]["grant_type"]["enum"][1], "password");
        for input in [json!({}), json!({ "client_id": "client_01" })] {
            let done = world.call_as(Request::default(), entry.op.id, input);
            let refused = done.unwrap_err();
            assert_eq!((refused.status(), refused.code()), (400, "invalid_request"));
            assert_eq!(refused.body()["error"], "invalid_request");
        }
    });
}

#[test]
fn the_secret_may_come_as_the_bearer() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        let request = Request { credential: Some(world.key.clone()), ..Request::default() };
        let input = json!({ "email": EMAIL, "password": PASSWORD });
        authenticate_as(world, request, "password", input).unwrap();
    });
}

#[test]
fn an_invitation_is_accepted_by_signing_in_and_leads_to_its_organization() {
    each_engine(domains(), |world| {
        let ada = unverified_user(world, EMAIL);
        join(world, &ada, "Old");
        let acme =
            text(&world.call("organizations.create", json!({ "name": "Acme" })).unwrap()["id"]);
        let input = json!({ "email": EMAIL, "organization_id": acme });
        let invitation = world.call("invitations.create", input).unwrap();
        let input = json!({
            "email": EMAIL,
            "password": PASSWORD,
            "invitation_token": invitation["token"],
        });
        let reply = authenticate(world, "password", input.clone()).unwrap();
        assert_eq!(reply["organization_id"], json!(acme));
        assert_eq!(reply["user"]["email_verified"], true, "its token was mailed to the address");
        assert_eq!(last(world, "invitation.accepted")["accepted_user_id"], json!(ada));
        let spent = (400, "invitation_invalid".to_owned());
        assert_eq!(refusal(authenticate(world, "password", input)), spent);
        world.drain();
    });
}

#[test]
fn an_invitation_for_somebody_else_is_refused_and_stays_usable() {
    each_engine(domains(), |world| {
        user(world, "eve@evil.test");
        let acme =
            text(&world.call("organizations.create", json!({ "name": "Acme" })).unwrap()["id"]);
        let input = json!({ "email": EMAIL, "organization_id": acme });
        let invitation = world.call("invitations.create", input).unwrap();
        let input = json!({
            "email": "eve@evil.test",
            "password": PASSWORD,
            "invitation_token": invitation["token"],
        });
        let done = authenticate(world, "password", input);
        let other = (400, "invitation_cannot_be_used_for_email".to_owned());
        assert_eq!(refusal(done), other);
        let found = world.call("invitations.get", json!({ "id": invitation["id"] })).unwrap();
        assert_eq!(found["state"], "pending");
        assert_eq!(count(world, "session.created"), 0);
        world.drain();
    });
}

#[test]
fn a_jwt_template_adds_claims_and_one_that_fails_leaves_nothing_behind() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let organization = join(world, &ada, "Acme");
        let template = json!({
            "mail": "{{ user.email }}",
            "org": "{{ organization.name }}",
            "role": "{{ organization_membership.role }}-in-{{ organization.name }}",
            "none": "{{ user.first_name }}",
            "seen": "{{ user.last_sign_in_at }}",
        });
        let set = |template: &Value| {
            let input = json!({ "content": template.to_string() });
            world.call("jwt_template.update", input).unwrap();
        };
        set(&template);
        let token = claims(&sign_in(world, EMAIL).unwrap());
        assert_eq!((&token["mail"], &token["org"]), (&json!(EMAIL), &json!("Acme")));
        assert_eq!(token["role"], "member-in-Acme", "a claim that is not reserved gives way");
        assert!(token.get("none").is_none() && token.get("seen").is_none());
        assert_eq!(token["org_id"], json!(organization));
        let made = world.call("magic_auth.create", json!({ "email": EMAIL })).unwrap();
        world.drain();
        let (sessions, events) = (count(world, "session.created"), world.events().len());
        let pairs: Vec<(String, String)> =
            (0..10).map(|n| (format!("key{n}"), "x".repeat(600))).collect();
        let metadata: serde_json::Map<String, Value> =
            pairs.into_iter().map(|(key, value)| (key, json!(value))).collect();
        world.call("users.update", json!({ "id": ada, "metadata": metadata })).unwrap();
        set(&json!({ "all": "{{ user.metadata }}" }));
        let input = json!({ "email": EMAIL, "code": made["code"] });
        let error = authenticate(world, MAGIC_AUTH, input.clone()).unwrap_err();
        assert_eq!((error.status(), &error.body()["error"]), (400, &json!("token_too_big")));
        assert_eq!(count(world, "session.created"), sessions);
        assert_eq!(world.events().len(), events + 1, "only the update of the user");
        set(&template);
        authenticate(world, MAGIC_AUTH, input).unwrap();
    });
}

#[test]
fn an_imported_password_signs_in_and_is_hashed_again() {
    each_engine(domains(), |world| {
        let salted = [b"correct-horse-battery".as_slice(), b"salt"].concat();
        let digest =
            aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, &salted);
        let bytes = [digest.as_ref(), b"salt"].concat();
        let hash = format!("{{SSHA}}{}", data_encoding::BASE64.encode(&bytes));
        let input = json!({
            "email": EMAIL,
            "email_verified": true,
            "password_hash": hash,
            "password_hash_type": "ssha",
        });
        world.call("users.create", input).unwrap();
        let input = json!({ "email": EMAIL, "password": "correct-horse-battery" });
        let first = authenticate(world, "password", input.clone()).unwrap();
        authenticate(world, "password", input).unwrap();
        refresh(world, &first["refresh_token"]).unwrap();
    });
}
