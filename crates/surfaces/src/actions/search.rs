//! Finds actions by a wish in plain words: BM25 over what is said of each action.
//!
//! Words are stemmed, and things that have many names get one (synonyms.txt). Two words beside each
//! other are a term too, so that "sign in with google" is more than "sign in". What people say of an
//! action that its name and description do not is in said.txt. What kind of thing an action does is
//! a term as well, such as `!delete`, and the verbs of a wish are read as such.
use std::collections::{HashMap, HashSet};
use std::net::Ipv4Addr;

use bm25::{Embedder, EmbedderBuilder, Scorer, Tokenizer};
use rust_stemmers::{Algorithm, Stemmer};
use serde_json::Value;

use super::{Action, names};

/// One word for what has many, and what the verbs of a wish mean; the file tells its form.
const SYNONYMS: &str = include_str!("synonyms.txt");
/// What people say of an action or of all actions of a domain; the file tells its form.
const SAID: &str = include_str!("said.txt");
/// The longest wish that is read, in bytes. What comes after it adds nothing.
const INTENT_BYTES_MAX: usize = 400;
/// How often the words of a name count.
const NAME_WEIGHT: usize = 2;
/// How often a name as a whole counts: a wish that has it means its action.
const WHOLE_NAME_WEIGHT: usize = 4;
/// How often what is said of an action counts: of words that are no names, these say most.
const SAID_WEIGHT: usize = 4;
/// How often what is said of a whole domain counts for each of its actions.
const DOMAIN_WEIGHT: usize = 2;
/// How often it counts what kind of thing an action does.
const KIND_WEIGHT: usize = 2;
/// How often the first verb of a wish counts: those after it tell of circumstances.
const FIRST_VERB_WEIGHT: usize = 2;
/// How much more a term counts that is said more often (BM25's `k1`): more than usual, since the
/// weights above work by repetition.
const REPETITION_GAIN: f32 = 3.0;
/// How much a longer text is held against an action (BM25's `b`): little, since length says nothing
/// of what an action does.
const LENGTH_PENALTY: f32 = 0.1;
/// The longest phrase of synonyms.txt, in words.
const PHRASE_WORDS_MAX: usize = 6;
/// Words that say nothing of what is wanted.
const IDLE: &str = "a about already also am an and any anything are as ask at be because been but \
    by can cannot could currently did didn do does doesn don each for from get give got had has \
    have here his how i if in into is isn it its just let like ll m may me must my need not now of \
    on one only or our own please re really s should since so some something still t than that the \
    their them then there these they things this to today too up us use ve very want was we were \
    what when where which while who whole will with would you your";
/// What the names of domains end in that people write in wishes.
const DOMAIN_ENDS: [&str; 9] = ["com", "org", "net", "io", "dev", "app", "co", "test", "example"];

/// An action that was found.
pub struct Found<'a> {
    /// The action.
    pub action: &'a Action,
    /// How well it fits; only good for comparing answers to one wish.
    pub score: f32,
}

/// What is searched.
pub(super) struct Index {
    words: Words,
    embedder: Embedder<u32, Spaces>,
    scorer: Scorer<usize>,
}

impl Index {
    pub(super) fn new(list: &[Action]) -> Self {
        let words = Words::new();
        let said = said();
        let texts: Vec<String> = list.iter().map(|it| words.of_action(it, &said)).collect();
        let corpus: Vec<&str> = texts.iter().map(String::as_str).collect();
        let builder = EmbedderBuilder::with_tokenizer_and_fit_to_corpus(Spaces, &corpus);
        let embedder: Embedder<u32, Spaces> = builder.k1(REPETITION_GAIN).b(LENGTH_PENALTY).build();
        let mut scorer = Scorer::new();
        for (index, text) in texts.iter().enumerate() {
            let mut embedding = embedder.embed(text);
            // A term that is repeated is there as often, each time with the same value; the scorer
            // looks for the first one.
            embedding.0.sort_by_key(|it| it.index);
            embedding.0.dedup_by_key(|it| it.index);
            scorer.upsert(&index, embedding);
        }
        Self { words, embedder, scorer }
    }
    pub(super) fn search<'a>(
        &self,
        list: &'a [Action],
        intent: &str,
        limit: usize,
    ) -> Vec<Found<'a>> {
        let end = intent.floor_char_boundary(INTENT_BYTES_MAX);
        let wish = self.embedder.embed(&self.words.of_wish(&intent[..end]));
        let mut found = self.scorer.matches(&wish);
        // Of two that fit equally, the one that the catalogue names first.
        found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.id.cmp(&b.id)));
        let best = found.into_iter().take(limit);
        best.map(|it| Found { action: &list[it.id], score: it.score }).collect()
    }
}

/// Texts for the index are terms with spaces between.
struct Spaces;

impl Tokenizer for Spaces {
    fn tokenize(&self, text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }
}

/// What people say, by the id of an action or the name of a domain.
fn said() -> HashMap<&'static str, Vec<&'static str>> {
    let lines = SAID.lines().filter(|it| !it.starts_with('#'));
    let parts = lines.filter_map(|it| it.split_once(':'));
    parts.map(|(of, phrases)| (of, phrases.split(',').collect())).collect()
}

/// What kind of thing an action does, as terms. The verb of its name tells.
fn kinds(verb: &str) -> &'static [&'static str] {
    match verb.split('_').next().unwrap_or(verb) {
        "list" => &["!list", "!read"],
        "get" | "current" | "inspect" | "describe" | "explain" | "profile" => &["!get", "!read"],
        "check" | "validate" => &["!verify", "!read"],
        "verify" | "confirm" | "finish" => &["!verify"],
        "create" | "add" | "generate" | "enroll" => &["!create"],
        "set" | "update" | "change" | "replace" | "move" | "make" | "rekey" => &["!update"],
        "delete" | "remove" | "unlink" | "reset" => &["!delete"],
        "revoke" | "expire" => &["!revoke"],
        "send" | "resend" | "challenge" => &["!send"],
        "enable" | "activate" | "reactivate" => &["!turnon"],
        "disable" | "deactivate" => &["!turnoff"],
        _ => &[],
    }
}

/// What a word means by its form alone, such as an e-mail address; else the word.
fn meant_by_form(word: &str) -> &str {
    let word = word.trim_matches(|it: char| ".,;:!?'\"()".contains(it));
    if word.contains('@') {
        "user"
    } else if word.contains("://") {
        "uri"
    } else if word.rsplit_once('.').is_some_and(|(_, end)| DOMAIN_ENDS.contains(&end)) {
        "domain"
    } else if word.parse::<Ipv4Addr>().is_ok() {
        "ip address"
    } else {
        word
    }
}

/// A term for a whole name, where a word looks like one.
fn whole_name(word: &str) -> Option<String> {
    let name = names::plain(word);
    name.trim_matches('_').contains('_').then(|| format!("={name}"))
}

/// Each of these once, in the order of first mention.
fn once(terms: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::new();
    terms.into_iter().filter(|it| seen.insert(it.clone())).collect()
}

/// A kind of doing that words of a wish tell of.
struct Hint {
    kind: &'static str,
    /// Whether only at the beginning.
    first: bool,
}

/// Makes terms of text.
struct Words {
    stemmer: Stemmer,
    idle: HashSet<String>,
    /// From what is said, stemmed, to the one word for it.
    synonyms: HashMap<Vec<String>, Vec<String>>,
    /// From what is said in a wish to the kinds of doing that it tells of.
    hints: HashMap<Vec<String>, Vec<Hint>>,
}

impl Words {
    fn new() -> Self {
        let (synonyms, hints) = (HashMap::new(), HashMap::new());
        let stemmer = Stemmer::create(Algorithm::English);
        let mut words = Self { stemmer, idle: HashSet::new(), synonyms, hints };
        words.idle = words.stems(IDLE).into_iter().collect();
        let lines = SYNONYMS.lines().filter(|it| !it.starts_with('#'));
        for (meant, said) in lines.clone().filter_map(|it| it.split_once(" = ")) {
            for phrase in said.split(',') {
                let phrase = words.stems(phrase);
                debug_assert!(phrase.len() <= PHRASE_WORDS_MAX, "{phrase:?} is never found");
                words.synonyms.insert(phrase, words.stems(meant));
            }
        }
        // After the synonyms, by which these are read too.
        let hints = lines.filter(|it| it.starts_with('!')).filter_map(|it| it.split_once(':'));
        for (kind, said) in hints {
            for phrase in said.split(',').map(str::trim) {
                let first = phrase.starts_with('^');
                let read = words.read(phrase);
                words.hints.entry(read).or_default().push(Hint { kind, first });
            }
        }
        words
    }
    fn stems(&self, text: &str) -> Vec<String> {
        let lower = text.to_lowercase();
        let words = lower.split(|it: char| !it.is_alphanumeric()).filter(|it| !it.is_empty());
        words.map(|it| self.stemmer.stem(it).into_owned()).collect()
    }
    /// The stems of a text, with one word for what has many; of phrases that begin at a word, the
    /// longest counts.
    fn read(&self, text: &str) -> Vec<String> {
        let stems = self.stems(text);
        let mut read = Vec::with_capacity(stems.len());
        let mut rest = stems.as_slice();
        while let Some((word, after)) = rest.split_first() {
            let lengths = (1..=PHRASE_WORDS_MAX.min(rest.len())).rev();
            let mut known = lengths.filter_map(|it| Some((it, self.synonyms.get(&rest[..it])?)));
            if let Some((length, meant)) = known.next() {
                read.extend_from_slice(meant);
                rest = &rest[length..];
            } else {
                read.push(word.clone());
                rest = after;
            }
        }
        read
    }
    /// The words that count, and each two that are beside each other without the others.
    fn terms(&self, read: &[String]) -> Vec<String> {
        let words: Vec<&str> =
            read.iter().filter(|it| !self.idle.contains(*it)).map(String::as_str).collect();
        let pairs = words.windows(2).map(|it| it.join("+"));
        words.iter().map(|it| (*it).to_owned()).chain(pairs).collect()
    }
    /// The kinds of doing that a wish tells of.
    fn hinted(&self, read: &[String]) -> Vec<String> {
        let mut kinds: Vec<String> = Vec::new();
        for at in 0..read.len() {
            let phrases = (1..=PHRASE_WORDS_MAX.min(read.len() - at)).map(|it| &read[at..at + it]);
            let hints = phrases.filter_map(|it| self.hints.get(it)).flatten();
            let here = hints.filter(|it| at == 0 || !it.first).map(|it| it.kind.to_owned());
            let new = once(here.filter(|it| !kinds.contains(it)).collect());
            let times = if kinds.is_empty() { FIRST_VERB_WEIGHT } else { 1 };
            kinds.extend(new.iter().cycle().take(new.len() * times).cloned());
        }
        kinds
    }
    fn of_wish(&self, intent: &str) -> String {
        let lower = intent.to_lowercase();
        let words: Vec<&str> = lower.split_whitespace().map(meant_by_form).collect();
        let read = self.read(&words.join(" "));
        let mut terms = once(self.terms(&read));
        terms.extend(self.hinted(&read));
        terms.extend(intent.split_whitespace().filter_map(whole_name));
        terms.join(" ")
    }
    /// Everything that is said of an action; what says more, several times.
    fn of_action(&self, action: &Action, said: &HashMap<&str, Vec<&str>>) -> String {
        let mut terms = Vec::new();
        let mut say = |new: Vec<String>, times: usize| {
            terms.extend(new.iter().cycle().take(new.len() * times).cloned());
        };
        let all = |texts: &[&str]| texts.iter().flat_map(|it| self.terms(&self.read(it))).collect();
        let (domain, verb) = action.id.split_once('.').unwrap_or_default();
        let names = action.names.iter().copied().filter(|it| !it.contains(' '));
        let names = names.chain([&*action.id]).filter_map(whole_name);
        say(once(names.collect()), WHOLE_NAME_WEIGHT);
        say(all(&[&action.id]), NAME_WEIGHT);
        say(all(&[&action.description]), 1);
        say(all(said.get(&*action.id).map_or(&[], Vec::as_slice)), SAID_WEIGHT);
        say(all(said.get(domain).map_or(&[], Vec::as_slice)), DOMAIN_WEIGHT);
        say(kinds(verb).iter().map(|it| (*it).to_owned()).collect(), KIND_WEIGHT);
        // Other products name an action alike, and fields are named like things that are said.
        let fields = action.input.get("properties").and_then(Value::as_object);
        let fields = fields.into_iter().flat_map(|it| it.keys()).map(String::as_str);
        // Every list has these.
        let fields = fields.filter(|it| !["limit", "before", "after", "order", "id"].contains(it));
        let names = action.names.iter().map(|it| it.strip_prefix("workos_").unwrap_or(it));
        let others: Vec<&str> = names.chain(fields).collect();
        say(once(all(&others)), 1);
        terms.join(" ")
    }
}
