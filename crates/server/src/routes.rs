//! Routes with declared rights: who may call is part of a handler's type. Anywhere else clippy refuses axum's own `route`,
//! `nest`, `fallback` and their kin (clippy.toml), and the tests of attack F1 walk through all that is declared here.

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, on};

use crate::App;
pub use crate::callers::{Access, CallerFirst};

/// A route as declared: the list that the tests of attack class F1 walk through.
#[derive(Debug, Clone)]
pub struct RouteInfo {
    pub method: Method,
    pub path: String,
    pub access: Access,
}

/// Routes of a slice, with their rights. A handler that does not begin with its caller does not compile:
///
/// ```
/// use server::{callers::Anyone, routes::Routes};
/// Routes::new().get("/x", async |_: Anyone| "x");
/// ```
/// ```compile_fail
/// use server::routes::Routes;
/// Routes::new().get("/x", async || "x");
/// ```
/// ```compile_fail
/// use server::{callers::Anyone, http::QueryParams, routes::Routes};
/// Routes::new().get("/x", async |_: QueryParams, _: Anyone| "x");
/// ```
#[derive(Default)]
pub struct Routes {
    router: Router<App>,
    routes: Vec<RouteInfo>,
}

macro_rules! methods {
    ($($name:ident $method:ident),*) => { $(
        /// Adds a route of this method; the handler's first extractor says who may call it.
        #[must_use]
        #[expect(clippy::disallowed_methods, reason = "here the right is declared, by the handler's caller")]
        pub fn $name<H, T>(mut self, path: &str, handler: H) -> Self
        where
            H: Handler<T, App>,
            T: CallerFirst + 'static,
        {
            self.router = self.router.route(path, on(MethodFilter::$method, handler));
            self.routes.push(RouteInfo { method: Method::$method, path: path.to_owned(), access: T::ACCESS });
            self
        }
    )* };
}

macro_rules! old_methods {
    ($($name:ident $method:ident),*) => { $(
        #[must_use]
        #[expect(clippy::disallowed_methods, reason = "until every handler names its caller")]
        pub fn $name<H, T>(mut self, path: &str, access: Access, handler: H) -> Self
        where
            H: Handler<T, App>,
            T: 'static,
        {
            let handler = match access {
                Access::Management => on(MethodFilter::$method, handler).layer(axum::middleware::from_fn(require_management)),
                Access::Public | Access::Interaction => on(MethodFilter::$method, handler),
            };
            self.router = self.router.route(path, handler);
            self.routes.push(RouteInfo { method: Method::$method, path: path.to_owned(), access });
            self
        }
    )* };
}

async fn require_management(request: axum::extract::Request, next: axum::middleware::Next) -> axum::response::Response {
    use axum::extract::FromRequestParts;
    use axum::response::IntoResponse;
    let (mut parts, body) = request.into_parts();
    let tenant = match crate::Tenant::of(&parts.extensions) {
        Ok(t) => t,
        Err(e) => return e.into_response(),
    };
    match crate::callers::ManagementCaller::from_request_parts(&mut parts, tenant.app()).await {
        Ok(_) => next.run(axum::extract::Request::from_parts(parts, body)).await,
        Err(error) => error.into_response(),
    }
}

impl Routes {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    methods!(get GET, post POST, put PUT, patch PATCH, delete DELETE);

    old_methods!(old_get GET, old_post POST, old_put PUT, old_patch PATCH, old_delete DELETE);

    /// Adds the routes of `other`.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the routes of `other` were declared")]
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.routes.extend(other.routes);
        self
    }

    /// The router and the list of what is in it.
    pub fn into_parts(self) -> (Router<App>, Vec<RouteInfo>) {
        (self.router, self.routes)
    }
}
