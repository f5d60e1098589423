//! Who calls a route, as types. A handler's first extractor is its caller: [`crate::routes::Routes`] takes no other, and the
//! list of routes says by it who may call what (attack F1).

mod account;
mod authorization_header;
pub(crate) mod console;
pub mod management;
mod request;
pub(crate) mod rights;
mod same_origin;
mod token_cache;

pub(crate) use account::account_operations;
pub use account::{AccountNeeds, AccountOperation, AccountUnit, AccountUser, Field, MeUser, Part, Proof};
pub use console::{ConsoleForm, ConsoleRight, ConsoleUser};
pub(crate) use management::LEEWAY_SECONDS;
pub use management::ManagementCaller;
pub use request::{Anyone, RequestContext, RequestFacts};
pub use rights::Right;
pub use same_origin::{SameOrigin, require_json_body, require_same_origin};
pub use token_cache::TokenCache;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone; the route looks after itself (token endpoint, pages, discovery).
    Public,
    /// Bearer of a management token of the tenant with scope `all` (inventory M001–M003).
    Management,
    /// Bearer of the opaque access token of a person, for their own account; the operation says what else it needs.
    Account(&'static AccountNeeds),
    /// Bearer of a token of the Me API, for their own account at the tenant `admin` (inventory A074).
    Me,
    /// The browser of a person who is signed in to the account centre; the page needs what the operation needs ([`crate::pages`]).
    AccountPage(&'static AccountNeeds),
    /// The browser of a running interaction, known by its cookie.
    Interaction,
    /// A person who signed in to the console and has this right ([`rights`]).
    Console(Right),
}

/// An extractor that lets a request pass only if it comes from a certain kind of caller.
pub trait Caller {
    /// The kind.
    const ACCESS: Access;
}

/// Handlers whose first extractor is a [`Caller`]: `T` of [`axum::handler::Handler`] names the extractors.
pub trait CallerFirst {
    /// The kind of the first extractor.
    const ACCESS: Access;
}

macro_rules! caller_first {
    ($($extractor:ident)*) => {
        impl<M, C: Caller, $($extractor),*> CallerFirst for (M, C, $($extractor,)*) {
            const ACCESS: Access = C::ACCESS;
        }
    };
}
caller_first!();
caller_first!(T1);
caller_first!(T1 T2);
caller_first!(T1 T2 T3);
caller_first!(T1 T2 T3 T4);
caller_first!(T1 T2 T3 T4 T5);
