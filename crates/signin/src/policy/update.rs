//! Putting an update into a policy: each field into the one of its name.
use vestibule_kernel::Patch;

/// A change of a field that holds a `T`.
pub(super) trait Change<T> {
    /// Carries the change out.
    fn put_into(self, field: &mut T);
}

impl<T> Change<T> for Option<T> {
    fn put_into(self, field: &mut T) {
        if let Some(value) = self {
            *field = value;
        }
    }
}

impl<T> Change<Option<T>> for Patch<T> {
    fn put_into(self, field: &mut Option<T>) {
        self.apply(field);
    }
}

/// Takes the update of a policy apart and puts it into the policy: the fields that environments and
/// organizations share, and those of `also`. What `but` names is no field of the policy.
macro_rules! put {
    ($update:expr => $policy:expr, also: [$($also:ident),*], but: [$($but:ident),*]) => {
        $crate::policy::update::put! {
            @all $update => $policy, but: [$($but),*], [
                password, magic_auth, passkey, social, social_providers, sso, sso_required,
                email_verification, second_factor, session_seconds, inactivity_seconds,
                access_token_seconds $(, $also)*
            ]
        }
    };
    (@all $update:expr => $policy:expr, but: [$($but:ident),*], [$($field:ident),*]) => {
        let Self { $($field,)* $($but: _,)* } = $update;
        $($crate::policy::update::Change::put_into($field, &mut $policy.$field);)*
    };
}
pub(super) use put;
