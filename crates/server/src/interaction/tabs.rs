//! Which interaction a request of a JSON client belongs to, when its browser is in several of one client.
//!
//! Tabs share their cookies, and nothing in the protocol names the tab (docs/pages.md, "Tabs"). But a step fits only
//! interactions in which it can follow. Of those the newest is taken.

use super::browser::InteractionBrowser;
use super::transaction::{LoadedInteraction, StepContext};
use crate::ApiError;
use crate::oidc::interactions::{self, Prompt};
use crate::work::View;

/// What a request wants, as far as it tells interactions apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TabStep {
    /// Begins a sign-in.
    Start,
    /// Goes on with a sign-in that was begun.
    Continue,
    /// Uses the verification with this id.
    Verification(String),
    /// Submits what somebody was identified for.
    Submit,
    /// Reads or gives the consent.
    Consent,
}

impl TabStep {
    /// A step that names a verification, or none.
    pub(super) fn of_verification(id: Option<&str>) -> Self {
        id.map_or(Self::Continue, |id| Self::Verification(id.to_owned()))
    }

    fn can_follow(&self, loaded: &LoadedInteraction) -> bool {
        let LoadedInteraction { interaction, state } = loaded;
        if interaction.result.is_some() {
            return false;
        }
        match self {
            Self::Start => interaction.prompt == Prompt::Login,
            Self::Continue => state.is_some(),
            Self::Verification(id) => state.as_ref().is_some_and(|state| state.record(id).is_ok()),
            Self::Submit => state.as_ref().is_some_and(|state| state.identified().is_ok()),
            Self::Consent => interaction.prompt == Prompt::Consent,
        }
    }
}

impl InteractionBrowser {
    /// The sender in the newest interaction of its client that the step can follow; in the newest of all if there is none.
    ///
    /// # Errors
    /// A failure of the database.
    pub async fn in_tab(self, step: TabStep) -> Result<Self, ApiError> {
        let earlier = self.earlier_uids();
        if earlier.is_empty() {
            return Ok(self);
        }
        let browser = self.clone();
        let find = move |view: &View<'_>| {
            let newest = interactions::find(view, &browser.uid)?;
            let client_id = browser.app_id.clone().or(newest.map(|interaction| interaction.client_id));
            let Some(client_id) = client_id else { return Ok(None) };
            for uid in std::iter::once(browser.uid.clone()).chain(earlier.clone()) {
                let tab = browser.in_interaction(uid, &client_id);
                match StepContext::of(&tab).load(view).map_err(ApiError::from) {
                    Ok(loaded) if step.can_follow(&loaded) => return Ok(Some(tab)),
                    Err(error) if error.status().is_server_error() => return Err(error),
                    _ => {}
                }
            }
            Ok::<_, ApiError>(None)
        };
        Ok(self.read_inline(find).await?.unwrap_or(self))
    }
}
