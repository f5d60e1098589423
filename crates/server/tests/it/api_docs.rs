//! The reference of the APIs for people at `/api/docs`.

use std::collections::BTreeSet;

use base64::Engine as _;
use testkit::{TestApp, for_each_engine};

#[tokio::test]
async fn every_operation_has_its_place_and_its_link() {
    for_each_engine(async |app: TestApp| {
        let index = app.get("/api/docs").send().await.expect(200);
        let html = index.text();
        let links: BTreeSet<&str> =
            html.split("href=\"/api/docs/").skip(1).map(|rest| rest.split(['"', '#']).next().unwrap()).collect();
        let mut pages = String::new();
        for group in links {
            let page = app.get(&format!("/api/docs/{group}")).send().await.expect(200);
            pages.push_str(&page.text());
        }
        for operation in api::operations() {
            let id = operation.id();
            assert!(html.contains(&format!("#{id}\"")), "{id} is not on the first page");
            assert!(pages.contains(&format!("<section class=\"operation\" id=\"{id}\">")), "{id} has no place");
        }
        for shown in ["1 to 128 characters", "MachineToMachine", "languageTag", "must\">required"] {
            assert!(pages.contains(shown), "{shown}");
        }
        app.get("/api/docs/nope").send().await.expect_error(404, "entity.not_found");
    })
    .await;
}

#[tokio::test]
async fn the_search_works_without_script_and_shows_what_was_typed_as_text() {
    for_each_engine(async |app: TestApp| {
        let found = app.get("/api/docs?q=user+ROLES").send().await.expect(200);
        assert!(found.text().contains("#ListUserRoles\"") && !found.text().contains("#ListApplications\""));
        let evil = app.get("/api/docs?q=%22%3E%3Cscript%3Ealert(1)").send().await.expect(200);
        assert!(!evil.text().contains("<script"), "{}", evil.text());
        assert!(evil.text().contains("value=\"&quot;&gt;&lt;script&gt;alert(1)\""), "{}", evil.text());
        let long = app.get(&format!("/api/docs?q={}", "x".repeat(200))).send().await.expect(200);
        assert!(!long.text().contains(&"x".repeat(101)));
        let chinese = app.get("/api/docs?ui_locales=zh-CN").send().await.expect(200);
        assert_eq!(chinese.header("content-language"), "zh-CN");
        assert!(chinese.text().contains("API 参考"));
        let accepted = app.get("/api/docs/users").header("accept-language", "zh").send().await.expect(200);
        assert!(accepted.text().contains("请求体"));
    })
    .await;
}

#[tokio::test]
async fn a13_a_page_of_the_reference_runs_nothing_and_is_sent_compressed_once() {
    for_each_engine(async |app: TestApp| {
        let plain = app.get("/api/docs/users").send().await.expect(200);
        let policy = plain.header("content-security-policy").to_owned();
        assert!(
            policy.contains("default-src 'none'; style-src 'sha256-") && !policy.contains("script-src"),
            "{policy}"
        );
        let text = plain.text();
        let style = text.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, style.as_bytes());
        let digest = base64::engine::general_purpose::STANDARD.encode(digest);
        assert!(policy.contains(&digest), "the style sheet is not that of the policy");
        assert!(
            !plain.text().contains("<script") && !plain.text().contains(" style=") && !plain.text().contains("://cdn")
        );
        for path in ["/api/docs/users", "/api/swagger.json", "/api/.well-known/management.openapi.json"] {
            let plain = app.get(path).send().await.expect(200);
            let small = app.get(path).header("accept-encoding", "gzip").send().await.expect(200);
            assert_eq!((plain.header("content-encoding"), small.header("content-encoding")), ("", "gzip"));
            assert!(small.header("vary").contains("Accept-Encoding"));
            assert!(small.body.len() * 5 < plain.body.len(), "{path}: {}", small.body.len());
            assert_ne!(small.header("etag"), plain.header("etag"));
            let again = app.get(path).header("accept-encoding", "gzip").header("if-none-match", small.header("etag"));
            again.send().await.expect(304);
        }
    })
    .await;
}
