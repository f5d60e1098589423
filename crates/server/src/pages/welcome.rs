//! The page of the server itself.

use axum::http::StatusCode;
use axum::response::Response;
use views::pages::WelcomePage;

use super::demo_apps;
use super::page_request::PageRequest;

/// What this server is, for whoever opens its address.
pub(super) fn show_welcome(request: &PageRequest) -> Response {
    let endpoint = request.tenant.endpoint();
    let page = WelcomePage {
        demo: demo_apps::are_served(request).then(|| demo_apps::DEMO_PATH.to_owned()),
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
