use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::{get, patch};

#[tokio::test]
async fn the_settings_of_a_new_tenant_are_those_of_the_contract() {
    for_each_engine(async |app: TestApp| {
        let settings = get(&app, "/api/sign-in-exp").await.expect(200);
        let defaults = include_str!("../../../../../docs/contract/defaults.json");
        let mut expected = serde_json::from_str::<Value>(defaults).unwrap()["sign-in-exp"].take();
        // Our own look needs no picture from another's host.
        expected["branding"] = json!({});
        assert_eq!(settings.json(), expected);
        assert!(settings.text().starts_with("{\"tenantId\":\"default\",\"id\":\"default\",\"color\":{"));
    })
    .await;
}

#[tokio::test]
async fn members_are_replaced_and_seen_at_once() {
    for_each_engine(async |app: TestApp| {
        let color = json!({"primaryColor": "#ff0000", "isDarkModeEnabled": true, "darkPrimaryColor": "#0f0"});
        let changed = patch(&app, json!({"color": color, "unknown": 1})).await.expect(200).json();
        assert_eq!((&changed["color"], changed.get("unknown")), (&color, None));
        assert_eq!(get(&app, "/api/sign-in-exp").await.json(), changed);
        let content =
            json!({"customCss": "a{}", "customContent": {"/sign-in": "<b>x</b>"}, "supportEmail": "a@b.example"});
        let changed = patch(&app, content).await.expect(200).json();
        assert_eq!((&changed["customCss"], &changed["color"]), (&json!("a{}"), &color));
        let logo = json!({"branding": {"logoUrl": "https://l.example.com/l.svg", "other": 1}});
        assert_eq!(
            patch(&app, logo).await.expect(200).json()["branding"],
            json!({"logoUrl": "https://l.example.com/l.svg"})
        );
        let cleared = patch(&app, json!({"customCss": "", "supportEmail": "", "termsOfUseUrl": ""})).await.expect(200);
        for member in ["customCss", "supportEmail", "termsOfUseUrl"] {
            assert_eq!(cleared.json()[member], json!(null));
        }
        let url = json!({"unknownSessionRedirectUrl": "https://lost.example.com"});
        assert_eq!(patch(&app, url).await.expect(200).json()["unknownSessionRedirectUrl"], "https://lost.example.com");
        assert_eq!(patch(&app, json!({})).await.expect(200).json()["color"], color);
        let targets = patch(&app, json!({"socialSignInConnectorTargets": ["unknown"]})).await.expect(200);
        assert_eq!(targets.json()["socialSignInConnectorTargets"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn a7_faulty_members_are_refused_with_their_place_and_change_nothing() {
    for_each_engine(async |app: TestApp| {
        let before = get(&app, "/api/sign-in-exp").await.json();
        for (body, path) in [
            (
                json!({"color": {"primaryColor": "red", "isDarkModeEnabled": true, "darkPrimaryColor": "#fff"}}),
                "color.primaryColor",
            ),
            (json!({"color": {"primaryColor": "#fff"}}), "color.isDarkModeEnabled"),
            (json!({"branding": {"logoUrl": "javascript:alert(1)"}}), "branding.logoUrl"),
            (json!({"branding": {"favicon": "data:image/svg+xml,x"}}), "branding.favicon"),
            (json!({"termsOfUseUrl": "bad"}), "termsOfUseUrl"),
            (json!({"privacyPolicyUrl": "javascript:alert(1)"}), "privacyPolicyUrl"),
            (json!({"supportWebsiteUrl": "vbscript:x"}), "supportWebsiteUrl"),
            (json!({"unknownSessionRedirectUrl": "data:text/html,x"}), "unknownSessionRedirectUrl"),
            (json!({"supportEmail": "nobody"}), "supportEmail"),
            (json!({"languageInfo": {"autoDetect": true, "fallbackLanguage": "xx"}}), "languageInfo.fallbackLanguage"),
            (json!({"passwordPolicy": {"length": {"min": 0}}}), "passwordPolicy.length.min"),
            (json!({"passwordPolicy": {"characterTypes": {"min": 5}}}), "passwordPolicy.characterTypes.min"),
            (json!({"usernamePolicy": {"minLength": 9, "maxLength": 8}}), "usernamePolicy.maxLength"),
            (json!({"sentinelPolicy": {"maxAttempts": 0}}), "sentinelPolicy.maxAttempts"),
            (json!({"signInMode": "Never"}), "signInMode"),
            (json!({"signIn": null}), "signIn"),
            (json!({"mfa": {"factors": ["Sms"], "policy": "Mandatory"}}), "mfa.factors.0"),
            (json!({"adaptiveMfa": {"enabled": "yes"}}), "adaptiveMfa.enabled"),
            (json!({"customContent": {"/sign-in": 1}}), "customContent./sign-in"),
            (json!({"customCss": "\u{0}"}), "customCss"),
        ] {
            let refused = patch(&app, body.clone()).await.expect_error(400, "guard.invalid_input").json();
            let place = refused["data"]["issues"][0]["path"].as_array().unwrap();
            let place: Vec<String> =
                place.iter().map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned)).collect();
            assert_eq!(place.join("."), path, "{body}");
        }
        for (body, code) in [
            (
                json!({"languageInfo": {"autoDetect": true, "fallbackLanguage": "de"}}),
                "sign_in_experiences.unsupported_default_language",
            ),
            (json!({"hideLogtoBranding": true}), "request.invalid_input"),
            (json!({"captchaPolicy": {"enabled": true}}), "request.invalid_input"),
            (json!({"customUiCsp": {"scriptSrc": ["https://x.example"]}}), "request.invalid_input"),
        ] {
            let refused = patch(&app, body.clone()).await.expect_error(400, code).json();
            if code == "request.invalid_input" {
                let (member, _) = body.as_object().unwrap().iter().next().unwrap();
                assert_eq!(refused["data"]["issues"][0]["path"][0], json!(member), "{refused}");
            }
        }
        assert_eq!(get(&app, "/api/sign-in-exp").await.json(), before);
    })
    .await;
}

#[tokio::test]
async fn f6_the_tenants_have_settings_of_their_own() {
    for_each_engine(async |app: TestApp| {
        patch(&app, json!({"customCss": "own{}", "tenantId": "admin", "id": "x"})).await.expect(200);
        let token = app.management_token("admin").await;
        let admin = app.admin_request("GET", "/api/sign-in-exp").bearer(&token).send().await.expect(200).json();
        assert_eq!((&admin["tenantId"], &admin["customCss"]), (&json!("admin"), &json!(null)));
        let own = get(&app, "/api/sign-in-exp").await.json();
        assert_eq!((&own["tenantId"], &own["id"]), (&json!("default"), &json!("default")));
    })
    .await;
}

#[tokio::test]
async fn every_wrong_member_is_reported_at_once_and_null_only_clears_what_may_be_null() {
    for_each_engine(async |app: TestApp| {
        let body = json!({
            "color": {"primaryColor": "red", "isDarkModeEnabled": 1, "darkPrimaryColor": "#fff"}, "signInMode": null,
            "supportEmail": "x", "sentinelPolicy": {"maxAttempts": 0}, "mfa": {"factors": ["Sms"], "policy": "Never"},
        });
        let refused = patch(&app, body).await.expect_error(400, "guard.invalid_input").json();
        let issues = refused["data"]["issues"].as_array().unwrap().iter();
        let mut paths: Vec<String> = issues.map(|issue| issue["path"].to_string().replace('"', "")).collect();
        paths.sort();
        let expected = [
            "[color,isDarkModeEnabled]",
            "[color,primaryColor]",
            "[mfa,factors,0]",
            "[mfa,policy]",
            "[sentinelPolicy,maxAttempts]",
            "[signInMode]",
            "[supportEmail]",
        ];
        assert_eq!(paths, expected);
        let cleared = json!({"customCss": null, "termsOfUseUrl": null, "forgotPasswordMethods": null});
        let settings = patch(&app, cleared).await.expect(200).json();
        assert_eq!((&settings["customCss"], &settings["forgotPasswordMethods"]), (&json!(null), &json!(null)));
        let partial = json!({"passwordPolicy": {"length": {"min": 12}}, "usernamePolicy": {"minLength": 3}});
        let settings = patch(&app, partial).await.expect(200).json();
        assert_eq!(
            settings["passwordPolicy"]["length"],
            json!({"min": 12, "max": 256}),
            "defaults fill what is absent"
        );
        assert_eq!(settings["usernamePolicy"]["maxLength"], 128);
    })
    .await;
}
