//! The pages of the device flow: enter the code, confirm, success (inventory O017, O097; traces 30-08 and 30-09). Their forms go
//! to `/oidc/device` ([`crate::oidc::device`]).

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use oauth::UserCode;
use views::device_pages::{DeviceCodePage, DeviceConfirmPage};
use views::pages::MessagePage;
use views::translate;

use super::page_request::{PageRequest, redirect};
use crate::errors::ApiError;
use crate::oidc::device::BrowserSecret;
use crate::oidc::device::codes::{self, EnteredDeviceCode};
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    Routes::new().get("/device", show_device).get("/device/success", show_success)
}

async fn show_device(page: PageRequest) -> Response {
    // The endpoint gives the browser what the form must send back.
    let Some(secret) = BrowserSecret::at_page(&page) else { return to_endpoint(&page) };
    let Some(user_code) = page.query("user_code").map(str::to_owned) else { return show_code_form(&page, &secret) };
    let Some(code) = UserCode::from_typed(&user_code) else { return to_endpoint(&page) };
    let (wanted, digest) = (code.clone(), secret.digest());
    let found = page.read_inline(move |view| Ok::<_, ApiError>(codes::find_entered(view, &wanted, &digest)?));
    match found.await {
        Ok(Some(entered)) => show_confirmation(page, &secret, &code, entered).await,
        // Not entered yet, or decided since: the endpoint says which.
        Ok(None) => to_endpoint(&page),
        Err(error) => error.into_response(),
    }
}

fn to_endpoint(page: &PageRequest) -> Response {
    let query = page.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    redirect(StatusCode::FOUND, &format!("/oidc/device{query}"))
}

fn action(page: &PageRequest) -> String {
    format!("{}/device", page.issuer())
}

fn show_code_form(page: &PageRequest, secret: &BrowserSecret) -> Response {
    let key = match page.query("error") {
        None => None,
        Some("NoCodeError") => Some("pages.device.no_code"),
        Some("NotFoundError") => Some("pages.device.not_found"),
        Some("AbortedError") => Some("pages.device.aborted"),
        Some("SessionNotFound") => Some("pages.device.session_not_found"),
        Some("TooManyAttempts") => Some("pages.device.too_many_attempts"),
        Some(_) => Some("pages.device.invalid_request"),
    };
    let form = DeviceCodePage {
        action: action(page),
        xsrf: secret.value().to_owned(),
        user_code: page.query("input_code").unwrap_or_default().to_owned(),
        error: key.map(|key| translate(page.language(), key, &[])),
    };
    page.render(StatusCode::OK, &form)
}

async fn show_confirmation(
    mut page: PageRequest,
    secret: &BrowserSecret,
    code: &UserCode,
    entered: EnteredDeviceCode,
) -> Response {
    let Some(registered) = page.registered(&entered.client_id).await else {
        return ApiError::not_found().into_response();
    };
    if page.query("app_id").is_none() {
        page.apply_branding(Some(&registered), None);
    }
    let address = entered.device_address.strip_prefix("::ffff:").unwrap_or(&entered.device_address);
    let confirm = DeviceConfirmPage {
        action: action(&page),
        xsrf: secret.value().to_owned(),
        application: registered.client.name.clone(),
        user_code: code.shown(),
        address: address.to_owned(),
        agent: entered.device_agent,
    };
    page.render(StatusCode::OK, &confirm)
}

async fn show_success(page: PageRequest) -> Response {
    page.render(StatusCode::OK, &MessagePage::device_connected(page.language()))
}
