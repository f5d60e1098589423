//! Passwords that another system knows (inventory O133, E008): an action is asked about a password that is wrong here, and whoever it
//! vouches for becomes a user with that password, or gets it.

use std::sync::Arc;

use ::api::ErrorCode;
use ::api::scripts::ActionType;
use ::scripts::Failure;
use flow::{Identifier, InteractionEvent, PasswordDigest, State};
use kernel::ids::{ApplicationId, UserId};
use serde_json::{Map, Value};

use super::browser::InteractionBrowser;
use super::lookups;
use super::transaction::{StepContext, StepError};
use crate::ApiError;
use crate::oidc::{interactions, subject};
use crate::scripts::ReadyAction;
use crate::scripts::actions::{self, SignInFacts, VerifiedElsewhere};
use crate::users::store::User;
use crate::users::{self, stored_password};
use crate::work::Work;

/// Whom a password is compared with, and what an action is told if it is wrong.
#[derive(Clone)]
pub(super) struct Candidate {
    pub owner: Option<User>,
    asked: Option<Asked>,
}

#[derive(Clone)]
struct Asked {
    client_id: ApplicationId,
    event: Map<String, Value>,
}

/// A password that an action vouched for.
#[derive(Clone)]
pub(super) struct PasswordElsewhere {
    owner: Option<User>,
    client_id: ApplicationId,
    verified: VerifiedElsewhere,
    digest: PasswordDigest,
}

/// The action of the tenant, if it has one.
#[derive(Clone)]
pub(super) struct PasswordAction(Option<Arc<ReadyAction>>);

impl PasswordAction {
    pub(super) fn of(browser: &InteractionBrowser) -> Self {
        Self(browser.config.scripts.action(ActionType::PostFirstFactorVerification).cloned())
    }

    /// Finds whom a password is compared with. `begun` is the state of an interaction that the same request begins.
    ///
    /// # Errors
    /// A failure of the database; 400 `session.not_found`.
    pub(super) fn find_candidate(
        &self,
        work: &Work<'_>,
        context: &StepContext,
        identifier: &Identifier,
        begun: Option<&State>,
    ) -> Result<Candidate, StepError> {
        let owner = lookups::find_user(work, context, identifier)?;
        if self.0.is_none() {
            return Ok(Candidate { owner, asked: None });
        }
        let loaded = context.load(work)?;
        let client_id = loaded.interaction.client_id;
        let state = begun.cloned().or(loaded.state).filter(|state| state.interaction_event == InteractionEvent::SignIn);
        let asked = state.map(|state| {
            let facts = SignInFacts { interaction: state.view(), client_id: &client_id, user: owner.clone() };
            Ok::<_, StepError>(Asked { event: actions::event(work, facts)?, client_id: client_id.clone() })
        });
        Ok(Candidate { owner, asked: asked.transpose()? })
    }

    /// Asks the action about a wrong password. `None` means that it is wrong.
    ///
    /// # Errors
    /// The refusal of the sign-in if the action failed, 503 if it is asked about too many of the network; the attempt counts all the
    /// same, or whoever makes it fail could guess on. 503 when too many passwords are being hashed.
    pub(super) async fn ask(
        &self,
        browser: &InteractionBrowser,
        candidate: Candidate,
        identifier: &Identifier,
        password: &str,
    ) -> Result<Option<PasswordElsewhere>, Refused> {
        let (Some(action), Some(Asked { client_id, event })) = (&self.0, candidate.asked) else { return Ok(None) };
        let place = browser.app.password_actions.take(&browser.tenant_id(), browser.ip.network());
        // The password is wrong here already: to take the attempt back would say so without end (attack C3).
        let _place = place.ok_or_else(|| Refused::Counted(ApiError::unavailable(2)))?;
        let owner = candidate.owner;
        let owner_id = owner.as_ref().map(|owner| owner.id.clone());
        // Strangers cause these.
        let log = |outcome: Result<&[String], String>| {
            let entry = actions::entry(browser, action.kind, owner_id.as_ref(), &client_id, outcome);
            browser.app.audit_refusal(browser.ip.network(), browser.tenant_id(), &entry);
        };
        let verified = match actions::post_first_factor_verification(browser, action, event, identifier, password).await
        {
            Ok(verified) => verified,
            Err(failure) => {
                // A script may throw what it was told.
                let text = failure.to_string();
                log(Err(if password.is_empty() { text } else { text.replace(password, "******") }));
                return refusal(action, &failure).map(|()| None);
            }
        };
        let Some(verified) = verified else {
            log(Ok(&[]));
            return Ok(None);
        };
        let digest = browser.hasher().hash(password).await.map_err(|error| Refused::NotCompared(error.into()))?;
        Ok(Some(PasswordElsewhere { owner, client_id, verified, digest }))
    }
}

/// Why an action has no answer.
pub(super) enum Refused {
    /// The attempt counts, and this is said of it.
    Counted(ApiError),
    /// The attempt does not count.
    NotCompared(ApiError),
}

fn refusal(action: &ReadyAction, failure: &Failure) -> Result<(), Refused> {
    actions::failed(action, failure).map_err(Refused::Counted)
}

impl PasswordElsewhere {
    /// Makes or changes the user, with the password. `None` if the user has got another one meanwhile.
    ///
    /// # Errors
    /// 422 `user.*_already_in_use`; 422 `action.sign_in_identifier_changed` if the user would not have the identifier; a failure of the
    /// database.
    pub(super) fn accept(
        &self,
        work: &Work<'_>,
        context: &StepContext,
        identifier: &Identifier,
    ) -> Result<Option<UserId>, StepError> {
        let case_sensitive = context.case_sensitive_username;
        let (user_id, names) = match (&self.verified, &self.owner) {
            (VerifiedElsewhere::NewUser(new), _) => {
                (new.create(work, self.digest.clone(), case_sensitive)?.id, new.names())
            }
            (VerifiedElsewhere::User(_), None) => return Ok(None),
            (VerifiedElsewhere::User(patch), Some(owner)) => {
                if subject::password_changed_since(work, &owner.id, owner.password_epoch)? {
                    return Ok(None);
                }
                patch.apply(work, &owner.id, case_sensitive)?;
                self.set_password(work, owner)?;
                interactions::renew_password_epoch(work, &context.browser.uid)?;
                (owner.id.clone(), patch.names())
            }
        };
        let found = lookups::find_user(work, context, identifier)?;
        if found.is_none_or(|found| found.id != user_id) {
            return Err(ApiError::unprocessable(ErrorCode::ActionSignInIdentifierChanged).into());
        }
        let kind = ActionType::PostFirstFactorVerification;
        work.audit(&actions::entry(&context.browser, kind, Some(&user_id), &self.client_id, Ok(names)))?;
        Ok(Some(user_id))
    }

    /// Who knew another password is signed out; a first one signs out nobody.
    fn set_password(&self, work: &Work<'_>, owner: &User) -> Result<(), StepError> {
        match owner.password {
            Some(_) => users::change_password(work, &owner.id, &self.digest).map(drop)?,
            None => stored_password::set_password(work, &owner.id, &self.digest)?,
        }
        Ok(())
    }
}
