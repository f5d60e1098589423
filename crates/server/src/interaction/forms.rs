//! Whole forms for the server-rendered pages: each function is one submitted form and does in one go what a single-page
//! client does in several requests of the Experience API, over the same machine.

use flow::error::MissingProfile;
use flow::{Event, Identifier, IdentifierType, InteractionEvent, ProfilePatch};
use kernel::id;
use serde_json::{Map, Value};

use super::credentials::Around;
use super::record::Remark;
use super::refused;
use super::unit::Played;
use super::visit::Visit;
use crate::ApiError;

/// What the browser does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Signed in: go there (303).
    Redirect(String),
    /// The account lacks these parts: ask for them, then [`complete`].
    Missing(Vec<MissingProfile>),
    /// A second factor may be set up, or declined with [`skip_mfa`].
    SuggestMfa,
}

/// Signs in with a password: verification, identification and submit. Starts the interaction afresh.
///
/// # Errors
/// 422 `session.invalid_credentials`, 401 `user.suspended`, 422 `password.expired`, 422
/// `user.sign_in_method_not_enabled`, 403 `session.mfa.require_mfa_verification`, 400
/// `session.verification_blocked_too_many_attempts`, 503 when too many hash at once.
pub async fn sign_in(visit: &Visit, identifier: Identifier, password: &str) -> Result<Next, ApiError> {
    let around =
        Around { before: vec![start(visit, InteractionEvent::SignIn)], after: vec![identify_latest(), Event::Submit] };
    let remark = Remark::payload(serde_json::json!({"identifier": identifier, "password": "******"}));
    let (_, played) = visit.with_password((identifier, password), around, &remark).await?;
    next(played)
}

/// Registers with a username and a password: the account is created and signed in. `extra` are the custom profile fields
/// of the form, if it had any.
///
/// # Errors
/// 422 `user.username_*`, 422 `password.rejected` (issues in `data`), 403 `auth.forbidden` when registering is off.
pub async fn register(
    visit: &Visit,
    username: &str,
    password: &str,
    extra: Option<Map<String, Value>>,
) -> Result<Next, ApiError> {
    let identifier = Identifier::new(IdentifierType::Username, username);
    let mut around = Around { before: vec![start(visit, InteractionEvent::Register)], after: Vec::new() };
    around.after.extend(extra.map(|values| Event::AddProfile(ProfilePatch::Extra(values))));
    around.after.extend([identify_latest(), Event::Submit]);
    let remark = Remark::payload(serde_json::json!({"identifier": identifier, "password": "******"}));
    let verification_id = id::long(&visit.app.rng);
    let make = move |digest, _| Event::NewPasswordIdentity {
        id: verification_id.clone(),
        identifier: identifier.clone(),
        digest,
    };
    next(visit.with_new_password(password, (around, make), &remark).await?)
}

/// Adds a missing part and goes on: the account is created if it was being registered, and signed in.
///
/// # Errors
/// 404 `session.interaction_not_found` or `session.identifier_not_found` when nothing waits for it; else as
/// [`register`].
pub async fn complete(visit: &Visit, part: Part) -> Result<Next, ApiError> {
    let around = Around { before: Vec::new(), after: vec![identify_latest(), Event::Submit] };
    let patch = match part {
        Part::Username(username) => ProfilePatch::Username(username),
        Part::Extra(values) => ProfilePatch::Extra(values),
        Part::Password(password) => {
            let remark = Remark::payload(serde_json::json!({"type": "password", "value": "******"}));
            let make = |digest, _| Event::AddProfile(ProfilePatch::Password(digest));
            return next(visit.with_new_password(&password, (around, make), &remark).await?);
        }
    };
    let mut events = vec![Event::AddProfile(patch)];
    events.extend(around.after);
    play(visit, events).await
}

/// A missing part that a form can give.
#[derive(Debug, Clone)]
pub enum Part {
    Username(String),
    Password(String),
    Extra(Map<String, Value>),
}

/// Declines the suggested second factor and goes on.
///
/// # Errors
/// 404 when nobody is identified, 422 `session.mfa.mfa_policy_not_user_controlled`.
pub async fn skip_mfa(visit: &Visit) -> Result<Next, ApiError> {
    play(visit, vec![Event::SkipMfa, Event::Submit]).await
}

/// What kind of identifier was typed into a field that takes several, among those that the tenant lets sign in.
pub fn identifier_of(value: &str, offered: &[IdentifierType]) -> Identifier {
    let value = value.trim();
    let looks_like = |kind| match kind {
        IdentifierType::Email => value.contains('@'),
        IdentifierType::Phone => value.starts_with('+') || flow::identifier::is_phone(value),
        IdentifierType::Username => flow::has_username_form(value),
    };
    let kind = [IdentifierType::Email, IdentifierType::Phone, IdentifierType::Username]
        .into_iter()
        .find(|kind| offered.contains(kind) && looks_like(*kind))
        .or_else(|| offered.first().copied())
        .unwrap_or(IdentifierType::Username);
    Identifier::new(kind, value)
}

async fn play(visit: &Visit, events: Vec<Event>) -> Result<Next, ApiError> {
    let played = visit.unit(move |tx, context| context.play(tx, events.clone())).await?;
    visit.settle(&played, &Remark::default());
    next(played)
}

fn next(played: Played) -> Result<Next, ApiError> {
    match (played.redirect_to, played.refusal) {
        (Some(redirect_to), _) => Ok(Next::Redirect(redirect_to)),
        (None, Some(flow::Error::MissingProfile(parts))) => Ok(Next::Missing(parts)),
        (None, Some(flow::Error::SuggestMfa)) => Ok(Next::SuggestMfa),
        (None, Some(error)) => Err(refused(&error)),
        (None, None) => Err(ApiError::internal("the steps of a form ended nowhere")),
    }
}

fn start(visit: &Visit, interaction_event: InteractionEvent) -> Event {
    Event::Start { interaction_event, sign_in_context: visit.sign_in_context(), captcha_verified: false }
}

/// Identifies by the only proof there is; at a later form the person may be identified already.
fn identify_latest() -> Event {
    Event::IdentifyByLatest
}
