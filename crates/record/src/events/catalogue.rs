//! Every event there is, by name (contract 10).
use schemars::{Schema, SchemaGenerator, json_schema};

/// An event of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    /// Its name, such as `organization.created`.
    pub name: &'static str,
    /// Whether a webhook endpoint may subscribe to it.
    pub webhook: bool,
}

impl Name {
    const fn subscribable(name: &'static str) -> Self {
        Self { name, webhook: true }
    }
    /// Found in the events list and delivered to nobody.
    const fn listed(name: &'static str) -> Self {
        Self { name, webhook: false }
    }
}

/// The event of this name.
pub fn get(name: &str) -> Option<&'static Name> {
    let official = NAMES.binary_search_by(|it| it.name.cmp(name)).ok().map(|at| &NAMES[at]);
    official.or_else(|| OURS.iter().find(|it| it.name == name))
}

/// What the names begin with of events that are listed and delivered to who names them, and to nobody
/// else. An official client need not know ours; and those of feature flags say by newer names what
/// `flag.created` and its like say, which nobody should be told twice.
pub(crate) const ONLY_BY_NAME: &[&str] = &["vestibule.", "feature_flags."];

/// Whether an event comes also to who names none.
pub(crate) fn comes_unnamed(name: &str) -> bool {
    !ONLY_BY_NAME.iter().any(|it| name.starts_with(it))
}

/// Events that the official API does not have.
pub const OURS: &[Name] = &[
    Name::subscribable("vestibule.session.outgrew_cookie"),
    Name::subscribable("vestibule.webhook_endpoint.disabled"),
];

fn all() -> impl Iterator<Item = &'static Name> {
    NAMES.iter().chain(OURS)
}

/// The schema of a name that a webhook endpoint may subscribe to.
pub(crate) fn subscribable(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<&str> = all().filter(|it| it.webhook).map(|it| it.name).collect();
    json_schema!({ "type": "string", "enum": names })
}

/// The schema of any name.
pub(crate) fn any(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<&str> = all().map(|it| it.name).collect();
    json_schema!({ "type": "string", "enum": names })
}

/// All events of the official API, in the order of their names.
#[rustfmt::skip]
pub const NAMES: &[Name] = &[
    Name::listed("action.authentication.denied"),
    Name::listed("action.user_registration.denied"),
    Name::subscribable("agent.blueprint.created"),
    Name::subscribable("agent.blueprint.deleted"),
    Name::subscribable("agent.blueprint.updated"),
    Name::subscribable("agent.instance.created"),
    Name::subscribable("agent.instance.deleted"),
    Name::subscribable("agent.instance.session.created"),
    Name::subscribable("agent.instance.session.revoked"),
    Name::subscribable("agent.registration.claim.attempt.created"),
    Name::subscribable("agent.registration.claim.completed"),
    Name::subscribable("agent.registration.created"),
    Name::subscribable("agent.registration.credential.issued"),
    Name::subscribable("agent.registration.deleted"),
    Name::subscribable("agent.registration.expired"),
    Name::subscribable("agent.registration.organization.switched"),
    Name::subscribable("agent.registration.refreshed"),
    Name::subscribable("agent.registration.revoked"),
    Name::subscribable("api_key.created"),
    Name::subscribable("api_key.revoked"),
    Name::subscribable("api_key.updated"),
    Name::listed("authentication.email_verification_failed"),
    Name::subscribable("authentication.email_verification_succeeded"),
    Name::subscribable("authentication.magic_auth_failed"),
    Name::subscribable("authentication.magic_auth_succeeded"),
    Name::listed("authentication.mfa_failed"),
    Name::subscribable("authentication.mfa_succeeded"),
    Name::subscribable("authentication.oauth_failed"),
    Name::subscribable("authentication.oauth_succeeded"),
    Name::subscribable("authentication.passkey_failed"),
    Name::subscribable("authentication.passkey_succeeded"),
    Name::subscribable("authentication.password_failed"),
    Name::subscribable("authentication.password_succeeded"),
    Name::subscribable("authentication.radar_risk_detected"),
    Name::subscribable("authentication.reauthentication_succeeded"),
    Name::subscribable("authentication.sso_failed"),
    Name::subscribable("authentication.sso_started"),
    Name::subscribable("authentication.sso_succeeded"),
    Name::subscribable("authentication.sso_timed_out"),
    Name::subscribable("connection.activated"),
    Name::subscribable("connection.deactivated"),
    Name::subscribable("connection.deleted"),
    Name::subscribable("connection.saml_certificate_renewal_required"),
    Name::subscribable("connection.saml_certificate_renewed"),
    Name::subscribable("dsync.activated"),
    Name::subscribable("dsync.deleted"),
    Name::subscribable("dsync.group.created"),
    Name::subscribable("dsync.group.deleted"),
    Name::subscribable("dsync.group.updated"),
    Name::subscribable("dsync.group.user_added"),
    Name::subscribable("dsync.group.user_removed"),
    Name::listed("dsync.token.created"),
    Name::listed("dsync.token.revoked"),
    Name::subscribable("dsync.user.created"),
    Name::subscribable("dsync.user.deleted"),
    Name::subscribable("dsync.user.updated"),
    Name::subscribable("email_verification.created"),
    Name::subscribable("feature_flags.flag.created"),
    Name::subscribable("feature_flags.flag.deleted"),
    Name::subscribable("feature_flags.flag.updated"),
    Name::subscribable("feature_flags.flag_rule.created"),
    Name::subscribable("feature_flags.flag_rule.deleted"),
    Name::subscribable("feature_flags.flag_rule.updated"),
    Name::subscribable("feature_flags.flag_target.created"),
    Name::subscribable("feature_flags.flag_target.deleted"),
    Name::subscribable("flag.created"),
    Name::subscribable("flag.deleted"),
    Name::subscribable("flag.rule_updated"),
    Name::subscribable("flag.updated"),
    Name::subscribable("group.created"),
    Name::subscribable("group.deleted"),
    Name::subscribable("group.member_added"),
    Name::subscribable("group.member_removed"),
    Name::subscribable("group.updated"),
    Name::subscribable("invitation.accepted"),
    Name::subscribable("invitation.created"),
    Name::subscribable("invitation.resent"),
    Name::subscribable("invitation.revoked"),
    Name::subscribable("magic_auth.created"),
    Name::subscribable("organization.created"),
    Name::subscribable("organization.deleted"),
    Name::subscribable("organization.updated"),
    Name::subscribable("organization_domain.created"),
    Name::subscribable("organization_domain.deleted"),
    Name::subscribable("organization_domain.updated"),
    Name::subscribable("organization_domain.verification_failed"),
    Name::subscribable("organization_domain.verified"),
    Name::subscribable("organization_membership.created"),
    Name::subscribable("organization_membership.deleted"),
    Name::subscribable("organization_membership.updated"),
    Name::subscribable("organization_role.created"),
    Name::subscribable("organization_role.deleted"),
    Name::subscribable("organization_role.updated"),
    Name::subscribable("password_reset.created"),
    Name::subscribable("password_reset.succeeded"),
    Name::subscribable("permission.created"),
    Name::subscribable("permission.deleted"),
    Name::subscribable("permission.updated"),
    Name::subscribable("pipes.account_connection.add_failed"),
    Name::subscribable("pipes.account_connection.connected"),
    Name::subscribable("pipes.account_connection.connection_failed"),
    Name::subscribable("pipes.account_connection.disconnected"),
    Name::subscribable("pipes.account_connection.reauthorization_needed"),
    Name::subscribable("pipes.connected_account.connected"),
    Name::subscribable("pipes.connected_account.connection_failed"),
    Name::subscribable("pipes.connected_account.disconnected"),
    Name::subscribable("pipes.connected_account.reauthorization_needed"),
    Name::subscribable("radar.challenge_created"),
    Name::listed("resource_export.completed"),
    Name::listed("resource_export.created"),
    Name::listed("resource_export.downloaded"),
    Name::listed("resource_export.failed"),
    Name::subscribable("role.created"),
    Name::subscribable("role.deleted"),
    Name::subscribable("role.updated"),
    Name::subscribable("session.created"),
    Name::subscribable("session.revoked"),
    Name::subscribable("user.created"),
    Name::subscribable("user.deleted"),
    Name::subscribable("user.updated"),
    Name::listed("vault.byok_key.deleted"),
    Name::listed("vault.byok_key.verification_completed"),
    Name::listed("vault.data.created"),
    Name::listed("vault.data.deleted"),
    Name::listed("vault.data.read"),
    Name::listed("vault.data.updated"),
    Name::listed("vault.dek.decrypted"),
    Name::listed("vault.dek.read"),
    Name::listed("vault.dek.rekeyed"),
    Name::listed("vault.kek.created"),
    Name::listed("vault.kek.deleted"),
    Name::listed("vault.metadata.read"),
    Name::listed("vault.names.listed"),
    Name::subscribable("waitlist_user.approved"),
    Name::subscribable("waitlist_user.created"),
    Name::subscribable("waitlist_user.denied"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::Value;

    use super::*;

    #[test]
    fn the_catalogue_is_that_of_the_contract() {
        let facts = include_str!("../../../../contract/events.json");
        let facts: BTreeMap<String, Value> = serde_json::from_str(facts).unwrap();
        let theirs: Vec<(String, bool)> =
            facts.into_iter().map(|(name, it)| (name, it["webhook"] == true)).collect();
        let ours: Vec<(String, bool)> =
            NAMES.iter().map(|it| (it.name.to_owned(), it.webhook)).collect();
        assert_eq!(ours, theirs);
    }

    #[test]
    fn ours_have_our_prefix_and_come_to_who_names_them() {
        assert!(NAMES.iter().all(|it| !it.name.starts_with("vestibule.")));
        assert!(OURS.iter().all(|it| it.name.starts_with("vestibule.")));
        assert!(OURS.iter().all(|it| !comes_unnamed(it.name)));
        assert!(comes_unnamed("flag.created") && !comes_unnamed("feature_flags.flag.created"));
    }

    #[test]
    fn a_name_is_found_or_unknown() {
        assert_eq!(get("user.created"), Some(&Name::subscribable("user.created")));
        assert_eq!(get("vault.dek.read"), Some(&Name::listed("vault.dek.read")));
        assert_eq!(get(OURS[0].name), Some(&OURS[0]));
        assert_eq!(get("no.such.event"), None);
    }
}
