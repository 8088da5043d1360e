//! Connections as a file describes them: made where they are not there yet, and brought to what the
//! file says where they are.
//!
//! The same file a second time changes nothing, asks nobody and tells of nothing. What a file does not
//! speak of stays as it is.
use vestibule_kernel::id::{ConnectionId, OrganizationId};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{Code, Cx, Error, FlowCx, Result};

use super::attributes::{AttributeMaps, AttributeMapsChange};
use super::certificates::{self, Purpose};
use super::configuration::{GroupRole, check_group_roles};
use super::kinds::PENDING;
use super::oidc::{Oidc, OidcOptions};
use super::operations::{
    Given, check_count, check_options, first_state, keep_certificates, new_key, settle_type,
    usual_type,
};
use super::saml::{SamlOptions, Settled};
use super::test_provider::TestOptions;
use super::{NOT_CONFIGURED, Record, Settings, State, store, switch};

/// The code of the refusal of a connection that is another organization's.
const OF_ANOTHER: Code = "connection_of_another_organization";

/// A connection as a file describes it.
pub struct Wanted {
    /// Its id, where it is pinned.
    pub id: Option<ConnectionId>,
    /// Its name; without an id and an external id, it is known by this.
    pub name: String,
    /// The id that the application knows it by.
    pub external_id: Option<String>,
    /// Its type, where it is said.
    pub connection_type: Option<String>,
    /// How far it has come, where it is said.
    pub state: Option<State>,
    /// Which attribute says what, where it is said.
    pub attribute_maps: Option<AttributeMapsChange>,
    /// Which groups give which roles, where it is said.
    pub group_roles: Option<Vec<GroupRole>>,
    /// Its OpenID Connect provider.
    pub oidc_options: Option<OidcOptions>,
    /// Its SAML identity provider.
    pub saml_options: Option<SamlOptions>,
    /// The test identity provider in the place of both, for sandboxes alone.
    pub test_options: Option<TestOptions>,
}

impl std::fmt::Debug for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Wanted connection '{}'", self.name)
    }
}

/// The same, once all was asked of identity providers that had to be.
pub struct Prepared {
    id: Option<ConnectionId>,
    name: String,
    external_id: Option<String>,
    connection_type: Option<String>,
    state: Option<State>,
    attributes: Option<AttributeMaps>,
    group_roles: Option<Vec<GroupRole>>,
    oidc: Option<(Oidc, Secret)>,
    saml: Option<Settled>,
    test: Option<TestOptions>,
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Prepared connection '{}'", self.name)
    }
}

/// Asks of identity providers what has to be. `organization` is the one whose connection it is, where
/// that is there already and is not about to be emptied.
pub fn prepare(
    flow: &FlowCx,
    wanted: Wanted,
    organization: Option<OrganizationId>,
) -> Result<Prepared> {
    let Wanted {
        id,
        name,
        external_id,
        connection_type,
        state,
        attribute_maps,
        group_roles,
        oidc_options,
        saml_options,
        test_options,
    } = wanted;
    let given = Given {
        oidc: oidc_options.is_some(),
        saml: saml_options.is_some(),
        test: test_options.is_some(),
    };
    check_options(given, connection_type.as_deref())?;
    if let Some(test) = &test_options {
        flow.read(|cx| cx.need_sandbox())?;
        test.check()?;
    }
    let attributes = match attribute_maps {
        Some(change) => {
            let mut maps = AttributeMaps::default();
            maps.apply(change)?;
            Some(maps)
        }
        None => None,
    };
    let mut prepared = Prepared {
        id,
        name,
        external_id,
        connection_type,
        state,
        attributes,
        group_roles,
        oidc: None,
        saml: None,
        test: test_options,
    };
    let former = match &organization {
        Some(it) => flow.read(|cx| prepared.former(cx, it))?,
        None => None,
    };
    let settings = former.as_ref().map(|it| &it.settings);
    if let Some(it) = oidc_options {
        let former = settings.and_then(|it| it.oidc.as_ref());
        prepared.oidc = Some(it.settle_anew(flow, former)?);
    }
    if let Some(it) = saml_options {
        let former = settings.and_then(|it| it.saml.as_ref());
        prepared.saml = Some(it.settle_anew(flow, former)?);
    }
    Ok(prepared)
}

/// Has an organization have this connection.
pub fn ensure(cx: &mut Cx<'_>, organization: &OrganizationId, it: &Prepared) -> Result<()> {
    if let Some(roles) = &it.group_roles {
        check_group_roles(cx, organization, roles)?;
    }
    let former = it.former(cx, organization)?;
    let is_new = former.is_none();
    let mut record = match former {
        Some(former) => it.changed(former)?,
        None => {
            check_count(cx, organization)?;
            it.new_record(cx, organization)
        }
    };
    if it.test.is_some() {
        cx.need_sandbox()?;
    }
    if is_new {
        store::insert(cx, &record)?;
    } else if store::get(cx, &record.id)?.is_none_or(|former| differs(&former, &record)) {
        record.updated_at = cx.now();
        store::update(cx, &record)?;
    }
    if let Some(settled) = &it.saml {
        let new = without_kept_keys(cx, &record, settled)?;
        keep_certificates(cx, &record, &new)?;
    }
    it.settle_state(cx, record)
}

/// Whether anything of a connection has changed.
fn differs(former: &Record, record: &Record) -> bool {
    let secret = |it: &Record| it.client_secret.as_ref().map(|it| it.reveal().to_owned());
    let told = |it: &Record| (it.name.clone(), it.connection_type.clone(), it.external_id.clone());
    told(former) != told(record)
        || former.settings != record.settings
        || former.state != record.state
        || secret(former) != secret(record)
}

impl Prepared {
    /// The connection that it is already: by its id, by the id that the application knows it by, or by
    /// its name.
    fn former(&self, cx: &mut Cx<'_>, organization: &OrganizationId) -> Result<Option<Record>> {
        let found = match (&self.id, &self.external_id) {
            (Some(id), _) => store::get(cx, id)?,
            (None, Some(it)) => store::get_by_external_id(cx, organization, it)?,
            (None, None) => {
                let all = store::of_organization(cx, organization)?;
                all.into_iter().find(|it| it.name == self.name)
            }
        };
        if found.as_ref().is_some_and(|it| it.organization_id != *organization) {
            let text = "There is a connection of this id, and it is another organization's.";
            return Err(Error::conflict(OF_ANOTHER, text));
        }
        Ok(found)
    }

    fn new_record(&self, cx: &Cx<'_>, organization: &OrganizationId) -> Record {
        let settings = Settings {
            oidc: self.oidc.as_ref().map(|it| it.0.clone()),
            saml: self.saml.as_ref().map(|it| it.saml.clone()),
            test: self.test.clone(),
            attributes: self.attributes.clone().unwrap_or_default(),
            group_roles: self.group_roles.clone().unwrap_or_default(),
        };
        let usual = usual_type(&settings);
        Record {
            id: self.id.clone().unwrap_or_else(|| ConnectionId::new(cx)),
            organization_id: organization.clone(),
            connection_type: self.connection_type.clone().unwrap_or_else(|| usual.to_owned()),
            name: self.name.clone(),
            state: first_state(&settings, self.connection_type.as_deref()),
            external_key: new_key(cx),
            external_id: self.external_id.clone(),
            settings,
            client_secret: self.oidc.as_ref().map(|it| it.1.clone()),
            created_at: cx.now(),
            updated_at: cx.now(),
        }
    }

    /// What the connection is to be that was there before.
    fn changed(&self, mut it: Record) -> Result<Record> {
        it.name.clone_from(&self.name);
        if let Some(external_id) = &self.external_id {
            it.external_id = Some(external_id.clone());
        }
        if let Some(attributes) = &self.attributes {
            it.settings.attributes = attributes.clone();
        }
        if let Some(group_roles) = &self.group_roles {
            it.settings.group_roles.clone_from(group_roles);
        }
        if let Some((oidc, secret)) = &self.oidc {
            it.settings.oidc = Some(oidc.clone());
            it.client_secret = Some(secret.clone());
        }
        if let Some(settled) = &self.saml {
            it.settings.saml = Some(settled.saml.clone());
        }
        if it.settings.oidc.is_some() || it.settings.saml.is_some() {
            it.settings.test = None;
        } else if let Some(test) = &self.test {
            it.settings.test = Some(test.clone());
        }
        settle_type(&mut it, self.connection_type.clone())?;
        let settings = &it.settings;
        let has_any = settings.oidc.is_some() || settings.saml.is_some() || settings.test.is_some();
        it.state = match it.state {
            State::RequiresType | State::Draft if has_any => State::Validating,
            State::RequiresType if it.connection_type != PENDING => State::Draft,
            state => state,
        };
        Ok(it)
    }

    /// Switches it to the state that is wanted.
    fn settle_state(&self, cx: &mut Cx<'_>, record: Record) -> Result<()> {
        let is_test = record.is_configured(cx) && record.settings.test.is_some();
        let wanted = match (self.state, record.state) {
            // There is nothing to be tried.
            (None, State::Validating) if is_test => State::Active,
            // Somebody has tried it.
            (None, _) | (Some(State::Validating), State::Active) => return Ok(()),
            (Some(wanted), _) => wanted,
        };
        if wanted == record.state {
            return Ok(());
        }
        if !record.is_configured(cx) {
            let text = "The connection has no identity provider, so it cannot be in this state. \
                        Give oidc_options or saml_options, or leave its state out.";
            return Err(Error::bad_request(NOT_CONFIGURED, text));
        }
        switch(cx, record, wanted).map(|_| ())
    }
}

/// The certificates and keys that are to be kept, without the keys that are there.
fn without_kept_keys(cx: &mut Cx<'_>, of: &Record, settled: &Settled) -> Result<Settled> {
    let mut new = settled.clone();
    if let Some(key) = &settled.signing
        && certificates::has_key(cx, &of.id, Purpose::RequestSigning, key)?
    {
        new.signing = None;
    }
    new.decryption.clear();
    for key in &settled.decryption {
        if !certificates::has_key(cx, &of.id, Purpose::ResponseEncryption, key)? {
            new.decryption.push(key.clone());
        }
    }
    Ok(new)
}
