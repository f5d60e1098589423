//! `/account/social/{connectorId}` (A069): an account at a provider is linked, another one takes its place, or none does. The person goes to
//! the provider and comes back to `/account/callback/social/{connectorId}`, in the browser that they left from.

use axum::response::Response;
use kernel::id;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::super::interaction_page::see_other;
use super::form::AccountForm;
use super::sign_in::{MAX_DESTINATION_BYTES, attributes};
use super::task::Task;
use super::visit::{AccountPage, refusal};
use super::{KEPT_PARAMS, ROOT, SECURITY, return_address};
use crate::account::records;
use crate::account::social_identities::{self, LinkIdentity, Linking, ReplaceIdentity, UnlinkIdentity};
use crate::account::social_proof::{self, Departure, Return};
use crate::callers::AccountOperation;
use crate::connectors::social;
use crate::errors::ApiError;
use crate::interaction::provider_forms::read_parameters;
use crate::oidc::cookies;
use crate::routes::Routes;
use crate::users::identities;

/// Below which the pages are.
pub(super) const SOCIAL: &str = "/account/social";

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/account/social/{connectorId}", show::<LinkIdentity>)
        .post("/account/social/{connectorId}", leave::<LinkIdentity>)
        .get("/account/social/{connectorId}/change", show::<ReplaceIdentity>)
        .post("/account/social/{connectorId}/change", leave::<ReplaceIdentity>)
        .get("/account/social/{connectorId}/remove", show_removal)
        .post("/account/social/{connectorId}/remove", remove)
        .get("/account/callback/social/{connector_id}", come_back)
}

/// Linking an account: the first one at its provider, or another one.
trait LinkTask: AccountOperation {
    const LINKING: Linking;
}

impl LinkTask for LinkIdentity {
    const LINKING: Linking = Linking::First;
}

impl LinkTask for ReplaceIdentity {
    const LINKING: Linking = Linking::Replacing;
}

/// A person who is at a provider.
#[derive(Serialize, Deserialize)]
struct Begun {
    state: String,
    record_id: String,
    connector_id: String,
    replaces: bool,
    /// Path and query of the page that the person left from.
    from: String,
}

/// A provider, and what the person has there.
struct AtProvider {
    connector_id: String,
    target: String,
    name: String,
    is_offered: bool,
    is_linked: bool,
}

impl AtProvider {
    fn path(&self, linking: Linking) -> String {
        let below = if linking == Linking::Replacing { "/change" } else { "" };
        format!("{SOCIAL}/{}{below}", self.connector_id)
    }
}

/// The id of the connector that the address names.
fn connector_id<O>(page: &AccountPage<O>) -> String {
    page.request.uri.path().split('/').nth(3).unwrap_or_default().to_owned()
}

impl<O: AccountOperation> AccountPage<O> {
    /// The provider with this connector.
    ///
    /// # Errors
    /// 404 `entity.not_found`; 400 `connector.unexpected_type`; a failure of the database.
    async fn provider(&self, connector_id: String) -> Result<AtProvider, ApiError> {
        let offered = self.request.experience().social_sign_in_connector_targets.clone();
        let language = self.request.language().tag().to_owned();
        let user_id = self.user.id().clone();
        let find = self.user.read(move |view| {
            let target = social::get(view, &connector_id)?.target;
            let named = social::offered(view, std::slice::from_ref(&target))?;
            let name = named.iter().find(|one| one.id == connector_id).map(|one| one.name_in(&language).to_owned());
            Ok(AtProvider {
                connector_id,
                name: name.unwrap_or_else(|| target.clone()),
                is_offered: offered.contains(&target),
                is_linked: identities::of_user(view, &user_id)?.contains_key(&target),
                target,
            })
        });
        find.await
    }

    fn render_link(&self, at: &AtProvider, linking: Linking, error: Option<&ApiError>) -> Response {
        let values = [("provider", at.name.as_str())];
        let (title, lead) = match linking {
            Linking::First => ("account_social.add_title", self.text_with("account_social.add_lead", &values)),
            Linking::Replacing => {
                ("account_social.change_title", self.text_with("account_social.change_lead", &values))
            }
        };
        self.render_task(Task {
            title,
            lead,
            action: self.href(&at.path(linking)),
            button: "account_social.go_on",
            error,
            links: vec![self.back()],
            ..Task::default()
        })
    }
}

async fn show<T: LinkTask>(page: AccountPage<T>) -> Response {
    match page.provider(connector_id(&page)).await {
        Ok(at) if !at.is_offered => refusal(&page.request, &ApiError::bad_request("connector.not_enabled")),
        Ok(at) if at.is_linked == (T::LINKING == Linking::Replacing) => page.render_link(&at, T::LINKING, None),
        Ok(at) => see_other(&page.href(&at.path(if at.is_linked { Linking::Replacing } else { Linking::First }))),
        Err(error) => refusal(&page.request, &error),
    }
}

async fn leave<T: LinkTask>(AccountForm { page, .. }: AccountForm<T>) -> Response {
    let at = match page.provider(connector_id(&page)).await {
        Ok(at) => at,
        Err(error) => return refusal(&page.request, &error),
    };
    match send_away(&page, &at).await.map_err(|error| page.about_form(error)) {
        Ok(response) => response,
        Err(Ok(error)) => page.render_link(&at, T::LINKING, Some(&error)),
        Err(Err(response)) => response,
    }
}

/// The session that must come back.
fn holder<O: AccountOperation>(page: &AccountPage<O>) -> String {
    page.user.session_uid().unwrap_or_default().to_owned()
}

async fn send_away<T: LinkTask>(page: &AccountPage<T>, at: &AtProvider) -> Result<Response, ApiError> {
    let rng = &page.request.app.rng;
    let (record_id, state) = (id::entity_id(rng), id::opaque_token(rng));
    let departure = Departure {
        record_id: record_id.clone(),
        connector_id: at.connector_id.clone(),
        state: state.clone(),
        redirect_uri: format!("{}/account/callback/social/{}", page.request.tenant.endpoint(), at.connector_id),
        scope: None,
        holder: holder(page),
    };
    let destination = social_proof::begin(page.user.request(), &page.user.unit(), departure).await?;
    let from = page.request.path_with_query(page.request.uri.path(), |name| KEPT_PARAMS.contains(&name));
    let begun = Begun {
        state,
        record_id,
        connector_id: at.connector_id.clone(),
        replaces: T::LINKING == Linking::Replacing,
        from: if from.len() > MAX_DESTINATION_BYTES { SECURITY.to_owned() } else { from },
    };
    let mut response = see_other(&destination.authorization_uri);
    let expires = Some(page.request.now.plus_seconds(records::LIFETIME_SECONDS));
    let mut set_cookies = page.request.set_cookies();
    set_cookies.set_json(cookies::ACCOUNT_SOCIAL, &json!(begun), &attributes(expires));
    set_cookies.apply(response.headers_mut());
    Ok(response)
}

/// The answer of a provider. It counts in the browser that was sent there, once: nobody links their own account to somebody else's by a
/// link (RFC 6749 section 10.12).
async fn come_back(mut page: AccountPage<LinkIdentity>) -> Response {
    let begun = page.request.cookie(cookies::ACCOUNT_SOCIAL).and_then(|cookie| cookies::percent_decode(&cookie));
    let begun: Option<Begun> = begun.and_then(|text| serde_json::from_str(&text).ok());
    let parameters = match read_parameters(page.request.uri.query().unwrap_or_default()) {
        Ok(parameters) => parameters,
        Err(error) => return refusal(&page.request, &error),
    };
    let state = parameters.get("state").and_then(Value::as_str).unwrap_or_default();
    let connector_id = page.request.uri.path().split('/').nth(4).unwrap_or_default();
    let is_answer = |begun: &Begun| id::constant_time_eq(&begun.state, state) && begun.connector_id == connector_id;
    let Some(begun) = begun.filter(is_answer) else { return see_other(SECURITY) };
    page.request.take_query_of(&begun.from);
    page.request.stands_for = Some(SECURITY);
    let mut response = match link(&page, &begun, parameters).await {
        Ok(()) => return_address::finish(&page.request, SOCIAL).await,
        Err(error) => refuse(&page, &begun, error).await,
    };
    let mut set_cookies = page.request.set_cookies();
    set_cookies.remove(cookies::ACCOUNT_SOCIAL, ROOT);
    set_cookies.apply(response.headers_mut());
    response
}

fn linking_of(begun: &Begun) -> Linking {
    if begun.replaces { Linking::Replacing } else { Linking::First }
}

async fn link(page: &AccountPage<LinkIdentity>, begun: &Begun, parameters: Map<String, Value>) -> Result<(), ApiError> {
    let back = Return { record_id: begun.record_id.clone(), holder: holder(page), parameters };
    social_proof::complete(page.user.request(), &page.user.unit(), back).await?;
    social_identities::link_proven(&page.user, begun.record_id.clone(), linking_of(begun)).await
}

/// The page that the person left from, which says why nothing was linked.
async fn refuse(page: &AccountPage<LinkIdentity>, begun: &Begun, error: ApiError) -> Response {
    let is_of_provider = ["connector.", "session."].iter().any(|group| error.code().starts_with(group));
    let error = match is_of_provider && error.status().is_client_error() {
        true => error,
        false => match page.about_form(error) {
            Ok(error) => error,
            Err(response) => return response,
        },
    };
    match page.provider(begun.connector_id.clone()).await {
        Ok(at) => page.render_link(&at, linking_of(begun), Some(&error)),
        Err(_) => refusal(&page.request, &error),
    }
}

async fn show_removal(page: AccountPage<UnlinkIdentity>) -> Response {
    match page.provider(connector_id(&page)).await {
        Ok(at) if at.is_linked => render_removal(&page, &at, None),
        Ok(_) => see_other(&page.href(SECURITY)),
        Err(error) => refusal(&page.request, &error),
    }
}

fn render_removal(page: &AccountPage<UnlinkIdentity>, at: &AtProvider, error: Option<&ApiError>) -> Response {
    page.render_task(Task {
        title: "account_social.remove_title",
        lead: page.text_with("account_social.remove_lead", &[("provider", &at.name)]),
        action: page.href(&format!("{SOCIAL}/{}/remove", at.connector_id)),
        button: "account_social.remove",
        error,
        links: vec![page.back()],
        ..Task::default()
    })
}

async fn remove(AccountForm { page, .. }: AccountForm<UnlinkIdentity>) -> Response {
    let at = match page.provider(connector_id(&page)).await {
        Ok(at) => at,
        Err(error) => return refusal(&page.request, &error),
    };
    let target = at.target.clone();
    let unlinked = page.user.write(move |work, user| social_identities::unlink(work, &user, &target)).await;
    match unlinked.map_err(|error| page.about_form(error)) {
        Ok(()) => return_address::finish(&page.request, SOCIAL).await,
        Err(Ok(error)) => render_removal(&page, &at, Some(&error)),
        Err(Err(response)) => response,
    }
}
