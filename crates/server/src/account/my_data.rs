//! All that is stored about a person, as one file: `GET /api/my-account/data`. It is our own. Secrets are not in it, nor their digests:
//! whoever gets the file must not get the account. What people may see of their account in applications is the operator's choice; what is
//! stored about them is theirs to know, so the settings of the fields do not count here, but the scopes of the token do.

use ::api::ErrorCode;
use axum::Json;
use axum::http::{HeaderName, header};
use kernel::ids::UserId;
use serde_json::{Map, Value, json};

use super::sessions::{SESSIONS, TRUSTED_DEVICES};
use crate::ApiError;
use crate::account_settings;
use crate::audit;
use crate::callers::{AccountNeeds, AccountUser, RequestContext, account_operations};
use crate::interaction::places;
use crate::oidc::sessions;
use crate::organizations::memberships;
use crate::roles;
use crate::routes::Routes;
use crate::users::sessions::{grants_of, session_to_wire};
use crate::users::store::{self, User};
use crate::users::{identities, mfa_factors, personal_access_tokens, planned_deletions, trusted_devices};
use crate::work::View;

account_operations! {
    DownloadData = AccountNeeds::to_read().scope("profile").proof().first_party();
}

pub(super) fn routes() -> Routes {
    Routes::new().get("/api/my-account/data", get_data)
}

/// The file's name.
pub(crate) const FILE_NAME: &str = "account-data.json";

async fn get_data(
    caller: AccountUser<DownloadData>,
) -> Result<([(HeaderName, String); 2], Json<Map<String, Value>>), ApiError> {
    let data = read_data(&caller).await?;
    let headers = [
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{FILE_NAME}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, Json(data)))
}

/// What is stored about the person, as far as the scopes of the token go. Lists are bounded: a thousand sessions, a thousand entries of
/// the log, what the other operations show.
///
/// # Errors
/// As the caller; 400 `account_center.field_not_enabled` where people may not.
pub(crate) async fn read_data(caller: &AccountUser<DownloadData>) -> Result<Map<String, Value>, ApiError> {
    let request = caller.request().clone();
    if !account_settings::settings(&request.config).data_download_enabled {
        return Err(ApiError::bad_request(ErrorCode::AccountCenterFieldNotEnabled));
    }
    let id = caller.id().clone();
    let scopes = ["email", "phone", "address", "custom_data", "identities", SESSIONS, TRUSTED_DEVICES];
    let has: Vec<&'static str> = scopes.into_iter().filter(|scope| caller.has_scope(scope)).collect();
    caller.read_many(move |view| Export { view, request: &request, id: &id, scopes: &has }.build()).await
}

struct Export<'a> {
    view: &'a View<'a>,
    request: &'a RequestContext,
    id: &'a UserId,
    /// Of the token, beside `profile`.
    scopes: &'a [&'static str],
}

impl Export<'_> {
    fn build(&self) -> Result<Map<String, Value>, ApiError> {
        let user = store::get(self.view, self.id)?;
        let mut data = Map::new();
        let mut put = |name: &str, value: Value| data.insert(name.to_owned(), value);
        put("exportedAt", self.view.now().iso8601().into());
        put("issuer", self.request.issuer().into());
        put("account", self.account(&user).into());
        put("roles", self.roles()?);
        put("organizations", self.organizations()?);
        put("personalAccessTokens", json!(personal_access_tokens::names(self.view, self.id)?));
        put("deletionDueAt", json!(planned_deletions::find(self.view, self.id)?.map(kernel::Timestamp::iso8601)));
        if self.has("identities") {
            put("identities", identities::of_user(self.view, self.id)?.into());
            put("enterpriseIdentities", json!(identities::sso_of_user(self.view, self.id)?));
            put("secondFactors", json!(mfa_factors::list(self.view, self.id)?));
            put("signInSettings", user.logto_config.into());
        }
        if self.has(SESSIONS) {
            put("sessions", self.sessions()?);
            put("grants", json!(grants_of(self.view, self.request, self.id, None)?.grants));
            put("signInPlaces", places::shown(self.view, self.id)?);
            put("activity", audit::activity_of(self.view, self.id)?.into());
        }
        if self.has(TRUSTED_DEVICES) {
            put("trustedDevices", json!(trusted_devices::all(self.view, self.id)?));
        }
        Ok(data)
    }

    fn has(&self, scope: &str) -> bool {
        self.scopes.contains(&scope)
    }

    fn account(&self, user: &User) -> Map<String, Value> {
        let mut profile = user.profile.clone();
        if !self.has("address") {
            profile.remove("address");
        }
        let account = json!({
            "id": user.id, "username": user.username, "name": user.name, "avatar": user.avatar, "profile": profile,
            "hasPassword": user.password.is_some(),
            "passwordUpdatedAt": user.password_updated_at.map(kernel::Timestamp::iso8601),
            "isPasswordExpired": user.is_password_expired, "isSuspended": user.is_suspended,
            "firstApplicationId": user.application_id,
            "createdAt": user.created_at.iso8601(), "updatedAt": user.updated_at.iso8601(),
            "lastSignInAt": user.last_sign_in_at.map(kernel::Timestamp::iso8601),
        });
        let mut account = account.as_object().cloned().unwrap_or_default();
        for (scope, name, value) in [
            ("email", "primaryEmail", json!(user.primary_email)),
            ("phone", "primaryPhone", json!(user.primary_phone)),
            ("custom_data", "customData", json!(user.custom_data)),
        ] {
            if self.has(scope) {
                account.insert(name.to_owned(), value);
            }
        }
        account
    }

    fn roles(&self) -> Result<Value, ApiError> {
        let mut names = roles::names_by_user(self.view, std::slice::from_ref(self.id))?;
        Ok(json!(names.remove(self.id).unwrap_or_default()))
    }

    fn organizations(&self) -> Result<Value, ApiError> {
        let mut found = memberships::by_user(self.view, std::slice::from_ref(self.id))?;
        let member = |one: memberships::NamedMembership| json!({"id": one.organization.id, "name": one.organization.name, "roles": one.roles});
        Ok(found.remove(self.id).unwrap_or_default().into_iter().map(member).collect())
    }

    fn sessions(&self) -> Result<Value, ApiError> {
        let found = sessions::list_of_user(self.view, self.id)?;
        Ok(found.into_iter().map(|details| json!(session_to_wire(details, self.id))).collect())
    }
}
