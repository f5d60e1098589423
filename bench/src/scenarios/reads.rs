//! Read requests, and the client credentials grant.

use serde_json::json;

use super::Bench;
use crate::BoxError;
use crate::flows::{Browser, Credentials, exchange};
use crate::http::Request;
use crate::server::{form, grant};

pub(crate) const INTROSPECTION: &str = "introspection";
pub(crate) const SCRIPTED: &str = "client-credentials JWT with a script";
pub(crate) const OWN_ACCOUNT: &str = "own account";

impl Bench<'_> {
    pub async fn reads(&mut self) -> Result<(), BoxError> {
        let (authority, bearer) = (self.target.authority.clone(), self.target.bearer.clone());
        let get =
            |path: &str, bearer: &str| Request::new(&authority, ("GET", path), &[("authorization", bearer)], None);
        if ["userinfo", INTROSPECTION, OWN_ACCOUNT].into_iter().any(|name| self.plan.wants(name)) {
            let mut browser = self.browser().await?;
            let code = browser.code(&self.target.web, Credentials::Password(&self.target.username(0))).await?;
            let tokens = exchange(&mut browser.connection, &self.target.web, &code).await?;
            let token = tokens["access_token"].as_str().ok_or("no access token")?;
            self.repeat("userinfo", get("/oidc/me", &format!("Bearer {token}"))).await?;
            self.enable_account_center(&mut browser).await?;
            self.repeat(OWN_ACCOUNT, get("/api/my-account", &format!("Bearer {token}"))).await?;
            let basic = self.target.web.basic();
            let headers = [("authorization", basic.as_str())];
            let body = form(&format!("token={token}"));
            let request = Request::new(&authority, ("POST", "/oidc/token/introspection"), &headers, body);
            self.repeat(INTROSPECTION, request).await?;
        }
        self.repeat("user list, first page of 20", get("/api/users?page=1&page_size=20", &bearer)).await?;
        let middle = format!("/api/users?page={}&page_size=20", self.plan.users / 40);
        self.repeat("user list, page of 20 in the middle", get(&middle, &bearer)).await?;
        let search = format!("/api/users?search=%25{}42%25", self.target.prefix);
        self.repeat("user search", get(&search, &bearer)).await?;
        let basic = self.target.machine.basic();
        let headers = [("authorization", basic.as_str())];
        let grant = grant(&self.target.resource);
        let request = Request::new(&authority, ("POST", "/oidc/token"), &headers, form(&grant));
        self.repeat("client-credentials JWT", request.clone()).await?;
        self.scripted(request).await
    }

    /// Tokens for applications whose claims a script adds.
    async fn scripted(&mut self, request: Request) -> Result<(), BoxError> {
        // A baseline server may not run the scripts of others.
        if self.target.process.is_none() || !self.plan.wants(SCRIPTED) {
            return Ok(());
        }
        let (path, bearer) = ("/api/configs/jwt-customizer/client-credentials", self.target.bearer.clone());
        let headers = [("authorization", bearer.as_str())];
        let script = "const getCustomJwtClaims = async ({ token }) => ({ tier: 'gold', of: token.clientId });";
        let script = Some(("application/json", json!({ "script": script }).to_string()));
        let mut connection = self.browser().await?.connection;
        connection.send(("PUT", path), &headers, script).await?.expect(201)?;
        self.repeat(SCRIPTED, request).await?;
        connection.send(("DELETE", path), &headers, None).await?.expect(204).map(drop)
    }

    /// Lets people see and change their own accounts.
    pub(super) async fn enable_account_center(&self, browser: &mut Browser) -> Result<(), BoxError> {
        let fields = r#"{"name": "Edit", "avatar": "Edit", "profile": "Edit", "username": "Edit", "email": "Edit",
            "phone": "Edit", "password": "Edit", "mfa": "Edit", "session": "Edit"}"#;
        let settings = format!(r#"{{"enabled": true, "fields": {fields}}}"#);
        let (patch, body) = (("PATCH", "/api/account-center"), Some(("application/json", settings)));
        let headers = [("authorization", self.target.bearer.as_str())];
        browser.connection.send(patch, &headers, body).await?.expect(200).map(drop)
    }
}
