//! Where each page is served.
use std::sync::Arc;

use axum::Router;
use vestibule_access::oauth;
use vestibule_federation::connections::{
    OIDC_CALLBACK, SAML_ACS, SAML_METADATA, TEST_PROVIDER, TEST_PROVIDER_CALLBACK,
};
use vestibule_federation::passwordless;
use vestibule_federation::social::CALLBACK;
use vestibule_kernel::App;
use vestibule_kernel::agent::approvals;
use vestibule_people::email_changes;
use vestibule_signin::authorize::SIGNED_OUT;
use vestibule_signin::{devices, impersonation, password_reset};

use crate::assets;
use crate::web::Pages;
use journey::{
    Step, another, challenge, code, enrolment, entry, factor, forgotten, organization, passkey,
    password, recovery, sign_up, social, sso, verify, waitlist,
};

mod account;
mod agent_consent;
mod approval;
mod device;
mod email_change;
mod files;
mod home;
mod impersonate;
mod inbox;
mod invite;
pub mod jobs;
mod journey;
mod magic_link;
mod portal;
mod reset;
mod signed_out;
mod test_provider;

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
        .route("/assets/{file}", pages.get(files::missing))
        .route("/branding/{environment}/images/{digest}", pages.get(files::image))
        .route("/branding/{environment}/{owner}/{sheet}", pages.get(files::sheet))
        .route(password_reset::PATH, pages.form(reset::show, reset::send))
        .route(email_changes::PATH, pages.form(email_change::show, email_change::send))
        .route(impersonation::PATH, pages.form(impersonate::show, impersonate::send))
        .route(passwordless::PATH, pages.form(magic_link::show, magic_link::send))
        .route(invite::PATH, pages.form(invite::show, invite::send))
        .route(devices::PATH, pages.form(device::ask, device::take))
        .route(device::APPROVAL, pages.form(device::show, device::decide))
        .route(device::CHANGE, pages.post(device::change))
        .route(approvals::PATH, pages.form(approval::show, approval::send))
        .route(oauth::AUTHORIZE_PATH, pages.form(agent_consent::show, agent_consent::send))
        .route(SIGNED_OUT, pages.get(signed_out::show))
        .route(
            CALLBACK,
            pages.get(social::back).merge(pages.sent_from_elsewhere(social::sent_back)),
        )
        .route(OIDC_CALLBACK, pages.get(social::back_from_connection))
        .route(
            SAML_ACS,
            pages
                .get(social::back_from_connection)
                .merge(pages.sent_from_elsewhere(social::answered)),
        )
        .route(SAML_METADATA, pages.get(files::saml_metadata))
        .route(TEST_PROVIDER, pages.form(test_provider::show, test_provider::send))
        .route(TEST_PROVIDER_CALLBACK, pages.get(social::back_from_connection))
        .route(account::PATH, pages.get(account::show))
        .route(account::CONFIRM, pages.form(account::elsewhere, account::confirm))
        .route(account::EMAIL, pages.form(account::elsewhere, account::change_email))
        .route(account::PASSKEYS, pages.form(account::elsewhere, account::add))
        .route("/account/passkeys/{id}", pages.form(account::elsewhere, account::rename))
        .route("/account/passkeys/{id}/remove", pages.form(account::elsewhere, account::remove))
        .route(files::RELATED_ORIGINS, pages.get(files::related_origins))
        .merge(portal::router(app))
        .merge(journeys(&pages));
    if app.options().dev {
        router = router
            .route(INBOX, pages.get(inbox::list))
            .route("/dev/inbox.json", pages.get(inbox::as_json))
            .route("/dev/inbox/{id}", pages.get(inbox::open))
            .route("/dev/inbox/{id}/html", pages.get(inbox::letter));
    }
    router
}

/// The pages between an application and its redirect URI.
fn journeys(pages: &Arc<Pages>) -> Router {
    let at = |step: Step| format!("/authkit/{{request}}{}", step.path());
    Router::new()
        .route(&at(Step::Begin), pages.get(entry::begin))
        .route(&at(Step::SignIn), pages.form(entry::show, entry::send))
        .route(&at(Step::Password), pages.form(password::show, password::send))
        .route(&at(Step::Code), pages.form(code::show, code::send))
        .route(&at(Step::SendCode), pages.form(code::show, code::mail))
        .route(&at(Step::SignUp), pages.form(sign_up::show, sign_up::send))
        .route(&at(Step::Waitlist), pages.form(waitlist::show, waitlist::send))
        .route(&at(Step::Waiting), pages.get(waitlist::joined))
        .route(&at(Step::Forgotten), pages.form(forgotten::show, forgotten::send))
        .route(&at(Step::ResetSent), pages.get(forgotten::sent))
        .route(&at(Step::Verify), pages.form(verify::show, verify::send))
        .route(&at(Step::SendVerification), pages.form(verify::show, verify::mail))
        .route(&at(Step::Challenge), pages.form(challenge::show, challenge::send))
        .route(&at(Step::SendChallenge), pages.form(challenge::show, challenge::again))
        .route(
            &at(Step::ChallengePhone),
            pages.form(challenge::show_telephone, challenge::send_telephone),
        )
        .route(&at(Step::Factor), pages.form(factor::show, factor::send))
        .route(&at(Step::SendText), pages.form(factor::show, factor::send_again))
        .route(&at(Step::OtherWay), pages.form(factor::show_others, factor::send_other))
        .route(&at(Step::RecoveryCode), pages.form(recovery::show, recovery::send))
        .route(&at(Step::FactorChoice), pages.form(enrolment::show, enrolment::send))
        .route(
            &at(Step::Telephone),
            pages.form(enrolment::show_telephone, enrolment::send_telephone),
        )
        .route(&at(Step::AnyPasskey), pages.form(passkey::show_any, passkey::send_any))
        .route(&at(Step::Passkey), pages.form(passkey::show, passkey::send))
        .route(&at(Step::PasskeyOffer), pages.form(passkey::show_offer, passkey::send_offer))
        .route(&at(Step::Organization), pages.form(organization::show, organization::send))
        .route(&at(Step::Provider), pages.get(social::go_selected))
        .route(&format!("{}/{{provider}}", at(Step::Provider)), pages.get(social::go))
        .route(&at(Step::Another), pages.get(another::show))
        .route(&at(Step::Sso), pages.get(sso::show))
}
