//! What the words of an identity provider mean: which of its attributes says what of a person.
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use vestibule_kernel::{Error, Patch, Result};

/// How many attributes of its own an application can have read.
const CUSTOM_MAX: usize = 50;
/// How many groups of a person are kept.
const GROUPS_MAX: usize = 500;
/// The longest text of an attribute that is kept, in bytes.
pub(super) const TEXT_BYTES_MAX: usize = 2048;

/// Which attribute says what; where none is named, the usual one does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct AttributeMaps {
    pub idp_id: Option<String>,
    pub email: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub name: Option<String>,
    pub groups: Option<String>,
    /// What the application calls an attribute, and what the identity provider does.
    pub custom: BTreeMap<String, String>,
}

/// Which attribute of the identity provider says what of a person
///
/// What is not named is read from the usual place; null goes back to it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct AttributeMapsChange {
    /// What every profile has
    standard_attributes: Option<StandardAttributesChange>,
    /// What your application wants to know besides, under the name that it gives it; null takes one
    /// away
    #[schemars(extend("maxProperties" = CUSTOM_MAX))]
    custom_attributes: Option<BTreeMap<String, Option<String>>>,
}

/// Which attribute says what every profile has
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(inline)]
pub struct StandardAttributesChange {
    /// The id of the person, which never changes
    #[schemars(length(min = 1, max = 255))]
    idp_id: Patch<String>,
    /// The e-mail address
    #[schemars(length(min = 1, max = 255))]
    email: Patch<String>,
    /// The given name
    #[schemars(length(min = 1, max = 255))]
    first_name: Patch<String>,
    /// The family name
    #[schemars(length(min = 1, max = 255))]
    last_name: Patch<String>,
    /// The full name
    #[schemars(length(min = 1, max = 255))]
    name: Patch<String>,
    /// The groups
    #[schemars(length(min = 1, max = 255))]
    groups: Patch<String>,
}

/// Which attribute of the identity provider says what of a person
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct AttributeMapsShown {
    /// What every profile has; null where the usual attribute says it
    standard_attributes: StandardAttributes,
    /// What is read besides, under the name that the application gives it
    custom_attributes: BTreeMap<String, String>,
}

/// Which attribute says what every profile has
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(inline)]
struct StandardAttributes {
    /// The id of the person
    idp_id: Option<String>,
    /// The e-mail address
    email: Option<String>,
    /// The given name
    first_name: Option<String>,
    /// The family name
    last_name: Option<String>,
    /// The full name
    name: Option<String>,
    /// The groups
    groups: Option<String>,
}

impl AttributeMaps {
    /// Carries a change out.
    pub(super) fn apply(&mut self, change: AttributeMapsChange) -> Result<()> {
        let AttributeMapsChange { standard_attributes, custom_attributes } = change;
        let standard = standard_attributes.unwrap_or_default();
        let StandardAttributesChange { idp_id, email, first_name, last_name, name, groups } =
            standard;
        idp_id.apply(&mut self.idp_id);
        email.apply(&mut self.email);
        first_name.apply(&mut self.first_name);
        last_name.apply(&mut self.last_name);
        name.apply(&mut self.name);
        groups.apply(&mut self.groups);
        for (own, theirs) in custom_attributes.unwrap_or_default() {
            let fits = |it: &str| (1..=255).contains(&it.len());
            if !fits(&own) || !theirs.as_deref().is_none_or(fits) {
                let text = "An attribute has a name of one to 255 bytes, on both sides.";
                let field = "attribute_maps.custom_attributes";
                return Err(Error::invalid_field(field, "invalid_attribute", text));
            }
            match theirs {
                Some(theirs) => self.custom.insert(own, theirs),
                None => self.custom.remove(&own),
            };
        }
        if self.custom.len() > CUSTOM_MAX {
            let text = format!("There are {CUSTOM_MAX} attributes of your own at the most.");
            let field = "attribute_maps.custom_attributes";
            return Err(Error::invalid_field(field, "too_many_attributes", text));
        }
        Ok(())
    }

    /// How they are shown.
    pub(super) fn shown(&self) -> AttributeMapsShown {
        AttributeMapsShown {
            standard_attributes: StandardAttributes {
                idp_id: self.idp_id.clone(),
                email: self.email.clone(),
                first_name: self.first_name.clone(),
                last_name: self.last_name.clone(),
                name: self.name.clone(),
                groups: self.groups.clone(),
            },
            custom_attributes: self.custom.clone(),
        }
    }

    /// The groups that a person is in, as the identity provider says it; none where it says nothing of
    /// groups.
    pub(super) fn groups(&self, said: &Map<String, Value>, usual: &[&str]) -> Option<Vec<String>> {
        let value = match &self.groups {
            Some(name) => said.get(name)?,
            None => usual.iter().find_map(|it| said.get(*it))?,
        };
        let named = |it: &Value| it.as_str().filter(|it| is_text(it)).map(str::to_owned);
        Some(match value {
            Value::Array(them) => them.iter().filter_map(named).take(GROUPS_MAX).collect(),
            it => named(it).into_iter().collect(),
        })
    }

    /// What the application wants to know besides, as far as it is said.
    pub(super) fn custom(&self, said: &Map<String, Value>) -> Map<String, Value> {
        let read = |(own, theirs): (&String, &String)| {
            let value = said.get(theirs).filter(|it| it.to_string().len() <= TEXT_BYTES_MAX)?;
            Some((own.clone(), value.clone()))
        };
        self.custom.iter().filter_map(read).collect()
    }
}

/// Where identity providers of a kind usually say what, the likeliest first.
pub(super) struct Said<'a> {
    pub idp_id: &'a [&'a str],
    pub email: &'a [&'a str],
    pub first_name: &'a [&'a str],
    pub last_name: &'a [&'a str],
    pub name: &'a [&'a str],
    pub groups: &'a [&'a str],
}

/// The text of an attribute: the named one, or the first of the usual ones that says something. One
/// that has several values is read as its first.
pub(super) fn text<'a>(
    said: &'a Map<String, Value>,
    named: Option<&str>,
    usual: &[&str],
) -> Option<&'a str> {
    let read = |name: &str| {
        let text = match said.get(name)? {
            Value::Array(them) => them.first()?.as_str()?,
            it => it.as_str()?,
        };
        Some(text).filter(|it| is_text(it))
    };
    match named {
        Some(name) => read(name),
        None => usual.iter().find_map(|it| read(it)),
    }
}

fn is_text(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= TEXT_BYTES_MAX
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said() -> Map<String, Value> {
        let said = json!({
            "mail": ["ada@acme.test", "second@acme.test"], "email": "other@acme.test",
            "groups": ["Engineering", "", 7, "Admins"], "memberOf": "One", "costCenter": "42",
            "empty": " ",
        });
        said.as_object().unwrap().clone()
    }

    #[test]
    fn a_named_attribute_is_read_and_no_other() {
        let said = said();
        assert_eq!(text(&said, Some("mail"), &["email"]), Some("ada@acme.test"));
        assert_eq!(text(&said, None, &["empty", "email"]), Some("other@acme.test"));
        assert_eq!(text(&said, Some("absent"), &["email"]), None);
        assert_eq!(text(&said, Some("empty"), &["email"]), None);
    }

    #[test]
    fn groups_are_texts_and_one_text_is_one_group() {
        let mut maps = AttributeMaps::default();
        assert_eq!(maps.groups(&said(), &["groups"]).unwrap(), ["Engineering", "Admins"]);
        maps.groups = Some("memberOf".to_owned());
        assert_eq!(maps.groups(&said(), &["groups"]).unwrap(), ["One"]);
        maps.groups = Some("absent".to_owned());
        assert_eq!(maps.groups(&said(), &["groups"]), None);
    }

    #[test]
    fn a_change_leaves_what_it_does_not_name() {
        let mut maps = AttributeMaps::default();
        let change = |of: Value| serde_json::from_value::<AttributeMapsChange>(of).unwrap();
        maps.apply(change(json!({
            "standard_attributes": { "email": "mail" }, "custom_attributes": { "cost": "costCenter" },
        })))
        .unwrap();
        maps.apply(change(json!({ "standard_attributes": { "name": "cn" } }))).unwrap();
        assert_eq!((maps.email.as_deref(), maps.name.as_deref()), (Some("mail"), Some("cn")));
        assert_eq!(Value::Object(maps.custom(&said())), json!({ "cost": "42" }));
        let back = json!({
            "standard_attributes": { "email": null }, "custom_attributes": { "cost": null },
        });
        maps.apply(change(back)).unwrap();
        assert_eq!((maps.email, maps.custom.len()), (None, 0));
    }
}
