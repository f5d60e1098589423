//! Every error code that stands in the source has a message.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail loudly")]

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

/// Strings of the same form that are no error codes.
const OTHERS: [&str; 6] = [
    "storage.failed",
    "storage.sealed",
    "oidc.session",
    "oidc.form_post.title",
    "oidc.form_post.continue",
    "organization.name",
];

/// The codes of the contract.
static CODES: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let codes = include_str!("../../../docs/contract/error-codes.json");
    serde_json::from_str::<HashMap<String, Vec<u16>>>(codes).unwrap().into_keys().collect()
});

/// The codes by their names in Rust: `UserSuspended` is `user.suspended`.
static BY_NAME: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let word = |word: &str| word[..1].to_uppercase() + &word[1..];
    CODES.iter().map(|code| (code.split(['.', '_']).map(word).collect(), code.clone())).collect()
});

/// The namespaces of the codes.
static NAMESPACES: LazyLock<HashSet<&str>> =
    LazyLock::new(|| CODES.iter().filter_map(|code| code.split('.').next()).chain(["general"]).collect());

fn is_code(text: &str) -> bool {
    let namespace = text.split('.').next().unwrap_or_default();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '.';
    text.contains('.')
        && !text.ends_with(['.', '_'])
        && text.chars().all(plain)
        && NAMESPACES.contains(namespace)
        && !OTHERS.contains(&text)
        && ![".com", ".rs", ".toml", ".html", ".json", ".css", ".js", ".sql"].iter().any(|end| text.ends_with(end))
}

fn missing_in(dir: &Path, out: &mut Vec<String>) {
    for entry in fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            // The enumeration of all codes names also those that nobody uses.
            if !path.ends_with("generated") {
                missing_in(&path, out);
            }
        } else if path.extension().is_some_and(|e| e == "rs") {
            let source = fs::read_to_string(&path).unwrap();
            let names = source
                .split("ErrorCode::")
                .skip(1)
                .filter_map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next());
            let named = names.filter_map(|name| BY_NAME.get(name).map(String::as_str));
            let codes = source.split('"').filter(|text| is_code(text)).chain(named);
            let missing = codes.filter(|code| !views::key_exists(&format!("errors.{code}")));
            out.extend(missing.map(|code| format!("{code} in {}", path.display())));
        }
    }
}

#[test]
fn every_error_code_in_the_source_has_a_message() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut missing = Vec::new();
    for name in fs::read_dir(crates).unwrap().flatten() {
        let source = name.path().join("src");
        if source.is_dir() {
            missing_in(&source, &mut missing);
        }
    }
    assert!(missing.is_empty(), "add these to locales/*/errors.toml: {missing:#?}");
}
