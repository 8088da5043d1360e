//! The SQL of Radar. No other module reads or writes these tables.
use vestibule_kernel::db::{Row, Value};
use vestibule_kernel::id::{RadarAttemptId, RadarListEntryId, RadarVerificationId};
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Result};

use super::detect::Finding;
use super::lists::RadarListEntry;
use super::names::{Action, AuthMethod, ListAction, ListType, Verdict};

/// How many rows are looked at to count something: all bounds are far below.
const COUNTED_MAX: i64 = 200;
/// How many devices of an address are remembered: the newest.
const DEVICES_MAX: i64 = 50;

/// An attempt and its judgement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Its id.
    pub id: RadarAttemptId,
    /// Whether an application asked, that signs in its users by itself.
    pub standalone: bool,
    /// What is tried.
    pub action: Action,
    /// By what.
    pub auth_method: AuthMethod,
    /// At which account.
    pub email: String,
    /// The mailbox of that address.
    pub(super) mailbox: String,
    /// From which address.
    pub ip_address: Option<String>,
    /// The place of that address; empty where it is not known.
    pub(super) place: String,
    /// With which browser.
    pub user_agent: Option<String>,
    /// With which device.
    pub device_fingerprint: Option<String>,
    /// What was noticed, and what becomes of it.
    pub finding: Finding,
    /// When it led in.
    pub succeeded_at: Option<Time>,
    /// When its challenge was met.
    pub challenge_met_at: Option<Time>,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
}

const ENTRIES: &str = "SELECT id, type, action, entry, created_at FROM radar_list_entries";
const ATTEMPTS: &str = "SELECT id, standalone, action, auth_method, email, mailbox, ip_address,
       place, user_agent, device_fingerprint, verdict, control, blocklist_type, succeeded_at,
       challenge_met_at, created_at, updated_at
  FROM radar_attempts";

fn read_entry(mut row: Row) -> Result<RadarListEntry> {
    Ok(RadarListEntry {
        object: "radar_list_entry",
        id: row.take()?,
        r#type: row.take()?,
        action: row.take()?,
        entry: row.take()?,
        created_at: row.take()?,
    })
}

fn read_attempt(mut row: Row) -> Result<Attempt> {
    Ok(Attempt {
        id: row.take()?,
        standalone: row.take()?,
        action: row.take()?,
        auth_method: row.take()?,
        email: row.take()?,
        mailbox: row.take()?,
        ip_address: row.take()?,
        place: row.take()?,
        user_agent: row.take()?,
        device_fingerprint: row.take()?,
        finding: Finding {
            verdict: row.take()?,
            control: row.take()?,
            blocklist_type: row.take()?,
        },
        succeeded_at: row.take()?,
        challenge_met_at: row.take()?,
        created_at: row.take()?,
        updated_at: row.take()?,
    })
}

/// Adds an entry, and tells whether it was not there before.
pub(super) fn insert_entry(
    cx: &mut Cx<'_>,
    r#type: ListType,
    action: ListAction,
    entry: &str,
) -> Result<bool> {
    let values = [
        RadarListEntryId::new(cx).into(),
        cx.environment.into(),
        r#type.into(),
        action.into(),
        entry.into(),
        cx.now().into(),
    ];
    let sql = "INSERT INTO radar_list_entries
                 (id, environment_id, type, action, entry, created_at)
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    Ok(cx.db().execute(sql, &values)? > 0)
}

pub(super) fn delete_entry(
    cx: &mut Cx<'_>,
    r#type: ListType,
    action: ListAction,
    entry: &str,
) -> Result<bool> {
    let values = [cx.environment.into(), r#type.into(), entry.into(), action.into()];
    let sql = "DELETE FROM radar_list_entries
               WHERE environment_id = $1 AND type = $2 AND entry = $3 AND action = $4";
    Ok(cx.db().execute(sql, &values)? > 0)
}

pub(super) fn list_entries(
    cx: &mut Cx<'_>,
    paging: &Paging,
    r#type: ListType,
    action: ListAction,
) -> Result<Page<RadarListEntry>> {
    Listing::of(cx, "radar_list_entries", ENTRIES)
        .filter("type = ?", r#type)
        .filter("action = ?", action)
        .page(cx, paging, read_entry)
}

/// Which of these are on lists.
pub(super) fn listed(
    cx: &mut Cx<'_>,
    entries: &[(ListType, String)],
) -> Result<Vec<(ListAction, ListType)>> {
    let mut values: Vec<Value> = vec![cx.environment.into()];
    let mut conditions = Vec::new();
    let mut types: Vec<ListType> = entries.iter().map(|it| it.0).collect();
    types.sort_unstable();
    types.dedup();
    for r#type in types {
        values.push(r#type.into());
        let name = values.len();
        let mut places = Vec::new();
        for (_, entry) in entries.iter().filter(|it| it.0 == r#type) {
            values.push(entry.into());
            places.push(format!("${}", values.len()));
        }
        conditions.push(format!("(type = ${name} AND entry IN ({}))", places.join(", ")));
    }
    if conditions.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT action, type FROM radar_list_entries WHERE environment_id = $1 AND ({})",
        conditions.join(" OR ")
    );
    let read = |mut row: Row| Ok((row.take()?, row.take()?));
    cx.db().query(&sql, &values)?.into_iter().map(read).collect()
}

pub(super) fn insert_attempt(cx: &mut Cx<'_>, it: &Attempt) -> Result<()> {
    let values = [
        (&it.id).into(),
        cx.environment.into(),
        it.standalone.into(),
        it.action.into(),
        it.auth_method.into(),
        (&it.email).into(),
        vestibule_people::users::fold(&it.email).into(),
        (&it.mailbox).into(),
        it.ip_address.as_ref().into(),
        (&it.place).into(),
        it.user_agent.as_ref().into(),
        it.device_fingerprint.as_ref().into(),
        it.finding.verdict.into(),
        it.finding.control.into(),
        it.finding.blocklist_type.into(),
        it.created_at.into(),
    ];
    let sql = "INSERT INTO radar_attempts
                 (id, environment_id, standalone, action, auth_method, email, email_folded,
                  mailbox, ip_address, place, user_agent, device_fingerprint, verdict, control,
                  blocklist_type, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16)";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn update_attempt(cx: &mut Cx<'_>, it: &Attempt) -> Result<()> {
    let values = [
        cx.environment.into(),
        (&it.id).into(),
        it.auth_method.into(),
        it.ip_address.as_ref().into(),
        (&it.place).into(),
        it.user_agent.as_ref().into(),
        it.device_fingerprint.as_ref().into(),
        it.finding.verdict.into(),
        it.finding.control.into(),
        it.finding.blocklist_type.into(),
        it.succeeded_at.into(),
        it.challenge_met_at.into(),
        it.updated_at.into(),
    ];
    let sql = "UPDATE radar_attempts
               SET auth_method = $3, ip_address = $4, place = $5, user_agent = $6,
                   device_fingerprint = $7, verdict = $8, control = $9, blocklist_type = $10,
                   succeeded_at = $11, challenge_met_at = $12, updated_at = $13
               WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn get_attempt(cx: &mut Cx<'_>, id: &RadarAttemptId) -> Result<Option<Attempt>> {
    let values = [cx.environment.into(), id.into()];
    let sql = format!("{ATTEMPTS} WHERE environment_id = $1 AND id = $2");
    cx.db().first(&sql, &values)?.map(read_attempt).transpose()
}

pub(super) fn list_attempts(
    cx: &mut Cx<'_>,
    paging: &Paging,
    verdict: Option<Verdict>,
    email: Option<&str>,
) -> Result<Page<Attempt>> {
    Listing::of(cx, "radar_attempts", ATTEMPTS)
        .filter_some("verdict = ?", verdict)
        .filter_some("email_folded = ?", email.map(vestibule_people::users::fold))
        .page(cx, paging, read_attempt)
}

/// How many attempts at an address have not led in of late.
pub(super) fn failed_at(
    cx: &mut Cx<'_>,
    folded: &str,
    except: Option<&RadarAttemptId>,
    seconds: i64,
) -> Result<i64> {
    let values = [
        cx.environment.into(),
        folded.into(),
        cx.now().plus_seconds(-seconds).into(),
        except.map_or("", RadarAttemptId::as_str).into(),
        COUNTED_MAX.into(),
    ];
    let sql = "SELECT COUNT(*) FROM (
                 SELECT id FROM radar_attempts
                 WHERE environment_id = $1 AND email_folded = $2 AND created_at > $3
                   AND succeeded_at IS NULL AND id <> $4
                 LIMIT $5) AS failed";
    count(cx, sql, &values)
}

/// At how many other addresses attempts from a place have not led in of late.
pub(super) fn failed_from(cx: &mut Cx<'_>, place: &str, folded: &str, seconds: i64) -> Result<i64> {
    let values = [
        cx.environment.into(),
        place.into(),
        cx.now().plus_seconds(-seconds).into(),
        folded.into(),
        COUNTED_MAX.into(),
    ];
    let sql = "SELECT COUNT(DISTINCT email_folded) FROM (
                 SELECT email_folded FROM radar_attempts
                 WHERE environment_id = $1 AND place = $2 AND created_at > $3
                   AND succeeded_at IS NULL AND email_folded <> $4
                 ORDER BY created_at DESC LIMIT $5) AS failed";
    count(cx, sql, &values)
}

/// How many addresses of a mailbox were to become accounts, as far as attempts are kept.
pub(super) fn sign_ups_of(cx: &mut Cx<'_>, mailbox: &str) -> Result<i64> {
    let values = [cx.environment.into(), mailbox.into(), Action::SignUp.into(), COUNTED_MAX.into()];
    let sql = "SELECT COUNT(*) FROM (
                 SELECT id FROM radar_attempts
                 WHERE environment_id = $1 AND mailbox = $2 AND action = $3
                 LIMIT $4) AS sign_ups";
    count(cx, sql, &values)
}

/// How many addresses were to become accounts from a place of late.
pub(super) fn sign_ups_from(cx: &mut Cx<'_>, place: &str, seconds: i64) -> Result<i64> {
    let values = [
        cx.environment.into(),
        place.into(),
        cx.now().plus_seconds(-seconds).into(),
        Action::SignUp.into(),
        COUNTED_MAX.into(),
    ];
    let sql = "SELECT COUNT(DISTINCT email_folded) FROM (
                 SELECT email_folded FROM radar_attempts
                 WHERE environment_id = $1 AND place = $2 AND created_at > $3 AND action = $4
                 ORDER BY created_at DESC LIMIT $5) AS sign_ups";
    count(cx, sql, &values)
}

fn count(cx: &mut Cx<'_>, sql: &str, values: &[Value]) -> Result<i64> {
    cx.db().first(sql, values)?.map_or(Ok(0), |mut row| row.take())
}

/// Whether somebody has signed in to the account of an address with some device that is known.
pub(super) fn has_devices(cx: &mut Cx<'_>, folded: &str) -> Result<bool> {
    last_seen(cx, folded).map(|it| it.is_some())
}

/// Whether somebody has signed in to it with this device.
pub(super) fn knows_device(cx: &mut Cx<'_>, folded: &str, fingerprint: &str) -> Result<bool> {
    let values = [cx.environment.into(), folded.into(), fingerprint.into()];
    let sql = "SELECT seen_at FROM radar_devices
               WHERE environment_id = $1 AND email_folded = $2 AND device_fingerprint = $3";
    Ok(cx.db().first(sql, &values)?.is_some())
}

/// When somebody has last signed in to it with a device that is known.
pub(super) fn last_seen(cx: &mut Cx<'_>, folded: &str) -> Result<Option<Time>> {
    let values = [cx.environment.into(), folded.into()];
    let sql = "SELECT MAX(seen_at) FROM radar_devices
               WHERE environment_id = $1 AND email_folded = $2";
    cx.db().first(sql, &values)?.map_or(Ok(None), |mut row| row.take())
}

/// Remembers a device, in the place of the oldest where there are many.
pub(super) fn remember_device(cx: &mut Cx<'_>, folded: &str, fingerprint: &str) -> Result<()> {
    let values = [cx.environment.into(), folded.into(), fingerprint.into(), cx.now().into()];
    let sql = "INSERT INTO radar_devices
                 (environment_id, email_folded, device_fingerprint, seen_at)
               VALUES ($1, $2, $3, $4)
               ON CONFLICT (environment_id, email_folded, device_fingerprint)
               DO UPDATE SET seen_at = excluded.seen_at";
    cx.db().execute(sql, &values)?;
    let values = [cx.environment.into(), folded.into(), DEVICES_MAX.into()];
    let sql = "DELETE FROM radar_devices
               WHERE environment_id = $1 AND email_folded = $2 AND device_fingerprint NOT IN (
                 SELECT device_fingerprint FROM radar_devices
                 WHERE environment_id = $1 AND email_folded = $2
                 ORDER BY seen_at DESC, device_fingerprint LIMIT $3)";
    cx.db().execute(sql, &values).map(|_| ())
}

/// A code by text message.
pub(super) struct Verification {
    pub id: RadarVerificationId,
    pub attempt_id: RadarAttemptId,
    pub phone_number: String,
    pub code: Secret,
    pub wrong_attempts: i64,
    pub expires_at: Time,
    pub used: bool,
}

/// What a code is sealed for: its own row, so that nobody can put one in another's place.
fn sealing(id: &RadarVerificationId) -> String {
    format!("radar_verifications.sealed_code {id}")
}

pub(super) fn insert_verification(cx: &mut Cx<'_>, it: &Verification) -> Result<()> {
    let values = [
        (&it.id).into(),
        cx.environment.into(),
        (&it.attempt_id).into(),
        (&it.phone_number).into(),
        cx.seal(&sealing(&it.id), it.code.reveal())?.into(),
        it.expires_at.into(),
        cx.now().into(),
    ];
    let sql = "INSERT INTO radar_verifications
                 (id, environment_id, attempt_id, phone_number, sealed_code, wrong_attempts,
                  expires_at, created_at)
               VALUES ($1, $2, $3, $4, $5, 0, $6, $7)";
    cx.db().execute(sql, &values).map(|_| ())
}

/// The newest code that was sent for an attempt: of several, only that one counts.
pub(super) fn newest_verification(
    cx: &mut Cx<'_>,
    attempt_id: &RadarAttemptId,
) -> Result<Option<Verification>> {
    let values = [cx.environment.into(), attempt_id.into()];
    let sql =
        "SELECT id, attempt_id, phone_number, sealed_code, wrong_attempts, expires_at, used_at
               FROM radar_verifications WHERE environment_id = $1 AND attempt_id = $2
               ORDER BY created_at DESC, id DESC LIMIT 1";
    let Some(mut row) = cx.db().first(sql, &values)? else { return Ok(None) };
    let id: RadarVerificationId = row.take()?;
    let (attempt_id, phone_number) = (row.take()?, row.take()?);
    let sealed: Vec<u8> = row.take()?;
    Ok(Some(Verification {
        code: cx.app.sealer().open_text(&sealing(&id), &sealed)?,
        id,
        attempt_id,
        phone_number,
        wrong_attempts: row.take()?,
        expires_at: row.take()?,
        used: row.take::<Option<Time>>()?.is_some(),
    }))
}

pub(super) fn count_wrong(cx: &mut Cx<'_>, id: &RadarVerificationId) -> Result<()> {
    let values = [cx.environment.into(), id.into()];
    let sql = "UPDATE radar_verifications SET wrong_attempts = wrong_attempts + 1
               WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn use_up(cx: &mut Cx<'_>, id: &RadarVerificationId) -> Result<()> {
    let values = [cx.environment.into(), id.into(), cx.now().into()];
    let sql = "UPDATE radar_verifications SET used_at = $3 WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Forgets what was noted of an address. That it was to become an account stays counted: else an
/// account could be deleted to be made anew.
pub(super) fn forget_address(cx: &mut Cx<'_>, folded: &str) -> Result<()> {
    let values = [cx.environment.into(), folded.into()];
    let sql = "DELETE FROM radar_devices WHERE environment_id = $1 AND email_folded = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Deletes what is older than is needed.
pub(super) fn forget(cx: &mut Cx<'_>, attempts: Time, devices: Time) -> Result<u64> {
    let of = |before: Time| [cx.environment.into(), before.into()];
    let (attempts, devices, over) = (of(attempts), of(devices), of(cx.now().plus_days(-1)));
    let sql = "DELETE FROM radar_attempts WHERE environment_id = $1 AND created_at < $2";
    let mut rows = cx.db().execute(sql, &attempts)?;
    let sql = "DELETE FROM radar_devices WHERE environment_id = $1 AND seen_at < $2";
    rows += cx.db().execute(sql, &devices)?;
    let sql = "DELETE FROM radar_verifications WHERE environment_id = $1 AND expires_at < $2";
    Ok(rows + cx.db().execute(sql, &over)?)
}
