//! Lifetimes in seconds (inventory O056).

use crate::client::Client;

/// Authorization code.
pub const AUTHORIZATION_CODE: i64 = 60;
/// Pushed authorization request.
pub const PUSHED_REQUEST: i64 = 60;
/// Device code and its user code.
pub const DEVICE_CODE: i64 = 600;
/// Opaque access token, and organization token.
pub const ACCESS_TOKEN: i64 = 3600;
/// Client-credentials token for a resource without own lifetime.
pub const CLIENT_CREDENTIALS: i64 = 600;
/// ID token, unless the client says otherwise.
pub const ID_TOKEN: i64 = 3600;
/// Refresh token, unless the client says otherwise.
pub const REFRESH_TOKEN: i64 = 14 * DAY;
/// Interaction and its cookies.
pub const INTERACTION: i64 = 3600;
/// Browser session, unless the tenant says otherwise.
pub const SESSION: i64 = 14 * DAY;
/// Grant.
pub const GRANT: i64 = 180 * DAY;
/// How long a used refresh token still returns its successor.
pub const REFRESH_GRACE: i64 = 3;
/// A refresh token family older than this is no longer rotated: 365.25 days.
pub const ROTATION_LIMIT: i64 = 31_557_600;
/// Readable cookie with the Google One Tap credential.
pub const GOOGLE_ONE_TAP: i64 = 10;
const DAY: i64 = 86_400;

/// Lifetime of ID tokens for `client`.
pub fn id_token(client: &Client) -> i64 {
    client.custom.id_token_ttl.filter(|ttl| *ttl > 0).unwrap_or(ID_TOKEN)
}

/// Lifetime of refresh tokens for `client`; days win over seconds.
pub fn refresh_token(client: &Client) -> i64 {
    let days = client.custom.refresh_token_ttl_in_days.filter(|days| *days > 0).map(|days| days.saturating_mul(DAY));
    days.or(client.custom.refresh_token_ttl.filter(|ttl| *ttl > 0)).unwrap_or(REFRESH_TOKEN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{ApplicationType, samples};

    #[test]
    fn clients_may_override_two_lifetimes() {
        let mut client = samples::client(ApplicationType::Traditional, &[]);
        assert_eq!((id_token(&client), refresh_token(&client)), (3600, 1_209_600));
        client.custom.id_token_ttl = Some(120);
        client.custom.refresh_token_ttl = Some(60);
        assert_eq!((id_token(&client), refresh_token(&client)), (120, 60));
        client.custom.refresh_token_ttl_in_days = Some(3);
        assert_eq!(refresh_token(&client), 259_200);
    }
}
