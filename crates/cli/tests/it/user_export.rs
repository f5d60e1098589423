//! `loggia user export`, and that an import of it is the same again.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::installation::{Engine, Installation, assert_refused, on_each_engine};
use crate::user_import::{counts, import, management_token, text};

/// What lines refer to must be there.
const REFERENCES: &str = "
    insert into roles (tenant_id, id, name, description, type, is_default, created_at) values
      ('default', 'r1', 'editor', '', 'User', false, 0), ('default', 'r2', 'reader', '', 'User', true, 0);
    insert into organizations (tenant_id, id, name, created_at) values
      ('default', 'o1', 'Acme', 0), ('default', 'o2', 'Twin', 0), ('default', 'o3', 'Twin', 0);
    insert into organization_roles (tenant_id, id, name, created_at) values ('default', 'g1', 'chief', 0), ('default', 'g2', 'clerk', 0);";

fn lines() -> String {
    let mut lines = vec![
        json!({"id": "a_user", "username": "ada", "primaryEmail": "Ada@Example.com", "primaryPhone": "15555550100", "name": "Ada \u{1f600}",
            "avatar": "https://example.com/ada.png", "profile": {"nickname": "A", "givenName": "Ada", "address": {"country": "UK"}},
            "customData": {"z": 1, "a": [1.5, null, {"b": "ü"}]}, "createdAt": 1_500_000_000_000_i64, "updatedAt": 1_600_000_000_000_i64,
            "lastSignInAt": 1_700_000_000_000_i64, "isSuspended": true, "applicationId": "app", "passwordUpdatedAt": 1_650_000_000_000_i64,
            "isPasswordExpired": true, "passwordAlgorithm": "Bcrypt",
            "passwordDigest": "$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm",
            "identities": {"google": {"userId": "g-1", "details": {"email": "x@example.com"}}, "github": {"userId": "7"}},
            "roles": ["reader", "editor"],
            "organizations": [{"name": "Acme", "roles": ["clerk", "chief"]}, {"id": "o3", "name": "Twin"}],
            "logtoConfigs": {"mfa": {"enabled": true, "skipped": false}},
            "mfaVerifications": [{"type": "Totp", "secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"},
                {"type": "BackupCode", "codes": [{"code": "0123456789"}, {"code": "abcdef0123", "usedAt": "2026-01-01T00:00:00.000Z"}]}]}),
        json!({"username": "bob", "password": "plain", "roles": []}),
        json!({"name": "Nobody in particular"}),
    ];
    lines.extend((0..600).map(|n| json!({"username": format!("many_{n}"), "customData": {"n": n}})));
    text(&lines)
}

#[test]
fn what_was_exported_imports_into_an_empty_database_and_exports_as_the_same_bytes() {
    on_each_engine(|place| {
        let second = Installation::new(place.engine);
        for place in [place, &second] {
            assert!(place.run(&["app", "list"]).status.success());
            place.tamper(REFERENCES);
        }
        assert_eq!(counts(&import(place, &[], &lines()).0), [603, 603, 0, 0, 0]);
        let export = |place: &Installation| {
            let output = place.run(&["user", "export", "-", "--with-secrets"]);
            assert!(output.status.success());
            String::from_utf8(output.stdout).unwrap()
        };
        let first = export(place);
        assert_eq!(first.lines().count(), 603);
        let ids: Vec<String> = first
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned())
            .collect();
        assert!(ids.is_sorted());
        assert_eq!(counts(&import(&second, &[], &first).0), [603, 603, 0, 0, 0]);
        assert!(export(&second) == first, "another export");
        // Nothing is double, and nobody is another.
        assert_eq!(counts(&import(place, &["--on-conflict", "skip"], &lines()).0), [603, 0, 0, 603, 0]);
        let ada: Value = serde_json::from_str(first.lines().find(|line| line.contains("\"a_user\"")).unwrap()).unwrap();
        assert_eq!(ada["roles"], json!(["editor", "reader"]));
        assert_eq!(ada["organizations"][0], json!({"id": "o1", "name": "Acme", "roles": ["chief", "clerk"]}));
        assert_eq!(ada["organizations"][1], json!({"id": "o3", "name": "Twin"}));
        assert_eq!(ada["identities"]["google"], json!({"userId": "g-1", "details": {"email": "x@example.com"}}));
        assert_eq!(ada["mfaVerifications"][0]["codes"][1]["usedAt"], "2026-01-01T00:00:00.000Z");
        assert_eq!(ada["mfaVerifications"][1]["secret"], "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        for (name, value) in [
            ("createdAt", 1_500_000_000_000_i64),
            ("updatedAt", 1_600_000_000_000),
            ("lastSignInAt", 1_700_000_000_000),
        ] {
            assert_eq!(ada[name], value, "{name}");
        }
        let bob = first.lines().find(|line| line.contains("\"bob\"")).unwrap();
        assert!(bob.contains("\"roles\":[]") && bob.contains("\"passwordAlgorithm\":\"Argon2id\""), "{bob}");
        let many = first.lines().find(|line| line.contains("\"many_1\"")).unwrap();
        assert!(many.contains("\"roles\":[\"reader\"]"), "the default role: {many}");
        let sealed = place.count(
            "select count(*) from user_mfa_factors where secret like '%GEZDGNBV%' or secret like '%0123456789%'",
        );
        assert_eq!(sealed, 0, "secrets are sealed");
    });
}

#[test]
fn secrets_are_exported_only_if_asked_for_and_files_are_for_their_owner() {
    let place = Installation::new(Engine::Sqlite);
    assert!(place.run(&["app", "list"]).status.success());
    place.tamper(REFERENCES);
    import(&place, &[], &lines());
    assert!(place.run(&["user", "export", "users.jsonl"]).status.success());
    let path = place.folder.join("users.jsonl");
    let exported = std::fs::read_to_string(&path).unwrap();
    assert_eq!(exported.lines().count(), 603);
    for secret in ["passwordDigest", "passwordAlgorithm", "mfaVerifications", "GEZDGNBV", "$2b$", "argon2"] {
        assert!(!exported.contains(secret), "{secret}");
    }
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_refused(
        &place.run(&["user", "export", "users.jsonl", "--with-secrets"]),
        6,
        &["users.jsonl", "does not exist"],
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), exported, "a file that is there stays");
    assert_refused(&place.run(&["user", "import", "none.jsonl"]), 6, &["none.jsonl"]);
    // A full disk leaves no half file and no silence.
    if std::path::Path::new("/dev/full").exists() {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = place.command(&["user", "export"]).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(7));
    }
}

#[test]
fn answers_of_the_management_api_are_lines() {
    on_each_engine(|place| {
        let answer = json!({"id": "u1", "username": null, "primaryEmail": "ada@example.com", "primaryPhone": null, "name": null,
            "avatar": null, "customData": {}, "identities": {}, "lastSignInAt": null, "createdAt": 1, "updatedAt": 2, "profile": {},
            "applicationId": null, "cimdClientId": null, "isSuspended": false, "hasPassword": true, "ssoIdentities": [],
            "passwordDigest": "5f4dcc3b5aa765d61d8327deb882cf99", "passwordAlgorithm": "MD5"});
        assert_eq!(counts(&import(place, &[], &text(&[answer])).0), [1, 1, 0, 0, 0]);
        assert_eq!(place.count("select count(*) from users where id = 'u1' and created_at = 1 and updated_at = 2"), 1);
    });
}

#[test]
fn accounts_at_enterprises_come_back() {
    on_each_engine(|place| {
        let serving = place.serve();
        let bearer = management_token(place, &serving);
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        let connector = json!({"providerName": "OIDC", "connectorName": "Acme"}).to_string();
        let (status, body) = serving.request("POST", "/api/sso-connectors", &headers, &connector);
        assert_eq!(status, 200, "{body}");
        let connector: Value = serde_json::from_str(&body).unwrap();
        let identity = json!({"ssoConnectorId": connector["id"], "issuer": "https://idp.example.com", "identityId": "i", "detail": {"n": 1}});
        let line = text(&[json!({"id": "u1", "name": "Ada", "ssoIdentities": [identity]})]);
        assert_eq!(counts(&import(place, &[], &line).0), [1, 1, 0, 0, 0]);
        let export = || String::from_utf8(place.run(&["user", "export"]).stdout).unwrap();
        let first = export();
        let exported: Value = serde_json::from_str(&first).unwrap();
        assert_eq!(exported["ssoIdentities"], json!([identity]));
        // The account names the user, and has one owner.
        let other = text(&[json!({"id": "u2", "ssoIdentities": [identity]})]);
        assert_eq!(counts(&import(place, &["--on-conflict", "update"], &other).0), [1, 0, 0, 0, 1]);
        assert_eq!(serving.request("DELETE", "/api/users/u1", &headers, "").0, 204);
        assert_eq!(export(), "");
        assert_eq!(counts(&import(place, &[], &first).0), [1, 1, 0, 0, 0]);
        assert_eq!(export(), first);
    });
}

#[test]
fn a_backup_code_that_was_used_meanwhile_stays_used_after_an_import_of_an_earlier_export() {
    on_each_engine(|place| {
        let factors = |code: Value| {
            json!([{"type": "BackupCode", "codes": [code, {"code": "abcdef0123"}]},
                {"type": "Totp", "secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"}])
        };
        let line = |code: Value| text(&[json!({"id": "ada", "username": "ada", "mfaVerifications": factors(code)})]);
        let unused = line(json!({"code": "0123456789"}));
        let used = line(json!({"code": "0123456789", "usedAt": "2026-01-01T00:00:00.000Z"}));
        assert_eq!(counts(&import(place, &[], &used).0), [1, 1, 0, 0, 0]);
        let (report, output) = import(place, &["--on-conflict", "update"], &unused);
        assert!(output.status.success(), "{report}");
        let export = place.run(&["user", "export", "-", "--with-secrets"]);
        let ada: Value = serde_json::from_slice(&export.stdout).unwrap();
        let codes = &ada["mfaVerifications"][0]["codes"];
        assert_eq!(codes[0], json!({"code": "0123456789", "usedAt": "2026-01-01T00:00:00.000Z"}));
        assert_eq!(codes[1], json!({"code": "abcdef0123"}));
        assert_eq!(ada["mfaVerifications"].as_array().unwrap().len(), 2);
    });
}
