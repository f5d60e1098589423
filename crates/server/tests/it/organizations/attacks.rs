//! Attack classes E6, E8, F6, G3 on the routes of organizations and the template.

use serde_json::json;
use testkit::{TestApp, for_each_engine};

use super::{call, get, organization, role};

const LISTS: [&str; 6] = [
    "/api/organizations",
    "/api/organizations/none/users",
    "/api/organizations/none/applications",
    "/api/organizations/none/jit/email-domains",
    "/api/organization-roles",
    "/api/organization-scopes",
];

#[tokio::test]
async fn e6_odd_characters_in_list_parameters_are_only_text() {
    for_each_engine(async |app: TestApp| {
        organization(&app, "kept").await;
        role(&app, "kept", "User", &[]).await;
        let odd = [
            "'",
            "%22",
            "%25",
            "_",
            "%5C",
            "$1",
            "?1",
            "%7B%7D",
            "%27;drop%20table%20users;--",
            "%00",
            "%FF",
            "%F0%9F%92%A9",
        ];
        for list in LISTS {
            for value in odd {
                for name in ["q", "organizationRoleId", "showFeatured"] {
                    let response = get(&app, &format!("{list}?{name}={value}")).await;
                    assert!(
                        matches!(response.status.as_u16(), 200 | 400),
                        "{list} {name} {value}: {}",
                        response.text()
                    );
                }
            }
        }
        assert_eq!(get(&app, "/api/organizations").await.header("total-number"), "1");
    })
    .await;
}

#[tokio::test]
async fn e8_nul_in_paths_and_bodies_is_refused() {
    for_each_engine(async |app: TestApp| {
        for path in ["/api/organizations/%00", "/api/organizations/a%00b/users/x/roles", "/api/organization-roles/%00"]
        {
            let status = get(&app, path).await.status.as_u16();
            assert!((400..500).contains(&status), "{path}: {status}");
        }
        call(&app, "POST", "/api/organizations", json!({"name": "a\u{0}"}))
            .await
            .expect_error(400, "guard.invalid_input");
        let nested = json!({"name": "a", "customData": {"a": ["\u{0}"]}});
        call(&app, "POST", "/api/organizations", nested).await.expect_error(400, "guard.invalid_input");
    })
    .await;
}

#[tokio::test]
async fn g3_pages_out_of_range_are_refused_and_past_the_end_are_empty() {
    for_each_engine(async |app: TestApp| {
        for list in LISTS {
            for bad in [
                "page=0",
                "page=-1",
                "page=x",
                "page_size=0",
                "page_size=101",
                "page_size=-5",
                "page=99999999999999999999",
            ] {
                get(&app, &format!("{list}?{bad}")).await.expect_error(400, "guard.invalid_pagination");
            }
            let past = get(&app, &format!("{list}?page=1000000000&page_size=100")).await.expect(200);
            assert_eq!(past.json(), json!([]));
        }
    })
    .await;
}

#[tokio::test]
async fn f6_ids_of_another_tenant_are_unknown() {
    for_each_engine(async |app: TestApp| {
        // The tenant `admin` is seeded with these.
        for (method, path, body) in [
            ("GET", "/api/organizations/t-default", json!({})),
            ("PATCH", "/api/organizations/t-default", json!({"name": "taken"})),
            ("DELETE", "/api/organizations/t-default", json!({})),
            ("GET", "/api/organization-roles/admin", json!({})),
            ("PATCH", "/api/organization-roles/admin", json!({"name": "taken"})),
            ("DELETE", "/api/organization-roles/admin", json!({})),
            ("GET", "/api/organization-scopes/read-data", json!({})),
            ("PATCH", "/api/organization-scopes/read-data", json!({"name": "taken"})),
            ("DELETE", "/api/organization-scopes/read-data", json!({})),
            ("DELETE", "/api/organization-roles/admin/scopes/read-data", json!({})),
        ] {
            let response = call(&app, method, path, body).await;
            assert_eq!(response.status, 404, "{method} {path}: {}", response.text());
        }
        let own = organization(&app, "o").await;
        let own_role = role(&app, "r", "User", &[]).await;
        for (method, path, body) in [
            (
                "POST",
                format!("/api/organization-roles/{own_role}/scopes"),
                json!({"organizationScopeIds": ["read-data"]}),
            ),
            ("POST", format!("/api/organization-roles/{own_role}/resource-scopes"), json!({"scopeIds": ["me-all"]})),
            ("POST", "/api/organization-roles/admin/scopes".into(), json!({"organizationScopeIds": ["read-data"]})),
            ("POST", format!("/api/organizations/{own}/jit/roles"), json!({"organizationRoleIds": ["admin"]})),
            ("POST", "/api/organizations/t-default/jit/email-domains".into(), json!({"emailDomain": "x.example"})),
            ("POST", format!("/api/organizations/{own}/applications"), json!({"applicationIds": ["m-default"]})),
        ] {
            let response = call(&app, method, &path, body).await;
            response.expect_error(422, "entity.relation_foreign_key_not_found");
        }
    })
    .await;
}
