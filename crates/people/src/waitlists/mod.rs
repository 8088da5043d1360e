//! Waitlists: who wants an account where nobody makes one for themselves.
//!
//! - An address waits once in an environment. Who asks again is told the same, and nothing changes.
//! - Approving invites: the invitation, not the entry, is what lets somebody in. A denied entry may
//!   be approved after all.
//! - The default waitlist begins with its first entry.
mod operations;
mod store;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::event::Event;
use vestibule_kernel::id::{WaitlistEntryId, WaitlistId};
use vestibule_kernel::setting::Setting;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Op, Result, op};
use vestibule_messages::Mail;

use crate::invitations::{self, NewInvitation};
use crate::users::{self, EmailAddress};

pub use operations::{
    ApproveWaitlistEntry, CreateWaitlistEntry, DeleteWaitlistEntry, DenyWaitlistEntry, GetWaitlist,
    GetWaitlistSettings, ListWaitlistEntries, ListWaitlists, UpdateWaitlistSettings,
};

/// The operations of this domain.
pub const OPERATIONS: &[Op] = &[
    op::<ListWaitlists>(),
    op::<GetWaitlist>(),
    op::<ListWaitlistEntries>(),
    op::<CreateWaitlistEntry>(),
    op::<DenyWaitlistEntry>(),
    op::<ApproveWaitlistEntry>(),
    op::<DeleteWaitlistEntry>(),
    op::<GetWaitlistSettings>(),
    op::<UpdateWaitlistSettings>(),
];

/// Somebody joined a waitlist.
pub const CREATED: Event<WaitlistUser> = Event::new("waitlist_user.created");
/// Somebody who waited was approved.
pub const APPROVED: Event<WaitlistUser> = Event::new("waitlist_user.approved");
/// Somebody who waited was denied.
pub const DENIED: Event<WaitlistUser> = Event::new("waitlist_user.denied");

/// The settings of waitlists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(inline)]
pub struct WaitlistSettings {
    /// Whether those who join may be mailed that they did
    pub confirmation_email: bool,
}

impl Default for WaitlistSettings {
    fn default() -> Self {
        Self { confirmation_email: true }
    }
}

impl Setting for WaitlistSettings {
    const NAME: &'static str = "waitlists";
}

/// A waitlist
#[derive(Debug, Serialize, JsonSchema)]
pub struct Waitlist {
    /// Always `waitlist`
    #[schemars(extend("const" = "waitlist"))]
    pub object: &'static str,
    /// ID of the waitlist
    pub id: WaitlistId,
    /// When the waitlist was created
    pub created_at: Time,
    /// When the waitlist was last updated
    pub updated_at: Time,
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum EntryState {
    /// Nothing yet.
    Pending,
    /// They were invited.
    Approved,
    /// They were not.
    Denied,
}

impl EntryState {
    const ALL: [Self; 3] = [Self::Pending, Self::Approved, Self::Denied];
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Denied => "denied",
        }
    }
}

/// An address on a waitlist
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WaitlistEntry {
    /// Always `waitlist_entry`
    #[schemars(extend("const" = "waitlist_entry"))]
    pub object: &'static str,
    /// ID of the entry
    pub id: WaitlistEntryId,
    /// Address that waits
    pub email: String,
    /// What became of the entry
    pub state: EntryState,
    /// When the entry was approved
    pub approved_at: Option<Time>,
    /// ID of the waitlist
    pub waitlist_id: WaitlistId,
    /// What else was given when they joined
    pub additional_fields: BTreeMap<String, String>,
    /// When the entry was created
    pub created_at: Time,
    /// When the entry was last updated
    pub updated_at: Time,
}

/// What events tell of an entry.
#[derive(Clone, Debug, Serialize)]
pub struct WaitlistUser {
    object: &'static str,
    id: WaitlistEntryId,
    email: String,
    state: EntryState,
    approved_at: Option<Time>,
    waitlist_id: WaitlistId,
    created_at: Time,
    updated_at: Time,
}

impl From<&WaitlistEntry> for WaitlistUser {
    fn from(it: &WaitlistEntry) -> Self {
        Self {
            object: "waitlist_user",
            id: it.id.clone(),
            email: it.email.clone(),
            state: it.state,
            approved_at: it.approved_at,
            waitlist_id: it.waitlist_id.clone(),
            created_at: it.created_at,
            updated_at: it.updated_at,
        }
    }
}

/// Somebody who wants to wait.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// Their address.
    pub email: EmailAddress,
    /// What else they gave.
    pub additional_fields: BTreeMap<String, String>,
    /// Whether they are mailed that they wait.
    pub confirm: bool,
}

/// Puts an address on the default waitlist; one that is on it already stays as it is.
pub fn join(cx: &mut Cx<'_>, new: NewEntry) -> Result<WaitlistEntry> {
    let waitlist = store::ensure_default(cx)?;
    let NewEntry { email, additional_fields, confirm } = new;
    if let Some(found) = store::get_by_email(cx, &email.folded())? {
        return Ok(found);
    }
    let entry = WaitlistEntry {
        object: "waitlist_entry",
        id: WaitlistEntryId::new(cx),
        email: email.as_str().to_owned(),
        state: EntryState::Pending,
        approved_at: None,
        waitlist_id: waitlist.id,
        additional_fields,
        created_at: cx.now(),
        updated_at: cx.now(),
    };
    store::insert(cx, &entry)?;
    cx.emit(&CREATED, &WaitlistUser::from(&entry))?;
    if confirm && cx.setting::<WaitlistSettings>()?.confirmation_email {
        vestibule_messages::send(cx, &entry.email, Mail::WaitlistConfirmation)?;
    }
    Ok(entry)
}

/// The same for somebody who came to a page: who has an account already, or waits, changes nothing.
pub fn join_by_page(cx: &mut Cx<'_>, email: &EmailAddress) -> Result<()> {
    if users::get_by_email(cx, email.as_str())?.is_some() {
        return Ok(());
    }
    let additional_fields = BTreeMap::new();
    join(cx, NewEntry { email: email.clone(), additional_fields, confirm: true }).map(|_| ())
}

/// Approves an entry, and invites whoever has neither an account nor an invitation.
fn approve(cx: &mut Cx<'_>, entry: WaitlistEntry) -> Result<WaitlistEntry> {
    let entry = WaitlistEntry { approved_at: Some(cx.now()), ..entry };
    let entry = change(cx, entry, EntryState::Approved, &APPROVED)?;
    let known = users::get_by_email(cx, &entry.email)?.is_some();
    // Who cannot be mailed is approved all the same, as the official API has it.
    let reachable = invitations::is_deliverable(&entry.email);
    if reachable && !known && !invitations::is_invited(cx, &entry.email)? {
        invitations::create(cx, NewInvitation::to_sign_up(&entry.email))?;
    }
    Ok(entry)
}

/// Denies an entry.
fn deny(cx: &mut Cx<'_>, entry: WaitlistEntry) -> Result<WaitlistEntry> {
    change(cx, entry, EntryState::Denied, &DENIED)
}

fn change(
    cx: &mut Cx<'_>,
    entry: WaitlistEntry,
    state: EntryState,
    event: &Event<WaitlistUser>,
) -> Result<WaitlistEntry> {
    let entry = WaitlistEntry { state, updated_at: cx.now(), ..entry };
    store::update(cx, &entry)?;
    cx.emit(event, &WaitlistUser::from(&entry))?;
    Ok(entry)
}
