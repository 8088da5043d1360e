//! Where each page is served.
use std::sync::Arc;

use axum::Router;
use vestibule_kernel::App;
use vestibule_signin::password_reset;

use crate::assets;
use crate::web::Pages;

mod files;
mod home;
mod inbox;
mod reset;

/// Where the development inbox is.
pub const INBOX: &str = "/dev/inbox";

/// Every page of the program.
pub fn router(app: &Arc<App>) -> Router {
    let pages = Pages::of(app);
    let mut router = Router::new().route("/", pages.get(home::show));
    for asset in assets::all() {
        router = router.route(&asset.path, files::asset(asset));
    }
    router = router
        .route("/assets/{file}", files::branding())
        .route(password_reset::PATH, pages.form(reset::show, reset::send));
    if app.options().dev {
        router = router
            .route(INBOX, pages.get(inbox::list))
            .route("/dev/inbox.json", pages.get(inbox::as_json))
            .route("/dev/inbox/{id}", pages.get(inbox::open))
            .route("/dev/inbox/{id}/html", pages.get(inbox::letter));
    }
    router
}
