//! Operations: what a route takes and answers, for the OpenAPI document.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde_json::{Value, json};

use crate::schema;

/// The schema of a type, made when it is needed.
pub type SchemaOf = fn() -> Value;

/// What a route takes and answers. The right that it needs is the route's own.
#[derive(Debug, Clone)]
pub struct Operation {
    method: &'static str,
    path: &'static str,
    id: &'static str,
    tag: &'static str,
    path_value: Option<(&'static str, SchemaOf)>,
    paging: Paging,
    query: Option<SchemaOf>,
    searchable: bool,
    request: Option<SchemaOf>,
    takes_file: bool,
    responses: BTreeMap<u16, Option<SchemaOf>>,
}

/// Whether the answer is a page of a list. `page` and `page_size` are among the parameters then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Paging {
    None,
    Paged,
}

/// Which token a caller needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    None,
    /// One of the Management API.
    Management,
    /// The opaque access token of the person whose account it is.
    Account,
}

/// An operation, and what its route asks of callers.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint<'a> {
    pub security: Security,
    pub operation: &'a Operation,
}

macro_rules! constructors {
    ($($name:ident $method:literal),*) => { $(
        /// An operation of this method without query, body and answers. `path` has its parameters in braces; `id` is the
        /// unique name, `tag` the group it belongs to.
        pub fn $name(path: &'static str, id: &'static str, tag: &'static str) -> Self {
            Self::new($method, path, id, tag)
        }
    )* };
}

impl Operation {
    constructors!(get "GET", post "POST", put "PUT", patch "PATCH", delete "DELETE");

    fn new(method: &'static str, path: &'static str, id: &'static str, tag: &'static str) -> Self {
        Self {
            method,
            path,
            id,
            tag,
            path_value: None,
            paging: Paging::None,
            query: None,
            searchable: false,
            request: None,
            takes_file: false,
            responses: BTreeMap::new(),
        }
    }

    /// The values that a parameter of the path may have; any text otherwise.
    #[must_use]
    pub fn path_value<T: JsonSchema>(mut self, name: &'static str) -> Self {
        self.path_value = Some((name, schema::of_request::<T>));
        self
    }

    /// `page` and `page_size`.
    #[must_use]
    pub fn paged(mut self) -> Self {
        self.paging = Paging::Paged;
        self
    }

    /// `search`, `search.{member}` and their modes.
    #[must_use]
    pub fn searchable(mut self) -> Self {
        self.searchable = true;
        self
    }

    /// The members of `T` as parameters of the query.
    #[must_use]
    pub fn query<T: JsonSchema>(mut self) -> Self {
        self.query = Some(schema::of_request::<T>);
        self
    }

    /// The body of a request.
    #[must_use]
    pub fn body<T: JsonSchema>(mut self) -> Self {
        self.request = Some(schema::of_request::<T>);
        self
    }

    /// A file as the part `file` of `multipart/form-data`.
    #[must_use]
    pub fn file(mut self) -> Self {
        self.takes_file = true;
        self
    }

    /// An answer with a body.
    #[must_use]
    pub fn returns<T: JsonSchema>(mut self, status: u16) -> Self {
        self.responses.insert(status, Some(schema::of_response::<T>));
        self
    }

    /// Answers without a body, or with one that says no more than the status; errors too. 401 and 403 follow from the
    /// right of the route; every operation may answer 400.
    #[must_use]
    pub fn statuses(mut self, statuses: &[u16]) -> Self {
        self.responses.extend(statuses.iter().map(|status| (*status, None)));
        self
    }

    /// The method, in capital letters.
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// The status of the answer when all went well.
    pub fn success_status(&self) -> Option<u16> {
        self.responses.keys().copied().find(|status| (200..300).contains(status))
    }

    /// The path with its parameters in braces.
    pub fn path(&self) -> &'static str {
        self.path
    }

    /// Whether this is the operation of a route, whose parameters may have other names.
    pub fn is_at(&self, method: &str, path: &str) -> bool {
        fn segments(path: &str) -> impl Iterator<Item = &str> {
            path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment })
        }
        self.method == method && segments(self.path).eq(segments(path))
    }

    /// The unique name.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// The group.
    pub fn tag(&self) -> &'static str {
        self.tag
    }

    /// The schema of the body of a request.
    pub fn request_schema(&self) -> Option<Value> {
        self.request.map(|schema| schema())
    }
}

impl Endpoint<'_> {
    /// The statuses of the answers, each with the schema of its body.
    pub fn responses(&self) -> BTreeMap<u16, Option<SchemaOf>> {
        let mut responses = self.operation.responses.clone();
        let mut add = |status: u16| {
            responses.entry(status).or_insert(None);
        };
        // Any address may be one that no server takes.
        add(400);
        if self.security != Security::None {
            add(401);
            add(403);
        }
        responses
    }

    /// The parameters of the path and the query.
    pub fn parameters(&self) -> Vec<Value> {
        let in_path = self.operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let mut all: Vec<Value> = in_path
            .map(|name| {
                let typed = self.operation.path_value.filter(|(typed, _)| *typed == name);
                let schema = typed.map_or_else(|| json!({"type": "string"}), |(_, schema)| schema());
                json!({"name": name, "in": "path", "required": true, "schema": schema})
            })
            .collect();
        let query = self.operation.query.map(|schema| schema()).unwrap_or_default();
        for (name, schema) in query["properties"].as_object().into_iter().flatten() {
            let is_required = query["required"].as_array().is_some_and(|names| names.iter().any(|n| n == name));
            all.push(json!({"name": name, "in": "query", "required": is_required, "schema": schema}));
        }
        if self.operation.paging == Paging::Paged {
            for (name, default) in [("page", 1), ("page_size", 20)] {
                let schema = json!({"type": "integer", "minimum": 1, "default": default});
                all.push(json!({"name": name, "in": "query", "required": false, "schema": schema}));
            }
        }
        if self.operation.searchable {
            let schema = json!({"type": "object", "additionalProperties": {"type": "string"}});
            all.push(json!({
                "name": "search_params", "in": "query", "required": false, "schema": schema, "explode": true
            }));
        }
        all
    }

    /// The operation as the document shows it.
    pub fn to_value(&self) -> Value {
        let mut operation = json!({
            "operationId": self.operation.id,
            "tags": [self.operation.tag],
            "parameters": self.parameters(),
        });
        if let Some(schema) = self.operation.request_schema() {
            operation["requestBody"] = json!({"required": true, "content": {"application/json": {"schema": schema}}});
        }
        if self.operation.takes_file {
            let file = json!({"type": "string", "format": "binary"});
            let schema = json!({"type": "object", "required": ["file"], "properties": {"file": file}});
            operation["requestBody"] =
                json!({"required": true, "content": {"multipart/form-data": {"schema": schema}}});
        }
        let responses = self.responses().into_iter().map(|(status, schema)| {
            let mut response = json!({"description": description(status)});
            if let Some(schema) = schema {
                response["content"] = json!({"application/json": {"schema": schema()}});
            }
            (status.to_string(), response)
        });
        operation["responses"] = Value::Object(responses.collect());
        match self.security {
            Security::None => operation["security"] = json!([]),
            Security::Account => operation["security"] = json!([{"AccessToken": []}]),
            Security::Management => {}
        }
        operation
    }
}

fn description(status: u16) -> &'static str {
    match status {
        200 => "Done.",
        201 => "Created.",
        204 => "Done; the answer has no body.",
        400 => "The request has not the expected form.",
        401 => "The token is missing or not valid.",
        403 => "The token does not allow this.",
        404 => "There is no such entity.",
        409 => "Another entity is in the way.",
        422 => "The request breaks a rule.",
        429 => "Too many requests; ask again later.",
        501 => "This server does not offer it, or it is not configured.",
        _ => "An error.",
    }
}
