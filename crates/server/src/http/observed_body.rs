//! The body of a request after its handler: a timeout while it is read (408, RFC 9110 section 15.5.9), and what becomes of a
//! connection whose request was answered before the body was read (RFC 9112 section 9.3).

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use tokio::time::{Sleep, sleep, timeout};

use super::body::message_response;

/// The timeout of a body. A body of maximum size must arrive at 17 KB/s.
const BODY_TIMEOUT: Duration = Duration::from_secs(60);
/// The rest of an unread body that is read and thrown away, so that the connection can go on.
const MAX_DISCARDED_BYTES: u64 = 64 << 10;

/// What happened to the body of a request; none for a request without a body.
pub(crate) struct ObservedBody(Option<Arc<Fate>>);

#[derive(Default)]
struct Fate {
    is_late: AtomicBool,
    /// The body of which the handler left a rest.
    unread: Mutex<Option<Body>>,
    /// The client sends the body only when it is asked to (RFC 9110 section 10.1.1).
    waits_for_continue: bool,
}

impl ObservedBody {
    /// Wraps the body of a request with the timeout.
    pub(crate) fn wrap(request: Request) -> (Request, Self) {
        if request.body().is_end_stream() {
            return (request, Self(None));
        }
        let waits_for_continue = request.headers().contains_key(header::EXPECT);
        let fate = Arc::new(Fate { waits_for_continue, ..Fate::default() });
        let noticed = Arc::clone(&fate);
        let request = request.map(|body| Body::new(WatchedBody { body, has_ended: false, end: None, fate: noticed }));
        (request, Self(Some(fate)))
    }

    /// The response, or 408 after a timeout: the handler only saw an incomplete body. A small rest of the body is read, so that
    /// the next request can follow on the connection; with a larger one the response says that the connection closes.
    pub(crate) async fn settle(self, mut response: Response) -> Response {
        let Some(fate) = self.0 else { return response };
        if fate.is_late.load(Ordering::Relaxed) {
            response = message_response(StatusCode::REQUEST_TIMEOUT, "The request body did not arrive in time.");
            return with_close(response);
        }
        let unread = fate.unread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(unread) = unread else { return response };
        if fate.waits_for_continue {
            return with_close(response);
        }
        match Rest::new(unread).discard_what_arrived().await {
            Discarded::All => response,
            Discarded::Part(rest) if rest.is_known_to_be_small() => {
                // The client may want the response before it sends the rest.
                tokio::spawn(timeout(BODY_TIMEOUT, rest.discard()));
                response
            }
            Discarded::Part(_) => with_close(response),
        }
    }
}

fn with_close(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// The rest of a body that nobody reads.
struct Rest {
    body: Body,
    discarded: u64,
}

enum Discarded {
    All,
    Part(Rest),
}

impl Rest {
    fn new(body: Body) -> Self {
        Self { body, discarded: 0 }
    }

    async fn discard_what_arrived(mut self) -> Discarded {
        let mut is_asked = false;
        while self.discarded <= MAX_DISCARDED_BYTES {
            match poll_fn(|cx| Poll::Ready(self.poll_length(cx))).await {
                Poll::Ready(Some(length)) => self.discarded += length,
                Poll::Ready(None) => return Discarded::All,
                // The connection reads on only when it was asked for more.
                Poll::Pending if !is_asked => {
                    is_asked = true;
                    tokio::task::yield_now().await;
                    continue;
                }
                Poll::Pending => break,
            }
            is_asked = false;
        }
        Discarded::Part(self)
    }

    /// The length of the next frame; none at the end, also of a broken body.
    fn poll_length(&mut self, cx: &mut Context<'_>) -> Poll<Option<u64>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        frame.map(|frame| Some(frame?.ok()?.data_ref().map_or(0, |data| data.len() as u64)))
    }

    fn is_known_to_be_small(&self) -> bool {
        let upper = self.body.size_hint().upper();
        upper.is_some_and(|rest| rest.saturating_add(self.discarded) <= MAX_DISCARDED_BYTES)
    }

    async fn discard(mut self) {
        while poll_fn(|cx| self.poll_length(cx)).await.is_some() {}
    }
}

struct WatchedBody {
    body: Body,
    has_ended: bool,
    /// Started at the first wait, because most bodies arrive together with the head.
    end: Option<Pin<Box<Sleep>>>,
    fate: Arc<Fate>,
}

impl HttpBody for WatchedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(frame) = frame {
            self.has_ended = !matches!(frame, Some(Ok(_)));
            return Poll::Ready(frame);
        }
        let end = self.end.get_or_insert_with(|| Box::pin(sleep(BODY_TIMEOUT)));
        if end.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        self.has_ended = true;
        self.fate.is_late.store(true, Ordering::Relaxed);
        Poll::Ready(Some(Err(axum::Error::new(std::io::Error::from(std::io::ErrorKind::TimedOut)))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}

impl Drop for WatchedBody {
    fn drop(&mut self) {
        if self.has_ended || self.body.is_end_stream() {
            return;
        }
        let unread = std::mem::take(&mut self.body);
        *self.fate.unread.lock().unwrap_or_else(PoisonError::into_inner) = Some(unread);
    }
}
