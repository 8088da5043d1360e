//! What a request says about a password: the password itself, or a hash of it, or nothing.
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{Code, Error, FlowCx, Result};

use super::{HashType, Owner, PASSWORD_STRENGTH_ERROR, PasswordHash, SaltPosition, accept, import};

/// The code of the refusal of a password and a hash at once.
pub const PASSWORD_AND_PASSWORD_HASH_PROVIDED: Code = "password_and_password_hash_provided";
/// The code of the refusal of a password and the type of a hash at once.
pub const PASSWORD_AND_PASSWORD_HASH_TYPE_PROVIDED: Code =
    "password_and_password_hash_type_provided";
/// The code of the refusal of a salt position without a hash.
pub const PASSWORD_SALT_POSITION_REQUIRES_PASSWORD_HASH: Code =
    "password_salt_position_requires_password_hash";

/// The fields of a request that set a password.
#[derive(Debug)]
pub struct WantedPassword {
    /// The password.
    pub password: Option<Secret>,
    /// A hash that another product made of it.
    pub hash: Option<String>,
    /// The format of that hash.
    pub hash_type: Option<HashType>,
    /// On which side of the password its salt was put.
    pub salt_position: Option<SaltPosition>,
}

impl WantedPassword {
    /// Judges what is wanted and makes of it what is stored; `None` where nothing is wanted.
    pub fn accept(self, flow: &FlowCx, owner: Owner<'_>) -> Result<Option<PasswordHash>> {
        let Self { password, hash, hash_type, salt_position } = self;
        match (password, hash, hash_type) {
            (Some(_), Some(_), _) => Err(Error::bad_request(
                PASSWORD_AND_PASSWORD_HASH_PROVIDED,
                "Give either password or password_hash, not both.",
            )),
            (Some(_), None, Some(_)) => Err(Error::bad_request(
                PASSWORD_AND_PASSWORD_HASH_TYPE_PROVIDED,
                "Give password_hash_type with password_hash, not with password.",
            )),
            (_, None, _) if salt_position.is_some() => Err(Error::bad_request(
                PASSWORD_SALT_POSITION_REQUIRES_PASSWORD_HASH,
                "Give password_salt_position with password_hash alone.",
            )),
            (Some(password), None, None) => {
                accept(flow, owner, &password, PASSWORD_STRENGTH_ERROR).map(Some)
            }
            (None, Some(hash), Some(hash_type)) => {
                import(&hash, hash_type, salt_position).map(Some)
            }
            (None, Some(_), None) => Err(missing("password_hash_type")),
            (None, None, Some(_)) => Err(missing("password_hash")),
            (None, None, None) => Ok(None),
        }
    }
}

fn missing(field: &'static str) -> Error {
    Error::invalid_field(field, "required", format!("{field} is required."))
}
