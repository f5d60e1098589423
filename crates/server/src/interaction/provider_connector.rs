//! The connectors of social providers and of enterprises, as signing in needs both: what is asked there, and what the answer proves.

use axum::http::StatusCode;
use federation::{Federation, FederationError, Provider};
use flow::verification::{
    EnterpriseAccount, EnterpriseSso, Pending, Social, SocialAccount, Verification, VerificationRecord,
};
use flow::{EnterpriseAccountId, FlowError, ProviderAccount, TenantPolicy};
use serde_json::{Map, Value};

use crate::ApiError;
use crate::connectors::social::{self, SocialConnector};
use crate::sso_connectors::{self, SsoConnector};
use crate::work::{View, Work};

/// Whose provider it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderKind {
    Social,
    Enterprise,
}

/// A connector that may sign people in now.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ProviderConnector {
    Social(SocialConnector),
    Enterprise(SsoConnector),
}

impl ProviderConnector {
    /// The connector with this id (attack D10).
    ///
    /// # Errors
    /// 404 for an unknown id; 400 `connector.unexpected_type` or `connector.not_enabled`.
    pub fn get(view: &View<'_>, kind: ProviderKind, id: &str, policy: &TenantPolicy) -> Result<Self, ApiError> {
        let experience = &policy.experience;
        match kind {
            ProviderKind::Social => {
                social::get_enabled(view, id, &experience.social_sign_in_connector_targets).map(Self::Social)
            }
            ProviderKind::Enterprise => {
                let connector = sso_connectors::get_available(view, id)?;
                match experience.single_sign_on_enabled {
                    true => Ok(Self::Enterprise(connector)),
                    false => Err(ApiError::bad_request("connector.not_enabled")),
                }
            }
        }
    }

    /// The provider; that of an enterprise says itself where people sign in.
    ///
    /// # Errors
    /// The codes of [`federation_error`].
    pub async fn provider(&self, federation: &Federation) -> Result<Provider, ApiError> {
        match self {
            Self::Social(connector) => Ok(connector.provider.clone()),
            Self::Enterprise(connector) => {
                let config = connector.config.as_ref();
                let config = config.ok_or_else(|| ApiError::bad_request("connector.not_enabled"))?;
                let metadata = federation.discover(&config.issuer).await.map_err(|error| federation_error(&error))?;
                Ok(config.provider(&metadata))
            }
        }
    }

    /// The connector of an account, whether or not it may sign people in; nobody changes it before the unit ends. None if it is gone.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn find_for_share(work: &Work<'_>, account: &ProviderAccount) -> Result<Option<Self>, ApiError> {
        Ok(match account {
            ProviderAccount::Social { connector_id, .. } => {
                social::find_for_share(work, connector_id)?.map(Self::Social)
            }
            ProviderAccount::Enterprise(account) => {
                sso_connectors::find_for_share(work, &account.connector_id)?.map(Self::Enterprise)
            }
        })
    }

    /// What the connector is registered as at the provider whose tokens it keeps. None if it keeps none.
    pub fn kept_registration(&self, view: &View<'_>) -> Option<String> {
        match self {
            Self::Social(connector) => connector.keeps_tokens.then(|| connector.provider.registration()),
            Self::Enterprise(connector) => connector.keeps_tokens(view).then(|| connector.registration()),
        }
    }

    /// The account with this id at the provider.
    ///
    /// # Errors
    /// [`FlowError::VerificationFailed`] for an enterprise without issuer.
    pub fn account(&self, provider: &Provider, id: &str) -> Result<ProviderAccount, FlowError> {
        match self {
            Self::Social(SocialConnector { id: connector_id, target, .. }) => Ok(ProviderAccount::Social {
                connector_id: connector_id.clone(),
                target: target.clone(),
                id: id.to_owned(),
            }),
            Self::Enterprise(connector) => {
                let issuer = provider.issuer().ok_or(FlowError::VerificationFailed)?.to_owned();
                let connector_id = connector.id.clone();
                Ok(ProviderAccount::Enterprise(EnterpriseAccountId { connector_id, issuer, id: id.to_owned() }))
            }
        }
    }

    /// The verification of somebody who is sent away; `session` is what must be kept meanwhile, sealed.
    pub fn ask(&self, verification_id: &str, session: String) -> VerificationRecord {
        let connector_session = Some(Value::String(session));
        match self {
            Self::Social(connector) => {
                let question = Social { connector_id: connector.id.clone(), connector_session };
                VerificationRecord::Social(Pending::new(verification_id, question).into())
            }
            Self::Enterprise(connector) => {
                let question = EnterpriseSso { connector_id: connector.id.clone(), connector_session };
                VerificationRecord::EnterpriseSso(Pending::new(verification_id, question).into())
            }
        }
    }
}

/// A verification whose person has not come back yet.
#[derive(Debug, Clone)]
pub(crate) enum Asked {
    Social(Pending<Social>),
    Enterprise(Pending<EnterpriseSso>),
}

impl Asked {
    /// The open question of a record at this connector (attacks D3 and D19).
    ///
    /// # Errors
    /// 404 `session.verification_session_not_found`; 400 `session.connector_session_not_found` for one that was answered.
    pub fn of(record: &VerificationRecord, connector_id: &str) -> Result<Self, ApiError> {
        let (asked, of) = match record {
            VerificationRecord::Social(record) => {
                let asked = match record {
                    Verification::Pending(pending) => Some(Self::Social(pending.clone())),
                    Verification::Verified(_) => None,
                };
                (asked, record.connector_id())
            }
            VerificationRecord::EnterpriseSso(record) => {
                let asked = match record {
                    Verification::Pending(pending) => Some(Self::Enterprise(pending.clone())),
                    Verification::Verified(_) => None,
                };
                (asked, record.connector_id())
            }
            _ => return Err(super::to_api_error(&FlowError::VerificationNotFound)),
        };
        if of != connector_id {
            return Err(super::to_api_error(&FlowError::VerificationNotFound));
        }
        asked.ok_or_else(|| ApiError::bad_request("session.connector_session_not_found"))
    }

    pub fn kind(&self) -> ProviderKind {
        match self {
            Self::Social(_) => ProviderKind::Social,
            Self::Enterprise(_) => ProviderKind::Enterprise,
        }
    }

    /// The question once somebody has come back: what was kept is used up.
    pub fn without_session(self) -> VerificationRecord {
        match self {
            Self::Social(mut pending) => {
                pending.question.connector_session = None;
                VerificationRecord::Social(pending.into())
            }
            Self::Enterprise(mut pending) => {
                pending.question.connector_session = None;
                VerificationRecord::EnterpriseSso(pending.into())
            }
        }
    }

    /// What was kept, sealed.
    pub fn session(&self) -> Option<&str> {
        let session = match self {
            Self::Social(pending) => &pending.question.connector_session,
            Self::Enterprise(pending) => &pending.question.connector_session,
        };
        session.as_ref().and_then(Value::as_str)
    }

    /// The proof of the account whose members are `user`, from the provider of `connector`, with its sealed tokens.
    ///
    /// # Errors
    /// [`FlowError::VerificationFailed`].
    pub fn prove(
        self,
        connector: ProviderConnector,
        provider: &Provider,
        user: Map<String, Value>,
        tokens: Option<Value>,
    ) -> Result<VerificationRecord, FlowError> {
        match (self, connector) {
            (Self::Social(pending), ProviderConnector::Social(connector)) => {
                let account = SocialAccount {
                    connector_id: connector.id,
                    target: connector.target,
                    sync_profile: connector.sync_profile,
                    social_user_info: user,
                    encrypted_token_set: tokens,
                };
                Ok(VerificationRecord::Social(pending.prove(account)?.into()))
            }
            (Self::Enterprise(pending), ProviderConnector::Enterprise(connector)) => {
                let email = user.get("email").and_then(Value::as_str);
                let issuer = provider.issuer().ok_or(FlowError::VerificationFailed)?.to_owned();
                if !connector.admits(email) {
                    return Err(FlowError::VerificationFailed);
                }
                let account = EnterpriseAccount {
                    registration: connector.registration(),
                    connector_id: connector.id,
                    issuer,
                    sync_profile: connector.sync_profile,
                    enterprise_sso_user_info: user,
                    encrypted_token_set: tokens,
                };
                Ok(VerificationRecord::EnterpriseSso(pending.prove(account)?.into()))
            }
            _ => Err(FlowError::VerificationFailed),
        }
    }
}

/// The error for the person. Its text is for who set the connector up, and may name hosts: it is only logged.
pub(crate) fn federation_error(error: &FederationError) -> ApiError {
    tracing::info!(%error, "a sign-in at a provider failed");
    let (status, code) = match error {
        FederationError::Refused { .. } => (StatusCode::UNAUTHORIZED, "connector.authorization_failed"),
        FederationError::MissingParameter(_) => (StatusCode::BAD_REQUEST, "connector.invalid_request_parameters"),
        FederationError::OtherRequest(_) => (StatusCode::BAD_REQUEST, "session.csrf_token_mismatch"),
        FederationError::InvalidCode(_) => (StatusCode::UNAUTHORIZED, "connector.social_auth_code_invalid"),
        FederationError::InvalidAccessToken => (StatusCode::UNAUTHORIZED, "connector.social_invalid_access_token"),
        FederationError::InvalidIdToken(_) => (StatusCode::UNAUTHORIZED, "connector.social_invalid_id_token"),
        FederationError::InvalidResponse { .. } => (StatusCode::BAD_REQUEST, "connector.invalid_response"),
        FederationError::Unreachable { .. } | FederationError::Interrupted => {
            (StatusCode::BAD_REQUEST, "connector.general")
        }
    };
    ApiError::new(status, code)
}
