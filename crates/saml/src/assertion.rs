//! What an assertion says, once it is known whose it is, and whether it says it to us and now.

use crate::algorithms::{ASSERTION, BEARER, ENTITY, XSI};
use crate::instant;
use crate::refused::{Excerpt, Refused};
use crate::response::{Envelope, Expected, check_answer, check_issuer};
use crate::xml::Node;

/// Longer than any name; names are keys of ours.
const NAME_BYTES_MAX: usize = 2048;

/// Who signed in, by the word of an identity provider (saml-core §2.3.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// Its own ID, which is accepted once.
    pub id: String,
    /// The name of the identity provider.
    pub issuer: String,
    /// The person (saml-core §2.2.3).
    pub name_id: String,
    /// What kind of name that is, if it says so.
    pub name_id_format: Option<String>,
    /// The session at the identity provider (saml-core §2.7.2).
    pub session_index: Option<String>,
    /// What else is known of the person, in the order of the document (saml-core §2.7.3).
    pub attributes: Vec<Attribute>,
    /// The request that it answers.
    pub in_response_to: Option<String>,
    /// From when on it would be refused for its age, in milliseconds since 1970: how long its ID
    /// must be remembered.
    pub not_on_or_after_ms: i64,
}

/// An attribute with its values (saml-core §2.7.3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// A name for people, which some identity providers use for the name.
    pub friendly_name: Option<String>,
    /// Its values, as text.
    pub values: Vec<String>,
}

/// Reads an assertion that is signed.
pub(crate) fn read(
    assertion: Node<'_>,
    envelope: &Envelope<'_>,
    expected: &Expected<'_>,
) -> Result<Assertion, Refused> {
    if assertion.attribute("Version") != Some("2.0") {
        return Err(Refused::Malformed("the assertion is not of SAML 2.0"));
    }
    check_begun(required_instant(assertion, "IssueInstant")?, expected)?;
    let issuer = issuer(assertion, expected)?;
    let subject = only(assertion, "Subject", "the assertion does not have one subject")?;
    let conditions = only(assertion, "Conditions", "the assertion does not have conditions once")?;
    let conditions_end = check_conditions(conditions, expected)?;
    let subject_end = check_confirmations(subject, envelope, expected)?;
    let end_ms = conditions_end.map_or(subject_end, |it| it.min(subject_end));
    let (name_id, name_id_format) = name(subject)?;
    Ok(Assertion {
        id: assertion.attribute("ID").ok_or(Refused::Malformed("the assertion has no ID"))?.into(),
        issuer,
        name_id,
        name_id_format,
        session_index: check_statements(assertion, expected)?,
        attributes: attributes(assertion)?,
        in_response_to: match expected.answers {
            crate::Answers::Solicited { id } => Some(id.to_owned()),
            crate::Answers::Unsolicited => None,
        },
        not_on_or_after_ms: end_ms.saturating_add(expected.leeway_ms),
    })
}

fn only<'d>(parent: Node<'d>, name: &str, missing: &'static str) -> Result<Node<'d>, Refused> {
    parent.only(ASSERTION, name).ok_or(Refused::Malformed(missing))
}

fn issuer(assertion: Node<'_>, expected: &Expected<'_>) -> Result<String, Refused> {
    check_issuer(assertion, expected)?;
    let issuer = only(assertion, "Issuer", "the assertion does not have one issuer")?;
    if issuer.attribute("Format").is_some_and(|it| it != ENTITY) {
        return Err(Refused::Malformed("the issuer is not an entity"));
    }
    match issuer.text() {
        Some(it) if !it.is_empty() && it.len() <= NAME_BYTES_MAX => Ok(it),
        _ => Err(Refused::Malformed("the assertion does not have one issuer")),
    }
}

/// The name, whole: a comment inside does not end it, and an element inside is refused.
fn name(subject: Node<'_>) -> Result<(String, Option<String>), Refused> {
    let name = subject.only(ASSERTION, "NameID").ok_or(Refused::NoName)?;
    match name.text() {
        Some(it) if !it.is_empty() && it.len() <= NAME_BYTES_MAX => {
            Ok((it, name.attribute("Format").map(str::to_owned)))
        }
        _ => Err(Refused::NoName),
    }
}

/// The conditions hold, and one of them is that it is for us (saml-core §2.5.1, saml-profiles
/// §4.1.4.2). Returns when they end.
fn check_conditions(conditions: Node<'_>, expected: &Expected<'_>) -> Result<Option<i64>, Refused> {
    if let Some(beginning) = optional_instant(conditions, "NotBefore")? {
        check_begun(beginning, expected)?;
    }
    let end = optional_instant(conditions, "NotOnOrAfter")?;
    if let Some(end) = end {
        check_not_ended(end, expected)?;
    }
    let mut is_for_us = false;
    for condition in conditions.elements() {
        match condition.local_name() {
            "AudienceRestriction" if condition.is_in(ASSERTION) => {
                check_audience(condition, expected)?;
                is_for_us = true;
            }
            // They restrict what else may be done with it: we keep no assertion and pass none on,
            // and each is used once.
            "OneTimeUse" | "ProxyRestriction" if condition.is_in(ASSERTION) => {}
            other => return Err(Refused::Condition(Excerpt::of(other))),
        }
    }
    if is_for_us { Ok(end) } else { Err(Refused::Audience(Excerpt::of("nobody in particular"))) }
}

fn check_audience(restriction: Node<'_>, expected: &Expected<'_>) -> Result<(), Refused> {
    let audiences: Vec<String> =
        restriction.elements_named(ASSERTION, "Audience").filter_map(Node::text).collect();
    if audiences.contains(&expected.service_provider.entity_id) {
        return Ok(());
    }
    Err(Refused::Audience(Excerpt::of(&audiences.join(", "))))
}

/// One confirmation says that whoever brings it to us now is the subject (saml-profiles §4.1.4.3).
/// Returns when the last of them ends, for one that is not for now may be for later.
fn check_confirmations(
    subject: Node<'_>,
    envelope: &Envelope<'_>,
    expected: &Expected<'_>,
) -> Result<i64, Refused> {
    let is_answered = envelope.check_answer(expected)?;
    let mut last_end = None;
    let mut verdict = Err(Refused::Malformed("no confirmation of the subject is of the bearer"));
    for confirmation in subject.elements_named(ASSERTION, "SubjectConfirmation") {
        if confirmation.attribute("Method") != Some(BEARER) {
            continue;
        }
        let data = only(
            confirmation,
            "SubjectConfirmationData",
            "a confirmation of the subject has no data",
        )?;
        let end = required_instant(data, "NotOnOrAfter")?;
        last_end = last_end.max(Some(end));
        if verdict.is_err() {
            verdict = check_confirmation(data, end, is_answered, expected);
        }
    }
    verdict?;
    last_end.ok_or(Refused::Malformed("no confirmation of the subject is of the bearer"))
}

fn check_confirmation(
    data: Node<'_>,
    end: i64,
    is_answered: bool,
    expected: &Expected<'_>,
) -> Result<(), Refused> {
    let recipient = data.attribute("Recipient").unwrap_or_default();
    if recipient != expected.service_provider.acs_url {
        return Err(Refused::Recipient(Excerpt::of(recipient)));
    }
    check_not_ended(end, expected)?;
    if let Some(beginning) = optional_instant(data, "NotBefore")? {
        check_begun(beginning, expected)?;
    }
    let is_answered = check_answer(data.attribute("InResponseTo"), expected)? || is_answered;
    match expected.answers {
        crate::Answers::Solicited { .. } if !is_answered => Err(Refused::Unsolicited),
        _ => Ok(()),
    }
}

/// Somebody signed in, and their session has not ended. Returns the session.
fn check_statements(
    assertion: Node<'_>,
    expected: &Expected<'_>,
) -> Result<Option<String>, Refused> {
    let mut statements = assertion.elements_named(ASSERTION, "AuthnStatement").peekable();
    if statements.peek().is_none() {
        return Err(Refused::Malformed("the assertion does not say that anybody signed in"));
    }
    let mut session_index = None;
    for statement in statements {
        if let Some(end) = optional_instant(statement, "SessionNotOnOrAfter")?
            && is_over(end, expected)
        {
            return Err(Refused::SessionEnded(end));
        }
        let index = statement.attribute("SessionIndex").filter(|it| it.len() <= NAME_BYTES_MAX);
        session_index = session_index.or(index.map(str::to_owned));
    }
    Ok(session_index)
}

fn attributes(assertion: Node<'_>) -> Result<Vec<Attribute>, Refused> {
    let statements = assertion.elements_named(ASSERTION, "AttributeStatement");
    let found = statements.flat_map(|it| it.elements_named(ASSERTION, "Attribute"));
    found.map(attribute).collect()
}

fn attribute(attribute: Node<'_>) -> Result<Attribute, Refused> {
    let name = attribute.attribute("Name").map(str::trim_ascii).filter(|it| !it.is_empty());
    let values = attribute.elements_named(ASSERTION, "AttributeValue");
    let is_nil = |it: &Node<'_>| matches!(it.attribute_in(XSI, "nil"), Some("true" | "1"));
    Ok(Attribute {
        name: name.ok_or(Refused::Malformed("an attribute has no name"))?.to_owned(),
        friendly_name: attribute.attribute("FriendlyName").map(str::to_owned),
        // A value may hold a name in an element (saml-core §2.7.3.1.1); its text is what counts.
        values: values.filter(|it| !is_nil(it)).map(Node::text_of_all).collect(),
    })
}

fn required_instant(element: Node<'_>, name: &str) -> Result<i64, Refused> {
    optional_instant(element, name)?.ok_or(Refused::Malformed("an instant is missing"))
}

fn optional_instant(element: Node<'_>, name: &str) -> Result<Option<i64>, Refused> {
    let Some(text) = element.attribute(name) else { return Ok(None) };
    match instant::read(text) {
        Some(it) => Ok(Some(it)),
        None => Err(Refused::Malformed("an instant is not of the form 2026-01-31T12:00:00Z")),
    }
}

fn check_begun(beginning: i64, expected: &Expected<'_>) -> Result<(), Refused> {
    if beginning > expected.now_ms.saturating_add(expected.leeway_ms) {
        return Err(Refused::NotYetValid(beginning));
    }
    Ok(())
}

fn check_not_ended(end: i64, expected: &Expected<'_>) -> Result<(), Refused> {
    if is_over(end, expected) { Err(Refused::Expired(end)) } else { Ok(()) }
}

/// The end does not belong to the time any more (saml-core §2.5.1.2).
fn is_over(end: i64, expected: &Expected<'_>) -> bool {
    expected.now_ms >= end.saturating_add(expected.leeway_ms)
}
