//! A field of an update: left alone, cleared, or set.
use serde::{Deserialize, Deserializer};

/// A nullable field of an update: absent, null or a value (contract 00 §11).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// The key was absent: leave the field as it is.
    #[default]
    Keep,
    /// The key was null: clear the field.
    Clear,
    /// The key had a value.
    Set(T),
}

impl<T> Patch<T> {
    /// Carries the change out on `field`.
    pub fn apply(self, field: &mut Option<T>) {
        match self {
            Self::Keep => (),
            Self::Clear => *field = None,
            Self::Set(value) => *field = Some(value),
        }
    }
    /// Whether the key was absent.
    pub fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }
    /// Changes the value, if there is one, or refuses it.
    pub fn try_map<U>(self, change: impl FnOnce(T) -> crate::Result<U>) -> crate::Result<Patch<U>> {
        Ok(match self {
            Self::Keep => Patch::Keep,
            Self::Clear => Patch::Clear,
            Self::Set(value) => Patch::Set(change(value)?),
        })
    }
}
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(d)?.map_or(Self::Clear, Self::Set))
    }
}
impl<T: schemars::JsonSchema> schemars::JsonSchema for Patch<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Option::<T>::schema_name()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(g: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let mut schema = Option::<T>::json_schema(g);
        schema.insert(crate::catalog::NULLABLE.to_owned(), true.into());
        schema
    }
    fn _schemars_private_is_option() -> bool {
        true
    }
}
