//! Every answer in every test is held against the operation that its route declares, so that the OpenAPI document is true.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use api::shape::Shape;
use serde_json::Value;
use server::openapi::endpoint;

use crate::request::TestResponse;

/// An operation, ready to be compared with an answer.
struct Expected {
    method: String,
    segments: Vec<String>,
    name: &'static str,
    /// The statuses, with the shape of their body where it is declared.
    responses: BTreeMap<u16, Option<Shape>>,
    /// The shape of the body of a request, where the route does not read it by its type.
    request: Option<Shape>,
}

static OPERATIONS: LazyLock<Vec<Expected>> = LazyLock::new(|| {
    let routes = server::router::declared();
    let endpoints = routes.iter().filter_map(endpoint);
    endpoints
        .map(|endpoint| Expected {
            method: endpoint.operation.method().to_owned(),
            segments: endpoint.operation.path().split('/').map(str::to_owned).collect(),
            name: endpoint.operation.id(),
            responses: endpoint
                .responses()
                .into_iter()
                .map(|(status, schema)| (status, schema.map(|schema| Shape::compile(&schema()))))
                .collect(),
            request: endpoint
                .operation
                .request_schema()
                .filter(|_| endpoint.operation.path().starts_with("/api/experience"))
                .map(|schema| Shape::compile(&schema)),
        })
        .collect()
});

/// Panics when an answer has a status or body that its operation does not declare. What any route may answer while the
/// server is busy, or to a body that is too large or too slow, is not declared. A body that was taken must have been declared, too.
pub(crate) fn check(method: &str, path: &str, sent: Option<&Value>, response: &TestResponse) {
    let status = response.status.as_u16();
    if status >= 500 || [304, 405, 408, 413].contains(&status) {
        return;
    }
    let Some(expected) = find(method, path) else { return };
    let name = expected.name;
    let Some(shape) = expected.responses.get(&status) else {
        panic!("{name} answered {status}, which its operation does not declare: {}", response.text());
    };
    if let (Some(shape), Some(sent), 200..300) = (&expected.request, sent, status) {
        let issues = shape.check(sent);
        assert!(issues.is_empty(), "{name} took {sent}, which its operation does not declare: {issues:#?}");
    }
    if let Some(shape) = shape {
        let issues = shape.check(&response.json());
        assert!(
            issues.is_empty(),
            "{name} answered {}, which its operation does not declare: {issues:#?}",
            response.text()
        );
    }
}

/// The operation of a request; of several that match, the one with the most literal path.
fn find(method: &str, path: &str) -> Option<&'static Expected> {
    let given: Vec<&str> = path.split('/').collect();
    let fits = |expected: &Expected| {
        expected.method == method
            && expected.segments.len() == given.len()
            && expected
                .segments
                .iter()
                .zip(&given)
                .all(|(segment, given)| if segment.starts_with('{') { !given.is_empty() } else { segment == given })
    };
    let placeholders = |expected: &&Expected| expected.segments.iter().filter(|s| s.starts_with('{')).count();
    OPERATIONS.iter().filter(|expected| fits(expected)).min_by_key(placeholders)
}
