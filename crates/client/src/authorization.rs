//! The authorization request (RFC 6749 section 4.1.1 and Logto's additions).

use url::Url;

use crate::{Config, DEFAULT_SCOPES, Error, ProviderMetadata, SignInAttempt, challenge};

/// Options of one sign-in; empty ones are not sent.
#[derive(Debug, Clone, Default)]
pub struct SignInOptions {
    pub redirect_uri: String,
    /// `signIn` or `signUp`.
    pub interaction_mode: Option<String>,
    /// `sign_in`, `identifier:register`, `reset_password`, `single_sign_on`, …
    pub first_screen: Option<String>,
    /// `email`, `phone`, `username`.
    pub identifiers: Vec<String>,
    /// Method (`social`, `sso`) and connector.
    pub direct_sign_in: Option<(String, String)>,
    pub extra_params: Vec<(String, String)>,
}

/// Parameters that only this crate may set: replacing one would undo what the callback checks.
const RESERVED_PARAMETERS: [&str; 8] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "code_challenge",
    "code_challenge_method",
    "state",
    "nonce",
];

/// The address to send the browser to.
///
/// # Errors
/// `Config` when the metadata's endpoint is no URL, or when an extra parameter would replace a security parameter.
pub fn authorization_url(
    metadata: &ProviderMetadata,
    config: &Config,
    options: &SignInOptions,
    attempt: &SignInAttempt,
) -> Result<String, Error> {
    if let Some((name, _)) = options.extra_params.iter().find(|(name, _)| RESERVED_PARAMETERS.contains(&name.as_str()))
    {
        return Err(Error::Config(format!("The extra parameter `{name}` is set by the SDK and cannot be replaced")));
    }
    let mut url = Url::parse(&metadata.authorization_endpoint)
        .map_err(|_| Error::Config("The metadata's authorization_endpoint is not a URL".to_owned()))?;
    let scope = config.scopes.iter().map(String::as_str).chain(DEFAULT_SCOPES).collect::<Vec<_>>().join(" ");
    let code_challenge = challenge(&attempt.code_verifier);
    let identifier = options.identifiers.join(" ");
    let direct = options.direct_sign_in.as_ref().map(|(method, connector)| format!("{method}:{connector}"));
    let prompt = options.extra_params.iter().any(|(name, _)| name == "prompt");

    let mut parameters = vec![
        ("client_id", config.app_id.as_str()),
        ("redirect_uri", &attempt.redirect_uri),
        ("response_type", "code"),
        ("scope", &scope),
    ];
    parameters.extend(config.all_resources().into_iter().map(|resource| ("resource", resource)));
    parameters.extend([
        ("prompt", if prompt { "" } else { config.prompt.as_str() }),
        ("code_challenge", &code_challenge),
        ("code_challenge_method", "S256"),
        ("state", &attempt.state),
        ("nonce", attempt.nonce.as_deref().unwrap_or_default()),
        ("interaction_mode", options.interaction_mode.as_deref().unwrap_or_default()),
        ("first_screen", options.first_screen.as_deref().unwrap_or_default()),
        ("identifier", &identifier),
        ("direct_sign_in", direct.as_deref().unwrap_or_default()),
    ]);
    parameters.extend(options.extra_params.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    url.query_pairs_mut().extend_pairs(parameters.into_iter().filter(|(_, value)| !value.is_empty()));
    Ok(url.into())
}
