//! Back-channel logout (OpenID Connect Back-Channel Logout 1.0; inventory O112, trace 30-20): when a session ends, its clients
//! are told by a signed token. The deliveries are rows of the outbox, so that nobody waits for a client, none is lost with the
//! process, and a client that is slow or down delays no other.

use db::DbError;
use kernel::id;
use kernel::ids::{ApplicationId, UserId};
use oauth::grant::Authorizations;
use oauth::logout_token::{self, EndedSession};
use outbound::OutboundRequest;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::outbox::Delivery;
use crate::work::Work;
use crate::{App, Tenant, applications};

/// The name under which deliveries are stored begins so; the client's id follows.
pub(crate) const SUBSCRIBER: &str = "backchannel_logout:";
/// Its event in the outbox.
const EVENT: &str = "BackchannelLogout";
/// An answer says nothing but its status.
const MAX_RESPONSE_BYTES: usize = 64 * 1024;

/// What a delivery is made from. The token itself is made for each attempt: it is good for two minutes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Logout {
    client_id: ApplicationId,
    user_id: UserId,
    sid: String,
}

/// Says that the session of a user with these clients has ended. Those that asked for it are told after the commit.
pub(crate) fn announce(work: &Work<'_>, user_id: &UserId, authorizations: &Authorizations) -> Result<(), DbError> {
    if authorizations.is_empty() {
        return Ok(());
    }
    let ids: Vec<&str> = authorizations.keys().map(|id| id.as_str()).collect();
    for client_id in applications::told_of_logout(work, &ids)? {
        let Some(authorization) = authorizations.get(&client_id) else { continue };
        let logout = Logout { client_id, user_id: user_id.clone(), sid: authorization.sid.clone() };
        let Ok(Value::Object(payload)) = serde_json::to_value(&logout) else { continue };
        work.enqueue(&format!("{SUBSCRIBER}{}", logout.client_id), EVENT, payload)?;
    }
    Ok(())
}

/// One attempt. The client may have been changed or deleted since: what is configured now counts.
pub(crate) async fn deliver(app: App, delivery: Delivery) -> Result<(), String> {
    let said = |error: &dyn std::fmt::Display| error.to_string();
    let logout: Logout = serde_json::from_value(delivery.payload).map_err(|error| said(&error))?;
    let found = app.tenants.find(&delivery.tenant_id, &app).await.map_err(|error| said(&error))?;
    let Some(tenant_id) = found else { return Ok(()) };
    let tenant = Tenant::new(tenant_id, &app);
    let config = tenant.config().await.map_err(|error| format!("{error:?}"))?;
    let registered = tenant.client(&config, &logout.client_id).await.map_err(|error| said(&error))?;
    let Some(registered) = registered else { return Ok(()) };
    let Some(uri) = registered.client.oidc.logout_receiver() else { return Ok(()) };
    let ended = EndedSession { issuer: tenant.issuer(), sub: logout.user_id.as_str(), sid: &logout.sid };
    let claims = logout_token::claims(&registered.client, &ended, id::opaque_token(&app.rng), app.clock.now());
    let key = config.keys.for_application(registered.client.custom.id_token_signed_response_alg);
    let token = key.sign(Some(logout_token::TYP), &claims).map_err(|error| said(&error))?;
    let request = OutboundRequest::post(uri).map_err(|error| said(&error))?;
    let request = request.form(&[("logout_token", &token)]).max_response_bytes(MAX_RESPONSE_BYTES);
    let answer = app.outbox_client.send(request).await.map_err(|error| said(&error))?;
    match answer.status.is_success() {
        true => Ok(()),
        false => Err(format!("the client answered {}", answer.status.as_u16())),
    }
}
