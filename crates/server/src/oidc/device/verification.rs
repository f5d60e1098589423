//! `GET|POST /oidc/device`: the user code comes back from a browser (RFC 8628 section 3.3). What people see is `/device`
//! (`pages/device.rs`); every answer here leads there, or to the sign-in.

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use oauth::{OAuthError, Params, UserCode};
use views::device_pages::DeviceForwardPage;

use super::browser_secret::BrowserSecret;
use super::codes::{self, EnteredDeviceCode};
use crate::callers::{RequestContext, SameOrigin};
use crate::interaction::address_limit::{self, AddressLimit};
use crate::oidc::authorize::{Answer, AuthorizeStep, Decision, respond_to_step, set_session_cookie};
use crate::oidc::body::{self, BodyError};
use crate::oidc::cookies::{self, SetCookies};
use crate::oidc::interactions::PendingAuthorization;
use crate::oidc::{ProviderError, response, sessions};
use crate::pages::PageRequest;
use crate::work::Work;

/// Wrong user codes that one network may enter in a quarter of an hour (RFC 8628 section 5.1). A guess is right with a chance of
/// one in 2.5 × 10^10 for each code that waits.
const GUESSES: AddressLimit = AddressLimit { action: "DeviceUserCode", most: 30, window_seconds: 900 };
/// What was typed is shown again up to this many bytes.
const MAX_SHOWN: usize = 32;

/// Why a browser is led back to the page, as its `error` parameter says it (SURPRISES 18).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Problem {
    /// The form was not made for this browser.
    InvalidRequest,
    NoCode,
    NotFound,
    Aborted,
    SessionNotFound,
    TooManyAttempts,
}

impl Problem {
    fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "InvalidRequest",
            Self::NoCode => "NoCodeError",
            Self::NotFound => "NotFoundError",
            Self::Aborted => "AbortedError",
            Self::SessionNotFound => "SessionNotFound",
            Self::TooManyAttempts => "TooManyAttempts",
        }
    }
}

/// `GET /oidc/device`: gives the browser its secret. With a user code the answer is a page that sends the code back by itself,
/// so that a link alone enters nothing: programs that look at messages open links too.
pub async fn get_verification(visit: PageRequest) -> Response {
    let secret = BrowserSecret::at_endpoint(&visit).unwrap_or_else(|| BrowserSecret::random(&visit.app.rng));
    let mut set_cookies = visit.set_cookies();
    secret.set(&visit, &mut set_cookies);
    let answer = match visit.query("user_code") {
        Some(user_code) => {
            let page = DeviceForwardPage {
                action: format!("{}/device", visit.issuer()),
                xsrf: secret.value().to_owned(),
                user_code: user_code.to_owned(),
            };
            response::no_store(visit.render(StatusCode::OK, &page))
        }
        None => {
            let query = visit.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
            response::redirect(StatusCode::FOUND, &format!("/device{query}"))
        }
    };
    response::with_cookies(answer, set_cookies)
}

/// `POST /oidc/device`: enters a code, or decides on it (`confirm`, `abort`).
pub async fn post_verification(SameOrigin(req): SameOrigin, body: Body) -> Response {
    let mut set_cookies = req.set_cookies();
    if let Some(handle) = req.cookie(cookies::SESSION) {
        set_session_cookie(&mut set_cookies, &req, &handle);
    }
    let answer = match body::read(&req.headers, body, "/device").await {
        Ok(params) => take_form(&req, &params, &mut set_cookies).await,
        Err(BodyError::TooLarge) => return body::too_large(),
        Err(BodyError::OAuth(_)) => Err(Problem::InvalidRequest),
    };
    let answer = answer.unwrap_or_else(|problem| lead_back(problem, None));
    response::with_cookies(answer, set_cookies)
}

async fn take_form(req: &RequestContext, params: &Params, set_cookies: &mut SetCookies) -> Result<Response, Problem> {
    let secret = BrowserSecret::at_endpoint(req).filter(|secret| secret.made(params.get("xsrf")));
    let Some(secret) = secret.filter(|_| params.reject_repeated().is_ok()) else {
        BrowserSecret::random(&req.app.rng).set(req, set_cookies);
        return Err(Problem::InvalidRequest);
    };
    secret.set(req, set_cookies);
    let typed = params.get("user_code").ok_or(Problem::NoCode)?;
    let decision = match (params.get("abort"), params.get("confirm")) {
        (Some(_), _) => Decided::Abort,
        (None, Some(_)) => Decided::Confirm,
        (None, None) => Decided::NotYet,
    };
    let (inner, code, digest) = (req.clone(), UserCode::from_typed(typed), secret.digest());
    let outcome = req.write_relaxed(move |work| enter(work, &inner, code, &digest, decision)).await;
    match outcome {
        Ok(Ok(Entered::Waiting(code))) => {
            Ok(response::redirect(StatusCode::FOUND, &format!("/device?user_code={}", code.shown())))
        }
        Ok(Ok(Entered::Confirmed(entered, step))) => {
            Ok(respond_to_step(req, &entered.request, Answer::Device, step, set_cookies))
        }
        Ok(Err(Problem::NotFound)) => Ok(lead_back(Problem::NotFound, Some(typed))),
        Ok(Err(problem)) => Err(problem),
        Err(ProviderError(error)) => Ok(response::error(req, &error)),
    }
}

/// What the person pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decided {
    NotYet,
    Confirm,
    Abort,
}

enum Entered {
    Waiting(UserCode),
    Confirmed(Box<EnteredDeviceCode>, AuthorizeStep),
}

fn enter(
    work: &Work<'_>,
    req: &RequestContext,
    code: Option<UserCode>,
    browser_digest: &str,
    decided: Decided,
) -> Result<Result<Entered, Problem>, ProviderError> {
    let network = req.ip.network();
    // Others of the network may have guessed: who has entered a code decides on it all the same.
    let is_known = match &code {
        Some(code) => codes::is_entered(work, code, browser_digest)?,
        None => false,
    };
    if !is_known && address_limit::is_used_up(work, &GUESSES, network)? {
        return Ok(Err(Problem::TooManyAttempts));
    }
    let entered = match &code {
        Some(code) => codes::enter(work, code, browser_digest)?,
        None => None,
    };
    let (Some(code), Some(entered)) = (code, entered) else {
        // The count is kept: nothing else was changed.
        let counted = address_limit::count(work, &GUESSES, network)?;
        return Ok(Err(if counted { Problem::NotFound } else { Problem::TooManyAttempts }));
    };
    match decided {
        Decided::NotYet => Ok(Ok(Entered::Waiting(code))),
        Decided::Abort => {
            codes::deny(work, &entered.digest)?;
            Ok(Err(Problem::Aborted))
        }
        Decided::Confirm => {
            let Some(registered) = req.client_in(work, &entered.client_id)? else { return Ok(Err(Problem::NotFound)) };
            let handle = req.cookie(cookies::SESSION);
            let session = sessions::find_by_optional_cookie(work, handle.as_deref())?;
            let pending = PendingAuthorization {
                device_code: Some(entered.digest.clone()),
                ..PendingAuthorization::new(entered.request.clone())
            };
            let step = Decision { work, req, registered: &registered }.next_step(pending, session.as_ref())?;
            Ok(Ok(Entered::Confirmed(Box::new(entered), step)))
        }
    }
}

/// Leads a browser to the page that says what is wrong.
fn lead_back(problem: Problem, typed: Option<&str>) -> Response {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(typed.filter(|typed| typed.len() <= MAX_SHOWN).map(|typed| ("input_code", typed)));
    query.append_pair("error", problem.name());
    response::redirect(StatusCode::FOUND, &format!("/device?{}", query.finish()))
}

/// The device gets its tokens: the browser has nothing left to do.
pub fn respond_approved(set_cookies: &mut SetCookies) -> Response {
    BrowserSecret::remove(set_cookies);
    response::redirect(StatusCode::FOUND, "/device/success")
}

/// An authorization for a device failed: the page says so. A failure of the server is no answer to the person's question.
pub fn respond_error(req: &RequestContext, error: &OAuthError, set_cookies: &mut SetCookies) -> Response {
    if error.status >= 500 {
        return response::error(req, error);
    }
    let secret = BrowserSecret::at_endpoint(req).unwrap_or_else(|| BrowserSecret::random(&req.app.rng));
    secret.set(req, set_cookies);
    let problem = if error.code() == "session.not_found" { Problem::SessionNotFound } else { Problem::Aborted };
    lead_back(problem, None)
}
