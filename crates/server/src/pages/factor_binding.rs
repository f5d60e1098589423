//! The pages that set up a second factor: whether to, an authenticator app, backup codes (inventory E098).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flow::mfa::MfaFactor;
use views::factor_pages::{AppKey, BackupCodesPage, FactorOnboardingPage, SetUpAppPage};

use super::factor_verification::{
    factor_path, other_bindings, refuse_foreign_form, trust_days, trusts_device, waiting,
};
use super::form_fields::FormFields;
use super::interaction_page::{InteractionPage, LoginPrompt, see_other};
use super::missing_profile::follow_outcome;
use super::submitted_form::{PageForm, SubmittedForm};
use crate::errors::ApiError;
use crate::interaction::InteractionBrowser;
use crate::interaction::backup_codes::NewBackupCodes;
use crate::interaction::form_flows::{self, FactorChoice, FactorStep, FormOutcome};
use crate::routes::Routes;
use crate::users::mfa_factors::qr_code::QrCode;
use crate::users::mfa_factors::totp::TotpKey;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/mfa-onboarding", show_onboarding)
        .post("/mfa-onboarding", submit_onboarding)
        .get("/mfa-binding", redirect_to_step)
        .get("/mfa-binding/Totp", show_app)
        .post("/mfa-binding/Totp", submit_app)
        .get("/mfa-binding/BackupCode", show_backup_codes)
        .post("/mfa-binding/BackupCode", submit_backup_codes)
        .get("/mfa-binding/BackupCode/download", download_backup_codes)
}

/// Where the browser goes after a form that was refused because the sign-in is elsewhere now.
async fn to_present_step(page: &InteractionPage) -> Response {
    match waiting(page).await {
        Ok((_, step)) => see_other(&page.request.href(factor_path(&step))),
        Err(response) => response,
    }
}

async fn redirect_to_step(page: InteractionPage) -> Response {
    to_present_step(&page).await
}

async fn show_onboarding(page: InteractionPage) -> Response {
    match waiting(&page).await {
        Ok((_, FactorStep::Suggest)) => {
            let template = FactorOnboardingPage { xsrf: page.xsrf(), application: page.application_name() };
            page.request.render(StatusCode::OK, &template)
        }
        Ok((_, step)) => see_other(&page.request.href(factor_path(&step))),
        Err(response) => response,
    }
}

/// What a page of factors sends.
struct BindingForm {
    code: String,
    /// Which backup codes were shown.
    verification_id: String,
    choice: Option<FactorChoice>,
    trusts_device: bool,
}

impl PageForm for BindingForm {
    type Prompt = LoginPrompt;

    fn read(fields: &FormFields) -> Self {
        Self {
            code: fields.get("code").chars().take(40).collect(),
            verification_id: fields.get("verification").to_owned(),
            choice: FactorChoice::of_form(fields.get("choice")),
            trusts_device: trusts_device(fields),
        }
    }

    async fn render_error(&self, page: &InteractionPage, error: &ApiError) -> Response {
        if let Some(refusal) = refuse_foreign_form(page, error) {
            return refusal;
        }
        match waiting(page).await {
            Ok((browser, step @ (FactorStep::Bind { .. } | FactorStep::BindFurther(_)))) => {
                render_app(page, &browser, &step, Some(error)).await
            }
            Ok((_, step)) => see_other(&page.request.href(factor_path(&step))),
            Err(response) => response,
        }
    }
}

async fn submit_onboarding(submitted: SubmittedForm<BindingForm>) -> Response {
    let SubmittedForm { page, browser, form } = submitted;
    follow(&page, &form, choose(&browser, &form).await).await
}

async fn choose(browser: &InteractionBrowser, form: &BindingForm) -> Result<FormOutcome, ApiError> {
    form_flows::choose_factors(browser, form.choice.unwrap_or(FactorChoice::Enable)).await
}

async fn follow(page: &InteractionPage, form: &BindingForm, outcome: Result<FormOutcome, ApiError>) -> Response {
    match outcome {
        Ok(outcome) => follow_outcome(page, outcome),
        Err(error) => form.refuse(page, &error).await,
    }
}

async fn show_app(page: InteractionPage) -> Response {
    match waiting(&page).await {
        Ok((browser, step @ (FactorStep::Bind { .. } | FactorStep::BindFurther(_)))) => {
            render_app(&page, &browser, &step, None).await
        }
        Ok((_, step)) => see_other(&page.request.href(factor_path(&step))),
        Err(response) => response,
    }
}

async fn submit_app(submitted: SubmittedForm<BindingForm>) -> Response {
    let SubmittedForm { page, browser, form } = submitted;
    if form.choice.is_some() {
        return follow(&page, &form, choose(&browser, &form).await).await;
    }
    match browser.take_up_app().await {
        Ok(id) => follow(&page, &form, form_flows::bind_app(&browser, id, &form.code, form.trusts_device).await).await,
        Err(_) => to_present_step(&page).await,
    }
}

async fn render_app(
    page: &InteractionPage,
    browser: &InteractionBrowser,
    step: &FactorStep,
    error: Option<&ApiError>,
) -> Response {
    let offered = browser.offered_app().await;
    let (app, code) = match offered.and_then(|app| app.qr_code().map(|code| (app, code))) {
        Ok(offered) => offered,
        Err(error) => return error.into_response(),
    };
    let (available, skip) = step.bindable().unwrap_or_default();
    let template = SetUpAppPage {
        xsrf: page.xsrf(),
        app: app_key(&app.key, &code, app.uri()),
        trust_days: trust_days(browser).await,
        error: error.map(|error| error.message(page.request.language())),
        skip,
        links: other_bindings(page, available, MfaFactor::Totp),
    };
    page.request.render(error.map_or(StatusCode::OK, ApiError::status), &template)
}

/// What an app takes, as a page shows it.
pub(super) fn app_key(key: &TotpKey, code: &QrCode, uri: String) -> AppKey {
    let groups = key.expose().as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned());
    AppKey { qr_path: code.svg_path(), qr_side: code.side(), key: groups.collect::<Vec<_>>().join(" "), uri }
}

/// The codes that are offered; reloading the page shows the same.
async fn codes_on_offer(page: &InteractionPage) -> Result<NewBackupCodes, Response> {
    match waiting(page).await? {
        (browser, FactorStep::SaveBackupCodes) => {
            browser.offered_backup_codes().await.map_err(IntoResponse::into_response)
        }
        (_, step) => Err(see_other(&page.request.href(factor_path(&step)))),
    }
}

async fn show_backup_codes(page: InteractionPage) -> Response {
    match codes_on_offer(&page).await {
        Ok(shown) => {
            let download = page.request.href("/mfa-binding/BackupCode/download");
            let NewBackupCodes { verification_id, codes } = shown;
            let template = BackupCodesPage { xsrf: page.xsrf(), verification_id, codes, download };
            page.request.render(StatusCode::OK, &template)
        }
        Err(response) => response,
    }
}

async fn submit_backup_codes(submitted: SubmittedForm<BindingForm>) -> Response {
    let SubmittedForm { page, browser, form } = submitted;
    match browser.take_up_backup_codes(form.verification_id.clone()).await {
        Ok(()) => {
            let outcome = form_flows::bind_backup_codes(&browser, form.verification_id.clone()).await;
            follow(&page, &form, outcome).await
        }
        Err(_) => to_present_step(&page).await,
    }
}

/// The codes as a text file, one per line.
async fn download_backup_codes(page: InteractionPage) -> Response {
    match codes_on_offer(&page).await {
        Ok(shown) => codes_file(&shown.codes),
        Err(response) => response,
    }
}

/// Codes as a text file, one per line.
pub(super) fn codes_file(codes: &[String]) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"backup-codes.txt\"")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, codes.join("\n") + "\n").into_response()
}
