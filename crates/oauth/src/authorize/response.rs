//! How the answer travels back: query, fragment or an auto-submitted form (OAuth 2.0 Multiple Response Types section 2,
//! OAuth 2.0 Form Post Response Mode).

use html_escape::encode_quoted_attribute as escape;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::Params;

/// Response modes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    Query,
    Fragment,
    FormPost,
}

impl ResponseMode {
    /// The mode of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "query" => Some(Self::Query),
            "fragment" => Some(Self::Fragment),
            "form_post" => Some(Self::FormPost),
            _ => None,
        }
    }
}

/// The mode in which an error is reported: the requested one if it is known, else the default of the response type.
pub fn mode_for_errors(params: &Params) -> ResponseMode {
    let implicit = params.list("response_type").iter().any(|part| matches!(*part, "token" | "id_token"));
    let default = if implicit { ResponseMode::Fragment } else { ResponseMode::Query };
    params.get("response_mode").and_then(ResponseMode::from_name).unwrap_or(default)
}

/// The `Location` for `parameters` in query or fragment. The URI was matched before, so it parses; if it does not, the
/// answer stays here.
pub fn location(redirect_uri: &str, mode: ResponseMode, parameters: &[(&str, String)]) -> Option<String> {
    let mut url = Url::parse(redirect_uri).ok()?;
    if mode == ResponseMode::Fragment {
        let text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        url.set_fragment(Some(&text));
    } else {
        url.query_pairs_mut().extend_pairs(parameters);
    }
    Some(url.into())
}

/// Texts of the form page, in the user's language.
#[derive(Debug, Clone, Copy)]
pub struct FormPageText<'a> {
    pub title: &'a str,
    pub button: &'a str,
}

/// A page that posts `fields` to `action` by itself; `nonce` is that of the content security policy. Every text is
/// escaped (attack A8).
pub fn form_page(action: &str, fields: &[(&str, String)], text: FormPageText<'_>, nonce: &str) -> String {
    let inputs: String = fields
        .iter()
        .map(|(name, value)| {
            format!("<input type=\"hidden\" name=\"{}\" value=\"{}\"/>\n", escape(name), escape(value))
        })
        .collect();
    format!(
        "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"X-UA-Compatible\" content=\"IE=edge\">\n\
         <title>{title}</title>\n</head>\n<body>\n<form method=\"post\" action=\"{action}\">\n{inputs}\
         <button autofocus type=\"submit\">{button}</button>\n</form>\n\
         <script nonce=\"{nonce}\">document.forms[0].submit()</script>\n</body>\n</html>\n",
        title = escape(text.title),
        action = escape(action),
        button = escape(text.button),
        nonce = escape(nonce),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_appended_and_encoded() {
        let parameters = [("code", "a b".to_owned()), ("iss", "http://localhost:3001/oidc".to_owned())];
        let to = |uri, mode| location(uri, mode, &parameters).unwrap();
        assert_eq!(
            to("https://app.example.com/callback", ResponseMode::Query),
            "https://app.example.com/callback?code=a+b&iss=http%3A%2F%2Flocalhost%3A3001%2Foidc"
        );
        assert_eq!(
            to("https://app.example.com/callback?x=1", ResponseMode::Fragment),
            "https://app.example.com/callback?x=1#code=a+b&iss=http%3A%2F%2Flocalhost%3A3001%2Foidc"
        );
        assert_eq!(
            to("com.example.app://callback", ResponseMode::Query),
            "com.example.app://callback?code=a+b&iss=http%3A%2F%2Flocalhost%3A3001%2Foidc"
        );
        assert!(to("https://app.example.com/callback?x=1", ResponseMode::Query).contains("?x=1&code="));
    }

    #[test]
    fn a8_form_pages_escape_everything() {
        let evil = "\"'></form><script>alert(1)</script>&".to_owned();
        let fields = [("state", evil.clone()), ("error_description", evil.clone())];
        let page = form_page(&evil, &fields, FormPageText { title: &evil, button: &evil }, "n");
        assert_eq!(page.matches("<script").count(), 1);
        assert_eq!(page.matches("</form>").count(), 1);
        assert!(!page.contains("alert(1)</script>"));
        assert!(page.contains("<script nonce=\"n\">"));
    }
}
