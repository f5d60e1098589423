//! Files in a bucket of S3, or of what speaks its protocol.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use kernel::Clock;
use outbound::{Outbound, OutboundRequest, OutboundResponse};
use url::Position;

use super::picture::{MAX_STORED_BYTES, StoredFormat};
use super::serving::IMMUTABLE;
use super::signature::{SignedParts, amz_date, sha256};
use crate::settings::Bucket;

const DEADLINE: Duration = Duration::from_secs(20);
const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const BODY_DIGEST: HeaderName = HeaderName::from_static("x-amz-content-sha256");

/// A bucket and the client that reaches it.
#[derive(Debug, Clone)]
pub(crate) struct S3 {
    bucket: Bucket,
    outbound: Outbound,
    clock: Clock,
}

impl S3 {
    pub fn new(bucket: Bucket, outbound: Outbound, clock: Clock) -> Self {
        Self { bucket, outbound, clock }
    }

    /// Stores a file.
    ///
    /// # Errors
    /// Why it was not stored, for the log.
    pub async fn write(&self, key: &str, bytes: Bytes, format: StoredFormat) -> Result<(), String> {
        let answer = self.send(Method::PUT, key, Some((bytes, format))).await?;
        if answer.status.is_success() { Ok(()) } else { Err(refusal(&answer)) }
    }

    /// Reads a file; none if there is none.
    ///
    /// # Errors
    /// Why it was not read, for the log.
    pub async fn read(&self, key: &str) -> Result<Option<Bytes>, String> {
        let answer = self.send(Method::GET, key, None).await?;
        match answer.status {
            StatusCode::OK => Ok(Some(answer.body)),
            StatusCode::NOT_FOUND => Ok(None),
            _ => Err(refusal(&answer)),
        }
    }

    /// Removes a file, if there is one.
    ///
    /// # Errors
    /// Why it was not removed, for the log.
    pub async fn remove(&self, key: &str) -> Result<(), String> {
        let answer = self.send(Method::DELETE, key, None).await?;
        let is_gone = answer.status.is_success() || answer.status == StatusCode::NOT_FOUND;
        if is_gone { Ok(()) } else { Err(refusal(&answer)) }
    }

    async fn send(
        &self,
        method: Method,
        key: &str,
        file: Option<(Bytes, StoredFormat)>,
    ) -> Result<OutboundResponse, String> {
        let said = |error: &dyn std::fmt::Display| error.to_string();
        // Keys have no character that would have to be encoded.
        let url = self.bucket.url.join(key).map_err(|error| said(&error))?;
        let (now, body_digest) = (self.clock.now(), sha256(file.as_ref().map_or(&b""[..], |(bytes, _)| bytes)));
        let date = amz_date(now);
        let mut headers = vec![
            (HeaderName::from_static("host"), &url[Position::BeforeHost..Position::AfterPort]),
            (BODY_DIGEST, body_digest.as_str()),
            (DATE, date.as_str()),
        ];
        if let Some((_, format)) = &file {
            headers.push((CONTENT_TYPE, format.content_type()));
            // For those who read the bucket themselves (`ASSET_PUBLIC_URL`).
            headers.push((CACHE_CONTROL, IMMUTABLE));
        }
        headers.sort_by(|one, other| one.0.as_str().cmp(other.0.as_str()));
        let signed: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        let parts =
            SignedParts { method: method.as_str(), path: url.path(), headers: &signed, body_digest: &body_digest };
        let authorization = self.bucket.credentials.authorization(&parts, now);
        let mut request = OutboundRequest::new(method, url.as_str()).map_err(|error| said(&error))?;
        if let Some((bytes, format)) = file {
            request = request.body(format.content_type(), bytes);
        }
        let authorization = (AUTHORIZATION, authorization.as_str());
        for (name, value) in headers.into_iter().filter(|(name, _)| name.as_str() != "host").chain([authorization]) {
            request = request.header(name, HeaderValue::from_str(value).map_err(|error| said(&error))?);
        }
        let request = request.deadline(DEADLINE).max_response_bytes(2 * MAX_STORED_BYTES);
        self.outbound.send(request).await.map_err(|error| said(&error))
    }
}

/// What the other side says, such as `AccessDenied`, as far as a line of the log may have it.
fn refusal(answer: &OutboundResponse) -> String {
    let text = String::from_utf8_lossy(&answer.body);
    let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).map_or("", |(code, _)| code);
    format!("the storage answered {} {}", answer.status.as_u16(), kernel::text::excerpt(code))
}
