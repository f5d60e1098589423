//! `loggia user import`: errors by line, conflicts, dry runs, digests, and what else is written or not.

use std::process::Output;

use serde_json::{Value, json};

use crate::installation::{Installation, Serving, on_each_engine, stderr};

/// The report of an import from standard input, and its exit code.
pub fn import(place: &Installation, rest: &[&str], lines: &str) -> (Value, Output) {
    let output = place.run_with(&[&["user", "import", "-", "--json"], rest].concat(), lines);
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", stderr(&output)));
    (report, output)
}

/// The numbers of a report: lines, created, updated, skipped, refused.
pub fn counts(report: &Value) -> [i64; 5] {
    ["lines", "created", "updated", "skipped", "refused"].map(|name| report[name].as_i64().unwrap())
}

pub fn text(lines: &[Value]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn users(place: &Installation) -> i64 {
    let counted = place.count("select count(*) from users where tenant_id = 'default'");
    let sum = "select cast(coalesce(sum(users), 0) as bigint) from user_counts where tenant_id = 'default'";
    assert_eq!(place.count(sum), counted, "the counts that pages of the list show");
    counted
}

/// A bearer token for the Management API of a running server.
pub fn management_token(place: &Installation, serving: &Serving) -> String {
    let words = ["app", "create", "--type", "m2m", "--name", "Sample", "--json", "--management-api"];
    let app = place.ask(&words, "");
    let form = format!(
        "grant_type=client_credentials&resource=https%3A%2F%2Fdefault.logto.app%2Fapi&scope=all&client_id={}&client_secret={}",
        app["id"].as_str().unwrap(),
        app["secret"].as_str().unwrap()
    );
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    let (status, body) = serving.request("POST", "/oidc/token", &headers, &form);
    assert_eq!(status, 200, "{body}");
    let answer: Value = serde_json::from_str(&body).unwrap();
    format!("Bearer {}", answer["access_token"].as_str().unwrap())
}

#[test]
fn good_lines_are_imported_and_every_error_names_its_line_and_member() {
    on_each_engine(|place| {
        let long = format!("{{\"name\": \"{}\"}}\n", "x".repeat(1 << 20));
        let lines = [
            "\u{feff}{\"username\": \"ada\", \"primaryEmail\": \"Ada@Example.com\"}\n",
            "\n",
            "{\"name\": \"\\u202ex\", \"primaryEmail\": \"nobody\", \"primaryPhone\": \"1\"}\n",
            "{\"username\": \"x\",\n",
            "{\"userName\": \"grace\", \"createdAt\": \"2020-01-01\"}\n",
            "{\"username\": \"ada\"}\n",
            "{\"primaryEmail\": \"ada@example.com\"}\n",
            &long,
            "[]\n",
            "{\"username\": \"lin\", \"roles\": [\"nobody's\"], \"organizations\": [{\"name\": \"None\"}, {}]}\n",
            "{\"username\": \"lin\", \"roles\": [\"nobody's\"], \"organizations\": [{\"name\": \"None\", \"roles\": [\"chief\"]}]}\n",
            "{\"username\": \"lin\", \"password\": \"secret\", \"passwordDigest\": \"x\", \"passwordAlgorithm\": \"MD5\"}\n",
            "{\"username\": \"lin\", \"passwordDigest\": \"x\"}\n",
            "{\"username\": \"lin\", \"id\": \"a/b\"}\n",
            &format!("{{\"username\": \"lin\", \"id\": \"{}\"}}\n", "x".repeat(65)),
            "{\"username\": \"lin\", \"mfaVerifications\": [{\"type\": \"BackupCode\", \"codes\": [{\"code\": \"0123456789\"}]}]}\n",
            "{\"username\": \"lin\", \"mfaVerifications\": [{\"type\": \"Totp\", \"secret\": \"short\"}]}\n",
            "{\"username\": \"lin\", \"mfaVerifications\": [{\"type\": \"WebAuthn\", \"credentialId\": \"x\", \"publicKey\": \"y\", \"counter\": 0}]}\n",
            "{\"username\": \"lin\", \"ssoIdentities\": [{\"ssoConnectorId\": \"none\", \"issuer\": \"i\", \"identityId\": \"1\"}]}\n",
            "{\"username\": \"lin\"}",
        ]
        .concat();
        let (report, output) = import(place, &[], &lines);
        assert_eq!(output.status.code(), Some(6));
        assert_eq!(counts(&report), [19, 2, 0, 0, 17], "{report}");
        let found: Vec<(i64, &str)> = report["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| (error["line"].as_i64().unwrap(), error["member"].as_str().unwrap()))
            .collect();
        let expected = [
            (3, "primaryEmail"),
            (3, "primaryPhone"),
            (3, "name"),
            (4, ""),
            (5, "userName"),
            (5, "createdAt"),
            (6, "username"),
            (7, "primaryEmail"),
            (8, ""),
            (9, ""),
            (10, "organizations.1"),
            (11, "roles.0"),
            (11, "organizations.0.roles"),
            (11, "organizations.0"),
            (12, "passwordDigest"),
            (13, "passwordDigest"),
            (14, "id"),
            (15, "id"),
            (16, "mfaVerifications"),
            (17, "mfaVerifications.0"),
            (18, "mfaVerifications.0"),
            (19, "ssoIdentities.0"),
        ];
        assert_eq!(found, expected, "{report}");
        let shown = stderr(&output);
        assert!(shown.contains("line 5: userName: There is no member of this name.\n"), "{shown}");
        assert!(shown.contains("line 7: primaryEmail: A user has it already."), "{shown}");
        assert!(shown.contains("line 8: The line has more than 1048576 bytes."), "{shown}");
        assert!(!shown.contains('\r'), "no progress bar on a pipe");
        assert_eq!(users(place), 2);
        // All are counted, the first are shown.
        let (report, output) = import(place, &["--max-errors", "2"], &lines);
        assert_eq!((counts(&report)[4], report["errors"].as_array().unwrap().len()), (19, 2));
        assert_eq!(stderr(&output).matches("line ").count(), 2, "{}", stderr(&output));
    });
}

#[test]
fn nothing_after_the_first_error_is_imported_if_so_asked() {
    on_each_engine(|place| {
        let line = |name: &str| json!({"username": name});
        let lines = text(&[line("ada"), line("ada"), line("grace"), line("1 bad"), line("lin")]);
        let (report, output) = import(place, &["--stop-at-first-error"], &lines);
        assert_eq!((counts(&report), output.status.code()), ([2, 1, 0, 0, 1], Some(6)));
        let lines = text(&[line("grace"), line("1 bad"), line("ada"), line("lin")]);
        let (report, _) = import(place, &["--stop-at-first-error"], &lines);
        assert_eq!((counts(&report), users(place)), ([2, 1, 0, 0, 1], 2));
    });
}

#[test]
fn a_dry_run_says_what_an_import_does_and_writes_nothing() {
    on_each_engine(|place| {
        let mut lines: Vec<Value> = (0..2500)
            .map(|n| json!({"username": format!("u{n}"), "primaryEmail": format!("u{n}@example.com")}))
            .collect();
        // Of a batch before: only what the dry run remembers tells.
        lines.push(json!({"username": "u7"}));
        lines.push(json!({"username": "new_name", "primaryEmail": "u8@example.com"}));
        lines.push(json!({"username": "2 bad"}));
        let lines = text(&lines);
        for (mode, expected) in
            [("fail", [2503, 2500, 0, 0, 3]), ("skip", [2503, 2500, 0, 2, 1]), ("update", [2503, 2500, 2, 0, 1])]
        {
            let (report, output) = import(place, &["--dry-run", "--on-conflict", mode], &lines);
            assert_eq!((counts(&report), &report["dryRun"], output.status.code()), (expected, &json!(true), Some(6)));
            assert_eq!((users(place), place.count("select count(*) from logs where key like 'User.Import%'")), (0, 0));
        }
        let (report, _) = import(place, &["--on-conflict", "update"], &lines);
        assert_eq!((counts(&report), users(place)), ([2503, 2500, 2, 0, 1], 2500));
    });
}

#[test]
fn a_user_who_is_there_is_refused_skipped_or_updated() {
    on_each_engine(|place| {
        assert!(place.run(&["app", "list"]).status.success());
        place.tamper("insert into roles (tenant_id, id, name, description, type, is_default, created_at) values ('default', 'r1', 'editor', '', 'User', false, 0)");
        let first = json!({"id": "u1", "username": "ada", "name": "Ada", "customData": {"a": 1}, "passwordDigest": "5f4dcc3b5aa765d61d8327deb882cf99", "passwordAlgorithm": "MD5"});
        assert_eq!(counts(&import(place, &[], &text(&[first])).0), [1, 1, 0, 0, 0]);
        let again = text(&[
            json!({"username": "ada", "primaryEmail": "ada@example.com", "customData": {"b": 2}, "roles": ["editor"],
            "mfaVerifications": [{"type": "Totp", "secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"}]}),
        ]);
        assert_eq!(counts(&import(place, &[], &again).0), [1, 0, 0, 0, 1]);
        assert_eq!(counts(&import(place, &["--on-conflict", "skip"], &again).0), [1, 0, 0, 1, 0]);
        let export = || {
            let output = place.run(&["user", "export", "--with-secrets"]);
            serde_json::from_slice::<Value>(&output.stdout)
                .unwrap_or_else(|error| panic!("{error}: {}", stderr(&output)))
        };
        assert_eq!(export()["primaryEmail"], json!(null), "skipped");
        for _ in 0..2 {
            assert_eq!(counts(&import(place, &["--on-conflict", "update"], &again).0), [1, 0, 1, 0, 0]);
            let user = export();
            assert_eq!((&user["primaryEmail"], &user["name"]), (&json!("ada@example.com"), &json!("Ada")));
            assert_eq!((&user["customData"], &user["roles"]), (&json!({"b": 2}), &json!(["editor"])));
            assert_eq!(user["mfaVerifications"].as_array().unwrap().len(), 1);
            assert_eq!(user["passwordAlgorithm"], "MD5", "what the line does not name stays");
        }
        // Whoever knew the old password is signed out: what was proved before counts no more.
        let epoch = "select password_epoch from users where id = 'u1'";
        let before = place.count(epoch);
        let changed = text(&[
            json!({"id": "u1", "passwordAlgorithm": "SHA1", "passwordDigest": "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8"}),
        ]);
        let mut epochs = Vec::new();
        for _ in 0..2 {
            assert_eq!(counts(&import(place, &["--on-conflict", "update"], &changed).0), [1, 0, 1, 0, 0]);
            assert_eq!(export()["passwordAlgorithm"], "SHA1");
            epochs.push(place.count(epoch));
        }
        assert!(epochs[0] > before && epochs[1] == epochs[0], "the same again changes nothing: {before} {epochs:?}");
        // Two users, and an id that is another's.
        let other = json!({"id": "u2", "username": "grace", "primaryEmail": "grace@example.com"});
        import(place, &[], &text(&[other]));
        for line in
            [json!({"username": "ada", "primaryEmail": "grace@example.com"}), json!({"id": "u3", "username": "ada"})]
        {
            for mode in ["fail", "skip", "update"] {
                let (report, _) = import(place, &["--on-conflict", mode], &text(std::slice::from_ref(&line)));
                assert_eq!(counts(&report), [1, 0, 0, 0, 1], "{line} {mode}");
            }
        }
    });
}

#[test]
fn a_key_that_an_update_frees_is_no_longer_that_users() {
    on_each_engine(|place| {
        import(place, &[], &text(&[json!({"id": "u1", "username": "x"})]));
        let renamed = json!({"id": "u1", "username": "y"});
        let somebody_else = json!({"username": "x", "primaryEmail": "new@example.com"});
        let (report, _) = import(place, &["--on-conflict", "update"], &text(&[renamed, somebody_else]));
        assert_eq!(counts(&report), [2, 1, 1, 0, 0]);
        assert_eq!(
            place.count("select count(*) from users where id = 'u1' and username = 'y' and primary_email is null"),
            1
        );
    });
}

#[test]
fn keys_of_lines_that_are_not_written_are_free() {
    on_each_engine(|place| {
        import(place, &[], &text(&[json!({"username": "existing"})]));
        let lines = [
            json!({"username": "existing", "primaryEmail": "n@example.com"}),
            json!({"username": "b", "primaryEmail": "n@example.com", "password": "correct horse"}),
            json!({"username": "c", "password": "correct horse", "roles": ["missing"]}),
            json!({"username": "c", "password": "correct horse"}),
        ];
        for more in [&["--dry-run"][..], &[]] {
            let flags = [&["--on-conflict", "skip"], more].concat();
            assert_eq!(counts(&import(place, &flags, &text(&lines)).0), [4, 2, 0, 1, 1], "{more:?}");
        }
    });
}

#[test]
fn imported_passwords_work_in_the_running_server_and_the_report_tells_which_do_not() {
    on_each_engine(|place| {
        let serving = place.serve();
        let django = "pbkdf2_sha256$1000$B8HVZwA320NaPykuewATcT$DnvuzYY89KvKJf4yOnKd1qPV9Q/PMJZb/qOcvwaIczE=";
        let with = |name: &str, algorithm: &str, digest: &str| json!({"id": name, "username": name, "passwordAlgorithm": algorithm, "passwordDigest": digest});
        let lines = text(&[
            json!({"id": "plain", "username": "plain", "password": "correct horse ä"}),
            with("django", "Legacy", django),
            with("none", "MD5", "no digest"),
            with("slow", "Bcrypt", "$2b$31$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm"),
            with("alien", "Legacy", "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7"),
        ]);
        let (report, output) = import(place, &[], &lines);
        assert_eq!(counts(&report), [5, 3, 0, 0, 2], "{report}");
        assert_eq!(report["digests"], json!({"PBKDF2": 1}));
        let unusable = json!({
            "Bcrypt": {"count": 1, "lines": [4], "refused": 1},
            "Legacy": {"count": 1, "lines": [5], "refused": 1},
            "MD5": {"count": 1, "lines": [3], "refused": 0},
        });
        assert_eq!(report["unusableDigests"], unusable);
        let shown = stderr(&output);
        assert!(
            shown.contains("line 5: passwordDigest:") && shown.contains("password.unsupported_legacy_hash_algorithm"),
            "{shown}"
        );
        assert!(!shown.contains("$2b$31$"), "no digest is shown");
        let bearer = management_token(place, &serving);
        let verify = |id: &str, password: &str| {
            let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
            let body = json!({"password": password}).to_string();
            serving.request("POST", &format!("/api/users/{id}/password/verify"), &headers, &body).0
        };
        for id in ["plain", "django"] {
            assert_eq!((verify(id, "wrong"), verify(id, "correct horse ä")), (422, 204), "{id}");
            let kept = format!("select count(*) from users where id = '{id}' and password_algorithm = 'Argon2id'");
            assert_eq!(place.count(&kept), 1, "{id}");
            assert_eq!(verify(id, "correct horse ä"), 204);
        }
        assert_eq!(verify("none", "no digest"), 422);
        // People who registered there meanwhile are users like others: the same keys count.
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        assert_eq!(serving.request("POST", "/api/users", &headers, "{\"username\": \"made_there\"}").0, 200);
        assert_eq!(counts(&import(place, &[], "{\"username\": \"made_there\"}").0), [1, 0, 0, 0, 1]);
        let policy = "{\"usernamePolicy\": {\"caseSensitive\": false}}";
        let (status, body) = serving.request("PATCH", "/api/sign-in-exp", &headers, policy);
        assert_eq!(status, 200, "{body}");
        assert_eq!(
            counts(&import(place, &[], "{\"username\": \"PLAIN\"}").0),
            [1, 0, 0, 0, 1],
            "case does not count now"
        );
        assert_eq!(users(place), 4);
    });
}

#[test]
fn an_import_is_in_the_audit_log_and_calls_no_webhook() {
    on_each_engine(|place| {
        assert_eq!(counts(&import(place, &[], "{\"username\": \"ada\", \"createdAt\": 86400000}").0), [1, 1, 0, 0, 0]);
        assert_eq!(place.count("select count(*) from logs where key in ('User.Import.Start', 'User.Import.End')"), 2);
        let told = "select count(*) from logs where key = 'User.Import.End' and payload like '%\"created\":1%'";
        assert_eq!(place.count(told), 1);
        assert_eq!(place.count("select count(*) from outbox"), 0);
        // The dashboard's numbers of new users go by this.
        assert_eq!(place.count("select created_at from users where username = 'ada'"), 86_400_000);
    });
}

#[test]
fn the_subject_of_another_system_stays_the_subject() {
    on_each_engine(|place| {
        let ids = ["auth0|507f1f77bcf86cd799439011", "f47ac10b-58cc-4372-a567-0e02b2c3d479", &"~".repeat(64)];
        let lines: Vec<Value> = ids.iter().map(|id| json!({"id": id, "name": id})).collect();
        assert_eq!(counts(&import(place, &[], &text(&lines)).0), [3, 3, 0, 0, 0]);
        assert_eq!(counts(&import(place, &[], &text(&[json!({"id": ".."})])).0)[4], 1);
        let serving = place.serve();
        let token = management_token(place, &serving);
        let headers = [("Authorization", token.as_str()), ("Content-Type", "application/json")];
        for id in ids {
            let path = format!("/api/users/{}", id.replace('|', "%7C"));
            let (status, body) = serving.request("GET", &path, &headers, "");
            assert_eq!((status, serde_json::from_str::<Value>(&body).unwrap()["id"].clone()), (200, json!(id)));
            assert_eq!(serving.request("PATCH", &path, &headers, "{\"name\": \"x\"}").0, 200);
        }
        let (status, made) = serving.request("POST", "/api/organizations", &headers, "{\"name\": \"Acme\"}");
        assert_eq!(status, 201, "{made}");
        let organization = serde_json::from_str::<Value>(&made).unwrap();
        let members = format!("/api/organizations/{}/users", organization["id"].as_str().unwrap());
        let (status, body) = serving.request("POST", &members, &headers, &json!({"userIds": ids}).to_string());
        assert_eq!(status, 201, "{body}");
    });
}
