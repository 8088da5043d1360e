//! A domain of its own, small enough to be obviously right.
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::db::OnUnique;
use vestibule_kernel::event::Event;
use vestibule_kernel::id::MessageId;
use vestibule_kernel::job::Handler;
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::testing::Domains;
use vestibule_kernel::time::Time;
use vestibule_kernel::{
    Code, Created, Cx, Error, Fine, Flow, FlowCx, Method::*, Operation, Patch, Result, Route, flow,
    op,
};

pub const CREATED: Event<Note> = Event::new("note.created");
const TITLE_TAKEN: Code = "title_taken";

pub const DOMAINS: Domains = Domains {
    operations: &[&[
        op::<CreateNote>(),
        op::<GetNote>(),
        op::<ListNotes>(),
        op::<UpdateNote>(),
        flow::<SlowNote>(),
        op::<BrokenNote>(),
        op::<CountNotes>(),
        op::<AgeOfNotes>(),
    ]],
    reactions: &[],
    handlers: &[Handler { kind: "note.tell", attempts_max: 3, long: false, run: tell }],
};

fn tell(_: &FlowCx, payload: serde_json::Value) -> Result<()> {
    if payload == "fail" { Err(Error::internal("asked to fail")) } else { Ok(()) }
}

/// A note.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Note {
    pub object: &'static str,
    pub id: MessageId,
    pub title: String,
    pub text: Option<String>,
    pub created_at: Time,
}

/// Makes the table; the kernel has none of its own that a test could use.
pub fn install(flow: &FlowCx) {
    let table = "CREATE TABLE notes (id TEXT PRIMARY KEY, environment_id TEXT NOT NULL,
                   title TEXT NOT NULL, text TEXT, created_at BIGINT NOT NULL,
                   UNIQUE (environment_id, title))";
    // Text sorts by its bytes, as migrations see to, whatever the server's locale.
    let table = if flow.app.db().reads_inline() {
        table.to_owned()
    } else {
        table.replace(" TEXT", " TEXT COLLATE \"C\"")
    };
    flow.write(move |cx| {
        cx.db().execute(&table, &[])?;
        cx.db()
            .execute("CREATE INDEX notes_in_order ON notes (environment_id, created_at, id)", &[])
    })
    .unwrap();
}

/// Create a note.
#[derive(Deserialize, JsonSchema)]
pub struct CreateNote {
    #[schemars(length(min = 1, max = 20))]
    title: String,
    text: Option<String>,
    /// A job to leave behind.
    job: Option<String>,
}

impl Operation for CreateNote {
    const ID: &'static str = "notes.create";
    const ROUTE: Route = Route(Post, "/notes");
    const FAILS: &'static [Code] = &[TITLE_TAKEN];
    type Reply = Created<Note>;

    fn run(self, cx: &mut Cx) -> Result<Self::Reply> {
        let Self { title, text, job } = self;
        let note =
            Note { object: "note", id: MessageId::new(cx), title, text, created_at: cx.now() };
        cx.emit(&CREATED, &note)?;
        if let Some(it) = job {
            cx.enqueue("note.tell", &it)?;
        }
        insert(cx, &note)?;
        Ok(Created(note))
    }
}

pub fn insert(cx: &mut Cx, note: &Note) -> Result<()> {
    let values = [
        (&note.id).into(),
        cx.environment.into(),
        (&note.title).into(),
        note.text.clone().into(),
        note.created_at.into(),
    ];
    let sql = "INSERT INTO notes (id, environment_id, title, text, created_at)
               VALUES ($1, $2, $3, $4, $5)";
    cx.db().execute(sql, &values).on_unique("notes(environment_id, title)", || {
        Error::conflict(TITLE_TAKEN, "Another note has this title.")
    })?;
    Ok(())
}

fn read(mut row: vestibule_kernel::db::Row) -> Result<Note> {
    Ok(Note {
        object: "note",
        id: row.take()?,
        title: row.take()?,
        text: row.take()?,
        created_at: row.take()?,
    })
}

fn find(cx: &mut Cx, id: &MessageId) -> Result<Note> {
    let values = [cx.environment.into(), id.into()];
    let sql = "SELECT id, title, text, created_at FROM notes
               WHERE environment_id = $1 AND id = $2";
    let row = cx.db().first(sql, &values)?.ok_or_else(|| Error::not_found("Note", id))?;
    read(row)
}

/// Get a note.
#[derive(Deserialize, JsonSchema)]
pub struct GetNote {
    id: MessageId,
}

impl Operation for GetNote {
    const ID: &'static str = "notes.get";
    const ROUTE: Route = Route(Get, "/notes/{id}");
    const PURE: bool = true;
    type Reply = Fine<Note>;

    fn run(self, cx: &mut Cx) -> Result<Self::Reply> {
        find(cx, &self.id).map(Fine)
    }
}

/// List notes.
#[derive(Deserialize, JsonSchema)]
pub struct ListNotes {
    #[serde(flatten)]
    paging: Paging,
    title: Option<String>,
}

impl Operation for ListNotes {
    const ID: &'static str = "notes.list";
    const ROUTE: Route = Route(Get, "/notes");
    const PURE: bool = true;
    type Reply = Fine<Page<Note>>;

    fn run(self, cx: &mut Cx) -> Result<Self::Reply> {
        let Self { paging, title } = self;
        Listing::of(cx, "n", "SELECT n.id, n.title, n.text, n.created_at FROM notes n")
            .filter_some("n.title = ?", title)
            .page(cx, &paging, read)
            .map(Fine)
    }
}

/// Update a note.
#[derive(Deserialize, JsonSchema)]
pub struct UpdateNote {
    id: MessageId,
    title: Option<String>,
    #[serde(default)]
    text: Patch<String>,
}

impl Operation for UpdateNote {
    const ID: &'static str = "notes.update";
    const ROUTE: Route = Route(Put, "/notes/{id}");
    type Reply = Fine<Note>;

    fn run(self, cx: &mut Cx) -> Result<Self::Reply> {
        let Self { id, title, text } = self;
        let mut note = find(cx, &id)?;
        note.title = title.unwrap_or(note.title);
        text.apply(&mut note.text);
        let values =
            [cx.environment.into(), (&id).into(), (&note.title).into(), note.text.clone().into()];
        let sql = "UPDATE notes SET title = $3, text = $4
                   WHERE environment_id = $1 AND id = $2";
        cx.db().execute(sql, &values)?;
        Ok(Fine(note))
    }
}

/// Make a note slowly.
#[derive(Deserialize, JsonSchema)]
pub struct SlowNote {
    title: String,
}

impl Flow for SlowNote {
    const ID: &'static str = "notes.slow";
    const ROUTE: Route = Route(Post, "/notes/slow");
    type Reply = Created<Note>;

    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        let title = self.title;
        let title = flow.hash(move || title.to_uppercase())?;
        flow.write(move |cx| {
            let (id, created_at) = (MessageId::new(cx), cx.now());
            let note = Note { object: "note", id, title: title.clone(), text: None, created_at };
            insert(cx, &note)?;
            Ok(Created(note))
        })
    }
}

/// Panic half-way.
#[derive(Deserialize, JsonSchema)]
pub struct BrokenNote {}

impl Operation for BrokenNote {
    const ID: &'static str = "notes.broken";
    const ROUTE: Route = Route(Post, "/notes/broken");
    type Reply = Created<Note>;

    fn run(self, cx: &mut Cx) -> Result<Self::Reply> {
        let (id, created_at) = (MessageId::new(cx), cx.now());
        let note = Note { object: "note", id, title: "half".to_owned(), text: None, created_at };
        insert(cx, &note)?;
        panic!("half-way");
    }
}

/// Count how often this was asked for, which is not in the data though it is declared to be.
#[derive(Deserialize, JsonSchema)]
pub struct CountNotes {}

impl Operation for CountNotes {
    const ID: &'static str = "notes.count";
    const ROUTE: Route = Route(Get, "/notes/count");
    const PURE: bool = true;
    type Reply = Fine<u64>;

    fn run(self, cx: &mut Cx) -> Result<Self::Reply> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let values = [cx.environment.into()];
        cx.db().query("SELECT id FROM notes WHERE environment_id = $1", &values)?;
        Ok(Fine(COUNT.fetch_add(1, SeqCst)))
    }
}

/// Look at the clock, though it is declared not to.
#[derive(Deserialize, JsonSchema)]
pub struct AgeOfNotes {}

impl Operation for AgeOfNotes {
    const ID: &'static str = "notes.age";
    const ROUTE: Route = Route(Get, "/notes/age");
    const PURE: bool = true;
    type Reply = Fine<Time>;

    fn run(self, cx: &mut Cx) -> Result<Self::Reply> {
        Ok(Fine(cx.now()))
    }
}
