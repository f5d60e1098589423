//! Attacks A10 and A11: what addresses can do to a running sign-in, and what they give away.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use testkit::oidc::{BrowserAgent, TestClient, VERIFIER, tampered};
use testkit::{TestApp, TestRequest, TestResponse, for_each_engine};

use super::fixtures::{PASSWORD, person, third_party_client, xsrf};

const CALLBACK: &str = "https://app.example.com/callback";

fn is_refused(answer: &TestResponse) -> bool {
    let to = answer.header("location");
    to.starts_with(CALLBACK) && to.contains("response_type") && to.contains("error=") && !to.contains("code=")
}

#[tokio::test]
async fn a10_the_response_type_of_a_running_interaction_cannot_be_changed() {
    for_each_engine(async |app: TestApp| {
        person(&app, "alice").await;
        for forced in ["token", "id_token", "id_token token", "code id_token", "code token", "none"] {
            let client = app.web_client().await;
            let request = app.authorization(&client, "openid");
            let mut agent = app.agent();
            agent.authorize(&request).await.expect(303);
            let evil =
                [("response_type", forced), ("response_mode", "fragment"), ("redirect_uri", "https://evil.example")];
            let tail = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(evil).finish();

            // A second request of the same browser is refused where it begins.
            let restart = tampered(&request, &[("response_type", forced)]);
            let refused = agent.authorize(&restart).await.expect(303);
            assert!(is_refused(&refused), "{forced}: {}", refused.header("location"));
            let form: Vec<(&str, &str)> = restart.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            let refused = agent.send(app.post("/oidc/auth").form(&form)).await.expect(303);
            assert!(is_refused(&refused), "{forced}: {}", refused.header("location"));

            // The steps of the running one take nothing from their addresses and bodies.
            let page = agent.get(&format!("/sign-in?{tail}")).await.expect(200);
            let start =
                json!({"interactionEvent": "SignIn", "response_type": forced, "params": {"response_type": forced}});
            agent.send(app.request("PUT", &format!("/api/experience?{tail}")).json(start)).await.expect(204);
            let token = xsrf(&page);
            let fields = [("xsrf", token.as_str()), ("identifier", "alice"), ("password", PASSWORD)];
            let form = [&fields[..], &evil[..]].concat();
            let mut answer = agent.send(app.post(&format!("/sign-in?{tail}")).form(&form)).await.expect(303);
            for _ in 0..3 {
                let to = answer.header("location").to_owned();
                if to.starts_with(CALLBACK) {
                    break;
                }
                let sign = if to.contains('?') { '&' } else { '?' };
                answer = agent.get(&format!("{to}{sign}{tail}")).await;
            }
            let to = answer.header("location");
            assert!(to.starts_with(&format!("{CALLBACK}?code=")), "{forced}: {} {to}", answer.status);
            assert!(!to.contains("token") && !to.contains('#') && to.contains("state=state-1"), "{to}");
        }
    })
    .await;
}

/// A browser that writes down every address it sees and every secret it is given.
struct Crawl {
    app: TestApp,
    agent: BrowserAgent,
    addresses: BTreeSet<String>,
    secrets: BTreeSet<String>,
    /// Those that open a session, a sign-in or an API.
    handles: BTreeSet<String>,
}

impl Crawl {
    fn new(app: &TestApp) -> Self {
        let known = [PASSWORD, "wrong-Pa55word", VERIFIER].map(str::to_owned);
        Self {
            app: app.clone(),
            agent: app.agent(),
            addresses: BTreeSet::new(),
            secrets: known.into(),
            handles: BTreeSet::new(),
        }
    }

    async fn send(&mut self, request: TestRequest) -> TestResponse {
        self.addresses.insert(request.address());
        let answer = self.agent.send(request.header("accept", "text/html").header("sec-fetch-dest", "document")).await;
        for name in ["location", "link", "refresh", "content-location", "content-security-policy", "report-to"] {
            self.addresses.extend(answer.headers(name).into_iter().map(str::to_owned));
        }
        for cookie in ["_session", "_session.sig", "_interaction.sig", "_interaction_resume.sig"] {
            let value = self.agent.cookie(cookie).to_owned();
            self.secrets.extend(Some(value).filter(|value| !value.is_empty()));
        }
        for cookie in ["_session", "_interaction_resume"] {
            let value = self.agent.cookie(cookie).to_owned();
            self.handles.extend(Some(value).filter(|value| !value.is_empty()));
        }
        if answer.header("content-type").starts_with("text/html") && !answer.status.is_redirection() {
            self.read(&answer);
        }
        answer
    }

    /// What a page links to, and what it tells other sites about itself.
    fn read(&mut self, page: &TestResponse) {
        let html = page.text();
        assert!(
            ["no-referrer", "same-origin", "strict-origin-when-cross-origin"].contains(&page.header("referrer-policy"))
        );
        assert!(!html.contains("unsafe-url") && !html.contains("http-equiv=\"refresh\""));
        let policy = page.header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"), "{policy}");
        assert!(!policy.contains("unsafe-") && !policy.contains('*'), "{policy}");
        assert!(!html.contains("postMessage") && !html.contains("document.domain"), "a message to whom? {html}");
        for form in html.split("<form").skip(1) {
            assert!(
                form.split('>').next().unwrap().contains("method=\"post\""),
                "a form that writes into addresses: {html}"
            );
        }
        for attribute in ["href=\"", "action=\"", "src=\"", "formaction=\""] {
            let found = html.split(attribute).skip(1).filter_map(|rest| rest.split('"').next());
            self.addresses.extend(found.map(|address| address.replace("&amp;", "&")));
        }
        if html.contains("name=\"xsrf\"") {
            self.secrets.insert(xsrf(page));
        }
    }

    async fn get(&mut self, address: &str) -> TestResponse {
        let path = address.strip_prefix("http://localhost:3001").unwrap_or(address).to_owned();
        let request = self.app.get(&path);
        self.send(request).await
    }

    async fn post(&mut self, path: &str, page: &TestResponse, fields: &[(&str, &str)]) -> TestResponse {
        let token = xsrf(page);
        let request = self.app.post(path).form(&[&[("xsrf", token.as_str())], fields].concat());
        self.send(request).await
    }

    /// Begins an authorization and returns the page it leads to.
    async fn begin(&mut self, request: &[(String, String)]) -> TestResponse {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(request).finish();
        let answer = self.get(&format!("/oidc/auth?{query}")).await;
        self.follow(answer).await
    }

    /// Follows redirects as far as they stay on this server.
    async fn follow(&mut self, mut answer: TestResponse) -> TestResponse {
        while answer.status.is_redirection() {
            let to = answer.header("location").to_owned();
            if !to.starts_with('/') && !to.starts_with("http://localhost:3001") {
                break;
            }
            answer = self.get(&to).await;
        }
        answer
    }

    /// Opens every link of this server that was seen.
    async fn open_all(&mut self) {
        let links: Vec<String> =
            self.addresses.iter().filter(|a| a.starts_with('/') && !a.contains(' ')).cloned().collect();
        for link in links {
            let answer = self.get(&link).await;
            self.follow(answer).await;
        }
    }

    fn add_tokens(&mut self, tokens: &Value) {
        let names = ["access_token", "refresh_token", "id_token"];
        let found = || names.iter().filter_map(|name| tokens[name].as_str()).map(str::to_owned);
        self.secrets.extend(found());
        self.handles.extend(found());
    }

    fn assert_silent(&self, more: &[String]) {
        assert!(
            self.addresses.len() > 40 && self.secrets.len() > 10,
            "{} {}",
            self.addresses.len(),
            self.secrets.len()
        );
        for secret in self.secrets.iter().filter(|secret| secret.len() > 3) {
            for address in self.addresses.iter().chain(more) {
                let plain = url::form_urlencoded::parse(address.as_bytes()).map(|(n, v)| format!("{n}={v}"));
                let plain = plain.collect::<Vec<_>>().join("&");
                assert!(!address.contains(secret) && !plain.contains(secret), "{secret} is in {address}");
            }
        }
    }
}

/// Signs in after a mistake, and exchanges the code.
async fn sign_in(crawl: &mut Crawl, client: &TestClient, changes: &[(&str, &str)]) -> Value {
    let request = tampered(&crawl.app.authorization(client, "openid offline_access profile"), changes);
    let page = crawl.begin(&request).await;
    crawl.post("/sign-in", &page, &[("identifier", "alice"), ("password", "wrong-Pa55word")]).await.expect(422);
    let form = [("identifier", "alice"), ("password", PASSWORD)];
    let answer = crawl.post("/sign-in?login_hint=alice", &page, &form).await.expect(303);
    let mut back = crawl.follow(answer).await;
    if back.status == 200 && back.text().contains("name=\"decision\"") {
        let allowed = crawl.post("/consent", &back, &[("decision", "allow")]).await;
        back = crawl.follow(allowed).await;
    }
    let place = back.header("location").to_owned();
    let code = url::Url::parse(&place).unwrap().query_pairs().find(|(n, _)| n == "code").unwrap().1.into_owned();
    let tokens = crawl.app.exchange(client, &code).send().await.expect(200).json();
    crawl.handles.insert(code);
    crawl.add_tokens(&tokens);
    tokens
}

async fn register(crawl: &mut Crawl, client: &TestClient) {
    let first = [("first_screen", "register"), ("prompt", "login consent")];
    let page = crawl.begin(&tampered(&crawl.app.authorization(client, "openid"), &first)).await;
    let wrong = [("identifier", "newbie"), ("password", PASSWORD), ("confirm", "wrong-Pa55word")];
    crawl.post("/register", &page, &wrong).await.expect(422);
    let form = [("identifier", "newbie"), ("password", PASSWORD), ("confirm", PASSWORD)];
    let answer = crawl.post("/register", &page, &form).await.expect(303);
    crawl.follow(answer).await;
}

async fn sign_out(crawl: &mut Crawl, client: &TestClient) {
    let query = format!("client_id={}&post_logout_redirect_uri={}/bye", client.id, client.redirect_uri);
    for form in [&[][..], &[("logout", "yes")]] {
        let page = crawl.get(&format!("/oidc/session/end?{query}")).await.expect(200);
        crawl.post("/oidc/session/end/confirm", &page, form).await.expect(303);
    }
    crawl.get("/oidc/session/end/success").await.expect(200);
}

async fn mistakes(crawl: &mut Crawl, client: &TestClient) {
    let request = crawl.app.authorization(client, "openid");
    for changes in [
        [("redirect_uri", "https://evil.example")],
        [("client_id", "nobody")],
        [("response_type", "token")],
        [("prompt", "none")],
        [("response_mode", "form_post")],
    ] {
        crawl.begin(&tampered(&request, &changes)).await;
    }
    let page = crawl.begin(&tampered(&request, &[("prompt", "login")])).await;
    let form = [("xsrf", "forged"), ("identifier", "alice"), ("password", PASSWORD)];
    let forged = crawl.app.post("/sign-in").form(&form);
    crawl.send(forged).await.expect(400);
    crawl.app.app.clock.advance(std::time::Duration::from_secs(7200));
    crawl.post("/sign-in", &page, &[("identifier", "alice"), ("password", PASSWORD)]).await.expect(302);
    crawl.get("/oidc/auth/none").await.expect(400);
    let stranger = crawl.app.post(&format!("/oidc/token?client_id={}", client.id));
    crawl.send(stranger.form(&[("client_id", client.id.as_str()), ("client_secret", "wrong-Pa55word")])).await;
    crawl.get("/nowhere").await.expect(404);
}

#[tokio::test]
async fn a11_a13_c15_no_secret_stands_in_an_address_a_log_or_the_database_and_no_page_can_be_framed() {
    for_each_engine(async |app: TestApp| {
        person(&app, "alice").await;
        let (own, foreign) = (app.web_client().await, third_party_client(&app).await);
        let mut crawl = Crawl::new(&app);
        crawl.secrets.extend([own.secret.clone().unwrap(), foreign.secret.clone().unwrap()]);
        let tokens = sign_in(&mut crawl, &own, &[]).await;
        let refreshed =
            app.refresh(&own, tokens["refresh_token"].as_str().unwrap(), &[]).send().await.expect(200).json();
        crawl.add_tokens(&refreshed);
        sign_in(&mut crawl, &foreign, &[("prompt", "login consent")]).await;
        register(&mut crawl, &own).await;
        sign_out(&mut crawl, &own).await;
        mistakes(&mut crawl, &own).await;
        crawl.open_all().await;

        app.app.flush_audit().await;
        let logs = app.app.db.read(|r| r.query_all::<String>(db::sql!("select payload from logs"), &[])).await;
        let logs: Vec<String> = logs.map_err(|error: db::DbError| error).unwrap();
        assert!(logs.len() > 20, "{}", logs.len());
        crawl.assert_silent(&logs);
        // What opens something is stored as a digest. The pages' form tokens open nothing without their cookie, and the
        // secrets of clients are shown to administrators.
        let rows = app.snapshot().await;
        for secret in crawl.handles.iter().chain([&PASSWORD.to_owned()]) {
            assert!(!rows.contain(secret), "{:?}: {secret} is stored as it is", app.engine);
        }
        assert!(crawl.handles.len() > 10, "{}", crawl.handles.len());
    })
    .await;
}
