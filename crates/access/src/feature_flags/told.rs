//! What events tell of a feature flag.
use serde::Serialize;
use serde_json::{Map, Value, json};
use vestibule_kernel::event::Event;
use vestibule_kernel::id::{EnvironmentId, FeatureFlagId};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Error, Result, environment};

use super::FeatureFlag;
use super::rule::{Rule, Target};

/// A flag was made.
pub const CREATED: Event<FlagEvent> = Event::new("flag.created");
/// A flag was changed, enabled or disabled.
pub const UPDATED: Event<FlagEvent> = Event::new("flag.updated");
/// A flag was deleted.
pub const DELETED: Event<FlagEvent> = Event::new("flag.deleted");
/// It was changed whom a flag is on for: a target came or went, or the default value did.
pub const RULE_UPDATED: Event<FlagEvent> = Event::new("flag.rule_updated");

/// The same by the names that newer libraries have for it. Who names none of them is not told twice.
const NEWER_CREATED: Event<FlagEvent> = Event::new("feature_flags.flag.created");
const NEWER_UPDATED: Event<FlagEvent> = Event::new("feature_flags.flag.updated");
const NEWER_DELETED: Event<FlagEvent> = Event::new("feature_flags.flag.deleted");
/// A flag was put on for somebody.
const TARGET_CREATED: Event<TargetEvent> = Event::new("feature_flags.flag_target.created");
/// It is no more on for them, unless by its default value.
const TARGET_DELETED: Event<TargetEvent> = Event::new("feature_flags.flag_target.deleted");

/// A flag, and where it is.
#[derive(Debug, Serialize)]
pub struct FlagEvent {
    environment_id: EnvironmentId,
    #[serde(flatten)]
    flag: FeatureFlag,
}

impl FlagEvent {
    fn of(cx: &Cx<'_>, flag: &FeatureFlag) -> Self {
        Self { environment_id: cx.environment.clone(), flag: flag.clone() }
    }
}

/// A target of a flag. It has no id of its own, and libraries ask for none.
#[derive(Debug, Serialize)]
struct TargetEvent {
    object: &'static str,
    environment_id: EnvironmentId,
    flag_id: FeatureFlagId,
    flag_slug: String,
    target_type: &'static str,
    target_id: String,
    value_type: &'static str,
    value: bool,
    created_at: Time,
    updated_at: Time,
}

impl TargetEvent {
    fn of(cx: &Cx<'_>, flag: &FeatureFlag, target: &Target, since: Time) -> Self {
        Self {
            object: "flag_target",
            environment_id: cx.environment.clone(),
            flag_id: flag.id.clone(),
            flag_slug: flag.slug.clone(),
            target_type: target.kind(),
            target_id: target.id().to_owned(),
            value_type: "boolean",
            value: true,
            created_at: since,
            updated_at: since,
        }
    }
}

/// Tells that a flag was made.
pub(super) fn created(cx: &mut Cx<'_>, flag: &FeatureFlag) -> Result<()> {
    let (told, context) = (FlagEvent::of(cx, flag), Value::Object(context(cx)?));
    cx.emit_with(&CREATED, &told, &context)?;
    cx.emit_with(&NEWER_CREATED, &told, &context)
}

/// Tells that a flag was deleted, and its targets with it.
pub(super) fn deleted(cx: &mut Cx<'_>, flag: &FeatureFlag) -> Result<()> {
    let (told, context) = (FlagEvent::of(cx, flag), Value::Object(context(cx)?));
    cx.emit_with(&DELETED, &told, &context)?;
    cx.emit_with(&NEWER_DELETED, &told, &context)
}

/// Tells that a flag was changed, and what it was before.
pub(super) fn updated(cx: &mut Cx<'_>, before: &FeatureFlag, flag: &FeatureFlag) -> Result<()> {
    let (told, mut context) = (FlagEvent::of(cx, flag), context(cx)?);
    let mut previous = previous(before, flag);
    context.insert("previous_attributes".to_owned(), json!({ "data": previous }));
    cx.emit_with(&UPDATED, &told, &Value::Object(context.clone()))?;
    // The newer one has the owner besides.
    if before.owner != flag.owner {
        previous.insert("owner".to_owned(), json!(before.owner));
    }
    context.insert("previous_attributes".to_owned(), json!({ "data": previous }));
    cx.emit_with(&NEWER_UPDATED, &told, &Value::Object(context))
}

/// Tells that a flag was put on for somebody.
pub(super) fn target_created(cx: &mut Cx<'_>, flag: &FeatureFlag, target: &Target) -> Result<()> {
    let told = TargetEvent::of(cx, flag, target, cx.now());
    let context = Value::Object(context(cx)?);
    cx.emit_with(&TARGET_CREATED, &told, &context)
}

/// Tells that a flag was taken from somebody for whom it had been on since then.
pub(super) fn target_deleted(
    cx: &mut Cx<'_>,
    flag: &FeatureFlag,
    target: &Target,
    since: Time,
) -> Result<()> {
    let told = TargetEvent::of(cx, flag, target, since);
    let context = Value::Object(context(cx)?);
    cx.emit_with(&TARGET_DELETED, &told, &context)
}

/// Tells that it was changed whom a flag is on for.
pub(super) fn rule_updated(
    cx: &mut Cx<'_>,
    flag: &FeatureFlag,
    before: &Rule,
    rule: &Rule,
) -> Result<()> {
    let mut context = context(cx)?;
    let mut previous = Map::new();
    if before.default_value != rule.default_value {
        previous.insert("data".to_owned(), json!({ "default_value": before.default_value }));
    }
    previous.insert("context".to_owned(), before.before(rule));
    context.extend(rule.attributes());
    context.insert("previous_attributes".to_owned(), Value::Object(previous));
    cx.emit_with(&RULE_UPDATED, &FlagEvent::of(cx, flag), &Value::Object(context))
}

/// What every event of a flag says: whose it is, and who did it.
fn context(cx: &mut Cx<'_>) -> Result<Map<String, Value>> {
    let environment = cx.environment;
    let found = environment::get(cx.db(), environment)?;
    let client_id = found.ok_or_else(|| Error::internal("the environment is gone"))?.client_id;
    let mut context = Map::new();
    context.insert("client_id".to_owned(), json!(client_id));
    context.insert("actor".to_owned(), json!(cx.caller.actor));
    Ok(context)
}

/// The attributes that changed, as they were. The official event has none for the owner.
fn previous(before: &FeatureFlag, flag: &FeatureFlag) -> Map<String, Value> {
    [
        ("name", json!(before.name), before.name != flag.name),
        ("description", json!(before.description), before.description != flag.description),
        ("tags", json!(before.tags), before.tags != flag.tags),
        ("enabled", json!(before.enabled), before.enabled != flag.enabled),
        ("default_value", json!(before.default_value), before.default_value != flag.default_value),
    ]
    .into_iter()
    .filter(|it| it.2)
    .map(|(name, value, _)| (name.to_owned(), value))
    .collect()
}
