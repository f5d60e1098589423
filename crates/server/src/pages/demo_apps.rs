//! `/demo-app` and `/device-demo-app`: small applications to try a sign-in with (inventory A083, A084). They are public clients in
//! the browser, so what this server does for them is what it does for any application.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use oauth::UserCode;
use views::demo_pages::{DemoAppPage, DeviceDemoAppPage};

use super::page_request::PageRequest;
use super::static_pages::static_file;
use crate::callers::RequestContext;
use crate::errors::ApiError;
use crate::oidc::device;
use crate::routes::Routes;
use crate::users::mfa_factors::qr_code::QrCode;

pub(super) const DEMO_PATH: &str = "/demo-app";
const DEVICE_DEMO_PATH: &str = "/device-demo-app";

pub(super) fn routes() -> Routes {
    Routes::new()
        .get(DEMO_PATH, show_demo)
        .get(DEVICE_DEMO_PATH, show_device_demo)
        .get("/demo-app/script.js", get_script)
        .get("/device-demo-app/qr-code", get_qr_code)
}

/// Whether this tenant has them (`DEMO_APPS`): not the one of the console (trace 00-07).
pub(super) fn are_served(request: &RequestContext) -> bool {
    request.app.settings.demo_apps && request.tenant.id() != "admin"
}

async fn show_demo(mut page: PageRequest) -> Response {
    let Some(context) = context(&page, DEMO_PATH) else { return ApiError::not_found().into_response() };
    // The answer of the authorization endpoint stands in the address, and belongs into no link.
    page.stands_for = Some(DEMO_PATH);
    page.render(StatusCode::OK, &context)
}

async fn show_device_demo(page: PageRequest) -> Response {
    match context(&page, DEVICE_DEMO_PATH) {
        Some(context) => page.render(StatusCode::OK, &DeviceDemoAppPage(context)),
        None => ApiError::not_found().into_response(),
    }
}

fn context(page: &PageRequest, path: &str) -> Option<DemoAppPage> {
    are_served(page).then(|| DemoAppPage {
        client: path.trim_start_matches('/').to_owned(),
        issuer: page.issuer().to_owned(),
        address: format!("{}{path}", page.tenant.endpoint()),
    })
}

async fn get_script(page: PageRequest) -> Response {
    match are_served(&page) {
        true => static_file("text/javascript; charset=utf-8", "no-cache", views::DEMO_SCRIPT),
        false => ApiError::not_found().into_response(),
    }
}

/// The address that a device shows for a phone to read. It holds nothing but a user code.
async fn get_qr_code(page: PageRequest) -> Response {
    let code = page.query("user_code").and_then(UserCode::from_typed).filter(|_| are_served(&page));
    let symbol = code.and_then(|code| QrCode::of(&device::verification_uri_complete(page.tenant.endpoint(), &code)));
    let Some(symbol) = symbol else { return ApiError::not_found().into_response() };
    let (side, path) = (symbol.side(), symbol.svg_path());
    let image = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{path}\"/></svg>"
    );
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    (headers, image).into_response()
}
