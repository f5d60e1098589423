//! Refreshing the tokens of a provider (RFC 6749 section 6).

use crate::{Federation, FederationError, Provider, TokenSet};

/// The errors by which a provider says that a refresh token is of no use any more: that of RFC 6749 section 5.2, and GitHub's.
const OVER: [&str; 2] = ["invalid_grant", "bad_refresh_token"];

impl Federation {
    /// Refreshes `old` at the provider that gave it. What the answer leaves out stays as it was. None if the provider gives no more
    /// tokens for it, or there is nothing to refresh it with.
    ///
    /// # Errors
    /// All of [`FederationError`]; `old` may still be of use then.
    pub async fn refresh(&self, provider: &Provider, old: &TokenSet) -> Result<Option<TokenSet>, FederationError> {
        let (Some((endpoint, authentication)), Some(refresh_token)) = (&provider.token_endpoint, &old.refresh_token)
        else {
            return Ok(None);
        };
        let fields = vec![("grant_type", "refresh_token".to_owned()), ("refresh_token", refresh_token.clone())];
        let response = self.token_request(endpoint, authentication, fields).await?;
        if TokenSet::error_code(&response).is_some_and(|code| OVER.contains(&code.as_str())) {
            return Ok(None);
        }
        let new = TokenSet::read(&response)?;
        Ok(Some(TokenSet {
            refresh_token: new.refresh_token.or_else(|| old.refresh_token.clone()),
            id_token: new.id_token.or_else(|| old.id_token.clone()),
            scope: new.scope.or_else(|| old.scope.clone()),
            token_type: new.token_type.or_else(|| old.token_type.clone()),
            ..new
        }))
    }
}
