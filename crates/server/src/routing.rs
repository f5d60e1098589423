//! Routes with declared rights: who may call is part of adding a route. Anywhere else clippy refuses axum's own `route`,
//! `nest`, `fallback` and their kin (clippy.toml), and the tests of attack F1 walk through all that is declared here.

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, MethodRouter, on};

use crate::App;
use crate::rights;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone; the route looks after itself (token endpoint, pages, discovery).
    Public,
    /// Bearer of a management token of the tenant with scope `all` (inventory M001–M003).
    Management,
    /// The browser of a running interaction, known by its cookie.
    Interaction,
}

/// A route as declared: the list that the tests of attack class F1 walk through.
#[derive(Debug, Clone)]
pub struct Declared {
    pub method: Method,
    pub path: String,
    pub access: Access,
}

/// Routes of a slice, with their rights. A route that says nothing about them does not compile:
///
/// ```
/// use server::routing::{Access, Routes};
/// Routes::new().get("/x", Access::Public, async || "x");
/// ```
/// ```compile_fail
/// use server::routing::{Access, Routes};
/// Routes::new().get("/x", async || "x");
/// ```
#[derive(Default)]
pub struct Routes {
    router: Router<App>,
    declared: Vec<Declared>,
}

macro_rules! methods {
    ($($name:ident $method:ident),*) => { $(
        /// Adds a route of this method.
        #[must_use]
        pub fn $name<H, T>(self, path: &str, access: Access, handler: H) -> Self
        where
            H: Handler<T, App>,
            T: 'static,
        {
            self.add(Method::$method, path, (access, on(MethodFilter::$method, handler)))
        }
    )* };
}

impl Routes {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    methods!(get GET, post POST, put PUT, patch PATCH, delete DELETE);

    #[expect(clippy::disallowed_methods, reason = "here the right is declared, and enforced for management routes")]
    fn add(mut self, method: Method, path: &str, (access, handler): (Access, MethodRouter<App>)) -> Self {
        let handler = match access {
            Access::Management => handler.layer(axum::middleware::from_fn(rights::require_management)),
            Access::Public | Access::Interaction => handler,
        };
        self.router = self.router.route(path, handler);
        self.declared.push(Declared { method, path: path.to_owned(), access });
        self
    }

    /// Adds the routes of `other`.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the routes of `other` were declared")]
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.declared.extend(other.declared);
        self
    }

    /// The router and the list of what is in it.
    pub fn into_parts(self) -> (Router<App>, Vec<Declared>) {
        (self.router, self.declared)
    }
}
