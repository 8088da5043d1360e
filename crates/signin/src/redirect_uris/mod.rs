//! Where browsers may be sent: redirect URIs after sign-in, and addresses after sign-out.
//!
//! An environment has one default redirect URI from the moment it has any without a wildcard: the
//! first, until another is made it. See [`policy`] for what may be registered and what matches.
pub mod policy;
mod sign_out;
mod store;
mod urls;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::catalog::Method::{Delete, Get, Post, Put};
use vestibule_kernel::db::OnUnique;
use vestibule_kernel::id::RedirectUriId;
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::time::Time;
use vestibule_kernel::{
    Created, Cx, Error, Fine, Kind, NoContent, Op, Operation, Result, Route, op,
};

use policy::Http;
pub use sign_out::{GetSignOutRedirects, SignOutRedirects, UpdateSignOutRedirects, after_sign_out};
pub use urls::{
    ApplicationUrls, GetApplicationUrls, UpdateAppHomepageUrl, UpdateApplicationUrls, check_one,
    sign_in_url, sign_up_url,
};

/// The operations of this module.
pub const OPERATIONS: &[Op] = &[
    op::<CreateRedirectUri>(),
    op::<ListRedirectUris>(),
    op::<DeleteRedirectUri>(),
    op::<MakeDefaultRedirectUri>(),
    op::<UpdateAppHomepageUrl>(),
    op::<GetApplicationUrls>(),
    op::<UpdateApplicationUrls>(),
    op::<GetSignOutRedirects>(),
    op::<UpdateSignOutRedirects>(),
];

/// An address that a browser may be sent to after sign-in.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RedirectUri {
    /// Always `redirect_uri`
    #[schemars(extend("const" = "redirect_uri"))]
    pub object: &'static str,
    /// The ID of the redirect URI
    pub id: RedirectUriId,
    /// The address
    pub uri: String,
    /// Whether it is the one to use where none is named
    pub default: bool,
    /// When it was made
    pub created_at: Time,
    /// When it was last changed
    pub updated_at: Time,
}

/// Register a redirect URI
///
/// After sign-in, browsers are sent to registered addresses alone. The left-most label of the host
/// may hold one `*`.
#[derive(Deserialize, JsonSchema)]
pub struct CreateRedirectUri {
    /// The address, such as `https://app.example.com/callback`
    uri: String,
}

impl Operation for CreateRedirectUri {
    const ID: &'static str = "redirect_uris.create";
    const ROUTE: Route = Route(Post, "/user_management/redirect_uris");
    const STATUSES: &'static [u16] = &[422];
    type Reply = Created<RedirectUri>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { uri } = self;
        create(cx, &uri).map(Created)
    }
}

/// List redirect URIs
#[derive(Deserialize, JsonSchema)]
pub struct ListRedirectUris {
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListRedirectUris {
    const ID: &'static str = "redirect_uris.list";
    const ROUTE: Route = Route(Get, "/user_management/redirect_uris");
    type Reply = Fine<Page<RedirectUri>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { paging } = self;
        store::list(cx, &paging).map(Fine)
    }
}

/// Delete a redirect URI
///
/// The default redirect URI cannot be deleted.
#[derive(Deserialize, JsonSchema)]
pub struct DeleteRedirectUri {
    /// The ID of the redirect URI
    id: RedirectUriId,
}

impl Operation for DeleteRedirectUri {
    const ID: &'static str = "redirect_uris.delete";
    const ROUTE: Route = Route(Delete, "/user_management/redirect_uris/{id}");
    const STATUSES: &'static [u16] = &[404, 409];
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id } = self;
        let found = find(cx, &id)?;
        if found.default {
            let text = format!("The default redirect URI '{}' cannot be deleted.", found.uri);
            return Err(Error::plain(Kind::Conflict, text));
        }
        store::delete(cx, &id)?;
        Ok(NoContent)
    }
}

/// Make a redirect URI the default one
///
/// Sign-ins that name none end there, and such as do not begin in the application.
#[derive(Deserialize, JsonSchema)]
pub struct MakeDefaultRedirectUri {
    /// The ID of the redirect URI
    id: RedirectUriId,
}

impl Operation for MakeDefaultRedirectUri {
    const ID: &'static str = "redirect_uris.make_default";
    const ROUTE: Route = Route(Put, "/vestibule/v1/redirect_uris/{id}/default");
    const EXTENSION: bool = true;
    const STATUSES: &'static [u16] = &[404, 422];
    type Reply = Fine<RedirectUri>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id } = self;
        let mut found = find(cx, &id)?;
        if found.uri.contains('*') {
            let text =
                format!("Redirect URI '{}' cannot be the default: it holds a wildcard.", found.uri);
            return Err(Error::plain(Kind::Invalid, text));
        }
        if !found.default {
            store::make_default(cx, &id)?;
            (found.default, found.updated_at) = (true, cx.now());
        }
        Ok(Fine(found))
    }
}

fn find(cx: &mut Cx<'_>, id: &RedirectUriId) -> Result<RedirectUri> {
    store::get(cx, id)?.ok_or_else(|| Error::not_found("Redirect URI", id))
}

/// Registers an address, for the API and for the seed.
pub fn create(cx: &mut Cx<'_>, uri: &str) -> Result<RedirectUri> {
    let checked = policy::check(uri, http(cx)).map_err(|why| {
        let text = format!("Redirect URI '{uri}' cannot be registered: {}.", why.0);
        Error::plain(Kind::Invalid, text)
    })?;
    let taken = || Error::plain(Kind::Invalid, format!("Redirect URI '{uri}' already exists."));
    if store::list_all(cx)?.iter().any(|it| it.uri == uri) {
        return Err(taken());
    }
    let found = RedirectUri {
        object: "redirect_uri",
        id: RedirectUriId::new(cx),
        uri: uri.to_owned(),
        default: !checked.wildcard && store::default(cx)?.is_none(),
        created_at: cx.now(),
        updated_at: cx.now(),
    };
    store::insert(cx, &found).on_unique("redirect_uris(environment_id, uri)", taken)?;
    Ok(found)
}

/// Registers an address where it is not registered yet, for the seed.
pub fn ensure(cx: &mut Cx<'_>, uri: &str) -> Result<()> {
    if store::list_all(cx)?.iter().any(|it| it.uri == uri) {
        return Ok(());
    }
    create(cx, uri).map(|_| ())
}

/// Whether a browser may be sent to `uri` after sign-in.
pub fn allows(cx: &mut Cx<'_>, uri: &str) -> Result<bool> {
    if uri.len() > policy::URI_BYTES_MAX {
        return Ok(false);
    }
    // A test suite's application may be on any port of its machine.
    if cx.sandbox().is_some() && policy::leads_to_loopback(uri) {
        return Ok(true);
    }
    Ok(store::list_all(cx)?.iter().any(|it| policy::matches(&it.uri, uri)))
}

/// The address to use where none is named.
pub fn default(cx: &mut Cx<'_>) -> Result<Option<RedirectUri>> {
    store::default(cx)
}

fn http(cx: &Cx<'_>) -> Http {
    if cx.app.options().public_url.starts_with("https://") {
        Http::Loopback
    } else {
        Http::Anywhere
    }
}
