//! Attack F5: whatever somebody with a part of the rights may do, and in whatever order, gives nobody more rights. Generated from
//! the routes that are declared; the sequences are the same in every run.

use db::{params, sql};
use testkit::{Browser, TestApp, for_each_engine};

use super::fixture::{colleague, csrf, signed_in};
use super::rights::console_routes;
use crate::attacks::management_rights::role;

/// Rounds through all routes, each in another order and with other values.
const ROUNDS: usize = 4;
/// What a form or a path may name: the caller, somebody whom support manages, roles, scopes and tenants.
const VALUES: [&str; 10] = [
    "sue",
    "ada",
    "role-User",
    "management-api-all",
    "default:owner",
    "default:admin",
    "owner",
    "admin",
    "default",
    "Xq7!velvet-harbour",
];
/// The fields that forms of the console have for such values.
const FIELDS: [&str; 16] = [
    "roleId", "roleIds", "role", "userId", "userIds", "ids", "id", "scopeId", "scopeIds", "scopes", "username", "name",
    "email", "password", "confirm", "action",
];

/// Knuth's generator of MMIX.
struct Choices(u64);

impl Choices {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn one<'a>(&mut self, values: &[&'a str]) -> &'a str {
        values[self.below(values.len())]
    }
}

/// Who holds what in all tenants, by any way that a route could write.
async fn rights(app: &TestApp, tenants: &'static [&'static str]) -> Vec<String> {
    let mut rows = Vec::new();
    for tenant in tenants {
        for text in [
            sql!("select user_id || ' holds ' || role_id from users_roles where tenant_id = $1 order by 1"),
            sql!("select role_id || ' gives ' || scope_id from roles_scopes where tenant_id = $1 order by 1"),
            sql!("select user_id || ' in ' || organization_id from organization_users where tenant_id = $1 order by 1"),
            sql!("select id || ' invites as ' || role from administrator_invitations where tenant_id = $1 order by 1"),
        ] {
            let found: Vec<String> = app.app.db.read(move |view| view.query_all(text, params![*tenant])).await.unwrap();
            rows.extend(found.into_iter().map(|row| format!("{tenant}: {row}")));
        }
    }
    rows
}

/// Sends forms to all routes in many orders; how many were taken and how many refused for want of a right.
async fn try_everything(app: &TestApp, name: &str, tenants: &'static [&'static str]) -> (usize, usize) {
    let mut browser = signed_in(app, name).await;
    let secret = csrf(&mut browser).await;
    let mut choices = Choices(name.len() as u64);
    let (mut taken, mut refused) = (0, 0);
    let before = rights(app, tenants).await;
    for _ in 0..ROUNDS {
        let mut routes = console_routes();
        routes.retain(|(route, _)| route.method != "GET" && route.path != "/console/sign-out");
        while !routes.is_empty() {
            let (route, _) = routes.swap_remove(choices.below(routes.len()));
            let path = ["{id}", "{log}", "{scope}"]
                .iter()
                .fold(route.path.clone(), |path, place| path.replace(place, choices.one(&VALUES)));
            let answer = send(&mut browser, &secret, &path, &mut choices).await;
            match answer {
                403 => refused += 1,
                200..=399 => taken += 1,
                _ => assert!(answer < 500, "{name}: {path}: {answer}"),
            }
            assert_eq!(rights(app, tenants).await, before, "{name} changed rights: {path}");
        }
    }
    (taken, refused)
}

async fn send(browser: &mut Browser, secret: &str, path: &str, choices: &mut Choices) -> u16 {
    let mut form = vec![("csrf", secret)];
    for field in FIELDS {
        // As often the value that such a field is made for as any other.
        let value = match (field, choices.below(2)) {
            ("roleId" | "roleIds", 0) => "role-User",
            ("role", 0) => "owner",
            ("userId" | "userIds" | "ids" | "id" | "confirm", 0) => "ada",
            ("scopeId" | "scopeIds" | "scopes", 0) => "management-api-all",
            ("email", _) => "crew@example.com",
            ("username", 0) => continue,
            _ => choices.one(&VALUES),
        };
        form.push((field, value));
    }
    browser.send("POST", path, Some(&form)).await.status.as_u16()
}

#[tokio::test]
async fn f5_no_sequence_of_allowed_calls_gives_anybody_more_rights() {
    for_each_engine(async |app: TestApp| {
        colleague(&app, "sue", &["default:support"]).await;
        colleague(&app, "audrey", &["default:auditor"]).await;
        colleague(&app, "root", &["default:admin"]).await;
        crate::attacks::fixtures::person(&app, "ada").await;
        // Whoever holds it may do everything in `default`.
        role(&app, "User").await;
        let (taken, refused) = try_everything(&app, "sue", &["default", "admin"]).await;
        assert!(taken >= ROUNDS && refused > 100, "{taken} taken, {refused} refused");
        let (_, refused) = try_everything(&app, "audrey", &["default", "admin"]).await;
        assert!(refused > 100, "{refused}");
        // An administrator of `default` changes everything there, and nothing about the administrators.
        let before = rights(&app, &["default"]).await;
        let (taken, refused) = try_everything(&app, "root", &["admin"]).await;
        assert!(taken > 10 && refused >= ROUNDS, "{taken} taken, {refused} refused");
        assert_ne!(rights(&app, &["default"]).await, before, "the sequences would find a way");
    })
    .await;
}
