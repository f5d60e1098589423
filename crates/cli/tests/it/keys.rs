//! The key that seals secrets: made, lost, moved and rotated.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::installation::{Engine, Installation, assert_refused, on_each_engine, stderr};

/// The application's secret opens the token endpoint.
fn works(place: &Installation, made: &serde_json::Value) {
    let serving = place.serve();
    let form = format!(
        "grant_type=client_credentials&resource=https%3A%2F%2Fdefault.logto.app%2Fapi&scope=all&client_id={}&client_secret={}",
        made["id"].as_str().unwrap(),
        made["secret"].as_str().unwrap()
    );
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    assert_eq!(serving.request("POST", "/oidc/token", &headers, &form).0, 200);
    assert_eq!(serving.stop("TERM"), Some(0));
}

#[test]
fn a_key_file_is_made_and_a_database_without_it_is_refused_until_it_is_back() {
    on_each_engine(|place| {
        let made = place.ask(&["app", "create", "--type", "m2m", "--name", "Sample", "--management-api", "--json"], "");
        let (key, kept) = (place.folder.join("loggia.key"), place.folder.join("kept.key"));
        assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o7777, 0o600);
        fs::rename(&key, &kept).unwrap();
        assert_refused(&place.run(&["serve"]), 3, &["SECRET_KEY", "loggia.key", "put the file back"]);
        let doctor = place.run(&["doctor"]);
        let found = String::from_utf8_lossy(&doctor.stdout).into_owned();
        assert!(
            doctor.status.code() == Some(3) && found.contains("secret key: the secrets in the database"),
            "{found}"
        );
        assert!(!key.exists());
        // Another node brought its own key.
        let mut other = place.command(&["serve"]);
        let refused = other.env("SECRET_KEY", "ab".repeat(32)).output().unwrap();
        assert_refused(&refused, 3, &["SECRET_KEY is not the key", "other nodes"]);
        // Moved into the setting.
        let text = fs::read_to_string(&kept).unwrap();
        let listed = place.command(&["app", "list"]).env("SECRET_KEY", text).output().unwrap();
        assert!(listed.status.success(), "{}", stderr(&listed));
        fs::rename(&kept, &key).unwrap();
        works(place, &made);
    });
}

#[test]
fn a_key_file_is_rotated_as_the_documentation_says() {
    on_each_engine(|place| {
        let made = place.ask(&["app", "create", "--type", "m2m", "--name", "Sample", "--management-api", "--json"], "");
        let (key, old) = (place.folder.join("loggia.key"), place.folder.join("old.key"));
        fs::rename(&key, &old).unwrap();
        let text = fs::read_to_string(&old).unwrap();
        let resealed = place.command(&["key", "reseal", "--json"]).env("SECRET_KEY_PREVIOUS", &text).output().unwrap();
        assert!(resealed.status.success(), "{}", stderr(&resealed));
        let answer: serde_json::Value = serde_json::from_slice(&resealed.stdout).unwrap();
        // Signing and cookie keys of two tenants, two machine applications of `admin`, and this one.
        assert_eq!(answer["resealed"], 7);
        assert_ne!(fs::read_to_string(&key).unwrap(), text);
        works(place, &made);
        assert_eq!(place.ask(&["key", "reseal", "--json"], "")["resealed"], 0);
    });
}

#[test]
fn a_key_on_the_command_line_or_of_a_wrong_length_is_refused_without_being_shown() {
    let place = Installation::new(Engine::Sqlite);
    let key = "ab".repeat(32);
    for flag in ["--secret-key", "--secret-key-previous"] {
        let refused = place.run(&["serve", flag, &key]);
        assert_refused(&refused, 3, &[flag, "environment variable"]);
        assert!(!stderr(&refused).contains(&key));
    }
    let short = place.command(&["serve"]).env("SECRET_KEY", "abcd".repeat(8)).output().unwrap();
    assert_refused(&short, 3, &["SECRET_KEY has 16 bytes instead of 32", "openssl rand -base64 32"]);
    assert!(!stderr(&short).contains("abcdabcd"));
    assert!(!place.folder.join("loggia.db").exists());
}

#[test]
fn a_key_file_behind_a_link_is_refused() {
    let place = Installation::new(Engine::Sqlite);
    std::os::unix::fs::symlink(place.folder.join("elsewhere"), place.folder.join("loggia.key")).unwrap();
    assert_refused(&place.run(&["serve"]), 3, &["loggia.key", "symbolic link"]);
    assert!(!place.folder.join("elsewhere").exists());
}

#[test]
fn keys_are_rotated_from_the_command_line_while_the_server_runs() {
    on_each_engine(|place| {
        let made = place.ask(&["app", "create", "--type", "m2m", "--name", "Sample", "--management-api", "--json"], "");
        let first = place.ask(&["key", "list", "private-keys", "--json"], "");
        let serving = place.serve();
        let published = || {
            let (status, body) = serving.request("GET", "/oidc/jwks", &[], "");
            assert_eq!(status, 200);
            serde_json::from_str::<serde_json::Value>(&body).unwrap()
        };
        let staged = ["key", "rotate", "private-keys", "--type", "rsa", "--grace-period", "3600", "--json"];
        let keys = place.ask(&staged, "");
        assert_eq!((&keys[0]["status"], &keys[0]["signingKeyAlgorithm"]), (&"Next".into(), &"RSA".into()));
        assert_eq!((&keys[1]["status"], &keys[1]["id"]), (&"Current".into(), &first[0]["id"]));
        assert_eq!(published()["keys"][1]["kid"], keys[0]["id"], "published when the command ends");
        let refused = place.run(&["key", "rotate", "private-keys"]);
        assert_refused(&refused, 6, &["next signing key is waiting", "--grace-period"]);
        let listed = place.run(&["key", "list", "private-keys"]);
        let text = String::from_utf8_lossy(&listed.stdout).into_owned();
        assert!(text.contains("RSA  Next  20") && text.contains("EC  Current") && !text.contains("BEGIN"), "{text}");

        let cookies = place.ask(&["key", "rotate", "cookie-keys", "--json"], "");
        assert_eq!(cookies.as_array().map(Vec::len), Some(2));
        let refused = place.run(&["key", "rotate", "cookie-keys", "--grace-period", "5"]);
        assert_refused(&refused, 2, &["no grace period"]);
        let other = place.ask(&["--tenant", "admin", "key", "rotate", "private-keys", "--json"], "");
        assert_eq!((other.as_array().map(Vec::len), &other[0]["status"]), (Some(2), &"Current".into()));
        assert_eq!(serving.stop("TERM"), Some(0));
        works(place, &made);
    });
}
