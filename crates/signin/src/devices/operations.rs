//! What devices and applications can do: ask for a sign-in, and turn that on and off.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::form_urlencoded::byte_serialize;
use vestibule_kernel::catalog::Method::{Get, Post, Put};
use vestibule_kernel::error::Shape;
use vestibule_kernel::id::ClientId;
use vestibule_kernel::limit::{self, Limit, Rule};
use vestibule_kernel::setting::{Showable, Shown};
use vestibule_kernel::{Access, Code, Cx, Error, Fine, Input, Operation, Result, Route};

use super::{DevicePolicy, INTERVAL_SECONDS, LIFETIME_SECONDS, PATH};
use crate::authenticate;

/// How many codes are given out to one place.
const CREATIONS: Limit = Limit {
    name: "devices.create",
    uses_max: Rule::Creations.usual(),
    window: Rule::Creations.seconds(),
    code: "too_many_requests",
};

/// The refusal where devices do not sign in.
pub(crate) fn turned_off() -> Error {
    let text = "Device authorization grant is not enabled for this team";
    Error::forbidden("access_denied", text).shaped(Shape::OAuth)
}

/// Begin the sign-in of a device without a browser
///
/// Show the user code and the address to the user, who types the one at the other in a browser, and
/// ask for tokens with the device code meanwhile. The codes work for five minutes, once.
#[derive(Deserialize, JsonSchema)]
#[schemars(extend("x-shown" = { "required": ["client_id"] }))]
pub struct CreateDeviceAuthorization {
    /// The client ID of the environment
    #[schemars(length(max = 255))]
    client_id: Option<String>,
}

/// The codes of a device
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DeviceAuthorizationResponse")]
pub struct DeviceCodes {
    /// What the device asks for its tokens with
    device_code: String,
    /// What the user types
    user_code: String,
    /// Where the user types it
    #[schemars(extend("format" = "uri"))]
    verification_uri: String,
    /// The same, with the code filled in: for a link or a picture
    #[schemars(extend("format" = "uri"))]
    verification_uri_complete: String,
    /// After how many seconds the codes end
    #[schemars(with = "f64")]
    expires_in: u32,
    /// How many seconds to wait between two polls at the least
    #[schemars(with = "f64")]
    interval: u32,
}

impl std::fmt::Debug for DeviceCodes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeviceCodes")
    }
}

impl Operation for CreateDeviceAuthorization {
    const ID: &'static str = "user_management.authorize_device";
    const ROUTE: Route = Route(Post, "/user_management/authorize/device");
    const INPUT: Input = Input::BodyOrForm;
    const ACCESS: Access = Access::Open(authenticate::environment_of_client);
    const FAILS: &'static [Code] = &["invalid_request", "invalid_client", "access_denied"];
    const STATUSES: &'static [u16] = &[400, 403];
    const SECRETS: &'static [&'static str] =
        &["device_code", "user_code", "verification_uri_complete"];
    type Reply = Fine<DeviceCodes>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { client_id } = self;
        if !cx.setting::<DevicePolicy>()?.enabled {
            return Err(turned_off());
        }
        let place = cx.request.ip_address.as_deref().map(limit::place);
        if let Some(place) = place {
            cx.limit(CREATIONS, &place).map_err(|it| it.shaped(Shape::OAuth))?;
        }
        let client_id = ClientId::parse(client_id.as_deref().unwrap_or_default())?;
        let codes = super::create(cx, &client_id)?;
        let user_code = codes.user_code.reveal();
        let verification_uri = format!("{}{PATH}", cx.app.options().public_url);
        let escaped: String = byte_serialize(user_code.as_bytes()).collect();
        Ok(Fine(DeviceCodes {
            device_code: codes.device_code.reveal().to_owned(),
            user_code: user_code.to_owned(),
            verification_uri_complete: format!("{verification_uri}?user_code={escaped}"),
            verification_uri,
            expires_in: LIFETIME_SECONDS,
            interval: INTERVAL_SECONDS,
        }))
    }
}

impl Showable for DevicePolicy {
    const OBJECT: &'static str = "device_policy";
}

/// Get whether devices without a browser may sign in
#[derive(Deserialize, JsonSchema)]
pub struct GetDevicePolicy {}

impl Operation for GetDevicePolicy {
    const ID: &'static str = "device_policy.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/device_policy");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown<DevicePolicy>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {} = self;
        Ok(Fine(Shown::new(cx.setting()?)))
    }
}

/// Change whether devices without a browser may sign in
///
/// Devices that wait for their user when it is turned off get no tokens.
#[derive(Deserialize, JsonSchema)]
pub struct UpdateDevicePolicy {
    /// Whether a device without a browser may ask for its user to be signed in
    enabled: Option<bool>,
}

impl Operation for UpdateDevicePolicy {
    const ID: &'static str = "device_policy.update";
    const ROUTE: Route = Route(Put, "/vestibule/v1/device_policy");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown<DevicePolicy>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { enabled } = self;
        let mut policy: DevicePolicy = cx.setting()?;
        policy.enabled = enabled.unwrap_or(policy.enabled);
        cx.set(&policy)?;
        Ok(Fine(Shown::new(policy)))
    }
}
