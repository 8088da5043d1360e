use serde_json::{Value, json};
use vestibule_kernel::Request;
use vestibule_kernel::testing::{Domains, World, each_engine};
use vestibule_signin::tokens::keys::{self, PUBLISHED_AHEAD_SECONDS};

const DOMAINS: Domains =
    Domains { operations: vestibule_signin::OPERATIONS, reactions: &[], handlers: &[] };

fn keys_of(world: &World, client: &str) -> Vec<Value> {
    let reply = world.call_as(Request::default(), "jwks.get", json!({ "clientId": client }));
    reply.unwrap().json().unwrap()["keys"].as_array().unwrap().clone()
}

#[test]
fn the_first_key_is_made_when_it_is_asked_for_and_stays() {
    each_engine(DOMAINS, |world| {
        let keys = keys_of(world, "client_01");
        assert_eq!(keys.len(), 1);
        let key = &keys[0];
        assert_eq!(
            (&key["alg"], &key["kty"], &key["use"]),
            (&json!("RS256"), &json!("RSA"), &json!("sig"))
        );
        assert_eq!(key["e"], "AQAB");
        assert_eq!(key["n"].as_str().unwrap().len(), 342, "2048 bits");
        let certificate = key["x5c"][0].as_str().unwrap();
        let der = data_encoding::BASE64.decode(certificate.as_bytes()).unwrap();
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &der);
        let thumbprint = data_encoding::BASE64URL_NOPAD.encode(digest.as_ref());
        assert_eq!(key["x5t#S256"], json!(thumbprint));
        let names: Vec<&String> = key.as_object().unwrap().keys().collect();
        assert_eq!(names.len(), 8, "nothing private: {names:?}");
        assert_eq!(keys_of(world, "client_01"), keys);
        let bare = world.call_as(Request::default(), "jwks.get", json!({})).unwrap();
        assert_eq!(bare.json().unwrap()["keys"], json!(keys));
    });
}

#[test]
fn each_environment_has_keys_of_its_own() {
    each_engine(DOMAINS, |world| {
        world.other_environment();
        assert_ne!(keys_of(world, "client_01"), keys_of(world, "client_02"));
        let unknown = json!({ "clientId": "client_03" });
        let error = world.call_as(Request::default(), "jwks.get", unknown).unwrap_err();
        assert_eq!(error.status(), 404);
    });
}

#[test]
fn a_new_key_is_published_before_it_signs_and_the_old_one_until_its_last_token_expired() {
    each_engine(DOMAINS, |world| {
        let first = keys_of(world, "client_01");
        let next = keys::rotate(&world.app, &world.environment).unwrap();
        let signing = || keys::signing(&world.flow()).unwrap().id.to_string();
        let both = keys_of(world, "client_01");
        assert_eq!(both.len(), 2);
        assert_eq!(json!(signing()), first[0]["kid"], "verifiers do not know the new one yet");
        world.clock.advance_seconds(i64::from(PUBLISHED_AHEAD_SECONDS));
        assert_eq!(signing(), next.kid.to_string());
        assert_eq!(keys_of(world, "client_01").len(), 2);
        world.clock.advance_seconds(24 * 60 * 60);
        let left = keys_of(world, "client_01");
        assert_eq!(left.len(), 1);
        assert_eq!(left[0]["kid"], json!(next.kid));
    });
}

#[test]
fn a_signature_verifies_with_the_published_key() {
    each_engine(DOMAINS, |world| {
        let key = keys::signing(&world.flow()).unwrap();
        let signature = key.sign(b"message").unwrap();
        let published = world.flow().read(keys::published).unwrap();
        let part = |text: &str| data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
        let components = aws_lc_rs::signature::RsaPublicKeyComponents {
            n: part(&published[0].modulus),
            e: part(&published[0].exponent),
        };
        let algorithm = &aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256;
        components.verify(algorithm, b"message", &signature).unwrap();
        assert!(components.verify(algorithm, b"another", &signature).is_err());
    });
}

#[test]
fn a_jwt_template_is_there_once_it_was_set_and_a_faulty_one_changes_nothing() {
    each_engine(DOMAINS, |world| {
        let error = world.call("jwt_template.get", json!({})).unwrap_err();
        assert_eq!(
            (error.status(), error.body()),
            (404, json!({ "message": "No JWT template has been set." }))
        );
        let content = r#"{"email": "{{ user.email }}"}"#;
        let set = world.call("jwt_template.update", json!({ "content": content })).unwrap();
        let expected = json!({
            "object": "jwt_template",
            "content": content,
            "created_at": "2026-01-15T12:00:00.000Z",
            "updated_at": "2026-01-15T12:00:00.000Z",
        });
        assert_eq!(set, expected);
        world.clock.advance_seconds(60);
        let error =
            world.call("jwt_template.update", json!({ "content": r#"{"sub": "x"}"# })).unwrap_err();
        let body = json!({
            "code": "invalid_request_parameters",
            "message": "The claim 'sub' is reserved. Give it another name.",
        });
        assert_eq!((error.status(), error.body()), (422, body));
        assert_eq!(world.call("jwt_template.get", json!({})).unwrap(), expected);
        let set = world.call("jwt_template.update", json!({ "content": content })).unwrap();
        assert_eq!(set["created_at"], "2026-01-15T12:00:00.000Z");
        assert_eq!(set["updated_at"], "2026-01-15T12:01:00.000Z");
    });
}

mod attacks {
    use data_encoding::BASE64URL_NOPAD;
    use vestibule_kernel::FlowCx;
    use vestibule_signin::tokens;

    use super::*;
    use crate::support::{EMAIL, claims, domains, sign_in, text, user};

    fn verify(flow: &FlowCx, token: &str) -> Option<String> {
        let verified = flow.read(|cx| tokens::verify(cx, token)).unwrap();
        verified.map(|it| it.sub.to_string())
    }

    fn encode(part: &Value) -> String {
        BASE64URL_NOPAD.encode(part.to_string().as_bytes())
    }

    #[test]
    fn a_token_is_good_until_it_expires_and_in_its_environment_alone() {
        each_engine(domains(), |world| {
            let ada = user(world, EMAIL);
            let token = text(&sign_in(world, EMAIL).unwrap()["access_token"]);
            assert_eq!(verify(&world.flow(), &token), Some(ada));
            let (other, _) = world.other_environment();
            keys::signing(&world.app.system(&other)).unwrap();
            assert_eq!(verify(&world.app.system(&other), &token), None);
            world.clock.advance_seconds(300);
            assert_eq!(verify(&world.flow(), &token), None);
        });
    }

    #[test]
    fn a_token_survives_the_rotation_of_keys() {
        each_engine(domains(), |world| {
            let ada = user(world, EMAIL);
            tokens::rotate(&world.app, &world.environment).unwrap();
            world.clock.advance_seconds(i64::from(PUBLISHED_AHEAD_SECONDS) - 1);
            let old = text(&sign_in(world, EMAIL).unwrap()["access_token"]);
            world.clock.advance_seconds(60);
            let new = text(&sign_in(world, EMAIL).unwrap()["access_token"]);
            let header = |token: &str| token.split('.').next().unwrap().to_owned();
            assert_ne!(header(&old), header(&new));
            assert_eq!(verify(&world.flow(), &old), Some(ada.clone()));
            assert_eq!(verify(&world.flow(), &new), Some(ada));
        });
    }

    #[test]
    fn forged_tokens_are_refused() {
        each_engine(domains(), |world| {
            user(world, EMAIL);
            let reply = sign_in(world, EMAIL).unwrap();
            let token = text(&reply["access_token"]);
            let parts: Vec<&str> = token.split('.').collect();
            let (header, payload, signature) = (parts[0], parts[1], parts[2]);
            let kid = &keys_of(world, "client_01")[0]["kid"];
            let mut owner = claims(&reply);
            owner["sub"] = json!("user_evil");
            let none = encode(&json!({ "alg": "none", "kid": kid, "typ": "JWT" }));
            let hs256 = json!({ "alg": "HS256", "kid": kid, "typ": "JWT" });
            let hs256 = format!("{}.{}", encode(&hs256), encode(&owner));
            let public = keys_of(world, "client_01")[0]["n"].as_str().unwrap().to_owned();
            let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, public.as_bytes());
            let tag = aws_lc_rs::hmac::sign(&key, hs256.as_bytes());
            let stranger = json!({ "alg": "RS256", "kid": "signing_key_x", "typ": "JWT" });
            for (attack, forged) in [
                ("alg none", format!("{none}.{}.", encode(&owner))),
                ("alg none, signed", format!("{none}.{payload}.{signature}")),
                ("key confusion", format!("{hs256}.{}", BASE64URL_NOPAD.encode(tag.as_ref()))),
                ("other claims", format!("{header}.{}.{signature}", encode(&owner))),
                ("no signature", format!("{header}.{payload}.")),
                ("unknown key", format!("{}.{payload}.{signature}", encode(&stranger))),
                ("no header", format!(".{payload}.{signature}")),
                ("two parts", format!("{header}.{payload}")),
                ("four parts", format!("{token}.x")),
                ("nothing", String::new()),
                ("no token", "x".repeat(100_000)),
            ] {
                assert_eq!(verify(&world.flow(), &forged), None, "{attack}");
            }
            assert!(verify(&world.flow(), &token).is_some());
        });
    }
}
