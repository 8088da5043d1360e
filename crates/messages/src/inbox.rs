//! The built-in inbox: the messages of an environment that nothing else carries.
//!
//! Messages hold one-time codes and links, so they are sealed at rest, and only the newest are kept.
use serde::{Deserialize, Serialize};
use vestibule_kernel::db::{Row, Value};
use vestibule_kernel::id::MessageId;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Error, FlowCx, Result};

/// How many messages of an environment are kept.
pub const MESSAGES_MAX: i64 = 1000;
/// How many a new one removes at the most, so that no write takes long.
const REMOVED_MAX: i64 = 100;
const PURPOSE: &str = "inbox_messages.content";

/// How a message would have travelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// As e-mail.
    Mail,
    /// As a text message to a telephone.
    Sms,
}

/// A message in the inbox.
#[derive(Clone, Serialize)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// How it would have travelled.
    pub kind: Kind,
    /// The address or telephone number.
    pub to: String,
    /// The subject of a mail.
    pub subject: Option<String>,
    /// What it says, in plain text.
    pub text: String,
    /// What a mail says, in HTML.
    pub html: Option<String>,
    /// The one-time code that it holds.
    pub code: Option<String>,
    /// The one-click link that it holds.
    pub url: Option<String>,
    /// When it came.
    pub created_at: Time,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Message {}", self.id)
    }
}

/// The part of a message that is sealed.
#[derive(Serialize, Deserialize)]
struct Content {
    kind: Kind,
    to: String,
    subject: Option<String>,
    text: String,
    html: Option<String>,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    url: Option<String>,
}

/// All messages that are kept, newest first.
pub fn list(cx: &mut Cx<'_>) -> Result<Vec<Message>> {
    let values = [cx.environment.into(), Value::Int(MESSAGES_MAX)];
    let sql = "SELECT id, content, created_at FROM inbox_messages WHERE environment_id = $1
               ORDER BY created_at DESC, id DESC LIMIT $2";
    let rows = cx.db().query(sql, &values)?;
    rows.into_iter().map(|row| read(cx, row)).collect()
}

/// The message of this id.
pub fn get(cx: &mut Cx<'_>, id: &MessageId) -> Result<Option<Message>> {
    let values = [cx.environment.into(), id.into()];
    let sql = "SELECT id, content, created_at FROM inbox_messages
               WHERE environment_id = $1 AND id = $2";
    let row = cx.db().first(sql, &values)?;
    row.map(|row| read(cx, row)).transpose()
}

/// Deletes all messages.
pub fn clear(cx: &mut Cx<'_>) -> Result<()> {
    let values = [cx.environment.into()];
    let sql = "DELETE FROM inbox_messages WHERE environment_id = $1";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Puts a message in, once, and removes those that are beyond [`MESSAGES_MAX`].
pub(crate) fn store(flow: &FlowCx, message: Message) -> Result<()> {
    let Message { id, kind, to, subject, text, html, code, url, created_at } = message;
    let content = Content { kind, to, subject, text, html, code, url };
    let content = serde_json::to_string(&content).map_err(Error::internal)?;
    flow.write(move |cx| {
        let sealed = cx.seal(PURPOSE, &content)?;
        let values = [cx.environment.into(), (&id).into(), sealed.into(), created_at.into()];
        // The job may have done this before it was interrupted.
        let sql = "INSERT INTO inbox_messages (environment_id, id, content, created_at)
                   VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING";
        cx.db().execute(sql, &values)?;
        let values = [cx.environment.into(), Value::Int(REMOVED_MAX), Value::Int(MESSAGES_MAX)];
        let sql = "DELETE FROM inbox_messages WHERE environment_id = $1 AND id IN
                     (SELECT id FROM inbox_messages WHERE environment_id = $1
                      ORDER BY created_at DESC, id DESC LIMIT $2 OFFSET $3)";
        cx.db().execute(sql, &values).map(|_| ())
    })
}

fn read(cx: &Cx<'_>, mut row: Row) -> Result<Message> {
    let (id, sealed, created_at): (MessageId, Vec<u8>, Time) =
        (row.take()?, row.take()?, row.take()?);
    let content = cx.app.sealer().open(PURPOSE, &sealed)?;
    let Content { kind, to, subject, text, html, code, url } =
        serde_json::from_slice(&content).map_err(Error::internal)?;
    Ok(Message { id, kind, to, subject, text, html, code, url, created_at })
}
