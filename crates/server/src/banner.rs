//! What `vestibule serve` prints when it is ready.
use vestibule_kernel::App;
use vestibule_kernel::environment::KEY_PREFIX;

use crate::config::Settings;
use crate::program::First;
use crate::say;

/// Prints the banner, or one JSON line for scripts.
pub fn ready(settings: &Settings, app: &App, first: &First, as_json: bool) {
    let url = &app.options().public_url;
    let (client, key) = (&first.environment.client_id, first.key.reveal());
    let inbox = app.options().dev.then(|| format!("{url}/dev/inbox"));
    if as_json {
        let mut line = serde_json::json!({
            "url": url,
            "api_key": key,
            "client_id": client,
            "dashboard": url,
            "inbox": inbox,
        });
        if settings.sandbox() {
            // By the names that scripts know from the emulator.
            let port = url.rsplit(':').next().and_then(|it| it.parse::<u16>().ok());
            line["port"] = port.into();
            line["apiKey"] = key.into();
            line["health"] = format!("{url}/health").into();
        }
        return say(&line.to_string());
    }
    // Later starts do not show the key again: a log may keep what is printed.
    let shown = if first.fresh || settings.dev() {
        key.to_owned()
    } else {
        first.key.obfuscated(KEY_PREFIX)
    };
    say(&format!(
        "
  Vestibule {version} on {engine}

  API      {url}
  Docs     {url}/openapi.json",
        version = env!("CARGO_PKG_VERSION"),
        engine = app.db().engine(),
    ));
    if let Some(inbox) = inbox {
        say(&format!("  Inbox    {inbox}"));
    }
    say(&format!(
        "
  For the .env of your application:

    WORKOS_API_KEY={shown}
    WORKOS_CLIENT_ID={client}
    WORKOS_BASE_URL={url}

  The one line to change (Node):

    new WorkOS(process.env.WORKOS_API_KEY, {sdk_options})
",
        sdk_options = sdk_options(url),
    ));
    if settings.sandbox() {
        say("  A sandbox: POST /vestibule/v1/sandbox/reset puts it back to its seed\n");
    }
    if settings.dev() {
        say(&format!(
            "  Demo users: {} and {}, password {}\n",
            crate::demo::ADA,
            crate::demo::GRACE,
            crate::demo::PASSWORD
        ));
    }
}

/// The options that point the Node SDK at `url`.
fn sdk_options(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() => (host, Some(port)),
        _ => (rest, None),
    };
    let port = port.map(|it| format!(", port: {it}")).unwrap_or_default();
    let https = scheme == "https";
    format!("{{ apiHostname: '{host}'{port}, https: {https} }}")
}

#[cfg(test)]
mod tests {
    use super::sdk_options;

    #[test]
    fn the_sdk_line_names_host_port_and_scheme() {
        let local = "{ apiHostname: '127.0.0.1', port: 4100, https: false }";
        assert_eq!(sdk_options("http://127.0.0.1:4100"), local);
        assert_eq!(
            sdk_options("https://id.acme.test"),
            "{ apiHostname: 'id.acme.test', https: true }"
        );
    }
}
