//! One accepted connection: no peer holds it by not reading, and no answer is lost because the peer was still sending.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::sync::oneshot;
use tokio::time::{Sleep, sleep, timeout};

/// Time for a peer to take some of an answer that waits for it.
const STALL: Duration = Duration::from_secs(75);
/// Time for a peer to read its answer and stop sending after we have closed our side.
const LINGER: Duration = Duration::from_secs(2);

/// A stream whose writes end, given back when HTTP is done with it.
pub(crate) struct Patient<S> {
    stream: Option<S>,
    stalled: Option<Pin<Box<Sleep>>>,
    back: Option<oneshot::Sender<S>>,
}

impl<S> Patient<S> {
    /// The stream for HTTP, and where it comes back.
    pub(crate) fn new(stream: S) -> (Self, oneshot::Receiver<S>) {
        let (back, returned) = oneshot::channel();
        (Self { stream: Some(stream), stalled: None, back: Some(back) }, returned)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Patient<S> {
    fn stream(&mut self) -> io::Result<Pin<&mut S>> {
        self.stream.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    /// Lets `written` pass, unless the peer has taken nothing for too long.
    fn bounded<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(STALL)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S> Drop for Patient<S> {
    fn drop(&mut self) {
        if let (Some(stream), Some(back)) = (self.stream.take(), self.back.take()) {
            // Nobody waits for it when the server stops.
            let _ = back.send(stream);
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Patient<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_read(cx, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = self.stream()?.poll_write(cx, bytes);
        self.bounded(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = self.stream()?.poll_write_vectored(cx, slices);
        self.bounded(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.as_ref().is_some_and(AsyncWrite::is_write_vectored)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = self.stream()?.poll_flush(cx);
        self.bounded(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let closed = self.stream()?.poll_shutdown(cx);
        self.bounded(cx, closed)
    }
}

/// Closes our side and swallows what the peer still sends: closing at once would make the system throw away an answer that
/// the peer has not read yet (RFC 9112 section 9.6).
pub(crate) async fn linger<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) {
    let ending = async {
        stream.shutdown().await?;
        let mut swallowed = [0; 4096];
        while stream.read(&mut swallowed).await? > 0 {}
        Ok::<(), io::Error>(())
    };
    if let Ok(Err(error)) = timeout(LINGER, ending).await {
        tracing::debug!(%error, "connection ended");
    }
}
