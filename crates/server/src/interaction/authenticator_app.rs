//! Authenticator apps: a new one is set up, a bound one is used (E072).

use db::DbError;
use flow::verification::{Counted, Pending, Totp, Verification};
use flow::{Event, FlowError, State, VerificationRecord};
use kernel::id;
use kernel::ids::UserId;
use serde_json::json;

use super::attempt_limit::AttemptKind;
use super::browser::InteractionBrowser;
use super::offered_secrets::{Offer, OfferSource};
use super::second_factors::{FactorAnswer, open, require_same_user, seal};
use super::to_api_error;
use super::transaction::{StepContext, StepError, StepsOutcome};
use crate::ApiError;
use crate::users::mfa_factors::qr_code::QrCode;
use crate::users::mfa_factors::totp::TotpKey;
use crate::users::mfa_factors::{self, AuthenticatorApp};
use crate::users::store;
use crate::work::{View, Work};

/// An authenticator app that is being set up.
#[derive(Clone)]
pub struct NewApp {
    pub verification_id: String,
    pub key: TotpKey,
    issuer: String,
    account: String,
}

impl NewApp {
    /// The same as an address, which an app on this device opens.
    pub fn uri(&self) -> String {
        self.key.uri(&self.issuer, &self.account)
    }

    /// What the app scans.
    ///
    /// # Errors
    /// None with names of usual length.
    pub fn qr_code(&self) -> Result<QrCode, ApiError> {
        QrCode::of(&self.uri()).ok_or_else(|| ApiError::internal("a QR code that holds too much"))
    }
}

/// What a code of an app is compared with.
#[derive(Clone)]
enum AppMaterial {
    Bound(Option<AuthenticatorApp>),
    New { key: TotpKey, sealed: String },
}

impl AppMaterial {
    fn key(&self) -> Option<(&TotpKey, Option<i64>)> {
        match self {
            Self::Bound(app) => app.as_ref().map(|app| (&app.key, app.last_used_step)),
            Self::New { key, .. } => Some((key, None)),
        }
    }

    /// The seed of a new app, as the verification keeps it.
    fn sealed(&self) -> Option<String> {
        match self {
            Self::Bound(_) => None,
            Self::New { sealed, .. } => Some(sealed.clone()),
        }
    }

    /// Uses up the code of a bound app. The code that confirms a new one is not a sign-in yet (trace 20-12).
    fn use_up(&self, work: &Work<'_>, step: i64) -> Result<bool, DbError> {
        match self {
            Self::Bound(Some(app)) => mfa_factors::use_step(work, app, step),
            Self::Bound(None) => Ok(false),
            Self::New { .. } => Ok(true),
        }
    }
}

impl StepContext {
    /// The verification that sets up an app for the user.
    fn app_in_progress(state: &State, user_id: &UserId) -> Option<String> {
        state.verification_records.iter().find_map(|record| match record {
            VerificationRecord::Totp(record) if record.members().user_id == *user_id => {
                record.members().secret.as_ref().map(|_| record.id().to_owned())
            }
            _ => None,
        })
    }

    /// Puts down a new app, to be confirmed by a code.
    fn put_app(&self, work: &Work<'_>, user_id: UserId, id: &str, key: &TotpKey) -> Result<(), StepError> {
        let secret = Some(seal(work, id, key.expose())?);
        self.put(work, VerificationRecord::Totp(Pending::new(id.to_owned(), Totp { user_id, secret }).into()))
    }

    /// The seed of the app that the verification with this id sets up for the user.
    fn new_app(&self, view: &View<'_>, state: &State, id: &str) -> Result<(TotpKey, String), StepError> {
        let sealed = match state.record(id) {
            Ok(VerificationRecord::Totp(record)) => record.members().secret.clone(),
            _ => None,
        };
        let sealed = sealed.ok_or_else(|| to_api_error(&FlowError::VerificationNotFound))?;
        let seed = open(view, id, &sealed)?;
        let key = TotpKey::parse(&seed).ok_or_else(|| ApiError::internal("the seed of a new app"))?;
        Ok((key, sealed))
    }
}

fn offered_key(offers: &OfferSource, user_id: &UserId) -> Result<(String, TotpKey), ApiError> {
    let offered = offers.newest(Offer::App, user_id);
    let seed = offered.as_ref().and_then(|offered| offered.bytes.first_chunk());
    let key = seed.map(TotpKey::from_seed);
    offered.zip(key).map(|(offered, key)| (offered.verification_id, key)).ok_or_else(|| ApiError::internal("no keys"))
}

impl InteractionBrowser {
    /// Makes a seed for a new authenticator app. It is bound once a code of it is verified.
    ///
    /// # Errors
    /// 404 `session.interaction_not_found`, `session.identifier_not_found`.
    pub async fn begin_app(&self) -> Result<NewApp, ApiError> {
        let key = TotpKey::generate(&self.app.rng);
        let verification_id = id::entity_id(&self.app.rng);
        let issuer = mfa_factors::issuer_name(self.issuer());
        let begin = move |work: &Work<'_>, context: &StepContext| {
            let (_, user_id) = context.identified(work)?;
            let account = mfa_factors::account_label(&store::get(work, &user_id)?).to_owned();
            context.put_app(work, user_id, &verification_id, &key)?;
            Ok(NewApp { verification_id: verification_id.clone(), key: key.clone(), issuer: issuer.clone(), account })
        };
        self.transaction(begin).await
    }

    /// The authenticator app that is being set up, or that is offered: showing it again shows the same, and writes nothing.
    ///
    /// # Errors
    /// As [`InteractionBrowser::begin_app`].
    pub async fn offered_app(&self) -> Result<NewApp, ApiError> {
        let (context, offers) = (StepContext::of(self), self.offers());
        let issuer = mfa_factors::issuer_name(self.issuer());
        let read = move |view: &View<'_>| {
            let (state, user_id) = context.identified(view)?;
            let account = mfa_factors::account_label(&store::get(view, &user_id)?).to_owned();
            let (verification_id, key) = match StepContext::app_in_progress(&state, &user_id) {
                Some(id) => (id.clone(), context.new_app(view, &state, &id)?.0),
                None => offered_key(&offers, &user_id)?,
            };
            Ok::<_, StepError>(NewApp { verification_id, key, issuer, account })
        };
        self.read_inline(read).await.map_err(ApiError::from)
    }

    /// Takes up the app that was offered, unless one is being set up. Returns the id of its verification.
    ///
    /// # Errors
    /// As [`InteractionBrowser::begin_app`].
    pub async fn take_up_app(&self) -> Result<String, ApiError> {
        let offers = self.offers();
        let take_up = move |work: &Work<'_>, context: &StepContext| {
            let (state, user_id) = context.identified(work)?;
            if let Some(id) = StepContext::app_in_progress(&state, &user_id) {
                return Ok(id);
            }
            let (id, key) = offered_key(&offers, &user_id)?;
            context.put_app(work, user_id, &id, &key)?;
            Ok(id)
        };
        self.transaction(take_up).await
    }

    /// Verifies a code: of the app that the verification with this id sets up, else of the bound one, whose codes are good
    /// once. Then applies the events.
    ///
    /// # Errors
    /// 400 `session.mfa.invalid_totp_code`; 404 `session.verification_session_not_found`, `session.identifier_not_found`;
    /// 400 `session.verification_blocked_too_many_attempts`.
    pub(super) async fn verify_app(
        &self,
        code: &str,
        verification_id: Option<String>,
        after: Vec<Event>,
    ) -> Result<(String, StepsOutcome), ApiError> {
        let (_, user_id) = self.identified().await?;
        let record_id = verification_id.clone().unwrap_or_else(|| id::entity_id(&self.app.rng));
        let answer = FactorAnswer {
            kind: AttemptKind::MfaTotp,
            action: "Verification.Totp.Submit",
            wrong: FlowError::InvalidTotpCode,
            payload: json!({"code": "******", "verificationId": verification_id}),
        };
        let attempt = self.factor_attempt(&user_id, answer);
        let details = attempt.details.clone();
        let owner = user_id.clone();
        let prepare = move |work: &Work<'_>, context: &StepContext| {
            let (state, identified) = context.identified(work)?;
            require_same_user(&identified, &owner)?;
            match &verification_id {
                Some(id) => {
                    let (key, sealed) = context.new_app(work, &state, id)?;
                    Ok(AppMaterial::New { key, sealed })
                }
                None => Ok(AppMaterial::Bound(mfa_factors::find_app(work, &owner)?)),
            }
        };
        let compare = async |material: AppMaterial| {
            let matching = material.key().and_then(|(key, used)| key.matching_step(code, self.now, used));
            Ok(matching.map(|step| (material, step)))
        };
        let id = record_id.clone();
        let accept = move |work: &Work<'_>, context: &StepContext, right: Counted<(AppMaterial, i64)>| {
            let (material, step) = right.outcome();
            if !material.use_up(work, *step)? {
                return Ok(None);
            }
            let secret = material.sealed();
            let pending = Pending::new(id.clone(), Totp { user_id: user_id.clone(), secret });
            let record: Verification<Totp> = match pending.prove(right.map(|_| true)) {
                Ok(verified) => verified.into(),
                Err(pending) => pending.into(),
            };
            let events = [Event::Record(VerificationRecord::Totp(record))].into_iter().chain(after.clone()).collect();
            context.apply_events(work, events, &details).map(Some)
        };
        let outcome = attempt.run(self, prepare, compare, accept).await?;
        Ok((record_id, outcome))
    }
}
