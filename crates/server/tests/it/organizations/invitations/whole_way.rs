//! From the invitation to the member: mail, link, sign-up, acceptance.

use serde_json::{Value, json};
use testkit::{Browser, TestApp, for_each_engine};
use url::Url;

use super::super::{call, organization, role};
use super::{accept, body, end, invite, person, roles_of};
use crate::pages::fixture::{application, authorization, is_back_with_code, settings};

const EMAIL: &str = "new@example.com";

/// The same installation on a developer's machine, where mail is kept to be read.
async fn at_home(app: &TestApp) -> TestApp {
    let mut settings = app.app.settings.clone();
    settings.endpoint = "http://localhost:3001".to_owned();
    settings.development_inbox = true;
    TestApp::with(app.engine, settings).await
}

async fn mail_to(app: &TestApp, address: &str) -> Value {
    let path = format!("/api/development/messages?to={address}");
    app.get(&path).send().await.expect(200).json()[0].clone()
}

#[tokio::test]
async fn whoever_follows_the_link_of_an_invitation_becomes_a_member() {
    for_each_engine(async |app: TestApp| {
        let app = at_home(&app).await;
        let sign_up = json!({"identifiers": ["email"], "password": false, "verify": true});
        settings(&app, json!({"signInMode": "SignIn", "signUp": sign_up})).await;
        let (docks, pilot) = (organization(&app, "Docks").await, role(&app, "pilot", "User", &[]).await);
        let ada = person(&app, "ada").await;
        let client = application(&app, "Harbour", false).await;

        // The application makes the token of the link, and has the invitation sent with it.
        let token = call(&app, "POST", "/api/one-time-tokens", json!({"email": EMAIL, "expiresIn": 3600})).await;
        let token = token.expect(201).json()["token"].as_str().unwrap().to_owned();
        let link = format!("https://app.example.com/enter?token={token}&email={EMAIL}");
        let made = invite(
            &app,
            &docks,
            EMAIL,
            json!({
                "inviterId": ada, "organizationRoleIds": [pilot],
                "messagePayload": {"link": link, "locale": "en"},
            }),
        )
        .await;

        let mail = mail_to(&app, EMAIL).await;
        let (subject, text) = (mail["subject"].as_str().unwrap(), mail["text"].as_str().unwrap());
        assert_eq!(subject, "Name of ada invites you to join Docks");
        assert!(text.contains("become a member of Docks") && text.contains(&link), "{text}");
        let inbox = app.get("/development/inbox").send().await.expect(200).text();
        assert!(inbox.contains("Name of ada invites you to join Docks"), "{inbox}");

        let link = Url::parse(mail["payload"]["link"].as_str().unwrap()).unwrap();
        let value = |name: &str| link.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
        let extra = [("one_time_token", value("token")), ("login_hint", value("email"))];
        let extra: Vec<(&str, &str)> = extra.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut browser = Browser::new(&app);
        let page = browser.open(&authorization(&client, &extra)).await;
        let back = browser.submit(&page, &[]).await;
        assert!(is_back_with_code(&back), "{} {}", back.url, back.text());

        let found = call(&app, "GET", &format!("/api/users?search={EMAIL}"), json!(null)).await.expect(200).json();
        let user = found[0]["id"].as_str().unwrap();
        assert_eq!(roles_of(&app, &docks, user).await, None, "a member only once it is accepted");
        accept(&app, &made, user).await.expect(200);
        assert_eq!(roles_of(&app, &docks, user).await, Some(vec![pilot]));
        while server::outbox::deliver_due(&app.app).await.unwrap() > 0 {}
    })
    .await;
}

#[tokio::test]
async fn the_text_is_in_the_language_of_the_reader_else_of_the_tenant() {
    for_each_engine(async |app: TestApp| {
        let app = at_home(&app).await;
        let docks = organization(&app, "\u{7801}\u{5934}").await;
        let of = async |payload: Value| {
            let made = invite(&app, &docks, EMAIL, json!({"messagePayload": payload})).await;
            end(&app, &made, json!({"status": "Revoked"})).await.expect(200);
            mail_to(&app, EMAIL).await["subject"].as_str().unwrap().to_owned()
        };
        let (english, chinese) = ("You are invited to join \u{7801}\u{5934}", "邀请您加入\u{7801}\u{5934}");
        assert_eq!(of(json!({})).await, english);
        assert_eq!(of(json!({"locale": "zh-CN"})).await, chinese);
        settings(&app, json!({"languageInfo": {"autoDetect": true, "fallbackLanguage": "zh-CN"}})).await;
        assert_eq!(of(json!({})).await, chinese);
        assert_eq!(of(json!({"locale": "en"})).await, english);
    })
    .await;
}

#[tokio::test]
async fn e11_a_template_shows_names_escaped_and_fills_nothing_twice() {
    for_each_engine(async |app: TestApp| {
        let app = at_home(&app).await;
        let docks = organization(&app, "<b>Docks</b> {{code}}").await;
        let content = "<p>{{organization.name}} {{plan.name}} <a href=\"{{link}}\">{{inviter.name}}</a></p>";
        let details = json!({"subject": "Hi {{organization.name}}", "content": content});
        let template = json!({"languageTag": "en", "templateType": "OrganizationInvitation", "details": details});
        call(&app, "PUT", "/api/email-templates", json!({"templates": [template]})).await.expect(200);
        let payload = json!({"plan": {"name": "\"><script>"}, "link": "https://x.example/?a=\"b", "code": "c1"});
        let made = body(&app, &docks, EMAIL, json!({"messagePayload": payload}));
        call(&app, "POST", super::PATH, made).await.expect(201);
        let mail = mail_to(&app, EMAIL).await;
        let text = mail["text"].as_str().unwrap();
        assert!(text.contains("&lt;b&gt;Docks&lt;/b&gt; {{code}}") && !text.contains("c1"), "{text}");
        assert!(text.contains("&quot;&gt;&lt;script&gt;") && text.contains("?a=&quot;b\"></a>"), "{text}");
    })
    .await;
}
