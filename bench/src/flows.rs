//! Sign-in flows without a browser, and their tokens.

use serde_json::{Value, json};

use crate::BoxError;
use crate::authenticator::{Apps, Passkey};
use crate::http::{Connection, Cookies, ServerBusy};
use crate::server::{Application, PASSWORD, form};

/// The redirect URI of the benchmark's applications; nothing listens there.
pub const REDIRECT: &str = "http://127.0.0.1:9/callback";
const VERIFIER: &str = "bench-verifier-bench-verifier-bench-verifier-bench";

/// A simulated browser on one connection.
pub struct Browser {
    pub connection: Connection,
    pub cookies: Cookies,
    /// Of the pages whose scripts send the steps.
    origin: String,
}

/// How somebody signs in.
pub enum Credentials<'a> {
    /// The user name; all have the same password.
    Password(&'a str),
    /// User name, password and a code of the app.
    App(&'a Apps),
    Passkey(&'a mut Passkey),
}

impl Browser {
    /// A browser without cookies.
    pub async fn open(authority: &str) -> Result<Self, BoxError> {
        Ok(Self::over(Connection::open(authority).await?, authority))
    }

    /// As [`Browser::open`], from another network than the browsers before it: see [`Connection::open_on_another_network`].
    pub async fn open_on_another_network(authority: &str) -> Result<Self, BoxError> {
        Ok(Self::over(Connection::open_on_another_network(authority).await?, authority))
    }

    /// A browser without cookies on this connection to the host and port.
    pub fn over(connection: Connection, authority: &str) -> Self {
        Self { connection, cookies: Cookies::default(), origin: format!("http://{authority}") }
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
        let headers = [("cookie", cookie.as_str()), ("origin", self.origin.as_str())];
        let response = self.connection.send((method, url), &headers, body).await?;
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

    /// A step of the Experience API.
    ///
    /// # Errors
    /// The server returned an error; [`ServerBusy`].
    pub async fn step(&mut self, path: &str, body: Value) -> Result<Value, BoxError> {
        self.api(("POST", &format!("/api/experience/{path}")), body).await
    }

    /// Begins a sign-in in the interaction.
    ///
    /// # Errors
    /// As [`Browser::step`].
    pub async fn begin(&mut self) -> Result<(), BoxError> {
        self.api(("PUT", "/api/experience"), json!({"interactionEvent": "SignIn"})).await.map(drop)
    }

    /// Says by user name and password who signs in.
    ///
    /// # Errors
    /// As [`Browser::step`].
    pub async fn identify_by_password(&mut self, username: &str) -> Result<(), BoxError> {
        self.begin().await?;
        let identifier = json!({"identifier": {"type": "username", "value": username}, "password": PASSWORD});
        let verified = self.step("verification/password", identifier).await?;
        self.step("identification", verified).await.map(drop)
    }

    /// Ends the sign-in; returns where it goes on.
    ///
    /// # Errors
    /// As [`Browser::step`].
    pub async fn submit(&mut self) -> Result<String, BoxError> {
        let submitted = self.step("submit", json!({})).await?;
        Ok(submitted["redirectTo"].as_str().ok_or("no redirectTo")?.to_owned())
    }

    /// The Experience API steps of a sign-in.
    pub async fn sign_in(&mut self, credentials: Credentials<'_>) -> Result<String, BoxError> {
        match credentials {
            Credentials::Password(username) => self.identify_by_password(username).await?,
            Credentials::App(apps) => {
                let (username, code) = apps.next_code()?;
                self.identify_by_password(username).await?;
                self.step("verification/totp/verify", json!({"code": code})).await?;
            }
            Credentials::Passkey(passkey) => {
                let asked = self.step("preflight/sign-in-passkey/authentication", json!({})).await?;
                self.begin().await?;
                let payload = passkey.get(&asked["authenticationOptions"])?;
                let answer = json!({"payload": payload});
                let verified = self.step("verification/sign-in-passkey/authentication/verify", answer).await?;
                self.step("identification", verified).await?;
            }
        }
        self.submit().await
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

    /// Comes to the account pages and signs in with a password.
    ///
    /// # Errors
    /// As [`Browser::step`].
    pub async fn open_account_center(&mut self, username: &str) -> Result<(), BoxError> {
        let begun = self.get("/account/security").await?;
        self.get(&begun).await?;
        let mut next = self.sign_in(Credentials::Password(username)).await?;
        for _ in 0..6 {
            if path(&next).starts_with("/account/security") {
                return Ok(());
            }
            next = self.get(&next).await?;
        }
        Err(format!("the sign-in does not end: {next}").into())
    }

    /// Opens a page that leads to a sign-in, signs in with a password, and follows it back to that page.
    ///
    /// # Errors
    /// As [`Browser::step`].
    pub async fn open_signed_in(&mut self, page: &str, username: &str) -> Result<(), BoxError> {
        let mut next = self.get(page).await?;
        for _ in 0..6 {
            next = match path(&next) {
                here if here == page => return Ok(()),
                here if here.starts_with("/sign-in") => self.sign_in(Credentials::Password(username)).await?,
                _ => self.get(&next).await?,
            };
        }
        // Through the consent, the callback and back.
        for _ in 0..6 {
            if path(&next) == page {
                return Ok(());
            }
            next = self.get(&next).await?;
        }
        Err(format!("the sign-in does not end: {next}").into())
    }

    /// Signs in with the passkey button of the hosted page and returns the code.
    ///
    /// # Errors
    /// The server returned an error or another page.
    pub async fn code_by_page(&mut self, application: &Application, passkey: &mut Passkey) -> Result<String, BoxError> {
        let page = self.authorize(application).await?;
        let cookie = self.cookies.header();
        let response = self.connection.send(("GET", path(&page)), &[("cookie", &cookie)], None).await?.expect(200)?;
        self.cookies.keep(&response);
        let html = response.text();
        let between =
            |from: &str| html.split_once(from).and_then(|(_, rest)| rest.split_once('"')).map(|(text, _)| text);
        let options = between("data-options=\"").ok_or("a page without the passkey button")?.replace("&quot;", "\"");
        let xsrf = between("name=\"xsrf\" value=\"").ok_or("a page without a form")?;
        let credential = passkey.get(&serde_json::from_str(&options)?)?.to_string();
        let fields = [("xsrf", xsrf), ("credential", &credential)];
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let cookie = self.cookies.header();
        let headers = [("cookie", cookie.as_str()), ("origin", self.origin.as_str())];
        let response = self.connection.send(("POST", "/sign-in/passkey"), &headers, form(&body)).await?;
        self.cookies.keep(&response);
        self.resume(&response.location()?).await
    }

    /// Signs in completely and returns the code.
    pub async fn code(&mut self, application: &Application, credentials: Credentials<'_>) -> Result<String, BoxError> {
        let page = self.authorize(application).await?;
        if !page.contains("/sign-in") {
            return self.resume(&page).await;
        }
        let resume = self.sign_in(credentials).await?;
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
