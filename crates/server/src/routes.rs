//! Routes with declared rights: who may call is part of a handler's type. Anywhere else clippy refuses axum's own `route`,
//! `nest`, `fallback` and their kin (clippy.toml), and the tests of attack F1 walk through all that is declared here.

use std::pin::Pin;
use std::sync::Arc;

use api::Operation;
use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::Method;
use axum::response::Response;
use axum::routing::{MethodFilter, on};

use crate::App;
pub use crate::callers::{Access, CallerFirst};

/// A route as declared: the list that the tests of attack class F1 walk through.
#[derive(Debug, Clone)]
pub struct RouteInfo {
    pub method: Method,
    pub path: String,
    pub access: Access,
    /// What the route takes and answers, for the OpenAPI document.
    pub operation: Option<Operation>,
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

/// What a handler that is a function answers.
type FutureResponse = Pin<Box<dyn Future<Output = Response> + Send>>;

/// A handler without its type, so that what axum wraps around one is compiled once and not for each of some 800.
#[derive(Clone)]
struct ErasedHandler(Arc<dyn Fn(Request, App) -> FutureResponse + Send + Sync>);

impl Handler<(), App> for ErasedHandler {
    type Future = FutureResponse;

    fn call(self, request: Request, app: App) -> FutureResponse {
        (self.0)(request, app)
    }
}

macro_rules! methods {
    ($($name:ident $method:ident),*) => { $(
        /// Adds a route of this method; the handler's first extractor says who may call it.
        #[must_use]
        pub fn $name<H, T>(self, path: &str, handler: H) -> Self
        where
            H: Handler<T, App, Future = FutureResponse>,
            T: CallerFirst,
        {
            let handler = ErasedHandler(Arc::new(move |request, app| handler.clone().call(request, app)));
            let info = RouteInfo { method: Method::$method, path: path.to_owned(), access: T::ACCESS, operation: None };
            self.add(MethodFilter::$method, info, handler)
        }
    )* };
}

impl Routes {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    methods!(get GET, post POST, put PUT, patch PATCH, delete DELETE);

    #[expect(clippy::disallowed_methods, reason = "here the right is declared, by the handler's caller")]
    fn add(mut self, method: MethodFilter, info: RouteInfo, handler: ErasedHandler) -> Self {
        self.router = self.router.route(&info.path, on(method, handler));
        self.routes.push(info);
        self
    }

    /// Says what the routes that were added so far take and answer.
    #[must_use]
    pub fn operations(mut self, operations: Vec<Operation>) -> Self {
        for operation in operations {
            let is_its_route = |route: &&mut RouteInfo| operation.is_at(route.method.as_str(), &route.path);
            if let Some(route) = self.routes.iter_mut().find(is_its_route) {
                route.operation = Some(operation);
            }
        }
        self
    }

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
