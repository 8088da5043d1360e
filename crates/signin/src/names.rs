//! Enumerations that have the same names on the wire and in the database.

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $text:literal,)* })*) => { $(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord,
            serde::Serialize, serde::Deserialize, schemars::JsonSchema,
        )]
        #[schemars(inline)]
        pub enum $name {
            $($(#[$each])* #[serde(rename = $text)] $variant,)*
        }

        impl $name {
            /// Its name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
        impl From<$name> for vestibule_kernel::db::Value {
            fn from(it: $name) -> Self {
                it.name().into()
            }
        }
        impl vestibule_kernel::db::FromValue for $name {
            fn from_value(value: vestibule_kernel::db::Value) -> vestibule_kernel::Result<Self> {
                let text = String::from_value(value)?;
                match text.as_str() {
                    $($text => Ok(Self::$variant),)*
                    _ => Err(vestibule_kernel::Error::internal(format!(
                        "there is no {} '{text}'", stringify!($name)
                    ))),
                }
            }
        }
    )* };
}
