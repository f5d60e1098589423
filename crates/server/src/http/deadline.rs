//! Bodies that arrive too slowly: 408 (RFC 9110 section 15.5.9).

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use tokio::time::{Sleep, sleep};

use super::body::message;

/// Time for a body to arrive; the largest one needs 17 KB a second.
const BODY_TIME: Duration = Duration::from_secs(60);

/// Whether the body of a request came too late; none for a request without one.
pub(crate) struct Deadline(Option<Arc<AtomicBool>>);

impl Deadline {
    /// The request with a body that ends in time, and what became of it.
    pub(crate) fn of(request: Request) -> (Request, Self) {
        if request.body().is_end_stream() {
            return (request, Self(None));
        }
        let late = Arc::<AtomicBool>::default();
        let noticed = Arc::clone(&late);
        let request = request.map(|body| Body::new(Timely { body, end: None, late: noticed }));
        (request, Self(Some(late)))
    }

    /// The response, or 408 when the body was not there in time: whoever read it only knows that it broke off.
    pub(crate) fn judge(self, response: Response) -> Response {
        if !self.0.is_some_and(|late| late.load(Ordering::Relaxed)) {
            return response;
        }
        let mut response = message(StatusCode::REQUEST_TIMEOUT, "The request body did not arrive in time.");
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        response
    }
}

struct Timely {
    body: Body,
    /// Set when the body is first waited for: most are there with their head.
    end: Option<Pin<Box<Sleep>>>,
    late: Arc<AtomicBool>,
}

impl HttpBody for Timely {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if frame.is_ready() {
            return frame;
        }
        let end = self.end.get_or_insert_with(|| Box::pin(sleep(BODY_TIME)));
        if end.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        self.late.store(true, Ordering::Relaxed);
        Poll::Ready(Some(Err(axum::Error::new(std::io::Error::from(std::io::ErrorKind::TimedOut)))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}
