//! The public part of the sign-in experience, for custom pages (inventory A052, A053, A057).

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use flow::experience::ForgotPasswordMethod;
use serde_json::{Map, Value, json};

use crate::callers::Anyone;
use crate::connectors::AvailableConnectors;
use crate::connectors::social::{self, PublicConnector};
use crate::errors::ApiError;
use crate::http::QueryParams;
use crate::organizations;
use crate::profile_fields;
use crate::routes::Routes;
use crate::work::View;

/// Members that are not public: they reveal who is blocked (attack F8).
const PRIVATE: [&str; 2] = ["emailBlocklistPolicy", "forgotPasswordMethods"];

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/api/.well-known/sign-in-exp", get_public_sign_in_experience)
        .get("/api/.well-known/experience", get_public_sign_in_experience)
        .get("/api/.well-known/endpoints/{tenant}", get_endpoints)
}

async fn get_public_sign_in_experience(
    anyone: Anyone,
    query: QueryParams,
) -> Result<Json<Map<String, Value>>, ApiError> {
    let config = &anyone.config;
    let mut payload = match serde_json::to_value(&config.policy.experience) {
        Ok(Value::Object(members)) => members,
        _ => return Err(ApiError::internal("the sign-in experience is not an object")),
    };
    payload.retain(|name, _| !PRIVATE.contains(&name.as_str()));
    // A third-party application must not change the look of the page that asks for a password.
    let registered = anyone.client(query.get("appId").unwrap_or_default()).await?;
    let first_party = registered.filter(|registered| !registered.client.is_third_party);
    if let Some(look) = first_party.as_ref().and_then(|registered| registered.branding.as_ref()) {
        merge_branding(&mut payload, look);
    }
    if let Some(id) = query.get("organizationId") {
        let id = id.into();
        let found = anyone.read(move |view| Ok::<_, ApiError>(organizations::store::find(view, &id)?)).await?;
        if let Some(organization) = found {
            merge_branding(&mut payload, &json!(organization));
        }
    }
    let has_inbox = anyone.app.inbox.is_open();
    let targets = config.policy.experience.social_sign_in_connector_targets.clone();
    let read = move |view: &View<'_>| {
        Ok::<_, ApiError>((AvailableConnectors::of(view, has_inbox)?, social::offered(view, &targets)?))
    };
    let (connectors, offered) = anyone.read(read).await?;
    let social_connectors: Vec<_> = offered.iter().map(PublicConnector::to_json).collect();
    if let Some(one_tap) = offered.iter().find_map(PublicConnector::google_one_tap) {
        payload.insert("googleOneTap".to_owned(), one_tap);
    }
    let methods = &config.policy.experience.forgot_password_methods;
    let resets_by = |method| methods.as_ref().is_none_or(|methods| methods.contains(&method));
    let forgot_password = json!({
        "phone": connectors.sms && resets_by(ForgotPasswordMethod::PhoneVerificationCode),
        "email": connectors.email && resets_by(ForgotPasswordMethod::EmailVerificationCode),
    });
    if let Some(provider) =
        config.captcha.as_ref().filter(|_| config.policy.experience.captcha_policy.enabled == Some(true))
    {
        payload.insert("captchaConfig".to_owned(), provider.public());
    }
    let sso_connectors: Vec<&Value> = match config.policy.experience.single_sign_on_enabled {
        true => config.policy.sso_connectors.iter().map(|connector| &connector.public).collect(),
        false => Vec::new(),
    };
    let further = Map::from_iter([
        ("socialConnectors".to_owned(), json!(social_connectors)),
        ("ssoConnectors".to_owned(), json!(sso_connectors)),
        ("forgotPassword".to_owned(), forgot_password),
        ("isDevelopmentTenant".to_owned(), json!(false)),
    ]);
    payload.extend(further);
    let catalogue = anyone.read(move |view| Ok::<_, ApiError>(profile_fields::list(view)?)).await?;
    let sign_up = flow::sign_up_fields(&config.policy);
    let asked = sign_up.iter().filter_map(|field| catalogue.iter().find(|known| known.name == field.name));
    payload.insert("customProfileFields".to_owned(), json!(asked.collect::<Vec<_>>()));
    payload.insert("customProfileFieldCatalog".to_owned(), json!(catalogue));
    Ok(Json(payload))
}

/// Merges branding into the payload. The members of `look` take precedence.
fn merge_branding(payload: &mut Map<String, Value>, look: &Value) {
    for name in ["color", "branding"] {
        let (Some(upper), Some(Value::Object(lower))) = (look[name].as_object(), payload.get_mut(name)) else {
            continue;
        };
        lower.extend(upper.iter().filter(|(_, value)| !value.is_null()).map(|(n, value)| (n.clone(), value.clone())));
    }
    if let Some(css) = look["customCss"].as_str() {
        payload.insert("customCss".into(), css.into());
    }
}

/// The sign-in endpoint of the tenant `default`; only the tenant `admin` has this route.
async fn get_endpoints(anyone: Anyone, Path(_): Path<String>) -> Response {
    if anyone.tenant_id() != "admin" {
        return StatusCode::NOT_FOUND.into_response();
    }
    Json(json!({"user": format!("{}/", anyone.app.tenants.endpoint("default"))})).into_response()
}
