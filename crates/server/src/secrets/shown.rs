//! What may be shown of the tokens of a user.

use api::users::{SocialTokenSecret, SsoTokenSecret, TokenSecret, TokenSecretMetadata};
use db::{DbError, FromRow, params, sql};
use kernel::Timestamp;
use kernel::ids::UserId;

use crate::users::identities::SsoIdentity;
use crate::work::View;

#[derive(FromRow)]
struct SecretRow {
    id: String,
    user_id: UserId,
    r#type: String,
    target: Option<String>,
    connector_id: Option<String>,
    sso_connector_id: Option<String>,
    issuer: Option<String>,
    identity_id: String,
    #[row(json)]
    metadata: TokenSecretMetadata,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// The token sets of a user.
#[derive(Debug, Default)]
pub(crate) struct TokenSecrets {
    social: Vec<SocialTokenSecret>,
    enterprise: Vec<SsoTokenSecret>,
}

impl TokenSecrets {
    fn add(&mut self, row: SecretRow, view: &View<'_>) {
        let secret = TokenSecret {
            tenant_id: view.tenant_id().into(),
            id: row.id,
            user_id: row.user_id,
            secret_type: row.r#type,
            metadata: row.metadata,
            created_at: row.created_at,
            updated_at: row.updated_at,
            identity_id: row.identity_id,
        };
        // The table holds each row to one of the two.
        match (row.target, row.connector_id, row.sso_connector_id, row.issuer) {
            (Some(target), Some(connector_id), ..) => {
                self.social.push(SocialTokenSecret { secret, connector_id, target });
            }
            (.., Some(sso_connector_id), Some(issuer)) => {
                self.enterprise.push(SsoTokenSecret { secret, sso_connector_id, issuer });
            }
            _ => {}
        }
    }

    /// Takes the one of a social provider out.
    pub fn take_social(&mut self, target: &str) -> Option<SocialTokenSecret> {
        let found = self.social.iter().position(|known| known.target == target);
        found.map(|found| self.social.swap_remove(found))
    }

    /// Takes the one of an account at an enterprise out.
    pub fn take_enterprise(&mut self, account: &SsoIdentity) -> Option<SsoTokenSecret> {
        let is_of = |known: &SsoTokenSecret| {
            known.sso_connector_id == account.sso_connector_id
                && known.issuer == account.issuer
                && known.secret.identity_id == account.identity_id
        };
        self.enterprise.iter().position(is_of).map(|found| self.enterprise.swap_remove(found))
    }
}

/// What may be shown of all token sets of a user.
///
/// # Errors
/// A failure of the database.
pub(crate) fn of_user(view: &View<'_>, user_id: &UserId) -> Result<TokenSecrets, DbError> {
    let text = sql!("select ", SecretRow::COLUMNS, " from secrets where tenant_id = $1 and user_id = $2");
    let rows: Vec<SecretRow> = view.query_all(text, params![view.tenant_id(), user_id])?;
    let mut secrets = TokenSecrets::default();
    for row in rows {
        secrets.add(row, view);
    }
    Ok(secrets)
}
