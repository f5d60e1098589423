//! The Experience API (E001 to E005, E008, E027, E029, E030) and unlocking (E083). Each handler reads its body and lets the
//! machine make one step.

use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use flow::{Event, ProfilePatch};
use kernel::id;
use serde_json::{Map, Value, json};

use super::credentials::Around;
use super::input::Input;
use super::record::Remark;
use super::unit::{Context, Played};
use super::visit::Visit;
use super::{refused, sentinel};
use crate::http::Body;
use crate::routing::{Access, Routes};
use crate::{ApiError, App, Tenant};

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new()
        .put("/api/experience", Access::Interaction, start)
        .put("/api/experience/interaction-event", Access::Interaction, switch)
        .get("/api/experience/interaction", Access::Interaction, show)
        .post("/api/experience/verification/password", Access::Interaction, verify_password)
        .post("/api/experience/verification/new-password-identity", Access::Interaction, new_password_identity)
        .post("/api/experience/identification", Access::Interaction, identify)
        .post("/api/experience/profile", Access::Interaction, add_profile)
        .put("/api/experience/profile/password", Access::Interaction, set_password)
        .post("/api/experience/profile/mfa/mfa-skipped", Access::Interaction, skip_mfa)
        .post("/api/experience/profile/mfa/mfa-enabled", Access::Interaction, enable_mfa)
        .post("/api/experience/submit", Access::Interaction, submit)
        .post("/api/sentinel-activities/delete", Access::Management, unlock)
}

type Members = Body<Map<String, Value>>;

async fn start(visit: Visit, Body(body): Members) -> Result<StatusCode, ApiError> {
    let mut input = Input::new(body);
    let interaction_event = input.interaction_event();
    input.optional_text("captchaToken");
    input.finish()?;
    // No captcha provider can be set up yet, so no token proves anything.
    let event = Event::Start { interaction_event, sign_in_context: visit.sign_in_context(), captcha_verified: false };
    step(&visit, event, Remark::default()).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn switch(visit: Visit, Body(body): Members) -> Result<StatusCode, ApiError> {
    let mut input = Input::new(body);
    let interaction_event = input.interaction_event();
    input.finish()?;
    let remark = Remark::default().member("interactionEvent", json!(interaction_event));
    step(&visit, Event::Switch { interaction_event }, remark).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn show(visit: Visit) -> Result<Json<Value>, ApiError> {
    let context = Context::of(&visit).await?;
    let loaded = visit.app.db.read_inline(move |r| context.load(r)).await?;
    let state = loaded.state.ok_or_else(|| refused(&flow::Error::InteractionNotFound))?;
    Ok(Json(state.view()))
}

async fn verify_password(visit: Visit, Body(body): Members) -> Result<Json<Value>, ApiError> {
    let mut input = Input::new(body);
    let identifier = input.identifier();
    let password = input.text("password", 1);
    input.finish()?;
    let remark = Remark::payload(json!({"identifier": identifier, "password": "******"}));
    let (id, played) = visit.with_password((identifier, &password), Around::default(), &remark).await?;
    answered(played)?;
    Ok(Json(json!({"verificationId": id})))
}

async fn new_password_identity(visit: Visit, Body(body): Members) -> Result<Json<Value>, ApiError> {
    let mut input = Input::new(body);
    let identifier = input.new_username();
    let password = input.text("password", 0);
    input.finish()?;
    let remark = Remark::payload(json!({"identifier": identifier, "password": "******"}));
    let verification_id = id::long(&visit.app.rng);
    let record_id = verification_id.clone();
    let make =
        move |digest, _| Event::NewPasswordIdentity { id: record_id.clone(), identifier: identifier.clone(), digest };
    answered(visit.with_new_password(&password, (Around::default(), make), &remark).await?)?;
    Ok(Json(json!({"verificationId": verification_id})))
}

async fn identify(visit: Visit, Body(body): Members) -> Result<StatusCode, ApiError> {
    let links = body.get("linkSocialIdentity").and_then(Value::as_bool).unwrap_or_default();
    let mut input = Input::new(body);
    let verification_id = input.optional_text("verificationId");
    input.finish()?;
    let remark = Remark::payload(json!({"verificationId": verification_id}));
    let event = Event::Identify { verification_id, link_social_identity: links };
    let played = step(&visit, event, remark).await?;
    Ok(if played.created_user { StatusCode::CREATED } else { StatusCode::NO_CONTENT })
}

async fn add_profile(visit: Visit, Body(body): Members) -> Result<StatusCode, ApiError> {
    let mut input = Input::new(body.clone());
    let patch = match input.shape(&["username", "password", "email", "phone", "social", "extraProfile"]).as_str() {
        "username" => {
            let username = input.text("value", 0);
            input.username_form(&["value"], &username);
            Some(ProfilePatch::Username(username))
        }
        "email" => Some(ProfilePatch::Email { verification_id: input.text("verificationId", 0) }),
        "phone" => Some(ProfilePatch::Phone { verification_id: input.text("verificationId", 0) }),
        "extraProfile" => Some(ProfilePatch::Extra(input.object("values"))),
        "social" => {
            input.text("verificationId", 0);
            input.finish()?;
            // No record of this type can exist yet.
            return Err(refused(&flow::Error::VerificationNotFound));
        }
        _ => None,
    };
    match patch {
        Some(patch) => {
            input.finish()?;
            step(&visit, Event::AddProfile(patch), Remark::payload(Value::Object(body))).await?;
        }
        None => {
            let password = input.text("value", 0);
            input.finish()?;
            let remark = Remark::payload(json!({"type": "password", "value": "******"}));
            let make = |digest, _| Event::AddProfile(ProfilePatch::Password(digest));
            answered(visit.with_new_password(&password, (Around::default(), make), &remark).await?)?;
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn set_password(visit: Visit, Body(body): Members) -> Result<StatusCode, ApiError> {
    let mut input = Input::new(body);
    let password = input.text("password", 0);
    input.finish()?;
    let make = |digest, same| Event::SetPassword { digest, same };
    answered(visit.with_new_password(&password, (Around::default(), make), &Remark::default()).await?)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn skip_mfa(visit: Visit) -> Result<StatusCode, ApiError> {
    step(&visit, Event::SkipMfa, Remark::default()).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn enable_mfa(visit: Visit) -> Result<StatusCode, ApiError> {
    step(&visit, Event::EnableMfa, Remark::default()).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn submit(visit: Visit) -> Result<Response, ApiError> {
    let played = step(&visit, Event::Submit, Remark::default()).await?;
    Ok(match played.redirect_to {
        Some(redirect_to) => Json(json!({"redirectTo": redirect_to})).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

async fn unlock(Shared(app): Shared<App>, tenant: Tenant, Body(body): Members) -> Result<StatusCode, ApiError> {
    let mut input = Input::new(body);
    let kind = input.word_of("targetType", &["User", "App"]);
    let targets = input.texts("targets");
    input.finish()?;
    // Only identifiers of users are counted.
    if kind == "User" {
        let tenant = tenant.id();
        app.db.write(move |tx| sentinel::unlock(tx, tenant, &targets)).await.map_err(ApiError::from)?;
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn step(visit: &Visit, event: Event, remark: Remark) -> Result<Played, ApiError> {
    let played = visit.unit(move |tx, context| context.play(tx, vec![event.clone()])).await?;
    visit.settle(&played, &remark);
    answered(played)
}

fn answered(played: Played) -> Result<Played, ApiError> {
    match &played.refusal {
        Some(error) => Err(refused(error)),
        None => Ok(played),
    }
}
