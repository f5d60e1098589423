//! Passwords: comparing one, and taking a new one. The hashing happens between units of work, never inside one.

use flow::{Event, InteractionEvent, PasswordDigest, Refusal, Setting, State};
use kernel::id;

use super::record::Remark;
use super::sentinel::{self, Target};
use super::unit::{Context, Loaded, Made, Played, Undone};
use super::visit::Visit;
use super::{facts, refused};
use crate::ApiError;
use crate::hashing::{HashingError, MAX_PASSWORD_BYTES, Verification};
use crate::users::store::{self, User};

/// Steps around a password: what comes before it is judged, and what follows if it is right.
#[derive(Debug, Clone, Default)]
pub(super) struct Around {
    pub before: Vec<Event>,
    pub after: Vec<Event>,
}

struct Begun {
    admitted: bool,
    user: Option<User>,
    state: State,
    client_id: String,
}

impl Visit {
    /// Compares a password and, if it is right, makes the steps. The answer to a wrong password, an unknown user and a
    /// user without a password is the same, after the same work (E053, C11).
    pub(super) async fn with_password(
        &self,
        (identifier, password): (flow::Identifier, &str),
        around: Around,
        remark: &Remark,
    ) -> Result<(String, Played), ApiError> {
        not_too_long(password)?;
        let policy = Context::of(self).await?.policy;
        let target = Target::identifier(self.tenant.id(), &identifier, policy.experience.sentinel_policy);
        let begun = self.begin_attempt(&target, &identifier, &around).await?;
        if !begun.admitted {
            return Err(self.refuse_attempt(begun, too_many(&target), remark));
        }
        let stored = begun.user.as_ref().and_then(User::stored_password);
        let comparison = match self.app.hasher.verify(password, stored).await {
            Ok(comparison) => comparison,
            Err(error) => {
                // The attempt was not judged, so it does not count.
                self.unit(move |tx, context| {
                    tx.relax();
                    Ok(sentinel::succeeded(tx, &target, context.now)?)
                })
                .await?;
                return Err(error.into());
            }
        };
        let Some(user) = begun.user.clone().filter(|_| comparison.is_match()) else {
            let judged = target.clone();
            let locked = self.unit(move |tx, context| Ok(sentinel::failed(tx, &judged, context.now)?)).await?;
            let error = if locked { too_many(&target) } else { flow::Error::InvalidCredentials };
            return Err(self.refuse_attempt(begun, error, remark));
        };
        let verification_id = id::long(&self.app.rng);
        let checked =
            Event::PasswordChecked { id: verification_id.clone(), identifier, user_id: Some(user.id.clone()) };
        let events: Vec<Event> = around.before.into_iter().chain([checked]).chain(around.after).collect();
        let locked = too_many(&target);
        let played = self
            .unit(move |tx, context| {
                if !sentinel::succeeded(tx, &target, context.now)? {
                    return Ok(None);
                }
                if let (Verification::MatchesNeedsRehash(new), Some(old)) = (&comparison, &user.password) {
                    store::replace_hash_if_unchanged(tx, (context.tenant, &user.id), &old.password_encrypted, new)?;
                }
                context.play(tx, events.clone()).map(Some)
            })
            .await?;
        match played {
            Some(played) => {
                self.settle(&played, remark);
                Ok((verification_id, played))
            }
            None => Err(self.refuse_attempt(begun, locked, remark)),
        }
    }

    async fn begin_attempt(
        &self,
        target: &Target,
        identifier: &flow::Identifier,
        around: &Around,
    ) -> Result<Begun, ApiError> {
        let (target, identifier) = (target.clone(), identifier.clone());
        let begins = matches!(around.before.first(), Some(Event::Start { .. }));
        let fresh = State::new(InteractionEvent::SignIn, self.sign_in_context());
        self.unit(move |tx, context| {
            let Loaded { interaction, state } = context.load(tx)?;
            let state = if begins { Some(fresh.clone()) } else { state.filter(|state| !state.submitted) };
            let state = state.ok_or_else(|| refused(&flow::Error::InteractionNotFound))?;
            let user = facts::find(tx, context, &identifier)?;
            let admitted = sentinel::begin(tx, &target, context.now)?;
            tx.relax();
            Ok(Begun { admitted, user, state, client_id: interaction.client_id })
        })
        .await
    }

    fn refuse_attempt(&self, begun: Begun, error: flow::Error, remark: &Remark) -> ApiError {
        let answer = refused(&error);
        let made = Made {
            action: "Verification.Password.Submit",
            event: begun.state.interaction_event,
            state: Some(begun.state),
            client_id: begun.client_id,
            error: Some(error),
        };
        self.remember(&[made], remark);
        answer
    }

    /// Takes a new password: makes sure that the step would be allowed, judges the password, hashes it, makes the steps.
    pub(super) async fn with_new_password<F>(
        &self,
        password: &str,
        (around, make): (Around, F),
        remark: &Remark,
    ) -> Result<Played, ApiError>
    where
        F: Fn(PasswordDigest, bool) -> Event + Clone + Send + 'static,
    {
        not_too_long(password)?;
        let context = Context::of(self).await?;
        let attempt = make(placeholder(), false);
        let compares = matches!(attempt, Event::SetPassword { .. });
        let (before, policy) = (around.before.clone(), context.policy.clone());
        let mut rehearsed = self.app.db.read_inline(move |r| context.rehearse(r, before, attempt)).await?;
        let accepted = match rehearsed.error.take() {
            Some(error) => Err(error),
            None => policy.experience.password_policy.accept(password, &rehearsed.owner),
        };
        let accepted = match accepted {
            Ok(accepted) => accepted,
            Err(error) => return Err(self.refuse_new_password(rehearsed, error, remark)),
        };
        let stored = rehearsed.user.as_ref().and_then(User::stored_password).filter(|_| compares);
        let same = match stored {
            Some(stored) => self.app.hasher.verify(accepted.expose(), Some(stored)).await?,
            None => Verification::Mismatch,
        };
        let digest = self.app.hasher.hash(accepted.expose()).await?;
        let event = make(digest, same.is_match());
        let events: Vec<Event> = around.before.into_iter().chain([event]).chain(around.after).collect();
        let played = self.unit(move |tx, context| context.play(tx, events.clone())).await?;
        self.settle(&played, remark);
        Ok(played)
    }

    fn refuse_new_password(&self, rehearsed: Rehearsed, error: flow::Error, remark: &Remark) -> ApiError {
        let answer = refused(&error);
        if let Some(state) = rehearsed.state {
            let made = Made {
                action: rehearsed.action,
                event: state.interaction_event,
                state: Some(state),
                client_id: rehearsed.client_id,
                error: Some(error),
            };
            self.remember(&[made], remark);
        }
        answer
    }
}

struct Rehearsed {
    action: &'static str,
    client_id: String,
    state: Option<State>,
    error: Option<flow::Error>,
    user: Option<User>,
    owner: flow::password::UserInfo,
}

impl Context {
    /// Makes steps without effects and without saving, to know whether they would be allowed: hashing is dear, and must
    /// not be had by somebody who may not take the step (C18, C23).
    fn rehearse(&self, r: &db::Read<'_>, before: Vec<Event>, last: Event) -> Result<Rehearsed, Undone> {
        let Loaded { interaction, mut state } = self.load(r)?;
        let action = last.audit_action();
        let username = match &last {
            Event::NewPasswordIdentity { identifier, .. } => Some(identifier.value.clone()),
            _ => None,
        };
        let mut error = None;
        for event in before.into_iter().chain([last]) {
            let facts = facts::answer(r, self, flow::questions(state.as_ref(), &event))?;
            let setting = Setting { policy: &self.policy, facts: &facts, now: self.now, new_user_id: "" };
            match flow::step(state.clone(), event, &setting) {
                Ok(step) => state = step.state,
                Err(Refusal { error: refusal, .. }) => {
                    error = Some(refusal);
                    break;
                }
            }
        }
        let user = match state.as_ref().and_then(|state| state.user_id.as_ref()) {
            Some(id) => store::find(r, self.tenant, id)?,
            None => None,
        };
        let mut owner = user.as_ref().map(|user| facts::of(user).info()).unwrap_or_default();
        if let Some(profile) = state.as_ref().map(|state| &state.profile) {
            owner.name = owner.name.or_else(|| profile.name.clone());
            owner.username = owner.username.or(username).or_else(|| profile.username.clone());
            owner.email = owner.email.or_else(|| profile.primary_email.clone());
            owner.phone = owner.phone.or_else(|| profile.primary_phone.clone());
        }
        Ok(Rehearsed { action, client_id: interaction.client_id, state, error, user, owner })
    }
}

fn placeholder() -> PasswordDigest {
    PasswordDigest { password_encrypted: String::new(), password_encryption_method: "Argon2id".to_owned() }
}

fn too_many(target: &Target) -> flow::Error {
    let minutes = target.policy.lockout_seconds() / 60;
    flow::Error::TooManyAttempts { relative_time: minutes.to_string() }
}

fn not_too_long(password: &str) -> Result<(), ApiError> {
    if password.len() > MAX_PASSWORD_BYTES { Err(HashingError::TooLong.into()) } else { Ok(()) }
}
