//! The pages of settings: each tab sends back what it shows, with the checks and audit entries of the API; and the preview.

use serde_json::{Value, json};
use testkit::{Browser, BrowserPage, TestApp, for_each_engine};

use super::fixture::{administrator, colleague, csrf, send, signed_in};
use super::rights::{console_routes, path};
use crate::applications::get;
use crate::pages::fixture::at_sign_in;

pub const EXPERIENCE: &str = "/console/sign-in-experience";
const PREVIEW: &str = "/console/sign-in-experience/preview";

/// What a browser sends of the page's form of settings: it changes nothing yet.
pub fn form_of(page: &BrowserPage) -> Vec<(String, String)> {
    let html = page.text();
    let form = html.split(" data-guarded").nth(1).unwrap_or_else(|| panic!("no form: {html}"));
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
pub fn with<'a>(form: &'a [(String, String)], changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let is_kept = |(name, _): &(&str, &str)| changed.iter().all(|(other, _)| name != other);
    let kept = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).filter(is_kept);
    kept.chain(changed.iter().copied()).collect()
}

/// Sends the form of a page with these fields changed, and says yes where it shows the changes first.
pub async fn save(browser: &mut Browser, path: &str, changed: &[(&str, &str)]) -> BrowserPage {
    let form = form_of(&browser.open(path).await);
    let fields = with(&form, changed);
    let answer = browser.submit_to(path, &fields).await;
    match answer.text().contains("name=\"confirmed\"") {
        true => browser.submit_to(path, &with(&form, &[changed, &[("confirmed", "yes")]].concat())).await,
        false => answer,
    }
}

pub async fn settings(app: &TestApp) -> Value {
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
            "/console/account-center/data",
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
async fn a13_only_the_preview_can_be_framed_and_by_the_console_alone() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        for (route, _) in console_routes().into_iter().filter(|(route, _)| route.method == "GET") {
            let answer = browser.send("GET", &path(&route), None).await;
            // What is downloaded has no frame.
            let is_file = answer.headers.contains_key("content-disposition");
            if answer.status.is_redirection() || is_file {
                continue;
            }
            let (allowed, policy) = (route.path == PREVIEW, answer.header("content-security-policy"));
            assert_eq!(policy.contains("frame-ancestors 'self'"), allowed, "{}: {policy}", route.path);
            assert_eq!(policy.contains("frame-ancestors 'none'"), !allowed, "{}: {policy}", route.path);
            assert_eq!(policy.ends_with("; sandbox"), allowed, "{}: {policy}", route.path);
        }
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
            "/console/account-center/data",
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
