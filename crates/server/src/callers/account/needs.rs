//! What operations of the account API need, as data.

use ::api::account_center::{FieldControl, FieldControls};

/// A part of an account that operators open to people (A005).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Name,
    Avatar,
    Profile,
    Email,
    Phone,
    Password,
    Username,
    Social,
    CustomData,
    Mfa,
    Passkey,
    Session,
    TrustedDevice,
}

impl Field {
    /// All of them, by their names in the settings.
    pub const ALL: [(Self, &'static str); 13] = [
        (Self::Name, "name"),
        (Self::Avatar, "avatar"),
        (Self::Profile, "profile"),
        (Self::Email, "email"),
        (Self::Phone, "phone"),
        (Self::Password, "password"),
        (Self::Username, "username"),
        (Self::Social, "social"),
        (Self::CustomData, "customData"),
        (Self::Mfa, "mfa"),
        (Self::Passkey, "passkey"),
        (Self::Session, "session"),
        (Self::TrustedDevice, "trustedDevice"),
    ];

    fn control(self, controls: &FieldControls) -> FieldControl {
        let control = match self {
            Self::Name => controls.name,
            Self::Avatar => controls.avatar,
            Self::Profile => controls.profile,
            Self::Email => controls.email,
            Self::Phone => controls.phone,
            Self::Password => controls.password,
            Self::Username => controls.username,
            Self::Social => controls.social,
            Self::CustomData => controls.custom_data,
            Self::Mfa => controls.mfa,
            Self::Passkey => controls.passkey.or(controls.mfa),
            Self::Session => controls.session,
            Self::TrustedDevice => controls.trusted_device,
        };
        control.unwrap_or(FieldControl::Off)
    }

    /// Whether people see it.
    pub fn is_readable(self, controls: &FieldControls) -> bool {
        self.control(controls) != FieldControl::Off
    }

    /// Whether people change it.
    pub fn is_editable(self, controls: &FieldControls) -> bool {
        self.control(controls) == FieldControl::Edit
    }
}

/// Whether the person must have proven in the last minutes who they are (A002, A003).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    None,
    /// Only if they have a password, an address or a number with which they can (A008).
    IfPossible,
    Always,
}

/// What an operation needs, or one member of its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The member; empty for the operation itself.
    pub name: &'static str,
    pub scope: Option<&'static str>,
    pub field: Option<Field>,
    pub proof: Proof,
}

impl Part {
    /// Needs of a member of the body.
    pub const fn of(name: &'static str) -> Self {
        Self { name, scope: None, field: None, proof: Proof::None }
    }

    /// The scope that the token must have.
    #[must_use]
    pub const fn scope(mut self, scope: &'static str) -> Self {
        self.scope = Some(scope);
        self
    }

    /// The part of the account that it is about.
    #[must_use]
    pub const fn field(mut self, field: Field) -> Self {
        self.field = Some(field);
        self
    }

    /// That the person must have proven who they are.
    #[must_use]
    pub const fn proof(mut self) -> Self {
        self.proof = Proof::Always;
        self
    }
}

/// What an operation needs of its caller, beside an opaque access token of the tenant with the scope `openid` (A001).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountNeeds {
    /// Whether the account centre must be enabled (A004).
    pub account_center: bool,
    /// Whether it changes something: then the field must be `Edit`.
    pub changes: bool,
    /// Whether the client must be one of the operator's own; always where something is changed (A007).
    pub first_party: bool,
    pub whole: Part,
    /// What members of the body need beside that, if they are present.
    pub members: &'static [Part],
    /// How a missing scope is refused (A006).
    pub scope_status: u16,
}

impl AccountNeeds {
    const fn new(account_center: bool, changes: bool, scope_status: u16) -> Self {
        Self { account_center, changes, first_party: changes, whole: Part::of(""), members: &[], scope_status }
    }

    /// An operation that shows something of the account.
    pub const fn to_read() -> Self {
        Self::new(true, false, 401)
    }

    /// An operation that changes something of the account.
    pub const fn to_change() -> Self {
        Self::new(true, true, 400)
    }

    /// An operation by which a person proves something; it works without the account centre.
    pub const fn to_prove() -> Self {
        Self::new(false, true, 401)
    }

    /// The scope that the token must have.
    #[must_use]
    pub const fn scope(mut self, scope: &'static str) -> Self {
        self.whole = self.whole.scope(scope);
        self
    }

    /// As [`Self::scope`], refused with another status than operations of its kind use.
    #[must_use]
    pub const fn scope_or(mut self, scope: &'static str, status: u16) -> Self {
        self.scope_status = status;
        self.scope(scope)
    }

    /// The part of the account that it is about.
    #[must_use]
    pub const fn field(mut self, field: Field) -> Self {
        self.whole = self.whole.field(field);
        self
    }

    /// That the person must have proven who they are.
    #[must_use]
    pub const fn proof(mut self) -> Self {
        self.whole.proof = Proof::Always;
        self
    }

    /// As [`Self::proof`], if the person has a way to do it.
    #[must_use]
    pub const fn proof_if_possible(mut self) -> Self {
        self.whole.proof = Proof::IfPossible;
        self
    }

    /// That the client is one of the operator's own, also to read: what is shown is a secret, or everything.
    #[must_use]
    pub const fn first_party(mut self) -> Self {
        self.first_party = true;
        self
    }

    /// What single members of the body need beside that.
    #[must_use]
    pub const fn members(mut self, members: &'static [Part]) -> Self {
        self.members = members;
        self
    }

    /// Whether anything of it may need a proof.
    pub fn asks_for_proof(&self) -> bool {
        self.whole.proof != Proof::None || self.members.iter().any(|part| part.proof != Proof::None)
    }
}

/// A type that names an operation, so that [`super::AccountUser`] says what its handler needs.
pub trait AccountOperation: 'static {
    /// What it needs.
    const NEEDS: &'static AccountNeeds;
}

/// Declares operations: `ReadSessions = AccountNeeds::to_read().scope("…");`.
macro_rules! account_operations {
    ($($name:ident = $needs:expr;)*) => { $(
        #[doc = concat!("What `", stringify!($name), "` needs.")]
        pub struct $name;

        impl $crate::callers::AccountOperation for $name {
            const NEEDS: &'static $crate::callers::AccountNeeds = &const { $needs };
        }
    )* };
}
pub(crate) use account_operations;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_is_off_until_it_is_opened_and_passkeys_follow_the_factors() {
        for (field, name) in Field::ALL {
            assert!(!field.is_readable(&FieldControls::default()), "{name}");
            for (control, seen) in [("Off", (false, false)), ("ReadOnly", (true, false)), ("Edit", (true, true))] {
                let controls: FieldControls = serde_json::from_value(json!({name: control})).unwrap();
                assert_eq!((field.is_readable(&controls), field.is_editable(&controls)), seen, "{name} {control}");
            }
        }
        let controls = |value| serde_json::from_value::<FieldControls>(value).unwrap();
        assert!(Field::Passkey.is_editable(&controls(json!({"mfa": "Edit"}))));
        assert!(!Field::Passkey.is_readable(&controls(json!({"mfa": "Edit", "passkey": "Off"}))));
    }
}
