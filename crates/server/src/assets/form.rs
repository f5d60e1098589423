//! A form of a page with a picture in it. It is read so far that a file of any usual size costs nothing else of the form.

use std::future::poll_fn;
use std::pin::Pin;

use axum::body::HttpBody as _;
use axum::extract::Request;
use axum::http::HeaderMap;

use super::picture::Picture;
use super::upload::{Uploader, remake, too_large};
use crate::ApiError;
use crate::callers::RequestContext;
use crate::fair_share::Place;
use crate::http::multipart;

/// The name of the file.
const PICTURE: &str = "picture";
/// What stands before the file, and behind it.
const MAX_AROUND_BYTES: usize = 128 << 10;
/// The longest body that is read at all; what is too large for a picture is not kept.
const MAX_READ_BYTES: usize = 64 << 20;

/// A form that was received. While it is held it counts as one of the uploads that run at the same time.
pub(crate) struct PictureForm<'a> {
    context: &'a RequestContext,
    body: Vec<u8>,
    boundary: String,
    is_cut: bool,
    _place: Place<'a, Uploader>,
}

impl<'a> PictureForm<'a> {
    /// Whether a request sends such a form.
    pub fn is_sent(headers: &HeaderMap) -> bool {
        multipart::boundary_of(headers).is_some()
    }

    /// Reads the form.
    ///
    /// # Errors
    /// 400 `storage.not_configured`; 400 `guard.file_size_exceeded` for what is not even read; 503 when too many upload at the same time.
    pub async fn receive(context: &'a RequestContext, request: Request) -> Result<Self, ApiError> {
        context.app.assets.files()?;
        let place = context.app.assets.place(context, Uploader::Person)?;
        let boundary = multipart::boundary_of(request.headers()).unwrap_or_default();
        let (body, is_cut) = read(request, Uploader::Person.max_bytes() + 2 * MAX_AROUND_BYTES).await?;
        Ok(Self { context, body, boundary, is_cut, _place: place })
    }

    /// Names and values of the other fields, in their order. What is longer than anything that is taken is cut.
    pub fn fields(&self) -> Vec<(String, String)> {
        let parts = multipart::parts(&self.body, &self.boundary).into_iter();
        let text =
            |content: &[u8]| String::from_utf8_lossy(content.get(..MAX_AROUND_BYTES).unwrap_or(content)).into_owned();
        parts.filter(|(name, _)| name != PICTURE).map(|(name, content)| (name, text(content))).collect()
    }

    /// Whether a file was chosen.
    pub fn has_file(&self) -> bool {
        let parts = multipart::parts(&self.body, &self.boundary);
        self.is_cut || parts.iter().any(|(name, content)| name == PICTURE && !content.is_empty())
    }

    /// The file as it was sent, for who passes it on. None where no file was chosen.
    ///
    /// # Errors
    /// 400 `guard.file_size_exceeded`.
    pub fn file(&self) -> Result<Option<Vec<u8>>, ApiError> {
        if self.is_cut {
            return Err(too_large());
        }
        let parts = multipart::parts(&self.body, &self.boundary);
        let file = parts.into_iter().find(|(name, content)| name == PICTURE && !content.is_empty());
        Ok(file.map(|(_, content)| content.to_vec()))
    }

    /// Makes the file a picture of ours. None where no file was chosen.
    ///
    /// # Errors
    /// 400 `guard.file_size_exceeded`, `guard.mime_type_not_allowed`, and `guard.invalid_input` for a broken picture.
    pub async fn picture(self) -> Result<Option<Picture>, ApiError> {
        if self.is_cut {
            return Err(too_large());
        }
        let Self { context, body, boundary, _place, .. } = self;
        let make = move || {
            let parts = multipart::parts(&body, &boundary);
            let file = parts.into_iter().find(|(name, content)| name == PICTURE && !content.is_empty());
            file.map(|(_, file)| remake(file, Uploader::Person)).transpose()
        };
        context.app.assets.off_thread(make).await?
    }
}

/// The whole body; of one that is longer than `most` the beginning and the end, and that it was cut.
async fn read(request: Request, most: usize) -> Result<(Vec<u8>, bool), ApiError> {
    let mut body = request.into_body();
    if usize::try_from(body.size_hint().lower()).map_or(true, |least| least > MAX_READ_BYTES) {
        return Err(too_large());
    }
    let (mut kept, mut length, mut is_cut) = (Vec::new(), 0_usize, false);
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        // Whoever broke off reads no answer, and a body that came too late is answered elsewhere.
        let Ok(chunk) = frame.map_err(|_| too_large())?.into_data() else { continue };
        length = length.saturating_add(chunk.len());
        if length > MAX_READ_BYTES {
            return Err(too_large());
        }
        kept.extend_from_slice(&chunk);
        if kept.len() > most {
            is_cut = true;
            kept.drain(MAX_AROUND_BYTES..kept.len() - MAX_AROUND_BYTES);
        }
    }
    Ok((kept, is_cut))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn request(body: Vec<u8>) -> Request {
        let chunks = body.chunks(1000).map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec())).collect::<Vec<_>>();
        Request::new(Body::from_stream(futures_util::stream::iter(chunks)))
    }

    #[tokio::test]
    async fn of_a_long_body_the_beginning_and_the_end_are_kept() {
        let part = |name: &str, content: &[u8]| {
            let head = format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            [head.as_bytes(), content, b"\r\n"].concat()
        };
        let around = [part("before", b"one"), part(PICTURE, &vec![7; 2_000_000]), part("after", b"two")].concat();
        let body = [around.as_slice(), b"--x--\r\n"].concat();
        let (kept, is_cut) = read(request(body.clone()), 500_000).await.unwrap();
        assert!(is_cut && kept.len() <= 501_000);
        let names: Vec<String> = multipart::parts(&kept, "x").into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["before", PICTURE, "after"]);
        assert_eq!(read(request(body.clone()), 3_000_000).await.unwrap(), (body, false));
    }
}
