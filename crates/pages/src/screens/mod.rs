//! What each page shows.
//!
//! The structs hold no Debug: a form carries its CSRF token, enrolment its secret.

mod agents;
mod links;
mod outcomes;
mod passkeys;
mod portal;
mod second_step;
mod sign_in;
mod test_provider;

use serde::Serialize;
use vestibule_languages::Text;

use crate::render::Screen;

pub use agents::{AgentAnswered, AgentApproval, AgentConsent, AgentDecided, AskedEffect, Outcome};
pub use links::{
    ConfirmEmailChange, DeviceApproval, DeviceCode, DeviceDecided, EmailChanged, Impersonation,
    Invitation, MagicLink,
};
pub use outcomes::{Blocked, Failure, Home, Onward, Returning, SignedOut, WayOut};
pub use passkeys::{Account, Passkey, PasskeyAsk, PasskeyEntry, PasskeyOffer};
pub use portal::{
    PortalArea, PortalAuditLogs, PortalCertificate, PortalCertificates, PortalCertified,
    PortalConnection, PortalConnections, PortalDomain, PortalDomains, PortalDone, PortalEntry,
    PortalEvent, PortalExport, PortalFact, PortalField, PortalHead, PortalNewStream, PortalOpening,
    PortalOption, PortalOverview, PortalState, PortalStream, PortalStreams, PortalTested,
    PortalWay,
};
pub use second_step::{
    FactorChallenge, FactorChoice, OtherWays, RecoveryCode, RecoveryCodes, Telephone,
    TotpEnrolment, Way,
};
pub use sign_in::{
    AnotherWay, Choice, Code, CodePurpose, ForgottenPassword, OnWaitlist, OrganizationChoice,
    Password, Provider, ResetDone, ResetPassword, ResetSent, SignIn, SignUp, SingleSignOn,
    Waitlist,
};
pub use test_provider::{TestPerson, TestProvider, Typed};

/// Name of the hidden field that carries the CSRF token.
pub const CSRF_FIELD: &str = "csrf";

/// Where a page's form goes, and what was wrong with it last time.
#[derive(Clone, Serialize)]
pub struct Form {
    action: String,
    csrf: String,
    problems: Vec<Problem>,
}

impl Form {
    /// Form that posts to `action` with the session's CSRF token.
    pub fn new(action: impl Into<String>, csrf: impl Into<String>) -> Self {
        Self { action: action.into(), csrf: csrf.into(), problems: Vec::new() }
    }

    /// The same form, shown again because of a problem.
    pub fn refused(mut self, problem: Problem) -> Self {
        self.problems.push(problem);
        self
    }
}

/// Something to put right before the form can be sent again.
#[derive(Clone, Serialize)]
pub struct Problem {
    field: Option<&'static str>,
    message: Text,
}

impl Problem {
    /// Problem with one field, named as its input is.
    pub fn with(field: &'static str, message: Text) -> Self {
        Self { field: Some(field), message }
    }

    /// Problem that no single field is to blame for.
    pub fn overall(message: Text) -> Self {
        Self { field: None, message }
    }

    /// What is to be put right.
    pub const fn message(&self) -> &Text {
        &self.message
    }
}

macro_rules! screens {
    ($($screen:ident => $template:literal,)+) => {
        $(impl Screen for $screen {
            const TEMPLATE: &'static str = $template;
        })+
    };
}

screens! {
    SignIn => "sign_in.html",
    Password => "password.html",
    SignUp => "sign_up.html",
    Waitlist => "waitlist.html",
    OnWaitlist => "on_waitlist.html",
    Code => "code.html",
    ForgottenPassword => "forgotten_password.html",
    ResetSent => "reset_sent.html",
    ResetPassword => "reset_password.html",
    ResetDone => "reset_done.html",
    TotpEnrolment => "totp_enrolment.html",
    FactorChallenge => "factor_challenge.html",
    FactorChoice => "factor_choice.html",
    Telephone => "telephone.html",
    OtherWays => "other_ways.html",
    RecoveryCode => "recovery_code.html",
    RecoveryCodes => "recovery_codes.html",
    Passkey => "passkey.html",
    PasskeyOffer => "passkey_offer.html",
    Account => "account.html",
    OrganizationChoice => "organization_choice.html",
    DeviceCode => "device_code.html",
    DeviceApproval => "device_approval.html",
    DeviceDecided => "device_decided.html",
    AgentApproval => "agent_approval.html",
    AgentDecided => "agent_decided.html",
    AgentConsent => "agent_consent.html",
    AgentAnswered => "agent_answered.html",
    AnotherWay => "another_way.html",
    SingleSignOn => "single_sign_on.html",
    TestProvider => "test_provider.html",
    Invitation => "invitation.html",
    ConfirmEmailChange => "confirm_email_change.html",
    EmailChanged => "email_changed.html",
    MagicLink => "magic_link.html",
    Impersonation => "impersonation.html",
    Returning => "returning.html",
    Onward => "onward.html",
    SignedOut => "signed_out.html",
    Blocked => "blocked.html",
    Failure => "error.html",
    Home => "home.html",
    PortalOpening => "portal_opening.html",
    PortalOverview => "portal_overview.html",
    PortalConnections => "portal_connections.html",
    PortalConnection => "portal_connection.html",
    PortalTested => "portal_tested.html",
    PortalDomains => "portal_domains.html",
    PortalCertificates => "portal_certificates.html",
    PortalAuditLogs => "portal_audit_logs.html",
    PortalExport => "portal_export.html",
    PortalStreams => "portal_streams.html",
    PortalNewStream => "portal_new_stream.html",
    PortalDone => "portal_done.html",
}
