//! A stored connector.

use ::api::sso_connectors::{SsoBranding, SsoConnector as WireConnector};
use db::{DbError, FromRow};
use federation::{EnterpriseConfig, EnterpriseProvider};
use kernel::Timestamp;
use serde_json::{Value, json};

use super::providers;
use crate::sealing::{SealedColumn, Sealer};
use crate::work::View;

/// A row of `sso_connectors`, whose settings are sealed.
#[derive(FromRow)]
pub(super) struct SsoConnectorRow {
    pub(super) id: String,
    provider_name: String,
    connector_name: String,
    config: String,
    #[row(json)]
    domains: Vec<String>,
    #[row(json)]
    branding: SsoBranding,
    sync_profile: bool,
    enable_token_storage: bool,
    created_at: Timestamp,
}

/// A connector with its settings.
#[derive(Debug, Clone, PartialEq)]
pub struct SsoConnector {
    pub id: String,
    pub(super) kind: EnterpriseProvider,
    pub(super) connector_name: String,
    /// None until they are made.
    pub config: Option<EnterpriseConfig>,
    /// In the form of [`flow::identifier::normalize_domain`].
    pub domains: Vec<String>,
    pub(super) branding: SsoBranding,
    /// Whether name and avatar follow the provider at each sign-in.
    pub sync_profile: bool,
    pub(super) enable_token_storage: bool,
    pub(super) created_at: Timestamp,
}

impl SsoConnectorRow {
    pub fn open(self, sealer: &Sealer, tenant: &str) -> Result<SsoConnector, DbError> {
        let text = sealer.open(SealedColumn::SsoConnector.of(tenant, &self.id), &self.config)?;
        let unreadable = |error: String| DbError::Sql(format!("the enterprise connector {}: {error}", self.id));
        let config: serde_json::Map<String, Value> =
            serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
        let kind = EnterpriseProvider::find(&self.provider_name);
        let kind = kind.ok_or_else(|| unreadable(format!("no provider {}", self.provider_name)))?;
        let config = match config.is_empty() {
            true => None,
            false => Some(EnterpriseConfig::read(kind, &config).map_err(|error| unreadable(error.to_string()))?),
        };
        Ok(SsoConnector {
            id: self.id,
            kind,
            connector_name: self.connector_name,
            config,
            domains: self.domains,
            branding: self.branding,
            sync_profile: self.sync_profile,
            enable_token_storage: self.enable_token_storage,
            created_at: self.created_at,
        })
    }
}

impl SsoConnector {
    /// Whether it can sign people in (E092).
    pub fn is_available(&self) -> bool {
        self.config.is_some() && !self.domains.is_empty()
    }

    /// Whether somebody with this verified address may sign in. Where everybody has the same issuer, only the address says whose an
    /// account is.
    pub fn admits(&self, email: Option<&str>) -> bool {
        let is_shared = self.config.as_ref().is_none_or(EnterpriseConfig::has_shared_issuer);
        !is_shared || self.owns(email)
    }

    /// Whether this verified address is one of the enterprise.
    pub fn owns(&self, email: Option<&str>) -> bool {
        email.and_then(flow::identifier::email_domain).is_some_and(|domain| self.domains.contains(&domain))
    }

    /// Whether the provider's tokens are kept.
    pub fn keeps_tokens(&self, view: &View<'_>) -> bool {
        self.enable_token_storage && view.vault().is_open()
    }

    /// The issuer and the client there; empty without settings.
    pub fn registration(&self) -> String {
        self.config.as_ref().map(EnterpriseConfig::registration).unwrap_or_default()
    }

    /// As the API shows it.
    pub(super) fn to_wire(&self, tenant: &str) -> WireConnector {
        WireConnector {
            tenant_id: tenant.to_owned(),
            id: self.id.clone(),
            provider_name: self.kind.name().to_owned(),
            connector_name: self.connector_name.clone(),
            config: self.config.as_ref().map(EnterpriseConfig::to_json).unwrap_or_default(),
            domains: self.domains.clone(),
            branding: self.branding.clone(),
            sync_profile: self.sync_profile,
            enable_token_storage: self.enable_token_storage,
            created_at: self.created_at.millis(),
        }
    }

    /// What everybody may see (inventory A053).
    fn public(&self) -> Value {
        let text = |text: &Option<_>| text.as_deref().filter(|text: &&str| !text.is_empty()).map(str::to_owned);
        let name = text(&self.branding.display_name.as_ref().map(|name| name.0.clone()));
        let logo = text(&self.branding.logo.as_ref().map(|logo| logo.0.clone()));
        let dark_logo = text(&self.branding.dark_logo.as_ref().map(|logo| logo.0.clone()));
        let (own_logo, own_dark_logo) = providers::logos(self.kind);
        let dark_logo = match (&logo, dark_logo) {
            (_, Some(dark)) => dark,
            (Some(light), None) => light.clone(),
            (None, None) => own_dark_logo,
        };
        json!({
            "id": self.id, "connectorName": name.unwrap_or_else(|| self.connector_name.clone()),
            "logo": logo.unwrap_or(own_logo), "darkLogo": dark_logo,
        })
    }

    /// As the rules of the tenant hold it.
    pub(super) fn to_policy(&self) -> flow::SsoConnector {
        let (registration, public) = (self.registration(), self.public());
        flow::SsoConnector { id: self.id.clone(), registration, domains: self.domains.clone(), public }
    }
}
