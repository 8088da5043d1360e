//! `/mcp` as the resource that OAuth clients get tokens for: its identifier, and its scopes, which are
//! the effects of operations.
//!
//! All views are one resource, because a view is what a client asks for and not what it may do. So the
//! address of a view names it too (RFC 8707 §2 lets a client be as specific as it can).
use url::Url;

use crate::catalog::Effect;
use crate::context::App;

/// Where it is served.
pub const PATH: &str = "/mcp";

/// The scopes, narrowest first.
pub const SCOPES: [Effect; 3] = [Effect::Read, Effect::Write, Effect::Destructive];
/// What a client is told to ask for at first, and has asked for where it names nothing (RFC 6749 §3.3):
/// what is beyond it is asked for when it is needed.
pub const FIRST_SCOPE: Effect = Effect::Read;

/// The identifier of the resource.
pub fn identifier(app: &App) -> String {
    format!("{}{PATH}", app.options().public_url)
}

/// Whether a text identifies the resource, by its own address or by that of a view.
pub fn is_named_by(app: &App, text: &str) -> bool {
    let (Ok(ours), Ok(named)) = (Url::parse(&identifier(app)), Url::parse(text)) else {
        return false;
    };
    // Both are in their normal form now, in which no dots lead out of a path.
    let below = named.path().strip_prefix(ours.path());
    named.origin() == ours.origin()
        && named.username().is_empty()
        && named.password().is_none()
        && named.query().is_none()
        && named.fragment().is_none()
        && below.is_some_and(|it| it.is_empty() || it.starts_with('/'))
}

/// The scopes as OAuth writes them.
pub fn scope(effects: &[Effect]) -> String {
    let named = SCOPES.iter().filter(|it| effects.contains(it)).map(|it| it.name());
    named.collect::<Vec<_>>().join(" ")
}

/// What a text of scopes asks for, narrowest first; nothing where one of them is unknown.
pub fn effects(scope: &str) -> Option<Vec<Effect>> {
    let names: Vec<&str> = scope.split(' ').filter(|it| !it.is_empty()).collect();
    if names.is_empty() {
        return Some(vec![FIRST_SCOPE]);
    }
    if !names.iter().all(|name| SCOPES.iter().any(|it| it.name() == *name)) {
        return None;
    }
    Some(SCOPES.into_iter().filter(|it| names.contains(&it.name())).collect())
}

#[cfg(test)]
mod tests {
    use super::{Effect, effects, is_named_by, scope};
    use crate::testing::{Domains, on_sqlite};

    #[test]
    fn only_this_server_and_the_addresses_of_its_views_are_the_resource() {
        on_sqlite(Domains::default(), |world| {
            for (text, named) in [
                ("http://127.0.0.1:4100/mcp", true),
                ("HTTP://127.0.0.1:4100/mcp", true),
                ("http://127.0.0.1:4100/mcp/", true),
                ("http://127.0.0.1:4100/mcp/x/users/readonly", true),
                ("http://127.0.0.1:4100", false),
                ("http://127.0.0.1:4100/mcpx", false),
                ("http://127.0.0.1:4100/mcp/../organizations", false),
                ("http://127.0.0.1:4100/mcp/%2e%2e/organizations", false),
                ("http://127.0.0.1:4100/mcp#x", false),
                ("http://127.0.0.1:4100/mcp?x", false),
                ("http://127.0.0.1/mcp", false),
                ("https://127.0.0.1:4100/mcp", false),
                ("http://127.0.0.1:4100@evil.example/mcp", false),
                ("http://a:b@127.0.0.1:4100/mcp", false),
                ("http://127.0.0.1:4100.evil.example/mcp", false),
                ("/mcp", false),
                ("", false),
            ] {
                assert_eq!(is_named_by(&world.app, text), named, "{text}");
            }
        });
    }

    #[test]
    fn scopes_are_effects_in_one_order() {
        assert_eq!(effects("").unwrap(), [Effect::Read]);
        assert_eq!(effects("write read  read").unwrap(), [Effect::Read, Effect::Write]);
        assert_eq!(effects("read everything"), None);
        assert_eq!(effects("READ"), None);
        assert_eq!(scope(&[Effect::Destructive, Effect::Read]), "read destructive");
    }
}
