//! Applications and their secrets through the Management API (inventory M061–M080; traces 40-05, 40-06, 30-18, 30-19,
//! 10-14).

use serde_json::{Value, json};
use testkit::{TestApp, TestResponse, for_each_engine};

pub async fn call(app: &TestApp, method: &str, path: &str, body: Value) -> TestResponse {
    app.management_request(method, path).await.json(body).send().await
}

pub async fn get(app: &TestApp, path: &str) -> TestResponse {
    app.management_request("GET", path).await.send().await
}

pub async fn delete(app: &TestApp, path: &str) -> TestResponse {
    app.management_request("DELETE", path).await.send().await
}

/// Makes an application and returns its id.
pub async fn make(app: &TestApp, body: Value) -> String {
    let made = call(app, "POST", "/api/applications", body).await.expect(200);
    made.json()["id"].as_str().unwrap().to_owned()
}

/// The id of an application of the tenant `admin`.
const FOREIGN: &str = "admin-console";

fn metadata(redirect_uris: Value) -> Value {
    json!({"redirectUris": redirect_uris, "postLogoutRedirectUris": []})
}

fn issue(response: &TestResponse) -> Value {
    response.json()["data"]["issues"][0].clone()
}

#[tokio::test]
async fn each_type_is_created_with_empty_settings() {
    for_each_engine(async |app: TestApp| {
        for kind in ["Traditional", "SPA", "Native", "MachineToMachine"] {
            let body = json!({"name": format!("a-{kind}"), "type": kind});
            let made = call(&app, "POST", "/api/applications", body).await.expect(200).json();
            let id = made["id"].as_str().unwrap();
            assert_eq!(id.len(), 21);
            let expected = json!({
                "tenantId": "default", "id": id, "name": format!("a-{kind}"), "description": null, "type": kind,
                "oidcClientMetadata": {"redirectUris": [], "postLogoutRedirectUris": []}, "customClientMetadata": {},
                "protectedAppMetadata": null, "customData": {}, "isThirdParty": false,
                "appLevelAccessControlEnabled": false, "createdAt": app.app.clock.now().millis(),
            });
            assert_eq!(made, expected);
            let secrets = get(&app, &format!("/api/applications/{id}/secrets")).await.expect(200).json();
            let names: Vec<_> = secrets.as_array().unwrap().iter().map(|secret| secret["name"].clone()).collect();
            let confidential = matches!(kind, "Traditional" | "MachineToMachine");
            assert_eq!(names, if confidential { vec![json!("Default secret")] } else { vec![] }, "{kind}");
        }
    })
    .await;
}

#[tokio::test]
async fn creation_rules_answer_with_their_codes() {
    for_each_engine(async |app: TestApp| {
        let protected = json!({"name": "p", "type": "Protected", "protectedAppMetadata": {"subDomain": "x"}});
        let exchange = json!({"name": "x", "type": "SPA", "isThirdParty": true,
            "customClientMetadata": {"allowTokenExchange": true}});
        let device = json!({"name": "x", "type": "SPA", "customClientMetadata": {"isDeviceFlow": true}});
        for (body, status, code) in [
            (protected, 501, "application.protected_app_not_configured"),
            (json!({"name": "p", "type": "Protected"}), 400, "application.protected_app_metadata_is_required"),
            (json!({"name": "s", "type": "SAML"}), 400, "application.saml.use_saml_app_api"),
            (
                json!({"name": "x", "type": "MachineToMachine", "isThirdParty": true}),
                400,
                "application.invalid_third_party_application_type",
            ),
            (exchange, 422, "application.third_party_application_cannot_enable_token_exchange"),
            (device, 422, "application.device_flow_native_only"),
            (json!({"name": "x", "type": "Foo"}), 400, "guard.invalid_input"),
            (json!({"name": "", "type": "SPA"}), 400, "guard.invalid_input"),
            (json!({"name": "n".repeat(257), "type": "SPA"}), 400, "guard.invalid_input"),
            (json!({"name": "a\0b", "type": "SPA"}), 400, "guard.invalid_input"),
        ] {
            call(&app, "POST", "/api/applications", body).await.expect_error(status, code);
        }
        let unnamed = call(&app, "POST", "/api/applications", json!({"type": "SPA"})).await.expect(400);
        assert_eq!(issue(&unnamed)["path"], json!(["name"]));
        let unknown = call(&app, "POST", "/api/applications", json!({"name": "x", "type": "Foo"})).await;
        assert_eq!(
            (issue(&unknown)["code"].clone(), issue(&unknown)["path"].clone()),
            (json!("invalid_enum_value"), json!(["type"]))
        );
    })
    .await;
}

#[tokio::test]
async fn patch_replaces_what_it_names_and_ignores_the_rest() {
    for_each_engine(async |app: TestApp| {
        let uris = json!({"redirectUris": ["https://spa.example.com/callback"],
            "postLogoutRedirectUris": ["https://spa.example.com/bye"]});
        let id = make(&app, json!({"name": "spa", "type": "SPA", "oidcClientMetadata": uris})).await;
        let path = format!("/api/applications/{id}");
        assert_eq!(get(&app, &path).await.expect(200).json()["isAdmin"], false);
        let change = json!({"description": "d", "customData": {"a": 1},
            "customClientMetadata": {"corsAllowedOrigins": ["https://x.example.com"]}});
        let changed = call(&app, "PATCH", &path, change).await.expect(200).json();
        assert_eq!(changed["description"], "d");
        assert_eq!(changed["oidcClientMetadata"], uris);
        assert_eq!(changed.get("isAdmin"), None);
        let retyped = call(&app, "PATCH", &path, json!({"type": "Native", "isThirdParty": true})).await.expect(200);
        assert_eq!((&retyped.json()["type"], &retyped.json()["isThirdParty"]), (&json!("SPA"), &json!(false)));
        let cleared = call(&app, "PATCH", &path, json!({"description": ""})).await.expect(200).json();
        assert_eq!(cleared["description"], Value::Null);
        let merged = call(&app, "PATCH", &format!("{path}/custom-data"), json!({"b": 2})).await.expect(200).json();
        assert_eq!(merged, json!({"a": 1, "b": 2}));
        let unknown = json!({"customClientMetadata": {"foo": 1}});
        let changed = call(&app, "PATCH", &path, unknown).await.expect(200).json();
        assert_eq!((&changed["customClientMetadata"], &changed["customData"]), (&json!({}), &json!({"a": 1, "b": 2})));
        let partial = json!({"oidcClientMetadata": {"redirectUris": ["https://spa.example.com/callback"]}});
        let refused = call(&app, "PATCH", &path, partial).await.expect_error(400, "guard.invalid_input");
        assert_eq!(issue(&refused)["path"], json!(["oidcClientMetadata", "postLogoutRedirectUris"]));
        let long = json!({"customClientMetadata": {"refreshTokenTtlInDays": 181}});
        let refused = call(&app, "PATCH", &path, long).await.expect_error(400, "guard.invalid_input");
        assert_eq!(issue(&refused)["code"], "too_big");
        assert_eq!(issue(&refused)["path"], json!(["customClientMetadata", "refreshTokenTtlInDays"]));
        let control = json!({"appLevelAccessControlEnabled": true});
        call(&app, "PATCH", &path, control).await.expect_error(422, "request.invalid_input");
    })
    .await;
}

#[tokio::test]
async fn the_device_flow_setting_is_fixed_at_creation() {
    for_each_engine(async |app: TestApp| {
        let device = json!({"name": "tv", "type": "Native", "customClientMetadata": {"isDeviceFlow": true}});
        let path = format!("/api/applications/{}", make(&app, device).await);
        let off = json!({"customClientMetadata": {"isDeviceFlow": false}});
        call(&app, "PATCH", &path, off).await.expect_error(422, "application.device_flow_not_changeable");
        let left_out = json!({"customClientMetadata": {"idTokenTtl": 60}});
        call(&app, "PATCH", &path, left_out).await.expect_error(422, "application.device_flow_not_changeable");
        let other = json!({"customClientMetadata": {"idTokenTtl": 60, "isDeviceFlow": true}});
        let changed = call(&app, "PATCH", &path, other).await.expect(200).json();
        assert_eq!(changed["customClientMetadata"], json!({"idTokenTtl": 60, "isDeviceFlow": true}));
    })
    .await;
}

#[tokio::test]
async fn f6_unknown_and_foreign_ids_are_404_everywhere() {
    for_each_engine(async |app: TestApp| {
        for id in ["none", FOREIGN, "%27%20or%201=1--", "m-default"] {
            let path = format!("/api/applications/{id}");
            // The console is described in every tenant (inventory M065); it can't be changed from here.
            if id != FOREIGN {
                get(&app, &path).await.expect_error(404, "entity.not_exists_with_id");
            }
            for (method, tail) in [
                ("PATCH", ""),
                ("DELETE", ""),
                ("PATCH", "/custom-data"),
                ("GET", "/secrets"),
                ("DELETE", "/legacy-secret"),
            ] {
                let response = call(&app, method, &format!("{path}{tail}"), json!({"name": "x"})).await;
                response.expect_error(404, "entity.not_exists_with_id");
            }
            let secret = json!({"name": "x"});
            call(&app, "POST", &format!("{path}/secrets"), secret.clone()).await.expect(404);
            call(&app, "PATCH", &format!("{path}/secrets/Default%20secret"), secret).await.expect(404);
            delete(&app, &format!("{path}/secrets/Default%20secret")).await.expect(404);
        }
    })
    .await;
}

#[tokio::test]
async fn a1_registration_follows_the_recorded_table() {
    for_each_engine(async |app: TestApp| {
        let path = format!("/api/applications/{}", make(&app, json!({"name": "w", "type": "SPA"})).await);
        for (uri, status) in [
            ("https://*/cb", 400),
            // Stricter than the recorded table: everybody can register a name under a public suffix.
            ("https://a.*/cb", 400),
            ("https://*.com/cb", 400),
            ("https://*.vercel.app/cb", 400),
            ("https://x.example.com/cb#f", 400),
            ("*://x.example.com/cb", 400),
            ("https://x.example.com:*/cb", 400),
            ("https://x.example.com/cb?a=*", 400),
            ("https://x*.example.com/cb", 200),
            ("https://x.example.com/a/../b*", 400),
            ("https://x.example.com/cb#*", 400),
            ("not a url", 400),
            ("io.logto.app:/cb", 200),
        ] {
            let body = json!({"oidcClientMetadata": metadata(json!([uri]))});
            let response = call(&app, "PATCH", &path, body).await.expect(status);
            if status == 400 {
                let response = response.expect_error(400, "guard.invalid_input");
                assert_eq!(issue(&response)["path"], json!(["oidcClientMetadata", "redirectUris", 0]), "{uri}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_redirect_uri_without_a_scheme_is_refused_with_what_was_meant() {
    for_each_engine(async |app: TestApp| {
        let path = format!("/api/applications/{}", make(&app, json!({"name": "w", "type": "Traditional"})).await);
        let body = json!({"oidcClientMetadata": metadata(json!(["localhost:5000/cb"]))});
        let response = call(&app, "PATCH", &path, body).await.expect_error(400, "guard.invalid_input");
        assert!(response.text().contains("did you mean http://localhost:5000/cb?"), "{}", response.text());
    })
    .await;
}

#[tokio::test]
async fn a_stored_origin_of_a_web_view_works_and_one_that_cannot_match_is_refused() {
    for_each_engine(async |app: TestApp| {
        let path = format!("/api/applications/{}", make(&app, json!({"name": "w", "type": "SPA"})).await);
        for (origin, status) in [
            ("capacitor://localhost", 200),
            ("https://*.example.com", 200),
            ("*", 400),
            ("null", 400),
            ("https://*.com", 400),
        ] {
            let body = json!({"customClientMetadata": {"corsAllowedOrigins": [origin]}});
            call(&app, "PATCH", &path, body).await.expect(status);
        }
        let custom = json!({"corsAllowedOrigins": ["capacitor://localhost"]});
        let client = app.client("SPA", &["https://spa.example.com/callback"], custom).await;
        for (origin, allowed) in [("capacitor://localhost", "capacitor://localhost"), ("capacitor://evil", "")] {
            let response = app.refresh(&client, "unknown", &[]).header("origin", origin).send().await;
            assert_eq!(response.header("access-control-allow-origin"), allowed, "{}", response.text());
        }
    })
    .await;
}

#[tokio::test]
async fn a2_confusing_authorities_are_refused_at_registration() {
    for_each_engine(async |app: TestApp| {
        let path = format!("/api/applications/{}", make(&app, json!({"name": "w", "type": "Native"})).await);
        for uri in [
            "https://evil.example\\@good.example/cb",
            "https://good.example /cb",
            "https:good.example\t/cb",
            "https://*@good.example/cb",
            "//good.example/cb",
            "https://",
        ] {
            let body = json!({"oidcClientMetadata": metadata(json!([uri]))});
            call(&app, "PATCH", &path, body).await.expect_error(400, "guard.invalid_input");
        }
    })
    .await;
}

#[tokio::test]
async fn a7_scriptable_schemes_are_refused_in_every_address_of_a_client() {
    for_each_engine(async |app: TestApp| {
        let path = format!("/api/applications/{}", make(&app, json!({"name": "w", "type": "Native"})).await);
        for bad in
            ["javascript:alert(1)", "JAVASCRIPT:alert(1)", "data:text/html,x", "vbscript:x", "blob:x", "file:///x"]
        {
            for body in [
                json!({"redirectUris": [bad], "postLogoutRedirectUris": []}),
                json!({"redirectUris": [], "postLogoutRedirectUris": [bad]}),
                json!({"redirectUris": [], "postLogoutRedirectUris": [], "backchannelLogoutUri": bad}),
                json!({"redirectUris": [], "postLogoutRedirectUris": [], "logoUri": bad}),
            ] {
                let patch = json!({"oidcClientMetadata": body});
                call(&app, "PATCH", &path, patch).await.expect_error(400, "guard.invalid_input");
                let new = json!({"name": "w", "type": "Native", "oidcClientMetadata": body});
                call(&app, "POST", "/api/applications", new).await.expect_error(400, "guard.invalid_input");
            }
            let cors = json!({"customClientMetadata": {"corsAllowedOrigins": [bad]}});
            call(&app, "PATCH", &path, cors).await.expect_error(400, "guard.invalid_input");
        }
    })
    .await;
}

#[tokio::test]
async fn lists_are_filtered_and_paged() {
    for_each_engine(async |app: TestApp| {
        let third = json!({"name": "third", "type": "SPA", "isThirdParty": true});
        make(&app, third).await;
        for kind in ["SPA", "Native", "MachineToMachine", "Traditional"] {
            app.app.clock.advance(std::time::Duration::from_secs(1));
            make(&app, json!({"name": format!("n-{kind}"), "type": kind})).await;
        }
        let names = |response: TestResponse| -> Vec<String> {
            let list = response.expect(200).json();
            list.as_array().unwrap().iter().map(|a| a["name"].as_str().unwrap().to_owned()).collect()
        };
        let all = get(&app, "/api/applications").await;
        assert!(all.headers.get("total-number").is_none());
        assert_eq!(names(all), ["n-Traditional", "n-MachineToMachine", "n-Native", "n-SPA", "third"], "newest first");
        let page = get(&app, "/api/applications?types=MachineToMachine&types=SPA&page=2&page_size=2").await;
        assert_eq!(page.header("total-number"), "3");
        let base = "<http://localhost:3001/applications?types=MachineToMachine%2CSPA";
        assert_eq!(page.headers("link")[1], format!("{base}&page=1&page_size=2>; rel=\"prev\""));
        assert_eq!(names(page), ["third"]);
        assert_eq!(names(get(&app, "/api/applications?isThirdParty=true").await), ["third"]);
        assert_eq!(names(get(&app, "/api/applications?isThirdParty=false&types=SPA").await), ["n-SPA"]);
        assert_eq!(names(get(&app, "/api/applications?search=%25nat%25").await), ["n-Native"]);
        assert_eq!(names(get(&app, "/api/applications?search.name=third&mode.name=exact").await), ["third"]);
        get(&app, "/api/applications?types=Foo").await.expect_error(400, "guard.invalid_input");
        get(&app, "/api/applications?isThirdParty=maybe").await.expect_error(400, "guard.invalid_input");
    })
    .await;
}

#[tokio::test]
async fn e6_g3_odd_list_parameters_never_break_a_list() {
    for_each_engine(async |app: TestApp| {
        for odd in ["%27", "%27%20or%201%3D1--", "%25", "_", "%5C", "%22", "%3B", "$1", "?1", "%E5%AD%97", "x%00y"] {
            for parameter in [
                "excludeRoleId",
                "excludeOrganizationId",
                "types",
                "isThirdParty",
                "search",
                "search.id",
                "mode",
                "joint",
            ] {
                let response = get(&app, &format!("/api/applications?{parameter}={odd}")).await;
                assert!(matches!(response.status.as_u16(), 200 | 400), "{parameter}={odd}: {}", response.text());
            }
            let response = get(&app, &format!("/api/applications/{odd}")).await;
            assert!(matches!(response.status.as_u16(), 400 | 404), "{odd}: {}", response.text());
        }
        for path in ["/api/applications", "/api/resources"] {
            for page in [
                "page=0",
                "page=-1",
                "page_size=0",
                "page_size=101",
                "page_size=-5",
                "page=1e9",
                "page=",
                "page_size=x",
            ] {
                get(&app, &format!("{path}?{page}")).await.expect_error(400, "guard.invalid_pagination");
            }
            let beyond = get(&app, &format!("{path}?page=999999999&page_size=100")).await.expect(200);
            assert_eq!(beyond.json(), json!([]));
        }
        let both = "/api/applications?excludeRoleId=a&excludeOrganizationId=b";
        get(&app, both).await.expect_error(400, "request.invalid_input");
    })
    .await;
}

#[tokio::test]
async fn named_secrets_come_and_go() {
    for_each_engine(async |app: TestApp| {
        let id = make(&app, json!({"name": "m", "type": "MachineToMachine"})).await;
        let path = format!("/api/applications/{id}/secrets");
        let now = app.app.clock.now().millis();
        app.app.clock.advance(std::time::Duration::from_secs(1));
        let new = json!({"name": "second", "expiresAt": now + 60_000});
        let made = call(&app, "POST", &path, new).await.expect(201).json();
        assert_eq!(made["value"].as_str().unwrap().len(), 32);
        assert_eq!(
            made,
            json!({"tenantId": "default", "applicationId": id, "name": "second", "value": made["value"],
                "createdAt": now + 1000, "expiresAt": now + 60_000})
        );
        let list = get(&app, &path).await.expect(200).json();
        assert_eq!((&list[0]["name"], &list[0]["expiresAt"]), (&json!("Default secret"), &Value::Null));
        assert_eq!(list[1], made);
        let again = json!({"name": "second"});
        call(&app, "POST", &path, again.clone()).await.expect_error(422, "application.secret_name_exists");
        let past = json!({"name": "past", "expiresAt": 1});
        call(&app, "POST", &path, past).await.expect_error(400, "request.invalid_input");
        call(&app, "POST", &path, json!({"name": ""})).await.expect_error(400, "guard.invalid_input");
        let default = format!("{path}/Default%20secret");
        call(&app, "PATCH", &default, again).await.expect_error(422, "application.secret_name_exists");
        let renamed = call(&app, "PATCH", &default, json!({"name": "main"})).await.expect(200).json();
        assert_eq!((&renamed["name"], &renamed["value"]), (&json!("main"), &list[0]["value"]));
        call(&app, "PATCH", &default, json!({"name": "x"})).await.expect(404);
        delete(&app, &format!("{path}/second")).await.expect(204);
        delete(&app, &format!("{path}/second")).await.expect_error(404, "entity.not_found");
        let legacy = format!("/api/applications/{id}/legacy-secret");
        delete(&app, &legacy).await.expect_error(400, "application.no_legacy_secret_found");
        let public = make(&app, json!({"name": "s", "type": "SPA"})).await;
        let refused = call(&app, "POST", &format!("/api/applications/{public}/secrets"), json!({"name": "x"})).await;
        refused.expect_error(422, "entity.db_constraint_violated");
    })
    .await;
}

#[tokio::test]
async fn f4_only_the_routes_of_secrets_show_secrets() {
    for_each_engine(async |app: TestApp| {
        let created = call(&app, "POST", "/api/applications", json!({"name": "m", "type": "MachineToMachine"})).await;
        let id = created.json()["id"].as_str().unwrap().to_owned();
        let path = format!("/api/applications/{id}");
        let secrets = get(&app, &format!("{path}/secrets")).await.expect(200).json();
        let value = secrets[0]["value"].as_str().unwrap();
        let patched = call(&app, "PATCH", &path, json!({"name": "n"})).await;
        for response in [created, patched, get(&app, &path).await, get(&app, "/api/applications").await] {
            let text = response.expect(200).text();
            assert!(!text.contains(value) && !text.contains("\"secret\""), "{text}");
        }
        let registered = app.registered("default", &id).await.unwrap();
        assert!(!format!("{registered:?}").contains(value), "not in debug output either");
    })
    .await;
}

#[tokio::test]
async fn b24_a_change_of_a_client_is_seen_by_the_next_request() {
    for_each_engine(async |app: TestApp| {
        let id = make(&app, json!({"name": "m", "type": "MachineToMachine"})).await;
        let path = format!("/api/applications/{id}");
        assert_eq!(app.registered("default", &id).await.unwrap().secrets.len(), 1);
        let uris = json!({"oidcClientMetadata": metadata(json!(["https://a.example/cb"]))});
        call(&app, "PATCH", &path, uris).await.expect(200);
        let seen = app.registered("default", &id).await.unwrap();
        assert_eq!(seen.client.oidc.redirect_uris, ["https://a.example/cb"]);
        delete(&app, &format!("{path}/secrets/Default%20secret")).await.expect(204);
        assert!(app.registered("default", &id).await.unwrap().secrets.is_empty());
        delete(&app, &path).await.expect(204);
        assert!(app.registered("default", &id).await.is_none());
        get(&app, &path).await.expect_error(404, "entity.not_exists_with_id");
    })
    .await;
}

#[tokio::test]
async fn is_admin_gives_and_takes_the_hidden_role() {
    for_each_engine(async |app: TestApp| {
        let path = format!("/api/applications/{}", make(&app, json!({"name": "m", "type": "MachineToMachine"})).await);
        for is_admin in [true, true, false, false] {
            call(&app, "PATCH", &path, json!({"isAdmin": is_admin})).await.expect(200);
            assert_eq!(get(&app, &path).await.expect(200).json()["isAdmin"], is_admin);
        }
        let spa = format!("/api/applications/{}", make(&app, json!({"name": "s", "type": "SPA"})).await);
        call(&app, "PATCH", &spa, json!({"isAdmin": false})).await.expect(200);
        let refused = call(&app, "PATCH", &spa, json!({"isAdmin": true, "name": "changed"})).await;
        refused.expect_error(422, "application.invalid_type");
        assert_eq!(get(&app, &spa).await.json()["name"], "s", "a refused change leaves nothing behind");
    })
    .await;
}

#[tokio::test]
async fn a_program_can_be_given_the_management_api() {
    use api::applications::CreateApplication;
    use oauth::client::ApplicationType;
    use server::applications::{create, grant_management_api};
    use server::work::{Actor, Work};
    for_each_engine(async |app: TestApp| {
        for (tenant, target, allowed) in [
            ("default", "default", true),
            ("admin", "default", true),
            ("admin", "admin", true),
            ("default", "admin", false),
            ("admin", "none", false),
        ] {
            let make = move |work: &Work<'_>| {
                let made = create(
                    work,
                    CreateApplication::new("ops".to_owned().try_into().unwrap(), ApplicationType::MachineToMachine),
                )?;
                grant_management_api(work, &made.application.id, target)?;
                Ok::<_, server::ApiError>(made)
            };
            let made = server::Tenant::new(tenant, &app.app).write(&Actor::CommandLine, make).await;
            assert_eq!(made.is_ok(), allowed, "{tenant} → {target}");
            let Ok(made) = made else { continue };
            assert_eq!(made.secret.unwrap().len(), 32);
            let config = app.app.tenants.get(tenant, &app.app).await.unwrap();
            let role = app.registered(tenant, &made.application.id).await.unwrap().roles.first().unwrap().clone();
            let scopes = &config.access.role_scopes[&role];
            let api = &config.access.resources[&format!("https://{target}.logto.app/api")];
            let all = api.scopes.iter().find(|(id, name)| *id == "all" || *name == "all").unwrap();
            assert!(scopes.contains(all.0) || scopes.contains(all.1));
        }
    })
    .await;
}

#[tokio::test]
async fn every_wrong_member_of_an_application_is_reported_at_its_path() {
    for_each_engine(async |app: TestApp| {
        let paths = |response: &TestResponse| -> Vec<String> {
            let issues = response.json()["data"]["issues"].as_array().unwrap().clone();
            issues.iter().map(|issue| issue["path"].to_string().replace('"', "")).collect()
        };
        let new = json!({
            "name": "", "type": "SPA", "description": 1, "customData": [], "isThirdParty": null,
            "oidcClientMetadata": {"redirectUris": [1], "logoUri": "javascript:alert(1)"},
            "customClientMetadata": {"idTokenTtl": 0, "refreshTokenTtlInDays": 181, "maxAllowedGrants": null},
        });
        let refused = call(&app, "POST", "/api/applications", new).await.expect_error(400, "guard.invalid_input");
        let mut found = paths(&refused);
        found.sort();
        let expected = [
            "[customClientMetadata,idTokenTtl]",
            "[customClientMetadata,maxAllowedGrants]",
            "[customClientMetadata,refreshTokenTtlInDays]",
            "[customData]",
            "[description]",
            "[isThirdParty]",
            "[name]",
            "[oidcClientMetadata,logoUri]",
            "[oidcClientMetadata,postLogoutRedirectUris]",
            "[oidcClientMetadata,redirectUris,0]",
        ];
        assert_eq!(found, expected);
        let uris = json!({"oidcClientMetadata": {
            "redirectUris": ["javascript:a", "https://a.example/cb", "data:b"], "postLogoutRedirectUris": ["javascript:c"],
        }, "customClientMetadata": {"corsAllowedOrigins": ["file:///x"]}});
        let path = format!("/api/applications/{}", make(&app, json!({"name": "w", "type": "SPA"})).await);
        let refused = call(&app, "PATCH", &path, uris).await.expect_error(400, "guard.invalid_input");
        let expected = [
            "[oidcClientMetadata,redirectUris,0]",
            "[oidcClientMetadata,redirectUris,2]",
            "[oidcClientMetadata,postLogoutRedirectUris,0]",
            "[customClientMetadata,corsAllowedOrigins,0]",
        ];
        assert_eq!(paths(&refused), expected);
    })
    .await;
}
