//! The messages API of Twilio (`POST /2010-04-01/Accounts/{account}/Messages.json`), which several
//! providers answer: a form with basic authentication.
use data_encoding::BASE64;
use serde::Deserialize;
use url::{Url, form_urlencoded};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{FlowCx, Result};

use super::{Request, exchange, judge, not_an_address, plain, refused};
use crate::Text;
use crate::deliver::Sent;

/// What the name of a messaging service begins with, in the place of a sender's number.
const SERVICE: &str = "MG";

/// An account that sends text messages.
pub struct Twilio {
    url: String,
    /// The value of the header.
    authorization: Secret,
    /// The field that says whom messages come from, and its value.
    from: (&'static str, String),
}

impl std::fmt::Debug for Twilio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Twilio")
    }
}

/// What a refusal says. Its text repeats the telephone number, so only its number is read.
#[derive(Deserialize)]
struct Refusal {
    code: Option<u64>,
}

impl Twilio {
    /// Takes `…://ACCOUNT:TOKEN@HOST` apart.
    pub(super) fn new(url: &Url, scheme: &str, from: Option<&str>) -> Result<Self> {
        let host = url.host_str().filter(|it| !it.is_empty()).ok_or_else(not_an_address)?;
        let bare = matches!(url.path(), "" | "/") && url.query().is_none();
        let account = plain(url.username())?;
        let token = plain(url.password().unwrap_or_default())?;
        let is_name = !account.is_empty() && account.bytes().all(|it| it.is_ascii_alphanumeric());
        if !bare || url.fragment().is_some() || !is_name || token.is_empty() {
            return Err(not_an_address());
        }
        let from = from.map(str::trim).filter(|it| !it.is_empty()).ok_or_else(|| {
            refused("say whom messages come from by sms-from, such as +15555550100".to_owned())
        })?;
        let field = if from.starts_with(SERVICE) { "MessagingServiceSid" } else { "From" };
        let port = url.port().map(|it| format!(":{it}")).unwrap_or_default();
        let credentials = BASE64.encode(format!("{account}:{token}").as_bytes());
        Ok(Self {
            url: format!("{scheme}://{host}{port}/2010-04-01/Accounts/{account}/Messages.json"),
            authorization: Secret::new(format!("Basic {credentials}")),
            from: (field, from.to_owned()),
        })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn send(&self, flow: &FlowCx, text: &Text) -> Result<Sent> {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("To", &text.to)
            .append_pair(self.from.0, &self.from.1)
            .append_pair("Body", &text.text)
            .finish();
        let headers = vec![
            ("authorization", self.authorization.reveal().to_owned()),
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
            ("accept", "application/json".to_owned()),
        ];
        let request = Request { headers, body: form.into_bytes() };
        let answer = exchange(flow, &self.url, request)?;
        judge(answer.status, || {
            let refusal = serde_json::from_slice::<Refusal>(&answer.body).ok();
            let code = refusal.and_then(|it| it.code).map(|it| format!(", code {it}"));
            format!("the provider answered {}{}", answer.status, code.unwrap_or_default())
        })
    }
}
