//! The connections of a seed. What identity providers must be asked is asked before the transaction
//! begins, and not again where a connection is there already and has the same address.
use serde_json::{Value, json};
use vestibule_federation::connections::{self, Prepared, State, TEST_IDP, TestOptions, Wanted};
use vestibule_kernel::id::{ConnectionId, OrganizationId};
use vestibule_kernel::{Cx, Error, FlowCx, Result};
use vestibule_people::domains::{self, DomainName, DomainState, NewDomain, WantedState};

use super::model::{self, ConnectionState, Seed};
use super::{find_organization, need_organization, of_entry, parse, without_null};

/// The type of a connection of which the emulator's seed says none.
const USUAL_TYPE: &str = "GenericSAML";

/// What the connections come to; nothing for those that are left out. `empty` says that the
/// environment is about to be emptied, so that nothing of it counts.
pub(super) fn prepare(flow: &FlowCx, seed: &Seed, empty: bool) -> Result<Vec<Option<Prepared>>> {
    let sandbox = flow.is_sandbox()?;
    let one = |(n, it): (usize, &model::Connection)| {
        if it.is_for_tests() && !sandbox {
            return Ok(None);
        }
        of_entry(prepare_one(flow, it, sandbox, empty), "connections", n, &it.name).map(Some)
    };
    seed.connections.iter().enumerate().map(one).collect()
}

fn prepare_one(
    flow: &FlowCx,
    it: &model::Connection,
    sandbox: bool,
    empty: bool,
) -> Result<Prepared> {
    let test = it.test_options().filter(|_| sandbox);
    let known = it.connection_type.as_deref().filter(|it| connections::TYPES.contains(it));
    // Whatever type it is said to be of, its test identity provider answers.
    let checked = if test.is_some() && known.is_some() { None } else { it.connection_type.clone() };
    let input = without_null(json!({
        "organization_id": it.organization, "name": it.name, "external_id": it.external_id,
        "connection_type": checked, "attribute_maps": it.attribute_maps,
        "oidc_options": it.oidc_options, "saml_options": it.saml_options, "test_options": test,
    }));
    let entry = flow.app.catalog().get("connections.create");
    entry.ok_or_else(|| Error::internal("no connections.create"))?.check(&input)?;
    let usual = test.is_some().then(|| USUAL_TYPE.to_owned());
    let wanted = Wanted {
        id: it.id.as_deref().map(ConnectionId::parse).transpose()?,
        name: it.name.clone(),
        external_id: it.external_id.clone(),
        connection_type: it.connection_type.clone().or(usual),
        state: it.state.map(ConnectionState::state),
        attribute_maps: given(&input, "attribute_maps")?,
        group_roles: it
            .group_roles
            .as_ref()
            .map(|it| parse("group_roles", it.clone()))
            .transpose()?,
        oidc_options: given(&input, "oidc_options")?,
        saml_options: given(&input, "saml_options")?,
        test_options: test,
    };
    let organization =
        if empty { None } else { flow.read(|cx| find_organization(cx, &it.organization))? };
    connections::prepare(flow, wanted, organization)
}

fn given<T: serde::de::DeserializeOwned>(input: &Value, name: &str) -> Result<Option<T>> {
    input.get(name).map(|it| parse(name, it.clone())).transpose()
}

/// Has there be those connections.
pub(super) fn make(cx: &mut Cx<'_>, seed: &Seed, prepared: &[Option<Prepared>]) -> Result<()> {
    for (n, (it, prepared)) in seed.connections.iter().zip(prepared).enumerate() {
        if let Some(prepared) = prepared {
            of_entry(make_one(cx, it, prepared), "connections", n, &it.name)?;
        }
    }
    Ok(())
}

fn make_one(cx: &mut Cx<'_>, it: &model::Connection, prepared: &Prepared) -> Result<()> {
    let organization = need_organization(cx, &it.organization)?;
    prove_domains(cx, &organization, &it.domains)?;
    connections::ensure(cx, &organization, prepared)
}

/// Has an organization have proved these domains, beside those that it has. WorkOS has the domains of
/// a connection from its organization, the emulator from the connection itself.
fn prove_domains(cx: &mut Cx<'_>, organization: &OrganizationId, names: &[String]) -> Result<()> {
    let there = domains::of_organization(cx, organization)?;
    let mut proved = Vec::new();
    for name in names {
        let domain = DomainName::own(name).map_err(|it| it.error("domains", name))?;
        if !there.iter().any(|it| it.domain == domain && it.state == DomainState::Verified) {
            proved.push(domain);
        }
    }
    if proved.is_empty() {
        return Ok(());
    }
    let others = there.into_iter().map(|it| it.domain).filter(|it| !proved.contains(it));
    // What is verified stays so, whatever is wanted.
    let others: Vec<DomainName> = others.collect();
    let kept = others.into_iter().map(|domain| NewDomain { domain, state: WantedState::Pending });
    let kept: Vec<NewDomain> = kept.collect();
    let proved =
        proved.into_iter().map(|domain| NewDomain { domain, state: WantedState::Verified });
    domains::replace(cx, organization, kept.into_iter().chain(proved).collect())?.tell(cx)
}

impl ConnectionState {
    const fn state(self) -> State {
        match self {
            Self::Active => State::Active,
            Self::Inactive => State::Inactive,
            Self::Validating => State::Validating,
        }
    }
}

impl model::Connection {
    fn has_own_provider(&self) -> bool {
        self.oidc_options.is_some() || self.saml_options.is_some()
    }

    /// Whether only the test identity provider of a sandbox can answer for it.
    pub(super) fn is_for_tests(&self) -> bool {
        let is_test = self.connection_type.as_deref() == Some(TEST_IDP);
        !self.has_own_provider() && (is_test || !self.profiles.is_empty())
    }

    /// Whom the test identity provider knows, where the connection has none of its own.
    fn test_options(&self) -> Option<TestOptions> {
        let profiles = self.profiles.iter().map(model::Profile::test_profile).collect();
        (!self.has_own_provider()).then_some(TestOptions { profiles })
    }

    /// Refuses what cannot be meant.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.name.trim().is_empty() {
            return Err("has no name".to_owned());
        }
        if self.organization.trim().is_empty() {
            return Err("has no organization".to_owned());
        }
        if self.has_own_provider() && !self.profiles.is_empty() {
            let text = "has profiles, which the test identity provider of a sandbox knows, and an \
                        identity provider of its own: leave one of them out";
            return Err(text.to_owned());
        }
        let ids = self.profiles.iter().filter_map(|it| it.id.as_ref()).chain(&self.id);
        let is_plain = |it: u8| it.is_ascii_alphanumeric() || it == b'_' || it == b'-';
        for id in ids {
            if id.is_empty() || !id.bytes().all(is_plain) {
                return Err(format!(
                    "has the id '{id}', which must be of letters, digits, _ and -"
                ));
            }
        }
        Ok(())
    }
}

/// The refusal of an entry, before anything is asked.
pub(super) fn fault(n: usize, it: &model::Connection) -> Option<String> {
    it.check().err().map(|why| format!("connections[{n}] '{}' {why}", it.name))
}
