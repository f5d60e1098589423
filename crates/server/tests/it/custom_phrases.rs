//! Custom phrases: the Management API and what hosted pages make of them (M219, M223–M226, A054, H110–H113; trace 40-15).

use std::time::{Duration, Instant};

use ::api::sign_in_experience::LanguageTag;
use serde_json::{Value, json};
use testkit::{Browser, TestApp, TestResponse, for_each_engine};

use crate::applications::call;
use crate::experience::fixture::settings;

const PATH: &str = "/api/custom-phrases";

async fn put(app: &TestApp, tag: &str, translation: Value) -> TestResponse {
    call(app, "PUT", &format!("{PATH}/{tag}"), translation).await
}

/// A page that only tells something, as a browser opens it.
async fn page(app: &TestApp, query: &str, accept_language: &str) -> TestResponse {
    app.get(&format!("/unknown-session?{query}")).header("accept-language", accept_language).send().await.expect(200)
}

fn title(text: &str) -> Value {
    json!({"unknown_session": {"title": text}})
}

#[tokio::test]
async fn phrases_are_put_listed_and_deleted_as_in_trace_40_15() {
    for_each_engine(async |app: TestApp| {
        let one = format!("{PATH}/zh-HK");
        let made = put(&app, "zh-HK", json!({"input": {"username": "x"}})).await.expect(201).json();
        assert_eq!(made["id"].as_str().map(str::len), Some(21));
        let translation = json!({"input": {"username": "x"}});
        let wanted =
            json!({"tenantId": "default", "id": made["id"], "languageTag": "zh-HK", "translation": translation});
        assert_eq!(made, wanted);
        assert_eq!(call(&app, "GET", &one, json!(null)).await.expect(200).json(), made);
        assert_eq!(call(&app, "GET", PATH, json!(null)).await.expect(200).json(), json!([made]));
        let again = put(&app, "zh-HK", json!({"input": {"username": "y"}})).await.expect(201).json();
        assert_eq!((&again["id"], &again["translation"]["input"]["username"]), (&made["id"], &json!("y")));
        call(&app, "GET", &format!("{PATH}/fr"), json!(null)).await.expect_error(404, "entity.not_found");
        for method in ["GET", "PUT", "DELETE"] {
            let refused = call(&app, method, &format!("{PATH}/xx-bad"), json!({})).await;
            let refused = refused.expect_error(400, "guard.invalid_input").json();
            assert_eq!(refused["data"]["issues"][0]["path"], json!(["languageTag"]), "{refused}");
        }
        let refused = put(&app, "fr", json!({"nope": {"nope": "x"}})).await;
        let refused = refused.expect_error(422, "localization.invalid_translation_structure").json();
        assert_eq!(refused["data"]["issues"][0]["path"], json!(["nope"]));
        for odd in [json!([]), json!({"input": ["x"]}), json!({"input": {"username": 1}}), json!({"input": null})] {
            put(&app, "fr", odd).await.expect_error(400, "guard.invalid_input");
        }
        let empty = put(&app, "fr", json!({"input": {"username": ""}})).await.expect(201).json();
        assert_eq!(empty["translation"], json!({}));
        call(&app, "DELETE", &one, json!(null)).await.expect(204);
        call(&app, "DELETE", &one, json!(null)).await.expect_error(404, "entity.not_found");
        let default = "localization.cannot_delete_default_language";
        call(&app, "DELETE", &format!("{PATH}/en"), json!(null)).await.expect_error(409, default);
    })
    .await;
}

#[tokio::test]
async fn a_language_is_the_fallback_only_while_it_has_pages() {
    for_each_engine(async |app: TestApp| {
        let fall_back = async |tag: &str| {
            let info = json!({"languageInfo": {"autoDetect": true, "fallbackLanguage": tag}});
            call(&app, "PATCH", "/api/sign-in-exp", info).await
        };
        fall_back("de").await.expect_error(400, "sign_in_experiences.unsupported_default_language");
        put(&app, "de", title("Unbekannte Sitzung")).await.expect(201);
        fall_back("de").await.expect(200);
        assert!(page(&app, "", "").await.text().contains("Unbekannte Sitzung"));
        let one = format!("{PATH}/de");
        let refused = call(&app, "DELETE", &one, json!(null)).await;
        refused.expect_error(409, "localization.cannot_delete_default_language");
        fall_back("zh-CN").await.expect(200);
        call(&app, "DELETE", &one, json!(null)).await.expect(204);
        assert_eq!(page(&app, "ui_locales=de", "").await.header("content-language"), "zh-CN");
    })
    .await;
}

#[tokio::test]
async fn pages_are_read_in_the_languages_that_a_tenant_adds() {
    for_each_engine(async |app: TestApp| {
        put(&app, "de", title("Unbekannte Sitzung")).await.expect(201);
        put(&app, "en", title("Who are you?")).await.expect(201);
        for (query, accepted, language, shown) in [
            ("ui_locales=de", "en", "de", "Unbekannte Sitzung"),
            ("ui_locales=de-AT", "", "de", "Unbekannte Sitzung"),
            ("ui_locales=fr+de", "", "de", "Unbekannte Sitzung"),
            ("", "fr, de;q=0.5, en;q=0.4", "de", "Unbekannte Sitzung"),
            ("", "en-GB", "en", "Who are you?"),
            ("ui_locales=zh", "", "zh-CN", "继续"),
        ] {
            let page = page(&app, query, accepted).await;
            assert_eq!(page.header("content-language"), language, "{query} {accepted}");
            let html = page.text();
            assert!(html.contains(&format!("<html lang=\"{language}\">")), "{html}");
            assert!(language == "zh-CN" || html.contains(shown), "{html}");
        }
        let german = page(&app, "ui_locales=de", "").await.text().to_owned();
        assert!(german.contains("lang=\"de\" hreflang=\"de\" aria-current=\"true\">Deutsch</a>"), "{german}");
        // Nobody wrote this one in German.
        let cause = views::translate(kernel::Locale::En, "pages.unknown_session.cookies", &[]);
        assert!(german.contains(&cause.replace('\'', "&#x27;")) || german.contains(&cause), "{german}");
        // Other tenants know nothing of it.
        let other = app.admin_request("GET", "/unknown-session?ui_locales=de").send().await.expect(200);
        assert_eq!(other.header("content-language"), "en");
        settings(&app, "default", json!({"languageInfo": {"autoDetect": false, "fallbackLanguage": "en"}})).await;
        assert_eq!(page(&app, "", "de").await.header("content-language"), "en");
    })
    .await;
}

#[tokio::test]
async fn h112_errors_are_told_in_the_language_of_the_page_and_of_the_api_in_one_that_ships() {
    for_each_engine(async |app: TestApp| {
        put(&app, "de", json!({"errors": {"general": {"not_found": "Hier ist nichts."}}})).await.expect(201);
        let shown = app
            .get("/nowhere?ui_locales=de")
            .header("accept", "text/html,application/xhtml+xml")
            .send()
            .await
            .expect(404);
        assert!(shown.text().contains("Hier ist nichts."), "{}", shown.text());
        let api = app.get("/api/status?locale=zh-CN").send().await;
        assert_eq!(api.status, 204);
        let refused = app.get("/api/custom-phrases?locale=de").header("accept-language", "zh-CN").send().await;
        let message = refused.expect_error(401, "auth.authorization_header_missing").json()["message"].clone();
        assert_eq!(message, views::error_message(kernel::Locale::ZhCn, "auth.authorization_header_missing"));
    })
    .await;
}

#[tokio::test]
async fn a7_a_phrase_is_text_wherever_it_is_shown() {
    for_each_engine(async |app: TestApp| {
        let evil = "\"'><script>alert(1)</script>{{ 7*7 }}&";
        let mut all = app.get("/api/.well-known/phrases").send().await.expect(200).json()["translation"].clone();
        poison(&mut all, evil);
        let stored = put(&app, "de", all).await;
        // The links that must stay are there, with the rest of the text; what Jinja would run is a place that nothing fills.
        stored.expect_error(422, "localization.invalid_translation_structure");
        let evil = "\"'><script>alert(1)</script>&";
        let mut all = app.get("/api/.well-known/phrases").send().await.expect(200).json()["translation"].clone();
        poison(&mut all, evil);
        put(&app, "de", all).await.expect(201);
        let client = app.web_client().await;
        let mut browser = Browser::new(&app);
        let mut query = app.authorization(&client, "openid");
        query.push(("ui_locales".into(), "de".into()));
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let others =
            ["/register", "/reset-password", "/device", "/nowhere"].map(|path| format!("{path}?ui_locales=de"));
        for path in std::iter::once(format!("/oidc/auth?{query}")).chain(others) {
            let page = browser.open(&path).await;
            let html = page.text();
            assert!(html.contains("&lt;script&gt;alert(1)") && !html.contains("<script>alert"), "{path}: {html}");
        }
    })
    .await;
}

/// Puts `text` before every text.
fn poison(value: &mut Value, text: &str) {
    match value {
        Value::Object(members) => members.values_mut().for_each(|member| poison(member, text)),
        Value::String(own) => own.insert_str(0, text),
        _ => {}
    }
}

#[tokio::test]
async fn a_text_may_do_without_a_place_but_not_without_its_link() {
    for_each_engine(async |app: TestApp| {
        let refused = put(&app, "en", json!({"sign_in": {"no_account": "New here?"}})).await;
        let refused = refused.expect_error(422, "localization.invalid_translation_structure").json();
        assert_eq!(refused["data"]["issues"][0]["path"], json!(["sign_in", "no_account"]));
        put(&app, "en", json!({"sign_in": {"subtitle": "Welcome aboard"}})).await.expect(201);
        let client = app.web_client().await;
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(app.authorization(&client, "openid"))
            .finish();
        let page = Browser::new(&app).open(&format!("/oidc/auth?{query}")).await;
        assert_eq!(page.response.status, 200, "{}", page.text());
        assert!(page.text().contains("Welcome aboard"), "{}", page.text());
    })
    .await;
}

#[tokio::test]
async fn h113_languages_from_right_to_left_turn_the_page() {
    for_each_engine(async |app: TestApp| {
        for (tag, direction) in [("ar", true), ("fa-IR", true), ("he-IL", true), ("ur-PK", true), ("fr", false)] {
            put(&app, tag, title("x")).await.expect(201);
            let html = page(&app, &format!("ui_locales={tag}"), "").await.text().to_owned();
            assert_eq!(html.contains(&format!("<html lang=\"{tag}\" dir=\"rtl\">")), direction, "{html}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_texts_are_public_in_each_language() {
    for_each_engine(async |app: TestApp| {
        put(&app, "pt-BR", json!({"action": {"sign_in": "Entrar"}})).await.expect(201);
        for (query, accepted, language, text) in [
            ("?lng=pt-BR", "", "pt-BR", "Entrar"),
            ("?lng=pt", "", "pt-BR", "Entrar"),
            ("", "pt-PT", "pt-BR", "Entrar"),
            ("?lng=xx-YY", "", "en", "Sign in"),
            ("", "fr", "en", "Sign in"),
            ("?lng=zh-CN", "", "zh-CN", "登录"),
        ] {
            let answer = app.get(&format!("/api/.well-known/phrases{query}")).header("accept-language", accepted);
            let answer = answer.send().await.expect(200);
            assert_eq!(answer.header("content-language"), language, "{query} {accepted}");
            assert_eq!(answer.json()["translation"]["action"]["sign_in"], text, "{query} {accepted}");
            assert!(answer.json()["translation"]["errors"]["session"]["not_found"].is_string());
        }
    })
    .await;
}

#[tokio::test]
async fn every_language_of_the_contract_can_be_added_and_all_have_names() {
    for_each_engine(async |app: TestApp| {
        for tag in LanguageTag::all() {
            put(&app, tag, title("x")).await.expect(201);
        }
        let html = page(&app, "ui_locales=cy-GB", "").await.text().to_owned();
        assert_eq!(html.matches("hreflang=").count(), 129);
        assert!(html.contains(">Cymraeg</a>"));
        let unnamed: Vec<_> = LanguageTag::all().filter(|tag| html.contains(&format!(">{tag}</a>"))).collect();
        assert!(unnamed.is_empty(), "{unnamed:?}");
    })
    .await;
}

#[tokio::test]
async fn g7_texts_are_bounded_in_all() {
    for_each_engine(async |app: TestApp| {
        let keys =
            app.get("/api/.well-known/phrases").send().await.expect(200).json()["translation"]["country"].clone();
        let long: serde_json::Map<String, Value> =
            keys.as_object().unwrap().keys().map(|key| (key.clone(), json!("x".repeat(2000)))).collect();
        let mut sent = 0;
        for tag in LanguageTag::all() {
            let answer = put(&app, tag, json!({"country": long})).await;
            if answer.status != 201 {
                answer.expect_error(403, "system_limit.limit_exceeded");
                break;
            }
            sent += 1;
        }
        assert!((5..12).contains(&sent), "{sent} languages of half a megabyte");
        let listed = call(&app, "GET", PATH, json!(null)).await.expect(200).json();
        assert_eq!(listed.as_array().unwrap().len(), sent, "the one that was refused left nothing");
    })
    .await;
}

#[tokio::test]
async fn all_nodes_speak_a_new_language_within_a_second() {
    for_each_engine(async |app: TestApp| {
        let node = TestApp::with(app.engine, app.app.settings.clone()).await;
        assert_eq!(page(&node, "ui_locales=de", "").await.header("content-language"), "en");
        put(&app, "de", title("Unbekannte Sitzung")).await.expect(201);
        assert_eq!(page(&app, "ui_locales=de", "").await.header("content-language"), "de", "its own node at once");
        let asked = Instant::now();
        while page(&node, "ui_locales=de", "").await.header("content-language") != "de" {
            assert!(asked.elapsed() < Duration::from_secs(1), "the other node does not know it");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}
