//! Concurrent requests, to one process on SQLite and to three on one PostgreSQL.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use loggia_bench::flows::{Browser, Credentials, exchange, refresh};
use loggia_bench::http::Connection;
use loggia_bench::server::{Application, form};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::place::{Node, Place, World};

const ALL: usize = 50;

/// Runs a test on one process over SQLite, then on three over one PostgreSQL.
async fn on_one_and_three(test: impl AsyncFn(&Place, &[Node], &World)) {
    let places = [(Some(Place::sqlite()), 1), (Place::postgres(), 3)];
    for (place, count) in places {
        let Some(place) = place else { continue };
        let nodes = place.nodes(count).await;
        let world = World::make(&nodes[0], 1).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        test(&place, &nodes, &world).await;
        for node in nodes {
            node.stop().await;
        }
    }
}

/// An authorization code for `bench0`.
async fn code(node: &Node, application: &Application) -> String {
    Browser::open(node.authority()).await.unwrap().code(application, Credentials::Password("bench0")).await.unwrap()
}

/// Opens the connections before the requests, so that the requests run at the same time.
async fn connections(nodes: &[Node], count: usize) -> Vec<Connection> {
    let mut open = Vec::new();
    for n in 0..count {
        open.push(nodes[n % nodes.len()].connect().await);
    }
    open
}

#[tokio::test(flavor = "multi_thread")]
async fn b5_of_fifty_parallel_exchanges_on_all_processes_one_succeeds() {
    on_one_and_three(async |place, nodes, world| {
        let code = code(&nodes[0], &world.web).await;
        let mut calls = JoinSet::new();
        for mut connection in connections(nodes, ALL).await {
            let (web, code) = (world.web.clone(), code.clone());
            calls.spawn(async move { exchange(&mut connection, &web, &code).await.map_err(|error| error.to_string()) });
        }
        let responses = calls.join_all().await;
        let (good, refused): (Vec<_>, Vec<_>) = responses.into_iter().partition(Result::is_ok);
        assert_eq!(good.len(), 1);
        for refusal in refused {
            let sentence = refusal.unwrap_err();
            assert!(sentence.contains("status 400") && sentence.contains("invalid_grant"), "{sentence}");
        }
        // The replays revoked the grant with its tokens.
        let token = good[0].as_ref().unwrap()["access_token"].as_str().unwrap().to_owned();
        let me = nodes[nodes.len() - 1].call(("GET", "/oidc/me"), &format!("Bearer {token}"), None).await;
        assert_eq!(me.status, 401, "{}", me.text());
        assert_eq!(place.count("select count(*) from refresh_tokens"), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn b6_fifty_parallel_refreshes_on_all_processes_give_one_family() {
    on_one_and_three(async |place, nodes, world| {
        let code = code(&nodes[0], &world.spa).await;
        let tokens = exchange(&mut nodes[0].connect().await, &world.spa, &code).await.unwrap();
        let parent = tokens["refresh_token"].as_str().unwrap().to_owned();
        let mut calls = JoinSet::new();
        for mut connection in connections(nodes, ALL).await {
            let (spa, parent) = (world.spa.clone(), parent.clone());
            calls.spawn(async move { refresh(&mut connection, &spa, &parent).await.unwrap() });
        }
        let successors: BTreeSet<String> = calls.join_all().await.into_iter().collect();
        assert_eq!(successors.len(), 1, "a refresh forked the family");
        assert_eq!(place.count("select count(*) from refresh_tokens"), 2, "the parent and one child");
        // After the reuse interval the parent counts as stolen: the family is revoked on every process.
        tokio::time::sleep(Duration::from_millis(3_100)).await;
        let child = successors.first().unwrap();
        let mut last = nodes[nodes.len() - 1].connect().await;
        assert!(refresh(&mut last, &world.spa, &parent).await.is_err());
        assert!(refresh(&mut nodes[0].connect().await, &world.spa, child).await.is_err());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c3_two_hundred_wrong_passwords_on_all_processes_count_to_ten() {
    on_one_and_three(async |place, nodes, world| {
        let policy = json!({"sentinelPolicy": {"maxAttempts": 10, "lockoutDuration": 60}});
        let set = nodes[0].call(("PATCH", "/api/sign-in-exp"), &world.bearer, Some(policy)).await;
        assert_eq!(set.status, 200, "{}", set.text());
        tokio::time::sleep(Duration::from_secs(1)).await;
        let mut browsers = JoinSet::new();
        for n in 0..200 {
            let (authority, web) = (nodes[n % nodes.len()].authority().to_owned(), world.web.clone());
            browsers.spawn(async move {
                let mut browser = Browser::open(&authority).await.unwrap();
                browser.authorize(&web).await.unwrap();
                let event = json!({"interactionEvent": "SignIn"});
                assert_eq!(experience(&mut browser, ("PUT", ""), event).await, 204);
                browser
            });
        }
        let browsers = browsers.join_all().await;
        let mut attempts = JoinSet::new();
        for mut browser in browsers {
            let identifier = json!({"type": "username", "value": "bench0"});
            let wrong = json!({"identifier": identifier, "password": "wrong"});
            attempts.spawn(async move { experience(&mut browser, ("POST", "/verification/password"), wrong).await });
        }
        let mut by_status: BTreeMap<u16, usize> = BTreeMap::new();
        for status in attempts.join_all().await {
            *by_status.entry(status).or_default() += 1;
        }
        assert!(by_status.keys().all(|status| [400, 422].contains(status)), "{by_status:?}");
        // The last attempts were rejected because of the limit.
        assert!(by_status.get(&422).is_none_or(|judged| *judged < 10), "{by_status:?}");
        let failures =
            place.count("select cast(failures as bigint) from sentinel_counters where tenant_id = 'default'");
        assert_eq!(failures, 10, "as many were judged as the limit allows");
    })
    .await;
}

async fn experience(browser: &mut Browser, (method, path): (&str, &str), body: Value) -> u16 {
    let cookie = browser.cookies.header();
    let body = Some(("application/json", body.to_string()));
    let path = format!("/api/experience{path}");
    let response = browser.connection.send((method, &path), &[("cookie", &cookie)], body).await.unwrap();
    browser.cookies.keep(&response);
    response.status
}

#[tokio::test(flavor = "multi_thread")]
async fn b24_a_change_on_one_process_counts_on_all_within_a_second() {
    on_one_and_three(async |_, nodes, world| {
        let bearer = &world.bearer;
        let made = nodes[0].call(("POST", "/api/applications"), bearer, Some(machine("changing"))).await;
        let id = made.json().unwrap()["id"].as_str().unwrap().to_owned();
        let path = format!("/api/applications/{id}/secrets");
        let secret = nodes[0].call(("POST", &path), bearer, Some(json!({"name": "second"}))).await;
        let secret = secret.json().unwrap()["value"].as_str().unwrap().to_owned();
        let application = Application { id: id.clone(), secret: Some(secret) };
        everywhere(nodes, &application, 200).await;
        let removed = nodes[0].call(("DELETE", &format!("{path}/second")), bearer, None).await;
        assert_eq!(removed.status, 204, "{}", removed.text());
        everywhere(nodes, &application, 401).await;
        let secret = nodes[nodes.len() - 1].call(("POST", &path), bearer, Some(json!({"name": "third"}))).await;
        let secret = secret.json().unwrap()["value"].as_str().unwrap().to_owned();
        let application = Application { secret: Some(secret), ..application };
        everywhere(nodes, &application, 200).await;
        let path = format!("/api/applications/{id}");
        assert_eq!(nodes[0].call(("DELETE", &path), bearer, None).await.status, 204);
        everywhere(nodes, &application, 400).await;
    })
    .await;
}

fn machine(name: &str) -> Value {
    json!({"name": name, "type": "MachineToMachine"})
}

/// Waits until every process returns this status to a token request, for one second at most.
async fn everywhere(nodes: &[Node], application: &Application, expected: u16) {
    let changed = Instant::now();
    for node in nodes {
        let mut connection = node.connect().await;
        loop {
            let (basic, asked) = (application.basic(), Instant::now());
            let body = form("grant_type=client_credentials&resource=https%3A%2F%2Fdefault.logto.app%2Fapi");
            let response = connection.send(("POST", "/oidc/token"), &[("authorization", &basic)], body).await.unwrap();
            if response.status == expected {
                break;
            }
            // Only requests that start after one second count, however slow the machine is.
            let late = asked.duration_since(changed) > Duration::from_secs(1);
            assert!(!late, "{} still answers {}", node.authority(), response.status);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f9_of_parallel_creations_of_the_same_thing_one_succeeds() {
    on_one_and_three(async |_, nodes, world| {
        let make = async |path: &str, body: Value| {
            let response = nodes[0].call(("POST", path), &world.bearer, Some(body)).await;
            assert!([200, 201].contains(&response.status), "{path}: {}", response.text());
            response.json().unwrap()["id"].as_str().unwrap().to_owned()
        };
        let application = make("/api/applications", machine("racing")).await;
        let resource = make("/api/resources", json!({"name": "r", "indicator": "https://r.example.com"})).await;
        let secrets = format!("/api/applications/{application}/secrets");
        let scopes = format!("/api/resources/{resource}/scopes");
        let cases = [
            ("/api/users", json!({"username": "once"}), 200, "user.username_already_in_use"),
            ("/api/users", json!({"primaryEmail": "once@example.com"}), 200, "user.email_already_in_use"),
            ("/api/users", json!({"primaryPhone": "4915112345678"}), 200, "user.phone_already_in_use"),
            ("/api/roles", json!({"name": "once", "description": "d"}), 200, "role.name_in_use"),
            (
                "/api/resources",
                json!({"name": "once", "indicator": "https://once.example.com"}),
                201,
                "resource.resource_identifier_in_use",
            ),
            (&scopes, json!({"name": "once"}), 201, "scope.name_exists"),
            (&secrets, json!({"name": "once"}), 201, "application.secret_name_exists"),
            ("/api/organization-roles", json!({"name": "once"}), 201, "entity.unique_integrity_violation"),
            ("/api/organization-scopes", json!({"name": "once"}), 201, "entity.unique_integrity_violation"),
        ];
        for (path, body, success, code) in cases {
            let responses = at_once(nodes, world, ("POST", path), &body).await;
            let good = responses.iter().filter(|(status, _)| *status == success).count();
            assert_eq!(good, 1, "{path} {body}: {responses:?}");
            let refused = |(status, text): &&(u16, String)| *status == 422 && text.contains(code);
            assert_eq!(responses.iter().filter(refused).count(), responses.len() - 1, "{path} {body}: {responses:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f9_parallel_additions_add_once() {
    on_one_and_three(async |place, nodes, world| {
        let make = async |path: &str, body: Value| {
            let response = nodes[0].call(("POST", path), &world.bearer, Some(body)).await;
            response.json().unwrap()["id"].as_str().unwrap().to_owned()
        };
        let organization = make("/api/organizations", json!({"name": "o"})).await;
        let user = make("/api/users", json!({"name": "member"})).await;
        let path = format!("/api/organizations/{organization}/users");
        let role = make("/api/roles", json!({"name": "racing", "description": "d"})).await;
        let roles = format!("/api/users/{user}/roles");
        let responses = at_once(nodes, world, ("POST", &roles), &json!({"roleIds": [role]})).await;
        let added =
            |(status, text): &&(u16, String)| *status == 201 && text.contains(&format!("\"addedRoleIds\":[\"{role}"));
        assert_eq!(responses.iter().filter(added).count(), 1, "{responses:?}");
        assert!(responses.iter().all(|(status, _)| *status == 201), "{responses:?}");
        let join = json!({"userIds": [user]});
        let responses = at_once(nodes, world, ("POST", &path), &join).await;
        assert!(responses.iter().all(|(status, _)| *status == 201), "{responses:?}");
        assert_eq!(place.count("select count(*) from organization_users where tenant_id = 'default'"), 1);
        // Joining and leaving at the same time: either outcome is fine, but not a partial one.
        let leave = format!("{path}/{user}");
        let (joined, left) = tokio::join!(
            at_once(nodes, world, ("POST", &path), &join),
            at_once(nodes, world, ("DELETE", &leave), &Value::Null)
        );
        assert!(joined.iter().all(|(status, _)| *status == 201), "{joined:?}");
        assert!(left.iter().all(|(status, _)| [204, 404, 422].contains(status)), "{left:?}");
    })
    .await;
}

/// Sends the same request 24 times at once to all processes; returns statuses and bodies.
async fn at_once(nodes: &[Node], world: &World, target: (&str, &str), body: &Value) -> Vec<(u16, String)> {
    let mut calls = JoinSet::new();
    for mut connection in connections(nodes, 24).await {
        let (bearer, body) = (world.bearer.clone(), body.clone());
        let (method, path) = (target.0.to_owned(), target.1.to_owned());
        calls.spawn(async move {
            let body = (!body.is_null()).then(|| ("application/json", body.to_string()));
            let headers = [("authorization", bearer.as_str())];
            let response = connection.send((&method, &path), &headers, body).await.unwrap();
            (response.status, response.text())
        });
    }
    calls.join_all().await
}
