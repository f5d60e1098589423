//! Backup codes: new ones are shown, bound ones are used up (E073).

use flow::verification::{BackupCodes, Counted, Pending, Verification};
use flow::{Event, FlowError, State, VerificationRecord};
use kernel::id;
use kernel::ids::UserId;
use serde_json::json;

use super::attempt_limit::AttemptKind;
use super::browser::InteractionBrowser;
use super::offered_secrets::Offer;
use super::second_factors::{FactorAnswer, open, require_same_user, seal};
use super::to_api_error;
use super::transaction::{StepContext, StepError, StepsOutcome};
use crate::ApiError;
use crate::users::mfa_factors::backup_codes::{self, CodeSet};
use crate::work::{View, Work};

/// Backup codes that are shown and not bound yet.
#[derive(Clone)]
pub struct NewBackupCodes {
    pub verification_id: String,
    pub codes: Vec<String>,
}

/// The verification of the code if this interaction has used it up already.
fn used_before(state: &State, user_id: &UserId, typed: &str) -> Option<String> {
    let typed = backup_codes::normalize(typed);
    state.verification_records.iter().find_map(|record| match record {
        VerificationRecord::BackupCode(Verification::Verified(used)) => {
            let is_same = used.claim().user_id == *user_id && id::constant_time_eq(&used.claim().code, &typed);
            is_same.then(|| used.id().to_owned())
        }
        _ => None,
    })
}

/// The verification of codes that are shown and not bound yet, with the sealed codes.
fn codes_in_progress(state: &State, user_id: &UserId) -> Option<(String, String)> {
    state.verification_records.iter().find_map(|record| match record {
        VerificationRecord::BackupCode(Verification::Pending(shown)) if shown.question.user_id == *user_id => {
            Some((shown.id.clone(), shown.question.backup_codes.clone()?))
        }
        _ => None,
    })
}

impl StepContext {
    /// Puts down codes that are shown, to be bound when they are saved.
    fn put_codes(&self, work: &Work<'_>, user_id: UserId, id: &str, codes: &[String]) -> Result<(), StepError> {
        let question = BackupCodes { user_id, backup_codes: Some(seal(work, id, &codes.join(" "))?) };
        self.put(work, VerificationRecord::BackupCode(Pending::new(id.to_owned(), question).into()))
    }
}

impl InteractionBrowser {
    /// Makes new backup codes. They are bound when the person has saved them.
    ///
    /// # Errors
    /// As [`InteractionBrowser::begin_app`].
    pub async fn begin_backup_codes(&self) -> Result<NewBackupCodes, ApiError> {
        let codes = backup_codes::generate(&self.app.rng);
        let verification_id = id::entity_id(&self.app.rng);
        let begin = move |work: &Work<'_>, context: &StepContext| {
            let (_, user_id) = context.identified(work)?;
            context.put_codes(work, user_id, &verification_id, &codes)?;
            Ok(NewBackupCodes { verification_id: verification_id.clone(), codes: codes.clone() })
        };
        self.transaction(begin).await
    }

    /// The backup codes that were begun, or that are offered: showing them again shows the same, and writes nothing.
    ///
    /// # Errors
    /// As [`InteractionBrowser::begin_app`].
    pub async fn offered_backup_codes(&self) -> Result<NewBackupCodes, ApiError> {
        let (context, offers) = (StepContext::of(self), self.offers());
        let read = move |view: &View<'_>| {
            let (state, user_id) = context.identified(view)?;
            if let Some((verification_id, sealed)) = codes_in_progress(&state, &user_id) {
                let codes = open(view, &verification_id, &sealed)?.split(' ').map(str::to_owned).collect();
                return Ok(NewBackupCodes { verification_id, codes });
            }
            let offered = offers.newest(Offer::BackupCodes, &user_id).ok_or_else(|| ApiError::internal("no keys"))?;
            let codes = backup_codes::from_bytes(&offered.bytes);
            Ok::<_, StepError>(NewBackupCodes { verification_id: offered.verification_id, codes })
        };
        self.read_inline(read).await.map_err(ApiError::from)
    }

    /// Takes up the backup codes that were shown under this id.
    ///
    /// # Errors
    /// 404 `session.verification_session_not_found` if none were; otherwise as [`InteractionBrowser::begin_app`].
    pub async fn take_up_backup_codes(&self, verification_id: String) -> Result<(), ApiError> {
        let offers = self.offers();
        let take_up = move |work: &Work<'_>, context: &StepContext| {
            let (state, user_id) = context.identified(work)?;
            if codes_in_progress(&state, &user_id).is_some_and(|(id, _)| id == verification_id) {
                return Ok(());
            }
            let offered = offers.find(Offer::BackupCodes, &user_id, &verification_id);
            let offered = offered.ok_or_else(|| to_api_error(&FlowError::VerificationNotFound))?;
            context.put_codes(work, user_id, &verification_id, &backup_codes::from_bytes(&offered.bytes))
        };
        self.transaction(take_up).await
    }

    /// Uses up a backup code, then applies the events. The one that this interaction has used up already is right again.
    ///
    /// # Errors
    /// 400 `session.mfa.invalid_backup_code`; 404 `session.identifier_not_found`;
    /// 400 `session.verification_blocked_too_many_attempts`.
    pub(super) async fn verify_backup_code(
        &self,
        code: &str,
        after: Vec<Event>,
    ) -> Result<(String, StepsOutcome), ApiError> {
        let (state, user_id) = self.identified().await?;
        let answer = FactorAnswer {
            kind: AttemptKind::MfaBackupCode,
            action: "Verification.BackupCode.Submit",
            wrong: FlowError::InvalidBackupCode,
            payload: json!({"code": "******"}),
        };
        let attempt = self.factor_attempt(&user_id, answer);
        let details = attempt.details.clone();
        if let Some(id) = used_before(&state, &user_id, code) {
            let apply =
                move |work: &Work<'_>, context: &StepContext| context.apply_events(work, after.clone(), &details);
            return Ok((id, self.transaction(apply).await?));
        }
        let record_id = id::entity_id(&self.app.rng);
        let owner = user_id.clone();
        let prepare = move |work: &Work<'_>, context: &StepContext| {
            let (_, identified) = context.identified(work)?;
            require_same_user(&identified, &owner)?;
            Ok(backup_codes::find(work, &owner)?)
        };
        let compare = async |set: Option<CodeSet>| Ok(set.and_then(|set| set.unused(code)));
        let id = record_id.clone();
        let accept = move |work: &Work<'_>, context: &StepContext, right: Counted<String>| {
            if !backup_codes::use_up(work, &user_id, right.outcome())? {
                return Ok(None);
            }
            let question = BackupCodes { user_id: user_id.clone(), backup_codes: None };
            let record = match Pending::new(id.clone(), question).prove(right.map(Some)) {
                Ok(verified) => Verification::from(verified),
                Err(pending) => Verification::from(pending),
            };
            let events = [Event::Record(VerificationRecord::BackupCode(record))].into_iter().chain(after.clone());
            context.apply_events(work, events.collect(), &details).map(Some)
        };
        let outcome = attempt.run(self, prepare, compare, accept).await?;
        Ok((record_id, outcome))
    }
}
