//! One sign-in with each provider that everybody knows: what a browser is sent there with, how the
//! code is exchanged, and who comes of what the provider says.
use std::collections::BTreeMap;

use data_encoding::BASE64;
use serde_json::{Value, json};
use vestibule_kernel::testing::World;

use crate::provider::{Away, CLIENT, Key, Provider, SECRET, back};
use crate::visitor::{Seen, Visitor};
use crate::world::{mailed_code, once, redeem};

const EMAIL: &str = "ada@acme.test";
const CONSUMERS: &str = "9188040d-6c67-4b5b-b112-36a304b66dad";

/// What tells the providers apart.
struct Row {
    /// Its name in the API, and in the list of identities.
    name: &'static str,
    identity: &'static str,
    scope: &'static str,
    /// Whether it is sent a code challenge, and a nonce.
    challenge: bool,
    nonce: bool,
    /// Whether the secret goes by the header.
    basic: bool,
    /// What it says of somebody: in its ID token, or where it is asked.
    claims: fn(&str) -> Value,
    userinfo: fn() -> Value,
    emails: fn() -> Value,
    /// The account that this is, and how its user is called.
    idp_id: &'static str,
    called: [Option<&'static str>; 3],
    /// Whether the provider has seen the address proved.
    proved: bool,
}

const OPENID: &str = "openid profile email";
const ADA: [Option<&str>; 3] = [Some("Ada"), Some("Lovelace"), Some("Ada Lovelace")];
const NAME_ALONE: [Option<&str>; 3] = [None, None, Some("Ada Lovelace")];

/// What most of them have in common.
const USUAL: Row = Row {
    name: "GoogleOAuth",
    identity: "GoogleOAuth",
    scope: OPENID,
    challenge: true,
    nonce: true,
    basic: false,
    claims: |_| Value::Null,
    userinfo: || json!({}),
    emails: || json!({}),
    idp_id: "id-1",
    called: ADA,
    proved: true,
};

fn usual_claims() -> Value {
    json!({
        "sub": "id-1", "email": EMAIL, "email_verified": true, "name": "Ada Lovelace",
        "given_name": "Ada", "family_name": "Lovelace",
    })
}

const PROVIDERS: &[Row] = &[
    Row { claims: |_| usual_claims(), ..USUAL },
    Row {
        name: "MicrosoftOAuth",
        identity: "MicrosoftOAuth",
        claims: |url| {
            json!({
                "iss": format!("{url}/{CONSUMERS}/v2.0"), "tid": CONSUMERS, "sub": "id-1",
                "email": EMAIL, "name": "Ada Lovelace",
            })
        },
        called: NAME_ALONE,
        ..USUAL
    },
    Row {
        name: "AppleOAuth",
        identity: "AppleOAuth",
        scope: "openid name email",
        challenge: false,
        claims: |_| json!({ "sub": "id-1", "email": EMAIL, "email_verified": "true" }),
        userinfo: || json!({ "sub": "id-1" }),
        ..USUAL
    },
    Row {
        name: "GitHubOAuth",
        identity: "GithubOAuth",
        scope: "read:user user:email",
        nonce: false,
        userinfo: || json!({ "id": 583_231, "login": "ada", "name": "Ada Lovelace" }),
        emails: || json!([{ "email": EMAIL, "primary": true, "verified": true }]),
        idp_id: "583231",
        called: NAME_ALONE,
        ..USUAL
    },
    Row {
        name: "GitLabOAuth",
        identity: "GitLabOAuth",
        claims: |_| json!({ "sub": "id-1", "email": EMAIL, "email_verified": true, "name": "Ada Lovelace" }),
        called: NAME_ALONE,
        ..USUAL
    },
    Row {
        name: "BitbucketOAuth",
        identity: "BitbucketOAuth",
        scope: "account email",
        challenge: false,
        nonce: false,
        basic: true,
        userinfo: || json!({ "uuid": "{id-1}", "display_name": "Ada Lovelace" }),
        emails: || json!({ "values": [{ "email": EMAIL, "is_primary": true, "is_confirmed": true }] }),
        idp_id: "{id-1}",
        called: NAME_ALONE,
        ..USUAL
    },
    Row {
        name: "LinkedInOAuth",
        identity: "LinkedInOAuth",
        challenge: false,
        nonce: false,
        userinfo: usual_claims,
        ..USUAL
    },
    Row {
        name: "SlackOAuth",
        identity: "SlackOAuth",
        challenge: false,
        claims: |_| {
            let mut claims = usual_claims();
            claims["https://slack.com/team_id"] = json!("T1");
            claims
        },
        idp_id: "T1:id-1",
        ..USUAL
    },
    Row {
        name: "IntuitOAuth",
        identity: "IntuitOAuth",
        challenge: false,
        nonce: false,
        basic: true,
        userinfo: || {
            json!({
                "sub": "id-1", "email": EMAIL, "emailVerified": true, "givenName": "Ada",
                "familyName": "Lovelace",
            })
        },
        ..USUAL
    },
    Row {
        name: "SalesforceOAuth",
        identity: "SalesforceOAuth",
        nonce: false,
        userinfo: || {
            let mut said = usual_claims();
            said["sub"] = json!("https://login.salesforce.com/id/00D/005");
            said
        },
        idp_id: "https://login.salesforce.com/id/00D/005",
        ..USUAL
    },
    Row {
        name: "VercelOAuth",
        identity: "VercelOAuth",
        claims: |_| json!({ "sub": "id-1", "email": EMAIL, "email_verified": true, "name": "Ada Lovelace" }),
        called: NAME_ALONE,
        ..USUAL
    },
    Row {
        name: "VercelMarketplaceOAuth",
        identity: "VercelMarketplaceOAuth",
        scope: "",
        challenge: false,
        nonce: false,
        claims: |_| json!({ "sub": "id-1", "user_email": EMAIL, "user_name": "Ada Lovelace" }),
        called: NAME_ALONE,
        proved: false,
        ..USUAL
    },
    Row {
        name: "XeroOAuth",
        identity: "XeroOAuth",
        basic: true,
        claims: |_| json!({ "sub": "id-1", "email": EMAIL, "given_name": "Ada", "family_name": "Lovelace" }),
        proved: false,
        ..USUAL
    },
];

impl Row {
    fn has_id_token(&self) -> bool {
        !(self.claims)("").is_null()
    }

    /// Sets the provider up at the endpoints of ours.
    fn set_up(&self, world: &World, provider: &Provider) {
        let url = &provider.url;
        let mut input = json!({
            "provider": self.name, "client_id": CLIENT,
            "authorization_endpoint": format!("{url}/authorize"),
            "token_endpoint": format!("{url}/token"),
            "userinfo_endpoint": format!("{url}/userinfo"),
            "emails_endpoint": format!("{url}/emails"),
        });
        if self.name == "AppleOAuth" {
            let pair = rcgen::KeyPair::generate().unwrap();
            input["apple_team_id"] = json!("TEAM");
            input["apple_key_id"] = json!("KEY");
            input["apple_private_key"] = json!(pair.serialize_pem());
        } else {
            input["client_secret"] = json!(SECRET);
        }
        if self.has_id_token() {
            let tenant = if self.name == "MicrosoftOAuth" { "/{tenantid}/v2.0" } else { "" };
            input["issuer"] = json!(format!("{url}{tenant}"));
            input["jwks_uri"] = json!(format!("{url}/keys"));
        }
        world.call("social_providers.set", input).unwrap();
    }

    /// Has the provider say who it is.
    fn says(&self, world: &World, provider: &Provider, key: &Key, away: &Away) {
        provider.says(|it| {
            it.keys = vec![key.public()];
            it.token = json!({ "access_token": "at-1", "token_type": "bearer" });
            it.userinfo = (self.userinfo)();
            it.emails = (self.emails)();
        });
        if self.has_id_token() {
            let claims = (self.claims)(&provider.url);
            provider.will_vouch(world, key, away.get("nonce"), claims);
        }
    }

    /// Comes back from the provider: by a form from Apple, which tells the name the first time.
    fn comes_back(&self, visitor: &mut Visitor<'_>, away: &Away) -> Seen {
        let fields = [("state", away.get("state")), ("code", "c-1")];
        if self.name != "AppleOAuth" {
            return visitor.comes_back(self.name, &fields);
        }
        let user = json!({ "name": { "firstName": "Ada", "lastName": "Lovelace" } }).to_string();
        let fields = [fields[0], fields[1], ("user", &user)];
        let cookies = std::mem::take(&mut visitor.cookies);
        let path = "/sso/oauth/client_01/AppleOAuth/callback";
        let seen = visitor.post_from(path, &fields, Some("https://appleid.apple.com"));
        visitor.cookies = cookies;
        visitor.get(seen.header("location").unwrap())
    }

    fn check_departure(&self, provider: &Provider, away: &Away) {
        let name = self.name;
        assert!(away.url.as_str().starts_with(&format!("{}/authorize?", provider.url)), "{name}");
        assert_eq!(away.get("client_id"), CLIENT, "{name}");
        assert_eq!(away.get("response_type"), "code", "{name}");
        assert_eq!(away.get("scope"), self.scope, "{name}");
        let callback = format!("{}/sso/oauth/client_01/{name}/callback", crate::visitor::ORIGIN);
        assert_eq!(away.get("redirect_uri"), callback, "{name}");
        assert!(away.get("state").len() >= 20, "{name}");
        assert_eq!(!away.get("code_challenge").is_empty(), self.challenge, "{name}");
        assert_eq!(!away.get("nonce").is_empty(), self.nonce, "{name}");
    }

    fn check_exchange(&self, form: &BTreeMap<String, String>, authorization: Option<&str>) {
        let name = self.name;
        let get = |it: &str| form.get(it).map_or("", String::as_str);
        assert_eq!((get("grant_type"), get("code")), ("authorization_code", "c-1"), "{name}");
        assert_eq!(!get("code_verifier").is_empty(), self.challenge, "{name}");
        let basic = BASE64.encode(format!("{CLIENT}:{SECRET}").as_bytes());
        let expected = self.basic.then(|| format!("Basic {basic}"));
        assert_eq!(authorization, expected.as_deref(), "{name}");
        let by_form = !get("client_secret").is_empty();
        assert_ne!(by_form, self.basic, "{name} is given the secret once");
    }
}

fn signs_in(world: &World, provider: &Provider, key: &Key, row: &Row, linked: bool) -> Value {
    let mut visitor = Visitor::new(world);
    let away = visitor.leaves_for(row.name);
    row.check_departure(provider, &away);
    row.says(world, provider, key, &away);
    let seen = row.comes_back(&mut visitor, &away);
    let (form, authorization) = provider.says(|it| it.exchanged.pop().unwrap());
    row.check_exchange(&form, authorization.as_deref());
    if row.proved || linked {
        return redeem(world, &back(&seen)["code"]);
    }
    let page = visitor.goes_on(seen);
    assert!(page.path.ends_with("/verify"), "{}: {}", row.name, page.path);
    let done = visitor.sends(&page, &[("code", &mailed_code(world, EMAIL))]);
    redeem(world, &done.code())
}

#[test]
fn every_known_provider_signs_somebody_in_and_knows_them_again() {
    for row in PROVIDERS {
        once(|world| {
            let (provider, key) = (Provider::start(world), Key::new("k1"));
            provider.says(|it| it.keys = vec![key.public()]);
            row.set_up(world, &provider);
            let first = signs_in(world, &provider, &key, row, false);
            let user = &first["user"];
            assert_eq!(first["authentication_method"], row.name);
            let told = ["first_name", "last_name", "name"].map(|it| user[it].as_str());
            assert_eq!(told, row.called, "{}", row.name);
            assert_eq!((&user["email"], &user["email_verified"]), (&json!(EMAIL), &json!(true)));
            let input = json!({ "id": user["id"] });
            let identities = world.call("users.list_identities", input).unwrap();
            let expected =
                json!([{ "idp_id": row.idp_id, "type": "OAuth", "provider": row.identity }]);
            assert_eq!(identities, expected, "{}", row.name);
            let again = signs_in(world, &provider, &key, row, true);
            assert_eq!(again["user"]["id"], user["id"], "{}", row.name);
        });
    }
}

#[test]
fn the_table_has_every_known_provider() {
    once(|world| {
        let schema = &world.app.catalog().get("sso.authorize").unwrap().schema;
        let known = schema["properties"]["provider"]["enum"].as_array().unwrap().clone();
        let mut here: Vec<_> = PROVIDERS.iter().map(|it| json!(it.name)).collect();
        here.sort_by_key(ToString::to_string);
        assert_eq!(here, known);
    });
}
