//! The files of messages, and what they say.
use std::fs;
use std::path::Path;
use std::sync::{LazyLock, OnceLock};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use crate::{Argument, Direction, Language, Text, check};

/// The longest file of an operator that is read.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

type Bundle = FluentBundle<FluentResource>;

/// The operator's own files, read once at the start of the program.
static OVERRIDES: OnceLock<Vec<(Language, String)>> = OnceLock::new();

static BUNDLES: LazyLock<Vec<Bundle>> =
    LazyLock::new(|| Language::ALL.iter().map(|it| bundle(*it)).collect());

impl Language {
    /// The file of its messages, as it is compiled in.
    pub const fn source(self) -> &'static str {
        match self {
            Self::Arabic => include_str!("../messages/ar.ftl"),
            Self::German => include_str!("../messages/de.ftl"),
            Self::English => include_str!("../messages/en.ftl"),
            Self::Spanish => include_str!("../messages/es.ftl"),
            Self::French => include_str!("../messages/fr.ftl"),
            Self::Italian => include_str!("../messages/it.ftl"),
            Self::Japanese => include_str!("../messages/ja.ftl"),
            Self::Korean => include_str!("../messages/ko.ftl"),
            Self::Dutch => include_str!("../messages/nl.ftl"),
            Self::Polish => include_str!("../messages/pl.ftl"),
            Self::BrazilianPortuguese => include_str!("../messages/pt-BR.ftl"),
            Self::Turkish => include_str!("../messages/tr.ftl"),
            Self::SimplifiedChinese => include_str!("../messages/zh-Hans.ftl"),
        }
    }

    /// What a text says in this language.
    pub fn say(self, text: &Text) -> String {
        match text {
            Text::Verbatim(words) => words.clone(),
            Text::Sentences(all) => {
                let all: Vec<String> = all.iter().map(|it| self.say(it)).collect();
                all.join(self.between_sentences())
            }
            Text::Message { key, arguments } => {
                let mut values = FluentArgs::new();
                for (name, value) in arguments {
                    values.set(name.as_str(), self.value(value));
                }
                self.format(key, &values).unwrap_or_else(|| {
                    debug_assert!(false, "no language has a message '{key}'");
                    tracing::error!(key, "no language has this message");
                    key.clone()
                })
            }
        }
    }

    /// Whether there is a message of this key.
    pub fn knows(self, key: &str) -> bool {
        BUNDLES[self as usize].has_message(key)
    }

    const fn between_sentences(self) -> &'static str {
        match self {
            Self::Japanese | Self::SimplifiedChinese => "",
            _ => " ",
        }
    }

    fn value(self, argument: &Argument) -> FluentValue<'static> {
        match argument {
            Argument::Number(it) => FluentValue::from(*it),
            Argument::Words(it) => FluentValue::from(it.clone()),
            Argument::Text(it) => FluentValue::from(self.say(it)),
        }
    }

    fn format(self, key: &str, arguments: &FluentArgs<'_>) -> Option<String> {
        [self, Self::English].into_iter().find_map(|language| {
            let bundle = &BUNDLES[language as usize];
            let pattern = bundle.get_message(key)?.value()?;
            let mut faults = Vec::new();
            let said = bundle.format_pattern(pattern, Some(arguments), &mut faults).into_owned();
            if !faults.is_empty() {
                debug_assert!(false, "message '{key}' in {language}: {faults:?}");
                tracing::error!(key, %language, ?faults, "a message cannot be said as it stands");
            }
            Some(said)
        })
    }
}

/// Puts the files of a folder, each named by a language such as `de.ftl`, over those that are
/// compiled in. It must be done before anything is said, and is done once.
pub fn override_with(folder: &Path) -> Result<(), String> {
    let shown = folder.display();
    let entries = fs::read_dir(folder)
        .map_err(|it| format!("The folder of messages {shown} cannot be read: {it}."))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|it| format!("The folder of messages {shown}: {it}."))?.path();
        if path.extension().is_some_and(|it| it == "ftl") {
            files.push(read(&path)?);
        }
    }
    OVERRIDES.set(files).map_err(|_| "The folder of messages is named twice.".to_owned())
}

fn read(path: &Path) -> Result<(Language, String), String> {
    let shown = path.display();
    let name = path.file_stem().and_then(|it| it.to_str()).unwrap_or_default();
    let language: Language = name.parse().map_err(|it| format!("The file {shown}: {it}."))?;
    let size = fs::metadata(path).map_err(|it| format!("The file {shown}: {it}."))?.len();
    if size > FILE_BYTES_MAX {
        return Err(format!("The file {shown} is longer than {FILE_BYTES_MAX} bytes."));
    }
    let source =
        fs::read_to_string(path).map_err(|it| format!("The file {shown} cannot be read: {it}."))?;
    let faults = check::overriding(&source);
    match faults.first() {
        None => Ok((language, source)),
        Some(fault) => Err(format!("The file {shown}: {fault}.")),
    }
}

fn bundle(language: Language) -> Bundle {
    let tag = language.tag().parse().expect("the tests look at every tag");
    let mut bundle = Bundle::new_concurrent(vec![tag]);
    // Marks that keep a name from turning the line around are needed where lines begin on the right.
    bundle.set_use_isolating(language.direction() == Direction::RightToLeft);
    bundle.add_resource_overriding(resource(language.source()));
    for (_, source) in OVERRIDES.get().into_iter().flatten().filter(|it| it.0 == language) {
        bundle.add_resource_overriding(resource(source));
    }
    bundle
}

/// A file, without what cannot be read of it: the tests and [`override_with`] have looked at it.
fn resource(source: &str) -> FluentResource {
    FluentResource::try_new(source.to_owned()).unwrap_or_else(|(it, _)| it)
}
