//! Forms that an application's website posts to a page of the provider (OpenID Connect Core section 3.1.2.1, RP-Initiated Logout
//! section 2). Browsers leave out `SameSite=Lax` cookies there, so somebody who is signed in would look like a stranger: a logout
//! would end nothing, and `prompt=none` would be refused. Asked again by GET, the cookies come along.

use axum::http::header;
use axum::response::Response;
use oauth::Params;
use url::form_urlencoded::Serializer;

use super::{cookies, response};
use crate::callers::RequestContext;

/// Some proxies refuse longer addresses; such a form counts as it came.
const MAX_QUERY_BYTES: usize = 6 * 1024;

/// The redirect to the same request by GET, if a website sent it without the cookie of a session.
pub fn ask_again(req: &RequestContext, params: &Params) -> Option<Response> {
    let may_have_lost_cookies = req.headers.contains_key(header::ORIGIN) && req.cookie(cookies::SESSION).is_none();
    // What came twice is refused, so it must not get lost on the way (attack A5).
    if !may_have_lost_cookies || params.reject_repeated().is_err() {
        return None;
    }
    let query = Serializer::new(String::new()).extend_pairs(params.iter()).finish();
    (query.len() <= MAX_QUERY_BYTES).then(|| response::see_other(&format!("{}?{query}", req.uri.path())))
}
