//! The test identity provider: it says of somebody whatever a test wants it to say.
//!
//! It answers for connections of a sandbox that have no identity provider of their own, and nowhere
//! else: whether there is one is asked of the environment each time ([`TestProvider::of`]), so that
//! no row makes one where people rely on who signs in. What it says is looked at as the word of any
//! identity provider is.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use vestibule_kernel::id::ProfileId;
use vestibule_kernel::{App, Cx, Error, Result};
use vestibule_people::domains::{self, DomainState};
use vestibule_signin::sandbox::Conveniences;

use super::attributes::{Said, TEXT_BYTES_MAX};
use super::profile::{self, Owner};
use super::{Record, TEST_PROVIDER_CALLBACK};
use crate::social::{IDP_ID_BYTES_MAX, Told, Unusable};

/// How many people the test identity provider of a connection knows.
pub(super) const PROFILES_MAX: usize = 200;
/// How many groups each of them is in.
const GROUPS_MAX: usize = 100;
/// The domain of somebody of whom nothing is known.
const UNKNOWN_DOMAIN: &str = "example.com";

/// What the test identity provider says, under its own names.
const USUAL: Said<'static> = Said {
    idp_id: &["idp_id"],
    email: &["email"],
    first_name: &["first_name"],
    last_name: &["last_name"],
    name: &["name"],
    groups: &["groups"],
};

/// Somebody who can sign in at the test identity provider
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(inline)]
pub struct TestProfile {
    /// The id of their profile; a new one unless told otherwise
    #[schemars(length(min = 1, max = 255), regex(pattern = "^[A-Za-z0-9_-]+$"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Their id at the identity provider; the address in lower case unless told otherwise
    #[schemars(length(min = 1, max = IDP_ID_BYTES_MAX))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idp_id: Option<String>,
    /// The e-mail address
    #[schemars(required, length(min = 3, max = 255))]
    pub email: String,
    /// The given name
    #[schemars(length(max = 255))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// The family name
    #[schemars(length(max = 255))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// The groups that they are in
    #[schemars(length(max = GROUPS_MAX), inner(length(min = 1, max = 255)))]
    pub groups: Vec<String>,
    /// What is said of them besides, by the name of each attribute
    pub attributes: Map<String, Value>,
}

/// The test identity provider of a sandbox
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(inline)]
pub struct TestOptions {
    /// Who can be chosen on its page. Whoever is not among them types who they are
    #[schemars(length(max = PROFILES_MAX))]
    pub profiles: Vec<TestProfile>,
}

/// A connection's test identity provider. Only [`Self::of`] makes one.
#[derive(Clone, Debug)]
pub(crate) struct TestProvider(TestOptions);

impl TestProfile {
    /// The id that the identity provider knows them by.
    pub fn idp_id(&self) -> String {
        self.idp_id.clone().unwrap_or_else(|| self.email.trim().to_lowercase())
    }

    /// What the identity provider says of them.
    pub(crate) fn said(&self) -> Map<String, Value> {
        let mut said = self.attributes.clone();
        said.insert("idp_id".to_owned(), self.idp_id().into());
        said.insert("email".to_owned(), self.email.trim().into());
        for (name, value) in [("first_name", &self.first_name), ("last_name", &self.last_name)] {
            if let Some(value) = value {
                said.insert(name.to_owned(), value.as_str().into());
            }
        }
        said.insert("groups".to_owned(), json!(self.groups));
        said
    }

    fn has_address(&self, email: &str) -> bool {
        self.email.trim().to_lowercase() == email.trim().to_lowercase()
    }
}

impl TestOptions {
    /// Refuses people whom nobody could tell apart.
    pub fn check(&self) -> Result<()> {
        let mut seen = std::collections::BTreeSet::new();
        for (i, it) in self.profiles.iter().enumerate() {
            let fault = |field: &str, code, text: String| {
                let field = format!("test_options.profiles.{i}.{field}");
                Err(Error::invalid_field(&field, code, text))
            };
            if !is_address(&it.email) {
                return fault("email", "invalid_email", format!("'{}' is no address.", it.email));
            }
            if !seen.insert(("idp_id", it.idp_id())) {
                let text = format!("Two profiles have the idp_id '{}'.", it.idp_id());
                return fault("idp_id", "not_unique", text);
            }
            if let Some(id) = &it.id
                && !seen.insert(("id", id.clone()))
            {
                return fault("id", "not_unique", format!("Two profiles have the id '{id}'."));
            }
        }
        Ok(())
    }
}

/// Whether a text can be the address of somebody whom nobody mails anything.
pub(crate) fn is_address(text: &str) -> bool {
    let text = text.trim();
    let parts = text.rsplit_once('@');
    parts.is_some_and(|(before, after)| !before.is_empty() && !after.is_empty())
        && text.len() <= 255
        && !text.chars().any(|it| it.is_whitespace() || it.is_control())
}

impl TestProvider {
    /// The test identity provider that answers for a connection: in a sandbox, where it has no
    /// identity provider of its own.
    pub(super) fn of(cx: &Cx<'_>, connection: &Record) -> Option<Self> {
        let settings = &connection.settings;
        let has_none = settings.oidc.is_none() && settings.saml.is_none();
        let options = settings.test.as_ref().filter(|_| has_none && cx.sandbox().is_some());
        options.cloned().map(Self)
    }

    /// What was said of it when it was set up.
    pub(super) fn into_options(self) -> TestOptions {
        self.0
    }

    /// Who can be chosen on its page.
    pub(crate) fn profiles(&self) -> &[TestProfile] {
        &self.0.profiles
    }

    /// Whoever has this address; somebody of whom no more is known where nobody has it.
    pub(crate) fn of_address(&self, email: &str) -> TestProfile {
        let known = self.profiles().iter().find(|it| it.has_address(email));
        known.cloned().unwrap_or_else(|| stranger(email))
    }

    /// Who signs in without a page: whom `login_hint` names, or who is known for longest. Nobody
    /// where pages are wanted.
    pub(crate) fn at_once(
        &self,
        cx: &mut Cx<'_>,
        owner: &Owner,
        login_hint: Option<&str>,
    ) -> Result<Option<TestProfile>> {
        if !Conveniences::of(cx)?.auto_sign_in {
            return Ok(None);
        }
        if let Some(email) = login_hint.filter(|it| is_address(it)) {
            return Ok(Some(self.of_address(email)));
        }
        if let Some(first) = self.profiles().first() {
            return Ok(Some(first.clone()));
        }
        let all = domains::of_organization(cx, &owner.organization_id)?;
        let proved = all.into_iter().find(|it| it.state == DomainState::Verified);
        let domain = proved.map_or(UNKNOWN_DOMAIN.to_owned(), |it| it.domain.to_string());
        Ok(Some(stranger(&format!("user@{domain}"))))
    }

    /// Who it is, by what was kept of their choice.
    pub(crate) fn told(&self, owner: &Owner, answer: &str) -> Result<Told, Unusable> {
        let said: Map<String, Value> =
            serde_json::from_str(answer).map_err(|it| Unusable(it.to_string()))?;
        let mut told = profile::told(owner, &USUAL, &said)?;
        let idp_id = &told.account.idp_id;
        let known = self.profiles().iter().find(|it| it.idp_id() == *idp_id);
        let pinned = known.and_then(|it| it.id.as_deref()).map(ProfileId::parse).transpose();
        told.account.profile_id = pinned.map_err(|it| Unusable(it.message().to_owned()))?;
        Ok(told)
    }
}

/// Somebody of whom the address alone is known.
fn stranger(email: &str) -> TestProfile {
    let email = email.trim();
    let name = email.split('@').next().unwrap_or_default();
    TestProfile {
        email: email.to_owned(),
        first_name: Some(name.chars().take(TEXT_BYTES_MAX / 4).collect()),
        ..TestProfile::default()
    }
}

/// Where the page of the test identity provider sends browsers back to.
pub(super) fn callback(app: &App, of: &Record) -> String {
    let path = TEST_PROVIDER_CALLBACK.replace("{external_key}", &of.external_key);
    format!("{}{path}", app.options().public_url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(email: &str) -> TestProfile {
        TestProfile { email: email.to_owned(), ..TestProfile::default() }
    }

    #[test]
    fn two_profiles_that_are_one_are_refused() {
        let check = |profiles: Vec<TestProfile>| TestOptions { profiles }.check();
        assert!(check(vec![profile("ada@acme.test"), profile("grace@acme.test")]).is_ok());
        assert!(check(vec![profile("ada@acme.test"), profile("ADA@acme.test")]).is_err());
        let with_id = |email: &str| TestProfile { id: Some("prof_1".into()), ..profile(email) };
        assert!(check(vec![with_id("ada@acme.test"), with_id("grace@acme.test")]).is_err());
    }

    #[test]
    fn an_address_has_something_on_both_sides_of_its_sign() {
        for text in ["a@b", "first.last+tag@acme.test"] {
            assert!(is_address(text), "{text}");
        }
        for text in ["", "a", "@b", "a@", "a b@c", "a@b\n@c"] {
            assert!(!is_address(text), "{text}");
        }
    }

    #[test]
    fn what_is_said_besides_takes_no_name_that_says_who_it_is() {
        let attributes = json!({ "email": "eve@evil.test", "cost": "42" });
        let attributes = attributes.as_object().unwrap().clone();
        let said = TestProfile { attributes, ..profile("ada@acme.test") }.said();
        assert_eq!((&said["email"], &said["cost"]), (&json!("ada@acme.test"), &json!("42")));
        assert_eq!((&said["idp_id"], &said["groups"]), (&json!("ada@acme.test"), &json!([])));
    }
}
