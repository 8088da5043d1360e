//! The function of templates that says something.
use std::fmt;
use std::sync::Arc;

use minijinja::value::{Kwargs, Object, Serde, Value, from_args};
use minijinja::{Environment, Error, ErrorKind, State};

use crate::{Argument, Language, Text};

/// Says something in a template: `say("sign-in-lead", application=frame.application)`, or a [`Text`]
/// that the page brings along, `say(problem.message)`.
///
/// Put it into the context of a template under the name `say`.
#[derive(Debug)]
pub struct Say(pub Language);

impl fmt::Display for Say {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "say in {}", self.0)
    }
}

impl Object for Say {
    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
        let (what, named): (Value, Kwargs) = from_args(arguments)?;
        let mut text = match what.as_str() {
            Some(key) if !Language::English.knows(key) => {
                let why = format!("there is no message '{key}'");
                return Err(Error::new(ErrorKind::InvalidOperation, why));
            }
            Some(key) => Text::new(key),
            None => read(&what)?,
        };
        for name in named.args().collect::<Vec<_>>() {
            let value: Value = named.get(name)?;
            // A page that has no name to give chooses a message that asks for none.
            if !value.is_none() {
                text = text.with(name, argument(&value)?);
            }
        }
        Ok(Value::from(self.0.say(&text)))
    }
}

/// Gives a template engine what prepares arguments of `say`: `duration(seconds)`, `minutes(count)`, and `| day` for
/// the day of an instant in ISO 8601.
pub fn prepare(engine: &mut Environment<'_>) {
    engine.add_function("duration", |seconds: u64| Value::from(Serde(&Text::duration(seconds))));
    engine.add_function("minutes", |count: u64| Value::from(Serde(&Text::minutes(count))));
    engine.add_filter("day", |instant: &str| day(instant).map(|it| Value::from(Serde(&it))));
}

fn day(instant: &str) -> Result<Text, Error> {
    let part = |range| instant.get(range).and_then(|it: &str| it.parse::<u16>().ok());
    let month = part(5..7).and_then(|it| u8::try_from(it).ok());
    let day = part(8..10).and_then(|it| u8::try_from(it).ok());
    match (part(0..4), month, day) {
        (Some(year), Some(month), Some(day)) => Ok(Text::date(year, month, day)),
        _ => Err(no_text()),
    }
}

/// A text as a page brings it along.
fn read(value: &Value) -> Result<Text, Error> {
    if let Some(words) = value.get_attr("verbatim")?.as_str() {
        return Ok(Text::Verbatim(words.to_owned()));
    }
    let sentences = value.get_attr("sentences")?;
    if !sentences.is_undefined() {
        return sentences
            .try_iter()?
            .map(|it| read(&it))
            .collect::<Result<_, _>>()
            .map(Text::Sentences);
    }
    let message = value.get_attr("message")?;
    let key = message.get_attr("key")?;
    let mut text = Text::new(key.as_str().ok_or_else(no_text)?);
    for pair in message.get_attr("arguments")?.try_iter()? {
        let name = pair.get_item(&Value::from(0))?;
        let value = argument(&pair.get_item(&Value::from(1))?)?;
        text = text.with(name.as_str().ok_or_else(no_text)?, value);
    }
    Ok(text)
}

fn argument(value: &Value) -> Result<Argument, Error> {
    if let Some(words) = value.as_str() {
        return Ok(Argument::Words(words.to_owned()));
    }
    match u64::try_from(value.clone()) {
        Ok(number) => Ok(Argument::Number(number)),
        Err(_) => read(value).map(Argument::Text),
    }
}

fn no_text() -> Error {
    Error::new(ErrorKind::InvalidOperation, "this is nothing that can be said")
}
