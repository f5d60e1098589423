//! A provider with the settings of one connector.

use serde_json::{Map, Value};
use url::Url;

use crate::client_authentication::ClientAuthentication;
use crate::config::ConfigReader;
use crate::id_token::IdTokenRules;
use crate::one_tap::OneTap;
use crate::profile_map::ProfileMap;
use crate::{InvalidConfig, services};

/// A provider as one connector knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Provider {
    pub(crate) authorization_endpoint: Url,
    pub(crate) response_type: &'static str,
    pub(crate) client_id: String,
    pub(crate) scope: String,
    /// Further parameters of the authorization request.
    pub(crate) parameters: Vec<(String, String)>,
    /// None where the ID token comes with the person (Apple).
    pub(crate) token_endpoint: Option<(Url, ClientAuthentication)>,
    pub(crate) identity: Identity,
    /// Only at Google, where it is switched on.
    pub(crate) one_tap: Option<OneTap>,
}

/// What proves whose account it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Identity {
    IdToken(Box<IdTokenRules>),
    UserInfo(Box<UserInfoSource>),
}

/// An endpoint that tells whose access token it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct UserInfoSource {
    pub endpoint: Url,
    pub map: ProfileMap,
    pub email: EmailTrust,
}

/// Whether an address of a user information endpoint is the person's.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum EmailTrust {
    /// As the member `email_verified` says.
    Claim,
    /// The provider is the directory of the administrator.
    Always,
    Never,
    /// The primary verified address of a further list, as GitHub has it.
    List(Url),
}

impl Provider {
    /// The token endpoint and the client there, as one text: tokens that one registration was given are of use to no other.
    pub fn registration(&self) -> String {
        let endpoint = self.token_endpoint.as_ref().map_or("", |(endpoint, _)| endpoint.as_str());
        format!("{endpoint} {}", self.client_id)
    }

    /// Google's One Tap, where it is switched on.
    pub fn one_tap(&self) -> Option<&OneTap> {
        self.one_tap.as_ref()
    }

    /// Who issues the ID tokens, if there are any.
    pub fn issuer(&self) -> Option<&str> {
        match &self.identity {
            Identity::IdToken(rules) => rules.issuers.first().map(String::as_str),
            Identity::UserInfo(_) => None,
        }
    }

    /// Reads the settings of a connector of the factory `factory`, one of [`crate::FACTORIES`].
    ///
    /// # Errors
    /// The first setting that can't be used; a setting that no connector of the factory has is one.
    pub fn from_config(factory: &str, config: &Map<String, Value>) -> Result<Self, InvalidConfig> {
        let mut reader = ConfigReader::new(config);
        let provider = services::read(factory, &mut reader)?;
        reader.finish()?;
        Ok(provider)
    }
}
