//! One or more samples of every page, shared by the tests and the preview.

mod passkeys;
mod portal;
mod second_step;
mod test_provider;

use vestibule_branding::Branding;
use vestibule_kernel::Effect;
use vestibule_kernel::agent::approvals::State;
use vestibule_languages::Text;
use vestibule_pages::inbox::{Envelope, Inbox, Kind, Letter};
use vestibule_pages::render::{Acting, Error, Frame, Screen, render};
use vestibule_pages::screens::*;

pub const CSRF: &str = "csrf-token-of-this-browser";

pub fn branding() -> Branding {
    Branding { application_name: Some("Lighthouse".into()), ..Branding::default() }
}

/// Every page by name, in the order a reader might meet them.
pub fn all(frame: &Frame) -> Vec<(&'static str, Result<String, Error>)> {
    let development = frame.clone().with_inbox("/dev/inbox");
    let mut pages = signing_in(frame, &development);
    pages.extend(passwords(frame, &development));
    pages.extend(further_steps(frame));
    pages.extend(second_step::second_steps(frame));
    pages.extend(passkeys::with_passkeys(frame));
    pages.extend(portal::portal(frame));
    pages.extend(test_provider::test_provider(frame));
    pages.extend(outcomes(frame));
    pages.push(("inbox", render(frame, &inbox(true))));
    pages.push(("inbox-list", render(frame, &inbox(false))));
    pages.push(("inbox-empty", render(frame, &empty_inbox())));
    pages
}

fn signing_in(frame: &Frame, development: &Frame) -> Vec<(&'static str, Result<String, Error>)> {
    let refused = form("/sign-up")
        .refused(Problem::with("email", Text::new("problem-email-taken")))
        .refused(Problem::with("password", Text::new("password-too-weak")));
    vec![
        ("sign-in", page(frame, &sign_in(form("/sign-in"), None))),
        (
            "sign-in-providers",
            page(frame, &SignIn { providers: providers(), ..sign_in(form("/sign-in"), None) }),
        ),
        (
            "sign-in-providers-only",
            page(
                frame,
                &SignIn {
                    asks_email: false,
                    sign_up_path: None,
                    providers: providers(),
                    ..sign_in(
                        form("/sign-in")
                            .refused(Problem::overall(Text::new("problem-provider-denied"))),
                        None,
                    )
                },
            ),
        ),
        (
            "sign-up-providers",
            page(frame, &SignUp { providers: providers(), ..sign_up(form("/sign-up"), "", None) }),
        ),
        (
            "sign-in-refused",
            page(
                frame,
                &sign_in(
                    form("/sign-in").refused(Problem::with(
                        "email",
                        Text::new("problem-email").with("typed", "ada@"),
                    )),
                    None,
                ),
            ),
        ),
        ("sign-in-notice", page(frame, &sign_in(form("/sign-in"), Some("code-on-its-way")))),
        ("sign-up", page(frame, &sign_up(form("/sign-up"), "", None))),
        ("sign-up-refused", page(frame, &sign_up(refused, "ada@acme.test", None))),
        ("sign-up-invited", page(frame, &sign_up(form("/sign-up"), "ada@acme.test", Some("Acme")))),
        ("waitlist", page(frame, &waitlist(form("/waitlist"), ""))),
        (
            "waitlist-refused",
            page(
                frame,
                &waitlist(
                    form("/waitlist").refused(Problem::with(
                        "email",
                        Text::new("problem-email").with("typed", "ada@"),
                    )),
                    "ada@",
                ),
            ),
        ),
        (
            "waitlist-joined",
            page(
                frame,
                &OnWaitlist { email: "ada@acme.test".into(), sign_in_path: "/sign-in".into() },
            ),
        ),
        (
            "sign-in-waitlist",
            page(
                frame,
                &SignIn {
                    sign_up_path: None,
                    waitlist_path: Some("/waitlist".into()),
                    ..sign_in(form("/sign-in"), None)
                },
            ),
        ),
        ("code", page(development, &code(CodePurpose::SignIn, form("/code"), None))),
        ("challenge", page(frame, &code(CodePurpose::Challenge, form("/confirm"), None))),
        (
            "challenge-text",
            page(
                frame,
                &Code {
                    telephone: Some("+44 20 7946 0958".into()),
                    phone_path: Some("/confirm/phone".into()),
                    ..code(CodePurpose::Challenge, form("/confirm"), None)
                },
            ),
        ),
        (
            "challenge-number",
            page(
                frame,
                &Telephone {
                    form: form("/confirm/phone"),
                    email: "ada@acme.test".into(),
                    phone_number: String::new(),
                    other_path: None,
                    change_path: "/sign-in".into(),
                    confirms: true,
                },
            ),
        ),
        ("blocked", page(frame, &Blocked::risky(Some("/back".into())))),
        ("denied-notice", page(frame, &Blocked::denied(Some("/back".into())))),
        (
            "denied",
            page(
                frame,
                &Blocked::denied_saying("Ask <it@acme.test> & wait.", Some("/back".into())),
            ),
        ),
        (
            "verify-email",
            page(
                development,
                &code(CodePurpose::VerifyEmail, form("/code"), Some("code-on-its-way")),
            ),
        ),
        (
            "code-refused",
            page(
                frame,
                &code(
                    CodePurpose::SignIn,
                    form("/code").refused(Problem::with("code", Text::new("problem-code"))),
                    None,
                ),
            ),
        ),
    ]
}

fn passwords(frame: &Frame, development: &Frame) -> Vec<(&'static str, Result<String, Error>)> {
    let hint = Text::new("password-hint").with("count", 10_u64);
    let reset =
        |form| ResetPassword { form, email: "ada@acme.test".into(), password_hint: hint.clone() };
    let wrong = Problem::overall(Text::new("problem-credentials"));
    vec![
        ("password", page(frame, &password(form("/password")))),
        ("password-refused", page(frame, &password(form("/password").refused(wrong)))),
        (
            "forgotten-password",
            page(
                frame,
                &ForgottenPassword {
                    form: form("/forgotten"),
                    email: "ada@acme.test".into(),
                    sign_in_path: "/sign-in".into(),
                },
            ),
        ),
        (
            "reset-sent",
            page(
                development,
                &ResetSent {
                    email: "ada@acme.test".into(),
                    minutes_valid: 60,
                    change_path: "/forgotten".into(),
                    sign_in_path: "/sign-in".into(),
                },
            ),
        ),
        ("reset-password", page(frame, &reset(form("/reset")))),
        (
            "reset-password-refused",
            page(frame, &reset(form("/reset").refused(Problem::with("new_password", weak())))),
        ),
        ("reset-done", page(frame, &ResetDone { sign_in_path: Some("/sign-in".into()) })),
    ]
}

fn further_steps(frame: &Frame) -> Vec<(&'static str, Result<String, Error>)> {
    let secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
    let uri = format!(
        "otpauth://totp/Lighthouse:ada@acme.test?secret={secret}&issuer=Lighthouse&digits=6"
    );
    vec![
        ("totp-enrolment", page(frame, &TotpEnrolment::new(form("/totp"), uri, secret))),
        ("totp-challenge", page(frame, &second_step::challenge(form("/totp"), None, false))),
        ("organization-choice", page(frame, &choice())),
        (
            "magic-link",
            page(frame, &MagicLink { form: form("/link"), email: "ada@acme.test".into() }),
        ),
        ("impersonation", page(frame, &impersonation())),
        ("acting", page(&frame.clone().with_acting(Some(acting())), &choice())),
        ("another-way", page(frame, &another_way(false))),
        ("another-way-sso", page(frame, &another_way(true))),
        ("another-way-choice", page(frame, &another_way_with_sso(false))),
        ("another-way-sso-only", page(frame, &another_way_with_sso(true))),
        (
            "single-sign-on",
            page(
                frame,
                &SingleSignOn {
                    organization: "Acme".into(),
                    location: "https://idp.acme.test/authorize?client_id=1".into(),
                },
            ),
        ),
        (
            "device-code",
            page(frame, &DeviceCode { form: form("/device"), user_code: String::new() }),
        ),
        (
            "device-code-refused",
            page(
                frame,
                &DeviceCode {
                    form: form("/device")
                        .refused(Problem::with("user_code", Text::new("problem-device-code"))),
                    user_code: "BCDF-GHJK".into(),
                },
            ),
        ),
        (
            "device-approval",
            page(
                frame,
                &DeviceApproval {
                    form: form("/device/01"),
                    user_code: "BCDF-GHJK".into(),
                    email: "ada@acme.test".into(),
                    organization: Some("Acme".into()),
                    ip_address: Some("203.0.113.7".into()),
                    user_agent: Some("vestibule/0.1.0".into()),
                    change_action: "/device/01/account".into(),
                },
            ),
        ),
        ("device-approved", page(frame, &DeviceDecided { approved: true })),
        ("device-denied", page(frame, &DeviceDecided { approved: false })),
        ("agent-approval", page(frame, &agent_approval(form("/approvals/01")))),
        (
            "agent-approval-refused",
            page(
                frame,
                &agent_approval(form("/approvals/01").refused(Problem::with(
                    "approver_key",
                    Text::Verbatim("This is no approver's key.".into()),
                ))),
            ),
        ),
        ("agent-consent", page(frame, &agent_consent(form("/agents/authorize"), None))),
        (
            "agent-consent-refused",
            page(
                frame,
                &agent_consent(
                    form("/agents/authorize").refused(Problem::with(
                        "key",
                        Text::Verbatim("This is neither an approver's key nor an API key.".into()),
                    )),
                    Some("claude.example"),
                ),
            ),
        ),
        ("agent-let-in", page(frame, &agent_answered(Outcome::LetIn))),
        ("agent-not-let-in", page(frame, &agent_answered(Outcome::KeptOut))),
        ("agent-not-answered", page(frame, &agent_answered(Outcome::Refused))),
        ("agent-approved", page(frame, &agent_decided(State::Approved))),
        ("agent-denied", page(frame, &agent_decided(State::Denied))),
        ("agent-expired", page(frame, &agent_decided(State::Expired))),
        ("agent-used", page(frame, &agent_decided(State::Used))),
        (
            "email-change",
            page(
                frame,
                &ConfirmEmailChange {
                    form: form("/email-change"),
                    email: "ada@lighthouse.test".into(),
                },
            ),
        ),
        ("email-changed", page(frame, &EmailChanged { email: "ada@lighthouse.test".into() })),
        (
            "invitation",
            page(
                frame,
                &Invitation {
                    form: form("/invite"),
                    email: "ada@acme.test".into(),
                    organization: Some("Acme".into()),
                    inviter: Some("Grace Hopper".into()),
                },
            ),
        ),
    ]
}

fn choice() -> OrganizationChoice {
    OrganizationChoice {
        form: form("/organization"),
        email: "ada@acme.test".into(),
        change_path: "/sign-in".into(),
        organizations: vec![
            Choice::new("org_01", "Acme"),
            Choice::new("org_02", "Éclair & Sons"),
            Choice::new("org_03", "The Royal Society for the Improvement of Natural Knowledge"),
        ],
    }
}

fn impersonation() -> Impersonation {
    Impersonation {
        form: form("/impersonate"),
        user: "ada@acme.test".into(),
        organization: Some("Acme".into()),
        impersonator: "grace@lighthouse.test".into(),
        reason: "Ticket 4100: the export is empty".into(),
        minutes: 60,
    }
}

fn acting() -> Acting {
    Acting {
        impersonator: "grace@lighthouse.test".into(),
        user: "ada@acme.test".into(),
        end_path: "/user_management/sessions/logout?session_id=session_01".into(),
    }
}

fn another_way(sso: bool) -> AnotherWay {
    AnotherWay {
        form: form("/code/send"),
        email: "ada@acme.test".into(),
        organization: Some("Acme".into()),
        sso,
        sso_path: None,
        by_code: !sso,
        password_path: None,
        change_path: "/sign-in".into(),
    }
}

fn another_way_with_sso(only: bool) -> AnotherWay {
    AnotherWay {
        sso_path: Some("/sso".into()),
        password_path: (!only).then(|| "/password".into()),
        ..another_way(only)
    }
}

fn outcomes(frame: &Frame) -> Vec<(&'static str, Result<String, Error>)> {
    let location = "http://localhost:3000/callback?code=01&state=x".into();
    vec![
        ("returning", page(frame, &Returning { location })),
        ("onward", page(frame, &Onward { location: "http://localhost:3000/sign-in".into() })),
        ("signed-out", page(frame, &SignedOut { sign_in_path: Some("/sign-in".into()) })),
        (
            "home",
            page(
                frame,
                &Home {
                    base_url: "http://127.0.0.1:4100".into(),
                    links: vec![WayOut {
                        label: Text::Verbatim("API description".into()),
                        path: "/openapi.json".into(),
                    }],
                },
            ),
        ),
        (
            "error",
            page(
                frame,
                &Failure {
                    title: Text::new("failure-title-over"),
                    message: Text::new("failure-link-over"),
                    detail: None,
                    request_id: "req_01KAH6T3N0Q4Y2V8S5M7R9D1XW".into(),
                    way_out: Some(WayOut {
                        label: Text::new("signed-out-again"),
                        path: "/sign-in".into(),
                    }),
                },
            ),
        ),
    ]
}

fn weak() -> Text {
    Text::Sentences(vec![Text::new("password-too-weak"), Text::new("password-weak-common")])
}

fn page<S: Screen>(frame: &Frame, screen: &S) -> Result<String, Error> {
    render(frame, screen)
}

fn form(action: &str) -> Form {
    Form::new(action, CSRF)
}

fn waitlist(form: Form, email: &str) -> Waitlist {
    Waitlist { form, email: email.into(), sign_in_path: "/sign-in".into() }
}

fn sign_in(form: Form, notice: Option<&str>) -> SignIn {
    SignIn {
        form,
        email: String::new(),
        notice: notice.map(Text::new),
        passkey: Some(passkey_ask("/sign-in/passkey")),
        sign_up_path: Some("/sign-up".into()),
        waitlist_path: None,
        asks_email: true,
        providers: Vec::new(),
    }
}

/// Some providers that everybody knows.
fn providers() -> Vec<Provider> {
    let names = ["Google", "Microsoft", "GitHub"];
    names.map(|it| Provider::new(it, format!("/provider/{it}OAuth"))).to_vec()
}

fn password(form: Form) -> Password {
    Password {
        form,
        email: "ada@acme.test".into(),
        change_path: "/sign-in".into(),
        forgotten_path: "/forgotten".into(),
        code_action: Some("/code/send".into()),
        passkey: Some(passkey_ask("/passkey")),
    }
}

fn passkey_ask(action: &str) -> PasskeyAsk {
    PasskeyAsk {
        action: action.into(),
        challenge: "sealed".into(),
        options: r#"{"challenge":"AAAA","allowCredentials":[],"rpId":"localhost"}"#.into(),
    }
}

fn sign_up(form: Form, email: &str, organization: Option<&str>) -> SignUp {
    SignUp {
        form,
        email: email.into(),
        email_is_fixed: organization.is_some(),
        first_name: String::new(),
        last_name: String::new(),
        asks_password: true,
        password_hint: Text::new("password-hint").with("count", 10_u64),
        organization: organization.map(Into::into),
        passkeys: true,
        sign_in_path: "/sign-in".into(),
        providers: Vec::new(),
    }
}

fn code(purpose: CodePurpose, form: Form, notice: Option<&str>) -> Code {
    Code {
        form,
        purpose,
        email: "ada@acme.test".into(),
        telephone: None,
        minutes_valid: 10,
        notice: notice.map(Text::new),
        change_path: Some("/sign-in".into()),
        resend_action: "/code/send".into(),
        password_path: matches!(purpose, CodePurpose::SignIn).then(|| "/password".into()),
        phone_path: None,
    }
}

fn inbox(reading: bool) -> Inbox {
    let envelope = |id: &str, kind, to: &str, subject: Option<&str>, text: &str| Envelope {
        id: id.into(),
        kind,
        to: to.into(),
        subject: subject.map(Into::into),
        text: text.into(),
        created_at: "2026-11-20T18:19:00.123Z".into(),
    };
    Inbox {
        path: "/dev/inbox".into(),
        messages: vec![
            envelope("mail_03", Kind::Mail, "ada@acme.test", Some("Reset your password"), ""),
            envelope("sms_02", Kind::Sms, "+44 20 7946 0958", None, "Your code is 492 118."),
            envelope("mail_01", Kind::Mail, "grace@acme.test", Some("Your sign-in code"), ""),
        ],
        open: Some(Letter {
            id: "mail_03".into(),
            kind: Kind::Mail,
            to: "ada@acme.test".into(),
            subject: Some("Reset your password".into()),
            text: "Hello Ada,\n\nchoose a new password here:\n\
                   http://127.0.0.1:4100/reset-password?token=abc\n\nIt works for an hour."
                .into(),
            has_html: true,
            created_at: "2026-11-20T18:19:00.123Z".into(),
        }),
        reading,
    }
}

fn empty_inbox() -> Inbox {
    Inbox { path: "/dev/inbox".into(), messages: Vec::new(), open: None, reading: false }
}

fn agent_approval(form: Form) -> AgentApproval {
    AgentApproval {
        form,
        agent: "Support desk".into(),
        what: "Delete an organization".into(),
        operation: "organizations.delete".into(),
        destroys: true,
        arguments: "{\n  \"id\": \"org_01EHWNCE74X7JSDV0X3SZ3KJNY\"\n}".into(),
        run: Some("ticket 4100: close the account of Acme".into()),
        ip_address: Some("203.0.113.7".into()),
        minutes: 14,
    }
}

fn agent_consent(form: Form, client_host: Option<&str>) -> AgentConsent {
    let asked = |effect, allowed| AskedEffect { effect, allowed };
    AgentConsent {
        form,
        client: "Claude".into(),
        client_host: client_host.map(Into::into),
        goes_to: "localhost:3118".into(),
        goes_home: true,
        resource: "https://id.example.com/mcp".into(),
        effects: vec![
            asked(Effect::Read, true),
            asked(Effect::Write, true),
            asked(Effect::Destructive, false),
        ],
    }
}

fn agent_answered(outcome: Outcome) -> AgentAnswered {
    AgentAnswered {
        client: "Claude".into(),
        outcome,
        goes_to: "app.example.com".into(),
        location: "http://localhost:3118/callback?code=agc_01&state=x".into(),
    }
}

fn agent_decided(state: State) -> AgentDecided {
    AgentDecided { state, agent: "Support desk".into(), operation: "organizations.delete".into() }
}
