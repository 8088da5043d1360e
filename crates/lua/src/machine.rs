//! One machine: the sandbox, what stands in it, and the run of a program.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::OnceLock;

use mlua::chunk::{ChunkMode, Compiler};
use mlua::{
    Function, IntoLua, Lua, LuaOptions, LuaString, MultiValue, StdLib, Table, Value, VmState,
};
use serde_json::{Map, Value as Json};

use crate::budget::Budgets;
use crate::calls::Calls;
use crate::dump::dump;
use crate::engine::Shared;
use crate::failure::{Budget, Failure, FailureKind};
use crate::host::{Docs, Mcp};
use crate::json::{Codec, Unfit};
use crate::limits::Limits;
use crate::regexes::{Regexes, Stop};
use crate::text;

/// The libraries of Luau that a machine has. `debug` and `os` are cut by the prelude.
const LIBRARIES: [StdLib; 9] = [
    StdLib::COROUTINE,
    StdLib::TABLE,
    StdLib::OS,
    StdLib::STRING,
    StdLib::UTF8,
    StdLib::BIT,
    StdLib::MATH,
    StdLib::BUFFER,
    StdLib::VECTOR,
];
/// What reading a result may take beyond the memory of a program that used up its own, in bytes.
const MEMORY_FOR_THE_END: usize = 1024 * 1024;
/// How many items `docs.search` lists when it is not told.
const FOUND_DEFAULT: usize = 10;
const FOUND_MAX: usize = 50;

/// What the prelude asks of a server: the kind of request, the server, a name, arguments.
type AskedOfServer = (String, Option<String>, Option<String>, Option<Table>);
/// What the prelude asks to replace: a text, a pattern, flags, a replacement, how often at most.
type AskedToReplace = (String, String, String, String, Option<f64>);

/// A machine and what its functions use.
pub(crate) struct Machine {
    lua: Lua,
    protect: Function,
    inner: Rc<Inner>,
    memory_peak: Rc<Cell<usize>>,
}

/// What the functions of the host's side use.
struct Inner {
    limits: Limits,
    budgets: Rc<Budgets>,
    calls: Calls,
    shared: std::sync::Arc<Shared>,
    codec: Codec,
    /// The metatable of failures.
    failure: Table,
    regexes: Regexes,
}

/// How a program ended.
pub(crate) struct Ending {
    pub(crate) result: Result<Json, Failure>,
    pub(crate) memory_bytes: usize,
    /// Whether more input could make the program complete.
    pub(crate) incomplete: bool,
}

impl Machine {
    pub(crate) fn new(
        limits: Limits,
        budgets: Rc<Budgets>,
        calls: Calls,
        shared: std::sync::Arc<Shared>,
    ) -> mlua::Result<Self> {
        let libraries =
            LIBRARIES.into_iter().fold(StdLib::NONE, |all, it| all | it) | StdLib::DEBUG;
        let lua = Lua::new_with(libraries, LuaOptions::new())?;
        let codec = Codec { array: lua.create_table()?, depth_max: limits.json_depth_max };
        let failure = lua.create_table()?;
        let inner = Rc::new(Inner {
            limits,
            budgets,
            calls,
            shared,
            codec,
            failure,
            regexes: Regexes::default(),
        });
        let engine = functions(&lua, &inner)?;
        let protect: Function =
            lua.load(prelude()).set_name("=engine").set_mode(ChunkMode::Binary).call(engine)?;
        lua.sandbox(true)?;
        lua.set_memory_limit(inner.limits.memory_bytes_max)?;
        let memory_peak = Rc::new(Cell::new(0));
        let (budgets, peak) = (Rc::clone(&inner.budgets), Rc::clone(&memory_peak));
        lua.set_interrupt(move |lua| {
            peak.set(peak.get().max(lua.used_memory()));
            budgets.check().map(|()| VmState::Continue)
        });
        Ok(Self { lua, protect, inner, memory_peak })
    }

    /// Runs a program to its end.
    pub(crate) fn run(&self, program: &str) -> Ending {
        let inner = &self.inner;
        inner.budgets.begin();
        self.memory_peak.set(self.lua.used_memory());
        if program.len() > inner.limits.source_bytes_max {
            let (length, limit) = (program.len(), inner.limits.source_bytes_max);
            return self.end(Err(Failure::budget(
                Budget::Source,
                format!("The program has {length} bytes, and at most {limit} are run."),
            )));
        }
        let chunk = self.lua.load(program).set_name("=program").set_mode(ChunkMode::Text);
        let function = match chunk.into_function() {
            Ok(function) => function,
            Err(error) => {
                let incomplete =
                    matches!(error, mlua::Error::SyntaxError { incomplete_input: true, .. });
                return Ending { incomplete, ..self.end(Err(syntax_failure(&error))) };
            }
        };
        let returned = self.protect.call::<MultiValue>(function);
        // What reads the result has to have some room, even if the program left none.
        let room = inner.limits.memory_bytes_max + MEMORY_FOR_THE_END;
        let _limit_before = self.lua.set_memory_limit(room);
        let result = match inner.budgets.exhausted() {
            Some(failure) => Err(failure),
            None => self.result(returned),
        };
        let ending = self.end(result);
        let _limit_before = self.lua.set_memory_limit(inner.limits.memory_bytes_max);
        ending
    }

    fn end(&self, result: Result<Json, Failure>) -> Ending {
        let memory_bytes = self.memory_peak.get().max(self.lua.used_memory());
        // A failure of one call speaks of that call; what ends the run as a whole, of all.
        let result = result.map_err(|failure| Failure {
            call_made: failure.call_made
                || (failure.kind.is_of_the_run() && self.inner.shared.any_call_made()),
            ..failure
        });
        Ending { result, memory_bytes, incomplete: false }
    }

    fn result(&self, returned: mlua::Result<MultiValue>) -> Result<Json, Failure> {
        let mut values = match returned {
            Ok(values) => values,
            Err(error) => return Err(raised(&error.to_string(), "")),
        };
        if values.pop_front() == Some(Value::Boolean(true)) {
            return self.returned(values);
        }
        let Some(Value::Table(kept)) = values.pop_front() else {
            // The handler itself had no room left.
            return Err(raised("not enough memory", ""));
        };
        let trace = kept.raw_get::<Option<String>>("trace").ok().flatten().unwrap_or_default();
        let problem = kept.raw_get("problem").unwrap_or(Value::Nil);
        Err(self.inner.failure_of(&problem, &trace))
    }

    fn returned(&self, values: MultiValue) -> Result<Json, Failure> {
        let bytes_max = self.inner.limits.result_bytes_max;
        let items: Result<Vec<Json>, Unfit> =
            values.iter().map(|value| self.inner.codec.to_json(value, bytes_max)).collect();
        match items {
            Ok(mut items) if items.len() < 2 => Ok(items.pop().unwrap_or_default()),
            Ok(items) => Ok(Json::Array(items)),
            Err(Unfit::TooLong(_)) => Err(Failure::budget(
                Budget::Result,
                format!(
                    "What the program returned is longer than {bytes_max} bytes of JSON. Return less."
                ),
            )),
            Err(Unfit::Value(what)) => Err(Failure::new(
                FailureKind::RuntimeError,
                format!("What the program returned cannot be given back as JSON: {what}."),
            )),
        }
    }
}

impl Inner {
    /// What a program raised, as a failure: its own if it is one of ours.
    fn failure_of(&self, problem: &Value, trace: &str) -> Failure {
        let bytes_max = self.limits.result_bytes_max;
        let Value::Table(table) = problem else {
            let message = match problem {
                Value::String(it) => it.to_string_lossy(),
                Value::Error(it) => it.to_string(),
                other => dump(other, self.limits.output_chars_max),
            };
            return raised(&message, trace);
        };
        let json = self.codec.to_json(problem, bytes_max);
        if table.metatable().is_some_and(|it| it == self.failure)
            && let Ok(json) = &json
            && let Ok(failure) = serde_json::from_value::<Failure>(json.clone())
        {
            return Failure { line: failure.line.or_else(|| line_of(trace)), ..failure };
        }
        let message = match table.raw_get::<Value>("message") {
            Ok(Value::String(it)) => it.to_string_lossy(),
            _ => dump(problem, self.limits.output_chars_max),
        };
        Failure { details: json.ok().map(Box::new), ..raised(&message, trace) }
    }

    /// A failure as a program sees it.
    fn raise(&self, lua: &Lua, failure: &Failure) -> mlua::Result<Value> {
        let json = serde_json::to_value(failure).map_err(mlua::Error::external)?;
        let value = self.codec.to_lua(lua, &json, false)?;
        if let Value::Table(table) = &value {
            table.set_metatable(Some(self.failure.clone()))?;
        }
        Ok(value)
    }

    /// What a function of the host's side returns: a value, or nil and a failure.
    fn answer(&self, lua: &Lua, result: Result<Json, Failure>) -> mlua::Result<(Value, Value)> {
        match result {
            Ok(json) => Ok((self.codec.to_lua(lua, &json, false)?, Value::Nil)),
            Err(failure) => Ok((Value::Nil, self.raise(lua, &failure)?)),
        }
    }

    fn refusal(&self, lua: &Lua, message: &str) -> mlua::Result<Value> {
        self.raise(lua, &Failure::new(FailureKind::InvalidArguments, message))
    }

    fn arguments(&self, of: &str, arguments: Option<&Table>) -> Result<Map<String, Json>, Failure> {
        let Some(table) = arguments else { return Ok(Map::new()) };
        let json = self.codec.to_json(&Value::Table(table.clone()), self.limits.json_bytes_max);
        let problem = match json {
            Ok(Json::Object(fields)) => return Ok(fields),
            Ok(_) => "they are named fields, not a list".to_owned(),
            Err(unfit) => unfit.to_string(),
        };
        Err(Failure::new(
            FailureKind::InvalidArguments,
            format!("The arguments of {of} are refused: {problem}."),
        ))
    }

    fn stopped<T: IntoLua>(
        &self,
        lua: &Lua,
        result: Result<T, Stop>,
    ) -> mlua::Result<(Value, Value)> {
        match result {
            Ok(value) => Ok((value.into_lua(lua)?, Value::Nil)),
            Err(Stop::Refused(message)) => Ok((Value::Nil, self.refusal(lua, &message)?)),
            Err(Stop::Ended(error)) => Err(error),
        }
    }
}

/// The prelude, compiled once.
fn prelude() -> &'static [u8] {
    static CODE: OnceLock<Vec<u8>> = OnceLock::new();
    CODE.get_or_init(|| {
        #[expect(
            clippy::expect_used,
            reason = "the prelude is a part of this crate, and every test runs it"
        )]
        Compiler::new().compile(include_str!("prelude.luau")).expect("the prelude is Luau")
    })
}

/// The functions of the host's side, which the prelude alone is given.
fn functions(lua: &Lua, inner: &Rc<Inner>) -> mlua::Result<Table> {
    let engine = lua.create_table()?;
    engine.raw_set("array", &inner.codec.array)?;
    engine.raw_set("failure", &inner.failure)?;
    engine.raw_set("null", Value::NULL)?;
    call_functions(lua, inner, &engine)?;
    json_functions(lua, inner, &engine)?;
    regex_functions(lua, inner, &engine)?;
    text_functions(lua, inner, &engine)?;
    Ok(engine)
}

fn call_functions(lua: &Lua, inner: &Rc<Inner>, engine: &Table) -> mlua::Result<()> {
    let it = Rc::clone(inner);
    let call = lua.create_function(move |lua, (path, arguments): (String, Option<Table>)| {
        let result = it
            .arguments(&path, arguments.as_ref())
            .and_then(|arguments| it.calls.action(&path, arguments));
        it.answer(lua, result)
    })?;
    engine.raw_set("call", call)?;

    let it = Rc::clone(inner);
    let call_all = lua.create_function(move |lua, (names, given): (Vec<String>, Vec<Table>)| {
        let calls: Result<Vec<_>, Failure> = names
            .into_iter()
            .zip(&given)
            .map(|(name, table)| {
                it.arguments(&name, Some(table)).map(|arguments| (name, arguments))
            })
            .collect();
        let answers = match calls.and_then(|calls| it.calls.actions(calls)) {
            Ok(answers) => answers,
            Err(failure) => return Ok((Value::Nil, it.raise(lua, &failure)?)),
        };
        let list = lua.create_table()?;
        for answer in answers {
            let entry = lua.create_table()?;
            let (value, failure) = it.answer(lua, answer)?;
            entry.raw_set("ok", failure.is_nil())?;
            entry.raw_set("value", value)?;
            entry.raw_set("error", failure)?;
            list.raw_push(entry)?;
        }
        Ok((Value::Table(list), Value::Nil))
    })?;
    engine.raw_set("call_all", call_all)?;

    let it = Rc::clone(inner);
    let effect = lua.create_function(move |lua, path: String| {
        it.answer(lua, it.calls.effect(&path).map(|effect| Json::from(effect.name())))
    })?;
    engine.raw_set("effect", effect)?;

    let it = Rc::clone(inner);
    let listing = lua.create_function(move |lua, path: String| {
        let list = lua.create_table()?;
        for (name, help) in it.calls.listing(&path) {
            let entry = lua.create_table()?;
            entry.raw_set("name", name)?;
            entry.raw_set("help", help)?;
            list.raw_push(entry)?;
        }
        Ok(list)
    })?;
    engine.raw_set("listing", listing)?;

    let it = Rc::clone(inner);
    let mcp = lua.create_function(move |lua, (kind, server, name, arguments): AskedOfServer| {
        let result = it
            .arguments("the tool", arguments.as_ref())
            .and_then(|arguments| request(&kind, server, name, arguments))
            .and_then(|request| it.calls.mcp(request));
        it.answer(lua, result)
    })?;
    engine.raw_set("mcp", mcp)?;

    let it = Rc::clone(inner);
    let docs = lua.create_function(
        move |lua, (kind, what, most): (String, Option<String>, Option<f64>)| {
            it.answer(lua, it.calls.docs(question(&kind, what, most)))
        },
    )?;
    engine.raw_set("docs", docs)
}

fn json_functions(lua: &Lua, inner: &Rc<Inner>, engine: &Table) -> mlua::Result<()> {
    let it = Rc::clone(inner);
    let encode = lua.create_function(move |lua, (value, pretty): (Value, bool)| {
        let json = match it.codec.to_json(&value, it.limits.json_bytes_max) {
            Ok(json) => json,
            Err(unfit) => {
                let message = format!("json.encode: the value has no JSON: {unfit}.");
                return Ok((Value::Nil, it.refusal(lua, &message)?));
            }
        };
        let text = if pretty { format!("{json:#}") } else { json.to_string() };
        Ok((Value::String(lua.create_string(text)?), Value::Nil))
    })?;
    engine.raw_set("json_encode", encode)?;

    let it = Rc::clone(inner);
    let decode = lua.create_function(move |lua, (text, keep_null): (LuaString, bool)| {
        match serde_json::from_slice::<Json>(&text.as_bytes()) {
            Ok(json) => Ok((it.codec.to_lua(lua, &json, keep_null)?, Value::Nil)),
            Err(error) => {
                let message = format!("json.decode: the text is not JSON: {error}.");
                Ok((Value::Nil, it.refusal(lua, &message)?))
            }
        }
    })?;
    engine.raw_set("json_decode", decode)
}

fn regex_functions(lua: &Lua, inner: &Rc<Inner>, engine: &Table) -> mlua::Result<()> {
    let it = Rc::clone(inner);
    let first =
        lua.create_function(move |lua, (text, pattern, flags): (String, String, String)| {
            it.stopped(lua, it.regexes.first(lua, &text, &pattern, &flags))
        })?;
    engine.raw_set("regex_first", first)?;

    let it = Rc::clone(inner);
    let all =
        lua.create_function(move |lua, (text, pattern, flags): (String, String, String)| {
            it.stopped(lua, it.regexes.all(lua, &text, &pattern, &flags, &it.budgets))
        })?;
    engine.raw_set("regex_all", all)?;

    let it = Rc::clone(inner);
    let replace = lua.create_function(move |lua, asked: AskedToReplace| {
        let (text, pattern, flags, replacement, most) = asked;
        let searched = (text.as_str(), pattern.as_str(), flags.as_str());
        let most = most.map_or(usize::MAX, whole);
        let bytes_max = it.limits.json_bytes_max;
        it.stopped(lua, it.regexes.replace(searched, &replacement, most, bytes_max, &it.budgets))
    })?;
    engine.raw_set("regex_replace", replace)
}

fn text_functions(lua: &Lua, inner: &Rc<Inner>, engine: &Table) -> mlua::Result<()> {
    let it = Rc::clone(inner);
    let refusal = lua.create_function(move |lua, message: String| it.refusal(lua, &message))?;
    engine.raw_set("refusal", refusal)?;

    let freeze = lua.create_function(|_, table: Table| {
        table.set_readonly(true);
        Ok(table)
    })?;
    engine.raw_set("freeze", freeze)?;

    let it = Rc::clone(inner);
    let sentence =
        lua.create_function(move |_, failure: Value| Ok(it.failure_of(&failure, "").to_string()))?;
    engine.raw_set("sentence", sentence)?;

    let it = Rc::clone(inner);
    let emit = lua.create_function(move |_, line: LuaString| {
        it.shared.output.lock().line(&line.as_bytes(), &it.limits);
        Ok(())
    })?;
    engine.raw_set("emit", emit)?;

    let it = Rc::clone(inner);
    let shown =
        lua.create_function(move |_, value: Value| Ok(dump(&value, it.limits.output_chars_max)))?;
    engine.raw_set("dump", shown)?;

    let find = lua.create_function(|_, (subject, needle, from): (LuaString, LuaString, f64)| {
        Ok(match text::find(&subject.as_bytes(), &needle.as_bytes(), whole(from)) {
            Some((first, last)) => (Some(first), Some(last)),
            None => (None, None),
        })
    })?;
    engine.raw_set("find", find)?;

    let split = lua.create_function(|lua, (subject, separator): (LuaString, LuaString)| {
        text::split(lua, &subject, &separator)
    })?;
    engine.raw_set("split", split)
}

fn request(
    kind: &str,
    server: Option<String>,
    name: Option<String>,
    arguments: Map<String, Json>,
) -> Result<Mcp, Failure> {
    let (server, name) = (server.unwrap_or_default(), name.unwrap_or_default());
    Ok(match kind {
        "servers" => Mcp::Servers,
        "tools" => Mcp::Tools { server },
        "call" => Mcp::CallTool { server, tool: name, arguments, idempotency_key: String::new() },
        "resources" => Mcp::Resources { server },
        "read_resource" => Mcp::ReadResource { server, uri: name },
        "prompts" => Mcp::Prompts { server },
        "get_prompt" => Mcp::GetPrompt { server, name, arguments },
        other => {
            let message = format!("The prelude asked for \"{other}\" of a server.");
            return Err(Failure::new(FailureKind::Internal, message));
        }
    })
}

fn question(kind: &str, what: Option<String>, most: Option<f64>) -> Docs {
    match kind {
        "list" => Docs::List { section: what },
        "search" => Docs::Search {
            query: what.unwrap_or_default(),
            limit: most.map_or(FOUND_DEFAULT, whole).clamp(1, FOUND_MAX),
        },
        _ => Docs::Read { page: what.unwrap_or_default() },
    }
}

/// A number of the machine as a count.
fn whole(number: f64) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "what does not fit becomes the nearest that does"
    )]
    let count = number as usize;
    count
}

fn syntax_failure(error: &mlua::Error) -> Failure {
    let message = match error {
        mlua::Error::SyntaxError { message, .. } => message.clone(),
        other => other.to_string(),
    };
    let line = line_of(&message);
    Failure { line, ..Failure::new(FailureKind::SyntaxError, message) }
}

/// An error of the machine itself, which is text.
fn raised(message: &str, trace: &str) -> Failure {
    let line = line_of(message).or_else(|| line_of(trace));
    let failure = if message.contains("not enough memory") {
        Failure::budget(Budget::Memory, "The program used more memory than a run has.")
    } else if message.contains("stack overflow") {
        Failure::budget(
            Budget::Recursion,
            "The program called functions within functions too deeply.",
        )
    } else {
        Failure::new(FailureKind::RuntimeError, message)
    };
    Failure { line, ..failure }
}

/// The first line of the program that a text of the machine names: `program:3:`.
fn line_of(text: &str) -> Option<u32> {
    let rest = text.split_once("program:")?.1;
    let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    rest[..digits].parse().ok()
}
