//! What the check saw, as it is kept: without secrets and what identifies people, and bounded.

use serde_json::{Map, Value};

use super::{CLIENT, DATA, DETAIL, ORIGIN, PARAMS, REDIRECT_URI, REGISTERED, USER, cut, query};
use crate::audit;
use crate::errors::ApiError;
use crate::http::RequestInfo;

const MASK: &str = "******";
/// Of facts as JSON.
const MAX_BYTES: usize = 4 << 10;
/// Of the addresses that are registered.
const MAX_REGISTERED_BYTES: usize = 2 << 10;
/// Faults of one body.
const MAX_ISSUES: usize = 10;
/// The names of the facts that were shortened or left out.
const OMITTED: &str = "omitted";
/// Parameters that are compared with what is registered.
const COMPARED: [&str; 3] = ["redirect_uri", "post_logout_redirect_uri", "resource"];
/// Parameters that tell who somebody is, or that only the client may know.
const PRIVATE_PARAMS: [&str; 4] = ["identifier", "login_hint", "nonce", "state"];
/// What a person typed, and to whom it belongs.
const PRIVATE_DATA: [&str; 2] = ["identifier", "relatedUser"];
/// The claims of a token that say why it does not open the API.
const SHOWN_CLAIMS: [&str; 5] = ["iss", "aud", "exp", "scope", "client_id"];

/// The parameters of a protocol request that may be kept. Nothing else is copied.
pub(crate) fn params<N: AsRef<str>, V: AsRef<str>>(sent: impl Iterator<Item = (N, V)>) -> Value {
    let mut kept = Map::new();
    for (name, value) in sent.take(oauth::params::MAX_COUNT) {
        let name = name.as_ref();
        let Some(is_secret) = crate::oidc::audit::is_secret(name) else { continue };
        let is_masked = is_secret || PRIVATE_PARAMS.contains(&name);
        let value: Value = if is_masked { MASK.into() } else { without_values(value.as_ref()).into() };
        match kept.get_mut(name) {
            None => drop(kept.insert(name.to_owned(), value)),
            Some(Value::Array(items)) => items.push(value),
            Some(single) => *single = Value::Array(vec![single.take(), value]),
        }
    }
    Value::Object(kept)
}

/// An address without its user, query and fragment, otherwise letter by letter as it came.
fn without_values(text: &str) -> String {
    let text = cut(text);
    let (address, mask) = match text.find(['?', '#']) {
        Some(at) => (&text[..at], format!("{}{MASK}", &text[at..=at])),
        None => (text.as_str(), String::new()),
    };
    let Some((scheme, rest)) = address.split_once("://") else { return format!("{address}{mask}") };
    let end = rest.find(['/', '\\']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}://{MASK}{}{mask}", &rest[at..]),
        None => format!("{address}{mask}"),
    }
}

/// The facts as JSON, bounded.
pub(super) fn json(error: &ApiError, asked: &RequestInfo) -> String {
    let mut kept = Map::new();
    for (name, value) in error.facts().iter().filter(|(name, _)| ![DETAIL, CLIENT, USER].contains(name)) {
        let value = match value {
            Value::String(uri) if *name == REDIRECT_URI => without_values(uri).into(),
            other => audit::bounded(other),
        };
        kept.insert((*name).to_owned(), value);
    }
    if !kept.contains_key(PARAMS) && asked.path_starts_with("/oidc/") {
        kept.insert(PARAMS.to_owned(), params(query(asked)));
    }
    if kept.get(PARAMS).and_then(Value::as_object).is_some_and(Map::is_empty) {
        kept.remove(PARAMS);
    }
    if let Some(origin) = asked.origin.as_ref().and_then(|origin| origin.to_str().ok()) {
        kept.insert(ORIGIN.to_owned(), without_values(origin).into());
    }
    if let Some(data) = error.data_ref() {
        kept.insert(DATA.to_owned(), shown_data(data));
    }
    bounded(kept)
}

/// The member `data` of an answer: the first faults, and of a token what says why it was refused.
fn shown_data(data: &Value) -> Value {
    let Value::Object(members) = data else { return audit::bounded(&audit::masked(data)) };
    let of = |(name, value): (&String, &Value)| {
        let value = match (name.as_str(), value) {
            ("payload", Value::Object(claims)) => {
                let shown = claims.iter().filter(|(claim, _)| SHOWN_CLAIMS.contains(&claim.as_str()));
                shown.map(|(claim, value)| (claim.clone(), value.clone())).collect::<Map<_, _>>().into()
            }
            ("issues", Value::Array(issues)) => issues.iter().take(MAX_ISSUES).cloned().collect(),
            (_, value) => value.clone(),
        };
        (name.clone(), value)
    };
    let chosen = members.iter().filter(|(name, _)| !PRIVATE_DATA.contains(&name.as_str())).map(of);
    let chosen = Value::Object(chosen.collect());
    let mut shown = audit::bounded(&audit::masked(&chosen));
    keep_code(&chosen, &mut shown, &["name"]);
    let issues = shown.get_mut("issues").and_then(Value::as_array_mut).into_iter().flatten();
    let sources = chosen.get("issues").and_then(Value::as_array).into_iter().flatten();
    issues.zip(sources).for_each(|(shown, issue)| keep_code(issue, shown, &["path", "message"]));
    shown
}

/// The code of a fault is no secret: it stands beside what says what is wrong.
fn keep_code(from: &Value, shown: &mut Value, beside: &[&str]) {
    if let (Some(code), true) = (from.get("code"), beside.iter().all(|name| from.get(name).is_some())) {
        shown["code"] = audit::bounded(code);
    }
}

/// The facts within [`MAX_BYTES`], and the names of those that were left out for it. What is compared goes last.
fn bounded(mut kept: Map<String, Value>) -> String {
    let mut omitted: Vec<Value> = Vec::new();
    if let Some(Value::Array(uris)) = kept.get_mut(REGISTERED) {
        let (all, mut room) = (uris.len(), MAX_REGISTERED_BYTES);
        let fits = |uri: &Value| {
            let left = room.checked_sub(uri.to_string().len());
            room = left.unwrap_or(0);
            left.is_some()
        };
        uris.retain(fits);
        if uris.len() < all {
            omitted.push(REGISTERED.into());
        }
    }
    loop {
        if !omitted.is_empty() {
            kept.insert(OMITTED.to_owned(), Value::Array(omitted.clone()));
        }
        let text = serde_json::to_string(&kept).unwrap_or_default();
        if text.len() <= MAX_BYTES {
            return text;
        }
        // Sixty-four names of parameters and a few more: this ends.
        let Some(name) = most_dispensable(&kept) else { return "{}".to_owned() };
        match name.split_once('.').filter(|(parent, _)| *parent == PARAMS) {
            Some((_, param)) => drop(kept.get_mut(PARAMS).and_then(Value::as_object_mut).map(|all| all.remove(param))),
            None => drop(kept.remove(&name)),
        }
        omitted.push(name.into());
    }
}

/// The name of the fact or parameter (`params.…`) that helps least; among several the largest.
fn most_dispensable(kept: &Map<String, Value>) -> Option<String> {
    let rank = |name: &str| match name {
        DATA => 4,
        REGISTERED => 1,
        _ => 2,
    };
    let rank_of_param = |name: &str| match name {
        name if name == COMPARED[0] => 0,
        name if COMPARED.contains(&name) => 2,
        _ => 3,
    };
    let facts = kept.iter().filter(|(name, _)| ![PARAMS, OMITTED].contains(&name.as_str()));
    let facts = facts.map(|(name, value)| (rank(name), value.to_string().len(), name.clone()));
    let params = kept.get(PARAMS).and_then(Value::as_object).into_iter().flatten();
    let params = params.map(|(name, value)| (rank_of_param(name), value.to_string().len(), format!("{PARAMS}.{name}")));
    facts.chain(params).max().map(|(.., name)| name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kept(facts: Value) -> Value {
        let Value::Object(facts) = facts else { panic!("not an object") };
        let text = bounded(facts);
        assert!(text.len() <= MAX_BYTES, "{}", text.len());
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn e7_addresses_and_private_parameters_keep_no_values() {
        let sent = [
            ("redirect_uri", "com.app:/cb?token=s3cret"),
            ("post_logout_redirect_uri", "HTTPS://u:s3cret@A.example/x#s3cret"),
            ("resource", "https://a.example"),
            ("resource", "https://b.example/?k=s3cret"),
            ("login_hint", "s3cret"),
            ("state", "s3cret"),
            ("code", "s3cret"),
            ("unknown", "s3cret"),
        ];
        let expected = json!({
            "redirect_uri": "com.app:/cb?******", "post_logout_redirect_uri": "HTTPS://******@A.example/x#******",
            "resource": ["https://a.example", "https://b.example/?******"],
            "login_hint": MASK, "state": MASK, "code": MASK,
        });
        assert_eq!(params(sent.into_iter()), expected);
    }

    #[test]
    fn e7_of_a_token_and_a_person_stays_what_explains() {
        let claims = json!({"iss": "i", "aud": "a", "exp": 1, "email": "ada@a.example"});
        let data =
            json!({"code": "ERR_JWT_EXPIRED", "name": "JWTExpired", "payload": claims, "identifier": "p4ssword"});
        let expected =
            json!({"code": "ERR_JWT_EXPIRED", "name": "JWTExpired", "payload": {"iss": "i", "aud": "a", "exp": 1}});
        assert_eq!(shown_data(&data), expected);
        assert_eq!(shown_data(&json!({"code": "123456", "relatedUser": {"value": "x"}})), json!({"code": MASK}));
    }

    #[test]
    fn the_first_faults_keep_their_codes() {
        let issue = json!({"code": "invalid_type", "path": ["username"], "message": "Expected string"});
        let shown = shown_data(&json!({"name": "ZodError", "issues": vec![issue.clone(); 300]}));
        assert_eq!(shown["issues"], json!(vec![issue; MAX_ISSUES]));
    }

    #[test]
    fn g1_what_is_compared_stays_where_there_is_too_much() {
        let uris: Vec<String> = (0..20).map(|n| format!("https://a.example/{n}/{}", "x".repeat(220))).collect();
        let long = "y".repeat(256);
        let mut params: Map<String, Value> = (0..30).map(|n| (format!("p{n}"), long.clone().into())).collect();
        params.insert("redirect_uri".into(), long.clone().into());
        let found = kept(json!({REGISTERED: uris, PARAMS: params, DATA: {"x": vec![&long; 40]}}));
        assert_eq!(found[PARAMS]["redirect_uri"], *long);
        assert_eq!(found[REGISTERED][0], *uris[0]);
        let omitted = found[OMITTED].as_array().unwrap();
        assert!(omitted.contains(&json!(REGISTERED)) && omitted.contains(&json!(DATA)), "{omitted:?}");
        assert!(omitted.iter().any(|name| name.as_str().unwrap().starts_with("params.p")), "{omitted:?}");
        assert_eq!(kept(json!({REGISTERED: ["a"]})), json!({REGISTERED: ["a"]}));
    }
}
