//! The operations on users.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::db::OnUnique;
use vestibule_kernel::id::{RadarAttemptId, UserId};
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{
    Code, Created, Cx, Empty, Error, Fine, Flow, FlowCx, Method::*, Operation, Patch, Result, Route,
};

use super::{
    DELETED, EMAIL_CHANGE_NOT_ALLOWED, EMAIL_NOT_AVAILABLE, EmailAddress, INVALID_EMAIL, Judge,
    NewUser, Newcomer, UPDATED, USER_CREATION_ERROR, User, create, find, locale, store,
};
use crate::metadata::{
    EXTERNAL_ID_ALREADY_USED, ExternalId, INVALID_METADATA, Metadata, MetadataChange,
};
use crate::passwords::{
    self, HashType, INVALID_PASSWORD_HASH, Owner, PASSWORD_AND_PASSWORD_HASH_PROVIDED,
    PASSWORD_AND_PASSWORD_HASH_TYPE_PROVIDED, PASSWORD_SALT_POSITION_REQUIRES_PASSWORD_HASH,
    PASSWORD_STRENGTH_ERROR, SaltPosition, WantedPassword,
};
use crate::{codes, identities};

const USER_DELETION_NOT_ALLOWED: Code = "user_deletion_not_allowed";

/// Create a user.
///
/// No mail is sent and nobody is signed in. A password is given either as it is or as the hash
/// that another product made of it. Where sign-ins are judged, the risk is judged and noted, and
/// counts in the sign-in that names it.
#[derive(Deserialize, JsonSchema)]
pub struct CreateUser {
    /// E-mail address; each belongs to one user, whatever its case
    #[schemars(extend("format" = "email"))]
    email: String,
    /// Given name
    #[schemars(length(max = 255), extend("x-nullable" = true))]
    first_name: Option<String>,
    /// Family name
    #[schemars(length(max = 255), extend("x-nullable" = true))]
    last_name: Option<String>,
    /// Full name
    #[schemars(length(max = 255), extend("x-nullable" = true))]
    name: Option<String>,
    /// Whether the address is known to be the user's
    #[schemars(extend("x-nullable" = true))]
    email_verified: Option<bool>,
    /// Key–value pairs of your own
    #[serde(default)]
    metadata: Patch<MetadataChange>,
    /// ID of the user in your own system
    #[serde(default)]
    external_id: Patch<ExternalId>,
    /// Password as the user will type it
    #[schemars(extend("x-nullable" = true))]
    password: Option<Secret>,
    /// Hash of the password, made by another product
    password_hash: Option<String>,
    /// Format of that hash
    password_hash_type: Option<HashType>,
    /// Side of the password on which a salted digest has its salt
    password_salt_position: Option<SaltPosition>,
    /// Address of the user's device, for the judgement of risks
    #[schemars(extend("x-nullable" = true))]
    ip_address: Option<String>,
    /// Name of the user's browser, for the judgement of risks
    #[schemars(extend("x-nullable" = true))]
    user_agent: Option<String>,
    /// ID of signals from the user's device, for the judgement of risks
    signals_id: Option<String>,
}

/// A user that was just made
#[derive(Debug, Serialize, JsonSchema)]
pub struct CreatedUser {
    #[serde(flatten)]
    user: User,
    /// ID under which the risk of the sign-up was judged, to be given when the user signs in; only
    /// where sign-ins are judged
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "RadarAttemptId")]
    radar_auth_attempt_id: Option<RadarAttemptId>,
}

impl Flow for CreateUser {
    const ID: &'static str = "users.create";
    const ROUTE: Route = Route(Post, "/user_management/users");
    const FAILS: &'static [Code] = &[
        USER_CREATION_ERROR,
        INVALID_METADATA,
        EXTERNAL_ID_ALREADY_USED,
        PASSWORD_STRENGTH_ERROR,
        INVALID_PASSWORD_HASH,
        PASSWORD_AND_PASSWORD_HASH_PROVIDED,
        PASSWORD_AND_PASSWORD_HASH_TYPE_PROVIDED,
        PASSWORD_SALT_POSITION_REQUIRES_PASSWORD_HASH,
    ];
    type Reply = Created<CreatedUser>;

    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        let Self {
            email,
            first_name,
            last_name,
            name,
            email_verified,
            metadata,
            external_id,
            password,
            password_hash: hash,
            password_hash_type: hash_type,
            password_salt_position: salt_position,
            ip_address,
            user_agent,
            signals_id,
        } = self;
        let newcomer = Newcomer { email: email.clone(), ip_address, user_agent, signals_id };
        let wanted = WantedPassword { password, hash, hash_type, salt_position };
        let mut pairs = Metadata::default();
        pairs.merge(metadata)?;
        let mut own_id = None;
        external_id.apply(&mut own_id);
        let new = NewUser {
            email,
            email_verified: email_verified.unwrap_or_default(),
            first_name,
            last_name,
            name,
            external_id: own_id,
            metadata: pairs,
            ..NewUser::default()
        };
        let address = EmailAddress::parse(&new.email);
        let email = address.as_ref().map_or("", EmailAddress::as_str);
        let hash = wanted.accept(flow, Owner { email, ..Owner::default() })?;
        let made = flow.write(move |cx| {
            let user = create(cx, new.clone())?;
            if let Some(hash) = &hash {
                passwords::store(cx, &user.id, hash)?;
            }
            let radar_auth_attempt_id = match cx.app.extension::<Judge>() {
                Some(Judge(judge)) => judge(cx, &newcomer)?,
                None => None,
            };
            Ok(CreatedUser { user, radar_auth_attempt_id })
        })?;
        Ok(Created(made))
    }
}

/// Get a user.
#[derive(Deserialize, JsonSchema)]
pub struct GetUser {
    /// ID of the user
    id: UserId,
}

impl Operation for GetUser {
    const ID: &'static str = "users.get";
    const ROUTE: Route = Route(Get, "/user_management/users/{id}");
    const PURE: bool = true;
    type Reply = Fine<User>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        find(cx, &self.id).map(Fine)
    }
}

/// Get a user by the id that your own system has for them.
#[derive(Deserialize, JsonSchema)]
pub struct GetUserByExternalId {
    /// ID of the user in your own system
    external_id: String,
}

impl Operation for GetUserByExternalId {
    const ID: &'static str = "users.get_by_external_id";
    const ROUTE: Route = Route(Get, "/user_management/users/external_id/{external_id}");
    const PURE: bool = true;
    type Reply = Fine<User>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        super::get_by_external_id(cx, &self.external_id)?
            .ok_or_else(|| Error::not_found("User", &self.external_id))
            .map(Fine)
    }
}

/// List users.
#[derive(Deserialize, JsonSchema)]
pub struct ListUsers {
    #[serde(flatten)]
    paging: Paging,
    /// Only the user of this e-mail address, in any case
    email: Option<String>,
    /// Only the active members of the organization of this id
    organization_id: Option<String>,
    /// Former name of `organization_id`
    #[schemars(extend("deprecated" = true))]
    organization: Option<String>,
}

impl Operation for ListUsers {
    const ID: &'static str = "users.list";
    const ROUTE: Route = Route(Get, "/user_management/users");
    type Reply = Fine<Page<User>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { paging, email, organization_id, organization } = self;
        let filter = store::Filter { email, organization_id: organization_id.or(organization) };
        store::list(cx, &paging, filter).map(Fine)
    }
}

/// Update a user.
///
/// What is absent stays as it is. A new e-mail address is unproven unless `email_verified` says
/// otherwise; a new password ends the user's sessions.
#[derive(Deserialize, JsonSchema)]
pub struct UpdateUser {
    /// ID of the user
    id: UserId,
    /// E-mail address; each belongs to one user, whatever its case
    #[schemars(extend("format" = "email"))]
    email: Option<String>,
    /// Given name
    #[schemars(length(max = 255))]
    first_name: Option<String>,
    /// Family name
    #[schemars(length(max = 255))]
    last_name: Option<String>,
    /// Full name
    #[schemars(length(max = 255))]
    name: Option<String>,
    /// Whether the address is known to be the user's
    email_verified: Option<bool>,
    /// Key–value pairs of your own: a null removes its key, an empty object all
    #[serde(default)]
    metadata: Patch<MetadataChange>,
    /// ID of the user in your own system
    #[serde(default)]
    external_id: Patch<ExternalId>,
    /// Preferred language, such as `en` or `pt-BR`
    #[serde(default)]
    locale: Patch<String>,
    /// Password as the user will type it
    password: Option<Secret>,
    /// Hash of the password, made by another product
    password_hash: Option<String>,
    /// Format of that hash
    password_hash_type: Option<HashType>,
    /// Side of the password on which a salted digest has its salt
    password_salt_position: Option<SaltPosition>,
}

/// What an update changes of the user's row.
#[derive(Clone)]
struct Change {
    email: Option<EmailAddress>,
    email_verified: Option<bool>,
    first_name: Option<String>,
    last_name: Option<String>,
    name: Option<String>,
    metadata: Patch<MetadataChange>,
    external_id: Patch<ExternalId>,
    locale: Patch<String>,
}

impl Flow for UpdateUser {
    const ID: &'static str = "users.update";
    const ROUTE: Route = Route(Put, "/user_management/users/{id}");
    const FAILS: &'static [Code] = &[
        INVALID_EMAIL,
        EMAIL_NOT_AVAILABLE,
        EMAIL_CHANGE_NOT_ALLOWED,
        INVALID_METADATA,
        EXTERNAL_ID_ALREADY_USED,
        locale::INVALID_LOCALE,
        PASSWORD_STRENGTH_ERROR,
        INVALID_PASSWORD_HASH,
        PASSWORD_AND_PASSWORD_HASH_PROVIDED,
        PASSWORD_AND_PASSWORD_HASH_TYPE_PROVIDED,
        PASSWORD_SALT_POSITION_REQUIRES_PASSWORD_HASH,
    ];
    type Reply = Fine<User>;

    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        let Self {
            id,
            email,
            first_name,
            last_name,
            name,
            email_verified,
            metadata,
            external_id,
            locale,
            password,
            password_hash: hash,
            password_hash_type: hash_type,
            password_salt_position: salt_position,
        } = self;
        let wanted = WantedPassword { password, hash, hash_type, salt_position };
        let user = flow.read(|cx| find(cx, &id))?;
        let email = email.map(|it| EmailAddress::parse(&it).ok_or_else(|| not_an_address(&it)));
        let change = Change {
            email: email.transpose()?,
            email_verified,
            first_name,
            last_name,
            name,
            metadata,
            external_id,
            locale: locale.try_map(locale::check)?,
        };
        let email = change.email.as_ref().map_or(user.email.as_str(), EmailAddress::as_str);
        let hash = wanted.accept(flow, Owner { user: Some(&id), email, organization: None })?;
        let user = flow.write(move |cx| {
            if let Some(hash) = &hash {
                passwords::store(cx, &id, hash)?;
            }
            update(cx, &id, change.clone(), hash.is_some())
        })?;
        Ok(Fine(user))
    }
}

fn update(cx: &mut Cx<'_>, id: &UserId, change: Change, touched: bool) -> Result<User> {
    let Change {
        email,
        email_verified,
        first_name,
        last_name,
        name,
        metadata,
        external_id,
        locale,
    } = change;
    let before = find(cx, id)?;
    let mut user = before.clone();
    user.first_name = first_name.or(user.first_name);
    user.last_name = last_name.or(user.last_name);
    user.name = name.or(user.name);
    user.metadata.merge(metadata)?;
    external_id.apply(&mut user.external_id);
    locale.apply(&mut user.locale);
    if let Some(email) = email {
        if !email.is(&user.email) {
            // A change that waits for its code would undo this one.
            codes::forget(cx, codes::Purpose::EmailChange, id)?;
            super::check_email_change(cx, id)?;
        }
        super::readdress(cx, &mut user, &email)?;
    }
    user.email_verified = email_verified.unwrap_or(user.email_verified);
    if user == before && !touched {
        return Ok(before);
    }
    user.updated_at = cx.now();
    store::update(cx, &user)
        .on_unique(store::EMAIL, || super::email_taken(&user.email))
        .on_unique(store::EXTERNAL_ID, || ExternalId::already_used(user.external_id.as_ref()))?;
    cx.emit(&UPDATED, &user)?;
    Ok(user)
}

fn not_an_address(text: &str) -> Error {
    Error::bad_request(INVALID_EMAIL, format!("'{text}' is not an e-mail address."))
}

/// Delete a user, with all that belongs to them.
#[derive(Deserialize, JsonSchema)]
pub struct DeleteUser {
    /// ID of the user
    id: UserId,
}

impl Operation for DeleteUser {
    const ID: &'static str = "users.delete";
    const ROUTE: Route = Route(Delete, "/user_management/users/{id}");
    const FAILS: &'static [Code] = &[USER_DELETION_NOT_ALLOWED];
    const STATUSES: &'static [u16] = &[409];
    type Reply = Empty;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let user = find(cx, &self.id)?;
        if store::is_directory_managed(cx, &user.id)? {
            let why = "A directory looks after this user. Delete the user there.";
            return Err(Error::conflict(USER_DELETION_NOT_ALLOWED, why));
        }
        passwords::forget_user(cx, &user.id)?;
        codes::forget_user(cx, &user.id)?;
        identities::forget_user(cx, &user.id)?;
        store::delete(cx, &user.id)?;
        cx.emit(&DELETED, &user)?;
        Ok(Empty)
    }
}
