//! "Trust this device" in a sign-in (E005, E038, E077). The device becomes trusted when the browser gets its session
//! ([`crate::users::trusted_devices`]).

use axum::http::StatusCode;
use flow::{Event, State};
use serde_json::{Value, json};

use super::api::apply_event;
use super::audit::AuditDetails;
use super::browser::InteractionBrowser;
use super::lookups;
use super::tabs::TabStep;
use super::transaction::{StepContext, StepError};
use crate::ApiError;
use crate::routes::Routes;
use crate::work::View;

pub(super) fn routes() -> Routes {
    Routes::new().post("/api/experience/profile/mfa/trusted-device", trust_device)
}

async fn trust_device(browser: InteractionBrowser) -> Result<StatusCode, ApiError> {
    let browser = browser.in_tab(TabStep::Continue).await?;
    apply_event(&browser, Event::TrustDevice, AuditDetails::default()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the state says of trusted devices, where the tenant has them and somebody is identified.
pub(super) fn view(view: &View<'_>, context: &StepContext, state: &State) -> Result<Option<Value>, StepError> {
    let experience = &context.policy.experience;
    let Some(policy) = experience.trusted_device.filter(|policy| policy.is_enabled()) else { return Ok(None) };
    let Some(id) = &state.user_id else { return Ok(None) };
    let Some(user) = lookups::find_identified(view, context, id)? else { return Ok(None) };
    let is_available = flow::mfa::may_trust_devices(&user, experience);
    Ok(Some(json!({"isAvailable": is_available, "durationDays": policy.duration_days()})))
}

impl InteractionBrowser {
    /// The events that end a form in which a factor was shown or made. A wish that can't be granted any more stops nobody: the
    /// code of the form is used up.
    ///
    /// # Errors
    /// A failure of the database.
    pub(super) async fn ending(&self, trusts_device: bool) -> Result<Vec<Event>, ApiError> {
        let is_granted = trusts_device && self.trust_days().await?.is_some();
        Ok(is_granted.then_some(Event::TrustDevice).into_iter().chain([Event::Submit]).collect())
    }

    /// For how many days the device can be trusted, if it can.
    ///
    /// # Errors
    /// A failure of the database.
    pub async fn trust_days(&self) -> Result<Option<i64>, ApiError> {
        let context = StepContext::of(self);
        let Some(policy) = context.policy.experience.trusted_device.filter(|policy| policy.is_enabled()) else {
            return Ok(None);
        };
        let read = move |unit: &View<'_>| match context.load(unit)?.state {
            Some(state) => view(unit, &context, &state),
            None => Ok(None),
        };
        let shown = self.read_inline(read).await.map_err(ApiError::from)?;
        Ok(shown.filter(|shown| shown["isAvailable"] == true).map(|_| policy.duration_days()))
    }
}
