//! What changes while the application is being asked.
use serde_json::{Value, json};
use vestibule_kernel::id::{OrganizationId, UserId};
use vestibule_kernel::testing::{Answering, World, each_engine};
use vestibule_kernel::{Cx, Result};
use vestibule_people::{memberships, passwords, users};

use super::{AUTHENTICATION, Application, log};
use crate::support::*;

/// Has something done while the first question is being answered; all are answered with yes.
fn meanwhile(
    world: &World,
    application: &Application,
    work: impl Fn(&mut Cx<'_>) -> Result<()> + Clone + Send + 'static,
) {
    let (flow, mut waits) = (world.flow(), true);
    let allow = application.signed(world.app.now(), "Allow", None);
    application.receiver.answers(move |_| {
        if std::mem::take(&mut waits) {
            flow.write(work.clone()).unwrap();
        }
        Answering::With(200, allow.clone())
    });
}

#[test]
fn a_user_who_is_deleted_meanwhile_is_not_let_in() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let application = Application::asked(world, AUTHENTICATION);
        let id = UserId::parse(&ada).unwrap();
        meanwhile(world, &application, move |cx| {
            let user = users::find(cx, &id)?;
            let sql = "DELETE FROM users WHERE environment_id = $1 AND id = $2";
            let values = [cx.environment.into(), (&id).into()];
            cx.db().execute(sql, &values)?;
            cx.emit(&users::DELETED, &user)
        });
        let refused = refusal(sign_in(world, EMAIL));
        assert_eq!(refused, (400, "invalid_pending_authentication_token".to_owned()));
        assert_eq!(count(world, "session.created"), 0);
    });
}

#[test]
fn whose_password_is_changed_meanwhile_is_not_let_in() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let application = Application::asked(world, AUTHENTICATION);
        let (clock, id) = (world.clock.clone(), UserId::parse(&ada).unwrap());
        meanwhile(world, &application, move |cx| {
            clock.advance_seconds(1);
            let hash = passwords::stored(cx, &id)?.unwrap();
            passwords::store(cx, &id, &hash)
        });
        let refused = refusal(sign_in(world, EMAIL));
        assert_eq!(refused, (400, "invalid_pending_authentication_token".to_owned()));
        assert_eq!(sessions(world, &ada), Vec::<String>::new());
    });
}

#[test]
fn an_answer_holds_for_the_organization_that_it_was_given_about() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let organization = join(world, &ada, "Acme");
        let application = Application::asked(world, AUTHENTICATION);
        let (user_id, id) =
            (UserId::parse(&ada).unwrap(), OrganizationId::parse(&organization).unwrap());
        meanwhile(world, &application, move |cx| {
            let membership = memberships::of_user_and_organization(cx, &user_id, &id)?.unwrap();
            memberships::remove(cx, &membership)
        });
        let signed_in = sign_in(world, EMAIL).unwrap();
        assert_eq!(signed_in.get("organization_id"), None);
        let questions = application.questions();
        let asked: Vec<_> = questions.iter().map(|it| it["organization"]["id"].clone()).collect();
        assert_eq!(asked, [json!(organization), Value::Null]);
        assert_eq!(log(world).len(), 2);
    });
}

#[test]
fn a_second_factor_that_is_enrolled_meanwhile_is_asked_for() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        let application = Application::asked(world, AUTHENTICATION);
        meanwhile(world, &application, |cx| {
            let mut policy: vestibule_signin::policy::SignInPolicy = cx.setting()?;
            policy.second_factor = vestibule_signin::policy::SecondFactor::Required;
            cx.set(&policy)
        });
        assert_eq!(refusal(sign_in(world, EMAIL)), (403, "mfa_enrollment".to_owned()));
        assert_eq!(count(world, "session.created"), 0);
    });
}

#[test]
fn what_cannot_succeed_asks_nobody_and_uses_nothing_up() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let metadata = json!({ "id": ada, "metadata": { "big": "x".repeat(600) } });
        world.call("users.update", metadata).unwrap();
        let application = Application::asked(world, AUTHENTICATION);
        let claims: Vec<_> =
            (0..6).map(|it| format!(r#""c{it}": "{{{{ user.metadata.big }}}}""#)).collect();
        let template = json!({ "content": format!("{{ {} }}", claims.join(", ")) });
        world.call("jwt_template.update", template).unwrap();
        let made = world.call("magic_auth.create", json!({ "email": EMAIL })).unwrap();
        world.drain();
        let input = json!({ "email": EMAIL, "code": made["code"] });
        let refused = refusal(authenticate(world, MAGIC_AUTH, input.clone()));
        assert_eq!(refused, (400, "token_too_big".to_owned()));
        assert_eq!(application.questions(), Vec::<Value>::new());
        world.call("jwt_template.update", json!({ "content": r#"{ "a": "b" }"# })).unwrap();
        authenticate(world, MAGIC_AUTH, input).unwrap();
    });
}
