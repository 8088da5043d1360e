//! The SQL of feature flags and their targets. No other module reads or writes these tables.
use std::collections::BTreeMap;

use vestibule_kernel::db::{Json, OnUnique, Row, Value};
use vestibule_kernel::id::FeatureFlagId;
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Result};

use super::operations::slug_conflict;
use super::poll::{RuntimeFlag, RuntimeTarget, RuntimeTargets};
use super::rule::{Target, TargetOrganization, TargetUser};
use super::targets::FeatureFlagTarget;
use super::{FeatureFlag, FlagOwner};

/// The kind of a target that is a user.
pub(super) const USER: &str = "user";
/// The kind of a target that is an organization.
pub(super) const ORGANIZATION: &str = "organization";

const SELECT: &str = "SELECT f.id, f.slug, f.name, f.description, f.owner, f.tags, f.enabled,
                             f.default_value, f.created_at, f.updated_at
                      FROM feature_flags f";

/// Whether a flag is on for whoever is among the ids that `?` stands for.
const ON: &str = "f.enabled AND (f.default_value OR f.id IN (
                    SELECT flag_id FROM feature_flag_targets
                    WHERE environment_id = $1 AND id IN (?)))";

fn read(mut row: Row) -> Result<FeatureFlag> {
    Ok(FeatureFlag {
        object: "feature_flag",
        id: row.take()?,
        slug: row.take()?,
        name: row.take()?,
        description: row.take()?,
        owner: row.take::<Option<Json<FlagOwner>>>()?.map(|it| it.0),
        tags: row.take::<Json<_>>()?.0,
        enabled: row.take()?,
        default_value: row.take()?,
        created_at: row.take()?,
        updated_at: row.take()?,
    })
}

pub(super) fn get(cx: &mut Cx<'_>, slug: &str) -> Result<Option<FeatureFlag>> {
    let values = [cx.environment.into(), slug.into()];
    let sql = format!("{SELECT} WHERE f.environment_id = $1 AND f.slug = $2");
    cx.db().first(&sql, &values)?.map(read).transpose()
}

pub(super) fn list(cx: &mut Cx<'_>, paging: &Paging) -> Result<Page<FeatureFlag>> {
    Listing::of(cx, "f", SELECT).page(cx, paging, read)
}

/// The flags that are on for whoever is among the ids.
pub(super) fn list_on(
    cx: &mut Cx<'_>,
    paging: &Paging,
    ids: Vec<String>,
) -> Result<Page<FeatureFlag>> {
    Listing::of(cx, "f", SELECT).filter_list(ON, ids).page(cx, paging, read)
}

/// The slugs of the flags that are on for whoever is among the ids, of which there is one at least.
pub(super) fn slugs_on(cx: &mut Cx<'_>, ids: &[&str]) -> Result<Vec<String>> {
    let mut values: Vec<Value> = vec![cx.environment.into()];
    values.extend(ids.iter().map(|it| Value::from(*it)));
    let places: Vec<String> = (2..=values.len()).map(|n| format!("${n}")).collect();
    let on = ON.replace('?', &places.join(", "));
    let sql = format!(
        "SELECT f.slug FROM feature_flags f WHERE f.environment_id = $1 AND {on} ORDER BY f.slug"
    );
    cx.db().query(&sql, &values)?.into_iter().map(|mut row| row.take()).collect()
}

/// Whether the environment has so many flags.
pub(super) fn has_flags(cx: &mut Cx<'_>, count: u32) -> Result<bool> {
    let values = [cx.environment.into(), Value::Int(i64::from(count) - 1)];
    let sql = "SELECT 1 FROM feature_flags WHERE environment_id = $1
               ORDER BY created_at, id LIMIT 1 OFFSET $2";
    Ok(cx.db().first(sql, &values)?.is_some())
}

pub(super) fn insert(cx: &mut Cx<'_>, it: &FeatureFlag) -> Result<()> {
    let values = [
        cx.environment.into(),
        (&it.id).into(),
        (&it.slug).into(),
        (&it.name).into(),
        it.description.as_deref().into(),
        it.owner.as_ref().map(Json).into(),
        Json(&it.tags).into(),
        it.enabled.into(),
        it.default_value.into(),
        it.created_at.into(),
        it.updated_at.into(),
    ];
    let sql = "INSERT INTO feature_flags
                 (environment_id, id, slug, name, description, owner, tags, enabled, default_value,
                  created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    cx.db()
        .execute(sql, &values)
        .on_unique("feature_flags(environment_id, slug)", || slug_conflict(&it.slug))
        .map(|_| ())
}

pub(super) fn update(cx: &mut Cx<'_>, it: &FeatureFlag) -> Result<()> {
    let values = [
        cx.environment.into(),
        (&it.id).into(),
        (&it.name).into(),
        it.description.as_deref().into(),
        it.owner.as_ref().map(Json).into(),
        Json(&it.tags).into(),
        it.enabled.into(),
        it.default_value.into(),
        it.updated_at.into(),
    ];
    let sql = "UPDATE feature_flags
               SET name = $3, description = $4, owner = $5, tags = $6, enabled = $7,
                   default_value = $8, updated_at = $9
               WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Deletes a flag with its targets.
pub(super) fn delete(cx: &mut Cx<'_>, id: &FeatureFlagId) -> Result<()> {
    let values = [cx.environment.into(), id.into()];
    let sql = "DELETE FROM feature_flag_targets WHERE environment_id = $1 AND flag_id = $2";
    cx.db().execute(sql, &values)?;
    let sql = "DELETE FROM feature_flags WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Whether the flags of the environment have so many targets.
pub(super) fn has_targets(cx: &mut Cx<'_>, count: u32) -> Result<bool> {
    let values = [cx.environment.into(), Value::Int(i64::from(count) - 1)];
    let sql = "SELECT 1 FROM feature_flag_targets WHERE environment_id = $1
               ORDER BY flag_id, id LIMIT 1 OFFSET $2";
    Ok(cx.db().first(sql, &values)?.is_some())
}

/// Whether it is new.
pub(super) fn insert_target(
    cx: &mut Cx<'_>,
    flag: &FeatureFlagId,
    target: &Target,
) -> Result<bool> {
    let values = [
        cx.environment.into(),
        flag.into(),
        target.kind().into(),
        target.id().into(),
        cx.now().into(),
    ];
    let sql = "INSERT INTO feature_flag_targets (environment_id, flag_id, kind, id, created_at)
               VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (environment_id, flag_id, id) DO NOTHING";
    Ok(cx.db().execute(sql, &values)? > 0)
}

/// Since when the target was there, if it was.
pub(super) fn delete_target(
    cx: &mut Cx<'_>,
    flag: &FeatureFlagId,
    target: &Target,
) -> Result<Option<Time>> {
    let values = [cx.environment.into(), flag.into(), target.id().into(), target.kind().into()];
    let sql = "DELETE FROM feature_flag_targets
               WHERE environment_id = $1 AND flag_id = $2 AND id = $3 AND kind = $4
               RETURNING created_at";
    cx.db().first(sql, &values)?.map(|mut row| row.take()).transpose()
}

pub(super) fn list_targets(
    cx: &mut Cx<'_>,
    flag: &FeatureFlagId,
    paging: &Paging,
) -> Result<Page<FeatureFlagTarget>> {
    let select = "SELECT t.id, t.kind, t.created_at FROM feature_flag_targets t";
    Listing::of(cx, "t", select).filter("t.flag_id = ?", flag).cursor_in_filter().page(
        cx,
        paging,
        |mut row| {
            Ok(FeatureFlagTarget {
                object: "feature_flag_target",
                id: row.take()?,
                kind: row.take()?,
                created_at: row.take()?,
            })
        },
    )
}

/// The flags of which somebody is a target.
pub(super) fn of_target(cx: &mut Cx<'_>, target: &Target) -> Result<Vec<FeatureFlag>> {
    let values = [cx.environment.into(), target.id().into(), target.kind().into()];
    let sql = format!(
        "{SELECT} JOIN feature_flag_targets t
           ON t.environment_id = f.environment_id AND t.flag_id = f.id
         WHERE f.environment_id = $1 AND t.id = $2 AND t.kind = $3 ORDER BY f.created_at, f.id"
    );
    cx.db().query(&sql, &values)?.into_iter().map(read).collect()
}

/// The organizations that a flag was last put on for, newest first.
pub(super) fn newest_organizations(
    cx: &mut Cx<'_>,
    flag: &FeatureFlagId,
    count: usize,
) -> Result<Vec<TargetOrganization>> {
    let values = newest(cx, flag, ORGANIZATION, count);
    let sql = "SELECT o.id, o.name FROM feature_flag_targets t
               JOIN organizations o ON o.environment_id = t.environment_id AND o.id = t.id
               WHERE t.environment_id = $1 AND t.flag_id = $2 AND t.kind = $3
               ORDER BY t.created_at DESC, t.id DESC LIMIT $4";
    let rows = cx.db().query(sql, &values)?.into_iter();
    rows.map(|mut row| Ok(TargetOrganization { id: row.take()?, name: row.take()? })).collect()
}

/// The users whom a flag was last put on for, newest first.
pub(super) fn newest_users(
    cx: &mut Cx<'_>,
    flag: &FeatureFlagId,
    count: usize,
) -> Result<Vec<TargetUser>> {
    let values = newest(cx, flag, USER, count);
    let sql = "SELECT u.id, u.email FROM feature_flag_targets t
               JOIN users u ON u.environment_id = t.environment_id AND u.id = t.id
               WHERE t.environment_id = $1 AND t.flag_id = $2 AND t.kind = $3
               ORDER BY t.created_at DESC, t.id DESC LIMIT $4";
    let rows = cx.db().query(sql, &values)?.into_iter();
    rows.map(|mut row| Ok(TargetUser { id: row.take()?, email: row.take()? })).collect()
}

fn newest(cx: &Cx<'_>, flag: &FeatureFlagId, kind: &str, count: usize) -> [Value; 4] {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    [cx.environment.into(), flag.into(), kind.into(), Value::Int(count)]
}

/// All flags with their targets, by slug.
pub(super) fn all(cx: &mut Cx<'_>) -> Result<BTreeMap<String, RuntimeFlag>> {
    let values = [cx.environment.into()];
    let sql = "SELECT flag_id, kind, id FROM feature_flag_targets WHERE environment_id = $1
               ORDER BY flag_id, created_at, id";
    let mut targets: BTreeMap<String, RuntimeTargets> = BTreeMap::new();
    for mut row in cx.db().query(sql, &values)? {
        let of_flag = targets.entry(row.take()?).or_default();
        let kind: String = row.take()?;
        let target = RuntimeTarget { id: row.take()?, enabled: true };
        let of_kind = if kind == USER { &mut of_flag.users } else { &mut of_flag.organizations };
        of_kind.push(target);
    }
    let sql = "SELECT id, slug, enabled, default_value FROM feature_flags
               WHERE environment_id = $1 ORDER BY slug";
    let mut flags = BTreeMap::new();
    for mut row in cx.db().query(sql, &values)? {
        let (id, slug): (String, String) = (row.take()?, row.take()?);
        let flag = RuntimeFlag {
            slug: slug.clone(),
            enabled: row.take()?,
            default_value: row.take()?,
            targets: targets.remove(&id).unwrap_or_default(),
        };
        flags.insert(slug, flag);
    }
    Ok(flags)
}
