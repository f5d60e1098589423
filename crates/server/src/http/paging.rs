//! Pages of lists (inventory M004, M005; SURPRISES 23).

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use kernel::Pagination;
use serde::Serialize;

use crate::Tenant;
use crate::errors::ApiError;

/// Mandatory paging: `page` (from 1, default 1) and `page_size` (1–100, default 20), else 400
/// `guard.invalid_pagination`.
#[derive(Debug, Clone)]
pub struct Paging {
    page: Pagination,
    base: String,
    query: Vec<(String, String)>,
}

/// Paging only if the request has `page` or `page_size`.
#[derive(Debug, Clone)]
pub struct OptionalPaging(pub Option<Paging>);

impl Paging {
    /// The requested page.
    pub fn page(&self) -> Pagination {
        self.page
    }

    /// The response: the items, `Total-Number` and one `Link` header per relation.
    pub fn response<T: Serialize>(&self, total: i64, items: &[T]) -> Response {
        self.response_with_body(total, &items)
    }

    /// As [`Paging::response`], for routes whose list is inside an object.
    pub fn response_with_body<T: Serialize>(&self, total: i64, body: &T) -> Response {
        let mut response = Json(body).into_response();
        let headers = response.headers_mut();
        headers.insert("total-number", total.into());
        let mut link = |relation: &str, number: i64| {
            if let Ok(value) = HeaderValue::from_str(&format!("<{}>; rel=\"{relation}\"", self.url(number))) {
                headers.append("link", value);
            }
        };
        let (number, last) = (self.page.number, self.page.last_page(total));
        link("first", 1);
        if number > 1 {
            link("prev", number - 1);
        }
        link("last", last);
        if number < last {
            link("next", number + 1);
        }
        response
    }

    fn url(&self, number: i64) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let mut page_written = false;
        for (name, value) in &self.query {
            if name == "page" {
                page_written = true;
                query.append_pair(name, &number.to_string());
            } else {
                query.append_pair(name, value);
            }
        }
        if !page_written {
            query.append_pair("page", &number.to_string());
        }
        format!("{}?{}", self.base, query.finish())
    }

    fn from_parts(parts: &Parts) -> Result<Self, ApiError> {
        let query = merged_query(&parts.uri);
        let number = |name: &str, default: i64| match query.iter().find(|(n, _)| n == name) {
            None => Ok(default),
            Some((_, value)) => {
                value.parse::<i64>().ok().filter(|n| (1..=1_000_000_000).contains(n)).ok_or_else(invalid_pagination)
            }
        };
        let page = Pagination { number: number("page", 1)?, size: number("page_size", 20)? };
        if page.size > 100 {
            return Err(invalid_pagination());
        }
        let endpoint = parts.extensions.get::<Tenant>().map_or("", Tenant::endpoint).to_owned();
        let path = parts.extensions.get::<axum::extract::OriginalUri>().map_or(&parts.uri, |uri| &uri.0).path();
        // Existing clients expect these links without the prefix `/api`.
        let base = format!("{endpoint}{}", path.strip_prefix("/api").unwrap_or(path));
        Ok(Self { page, base, query })
    }
}

fn invalid_pagination() -> ApiError {
    ApiError::bad_request("guard.invalid_pagination")
}

/// The query with repeated parameters as one comma-joined value, in the order of their first appearance.
fn merged_query(uri: &Uri) -> Vec<(String, String)> {
    let mut merged: Vec<(String, String)> = Vec::new();
    for (name, value) in url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        match merged.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => {
                values.push(',');
                values.push_str(&value);
            }
            None => merged.push((name.into_owned(), value.into_owned())),
        }
    }
    merged
}

impl<S: Sync> FromRequestParts<S> for Paging {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Self::from_parts(parts)
    }
}

impl<S: Sync> FromRequestParts<S> for OptionalPaging {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let is_paged = merged_query(&parts.uri).iter().any(|(name, _)| name == "page" || name == "page_size");
        Ok(Self(if is_paged { Some(Paging::from_parts(parts)?) } else { None }))
    }
}

impl OptionalPaging {
    /// The requested page; none means all rows.
    pub fn page(&self) -> Option<Pagination> {
        self.0.as_ref().map(Paging::page)
    }

    /// The response; headers only when paged.
    pub fn response<T: Serialize>(&self, total: i64, items: &[T]) -> Response {
        match &self.0 {
            Some(paging) => paging.response(total, items),
            None => Json(items).into_response(),
        }
    }

    /// The page of a list that is completely in memory.
    pub fn paginate_in_memory<T: Serialize>(&self, all: &[T]) -> Response {
        let count = i64::try_from(all.len()).unwrap_or(i64::MAX);
        let range = self.page().map_or(0..all.len(), |page| {
            let at = |row: i64| usize::try_from(row.clamp(0, count)).unwrap_or(0);
            at(page.offset())..at(page.offset().saturating_add(page.size))
        });
        self.response(count, all.get(range).unwrap_or_default())
    }
}
