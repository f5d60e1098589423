//! One valid request for every management route, in an order in which each succeeds. Other tests change one thing about
//! them. A new route needs its line here.

use std::collections::BTreeMap;

use http::{Method, StatusCode};
use outbound::FakeResponse;
use serde_json::json;
use server::routes::{Access, RouteInfo};
use testkit::{TestApp, TestRequest, TestResponse};

/// Whatever is asked for there, it is not configured.
const NOT_CONFIGURED: &str = "/api/systems/application";

/// Whether only the tenant `admin` has what a path is about: other tenants, and the administrators.
fn is_of_admin(path: &str) -> bool {
    path.starts_with("/api/tenants") || path.starts_with("/api/administrator")
}

/// Whether this server has what a path is about: no provider makes domains.
pub fn exists(path: &str) -> bool {
    path != NOT_CONFIGURED && !path.starts_with("/api/domains/none") && !is_of_admin(path)
}

/// Method, path, body, and the name under which the id of the created entity is stored. `{name}` stands for such an id.
/// Below the line are requests that only `default` allows and those that delete the entities.
const REQUESTS: &str = r#"
GET    /api/users
POST   /api/users  {"username": "walker", "password": "Xq7!velvet-harbour"}  -> user
GET    /api/users/{user}
PATCH  /api/users/{user}  {"name": "Walker", "primaryEmail": "walker@example.com"}
GET    /api/users/{user}/custom-data
PATCH  /api/users/{user}/custom-data  {"customData": {"plan": "pro"}}
PATCH  /api/users/{user}/profile  {"profile": {"nickname": "w"}}
GET    /api/users/{user}/logto-configs
PATCH  /api/users/{user}/logto-configs  {"mfa": {"skipped": true}}
PUT    /api/users/{user}/identities/harbour  {"userId": "u1"}
GET    /api/users/{user}/identities/harbour?includeTokenSecret=true
GET    /api/users/{user}/all-identities?includeTokenSecret=true
POST   /api/users/{user}/mfa-verifications  {"type": "Totp"}
GET    /api/users/{user}/mfa-verifications  -> factor
GET    /api/users/{user}/has-password
POST   /api/users/{user}/personal-access-tokens  {"name": "anchor"}
GET    /api/users/{user}/personal-access-tokens
PATCH  /api/users/{user}/personal-access-tokens  {"currentName": "anchor", "name": "chain"}
PATCH  /api/users/{user}/personal-access-tokens/chain  {"name": "rope"}
POST   /api/users/{user}/personal-access-tokens/delete  {"name": "rope"}
POST   /api/users/{user}/personal-access-tokens  {"name": "buoy"}
DELETE /api/users/{user}/personal-access-tokens/buoy
POST   /api/subject-tokens  {"userId": "{user}"}
GET    /api/initial-access-tokens
POST   /api/initial-access-tokens  {"name": "partners"}  -> initial-token
DELETE /api/initial-access-tokens/{initial-token}
DELETE /api/applications/{registered}/registration
PATCH  /api/users/{user}/password/expiration  {"isExpired": true}
PATCH  /api/users/{user}/password  {"password": "Zw3!velvet-harbour"}
POST   /api/users/{user}/password/verify  {"password": "Zw3!velvet-harbour"}
PATCH  /api/users/{user}/is-suspended  {"isSuspended": true}
GET    /api/users/{user}/sessions
GET    /api/users/{user}/sessions/{session}
GET    /api/users/{user}/grants
GET    /api/users/{user}/trusted-devices
GET    /api/resources
POST   /api/resources  {"name": "harbour", "indicator": "https://harbour.example.com"}  -> resource
GET    /api/resources/{resource}
PATCH  /api/resources/{resource}  {"name": "port"}
PATCH  /api/resources/{resource}/is-default  {"isDefault": true}
POST   /api/resources/{resource}/scopes  {"name": "read:ships"}  -> scope
GET    /api/resources/{resource}/scopes
PATCH  /api/resources/{resource}/scopes/{scope}  {"name": "see:ships"}
GET    /api/roles
POST   /api/roles  {"name": "pilot", "description": "d", "scopeIds": ["{scope}"]}  -> role
POST   /api/roles  {"name": "crane", "description": "d", "type": "MachineToMachine"}  -> machine-role
GET    /api/roles/{role}
PATCH  /api/roles/{role}  {"name": "captain", "isDefault": true}
DELETE /api/roles/{role}/scopes/{scope}
POST   /api/roles/{role}/scopes  {"scopeIds": ["{scope}"]}
GET    /api/roles/{role}/scopes
POST   /api/roles/{role}/users  {"userIds": ["{user}"]}
GET    /api/roles/{role}/users
DELETE /api/roles/{role}/users/{user}
POST   /api/users/{user}/roles  {"roleIds": ["{role}"]}
GET    /api/users/{user}/roles
DELETE /api/users/{user}/roles/{role}
PUT    /api/users/{user}/roles  {"roleIds": ["{role}"]}
GET    /api/applications
POST   /api/applications  {"name": "crane", "type": "MachineToMachine"}  -> machine
POST   /api/applications  {"name": "guest", "type": "Traditional", "isThirdParty": true}  -> guest
GET    /api/applications/{machine}
PATCH  /api/applications/{machine}  {"name": "lift"}
PATCH  /api/applications/{machine}/custom-data  {"plan": "pro"}
GET    /api/applications/{machine}/secrets
POST   /api/applications/{machine}/secrets  {"name": "second"}
PATCH  /api/applications/{machine}/secrets/second  {"name": "other"}
DELETE /api/applications/{machine}/secrets/other
POST   /api/applications/{machine}/roles  {"roleIds": ["{machine-role}"]}
GET    /api/applications/{machine}/roles
DELETE /api/applications/{machine}/roles/{machine-role}
PUT    /api/applications/{machine}/roles  {"roleIds": ["{machine-role}"]}
GET    /api/roles/{machine-role}/applications
DELETE /api/roles/{machine-role}/applications/{machine}
POST   /api/roles/{machine-role}/applications  {"applicationIds": ["{machine}"]}
PUT    /api/applications/{guest}/sign-in-experience  {"displayName": "Guest"}
GET    /api/applications/{guest}/sign-in-experience
GET    /api/organization-scopes
POST   /api/organization-scopes  {"name": "see:docks"}  -> organization-scope
GET    /api/organization-scopes/{organization-scope}
PATCH  /api/organization-scopes/{organization-scope}  {"description": "d"}
GET    /api/organization-roles
POST   /api/organization-roles  {"name": "docker", "organizationScopeIds": ["{organization-scope}"]}  -> organization-role
POST   /api/organization-roles  {"name": "winch", "type": "MachineToMachine", "resourceScopeIds": ["{scope}"]}  -> machine-organization-role
GET    /api/organization-roles/{organization-role}
PATCH  /api/organization-roles/{organization-role}  {"description": "d"}
GET    /api/organization-roles/{organization-role}/scopes
DELETE /api/organization-roles/{organization-role}/scopes/{organization-scope}
POST   /api/organization-roles/{organization-role}/scopes  {"organizationScopeIds": ["{organization-scope}"]}
PUT    /api/organization-roles/{organization-role}/scopes  {"organizationScopeIds": ["{organization-scope}"]}
POST   /api/organization-roles/{organization-role}/resource-scopes  {"scopeIds": ["{scope}"]}
GET    /api/organization-roles/{organization-role}/resource-scopes
DELETE /api/organization-roles/{organization-role}/resource-scopes/{scope}
PUT    /api/organization-roles/{organization-role}/resource-scopes  {"scopeIds": ["{scope}"]}
GET    /api/organizations
POST   /api/organizations  {"name": "docks"}  -> organization
GET    /api/organizations/{organization}
PATCH  /api/organizations/{organization}  {"description": "d"}
POST   /api/organizations/{organization}/users  {"userIds": ["{user}"]}
GET    /api/organizations/{organization}/users
PUT    /api/organizations/{organization}/users  {"userIds": ["{user}"]}
POST   /api/organizations/{organization}/users/roles  {"userIds": ["{user}"], "organizationRoleIds": ["{organization-role}"]}
GET    /api/organizations/{organization}/users/{user}/roles
DELETE /api/organizations/{organization}/users/{user}/roles/{organization-role}
POST   /api/organizations/{organization}/users/{user}/roles  {"organizationRoleIds": ["{organization-role}"]}
PUT    /api/organizations/{organization}/users/{user}/roles  {"organizationRoleIds": ["{organization-role}"]}
GET    /api/organizations/{organization}/users/{user}/scopes
GET    /api/users/{user}/organizations
POST   /api/organizations/{organization}/applications  {"applicationIds": ["{machine}"]}
GET    /api/organizations/{organization}/applications
PUT    /api/organizations/{organization}/applications  {"applicationIds": ["{machine}"]}
POST   /api/organizations/{organization}/applications/roles  {"applicationIds": ["{machine}"], "organizationRoleIds": ["{machine-organization-role}"]}
GET    /api/organizations/{organization}/applications/{machine}/roles
DELETE /api/organizations/{organization}/applications/{machine}/roles/{machine-organization-role}
POST   /api/organizations/{organization}/applications/{machine}/roles  {"organizationRoleIds": ["{machine-organization-role}"]}
PUT    /api/organizations/{organization}/applications/{machine}/roles  {"organizationRoleIds": ["{machine-organization-role}"]}
GET    /api/applications/{machine}/organizations
GET    /api/sso-connector-providers
GET    /api/sso-connectors
POST   /api/sso-connectors  {"providerName": "OIDC", "connectorName": "shipyard", "domains": ["shipyard.example"]}  -> sso
GET    /api/users/{user}/sso-identities/{sso}
GET    /api/sso-connectors/{sso}
PATCH  /api/sso-connectors/{sso}  {"connectorName": "wharf"}
POST   /api/organizations/{organization}/jit/sso-connectors  {"ssoConnectorIds": ["{sso}"]}
GET    /api/organizations/{organization}/jit/sso-connectors
DELETE /api/organizations/{organization}/jit/sso-connectors/{sso}
PUT    /api/organizations/{organization}/jit/sso-connectors  {"ssoConnectorIds": ["{sso}"]}
POST   /api/organizations/{organization}/jit/email-domains  {"emailDomain": "docks.example"}
GET    /api/organizations/{organization}/jit/email-domains
DELETE /api/organizations/{organization}/jit/email-domains/docks.example
PUT    /api/organizations/{organization}/jit/email-domains  {"emailDomains": ["quay.example"]}
POST   /api/organizations/{organization}/jit/roles  {"organizationRoleIds": ["{organization-role}"]}
GET    /api/organizations/{organization}/jit/roles
DELETE /api/organizations/{organization}/jit/roles/{organization-role}
PUT    /api/organizations/{organization}/jit/roles  {"organizationRoleIds": ["{organization-role}"]}
POST   /api/applications/{guest}/user-consent-scopes  {"userScopes": ["profile"], "resourceScopes": ["{scope}"], "organizationScopes": ["{organization-scope}"]}
GET    /api/applications/{guest}/user-consent-scopes
DELETE /api/applications/{guest}/user-consent-scopes/resource-scopes/{scope}
POST   /api/applications/{guest}/user-consent-scopes  {"resourceScopes": ["{scope}"]}
POST   /api/applications/{guest}/users/{user}/consent-organizations  {"organizationIds": ["{organization}"]}
GET    /api/applications/{guest}/users/{user}/consent-organizations
DELETE /api/applications/{guest}/users/{user}/consent-organizations/{organization}
PUT    /api/applications/{guest}/users/{user}/consent-organizations  {"organizationIds": ["{organization}"]}
PUT    /api/applications/{guest}/access-control  {"userIds": ["{user}"], "userRoleIds": ["{role}"], "organizationIds": ["{organization}"], "organizationRoleRules": [{"organizationId": "{organization}", "organizationRoleIds": ["{organization-role}"]}]}
GET    /api/applications/{guest}/access-control
GET    /api/systems/application
PUT    /api/custom-phrases/de  {"input": {"username": "Benutzername"}}
GET    /api/custom-phrases
GET    /api/custom-phrases/de
PUT    /api/custom-phrases/fr  {"action": {"sign_in": "Se connecter"}}
DELETE /api/custom-phrases/fr
GET    /api/configs/admin-console
PATCH  /api/configs/admin-console  {"organizationCreated": true}
GET    /api/configs/oidc/session
PATCH  /api/configs/oidc/session  {"ttl": 86400}
GET    /api/configs/oidc/cookie-keys  -> cookie-key
POST   /api/configs/oidc/cookie-keys/rotate  {"rotationGracePeriod": 0}
GET    /api/configs/id-token
PUT    /api/configs/id-token  {"enabledExtendedClaims": ["roles"]}
GET    /api/configs/cimd
PATCH  /api/configs/cimd  {"enabled": true}
POST   /api/cimd/user-consent-scopes  {"userScopes": ["profile"], "resourceScopes": ["{scope}"], "organizationScopes": ["{organization-scope}"]}
GET    /api/cimd/user-consent-scopes
DELETE /api/cimd/user-consent-scopes/resource-scopes/{scope}
GET    /api/domains
POST   /api/domains  {"domain": "login.example.com"}
POST   /api/domains/cleanup  {"staleDays": 30}
GET    /api/domains/none
DELETE /api/domains/none
GET    /api/domains/none/verification-files
PUT    /api/domains/none/verification-files  {"verificationFiles": {}}
GET    /api/administrators
GET    /api/administrators/none
PATCH  /api/administrators/none  {"role": "auditor"}
GET    /api/administrator-invitations
POST   /api/administrator-invitations  {"email": "crew@example.com", "role": "auditor"}
GET    /api/tenants
POST   /api/tenants  {"id": "annex", "endpoint": "https://annex.auth.example.com"}
PUT    /api/configs/jwt-customizer/access-token  {"script": "const getCustomJwtClaims = () => ({});"}
PATCH  /api/configs/jwt-customizer/access-token  {"blockIssuanceOnError": false}
GET    /api/configs/jwt-customizer/access-token
GET    /api/configs/jwt-customizer
POST   /api/configs/jwt-customizer/test  {"tokenType": "client-credentials", "script": "const getCustomJwtClaims = () => ({});", "token": {}, "context": {}}
PUT    /api/configs/actions/action.postSignIn  {"script": "const runAction = () => {};", "enabled": false}
PATCH  /api/configs/actions/action.postSignIn  {"onExecutionError": "allow"}
GET    /api/configs/actions/action.postSignIn
GET    /api/configs/actions
POST   /api/configs/actions/test  {"actionType": "action.postSignIn", "script": "const runAction = () => 1;", "event": {}}
GET    /api/custom-profile-fields
POST   /api/custom-profile-fields  {"name": "cabin", "type": "Text", "required": false}
POST   /api/custom-profile-fields/batch  [{"name": "deck", "type": "Text", "required": false}]
GET    /api/custom-profile-fields/cabin
PUT    /api/custom-profile-fields/cabin  {"type": "Text", "required": false, "label": "Cabin"}
POST   /api/custom-profile-fields/properties/sie-order  {"order": [{"name": "cabin", "sieOrder": 9}]}
GET    /api/connector-factories
GET    /api/connector-factories/http-sms
GET    /api/connectors
POST   /api/connectors  {"connectorId": "http-sms", "config": {"endpoint": "https://sms.example.com/send"}}  -> connector
GET    /api/connectors/{connector}
POST   /api/verification-codes  {"phone": "15550109999"}
POST   /api/verification-codes/verify  {"phone": "15550109999", "verificationCode": "none"}
POST   /api/connectors  {"connectorId": "github-universal", "config": {"clientId": "me", "clientSecret": "hush"}}  -> provider
POST   /api/connectors/{provider}/authorization-uri  {"state": "s", "redirectUri": "https://admin.example/back"}
POST   /api/users/{user}/identities  {"connectorId": "{provider}", "connectorData": {"code": "c", "state": "s", "redirectUri": "https://admin.example/back"}}
PATCH  /api/connectors/{connector}  {"config": {"endpoint": "https://sms.example.com/"}}
POST   /api/connectors  {"connectorId": "http-email", "config": {"endpoint": "https://sms.example.com/send"}}  -> mailer
POST   /api/organizations  {"name": "wharf"}  -> wharf
POST   /api/organization-invitations  {"organizationId": "{wharf}", "invitee": "walker@example.com", "expiresAt": 4102444800000, "organizationRoleIds": ["{organization-role}"], "messagePayload": {"link": "https://wharf.example/join"}}  -> invitation
GET    /api/organization-invitations
GET    /api/organization-invitations/{invitation}
POST   /api/organization-invitations/{invitation}/message  {"code": "c"}
PUT    /api/organization-invitations/{invitation}/status  {"status": "Accepted", "acceptedUserId": "{user}"}
POST   /api/connectors/http-sms/test  {"phone": "15550109999", "config": {"endpoint": "https://sms.example.com/send"}}
POST   /api/one-time-tokens  {"email": "walker@example.com"}  -> one-time-token
GET    /api/one-time-tokens
GET    /api/one-time-tokens/{one-time-token}
POST   /api/one-time-tokens/verify  {"email": "walker@example.com", "token": "{one-time-token-value}"}
PUT    /api/one-time-tokens/{one-time-token}/status  {"status": "revoked"}
PUT    /api/email-templates  {"templates": [{"languageTag": "de", "templateType": "SignIn", "details": {"subject": "s", "content": "c"}}]}  -> email-template
GET    /api/email-templates
GET    /api/email-templates/{email-template}
PATCH  /api/email-templates/{email-template}/details  {"subject": "t"}
PUT    /api/captcha-provider  {"config": {"type": "Turnstile", "siteKey": "k", "secretKey": "s"}}
GET    /api/captcha-provider
GET    /api/user-assets/service-status
POST   /api/user-assets
POST   /api/hooks  {"name": "bell", "events": ["Grant.LimitExceeded"], "config": {"url": "https://bell.example.com/hook"}}  -> hook
GET    /api/hooks
GET    /api/hooks/{hook}
PATCH  /api/hooks/{hook}  {"config": {"url": "https://bell.example.com/other"}}
GET    /api/hooks/{hook}/recent-logs
POST   /api/hooks/{hook}/test  {"events": ["PostSignIn"], "config": {"url": "https://bell.example.com/test"}}
PATCH  /api/hooks/{hook}/signing-key
GET    /api/dashboard/users/total
GET    /api/dashboard/users/new
GET    /api/dashboard/users/active?date=2026-11-29
GET    /api/logs
GET    /api/logs/{log}
GET    /api/refusals
GET    /api/refusals/{refusal}
GET    /api/account-center
PATCH  /api/account-center  {"webauthnRelatedOrigins": ["https://shop.example"]}
GET    /api/configs/account
PATCH  /api/configs/account  {"deletionGraceDays": 30}
GET    /api/sign-in-exp
PATCH  /api/sign-in-exp  {"termsOfUseUrl": "https://harbour.example.com/terms"}
GET    /api/sign-in-exp/username-policy/case-sensitivity-conflicts
POST   /api/sign-in-exp/default/check-password  {"password": "Xq7!velvet-harbour", "userId": "{user}"}
POST   /api/sentinel-activities/delete  {"targetType": "User", "targets": ["walker"]}
----
DELETE /api/configs/jwt-customizer/access-token
DELETE /api/configs/actions/action.postSignIn
PATCH  /api/applications/{machine}  {"isAdmin": true}
DELETE /api/organizations/{organization}/users/{user}
DELETE /api/organizations/{organization}/applications/{machine}
DELETE /api/custom-profile-fields/cabin
DELETE /api/organization-invitations/{invitation}
DELETE /api/organizations/{organization}
DELETE /api/organization-roles/{organization-role}
DELETE /api/organization-scopes/{organization-scope}
DELETE /api/roles/{role}
DELETE /api/resources/{resource}/scopes/{scope}
DELETE /api/resources/{resource}
DELETE /api/applications/{machine}/legacy-secret
DELETE /api/applications/{machine}
DELETE /api/users/{user}/identities/harbour
DELETE /api/secrets/none
DELETE /api/users/{user}/sessions/{session}
DELETE /api/users/{user}/grants/{grant}
DELETE /api/users/{user}/trusted-devices/{trusted-device}
DELETE /api/users/{user}/mfa-verifications/{factor}
DELETE /api/users/{user}
DELETE /api/connectors/{connector}
DELETE /api/sso-connectors/{sso}
DELETE /api/captcha-provider
DELETE /api/configs/oidc/cookie-keys/{cookie-key}
DELETE /api/hooks/{hook}
DELETE /api/email-templates/{email-template}
DELETE /api/email-templates?languageTag=de
DELETE /api/one-time-tokens/{one-time-token}
DELETE /api/administrator-invitations/none
DELETE /api/administrators/none
DELETE /api/tenants/annex
"#;

/// A valid request.
#[derive(Debug, Clone)]
pub struct SampleRequest {
    pub method: &'static str,
    pub path: &'static str,
    pub body: String,
    makes: Option<&'static str>,
}

/// All requests, in order.
pub fn sample_requests() -> Vec<SampleRequest> {
    read(REQUESTS)
}

fn read(lines: &'static str) -> Vec<SampleRequest> {
    let call = |line: &'static str| {
        let (line, makes) = line.split_once("  -> ").map_or((line, None), |(line, name)| (line, Some(name)));
        let (method, rest) = line.split_once(' ').unwrap();
        let (path, body) = rest.trim().split_once("  ").unwrap_or((rest.trim(), ""));
        SampleRequest { method, path, body: body.to_owned(), makes }
    };
    lines.lines().filter(|line| !line.is_empty() && *line != "----").map(call).collect()
}

/// The management routes.
pub fn management_routes() -> Vec<RouteInfo> {
    server::router::declared().into_iter().filter(|route| route.access == Access::Management).collect()
}

impl SampleRequest {
    /// Whether this request is for the route.
    pub fn is_of(&self, route: &RouteInfo) -> bool {
        let path = self.path.split('?').next().unwrap_or_default();
        let (own, declared) = (path.split('/'), route.path.split('/'));
        self.method == route.method.as_str()
            && own.clone().count() == declared.clone().count()
            && own.zip(declared).all(|(own, declared)| declared.starts_with('{') || own == declared)
    }

    /// The request for another entity of the same kind, because names are unique.
    pub fn with_new_name(mut self) -> Self {
        if self.makes.is_some() {
            self.body = self.body.replace("\"name\": \"", "\"name\": \"another-");
        }
        self
    }

    /// The names of the entities in path and body.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for text in [self.path, &self.body] {
            let found = text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name));
            names.extend(
                found.filter(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '-')),
            );
        }
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// A tenant with entities, and a token for its Management API.
#[derive(Clone)]
pub struct SeededTenant {
    pub app: TestApp,
    pub tenant: &'static str,
    pub token: String,
    pub things: BTreeMap<String, String>,
}

impl SeededTenant {
    /// A tenant without entities.
    pub async fn new(app: &TestApp, tenant: &'static str) -> Self {
        let token = app.management_token(tenant).await;
        let taken = FakeResponse::status(StatusCode::NO_CONTENT);
        app.outbound.respond(Method::POST, "https://sms.example.com/send", taken.clone());
        app.outbound.respond(Method::POST, "https://bell.example.com/test", taken);
        // Password expiration can only be enabled where passwords can be reset, which needs a connector.
        let text = db::sql!(
            "update sign_in_experiences set settings = replace(settings, '\"passwordExpiration\":{}', \
             '\"passwordExpiration\":{\"enabled\":true,\"validPeriodDays\":30}') where tenant_id = $1"
        );
        let expiring = app.configure(tenant, move |work| work.exec_one(text, db::params![tenant])).await;
        assert_eq!(expiring, Ok::<_, db::DbError>(()));
        // An entry whose id is known.
        let log = format!("log-of-{tenant}");
        let text = db::sql!(
            "insert into logs (tenant_id, id, key, payload, created_at) \
             values ($1, $2, 'Unknown', '{\"key\": \"Unknown\", \"result\": \"Success\"}', $3)"
        );
        let refusal = format!("refusal-of-{tenant}");
        let refused = db::sql!(
            "insert into refusals (tenant_id, request_id, method, path, status, code, description, facts, created_at) \
             values ($1, $2, 'GET', '/oidc/auth', 400, 'oidc.invalid_request', '', '{}', $3)"
        );
        let things = BTreeMap::from([("log".to_owned(), log.clone()), ("refusal".to_owned(), refusal.clone())]);
        let insert = move |work: &server::work::Work<'_>| {
            work.exec_one(text, db::params![tenant, log, work.now()])?;
            work.exec_one(refused, db::params![tenant, refusal, work.now()])
        };
        app.write(tenant, insert).await.unwrap();
        let mut place = Self { app: app.clone(), tenant, token, things };
        place.register_client().await;
        place
    }

    /// Nor does one register a client.
    async fn register_client(&mut self) {
        let new = json!({"name": "registered", "type": "SPA", "isThirdParty": true});
        let new: server::applications::CreateApplication = serde_json::from_value(new).unwrap();
        let create = move |work: &server::work::Work<'_>| {
            let id = server::applications::create(work, new)?.application.id;
            server::client_registration::record(work, &id)?;
            Ok::<_, server::ApiError>(id.to_string())
        };
        let id = self.app.write(self.tenant, create).await.unwrap();
        self.things.insert("registered".to_owned(), id);
    }

    /// The tenant after all requests except those that delete.
    pub async fn with_all_entities(app: &TestApp, tenant: &'static str) -> Self {
        let mut place = Self::new(app, tenant).await;
        for call in read(REQUESTS.split("----").next().unwrap()) {
            place.make(&call).await;
        }
        place
    }

    /// Sends the request, which must succeed, and stores the id of the created entity.
    pub async fn make(&mut self, call: &SampleRequest) {
        let answer = self.send(call).await;
        self.record_success(call, &answer).await;
    }

    /// Fails unless the request succeeded; stores the id of the created entity.
    pub async fn record_success(&mut self, call: &SampleRequest, answer: &TestResponse) {
        // No application has a legacy secret; the route says so after it has found the application.
        if call.path.ends_with("/legacy-secret") {
            assert_eq!(answer.json()["code"], "application.no_legacy_secret_found");
            return;
        }
        // Nobody signs in at the provider here.
        if call.path.ends_with("/identities") {
            assert_eq!(answer.json()["code"], "connector.general");
            return;
        }
        // Nobody reads here what was sent.
        if call.path == "/api/verification-codes/verify" {
            assert_eq!(answer.json()["code"], "verification_code.code_mismatch");
            return;
        }
        // The requests here have no files.
        if call.path == "/api/user-assets" {
            assert_eq!(answer.json()["code"], "guard.invalid_input");
            return;
        }
        // No request of the Management API stores tokens.
        if call.path == "/api/secrets/none" {
            assert_eq!(answer.json()["code"], "entity.not_found");
            return;
        }
        // No provider makes domains for this server.
        if call.path == "/api/domains" && call.method == "POST" {
            assert_eq!(answer.json()["code"], "domain.not_configured");
            return;
        }
        if call.path.starts_with("/api/domains/none") {
            assert_eq!(answer.json()["code"], "entity.not_exists_with_id");
            return;
        }
        // Only `admin` knows of other tenants and of administrators, of whom there are none here.
        let is_nobody = call.path.starts_with("/api/administrator") && call.path.ends_with("/none");
        if is_of_admin(call.path) && (self.tenant != "admin" || is_nobody) {
            assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (404, &json!("entity.not_found")));
            return;
        }
        if call.path == NOT_CONFIGURED {
            assert_eq!(answer.json()["code"], "application.protected_app_not_configured");
            return;
        }
        assert!(answer.status.is_success(), "{} {}: {} {}", call.method, call.path, answer.status, answer.text());
        // Whoever is suspended loses the sessions, so theirs is made afterwards.
        if call.path.ends_with("/is-suspended") {
            self.add_session().await;
        }
        if let Some(name) = call.makes {
            let answer = answer.json();
            // A list has one entry here.
            let made = answer.get(0).unwrap_or(&answer);
            self.things.insert(name.to_owned(), made["id"].as_str().unwrap().to_owned());
            if let Some(token) = made["token"].as_str() {
                self.things.insert(format!("{name}-value"), token.to_owned());
            }
            if name == "sso" {
                self.add_enterprise_identity().await;
            }
        }
    }

    /// A session, a grant and a trusted device of the user: no request of the Management API makes one.
    async fn add_session(&mut self) {
        let (user, session, grant) =
            (self.things["user"].clone(), format!("session-of-{}", self.tenant), format!("grant-of-{}", self.tenant));
        self.things.insert("session".to_owned(), session.clone());
        self.things.insert("grant".to_owned(), grant.clone());
        let device = format!("device-of-{}", self.tenant);
        self.things.insert("trusted-device".to_owned(), device.clone());
        let insert = move |work: &server::work::Work<'_>| {
            let ends = work.now().plus_seconds(3600);
            work.exec_one(
                db::sql!(
                    "insert into trusted_devices (tenant_id, id, user_id, secret_hash, protection_digest, created_at, \
                     last_used_at, expires_at) values ($1, $2, $3, '', '', $4, $4, $5)"
                ),
                db::params![work.tenant_id(), device, user.clone(), work.now(), ends],
            )?;
            work.exec_one(
                db::sql!(
                    "insert into sessions (tenant_id, uid, handle_digest, user_id, created_at, expires_at) \
                     values ($1, $2, $2, $3, $4, $5)"
                ),
                db::params![work.tenant_id(), session.clone(), user.clone(), work.now(), ends],
            )?;
            work.exec_one(
                db::sql!(
                    "insert into grants (tenant_id, id, user_id, client_id, session_uid, scope, created_at, expires_at) \
                     values ($1, $2, $3, 'demo-app', $4, 'openid', $5, $6)"
                ),
                db::params![work.tenant_id(), grant, user, session, work.now(), ends],
            )
        };
        self.app.write(self.tenant, insert).await.unwrap();
    }

    /// Nobody signs in at the enterprise here either.
    async fn add_enterprise_identity(&self) {
        let (user, connector) = (self.things["user"].clone(), self.things["sso"].clone());
        let insert = move |work: &server::work::Work<'_>| {
            work.exec_one(
                db::sql!(
                    "insert into user_sso_identities (tenant_id, id, user_id, sso_connector_id, issuer, identity_id, created_at, \
                     updated_at) values ($1, 'linked', $2, $3, 'https://shipyard.example', 'u1', $4, $4)"
                ),
                db::params![work.tenant_id(), user, connector, work.now()],
            )
        };
        self.app.write(self.tenant, insert).await.unwrap();
    }

    /// Sends the request with the tenant's token.
    pub async fn send(&self, call: &SampleRequest) -> TestResponse {
        self.request(call).bearer(&self.token).send().await
    }

    /// The request without a token.
    pub fn request(&self, call: &SampleRequest) -> TestRequest {
        let request = self.app.request_at(self.tenant, call.method, &self.fill(call.path));
        match call.body.as_str() {
            "" => request,
            body => request.json(serde_json::from_str(&self.fill(body)).unwrap()),
        }
    }

    /// Replaces the names in the text by their ids.
    pub fn fill(&self, text: &str) -> String {
        let filled =
            self.things.iter().fold(text.to_owned(), |text, (name, id)| text.replace(&format!("{{{name}}}"), id));
        assert!(!filled.contains("/{"), "{filled} names something that is not there");
        filled
    }
}

#[test]
fn f1_every_management_route_has_a_valid_call() {
    let calls = sample_requests();
    let without: Vec<String> = management_routes()
        .iter()
        .filter(|route| !calls.iter().any(|call| call.is_of(route)))
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    assert!(without.is_empty(), "add a line to REQUESTS for each: {without:#?}");
}
