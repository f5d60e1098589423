//! `access-token` of linked accounts below `/api/my-account` (inventory A026 to A028): the tokens of providers leave the vault here and
//! nowhere else, each for its own person (attack F3).

use std::time::Duration;

use ::api::ErrorCode;
use ::api::account::{NewProviderTokens, ProviderAccessToken};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use kernel::Timestamp;
use kernel::ids::UserId;

use super::records;
use crate::ApiError;
use crate::callers::{AccountNeeds, AccountOperation, AccountUser, Field, RequestContext, account_operations};
use crate::connectors::social;
use crate::http::RequestBody;
use crate::interaction::provider_connector::{ProviderConnector, federation_error};
use crate::interaction::provider_exchange::provider_place;
use crate::interaction::token_sets;
use crate::routes::Routes;
use crate::secrets::{self, KeptTokens, TokenProvider};
use crate::users::identities;
use crate::users::store::User;
use crate::work::Work;

// A provider's tokens are of use beyond this tenant: they are for applications of the operator alone.
account_operations! {
    ReadSocialToken = AccountNeeds::to_read().first_party().scope_or("identities", 403).field(Field::Social);
    ReplaceSocialToken = AccountNeeds::to_change().scope_or("identities", 403).field(Field::Social);
    ReadEnterpriseToken = AccountNeeds::to_read().first_party().scope_or("identities", 403).field(Field::Social);
}

/// How often, and how many times, a request looks whether another one has refreshed the tokens.
const LOOK_INTERVAL: Duration = Duration::from_millis(250);
const LOOKS: usize = 40;

pub(super) fn routes() -> Routes {
    let social = "/api/my-account/identities/{target}/access-token";
    Routes::new()
        .get(social, get_social_token)
        .put(social, replace_social_token)
        .get("/api/my-account/sso-identities/{connectorId}/access-token", get_enterprise_token)
}

async fn get_social_token(
    caller: AccountUser<ReadSocialToken>,
    Path(target): Path<String>,
) -> Result<Json<ProviderAccessToken>, ApiError> {
    current(&caller, TokenProvider::Social(target)).await.map(Json)
}

async fn get_enterprise_token(
    caller: AccountUser<ReadEnterpriseToken>,
    Path(connector_id): Path<String>,
) -> Result<Json<ProviderAccessToken>, ApiError> {
    current(&caller, TokenProvider::Enterprise(connector_id)).await.map(Json)
}

fn to_wire(kept: KeptTokens, now: Timestamp) -> ProviderAccessToken {
    ProviderAccessToken {
        access_token: kept.tokens.access_token,
        scope: kept.tokens.scope,
        token_type: kept.tokens.token_type,
        expires_in: kept.expires_at.map(|end| (end.seconds() - now.seconds()).max(0)),
    }
}

fn not_found() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, ErrorCode::SecretsThirdPartyTokenSetTokenNotFound)
}

fn expired() -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, ErrorCode::SecretsThirdPartyTokenSetAccessTokenExpired)
}

/// What a request finds that may have to refresh the tokens.
enum Found {
    Current(ProviderAccessToken),
    /// Nothing can refresh them; they are deleted.
    Over,
    /// Another request refreshes them.
    Taken,
    /// This request refreshes them, and no other.
    Mine(Box<(KeptTokens, ProviderConnector)>),
}

/// The tokens, which are refreshed if they have expired.
async fn current<O: AccountOperation>(
    caller: &AccountUser<O>,
    provider: TokenProvider,
) -> Result<ProviderAccessToken, ApiError> {
    let (id, of) = (caller.id().clone(), provider.clone());
    let kept = caller.read(move |view| secrets::find(view, &id, &of)).await?.ok_or_else(not_found)?;
    let now = caller.request().now;
    if !kept.has_expired(now) {
        return Ok(to_wire(kept, now));
    }
    for _ in 0..LOOKS {
        let of = provider.clone();
        match caller.write(move |work, user| find_or_take(work, &user, &of)).await? {
            Found::Current(token) => return Ok(token),
            Found::Over => return Err(expired()),
            Found::Taken => tokio::time::sleep(LOOK_INTERVAL).await,
            Found::Mine(mine) => {
                let (request, id) = (caller.request().clone(), caller.id().clone());
                // It ends also when nobody waits for it any more: what the provider gave must not get lost.
                let refreshed = tokio::spawn(async move { refresh(&request, &id, mine.0, mine.1).await });
                refreshed.await.map_err(|error| ApiError::internal(error.to_string()))??;
            }
        }
    }
    Err(ApiError::unavailable(2))
}

fn find_or_take(work: &Work<'_>, user: &User, provider: &TokenProvider) -> Result<Found, ApiError> {
    let kept = secrets::find(work, &user.id, provider)?.ok_or_else(not_found)?;
    if !kept.has_expired(work.now()) {
        return Ok(Found::Current(to_wire(kept, work.now())));
    }
    if kept.tokens.refresh_token.is_none() {
        secrets::forget(work, &kept)?;
        return Ok(Found::Over);
    }
    // Tokens of another registration are deleted with the change of the connector (attack D12).
    let connector = ProviderConnector::find_for_share(work, &kept.account)?;
    let connector = connector.filter(|connector| connector.kept_registration(work).is_some()).ok_or_else(not_found)?;
    Ok(match secrets::take_refresh(work, &kept)? {
        true => Found::Mine(Box::new((kept, connector))),
        false => Found::Taken,
    })
}

/// Refreshes tokens at their provider. Only who took the refresh calls it: a refresh token may count once.
async fn refresh(
    request: &RequestContext,
    user_id: &UserId,
    kept: KeptTokens,
    connector: ProviderConnector,
) -> Result<(), ApiError> {
    let asked = ask_provider(request, &kept, &connector).await;
    let received_at = request.app.clock.now();
    let user_id = user_id.clone();
    let write = request.write(move |work| {
        Ok::<_, ApiError>(match asked {
            Ok(Some(tokens)) => Ok(secrets::replace(work, &user_id, &kept, tokens, received_at)?),
            Ok(None) => {
                secrets::forget(work, &kept)?;
                Err(expired())
            }
            Err(error) => {
                secrets::give_refresh_back(work, &kept)?;
                Err(error)
            }
        })
    });
    write.await?
}

async fn ask_provider(
    request: &RequestContext,
    kept: &KeptTokens,
    connector: &ProviderConnector,
) -> Result<Option<federation::TokenSet>, ApiError> {
    let _place = provider_place(request)?;
    let federation = &request.app.federation;
    let provider = connector.provider(federation).await?;
    federation.refresh(&provider, &kept.tokens).await.map_err(|error| federation_error(&error))
}

async fn replace_social_token(
    caller: AccountUser<ReplaceSocialToken>,
    Path(target): Path<String>,
    RequestBody(body): RequestBody<NewProviderTokens>,
) -> Result<Json<ProviderAccessToken>, ApiError> {
    let write = caller.write(move |work, user| replace(work, &user.id, target, &body.verification_record_id));
    write.await.map(Json)
}

/// Takes the tokens of a record into the place of older ones, if they are those of the linked account (attack D3).
fn replace(
    work: &Work<'_>,
    user_id: &UserId,
    target: String,
    record_id: &str,
) -> Result<ProviderAccessToken, ApiError> {
    let account = records::social_account(work, user_id, record_id)?;
    let is_linked = identities::owner(work, &target, account.account_id())?.as_ref() == Some(user_id);
    if account.target != target || !is_linked {
        return Err(ApiError::unprocessable(ErrorCode::VerificationRecordSocialVerificationInvalidTarget));
    }
    let none = || ApiError::unprocessable(ErrorCode::VerificationRecordSocialVerificationTokenResponseNotFound);
    social::find_for_share(work, &account.connector_id)?;
    token_sets::store(work, user_id, account.identity().social_token_set.ok_or_else(none)?)?;
    let kept = secrets::find(work, user_id, &TokenProvider::Social(target))?.ok_or_else(none)?;
    Ok(to_wire(kept, work.now()))
}
