//! Example events of a test (inventory H019, trace 60-06).

use ::api::hooks::HookEvent;
use kernel::Timestamp;
use serde_json::{Map, Value, json};

/// The payload of an example, as one of a delivery.
pub(super) fn payload(event: HookEvent, now: Timestamp) -> Value {
    let mut payload =
        Map::from_iter([("createdAt".to_owned(), now.0.into()), ("userAgent".to_owned(), "fake-user-agent".into())]);
    let members = if event.is_about_sign_in() { of_sign_in(now) } else { of_event(event) };
    if let Value::Object(members) = members {
        payload.extend(members);
    }
    Value::Object(payload)
}

fn of_sign_in(now: Timestamp) -> Value {
    json!({
        "sessionId": "fake-session-id",
        "userIp": "fake-user-ip",
        "userId": "fake-id",
        "user": {
            "id": "fake-id",
            "username": "fake-user",
            "primaryEmail": "fake-user@fake-service.com",
            "primaryPhone": "1234567890",
            "name": "Fake User",
            "avatar": "https://fake-service.com/avatars/fake-user.png",
            "customData": {"theme": "light"},
            "identities": {"google": {"userId": "fake-google-user-id"}},
            "profile": {},
            "applicationId": "fake-application-id",
            "cimdClientId": null,
            "isSuspended": false,
            "lastSignInAt": now.0,
            "createdAt": now.0,
            "updatedAt": now.0,
        },
        "application": {
            "id": "fake-spa-application-id",
            "type": "SPA",
            "name": "Fake Application",
            "description": "An application that does not exist",
        },
    })
}

fn of_event(event: HookEvent) -> Value {
    match event {
        HookEvent::IdentifierLockout => json!({"ip": "fake-user-ip", "type": "username", "value": "fake-user"}),
        HookEvent::MessageRateLimited => {
            json!({"ip": "fake-user-ip", "action": "VerificationCodeSend", "recipient": "fake-user@fake-service.com"})
        }
        HookEvent::GrantLimitExceeded => json!({
            "ip": "fake-user-ip",
            "userId": "fake-id",
            "applicationId": "fake-application-id",
            "revokedGrantIds": ["fake-grant-id"],
            "maxAllowedGrants": 1,
            "preRevocationActiveGrantCount": 2,
        }),
        _ => json!({
            "path": "/fake-path/:id",
            "method": "POST",
            "status": 200,
            "params": {"id": "fake-id"},
            "data": {"result": "success"},
        }),
    }
}
