//! Connectors in the console (inventory C023).

use http::{Method, StatusCode};
use outbound::FakeResponse;
use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::fixture::{administrator, csrf, send};
use crate::applications::get;

const ENDPOINT: &str = "https://messages.example.com/send";

async fn stored(app: &TestApp, page: &str) -> Value {
    get(app, &page.replace("/console/", "/api/")).await.expect(200).json()
}

#[tokio::test]
async fn a_mail_service_is_made_changed_tried_and_deleted() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        let secret = csrf(&mut browser).await;
        assert!(browser.open("/console/connectors").await.text().contains("No service sends messages"));
        let gallery = browser.open("/console/connectors/new").await.text();
        let factories = get(&app, "/api/connector-factories").await.expect(200).json();
        for factory in factories.as_array().unwrap() {
            let link = format!("/console/connectors/new/{}\"", factory["id"].as_str().unwrap());
            assert!(gallery.contains(&link) && gallery.contains(factory["name"]["en"].as_str().unwrap()), "{link}");
        }
        let new = "/console/connectors/new/http-email";
        let form = browser.open(new).await;
        let id = form.value("id");
        assert_eq!(id.len(), 12, "{}", form.text());
        let wrong = send(&mut browser, &secret, new, &[("id", &id), ("config.authorization", "Bearer hush")]).await;
        assert!(wrong.response.status == 422 && wrong.text().contains("aria-invalid"), "{}", wrong.text());
        assert!(wrong.value("id") == id && !wrong.text().contains("hush"), "{}", wrong.text());
        let fields = [("id", id.as_str()), ("config.endpoint", ENDPOINT), ("config.authorization", "Bearer hush")];
        let made = send(&mut browser, &secret, new, &fields).await;
        let page = format!("/console/connectors/{id}");
        assert_eq!(made.path(), page, "{}", made.text());
        for address in [page.as_str(), "/console/connectors"] {
            let shown = browser.open(address).await.text();
            assert!(shown.contains("HTTP Email") && !shown.contains("hush"), "{address}: {shown}");
        }
        let change = get(&app, "/api/logs?logKey=Administration&page_size=1").await.expect(200).json();
        assert!(!change.to_string().contains("hush"), "{change}");

        for (status, said, answer) in
            [(422, "401", StatusCode::UNAUTHORIZED), (200, "accepted the message to to@example.com", StatusCode::OK)]
        {
            app.outbound.respond(Method::POST, ENDPOINT, FakeResponse::status(answer));
            let to = [("to", "to@example.com"), ("locale", "zh-CN")];
            let tried = send(&mut browser, &secret, &format!("{page}/test"), &to).await;
            assert!(tried.response.status == status && tried.text().contains(said), "{}", tried.text());
        }
        let received = app.outbound.received();
        assert_eq!(received.last().unwrap().headers["authorization"], "Bearer hush");
        let nobody = send(&mut browser, &secret, &format!("{page}/test"), &[("to", "nobody")]).await;
        assert_eq!(nobody.response.status, 422, "{}", nobody.text());

        let other = browser.open("/console/connectors/new/simple-mail-transfer-protocol").await.text();
        assert!(other.contains("takes the place of HTTP Email"), "{other}");
        let kept = send(&mut browser, &secret, &format!("{page}/delete"), &[("confirm", "Other")]).await;
        assert_eq!(kept.response.status, 422);
        let gone = send(&mut browser, &secret, &format!("{page}/delete"), &[("confirm", "HTTP Email")]).await;
        assert!(gone.text().contains("Deleted."), "{}", gone.text());
    })
    .await;
}

#[tokio::test]
async fn d12_a_stored_secret_stays_at_its_place_and_can_be_removed() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        let secret = csrf(&mut browser).await;
        let fields = [("config.endpoint", ENDPOINT), ("config.authorization", "Bearer hush")];
        let made = send(&mut browser, &secret, "/console/connectors/new/http-sms", &fields).await;
        let page = made.path().to_owned();
        let before = json!({"endpoint": ENDPOINT, "authorization": "Bearer hush"});
        let same = send(&mut browser, &secret, &page, &[("config.endpoint", ENDPOINT)]).await;
        assert!(same.text().contains("Saved."), "{}", same.text());
        assert_eq!(stored(&app, &page).await["config"], before);
        let moved = [("config.endpoint", "https://evil.example/send")];
        let moved = send(&mut browser, &secret, &page, &moved).await;
        assert!(moved.response.status == 422 && moved.text().contains("again"), "{}", moved.text());
        assert_eq!(stored(&app, &page).await["config"], before);
        let typed = [("config.endpoint", "https://two.example/send"), ("config.authorization", "Bearer two")];
        send(&mut browser, &secret, &page, &typed).await;
        let config = json!({"endpoint": "https://two.example/send", "authorization": "Bearer two"});
        assert_eq!(stored(&app, &page).await["config"], config);
        let removed = [("config.endpoint", "https://two.example/send"), ("config.authorization.remove", "true")];
        send(&mut browser, &secret, &page, &removed).await;
        assert_eq!(stored(&app, &page).await["config"], json!({"endpoint": "https://two.example/send"}));
    })
    .await;
}

#[tokio::test]
async fn a_social_connector_is_made_of_its_form_items() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        let secret = csrf(&mut browser).await;
        let new = "/console/connectors/new/oidc";
        let form = browser.open(new).await;
        let id = form.value("id");
        let redirect = format!("http://localhost:3001/callback/{id}");
        let condition = "Counts only if “Client authentication” is “client_secret_jwt”.";
        assert!(form.text().contains(&redirect) && form.text().contains(condition), "{}", form.text());
        let fields = |checks: &'static str, sync: &'static str| {
            [
                ("metadata.target", "harbour"),
                ("metadata.name.en", "Harbour ID"),
                ("metadata.name.zh-CN", ""),
                ("syncProfile", sync),
                ("config.authorizationEndpoint", "https://idp.example/auth"),
                ("config.tokenEndpoint", "https://idp.example/token"),
                ("config.clientId", "me"),
                ("config.clientSecret", "hush-hush"),
                ("config.tokenEndpointAuthMethod", "client_secret_basic"),
                ("config.clientSecretJwtSigningAlgorithm", "HS512"),
                ("config.scope", "openid\r\nemail"),
                ("config.idTokenVerificationConfig", checks),
            ]
        };
        let wrong = send(&mut browser, &secret, new, &fields("{jwksUri", "true")).await;
        assert!(wrong.response.status == 422 && wrong.text().contains("Enter valid JSON."), "{}", wrong.text());
        assert!(wrong.text().contains("{jwksUri") && !wrong.text().contains("hush-hush"), "what was typed stays");
        let checks = "{\"jwksUri\": \"https://idp.example/jwks\", \"issuer\": \"https://idp.example\"}";
        let made = send(&mut browser, &secret, new, &fields(checks, "true")).await;
        assert!(made.text().contains("Created.") && !made.text().contains("hush-hush"), "{}", made.text());
        let page = made.path().to_owned();
        let connector = stored(&app, &page).await;
        let config = &connector["config"];
        assert_eq!(config["idTokenVerificationConfig"]["issuer"], "https://idp.example");
        assert_eq!((&config["scope"], &config["trustUnverifiedEmail"]), (&json!("openid\nemail"), &json!(false)));
        assert!(config.get("clientSecretJwtSigningAlgorithm").is_none(), "its condition does not hold: {config}");
        assert_eq!((&connector["target"], &connector["syncProfile"]), (&json!("harbour"), &json!(true)));
        assert_eq!(connector["name"], json!({"en": "Harbour ID"}));

        let twice = send(&mut browser, &secret, new, &fields(checks, "")).await;
        assert!(twice.response.status == 422 && twice.text().contains("Another connector has this target"));
        let mut change = fields(checks, "").to_vec();
        change.retain(|(name, _)| !["config.clientSecret", "metadata.target"].contains(name));
        change.iter_mut().filter(|(name, _)| *name == "metadata.name.zh-CN").for_each(|(_, value)| *value = "海港");
        let saved = send(&mut browser, &secret, &page, &change).await;
        assert!(saved.text().contains("Saved."), "{}", saved.text());
        let connector = stored(&app, &page).await;
        assert_eq!(
            (&connector["config"]["clientSecret"], &connector["syncProfile"]),
            (&json!("hush-hush"), &json!(false))
        );
        assert_eq!(connector["metadata"]["name"], json!({"en": "Harbour ID", "zh-CN": "海港"}));
        assert_eq!(connector["target"], "harbour");

        let fields = [("config.clientId", "g"), ("config.clientSecret", "s"), ("config.prompts.consent", "true")];
        let google = send(&mut browser, &secret, "/console/connectors/new/google-universal", &fields).await;
        assert_eq!(stored(&app, google.path()).await["config"]["prompts"], json!(["consent"]));
        let chinese = browser.open("/console/connectors/new?ui_locales=zh-CN").await.text();
        assert!(chinese.contains("通过 SMTP 服务器发送邮件。"), "{chinese}");
    })
    .await;
}
