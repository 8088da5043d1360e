//! Recovery codes: a second step for whoever has lost the telephone or the authenticator app.
//!
//! - A set has ten codes of 80 random bits each; each works once.
//! - They are shown once, when they are made. What is kept of each is a digest.
//! - A new set takes the place of the one before, and the set ends with the user's last factor.
mod operations;
mod store;

use serde_json::Value;
use vestibule_kernel::chance::Chance;
use vestibule_kernel::event::Reaction;
use vestibule_kernel::id::UserId;
use vestibule_kernel::secret::{Secret, digest_of};
use vestibule_kernel::{Cx, Op, Result, op};

pub use operations::{DeleteRecoveryCodes, GenerateRecoveryCodes, GetRecoveryCodes};
pub(crate) use store::forget_user as forget;
pub use store::state;

/// The operations of this module.
pub const OPERATIONS: &[Op] =
    &[op::<GenerateRecoveryCodes>(), op::<GetRecoveryCodes>(), op::<DeleteRecoveryCodes>()];

/// A deleted user's codes go too.
pub const USER_DELETED: Reaction = Reaction { event: "user.deleted", run: forget_deleted };

/// How many codes a set has.
pub const CODES: usize = 10;
/// How many letters a code has, without what parts them.
const LETTERS_PER_CODE: usize = 16;
/// How many letters stand together.
const LETTERS_PER_PART: usize = 4;
/// Crockford's base 32: no letter that looks like another.
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Makes a new set for a user, in the place of the one before. This is the only time that it can be
/// shown.
pub fn generate(cx: &mut Cx<'_>, user_id: &UserId) -> Result<Vec<Secret>> {
    let codes: Vec<Secret> = (0..CODES).map(|_| fresh(cx.app.chance())).collect();
    store::forget_user(cx, user_id)?;
    for code in &codes {
        store::insert(cx, user_id, &digest(user_id, code.reveal()))?;
    }
    Ok(codes)
}

/// Uses a code up, and tells whether it was one. Every code of the user is looked at, in constant
/// time, so that nothing can be learned from how long it takes.
pub(crate) fn redeem(cx: &mut Cx<'_>, user_id: &UserId, code: &Secret) -> Result<bool> {
    let given = Secret::new(digest(user_id, code.reveal()));
    let mut found = None;
    for digest in store::unused(cx, user_id)? {
        if given.matches(&digest) {
            found = Some(digest);
        }
    }
    match found {
        Some(digest) => store::use_up(cx, user_id, &digest),
        None => Ok(false),
    }
}

fn fresh(chance: &Chance) -> Secret {
    let bytes: [u8; LETTERS_PER_CODE] = chance.bytes();
    // The lowest five bits of each byte: each letter is equally likely.
    let letters = bytes.map(|it| char::from(LETTERS[usize::from(it & 31)]));
    let parts: Vec<String> =
        letters.chunks(LETTERS_PER_PART).map(|it| it.iter().collect()).collect();
    Secret::new(parts.join("-"))
}

/// What is kept of a code. A code is long and random, so a plain digest cannot be turned around; it
/// is bound to its user, so that no row works for another.
fn digest(user_id: &UserId, code: &str) -> String {
    let plain = |it: char| match it.to_ascii_lowercase() {
        'o' => '0',
        'i' | 'l' => '1',
        other => other,
    };
    let letters = code.chars().filter(|it| !it.is_whitespace() && *it != '-').map(plain);
    digest_of(format!("{user_id} {}", letters.collect::<String>()))
}

fn forget_deleted(cx: &mut Cx<'_>, user: &Value) -> Result<()> {
    match user.get("id").and_then(Value::as_str) {
        Some(id) => store::forget_user(cx, &UserId::parse(id)?),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let user = UserId::parse("user_1").unwrap();
        let kept = digest(&user, "0a1b-2c3d-4e5f-6g7h");
        for typed in ["OAIB2C3D4E5F6G7H", " 0a1b 2c3d 4e5f 6g7h ", "oalb-2c3d-4e5f-6g7h"] {
            assert_eq!(digest(&user, typed), kept, "{typed}");
        }
        assert_ne!(digest(&UserId::parse("user_2").unwrap(), "0a1b-2c3d-4e5f-6g7h"), kept);
    }

    #[test]
    fn a_code_has_four_parts_of_letters_that_cannot_be_taken_for_others() {
        let chance = Chance::seeded(7);
        for _ in 0..100 {
            let code = fresh(&chance);
            let parts: Vec<&str> = code.reveal().split('-').collect();
            assert_eq!(parts.iter().map(|it| it.len()).collect::<Vec<_>>(), [4; 4]);
            assert!(!code.reveal().contains(['i', 'l', 'o', 'u']), "{}", code.reveal());
        }
    }
}
