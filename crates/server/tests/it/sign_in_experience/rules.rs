use serde_json::json;
use server::users::store::NewUser;
use testkit::{TestApp, for_each_engine};

use super::{get, patch};

#[tokio::test]
async fn settings_that_contradict_each_other_are_refused() {
    for_each_engine(async |app: TestApp| {
        let method = |identifier: &str, password: bool, code: bool| {
            json!({"signIn": {"methods": [
                {"identifier": identifier, "password": password, "verificationCode": code, "isPasswordPrimary": true}
            ]}})
        };
        let sign_up = |identifiers: &[&str], verify: bool, further: serde_json::Value| {
            json!({"signUp": {"identifiers": identifiers, "password": true, "verify": verify, "secondaryIdentifiers": further}})
        };
        for (body, status, code) in [
            (method("email", false, false), 400, "at_least_one_authentication_factor"),
            (method("email", true, true), 400, "enabled_connector_not_found"),
            (method("phone", false, true), 400, "enabled_connector_not_found"),
            (sign_up(&[], false, json!([{"identifier": "username"}])), 400, "missing_sign_up_identifiers"),
            (sign_up(&["username", "username"], false, json!([])), 400, "duplicated_sign_up_identifiers"),
            (sign_up(&["username"], false, json!([{"identifier": "username"}])), 400, "duplicated_sign_up_identifiers"),
            (sign_up(&["email"], true, json!([{"identifier": "emailOrPhone"}])), 400, "duplicated_sign_up_identifiers"),
            (sign_up(&["email"], false, json!([])), 400, "passwordless_requires_verify"),
            (sign_up(&["username"], false, json!([{"identifier": "email"}])), 400, "passwordless_requires_verify"),
            (sign_up(&["email"], true, json!([])), 400, "enabled_connector_not_found"),
            (json!({"mfa": {"policy": "Mandatory", "factors": ["BackupCode"]}}), 400, "backup_code_cannot_be_enabled_alone"),
            (json!({"mfa": {"policy": "Mandatory", "factors": ["Totp", "Totp"]}}), 400, "duplicated_mfa_factors"),
            (json!({"adaptiveMfa": {"enabled": true}}), 422, "adaptive_mfa_requires_mfa"),
            (
                json!({"adaptiveMfa": {"enabled": true}, "mfa": {"policy": "UserControlled", "factors": ["Totp"]}}),
                422,
                "adaptive_mfa_requires_non_skippable_policy",
            ),
            (
                json!({"adaptiveMfa": {"enabled": true}, "mfa": {"policy": "Mandatory", "factors": ["Totp"]}}),
                422,
                "adaptive_mfa_requires_non_skippable_policy",
            ),
            (
                json!({"mfa": {"policy": "PromptOnlyAtSignInMandatory", "factors": ["Totp"]}}),
                422,
                "non_adaptive_mfa_requires_skippable_policy",
            ),
            (json!({"forgotPasswordMethods": ["EmailVerificationCode"]}), 400, "forgot_password_method_requires_connector"),
            (json!({"passwordExpiration": {"enabled": true}}), 422, "password_expiration_invalid_period_days"),
            (
                json!({"passwordExpiration": {"enabled": true, "validPeriodDays": 30}}),
                422,
                "password_expiration_requires_forgot_password",
            ),
            (json!({"emailBlocklistPolicy": {"customBlocklist": ["bad"]}}), 400, "invalid_custom_email_blocklist_format"),
        ] {
            patch(&app, body).await.expect_error(status, &format!("sign_in_experiences.{code}"));
        }
        let missing = patch(&app, method("phone", false, true)).await;
        assert_eq!(missing.json()["data"], json!({"type": "Sms"}));
    })
    .await;
}

#[tokio::test]
async fn settings_that_fit_are_accepted() {
    for_each_engine(async |app: TestApp| {
        for body in [
            json!({"signIn": {"methods": []}}),
            json!({"signUp": {"identifiers": ["username"], "password": false, "verify": false}}),
            json!({"mfa": {"policy": "Mandatory", "factors": ["Totp", "BackupCode"]}}),
            json!({"adaptiveMfa": {"enabled": true}, "mfa": {"policy": "PromptOnlyAtSignInMandatory", "factors": ["Totp"]}}),
            json!({"customUiCsp": {}}),
            json!({"emailBlocklistPolicy": {"customBlocklist": ["@evil.example", "a@b.example", "foo*@b.example", "@*.b.example"], "blockDisposableAddresses": true, "blockSubaddressing": true}}),
            json!({"passwordPolicy": {"length": {"min": 10}, "rejects": {"pwned": false}}}),
            json!({"languageInfo": {"autoDetect": false, "fallbackLanguage": "zh-CN"}}),
            json!({"forgotPasswordMethods": null}),
            json!({"passwordExpiration": {"enabled": false, "enabledAt": 1}}),
        ] {
            patch(&app, body.clone()).await.expect(200);
        }
        let settings = get(&app, "/api/sign-in-exp").await.json();
        assert_eq!(settings["passwordPolicy"]["length"], json!({"min": 10, "max": 256}));
        assert_eq!(settings["passwordExpiration"], json!({"enabled": false}), "enabledAt is the server's to say");
        let off = patch(&app, json!({"mfa": {"policy": "UserControlled", "factors": []}})).await.expect(200).json();
        assert_eq!(off["adaptiveMfa"], json!({"enabled": false}), "nothing is left to adapt");
    })
    .await;
}

async fn user(app: &TestApp, id: &str, username: &str) {
    let new = NewUser { id: id.into(), username: Some(username.into()), ..NewUser::default() };
    app.insert_user(new).await;
}

#[tokio::test]
async fn usernames_that_differ_in_case_keep_the_policy_case_sensitive() {
    for_each_engine(async |app: TestApp| {
        let path = "/api/sign-in-exp/username-policy/case-sensitivity-conflicts";
        let none = json!({"totalConflicts": 0, "samples": []});
        assert_eq!(get(&app, &format!("{path}?limit=5")).await.expect(200).json(), none);
        for (id, name) in [("u1", "ada"), ("u2", "Ada"), ("u3", "ben"), ("u4", "EVE"), ("u5", "eve")] {
            user(&app, id, name).await;
        }
        let found = get(&app, &format!("{path}?limit=1")).await.expect(200).json();
        let sample = json!({"usernameLower": "ada", "userIds": ["u1", "u2"]});
        assert_eq!(found, json!({"totalConflicts": 2, "samples": [sample]}));
        for bad in ["0", "101", "x"] {
            get(&app, &format!("{path}?limit={bad}")).await.expect_error(400, "guard.invalid_input");
        }
        let policy = json!({"usernamePolicy": {"caseSensitive": false}});
        let code = "sign_in_experiences.username_policy_case_conflicts_exist";
        let refused = patch(&app, policy.clone()).await.expect_error(409, code).json();
        assert_eq!(refused["data"]["totalConflicts"], 2);
        let token = app.management_token("admin").await;
        let admin = app.admin_request("PATCH", "/api/sign-in-exp").bearer(&token).json(policy).send().await;
        assert_eq!(admin.expect(200).json()["usernamePolicy"]["caseSensitive"], json!(false));
    })
    .await;
}

#[tokio::test]
async fn a_password_is_checked_against_the_policy() {
    for_each_engine(async |app: TestApp| {
        let check = async |body: serde_json::Value| {
            app.management_request("POST", "/api/sign-in-exp/default/check-password").await.json(body).send().await
        };
        user(&app, "u1", "ada").await;
        let policy = json!({"passwordPolicy": {"length": {"min": 10}, "characterTypes": {"min": 3}}});
        patch(&app, policy).await.expect(200);
        let alone = check(json!({"password": "Gk7!pL2#qXv"})).await.expect_error(400, "request.invalid_input");
        assert!(alone.json()["data"]["message"].is_string());
        check(json!({"password": "Gk7!pL2#qXv", "userId": "nobody"})).await.expect_error(404, "entity.not_found");
        let weak = check(json!({"password": "abc", "userId": "u1"})).await.expect(400).json();
        assert_eq!(
            weak,
            json!({"result": false, "issues": [
                {"code": "password_rejected.too_short", "interpolation": {"min": 10}},
                {"code": "password_rejected.character_types", "interpolation": {"min": 3}},
                {"code": "password_rejected.restricted.sequence"},
            ]})
        );
        let good = check(json!({"password": "Gk7!pL2#qXv", "userId": "u1"})).await.expect(200).json();
        assert_eq!(good, json!({"result": true}));
        patch(&app, json!({"passwordPolicy": {"rejects": {"userInfo": false}}})).await.expect(200);
        check(json!({"password": "Gk7!pL2#qXv"})).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn factors_whose_codes_nothing_could_send_are_not_switched_on() {
    for_each_engine(async |app: TestApp| {
        let factors = |factors: &[&str]| json!({"mfa": {"policy": "Mandatory", "factors": factors}});
        patch(&app, factors(&["Totp", "WebAuthn", "BackupCode"])).await.expect(200);
        for factor in ["EmailVerificationCode", "PhoneVerificationCode"] {
            let refused = patch(&app, factors(&["Totp", factor])).await;
            refused.expect_error(400, "sign_in_experiences.enabled_connector_not_found");
        }
        crate::pages::codes::connectors(&app).await;
        let all = ["Totp", "EmailVerificationCode", "PhoneVerificationCode"];
        patch(&app, factors(&all)).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn a_code_that_signs_in_is_no_second_factor_and_who_has_no_password_signs_in_by_one() {
    for_each_engine(async |app: TestApp| {
        crate::pages::codes::connectors(&app).await;
        let method = |kind: &str, code: bool| {
            json!({"identifier": kind, "password": true, "verificationCode": code, "isPasswordPrimary": true})
        };
        let methods = |list: serde_json::Value| json!({"signIn": {"methods": list}});
        let factors = |factors: &[&str]| json!({"mfa": {"policy": "UserControlled", "factors": factors}});
        let refused = async |body: serde_json::Value, code: &str| {
            patch(&app, body).await.expect_error(400, &format!("sign_in_experiences.{code}"));
        };
        for (kind, factor) in [("email", "EmailVerificationCode"), ("phone", "PhoneVerificationCode")] {
            let other = if kind == "email" { "phone" } else { "email" };
            patch(&app, factors(&["Totp"])).await.expect(200);
            patch(&app, methods(json!([method(kind, true)]))).await.expect(200);
            refused(factors(&["Totp", factor]), &format!("{kind}_verification_code_cannot_be_used_for_mfa")).await;
            patch(&app, methods(json!([method(kind, false), method(other, true)]))).await.expect(200);
            patch(&app, factors(&["Totp", factor])).await.expect(200);
            let code = format!("{kind}_verification_code_cannot_be_used_for_sign_in");
            refused(methods(json!([method(kind, true)])), &code).await;
            let kept = get(&app, "/api/sign-in-exp").await.expect(200).json();
            assert_eq!(kept["signIn"]["methods"][0], method(kind, false), "what is refused changes nothing");
        }
        patch(&app, factors(&[])).await.expect(200);
        let sign_up = json!({"identifiers": ["email"], "password": false, "verify": true});
        let both = |list: serde_json::Value| json!({"signUp": sign_up, "signIn": {"methods": list}});
        for list in [json!([method("email", false)]), json!([method("email", true), method("phone", false)])] {
            refused(both(list), "code_sign_in_must_be_enabled").await;
        }
        patch(&app, both(json!([method("email", true), method("username", false)]))).await.expect(200);
        refused(methods(json!([method("email", false)])), "code_sign_in_must_be_enabled").await;
    })
    .await;
}
