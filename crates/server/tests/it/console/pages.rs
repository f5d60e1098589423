//! What the pages do: the same as the API, with the same entries in the audit log.

use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::fixture::{administrator, colleague, csrf, send, signed_in};
use crate::applications::get;

async fn last_change(app: &TestApp) -> Value {
    let found = get(app, "/api/logs?logKey=Administration&page_size=1").await.expect(200).json();
    found[0]["payload"].clone()
}

/// The id at the end of a page's address.
pub fn id_of(url: &str) -> String {
    url.split('?').next().unwrap().rsplit('/').next().unwrap().to_owned()
}

#[tokio::test]
async fn an_application_is_made_changed_and_deleted() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        let secret = csrf(&mut browser).await;
        let empty = browser.open("/console/applications").await;
        assert!(empty.text().contains("No applications yet"), "{}", empty.text());
        let wrong = send(
            &mut browser,
            &secret,
            "/console/applications/new",
            &[("name", "Bikes"), ("type", "Traditional"), ("oidcClientMetadata.redirectUris", "javascript:alert(1)")],
        )
        .await;
        assert_eq!(wrong.response.status, 422);
        assert!(wrong.text().contains("aria-invalid") || wrong.text().contains("role=\"alert\""), "{}", wrong.text());
        assert!(wrong.text().contains("javascript:alert(1)"), "what was typed stays");
        let made = send(
            &mut browser,
            &secret,
            "/console/applications/new",
            &[
                ("name", "Bikes"),
                ("type", "Traditional"),
                ("oidcClientMetadata.redirectUris", "https://a.example/cb\r\n\r\nhttps://b.example/cb"),
            ],
        )
        .await;
        assert_eq!(made.response.status, 200, "{}", made.text());
        assert!(made.text().contains("Created.") && made.text().contains("/oidc/token"), "{}", made.text());
        let id = id_of(&made.url);
        let change = last_change(&app).await;
        assert_eq!(
            (&change["key"], &change["route"]),
            (&json!("Administration.Applications.Created"), &json!("/api/applications"))
        );
        assert_eq!(change["actor"], json!({"type": "User", "id": "root"}));
        let stored = get(&app, &format!("/api/applications/{id}")).await.expect(200).json();
        let uris = json!(["https://a.example/cb", "https://b.example/cb"]);
        assert_eq!(stored["oidcClientMetadata"]["redirectUris"], uris);

        let page = format!("/console/applications/{id}");
        let saved = send(
            &mut browser,
            &secret,
            &page,
            &[
                ("name", "Boats"),
                ("oidcClientMetadata.redirectUris", "https://a.example/cb"),
                ("customClientMetadata.refreshTokenTtlInDays", "7"),
                ("customClientMetadata.alwaysIssueRefreshToken", "true"),
                ("customData", "{\"plan\": \"pro\"}"),
            ],
        )
        .await;
        assert!(saved.text().contains("Saved."), "{}", saved.text());
        let stored = get(&app, &format!("/api/applications/{id}")).await.expect(200).json();
        assert_eq!((&stored["name"], &stored["customData"]), (&json!("Boats"), &json!({"plan": "pro"})));
        assert_eq!(stored["customClientMetadata"]["refreshTokenTtlInDays"], 7);
        let wrong = send(&mut browser, &secret, &page, &[("name", "Boats"), ("customData", "[]")]).await;
        assert!(wrong.response.status == 422 && wrong.text().contains("JSON object"), "{}", wrong.text());

        let kept = send(&mut browser, &secret, &format!("{page}/delete"), &[("confirm", "Bikes")]).await;
        assert_eq!(kept.response.status, 422);
        app.app.clock.advance(std::time::Duration::from_secs(1));
        let gone = send(&mut browser, &secret, &format!("{page}/delete"), &[("confirm", "Boats")]).await;
        assert!(gone.text().contains("Deleted."), "{}", gone.text());
        get(&app, &format!("/api/applications/{id}")).await.expect(404);
        assert_eq!(last_change(&app).await["key"], "Administration.Applications.Deleted");
        assert_eq!(browser.open(&page).await.response.status, 404);
    })
    .await;
}

#[tokio::test]
async fn a_secret_is_shown_once_and_never_to_who_only_reads() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        let secret = csrf(&mut browser).await;
        let fields = [("name", "Bikes"), ("type", "Traditional")];
        let made = send(&mut browser, &secret, "/console/applications/new", &fields).await;
        let page = format!("/console/applications/{}/secrets", id_of(&made.url));
        let shown = send(&mut browser, &secret, &page, &[("name", "second")]).await;
        let path = page.replace("/console", "/api");
        let secrets = get(&app, &path).await.expect(200).json();
        let values: Vec<&str> = secrets.as_array().unwrap().iter().map(|one| one["value"].as_str().unwrap()).collect();
        assert_eq!(values.iter().filter(|value| shown.text().contains(**value)).count(), 1, "the new one alone");
        assert!(shown.text().contains(values[1]));
        let again = browser.open(&page).await.text();
        assert!(again.contains("second") && values.iter().all(|value| !again.contains(value)), "{again}");
        let double = send(&mut browser, &secret, &page, &[("name", "second")]).await;
        assert_eq!(double.response.status, 422);
        send(&mut browser, &secret, &format!("{page}/remove"), &[("name", "second")]).await;
        assert_eq!(get(&app, &path).await.expect(200).json().as_array().unwrap().len(), 1);

        colleague(&app, "audrey", &["default:auditor"]).await;
        let mut audrey = signed_in(&app, "audrey").await;
        assert_eq!(audrey.open(&page).await.response.status, 403);
        let seen = audrey.open(page.trim_end_matches("/secrets")).await;
        assert_eq!(seen.response.status, 200);
        assert!(!seen.text().contains("data-guarded") && !seen.text().contains("popover"), "{}", seen.text());
    })
    .await;
}

#[tokio::test]
async fn a_person_is_found_changed_suspended_and_deleted() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        let secret = csrf(&mut browser).await;
        let fields = [("username", "ada"), ("primaryEmail", "ada@example.com"), ("name", "<b>Ada</b>")];
        let made = send(&mut browser, &secret, "/console/users/new", &fields).await;
        let page = made.url.split('?').next().unwrap().to_owned();
        assert!(made.text().contains("&lt;b&gt;Ada&lt;/b&gt;") && !made.text().contains("<b>Ada"), "{}", made.text());
        let double = send(&mut browser, &secret, "/console/users/new", &[("username", "ada")]).await;
        assert!(double.response.status == 422 && double.text().contains("aria-invalid"), "{}", double.text());
        assert!(browser.open("/console/users?q=ada%40").await.text().contains(&page));
        assert!(!browser.open("/console/users?q=nobody").await.text().contains(&page));

        let shown = send(&mut browser, &secret, &format!("{page}/password"), &[]).await;
        let text = shown.text();
        let password = text.split("data-copy=\"").nth(1).unwrap().split('"').next().unwrap();
        let path = page.replace("/console", "/api");
        let right = json!({"password": password});
        let verify = app.management_request("POST", &format!("{path}/password/verify")).await;
        verify.json(right).send().await.expect(204);
        assert!(!last_change(&app).await.to_string().contains(password));

        let done = send(&mut browser, &secret, &format!("{page}/suspension"), &[("isSuspended", "true")]).await;
        assert!(done.text().contains("Suspended: all sessions have ended."), "{}", done.text());
        assert_eq!(get(&app, &path).await.expect(200).json()["isSuspended"], true);
        for tab in ["roles", "sessions", "factors"] {
            assert_eq!(browser.open(&format!("{page}/{tab}")).await.response.status, 200, "{tab}");
        }
        let gone = send(&mut browser, &secret, &format!("{page}/delete"), &[("confirm", "<b>Ada</b>")]).await;
        assert_eq!(gone.path(), "/console/users", "{}", gone.text());
        get(&app, &path).await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn roles_permissions_and_members_are_linked() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        let secret = csrf(&mut browser).await;
        let fields = [("name", "Bikes API"), ("indicator", "https://bikes.example")];
        let resource = send(&mut browser, &secret, "/console/resources/new", &fields).await;
        let resource = resource.url.split('?').next().unwrap().to_owned();
        let scopes = format!("{resource}/scopes");
        let added = send(&mut browser, &secret, &scopes, &[("name", "ride:bikes")]).await;
        assert!(added.text().contains("ride:bikes") && added.text().contains("Added."), "{}", added.text());
        let fields = [("name", "rider"), ("description", "Rides"), ("type", "User")];
        let role = send(&mut browser, &secret, "/console/roles/new", &fields).await;
        let role = role.url.split('?').next().unwrap().to_owned();
        let form = browser.open(&format!("{role}/scopes")).await.text();
        let scope = form.split("· ride:bikes").next().unwrap().rsplit("value=\"").next().unwrap();
        let scope = scope.split('"').next().unwrap().to_owned();
        let given = send(&mut browser, &secret, &format!("{role}/scopes"), &[("scopeId", &scope)]).await;
        assert!(given.text().contains("Bikes API"), "{}", given.text());

        app.user("ada").await;
        let organization = send(&mut browser, &secret, "/console/organizations/new", &[("name", "Harbour")]).await;
        let organization = organization.url.split('?').next().unwrap().to_owned();
        let members = format!("{organization}/members");
        let unknown = send(&mut browser, &secret, &members, &[("user", "ad")]).await;
        assert_eq!(unknown.response.status, 422, "{}", unknown.text());
        let joined = send(&mut browser, &secret, &members, &[("user", "ada")]).await;
        assert!(joined.text().contains("/console/users/"), "{}", joined.text());
        let user = joined.text().split("/console/users/").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let left = send(&mut browser, &secret, &format!("{members}/remove"), &[("id", &user)]).await;
        assert!(left.text().contains("No members"), "{}", left.text());
    })
    .await;
}

#[tokio::test]
async fn the_audit_log_says_who_changed_what() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        let secret = csrf(&mut browser).await;
        send(&mut browser, &secret, "/console/users/new", &[("username", "ada"), ("password", "Xq7!velvet-harbour")])
            .await;
        let list = browser.open("/console/logs?logKey=Administration").await.text();
        assert!(list.contains("Administration.Users.Created"), "{list}");
        let entry = list.split("/console/logs/").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let entry = browser.open(&format!("/console/logs/{entry}")).await.text();
        assert!(entry.contains("******") && entry.contains("&quot;root&quot;"), "{entry}");
        assert!(!entry.contains("Xq7!velvet"));
        let none = browser.open("/console/logs?userId=nobody").await.text();
        assert!(none.contains("No entries"), "{none}");
    })
    .await;
}

#[tokio::test]
async fn lists_have_pages_and_pages_have_languages_and_no_foreign_frame() {
    for_each_engine(async |app: TestApp| {
        for number in 0..23 {
            app.user(&format!("user{number:02}")).await;
        }
        let mut browser = administrator(&app).await;
        let first = browser.open("/console/users?q=user").await;
        assert!(first.text().contains("1–20") && first.text().contains("q=user&amp;page=2"), "{}", first.text());
        let second = browser.open("/console/users?q=user&page=2").await;
        assert!(second.text().contains("21–23") && second.text().contains("rel=\"prev\""), "{}", second.text());
        for header in ["content-security-policy", "x-frame-options", "cache-control"] {
            assert!(!second.response.header(header).is_empty(), "{header}");
        }
        assert!(second.response.header("content-security-policy").contains("frame-ancestors 'none'"));
        assert!(!second.response.header("content-security-policy").contains("unsafe"));
        let chinese = browser.open("/console/users?ui_locales=zh-CN").await;
        assert_eq!(chinese.response.header("content-language"), "zh-CN");
        assert!(browser.open("/console").await.text().contains("仪表盘"), "the choice stays");
        assert_eq!(browser.open("/console/gallery").await.response.status, 200);

        let text = first.text();
        let styles = text.split("rel=\"stylesheet\" href=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let plain = app.admin_request("GET", &styles).send().await.expect(200);
        assert!(plain.header("cache-control").contains("immutable"));
        let small = app.admin_request("GET", &styles).header("accept-encoding", "gzip").send().await.expect(200);
        assert_eq!(small.header("content-encoding"), "gzip");
        assert!(small.body.len() + first.response.body.len() < 60_000, "{}", small.body.len());
        app.admin_request("GET", "/console/assets/console-x.css").send().await.expect(404);
    })
    .await;
}
