//! `/api/experience/user-assets/avatar`: a picture of whoever registers, before there is a user (inventory E031). It is theirs once they
//! are created with its address as their avatar, and is removed soon after the interaction otherwise.

use std::ops::Deref;

use axum::Json;
use axum::extract::{FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use flow::InteractionEvent;
use serde_json::{Value, json};

use super::browser::InteractionBrowser;
use super::tabs::TabStep;
use super::to_api_error;
use super::transaction::{LoadedInteraction, StepContext, StepError};
use crate::assets::{self, Owner, Picture, Upload, Uploader};
use crate::callers::{Access, Caller};
use crate::oidc::interactions::Interaction;
use crate::routes::Routes;
use crate::work::{View, Work};
use crate::{ApiError, App};

const TELLING_HEADERS: [&str; 3] = ["logto-app-id", "origin", "sec-fetch-site"];
/// Pictures of one registration: a person may change their mind.
const MAX_PICTURES: i64 = 8;

pub(super) fn routes() -> Routes {
    Routes::new().post("/api/experience/user-assets/avatar", upload_avatar)
}

/// The browser of an interaction that sends a file instead of JSON.
#[derive(Clone)]
struct UploadingBrowser(InteractionBrowser);

impl Caller for UploadingBrowser {
    const ACCESS: Access = Access::Interaction;
}

impl Deref for UploadingBrowser {
    type Target = InteractionBrowser;

    fn deref(&self) -> &InteractionBrowser {
        &self.0
    }
}

impl FromRequestParts<App> for UploadingBrowser {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        let browser = InteractionBrowser::of_own_site(parts).await?;
        require_no_plain_form(&browser)?;
        Ok(Self(browser))
    }
}

/// Refuses what a form of another website could have sent from a browser that does not say where a request comes from (attack F11):
/// no form sends a header of its own.
fn require_no_plain_form(browser: &InteractionBrowser) -> Result<(), ApiError> {
    match TELLING_HEADERS.iter().any(|name| browser.headers.contains_key(*name)) {
        true => Ok(()),
        false => Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "guard.mime_type_not_allowed")
            .with_oauth_member("details", "Send the header logto-app-id with the id of the application.")),
    }
}

async fn upload_avatar(UploadingBrowser(browser): UploadingBrowser, request: Request) -> Result<Json<Value>, ApiError> {
    let browser = browser.in_tab(TabStep::Continue).await?;
    // Before the file is read: who may not upload need not send it.
    require_upload(&browser).await?;
    let upload = Upload::receive(&browser, Uploader::Person, request).await?;
    let url = store(&browser, &upload.picture).await?;
    Ok(Json(json!({"url": url})))
}

/// Refuses who may not upload, or not more.
///
/// # Errors
/// 404 `session.interaction_not_found` and 403 `auth.forbidden` where nobody registers; 429 `request.rate_limited`.
pub(crate) async fn require_upload(browser: &InteractionBrowser) -> Result<(), ApiError> {
    let context = StepContext::of(browser);
    Ok(browser.read_inline(move |view: &View<'_>| require_room(view, &context).map(drop)).await?)
}

/// Stores a picture of whoever registers, and returns its address.
///
/// # Errors
/// 404 `session.interaction_not_found` and 403 `auth.forbidden` where nobody registers; 429 `request.rate_limited`; 500
/// `storage.upload_error`.
pub(crate) async fn store(browser: &InteractionBrowser, picture: &Picture) -> Result<String, ApiError> {
    let context = StepContext::of(browser);
    let owner = Owner::Interaction(assets::interaction_digest(&browser.uid));
    let ends = browser.now.plus_seconds(oauth::ttl::INTERACTION);
    let new = assets::prepare(browser, owner, picture, ends)?;
    let mut row = new.clone();
    let insert = move |work: &Work<'_>| {
        row.expires_at = require_room(work, &context)?.expires_at;
        Ok::<_, StepError>(assets::insert(work, &row)?)
    };
    browser.write(insert).await?;
    assets::write_file(browser, &new, picture).await?;
    Ok(new.url)
}

/// The interaction, in which somebody registers and has not uploaded much yet.
fn require_room(view: &View<'_>, context: &StepContext) -> Result<Interaction, StepError> {
    let LoadedInteraction { interaction, state } = context.load(view)?;
    let state = state.filter(|_| interaction.result.is_none());
    let state = state.ok_or_else(|| to_api_error(&flow::FlowError::InteractionNotFound))?;
    if state.interaction_event != InteractionEvent::Register {
        return Err(to_api_error(&flow::FlowError::Forbidden).into());
    }
    flow::require_registration_enabled(&state, &context.policy.experience).map_err(|error| to_api_error(&error))?;
    match assets::count_of_interaction(view, &assets::interaction_digest(&context.browser.uid))? {
        count if count < MAX_PICTURES => Ok(interaction),
        _ => Err(ApiError::new(StatusCode::TOO_MANY_REQUESTS, "request.rate_limited").into()),
    }
}
