//! An operation that answers what it was given.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::testing::Domains;
use vestibule_kernel::{Code, Created, Cx, Error, Fine, Method::*, Operation, Result, Route, op};

pub const DOMAINS: Domains =
    Domains { operations: &[&[op::<MakeEcho>(), op::<GetEcho>()]], reactions: &[], handlers: &[] };

const TOO_LOUD: Code = "too_loud";

/// What was given, and by whom.
#[derive(Serialize, JsonSchema)]
pub struct Echo {
    pub id: String,
    pub count: Option<i64>,
    pub names: Vec<String>,
    pub address: Option<String>,
}

/// Make an echo
#[derive(Deserialize, JsonSchema)]
pub struct MakeEcho {
    /// The id
    id: String,
    /// How often
    count: Option<i64>,
    /// Whom to
    names: Option<Vec<String>>,
}

impl Operation for MakeEcho {
    const ID: &'static str = "echoes.create";
    const ROUTE: Route = Route(Post, "/echoes/{id}");
    const ALIASES: &'static [Route] = &[Route(Put, "/x/echoes/{id}")];
    const FAILS: &'static [Code] = &[TOO_LOUD];
    const SECRETS: &'static [&'static str] = &["id"];
    type Reply = Created<Echo>;

    fn run(self, cx: &mut Cx) -> Result<Self::Reply> {
        let Self { id, count, names } = self;
        if id == "LOUD" {
            return Err(Error::bad_request(TOO_LOUD, "Not so loud."));
        }
        let address = cx.request.ip_address.clone();
        Ok(Created(Echo { id, count, names: names.unwrap_or_default(), address }))
    }
}

/// Get an echo
#[derive(Deserialize, JsonSchema)]
pub struct GetEcho {
    /// The id
    id: String,
    /// How often
    count: Option<i64>,
    /// Whom to
    names: Option<Vec<String>>,
}

impl Operation for GetEcho {
    const ID: &'static str = "echoes.get";
    const ROUTE: Route = Route(Get, "/echoes/{id}");
    type Reply = Fine<Echo>;

    fn run(self, cx: &mut Cx) -> Result<Self::Reply> {
        let Self { id, count, names } = self;
        let address = cx.request.ip_address.clone();
        Ok(Fine(Echo { id, count, names: names.unwrap_or_default(), address }))
    }
}
