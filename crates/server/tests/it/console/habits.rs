//! Habits people have: one search for everything, several rows at once, lists as files, and small pages.

use serde_json::{Value, json};
use server::routes::Access;
use testkit::{TestApp, for_each_engine};

use super::fixture::{administrator, colleague, csrf, send, signed_in};
use crate::applications::{call, get, make};

#[tokio::test]
async fn one_search_finds_pages_people_applications_and_ids() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        let ada = app.user("ada.harbour").await;
        let client = make(&app, json!({"name": "Harbour Bikes", "type": "SPA"})).await;
        let resource = json!({"name": "Harbour API", "indicator": "https://harbour.example"});
        let resource = call(&app, "POST", "/api/resources", resource).await.json()["id"].clone();
        let role = json!({"name": "harbour master", "description": "d"});
        let role = call(&app, "POST", "/api/roles", role).await.json()["id"].clone();
        let organization = call(&app, "POST", "/api/organizations", json!({"name": "Harbour"})).await.json();
        let found = browser.open("/console/search?q=HARBOUR").await.text();
        for path in [
            format!("users/{ada}"),
            format!("applications/{client}"),
            format!("resources/{}", resource.as_str().unwrap()),
            format!("roles/{}", role.as_str().unwrap()),
            format!("organizations/{}", organization["id"].as_str().unwrap()),
        ] {
            assert!(found.contains(&format!("\"/console/{path}\"")), "{path}: {found}");
        }
        for id in [&ada, &client] {
            let found = browser.open(&format!("/console/search?q={id}")).await.text();
            assert!(found.contains(&format!("/{id}\"")), "{found}");
        }
        let pages = browser.open("/console/search?q=audit").await.text();
        assert!(pages.contains("Audit log") && !pages.contains(&ada), "{pages}");
        for odd in ["%25", "_", "%22%3E%3Cb%3E", "%00", "..%2F..", "%E2%80%AE", "a%20b"] {
            let odd = browser.open(&format!("/console/search?q={odd}")).await;
            assert!(odd.response.status == 200 || odd.response.status == 400, "{}", odd.text());
            assert!(!odd.text().contains("<b>"), "{}", odd.text());
        }
        let none = browser.open("/console/search?q=AAAAAAAAAAAAAAAA").await.text();
        assert!(none.contains("refusals are kept for a week"), "{none}");

        colleague(&app, "sue", &["default:support"]).await;
        let mut sue = signed_in(&app, "sue").await;
        let hers = sue.open("/console/search?q=harbour").await.text();
        assert!(hers.contains(&ada) && !hers.contains(&client), "{hers}");
        assert!(!sue.open(&format!("/console/search?q={client}")).await.text().contains("Harbour Bikes"));
    })
    .await;
}

async fn is_suspended(app: &TestApp, id: &str) -> Value {
    get(app, &format!("/api/users/{id}")).await.expect(200).json()["isSuspended"].clone()
}

#[tokio::test]
async fn several_people_are_suspended_and_deleted_after_a_question() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        let secret = csrf(&mut browser).await;
        let (ada, bea, cleo) = (app.user("ada").await, app.user("bea").await, app.user("cleo").await);
        let list = browser.open("/console/users").await.text();
        assert!(
            list.contains("action=\"/console/bulk/users\"") && list.contains(&format!("value=\"{ada}\"")),
            "{list}"
        );
        let chosen = [("action", "suspend"), ("id", &*ada), ("id", &*bea), ("id", &*ada), ("id", "nobody")];
        let question = send(&mut browser, &secret, "/console/bulk/users", &chosen).await;
        assert_eq!(question.response.status, 200);
        let text = question.text();
        assert!(text.contains("Suspend several (2)") && text.contains(&ada) && !text.contains(&cleo), "{text}");
        assert_eq!(is_suspended(&app, &ada).await, false, "nothing is done before the answer");
        let answer: Vec<(&str, &str)> = chosen.into_iter().chain([("confirmed", "yes")]).collect();
        let done = send(&mut browser, &secret, "/console/bulk/users", &answer).await;
        assert!(done.text().contains("Done: 2 of 2."), "{}", done.text());
        for (id, state) in [(&ada, true), (&bea, true), (&cleo, false)] {
            assert_eq!(is_suspended(&app, id).await, state);
        }
        let logged = get(&app, "/api/logs?logKey=Administration&page_size=1").await.expect(200).json();
        assert_eq!(logged[0]["payload"]["actor"], json!({"type": "User", "id": "root"}));

        let delete = [("action", "delete"), ("id", &*ada), ("id", &*bea), ("confirmed", "yes")];
        for typed in ["", "3", "delete"] {
            let wrong: Vec<(&str, &str)> = delete.into_iter().chain([("confirm", typed)]).collect();
            assert_eq!(send(&mut browser, &secret, "/console/bulk/users", &wrong).await.response.status, 422);
        }
        get(&app, &format!("/api/users/{ada}")).await.expect(200);
        let right: Vec<(&str, &str)> = delete.into_iter().chain([("confirm", "2")]).collect();
        let gone = send(&mut browser, &secret, "/console/bulk/users", &right).await;
        assert!(gone.text().contains("Done: 2 of 2."), "{}", gone.text());
        get(&app, &format!("/api/users/{ada}")).await.expect(404);
        get(&app, &format!("/api/users/{cleo}")).await.expect(200);
        let many: Vec<String> = (0..101).map(|n| format!("u{n}")).collect();
        let many: Vec<(&str, &str)> =
            [("action", "suspend")].into_iter().chain(many.iter().map(|id| ("id", id.as_str()))).collect();
        assert_eq!(send(&mut browser, &secret, "/console/bulk/users", &many).await.response.status, 422);
        let nothing = send(&mut browser, &secret, "/console/bulk/users", &[("action", "explode"), ("id", &cleo)]).await;
        assert_eq!(nothing.path(), "/console/users");
    })
    .await;
}

#[tokio::test]
async fn f1_each_of_several_asks_for_its_own_right() {
    for_each_engine(async |app: TestApp| {
        colleague(&app, "sue", &["default:support"]).await;
        colleague(&app, "audrey", &["default:auditor"]).await;
        let ada = app.user("ada").await;
        let master = app.user("master").await;
        app.sql(
            "insert into roles (tenant_id, id, name, description, type, created_at) \
             values ('default', 'masters', 'masters', 'd', 'User', 0)",
            Vec::new(),
        )
        .await;
        app.sql(
            "insert into roles_scopes (tenant_id, role_id, scope_id) values ('default', 'masters', 'management-api-all')",
            Vec::new(),
        )
        .await;
        let give = "insert into users_roles (tenant_id, user_id, role_id) values ('default', $1, 'masters')";
        app.sql(give, vec![master.as_str().into()]).await;
        let mut sue = signed_in(&app, "sue").await;
        let secret = csrf(&mut sue).await;
        let both = [("action", "suspend"), ("id", &*ada), ("id", &*master), ("confirmed", "yes")];
        let done = send(&mut sue, &secret, "/console/bulk/users", &both).await;
        assert!(done.text().contains("Done: 1 of 2."), "{}", done.text());
        assert_eq!((is_suspended(&app, &ada).await, is_suspended(&app, &master).await), (json!(true), json!(false)));
        let mut audrey = signed_in(&app, "audrey").await;
        let secret = csrf(&mut audrey).await;
        let refused = send(&mut audrey, &secret, "/console/bulk/users", &both).await;
        assert_eq!(refused.response.status, 403);
        assert!(!audrey.open("/console/users").await.text().contains("/console/bulk/"));
    })
    .await;
}

#[tokio::test]
async fn a_filtered_list_is_a_file_without_formulas() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        for (username, name) in [("ada", "=HYPERLINK(\"x\")"), ("adb", "Ada, B."), ("adc", "C;=1"), ("cleo", "Cleo")] {
            let user = json!({"username": username, "name": name});
            call(&app, "POST", "/api/users", user).await.expect(200);
        }
        let list = browser.open("/console/users?q=ad&page=1").await.text();
        assert!(list.contains("/console/export/users?q=ad&amp;format=csv"), "{list}");
        let file = browser.send("GET", "/console/export/users?q=ad&format=csv", None).await.expect(200);
        assert!(file.header("content-type").starts_with("text/csv"));
        assert!(file.header("content-disposition").starts_with("attachment; filename=\"users-"));
        let text = file.text();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("id,username,primaryEmail,primaryPhone,name,isSuspended,createdAt,lastSignInAt"));
        assert_eq!(lines.count(), 3, "{text}");
        assert!(text.contains(",\"C;'=1\","), "{text}");
        assert!(text.contains(",\"'=HYPERLINK(\"\"x\"\")\",") && text.contains(",\"Ada, B.\","), "{text}");
        let json = browser.send("GET", "/console/export/users?q=cleo&format=json", None).await.expect(200);
        let rows: Value = serde_json::from_str(&json.text()).unwrap();
        assert_eq!((rows.as_array().unwrap().len(), &rows[0]["name"]), (1, &json!("Cleo")));

        for number in 0..120 {
            app.user(&format!("many{number:03}")).await;
        }
        let all = browser.send("GET", "/console/export/users?q=many", None).await.expect(200).text();
        assert_eq!(all.lines().count(), 121, "more than one page");
        let logs = browser.send("GET", "/console/export/logs?logKey=Administration&format=csv", None).await.expect(200);
        assert!(logs.text().contains("Administration.Users.Created"), "{}", logs.text());
        for name in ["applications", "roles", "resources", "organizations"] {
            let file = browser.send("GET", &format!("/console/export/{name}"), None).await.expect(200);
            assert!(file.text().starts_with("id,name,"), "{}", file.text());
        }
        colleague(&app, "sue", &["default:support"]).await;
        let mut sue = signed_in(&app, "sue").await;
        assert_eq!(sue.send("GET", "/console/export/applications", None).await.status, 403);
        assert_eq!(sue.send("GET", "/console/export/users", None).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn what_was_refused_is_still_unsaved() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        let secret = csrf(&mut browser).await;
        let new = browser.open("/console/applications/new").await.text();
        assert!(new.contains("data-guarded>"), "{new}");
        let fields = [("name", "Bikes"), ("type", "Traditional"), ("oidcClientMetadata.redirectUris", "javascript:x")];
        let wrong = send(&mut browser, &secret, "/console/applications/new", &fields).await.text();
        assert!(wrong.contains("data-guarded=\"changed\""), "{wrong}");
    })
    .await;
}

/// The first load of a page: itself, and what it names.
#[tokio::test]
async fn every_page_loads_with_little() {
    for_each_engine(async |app: TestApp| {
        for number in 0..25 {
            app.user(&format!("user{number:02}")).await;
        }
        let mut browser = administrator(&app).await;
        let home = browser.open("/console").await.text();
        let mut assets = 0;
        for part in ["rel=\"stylesheet\" href=\"", "<script src=\""] {
            let path = home.split(part).nth(1).unwrap().split('"').next().unwrap();
            let file = app.admin_request("GET", path).header("accept-encoding", "gzip").send().await.expect(200);
            assert_eq!(file.header("content-encoding"), "gzip");
            assets += file.body.len();
        }
        let pages = server::router::declared().into_iter().filter(|route| {
            matches!(route.access, Access::Console(_)) && route.method == "GET" && !route.path.contains('{')
        });
        let mut seen = 0;
        for route in pages.filter(|route| !route.path.starts_with("/console/export/")) {
            let page = browser.open(&route.path).await;
            let size = page.response.body.len() + assets;
            assert!(size <= 60 << 10, "{}: {size} bytes, of which {assets} are styles and script", route.path);
            seen += 1;
        }
        assert!(seen > 10, "{seen}");
    })
    .await;
}
