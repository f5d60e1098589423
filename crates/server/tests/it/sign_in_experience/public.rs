use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::{get, patch};

#[tokio::test]
async fn f8_the_public_settings_have_exactly_these_members() {
    for_each_engine(async |app: TestApp| {
        patch(&app, json!({"emailBlocklistPolicy": {"customBlocklist": ["victim@secret.example"]}})).await.expect(200);
        let members = "tenantId id color branding hideLogtoBranding languageInfo termsOfUseUrl privacyPolicyUrl \
            agreeToTermsPolicy signIn signUp socialSignIn socialSignInConnectorTargets signInMode \
            customCss customContent customUiAssets customUiCsp passwordPolicy mfa adaptiveMfa \
            singleSignOnEnabled supportEmail supportWebsiteUrl unknownSessionRedirectUrl captchaPolicy \
            sentinelPolicy verificationCodePolicy passkeySignIn signUpProfileFields passwordExpiration \
            usernamePolicy socialConnectors ssoConnectors forgotPassword isDevelopmentTenant \
            customProfileFields customProfileFieldCatalog";
        for path in ["/api/.well-known/sign-in-exp", "/api/.well-known/experience"] {
            let public = app.get(path).send().await.expect(200);
            let Value::Object(found) = public.json() else { panic!("not an object") };
            assert_eq!(found.keys().map(String::as_str).collect::<Vec<_>>().join(" "), members);
            assert!(!public.text().contains("secret.example"));
            assert_eq!(found["forgotPassword"], json!({"phone": false, "email": false}));
            assert!(!public.header("etag").is_empty());
        }
    })
    .await;
}

#[tokio::test]
async fn the_look_of_a_first_party_application_and_of_an_organization_lie_over_it() {
    for_each_engine(async |app: TestApp| {
        let text = db::Sql::dynamic(
            "insert into applications (tenant_id, id, name, type, oidc_client_metadata, is_third_party, created_at) \
             values ('default', $1, $1, 'SPA', '{}', $2, 0)"
                .into(),
        );
        let look = db::Sql::dynamic(
            "insert into application_sign_in_experiences (tenant_id, application_id, settings) \
             values ('default', $1, '{\"color\": {\"primaryColor\": \"#111111\"}, \"customCss\": \"app{}\"}')"
                .into(),
        );
        let write = app.configure("default", move |work| {
            for (id, third) in [("own", false), ("third", true)] {
                work.exec_one(&text, db::params![id, third])?;
                work.exec_one(&look, db::params![id])?;
            }
            Ok::<_, db::DbError>(())
        });
        write.await.unwrap();
        let body =
            json!({"name": "o", "branding": {"logoUrl": "https://o.example/l"}, "color": {"primaryColor": "#222"}});
        let organization =
            app.management_request("POST", "/api/organizations").await.json(body).send().await.expect(201).json();
        let id = organization["id"].as_str().unwrap();
        let public = async |query: String| {
            app.get(&format!("/api/.well-known/sign-in-exp?{query}")).send().await.expect(200).json()
        };

        let own = public("appId=own".into()).await;
        assert_eq!((&own["color"]["primaryColor"], &own["customCss"]), (&json!("#111111"), &json!("app{}")));
        assert_eq!(own["color"]["darkPrimaryColor"], json!("#8768F8"), "what the look leaves out stays");
        let third = public("appId=third".into()).await;
        assert_eq!((&third["color"]["primaryColor"], &third["customCss"]), (&json!("#6139F6"), &json!(null)));
        let both = public(format!("appId=own&organizationId={id}")).await;
        assert_eq!((&both["color"]["primaryColor"], &both["customCss"]), (&json!("#222"), &json!("app{}")));
        assert_eq!(both["branding"], json!({"logoUrl": "https://o.example/l"}));
        let unknown = public("organizationId=t-default&appId=nope".into()).await;
        assert_eq!(unknown["color"]["primaryColor"], json!("#6139F6"), "F6: another tenant's organization");
    })
    .await;
}

#[tokio::test]
async fn only_the_admin_port_names_the_endpoint_of_a_tenant() {
    for_each_engine(async |app: TestApp| {
        let path = "/api/.well-known/endpoints/default";
        let answer = app.admin_request("GET", path).send().await.expect(200);
        assert_eq!(answer.json(), json!({"user": "http://localhost:3001/"}));
        assert_eq!(app.get(path).send().await.expect(404).text(), "Not Found");
    })
    .await;
}

#[tokio::test]
async fn e10_custom_css_is_stored_as_it_is() {
    for_each_engine(async |app: TestApp| {
        let css = "</style><script>alert(1)</script>";
        patch(&app, json!({"customCss": css})).await.expect(200);
        assert_eq!(get(&app, "/api/sign-in-exp").await.json()["customCss"], css);
        let page = app.get("/sign-in").header("accept", "text/html").send().await;
        assert!(!page.text().contains("<script>alert(1)"), "{}", page.text());
    })
    .await;
}
