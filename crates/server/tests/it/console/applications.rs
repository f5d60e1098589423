//! The tabs of an application, applications of third parties, and clients that nobody registered.

use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::experience::save;
use super::fixture::{administrator, colleague, csrf, made_of, send, signed_in};
use crate::applications::{call, get, make};

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

async fn made(app: &TestApp, path: &str, body: Value) -> String {
    let answer = call(app, "POST", path, body).await;
    assert!(answer.status.is_success(), "{path}: {}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn secrets_are_renamed_and_expire() {
    for_each_engine(async |app: TestApp| {
        let mut root = administrator(&app).await;
        let secret = csrf(&mut root).await;
        let client = make(&app, json!({"name": "Bikes", "type": "Traditional"})).await;
        let (page, api) =
            (format!("/console/applications/{client}/secrets"), format!("/api/applications/{client}/secrets"));
        let shown = send(&mut root, &secret, &page, &[("name", "second"), ("days", "30")]).await;
        let stored = get(&app, &api).await.expect(200).json();
        let second = stored.as_array().unwrap().iter().find(|one| one["name"] == "second").unwrap();
        assert!(shown.text().contains(second["value"].as_str().unwrap()), "{}", shown.text());
        let lasts = second["expiresAt"].as_i64().unwrap() - second["createdAt"].as_i64().unwrap();
        assert_eq!((lasts + DAY_MILLIS / 2) / DAY_MILLIS, 30, "{stored}");
        for fields in
            [&[("name", "third"), ("days", "-1")][..], &[("name", "third"), ("days", "soon")], &[("name", "")]]
        {
            let refused = send(&mut root, &secret, &page, fields).await;
            assert_eq!(refused.response.status, 422, "{fields:?}: {}", refused.text());
        }
        let rename = format!("{page}/rename");
        let renamed = send(&mut root, &secret, &rename, &[("name", "second"), ("new_name.1", "third/b")]).await;
        assert!(renamed.text().contains("Saved.") && renamed.text().contains("third/b"), "{}", renamed.text());
        let taken = send(&mut root, &secret, &rename, &[("name", "third/b"), ("new_name.1", "Default secret")]).await;
        assert_eq!(taken.response.status, 422, "{}", taken.text());
        let again = get(&app, &api).await.expect(200).json();
        let again = again.as_array().unwrap().iter().find(|one| one["name"] == "third/b").unwrap().clone();
        assert_eq!((&again["value"], &again["expiresAt"]), (&second["value"], &second["expiresAt"]));
        let gone = send(&mut root, &secret, &format!("{page}/remove"), &[("name", "third/b")]).await;
        assert!(!gone.text().contains("third/b"), "{}", gone.text());
    })
    .await;
}

#[tokio::test]
async fn a_third_party_is_listed_apart_and_asks_for_what_it_may() {
    for_each_engine(async |app: TestApp| {
        let mut root = administrator(&app).await;
        let secret = csrf(&mut root).await;
        let own = make(&app, json!({"name": "Bikes", "type": "SPA"})).await;
        let new = "/console/applications/new";
        let machine = [("name", "Tool"), ("type", "MachineToMachine"), ("isThirdParty", "true")];
        let refused = send(&mut root, &secret, new, &machine).await;
        assert!(refused.response.status == 422 && refused.text().contains("aria-invalid"), "{}", refused.text());
        let device = [("name", "Tool"), ("type", "SPA"), ("customClientMetadata.isDeviceFlow", "true")];
        assert_eq!(send(&mut root, &secret, new, &device).await.response.status, 422);
        let fields = [("name", "Tool"), ("type", "Traditional"), ("isThirdParty", "true")];
        let tool = send(&mut root, &secret, new, &fields).await;
        let page = tool.url.split('?').next().unwrap().to_owned();
        let api = page.replace("/console", "/api");
        assert_eq!(get(&app, &api).await.expect(200).json()["isThirdParty"], true);
        let own = format!("/console/applications/{own}");
        for (filter, shown, hidden) in [("true", &page, &own), ("false", &own, &page)] {
            let list = root.open(&format!("/console/applications?isThirdParty={filter}")).await.text();
            assert!(list.contains(shown.as_str()) && !list.contains(hidden.as_str()), "{filter}: {list}");
            let file = root.open(&format!("/console/export/applications?isThirdParty={filter}&format=json")).await;
            let rows: Value = serde_json::from_str(&file.text()).unwrap();
            assert_eq!(rows.as_array().unwrap().len(), 1, "{rows}");
        }

        let permissions = format!("{page}/permissions");
        assert!(tool.text().contains(&permissions));
        assert!(!root.open(&own).await.text().contains("/permissions"), "for third parties alone");
        let resource =
            made(&app, "/api/resources", json!({"name": "Bikes API", "indicator": "https://b.example"})).await;
        let scope = made(&app, &format!("/api/resources/{resource}/scopes"), json!({"name": "ride:bikes"})).await;
        let of_members = made(&app, "/api/organization-scopes", json!({"name": "invite"})).await;
        let form = root.open(&permissions).await.text();
        assert!(form.contains("Bikes API · ride:bikes") && form.contains("invite"), "{form}");
        assert!(!form.contains("logto.app/api") && !form.contains("Management API"), "{form}");
        for value in [
            "user-scopes/urn:logto:scope:organizations".to_owned(),
            format!("resource-scopes/{scope}"),
            format!("organization-resource-scopes/{scope}"),
            format!("organization-scopes/{of_members}"),
        ] {
            let added = send(&mut root, &secret, &permissions, &[("scope", &value)]).await;
            assert!(added.text().contains("Added."), "{value}: {}", added.text());
            assert!(!added.text().contains(&format!("<option value=\"{value}\"")), "{value}: {}", added.text());
        }
        let allowed = async || get(&app, &format!("{api}/user-consent-scopes")).await.expect(200).json();
        let stored = allowed().await;
        assert_eq!(stored["userScopes"], json!(["urn:logto:scope:organizations"]));
        assert_eq!(stored["resourceScopes"][0]["scopes"][0]["name"], "ride:bikes");
        assert_eq!(stored["organizationResourceScopes"][0]["scopes"][0]["name"], "ride:bikes");
        assert_eq!(stored["organizationScopes"][0]["name"], "invite");
        for value in ["", "other/profile", "resource-scopes/nothing", "user-scopes/openid"] {
            let refused = send(&mut root, &secret, &permissions, &[("scope", value)]).await;
            assert_eq!(refused.response.status, 422, "{value}: {}", refused.text());
        }
        let value = format!("resource-scopes/{scope}");
        send(&mut root, &secret, &format!("{permissions}/remove"), &[("scope", &value)]).await;
        assert_eq!(allowed().await["resourceScopes"], json!([]));

        colleague(&app, "audrey", &["default:auditor"]).await;
        let mut audrey = signed_in(&app, "audrey").await;
        let seen = audrey.open(&permissions).await.text();
        assert!(seen.contains("invite") && !seen.contains("data-guarded"), "{seen}");
    })
    .await;
}

#[tokio::test]
async fn a_machine_has_roles_and_organizations() {
    for_each_engine(async |app: TestApp| {
        let mut root = administrator(&app).await;
        let secret = csrf(&mut root).await;
        let client = make(&app, json!({"name": "Robot", "type": "MachineToMachine"})).await;
        let page = format!("/console/applications/{client}");
        let role = json!({"name": "sweeper", "description": "Sweeps", "type": "MachineToMachine"});
        let role = made(&app, "/api/roles", role).await;
        let roles = format!("{page}/roles");
        let given = send(&mut root, &secret, &roles, &[("roleId", &role)]).await;
        assert!(given.text().contains(&format!("/console/roles/{role}")), "{}", given.text());
        let stored = get(&app, &format!("/api/applications/{client}/roles")).await.expect(200).json();
        assert_eq!(stored[0]["name"], "sweeper");
        let taken = send(&mut root, &secret, &format!("{roles}/remove"), &[("id", &role)]).await;
        assert!(taken.text().contains("No roles"), "{}", taken.text());

        let harbour = made(&app, "/api/organizations", json!({"name": "Harbour"})).await;
        let path = format!("/api/organizations/{harbour}/applications");
        call(&app, "POST", &path, json!({"applicationIds": [client]})).await.expect(201);
        let listed = root.open(&format!("{page}/organizations")).await.text();
        assert!(listed.contains("Harbour"), "{listed}");
        let shown = root.open(&page).await.text();
        assert!(shown.contains(&format!("/console/logs?applicationId={client}")), "{shown}");
        for tab in ["secrets", "roles", "organizations", "security"] {
            assert!(shown.contains(&format!("{page}/{tab}\"")), "{tab}: {shown}");
        }
        for tab in ["permissions", "branding", "access"] {
            assert!(!shown.contains(&format!("{page}/{tab}\"")), "{tab}: {shown}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_application_has_a_look_and_rules_for_its_tokens() {
    for_each_engine(async |app: TestApp| {
        let mut root = administrator(&app).await;
        let client = make(&app, json!({"name": "Bikes", "type": "Traditional"})).await;
        let (page, api) = (format!("/console/applications/{client}"), format!("/api/applications/{client}"));
        let (look, stored_look) = (format!("{page}/branding"), format!("{api}/sign-in-experience"));
        let wrong = save(&mut root, &look, &[("color.primaryColor", "red")]).await;
        assert!(wrong.response.status == 422 && wrong.text().contains("aria-invalid"), "{}", wrong.text());
        let changed = [
            ("displayName", "Harbour Bikes"),
            ("branding.logoUrl", "https://b.example/logo.svg"),
            ("color.primaryColor", "#112233"),
            ("color.isDarkModeEnabled", "false"),
            ("termsOfUseUrl", "https://b.example/terms"),
        ];
        assert!(save(&mut root, &look, &changed).await.text().contains("Saved."));
        let stored = get(&app, &stored_look).await.expect(200).json();
        assert_eq!(stored["color"], json!({"primaryColor": "#112233", "isDarkModeEnabled": false}));
        assert_eq!(stored["branding"], json!({"logoUrl": "https://b.example/logo.svg"}));
        assert_eq!((&stored["displayName"], &stored["customCss"]), (&json!("Harbour Bikes"), &Value::Null));
        save(&mut root, &look, &[]).await;
        assert_eq!(get(&app, &stored_look).await.expect(200).json(), stored, "as it is shown");
        let emptied = [
            ("displayName", ""),
            ("branding.logoUrl", ""),
            ("color.primaryColor", ""),
            ("color.isDarkModeEnabled", ""),
        ];
        save(&mut root, &look, &emptied).await;
        let stored = get(&app, &stored_look).await.expect(200).json();
        assert_eq!(
            (&stored["color"], &stored["branding"], &stored["displayName"]),
            (&json!({}), &json!({}), &Value::Null)
        );

        let security = format!("{page}/security");
        let metadata = async || get(&app, &api).await.expect(200).json()["customClientMetadata"].clone();
        save(&mut root, &security, &[]).await;
        assert_eq!(metadata().await, json!({}), "as it is shown");
        let profile = [("customClientMetadata.securityProfile", "fapi2")];
        let wrong = save(&mut root, &security, &profile).await;
        assert!(wrong.response.status == 422 && wrong.text().contains("aria-invalid"), "{}", wrong.text());
        let changed = [
            ("customClientMetadata.tokenEndpointAuthMethod", "private_key_jwt"),
            ("customClientMetadata.jwksUri", "https://b.example/jwks"),
            ("customClientMetadata.idTokenSignedResponseAlg", "ES256"),
            ("customClientMetadata.accessTokenFormat", "jwt"),
            ("customClientMetadata.securityProfile", "fapi2"),
        ];
        let saved = save(&mut root, &security, &changed).await;
        assert!(saved.text().contains("Saved."), "{}", saved.text());
        let expected = json!({
            "tokenEndpointAuthMethod": "private_key_jwt", "jwksUri": "https://b.example/jwks",
            "idTokenSignedResponseAlg": "ES256", "accessTokenFormat": "jwt", "securityProfile": "fapi2",
        });
        assert_eq!(metadata().await, expected);
        let limits = [
            ("customClientMetadata.maxAllowedGrants", "2"),
            ("customClientMetadata.allowTokenExchange", "true"),
            ("customClientMetadata.alwaysIssueRefreshToken", "true"),
        ];
        let shown = save(&mut root, &page, &limits).await;
        assert!(shown.text().contains("Saved."), "{}", shown.text());
        let stored = metadata().await;
        assert_eq!((&stored["maxAllowedGrants"], &stored["allowTokenExchange"]), (&json!(2), &json!(true)));
        assert_eq!((&stored["rotateRefreshToken"], &stored["securityProfile"]), (&json!(true), &json!("fapi2")));
        save(&mut root, &page, &[("customClientMetadata.rotateRefreshToken", "")]).await;
        assert_eq!(metadata().await["rotateRefreshToken"], false);

        colleague(&app, "audrey", &["default:auditor"]).await;
        let mut audrey = signed_in(&app, "audrey").await;
        for path in [&look, &security] {
            let seen = audrey.open(path).await;
            assert!(seen.response.status == 200 && !seen.text().contains("data-guarded"), "{}", seen.text());
        }
    })
    .await;
}

#[tokio::test]
async fn rules_say_who_may_use_an_application() {
    for_each_engine(async |app: TestApp| {
        let mut root = administrator(&app).await;
        let secret = csrf(&mut root).await;
        let ada = app.user("ada").await;
        let client = make(&app, json!({"name": "Bikes", "type": "SPA"})).await;
        let (page, api) = (format!("/console/applications/{client}/access"), format!("/api/applications/{client}"));
        let (switch, on) = (format!("{page}/switch"), [("appLevelAccessControlEnabled", "true")]);
        let refused = send(&mut root, &secret, &switch, &on).await;
        assert!(refused.response.status == 422 && refused.text().contains("Without a rule"), "{}", refused.text());

        let rider = json!({"name": "rider", "description": "Rides", "type": "User"});
        let rider = made(&app, "/api/roles", rider).await;
        let harbour = made(&app, "/api/organizations", json!({"name": "Harbour"})).await;
        for _ in 0..2 {
            made(&app, "/api/organizations", json!({"name": "Twin"})).await;
        }
        let pilot = made(&app, "/api/organization-roles", json!({"name": "pilot"})).await;
        let wrong = [
            &[("kind", "user"), ("user", "nobody")][..],
            &[("kind", "organization"), ("organization", "Twin")],
            &[("kind", "organization"), ("organization", "arbour")],
        ];
        for fields in wrong {
            let refused = send(&mut root, &secret, &page, fields).await;
            assert!(refused.response.status == 422 && refused.text().contains("role=\"alert\""), "{}", refused.text());
        }
        let rules = [
            &[("kind", "user"), ("user", "ada")][..],
            &[("kind", "role"), ("userRoleId", rider.as_str())],
            &[("kind", "organization"), ("organization", harbour.as_str())],
            &[("kind", "organization_role"), ("in_organization", "Harbour"), ("roleId", pilot.as_str())],
            // A second time changes nothing.
            &[("kind", "user"), ("user", "ada")],
        ];
        for fields in rules {
            let added = send(&mut root, &secret, &page, fields).await;
            assert!(added.text().contains("Added."), "{fields:?}: {}", added.text());
        }
        let stored = get(&app, &format!("{api}/access-control")).await.expect(200).json();
        let expected = json!({
            "userIds": [ada], "userRoleIds": [rider], "organizationIds": [harbour],
            "organizationRoleRules": [{"organizationId": harbour, "organizationRoleIds": [pilot]}],
        });
        assert_eq!(stored, expected);
        let shown = root.open(&page).await.text();
        for name in [format!("/console/users/{ada}"), format!("/console/roles/{rider}"), "pilot".to_owned()] {
            assert!(shown.contains(&name), "{name}: {shown}");
        }
        assert!(send(&mut root, &secret, &switch, &on).await.text().contains("Saved."));
        assert_eq!(get(&app, &api).await.expect(200).json()["appLevelAccessControlEnabled"], true);
        // A page from before turns nothing off again.
        let late = send(&mut root, &secret, &switch, &[("made_of", &made_of(&shown, &switch))]).await;
        assert!(late.response.status == 422 && late.text().contains("changed"), "{}", late.text());
        assert_eq!(get(&app, &api).await.expect(200).json()["appLevelAccessControlEnabled"], true);

        let remove = format!("{page}/remove");
        for fields in [
            [("kind", "organization_role"), ("id", harbour.as_str()), ("role", pilot.as_str())],
            [("kind", "organization"), ("id", harbour.as_str()), ("role", "")],
            [("kind", "role"), ("id", rider.as_str()), ("role", "")],
        ] {
            let removed = send(&mut root, &secret, &remove, &fields).await;
            assert!(removed.text().contains("Removed."), "{fields:?}: {}", removed.text());
        }
        let last = [("kind", "user"), ("id", ada.as_str()), ("role", "")];
        let kept = send(&mut root, &secret, &remove, &last).await;
        assert!(kept.response.status == 422 && kept.text().contains("Without a rule"), "{}", kept.text());
        send(&mut root, &secret, &switch, &[]).await;
        assert!(send(&mut root, &secret, &remove, &last).await.text().contains("No rules"));
    })
    .await;
}

#[tokio::test]
async fn the_id_of_somebody_as_a_username_gets_nothing_meant_for_them() {
    for_each_engine(async |app: TestApp| {
        let mut root = administrator(&app).await;
        let secret = csrf(&mut root).await;
        let ada = loop {
            let id = made(&app, "/api/users", json!({})).await;
            // A username does not begin with a digit.
            if id.starts_with(|first: char| first.is_ascii_lowercase()) {
                break id;
            }
        };
        // Who comes later is listed first.
        app.app.clock.advance(std::time::Duration::from_secs(1));
        let eve = made(&app, "/api/users", json!({"username": ada})).await;
        let client = make(&app, json!({"name": "Bikes", "type": "SPA"})).await;
        let page = format!("/console/applications/{client}/access");
        let rules = format!("/api/applications/{client}/access-control");
        let added = send(&mut root, &secret, &page, &[("kind", "user"), ("user", &ada)]).await;
        assert!(added.text().contains("Added."), "{}", added.text());
        assert_eq!(get(&app, &rules).await.expect(200).json()["userIds"], json!([ada]));
        // Where the id is nobody's any more, the username counts.
        call(&app, "DELETE", &format!("/api/users/{ada}"), json!({})).await.expect(204);
        send(&mut root, &secret, &page, &[("kind", "user"), ("user", &ada)]).await;
        let stored = get(&app, &rules).await.expect(200).json();
        assert!(stored["userIds"].as_array().unwrap().contains(&json!(eve)), "{stored}");
    })
    .await;
}

#[tokio::test]
async fn clients_that_nobody_registered_are_allowed_at_a_page() {
    for_each_engine(async |app: TestApp| {
        let mut root = administrator(&app).await;
        let secret = csrf(&mut root).await;
        let page = "/console/client-documents";
        assert!(root.open("/console").await.text().contains(page));
        assert!(save(&mut root, page, &[("enabled", "true")]).await.text().contains("Saved."));
        assert_eq!(get(&app, "/api/configs/cimd").await.expect(200).json(), json!({"enabled": true}));
        let scopes = format!("{page}/permissions");
        let added = send(&mut root, &secret, &scopes, &[("scope", "user-scopes/profile")]).await;
        assert!(added.text().contains("Your name, picture and profile"), "{}", added.text());
        let allowed = async || get(&app, "/api/cimd/user-consent-scopes").await.expect(200).json();
        assert_eq!(allowed().await["userScopes"], json!(["profile"]));
        let refused = send(&mut root, &secret, &scopes, &[]).await;
        assert_eq!(refused.response.status, 422, "{}", refused.text());
        send(&mut root, &secret, &format!("{scopes}/remove"), &[("scope", "user-scopes/profile")]).await;
        assert_eq!(allowed().await["userScopes"], json!([]));
        save(&mut root, page, &[("enabled", "")]).await;
        assert_eq!(get(&app, "/api/configs/cimd").await.expect(200).json(), json!({"enabled": false}));
        colleague(&app, "audrey", &["default:auditor"]).await;
        assert_eq!(signed_in(&app, "audrey").await.open(page).await.response.status, 403);
    })
    .await;
}
