//! The OpenAPI documents (inventory A056, M308), and that they say what docs/contract/openapi says.

use std::collections::BTreeSet;

use serde_json::Value;
use server::openapi::endpoint;
use server::routes::{Access, RouteInfo};
use testkit::{TestApp, for_each_engine};

const MANAGEMENT: &str = include_str!("../../../../docs/contract/openapi/management.json");
const USER: &str = include_str!("../../../../docs/contract/openapi/user.json");

const EXPERIENCE: &str = include_str!("../../../../docs/contract/openapi/experience.json");

const REGISTRATION: &str = "RFC 7591: Logto has no dynamic client registration";
const REFUSALS: &str = "Logto does not keep what was refused";
const ADMINISTRATORS: &str = "the recorded server has the members of a tenant in its cloud alone";
const TENANTS: &str = "the recorded server makes tenants by statements of SQL";
const TRUSTED_DEVICES: &str = "inventory E077: the recorded server has them behind a switch for developers";

const NO_SCHEMA: &str = "the recorded answer has a body (trace 50-04), its document no schema";
const NO_BODY_SCHEMA: &str =
    "its document has no schema of this body; the members are those of inventory O129 and M246";
const OWN_ACCOUNT: &str = "Logto has neither mails about changes, nor a download, nor a deletion by the person";

/// What differs from the contract, and why.
const DIFFERENCES: &[(&str, &str)] = &[
    (
        "ReplaceApplicationRoles: only one side declares the body of 200",
        "the recorded answer has a body, its document none",
    ),
    (
        "CreateOrganizationRole: body requires {\"name\"}, not {\"name\", \"organizationScopeIds\", \"resourceScopeIds\"}",
        "both lists may be absent",
    ),
    (
        "ReplaceApplicationSignInExperience: body requires {}",
        "the recorded server leaves an absent address as it is (trace 40-21)",
    ),
    ("GetSignInExp: 200.mfa.requireMfaAfterSso is unknown to the contract", "the switch of attack D8 is our own"),
    ("GetSignInExp: 200.trustedDevice is unknown to the contract", TRUSTED_DEVICES),
    ("UpdateSignInExp: body.trustedDevice is unknown to the contract", TRUSTED_DEVICES),
    ("UpdateSignInExp: 200.trustedDevice is unknown to the contract", TRUSTED_DEVICES),
    ("ListApplicationOrganizations: 200[].isTrustedDeviceAllowed is unknown to the contract", TRUSTED_DEVICES),
    (
        "ListApplicationUserConsentOrganizations: 200.organizations[].isTrustedDeviceAllowed is unknown to the contract",
        TRUSTED_DEVICES,
    ),
    ("ListOrganizations: 200[].isTrustedDeviceAllowed is unknown to the contract", TRUSTED_DEVICES),
    ("CreateOrganization: body.isTrustedDeviceAllowed is unknown to the contract", TRUSTED_DEVICES),
    ("CreateOrganization: 201.isTrustedDeviceAllowed is unknown to the contract", TRUSTED_DEVICES),
    ("GetOrganization: 200.isTrustedDeviceAllowed is unknown to the contract", TRUSTED_DEVICES),
    ("UpdateOrganization: body.isTrustedDeviceAllowed is unknown to the contract", TRUSTED_DEVICES),
    ("UpdateOrganization: 200.isTrustedDeviceAllowed is unknown to the contract", TRUSTED_DEVICES),
    ("ListUserOrganizations: 200[].isTrustedDeviceAllowed is unknown to the contract", TRUSTED_DEVICES),
    ("ListUserTrustedDevices: get /api/users/{userId}/trusted-devices is not in the contract", TRUSTED_DEVICES),
    ("DeleteUserTrustedDevice: delete /api/users/", TRUSTED_DEVICES),
    ("ListInitialAccessTokens: get /api/initial-access-tokens is not in the contract", REGISTRATION),
    ("CreateInitialAccessToken: post /api/initial-access-tokens is not in the contract", REGISTRATION),
    ("DeleteInitialAccessToken: delete /api/initial-access-tokens/{id} is not in the contract", REGISTRATION),
    ("DeleteApplicationRegistration: delete /api/applications/{id}/registration is not in the contract", REGISTRATION),
    ("ListRefusals: get /api/refusals is not in the contract", REFUSALS),
    ("GetRefusal: get /api/refusals/{requestId} is not in the contract", REFUSALS),
    ("ListAdministrators: get /api/administrators is not in the contract", ADMINISTRATORS),
    ("GetAdministrator: get /api/administrators/{userId} is not in the contract", ADMINISTRATORS),
    ("UpdateAdministrator: patch /api/administrators/{userId} is not in the contract", ADMINISTRATORS),
    ("RemoveAdministrator: delete /api/administrators/{userId} is not in the contract", ADMINISTRATORS),
    ("ListAdministratorInvitations: get /api/administrator-invitations is not in the contract", ADMINISTRATORS),
    ("CreateAdministratorInvitation: post /api/administrator-invitations is not in the contract", ADMINISTRATORS),
    (
        "RevokeAdministratorInvitation: delete /api/administrator-invitations/{id} is not in the contract",
        ADMINISTRATORS,
    ),
    ("ListTenants: get /api/tenants is not in the contract", TENANTS),
    ("CreateTenant: post /api/tenants is not in the contract", TENANTS),
    ("DeleteTenant: delete /api/tenants/{tenantId} is not in the contract", TENANTS),
    ("GetGrants: 200.grants[].payload.openid is unknown to the contract", "as ListUserGrants"),
    ("GetGrants: 200.grants[].payload.resources is unknown to the contract", "as ListUserGrants"),
    ("GetInteraction: 200 requires {", "they are always there"),
    ("GetInteraction: 200.trustedDevice is unknown to the contract", TRUSTED_DEVICES),
    ("TrustDevice: post /api/experience/profile/mfa/trusted-device is not in the contract", TRUSTED_DEVICES),
    (
        "CreateCaptchaChallenge: post /api/experience/captcha-challenge is not in the contract",
        "the built-in captcha is our own",
    ),
    ("GetTrustedDevices: get /api/my-account/trusted-devices is not in the contract", TRUSTED_DEVICES),
    ("DeleteTrustedDevice: delete /api/my-account/", TRUSTED_DEVICES),
    ("GenerateTotpSecret: only one side declares the body of 200", NO_SCHEMA),
    ("GenerateMyAccountBackupCodes: only one side declares the body of 200", NO_SCHEMA),
    ("GetBackupCodes: only one side declares the body of 200", NO_SCHEMA),
    ("DownloadMyData: get /api/my-account/data is not in the contract", OWN_ACCOUNT),
    ("GetMyDeletion: get /api/my-account/deletion is not in the contract", OWN_ACCOUNT),
    ("PlanMyDeletion: post /api/my-account/deletion is not in the contract", OWN_ACCOUNT),
    ("CancelMyDeletion: delete /api/my-account/deletion is not in the contract", OWN_ACCOUNT),
    ("GetAccountConfig: get /api/configs/account is not in the contract", OWN_ACCOUNT),
    ("UpdateAccountConfig: patch /api/configs/account is not in the contract", OWN_ACCOUNT),
    ("TestJwtCustomizer: body", NO_BODY_SCHEMA),
    ("UpsertJwtCustomizer: body requires {", NO_BODY_SCHEMA),
    ("GetAccountCenterSettings: 200.fields.trustedDevice is unknown to the contract", TRUSTED_DEVICES),
    ("UpdateAccountCenterSettings: body.fields.trustedDevice is unknown to the contract", TRUSTED_DEVICES),
    ("UpdateAccountCenterSettings: 200.fields.trustedDevice is unknown to the contract", TRUSTED_DEVICES),
    ("UpdateSignInExp: body.mfa.requireMfaAfterSso is unknown to the contract", "the switch of attack D8 is our own"),
    ("UpdateSignInExp: 200.mfa.requireMfaAfterSso is unknown to the contract", "the switch of attack D8 is our own"),
    (
        "ListUserGrants: 200.grants[].payload.openid is unknown to the contract",
        "the recorded server answers with it (trace 40-04)",
    ),
    (
        "ListUserGrants: 200.grants[].payload.resources is unknown to the contract",
        "the scopes of API resources belong to what was granted too",
    ),
    (
        "GetSignInExp: 200.passwordExpiration.enabledAt is unknown to the contract",
        "its operation that updates has this member",
    ),
    ("UpdateSignInExp: body.passwordPolicy.length requires {}", "members with a default may be absent"),
    ("UpdateSignInExp: body.passwordPolicy.characterTypes requires {}", "members with a default may be absent"),
    ("UpdateSignInExp: body.passwordPolicy.rejects requires {}", "members with a default may be absent"),
    ("CreateOrganizationInvitation: body requires {", "messagePayload has a default, and may be absent (trace 40-11)"),
    (
        "ListHookRecentLogs: has an unknown parameter query result false",
        "our own: the console lists the requests that failed",
    ),
    ("GetUsernameCaseSensitivityConflicts: has no parameter query limit true", "it has a default"),
    ("GetUsernameCaseSensitivityConflicts: has an unknown parameter query limit false", "it has a default"),
];

/// Members of `customClientMetadata` that are our own: absent, an application behaves as the contract says.
const OWN_CLIENT_SETTINGS: [&str; 15] = [
    "tokenEndpointAuthMethod",
    "jwks",
    "jwksUri",
    "tlsClientAuthSubject",
    "tlsClientCertificateBoundAccessTokens",
    "dpopBoundAccessTokens",
    "dpopNonceRequired",
    "idTokenSignedResponseAlg",
    "userinfoSignedResponseAlg",
    "requirePushedAuthorizationRequests",
    "requireSignedRequestObject",
    "acrValuesEnabled",
    "claimsParameterEnabled",
    "securityProfile",
    "accessTokenFormat",
];

#[tokio::test]
async fn the_documents_are_public_and_show_every_operation() {
    for_each_engine(async |app: TestApp| {
        let own = app.get("/api/.well-known/user.openapi.json").send().await.expect(200).json();
        assert_eq!(own["paths"]["/api/my-account"]["get"]["security"], serde_json::json!([{"AccessToken": []}]));
        assert!(own["paths"].get("/api/users").is_none() && own["paths"].get("/api/verifications/password").is_some());
        let steps = app.get("/api/.well-known/experience.openapi.json").send().await.expect(200).json();
        let start = &steps["paths"]["/api/experience"]["put"];
        assert_eq!((&start["operationId"], &start["security"]), (&"InitInteraction".into(), &serde_json::json!([])));
        assert_eq!(start["requestBody"]["content"]["application/json"]["schema"]["required"][0], "interactionEvent");
        let paths = steps["paths"].as_object().unwrap();
        assert!(paths.len() > 30 && paths.keys().all(|path| path.starts_with("/api/experience")), "{paths:?}");
        for path in ["/api/swagger.json", "/api/.well-known/management.openapi.json"] {
            let response = app.get(path).send().await.expect(200);
            assert_eq!(response.header("content-type"), "application/json; charset=utf-8");
            let document = response.json();
            assert_eq!(document["openapi"], "3.0.1");
            assert_eq!(document["paths"]["/api/users"]["post"]["operationId"], "CreateUser");
            let limit =
                "/paths/~1api~1roles/post/requestBody/content/application~1json/schema/properties/name/maxLength";
            assert_eq!(document.pointer(limit), Some(&128.into()));
            app.get(path).header("if-none-match", response.header("etag")).send().await.expect(304);
        }
    })
    .await;
}

#[test]
fn operations_have_unique_names_and_routes() {
    let mut names = BTreeSet::new();
    for operation in server::router::declared().into_iter().filter_map(|route| route.operation) {
        assert!(names.insert(operation.id()), "{} is declared twice", operation.id());
    }
    let without: Vec<_> = api::operations().into_iter().filter(|operation| !names.contains(operation.id())).collect();
    assert!(without.is_empty(), "no route: {without:#?}");
}

#[test]
fn every_route_of_the_apis_declares_its_operation() {
    let routes = server::router::declared();
    let silent: Vec<String> = routes
        .iter()
        .filter(|route| is_api(route) && route.operation.is_none())
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn operations_are_those_of_the_contract() {
    let all = [MANAGEMENT, USER, EXPERIENCE].map(|text| serde_json::from_str::<Value>(text).unwrap());
    let [management, user, experience] = &all;
    let mut faults = Vec::new();
    for route in server::router::declared().iter().filter(|route| is_api(route)) {
        let Some(endpoint) = endpoint(route) else { continue };
        let contract = match route.access {
            Access::Management => management,
            Access::Interaction => experience,
            _ => user,
        };
        let (method, path) = (endpoint.operation.method().to_ascii_lowercase(), endpoint.operation.path());
        let recorded = &contract["paths"][path][&method];
        let mut own = endpoint.to_value();
        let name = endpoint.operation.id();
        if recorded.is_null() {
            faults.push(format!("{name}: {method} {} is not in the contract", path));
            continue;
        }
        let mut recorded = recorded.clone();
        resolve(&mut recorded, contract);
        resolve(&mut own, contract);
        faults.extend(differences(&own, &recorded).into_iter().map(|fault| format!("{name}: {fault}")));
    }
    faults.retain(|fault| !DIFFERENCES.iter().any(|(known, _)| fault.starts_with(known)));
    let own = OWN_CLIENT_SETTINGS.map(|name| format!(".customClientMetadata.{name} is unknown to the contract"));
    faults.retain(|fault| !own.iter().any(|known| fault.ends_with(known)));
    assert!(faults.is_empty(), "{faults:#?}");
}

fn is_api(route: &RouteInfo) -> bool {
    let is_step = route.path == "/api/experience" || route.path.starts_with("/api/experience/");
    is_step || matches!(route.access, Access::Management | Access::Account(_))
}

/// Replaces references by what they stand for.
fn resolve(value: &mut Value, document: &Value) {
    if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
        *value = document.pointer(reference.trim_start_matches('#')).unwrap().clone();
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| resolve(item, document)),
        Value::Object(members) => members.values_mut().for_each(|member| resolve(member, document)),
        _ => {}
    }
}

fn differences(own: &Value, recorded: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for member in ["operationId", "tags"] {
        if own[member] != recorded[member] {
            faults.push(format!("{member} is {}, not {}", own[member], recorded[member]));
        }
    }
    let (given, wanted) = (parameters(own), parameters(recorded));
    faults.extend(wanted.difference(&given).map(|parameter| format!("has no parameter {parameter}")));
    faults.extend(given.difference(&wanted).map(|parameter| format!("has an unknown parameter {parameter}")));
    let (given, wanted) = (names(&own["responses"]), names(&recorded["responses"]));
    faults.extend(wanted.difference(&given).map(|status| format!("does not declare {status}")));
    let body = |operation: &Value| operation["requestBody"]["content"]["application/json"]["schema"].clone();
    if own["requestBody"].is_null() != recorded["requestBody"].is_null() {
        faults.push("one side has a body".to_owned());
    }
    compare("body", &body(own), &body(recorded), &mut faults);
    for status in wanted.iter().filter(|status| status.starts_with('2')) {
        let schema =
            |operation: &Value| operation["responses"][status]["content"]["application/json"]["schema"].clone();
        if schema(own).is_null() != schema(recorded).is_null() {
            faults.push(format!("only one side declares the body of {status}"));
        }
        compare(status, &schema(own), &schema(recorded), &mut faults);
    }
    faults
}

/// The parameters: place, name and whether each is required.
fn parameters(operation: &Value) -> BTreeSet<String> {
    let all = operation["parameters"].as_array().unwrap();
    all.iter().map(|one| format!("{} {} {}", one["in"], one["name"], one["required"]).replace('"', "")).collect()
}

fn names(members: &Value) -> BTreeSet<String> {
    members.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
}

/// Compares the required members of objects, at every depth that both sides describe, and that no member is unknown to the
/// contract.
fn compare(place: &str, own: &Value, recorded: &Value, faults: &mut Vec<String>) {
    if own.get("items").is_some() && recorded.get("items").is_some() {
        compare(&format!("{place}[]"), &own["items"], &recorded["items"], faults);
    }
    let (Some(properties), Some(known)) = (own["properties"].as_object(), recorded["properties"].as_object()) else {
        return;
    };
    let required = |schema: &Value| -> BTreeSet<String> {
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let (given, wanted) = (required(own), required(recorded));
    if given != wanted {
        faults.push(format!("{place} requires {given:?}, not {wanted:?}"));
    }
    for (name, property) in properties {
        match known.get(name) {
            Some(recorded) => compare(&format!("{place}.{name}"), property, recorded, faults),
            None => faults.push(format!("{place}.{name} is unknown to the contract")),
        }
    }
}

/// Every text of a document that people read.
fn descriptions(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(text) if name == "description" || name == "summary" => {
                        found.insert(text.clone());
                    }
                    _ => descriptions(member, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| descriptions(item, found)),
        _ => {}
    }
}

/// They come from comments in the source, whose readers are others.
#[tokio::test]
async fn descriptions_are_for_users_of_the_api() {
    for_each_engine(async |app: TestApp| {
        let mut found = BTreeSet::new();
        let own = app.get("/api/.well-known/user.openapi.json").send().await.expect(200).json();
        assert_eq!(own["paths"]["/api/my-account"]["get"]["security"], serde_json::json!([{"AccessToken": []}]));
        assert!(own["paths"].get("/api/users").is_none() && own["paths"].get("/api/verifications/password").is_some());
        for path in ["/api/swagger.json", "/api/.well-known/management.openapi.json"] {
            descriptions(&app.get(path).send().await.expect(200).json(), &mut found);
        }
        assert!(found.len() > 100, "{}", found.len());
        let of_rust =
            ["[`", "`]", "::", "crate", "Rust", "serde", "`Option", "`Vec", "`None", "`Some", "`Patch", "`self"];
        // `Name` is a type, unless it has a dot, as a key of the audit log, or is a value that the API knows.
        let is_type = |text: &str| {
            let names = text.split('`').skip(1).step_by(2);
            names.clone().any(|name| name.starts_with(char::is_uppercase) && !name.contains(['.', ' ', '_', '-']))
        };
        let wrong: Vec<_> =
            found.iter().filter(|text| of_rust.iter().any(|word| text.contains(word)) || is_type(text)).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    })
    .await;
}
