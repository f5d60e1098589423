//! The secret of a browser in the device flow: what its forms send back, and what says that a code was entered in this very
//! browser (attacks F11, B20).

use kernel::{Rng, id};

use crate::callers::RequestContext;
use crate::oidc::cookies::{self, CookieAttributes, SetCookies};

/// Seconds (inventory O097).
const TTL: i64 = 600;
/// Where the page is, and where its form is sent to.
const PAGE: &str = "/device";
const ENDPOINT: &str = "/oidc/device";

/// The secret of one browser.
#[derive(Debug, Clone)]
pub struct BrowserSecret(String);

impl BrowserSecret {
    /// A new one.
    pub fn random(rng: &Rng) -> Self {
        Self(id::opaque_token(rng))
    }

    /// Of the browser that sent this request to the endpoint.
    pub fn at_endpoint(req: &RequestContext) -> Option<Self> {
        req.cookie(cookies::DEVICE_BROWSER).map(Self)
    }

    /// Of the browser that opens the page.
    pub fn at_page(req: &RequestContext) -> Option<Self> {
        req.cookie(cookies::DEVICE_XSRF).map(Self)
    }

    /// What the form sends back.
    pub fn value(&self) -> &str {
        &self.0
    }

    /// Whether a form was made for this browser.
    pub fn made(&self, xsrf: Option<&str>) -> bool {
        xsrf.is_some_and(|xsrf| id::constant_time_eq(xsrf, &self.0))
    }

    /// What is stored with the codes that are entered in this browser.
    pub fn digest(&self) -> String {
        id::token_digest(&self.0)
    }

    /// Sets the cookies of the page and of the endpoint.
    pub fn set(&self, req: &RequestContext, set_cookies: &mut SetCookies) {
        let expires = Some(req.now.plus_seconds(TTL));
        let page = CookieAttributes { path: PAGE, expires, http_only: false };
        set_cookies.set(cookies::DEVICE_XSRF, &self.0, &page);
        set_cookies.set(
            cookies::DEVICE_BROWSER,
            &self.0,
            &CookieAttributes { path: ENDPOINT, expires, http_only: true },
        );
    }

    /// Removes the cookie of the page: the device is decided on.
    pub fn remove(set_cookies: &mut SetCookies) {
        set_cookies.remove(cookies::DEVICE_XSRF, PAGE);
    }
}
