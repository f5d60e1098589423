//! Factors, limits, the captcha, texts and profile fields in the console.

use serde_json::json;
use testkit::{Browser, TestApp, for_each_engine};

use super::experience::{EXPERIENCE, save, settings};
use super::fixture::{administrator, csrf, made_of, send};
use crate::applications::get;
use crate::pages::fixture::{PASSWORD, at_sign_in, is_back_with_code, user};

#[tokio::test]
async fn factors_and_limits_are_set_and_identifiers_unlocked() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        let secret = csrf(&mut browser).await;
        let alone = save(&mut browser, "/console/mfa", &[("mfa.factors.BackupCode", "true")]).await;
        assert!(alone.response.status == 422 && alone.text().contains("Backup codes need"), "{}", alone.text());
        let changed = [
            ("mfa.factors.Totp", "true"),
            ("mfa.factors.BackupCode", "true"),
            ("mfa.policy", "Mandatory"),
            ("trustedDevice.enabled", "true"),
            ("trustedDevice.durationDays", "7"),
        ];
        let saved = save(&mut browser, "/console/mfa", &changed).await;
        assert!(saved.text().contains("Saved."), "{}", saved.text());
        let stored = settings(&app).await;
        assert_eq!(stored["mfa"]["factors"], json!(["Totp", "BackupCode"]));
        assert_eq!(stored["mfa"]["policy"], "Mandatory");
        assert_eq!(stored["trustedDevice"], json!({"enabled": true, "durationDays": 7}));
        let off = [("mfa.factors.Totp", ""), ("mfa.factors.BackupCode", ""), ("mfa.policy", "NoPrompt")];
        save(&mut browser, "/console/mfa", &off).await;

        save(&mut browser, "/console/security", &[("passwordPolicy.length.min", "12")]).await;
        let lists = [("emailBlocklistPolicy.customBlocklist", "@evil.example\r\n\r\nbad@a.example")];
        save(&mut browser, "/console/security/blocklist", &lists).await;
        let limits = [("sentinelPolicy.maxAttempts", "1"), ("sentinelPolicy.lockoutDuration", "10")];
        save(&mut browser, "/console/security/limits", &limits).await;
        let stored = settings(&app).await;
        assert_eq!(stored["passwordPolicy"]["length"], json!({"min": 12, "max": 256}));
        assert_eq!(stored["emailBlocklistPolicy"]["customBlocklist"], json!(["@evil.example", "bad@a.example"]));
        let wrong = save(&mut browser, "/console/security/limits", &[("sentinelPolicy.maxAttempts", "0")]).await;
        assert!(wrong.response.status == 422 && wrong.text().contains("aria-invalid"), "{}", wrong.text());

        user(&app, "ada").await;
        let mut ada = Browser::new(&app);
        let page = at_sign_in(&app, &mut ada).await;
        ada.submit(&page, &[("identifier", "ada"), ("password", "wrong")]).await;
        let locked = ada.submit(&page, &[("identifier", "ada"), ("password", PASSWORD)]).await;
        assert_eq!(locked.response.status, 400, "{}", locked.text());
        let done = send(&mut browser, &secret, "/console/security/unlock", &[("targets", "ada")]).await;
        assert!(done.text().contains("Unlocked."), "{}", done.text());
        let back = ada.submit(&page, &[("identifier", "ada"), ("password", PASSWORD)]).await;
        assert!(is_back_with_code(&back), "{}", back.url);
    })
    .await;
}

#[tokio::test]
async fn the_secret_of_a_captcha_provider_is_never_shown() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        let secret = csrf(&mut browser).await;
        let path = "/console/security/captcha/provider";
        let none = [("config.type", "Turnstile"), ("config.siteKey", "site-1")];
        assert_eq!(send(&mut browser, &secret, path, &none).await.response.status, 422);
        let fields = [("config.type", "Turnstile"), ("config.siteKey", "site-1"), ("config.secretKey", "very-secret")];
        let saved = send(&mut browser, &secret, path, &fields).await;
        assert!(saved.text().contains("Saved.") && saved.text().contains("site-1"), "{}", saved.text());
        assert!(!saved.text().contains("very-secret"), "{}", saved.text());
        let saved =
            send(&mut browser, &secret, path, &[("config.type", "Turnstile"), ("config.siteKey", "site-2")]).await;
        assert!(saved.text().contains("Saved."), "{}", saved.text());
        let stored = get(&app, "/api/captcha-provider").await.expect(200).json();
        assert_eq!(stored["config"], json!({"type": "Turnstile", "siteKey": "site-2", "secretKey": "very-secret"}));
        // A page from before the second change changes nothing back.
        let shown = browser.open("/console/security/captcha").await.text();
        send(&mut browser, &secret, path, &[("config.type", "Turnstile"), ("config.siteKey", "site-3")]).await;
        let signature = made_of(&shown, path);
        let late = [("config.type", "Turnstile"), ("config.siteKey", "site-2"), ("made_of", signature.as_str())];
        let late = send(&mut browser, &secret, path, &late).await;
        assert!(late.response.status == 422 && late.text().contains("changed"), "{}", late.text());
        assert!(!late.text().contains("very-secret"), "{}", late.text());
        assert_eq!(get(&app, "/api/captcha-provider").await.expect(200).json()["config"]["siteKey"], "site-3");
        let on = save(&mut browser, "/console/security/captcha", &[("captchaPolicy.enabled", "true")]).await;
        assert!(on.text().contains("Saved."), "{}", on.text());
        send(&mut browser, &secret, &format!("{path}/delete"), &[]).await;
        get(&app, "/api/captcha-provider").await.expect(404);
        assert_eq!(settings(&app).await["captchaPolicy"]["enabled"], false);
    })
    .await;
}

#[tokio::test]
async fn texts_are_written_found_and_deleted() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        let secret = csrf(&mut browser).await;
        let page = send(&mut browser, &secret, "/console/phrases", &[("language", "de")]).await;
        assert_eq!(page.path(), "/console/phrases/de");
        let german = "/console/phrases/de";
        let fields = [("name", "action.sign_in"), ("text.action.sign_in", "Anmelden"), ("q", "sign_in")];
        let saved = send(&mut browser, &secret, german, &fields).await;
        assert!(saved.url.contains("q=sign_in") && saved.text().contains("Saved."), "{}", saved.url);
        let stored = get(&app, "/api/custom-phrases/de").await.expect(200).json();
        assert_eq!(stored["translation"], json!({"action": {"sign_in": "Anmelden"}}));
        let first = browser.open(german).await.text();
        let row = first.split("<tbody>").nth(1).unwrap().split("</tr>").next().unwrap();
        assert!(row.contains("action.sign_in") && row.contains("Anmelden"), "{row}");
        let found = browser.open(&format!("{german}?q=anmelden")).await.text();
        assert!(found.contains("action.sign_in") && !found.contains("country.de"), "{found}");
        let fields = [("name", "sign_in.no_account"), ("text.sign_in.no_account", "Neu hier?")];
        let refused = send(&mut browser, &secret, german, &fields).await;
        assert!(refused.response.status == 422 && refused.text().contains("{link} is missing"), "{}", refused.text());
        for name in ["nope".to_owned(), "a.".repeat(200_000)] {
            let refused = send(&mut browser, &secret, german, &[("name", &name)]).await;
            assert_eq!(refused.response.status, 404);
        }
        let content = format!("{EXPERIENCE}/content");
        let saved = save(&mut browser, &content, &[("languageInfo.fallbackLanguage", "de")]).await;
        assert!(saved.text().contains("Saved."), "{}", saved.text());
        let kept = send(&mut browser, &secret, &format!("{german}/delete"), &[]).await;
        assert_eq!(kept.response.status, 422, "{}", kept.text());
        save(&mut browser, &content, &[("languageInfo.fallbackLanguage", "en")]).await;
        let gone = send(&mut browser, &secret, &format!("{german}/delete"), &[]).await;
        assert!(gone.text().contains("Deleted."), "{}", gone.text());
        get(&app, "/api/custom-phrases/de").await.expect(404);
        assert_eq!(browser.open("/console/phrases/xx").await.response.status, 404);
    })
    .await;
}

#[tokio::test]
async fn profile_fields_are_made_and_chosen_for_registration_and_account() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        let secret = csrf(&mut browser).await;
        let new = "/console/profile-fields/new";
        let fields = [
            ("name", "plan"),
            ("type", "Select"),
            ("label", "Plan"),
            ("required", "true"),
            ("config.options", "free = Free of charge\r\npro"),
        ];
        let made = send(&mut browser, &secret, new, &fields).await;
        assert_eq!(made.path(), "/console/profile-fields/plan", "{}", made.text());
        let fields = [("name", "fullname"), ("type", "Fullname"), ("config.parts.familyName", "true")];
        let made = send(&mut browser, &secret, new, &fields).await;
        assert_eq!(made.path(), "/console/profile-fields/fullname", "{}", made.text());
        let wrong = send(&mut browser, &secret, new, &[("name", "email"), ("type", "Text")]).await;
        assert_eq!(wrong.response.status, 422, "{}", wrong.text());
        let saved = save(&mut browser, "/console/profile-fields/plan", &[("label", "Your plan")]).await;
        assert!(saved.text().contains("Saved."), "{}", saved.text());
        let stored = get(&app, "/api/custom-profile-fields/plan").await.expect(200).json();
        let options = json!([{"value": "free", "label": "Free of charge"}, {"value": "pro"}]);
        assert_eq!((&stored["label"], &stored["config"]["options"]), (&json!("Your plan"), &options));

        let chosen = [
            ("signUpProfileFields.choice", "own"),
            ("signUpProfileFields.order.fullname", "1"),
            ("signUpProfileFields.order.plan", "2"),
        ];
        save(&mut browser, &format!("{EXPERIENCE}/profile-fields"), &chosen).await;
        let names = json!([{"name": "fullname"}, {"name": "plan"}]);
        assert_eq!(settings(&app).await["signUpProfileFields"], names);
        let account = [
            ("enabled", "true"),
            ("fields.name", "Edit"),
            ("fields.email", "ReadOnly"),
            ("profileFields.choice", "own"),
            ("profileFields.order.plan", "1"),
            ("webauthnRelatedOrigins", "https://a.example"),
        ];
        let saved = save(&mut browser, "/console/account-center", &account).await;
        assert!(saved.text().contains("Saved."), "{}", saved.text());
        let stored = get(&app, "/api/account-center").await.expect(200).json();
        assert_eq!((&stored["enabled"], &stored["profileFields"]), (&json!(true), &json!([{"name": "plan"}])));
        assert_eq!((&stored["fields"]["name"], &stored["fields"]["email"]), (&json!("Edit"), &json!("ReadOnly")));
        let data = [("mailAboutChanges", "on"), ("deletionEnabled", "true"), ("deletionGraceDays", "9")];
        let saved = save(&mut browser, "/console/account-center/data", &data).await;
        assert!(saved.text().contains("Saved."), "{}", saved.text());
        let stored = get(&app, "/api/configs/account").await.expect(200).json();
        assert_eq!((&stored["mailAboutChanges"], &stored["deletionEnabled"]), (&json!(true), &json!(true)));
        assert_eq!(stored["deletionGraceDays"], 9);
        let page = "/console/profile-fields/plan";
        let gone = send(&mut browser, &secret, &format!("{page}/delete"), &[("confirm", "Your plan")]).await;
        assert!(gone.text().contains("Deleted."), "{}", gone.text());
        assert_eq!(settings(&app).await["signUpProfileFields"], json!([{"name": "fullname"}]));
    })
    .await;
}
