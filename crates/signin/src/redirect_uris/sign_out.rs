//! Where a browser goes after sign-out: registered addresses, and the homepage of the application.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::catalog::Method::{Get, Put};
use vestibule_kernel::{Cx, Error, Fine, Kind, Operation, Result, Route};

use super::policy;
use super::urls::{ApplicationUrls, check};

/// How many sign-out redirects an environment may have.
const SIGN_OUT_REDIRECTS_MAX: usize = 100;

/// Where a browser goes after sign-out: `return_to` where it is registered; without it the default
/// sign-out redirect, or else the homepage, if there is one.
pub fn after_sign_out(cx: &mut Cx<'_>, return_to: Option<&str>) -> Result<Option<String>> {
    let ApplicationUrls { homepage, sign_out_redirects, .. } = cx.setting()?;
    let Some(wanted) = return_to else {
        let default = sign_out_redirects.into_iter().find(|it| !it.contains('*'));
        return Ok(default.or(homepage));
    };
    let loopback = cx.sandbox().is_some() && policy::leads_to_loopback(wanted);
    if loopback || sign_out_redirects.iter().any(|it| policy::matches(it, wanted)) {
        return Ok(Some(wanted.to_owned()));
    }
    let text = format!("The return_to '{wanted}' is not a sign-out redirect of this environment.");
    Err(Error::plain(Kind::Invalid, text))
}

/// The addresses that a browser may be sent to after sign-out.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SignOutRedirects {
    /// Always `sign_out_redirects`
    #[schemars(extend("const" = "sign_out_redirects"))]
    pub object: &'static str,
    /// The addresses; the first without a wildcard is the default
    pub uris: Vec<String>,
}

/// Get the addresses that a browser may be sent to after sign-out
#[derive(Deserialize, JsonSchema)]
pub struct GetSignOutRedirects {}

impl Operation for GetSignOutRedirects {
    const ID: &'static str = "sign_out_redirects.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/sign_out_redirects");
    const EXTENSION: bool = true;
    type Reply = Fine<SignOutRedirects>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {} = self;
        let urls: ApplicationUrls = cx.setting()?;
        Ok(Fine(SignOutRedirects { object: "sign_out_redirects", uris: urls.sign_out_redirects }))
    }
}

/// Set the addresses that a browser may be sent to after sign-out
///
/// The whole list is replaced. The rules are those of redirect URIs.
#[derive(Deserialize, JsonSchema)]
pub struct UpdateSignOutRedirects {
    /// The addresses; the first without a wildcard is the default
    #[schemars(length(max = SIGN_OUT_REDIRECTS_MAX))]
    uris: Vec<String>,
}

impl Operation for UpdateSignOutRedirects {
    const ID: &'static str = "sign_out_redirects.update";
    const ROUTE: Route = Route(Put, "/vestibule/v1/sign_out_redirects");
    const EXTENSION: bool = true;
    const STATUSES: &'static [u16] = &[422];
    type Reply = Fine<SignOutRedirects>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { uris } = self;
        for uri in &uris {
            check(cx, "The sign-out redirect", uri)?;
        }
        let mut urls: ApplicationUrls = cx.setting()?;
        urls.sign_out_redirects.clone_from(&uris);
        cx.set(&urls)?;
        Ok(Fine(SignOutRedirects { object: "sign_out_redirects", uris }))
    }
}
