//! Checking JSON against the schema of a type. Every issue is reported, not only the first.

use serde_json::Value;

use crate::format::Format;
use crate::issue::Issue;

/// The greatest number of issues in a report: a list of a million wrong items must not make a report of a hundred megabytes.
const MAX_ISSUES: usize = 100;

/// What a value may be, compiled from a schema.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    Any,
    Boolean,
    Text {
        length: Limits,
        options: Vec<String>,
        format: Option<Format>,
    },
    Number {
        is_integer: bool,
        range: Limits,
    },
    List {
        items: Box<Shape>,
        count: Limits,
    },
    Object {
        members: Vec<Member>,
        others: Option<Box<Shape>>,
    },
    Nullable(Box<Shape>),
    /// One of several; the first that fits.
    Union(Vec<Shape>),
}

/// Inclusive limits.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Limits {
    pub minimum: Option<i64>,
    pub maximum: Option<i64>,
}

/// A member of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    pub name: String,
    pub shape: Shape,
    pub is_required: bool,
}

impl Shape {
    /// Compiles a schema that [`crate::schema`] wrote.
    pub fn compile(schema: &Value) -> Self {
        let shape = Self::compile_non_null(schema);
        match schema["nullable"] == true {
            true => Self::Nullable(Box::new(shape)),
            false => shape,
        }
    }

    fn compile_non_null(schema: &Value) -> Self {
        let limits = |minimum: &str, maximum: &str| Limits {
            minimum: schema[minimum].as_i64(),
            maximum: schema[maximum].as_i64(),
        };
        for union in ["oneOf", "anyOf"] {
            if let Some(options) = schema[union].as_array() {
                return Self::Union(options.iter().map(Self::compile).collect());
            }
        }
        match schema["type"].as_str() {
            Some("boolean") => Self::Boolean,
            Some("string") => Self::Text {
                length: limits("minLength", "maxLength"),
                options: texts(&schema["enum"]),
                format: schema["format"].as_str().and_then(Format::from_name),
            },
            Some(kind @ ("integer" | "number")) => {
                Self::Number { is_integer: kind == "integer", range: limits("minimum", "maximum") }
            }
            Some("array") => {
                Self::List { items: Box::new(Self::compile(&schema["items"])), count: limits("minItems", "maxItems") }
            }
            Some("object") => Self::compile_object(schema),
            _ => Self::Any,
        }
    }

    fn compile_object(schema: &Value) -> Self {
        let required = texts(&schema["required"]);
        let properties = schema["properties"].as_object();
        let members = properties.into_iter().flatten().map(|(name, property)| Member {
            name: name.clone(),
            shape: Self::compile(property),
            is_required: required.contains(name),
        });
        let others = schema["additionalProperties"].is_object();
        Self::Object {
            members: members.collect(),
            others: others.then(|| Box::new(Self::compile(&schema["additionalProperties"]))),
        }
    }

    /// Everything that is wrong with `value`, at most [`MAX_ISSUES`]. Unknown members are no issue.
    pub fn check(&self, value: &Value) -> Vec<Issue> {
        let mut checker = Checker { path: Vec::new(), issues: Vec::new() };
        checker.nul(value);
        checker.check(self, Some(value));
        checker.issues
    }
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// A check on its way through a value.
struct Checker {
    path: Vec<Value>,
    issues: Vec<Issue>,
}

impl Checker {
    fn check(&mut self, shape: &Shape, value: Option<&Value>) {
        match (shape, value) {
            (Shape::Any, Some(_))
            | (Shape::Boolean, Some(Value::Bool(_)))
            | (Shape::Nullable(_), Some(Value::Null)) => {}
            (Shape::Nullable(inner), _) => self.check(inner, value),
            (Shape::Text { length, options, format }, Some(Value::String(text))) => {
                self.text(text, *length, options, *format);
            }
            (Shape::Number { is_integer, range }, Some(Value::Number(number))) => {
                if *is_integer && number.as_i64().is_none() {
                    let issue = Issue::new("invalid_type", self.path.clone(), "Expected a whole number.");
                    self.report(issue.with("expected", "integer").with("received", "float"));
                } else {
                    self.range(number.as_f64().unwrap_or_default(), *range, "number");
                }
            }
            (Shape::List { items, count }, Some(Value::Array(list))) => {
                self.range(list.len() as f64, *count, "array");
                for (index, item) in list.iter().enumerate() {
                    self.inside(index.into(), |checker| checker.check(items, Some(item)));
                }
            }
            (Shape::Object { members, others }, Some(Value::Object(map))) => {
                for member in members {
                    let value = map.get(&member.name);
                    if value.is_some() || member.is_required {
                        self.inside(member.name.as_str().into(), |checker| checker.check(&member.shape, value));
                    }
                }
                let Some(others) = others else { return };
                for (name, value) in map.iter().filter(|(name, _)| !members.iter().any(|m| m.name == **name)) {
                    self.inside(name.as_str().into(), |checker| checker.check(others, Some(value)));
                }
            }
            (Shape::Union(options), Some(given)) => self.union(options, given),
            _ => self.report(Issue::wrong_type(self.path.clone(), &expected(shape), value)),
        }
    }

    fn union(&mut self, options: &[Shape], value: &Value) {
        let mut closest: Option<Vec<Issue>> = None;
        for option in options {
            let mut attempt = Checker { path: self.path.clone(), issues: Vec::new() };
            attempt.check(option, Some(value));
            if attempt.issues.is_empty() {
                return;
            }
            let depth = |issues: &[Issue]| issues.first().map_or(0, |issue| issue.path.len());
            if closest.as_ref().is_none_or(|known| depth(known) < depth(&attempt.issues)) {
                closest = Some(attempt.issues);
            }
        }
        closest.unwrap_or_default().into_iter().for_each(|issue| self.report(issue));
    }

    fn text(&mut self, text: &str, length: Limits, options: &[String], format: Option<Format>) {
        if !options.is_empty() && !options.iter().any(|option| option == text) {
            let issue = Issue::new("invalid_enum_value", self.path.clone(), "This value is not among the options.");
            return self.report(issue.with("options", options.to_vec()).with("received", shortened(text)));
        }
        let before = self.issues.len();
        self.range(text.chars().count() as f64, length, "string");
        let issue = format.filter(|_| self.issues.len() == before).and_then(|format| format.check(text, &self.path));
        if let Some(issue) = issue {
            self.report(issue);
        }
    }

    /// Reports a number, or a length of `kind`, outside its limits.
    fn range(&mut self, number: f64, limits: Limits, kind: &str) {
        let unit = match kind {
            "string" => " characters",
            "array" => " items",
            _ => "",
        };
        let (code, name, limit, message) = match limits {
            Limits { minimum: Some(limit), .. } if number < limit as f64 => {
                ("too_small", "minimum", limit, format!("Expected at least {limit}{unit}."))
            }
            Limits { maximum: Some(limit), .. } if number > limit as f64 => {
                ("too_big", "maximum", limit, format!("Expected at most {limit}{unit}."))
            }
            _ => return,
        };
        let issue = Issue::new(code, self.path.clone(), message).with(name, limit).with("type", kind);
        self.report(issue.with("inclusive", true).with("exact", false));
    }

    /// PostgreSQL can't store NUL in text; refusing it here gives both engines the same answer (attack E8).
    fn nul(&mut self, value: &Value) {
        match value {
            Value::String(text) if text.contains('\0') => {
                self.report(Issue::custom(self.path.clone(), "Text must not contain NUL characters."));
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.inside(index.into(), |checker| checker.nul(item));
                }
            }
            Value::Object(members) => {
                for (name, value) in members {
                    if name.contains('\0') {
                        self.report(Issue::custom(self.path.clone(), "Names must not contain NUL characters."));
                    }
                    self.inside(name.as_str().into(), |checker| checker.nul(value));
                }
            }
            _ => {}
        }
    }

    fn inside(&mut self, step: Value, check: impl FnOnce(&mut Self)) {
        self.path.push(step);
        check(self);
        self.path.pop();
    }

    fn report(&mut self, issue: Issue) {
        if self.issues.len() < MAX_ISSUES {
            self.issues.push(issue);
        }
    }
}

/// The name of what is expected, as issues have it.
fn expected(shape: &Shape) -> String {
    match shape {
        Shape::Any => "any".into(),
        Shape::Boolean => "boolean".into(),
        Shape::Text { options, .. } if !options.is_empty() => {
            options.iter().map(|option| format!("'{option}'")).collect::<Vec<_>>().join(" | ")
        }
        Shape::Text { .. } => "string".into(),
        Shape::Number { .. } => "number".into(),
        Shape::List { .. } => "array".into(),
        Shape::Object { .. } => "object".into(),
        Shape::Nullable(inner) => expected(inner),
        Shape::Union(options) => options.iter().map(expected).collect::<Vec<_>>().join(" | "),
    }
}

/// What a report repeats of a text: enough to recognise it.
fn shortened(text: &str) -> String {
    text.chars().take(128).collect()
}
