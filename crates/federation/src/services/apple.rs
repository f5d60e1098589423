//! Apple (H045), by <https://developer.apple.com/documentation/signinwithapple>: the ID token comes back with the person, in a
//! form.

use super::address;
use crate::config::ConfigReader;
use crate::id_token::IdTokenRules;
use crate::provider::Identity;
use crate::{InvalidConfig, Provider};

pub(super) fn read(config: &mut ConfigReader<'_>) -> Result<Provider, InvalidConfig> {
    let client_id = config.required("clientId")?;
    let issuers = vec!["https://appleid.apple.com".to_owned()];
    let mut rules = IdTokenRules::new(address("https://appleid.apple.com/auth/keys")?, issuers, &client_id);
    // Apple documents `email_verified` as text or truth value.
    rules.accept_text_truths = true;
    Ok(Provider {
        authorization_endpoint: address("https://appleid.apple.com/auth/authorize")?,
        response_type: "code id_token",
        client_id,
        scope: config.scope("scope")?.unwrap_or_else(|| "name email".to_owned()),
        // Apple asks for it as soon as a scope is requested.
        parameters: vec![("response_mode".to_owned(), "form_post".to_owned())],
        token_endpoint: None,
        one_tap: None,
        identity: Identity::IdToken(Box::new(rules)),
    })
}
