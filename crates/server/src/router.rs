//! All routes, and what stands around them.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::Timestamp;
use tower::ServiceExt as _;

use crate::console::InnerRoutes;
use crate::http::{
    ObservedBody, RequestInfo, apply_etag, body, cors, finalize_response, localize_error, text_body_for_bare_status,
    unreadable_address,
};
use crate::routes::{RouteInfo, Routes};
use crate::{App, Tenant, oidc, pages, refusals};

/// The routes of every tenant.
pub fn routes() -> Routes {
    Routes::new()
        .merge(crate::hasura::routes())
        .merge(crate::health::routes())
        .merge(crate::account::routes())
        .merge(crate::systems::routes())
        .merge(crate::account_center::routes())
        .merge(crate::account_settings::routes())
        .merge(crate::applications::routes())
        .merge(crate::assets::routes())
        .merge(crate::audit::routes())
        .merge(crate::captcha::routes())
        .merge(crate::connectors::routes())
        .merge(crate::console::routes())
        .merge(crate::custom_phrases::routes())
        .merge(crate::dashboard::routes())
        .merge(crate::secrets::routes())
        .merge(crate::domains::routes())
        .merge(crate::email_templates::routes())
        .merge(crate::administrators::routes())
        .merge(crate::hooks::routes())
        .merge(crate::tenant_settings::routes())
        .merge(crate::interaction::routes())
        .merge(crate::keys::routes())
        .merge(crate::me::routes())
        .merge(crate::oidc::routes())
        .merge(crate::one_time_tokens::routes())
        .merge(crate::openapi::routes())
        .merge(crate::organization_template::routes())
        .merge(crate::organizations::routes())
        .merge(crate::pages::routes())
        .merge(crate::profile_fields::routes())
        .merge(crate::refusals::routes())
        .merge(crate::roles::routes())
        .merge(crate::resources::routes())
        .merge(crate::scripts::routes())
        .merge(crate::sign_in_experience::routes())
        .merge(crate::sso_connectors::routes())
        .merge(crate::client_documents::routes())
        .merge(crate::client_registration::routes())
        .merge(crate::subject_tokens::routes())
        .merge(crate::tenants::management::routes())
        .merge(crate::users::routes())
}

/// The declared routes with their operations, for the OpenAPI documents and for tests that walk all of them.
pub fn declared() -> Vec<RouteInfo> {
    routes().operations(api::operations()).into_parts().1
}

/// The router of every site, made once: a server has two sites, and a suite of tests starts many servers.
#[expect(clippy::disallowed_methods, reason = "what is no route gets a 404 without a look at anything")]
static ROUTER: LazyLock<Router<App>> = LazyLock::new(|| routes().into_parts().0.fallback(unknown));

/// The complete service of one tenant. Cheap to clone.
///
/// What stands around the routes is called here, in order. As layers of the router, each would cost every request two
/// allocations and a virtual call, and their order would be read backwards (docs/performance.md).
#[derive(Clone)]
pub struct Site(Arc<Parts>);

struct Parts {
    app: App,
    tenant: Tenant,
    /// Whether further tenants answer here too.
    has_hosts: bool,
    router: Router,
}

impl Site {
    /// The service of a tenant; that of `default` answers for further tenants at their hosts.
    pub fn new(app: &App, tenant_id: &'static str) -> Self {
        let router = ROUTER.clone().with_state(app.clone());
        let has_hosts = tenant_id == "default";
        Self(Arc::new(Parts { app: app.clone(), tenant: Tenant::new(tenant_id, app), has_hosts, router }))
    }

    /// The time, as its tenant goes by.
    pub(crate) fn now(&self) -> Timestamp {
        self.0.app.clock.now()
    }

    /// Answers a request.
    pub async fn answer(&self, request: Request) -> Response {
        let (mut request, body) = ObservedBody::wrap(request);
        let Parts { app, router, .. } = &*self.0;
        let host = self.other_host(&request);
        let tenant = &self.tenant_at(host).await;
        let asked = RequestInfo::from_request(&request, &app.rng);
        // Every client and every verifier of a token reads these; what the rest of this does for them is a quarter of what
        // they cost.
        if let Some(document) = oidc::fast_path(tenant, &asked, request.headers()).await {
            drop(request);
            return finalize_response(&asked, body.settle(apply_etag(&asked, document).await).await);
        }
        let extensions = request.extensions_mut();
        extensions.insert(tenant.clone());
        extensions.insert(asked.id.clone());
        if asked.path_starts_with("/console") {
            extensions.insert(InnerRoutes::of(router));
        }
        DefaultBodyLimit::max(body::MAX_BODY_BYTES).apply(&mut request);
        let console = &app.settings.admin_endpoint;
        let response = match cors::preflight(&asked, &request, console) {
            Some(response) => {
                drop(request);
                body.settle(response).await
            }
            None => {
                let response = apply_etag(&asked, self.explained(&asked, tenant.id(), request).await).await;
                cors::allow_origin(&asked, body.settle(response).await, console)
            }
        };
        finalize_response(&asked, response)
    }

    /// The host that a request names, where that of `default` is not the only one.
    fn other_host(&self, request: &Request) -> Option<String> {
        // HTTP/2 names the host in the address.
        let host = request.uri().authority().map(|authority| authority.as_str());
        let host = host.or_else(|| request.headers().get(header::HOST)?.to_str().ok())?;
        (self.0.has_hosts && !self.0.app.tenants.is_main_host(host)).then(|| host.to_owned())
    }

    async fn tenant_at(&self, host: Option<String>) -> Tenant {
        let Parts { app, tenant, .. } = &*self.0;
        match host {
            Some(host) => Tenant::new(app.tenants.at_host(&host, app).await, app),
            None => tenant.clone(),
        }
    }

    /// The answer in the reader's language, as a page where a browser shows it. What was refused is kept.
    async fn explained(&self, asked: &RequestInfo, tenant: &'static str, request: Request) -> Response {
        let (request, document) = pages::split_document_request(request);
        let response = self.routed(asked, request).await;
        refusals::keep(&self.0.app, tenant, asked, &response);
        pages::render_error_page(document, localize_error(asked, text_body_for_bare_status(response))).await
    }

    async fn routed(&self, asked: &RequestInfo, request: Request) -> Response {
        if let Some(response) = oidc::preflight(asked, request.headers()) {
            return response;
        }
        if let Some(reason) = unreadable_address(asked) {
            let in_form_of_api = || body::invalid_input(&[], reason).into_response();
            return oidc::unreadable_address(asked, reason).unwrap_or_else(in_form_of_api);
        }
        let response = self.0.router.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
        oidc::unrecognized_route(asked, response)
    }
}

/// Unknown routes answer before any authentication (inventory M011, SURPRISES 22).
async fn unknown() -> Response {
    StatusCode::NOT_FOUND.into_response()
}
