//! The page of the server itself, and a sign-in to try.

use axum::http::StatusCode;
use axum::response::Response;
use kernel::id;
use views::ErrorDetails;
use views::pages::{MessagePage, WelcomePage};

use super::page_request::{PageRequest, redirect};
use crate::routes::Routes;

/// The built-in application whose redirect URI is [`DEMO_PATH`].
const DEMO_APPLICATION: &str = "demo-app";
const DEMO_PATH: &str = "/demo-app";

pub(super) fn routes() -> Routes {
    Routes::new().get(DEMO_PATH, show_demo)
}

/// What this server is, for whoever opens its address.
pub(super) fn show_welcome(request: &PageRequest) -> Response {
    let endpoint = request.tenant.endpoint();
    let page = WelcomePage {
        demo: DEMO_PATH.to_owned(),
        preview: request.href("/sign-in")
            + if request.href("/sign-in").contains('?') { "&" } else { "?" }
            + "preview=1",
        endpoints: vec![
            ("OpenID Connect".to_owned(), format!("{endpoint}/oidc/.well-known/openid-configuration")),
            ("JWKS".to_owned(), format!("{endpoint}/oidc/jwks")),
        ],
    };
    request.render(StatusCode::OK, &page)
}

/// Signs in as applications let people sign in, and says that it worked. The code is not redeemed: nothing here needs
/// tokens.
async fn show_demo(request: PageRequest) -> Response {
    if request.query("code").is_some() {
        return request.render(StatusCode::OK, &MessagePage::demo_signed_in(request.language()));
    }
    if let Some(error) = request.query("error") {
        let detail = request.query("error_description").map(|text| text.chars().take(200).collect::<String>());
        let details = ErrorDetails { status: 400, code: error, detail: detail.as_deref(), request_id: None };
        return request.render(StatusCode::BAD_REQUEST, &MessagePage::error(request.language(), details));
    }
    let redirect_uri = format!("{}{DEMO_PATH}", request.tenant.endpoint());
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", DEMO_APPLICATION)
        .append_pair("redirect_uri", &redirect_uri)
        .append_pair("response_type", "code")
        .append_pair("scope", "openid profile")
        .append_pair("state", &id::opaque_token(&request.app.rng))
        .append_pair("code_challenge", &id::token_digest(&id::opaque_token(&request.app.rng)))
        .append_pair("code_challenge_method", "S256")
        .append_pair("prompt", "login")
        .finish();
    redirect(StatusCode::SEE_OTHER, &format!("{}/auth?{query}", request.issuer()))
}
