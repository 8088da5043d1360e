//! What the call of an agent waits for, asked of the person at the terminal, who shows that they are an
//! approver and no agent by a key that the command does not have. The key is typed unseen, and kept
//! nowhere.
use std::collections::BTreeMap;
use std::io::Write;

use reqwest::{Method, Url};
use serde_json::Value;
use vestibule_kernel::agent::approvals::APPROVER_PREFIX;
use vestibule_kernel::catalog::{Access, Effect, Entry};
use vestibule_kernel::secret::Secret;

use super::failure::Failed;
use super::mode;
use crate::client::{Remote, waits_for};
use crate::connections::Credential;

/// Whether the person at the terminal has approved what `refusal` waits for; no, where it waits for
/// nothing or nobody is there.
pub(super) async fn given(remote: &Remote, what: &str, refusal: &Value) -> Result<bool, Failed> {
    let Some(id) = waits_for(refusal, "pending") else { return Ok(false) };
    if !mode::may_ask() {
        return Ok(false);
    }
    let clean: String = what.chars().filter(|it| !it.is_control()).collect();
    writeln!(std::io::stderr(), "{clean}\nwaits for a person: {}", refusal["approval"]["url"]).ok();
    match typed("Your approver's key, to approve it (empty: do not): ")? {
        Some(key) => approve(remote, key, id).await,
        None => Ok(false),
    }
}

/// The server, with the key of the person at the terminal where the operation decides on an approval
/// and the credential that the command has cannot.
pub(super) fn decider(remote: Remote, entry: &Entry) -> Result<Remote, Failed> {
    let decides = matches!(entry.op.access, Access::Approver) && entry.op.effect != Effect::Read;
    if !decides || remote.may_decide() || !mode::may_ask() {
        return Ok(remote);
    }
    match typed("Your approver's key, to decide (empty: do not): ")? {
        Some(key) => Ok(Remote::new(remote.base_url(), Credential::Key(key))?),
        None => Err(Failed::wrong("nothing was decided")),
    }
}

/// The key that is typed, which the terminal does not show; none where nothing is.
fn typed(question: &str) -> Result<Option<Secret>, Failed> {
    let key = rpassword::prompt_password(question).map_err(|it| Failed::wrong(it.to_string()))?;
    match key.trim() {
        "" => Ok(None),
        key if key.starts_with(APPROVER_PREFIX) => Ok(Some(Secret::new(key))),
        _ => {
            let text = format!("an approver's key begins with {APPROVER_PREFIX}; nothing was done");
            Err(Failed::wrong(text))
        }
    }
}

async fn approve(remote: &Remote, key: Secret, id: &str) -> Result<bool, Failed> {
    let approver = Remote::new(remote.base_url(), Credential::Key(key))?;
    let url = format!("{}/vestibule/v1/approvals/{id}/approve", remote.base_url());
    let url = Url::parse(&url).map_err(|it| Failed::refused(it.to_string()))?;
    let answer = approver.raw(Method::POST, url, BTreeMap::new(), None).await?;
    if answer.status < 400 {
        return Ok(true);
    }
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = body["message"].as_str().unwrap_or("no reason given");
    Err(Failed::refused(format!("It was not approved ({}): {text}", answer.status)))
}
