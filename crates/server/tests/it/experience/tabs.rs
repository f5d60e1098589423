//! A browser whose JSON client is open in two tabs of one application (docs/pages.md, "Tabs").

use serde_json::{Value, json};
use testkit::oidc::{BrowserAgent, TestClient, tampered};
use testkit::{TestApp, TestResponse, for_each_engine};

use super::fixture::{PASSWORD, add_user, id_of};

/// The tabs of a browser. They share its cookies.
struct Tabs {
    app: TestApp,
    agent: BrowserAgent,
    client: TestClient,
}

impl Tabs {
    async fn of(app: &TestApp) -> Self {
        add_user(app, "alice", |_| {}).await;
        Self { app: app.clone(), agent: app.agent(), client: app.web_client().await }
    }

    /// Opens a tab at the sign-in.
    async fn open(&mut self, state: &str) {
        let request = self.app.authorization(&self.client, "openid");
        let response = self.agent.authorize(&tampered(&request, &[("state", state), ("prompt", "login")])).await;
        assert!(response.header("location").starts_with("/sign-in"), "{}", response.header("location"));
    }

    async fn send(&mut self, method: &str, path: &str, body: Value) -> TestResponse {
        let request =
            self.app.request(method, &format!("/api/experience{path}")).header("logto-app-id", &self.client.id);
        let request = if body.is_null() { request } else { request.json(body) };
        self.agent.send(request).await
    }

    async fn start(&mut self) {
        self.send("PUT", "", json!({"interactionEvent": "SignIn"})).await.expect(204);
    }

    async fn verify(&mut self) -> String {
        let identifier = json!({"type": "username", "value": "alice"});
        let body = json!({"identifier": identifier, "password": PASSWORD});
        id_of(&self.send("POST", "/verification/password", body).await.expect(200))
    }

    async fn identify(&mut self, verification_id: &str) -> TestResponse {
        self.send("POST", "/identification", json!({"verificationId": verification_id})).await
    }

    /// Submits, and follows the browser to the application. Returns the `state` that it gets.
    async fn submit(&mut self) -> String {
        let submitted = self.send("POST", "/submit", Value::Null).await.expect(200).json();
        let mut to = submitted["redirectTo"].as_str().unwrap().to_owned();
        while to.starts_with("http://localhost:3001/") || to.starts_with('/') {
            to = self.agent.get(&to).await.header("location").to_owned();
        }
        let url = url::Url::parse(&to).unwrap();
        let parameter =
            |wanted: &str| url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned());
        assert!(parameter("code").is_some(), "{url}");
        parameter("state").unwrap()
    }
}

#[tokio::test]
async fn a_tab_that_had_begun_goes_on_after_another_was_opened() {
    for_each_engine(async |app: TestApp| {
        let mut tabs = Tabs::of(&app).await;
        tabs.open("first").await;
        tabs.start().await;
        let verification = tabs.verify().await;
        tabs.open("second").await;
        tabs.identify(&verification).await.expect(204);
        assert_eq!(
            tabs.send("GET", "/interaction", Value::Null).await.expect(200).json()["interactionEvent"],
            "SignIn"
        );
        assert_eq!(tabs.submit().await, "first");
        tabs.start().await;
        let verification = tabs.verify().await;
        tabs.identify(&verification).await.expect(204);
        assert_eq!(tabs.submit().await, "second");
    })
    .await;
}

#[tokio::test]
async fn steps_that_name_a_verification_go_to_the_tab_that_made_it() {
    for_each_engine(async |app: TestApp| {
        let mut tabs = Tabs::of(&app).await;
        let mut verifications = Vec::new();
        for state in ["first", "second"] {
            tabs.open(state).await;
            tabs.start().await;
            verifications.push(tabs.verify().await);
        }
        tabs.identify(&verifications[0]).await.expect(204);
        assert_eq!(tabs.submit().await, "first", "nobody is identified in the other");
        tabs.identify(&verifications[1]).await.expect(204);
        assert_eq!(tabs.submit().await, "second");
    })
    .await;
}

#[tokio::test]
async fn a_step_that_tells_nothing_goes_to_the_newest_and_the_other_tab_gets_an_error() {
    for_each_engine(async |app: TestApp| {
        let mut tabs = Tabs::of(&app).await;
        for state in ["first", "second"] {
            tabs.open(state).await;
            tabs.start().await;
        }
        // Sent by the first tab, perhaps; nobody can know.
        let of_newest = tabs.verify().await;
        tabs.identify(&of_newest).await.expect(204);
        assert_eq!(tabs.submit().await, "second");
        tabs.identify(&of_newest).await.expect_error(400, "session.not_found");
        tabs.start().await;
        let verification = tabs.verify().await;
        tabs.identify(&verification).await.expect(204);
        assert_eq!(tabs.submit().await, "first", "the tab that is left can begin again");
    })
    .await;
}

#[tokio::test]
async fn a_consent_is_that_of_the_tab_which_asks_for_it() {
    for_each_engine(async |app: TestApp| {
        let user = app.user("bob").await;
        let mut tabs = Tabs::of(&app).await;
        let mut request = app.authorization(&tabs.client, "openid profile");
        request = tampered(&request, &[("state", "first"), ("prompt", "login consent")]);
        tabs.agent.authorize(&request).await.expect(303);
        let at_consent = tabs.agent.finish_login(&user).await.expect(303);
        assert!(at_consent.header("location").starts_with("/consent"), "{}", at_consent.header("location"));
        tabs.open("second").await;
        let path = "/api/interaction/consent";
        let asked = app.get(path).header("logto-app-id", &tabs.client.id);
        let shown = tabs.agent.send(asked).await.expect(200).json();
        assert_eq!(shown["user"]["id"], json!(user));
        let given = app.post(path).header("logto-app-id", &tabs.client.id).json(json!({}));
        let approved = tabs.agent.send(given).await.expect(200).json();
        let back = tabs.agent.get(approved["redirectTo"].as_str().unwrap()).await.expect(303);
        assert!(back.header("location").contains("state=first"), "{}", back.header("location"));
    })
    .await;
}

#[tokio::test]
async fn b12_what_a_password_proved_ends_with_the_password() {
    for_each_engine(async |app: TestApp| {
        let mut tabs = Tabs::of(&app).await;
        for passed in ["verification", "identification", "submit", "nothing"] {
            tabs.agent = app.agent();
            tabs.open("one").await;
            tabs.start().await;
            let verification_id = tabs.verify().await;
            let identified = passed != "verification" && tabs.identify(&verification_id).await.status == 204;
            let submitted =
                if passed == "submit" { tabs.send("POST", "/submit", Value::Null).await.json() } else { json!({}) };
            app.app.clock.advance(std::time::Duration::from_secs(1));
            if passed != "nothing" {
                let users =
                    app.management_request("GET", "/api/users?search=alice").await.send().await.expect(200).json();
                let path = format!("/api/users/{}/password", users[0]["id"].as_str().unwrap());
                let body = json!({"password": PASSWORD});
                app.management_request("PATCH", &path).await.json(body).send().await.expect(200);
                app.app.clock.advance(std::time::Duration::from_secs(1));
            }
            if let Some(to) = submitted["redirectTo"].as_str() {
                let resumed = tabs.agent.get(to).await;
                assert!(!resumed.header("location").contains("code="), "{passed}: {}", resumed.header("location"));
                assert_eq!(resumed.status, 400, "{passed}");
                continue;
            }
            if !identified {
                tabs.identify(&verification_id).await;
            }
            let refused = tabs.send("POST", "/submit", Value::Null).await;
            assert_eq!(refused.status == 200, passed == "nothing", "{passed}: {}", refused.text());
            // The new password signs in, in the same interaction.
            if passed != "nothing" {
                tabs.start().await;
                let verification_id = tabs.verify().await;
                tabs.identify(&verification_id).await.expect(204);
                tabs.submit().await;
            }
        }
    })
    .await;
}
