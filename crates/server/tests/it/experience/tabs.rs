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
        // Clocks decide nothing: all of it may happen in one millisecond, or the clock may be set back meanwhile.
        for seconds in [0, 1] {
            for passed in ["verification", "identification", "submit", "nothing"] {
                tabs.survive_a_change_after(passed, std::time::Duration::from_secs(seconds)).await;
            }
        }
    })
    .await;
}

/// Whatever comes first: the password was changed before the browser is sent on.
#[tokio::test]
async fn b12_a_sign_in_beside_the_change_of_its_password_gets_no_code() {
    for_each_engine(async |app: TestApp| {
        let mut tabs = Tabs::of(&app).await;
        for round in 0..8 {
            tabs.agent = app.agent();
            tabs.open("one").await;
            tabs.start().await;
            let (old, new) = (format!("old-{PASSWORD}-{round}"), format!("new-{PASSWORD}-{round}"));
            tabs.change_password(&old).await;
            tabs.start().await;
            let identifier = json!({"type": "username", "value": "alice"});
            let body = json!({"identifier": identifier, "password": old});
            let user = tabs.user().await;
            let change = app.management_request("PATCH", &format!("/api/users/{user}/password")).await;
            let change = change.json(json!({"password": new}));
            let (_, verified) = tokio::join!(change.send(), tabs.send("POST", "/verification/password", body));
            if verified.status != 200 {
                continue;
            }
            tabs.identify(&id_of(&verified)).await;
            let submitted = tabs.send("POST", "/submit", Value::Null).await;
            assert_ne!(submitted.status, 200, "{}", submitted.text());
        }
    })
    .await;
}

impl Tabs {
    async fn user(&self) -> String {
        let users = self.app.management_request("GET", "/api/users?search=alice").await.send().await.expect(200).json();
        users[0]["id"].as_str().unwrap().to_owned()
    }

    async fn change_password(&self, password: &str) {
        let path = format!("/api/users/{}/password", self.user().await);
        let change = self.app.management_request("PATCH", &path).await.json(json!({"password": password}));
        change.send().await.expect(200);
    }

    /// Changes the password when the sign-in has passed the step, `pause` after it: what was proved is void, and the new
    /// password signs in at once.
    async fn survive_a_change_after(&mut self, passed: &str, pause: std::time::Duration) {
        self.agent = self.app.agent();
        self.open("one").await;
        self.start().await;
        let verification_id = self.verify().await;
        let identified = passed != "verification" && self.identify(&verification_id).await.status == 204;
        let submitted =
            if passed == "submit" { self.send("POST", "/submit", Value::Null).await.json() } else { json!({}) };
        self.app.app.clock.advance(pause);
        if passed != "nothing" {
            self.change_password(PASSWORD).await;
            self.app.app.clock.advance(pause);
        }
        if let Some(to) = submitted["redirectTo"].as_str() {
            let resumed = self.agent.get(to).await;
            assert!(!resumed.header("location").contains("code="), "{passed}: {}", resumed.header("location"));
            assert_eq!(resumed.status, 400, "{passed}");
            return;
        }
        if !identified {
            self.identify(&verification_id).await;
        }
        let refused = self.send("POST", "/submit", Value::Null).await;
        assert_eq!(refused.status == 200, passed == "nothing", "{passed}: {}", refused.text());
        // The new password signs in, in the same interaction.
        if passed != "nothing" {
            self.start().await;
            let verification_id = self.verify().await;
            self.identify(&verification_id).await.expect(204);
            self.submit().await;
        }
    }
}
