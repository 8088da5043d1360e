//! The operations on waitlists, as the newest SDKs call them.
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use vestibule_kernel::Method::{Delete, Get, Post, Put};
use vestibule_kernel::id::{WaitlistEntryId, WaitlistId};
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::setting::{Showable, Shown};
use vestibule_kernel::{Code, Created, Cx, Error, Fine, Kind, NoContent, Operation, Result, Route};

use super::{EntryState, NewEntry, Waitlist, WaitlistEntry, WaitlistSettings, store};
use crate::users::{self, EmailAddress};

const USER_EXISTS: Code = "user_already_exists";
const INVALID_STATE: Code = "invalid_state";

/// What names the default waitlist.
const DEFAULT: &str = "default";
const FIELDS_MAX: usize = 50;
const KEY_CHARS_MAX: usize = 40;
const VALUE_CHARS_MAX: usize = 600;

/// The waitlist of this id, or the default one.
fn find(cx: &mut Cx<'_>, id: &WaitlistId) -> Result<Waitlist> {
    let found = match id.as_str() {
        DEFAULT => store::get_default(cx)?,
        _ => store::get(cx, id)?,
    };
    found.ok_or_else(|| Error::not_found("Waitlist", id))
}

fn find_entry(cx: &mut Cx<'_>, id: &WaitlistEntryId) -> Result<WaitlistEntry> {
    store::get_entry(cx, id)?.ok_or_else(|| Error::not_found("Waitlist entry", id))
}

/// List the waitlists of the environment
#[derive(Deserialize, JsonSchema)]
pub struct ListWaitlists {}

impl Operation for ListWaitlists {
    const ID: &'static str = "waitlists.list";
    const ROUTE: Route = Route(Get, "/user_management/waitlists");
    const EXTENSION: bool = true;
    type Reply = Fine<Page<Waitlist>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {} = self;
        store::list(cx).map(Page::whole).map(Fine)
    }
}

/// Get a waitlist
#[derive(Deserialize, JsonSchema)]
pub struct GetWaitlist {
    /// The ID of the waitlist, or `default`, which begins with its first entry
    id: WaitlistId,
}

impl Operation for GetWaitlist {
    const ID: &'static str = "waitlists.get";
    const ROUTE: Route = Route(Get, "/user_management/waitlists/{id}");
    const EXTENSION: bool = true;
    type Reply = Fine<Waitlist>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        find(cx, &self.id).map(Fine)
    }
}

/// List who is on a waitlist, newest first
#[derive(Deserialize, JsonSchema)]
pub struct ListWaitlistEntries {
    /// The ID of the waitlist, or `default`
    id: WaitlistId,
    #[serde(flatten)]
    paging: Paging,
    /// Only entries in this state
    state: Option<EntryState>,
    /// Only the entry of this address, in any case
    #[schemars(length(max = 320))]
    email: Option<String>,
}

impl Operation for ListWaitlistEntries {
    const ID: &'static str = "waitlist_entries.list";
    const ROUTE: Route = Route(Get, "/user_management/waitlists/{id}/entries");
    const EXTENSION: bool = true;
    type Reply = Fine<Page<WaitlistEntry>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id, paging, state, email } = self;
        let waitlist = find(cx, &id)?;
        store::list_entries(cx, &paging, &waitlist.id, state, email.as_deref()).map(Fine)
    }
}

/// Put an address on a waitlist
///
/// An address waits once in an environment: one that does already is answered as it is.
#[derive(Deserialize, JsonSchema)]
pub struct CreateWaitlistEntry {
    /// The ID of the waitlist, or `default`, which begins with its first entry
    id: WaitlistId,
    /// The address
    #[schemars(length(max = 320), extend("format" = "email"))]
    email: String,
    /// What else they gave: 50 pairs, keys of 40 characters and values of 600 at the most
    #[schemars(extend("maxProperties" = FIELDS_MAX))]
    additional_fields: Option<BTreeMap<String, String>>,
    /// Whether to mail them that they are on the waitlist
    send_confirmation_email: Option<bool>,
}

impl Operation for CreateWaitlistEntry {
    const ID: &'static str = "waitlist_entries.create";
    const ROUTE: Route = Route(Post, "/user_management/waitlists/{id}/entries");
    const EXTENSION: bool = true;
    const FAILS: &'static [Code] = &[USER_EXISTS];
    type Reply = Created<WaitlistEntry>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id, email, additional_fields, send_confirmation_email } = self;
        if id.as_str() != DEFAULT {
            find(cx, &id)?;
        }
        let email = EmailAddress::parse(&email).ok_or_else(|| {
            let why = format!("'{email}' is not an e-mail address.");
            Error::invalid_field("email", "invalid_email", why)
        })?;
        let additional_fields = additional_fields.unwrap_or_default();
        check_fields(&additional_fields)?;
        if users::get_by_email(cx, email.as_str())?.is_some() {
            let text = format!("'{}' has an account already.", email.as_str());
            return Err(Error::new(Kind::Invalid, USER_EXISTS, text));
        }
        let confirm = send_confirmation_email.unwrap_or(false);
        super::join(cx, NewEntry { email, additional_fields, confirm }).map(Created)
    }
}

fn check_fields(fields: &BTreeMap<String, String>) -> Result<()> {
    for (key, value) in fields {
        if key.is_empty() || key.chars().count() > KEY_CHARS_MAX {
            let text = format!("A key has 1 to {KEY_CHARS_MAX} characters.");
            return Err(Error::invalid_field("additional_fields", "invalid", text));
        }
        if value.chars().count() > VALUE_CHARS_MAX {
            let text = format!("The value of '{key}' has more than {VALUE_CHARS_MAX} characters.");
            return Err(Error::invalid_field("additional_fields", "too_long", text));
        }
    }
    Ok(())
}

/// Approve a waitlist entry, and invite its address
///
/// A denied entry can be approved too. Who has an account or an invitation by now gets no other.
#[derive(Deserialize, JsonSchema)]
pub struct ApproveWaitlistEntry {
    /// The ID of the entry
    id: WaitlistEntryId,
}

impl Operation for ApproveWaitlistEntry {
    const ID: &'static str = "waitlist_entries.approve";
    const ROUTE: Route = Route(Post, "/user_management/waitlist_entries/{id}/approve");
    const EXTENSION: bool = true;
    const FAILS: &'static [Code] = &[INVALID_STATE];
    type Reply = Fine<WaitlistEntry>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let from = [EntryState::Pending, EntryState::Denied];
        decide(cx, &self.id, &from, "It was approved already.", super::approve)
    }
}

/// Deny a waitlist entry that is pending
#[derive(Deserialize, JsonSchema)]
pub struct DenyWaitlistEntry {
    /// The ID of the entry
    id: WaitlistEntryId,
}

impl Operation for DenyWaitlistEntry {
    const ID: &'static str = "waitlist_entries.deny";
    const ROUTE: Route = Route(Post, "/user_management/waitlist_entries/{id}/deny");
    const EXTENSION: bool = true;
    const FAILS: &'static [Code] = &[INVALID_STATE];
    type Reply = Fine<WaitlistEntry>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let from = [EntryState::Pending];
        decide(cx, &self.id, &from, "Only a pending entry can be denied.", super::deny)
    }
}

/// Decides about an entry that is in one of these states; about no other.
fn decide(
    cx: &mut Cx<'_>,
    id: &WaitlistEntryId,
    from: &[EntryState],
    otherwise: &'static str,
    change: fn(&mut Cx<'_>, WaitlistEntry) -> Result<WaitlistEntry>,
) -> Result<Fine<WaitlistEntry>> {
    let entry = find_entry(cx, id)?;
    if !from.contains(&entry.state) {
        return Err(Error::new(Kind::Invalid, INVALID_STATE, otherwise));
    }
    change(cx, entry).map(Fine)
}

/// Take an address off its waitlist
///
/// An invitation that came of it stays; revoke it to take that back too.
#[derive(Deserialize, JsonSchema)]
pub struct DeleteWaitlistEntry {
    /// The ID of the entry
    id: WaitlistEntryId,
}

impl Operation for DeleteWaitlistEntry {
    const ID: &'static str = "waitlist_entries.delete";
    const ROUTE: Route = Route(Delete, "/user_management/waitlist_entries/{id}");
    const EXTENSION: bool = true;
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id } = self;
        if store::delete(cx, &id)? {
            return Ok(NoContent);
        }
        Err(Error::not_found("Waitlist entry", &id))
    }
}

impl Showable for WaitlistSettings {
    const OBJECT: &'static str = "waitlist_settings";
}

/// Get the settings of waitlists
#[derive(Deserialize, JsonSchema)]
pub struct GetWaitlistSettings {}

impl Operation for GetWaitlistSettings {
    const ID: &'static str = "waitlist_settings.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/waitlist_settings");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown<WaitlistSettings>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {} = self;
        cx.setting().map(Shown::new).map(Fine)
    }
}

/// Change the settings of waitlists
#[derive(Deserialize, JsonSchema)]
pub struct UpdateWaitlistSettings {
    /// Whether those who join may be mailed that they did
    confirmation_email: Option<bool>,
}

impl Operation for UpdateWaitlistSettings {
    const ID: &'static str = "waitlist_settings.update";
    const ROUTE: Route = Route(Put, "/vestibule/v1/waitlist_settings");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown<WaitlistSettings>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { confirmation_email } = self;
        let mut settings: WaitlistSettings = cx.setting()?;
        settings.confirmation_email = confirmation_email.unwrap_or(settings.confirmation_email);
        cx.set(&settings)?;
        Ok(Fine(Shown::new(settings)))
    }
}
