//! Actions, and the schemas that their events are held against: versions that never change.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use vestibule_kernel::db::{Json, OnUnique, Row};
use vestibule_kernel::id::{AuditLogActionId, AuditLogSchemaId};
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::time::Time;
use vestibule_kernel::{
    Created, Cx, Error, Fine, Kind,
    Method::{Get, Post},
    Operation, Result, Route,
};

use super::validation::Compiled;

/// How long the name of an action is at the most, in bytes.
const NAME_BYTES_MAX: usize = 255;
/// How long the JSON of a schema is at the most, in bytes: each event is held against it.
const SCHEMA_BYTES_MAX: usize = 64 * 1024;
/// How many targets a schema lists at the most.
const TARGETS_MAX: usize = 100;

/// What the events of an action look like
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SchemaContent {
    /// The schema of the actor
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "ActorSchema")]
    pub actor: Option<ActorSchema>,
    /// The types of targets that an event may have, one at the least
    #[schemars(length(min = 1, max = TARGETS_MAX))]
    pub targets: Vec<TargetSchema>,
    /// The JSON Schema of an event's metadata
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Map<String, Value>")]
    pub metadata: Option<Map<String, Value>>,
}

/// What is known of an actor
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AuditLogActorSchema", inline)]
pub struct ActorSchema {
    /// The JSON Schema of the actor's metadata
    pub metadata: Map<String, Value>,
}

/// What is known of a target
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AuditLogTargetSchema", inline)]
pub struct TargetSchema {
    /// The type of the target, such as `invoice`
    #[schemars(length(max = 1000))]
    pub r#type: String,
    /// The JSON Schema of the target's metadata
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Map<String, Value>")]
    pub metadata: Option<Map<String, Value>>,
}

/// One version of what the events of an action look like
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AuditLogSchema {
    /// Always `audit_log_schema`
    #[schemars(extend("const" = "audit_log_schema"))]
    pub object: &'static str,
    /// The version, counted from one
    pub version: i64,
    #[serde(flatten)]
    pub content: SchemaContent,
    /// When it was made
    pub created_at: Time,
}

/// Something that can be done, and that audit logs tell of
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AuditLogAction {
    /// Always `audit_log_action`
    #[schemars(extend("const" = "audit_log_action"))]
    pub object: &'static str,
    /// Its name, such as `user.signed_in`
    pub name: String,
    /// The newest version of its schema
    pub schema: AuditLogSchema,
    /// When it was made
    pub created_at: Time,
    /// When it got its newest schema
    pub updated_at: Time,
}

/// The schema of a version of an action, or of the newest: its version and its JSON text.
pub(super) fn of_event(
    cx: &mut Cx<'_>,
    action: &str,
    version: Option<i64>,
) -> Result<Option<(i64, String)>> {
    let values = [cx.environment.into(), action.into(), version.into()];
    let sql = match version {
        Some(_) => {
            "SELECT version, content FROM audit_log_schemas
             WHERE environment_id = $1 AND action = $2 AND version = $3"
        }
        None => {
            "SELECT version, content FROM audit_log_schemas
             WHERE environment_id = $1 AND action = $2 ORDER BY version DESC LIMIT 1"
        }
    };
    let values = if version.is_some() { &values[..] } else { &values[..2] };
    let found = cx.db().first(sql, values)?;
    found.map(|mut row| Ok((row.take()?, row.take()?))).transpose()
}

/// Whether there is an action of this name.
pub(super) fn has_action(cx: &mut Cx<'_>, name: &str) -> Result<bool> {
    let values = [cx.environment.into(), name.into()];
    let sql = "SELECT 1 FROM audit_log_actions WHERE environment_id = $1 AND name = $2";
    Ok(cx.db().first(sql, &values)?.is_some())
}

fn read_schema(mut row: Row) -> Result<AuditLogSchema> {
    // The id is the cursor, and not shown.
    let _: AuditLogSchemaId = row.take()?;
    Ok(AuditLogSchema {
        object: "audit_log_schema",
        version: row.take()?,
        content: row.take::<Json<_>>()?.0,
        created_at: row.take()?,
    })
}

/// The next version of an action, which begins with its first.
fn next_version(cx: &mut Cx<'_>, action: &str) -> Result<i64> {
    let values =
        [AuditLogActionId::new(cx).into(), cx.environment.into(), action.into(), cx.now().into()];
    let sql = "INSERT INTO audit_log_actions
                 (id, environment_id, name, version, created_at, updated_at)
               VALUES ($1, $2, $3, 1, $4, $4)
               ON CONFLICT (environment_id, name) DO UPDATE
               SET version = audit_log_actions.version + 1, updated_at = excluded.updated_at
               RETURNING version";
    let row = cx.db().first(sql, &values)?;
    row.map_or_else(|| Err(Error::internal("an action has no version")), |mut it| it.take())
}

fn insert(cx: &mut Cx<'_>, action: &str, schema: &AuditLogSchema) -> Result<()> {
    let values = [
        AuditLogSchemaId::new(cx).into(),
        cx.environment.into(),
        action.into(),
        schema.version.into(),
        Json(&schema.content).into(),
        schema.created_at.into(),
    ];
    let sql = "INSERT INTO audit_log_schemas
                 (id, environment_id, action, version, content, created_at)
               VALUES ($1, $2, $3, $4, $5, $6)";
    let taken = "audit_log_schemas(environment_id, action, version)";
    let refusal =
        || Error::plain(Kind::Conflict, "Another schema of the action was made just now.");
    cx.db().execute(sql, &values).map(|_| ()).on_unique(taken, refusal)
}

fn check_name(name: &str) -> Result<()> {
    let plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'_' | b'-' | b':');
    if !name.is_empty() && name.len() <= NAME_BYTES_MAX && name.bytes().all(plain) {
        return Ok(());
    }
    let text = format!(
        "The name of an action has 1 to {NAME_BYTES_MAX} letters, digits, dots, colons, hyphens \
         and underscores, such as user.signed_in."
    );
    Err(Error::invalid_field("actionName", "invalid", text))
}

/// Create a schema of an action
///
/// The action is made with its first schema. Each further schema is the next version, and earlier
/// versions stay valid for the events that name them.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateAuditLogSchema {
    /// The name of the action, such as `user.signed_in`
    #[serde(rename = "actionName")]
    action_name: String,
    #[serde(flatten)]
    content: SchemaContent,
}

impl Operation for CreateAuditLogSchema {
    const ID: &'static str = "audit_log_schemas.create";
    const ROUTE: Route = Route(Post, "/audit_logs/actions/{actionName}/schemas");
    type Reply = Created<AuditLogSchema>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { action_name, content } = self;
        check_name(&action_name)?;
        let bytes = serde_json::to_vec(&content).map_err(Error::internal)?.len();
        if bytes > SCHEMA_BYTES_MAX {
            let text = format!("A schema has at most {SCHEMA_BYTES_MAX} bytes.");
            return Err(Error::invalid_field("", "too_long", text));
        }
        Compiled::new(&content)?;
        let version = next_version(cx, &action_name)?;
        let object = "audit_log_schema";
        let schema = AuditLogSchema { object, version, content, created_at: cx.now() };
        insert(cx, &action_name, &schema)?;
        Ok(Created(schema))
    }
}

/// List the schemas of an action, newest first
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListAuditLogSchemas {
    /// The name of the action, such as `user.signed_in`
    #[serde(rename = "actionName")]
    action_name: String,
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListAuditLogSchemas {
    const ID: &'static str = "audit_log_schemas.list";
    const ROUTE: Route = Route(Get, "/audit_logs/actions/{actionName}/schemas");
    type Reply = Fine<Page<AuditLogSchema>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { action_name, paging } = self;
        if !has_action(cx, &action_name)? {
            return Err(Error::not_found("Audit Log action", &action_name));
        }
        let select = "SELECT id, version, content, created_at FROM audit_log_schemas";
        Listing::of(cx, "audit_log_schemas", select)
            .filter("action = ?", &action_name)
            .page(cx, &paging, read_schema)
            .map(Fine)
    }
}

/// List the actions that audit logs tell of
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListAuditLogActions {
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListAuditLogActions {
    const ID: &'static str = "audit_log_actions.list";
    const ROUTE: Route = Route(Get, "/audit_logs/actions");
    const STATUSES: &'static [u16] = &[404];
    type Reply = Fine<Page<AuditLogAction>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let select = "SELECT id, name, version, created_at, updated_at FROM audit_log_actions";
        let read = |mut row: Row| {
            let _: AuditLogActionId = row.take()?;
            let (name, version): (String, i64) = (row.take()?, row.take()?);
            Ok((name, version, row.take::<Time>()?, row.take::<Time>()?))
        };
        let page = Listing::of(cx, "audit_log_actions", select).page(cx, &self.paging, read)?;
        page.try_map(|(name, version, created_at, updated_at)| {
            let schema = find_version(cx, &name, version)?;
            Ok(AuditLogAction { object: "audit_log_action", name, schema, created_at, updated_at })
        })
        .map(Fine)
    }
}

fn find_version(cx: &mut Cx<'_>, action: &str, version: i64) -> Result<AuditLogSchema> {
    let values = [cx.environment.into(), action.into(), version.into()];
    let sql = "SELECT id, version, content, created_at FROM audit_log_schemas
               WHERE environment_id = $1 AND action = $2 AND version = $3";
    let row = cx.db().first(sql, &values)?;
    row.map_or_else(|| Err(Error::internal("an action lacks its newest schema")), read_schema)
}
