//! The addresses of the application that hosted pages and mails lead to.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::catalog::Method::{Get, Put};
use vestibule_kernel::setting::Setting;
use vestibule_kernel::{Cx, Error, Fine, Kind, Operation, Patch, Result, Route};
use vestibule_people::invitations::InvitationSettings;

use super::policy;
use crate::password_reset::PasswordResetSettings;

/// The addresses of the application that an environment signs people in to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ApplicationUrls {
    /// Where people go who were sent nowhere else.
    pub homepage: Option<String>,
    /// Where people may be sent after sign-out; the first is the default.
    pub sign_out_redirects: Vec<String>,
    /// Where a sign-in begins that does not begin in the application: it makes its state there.
    pub sign_in: Option<String>,
    /// The application's own page for new accounts.
    pub sign_up: Option<String>,
}

impl Setting for ApplicationUrls {
    const NAME: &'static str = "application_urls";
}

/// The sign-in endpoint of the application, where there is one.
pub fn sign_in_url(cx: &mut Cx<'_>) -> Result<Option<String>> {
    cx.setting::<ApplicationUrls>().map(|it| it.sign_in)
}

/// The application's own page for new accounts, where there is one.
pub fn sign_up_url(cx: &mut Cx<'_>) -> Result<Option<String>> {
    cx.setting::<ApplicationUrls>().map(|it| it.sign_up)
}

/// Refuses what may not be sent to.
pub(super) fn check(cx: &Cx<'_>, what: &str, uri: &str) -> Result<policy::Checked> {
    policy::check(uri, super::http(cx)).map_err(|why| {
        Error::plain(Kind::Invalid, format!("{what} '{uri}' cannot be set: {}.", why.0))
    })
}

/// Refuses also what leads to many places.
pub fn check_one(cx: &Cx<'_>, what: &str, uri: &str) -> Result<()> {
    if check(cx, what, uri)?.wildcard {
        let text = format!("{what} '{uri}' cannot be set: it holds a wildcard.");
        return Err(Error::plain(Kind::Invalid, text));
    }
    Ok(())
}

/// Set the homepage URL of the application
///
/// People go there after sign-out when nothing else was set.
#[derive(Deserialize, JsonSchema)]
pub struct UpdateAppHomepageUrl {
    /// The address of the homepage
    url: String,
}

/// The homepage of the application.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AppHomepageUrl {
    /// Always `app_homepage_url`
    #[schemars(extend("const" = "app_homepage_url"))]
    pub object: &'static str,
    /// The address
    pub url: String,
}

impl Operation for UpdateAppHomepageUrl {
    const ID: &'static str = "app_homepage_url.update";
    const ROUTE: Route = Route(Put, "/user_management/app_homepage_url");
    const EXTENSION: bool = true;
    const STATUSES: &'static [u16] = &[422];
    type Reply = Fine<AppHomepageUrl>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { url } = self;
        check_one(cx, "The homepage URL", &url)?;
        let mut urls: ApplicationUrls = cx.setting()?;
        urls.homepage = Some(url.clone());
        cx.set(&urls)?;
        Ok(Fine(AppHomepageUrl { object: "app_homepage_url", url }))
    }
}

/// The addresses of the application
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ApplicationUrls")]
pub struct Shown {
    /// Always `application_urls`
    #[schemars(extend("const" = "application_urls"))]
    object: &'static str,
    /// Where people go who were sent nowhere else
    homepage_url: Option<String>,
    /// Where a sign-in begins that does not begin in the application, such as from a mail
    sign_in_url: Option<String>,
    /// The application's own page for new accounts
    sign_up_url: Option<String>,
    /// The application's own page for a new password
    password_reset_url: Option<String>,
    /// The application's own page for invitations
    invitation_url: Option<String>,
}

fn show(cx: &mut Cx<'_>) -> Result<Fine<Shown>> {
    let urls: ApplicationUrls = cx.setting()?;
    Ok(Fine(Shown {
        object: "application_urls",
        homepage_url: urls.homepage,
        sign_in_url: urls.sign_in,
        sign_up_url: urls.sign_up,
        password_reset_url: cx.setting::<PasswordResetSettings>()?.url,
        invitation_url: cx.setting::<InvitationSettings>()?.url,
    }))
}

/// Get the addresses of the application
#[derive(Deserialize, JsonSchema)]
pub struct GetApplicationUrls {}

impl Operation for GetApplicationUrls {
    const ID: &'static str = "application_urls.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/application_urls");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {} = self;
        show(cx)
    }
}

/// Set the addresses of the application
///
/// What is not given stays as it is; null takes an address away, and our own page is used. The rules
/// are those of redirect URIs, without wildcards.
#[derive(Deserialize, JsonSchema)]
#[expect(clippy::struct_field_names, reason = "they are the names of the API")]
pub struct UpdateApplicationUrls {
    /// Where people go who were sent nowhere else
    #[serde(default)]
    #[schemars(length(max = policy::URI_BYTES_MAX))]
    homepage_url: Patch<String>,
    /// Where a sign-in begins that does not begin in the application, such as from a mail
    #[serde(default)]
    #[schemars(length(max = policy::URI_BYTES_MAX))]
    sign_in_url: Patch<String>,
    /// The application's own page for new accounts
    #[serde(default)]
    #[schemars(length(max = policy::URI_BYTES_MAX))]
    sign_up_url: Patch<String>,
    /// The application's own page for a new password; it gets the parameter `token`
    #[serde(default)]
    #[schemars(length(max = policy::URI_BYTES_MAX))]
    password_reset_url: Patch<String>,
    /// The application's own page for invitations; it gets the parameter `invitation_token`
    #[serde(default)]
    #[schemars(length(max = policy::URI_BYTES_MAX))]
    invitation_url: Patch<String>,
}

impl Operation for UpdateApplicationUrls {
    const ID: &'static str = "application_urls.update";
    const ROUTE: Route = Route(Put, "/vestibule/v1/application_urls");
    const EXTENSION: bool = true;
    const STATUSES: &'static [u16] = &[422];
    type Reply = Fine<Shown>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { homepage_url, sign_in_url, sign_up_url, password_reset_url, invitation_url } =
            self;
        let checked = |what: &str, url: Patch<String>| {
            url.try_map(|it| check_one(cx, what, &it).map(|()| it))
        };
        let homepage_url = checked("The homepage URL", homepage_url)?;
        let sign_in_url = checked("The sign-in URL", sign_in_url)?;
        let sign_up_url = checked("The sign-up URL", sign_up_url)?;
        let password_reset_url = checked("The password-reset URL", password_reset_url)?;
        let invitation_url = checked("The invitation URL", invitation_url)?;
        let mut urls: ApplicationUrls = cx.setting()?;
        homepage_url.apply(&mut urls.homepage);
        sign_in_url.apply(&mut urls.sign_in);
        sign_up_url.apply(&mut urls.sign_up);
        cx.set(&urls)?;
        let mut resets: PasswordResetSettings = cx.setting()?;
        password_reset_url.apply(&mut resets.url);
        cx.set(&resets)?;
        let mut invitations: InvitationSettings = cx.setting()?;
        invitation_url.apply(&mut invitations.url);
        cx.set(&invitations)?;
        show(cx)
    }
}
