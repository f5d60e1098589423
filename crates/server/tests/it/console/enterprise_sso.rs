//! Enterprise SSO in the console (inventory C024).

use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::fixture::{administrator, csrf, send};
use crate::applications::get;
use crate::sso_connectors::publish;

async fn stored(app: &TestApp, page: &str) -> Value {
    get(app, &page.replace("/console/enterprise-sso", "/api/sso-connectors")).await.expect(200).json()
}

fn connection(issuer: &'static str, secret: &'static str, scope: &'static str) -> [(&'static str, &'static str); 4] {
    [("config.issuer", issuer), ("config.clientId", "me"), ("config.clientSecret", secret), ("config.scope", scope)]
}

#[tokio::test]
async fn an_enterprise_is_connected_gets_its_domains_and_is_deleted() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        let secret = csrf(&mut browser).await;
        let list = browser.open("/console/enterprise-sso").await.text();
        assert!(list.contains("No enterprise connectors"), "{list}");
        let gallery = browser.open("/console/enterprise-sso/new").await.text();
        assert!(gallery.contains("/console/enterprise-sso/new/OIDC\"") && gallery.contains("SAML is not built yet"));
        assert!(!gallery.contains("/console/enterprise-sso/new/SAML"), "{gallery}");
        assert_eq!(browser.open("/console/enterprise-sso/new/SAML").await.response.status, 404);
        let new = "/console/enterprise-sso/new/OIDC";
        let made = send(&mut browser, &secret, new, &[("connectorName", "Harbour Corp")]).await;
        let page = made.path().to_owned();
        let id = page.rsplit('/').next().unwrap();
        assert!(made.text().contains(&format!("http://localhost:3001/callback/{id}")), "{}", made.text());
        let twice = send(&mut browser, &secret, new, &[("connectorName", "Harbour Corp")]).await;
        assert!(twice.response.status == 422 && twice.text().contains("aria-invalid"), "{}", twice.text());

        publish(&app, "idp.example");
        publish(&app, "evil.example");
        let gone = send(&mut browser, &secret, &page, &connection("https://gone.example", "hush-hush", "")).await;
        assert!(gone.response.status == 422 && gone.text().contains("role=\"alert\""), "{}", gone.text());
        assert!(!gone.text().contains("hush-hush") && stored(&app, &page).await["config"] == json!({}));
        let saved = send(&mut browser, &secret, &page, &connection("https://idp.example", "hush-hush", "")).await;
        assert!(
            saved.text().contains("Saved.") && saved.text().contains("https://idp.example/auth"),
            "{}",
            saved.text()
        );
        assert!(!saved.text().contains("hush-hush"), "{}", saved.text());
        // The secret stays for the same issuer, and goes to no other (attack D12).
        send(&mut browser, &secret, &page, &connection("https://idp.example", "", "groups")).await;
        let config = stored(&app, &page).await["config"].clone();
        assert_eq!((&config["clientSecret"], &config["scope"]), (&json!("hush-hush"), &json!("groups")));
        let moved = send(&mut browser, &secret, &page, &connection("https://evil.example", "", "groups")).await;
        assert!(moved.response.status == 422 && moved.text().contains("again"), "{}", moved.text());
        assert_eq!(stored(&app, &page).await["config"], config);

        let experience = format!("{page}/experience");
        assert!(browser.open(&experience).await.text().contains("Harbour Corp"));
        let domains = |domains: &'static str| {
            [
                ("connectorName", "Harbour Corp"),
                ("domains", domains),
                ("branding.displayName", "Harbour"),
                ("branding.logo", ""),
                ("syncProfile", "true"),
            ]
        };
        let public = send(&mut browser, &secret, &experience, &domains("gmail.com\r\nharbour.example")).await;
        assert!(
            public.response.status == 422 && public.text().contains("an enterprise. gmail.com"),
            "{}",
            public.text()
        );
        let saved = send(&mut browser, &secret, &experience, &domains("Harbour.example\r\n\r\ndock.example")).await;
        assert!(saved.text().contains("Saved.") && saved.path() == experience, "{}", saved.text());
        let connector = stored(&app, &page).await;
        assert_eq!(connector["domains"], json!(["harbour.example", "dock.example"]));
        assert_eq!(
            (&connector["branding"], &connector["syncProfile"]),
            (&json!({"displayName": "Harbour"}), &json!(true))
        );
        assert_eq!(connector["config"], config, "the other tab stays");
        let list = browser.open("/console/enterprise-sso").await.text();
        assert!(list.contains("Signs people in") && list.contains("harbour.example, dock.example"), "{list}");
        let gone = send(&mut browser, &secret, &format!("{page}/delete"), &[("confirm", "Harbour Corp")]).await;
        assert!(gone.text().contains("Deleted."), "{}", gone.text());
    })
    .await;
}

#[tokio::test]
async fn each_provider_asks_for_what_it_takes() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        let secret = csrf(&mut browser).await;
        for (provider, asks_for, not_for) in [
            ("GoogleWorkspace", "config.offlineAccess", "config.issuer"),
            ("Okta", "config.issuer", "config.offlineAccess"),
        ] {
            let new = format!("/console/enterprise-sso/new/{provider}");
            let made = send(&mut browser, &secret, &new, &[("connectorName", provider)]).await.text();
            assert!(made.contains(asks_for) && !made.contains(not_for), "{provider}: {made}");
        }
    })
    .await;
}
