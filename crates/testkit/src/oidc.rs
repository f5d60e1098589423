//! Clients, users and the authorization code flow, for tests that need tokens. Rows are written with SQL, so that these
//! helpers do not depend on other slices.

use db::{Sql, Value};
use kernel::id;
use kernel::ids::UserId;
use serde_json::{Map, json};
use server::oidc::browser_proofs::BrowserProofs;
use server::oidc::{cookies, interactions};
use server::sealing::SealedColumn;
use server::work::Actor;
use url::Url;

use crate::app::TestApp;
use crate::request::{TestRequest, TestResponse};

/// The verifier of RFC 7636 appendix B, and its challenge.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A registered client.
#[derive(Debug, Clone)]
pub struct TestClient {
    pub id: String,
    pub secret: Option<String>,
    pub redirect_uri: String,
}

/// An HTTP client that stores cookies like a browser, but does not follow redirects and gets JSON errors.
pub struct BrowserAgent {
    app: TestApp,
    cookies: Vec<(String, String, String)>,
}

impl TestApp {
    /// Runs one statement and reloads the configuration of the tenant `default`.
    pub async fn sql(&self, text: &str, params: Vec<Value>) -> u64 {
        let sql = Sql::dynamic(text.to_owned());
        self.configure("default", move |work| work.exec(&sql, &params)).await.unwrap()
    }

    /// Registers an application of the tenant `default`; `custom` is its `customClientMetadata`.
    pub async fn client(&self, kind: &str, redirect_uris: &[&str], custom: serde_json::Value) -> TestClient {
        let id = id::entity_id(&self.app.rng);
        let post_logout: Vec<String> = redirect_uris.iter().map(|uri| format!("{uri}/bye")).collect();
        let oidc = json!({"redirectUris": redirect_uris, "postLogoutRedirectUris": post_logout});
        self.sql(
            "insert into applications (tenant_id, id, name, type, oidc_client_metadata, custom_client_metadata, created_at) \
             values ('default', $1, $2, $3, $4, $5, 0)",
            vec![
                id.as_str().into(),
                format!("test-{kind}").into(),
                kind.into(),
                oidc.to_string().into(),
                custom.to_string().into(),
            ],
        )
        .await;
        let confidential = !matches!(kind, "SPA" | "Native");
        let secret = confidential.then(|| id::client_secret(&self.app.rng));
        if let Some(secret) = &secret {
            self.secret(&id, "Default secret", secret, None).await;
        }
        TestClient { id, secret, redirect_uri: redirect_uris.first().copied().unwrap_or_default().to_owned() }
    }

    /// Adds a named secret; `expires_at` in milliseconds.
    pub async fn secret(&self, client_id: &str, name: &str, value: &str, expires_at: Option<i64>) {
        self.secret_of("default", client_id, name, value, expires_at).await;
    }

    /// As [`TestApp::secret`], in one of the tenants.
    pub async fn secret_of(
        &self,
        tenant: &'static str,
        client_id: &str,
        name: &str,
        value: &str,
        expires_at: Option<i64>,
    ) {
        let sealed = self.app.sealer.seal(SealedColumn::ApplicationSecret.of(tenant, client_id), value).unwrap();
        let text = "insert into application_secrets (tenant_id, application_id, name, value, created_at, expires_at) \
                    values ($1, $2, $3, $4, 0, $5)";
        let params: Vec<Value> = vec![tenant.into(), client_id.into(), name.into(), sealed.into(), expires_at.into()];
        let insert = self.configure(tenant, move |work| work.exec_one(&Sql::dynamic(text.to_owned()), &params));
        insert.await.unwrap();
    }

    /// A Traditional application at `https://app.example.com/callback`.
    pub async fn web_client(&self) -> TestClient {
        self.client("Traditional", &["https://app.example.com/callback"], json!({})).await
    }

    /// A single-page application at `https://spa.example.com/callback`.
    pub async fn spa_client(&self) -> TestClient {
        self.client("SPA", &["https://spa.example.com/callback"], json!({})).await
    }

    /// Creates a user with only a user name; returns the id.
    pub async fn user(&self, username: &str) -> String {
        let id = id::short_entity_id(&self.app.rng);
        self.sql(
            "insert into users (tenant_id, id, username, username_folded, created_at, updated_at) \
             values ('default', $1, $2, $2, 1, 2)",
            vec![id.as_str().into(), username.into()],
        )
        .await;
        id
    }

    /// A browser without cookies.
    pub fn agent(&self) -> BrowserAgent {
        BrowserAgent { app: self.clone(), cookies: Vec::new() }
    }

    /// Authorization request parameters of `client` for `scope`, with `prompt=consent` and PKCE.
    pub fn authorization(&self, client: &TestClient, scope: &str) -> Vec<(String, String)> {
        let pairs = [
            ("client_id", client.id.as_str()),
            ("redirect_uri", &client.redirect_uri),
            ("response_type", "code"),
            ("scope", scope),
            ("state", "state-1"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("prompt", "consent"),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
    }

    /// A token request with the client's credentials.
    pub fn token_request(&self, client: &TestClient, fields: &[(&str, &str)]) -> TestRequest {
        self.token_request_at("/oidc/token", client, fields)
    }

    /// A request with the client's credentials to another endpoint than the token endpoint.
    pub fn token_request_at(&self, path: &str, client: &TestClient, fields: &[(&str, &str)]) -> TestRequest {
        let mut form: Vec<(&str, &str)> = vec![("client_id", &client.id)];
        if let Some(secret) = &client.secret {
            form.push(("client_secret", secret));
        }
        form.extend_from_slice(fields);
        self.post(path).form(&form)
    }

    /// Exchanges a code of [`TestApp::authorization`].
    pub fn exchange(&self, client: &TestClient, code: &str) -> TestRequest {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", client.redirect_uri.as_str()),
            ("code_verifier", VERIFIER),
        ];
        self.token_request(client, &fields)
    }

    /// A refresh request with extra fields.
    pub fn refresh(&self, client: &TestClient, refresh_token: &str, extra: &[(&str, &str)]) -> TestRequest {
        let mut fields = vec![("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
        fields.extend_from_slice(extra);
        self.token_request(client, &fields)
    }

    /// The whole flow in a new browser: signs `user_id` in, consents, exchanges the code. Returns the token response.
    pub async fn code_flow(&self, client: &TestClient, user_id: &str, scope: &str) -> Map<String, serde_json::Value> {
        let code = self.agent().sign_in(&self.authorization(client, scope), user_id).await;
        let response = self.exchange(client, &code).send().await.expect(200);
        response.json().as_object().unwrap().clone()
    }
}

/// What a sign-in with a password leaves.
fn submitted(user: &UserId) -> String {
    let identifier = json!({"type": "username", "value": user});
    let proof = json!({"type": "Password", "id": "p", "identifier": identifier, "verified": true, "userId": user});
    json!({"interactionEvent": "SignIn", "userId": user, "identifiedBy": proof, "submitted": true}).to_string()
}

impl BrowserAgent {
    /// Sends a request with the cookies for its path and stores those of the response.
    pub async fn send(&mut self, request: TestRequest) -> TestResponse {
        let response = self.add_cookies(request).send().await;
        self.store_cookies(&response);
        response
    }

    /// Adds the cookies for the request's path.
    pub fn add_cookies(&self, request: TestRequest) -> TestRequest {
        let path = request.path();
        let fits = |scope: &str| path == scope || path.starts_with(&format!("{}/", scope.trim_end_matches('/')));
        let line: Vec<String> = self
            .cookies
            .iter()
            .filter(|(_, _, scope)| fits(scope))
            .map(|(name, value, _)| format!("{name}={value}"))
            .collect();
        if line.is_empty() { request } else { request.header("cookie", &line.join("; ")) }
    }

    /// Stores the cookies of a response.
    pub fn store_cookies(&mut self, response: &TestResponse) {
        for line in response.headers("set-cookie") {
            self.keep(line);
        }
    }

    fn keep(&mut self, line: &str) {
        let (name, value) = line.split(';').next().and_then(|pair| pair.split_once('=')).unwrap();
        let path = line.split(';').find_map(|part| part.trim().strip_prefix("path=")).unwrap_or("/");
        self.cookies.retain(|(known, _, scope)| known != name || scope != path);
        if !is_removal(line) {
            self.cookies.push((name.to_owned(), value.to_owned(), path.to_owned()));
        }
    }

    /// Requests a URL of this server.
    pub async fn get(&mut self, path: &str) -> TestResponse {
        let path = path.strip_prefix("http://localhost:3001").unwrap_or(path);
        let request = self.app.get(path);
        self.send(request).await
    }

    /// A cookie's value, empty when absent.
    pub fn cookie(&self, name: &str) -> &str {
        self.cookies.iter().find(|(known, _, _)| known == name).map_or("", |(_, value, _)| value)
    }

    /// All cookies: name, value and path.
    pub fn cookies(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.cookies.iter().map(|(name, value, path)| (name.as_str(), value.as_str(), path.as_str()))
    }

    /// Plants a cookie.
    pub fn set_cookie(&mut self, name: &str, value: &str, path: &str) {
        self.keep(&format!("{name}={value}; path={path}"));
    }

    /// Replaces the value of a cookie on every path.
    pub fn forge(&mut self, name: &str, value: &str) {
        for cookie in self.cookies.iter_mut().filter(|(known, _, _)| known == name) {
            value.clone_into(&mut cookie.1);
        }
    }

    /// Starts an authorization.
    pub async fn authorize(&mut self, params: &[(String, String)]) -> TestResponse {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
        self.get(&format!("/oidc/auth?{query}")).await
    }

    /// Completes the pending sign-in as `user_id`, as the sign-in pages do, and resumes.
    pub async fn finish_login(&mut self, user_id: &str) -> TestResponse {
        let to = self.complete_login(user_id).await;
        self.get(&to).await
    }

    /// Completes the pending sign-in without resuming; returns the URL to resume at.
    pub async fn complete_login(&mut self, user_id: &str) -> String {
        let app = &self.app.app;
        let cookies = self.cookies.iter().map(|(name, value, _)| format!("{name}={value}")).collect::<Vec<_>>();
        let mut headers = http::HeaderMap::new();
        headers.insert("cookie", cookies.join("; ").parse().unwrap());
        let tenant = server::Tenant::new("default", app);
        let mut interaction = interactions::load_from_cookies(&tenant, &headers).await.unwrap();
        self.prove(&mut interaction).await;
        let (user, issuer) = (UserId::from(user_id), tenant.issuer().to_owned());
        let done = tenant.write(&Actor::Server, move |work| {
            let state = submitted(&user);
            let login = interactions::LoginResult { account_id: user, protection: None };
            interactions::set_login_result(work, &interaction, login, &state)?;
            Ok::<_, db::DbError>(interaction.resume_url(&issuer))
        });
        done.await.unwrap()
    }

    /// Makes this browser the one that began the sign-in.
    async fn prove(&mut self, interaction: &mut interactions::Interaction) {
        let (app, secret) = (&self.app.app, id::opaque_token(&self.app.app.rng));
        interaction.browser_digest = Some(id::token_digest(&secret));
        let mut proofs = BrowserProofs::default();
        proofs.insert(&interaction.uid, &secret);
        let config = app.tenants.get("default", app).await.unwrap();
        let mut set_cookies = cookies::SetCookies::new(&config.keys.cookie_keys, false);
        let attributes = cookies::CookieAttributes { path: "/", expires: None, http_only: true };
        set_cookies.set(cookies::BROWSER_PROOFS, &proofs.value(), &attributes);
        let mut headers = http::HeaderMap::new();
        set_cookies.apply(&mut headers);
        for line in headers.get_all("set-cookie") {
            self.keep(line.to_str().unwrap());
        }
    }

    /// Authorizes, signs in and consents as needed; returns the redirect URL with the authorization response.
    pub async fn authorize_as(&mut self, params: &[(String, String)], user_id: &str) -> Url {
        let mut response = self.authorize(params).await;
        for _ in 0..6 {
            let to = response.header("location").to_owned();
            assert!(!to.is_empty(), "{} {}", response.status, response.text());
            response = if to.starts_with("/consent") || to.contains("/oidc/auth/") {
                self.get(&to).await
            } else if to.starts_with('/') {
                self.finish_login(user_id).await
            } else {
                return Url::parse(&to).unwrap();
            };
        }
        panic!("no end: {}", response.header("location"));
    }

    /// As [`BrowserAgent::authorize_as`], returning the code.
    pub async fn sign_in(&mut self, params: &[(String, String)], user_id: &str) -> String {
        let url = self.authorize_as(params, user_id).await;
        let code = url.query_pairs().find(|(name, _)| name == "code").map(|(_, value)| value.into_owned());
        code.unwrap_or_else(|| panic!("no code in {url}"))
    }
}

/// Whether a `Set-Cookie` line removes its cookie. Random values may look like a date too.
fn is_removal(line: &str) -> bool {
    line.split(';').skip(1).any(|part| part.trim().starts_with("expires=") && part.contains(" 1970 "))
}

/// `params` with changed values; "-" removes a parameter.
pub fn tampered(params: &[(String, String)], changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut out = params.to_vec();
    for (name, value) in changes {
        out.retain(|(known, _)| known != name);
        if *value != "-" {
            out.push(((*name).to_owned(), (*value).to_owned()));
        }
    }
    out
}

/// The claims of a JWT, unverified.
pub fn claims(token: &str) -> Map<String, serde_json::Value> {
    jose::decode_unverified(token).unwrap().claims
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_whose_random_value_looks_like_a_date_is_kept() {
        assert!(is_removal("_session=; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly"));
        for kept in ["a.sig=Xq1970vk; path=/; samesite=lax", "a=1970; path=/; expires=Sun, 06 Dec 2026 12:00:00 GMT"] {
            assert!(!is_removal(kept), "{kept}");
        }
    }
}
