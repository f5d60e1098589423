//! Routes with declared rights: who may call is part of a handler's type. Anywhere else clippy refuses axum's own `route`,
//! `nest`, `fallback` and their kin (clippy.toml), and the tests of attack F1 walk through all that is declared here.

use api::Operation;
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
            self.routes.push(RouteInfo { method: Method::$method, path: path.to_owned(), access: T::ACCESS, operation: None });
            self
        }
    )* };
}

impl Routes {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    methods!(get GET, post POST, put PUT, patch PATCH, delete DELETE);

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
