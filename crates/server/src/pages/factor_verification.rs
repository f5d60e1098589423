//! The pages that ask for a second factor: a code of an authenticator app, or a backup code (inventory E098).

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use flow::mfa::MfaFactor;
use views::factor_pages::{CodeKind, FactorCodePage};
use views::pages::{MessageLink, MessagePage};
use views::{ErrorDetails, translate};

use super::form_fields::FormFields;
use super::interaction_page::{InteractionPage, LoginPrompt, redirect_to_unknown_session, see_other};
use super::missing_profile::follow_outcome;
use super::submitted_form::{PageForm, SubmittedForm};
use super::{code_factor, new_identifier};
use crate::errors::ApiError;
use crate::interaction::form_flows::{self, FactorStep};
use crate::interaction::{CodeFactor, InteractionBrowser};
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/mfa-verification", show_preferred)
        .get("/mfa-verification/{factor}", show_preferred)
        .get("/mfa-verification/Totp", show_app_code)
        .post("/mfa-verification/Totp", submit_app_code)
        .get("/mfa-verification/BackupCode", show_backup_code)
        .post("/mfa-verification/BackupCode", submit_backup_code)
}

/// No code is longer.
const MAX_CODE_CHARS: usize = 40;

/// The page that asks for what the sign-in waits for.
pub(super) fn factor_path(step: &FactorStep) -> &'static str {
    match step {
        FactorStep::Verify(available) => {
            available.first().map_or("/mfa-verification", |first| verification_path(*first))
        }
        FactorStep::Suggest => "/mfa-onboarding",
        FactorStep::Bind { available, .. } | FactorStep::BindFurther(available) => {
            let has = |factor| available.contains(&factor);
            match (has(MfaFactor::Totp), has(MfaFactor::WebAuthn), available.iter().find_map(|f| CodeFactor::of(*f))) {
                (false, true, _) => "/mfa-binding/WebAuthn",
                (false, false, Some(codes)) => new_identifier::binding_path(codes),
                _ => "/mfa-binding/Totp",
            }
        }
        FactorStep::SaveBackupCodes => "/mfa-binding/BackupCode",
    }
}

/// The sender of a page's request, and what the sign-in waits for.
///
/// # Errors
/// Where the browser goes if it waits for nothing here.
pub(super) async fn waiting(page: &InteractionPage) -> Result<(InteractionBrowser, FactorStep), Response> {
    let Some(interaction) = &page.interaction else { return Err(redirect_to_unknown_session(&page.request)) };
    let browser = InteractionBrowser::of_interaction(page.request.context(), interaction);
    match form_flows::waiting_for(&browser).await {
        Ok(Some(step)) => Ok((browser, step)),
        Ok(None) => Err(see_other(&page.request.href("/sign-in"))),
        Err(error) if error.status().is_client_error() => Err(see_other(&page.request.href("/sign-in"))),
        Err(error) => Err(error.into_response()),
    }
}

/// The page for a form that is not of this interaction. Such a form changes nothing and reads no more than the page (F11).
pub(super) fn refuse_foreign_form(page: &InteractionPage, error: &ApiError) -> Option<Response> {
    let details = ErrorDetails { status: error.status().as_u16(), code: error.code(), ..ErrorDetails::default() };
    let is_foreign = error.code() == "session.csrf_token_mismatch";
    is_foreign.then(|| page.request.render(error.status(), &MessagePage::error(page.request.language(), details)))
}

/// Where a factor is set up. Backup codes follow another factor.
fn binding_path(factor: MfaFactor) -> Option<&'static str> {
    match factor {
        MfaFactor::WebAuthn => Some("/mfa-binding/WebAuthn"),
        MfaFactor::Totp => Some("/mfa-binding/Totp"),
        MfaFactor::BackupCode => None,
        MfaFactor::EmailVerificationCode => Some(new_identifier::binding_path(CodeFactor::Email)),
        MfaFactor::PhoneVerificationCode => Some(new_identifier::binding_path(CodeFactor::Phone)),
    }
}

fn verification_path(factor: MfaFactor) -> &'static str {
    match factor {
        MfaFactor::WebAuthn => "/mfa-verification/WebAuthn",
        MfaFactor::Totp => "/mfa-verification/Totp",
        MfaFactor::BackupCode => "/mfa-verification/BackupCode",
        MfaFactor::EmailVerificationCode => code_factor::path_of(CodeFactor::Email),
        MfaFactor::PhoneVerificationCode => code_factor::path_of(CodeFactor::Phone),
    }
}

/// Links to the other factors that the account has, and to signing in as somebody else.
pub(super) fn other_factors(page: &InteractionPage, available: &[MfaFactor], shown: MfaFactor) -> Vec<MessageLink> {
    let others = available.iter().filter(|factor| **factor != shown);
    link_factors(page, others.map(|factor| (*factor, verification_path(*factor))))
}

/// Links to the other factors that can be set up, and to signing in as somebody else.
pub(super) fn other_bindings(page: &InteractionPage, available: &[MfaFactor], shown: MfaFactor) -> Vec<MessageLink> {
    let others = available.iter().filter(|factor| **factor != shown);
    link_factors(page, others.filter_map(|factor| Some((*factor, binding_path(*factor)?))))
}

fn link_factors(page: &InteractionPage, factors: impl Iterator<Item = (MfaFactor, &'static str)>) -> Vec<MessageLink> {
    let phrase = |factor: MfaFactor| match factor {
        MfaFactor::WebAuthn => "pages.passkey.instead",
        MfaFactor::Totp => "pages.mfa.use_app",
        MfaFactor::BackupCode => "pages.mfa.use_backup_code",
        MfaFactor::EmailVerificationCode => "pages.mfa.use_email",
        MfaFactor::PhoneVerificationCode => "pages.mfa.use_phone",
    };
    let link = |path: &str, phrase: &str| MessageLink {
        href: page.request.href(path),
        text: translate(page.request.language(), phrase, &[]),
    };
    let sign_in = link("/sign-in", "pages.mfa.other_account");
    factors.map(|(factor, path)| link(path, phrase(factor))).chain([sign_in]).collect()
}

async fn show_preferred(page: InteractionPage) -> Response {
    match waiting(&page).await {
        Ok((_, step)) => see_other(&page.request.href(factor_path(&step))),
        Err(response) => response,
    }
}

async fn show_app_code(page: InteractionPage) -> Response {
    show_code(&page, CodeKind::App, MfaFactor::Totp).await
}

async fn show_backup_code(page: InteractionPage) -> Response {
    show_code(&page, CodeKind::Backup, MfaFactor::BackupCode).await
}

async fn show_code(page: &InteractionPage, kind: CodeKind, factor: MfaFactor) -> Response {
    let (browser, available) = match waiting(page).await {
        Ok((browser, FactorStep::Verify(available))) => (browser, available),
        Ok((_, step)) => return see_other(&page.request.href(factor_path(&step))),
        Err(response) => return response,
    };
    match available.contains(&factor) {
        true => render_code(page, kind, AvailableFactors { browser, available }, None).await,
        false => see_other(&page.request.href("/mfa-verification")),
    }
}

/// Whether the form asks that the device be trusted.
pub(super) fn trusts_device(fields: &FormFields) -> bool {
    fields.get("trust") == "yes"
}

/// For how many days the page offers to trust the device. A page without the offer is better than none.
pub(super) async fn trust_days(browser: &InteractionBrowser) -> Option<i64> {
    browser.trust_days().await.ok().flatten()
}

/// A typed code.
struct BoundCodeForm<const BACKUP: bool> {
    code: String,
    trusts_device: bool,
}

impl<const BACKUP: bool> PageForm for BoundCodeForm<BACKUP> {
    type Prompt = LoginPrompt;

    fn read(fields: &FormFields) -> Self {
        Self { code: fields.get("code").chars().take(MAX_CODE_CHARS).collect(), trusts_device: trusts_device(fields) }
    }

    async fn render_error(&self, page: &InteractionPage, error: &ApiError) -> Response {
        if let Some(refusal) = refuse_foreign_form(page, error) {
            return refusal;
        }
        let kind = if BACKUP { CodeKind::Backup } else { CodeKind::App };
        match waiting(page).await {
            Ok((browser, FactorStep::Verify(available))) => {
                render_code(page, kind, AvailableFactors { browser, available }, Some(error)).await
            }
            Ok((_, step)) => see_other(&page.request.href(factor_path(&step))),
            Err(response) => response,
        }
    }
}

async fn submit_app_code(submitted: SubmittedForm<BoundCodeForm<false>>) -> Response {
    let SubmittedForm { page, browser, form } = submitted;
    match form_flows::verify_app(&browser, &form.code, form.trusts_device).await {
        Ok(outcome) => follow_outcome(&page, outcome),
        Err(error) => form.refuse(&page, &error).await,
    }
}

async fn submit_backup_code(submitted: SubmittedForm<BoundCodeForm<true>>) -> Response {
    let SubmittedForm { page, browser, form } = submitted;
    match form_flows::verify_backup_code(&browser, &form.code).await {
        Ok(outcome) => follow_outcome(&page, outcome),
        Err(error) => form.refuse(&page, &error).await,
    }
}

/// The sender and the factors of the account.
struct AvailableFactors {
    browser: InteractionBrowser,
    available: Vec<MfaFactor>,
}

async fn render_code(
    page: &InteractionPage,
    kind: CodeKind,
    AvailableFactors { browser, available }: AvailableFactors,
    error: Option<&ApiError>,
) -> Response {
    let request = &page.request;
    let language = request.language();
    let shown = match kind {
        CodeKind::App => MfaFactor::Totp,
        CodeKind::Backup => MfaFactor::BackupCode,
    };
    // Backup codes are for those who lost their device.
    let trust_days = match kind {
        CodeKind::App => trust_days(&browser).await,
        CodeKind::Backup => None,
    };
    let template = FactorCodePage {
        kind,
        trust_days,
        xsrf: page.xsrf(),
        error: error.map(|error| error.message(language)),
        links: other_factors(page, &available, shown),
    };
    request.render(error.map_or(StatusCode::OK, ApiError::status), &template)
}
