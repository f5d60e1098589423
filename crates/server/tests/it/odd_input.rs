//! Every management route with input that nobody sends by accident (attacks E6, E8, F6): an answer, never a failure.

use http::StatusCode;
use serde_json::{Value, json};
use server::routes::{Access, RouteInfo};
use testkit::{TestApp, for_each_engine};

/// Members of bodies, over all routes.
const MEMBERS: &str = "name description type isDefault scopeIds roleIds userIds applicationIds organizationRoleIds \
    organizationScopeIds organizationScopes resourceScopes organizationResourceScopes userScopes organizationIds indicator \
    accessTokenTtl expiresAt oidcClientMetadata customClientMetadata customData isThirdParty isAdmin protectedAppMetadata \
    appLevelAccessControlEnabled color branding customCss termsOfUseUrl privacyPolicyUrl displayName isMfaRequired \
    username primaryEmail primaryPhone password passwordDigest passwordAlgorithm avatar profile isSuspended mfa \
    isPasswordExpired emailDomains emailDomain signIn signUp socialSignIn signInMode languageInfo passwordPolicy \
    agreeToTermsPolicy sentinelPolicy usernamePolicy passwordExpiration emailBlocklistPolicy enabledExtendedClaims ttl \
    supportEmail unknownSessionRedirectUrl forgotPasswordMethods signUpProfileFields";

/// Parameters of lists, over all routes.
const PARAMETERS: &str = "search search.name search.id' mode mode.name joint q type types excludeRoleId excludeOrganizationId isThirdParty page \
     page_size sort sortBy order orderBy filter fields include includeScopes logKey start_time showFeatured";

fn declared(methods: &[&str]) -> impl Iterator<Item = RouteInfo> {
    let methods: Vec<String> = methods.iter().map(|method| (*method).to_owned()).collect();
    server::router::declared()
        .into_iter()
        .filter(move |route| route.access == Access::Management && methods.iter().any(|m| *m == route.method.as_str()))
}

/// The path with `own` for the thing the route is about and `other` for what hangs on it.
fn path(route: &RouteInfo, own: &str, other: &str) -> String {
    let mut first = true;
    let filled = route.path.split('/').map(|part| match part.starts_with('{') {
        true if std::mem::take(&mut first) => own.to_owned(),
        true => other.to_owned(),
        false => part.to_owned(),
    });
    filled.collect::<Vec<_>>().join("/")
}

/// Makes one of each, and returns their ids by the first part of their routes.
async fn one_of_each(app: &TestApp) -> Vec<(&'static str, String)> {
    let mut made = Vec::new();
    for (collection, body) in [
        ("applications", json!({"name": "m", "type": "MachineToMachine"})),
        ("resources", json!({"name": "r", "indicator": "urn:r"})),
        ("roles", json!({"name": "r", "description": "d"})),
        ("users", json!({"username": "odd"})),
        ("organizations", json!({"name": "o"})),
        ("organization-roles", json!({"name": "r"})),
        ("organization-scopes", json!({"name": "s"})),
    ] {
        let answer = app.management_request("POST", &format!("/api/{collection}")).await.json(body).send().await;
        assert!(answer.status.is_success(), "{collection}: {}", answer.text());
        made.push((collection, answer.json()["id"].as_str().unwrap().to_owned()));
    }
    made
}

fn odd_values() -> Vec<Value> {
    let deep = (0..60).fold(json!(1), |inner, _| json!([inner]));
    vec![
        Value::Null,
        json!(""),
        json!("'; drop table users; --"),
        json!("x".repeat(5000)),
        json!("a\0b"),
        json!(-1),
        json!(1e300),
        json!(true),
        json!([]),
        json!({}),
        json!([null]),
        json!(["none", "none"]),
        deep,
    ]
}

#[tokio::test]
async fn e8_odd_bodies_never_break_a_route() {
    for_each_engine(async |app: TestApp| {
        let token = app.management_token("default").await;
        let things = one_of_each(&app).await;
        let mut failures = Vec::new();
        for route in declared(&["POST", "PUT", "PATCH"]) {
            let thing = things.iter().find(|(name, _)| route.path.starts_with(&format!("/api/{name}/")));
            let path = path(&route, thing.map_or("none", |(_, id)| id), "none");
            for value in odd_values() {
                let body: serde_json::Map<_, _> =
                    MEMBERS.split_whitespace().map(|member| (member.to_owned(), value.clone())).collect();
                let all = Value::Object(body);
                for body in [all, value.clone()] {
                    let request = app.request(route.method.as_str(), &path).bearer(&token);
                    let answer = request.json(body).send().await;
                    if matches!(answer.status.as_u16(), 500 | 502..) {
                        failures.push(format!("{} {} with {value:.60}: {}", route.method, route.path, answer.text()));
                    }
                }
            }
            for raw in [b"{\"name\":".as_slice(), b"\xff\xfe", b"[[[[", b"null", b"\"x\"", b"{\"a\":1}{"] {
                let request = app.request(route.method.as_str(), &path).bearer(&token);
                let answer = request.header("content-type", "application/json").raw(raw).send().await;
                if answer.status.is_server_error() {
                    failures.push(format!("{} {} with {raw:?}: {}", route.method, route.path, answer.text()));
                }
            }
        }
        assert!(failures.is_empty(), "{:?}: {failures:#?}", app.engine);
    })
    .await;
}

#[tokio::test]
async fn e8_single_odd_members_never_break_a_creation() {
    for_each_engine(async |app: TestApp| {
        let token = app.management_token("default").await;
        let mut failures = Vec::new();
        let mut number = 0;
        for (collection, valid, members) in [
            (
                "applications",
                json!({"name": "m", "type": "Native"}),
                "name description type oidcClientMetadata \
             customClientMetadata customData isThirdParty protectedAppMetadata",
            ),
            ("resources", json!({"name": "r", "indicator": "urn:"}), "name indicator accessTokenTtl isDefault"),
            ("roles", json!({"name": "r", "description": "d"}), "name description type isDefault scopeIds"),
            (
                "users",
                json!({"username": "odd"}),
                "username primaryEmail primaryPhone name avatar profile customData \
             passwordDigest",
            ),
            (
                "organizations",
                json!({"name": "o"}),
                "name description customData isMfaRequired color branding customCss",
            ),
            ("organization-roles", json!({"name": "r"}), "name description type organizationScopeIds resourceScopeIds"),
            ("organization-scopes", json!({"name": "s"}), "name description"),
        ] {
            for member in members.split_whitespace() {
                for value in odd_values() {
                    number += 1;
                    let mut body = valid.clone();
                    for unique in ["name", "indicator", "username"] {
                        if let Some(text) =
                            body.get(unique).and_then(Value::as_str).map(|text| format!("{text}{number}"))
                        {
                            body[unique] = text.into();
                        }
                    }
                    body[member] = value.clone();
                    let answer = app.post(&format!("/api/{collection}")).bearer(&token).json(body).send().await;
                    if answer.status.as_u16() == 500 || answer.status.as_u16() > 501 {
                        failures.push(format!("{collection}, {member} = {value:.60}: {}", answer.text()));
                    }
                }
            }
        }
        assert!(failures.is_empty(), "{:?}: {failures:#?}", app.engine);
    })
    .await;
}

/// The names of the parameters that a route says it takes.
fn parameters(route: &RouteInfo) -> Vec<String> {
    let declared = server::openapi::endpoint(route).map(|endpoint| endpoint.parameters()).unwrap_or_default();
    declared.iter().map(|parameter| parameter["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn e6_odd_parameters_never_break_a_list() {
    for_each_engine(async |app: TestApp| {
        let token = app.management_token("default").await;
        let things = one_of_each(&app).await;
        let odd = "%27%20or%20%271%27%3D%271 %25%27 %5C _ %00 -1 %FF id%3Bdrop%20table%20users-- 1)%20union%20select%20* \
                   created_at%20desc,(select%201) $1 ?1 {}";
        let before = app.snapshot().await;
        let mut failures = Vec::new();
        for route in declared(&["GET"]) {
            let thing = things.iter().find(|(name, _)| route.path.starts_with(&format!("/api/{name}/")));
            let path = path(&route, thing.map_or("none", |(_, id)| id), "none");
            let takes = parameters(&route);
            for (number, parameter) in PARAMETERS.split_whitespace().enumerate() {
                // Of what a route does not take, one value each.
                let is_taken = takes.iter().any(|name| *name == parameter.split('.').next().unwrap());
                let values = odd.split_whitespace().cycle().skip(number);
                for value in values.take(if is_taken { odd.split_whitespace().count() } else { 1 }) {
                    let query = format!("{parameter}={value}");
                    let answer = app.get(&format!("{path}?{query}")).bearer(&token).send().await;
                    if answer.status.is_server_error() && answer.status != StatusCode::NOT_IMPLEMENTED {
                        failures.push(format!("{} ?{query}: {}", route.path, answer.text()));
                    }
                }
            }
        }
        assert_eq!(before.difference(&app.snapshot().await, &[]), Vec::<String>::new());
        assert!(failures.is_empty(), "{:?}: {failures:#?}", app.engine);
    })
    .await;
}

#[tokio::test]
async fn f6_odd_ids_are_unknown_ids() {
    for_each_engine(async |app: TestApp| {
        let token = app.management_token("default").await;
        let long = "x".repeat(3000);
        let mut failures = Vec::new();
        for route in declared(&["GET", "POST", "PUT", "PATCH", "DELETE"]).filter(|route| route.path.contains('{')) {
            for odd in ["%27", "none", "%F0%9F%98%80", "%00", "%FF", "..%2F..", &long] {
                let request = app.request(route.method.as_str(), &path(&route, odd, odd)).bearer(&token);
                let answer = request.json(json!({})).send().await;
                if answer.status.is_server_error() || answer.status.is_success() && route.method != "GET" {
                    failures.push(format!("{} {} at {odd:.20}: {}", route.method, route.path, answer.text()));
                }
            }
        }
        assert!(failures.is_empty(), "{:?}: {failures:#?}", app.engine);
    })
    .await;
}
