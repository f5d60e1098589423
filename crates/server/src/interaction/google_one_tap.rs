//! Google One Tap (E014, E089). A page lets Google's script ask the person, and brings here the ID token that it got. Nobody left
//! this server for it, so there is no state, nonce or code: what shows that the credential is of this browser's person is a cookie,
//! and it counts once.

use federation::{FederationError, OneTapProof, Provider};
use flow::verification::{Pending, Social};
use flow::{Event, FlowError};
use kernel::id;
use serde_json::{Map, Value, json};

use super::audit::AuditDetails;
use super::browser::InteractionBrowser;
use super::provider_connector::{Asked, ProviderConnector, ProviderKind, federation_error};
use super::provider_exchange::{provider_place, user_info};
use super::provider_sign_in::{Attempt, Open, ProviderResponse, find_asked, open_state};
use super::to_api_error;
use super::transaction::{StepContext, StepError, StepsOutcome};
use crate::ApiError;
use crate::oidc::cookies;
use crate::oidc::used_jwts::UsedJwt;
use crate::work::{View, Work};

/// What the page brings in `connectorData`.
#[derive(Clone)]
pub(super) struct OneTapCredential {
    credential: String,
    origin: CredentialOrigin,
}

/// How the credential came, and by that what shows that it is of this browser's person.
#[derive(Clone)]
enum CredentialOrigin {
    /// Google's script posted it, with a token that it keeps in a cookie too.
    Script(Value),
    /// An application passed it on, and it is in a cookie.
    Application,
    /// A form of our own page, whose token was compared.
    OwnPage,
}

/// A credential for a verification.
#[derive(Clone)]
pub(super) struct OneTapAnswer {
    pub connector_id: String,
    pub verification_id: String,
    /// Whether the verification begins with it.
    pub is_new: bool,
    pub credential: OneTapCredential,
}

/// A refusal with its reason for the audit log.
struct Refusal {
    error: ApiError,
    reason: String,
}

impl Refusal {
    fn new(code: &'static str, reason: &str) -> Self {
        Self { error: ApiError::bad_request(code), reason: reason.to_owned() }
    }
}

const INVALID_ID_TOKEN: &str = "session.google_one_tap.invalid_id_token";

impl OneTapCredential {
    /// None in what a person brings back from the provider: that has a code.
    pub fn of(body: &Map<String, Value>) -> Option<Self> {
        let data = body.get("connectorData")?.as_object()?;
        let credential = data.get("credential")?.as_str().filter(|_| !data.contains_key("code"))?;
        let token = data.get("g_csrf_token").cloned();
        let origin = token.map_or(CredentialOrigin::Application, CredentialOrigin::Script);
        Some(Self { credential: credential.to_owned(), origin })
    }

    /// What the form of our own page has, after its token was compared.
    pub fn of_own_page(credential: String) -> Self {
        Self { credential, origin: CredentialOrigin::OwnPage }
    }

    /// Refuses the credential that another site's page sends (login CSRF, attack D13).
    fn check_browser(&self, browser: &InteractionBrowser) -> Result<(), &'static str> {
        let is = |known: &str, sent: &str| !known.is_empty() && id::constant_time_eq(known, sent);
        let csrf_token = match &self.origin {
            CredentialOrigin::Script(token) => token,
            CredentialOrigin::Application => {
                let passed = browser.cookie(cookies::GOOGLE_ONE_TAP).and_then(|value| cookies::percent_decode(&value));
                let is_passed = passed.is_some_and(|passed| is(&passed, &self.credential));
                return if is_passed { Ok(()) } else { Err("session.google_one_tap.cookie_mismatch") };
            }
            CredentialOrigin::OwnPage => return Ok(()),
        };
        let sent = csrf_token.as_str().unwrap_or_default();
        let known = cookies::unsigned_values(&browser.headers, cookies::GOOGLE_CSRF);
        if known.iter().any(|known| is(known, sent)) { Ok(()) } else { Err("session.csrf_token_mismatch") }
    }
}

impl OneTapAnswer {
    /// The question that the credential answers, the one that was asked or a new one, with the provider.
    fn open(&self, view: &View<'_>, context: &StepContext) -> Result<(Open, Provider), StepError> {
        let kind = ProviderKind::Social;
        let (connector_id, verification_id) = (self.connector_id.clone(), self.verification_id.clone());
        let open = if self.is_new {
            let (interaction, state) = open_state(view, context)?;
            let connector = ProviderConnector::get(view, kind, &connector_id, &context.policy)?;
            let question = Social { connector_id, connector_session: None };
            let asked = Asked::Social(Pending::new(verification_id, question));
            Open { connector, asked, interaction, state }
        } else {
            let parameters = Map::new();
            let response = ProviderResponse { kind: Some(kind), connector_id, verification_id, parameters };
            find_asked(view, context, &response)?
        };
        match &open.connector {
            ProviderConnector::Social(connector) if connector.provider.one_tap().is_some() => {
                let provider = connector.provider.clone();
                Ok((open, provider))
            }
            _ => Err(ApiError::bad_request("connector.not_enabled").into()),
        }
    }
}

impl InteractionBrowser {
    /// Completes a verification with a credential, and applies the events `after`.
    ///
    /// # Errors
    /// 404 `session.verification_session_not_found`; 400 `connector.not_enabled` where the connector has no One Tap; 400
    /// `session.csrf_token_mismatch`, `session.google_one_tap.cookie_mismatch`, `session.google_one_tap.invalid_id_token` or
    /// `session.google_one_tap.unverified_email`; the codes of [`federation_error`] where the keys can't be fetched.
    pub(super) async fn complete_one_tap(
        &self,
        answer: OneTapAnswer,
        after: Vec<Event>,
    ) -> Result<StepsOutcome, ApiError> {
        let _place = provider_place(self)?;
        let (context, asked) = (StepContext::of(self), answer.clone());
        let opened = self.read_inline(move |view| asked.open(view, &context).map_err(ApiError::from)).await;
        let (open, provider) = opened?;
        let attempt = Attempt::at(&open, &answer.connector_id, &answer.verification_id);
        let accepted = match self.prove_one_tap(&provider, &answer.credential).await {
            Ok(proof) => self.accept_one_tap(open.connector, answer, proof, after).await?,
            Err(refusal) => Err(refusal),
        };
        accepted.map_err(|Refusal { error, reason }| {
            attempt.audit(&StepContext::of(self), &error, &reason);
            error
        })
    }

    async fn prove_one_tap(&self, provider: &Provider, credential: &OneTapCredential) -> Result<OneTapProof, Refusal> {
        credential.check_browser(self).map_err(|code| Refusal::new(code, "no cookie of this browser has it"))?;
        let verified = self.app.federation.verify_one_tap(provider, &credential.credential).await;
        let proof = verified.map_err(|error| match &error {
            FederationError::InvalidIdToken(_) => Refusal::new(INVALID_ID_TOKEN, &error.to_string()),
            other => Refusal { error: federation_error(other), reason: error.to_string() },
        })?;
        // Without it, nobody vouches for the address (H053).
        match proof.account.email_is_verified && proof.account.user.email.is_some() {
            true => Ok(proof),
            false => Err(Refusal::new("session.google_one_tap.unverified_email", "no verified address")),
        }
    }

    /// Takes what was proven, if `connector` still is as it was then.
    async fn accept_one_tap(
        &self,
        connector: ProviderConnector,
        answer: OneTapAnswer,
        proof: OneTapProof,
        after: Vec<Event>,
    ) -> Result<Result<StepsOutcome, Refusal>, ApiError> {
        let OneTapProof { account, signed, until } = proof;
        let used = UsedJwt::new("google-one-tap", "google", &signed, until);
        // There are no tokens: Google gave none for it.
        let (info, _) = user_info(account)?;
        let accept = move |work: &Work<'_>, context: &StepContext| {
            let (Open { connector: now, asked, .. }, provider) = answer.open(work, context)?;
            if now != connector {
                return Err(to_api_error(&FlowError::VerificationFailed).into());
            }
            // On the disk before the answer: what was used stays used.
            work.require_durable();
            if !used.use_up(work)? {
                return Ok(None);
            }
            let proven = asked.prove(now, &provider, info.clone(), None).map_err(|error| to_api_error(&error))?;
            let OneTapAnswer { connector_id, verification_id, .. } = &answer;
            let payload = json!({"connectorId": connector_id, "verificationId": verification_id});
            let events = [Event::Record(proven)].into_iter().chain(after.clone()).collect();
            context.apply_events(work, events, &AuditDetails::with_payload(payload)).map(Some)
        };
        let outcome = self.transaction(accept).await?;
        Ok(outcome.ok_or_else(|| Refusal::new(INVALID_ID_TOKEN, "it was used before")))
    }
}
