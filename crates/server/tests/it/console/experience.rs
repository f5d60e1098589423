//! The pages of settings: each tab sends back what it shows, with the checks and audit entries of the API; and the preview.

use serde_json::{Value, json};
use testkit::{Browser, BrowserPage, TestApp, for_each_engine};

use super::fixture::{administrator, colleague, csrf, send, signed_in};
use crate::applications::get;
use crate::pages::fixture::{PASSWORD, at_sign_in, is_back_with_code, user};

const EXPERIENCE: &str = "/console/sign-in-experience";
const PREVIEW: &str = "/console/sign-in-experience/preview";

/// What a browser sends of the page's form of settings: it changes nothing yet.
fn form_of(page: &BrowserPage) -> Vec<(String, String)> {
    let html = page.text();
    let form = html.split("data-guarded>").nth(1).unwrap_or_else(|| panic!("no form: {html}"));
    let form = form.split("</form>").next().unwrap();
    let decoded = |text: &str| html_escape::decode_html_entities(text).into_owned();
    let attribute = |tag: &str, name: &str| {
        let value = tag.split(&format!(" {name}=\"")).nth(1).and_then(|rest| rest.split('"').next());
        value.map(decoded)
    };
    let (mut fields, mut select): (Vec<(String, String)>, _) = (Vec::new(), None);
    for piece in form.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap();
        let name = attribute(tag, "name");
        match tag.split(' ').next().unwrap() {
            "input" => {
                let is_ticked = tag.ends_with(" checked") || tag.contains(" checked ");
                let is_choice = tag.contains("type=\"checkbox\"") || tag.contains("type=\"radio\"");
                if let Some(name) = name.filter(|_| is_ticked || !is_choice) {
                    fields.push((name, attribute(tag, "value").unwrap_or_default()));
                }
            }
            "textarea" => fields.push((name.unwrap(), decoded(text.strip_prefix('\n').unwrap_or(text)))),
            "select" => select = name,
            "option" => {
                let value = attribute(tag, "value").unwrap_or_default();
                match fields.iter_mut().find(|(known, _)| Some(known) == select.as_ref()) {
                    Some(found) if tag.ends_with(" selected") => found.1 = value,
                    Some(_) => {}
                    None => fields.push((select.clone().unwrap(), value)),
                }
            }
            _ => {}
        }
    }
    fields
}

/// The form of a page with these fields changed: an empty text is what a box without a tick sends.
fn with<'a>(form: &'a [(String, String)], changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let is_kept = |(name, _): &(&str, &str)| changed.iter().all(|(other, _)| name != other);
    let kept = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).filter(is_kept);
    kept.chain(changed.iter().copied()).collect()
}

/// Sends the form of a page with these fields changed, and says yes where it shows the changes first.
async fn save(browser: &mut Browser, path: &str, changed: &[(&str, &str)]) -> BrowserPage {
    let form = form_of(&browser.open(path).await);
    let fields = with(&form, changed);
    let answer = browser.submit_to(path, &fields).await;
    match answer.text().contains("name=\"confirmed\"") {
        true => browser.submit_to(path, &with(&form, &[changed, &[("confirmed", "yes")]].concat())).await,
        false => answer,
    }
}

async fn settings(app: &TestApp) -> Value {
    get(app, "/api/sign-in-exp").await.expect(200).json()
}

#[tokio::test]
async fn a_form_that_is_sent_as_it_is_shown_changes_nothing() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        let first = settings(&app).await;
        let tabs = ["", "/sign-up-and-sign-in", "/profile-fields", "/content"].map(|tab| format!("{EXPERIENCE}{tab}"));
        let others = [
            "/console/mfa",
            "/console/security",
            "/console/security/captcha",
            "/console/security/blocklist",
            "/console/security/limits",
            "/console/account-center",
        ];
        let pages: Vec<&str> = tabs.iter().map(String::as_str).chain(others).collect();
        let account = get(&app, "/api/account-center").await.expect(200).json();
        let mut before = Value::Null;
        // The first time writes defaults that were absent.
        for round in 0..2 {
            before = settings(&app).await;
            for page in &pages {
                let saved = save(&mut browser, page, &[]).await;
                assert!(saved.text().contains("Saved."), "{page}, round {round}: {}", saved.text());
            }
        }
        assert_eq!(settings(&app).await, before);
        for member in ["signIn", "signInMode", "forgotPasswordMethods", "signUpProfileFields", "usernamePolicy"] {
            assert_eq!(before[member], first[member], "{member}");
        }
        // Browsers write colours in small letters.
        assert_eq!(before["color"]["primaryColor"], "#6139f6");
        assert_eq!(before["signUp"]["identifiers"], first["signUp"]["identifiers"]);
        assert_eq!(before["passwordPolicy"]["rejects"]["pwned"], true);
        let after = get(&app, "/api/account-center").await.expect(200).json();
        assert_eq!((&after["enabled"], &after["profileFields"]), (&account["enabled"], &account["profileFields"]));
        // Where nobody could sign in any more.
        let refused = save(&mut browser, "/console/security/captcha", &[("captchaPolicy.enabled", "true")]).await;
        assert_eq!(refused.response.status, 422, "{}", refused.text());
    })
    .await;
}

#[tokio::test]
async fn the_pages_look_and_ask_as_they_were_set() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        let changed = [
            ("color.primaryColor", "#123456"),
            ("color.isDarkModeEnabled", "true"),
            ("branding.logoUrl", "https://logo.example/a.svg"),
            ("customCss", "h1 { color: #00f }\r\nh2 { color: #0f0 }"),
        ];
        let saved = save(&mut browser, EXPERIENCE, &changed).await;
        assert!(saved.text().contains("Saved."), "{}", saved.text());
        let stored = settings(&app).await;
        assert_eq!(stored["color"]["primaryColor"], "#123456");
        assert_eq!(stored["branding"], json!({"logoUrl": "https://logo.example/a.svg"}));
        assert_eq!(stored["customCss"], "h1 { color: #00f }\nh2 { color: #0f0 }");
        let change = get(&app, "/api/logs?logKey=Administration&page_size=1").await.expect(200).json();
        assert_eq!(change[0]["payload"]["route"], "/api/sign-in-exp");
        assert_eq!(change[0]["payload"]["actor"]["id"], "root");
        let cleared = save(&mut browser, EXPERIENCE, &[("branding.logoUrl", ""), ("customCss", "")]).await;
        assert!(cleared.text().contains("Saved."), "{}", cleared.text());
        let stored = settings(&app).await;
        assert_eq!((&stored["branding"], &stored["customCss"]), (&json!({}), &Value::Null));

        let wrong = save(&mut browser, EXPERIENCE, &[("branding.logoUrl", "javascript:alert(1)")]).await;
        assert_eq!(wrong.response.status, 422);
        assert!(wrong.text().contains("aria-invalid") && wrong.text().contains("javascript:alert(1)"));

        let ways = format!("{EXPERIENCE}/sign-up-and-sign-in");
        let changed = [("signIn.order.email", "1"), ("signIn.order.username", "2"), ("signInMode", "SignIn")];
        let form = form_of(&browser.open(&ways).await);
        let asked = browser.submit_to(&ways, &with(&form, &changed)).await;
        let text = asked.text();
        assert!(text.contains("Username → E-mail address, Username") && text.contains("→ Sign in only"), "{text}");
        assert_eq!(settings(&app).await["signInMode"], "SignInAndRegister", "nothing is saved yet");
        let saved = save(&mut browser, &ways, &changed).await;
        assert!(saved.text().contains("Saved."), "{}", saved.text());
        let stored = settings(&app).await;
        let of = |name: &str| {
            json!({"identifier": name, "password": true, "verificationCode": false, "isPasswordPrimary": true})
        };
        assert_eq!(stored["signIn"]["methods"], json!([of("email"), of("username")]));
        let real = at_sign_in(&app, &mut Browser::new(&app)).await.text();
        assert!(real.contains("E-mail or username") && !real.contains("New here?"), "{real}");
        // Nothing can send the code.
        let refused = save(&mut browser, &ways, &[("signIn.email", "code")]).await;
        assert!(refused.response.status == 422 && refused.text().contains("needs a connector"), "{}", refused.text());

        let content = format!("{EXPERIENCE}/content");
        let changed = [("termsOfUseUrl", "https://a.example/terms"), ("agreeToTermsPolicy", "Manual")];
        save(&mut browser, &content, &changed).await;
        let real = at_sign_in(&app, &mut Browser::new(&app)).await.text();
        assert!(real.contains("https://a.example/terms") && real.contains("name=\"agree\""), "{real}");
    })
    .await;
}

#[tokio::test]
async fn the_preview_shows_what_is_typed_and_saves_nothing() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        let before = settings(&app).await;
        let page = browser.open(EXPERIENCE).await;
        assert!(
            page.text().contains("<iframe name=\"preview\"") && page.text().contains(" sandbox "),
            "{}",
            page.text()
        );
        let policy = page.response.header("content-security-policy").to_owned();
        assert!(policy.contains("frame-src 'self'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        let saved = browser.open(&format!("{PREVIEW}?theme=light&language=zh-CN")).await;
        assert_eq!((saved.response.status.as_u16(), saved.response.header("content-language")), (200, "zh-CN"));
        let form = form_of(&page);
        let shown = async |browser: &mut Browser, changed: &[(&str, &str)]| {
            browser.submit_to(&format!("{PREVIEW}?tab=branding"), &with(&form, changed)).await
        };
        let css = "</style><script>alert(1)</script>h1 { color: #abcdef }";
        let typed = [
            ("color.primaryColor", "#123456"),
            ("color.isDarkModeEnabled", "true"),
            ("color.darkPrimaryColor", "#fedcba"),
            ("customCss", css),
            ("preview.theme", "dark"),
        ];
        let dark = shown(&mut browser, &typed).await;
        let text = dark.text();
        assert!(text.contains("#fedcba") && text.contains("#abcdef") && text.contains("name=\"password\""), "{text}");
        assert!(!text.contains("prefers-color-scheme") && !text.contains("</style><script>"), "{text}");
        let policy = dark.response.header("content-security-policy").to_owned();
        assert!(policy.ends_with("; sandbox") && policy.contains("frame-ancestors 'self'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        let register = shown(&mut browser, &[("preview.page", "register")]).await.text();
        assert!(register.contains("name=\"confirm\""), "{register}");
        // What is not right is not shown, and no mistake either.
        let wrong = shown(&mut browser, &[("color.primaryColor", "red"), ("preview.language", "../x")]).await;
        assert_eq!(wrong.response.status, 200);
        assert_eq!(settings(&app).await, before, "nothing is saved");
        let real = at_sign_in(&app, &mut Browser::new(&app)).await;
        let policy = real.response.header("content-security-policy").to_owned();
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("sandbox"), "{policy}");
    })
    .await;
}

#[tokio::test]
async fn who_only_reads_sees_the_settings_and_the_preview() {
    for_each_engine(async |app: TestApp| {
        colleague(&app, "audrey", &["default:auditor"]).await;
        let mut audrey = signed_in(&app, "audrey").await;
        for path in [
            EXPERIENCE,
            "/console/mfa",
            "/console/security",
            "/console/security/captcha",
            "/console/security/limits",
            "/console/account-center",
            "/console/phrases",
            "/console/phrases/en",
            "/console/profile-fields",
        ] {
            let page = audrey.open(path).await;
            assert_eq!(page.response.status, 200, "{path}: {}", page.text());
            assert!(!page.text().contains("data-guarded") && !page.text().contains("popover"), "{path}");
        }
        assert!(audrey.open(EXPERIENCE).await.text().contains("#6139f6"));
        assert_eq!(audrey.open(PREVIEW).await.response.status, 200);
        let secret = csrf(&mut audrey).await;
        for path in [EXPERIENCE, "/console/mfa", "/console/security/unlock", "/console/phrases/en"] {
            assert_eq!(send(&mut audrey, &secret, path, &[]).await.response.status, 403, "{path}");
        }
    })
    .await;
}

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
        let page = "/console/profile-fields/plan";
        let gone = send(&mut browser, &secret, &format!("{page}/delete"), &[("confirm", "Your plan")]).await;
        assert!(gone.text().contains("Deleted."), "{}", gone.text());
        assert_eq!(settings(&app).await["signUpProfileFields"], json!([{"name": "fullname"}]));
    })
    .await;
}
