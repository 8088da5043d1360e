//! What the call of an agent waits for, asked of the person at the terminal, who shows that they are an
//! approver and no agent by a key that the command does not have.
use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};

use reqwest::{Method, Url};
use serde_json::Value;
use vestibule_kernel::agent::approvals::APPROVER_PREFIX;
use vestibule_kernel::secret::Secret;

use super::failure::Failed;
use crate::client::{Remote, waits_for};
use crate::connections::Credential;

/// Whether the person at the terminal has approved what `refusal` waits for; no, where it waits for
/// nothing or nobody is there.
pub(super) async fn given(remote: &Remote, what: &str, refusal: &Value) -> Result<bool, Failed> {
    let Some(id) = waits_for(refusal, "pending") else { return Ok(false) };
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    let clean: String = what.chars().filter(|it| !it.is_control()).collect();
    writeln!(std::io::stderr(), "{clean}\nwaits for a person: {}", refusal["approval"]["url"]).ok();
    let key = rpassword::prompt_password("Your approver's key, to approve it (empty: do not): ")
        .map_err(|it| Failed::wrong(it.to_string()))?;
    if key.trim().is_empty() {
        return Ok(false);
    }
    if !key.trim().starts_with(APPROVER_PREFIX) {
        let text = format!("an approver's key begins with {APPROVER_PREFIX}; nothing was done");
        return Err(Failed::wrong(text));
    }
    approve(remote, Secret::new(key.trim()), id).await
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
