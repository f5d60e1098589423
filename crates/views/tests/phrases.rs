//! Every text of the pages is used somewhere, so that nobody translates what nobody reads.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail loudly")]

use std::fs;
use std::path::{Path, PathBuf};

/// Keys that are put together from a part: a scope's name, what is wrong with a field, a field's name, what an account page is about.
const COMPOSED: [&str; 14] = [
    "pages.scope.",
    "pages.profile_field.",
    "pages.profile_name.",
    "pages.account_email.",
    "pages.account_phone.",
    "pages.account_username.",
    "pages.account_password.",
    "pages.account_authenticator_app.",
    "pages.account_authenticator_app_replace.",
    "pages.account_backup_codes.",
    "pages.account_passkey.",
    "pages.account_social.done",
    "pages.account_verify.by_",
    "pages.account_ago.",
];

fn files(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs" || e == "html") {
            out.push(path);
        }
    }
}

#[test]
fn every_text_of_the_pages_is_used() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut sources = Vec::new();
    for dir in ["templates", "crates/views/src", "crates/server/src"] {
        files(&root.join(dir), &mut sources);
    }
    let all: String = sources.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let table: toml::Table = fs::read_to_string(root.join("locales/en/pages.toml")).unwrap().parse().unwrap();
    let mut unused = Vec::new();
    for (page, texts) in table["pages"].as_table().unwrap() {
        for name in texts.as_table().unwrap().keys() {
            let key = format!("pages.{page}.{name}");
            let short = format!("\"{page}.{name}\"");
            let used =
                all.contains(&key) || all.contains(&short) || page == "error" && all.contains(&format!("\"{name}\""));
            if !used && !COMPOSED.iter().any(|composed| key.starts_with(composed)) {
                unused.push(key);
            }
        }
    }
    assert!(unused.is_empty(), "remove these from locales/*/pages.toml: {unused:#?}");
}
