//! The hosted sign-in page: its rate, and the bytes that a browser loads.

use super::Bench;
use crate::BoxError;
use crate::flows::{Browser, path};
use crate::http::{Connection, Request, Response};
use crate::target::ADMINISTRATOR;

const NAME: &str = "hosted sign-in page";
pub(crate) const ACCOUNT: &str = "account page";
pub(crate) const CONSOLE: &str = "console list, page of 20";

impl Bench<'_> {
    pub async fn page(&mut self) -> Result<(), BoxError> {
        if !self.plan.wants(NAME) {
            return Ok(());
        }
        let mut browser = self.browser().await?;
        let page = path(&browser.authorize(&self.target.web).await?).to_owned();
        let cookie = browser.cookies.header();
        for (name, encoding) in [("compressed", "br, gzip"), ("not compressed", "")] {
            let bytes = weight(&mut browser, &page, encoding).await?;
            self.sample(&format!("{NAME}, all bytes, {name}"), " KB", vec![bytes as f64 / 1000.0]);
        }
        let request = Request::new(&self.target.authority, ("GET", &page), &[("cookie", &cookie)], None);
        self.repeat(NAME, request).await
    }

    /// The overview of the account pages, for somebody who is signed in to them.
    pub async fn account_page(&mut self) -> Result<(), BoxError> {
        if !self.plan.wants(ACCOUNT) {
            return Ok(());
        }
        let mut browser = self.browser().await?;
        self.enable_account_center(&mut browser).await?;
        browser.open_account_center(&self.target.username(0)).await?;
        let cookie = browser.cookies.header();
        let request = Request::new(&self.target.authority, ("GET", "/account/security"), &[("cookie", &cookie)], None);
        self.repeat(ACCOUNT, request).await
    }
}

impl Bench<'_> {
    /// The list of users in the console, for an administrator. Only our own server has it, one port further.
    pub async fn console_list(&mut self) -> Result<(), BoxError> {
        let Some(port) = self.console_port().filter(|_| self.plan.wants(CONSOLE)) else { return Ok(()) };
        let authority = format!("127.0.0.1:{port}");
        let mut browser = Browser::over(Connection::open(&authority).await?, &format!("localhost:{port}"));
        let page = "/console/users";
        browser.open_signed_in(page, ADMINISTRATOR).await?;
        let cookie = browser.cookies.header();
        let request = Request::new(&authority, ("GET", page), &[("cookie", &cookie)], None);
        self.repeat_at(CONSOLE, &authority, request).await
    }

    fn console_port(&self) -> Option<u16> {
        self.target.process?;
        self.target.authority.rsplit_once(':')?.1.parse::<u16>().ok()?.checked_add(1)
    }
}

/// Bytes of the bodies of a page and everything it loads from its server.
async fn weight(browser: &mut Browser, page: &str, encoding: &str) -> Result<usize, BoxError> {
    let text = get(browser, page, "").await?.text();
    let mut bytes = get(browser, page, encoding).await?.body.len();
    for part in parts(&text) {
        bytes += get(browser, &part, encoding).await?.body.len();
    }
    Ok(bytes)
}

async fn get(browser: &mut Browser, path: &str, encoding: &str) -> Result<Response, BoxError> {
    let cookie = browser.cookies.header();
    let headers = [("cookie", cookie.as_str()), ("accept-encoding", encoding)];
    browser.connection.send(("GET", path), &headers, None).await?.expect(200)
}

/// The paths of scripts, images, style sheets and icons that a page loads from its server.
fn parts(page: &str) -> Vec<String> {
    let tags = page.split('<').filter_map(|tag| {
        let (tag, _) = tag.split_once('>')?;
        let name = if tag.starts_with("link ") { "href=\"" } else { "src=\"" };
        let loaded = !tag.starts_with("link ") || ["stylesheet", "icon", "preload"].iter().any(|rel| tag.contains(rel));
        let (_, rest) = tag.split_once(name).filter(|_| loaded)?;
        let (value, _) = rest.split_once('"')?;
        (!value.starts_with("data:")).then(|| path(value).to_owned())
    });
    let mut parts: Vec<String> = tags.collect();
    parts.sort();
    parts.dedup();
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_a_browser_loads_is_found_once() {
        let page = r#"<link rel="stylesheet" href="/a.css"><link rel="icon" href="data:image/svg+xml,x">
            <link rel="canonical" href="/c"><script defer src="/b.js"></script><img class="x" src="http://h/i.png" alt="">
            <a href="/elsewhere">x</a><script src="/b.js"></script>"#;
        assert_eq!(parts(page), ["/a.css", "/b.js", "/i.png"]);
    }
}
