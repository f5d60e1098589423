//! Users (traces 40-01 to 40-04, 00-09, 30-17; inventory M019–M038).

use serde_json::{Value, json};
use testkit::{TestApp, TestResponse, for_each_engine};

async fn call(app: &TestApp, method: &str, path: &str, body: Value) -> TestResponse {
    app.management_request(method, path).await.json(body).send().await
}

async fn get(app: &TestApp, path: &str) -> TestResponse {
    app.management_request("GET", path).await.send().await
}

async fn create(app: &TestApp, body: Value) -> Value {
    call(app, "POST", "/api/users", body).await.expect(200).json()
}

async fn create_id(app: &TestApp, body: Value) -> String {
    create(app, body).await["id"].as_str().unwrap().to_owned()
}

async fn role(app: &TestApp, body: Value) -> String {
    call(app, "POST", "/api/roles", body).await.expect(200).json()["id"].as_str().unwrap().to_owned()
}

const U1: &str = r#"{"username": "u1", "primaryEmail": "u1@example.com", "primaryPhone": "15550109999",
    "password": "Trace-Passw0rd!42", "name": "U One", "avatar": "https://img.example.com/a.png",
    "customData": {"a": 1, "b": {"c": 2}}, "profile": {"nickname": "n", "address": {"country": "DE", "formatted": "x"}}}"#;

fn u1() -> Value {
    serde_json::from_str(U1).unwrap()
}

#[tokio::test]
async fn a_user_is_created_read_changed_and_deleted() {
    for_each_engine(async |app: TestApp| {
        let user = create(&app, u1()).await;
        let id = user["id"].as_str().unwrap().to_owned();
        let now = app.app.clock.now().0;
        let mut expected = json!({
            "id": id, "username": "u1", "primaryEmail": "u1@example.com", "primaryPhone": "15550109999", "name": "U One",
            "avatar": "https://img.example.com/a.png", "customData": {"a": 1, "b": {"c": 2}}, "identities": {},
            "lastSignInAt": null, "createdAt": now, "updatedAt": now,
            "profile": {"nickname": "n", "address": {"formatted": "x", "country": "DE"}}, "applicationId": null,
            "cimdClientId": null, "isSuspended": false, "hasPassword": true,
        });
        assert_eq!((user, id.len()), (expected.clone(), 12));
        let path = format!("/api/users/{id}");
        let read = get(&app, &path).await.expect(200);
        assert_eq!(read.json(), expected);
        assert!(!read.header("etag").is_empty());
        let full = get(&app, &format!("{path}?includeSsoIdentities=true&includePasswordHash=true")).await.json();
        assert_eq!((&full["ssoIdentities"], &full["passwordAlgorithm"]), (&json!([]), &json!("Argon2id")));
        assert!(full["passwordDigest"].as_str().unwrap().starts_with("$argon2id$"));

        let patch = json!({"name": "", "avatar": null, "customData": {"x": 1}, "profile": {"gender": "f"}});
        for (name, value) in [
            ("name", json!(null)),
            ("avatar", json!(null)),
            ("customData", json!({"x": 1})),
            ("profile", json!({"gender": "f"})),
        ] {
            expected[name] = value;
        }
        assert_eq!(call(&app, "PATCH", &path, patch).await.expect(200).json(), expected);
        let merged = call(&app, "PATCH", &format!("{path}/custom-data"), json!({"customData": {"y": {"z": 1}}})).await;
        assert_eq!(merged.expect(200).json(), json!({"x": 1, "y": {"z": 1}}));
        let merged = call(&app, "PATCH", &format!("{path}/profile"), json!({"profile": {"nickname": "nn"}})).await;
        assert_eq!(merged.expect(200).json(), json!({"nickname": "nn", "gender": "f"}));
        let data = get(&app, &format!("{path}/custom-data")).await.expect(200).json();
        assert_eq!(data, json!({"x": 1, "y": {"z": 1}}));
        call(&app, "PATCH", &path, json!({})).await.expect_error(422, "entity.invalid_input");
        create(&app, json!({"username": "alice"})).await;
        call(&app, "PATCH", &path, json!({"username": "alice"}))
            .await
            .expect_error(422, "user.username_already_in_use");

        let gone = app.management_request("DELETE", &path).await.send().await.expect(204);
        assert!(gone.body.is_empty());
        for (method, path) in [("DELETE", path.as_str()), ("DELETE", "/api/users/nobody"), ("GET", "/api/users/nobody")] {
            app.management_request(method, path).await.send().await.expect_error(404, "entity.not_found");
        }
        call(&app, "PATCH", "/api/users/nobody", json!({"name": "x"})).await.expect_error(404, "entity.not_found");
    })
    .await;
}

#[tokio::test]
async fn an_empty_body_makes_an_empty_user_and_default_roles_are_given() {
    for_each_engine(async |app: TestApp| {
        let default = role(&app, json!({"name": "default", "description": "d", "isDefault": true})).await;
        let user = app.management_request("POST", "/api/users").await.send().await.expect(200).json();
        assert_eq!(
            (&user["username"], &user["hasPassword"], &user["profile"]),
            (&json!(null), &json!(false), &json!({}))
        );
        let roles = get(&app, &format!("/api/users/{}/roles", user["id"].as_str().unwrap())).await.json();
        assert_eq!(roles[0]["id"], default);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_user_or_is_taken_is_refused() {
    for_each_engine(async |app: TestApp| {
        create(&app, u1()).await;
        for (body, code) in [
            (json!({"username": "u1"}), "user.username_already_in_use"),
            (json!({"primaryEmail": "U1@example.com"}), "user.email_already_in_use"),
            (json!({"primaryPhone": "15550109999"}), "user.phone_already_in_use"),
            (json!({"name": "x".repeat(129)}), "entity.value_too_long"),
        ] {
            call(&app, "POST", "/api/users", body).await.expect_error(422, code);
        }
        for (body, place) in [
            (json!({"primaryEmail": "bad"}), "primaryEmail"),
            (json!({"username": "1bad", "foo": "bar"}), "username"),
            (json!({"primaryPhone": "+1555"}), "primaryPhone"),
            (json!({"avatar": "javascript:alert(1)"}), "avatar"),
            (json!({"password": ""}), "password"),
            (json!({"passwordDigest": "x", "passwordAlgorithm": "ROT13"}), "passwordAlgorithm"),
            (json!({"customData": []}), "customData"),
            (json!({"profile": {"nickname": 1}}), "profile"),
        ] {
            let error = call(&app, "POST", "/api/users", body).await.expect_error(400, "guard.invalid_input").json();
            assert_eq!(error["data"]["issues"][0]["path"][0], place);
        }
        let both = json!({"username": "x1", "password": "a", "passwordDigest": "b", "passwordAlgorithm": "MD5"});
        call(&app, "POST", "/api/users", both).await.expect_error(400, "user.password_and_digest");
        call(&app, "POST", "/api/users", json!({"passwordDigest": "x"}))
            .await
            .expect_error(400, "user.password_algorithm_required");
        call(&app, "PATCH", "/api/users/nobody", json!({"name": 12})).await.expect_error(400, "guard.invalid_input");
        let imported = json!({"username": "md5", "passwordDigest": "0cc175b9c0f1b6a831c399e269772661", "passwordAlgorithm": "MD5"});
        assert_eq!(create(&app, imported).await["hasPassword"], true);
    })
    .await;
}

#[tokio::test]
async fn bodies_that_are_no_objects_are_refused() {
    for_each_engine(async |app: TestApp| {
        let send = async |body: &'static str| {
            app.management_request("POST", "/api/users")
                .await
                .header("content-type", "application/json")
                .raw(body.as_bytes())
                .send()
                .await
        };
        for body in ["{bad", "\"x\""] {
            let error = send(body).await.expect(400).json();
            assert!(error["message"].is_string() && error.get("code").is_none(), "{error}");
        }
        send("[]").await.expect_error(400, "guard.invalid_input");
        let text = app
            .management_request("POST", "/api/users")
            .await
            .header("content-type", "text/plain")
            .raw(b"{}")
            .send()
            .await;
        text.expect_error(400, "guard.invalid_input");
        let deep = format!("{{\"customData\": {}1{}}}", "{\"a\":".repeat(2000), "}".repeat(2000));
        assert_eq!(app.management_request("POST", "/api/users").await.raw(deep.as_bytes()).send().await.status, 400);
        let form = app
            .management_request("POST", "/api/users")
            .await
            .form(&[("username", "from_form")])
            .send()
            .await
            .expect(200);
        assert_eq!(form.json()["username"], "from_form");
        for page in ["page=0", "page_size=0", "page_size=101", "page=abc", "page=-5", "page=9223372036854775808"] {
            get(&app, &format!("/api/users?{page}")).await.expect_error(400, "guard.invalid_pagination");
        }
    })
    .await;
}

#[tokio::test]
async fn refused_tokens_say_why() {
    for_each_engine(async |app: TestApp| {
        let path = "/api/users";
        let refusal = async |token: &str| {
            let error = app.get(path).bearer(token).send().await.expect_error(401, "auth.unauthorized").json();
            error["data"].clone()
        };
        let malformed = json!({"code": "ERR_JWS_INVALID", "name": "JWSInvalid"});
        for token in ["", "x", "8LzG0Qd3wUyK1mcvX3zAHq6sX4UuPO8R0yM0KpJQk0E"] {
            assert_eq!(refusal(token).await, malformed);
        }
        let other = refusal(&app.access_token("default", "https://items.example.com", "read:items").await).await;
        assert_eq!((&other["code"], &other["claim"]), (&json!("ERR_JWT_CLAIM_VALIDATION_FAILED"), &json!("aud")));
        assert_eq!(other["payload"]["scope"], "read:items");
        let good = app.management_token("default").await;
        let (head, signature) = good.rsplit_once('.').unwrap();
        let broken = json!({"code": "ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "name": "JWSSignatureVerificationFailed"});
        assert_eq!(refusal(&format!("{head}.{}", signature.chars().rev().collect::<String>())).await, broken);
        let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", head.split('.').nth(1).unwrap());
        assert_eq!(refusal(&unsigned).await, json!({"code": "ERR_JOSE_NOT_SUPPORTED", "name": "JOSENotSupported"}));
        app.app.clock.advance(std::time::Duration::from_secs(3600 + 16));
        assert_eq!(refusal(&good).await["code"], "ERR_JWT_EXPIRED");
        let scheme = app.get(path).header("authorization", &format!("bearer {good}")).send().await;
        let scheme = scheme.expect_error(401, "auth.authorization_token_type_not_supported").json();
        assert_eq!(scheme["data"], json!({"supportedTypes": ["Bearer"]}));
        let query = app.get(&format!("{path}?access_token={good}")).send().await;
        query.expect_error(401, "auth.authorization_header_missing");
    })
    .await;
}

#[tokio::test]
async fn c19_f2_ids_marks_and_tenants_chosen_by_the_caller_count_for_nothing() {
    for_each_engine(async |app: TestApp| {
        let body = json!({
            "username": "mallory", "id": "chosen", "userId": "chosen", "tenantId": "admin", "isSuspended": true,
            "identities": {"google": {"userId": "1"}}, "emailVerified": true, "hasPassword": true, "createdAt": 1,
            "profile": {"emailVerified": "true"},
        });
        let user = create(&app, body.clone()).await;
        let id = user["id"].as_str().unwrap().to_owned();
        assert_ne!(id, "chosen");
        let expect = |user: Value| {
            assert_eq!(
                (&user["id"], &user["isSuspended"], &user["hasPassword"]),
                (&json!(id), &json!(false), &json!(false))
            );
            assert_eq!((&user["identities"], &user["profile"]), (&json!({}), &json!({})));
            assert!(user.get("emailVerified").is_none() && user["createdAt"].as_i64() > Some(1));
        };
        expect(user.clone());
        let mut body = body;
        body["username"] = json!("mallory2");
        expect(call(&app, "PATCH", &format!("/api/users/{id}?userId=chosen"), body).await.expect(200).json());
        get(&app, "/api/users/chosen").await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn the_list_is_newest_first_in_pages() {
    for_each_engine(async |app: TestApp| {
        for name in ["a", "b", "c"] {
            create(&app, json!({"username": name})).await;
            app.app.clock.advance(std::time::Duration::from_millis(5));
        }
        let names = |list: &TestResponse| -> Vec<String> {
            list.json().as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap().to_owned()).collect()
        };
        let first = get(&app, "/api/users?page=1&page_size=2").await.expect(200);
        assert_eq!((names(&first), first.header("total-number")), (vec!["c".to_owned(), "b".to_owned()], "3"));
        assert_eq!(names(&get(&app, "/api/users?page=2&page_size=2").await), ["a"]);
        let past = get(&app, "/api/users?page=999&page_size=20").await.expect(200);
        assert_eq!(past.json(), json!([]));
        assert!(past.headers("link")[1].contains("page=998&page_size=20>; rel=\"prev\""), "{:?}", past.headers("link"));
        assert!(get(&app, "/api/users").await.json()[0].get("passwordDigest").is_none());
        let id = first.json()[0]["id"].as_str().unwrap().to_owned();
        app.management_request("DELETE", &format!("/api/users/{id}")).await.send().await.expect(204);
        assert_eq!(get(&app, "/api/users").await.header("total-number"), "2");
        let with_hash = get(&app, "/api/users?includePasswordHash=1").await.json();
        assert_eq!(with_hash[0]["passwordDigest"], json!(null));
    })
    .await;
}

#[tokio::test]
async fn users_are_found_by_the_search_grammar() {
    for_each_engine(async |app: TestApp| {
        for (username, email) in [
            ("tom_1", "tom@sea.example"),
            ("tommy_1", "tommy@sea.example"),
            ("TOMAS_1", "TOMAS@sea.example"),
            ("ürsula", ""),
        ] {
            let body = match email {
                "" => json!({"name": "Ürsula"}),
                _ => json!({"username": username, "primaryEmail": email}),
            };
            create(&app, body).await;
            app.app.clock.advance(std::time::Duration::from_millis(5));
        }
        let find = async |query: &[(&str, &str)]| {
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
            let list = get(&app, &format!("/api/users?{query}")).await.expect(200).json();
            let name = |user: &Value| user["username"].as_str().or(user["name"].as_str()).unwrap().to_owned();
            list.as_array().unwrap().iter().map(name).collect::<Vec<_>>().join(" ")
        };
        let all = "TOMAS_1 tommy_1 tom_1";
        assert_eq!(find(&[("search", "%tom%")]).await, all);
        assert_eq!(find(&[("search", "tom_1")]).await, "tom_1");
        assert_eq!(find(&[("search", "tom")]).await, "");
        assert_eq!(find(&[("search", "%ÜRSULA%")]).await, "Ürsula");
        assert_eq!(find(&[("search.username", "tom%")]).await, all);
        assert_eq!(find(&[("search.username", "tom_1"), ("mode.username", "exact")]).await, "tom_1");
        let two = [("search.username", "tom_1"), ("search.username", "tommy_1"), ("mode.username", "exact")];
        assert_eq!(find(&two).await, "tommy_1 tom_1");
        assert_eq!(find(&[("search.username", "TOM%"), ("isCaseSensitive", "true")]).await, "TOMAS_1");
        assert_eq!(find(&[("search.username", "^tom+y"), ("mode.username", "posix")]).await, "tommy_1");
        assert_eq!(find(&[("search.username", "^TOM+Y"), ("mode.username", "posix")]).await, "tommy_1");
        let similar =
            [("search.username", r"(tom|tommy)\_%"), ("mode.username", "similar_to"), ("isCaseSensitive", "true")];
        assert_eq!(find(&similar).await, "tommy_1 tom_1");
        let both = [("search.username", "tom%"), ("search.primaryEmail", "tommy%"), ("joint", "and")];
        assert_eq!(find(&both).await, "tommy_1");
        assert_eq!(find(&[("search.username", "tom\\_1"), ("search.primaryEmail", "tommy%")]).await, "tommy_1 tom_1");
        assert_eq!(find(&[("search", "a"), ("search.username", "b")]).await, "");
        for query in [
            "search.username=tom%25&mode.username=similar_to",
            "search.foo=b",
            "search.username=a&mode=foo",
            "search.username=a&joint=foo",
            "search.username=",
        ] {
            let error = get(&app, &format!("/api/users?{query}")).await.expect_error(400, "request.invalid_input");
            assert_eq!(error.json()["data"], json!({}));
        }
        let error = get(&app, "/api/users?excludeRoleId=x&excludeOrganizationId=y").await;
        assert!(error.expect_error(400, "request.invalid_input").json().get("data").is_none());
        let list = get(&app, "/api/users?search.username=tom_1&search.username=tommy_1&mode.username=exact").await;
        let link =
            "<http://localhost:3001/users?search.username=tom_1%2Ctommy_1&mode.username=exact&page=1>; rel=\"first\"";
        assert_eq!(list.headers("link")[0], link);
    })
    .await;
}

#[tokio::test]
async fn e6_no_parameter_of_the_list_reaches_sql_as_text() {
    for_each_engine(async |app: TestApp| {
        create(&app, json!({"username": "victim"})).await;
        let values = [
            "'",
            "\"",
            "' or '1'='1",
            "%27;drop table users;--",
            "$1",
            "?1",
            "\\",
            "%\\",
            "(",
            "[",
            "a{99999999}",
            "\u{0}",
            "{}",
            "😀",
        ];
        let names = [
            "search",
            "search.id",
            "search.username",
            "mode",
            "mode.id",
            "joint",
            "isCaseSensitive",
            "excludeRoleId",
            "excludeOrganizationId",
            "includePasswordHash",
            "page",
            "page_size",
            "search.id'--",
        ];
        for name in names {
            for value in values {
                for mode in ["like", "posix", "similar_to", "exact"] {
                    let pairs = [(name, value), ("mode.username", mode), ("isCaseSensitive", "1")];
                    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
                    let status = get(&app, &format!("/api/users?{query}")).await.status.as_u16();
                    assert!([200, 400, 422].contains(&status), "{status} for {name}={value} {mode}");
                    if !name.contains("search") {
                        break;
                    }
                }
            }
        }
        assert_eq!(get(&app, "/api/users").await.expect(200).header("total-number"), "1");
        for id in ["%27", "%00", "..%2F..", "a%20b"] {
            let status = get(&app, &format!("/api/users/{id}")).await.status.as_u16();
            assert!([400, 404, 422].contains(&status), "{status}");
        }
        for path in ["/api/users/%ff", "/api/roles/a%c3%28/users", "/api/organizations/%ed%a0%80"] {
            get(&app, path).await.expect_error(400, "guard.invalid_input");
        }
    })
    .await;
}

#[tokio::test]
async fn passwords_are_set_verified_and_expired() {
    for_each_engine(async |app: TestApp| {
        let id = create_id(&app, json!({"username": "pm"})).await;
        let path = format!("/api/users/{id}");
        assert_eq!(get(&app, &format!("{path}/has-password")).await.json(), json!({"hasPassword": false}));
        let set = call(&app, "PATCH", &format!("{path}/password"), json!({"password": "x"})).await.expect(200);
        assert_eq!(set.json()["hasPassword"], true);
        assert_eq!(get(&app, &format!("{path}/has-password")).await.json(), json!({"hasPassword": true}));
        let verify = format!("{path}/password/verify");
        assert!(call(&app, "POST", &verify, json!({"password": "x"})).await.expect(204).body.is_empty());
        call(&app, "POST", &verify, json!({"password": "y"})).await.expect_error(422, "session.invalid_credentials");
        for body in [json!({"password": ""}), json!({}), json!({"password": "x".repeat(5000)})] {
            call(&app, "POST", &verify, body.clone()).await.expect_error(400, "guard.invalid_input");
            call(&app, "PATCH", &format!("{path}/password"), body).await.expect_error(400, "guard.invalid_input");
        }
        let expiration = format!("{path}/password/expiration");
        call(&app, "PATCH", &expiration, json!({"isExpired": true}))
            .await
            .expect_error(400, "sign_in_experiences.password_expiration_not_enabled");
        call(&app, "PATCH", &expiration, json!({"isExpired": false})).await.expect(200);
        call(&app, "PATCH", "/api/users/nobody/password", json!({"password": "x"}))
            .await
            .expect_error(404, "entity.not_found");
        call(&app, "POST", "/api/users/nobody/password/verify", json!({"password": "x"}))
            .await
            .expect_error(404, "entity.not_found");
    })
    .await;
}

#[tokio::test]
async fn settings_of_factors_are_merged() {
    for_each_engine(async |app: TestApp| {
        let path = format!("/api/users/{}/logto-configs", create_id(&app, json!({})).await);
        let shown = json!({"mfa": {"skipped": false, "skipMfaOnSignIn": false}, "passkeySignIn": {"skipped": false}});
        assert_eq!(get(&app, &path).await.expect(200).json(), shown);
        let changed = call(&app, "PATCH", &path, json!({"mfa": {"skipped": true}})).await.expect(200).json();
        assert_eq!(changed["mfa"], json!({"skipped": true, "skipMfaOnSignIn": false}));
        let changed = call(&app, "PATCH", &path, json!({"mfa": {"enabled": false}, "passkeySignIn": {"skipped": true}})).await;
        assert_eq!(
            changed.expect(200).json(),
            json!({"mfa": {"enabled": false, "skipped": true, "skipMfaOnSignIn": false}, "passkeySignIn": {"skipped": true}})
        );
        call(&app, "PATCH", &path, json!({"mfa": {"skipped": 1}})).await.expect_error(400, "guard.invalid_input");
    })
    .await;
}

/// What a signed-in user has open: a browser, tokens, and a code that is not exchanged yet.
struct Open {
    browser: testkit::oidc::BrowserAgent,
    client: testkit::oidc::TestClient,
    access_token: String,
    refresh_token: String,
    code: String,
}

impl Open {
    async fn start(app: &TestApp, user: &str) -> Self {
        let (client, mut browser) = (app.web_client().await, app.agent());
        let params = app.authorization(&client, "openid offline_access");
        let code = browser.sign_in(&params, user).await;
        let tokens = app.exchange(&client, &code).send().await.expect(200).json();
        let code = browser.sign_in(&params, user).await;
        let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
        Self { browser, client, access_token: text("access_token"), refresh_token: text("refresh_token"), code }
    }

    /// The statuses of userinfo, refresh and exchange, and whether the browser is still signed in.
    async fn works(&mut self, app: &TestApp) -> ([u16; 3], bool) {
        let userinfo = app.get("/oidc/me").bearer(&self.access_token).send().await.status.as_u16();
        let refresh = app.refresh(&self.client, &self.refresh_token, &[]).send().await.status.as_u16();
        let exchange = app.exchange(&self.client, &self.code).send().await.status.as_u16();
        let params = app.authorization(&self.client, "openid");
        let answer = self.browser.authorize(&testkit::oidc::tampered(&params, &[("prompt", "none")])).await;
        ([userinfo, refresh, exchange], answer.header("location").contains("code="))
    }
}

#[tokio::test]
async fn b11_suspending_or_deleting_a_user_ends_the_session_codes_and_tokens_at_once() {
    for_each_engine(async |app: TestApp| {
        let ended = ([401, 400, 400], false);
        let (id, other) = (create_id(&app, json!({})).await, create_id(&app, json!({})).await);
        let mut open = Open::start(&app, &id).await;
        let mut untouched = Open::start(&app, &other).await;
        let path = format!("/api/users/{id}/is-suspended");
        let suspended = call(&app, "PATCH", &path, json!({"isSuspended": true})).await.expect(200).json();
        assert_eq!(suspended["isSuspended"], true);
        assert_eq!(open.works(&app).await, ended);
        let back = call(&app, "PATCH", &path, json!({"isSuspended": false})).await.expect(200).json();
        assert_eq!(back["isSuspended"], false);
        assert_eq!(open.works(&app).await, ended, "what was ended stays ended");
        call(&app, "PATCH", &path, json!({})).await.expect_error(400, "guard.invalid_input");
        assert_eq!(untouched.works(&app).await, ([200; 3], true));

        let mut deleted = Open::start(&app, &other).await;
        app.management_request("DELETE", &format!("/api/users/{other}")).await.send().await.expect(204);
        assert_eq!(deleted.works(&app).await, ended);
    })
    .await;
}

#[tokio::test]
async fn roles_of_a_user_are_given_replaced_and_taken() {
    for_each_engine(async |app: TestApp| {
        let id = create_id(&app, json!({"username": "bob"})).await;
        let given = role(&app, json!({"name": "r1", "description": "d"})).await;
        let machine = role(&app, json!({"name": "m", "description": "d", "type": "MachineToMachine"})).await;
        let path = format!("/api/users/{id}/roles");
        let none = get(&app, &path).await.expect(200);
        assert_eq!((none.json(), none.header("total-number"), none.headers("link").len()), (json!([]), "0", 2));
        let post = async |ids: Value| call(&app, "POST", &path, json!({"roleIds": ids})).await;
        assert_eq!(post(json!([given])).await.expect(201).json(), json!({"roleIds": [given], "addedRoleIds": [given]}));
        assert_eq!(post(json!([given])).await.expect(201).json(), json!({"roleIds": [given], "addedRoleIds": []}));
        post(json!([machine])).await.expect_error(422, "user.invalid_role_type");
        assert_eq!(post(json!([])).await.expect(201).json(), json!({"roleIds": [], "addedRoleIds": []}));
        post(json!(["none"])).await.expect_error(404, "entity.not_exists_with_id");
        let list = get(&app, &format!("{path}?page=1&page_size=5")).await.expect(200);
        assert_eq!((list.header("total-number"), &list.json()[0]["name"]), ("1", &json!("r1")));
        let others = get(&app, &format!("/api/users?excludeRoleId={given}")).await;
        assert_eq!((others.json(), others.header("total-number")), (json!([]), "0"));
        let others = get(&app, &format!("/api/users?excludeRoleId={given}&search=b%25")).await;
        assert_eq!((others.json(), others.header("total-number")), (json!([]), "0"));
        let others = get(&app, "/api/users?excludeOrganizationId=none").await;
        assert_eq!(others.header("total-number"), "1");
        let second = role(&app, json!({"name": "r2", "description": "d"})).await;
        let put = call(&app, "PUT", &path, json!({"roleIds": [second]})).await.expect(200).json();
        assert_eq!(put, json!({"roleIds": [second]}));
        assert_eq!(get(&app, &path).await.json().as_array().unwrap().len(), 1);
        app.management_request("DELETE", &format!("{path}/{given}"))
            .await
            .send()
            .await
            .expect_error(404, "entity.not_found");
        app.management_request("DELETE", &format!("{path}/{second}")).await.send().await.expect(204);
        assert_eq!(call(&app, "PUT", &path, json!({"roleIds": []})).await.expect(200).json(), json!({"roleIds": []}));
        get(&app, "/api/users/nobody/roles").await.expect_error(404, "entity.not_found");
        assert_eq!(get(&app, &format!("/api/users/{id}/organizations")).await.expect(200).json(), json!([]));
        get(&app, "/api/users/nobody/organizations").await.expect_error(404, "entity.not_found");
    })
    .await;
}

#[tokio::test]
async fn f6_users_of_another_tenant_are_not_there() {
    for_each_engine(async |app: TestApp| {
        let id = create_id(&app, json!({"username": "bob", "password": "x"})).await;
        let own = role(&app, json!({"name": "r1", "description": "d"})).await;
        let token = app.management_token("admin").await;
        let admin = async |method: &str, path: &str, body: Value| {
            app.admin_request(method, &format!("/api/users/{path}")).bearer(&token).json(body).send().await.expect(404);
        };
        for path in ["", "/custom-data", "/logto-configs", "/has-password", "/roles", "/organizations"] {
            admin("GET", &format!("{id}{path}"), json!({})).await;
        }
        for (path, body) in [
            ("", json!({"name": "x"})),
            ("/custom-data", json!({"customData": {"x": 1}})),
            ("/profile", json!({"profile": {"nickname": "x"}})),
            ("/logto-configs", json!({"mfa": {"skipped": true}})),
            ("/password", json!({"password": "y"})),
            ("/password/expiration", json!({"isExpired": false})),
            ("/is-suspended", json!({"isSuspended": true})),
        ] {
            admin("PATCH", &format!("{id}{path}"), body).await;
        }
        admin("POST", &format!("{id}/password/verify"), json!({"password": "x"})).await;
        admin("POST", &format!("{id}/roles"), json!({"roleIds": ["user"]})).await;
        admin("PUT", &format!("{id}/roles"), json!({"roleIds": []})).await;
        admin("DELETE", &id, json!({})).await;
        let there =
            app.admin_request("POST", "/api/users").bearer(&token).json(json!({"username": "bob"})).send().await;
        let there = there.expect(200).json();
        admin("POST", &format!("{}/roles", there["id"].as_str().unwrap()), json!({"roleIds": [own]})).await;
        assert_eq!(get(&app, &format!("/api/users/{id}")).await.expect(200).json()["name"], json!(null));
    })
    .await;
}

#[tokio::test]
async fn nobody_deletes_themselves() {
    for_each_engine(async |app: TestApp| {
        app.management_request("DELETE", "/api/users/m-default")
            .await
            .send()
            .await
            .expect_error(400, "user.cannot_delete_self");
    })
    .await;
}

#[tokio::test]
async fn usernames_that_differ_in_case_collide_where_case_does_not_matter() {
    for_each_engine(async |app: TestApp| {
        let first = create_id(&app, json!({"username": "Tom"})).await;
        create(&app, json!({"username": "tom"})).await;
        let id = create_id(&app, json!({"username": "other"})).await;
        app.configure("default", move |tx| {
            let select = db::sql!("select settings from sign_in_experiences where tenant_id = 'default'");
            let (db::Json(mut settings),): (db::Json<Value>,) = tx.query_one(select, &[])?;
            settings["usernamePolicy"]["caseSensitive"] = json!(false);
            let update = db::sql!("update sign_in_experiences set settings = $1 where tenant_id = 'default'");
            tx.exec_one(update, db::params![db::Json(settings)])
        })
        .await
        .unwrap();
        let taken = "user.username_already_in_use";
        call(&app, "POST", "/api/users", json!({"username": "TOM"})).await.expect_error(422, taken);
        call(&app, "PATCH", &format!("/api/users/{id}"), json!({"username": "tOM"})).await.expect_error(422, taken);
        call(&app, "PATCH", &format!("/api/users/{id}"), json!({"username": "Other"})).await.expect(200);
        let unchanged = json!({"username": "Tom", "name": "Thomas"});
        call(&app, "PATCH", &format!("/api/users/{first}"), unchanged).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn of_names_that_differ_in_case_one_is_given_at_the_same_moment() {
    for_each_engine(async |app: TestApp| {
        crate::experience::fixture::settings(&app, "default", json!({"usernamePolicy": {"caseSensitive": false}}))
            .await;
        for round in 0..4 {
            let names = ["Carol", "carol", "CAROL", "cArol", "caRol", "carOl"].map(|name| format!("{name}_{round}"));
            let made = names.map(async |name| call(&app, "POST", "/api/users", json!({"username": name})).await.status);
            let mut answers = futures_util::future::join_all(made).await;
            answers.sort_unstable();
            assert_eq!(answers, [200, 422, 422, 422, 422, 422]);
        }
    })
    .await;
}
