//! Something to say, before it is known in which language.
use serde::{Deserialize, Serialize};

/// Something to say: a message of the catalogue with its arguments, or words from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Text {
    /// A message of the catalogue.
    Message {
        /// Its key, such as `sign-in-title`.
        key: String,
        /// What stands in it, by name.
        arguments: Vec<(String, Argument)>,
    },
    /// Several, one after the other.
    Sentences(Vec<Text>),
    /// Words that are shown as they are.
    Verbatim(String),
}

/// What stands in a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Argument {
    /// A number, by which the message may choose its form.
    Number(u64),
    /// A name, an address and the like.
    Words(String),
    /// Another message, such as a length of time.
    Text(Text),
}

impl Text {
    /// The message of this key.
    pub fn new(key: &str) -> Self {
        Self::Message { key: key.to_owned(), arguments: Vec::new() }
    }

    /// The same with an argument.
    pub fn with(self, name: &str, value: impl Into<Argument>) -> Self {
        match self {
            Self::Message { key, mut arguments } => {
                arguments.push((name.to_owned(), value.into()));
                Self::Message { key, arguments }
            }
            other @ (Self::Sentences(_) | Self::Verbatim(_)) => other,
        }
    }

    /// A length of time in the largest unit of which there are at least two, rounded down, so that
    /// nobody is promised more than there is.
    pub fn duration(seconds: u64) -> Self {
        match seconds {
            ..=90 => Self::new("duration-seconds").with("count", seconds.max(1)),
            91.. => Self::minutes(seconds / 60),
        }
    }

    /// The same for a length that is no shorter than a minute.
    pub fn minutes(minutes: u64) -> Self {
        let (unit, count) = match minutes {
            ..60 => ("minutes", minutes),
            60..2880 => ("hours", minutes / 60),
            2880.. => ("days", minutes / 1440),
        };
        Self::new(&format!("duration-{unit}")).with("count", count)
    }

    /// A day of the calendar.
    pub fn date(year: u16, month: u8, day: u8) -> Self {
        Self::new("date")
            .with("year", u64::from(year))
            .with("month", u64::from(month))
            .with("day", u64::from(day))
    }
}

impl From<u64> for Argument {
    fn from(it: u64) -> Self {
        Self::Number(it)
    }
}

impl From<u32> for Argument {
    fn from(it: u32) -> Self {
        Self::Number(it.into())
    }
}

impl From<usize> for Argument {
    fn from(it: usize) -> Self {
        Self::Number(it as u64)
    }
}

impl From<&str> for Argument {
    fn from(it: &str) -> Self {
        Self::Words(it.to_owned())
    }
}

impl From<String> for Argument {
    fn from(it: String) -> Self {
        Self::Words(it)
    }
}

impl From<Text> for Argument {
    fn from(it: Text) -> Self {
        Self::Text(it)
    }
}
