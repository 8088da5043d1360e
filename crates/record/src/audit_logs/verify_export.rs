//! Holds an exported file against its signed manifest, and names the first event that differs.
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use data_encoding::HEXLOWER;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Error, FlowCx, Kind, Result};

use super::events::AuditLogEvent;
use super::export_job::{Manifest, read_batch, wanted};
use super::keys::SigningKey;
use super::table;

/// How much of a file is read at once, in bytes.
const READ_BYTES: usize = 64 * 1024;

/// The manifest of a token that this installation signed.
pub fn manifest(flow: &FlowCx, token: &str) -> Result<Option<Manifest>> {
    let key = flow.read(|cx| {
        let app = cx.app;
        SigningKey::get(app, cx.db())
    })?;
    let found: Option<Manifest> = key.and_then(|it| it.open(token));
    Ok(found.filter(|it| it.kind == "export" && it.environment_id == *flow.environment()))
}

/// What is wrong with a file, if anything is.
pub fn verify_export(flow: &FlowCx, manifest: &Manifest, path: &Path) -> Result<Option<String>> {
    if digest(path)? == (manifest.bytes, manifest.sha256.clone()) {
        return Ok(None);
    }
    let mut file = csv::Reader::from_path(path).map_err(unreadable)?;
    let header = file.headers().map_err(unreadable)?;
    if *header != table::COLUMNS[..] {
        return Ok(Some("The first line was changed.".to_owned()));
    }
    let mut lines = file.into_records();
    let mut after: Option<(Time, String)> = None;
    loop {
        let Manifest { organization_id, query, last_position, .. } = manifest;
        let events =
            flow.read(|cx| read_batch(cx, organization_id, query, after.as_ref(), *last_position))?;
        if events.is_empty() {
            break;
        }
        after = events.last().map(|it| (it.content.occurred_at, it.id.to_string()));
        for event in events.iter().filter(|it| wanted(query, it)) {
            let line = lines.next().transpose().map_err(unreadable)?;
            if let Some(difference) = difference(event, line.as_ref())? {
                return Ok(Some(difference));
            }
        }
    }
    Ok(Some(match lines.next().transpose().map_err(unreadable)? {
        Some(line) => {
            let id = line.get(0).unwrap_or_default();
            format!("The event {id} was added to the file, or is not kept here any longer.")
        }
        None => "Its events are those that were exported, and its bytes are not.".to_owned(),
    }))
}

fn difference(event: &AuditLogEvent, line: Option<&csv::StringRecord>) -> Result<Option<String>> {
    let (id, cells) = (&event.id, table::cells(event)?);
    let Some(line) = line else {
        return Ok(Some(format!("The event {id}, and what comes after it, is missing.")));
    };
    if line.iter().eq(cells.iter().map(AsRef::as_ref)) {
        return Ok(None);
    }
    Ok(Some(if line.get(0) == Some(id.as_str()) {
        let changed = cells.iter().zip(line).position(|(ours, theirs)| ours != theirs);
        let column = changed.map_or("columns", |it| table::COLUMNS[it]);
        format!("The event {id} was changed: {column}.")
    } else {
        let other = line.get(0).unwrap_or_default();
        format!("The event {id} is missing; {other} stands in its place.")
    }))
}

fn digest(path: &Path) -> Result<(i64, String)> {
    let mut file = BufReader::with_capacity(READ_BYTES, File::open(path).map_err(unreadable)?);
    let (mut digest, mut length) = (Context::new(&SHA256), 0);
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let count = file.read(&mut buffer).map_err(unreadable)?;
        if count == 0 {
            return Ok((length, HEXLOWER.encode(digest.finish().as_ref())));
        }
        digest.update(&buffer[..count]);
        length += i64::try_from(count).unwrap_or(i64::MAX);
    }
}

fn unreadable(error: impl std::fmt::Display) -> Error {
    Error::plain(Kind::Invalid, format!("The file cannot be read: {error}."))
}
