//! Timeouts for silent peers and stalled writes, and a lingering close that does not lose the response.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::sync::oneshot;
use tokio::time::{Sleep, sleep, timeout};

/// Time for a peer to read some of a pending response.
const WRITE_TIMEOUT: Duration = Duration::from_secs(75);
/// Time for a peer to read the response and to close, or to send more, after we have closed our side.
const LINGER_TIMEOUT: Duration = Duration::from_secs(2);
/// Time for a peer that goes on sending what nobody reads.
const MAX_LINGER: Duration = Duration::from_secs(30);

/// What is going on on a connection.
#[derive(Default)]
pub(crate) struct Activity {
    requests: AtomicUsize,
    started: AtomicUsize,
    is_writing: AtomicBool,
}

/// Counts a running request until it is dropped.
pub(crate) struct RequestGuard(Arc<Activity>);

impl Activity {
    pub(crate) fn start_request(self: &Arc<Self>) -> RequestGuard {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.started.fetch_add(1, Ordering::Relaxed);
        RequestGuard(Arc::clone(self))
    }

    /// The number of requests so far.
    pub(crate) fn started(&self) -> usize {
        self.started.load(Ordering::Relaxed)
    }

    /// Whether a request is running or a response waits for its reader.
    pub(crate) fn is_busy(&self) -> bool {
        self.requests.load(Ordering::Relaxed) > 0 || self.is_writing.load(Ordering::Relaxed)
    }
}

impl Drop for RequestGuard {
    fn drop(&mut self) {
        self.0.requests.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A stream that ends when the peer sends no first byte, and that fails when the peer reads nothing. It is sent back when the
/// HTTP connection ends.
pub(crate) struct TimeoutStream<S> {
    stream: Option<S>,
    /// Ends the wait for the first byte; none once it has arrived.
    silent: Option<Pin<Box<Sleep>>>,
    stalled: Option<Pin<Box<Sleep>>>,
    activity: Arc<Activity>,
    return_to: Option<oneshot::Sender<S>>,
}

impl<S> TimeoutStream<S> {
    /// The stream for HTTP, and the channel that returns the inner stream.
    pub(crate) fn new(
        stream: S,
        first_byte_timeout: Duration,
        activity: Arc<Activity>,
    ) -> (Self, oneshot::Receiver<S>) {
        let (return_to, returned) = oneshot::channel();
        let silent = Some(Box::pin(sleep(first_byte_timeout)));
        (Self { stream: Some(stream), silent, stalled: None, activity, return_to: Some(return_to) }, returned)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> TimeoutStream<S> {
    fn stream(&mut self) -> io::Result<Pin<&mut S>> {
        self.stream.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    /// Returns `written`, or a timeout error if the peer has read nothing for [`WRITE_TIMEOUT`].
    fn enforce_write_timeout<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        self.activity.is_writing.store(written.is_pending(), Ordering::Relaxed);
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(WRITE_TIMEOUT)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S> Drop for TimeoutStream<S> {
    fn drop(&mut self) {
        if let (Some(stream), Some(return_to)) = (self.stream.take(), self.return_to.take()) {
            // The receiver is gone when the server stops.
            let _ = return_to.send(stream);
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for TimeoutStream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = self.stream()?.poll_read(cx, buffer);
        let Some(silent) = &mut self.silent else { return read };
        if read.is_ready() {
            if buffer.filled().len() > before {
                self.silent = None;
            }
            return read;
        }
        // The end of the stream, as if the peer had closed it.
        silent.as_mut().poll(cx).map(Ok)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for TimeoutStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = self.stream()?.poll_write(cx, bytes);
        self.enforce_write_timeout(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = self.stream()?.poll_write_vectored(cx, slices);
        self.enforce_write_timeout(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.as_ref().is_some_and(AsyncWrite::is_write_vectored)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = self.stream()?.poll_flush(cx);
        self.enforce_write_timeout(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let closed = self.stream()?.poll_shutdown(cx);
        self.enforce_write_timeout(cx, closed)
    }
}

/// Closes our side and discards what the peer still sends. Closing at once would reset the connection and lose a
/// response that the peer has not read yet (RFC 9112 section 9.6).
pub(crate) async fn linger<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) {
    let ending = async {
        timeout(LINGER_TIMEOUT, stream.shutdown()).await??;
        let mut swallowed = [0; 4096];
        while timeout(LINGER_TIMEOUT, stream.read(&mut swallowed)).await?? > 0 {}
        Ok::<(), io::Error>(())
    };
    if let Ok(Err(error)) = timeout(MAX_LINGER, ending).await {
        tracing::debug!(%error, "connection ended");
    }
}
