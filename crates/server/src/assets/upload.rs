//! The file in a request: the part `file` of `multipart/form-data` (RFC 7578).

use axum::body::{Bytes, HttpBody as _, to_bytes};
use axum::extract::Request;
use axum::http::header;

use super::picture::{self, Picture, PictureError};
use crate::ApiError;
use crate::callers::RequestContext;
use crate::fair_share::Place;
use crate::http::body::invalid_input;

/// What stands around the file in a body.
const MAX_ENVELOPE_BYTES: usize = 16 << 10;
const MAX_PARTS: usize = 16;
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
        let boundary = boundary_of(&request).ok_or_else(no_file)?;
        context.app.assets.files()?;
        let place = context.app.assets.place(context, uploader)?;
        let body = read_bounded(request, uploader.max_bytes() + MAX_ENVELOPE_BYTES).await?;
        let make = move || {
            let file = find_file(&body, &boundary).ok_or_else(no_file)?;
            remake(file, uploader)
        };
        Ok(Self { picture: context.app.assets.off_thread(make).await??, _place: place })
    }
}

fn remake(file: &[u8], uploader: Uploader) -> Result<Picture, ApiError> {
    if file.len() > uploader.max_bytes() {
        return Err(too_large());
    }
    picture::remake(file, uploader.max_side()).map_err(|error| match error {
        PictureError::OtherKind => ApiError::bad_request("guard.mime_type_not_allowed"),
        PictureError::TooLarge => too_large(),
        PictureError::Broken => broken(),
    })
}

fn too_large() -> ApiError {
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

/// What separates the parts (RFC 2046, section 5.1.1).
fn boundary_of(request: &Request) -> Option<String> {
    let value = request.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    let (kind, parameters) = value.split_once(';')?;
    let boundary = parameter(parameters, "boundary")?;
    (kind.trim().eq_ignore_ascii_case("multipart/form-data") && (1..=70).contains(&boundary.len())).then_some(boundary)
}

/// The content of the part `file`.
fn find_file<'a>(body: &'a [u8], boundary: &str) -> Option<&'a [u8]> {
    let delimiter = format!("\r\n--{boundary}").into_bytes();
    let mut rest = match body.strip_prefix(&delimiter[2..]) {
        Some(rest) => rest,
        None => split_at(body, &delimiter)?.1,
    };
    for _ in 0..MAX_PARTS {
        let (padding, part) = split_at(rest, b"\r\n")?;
        if !padding.iter().all(|byte| matches!(byte, b' ' | b'\t')) {
            return None;
        }
        let (head, content) = match part.strip_prefix(b"\r\n") {
            Some(content) => (&b""[..], content),
            None => split_at(part, b"\r\n\r\n")?,
        };
        let (content, after) = split_at(content, &delimiter)?;
        if is_file(head) {
            return Some(content);
        }
        rest = after;
    }
    None
}

fn split_at<'a>(bytes: &'a [u8], separator: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let first = *separator.first()?;
    let mut from = 0;
    loop {
        let at = from + bytes.get(from..)?.iter().position(|byte| *byte == first)?;
        if let Some(after) = bytes.get(at..)?.strip_prefix(separator) {
            return Some((bytes.get(..at)?, after));
        }
        from = at + 1;
    }
}

/// Whether the head of a part has `Content-Disposition: form-data; name="file"`.
fn is_file(head: &[u8]) -> bool {
    let Ok(head) = std::str::from_utf8(head) else { return false };
    head.split("\r\n").filter_map(|line| line.split_once(':')).any(|(name, value)| {
        let (kind, parameters) = value.split_once(';').unwrap_or((value, ""));
        name.trim().eq_ignore_ascii_case("content-disposition")
            && kind.trim().eq_ignore_ascii_case("form-data")
            && parameter(parameters, "name").as_deref() == Some(PART)
    })
}

/// The value of a parameter, such as `name` in `name="file"; filename="a; b.png"` (RFC 9110, section 5.6.6).
fn parameter(parameters: &str, wanted: &str) -> Option<String> {
    let mut rest = parameters;
    loop {
        let (name, after) = rest.trim_start_matches([' ', '\t', ';']).split_once('=')?;
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => quoted_string(quoted)?,
            None => {
                let (value, next) = after.split_once(';').unwrap_or((after, ""));
                (value.trim().to_owned(), next)
            }
        };
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = next;
    }
}

/// The text up to the closing quotation mark, and what follows it.
fn quoted_string(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, text.get(at + 1..)?)),
            '\\' => value.push(characters.next()?.1),
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "Content-Disposition: form-data; name=\"file\"\r\n\r\nab\r\n--x\r\n\r\n";

    fn found(body: &str) -> Option<String> {
        find_file(body.as_bytes(), "x").map(|content| String::from_utf8_lossy(content).into_owned())
    }

    #[test]
    fn the_part_with_the_name_is_found_wherever_it_stands() {
        let file =
            "content-disposition:form-data;filename=\"a; name=\\\"b\\\".svg\" ; NAME=file\r\nX: y\r\n\r\nab\r\n--c";
        for body in [
            format!("--x\r\n{file}\r\n--x--"),
            format!("preamble\r\n--x \t\r\n{file}\r\n--x--\r\nepilogue"),
            format!("--x\r\n\r\nno head\r\n--x\r\n{file}\r\n--x--"),
            format!("--x\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\n--x-file\r\n--x\r\n{file}\r\n--x"),
        ] {
            assert_eq!(found(&body).as_deref(), Some("ab\r\n--c"), "{body}");
        }
        assert_eq!(found(&format!("--x\r\n{PLAIN}")).as_deref(), Some("ab"));
    }

    #[test]
    fn what_is_no_part_with_this_name_is_none() {
        for body in [
            "",
            "--x",
            "--x--",
            "--x--\r\n\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nab\r\n--x--",
            "--xy\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nab\r\n--xy--",
            "--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nab",
            "--x\r\nContent-Disposition: form-data; name=\"files\"\r\n\r\nab\r\n--x--",
            "--x\r\nContent-Disposition: form-data; filename=\"a; name=file\"\r\n\r\nab\r\n--x--",
            "--x\r\nContent-Disposition: attachment; name=\"file\"\r\n\r\nab\r\n--x--",
            "--x\r\nContent-Type: image/png; name=\"file\"\r\n\r\nab\r\n--x--",
            "--x\r\nContent-Disposition: form-data; name=\"file\r\n\r\nab\r\n--x--",
        ] {
            assert_eq!(found(body), None, "{body}");
        }
        let many = "--x\r\n\r\n\r\n".repeat(MAX_PARTS);
        assert_eq!(found(&format!("{many}--x\r\n{PLAIN}")), None, "too many parts");
    }
}
