//! Routes of second factors (E017, E018, E025, E026, E032 to E035).

use axum::Json;
use axum::http::StatusCode;
use flow::Event;
use flow::mfa::MfaFactor;
use serde_json::{Value, json};

use super::api::{JsonObject, apply_event, into_result};
use super::audit::AuditDetails;
use super::body_reader::BodyReader;
use super::browser::InteractionBrowser;
use super::tabs::TabStep;
use crate::ApiError;
use crate::http::Body;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .post("/api/experience/verification/totp/secret", create_totp_secret)
        .post("/api/experience/verification/totp/verify", verify_totp)
        .post("/api/experience/verification/backup-code/generate", generate_backup_codes)
        .post("/api/experience/verification/backup-code/verify", verify_backup_code)
        .post("/api/experience/profile/mfa", bind_factor)
        .post("/api/experience/profile/mfa/mfa-skipped", skip_mfa)
        .post("/api/experience/profile/mfa/mfa-enabled", enable_mfa)
        .post("/api/experience/profile/mfa/mfa-suggestion-skipped", skip_mfa_suggestion)
}

async fn create_totp_secret(browser: InteractionBrowser) -> Result<Json<Value>, ApiError> {
    let browser = browser.in_tab(TabStep::Submit).await?;
    let new = browser.begin_app().await?;
    Ok(Json(json!({
        "verificationId": new.verification_id, "secret": new.key.expose(), "secretQrCode": new.qr_code()?.data_url()
    })))
}

async fn verify_totp(browser: InteractionBrowser, Body(body): JsonObject) -> Result<Json<Value>, ApiError> {
    let mut reader = BodyReader::new(body);
    let code = reader.text("code", 1);
    let verification_id = reader.optional_text("verificationId");
    reader.into_result()?;
    let step = verification_id.as_ref().map_or(TabStep::Submit, |id| TabStep::Verification(id.clone()));
    let browser = browser.in_tab(step).await?;
    let (id, outcome) = browser.verify_app(&code, verification_id, Vec::new()).await?;
    into_result(outcome)?;
    Ok(Json(json!({"verificationId": id})))
}

async fn generate_backup_codes(browser: InteractionBrowser) -> Result<Json<Value>, ApiError> {
    let browser = browser.in_tab(TabStep::Submit).await?;
    let new = browser.begin_backup_codes().await?;
    Ok(Json(json!({"verificationId": new.verification_id, "codes": new.codes})))
}

async fn verify_backup_code(browser: InteractionBrowser, Body(body): JsonObject) -> Result<Json<Value>, ApiError> {
    let mut reader = BodyReader::new(body);
    let code = reader.text("code", 1);
    reader.into_result()?;
    let browser = browser.in_tab(TabStep::Submit).await?;
    let (id, outcome) = browser.verify_backup_code(&code, Vec::new()).await?;
    into_result(outcome)?;
    Ok(Json(json!({"verificationId": id})))
}

async fn bind_factor(browser: InteractionBrowser, Body(body): JsonObject) -> Result<StatusCode, ApiError> {
    let mut reader = BodyReader::new(body);
    let factors = ["Totp", "WebAuthn", "BackupCode", "EmailVerificationCode", "PhoneVerificationCode"];
    let factor = match reader.enum_member("type", &factors).as_str() {
        "WebAuthn" => MfaFactor::WebAuthn,
        "BackupCode" => MfaFactor::BackupCode,
        "EmailVerificationCode" => MfaFactor::EmailVerificationCode,
        "PhoneVerificationCode" => MfaFactor::PhoneVerificationCode,
        _ => MfaFactor::Totp,
    };
    let verification_id = reader.text("verificationId", 0);
    reader.into_result()?;
    let browser = browser.in_tab(TabStep::Verification(verification_id.clone())).await?;
    let details = AuditDetails::with_payload(json!({"type": factor, "verificationId": verification_id}));
    apply_event(&browser, Event::BindFactor { factor, verification_id }, details).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn skip_mfa(browser: InteractionBrowser) -> Result<StatusCode, ApiError> {
    choose(browser, Event::SkipMfa).await
}

async fn enable_mfa(browser: InteractionBrowser) -> Result<StatusCode, ApiError> {
    choose(browser, Event::EnableMfa).await
}

async fn skip_mfa_suggestion(browser: InteractionBrowser) -> Result<StatusCode, ApiError> {
    choose(browser, Event::SkipMfaSuggestion).await
}

async fn choose(browser: InteractionBrowser, choice: Event) -> Result<StatusCode, ApiError> {
    let browser = browser.in_tab(TabStep::Continue).await?;
    apply_event(&browser, choice, AuditDetails::default()).await?;
    Ok(StatusCode::NO_CONTENT)
}
