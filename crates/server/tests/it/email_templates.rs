//! E-mail templates: the Management API, and e-mails that are sent by them (M285–M290, H039–H041, D030; trace 40-19).

use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use crate::applications::call;
use crate::connectors::smtp_server::{Behaviour, SmtpServer};
use crate::experience::fixture::{Browser, CLIENT, add_user, settings};

const PATH: &str = "/api/email-templates";

fn template(language: &str, kind: &str, details: Value) -> Value {
    json!({"languageTag": language, "templateType": kind, "details": details})
}

async fn put(app: &TestApp, templates: Value) -> Value {
    call(app, "PUT", PATH, json!({"templates": templates})).await.expect(200).json()
}

#[tokio::test]
async fn templates_are_put_listed_changed_and_deleted_as_in_trace_40_19() {
    for_each_engine(async |app: TestApp| {
        let plain = json!({"subject": "s", "content": "c", "contentType": "text/plain"});
        let bare = json!({"subject": "s", "content": "c"});
        let made =
            put(&app, json!([template("en", "SignIn", plain.clone()), template("de", "SignIn", bare.clone())])).await;
        assert_eq!((&made[0]["tenantId"], &made[0]["details"]), (&json!("default"), &plain));
        assert_eq!((&made[1]["languageTag"], &made[1]["details"]), (&json!("de"), &bare));
        let listed = call(&app, "GET", &format!("{PATH}?languageTag=de"), json!(null)).await.expect(200);
        assert_eq!(listed.json(), json!([made[1]]));
        let one = format!("{PATH}/{}", made[1]["id"].as_str().unwrap());
        let details = format!("{one}/details");
        let changed = call(&app, "PATCH", &details, json!({"subject": "s2"})).await.expect(200).json();
        assert_eq!(changed["details"], json!({"subject": "s2", "content": "c"}));
        assert_eq!(call(&app, "GET", &one, json!(null)).await.expect(200).json(), changed);
        let again = put(&app, json!([template("de", "SignIn", bare), template("xx-xx", "SignIn", plain)])).await;
        assert_eq!(again[0], made[1], "the same template, as it was first put");
        let odd = call(&app, "GET", &format!("{PATH}?templateType=Nope"), json!(null)).await;
        let issues = odd.expect_error(400, "guard.invalid_input").json()["data"]["issues"].clone();
        assert_eq!(issues[0]["path"], json!(["templateType"]), "{issues}");
        let no_filter = "connector.email_connector.bulk_deletion_no_filter";
        call(&app, "DELETE", PATH, json!(null)).await.expect_error(422, no_filter);
        let deleted = call(&app, "DELETE", &format!("{PATH}?templateType=SignIn"), json!(null)).await.expect(200);
        assert_eq!(deleted.json(), json!({"rowCount": 3}));
        for (method, path) in [("GET", one.as_str()), ("DELETE", &one), ("PATCH", &details)] {
            call(&app, method, path, json!({})).await.expect_error(404, "entity.not_exists_with_id");
        }
        for wrong in [
            template("", "SignIn", json!({"subject": "s", "content": "c"})),
            template("en", "Other", json!({"subject": "s", "content": "c"})),
            template("en", "SignIn", json!({"subject": "s"})),
            template("en", "SignIn", json!({"subject": "s", "content": "c", "contentType": "text/xml"})),
        ] {
            let answer = call(&app, "PUT", PATH, json!({"templates": [wrong]})).await;
            answer.expect_error(400, "guard.invalid_input");
        }
        assert_eq!(call(&app, "GET", PATH, json!(null)).await.expect(200).json(), json!([]));
    })
    .await;
}

/// An e-mail connector to a server that takes everything.
async fn connect(app: &TestApp) -> SmtpServer {
    let server = SmtpServer::start(Behaviour::default()).await;
    app.outbound.forward("smtp.example.com", 587, server.address);
    let config = json!({"host": "smtp.example.com", "port": 587, "auth": {"user": "u", "pass": "p"},
        "fromEmail": "Harbour <no-reply@example.com>", "replyTo": "help@example.com", "tls": {"ca": server.pem}});
    let body = json!({"connectorId": "simple-mail-transfer-protocol", "config": config});
    call(app, "POST", "/api/connectors", body).await.expect(200);
    server
}

/// Sends a code in a language, and returns what the server got since the last one.
async fn send_code(app: &TestApp, server: &SmtpServer, language: &str) -> String {
    server.lines.lock().unwrap().clear();
    let browser = Browser::open(app).await;
    browser.start("SignIn").await;
    let to = json!({"type": "email", "value": "alice@example.com"});
    let body = json!({"identifier": to, "interactionEvent": "SignIn"});
    let request = browser.request("POST", "/api/experience/verification/verification-code");
    request.header("accept-language", language).json(body).send().await.expect(200);
    server.transcript()
}

#[tokio::test]
async fn an_e_mail_uses_the_template_of_its_language_then_the_fallback_then_the_generic_one() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |user| user.primary_email = Some("alice@example.com".into())).await;
        let server = connect(&app).await;
        let built_in = send_code(&app, &server, "en").await;
        assert!(built_in.contains("is your sign-in code") && built_in.contains("multipart/alternative"));
        let plain =
            |subject: &str| json!({"subject": subject, "content": "Your code: {{code}}", "contentType": "text/plain"});
        put(&app, json!([template("en", "Generic", plain("generic {{locale}}"))])).await;
        let generic = send_code(&app, &server, "zh-CN").await;
        assert!(generic.contains("tls Subject: generic zh-CN") && generic.contains("text/plain"), "{generic}");
        assert!(generic.contains("tls Your code: ") && !generic.contains("{{"), "{generic}");
        put(&app, json!([template("en", "SignIn", plain("fallback"))])).await;
        assert!(send_code(&app, &server, "zh-CN").await.contains("tls Subject: fallback"));
        put(&app, json!([template("zh-CN", "SignIn", plain("own"))])).await;
        assert!(send_code(&app, &server, "zh-CN").await.contains("tls Subject: own"));
        settings(&app, "default", json!({"languageInfo": {"autoDetect": true, "fallbackLanguage": "zh-CN"}})).await;
        call(&app, "DELETE", &format!("{PATH}?languageTag=en"), json!(null)).await.expect(200);
        assert!(send_code(&app, &server, "en").await.contains("tls Subject: own"));
    })
    .await;
}

#[tokio::test]
async fn e11_what_is_filled_in_is_escaped_and_makes_no_header() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |user| user.primary_email = Some("alice@example.com".into())).await;
        let server = connect(&app).await;
        let application = db::sql!(
            "insert into applications (tenant_id, id, name, type, oidc_client_metadata, is_third_party, created_at) \
             values ('default', $1, '<b>Evil</b>', 'Traditional', '{}', $2, 0)"
        );
        app.configure("default", move |work| work.exec_one(application, db::params![CLIENT, false])).await.unwrap();
        let details = json!({
            "subject": "for {{application.name}}", "content": "<p>{{application.name}} {{ code }}</p>",
            "replyTo": "{{no.such}}", "sendFrom": "{{application.name}}",
        });
        put(&app, json!([template("en", "SignIn", details)])).await;
        let shown = send_code(&app, &server, "en").await;
        assert!(shown.contains("tls Subject: for <b>Evil</b>"), "{shown}");
        assert!(shown.contains("text/html") && shown.contains("<p>&lt;b&gt;Evil"), "{shown}");
        assert!(shown.contains("tls Reply-To: help@example.com"), "{shown}");
        assert!(shown.contains("tls From: =?utf-8?b?PGI+RXZpbDwvYj4=?= <no-reply@example.com>"), "{shown}");
    })
    .await;
}
