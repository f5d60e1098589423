//! Parameters beyond the standard that choose the first page (inventory O041–O050, trace 10-07).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use url::form_urlencoded::Serializer;

use super::AuthorizationRequest;

/// A flow cookie stays well below 1 KB, whatever a client puts into the parameters (attack A14).
pub const MAX_COOKIE: usize = 1000;

/// Name and destination of the screens.
const SCREENS: [(&str, &str); 7] = [
    ("sign_in", "sign-in"),
    ("register", "register"),
    ("reset_password", "reset-password"),
    ("identifier:sign_in", "identifier-sign-in"),
    ("identifier:register", "identifier-register"),
    ("single_sign_on", "single-sign-on"),
    ("signIn", "sign-in"),
];

/// The parameters that count: all of them, or none when `interaction_mode` is invalid.
#[derive(Debug, Clone, Copy)]
pub struct ExtraParams<'a>(Option<&'a AuthorizationRequest>);

impl<'a> ExtraParams<'a> {
    /// Reads them from a request.
    pub fn from_request(request: &'a AuthorizationRequest) -> Self {
        let valid = matches!(request.param("interaction_mode"), None | Some("signIn" | "signUp"));
        Self(valid.then_some(request))
    }

    /// One parameter, if the set is valid.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.0?.param(name)
    }

    /// The route of the first screen without leading slash.
    pub fn first_screen(&self) -> &'static str {
        let by_name = |name| SCREENS.iter().find(|(known, _)| *known == name).map_or("sign-in", |(_, route)| route);
        match self.get("first_screen") {
            Some(name) => by_name(name),
            None if self.get("interaction_mode") == Some("signUp") => "register",
            None => "sign-in",
        }
    }

    /// The place to sign in: `/{route}?app_id=…`.
    pub fn login_url(&self, client_id: &str) -> String {
        let screen = self.first_screen();
        let direct = match self.get("google_one_tap_credential") {
            Some(_) => Some("social:google"),
            None => self.get("direct_sign_in"),
        };
        let mut query = Serializer::new(String::new());
        query.append_pair("app_id", client_id);
        for name in ["organization_id", "ui_locales", "one_time_token", "login_hint", "identifier"] {
            if let Some(value) = self.get(name) {
                query.append_pair(name, value);
            }
        }
        let path = match direct {
            Some(direct) => {
                query.append_pair("fallback", screen);
                let parts: Vec<String> = direct.splitn(2, ':').map(segment).collect();
                format!("direct/{}", parts.join("/"))
            }
            None => screen.to_owned(),
        };
        format!("/{path}?{}", query.finish())
    }

    /// The content of the readable `_logto` cookie; members that would make it too long are left out.
    pub fn cookie(&self, client_id: &str) -> Value {
        let mut members = Map::new();
        members.insert("appId".into(), client_id.into());
        for (member, name) in [("organizationId", "organization_id"), ("uiLocales", "ui_locales")] {
            if let Some(value) = self.get(name) {
                members.insert(member.into(), value.into());
                // Percent-encoding at worst triples each byte.
                if Value::Object(members.clone()).to_string().len() * 3 > MAX_COOKIE {
                    members.remove(member);
                }
            }
        }
        Value::Object(members)
    }
}

/// The place to consent.
pub fn consent_url(client_id: &str) -> String {
    format!("/consent?{}", Serializer::new(String::new()).append_pair("app_id", client_id).finish())
}

/// What is percent-encoded: everything but the unreserved characters of RFC 3986 section 2.3.
pub const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// One path segment: anything but plain characters is percent-encoded, dots alone cannot climb.
fn segment(text: &str) -> String {
    if text.bytes().all(|byte| byte == b'.') {
        return "%2E".repeat(text.len());
    }
    utf8_percent_encode(text, UNRESERVED).to_string()
}
