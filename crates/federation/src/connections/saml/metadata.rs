//! Metadata: what identity providers say of themselves, read again each day, and what we say to them.
use vestibule_kernel::id::{ConnectionId, EnvironmentId};
use vestibule_kernel::{App, Code, Cx, Error, FlowCx, Result};
use vestibule_saml::{Certificate, IdentityProvider};

use super::super::{certificates, kinds, store};
use super::{Saml, parsed};
use crate::social::get_text;

/// The code of the refusal of metadata that cannot be used.
pub(in super::super) const METADATA_INVALID: Code = "saml_metadata_invalid";

/// Has an identity provider describe itself.
pub(super) fn read(flow: &FlowCx, url: &str) -> Result<IdentityProvider> {
    let refused = |why: String| {
        let why = why.trim_end_matches('.');
        let text = format!("The metadata at '{url}' cannot be used: {why}.");
        Error::bad_request(METADATA_INVALID, text)
    };
    let text = get_text(flow, url).map_err(|it| refused(it.0))?;
    vestibule_saml::read_metadata(&text).map_err(|it| refused(it.to_string()))
}

/// The same of what it says in a file.
pub(super) fn read_document(text: &str) -> Result<IdentityProvider> {
    vestibule_saml::read_metadata(text).map_err(|it| {
        Error::bad_request(METADATA_INVALID, format!("The metadata cannot be used: {it}."))
    })
}

/// The description of the connection of this key, for its identity provider.
pub fn metadata(flow: &FlowCx, external_key: &str) -> Result<Option<String>> {
    flow.read(|cx| {
        let Some(found) = store::get_by_key(cx, external_key)? else { return Ok(None) };
        // Somebody who sets it up needs it before its identity provider is known.
        let saml = match found.settings.saml.clone() {
            Some(it) => it,
            None if kinds::is_saml(&found.connection_type) => Saml::default(),
            None => return Ok(None),
        };
        Ok(Some(saml.party(cx, &found)?.metadata()))
    })
}

/// The environment of the connection of this key.
pub fn environment_of(app: &App, external_key: &str) -> Result<Option<EnvironmentId>> {
    app.db().read(|tx| store::environment_of_key(tx, external_key))
}

/// Reads the metadata again that was read a day ago. One that cannot be read is tried again later, and
/// nothing is lost by it.
pub(in super::super) fn read_again(flow: &FlowCx) -> Result<u64> {
    let now = flow.now();
    let stale = flow.read(|cx| {
        let all = store::with_metadata(cx)?.into_iter();
        Ok(all
            .filter(|it| it.settings.saml.as_ref().is_some_and(|it| it.is_stale(now)))
            .collect::<Vec<_>>())
    })?;
    let mut count = 0;
    for it in stale {
        let Some(url) = it.settings.saml.as_ref().and_then(|it| it.idp_metadata_url.clone()) else {
            continue;
        };
        match read(flow, &url).and_then(|it| Ok((parsed(&it.certificates)?, it))) {
            Ok((certificates, found)) => {
                flow.write(move |cx| take_over(cx, &it.id, &url, &found, &certificates))?;
                count += 1;
            }
            Err(why) => {
                let (environment, connection) = (flow.environment(), &it.id);
                tracing::warn!(%environment, %connection, %why, "SAML metadata cannot be read again");
            }
        }
    }
    Ok(count)
}

fn take_over(
    cx: &mut Cx<'_>,
    id: &ConnectionId,
    url: &str,
    found: &IdentityProvider,
    theirs: &[Certificate],
) -> Result<()> {
    // It may have been changed or deleted in the meantime.
    let Some(mut it) = store::get(cx, id)? else { return Ok(()) };
    let Some(saml) =
        it.settings.saml.as_mut().filter(|it| it.idp_metadata_url.as_deref() == Some(url))
    else {
        return Ok(());
    };
    saml.idp_sso_url.clone_from(&found.sso_url);
    saml.idp_entity_id.clone_from(&found.entity_id);
    saml.read_at = Some(cx.now());
    store::update(cx, &it)?;
    certificates::replace(cx, &it, theirs)
}
