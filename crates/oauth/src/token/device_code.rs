//! The device code grant (RFC 8628 sections 3.4 and 3.5, inventory O095).

use kernel::Timestamp;
use kernel::ids::ApplicationId;

use crate::{Client, OAuthError, pkce};

/// What became of a device code so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceCodeState {
    /// Nobody has decided yet.
    Pending,
    /// The user, or the sign-in, said no.
    Denied,
    /// Its tokens can be had, once.
    Approved,
    Consumed,
}

/// What is stored about a device code, as far as the checks look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceCode {
    pub client_id: ApplicationId,
    pub code_challenge: Option<String>,
    pub expires_at: Timestamp,
    pub state: DeviceCodeState,
}

/// A refusal; a replayed code also ends the grant it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceCodeRejection {
    pub error: OAuthError,
    pub revoke_grant: bool,
}

impl From<OAuthError> for DeviceCodeRejection {
    fn from(error: OAuthError) -> Self {
        Self { error, revoke_grant: false }
    }
}

/// Checks a device code; a failure does not use it up. Whoever polls too fast gets the same answers as others, because clients
/// of the contract know no `slow_down`.
pub fn check(
    code: Option<&DeviceCode>,
    client: &Client,
    verifier: Option<&str>,
    now: Timestamp,
) -> Result<(), DeviceCodeRejection> {
    let code = code.ok_or_else(not_found)?;
    if code.client_id != client.id {
        return Err(OAuthError::invalid_grant("client mismatch").into());
    }
    pkce::check_verifier(code.code_challenge.as_deref(), verifier)?;
    if code.expires_at <= now {
        return Err(OAuthError::expired_device_code().into());
    }
    match code.state {
        DeviceCodeState::Pending => Err(OAuthError::authorization_pending().into()),
        DeviceCodeState::Denied => Err(OAuthError::device_denied().into()),
        DeviceCodeState::Consumed => Err(replay_rejection()),
        DeviceCodeState::Approved => Ok(()),
    }
}

/// No device code has this value.
pub fn not_found() -> OAuthError {
    OAuthError::invalid_grant("device code not found")
}

/// The refusal of a device code whose tokens were issued before.
pub fn replay_rejection() -> DeviceCodeRejection {
    DeviceCodeRejection { error: OAuthError::invalid_grant("device code already consumed"), revoke_grant: true }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{ApplicationType, samples};

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    fn code(state: DeviceCodeState) -> DeviceCode {
        DeviceCode { client_id: "app".into(), code_challenge: None, expires_at: Timestamp(600_000), state }
    }

    fn refusal(code: Option<&DeviceCode>, verifier: Option<&str>, now: i64) -> (&'static str, &'static str, bool) {
        let client = samples::client(ApplicationType::Native, &[]);
        let refusal = check(code, &client, verifier, Timestamp(now)).unwrap_err();
        (refusal.error.error, refusal.error.detail.unwrap_or_default(), refusal.revoke_grant)
    }

    #[test]
    fn each_state_has_its_answer() {
        let (pending, denied) = (code(DeviceCodeState::Pending), code(DeviceCodeState::Denied));
        assert_eq!(refusal(None, None, 0), ("invalid_grant", "device code not found", false));
        assert_eq!(refusal(Some(&pending), None, 0), ("authorization_pending", "", false));
        assert_eq!(refusal(Some(&denied), None, 0), ("access_denied", "", false));
        assert_eq!(refusal(Some(&pending), None, 600_000), ("expired_token", "", false));
        let used = code(DeviceCodeState::Consumed);
        assert_eq!(refusal(Some(&used), None, 0), ("invalid_grant", "device code already consumed", true));
        let client = samples::client(ApplicationType::Native, &[]);
        assert_eq!(check(Some(&code(DeviceCodeState::Approved)), &client, None, Timestamp(599_999)), Ok(()));
    }

    #[test]
    fn b3_b4_the_bindings_are_checked_before_anything_is_told() {
        let foreign = DeviceCode { client_id: "other".into(), ..code(DeviceCodeState::Approved) };
        assert_eq!(refusal(Some(&foreign), None, 600_000), ("invalid_grant", "client mismatch", false));
        let challenge = Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned());
        for state in [DeviceCodeState::Pending, DeviceCodeState::Approved, DeviceCodeState::Consumed] {
            let bound = DeviceCode { code_challenge: challenge.clone(), ..code(state) };
            assert_eq!(refusal(Some(&bound), None, 0), ("invalid_grant", "code_verifier must be provided", false));
            let unasked = refusal(Some(&code(state)), Some(VERIFIER), 0);
            assert_eq!((unasked.0, unasked.2), ("invalid_grant", false));
        }
    }
}
