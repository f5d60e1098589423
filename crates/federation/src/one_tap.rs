//! Google's One Tap (H053): the page of a site lets Google's script ask the person, and gets an ID token from it, by
//! <https://developers.google.com/identity/gsi/web/guides/verify-google-id-token>. No address here was asked for it before.

use kernel::Timestamp;
use serde::Serialize;

use crate::complete::{Federation, MAX_PARAMETER};
use crate::config::ConfigReader;
use crate::id_token::TokenOrigin;
use crate::provider::{Identity, Provider};
use crate::{Account, FederationError, InvalidConfig};

/// The setting `oneTap`, as the pages that show One Tap are told it. What is left out is Google's to decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OneTap {
    is_enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_select: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub close_on_tap_outside: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub itp_support: Option<bool>,
    pub client_id: String,
}

impl OneTap {
    /// None unless it is switched on.
    pub(crate) fn read(config: &mut ConfigReader<'_>, client_id: &str) -> Result<Option<Self>, InvalidConfig> {
        let read = config.object("oneTap", |members| {
            let mut flag = |key| members.value(key).is_some().then(|| members.flag(key)).transpose();
            Ok(Self {
                is_enabled: flag("isEnabled")?.unwrap_or(false),
                auto_select: flag("autoSelect")?,
                close_on_tap_outside: flag("closeOnTapOutside")?,
                itp_support: flag("itpSupport")?,
                client_id: client_id.to_owned(),
            })
        })?;
        Ok(Some(read).filter(|one_tap| one_tap.is_enabled))
    }
}

/// What a credential of One Tap proves.
#[derive(Debug, Clone, PartialEq)]
pub struct OneTapProof {
    pub account: Account,
    /// All that Google signed, which nobody can change: it names the credential, which must count only once.
    pub signed: String,
    /// It is refused from then on anyway.
    pub until: Timestamp,
}

impl Federation {
    /// The account that a credential of One Tap names. Whether the person of this browser brought it is the caller's to know,
    /// and that it was not used before.
    ///
    /// # Errors
    /// [`FederationError::InvalidIdToken`], also where One Tap is not switched on; those of fetching the keys.
    pub async fn verify_one_tap(&self, provider: &Provider, credential: &str) -> Result<OneTapProof, FederationError> {
        let refused = |reason: &str| FederationError::InvalidIdToken(reason.to_owned());
        let (Some(_), Identity::IdToken(rules)) = (&provider.one_tap, &provider.identity) else {
            return Err(refused("One Tap is not switched on"));
        };
        if credential.len() > MAX_PARAMETER {
            return Err(refused("it is too long"));
        }
        let token = self.verify_id_token(rules, credential, TokenOrigin::OneTap).await?;
        let until = rules.refused_from(&token).ok_or_else(|| refused("it does not say when it expires"))?;
        let (signed, _) = credential.rsplit_once('.').ok_or_else(|| refused("it has no signature"))?;
        let account = rules.account(&token.claims, None)?.bounded()?;
        Ok(OneTapProof { account, signed: signed.to_owned(), until })
    }
}
