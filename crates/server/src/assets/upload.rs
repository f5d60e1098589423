//! The file in a request: the part `file` of `multipart/form-data` (RFC 7578). Forms of pages are in [`super::form`].

use axum::body::{Bytes, HttpBody as _, to_bytes};
use axum::extract::Request;

use super::picture::{self, Picture, PictureError};
use crate::ApiError;
use crate::callers::RequestContext;
use crate::fair_share::Place;
use crate::http::body::invalid_input;
use crate::http::multipart;

/// What stands around the file in a body.
const MAX_ENVELOPE_BYTES: usize = 16 << 10;
const PART: &str = "file";

/// Who uploads, which decides how much they may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Uploader {
    /// Somebody with a management token.
    Administrator,
    /// Somebody with an account, or who registers.
    Person,
}

impl Uploader {
    /// The largest file (inventory M302).
    pub fn max_bytes(self) -> usize {
        match self {
            Self::Administrator => 20 << 20,
            Self::Person => 8 << 20,
        }
    }

    /// The longest side of what is made of it, in pixels.
    pub fn max_side(self) -> u32 {
        match self {
            Self::Administrator => 1024,
            Self::Person => 512,
        }
    }
}

/// A picture that was received. While it is held it counts as one of the uploads that run at the same time.
pub(crate) struct Upload<'a> {
    pub picture: Picture,
    _place: Place<'a, Uploader>,
}

impl<'a> Upload<'a> {
    /// Reads the file of a request, and makes it a picture of ours.
    ///
    /// # Errors
    /// 400 `guard.invalid_input` without a file or for a broken one, `storage.not_configured`, `guard.file_size_exceeded`,
    /// `guard.mime_type_not_allowed`; 503 when too many upload at the same time.
    pub async fn receive(context: &'a RequestContext, uploader: Uploader, request: Request) -> Result<Self, ApiError> {
        let boundary = multipart::boundary_of(request.headers()).ok_or_else(no_file)?;
        context.app.assets.files()?;
        let place = context.app.assets.place(context, uploader)?;
        let body = read_bounded(request, uploader.max_bytes() + MAX_ENVELOPE_BYTES).await?;
        let make = move || {
            let parts = multipart::parts(&body, &boundary);
            let (_, file) = parts.iter().find(|(name, _)| name == PART).ok_or_else(no_file)?;
            remake(file, uploader)
        };
        Ok(Self { picture: context.app.assets.off_thread(make).await??, _place: place })
    }
}

pub(super) fn remake(file: &[u8], uploader: Uploader) -> Result<Picture, ApiError> {
    if file.len() > uploader.max_bytes() {
        return Err(too_large());
    }
    picture::remake(file, uploader.max_side()).map_err(|error| match error {
        PictureError::OtherKind => ApiError::bad_request("guard.mime_type_not_allowed"),
        PictureError::TooLarge => too_large(),
        PictureError::Broken => broken(),
    })
}

pub(super) fn too_large() -> ApiError {
    ApiError::bad_request("guard.file_size_exceeded")
}

/// 400 for a picture that can't be decoded.
pub(super) fn broken() -> ApiError {
    invalid_input(&[PART.to_owned()], "The picture is damaged.")
}

fn no_file() -> ApiError {
    invalid_input(&[PART.to_owned()], "Send the picture as the part `file` of multipart/form-data.")
}

async fn read_bounded(request: Request, max_bytes: usize) -> Result<Bytes, ApiError> {
    let body = request.into_body();
    if usize::try_from(body.size_hint().lower()).map_or(true, |least| least > max_bytes) {
        return Err(too_large());
    }
    // Whoever broke off reads no answer, and a body that came too late is answered elsewhere.
    to_bytes(body, max_bytes).await.map_err(|_| too_large())
}
