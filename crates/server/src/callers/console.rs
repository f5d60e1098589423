//! Callers of the console: a person of the tenant `admin` who signed in there, in a browser.

use std::marker::PhantomData;
use std::ops::Deref;

use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use kernel::ids::UserId;
use oauth::ScopeSet;
use serde::{Deserialize, Serialize};

use super::rights::{self, Right};
use super::{Access, Caller, RequestContext, require_same_origin};
use crate::assets::PictureForm;
use crate::console::{InnerRoutes, refusals};
use crate::errors::ApiError;
use crate::oidc::clients::CONSOLE;
use crate::oidc::{cookies, grants, sessions};
use crate::pages::{FormFields, PageRequest, redirect};
use crate::tenants::TenantSnapshot;
use crate::work::{Actor, View};
use crate::{App, Tenant};

/// The tenant whose people use the console.
pub(crate) const ADMIN: &str = "admin";
/// The cookie of a console session.
pub(crate) const CONSOLE_COOKIE: &str = "_console";
/// The name under which the secret of forms is signed.
const FORM: &str = "console_form";
/// How long a sign-in opens the console, in seconds.
pub(crate) const MAX_SESSION_SECONDS: i64 = 12 * 60 * 60;

/// A console session, as its signed cookie holds it. It lives no longer than the sign-in at the tenant `admin` and the grant of the
/// console that it came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ConsoleSession {
    /// The browser's session at the tenant `admin`.
    pub session_uid: String,
    pub grant_id: String,
    pub user_id: UserId,
    /// Seconds since 1970.
    pub expires_at: i64,
}

impl ConsoleSession {
    /// The session that a browser presents; none for one that is over.
    fn read(request: &RequestContext) -> Option<Self> {
        let value = cookies::percent_decode(&request.cookie(CONSOLE_COOKIE)?)?;
        let session: Self = serde_json::from_str(&value).ok()?;
        (session.expires_at > request.now.seconds()).then_some(session)
    }

    /// Whether the sign-in at the tenant `admin`, which it stands for, still lasts.
    async fn is_alive(&self, issuer: &Tenant, actor: &Actor) -> Result<bool, ApiError> {
        let (uid, grant_id, now) = (self.session_uid.clone(), self.grant_id.clone(), issuer.app().clock.now());
        // A grant that was revoked ends the session here, too.
        let find = move |view: &View<'_>| match grants::find(view, &grant_id)? {
            Some(_) => sessions::find(view, &uid),
            None => Ok(None),
        };
        let session = issuer.read_inline(actor, find).await?;
        let is_alive = session.is_some_and(|session| {
            session.user_id.as_ref() == Some(&self.user_id)
                && session.authorizations.get(CONSOLE).is_some_and(|found| found.grant_id == self.grant_id)
        });
        Ok(is_alive && self.expires_at > now.seconds())
    }

    /// The scopes that its person has now for the Management API of a tenant; `None` once the sign-in at the tenant `admin` ended.
    ///
    /// # Errors
    /// A failure of the database.
    pub(crate) async fn scopes(
        &self,
        issuer: &Tenant,
        config: &TenantSnapshot,
        actor: &Actor,
        tenant_id: &str,
    ) -> Result<Option<ScopeSet>, ApiError> {
        if !self.is_alive(issuer, actor).await? {
            return Ok(None);
        }
        let indicator = rights::indicator(tenant_id);
        rights::scopes_of_person(issuer, config, actor, &self.user_id, &indicator).await.map(Some)
    }

    fn form_name(&self) -> String {
        format!("{}.{}", self.session_uid, self.grant_id)
    }

    /// What forms of this session send back: no other site knows it.
    pub(crate) fn csrf(&self, request: &RequestContext) -> String {
        cookies::sign_newest(&request.config.keys.cookie_keys, FORM, &self.form_name())
    }

    /// Whether a form sent it.
    pub(crate) fn is_csrf(&self, request: &RequestContext, sent: &str) -> bool {
        cookies::is_signed(&request.config.keys.cookie_keys, FORM, &self.form_name(), sent)
    }

    /// The session of a browser whose person is signed in, whatever they may do.
    ///
    /// # Errors
    /// A failure of the database.
    pub(crate) async fn find(page: &PageRequest) -> Result<Option<Self>, ApiError> {
        let Some(session) = Self::read(page) else { return Ok(None) };
        Ok(session.is_alive(&page.tenant, page.actor()).await?.then_some(session))
    }
}

/// What a page needs, as a type.
pub trait ConsoleRight: Send + Sync + 'static {
    const RIGHT: Right;
}

macro_rules! console_rights {
    ($($(#[$doc:meta])* $name:ident),*) => { $(
        $(#[$doc])*
        pub struct $name;

        impl ConsoleRight for $name {
            const RIGHT: Right = Right::$name;
        }
    )* };
}
console_rights!(
    /// [`Right::SignedIn`].
    SignedIn,
    /// [`Right::ReadUsers`].
    ReadUsers,
    /// [`Right::Read`].
    Read,
    /// [`Right::ManageUsers`].
    ManageUsers,
    /// [`Right::Manage`].
    Manage,
    /// [`Right::Own`].
    Own
);

/// A person who may see a page of the console. Derefs to their request at the tenant `admin`.
pub struct ConsoleUser<R = SignedIn> {
    pub(crate) page: PageRequest,
    pub(crate) session: ConsoleSession,
    /// What they may do in the tenant `default`.
    pub(crate) scopes: ScopeSet,
    /// Whether they manage the administrators.
    is_owner: bool,
    /// The routes that the pages call.
    pub(crate) routes: InnerRoutes,
    /// Of the browser's request.
    pub(crate) parts: Parts,
    right: PhantomData<R>,
}

impl<R: ConsoleRight> Caller for ConsoleUser<R> {
    const ACCESS: Access = Access::Console(R::RIGHT);
}

impl<R> Deref for ConsoleUser<R> {
    type Target = PageRequest;

    fn deref(&self) -> &PageRequest {
        &self.page
    }
}

impl<R: ConsoleRight> FromRequestParts<App> for ConsoleUser<R> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let page = PageRequest::from_request_parts(parts, app).await.map_err(IntoResponse::into_response)?;
        let not_found = || ApiError::not_found().into_response();
        let routes = parts.extensions.get::<InnerRoutes>().cloned().ok_or_else(not_found)?;
        if page.tenant_id() != ADMIN {
            return Err(not_found());
        }
        let Some(session) = ConsoleSession::read(&page) else { return Err(sign_in(&page)) };
        let scopes = session.scopes(&page.tenant, &page.config, page.actor(), "default").await;
        let Some(scopes) = scopes.map_err(IntoResponse::into_response)? else { return Err(sign_in(&page)) };
        let indicator = rights::indicator(ADMIN);
        let owned = rights::scopes_of_person(&page.tenant, &page.config, page.actor(), &session.user_id, &indicator);
        let is_owner = Right::Manage.is_in(&owned.await.map_err(IntoResponse::into_response)?);
        let user = Self { page, session, scopes, is_owner, routes, parts: parts.clone(), right: PhantomData };
        match user.may(R::RIGHT) {
            true => Ok(user),
            false => Err(refusals::without_right(&user.page, user.may(Right::SignedIn))),
        }
    }
}

/// Leads to the sign-in, and back to the page afterwards.
fn sign_in(page: &PageRequest) -> Response {
    let to = match page.method == axum::http::Method::GET {
        true => page.uri.path_and_query().map_or("/console", |path| path.as_str()),
        false => "/console",
    };
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("to", to).finish();
    redirect(StatusCode::SEE_OTHER, &format!("/console/sign-in?{query}"))
}

impl<R> ConsoleUser<R> {
    /// What forms send back: no other site knows it.
    pub(crate) fn csrf(&self) -> String {
        self.session.csrf(&self.page)
    }

    /// The same person for a page that asks for less.
    pub(crate) fn with_right<S>(self) -> ConsoleUser<S> {
        let Self { page, session, scopes, is_owner, routes, parts, .. } = self;
        ConsoleUser { page, session, scopes, is_owner, routes, parts, right: PhantomData }
    }

    /// Whether the person has a right.
    pub(crate) fn may(&self, right: Right) -> bool {
        right.is_in(&self.scopes) || (right == Right::Own && self.is_owner)
    }

    /// The headers of the browser's request that a call of the pages passes on: whose browser it is stands in the audit log.
    pub(crate) fn passed_on(&self) -> HeaderMap {
        let named = ["user-agent", "x-forwarded-for"];
        let kept = self.parts.headers.iter().filter(|(name, _)| named.contains(&name.as_str()));
        kept.map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

/// A form of a page of the console, sent by that page: the caller of every route that changes something.
pub struct ConsoleForm<R> {
    pub user: ConsoleUser<R>,
    pub(crate) fields: FormFields,
    ids: Vec<(String, String)>,
}

impl<R> ConsoleForm<R> {
    /// What stands at a placeholder of the path.
    pub(crate) fn id(&self, placeholder: &str) -> String {
        self.ids.iter().find(|(name, _)| name == placeholder).map(|(_, id)| id.clone()).unwrap_or_default()
    }
}

impl<R: ConsoleRight> Caller for ConsoleForm<R> {
    const ACCESS: Access = Access::Console(R::RIGHT);
}

impl<R: ConsoleRight> FromRequest<App> for ConsoleForm<R> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (form, request) = Self::begin(request, app).await?;
        let fields = FormFields::of(request).await;
        form.complete(fields)
    }
}

impl<R: ConsoleRight> ConsoleForm<R> {
    /// Who sent it and where, before it is read: who may not send it need not.
    async fn begin(request: Request, app: &App) -> Result<(Self, Request), Response> {
        let (mut parts, body) = request.into_parts();
        let user = ConsoleUser::<R>::from_request_parts(&mut parts, app).await?;
        require_same_origin(&user).map_err(IntoResponse::into_response)?;
        let ids = RawPathParams::from_request_parts(&mut parts, app).await.map_err(IntoResponse::into_response)?;
        let ids = ids.iter().map(|(name, id)| (name.to_owned(), id.to_owned())).collect();
        Ok((Self { user, fields: FormFields::default(), ids }, Request::from_parts(parts, body)))
    }

    fn complete(self, fields: FormFields) -> Result<Self, Response> {
        match self.user.session.is_csrf(&self.user.page, fields.get("csrf")) {
            true => Ok(Self { fields, ..self }),
            false => Err(ApiError::new(StatusCode::FORBIDDEN, "session.csrf_token_mismatch").into_response()),
        }
    }
}

/// The same with a picture, where one was chosen.
pub struct ConsolePictureForm<R> {
    pub form: ConsoleForm<R>,
    /// As it was sent, or why it was not even read.
    pub(crate) file: Result<Option<Vec<u8>>, ApiError>,
}

impl<R: ConsoleRight> Caller for ConsolePictureForm<R> {
    const ACCESS: Access = Access::Console(R::RIGHT);
}

impl<R: ConsoleRight> FromRequest<App> for ConsolePictureForm<R> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (form, request) = ConsoleForm::<R>::begin(request, app).await?;
        if !PictureForm::is_sent(request.headers()) {
            let fields = FormFields::of(request).await;
            return Ok(Self { form: form.complete(fields)?, file: Ok(None) });
        }
        let received = PictureForm::receive(&form.user, request).await.map_err(IntoResponse::into_response)?;
        let (fields, file) = (FormFields::of_pairs(received.fields()), received.file());
        drop(received);
        Ok(Self { form: form.complete(fields)?, file })
    }
}
