//! HTTP parts that all slices share: bodies, query parameters, paging, validation, and the headers of every response.

pub mod body;
mod body_timeout;
pub mod client;
mod conditional;
pub(crate) mod cors;
mod date;
pub mod paging;
pub mod query;
mod request_info;
mod response;
pub mod validate;

pub use body::{Body, RequestBody};
pub(crate) use body_timeout::BodyTimeout;
pub use client::ClientIp;
pub(crate) use conditional::{apply_etag, etag};
pub use date::format_http_date;
pub use paging::{OptionalPaging, Paging};
pub use query::QueryParams;
pub(crate) use request_info::RequestInfo;
pub use request_info::{RequestId, request_locale};
pub(crate) use response::{
    NoStatusText, finalize_response, localize_error, text_body_for_bare_status, unreadable_address,
};
