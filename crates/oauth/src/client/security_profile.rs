//! Profiles: sets of rules that a client must keep altogether.

use jose::Algorithm;
use serde::{Deserialize, Serialize};

use super::Client;
use crate::OAuthError;
use crate::authorize::AuthorizationRequest;

/// A profile that an application may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecurityProfile {
    /// FAPI 2.0 Security Profile: `private_key_jwt`, pushed requests with `redirect_uri` and PKCE, tokens bound by DPoP, and no
    /// signatures but [`FAPI2_ALGORITHMS`].
    Fapi2,
}

/// FAPI 2.0 Security Profile section 5.4.
pub const FAPI2_ALGORITHMS: [Algorithm; 3] = [Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA];

impl Client {
    /// Whether the client keeps FAPI 2.0.
    pub fn is_fapi2(&self) -> bool {
        self.custom.security_profile == Some(SecurityProfile::Fapi2)
    }

    /// Whether it must push its authorization requests (RFC 9126 section 6).
    pub fn requires_pushed_requests(&self) -> bool {
        self.is_fapi2() || self.custom.require_pushed_authorization_requests == Some(true)
    }

    /// Whether it gets only tokens that are bound, to a key (RFC 9449 section 5.2) or to its certificate.
    pub fn requires_bound_tokens(&self) -> bool {
        self.is_fapi2() || self.custom.dpop_bound_access_tokens == Some(true) || self.binds_to_certificate()
    }

    /// Whether its tokens are bound to the certificate of its connection (RFC 8705 section 3).
    pub fn binds_to_certificate(&self) -> bool {
        self.custom.tls_client_certificate_bound_access_tokens == Some(true)
    }

    /// Checks that a sign-in which began earlier keeps what the client must do now; whether the request was pushed is asked elsewhere.
    ///
    /// # Errors
    /// `invalid_request`.
    pub fn check_begun(&self, request: &AuthorizationRequest) -> Result<(), OAuthError> {
        if self.custom.require_signed_request_object == Some(true) && !request.is_signed {
            return Err(OAuthError::signed_request_required());
        }
        if self.is_fapi2() && request.code_challenge.is_none() {
            return Err(OAuthError::invalid_request("this client must send a code_challenge"));
        }
        Ok(())
    }

    /// Whether it may sign its assertions and proofs so.
    pub fn may_sign_with(&self, algorithm: Algorithm) -> bool {
        !self.is_fapi2() || FAPI2_ALGORITHMS.contains(&algorithm)
    }
}
