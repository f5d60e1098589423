//! A simulated browser: stores cookies, follows redirects on this server, submits forms.

use crate::app::TestApp;
use crate::request::{TestRequest, TestResponse};

/// A browser on one of the tenants.
#[derive(Clone)]
pub struct Browser {
    app: TestApp,
    tenant: &'static str,
    cookies: Vec<Cookie>,
    language: String,
}

#[derive(Clone)]
struct Cookie {
    name: String,
    value: String,
    path: String,
}

/// A page with its URL.
#[derive(Debug, Clone)]
pub struct BrowserPage {
    /// Path and query on this server, or the absolute URL of another server, which is not followed.
    pub url: String,
    pub response: TestResponse,
}

const ORIGINS: [(&str, &str); 2] = [("default", "http://localhost:3001"), ("admin", "http://localhost:3002")];

fn without_origin(url: &str) -> &str {
    ORIGINS.iter().find_map(|(_, origin)| url.strip_prefix(origin)).unwrap_or(url)
}

impl Browser {
    /// A browser without cookies that prefers English, on the tenant `default`.
    pub fn new(app: &TestApp) -> Self {
        Self::at(app, "default")
    }

    /// As [`Browser::new`], on one of the tenants.
    pub fn at(app: &TestApp, tenant: &'static str) -> Self {
        Self { app: app.clone(), tenant, cookies: Vec::new(), language: "en".to_owned() }
    }

    fn origin(&self) -> &'static str {
        ORIGINS.iter().find(|(tenant, _)| *tenant == self.tenant).map_or("", |(_, origin)| origin)
    }

    /// The same browser with another `Accept-Language`.
    #[must_use]
    pub fn reading(mut self, language: &str) -> Self {
        self.language = language.to_owned();
        self
    }

    /// One request without following redirects.
    pub async fn send(&mut self, method: &str, url: &str, form: Option<&[(&str, &str)]>) -> TestResponse {
        let request = self.request(method, url);
        self.receive(if let Some(form) = form { request.form(form) } else { request }).await
    }

    fn request(&self, method: &str, url: &str) -> TestRequest {
        let target = url.strip_prefix(self.origin()).unwrap_or(url).to_owned();
        let path = target.split('?').next().unwrap_or_default();
        let sent: Vec<String> =
            self.cookies.iter().filter(|c| c.is_for(path)).map(|c| format!("{}={}", c.name, c.value)).collect();
        let mut request = self.app.request_at(self.tenant, method, &target).header("accept", "text/html");
        request = request.header("accept-language", &self.language).header("sec-fetch-dest", "document");
        if !sent.is_empty() {
            request = request.header("cookie", &sent.join("; "));
        }
        request
    }

    async fn receive(&mut self, request: TestRequest) -> TestResponse {
        let response = request.send().await;
        for line in response.headers("set-cookie") {
            self.keep(line);
        }
        response
    }

    /// Opens a URL and follows redirects on this server.
    pub async fn open(&mut self, url: &str) -> BrowserPage {
        let response = self.send("GET", url, None).await;
        self.follow(url, response).await
    }

    /// Submits a form to an address, and follows redirects.
    pub async fn submit_to(&mut self, path: &str, form: &[(&str, &str)]) -> BrowserPage {
        let response = self.send("POST", path, Some(form)).await;
        self.follow(path, response).await
    }

    /// Submits the page's form and follows redirects.
    pub async fn submit(&mut self, page: &BrowserPage, fields: &[(&str, &str)]) -> BrowserPage {
        let xsrf = page.value("xsrf");
        let form: Vec<(&str, &str)> = [("xsrf", xsrf.as_str())].into_iter().chain(fields.iter().copied()).collect();
        let target = page.form_action().unwrap_or_else(|| page.url.clone());
        let response = self.send("POST", &target, Some(&form)).await;
        self.follow(&target, response).await
    }

    /// Submits the page's form with a file in the field `picture`, empty where none is chosen, and follows redirects.
    pub async fn submit_picture(&mut self, page: &BrowserPage, fields: &[(&str, &str)], file: &[u8]) -> BrowserPage {
        let xsrf = page.value("xsrf");
        let form: Vec<(&str, &str)> = [("xsrf", xsrf.as_str())].into_iter().chain(fields.iter().copied()).collect();
        let target = page.form_action().unwrap_or_else(|| page.url.clone());
        self.submit_picture_to(&target, &form, file).await
    }

    /// Submits a form with such a file to an address, and follows redirects.
    pub async fn submit_picture_to(&mut self, path: &str, form: &[(&str, &str)], file: &[u8]) -> BrowserPage {
        let request = self.request("POST", path).multipart(form, ("picture", file));
        let response = self.receive(request).await;
        self.follow(path, response).await
    }

    async fn follow(&mut self, url: &str, response: TestResponse) -> BrowserPage {
        let (mut url, mut response) = (url.to_owned(), response);
        for _ in 0..10 {
            let location = response.header("location").to_owned();
            if !response.status.is_redirection() || location.is_empty() {
                return BrowserPage { url, response };
            }
            if location.contains("://") && !location.starts_with(self.origin()) {
                return BrowserPage { url: location, response };
            }
            url = location;
            response = self.send("GET", &url, None).await;
        }
        panic!("redirected in a circle, last to {url}");
    }

    /// The value of a cookie, empty when absent.
    pub fn cookie(&self, name: &str) -> &str {
        self.cookies.iter().find(|c| c.name == name).map_or("", |c| &c.value)
    }

    /// Deletes all cookies.
    pub fn forget(&mut self) {
        self.cookies.clear();
    }

    /// Keeps only the cookies whose names contain this: a session that is over, in a browser that is still the same.
    pub fn forget_all_but(&mut self, part: &str) {
        self.cookies.retain(|cookie| cookie.name.contains(part));
    }

    /// Plants a cookie for all paths.
    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.keep(&format!("{name}={value}; path=/"));
    }

    /// The names and values of all cookies.
    pub fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        self.cookies.iter().map(|cookie| (cookie.name.as_str(), cookie.value.as_str()))
    }

    fn keep(&mut self, line: &str) {
        let mut parts = line.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { return };
        let attribute = |wanted: &str| {
            line.split(';').filter_map(|p| p.trim().split_once('=')).find(|(n, _)| n.eq_ignore_ascii_case(wanted))
        };
        let path = attribute("path").map_or("/", |(_, path)| path).to_owned();
        let gone = attribute("expires").is_some_and(|(_, date)| date.contains(" 1970 "));
        self.cookies.retain(|c| c.name != name || c.path != path);
        if !gone {
            self.cookies.push(Cookie { name: name.to_owned(), value: value.to_owned(), path });
        }
    }
}

impl Cookie {
    /// RFC 6265 section 5.1.4.
    fn is_for(&self, path: &str) -> bool {
        let rest = path.strip_prefix(self.path.as_str());
        rest.is_some_and(|rest| rest.is_empty() || self.path.ends_with('/') || rest.starts_with('/'))
    }
}

impl BrowserPage {
    /// The page's HTML.
    pub fn text(&self) -> String {
        self.response.text()
    }

    /// The path of the URL.
    pub fn path(&self) -> &str {
        let url = without_origin(&self.url);
        url.split('?').next().unwrap_or_default()
    }

    /// The value of an input in the page's HTML; empty when absent.
    pub fn value(&self, field: &str) -> String {
        let html = self.text();
        let tag = html
            .split("<input")
            .skip(1)
            .find(|tag| tag.split('>').next().is_some_and(|tag| tag.contains(&format!(" name=\"{field}\""))));
        let value = tag.and_then(|tag| tag.split('>').next()?.split(" value=\"").nth(1)?.split('"').next());
        value.unwrap_or_default().to_owned()
    }

    /// A query parameter of the URL, empty when absent.
    pub fn query(&self, name: &str) -> String {
        let query = self.url.split_once('?').map_or("", |(_, query)| query);
        let found = url::form_urlencoded::parse(query.as_bytes()).find(|(n, _)| n == name);
        found.map(|(_, value)| value.into_owned()).unwrap_or_default()
    }

    fn form_action(&self) -> Option<String> {
        let html = self.text();
        let tag = html.split("<form").nth(1)?.split('>').next()?.to_owned();
        Some(tag.split(" action=\"").nth(1)?.split('"').next()?.replace("&amp;", "&"))
    }
}
