//! Lists of what is always let in, and of what never is.
//!
//! - An entry is kept in one form, so that it is found however it was written.
//! - A domain stands for all domains below it too, and an IP address may be a network.
//! - What is on both lists is let in.
use std::net::IpAddr;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use vestibule_kernel::Method::{Delete, Get, Post};
use vestibule_kernel::catalog::{IntoReply, Reply};
use vestibule_kernel::id::RadarListEntryId;
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Error, Fine, Input, Kind, NoContent, Operation, Result, Route};
use vestibule_people::domains::DomainName;
use vestibule_people::users::EmailAddress;

use super::names::{ListAction, ListType};
use super::store;

/// The longest entry, in bytes: that of a browser.
pub(super) const ENTRY_BYTES_MAX: usize = 2048;
/// The largest networks that an entry may name: a typing error must not close the world out.
const V4_PREFIX_BITS_MIN: u32 = 8;
const V6_PREFIX_BITS_MIN: u32 = 32;

/// An entry of a list
#[derive(Debug, Serialize, JsonSchema)]
pub struct RadarListEntry {
    /// Always `radar_list_entry`
    #[schemars(extend("const" = "radar_list_entry"))]
    pub object: &'static str,
    /// ID of the entry
    pub id: RadarListEntryId,
    /// What the list is about
    pub r#type: ListType,
    /// What is done with what is on the list
    pub action: ListAction,
    /// The entry, in the form in which it is looked for
    pub entry: String,
    /// When the entry was added
    pub created_at: Time,
}

/// What an attempt shows of itself that may be on a list.
#[derive(Clone, Copy, Debug)]
pub struct Traits<'a> {
    /// The e-mail address.
    pub email: &'a str,
    /// The address on the internet.
    pub ip_address: Option<&'a str>,
    /// The browser or program.
    pub user_agent: Option<&'a str>,
    /// The ID that the application has for the device.
    pub device_id: Option<&'a str>,
    /// What we know the device by.
    pub device_fingerprint: Option<&'a str>,
}

/// The form in which an entry is kept and looked for; none where it is not what the list is about.
pub fn normal(r#type: ListType, text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || text.len() > ENTRY_BYTES_MAX || text.contains(char::is_control) {
        return None;
    }
    match r#type {
        ListType::IpAddress => network(text),
        ListType::Domain => {
            let name = DomainName::fold(text)?.as_str().to_owned();
            name.contains('.').then_some(name)
        }
        ListType::Email => EmailAddress::parse(text).map(|it| it.folded()),
        ListType::Device | ListType::UserAgent | ListType::DeviceFingerprint => {
            Some(text.to_owned())
        }
        ListType::Country => {
            let good = text.len() == 2 && text.bytes().all(|it| it.is_ascii_alphabetic());
            good.then(|| text.to_ascii_uppercase())
        }
    }
}

/// An address, or a network as in `198.51.100.0/24`.
fn network(text: &str) -> Option<String> {
    let Some((address, bits)) = text.split_once('/') else {
        return text.parse::<IpAddr>().ok().map(|it| it.to_canonical().to_string());
    };
    let address = address.parse::<IpAddr>().ok()?.to_canonical();
    let bits: u32 = bits.parse().ok()?;
    let (min, max) = bounds(address);
    match bits {
        _ if bits == max => Some(address.to_string()),
        _ if (min..max).contains(&bits) => Some(format!("{}/{bits}", masked(address, bits))),
        _ => None,
    }
}

/// The entries that an attempt is under.
fn entries(traits: &Traits<'_>) -> Vec<(ListType, String)> {
    let Traits { email, ip_address, user_agent, device_id, device_fingerprint } = *traits;
    let mut found = vec![(ListType::Email, vestibule_people::users::fold(email))];
    let mut plain = |r#type, text: Option<&str>| {
        found.extend(text.and_then(|it| normal(r#type, it)).map(|it| (r#type, it)));
    };
    plain(ListType::UserAgent, user_agent);
    plain(ListType::Device, device_id);
    plain(ListType::DeviceFingerprint, device_fingerprint);
    if let Some(name) = email.rsplit_once('@').and_then(|it| DomainName::fold(it.1)) {
        let mut rest = name.as_str();
        while let Some((_, parent)) = rest.split_once('.') {
            found.push((ListType::Domain, rest.to_owned()));
            rest = parent;
        }
    }
    if let Some(address) = ip_address.and_then(|it| it.parse::<IpAddr>().ok()) {
        let address = address.to_canonical();
        let (min, max) = bounds(address);
        found.push((ListType::IpAddress, address.to_string()));
        let network = |bits| format!("{}/{bits}", masked(address, bits));
        found.extend((min..max).map(|bits| (ListType::IpAddress, network(bits))));
    }
    found
}

/// The shortest prefix of a network, and the whole length of an address.
const fn bounds(address: IpAddr) -> (u32, u32) {
    match address {
        IpAddr::V4(_) => (V4_PREFIX_BITS_MIN, u32::BITS),
        IpAddr::V6(_) => (V6_PREFIX_BITS_MIN, u128::BITS),
    }
}

/// An address without what comes after its first bits; `bits` is at least one.
fn masked(address: IpAddr, bits: u32) -> IpAddr {
    match address {
        IpAddr::V4(it) => IpAddr::V4((u32::from(it) & (u32::MAX << (u32::BITS - bits))).into()),
        IpAddr::V6(it) => IpAddr::V6((u128::from(it) & (u128::MAX << (u128::BITS - bits))).into()),
    }
}

/// On which list an attempt is.
pub fn find(cx: &mut Cx<'_>, traits: &Traits<'_>) -> Result<Option<(ListAction, ListType)>> {
    let found = store::listed(cx, &entries(traits))?;
    let of = |action| found.iter().find(|it| it.0 == action).copied();
    Ok(of(ListAction::Allow).or_else(|| of(ListAction::Block)))
}

fn check(r#type: ListType, entry: &str) -> Result<String> {
    normal(r#type, entry).ok_or_else(|| {
        let what = match r#type {
            ListType::IpAddress => {
                "an IP address, or a network of at least 8 bits (IPv6: 32 bits) such as \
                 198.51.100.0/24"
            }
            ListType::Domain => "a domain such as example.com",
            ListType::Email => "an e-mail address",
            ListType::Device | ListType::UserAgent | ListType::DeviceFingerprint => {
                "one line of text"
            }
            ListType::Country => "the two letters of a country, such as NL",
        };
        Error::plain(Kind::BadRequest, format!("The entry must be {what}."))
    })
}

/// Add an entry to a Radar list
///
/// What is on an allow list is let in, whatever else Radar notices; of what is on both lists too,
/// the allow list has the last word. A domain stands for all below it, and an IP address may be a
/// network.
#[derive(Deserialize, JsonSchema)]
pub struct AddListEntry {
    /// What the list is about
    r#type: ListType,
    /// What is done with what is on the list
    action: ListAction,
    /// What to add
    #[schemars(length(max = ENTRY_BYTES_MAX))]
    entry: String,
}

/// What became of an entry
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RadarListEntryAlreadyPresentResponse")]
pub struct Noted {
    /// What became of the entry, in words
    message: &'static str,
}

/// 201 for an entry that was added, 200 for one that was there.
//
// Quirk: the official description has 204 too, whose empty body makes official libraries fail that
// read the message of every answer.
#[derive(Debug)]
pub struct Added(bool);

impl IntoReply for Added {
    const STATUS: u16 = 200;

    fn reply(self) -> Result<Reply> {
        let Self(added) = self;
        let message = if added { "Entry added to list" } else { "Entry already present in list" };
        let reply = Fine(Noted { message }).reply()?;
        Ok(Reply { status: if added { 201 } else { 200 }, ..reply })
    }
    fn schema(g: &mut SchemaGenerator) -> Option<Schema> {
        Some(g.subschema_for::<Noted>())
    }
}

impl Operation for AddListEntry {
    const ID: &'static str = "radar_lists.add";
    const ROUTE: Route = Route(Post, "/radar/lists/{type}/{action}");
    const STATUSES: &'static [u16] = &[400];
    type Reply = Added;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { r#type, action, entry } = self;
        let entry = check(r#type, &entry)?;
        store::insert_entry(cx, r#type, action, &entry).map(Added)
    }
}

/// Remove an entry from a Radar list
#[derive(Deserialize, JsonSchema)]
pub struct RemoveListEntry {
    /// What the list is about
    r#type: ListType,
    /// What is done with what is on the list
    action: ListAction,
    /// What to remove
    #[schemars(length(max = ENTRY_BYTES_MAX))]
    entry: String,
}

impl Operation for RemoveListEntry {
    const ID: &'static str = "radar_lists.remove";
    const ROUTE: Route = Route(Delete, "/radar/lists/{type}/{action}");
    const INPUT: Input = Input::Body;
    const STATUSES: &'static [u16] = &[400, 404];
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { r#type, action, entry } = self;
        let normal = check(r#type, &entry)?;
        if store::delete_entry(cx, r#type, action, &normal)? {
            return Ok(NoContent);
        }
        Err(Error::plain(Kind::NotFound, format!("Entry not found: '{entry}'.")))
    }
}

/// List the entries of a Radar list
#[derive(Deserialize, JsonSchema)]
pub struct ListEntries {
    /// What the list is about
    r#type: ListType,
    /// What is done with what is on the list
    action: ListAction,
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListEntries {
    const ID: &'static str = "radar_lists.list";
    const ROUTE: Route = Route(Get, "/vestibule/v1/radar_lists/{type}/{action}");
    const EXTENSION: bool = true;
    type Reply = Fine<Page<RadarListEntry>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { r#type, action, paging } = self;
        store::list_entries(cx, &paging, r#type, action).map(Fine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_has_one_form_however_it_is_written() {
        for (r#type, text, form) in [
            (ListType::IpAddress, " 198.51.100.42 ", "198.51.100.42"),
            (ListType::IpAddress, "::ffff:198.51.100.42", "198.51.100.42"),
            (ListType::IpAddress, "2001:DB8:0::1", "2001:db8::1"),
            (ListType::IpAddress, "198.51.100.42/24", "198.51.100.0/24"),
            (ListType::IpAddress, "198.51.100.42/32", "198.51.100.42"),
            (ListType::IpAddress, "2001:db8::1/64", "2001:db8::/64"),
            (ListType::Domain, "Müller.TEST.", "xn--mller-kva.test"),
            (ListType::Email, " Ada@Example.test", "ada@example.test"),
            (ListType::UserAgent, " Mozilla/5.0 ", "Mozilla/5.0"),
            (ListType::Country, "nl", "NL"),
        ] {
            assert_eq!(normal(r#type, text).as_deref(), Some(form), "{text}");
        }
    }

    #[test]
    fn what_the_list_is_not_about_is_no_entry() {
        let long = "x".repeat(ENTRY_BYTES_MAX + 1);
        for (r#type, text) in [
            (ListType::IpAddress, "example.test"),
            (ListType::IpAddress, "0.0.0.0/0"),
            (ListType::IpAddress, "198.51.100.0/33"),
            (ListType::IpAddress, "198.51.100.0/-1"),
            (ListType::IpAddress, "2001:db8::/16"),
            (ListType::Domain, "test"),
            (ListType::Domain, "198.51.100.42"),
            (ListType::Email, "example.test"),
            (ListType::Country, "Netherlands"),
            (ListType::Device, "  "),
            (ListType::UserAgent, "a\nb"),
            (ListType::UserAgent, &long),
        ] {
            assert_eq!(normal(r#type, text), None, "{text}");
        }
    }

    #[test]
    fn an_attempt_is_under_its_networks_and_the_parents_of_its_domain() {
        let found = entries(&Traits {
            email: "Ada@mail.Example.test",
            ip_address: Some("198.51.100.42"),
            user_agent: None,
            device_id: None,
            device_fingerprint: None,
        });
        let has = |r#type, text: &str| found.contains(&(r#type, text.to_owned()));
        assert!(has(ListType::Email, "ada@mail.example.test"));
        assert!(
            has(ListType::Domain, "mail.example.test") && has(ListType::Domain, "example.test")
        );
        assert!(!has(ListType::Domain, "test"));
        assert!(has(ListType::IpAddress, "198.51.100.42"));
        assert!(has(ListType::IpAddress, "198.51.100.0/24"));
        assert!(has(ListType::IpAddress, "198.0.0.0/8"));
    }
}
