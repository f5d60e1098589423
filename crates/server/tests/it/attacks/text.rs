//! Attacks E8 and E12: bytes that are no text, and addresses that are none.

use serde_json::Value;
use testkit::{TestApp, for_each_engine};

use super::fixtures::{PASSWORD, person, xsrf};

const FORM: &str = "application/x-www-form-urlencoded";

async fn audited(app: &TestApp, key: &'static str) -> Vec<Value> {
    app.app.flush_audit().await;
    let text = db::sql!("select payload from logs where key like $1 || '%' order by created_at, id");
    let rows = app.app.db.read(move |r| r.query_all::<String>(text, db::params![key])).await;
    rows.map_err(|error: db::DbError| error).unwrap().iter().map(|row| serde_json::from_str(row).unwrap()).collect()
}

#[tokio::test]
async fn e8_broken_text_in_any_field_of_the_protocol_is_a_client_error_and_is_still_audited() {
    for_each_engine(async |app: TestApp| {
        let client = app.web_client().await;
        let (id, secret) = (client.id.as_str(), client.secret.as_deref().unwrap());
        let endpoints: [(&str, &str, &str); 10] = [
            ("/oidc/token", "grant_type=authorization_code&code=x&redirect_uri=x&code_verifier=x", "ExchangeTokenBy"),
            ("/oidc/token", "grant_type=refresh_token&refresh_token=x&scope=x&organization_id=x", "ExchangeTokenBy"),
            ("/oidc/token", "grant_type=client_credentials&scope=x&resource=x&organization_id=x", "ExchangeTokenBy"),
            ("/oidc/token", "grant_type=x&resource=x", "ExchangeTokenBy"),
            ("/oidc/token/introspection", "token=x&token_type_hint=x", ""),
            ("/oidc/token/revocation", "token=x&token_type_hint=x", ""),
            (
                "/oidc/auth",
                "redirect_uri=x&response_type=x&scope=x&state=x&nonce=x&prompt=x&ui_locales=x&login_hint=x",
                "",
            ),
            ("/oidc/session/end", "id_token_hint=x&post_logout_redirect_uri=x&state=x", ""),
            ("/oidc/session/end/confirm", "xsrf=x&logout=x", ""),
            ("/oidc/me", "access_token=x", ""),
        ];
        for (path, fields, key) in endpoints {
            let all = format!("client_id={id}&client_secret={secret}&{fields}");
            let names: Vec<&str> = all.split('&').map(|pair| pair.split('=').next().unwrap()).collect();
            for (at, name) in names.iter().enumerate() {
                for odd in ["%00", "a%00b", "%ff%fe", "%c3%28", "%ed%a0%80", "\u{0}", "%f0%28%8c%28"] {
                    let pair = |n: usize, pair: &str| match n == at {
                        true => format!("{}={odd}", name),
                        false => pair.to_owned(),
                    };
                    let body: Vec<String> = all.split('&').enumerate().map(|(n, text)| pair(n, text)).collect();
                    let before = if key.is_empty() { 0 } else { audited(&app, "ExchangeTokenBy").await.len() };
                    let request = app.post(path).header("content-type", FORM).raw(body.join("&").as_bytes());
                    let status = request.send().await.status.as_u16();
                    let harmless = matches!(status, 200 | 303) && !path.starts_with("/oidc/token");
                    // A token that no text can be is simply not a living one.
                    let unknown = status == 200 && path.starts_with("/oidc/token/");
                    assert!((400..500).contains(&status) || harmless || unknown, "{path} {} {odd}: {status}", name);
                    if !key.is_empty() {
                        let after = audited(&app, "ExchangeTokenBy").await;
                        assert_eq!(after.len(), before + 1, "{path} {}={odd} left no entry", name);
                        assert_eq!(after[before]["result"], "Error");
                    }
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn e8_broken_text_in_the_forms_of_the_pages_signs_nobody_in() {
    for_each_engine(async |app: TestApp| {
        person(&app, "alice").await;
        let client = app.web_client().await;
        let mut agent = app.agent();
        agent.authorize(&app.authorization(&client, "openid")).await.expect(303);
        let token = xsrf(&agent.get("/sign-in").await.expect(200));
        let before = app.snapshot().await;
        for path in ["/sign-in", "/identifier-sign-in", "/register", "/identifier-register"] {
            for (name, odd) in [
                ("identifier", "\0"),
                ("identifier", "ali%ffce"),
                ("identifier", "al%c0%80ice"),
                ("password", "%ff"),
                ("xsrf", "%00%ff"),
            ] {
                let value = |field: &str, plain: &str| if field == name { odd.to_owned() } else { plain.to_owned() };
                let body = format!(
                    "xsrf={}&identifier={}&password={}&confirm=other",
                    value("xsrf", &token),
                    value("identifier", "alice"),
                    value("password", "wrong")
                );
                let request = app.post(path).header("content-type", FORM).raw(body.as_bytes());
                let status = agent.add_cookies(request).send().await.status.as_u16();
                assert!((400..500).contains(&status), "{path} {name}={odd:?}: {status}");
            }
        }
        assert_eq!(before.difference(&app.snapshot().await, &["sentinel_counters"]), Vec::<String>::new());
        let form = [("xsrf", token.as_str()), ("identifier", "alice"), ("password", PASSWORD)];
        agent.send(app.post("/sign-in").form(&form)).await.expect(303);
    })
    .await;
}

/// What stands in `X-Forwarded-For`, and the address that counts behind a trusted proxy. The connection's own is
/// 127.0.0.1.
const FORWARDED: [(&[&str], &str); 14] = [
    (&["203.0.113.9"], "::ffff:203.0.113.9"),
    (&["198.51.100.7, 203.0.113.9"], "::ffff:203.0.113.9"),
    (&["198.51.100.7", "203.0.113.9"], "::ffff:203.0.113.9"),
    (&["203.0.113.9, 198.51.100.7, 127.0.0.1"], "::ffff:127.0.0.1"),
    (&["2001:db8::9"], "2001:db8::9"),
    (&["2001:DB8:0:0::9"], "2001:db8::9"),
    // Fail closed: the address of the connection, never one that the caller wrote.
    (&["garbage"], "::ffff:127.0.0.1"),
    (&["198.51.100.7, garbage"], "::ffff:127.0.0.1"),
    (&["198.51.100.7,"], "::ffff:127.0.0.1"),
    (&["198.51.100.7", ""], "::ffff:127.0.0.1"),
    (&["198.51.100.7, [2001:db8::9]:443"], "2001:db8::9"),
    (&["198.51.100.7, 203.0.113.9:443"], "::ffff:203.0.113.9"),
    (&["0x7f.1"], "::ffff:127.0.0.1"),
    (&["198.51.100.7, 203.0.113.999"], "::ffff:127.0.0.1"),
];

#[tokio::test]
async fn e12_only_the_trusted_hop_says_where_a_request_comes_from() {
    for_each_engine(async |app: TestApp| {
        for trusted in [true, false] {
            let mut settings = app.app.settings.clone();
            settings.trust_proxy_header = trusted;
            let app = TestApp::with(app.engine, settings).await;
            for (lines, expected) in FORWARDED {
                app.app.flush_audit().await;
                app.sql("delete from logs", vec![]).await;
                let mut request =
                    app.post("/oidc/token").form(&[("grant_type", "refresh_token"), ("client_id", "demo-app")]);
                for line in lines {
                    request = request.header("x-forwarded-for", line);
                }
                for other in ["forwarded", "x-real-ip", "x-client-ip", "cf-connecting-ip", "true-client-ip"] {
                    request = request.header(other, "192.0.2.1");
                }
                request.send().await.expect(400);
                let entries = audited(&app, "ExchangeTokenBy").await;
                let expected = if trusted { expected } else { "::ffff:127.0.0.1" };
                let seen: Vec<&str> = entries.iter().map(|entry| entry["ip"].as_str().unwrap()).collect();
                assert_eq!(seen, [expected], "{:?}: {lines:?}", app.engine);
            }
        }
    })
    .await;
}
