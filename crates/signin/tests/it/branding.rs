//! How the pages and mails of an environment and of its organizations look.
use data_encoding::BASE64;
use serde_json::{Value, json};
use vestibule_kernel::testing::{World, each_engine, on_sqlite};

use crate::support::{domains, text};

const SVG: &str = "<svg xmlns='http://www.w3.org/2000/svg'><circle r='4'/></svg>";

fn organization(world: &World) -> String {
    text(&world.call("organizations.create", json!({ "name": "Acme" })).unwrap()["id"])
}

fn upload(kind: &str, content: &[u8]) -> Value {
    json!({ "kind": kind, "content": BASE64.encode(content) })
}

#[test]
fn what_is_given_is_changed_null_takes_away_and_the_rest_stays() {
    each_engine(domains(), |world| {
        let shown = world.call("branding.get", json!({})).unwrap();
        assert_eq!(shown["object"], "branding");
        assert_eq!((&shown["accent_color"], &shown["logo"]), (&Value::Null, &Value::Null));
        let input = json!({
            "application_name": "Acme Notes",
            "accent_color": "#0f766e",
            "corner_radius": 4,
            "font": "humanist",
            "custom_css": ".card { border-width: 2px }",
            "terms_url": "https://acme.test/terms",
            "support_url": "mailto:help@acme.test",
        });
        let changed = world.call("branding.update", input).unwrap();
        assert_eq!(changed["accent_color"], "#0f766e");
        let input = json!({ "accent_color": null, "sender_name": "Acme" });
        let changed = world.call("branding.update", input).unwrap();
        assert_eq!(changed["accent_color"], Value::Null);
        assert_eq!(changed["application_name"], "Acme Notes");
        assert_eq!(changed["sender_name"], "Acme");
        assert_eq!(world.call("branding.get", json!({})).unwrap(), changed);
    });
}

#[test]
fn an_organization_has_its_own_which_ends_with_it() {
    each_engine(domains(), |world| {
        let id = organization(world);
        world.call("branding.update", json!({ "application_name": "App" })).unwrap();
        let own = json!({ "organization_id": id, "accent_color": "#112233" });
        let shown = world.call("branding.update", own).unwrap();
        assert_eq!(shown["organization_id"], id);
        assert_eq!(shown["application_name"], Value::Null, "only its own is shown");
        let mut logo = upload("logo", SVG.as_bytes());
        logo["organization_id"] = json!(id);
        world.call("branding.set_image", logo).unwrap();
        let environment = world.call("branding.get", json!({})).unwrap();
        assert_eq!(environment["accent_color"], Value::Null);
        assert_eq!(environment["logo"], Value::Null);
        world.call("branding.delete", json!({ "organization_id": id })).unwrap();
        let shown = world.call("branding.get", json!({ "organization_id": id })).unwrap();
        assert_eq!((&shown["accent_color"], &shown["logo"]), (&Value::Null, &Value::Null));
        let own = json!({ "organization_id": id, "accent_color": "#112233" });
        world.call("branding.update", own).unwrap();
        world.call("organizations.delete", json!({ "id": id })).unwrap();
        let error = world.call("branding.get", json!({ "organization_id": id })).unwrap_err();
        assert_eq!(error.status(), 404);
    });
}

#[test]
fn branding_of_an_organization_of_another_environment_cannot_be_touched() {
    each_engine(domains(), |world| {
        let (_, key) = world.other_environment();
        let id = organization(world);
        let request =
            || vestibule_kernel::Request { credential: Some(key.clone()), ..Default::default() };
        for (operation, input) in [
            ("branding.get", json!({ "organization_id": id })),
            ("branding.update", json!({ "organization_id": id, "accent_color": "#000000" })),
            ("branding.delete", json!({ "organization_id": id })),
        ] {
            let error = world.call_as(request(), operation, input).unwrap_err();
            assert_eq!(error.status(), 404, "{operation}");
        }
    });
}

#[test]
fn a_picture_is_kept_by_what_it_is_for_and_named_by_its_content() {
    each_engine(domains(), |world| {
        let first = world.call("branding.set_image", upload("logo", SVG.as_bytes())).unwrap();
        let url = text(&first["logo"]["url"]);
        assert_eq!(first["logo"]["media_type"], "image/svg+xml");
        let other = SVG.replace('4', "5");
        let second = world.call("branding.set_image", upload("logo", other.as_bytes())).unwrap();
        assert_ne!(text(&second["logo"]["url"]), url);
        assert_eq!(second["dark_logo"], Value::Null);
        world.call("branding.delete_image", json!({ "kind": "logo" })).unwrap();
        assert_eq!(world.call("branding.get", json!({})).unwrap()["logo"], Value::Null);
    });
}

#[test]
fn hostile_branding_is_refused_and_nothing_of_it_is_kept() {
    on_sqlite(domains(), |world| {
        for (field, value) in [
            ("custom_css", json!("@import 'https://evil.test/x.css';")),
            ("custom_css", json!("a { background: url(https://evil.test/x) }")),
            ("custom_css", json!("</style><script>alert(1)</script>")),
            ("custom_css", json!("input::after { content: attr(value) }")),
            ("terms_url", json!("javascript:alert(1)")),
            ("privacy_url", json!("http://acme.test")),
            ("support_url", json!("data:text/html,x")),
            ("accent_color", json!("red;}body{display:none")),
            ("corner_radius", json!(33)),
            ("font", json!("\"><script>")),
            ("application_name", json!("")),
            ("application_name", json!("x".repeat(101))),
        ] {
            let error = world.call("branding.update", json!({ field: value })).unwrap_err();
            assert_eq!(error.status(), 422, "{field}: {value}");
        }
        for content in ["<svg><script/></svg>", "GIF89a", "<html></html>", "x"] {
            let error = world.call("branding.set_image", upload("logo", content.as_bytes()));
            assert_eq!(error.unwrap_err().status(), 422, "{content}");
        }
        let input = json!({ "kind": "logo", "content": "not base64" });
        assert_eq!(world.call("branding.set_image", input).unwrap_err().status(), 422);
        let shown = world.call("branding.get", json!({})).unwrap();
        let kept = shown.as_object().unwrap().values().filter(|it| !it.is_null()).count();
        assert_eq!(kept, 1, "{shown}");
    });
}
