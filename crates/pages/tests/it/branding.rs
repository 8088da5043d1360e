//! The look of the pages, as the environment and its organizations have chosen it.
use axum::http::StatusCode;
use serde_json::{Value, json};
use vestibule_kernel::testing::World;

use crate::visitor::{ORIGIN, Visitor};
use crate::world::{each, mails, once, user};

const SVG: &str = "<svg xmlns='http://www.w3.org/2000/svg'><circle r='4'/></svg>";
/// [`SVG`] in base64.
const SVG_BASE64: &str =
    "PHN2ZyB4bWxucz0naHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmcnPjxjaXJjbGUgcj0nNCcvPjwvc3ZnPg==";

fn brand(world: &World, input: Value) {
    world.call("branding.update", input).unwrap();
}

/// The address of the file of this kind that a page asks for.
fn file(page: &str, mark: &str) -> Option<String> {
    let page = page.replace("&#x2f;", "/").replace("&amp;", "&");
    let (before, after) = page.split_once(mark)?;
    let start = before.rfind('"').unwrap() + 1;
    Some(format!("{}{mark}{}", &before[start..], after.split_once('"').unwrap().0))
}

#[test]
fn pages_have_the_name_colours_and_links_of_their_environment() {
    each(|world| {
        let plain = Visitor::new(world).begins(json!({}));
        assert_eq!(file(&plain.text, "/light.css"), None, "nothing chosen, nothing asked for");
        brand(
            world,
            json!({
                "application_name": "Acme & Sons",
                "accent_color": "#0f766e",
                "custom_css": ".card{border-width:2px}",
                "terms_url": "https://acme.test/terms",
            }),
        );
        let mut visitor = Visitor::new(world);
        let page = visitor.begins(json!({}));
        assert!(page.text.contains("Acme &amp; Sons"), "{}", page.text);
        assert!(page.text.contains("href=\"https:&#x2f;&#x2f;acme.test&#x2f;terms\""));
        for (mark, content) in [
            ("/light.css", ":root{--accent:#0f766e"),
            ("/dark.css", ":root{--accent:#"),
            ("/custom.css", ".card{border-width:2px}"),
        ] {
            let path = file(&page.text, mark).unwrap();
            let seen = visitor.get(&path);
            assert!(seen.text.starts_with(content), "{}", seen.text);
            assert_eq!(seen.header("content-type"), Some("text/css; charset=utf-8"));
            assert!(seen.header("cache-control").unwrap().contains("immutable"));
            let other = visitor.get(path.split_once('?').unwrap().0);
            assert_eq!(other.header("cache-control"), Some("no-store"), "another version");
        }
    });
}

#[test]
fn pages_and_mails_have_the_branding_of_the_organization_that_they_are_about() {
    each(|world| {
        let organization = world.call("organizations.create", json!({ "name": "Hosts" })).unwrap();
        let id = organization["id"].as_str().unwrap();
        brand(world, json!({ "application_name": "App", "accent_color": "#111111" }));
        brand(world, json!({ "organization_id": id, "application_name": "Hosts' App" }));
        let page = Visitor::new(world).begins(json!({ "organization_id": id }));
        assert!(page.text.contains("Hosts&#x27; App"), "{}", page.text);
        let sheet = file(&page.text, "/light.css").unwrap();
        assert!(sheet.contains(id), "{sheet}");
        assert!(
            Visitor::new(world).get(&sheet).text.contains("--accent:#111111"),
            "the rest stays"
        );
        let other = Visitor::new(world).begins(json!({}));
        assert!(!other.text.contains("Hosts"), "{}", other.text);
        let input = json!({ "email": "guest@acme.test", "organization_id": id });
        let invitation = world.call("invitations.create", input).unwrap();
        let mail = mails(world, "guest@acme.test").remove(0);
        assert!(mail.text.contains("to join Hosts on Hosts' App"), "{}", mail.text);
        let link = invitation["accept_invitation_url"].as_str().unwrap();
        let page = Visitor::new(world).opens(link.strip_prefix(ORIGIN).unwrap());
        assert!(page.text.contains("Hosts&#x27; App"), "{}", page.text);
    });
}

#[test]
fn an_uploaded_drawing_that_is_opened_by_itself_can_do_nothing() {
    once(|world| {
        let input = json!({ "kind": "logo", "content": SVG_BASE64 });
        let shown = world.call("branding.set_image", input).unwrap();
        let url = shown["logo"]["url"].as_str().unwrap();
        let mut visitor = Visitor::new(world);
        let seen = visitor.get(url.strip_prefix(ORIGIN).unwrap());
        assert_eq!((seen.status, seen.text.as_str()), (StatusCode::OK, SVG));
        assert_eq!(seen.header("content-type"), Some("image/svg+xml"));
        assert_eq!(seen.header("x-content-type-options"), Some("nosniff"));
        let policy = seen.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && policy.ends_with("sandbox"), "{policy}");
        let page = visitor.begins(json!({}));
        assert!(
            page.text.replace("&#x2f;", "/").contains("<img class=\"brand-logo\" src=\"/branding/")
        );
    });
}

#[test]
fn a_picture_of_one_environment_is_not_served_under_another() {
    once(|world| {
        let input = json!({ "kind": "favicon", "content": SVG_BASE64 });
        let shown = world.call("branding.set_image", input).unwrap();
        let path = shown["favicon"]["url"].as_str().unwrap().strip_prefix(ORIGIN).unwrap();
        let own = world.flow().environment().to_string();
        let (other, _) = world.other_environment();
        let elsewhere = path.replace(&own, other.as_str());
        let mut visitor = Visitor::new(world);
        assert_eq!(visitor.get(path).status, StatusCode::OK);
        assert_eq!(visitor.get(&elsewhere).status, StatusCode::NOT_FOUND);
    });
}

#[test]
fn an_application_can_ask_for_light_or_dark_pages() {
    once(|world| {
        user(&world.flow(), "ada@acme.test");
        let dark = Visitor::new(world).begins(json!({ "theme": "dark" }));
        assert!(dark.text.contains("media=\"all\""), "{}", dark.text);
        let light = Visitor::new(world).begins(json!({ "theme": "light" }));
        assert!(!light.text.contains("/assets/dark-") && !light.text.contains("dark&#x2f;"));
        assert!(light.text.contains("<meta name=\"color-scheme\" content=\"light\">"));
        let system = Visitor::new(world).begins(json!({}));
        assert!(system.text.contains("media=\"(prefers-color-scheme: dark)\""));
    });
}
