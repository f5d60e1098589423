//! "Why was this refused?": a request id leads to the check, its values and what to change.

use serde_json::{Value, json};
use testkit::oidc::tampered;
use testkit::{Browser, TestApp, TestResponse, for_each_engine};

use super::fixture::{administrator, colleague, signed_in};
use crate::applications::{call, get, make};

const ID: &str = "logto-core-request-id";

/// What is kept of an answer.
async fn kept(app: &TestApp, answer: &TestResponse) -> Value {
    app.app.flush_audit().await;
    get(app, &format!("/api/refusals/{}", answer.header(ID))).await.expect(200).json()
}

async fn count(app: &TestApp) -> i64 {
    app.app.flush_audit().await;
    app.read("default", |view| view.query_one(db::sql!("select count(*) from refusals"), &[])).await.unwrap()
}

#[tokio::test]
async fn a_redirect_uri_that_is_not_registered_is_shown_beside_those_that_are() {
    for_each_engine(async |app: TestApp| {
        let uris =
            json!({"redirectUris": ["https://a.example/cb", "https://b.example/cb"], "postLogoutRedirectUris": []});
        let new = json!({"name": "Bikes", "type": "SPA", "oidcClientMetadata": uris});
        let client = make(&app, new).await;
        let query = "redirect_uri=https%3A%2F%2Fa.example%2Fcb%2F%3Fx%3D1&response_type=code&scope=openid&state=s";
        let path = format!("/oidc/auth?client_id={client}&{query}");
        let mut stranger = Browser::new(&app);
        let page = stranger.open(&path).await;
        assert_eq!(page.response.status, 400);
        let id = page.response.header(ID).to_owned();
        assert!(page.text().contains(&format!("data-copy=\"{id}\"")), "{}", page.text());
        let found = kept(&app, &page.response).await;
        assert_eq!(
            (&found["explanation"]["reason"], &found["code"], &found["status"], &found["path"]),
            (&json!("redirect_uri"), &json!("oidc.invalid_redirect_uri"), &json!(400), &json!("/oidc/auth"))
        );
        assert_eq!(found["clientId"], *client);
        assert_eq!(found["facts"]["registered"], uris["redirectUris"]);
        assert_eq!(found["facts"]["params"]["redirect_uri"], "https://a.example/cb/?******");

        let mut browser = administrator(&app).await;
        let shown = browser.open(&format!("/console/search?q=%20{id}%20")).await;
        assert_eq!(shown.path(), format!("/console/refusals/{id}"), "{}", shown.text());
        for text in ["https://a.example/cb/?******", "https://b.example/cb", "letter by letter", &client] {
            assert!(shown.text().contains(text), "{text}: {}", shown.text());
        }
        let chinese = browser.open(&format!("/console/refusals/{id}?ui_locales=zh-CN")).await.text();
        assert!(chinese.contains("请逐字比较"), "{chinese}");
        let list = browser.open(&format!("/console/refusals?clientId={client}&ui_locales=en")).await.text();
        assert!(list.contains(&id), "{list}");
        assert!(!browser.open("/console/refusals?clientId=nobody").await.text().contains(&id));
    })
    .await;
}

#[tokio::test]
async fn e7_the_check_is_named_and_no_secret_is_kept() {
    for_each_engine(async |app: TestApp| {
        let (web, user) = (app.web_client().await, app.user("ada").await);
        let code = app.agent().sign_in(&app.authorization(&web, "openid"), &user).await;
        let wrong = [("grant_type", "authorization_code"), ("code", code.as_str())];
        let wrong: Vec<(&str, &str)> = [("client_id", web.id.as_str()), ("client_secret", "gu3ssed-s3cret")]
            .into_iter()
            .chain(wrong)
            .chain([("code_verifier", "v3rifier-of-somebody-else-0123456789abcdefgh"), ("x", "unkn0wn-s3cret")])
            .collect();
        let secret = app.post("/oidc/token").form(&wrong).send().await.expect(401);
        let pkce: Vec<(&str, &str)> =
            [("redirect_uri", web.redirect_uri.as_str())].into_iter().chain(wrong[2..].to_vec()).collect();
        let pkce = app.token_request(&web, &pkce).send().await.expect(400);
        let exchanged = app.agent().sign_in(&app.authorization(&web, "openid"), &user).await;
        app.exchange(&web, &exchanged).send().await.expect(200);
        let used = app.exchange(&web, &exchanged).send().await.expect(400);
        let unknown =
            app.token_request(&web, &[("grant_type", "refresh_token"), ("refresh_token", "r3fresh")]).send().await;
        let nobody =
            app.post("/oidc/token").form(&[("grant_type", "client_credentials"), ("client_id", "nobody")]).send().await;
        let target = tampered(&app.authorization(&web, "openid"), &[("resource", "https://nothing.example")]);
        let target = app.agent().authorize(&target).await.expect(303);
        let (bare, wrong_token) =
            (app.get("/api/users").send().await, app.get("/api/users").bearer("t0ken").send().await);
        let weak = app.access_token("default", "https://default.logto.app/api", "read").await;
        let weak = app.get("/api/users").bearer(&weak).send().await.expect(403);
        let body = json!({"username": 5, "password": "Xq7!velvet"});
        let input = call(&app, "POST", "/api/users", body).await.expect(400);
        let taken = call(&app, "POST", "/api/users", json!({"username": "ada"})).await;
        let gone = get(&app, "/api/users/nobody").await.expect(404);
        let nowhere = app.get("/nowhere").send().await.expect(404);
        for (answer, reason) in [
            (&secret, "client_secret"),
            (&pkce, "pkce"),
            (&used, "code_used"),
            (&unknown, "refresh_unknown"),
            (&nobody, "unknown_client"),
            (&target, "resource"),
            (&bare, "token_missing"),
            (&wrong_token, "token_invalid"),
            (&weak, "management_scope"),
            (&input, "input"),
            (&taken, "taken"),
            (&gone, "not_found"),
            (&nowhere, "not_found"),
        ] {
            let found = kept(&app, answer).await;
            assert_eq!(found["explanation"]["reason"], reason, "{found}");
            let text = found.to_string();
            let secrets =
                ["s3cret", "v3rifier", "r3fresh", "t0ken", "velvet", &code, &exchanged, web.secret.as_deref().unwrap()];
            assert!(secrets.iter().all(|secret| !text.contains(secret)), "{text}");
        }
        assert_eq!(kept(&app, &used).await["detail"], "authorization code already consumed");
        let target = kept(&app, &target).await;
        assert_eq!(target["facts"]["params"]["resource"], "https://nothing.example");
        assert!(target["facts"]["registered"].to_string().contains("https://default.logto.app/api"), "{target}");
        let weak = kept(&app, &weak).await;
        assert_eq!(
            (&weak["facts"]["neededScope"], &weak["facts"]["tokenScope"]),
            (&json!("all"), &json!("read")),
            "{weak}"
        );
        let fine = app.get("/oidc/jwks").send().await.expect(200);
        get(&app, &format!("/api/refusals/{}", fine.header(ID))).await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn forms_of_pages_are_kept_with_their_application() {
    for_each_engine(async |app: TestApp| {
        let web = app.web_client().await;
        let query = app.authorization(&web, "openid");
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let mut browser = Browser::new(&app);
        let page = browser.open(&format!("/oidc/auth?{query}")).await;
        let refused = browser.submit(&page, &[("identifier", "nobody"), ("password", "gu3ssed")]).await;
        let found = kept(&app, &refused.response).await;
        assert_eq!(
            (&found["explanation"]["reason"], &found["clientId"]),
            (&json!("credentials"), &json!(web.id)),
            "{found}"
        );
        assert!(!found.to_string().contains("gu3ssed"));
        let left = Browser::new(&app).open("/unknown-session").await;
        assert!(left.text().contains(&format!("data-copy=\"{}\"", left.response.header(ID))), "{}", left.text());
        let found = kept(&app, &left.response).await;
        assert_eq!((&found["explanation"]["reason"], &found["facts"]["cookies"]), (&json!("session"), &json!([])));
    })
    .await;
}

#[tokio::test]
async fn f1_each_tenant_sees_its_own_and_auditors_may_read() {
    for_each_engine(async |app: TestApp| {
        let foreign = app.admin_request("GET", "/api/users").send().await.expect(401);
        app.app.flush_audit().await;
        get(&app, &format!("/api/refusals/{}", foreign.header(ID))).await.expect(404);
        let token = app.management_token("admin").await;
        let path = format!("/api/refusals/{}", foreign.header(ID));
        app.admin_request("GET", &path).bearer(&token).send().await.expect(200);

        let own = app.get("/api/users").send().await.expect(401);
        app.app.flush_audit().await;
        colleague(&app, "audrey", &["default:auditor"]).await;
        colleague(&app, "sue", &["default:support"]).await;
        let page = format!("/console/refusals/{}", own.header(ID));
        assert_eq!(signed_in(&app, "audrey").await.open(&page).await.response.status, 200);
        let mut sue = signed_in(&app, "sue").await;
        assert_eq!(sue.open(&page).await.response.status, 403);
        let searched = sue.open(&format!("/console/search?q={}", own.header(ID))).await;
        assert!(searched.response.status == 200 && searched.path() == "/console/search", "{}", searched.text());
        // What the console refused is found there, too.
        let refused = sue.send("GET", "/console/roles", None).await;
        let missing = sue.send("GET", "/console/users/nobody", None).await.expect(404);
        assert_eq!(refused.status, 403);
        assert_eq!(kept(&app, &refused).await["explanation"]["reason"], "console_role");
        let form = [("csrf", "x"), ("name", "x")];
        let forged = sue.send("POST", "/console/users/new", Some(&form)).await.expect(403);
        assert_eq!(kept(&app, &forged).await["explanation"]["reason"], "csrf");
        assert_eq!(kept(&app, &missing).await["path"], "/console/users/nobody");
    })
    .await;
}

#[tokio::test]
async fn g1_strangers_fill_no_more_than_the_budget_of_their_network() {
    for_each_engine(async |app: TestApp| {
        for _ in 0..600 {
            app.get("/api/users").peer("192.0.2.7").send().await.expect(401);
        }
        let most = (256 << 10) / 512;
        assert!((100..=most).contains(&count(&app).await), "{}", count(&app).await);
        let other = app.get("/api/users").peer("192.0.2.8").send().await.expect(401);
        assert_eq!(kept(&app, &other).await["status"], 401);
    })
    .await;
}

#[tokio::test]
async fn g1_addresses_that_nothing_has_take_a_small_share() {
    for_each_engine(async |app: TestApp| {
        for _ in 0..40 {
            app.get("/nowhere").peer("192.0.2.7").send().await.expect(404);
            app.get("/unknown-session").peer("192.0.2.7").send().await;
            app.get("/oidc/nowhere").peer("192.0.2.7").send().await.expect(404);
        }
        assert!((1..=40).contains(&count(&app).await), "{}", count(&app).await);
        let usual = app.get("/api/users").peer("192.0.2.7").send().await.expect(401);
        assert_eq!(kept(&app, &usual).await["status"], 401);
    })
    .await;
}

#[tokio::test]
async fn e7_what_the_check_saw_names_the_fault_and_no_claims() {
    for_each_engine(async |app: TestApp| {
        let input = call(&app, "POST", "/api/users", json!({"username": 5})).await.expect(400);
        let found = kept(&app, &input).await;
        let issue = &found["facts"]["data"]["issues"][0];
        assert!(issue["code"].as_str().is_some_and(|code| !code.is_empty() && code != "******"), "{issue}");
        let elsewhere = app.access_token("default", "https://elsewhere.example", "all").await;
        let refused = app.get("/api/users").bearer(&elsewhere).send().await.expect(401);
        let found = kept(&app, &refused).await;
        let data = &found["facts"]["data"];
        assert_eq!((&data["name"], &data["claim"]), (&json!("JWTClaimValidationFailed"), &json!("aud")));
        assert_eq!(data["payload"]["aud"], "https://elsewhere.example");
        assert!(data["payload"].get("sub").is_none() && data["payload"].get("jti").is_none(), "{data}");
    })
    .await;
}

/// Keeps refusals of a tenant about a user.
async fn insert(app: &TestApp, tenant: &str, ids: &[&str], user: &str) {
    for (id, at) in ids.iter().zip(1_i64..) {
        let row = "insert into refusals \
             (tenant_id, request_id, method, path, status, code, description, facts, user_id, created_at) \
             values ($1, $2, 'GET', '/', 400, '', '', '{}', $3, $4)";
        app.sql(row, vec![tenant.into(), (*id).into(), user.into(), at.into()]).await;
    }
}

#[tokio::test]
async fn what_is_kept_about_a_user_goes_with_the_user() {
    for_each_engine(async |app: TestApp| {
        let user = app.user("ada").await;
        insert(&app, "default", &["a", "b"], &user).await;
        insert(&app, "default", &["c"], "somebody-else").await;
        call(&app, "DELETE", &format!("/api/users/{user}"), json!({})).await.expect(204);
        assert_eq!(count(&app).await, 1);
    })
    .await;
}

#[tokio::test]
async fn g1_all_tenants_together_have_a_bound() {
    for_each_engine(async |app: TestApp| {
        insert(&app, "default", &["a", "b", "c", "d"], "u").await;
        insert(&app, "admin", &["e", "f", "g", "h"], "u").await;
        server::jobs::sweep::keep_newest_refusals(&app.app, 4).await.unwrap();
        assert_eq!(count(&app).await, 4);
        get(&app, "/api/refusals/d").await.expect(200);
        get(&app, "/api/refusals/a").await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn g1_old_ones_and_too_many_go() {
    for_each_engine(async |app: TestApp| {
        app.get("/api/users").send().await.expect(401);
        assert_eq!(count(&app).await, 1);
        let fill = "insert into refusals \
             (tenant_id, request_id, method, path, status, code, description, facts, created_at) \
             with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 20100) \
             select 'default', 'r' || cast(n as text), 'GET', '/', 400, '', '', '{}', cast($1 as bigint) - n from numbers";
        app.sql(fill, vec![app.app.clock.now().millis().into()]).await;
        server::jobs::sweep::trim_refusals(app.app.clone()).await.unwrap();
        assert_eq!(count(&app).await, 20_000);
        app.app.clock.advance(std::time::Duration::from_secs(7 * 24 * 3600 + 30));
        server::jobs::sweep::trim_refusals(app.app.clone()).await.unwrap();
        assert_eq!(count(&app).await, 0);
    })
    .await;
}
