//! `POST /oidc/device/auth`: a device begins (RFC 8628 sections 3.1 and 3.2).

use axum::body::Body;
use axum::response::Response;
use oauth::{OAuthError, UserCode, ttl};
use serde_json::{Value, json};

use super::codes::{self, IssuedDeviceCode, NewDeviceCode};
use crate::callers::{Anyone, RequestContext};
use crate::interaction::address_limit::{self, AddressLimit};
use crate::oidc::client_request::{ClientRequest, read_request};
use crate::oidc::{ProviderError, authorize, response};

/// Device codes that one network may ask for in the lifetime of one: each is a row.
const LIMIT: AddressLimit = AddressLimit { action: "DeviceCodes", most: 300, window_seconds: ttl::DEVICE_CODE };

/// `POST /oidc/device/auth`.
pub async fn authorize_device(Anyone(req): Anyone, body: Body) -> Response {
    let mut client_request = match read_request(&req, body, "/device/auth").await {
        Ok(client_request) => client_request,
        Err(response) => return response,
    };
    match issue(&req, &mut client_request).await {
        Ok(body) => client_request.with_headers(&req, response::json(body)),
        Err(ProviderError(error)) => client_request.error_response(&req, &error),
    }
}

async fn issue(req: &RequestContext, client_request: &mut ClientRequest) -> Result<Value, ProviderError> {
    let registered = client_request.authenticate(req).await?;
    let params = &client_request.params;
    let request =
        authorize::with_context(req, &registered, params, |context| oauth::authorize::device::check(params, context))?;
    let (network, address, agent) = (req.ip.network(), req.ip.text(), req.user_agent.clone());
    let issued = req.write_relaxed(move |work| {
        if !address_limit::count(work, &LIMIT, network)? {
            return Err(OAuthError::temporarily_unavailable().into());
        }
        let new = NewDeviceCode { request: &request, address: &address, agent: &agent };
        Ok::<_, ProviderError>(codes::create(work, &new)?)
    });
    let IssuedDeviceCode { device_code, user_code } = issued.await?;
    let endpoint = req.tenant.endpoint();
    Ok(json!({
        "device_code": device_code,
        "user_code": user_code.shown(),
        "verification_uri": verification_uri(endpoint),
        "verification_uri_complete": verification_uri_complete(endpoint, &user_code),
        "expires_in": ttl::DEVICE_CODE,
    }))
}

fn verification_uri(endpoint: &str) -> String {
    format!("{endpoint}/device")
}

/// Where a user code is confirmed that need not be typed (RFC 8628 section 3.3.1).
pub fn verification_uri_complete(endpoint: &str, code: &UserCode) -> String {
    format!("{}?user_code={}", verification_uri(endpoint), code.shown())
}
