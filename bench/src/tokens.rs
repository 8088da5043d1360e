//! Access tokens and authorization codes, through the same functions as the server.
use std::path::Path;
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use vestibule_kernel::context::FlowCx;
use vestibule_kernel::{Cx, Result, environment};
use vestibule_people::users::{self, NewUser, User};
use vestibule_signin::authorize::codes::{self, NewCode, Subject};
use vestibule_signin::sessions::{self, Method, NewSession, Session};
use vestibule_signin::tokens::{self, TokenKind, keys};

use crate::client::now;
use crate::fill;

/// Where codes may be taken.
pub const CALLBACK: &str = "http://localhost:3000/callback";
/// How long each rate is measured, in each of three turns.
const TIME: Duration = Duration::from_secs(1);
/// How many codes one transaction makes.
const BATCH: usize = 2_000;

/// What one core does in a second.
pub struct Rates {
    /// RS256 signatures and nothing else.
    pub raw: f64,
    /// Access tokens, from their claims to their text.
    pub tokens: f64,
}

/// Signs tokens, and beside it the same number of bytes without us, on one core.
pub fn rates(folder: &Path) -> std::result::Result<Rates, String> {
    measure(folder).map_err(|it| format!("{it:?}"))
}

fn measure(folder: &Path) -> Result<Rates> {
    let flow = open(folder)?;
    let key = keys::signing(&flow)?;
    let claims = flow.write(|cx| {
        let user = somebody(cx, "token@bench.test")?;
        let session = sign_in(cx, &user)?;
        tokens::claims(cx, &user, &session)
    })?;
    let token = tokens::sign(&key, TokenKind::Access, &claims)?;
    let message = token.reveal().rsplit_once('.').unwrap_or_default().0.as_bytes().to_vec();
    let unusable = |_| vestibule_kernel::Error::internal("a key cannot be made");
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(unusable)?;
    let chance = SystemRandom::new();
    let mut signature = vec![0; pair.public_modulus_len()];
    let (mut raw, mut ours) = (Vec::new(), Vec::new());
    // In turn, so that a machine whose speed drifts is fair to both.
    for _ in 0..3 {
        raw.push(rate(|| {
            let signed = pair.sign(&RSA_PKCS1_SHA256, &chance, &message, &mut signature);
            signed.map_err(unusable)
        })?);
        ours.push(rate(|| tokens::sign(&key, TokenKind::Access, &claims).map(|_| ()))?);
    }
    Ok(Rates { raw: median(raw), tokens: median(ours) })
}

fn rate(mut work: impl FnMut() -> Result<()>) -> Result<f64> {
    let started = now();
    let mut count = 0u32;
    while started.elapsed() < TIME {
        work()?;
        count += 1;
    }
    Ok(f64::from(count) / started.elapsed().as_secs_f64())
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// Issues `count` codes, each for a session of its own, as the hosted pages do.
pub fn codes(folder: &Path, count: usize) -> std::result::Result<Vec<String>, String> {
    issue(folder, count).map_err(|it| format!("{it:?}"))
}

fn issue(folder: &Path, count: usize) -> Result<Vec<String>> {
    let flow = open(folder)?;
    let user = flow.write(|cx| somebody(cx, "code@bench.test"))?;
    let mut all = Vec::with_capacity(count);
    for start in (0..count).step_by(BATCH) {
        let user = user.clone();
        let made = flow.write(move |cx| {
            (start..(start + BATCH).min(count)).map(|_| code(cx, &user)).collect::<Result<Vec<_>>>()
        })?;
        all.extend(made);
    }
    Ok(all)
}

fn code(cx: &mut Cx<'_>, user: &User) -> Result<String> {
    let session = sign_in(cx, user)?;
    let new = NewCode {
        client_id: &session.client_id,
        redirect_uri: CALLBACK,
        code_challenge: None,
        subject: Subject::Session { id: &session.id, organization_id: None, oauth_tokens: None },
    };
    codes::issue(cx, &new).map(|it| it.reveal().to_owned())
}

fn somebody(cx: &mut Cx<'_>, email: &str) -> Result<User> {
    let new = NewUser { email: email.to_owned(), email_verified: true, ..NewUser::default() };
    users::create(cx, new)
}

fn sign_in(cx: &mut Cx<'_>, user: &User) -> Result<Session> {
    let id = cx.environment;
    let found = environment::get(cx.db(), id)?;
    let found = found.ok_or_else(|| vestibule_kernel::Error::internal("no environment"))?;
    let new = NewSession {
        user_id: user.id.clone(),
        organization_id: None,
        client_id: found.client_id,
        method: Method::Password,
        factor_proved: false,
        vouched_by: None,
        ip_address: None,
        user_agent: None,
        impersonator: None,
    };
    let session = sessions::draft(cx, new)?;
    sessions::begin(cx, &session, None)?;
    Ok(session)
}

fn open(folder: &Path) -> Result<FlowCx> {
    let app = fill::open(folder)?;
    let all = environment::list(app.db())?;
    let first = all.first().ok_or_else(|| vestibule_kernel::Error::internal("no environment"))?;
    Ok(app.system(&first.id))
}
