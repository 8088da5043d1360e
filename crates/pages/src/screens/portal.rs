//! The pages of the admin portal.
use serde::Serialize;
use vestibule_languages::Text;

use super::Form;

/// Asks whether to open the portal; until then its link is not used up.
#[derive(Serialize)]
pub struct PortalOpening {
    /// Posts nothing but the token of the form
    pub form: Form,
    /// Name of the organization
    pub organization: String,
}

/// What surrounds each page inside of the portal.
#[derive(Serialize)]
pub struct PortalHead {
    /// What the page is about
    pub title: Text,
    /// Name of the organization
    pub organization: String,
    /// The page that it was reached from
    pub back: Option<String>,
    /// Where somebody goes who leaves
    pub return_url: Option<String>,
    /// Where a form ends the session
    pub done_action: String,
    /// What was done just now
    pub notice: Option<Text>,
}

/// All that can be set up.
#[derive(Serialize)]
pub struct PortalOverview {
    /// For the token
    pub form: Form,
    /// What surrounds it
    pub head: PortalHead,
    /// What there is
    pub areas: Vec<PortalArea>,
}

/// Something that can be set up.
#[derive(Serialize)]
pub struct PortalArea {
    /// What it is called
    pub name: Text,
    /// What it is for
    pub hint: Text,
    /// Where it is
    pub path: String,
}

/// Something with a state, in a list.
#[derive(Serialize)]
pub struct PortalEntry {
    /// What it is called
    pub name: String,
    /// What it is
    pub kind: Text,
    /// How it fares
    pub state: PortalState,
    /// Where it is
    pub path: String,
}

/// How something fares.
#[derive(Clone, Serialize)]
pub struct PortalState {
    /// In words
    pub text: Text,
    /// `good`, `bad` or `calm`
    pub tone: &'static str,
}

/// One of several.
#[derive(Serialize)]
pub struct PortalOption {
    /// What is sent
    pub value: String,
    /// What is shown
    pub name: Text,
    /// Whether it is chosen already
    pub chosen: bool,
}

/// The connections of the organization.
#[derive(Serialize)]
pub struct PortalConnections {
    /// Posts `connection_type`
    pub form: Form,
    /// What surrounds it
    pub head: PortalHead,
    /// Those that there are
    pub connections: Vec<PortalEntry>,
    /// The identity providers that there can be
    pub kinds: Vec<PortalOption>,
}

/// A name and what stands for it.
#[derive(Serialize)]
pub struct PortalFact {
    /// What it is called
    pub name: Text,
    /// What it is
    pub value: String,
}

/// A field of a form, with what stands in it.
#[derive(Serialize)]
pub struct PortalField {
    /// What it is sent as
    pub name: &'static str,
    /// What it is called
    pub label: Text,
    /// `text`, `url`, `password` or `area`
    pub kind: &'static str,
    /// What stands in it
    pub value: String,
    /// Whether it must be filled in
    pub required: bool,
    /// What can be chosen; nothing where it is typed
    pub options: Vec<PortalOption>,
}

/// A way to say something: a form of its own, which is open or not.
#[derive(Serialize)]
pub struct PortalWay {
    /// What it is called; none where it is the only one
    pub name: Option<Text>,
    /// Whether its form is shown at once
    pub open: bool,
    /// What it asks for
    pub fields: Vec<PortalField>,
}

/// A connection: what to set up at the identity provider, what it is, and what can be done with it.
#[derive(Serialize)]
pub struct PortalConnection {
    /// For the token and the problems
    pub form: Form,
    /// What surrounds it
    pub head: PortalHead,
    /// What it is called
    pub name: String,
    /// The identity provider
    pub kind: Text,
    /// How it fares
    pub state: PortalState,
    /// What to copy into the identity provider
    pub register: Vec<PortalFact>,
    /// What is known of the identity provider
    pub known: Vec<PortalFact>,
    /// The ways to tell what the identity provider is
    pub ways: Vec<PortalWay>,
    /// Where they are sent
    pub provider_action: String,
    /// Which attribute says what
    pub attributes: Vec<PortalField>,
    /// Where they are sent
    pub attributes_action: String,
    /// Where a sign-in is tried, if it can be
    pub test_action: Option<String>,
    /// Where it is switched on, if it can be
    pub activate_action: Option<String>,
    /// Where it is switched off, if it can be
    pub deactivate_action: Option<String>,
    /// Where it is deleted: posts `sure`
    pub delete_action: String,
}

/// What came back from a sign-in that was tried.
#[derive(Serialize)]
pub struct PortalTested {
    /// For the token
    pub form: Form,
    /// What surrounds it
    pub head: PortalHead,
    /// What is known of whoever came; nothing where nobody did
    pub facts: Vec<PortalFact>,
    /// Why nobody came, in English
    pub failed: Option<String>,
    /// All that the identity provider said, as JSON
    pub raw: Option<String>,
}

/// The domains of the organization.
#[derive(Serialize)]
pub struct PortalDomains {
    /// Posts `domain`
    pub form: Form,
    /// What surrounds it
    pub head: PortalHead,
    /// What was typed
    pub typed: String,
    /// Those that there are
    pub domains: Vec<PortalDomain>,
}

/// A domain.
#[derive(Serialize)]
pub struct PortalDomain {
    /// Its name
    pub domain: String,
    /// How it fares
    pub state: PortalState,
    /// The value of the TXT record that proves it; none where it is proved
    pub record: Option<String>,
    /// Where the record is looked for
    pub check_action: String,
    /// Where it is taken away
    pub remove_action: String,
}

/// The certificates of the identity providers.
#[derive(Serialize)]
pub struct PortalCertificates {
    /// For the token and the problems
    pub form: Form,
    /// What surrounds it
    pub head: PortalHead,
    /// The connections that have certificates
    pub connections: Vec<PortalCertified>,
}

/// A connection with the certificates of its identity provider.
#[derive(Serialize)]
pub struct PortalCertified {
    /// What it is called
    pub name: String,
    /// The certificates, oldest first
    pub certificates: Vec<PortalCertificate>,
    /// Where a new one is given: posts `certificate`
    pub add_action: String,
    /// Where the metadata are read again, if there is an address of them
    pub read_again_action: Option<String>,
}

/// A certificate.
#[derive(Serialize)]
pub struct PortalCertificate {
    /// When it ends, and what that means
    pub state: PortalState,
    /// Where it is taken away; none where it is the only one
    pub remove_action: Option<String>,
}

/// The events of the audit log.
#[derive(Serialize)]
pub struct PortalAuditLogs {
    /// Posts `text` and `action`
    pub form: Form,
    /// What surrounds it
    pub head: PortalHead,
    /// The text that is looked for
    pub text: String,
    /// The action that is looked for
    pub action: String,
    /// The events, the latest first
    pub events: Vec<PortalEvent>,
    /// Where newer ones are
    pub newer: Option<String>,
    /// Where older ones are
    pub older: Option<String>,
    /// Where a file of the last ninety days is asked for
    pub export_action: String,
}

/// An event.
#[derive(Serialize)]
pub struct PortalEvent {
    /// What was done
    pub action: String,
    /// When
    pub at: String,
    /// Who did it
    pub actor: String,
    /// To what
    pub targets: String,
    /// Where
    pub location: String,
}

/// A file of events that is made, or there.
#[derive(Serialize)]
pub struct PortalExport {
    /// For the token
    pub form: Form,
    /// What surrounds it
    pub head: PortalHead,
    /// Where the file is; none while it is made
    pub url: Option<String>,
    /// Whether it could not be made
    pub failed: bool,
}

/// The streams of the audit log.
#[derive(Serialize)]
pub struct PortalStreams {
    /// Posts `kind`
    pub form: Form,
    /// What surrounds it
    pub head: PortalHead,
    /// Those that there are
    pub streams: Vec<PortalStream>,
    /// The receivers that there can be
    pub kinds: Vec<PortalOption>,
}

/// A stream.
#[derive(Serialize)]
pub struct PortalStream {
    /// What it is called
    pub name: String,
    /// Its receiver
    pub kind: String,
    /// How it fares
    pub state: PortalState,
    /// Why the last batch was not taken, in English
    pub error: Option<String>,
    /// Where it leads, without credentials
    pub facts: Vec<PortalFact>,
    /// How many events wait
    pub waiting: u64,
    /// Day of the last event that was taken
    pub synced_on: Option<String>,
    /// Where it is tried
    pub test_action: String,
    /// Where it is switched on or off
    pub switch_action: String,
    /// Whether it is on
    pub is_on: bool,
    /// Where it is deleted: posts `sure`
    pub delete_action: String,
}

/// Asks where a new stream leads.
#[derive(Serialize)]
pub struct PortalNewStream {
    /// Posts the fields
    pub form: Form,
    /// What surrounds it
    pub head: PortalHead,
    /// The receiver
    pub kind: String,
    /// What must be known of it
    pub fields: Vec<PortalField>,
}

/// The session was ended by whoever is done.
#[derive(Serialize)]
pub struct PortalDone {
    /// Name of the organization
    pub organization: String,
    /// Where it goes on
    pub location: Option<String>,
}
