//! The commands for applications, users and administrators, with and without a running server.

use serde_json::json;

use crate::installation::{Engine, Installation, Serving, assert_refused, on_each_engine};

const PASSWORD: &str = "correct-horse-7-battery";

fn create_app<'a>(kind: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    [&["app", "create", "--type", kind, "--name", "Sample", "--json"], rest].concat()
}

/// An access token for the Management API from the client credentials grant.
fn token(serving: &Serving, app: &serde_json::Value, resource: &str) -> (u16, serde_json::Value) {
    let form = format!(
        "grant_type=client_credentials&resource={resource}&scope=all&client_id={}&client_secret={}",
        app["id"].as_str().unwrap(),
        app["secret"].as_str().unwrap()
    );
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    let (status, body) = serving.request("POST", "/oidc/token", &headers, &form);
    (status, serde_json::from_str(&body).unwrap())
}

#[test]
fn an_application_is_created_listed_and_deleted_without_a_server() {
    on_each_engine(|place| {
        let uris = ["--redirect-uri", "http://localhost:5000/cb", "--redirect-uri", "https://app.example.com/cb"];
        let made = place.ask(&create_app("traditional", &uris), "");
        let id = made["id"].as_str().unwrap();
        assert!(made["secret"].as_str().unwrap().len() >= 32);
        let listed = place.ask(&["app", "list", "--json"], "");
        let [app] = listed.as_array().unwrap().as_slice() else { panic!("{listed}") };
        assert_eq!(app["id"], id);
        assert_eq!(app["type"], "Traditional");
        assert_eq!(
            app["oidcClientMetadata"]["redirectUris"],
            json!(["http://localhost:5000/cb", "https://app.example.com/cb"])
        );
        assert!(!listed.to_string().contains(made["secret"].as_str().unwrap()), "a list must not show secrets");
        assert!(place.run(&["app", "delete", id]).status.success());
        assert_refused(&place.run(&["app", "delete", id]), 5, &[id, "app list"]);
        assert_eq!(place.ask(&["app", "list", "--json"], ""), json!([]));
    });
}

#[test]
fn a_tenant_is_made_beside_a_running_server_and_deleted() {
    on_each_engine(|place| {
        let serving = place.serve();
        let create = ["tenant", "create", "acme", "--url", "https://acme.auth.example.com", "--json"];
        let made = place.ask(&create, "");
        assert_eq!((&made["id"], &made["name"]), (&json!("acme"), &json!("Tenant acme")));
        assert_eq!(made["managementApplication"]["id"], "m-acme");
        assert!(made["managementApplication"]["secret"].as_str().unwrap().len() >= 32);
        assert_refused(&place.run(&create), 5, &["acme", "tenant list"]);
        let elsewhere = ["tenant", "create", "Acme!", "--url", "https://other.example.com"];
        assert_refused(&place.run(&elsewhere), 6, &["id"]);
        let ids = |listed: serde_json::Value| {
            listed.as_array().unwrap().iter().map(|tenant| tenant["id"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(ids(place.ask(&["tenant", "list", "--json"], "")), ["acme", "admin", "default"]);
        let app = place.ask(&[&["--tenant", "acme"], create_app("spa", &[]).as_slice()].concat(), "");
        assert!(app["id"].is_string());
        assert_eq!(place.ask(&["app", "list", "--json"], ""), json!([]), "default has none of it");
        let issuer = || {
            let path = "/oidc/.well-known/openid-configuration";
            let (_, body) = serving.request("GET", path, &[("Host", "acme.auth.example.com")], "");
            serde_json::from_str::<serde_json::Value>(&body).unwrap()["issuer"].clone()
        };
        assert_eq!(issuer(), "https://acme.auth.example.com/oidc");
        assert!(place.run(&["tenant", "delete", "acme"]).status.success());
        assert_refused(&place.run(&["tenant", "delete", "acme"]), 5, &["acme", "tenant list"]);
        assert_refused(&place.run(&["tenant", "delete", "default"]), 5, &["default"]);
        assert_refused(&place.run(&["app", "list", "--tenant", "acme"]), 5, &["acme", "tenant list"]);
        assert_eq!(ids(place.ask(&["tenant", "list", "--json"], "")), ["admin", "default"]);
    });
}

#[test]
fn an_empty_list_is_nothing_on_a_pipe_and_a_sentence_on_a_terminal() {
    let place = Installation::new(Engine::Sqlite);
    let listed = place.run(&["app", "list"]);
    assert!(listed.status.success() && listed.stdout.is_empty(), "{listed:?}");
    assert!(!String::from_utf8_lossy(&listed.stderr).contains("no applications"), "{listed:?}");
    // `script` runs it on a terminal of its own.
    let words = format!("{} app list", env!("CARGO_BIN_EXE_loggia"));
    let mut on_terminal = std::process::Command::new("script");
    on_terminal.args(["-qec", &words, "/dev/null"]).env("DB_URL", &place.url).current_dir(&place.folder);
    let Ok(shown) = on_terminal.output() else {
        eprintln!("`script` is missing: only a pipe was tried");
        return;
    };
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert_eq!(shown.trim(), "The tenant `default` has no applications yet; `loggia app create` makes one.");
}

#[test]
fn an_applications_redirect_uris_and_owner_are_shown_and_changed() {
    on_each_engine(|place| {
        let uris =
            ["--redirect-uri", "https://a.example.com/cb", "--post-logout-redirect-uri", "https://a.example.com/"];
        let made = place.ask(&create_app("traditional", &uris), "");
        let id = made["id"].as_str().unwrap();
        let update = |words: &[&str]| place.ask(&[&["app", "update", id, "--json"], words].concat(), "");
        let changed =
            update(&["--redirect-uri", "https://b.example.com/cb", "--redirect-uri", "https://c.example.com/cb"]);
        let metadata = json!({"redirectUris": ["https://b.example.com/cb", "https://c.example.com/cb"], "postLogoutRedirectUris": ["https://a.example.com/"]});
        assert_eq!(changed["oidcClientMetadata"], metadata, "what is not named stays");
        assert_eq!(update(&["--third-party", "true"])["isThirdParty"], true);
        assert_eq!(
            update(&["--post-logout-redirect-uri", ""])["oidcClientMetadata"]["postLogoutRedirectUris"],
            json!([])
        );
        let shown = place.ask(&["app", "show", id, "--json"], "");
        assert_eq!((&shown["isThirdParty"], &shown["type"]), (&json!(true), &json!("Traditional")));
        assert!(!shown.to_string().contains(made["secret"].as_str().unwrap()));
        let text = String::from_utf8(place.run(&["app", "show", id]).stdout).unwrap();
        for part in [id, "https://b.example.com/cb", "https://c.example.com/cb", "third party", "yes"] {
            assert!(text.contains(part), "{text}");
        }
        let refused = |words: &[&str]| place.run(&[&["app", "update", id], words].concat()).status.code();
        assert_eq!(refused(&[]), Some(2), "nothing to change");
        assert_eq!(refused(&["--redirect-uri", "javascript:alert(1)", "--third-party", "false"]), Some(6));
        assert_eq!(place.ask(&["app", "show", id, "--json"], ""), shown, "a refused change leaves nothing");
        assert_refused(&place.run(&["app", "show", "nobody"]), 5, &["nobody", "app list"]);
        assert_refused(&place.run(&["app", "update", "nobody", "--third-party", "true"]), 5, &["nobody", "app list"]);
        let machine = place.ask(&create_app("m2m", &[]), "");
        let third = ["app", "update", machine["id"].as_str().unwrap(), "--third-party", "true"];
        assert_eq!(place.run(&third).status.code(), Some(6));
        let created = place.ask(&create_app("spa", &["--third-party"]), "");
        assert_eq!(place.ask(&["app", "show", created["id"].as_str().unwrap(), "--json"], "")["isThirdParty"], true);
    });
}

#[test]
fn public_applications_have_no_secret() {
    let place = Installation::new(Engine::Sqlite);
    for kind in ["spa", "native"] {
        assert_eq!(place.ask(&create_app(kind, &[]), "")["secret"], json!(null), "{kind}");
    }
}

#[test]
fn a_management_application_opens_the_management_api_of_the_running_server_at_once() {
    on_each_engine(|place| {
        let serving = place.serve();
        let app = place.ask(&create_app("m2m", &["--management-api"]), "");
        let (status, response) = token(&serving, &app, "https%3A%2F%2Fdefault.logto.app%2Fapi");
        assert_eq!(status, 200, "{response}");
        let bearer = format!("Bearer {}", response["access_token"].as_str().unwrap());
        let (status, body) = serving.request("GET", "/api/applications", &[("Authorization", &bearer)], "");
        assert_eq!(status, 200, "{body}");
        assert!(body.contains(app["id"].as_str().unwrap()));

        let plain = place.ask(&create_app("m2m", &[]), "");
        let (_, response) = token(&serving, &plain, "https%3A%2F%2Fdefault.logto.app%2Fapi");
        let bearer = format!("Bearer {}", response["access_token"].as_str().unwrap_or("none"));
        let (status, _) = serving.request("GET", "/api/applications", &[("Authorization", &bearer)], "");
        assert!([401, 403].contains(&status), "without --management-api: {status}");
    });
}

#[test]
fn the_audit_log_is_exported_as_lines_of_json_without_secrets() {
    on_each_engine(|place| {
        let serving = place.serve();
        let app = place.ask(&create_app("m2m", &["--management-api"]), "");
        let (_, response) = token(&serving, &app, "https%3A%2F%2Fdefault.logto.app%2Fapi");
        let bearer = format!("Bearer {}", response["access_token"].as_str().unwrap());
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        let body = r#"{"username": "ada", "password": "correct-horse-7-battery"}"#;
        assert_eq!(serving.request("POST", "/api/users", &headers, body).0, 200);
        let export = |more: &[&str]| -> Vec<serde_json::Value> {
            let output = place.run(&[&["log", "export"], more].concat());
            assert!(output.status.success(), "{output:?}");
            let text = String::from_utf8(output.stdout).unwrap();
            assert!(!text.contains(PASSWORD) && !text.contains(app["secret"].as_str().unwrap()));
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        };
        let all = export(&[]);
        let made = all.iter().find(|log| log["key"] == "Administration.Users.Created").unwrap();
        assert_eq!(made["payload"]["body"]["password"], "******");
        let moment = made["createdAt"].to_string();
        assert!(export(&["--from", "1970-01-01", "--until", &moment]).iter().all(|log| log["id"] != made["id"]));
        assert!(export(&["--from", &moment]).iter().any(|log| log["id"] == made["id"]));
        assert_eq!(export(&["--from", "2100-01-01T00:00:00Z"]), Vec::<serde_json::Value>::new());
        assert_eq!(export(&["--tenant", "admin"]), Vec::<serde_json::Value>::new());
        assert_refused(&place.run(&["log", "export", "--from", "yesterday"]), 2, &["yesterday", "2026-11-29"]);
    });
}

#[test]
fn refused_applications_say_why_and_leave_nothing() {
    let place = Installation::new(Engine::Sqlite);
    assert_refused(&place.run(&create_app("spa", &["--management-api"])), 2, &["--type m2m"]);
    assert_refused(
        &place.run(&create_app("spa", &["--redirect-uri", "not a uri"])),
        6,
        &["redirectUris.0", "absolute URI"],
    );
    let script = create_app("spa", &["--redirect-uri", "javascript:alert(1)"]);
    assert_eq!(place.run(&script).status.code(), Some(6));
    assert_refused(&place.run(&["app", "list", "--tenant", "nobody"]), 5, &["nobody", "tenant list"]);
    assert_eq!(place.ask(&["app", "list", "--json"], ""), json!([]));
}

fn create_user<'a>(username: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    [&["user", "create", "--username", username, "--password-stdin", "--json"], rest].concat()
}

#[test]
fn a_user_is_created_beside_a_running_server_and_shows_in_its_api() {
    on_each_engine(|place| {
        let serving = place.serve();
        let user = place.ask(&create_user("ada", &["--email", "ada@example.com", "--name", "Ada Harbour"]), PASSWORD);
        let app = place.ask(&create_app("m2m", &["--management-api"]), "");
        let (_, response) = token(&serving, &app, "https%3A%2F%2Fdefault.logto.app%2Fapi");
        let bearer = format!("Bearer {}", response["access_token"].as_str().unwrap());
        let path = format!("/api/users/{}", user["id"].as_str().unwrap());
        let (status, body) = serving.request("GET", &path, &[("Authorization", &bearer)], "");
        assert_eq!(status, 200, "{body}");
        let shown: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(shown["username"], "ada");
        assert_eq!(shown["primaryEmail"], "ada@example.com");
        assert_eq!(shown["name"], "Ada Harbour");
        assert_eq!(shown["hasPassword"], true);
        let verify = |password: &str| {
            let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
            let body = json!({"password": password}).to_string();
            serving.request("POST", &format!("{path}/password/verify"), &headers, &body).0
        };
        assert_eq!(verify(PASSWORD), 204);
        let set = ["user", "set-password", "--username", "ada", "--password-stdin"];
        assert!(place.run_with(&set, "another-phrase-8\n").status.success());
        assert_eq!(verify("another-phrase-8"), 204, "one line end after the password is not part of it");
        assert_eq!(verify(PASSWORD), 422);
    });
}

#[test]
fn refused_users_say_why_and_leave_nothing() {
    on_each_engine(|place| {
        place.ask(&create_user("ada", &[]), PASSWORD);
        assert_refused(&place.run_with(&create_user("ada", &[]), PASSWORD), 5, &["user.username_already_in_use"]);
        assert_eq!(place.run_with(&create_user("1 bad name", &[]), PASSWORD).status.code(), Some(6));
        let bad_email = create_user("grace", &["--email", "not-an-address"]);
        assert_eq!(place.run_with(&bad_email, PASSWORD).status.code(), Some(6));
        assert_refused(&place.run_with(&create_user("grace", &[]), ""), 6, &["standard input"]);
        assert!(
            place.ask(&create_user("grace", &[]), PASSWORD)["id"].is_string(),
            "nothing was left of the refused one"
        );
        let nobody = ["user", "set-password", "--username", "nobody", "--password-stdin"];
        assert_refused(&place.run_with(&nobody, PASSWORD), 5, &["nobody"]);
        let without = ["user", "create", "--username", "lin", "--json"];
        assert_eq!(place.run(&without).status.code(), Some(2));
    });
}

#[test]
fn the_first_administrator_gets_the_console_roles_in_the_admin_tenant() {
    on_each_engine(|place| {
        let words = ["admin", "create", "--username", "root_admin", "--password-stdin", "--json"];
        let made = place.ask(&words, PASSWORD);
        assert!(made["id"].is_string());
        assert_refused(&place.run_with(&words, PASSWORD), 5, &["user.username_already_in_use"]);
        // An administrator is not a user of the default tenant.
        let set = ["user", "set-password", "--username", "root_admin", "--password-stdin"];
        assert_eq!(place.run_with(&set, PASSWORD).status.code(), Some(5));
        let set = ["user", "set-password", "--username", "root_admin", "--password-stdin", "--tenant", "admin"];
        assert!(place.run_with(&set, PASSWORD).status.success());
    });
}

#[test]
fn doctor_proposes_hash_settings_that_the_next_start_takes() {
    let place = Installation::new(Engine::Sqlite);
    // Nothing hashes within a millisecond, so the least that is safe is proposed.
    let response = place.ask(&["doctor", "--hash", "--hash-target-ms", "1", "--json"], "");
    assert_eq!(
        (&response["proposed"]["memoryKib"], &response["proposed"]["passes"]),
        (&json!(19_456), &json!(2)),
        "{response}"
    );
    let lines: Vec<&str> = response["lines"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    let text = place.run(&["doctor", "--hash", "--hash-target-ms", "1"]);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(text.contains(&lines.join("\n")) && text.contains("takes longer here than the 1 ms"), "{text}");
    let mut again = place.command(&["doctor", "--hash", "--json"]);
    for line in lines {
        let (name, value) = line.split_once('=').unwrap();
        again.env(name, value);
    }
    let again: serde_json::Value = serde_json::from_slice(&again.output().unwrap().stdout).unwrap();
    for field in ["memoryKib", "passes", "threads"] {
        assert_eq!(again["current"][field], response["proposed"][field], "{again}");
    }
    let (proposed, target) = (&again["proposed"], again["targetMilliseconds"].as_f64().unwrap());
    let is_floor = proposed["memoryKib"] == 19_456 && proposed["passes"] == 2;
    assert!(is_floor || proposed["milliseconds"].as_f64().unwrap() <= target, "{again}");
}
