//! Sign-in flows without a browser, and their tokens.

use serde_json::{Value, json};

use crate::BoxError;
use crate::http::{Connection, Cookies, ServerBusy};
use crate::server::{Application, PASSWORD, form};

/// The redirect URI of the benchmark's applications; nothing listens there.
pub const REDIRECT: &str = "http://127.0.0.1:9/callback";
const VERIFIER: &str = "bench-verifier-bench-verifier-bench-verifier-bench";

/// A simulated browser on one connection.
pub struct Browser {
    pub connection: Connection,
    pub cookies: Cookies,
}

impl Browser {
    /// A browser without cookies.
    pub async fn open(authority: &str) -> Result<Self, BoxError> {
        Ok(Self { connection: Connection::open(authority).await?, cookies: Cookies::default() })
    }

    async fn get(&mut self, url: &str) -> Result<String, BoxError> {
        let cookie = self.cookies.header();
        let response = self.connection.send(("GET", path(url)), &[("cookie", &cookie)], None).await?;
        self.cookies.keep(&response);
        response.location()
    }

    async fn api(&mut self, (method, url): (&str, &str), body: Value) -> Result<Value, BoxError> {
        let cookie = self.cookies.header();
        let body = Some(("application/json", body.to_string()));
        let response = self.connection.send((method, url), &[("cookie", &cookie)], body).await?;
        self.cookies.keep(&response);
        if response.status == 503 {
            return Err(ServerBusy.into());
        }
        if !(200..300).contains(&response.status) {
            return Err(format!("{method} {url}: {} {}", response.status, response.text()).into());
        }
        Ok(serde_json::from_slice(&response.body).unwrap_or(Value::Null))
    }

    /// Starts an authorization and follows it to the sign-in page, to consent, or to the code.
    pub async fn authorize(&mut self, application: &Application) -> Result<String, BoxError> {
        let challenge = challenge(VERIFIER);
        let url = format!(
            "/oidc/auth?client_id={}&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fcallback&response_type=code&state=s\
             &scope=openid%20offline_access%20profile&prompt=consent&code_challenge={challenge}&code_challenge_method=S256",
            application.id
        );
        self.get(&url).await
    }

    /// The Experience API steps of a sign-in by user name and password.
    pub async fn sign_in(&mut self, username: &str) -> Result<String, BoxError> {
        self.api(("PUT", "/api/experience"), json!({"interactionEvent": "SignIn"})).await?;
        let identifier = json!({"identifier": {"type": "username", "value": username}, "password": PASSWORD});
        let verified = self.api(("POST", "/api/experience/verification/password"), identifier).await?;
        self.api(("POST", "/api/experience/identification"), verified).await?;
        let submitted = self.api(("POST", "/api/experience/submit"), json!({})).await?;
        Ok(submitted["redirectTo"].as_str().ok_or("no redirectTo")?.to_owned())
    }

    /// Follows a resume URL through automatic consent to the code.
    pub async fn resume(&mut self, resume: &str) -> Result<String, BoxError> {
        let mut next = resume.to_owned();
        for _ in 0..6 {
            if next.starts_with(REDIRECT) {
                let url = url::Url::parse(&next)?;
                let code = url.query_pairs().find(|(name, _)| name == "code").map(|(_, value)| value.into_owned());
                return code.ok_or_else(|| format!("no code: {next}").into());
            }
            next = self.get(&next).await?;
        }
        Err(format!("the sign-in does not end: {next}").into())
    }

    /// Signs in completely and returns the code.
    pub async fn code(&mut self, application: &Application, username: &str) -> Result<String, BoxError> {
        let page = self.authorize(application).await?;
        if !page.contains("/sign-in") {
            return self.resume(&page).await;
        }
        let resume = self.sign_in(username).await?;
        self.resume(&resume).await
    }
}

/// Exchanges a code.
pub async fn exchange(connection: &mut Connection, application: &Application, code: &str) -> Result<Value, BoxError> {
    let mut body = format!(
        "grant_type=authorization_code&code={code}&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fcallback&code_verifier={VERIFIER}"
    );
    let basic = application.basic();
    let mut headers = vec![];
    match application.secret {
        Some(_) => headers.push(("authorization", basic.as_str())),
        None => body.push_str(&format!("&client_id={}", application.id)),
    }
    connection.send(("POST", "/oidc/token"), &headers, form(&body)).await?.expect(200)?.json()
}

/// Refreshes as a public client; returns the next refresh token.
pub async fn refresh(connection: &mut Connection, application: &Application, token: &str) -> Result<String, BoxError> {
    let body = format!("grant_type=refresh_token&refresh_token={token}&client_id={}", application.id);
    let response = connection.send(("POST", "/oidc/token"), &[], form(&body)).await?.expect(200)?.json()?;
    Ok(response["refresh_token"].as_str().ok_or("no refresh token")?.to_owned())
}

fn challenge(verifier: &str) -> String {
    use base64::Engine as _;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest)
}

/// The path of a URL on this server.
pub fn path(url: &str) -> &str {
    match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => url,
    }
}
