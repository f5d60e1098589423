//! Time-based one-time passwords (E072, RFC 6238).

use kernel::ids::UserId;
use serde::{Deserialize, Serialize};

use super::{Counted, Pending, Verified};

/// A code of a user's authenticator app.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Totp {
    pub user_id: UserId,
    /// The secret of a new factor that is being bound, sealed by the server; a bound one is asked for without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

impl Pending<Totp> {
    /// Takes the outcome: whether the code is right and its time step was not used before.
    ///
    /// # Errors
    /// The verification, still pending.
    pub fn prove(self, is_right: Counted<bool>) -> Result<Verified<Totp>, Self> {
        if is_right.into_outcome() { Ok(self.verified(|totp| totp)) } else { Err(self) }
    }
}

impl Verified<Totp> {
    /// Whose bound factor it proves; none while a new one is being bound (E069).
    pub fn bound_factor_of(&self) -> Option<&UserId> {
        self.claim.secret.is_none().then_some(&self.claim.user_id)
    }
}
