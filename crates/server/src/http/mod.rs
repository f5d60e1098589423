//! HTTP parts that all slices share: bodies, query parameters, paging, validation, and the headers of every response.

pub mod body;
pub mod client;
mod conditional;
pub(crate) mod cors;
mod date;
pub(crate) mod multipart;
mod observed_body;
pub mod paging;
pub(crate) mod prepared;
pub mod query;
mod request_info;
mod response;
pub mod validate;

pub use body::{Body, RequestBody};
pub use client::ClientIp;
pub(crate) use conditional::{apply_etag, etag};
pub use date::format_http_date;
pub(crate) use observed_body::ObservedBody;
pub use paging::{OptionalPaging, Paging};
pub use query::{Query, QueryParams};
pub(crate) use request_info::RequestInfo;
pub use request_info::{RequestId, request_locale};
pub(crate) use response::{
    NoStatusText, finalize_response, localize_error, redact_path, text_body_for_bare_status, unreadable_address,
};
