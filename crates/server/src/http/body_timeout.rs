//! The timeout of request bodies: 408 (RFC 9110 section 15.5.9).

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

use super::body::message_response;

/// The timeout of a body. A body of maximum size must arrive at 17 KB/s.
const BODY_TIMEOUT: Duration = Duration::from_secs(60);

/// Whether the body of a request timed out; none for a request without a body.
pub(crate) struct BodyTimeout(Option<Arc<AtomicBool>>);

impl BodyTimeout {
    /// Wraps the body of a request with the timeout.
    pub(crate) fn wrap(request: Request) -> (Request, Self) {
        if request.body().is_end_stream() {
            return (request, Self(None));
        }
        let late = Arc::<AtomicBool>::default();
        let noticed = Arc::clone(&late);
        let request = request.map(|body| Body::new(TimeoutBody { body, end: None, late: noticed }));
        (request, Self(Some(late)))
    }

    /// The response, or 408 after a timeout: the handler only saw an incomplete body.
    pub(crate) fn into_response(self, response: Response) -> Response {
        if !self.0.is_some_and(|late| late.load(Ordering::Relaxed)) {
            return response;
        }
        let mut response = message_response(StatusCode::REQUEST_TIMEOUT, "The request body did not arrive in time.");
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        response
    }
}

struct TimeoutBody {
    body: Body,
    /// Started at the first wait, because most bodies arrive together with the head.
    end: Option<Pin<Box<Sleep>>>,
    late: Arc<AtomicBool>,
}

impl HttpBody for TimeoutBody {
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
        let end = self.end.get_or_insert_with(|| Box::pin(sleep(BODY_TIMEOUT)));
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
