//! E-mail through an SMTP server (inventory H081), over real connections.

use http::Method;
use outbound::FakeResponse;
use serde_json::{Value, json};
use testkit::{TestApp, TestResponse, for_each_engine};

use super::smtp_server::{Behaviour, Encryption, SmtpServer};
use crate::applications::call;

/// Sends a test message with these changes of the settings.
async fn send_test(app: &TestApp, server: &SmtpServer, changes: Value) -> TestResponse {
    app.outbound.forward("smtp.example.com", 587, server.address);
    let mut config = json!({"host": "smtp.example.com", "port": 587, "auth": {"user": "u", "pass": "hidden-word"},
        "fromEmail": "Harbour <no-reply@example.com>", "tls": {"ca": server.pem}});
    config.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    let body = json!({"email": "to@example.com", "config": config});
    call(app, "POST", "/api/connectors/simple-mail-transfer-protocol/test", body).await
}

/// `\0u\0hidden-word`
const CREDENTIALS: &str = "AHUAaGlkZGVuLXdvcmQ=";

#[tokio::test]
async fn a_message_is_handed_over_in_tls_with_credentials() {
    for_each_engine(async |app: TestApp| {
        let server = SmtpServer::start(Behaviour::default()).await;
        let headers = json!({"customHeaders": {"X-Harbour": "quay 1"}, "replyTo": "help@example.com", "name": "auth.example.com"});
        send_test(&app, &server, headers).await.expect(204);
        let lines = server.transcript();
        for line in [
            "EHLO auth.example.com\nSTARTTLS\ntls EHLO auth.example.com",
            &format!("tls AUTH PLAIN {CREDENTIALS}"),
            "tls MAIL FROM:<no-reply@example.com>",
            "tls RCPT TO:<to@example.com>",
            "tls From: Harbour <no-reply@example.com>",
            "tls To: to@example.com",
            "tls Reply-To: help@example.com",
            "tls Subject: 000000 is your verification code",
            "tls X-Harbour: quay 1",
            "tls Auto-Submitted: auto-generated",
            "tls Date: Sun, 22 Nov 2026 12:00:00 +0000",
            "tls Content-Type: multipart/alternative;",
            "tls Content-Type: text/html; charset=utf-8",
        ] {
            assert!(lines.contains(line), "{line}:\n{lines}");
        }
    })
    .await;
}

#[tokio::test]
async fn tls_from_the_first_byte_works_too() {
    for_each_engine(async |app: TestApp| {
        let server = SmtpServer::start(Behaviour { tls: Encryption::Implicit, ..Behaviour::default() }).await;
        send_test(&app, &server, json!({"secure": true})).await.expect(204);
        assert!(server.saw("tls RCPT TO:<to@example.com>"), "{}", server.transcript());
    })
    .await;
}

#[tokio::test]
async fn credentials_leave_without_tls_only_if_the_settings_say_so() {
    for_each_engine(async |app: TestApp| {
        let server = SmtpServer::start(Behaviour { tls: Encryption::None, ..Behaviour::default() }).await;
        for changes in [json!({}), json!({"requireTLS": true}), json!({"secure": true, "greetingTimeout": 2000})] {
            send_test(&app, &server, changes).await.expect_error(400, "connector.general");
        }
        assert!(!server.saw(CREDENTIALS) && !server.saw("MAIL"), "{}", server.transcript());
        send_test(&app, &server, json!({"ignoreTLS": true})).await.expect(204);
        assert!(server.saw(CREDENTIALS));
    })
    .await;
}

#[tokio::test]
async fn a_server_with_the_wrong_certificate_gets_nothing() {
    for_each_engine(async |app: TestApp| {
        for (tls, secure) in [(Encryption::StartTls, false), (Encryption::Implicit, true)] {
            let server = SmtpServer::start(Behaviour { tls, ..Behaviour::default() }).await;
            for changes in
                [json!({"tls": {}, "secure": secure}), json!({"servername": "other.example.com", "secure": secure})]
            {
                let failed = send_test(&app, &server, changes).await.expect_error(400, "connector.general");
                assert!(failed.json()["data"]["message"].as_str().unwrap().contains("TLS"), "{}", failed.text());
            }
            assert!(!server.saw("AUTH") && !server.saw("MAIL"), "{}", server.transcript());
        }
    })
    .await;
}

#[tokio::test]
async fn what_the_server_refuses_is_told_with_its_code_and_without_the_password() {
    for_each_engine(async |app: TestApp| {
        let refusing = [
            (Behaviour { auth: "535 wrong", ..Behaviour::default() }, 401, "connector.authorization_failed"),
            (Behaviour { auth: "454 later", ..Behaviour::default() }, 400, "connector.general"),
            (Behaviour { recipient: "550 nobody", ..Behaviour::default() }, 400, "connector.general"),
        ];
        for (behaviour, status, code) in refusing {
            let server = SmtpServer::start(behaviour).await;
            let failed = send_test(&app, &server, json!({})).await.expect_error(status, code);
            assert!(!failed.text().contains("hidden-word"));
            assert!(failed.json()["data"]["message"].as_str().unwrap().len() > 10);
        }
    })
    .await;
}

#[tokio::test]
async fn a_server_that_says_nothing_ends_the_attempt_in_time() {
    for_each_engine(async |app: TestApp| {
        let server = SmtpServer::start(Behaviour { silent: true, ..Behaviour::default() }).await;
        let begun = std::time::Instant::now();
        send_test(&app, &server, json!({"greetingTimeout": 200})).await.expect_error(400, "connector.general");
        assert!(begun.elapsed().as_secs() < 8);
    })
    .await;
}

#[tokio::test]
async fn an_access_token_is_fetched_and_used_instead_of_a_password() {
    for_each_engine(async |app: TestApp| {
        let server = SmtpServer::start(Behaviour::default()).await;
        let token = "https://provider.example.com/token";
        app.outbound.respond(Method::POST, token, FakeResponse::json(&json!({"access_token": "at"})));
        let auth = json!({"type": "oauth2", "user": "u", "clientId": "c", "clientSecret": "s", "refreshToken": "r",
            "accessUrl": token});
        send_test(&app, &server, json!({"auth": auth})).await.expect(204);
        // `user=u^Aauth=Bearer at^A^A`
        assert!(server.saw("AUTH XOAUTH2 dXNlcj11AWF1dGg9QmVhcmVyIGF0AQE="), "{}", server.transcript());
        let form = String::from_utf8(app.outbound.received()[0].body.to_vec()).unwrap();
        assert_eq!(form, "grant_type=refresh_token&refresh_token=r&client_id=c&client_secret=s");
        let expired = json!({"type": "oauth2", "user": "u", "accessToken": "a", "expires": 1});
        let answer = send_test(&app, &server, json!({"auth": expired})).await;
        answer.expect_error(401, "connector.authorization_failed");
    })
    .await;
}

#[tokio::test]
async fn a_template_of_the_settings_is_used() {
    for_each_engine(async |app: TestApp| {
        let server = SmtpServer::start(Behaviour::default()).await;
        let template = json!({"usageType": "Generic", "contentType": "text/plain", "subject": "Code",
            "content": "It is {{code}}.\n.\nRCPT TO:<other@example.com>"});
        send_test(&app, &server, json!({"templates": [template]})).await.expect(204);
        assert!(server.saw("tls Subject: Code") && server.saw("tls It is 000000."), "{}", server.transcript());
        // A line with one dot does not end the message (RFC 5321 section 4.5.2).
        assert!(server.saw("tls .."), "{}", server.transcript());
        assert_eq!(server.transcript().matches("tls QUIT").count(), 1);
    })
    .await;
}
