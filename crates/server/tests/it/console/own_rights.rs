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
const FIELDS: [&str; 17] = [
    "roleId", "roleIds", "role", "user", "userId", "userIds", "ids", "id", "scopeId", "scopeIds", "scopes", "username",
    "name", "email", "password", "confirm", "action",
];

/// Knuth's generator of MMIX.
struct Choices(u64);

impl Choices {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    /// Three times of four.
    fn is_usual(&mut self) -> bool {
        self.below(4) > 0
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

/// What came of somebody's sequences.
#[derive(Debug, Default)]
struct Tried {
    taken: usize,
    refused: usize,
    /// Whether rights in `default` were others at any time.
    changed_default: bool,
}

/// Sends forms to all routes in many orders. Rights in these tenants must never change.
async fn try_everything(app: &TestApp, name: &str, kept: &'static [&'static str]) -> Tried {
    let mut browser = signed_in(app, name).await;
    let secret = csrf(&mut browser).await;
    let mut choices = Choices(name.len() as u64);
    let mut tried = Tried::default();
    let (before, of_default) = (rights(app, kept).await, rights(app, &["default"]).await);
    for _ in 0..ROUNDS {
        bring_ada_back(app).await;
        let mut routes = console_routes();
        routes.retain(|(route, _)| route.method != "GET" && route.path != "/console/sign-out");
        while !routes.is_empty() {
            let (route, _) = routes.swap_remove(choices.below(routes.len()));
            let path = filled(&route.path, &mut choices);
            match send(&mut browser, &secret, &path, &mut choices).await {
                403 => tried.refused += 1,
                200..=399 => tried.taken += 1,
                status => assert!(status < 500, "{name}: {path}: {status}"),
            }
            assert_eq!(rights(app, kept).await, before, "{name} changed rights: {path}");
            tried.changed_default |= rights(app, &["default"]).await != of_default;
        }
    }
    tried
}

/// The path with names: mostly of what it is about.
fn filled(path: &str, choices: &mut Choices) -> String {
    let usual = [("/users/", "ada"), ("/roles/", "role-User"), ("/administrators/", "sue")];
    let usual = usual.into_iter().find(|(part, _)| path.contains(part)).map(|(_, name)| name);
    ["{id}", "{log}", "{scope}"].iter().fold(path.to_owned(), |path, place| {
        let any = choices.one(&VALUES);
        path.replace(place, usual.filter(|_| choices.is_usual()).unwrap_or(any))
    })
}

/// Whoever manages users deletes her now and then.
async fn bring_ada_back(app: &TestApp) {
    let text = sql!("select id from users where tenant_id = 'default' and id = 'ada'");
    let found: Vec<String> = app.app.db.read(move |view| view.query_all(text, &[])).await.unwrap();
    if found.is_empty() {
        crate::attacks::fixtures::person(app, "ada").await;
    }
}

async fn send(browser: &mut Browser, secret: &str, path: &str, choices: &mut Choices) -> u16 {
    let mut form = vec![("csrf", secret)];
    for field in FIELDS {
        // Mostly the value that such a field is made for.
        let value = match (field, choices.is_usual()) {
            ("roleId" | "roleIds", true) => "role-User",
            ("role", true) => "owner",
            ("user" | "userId" | "userIds" | "ids" | "id" | "confirm", true) => "ada",
            ("scopeId" | "scopeIds" | "scopes", true) => "management-api-all",
            ("email", _) => "crew@example.com",
            ("username", true) => continue,
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
        // Whoever holds it may do everything in `default`.
        role(&app, "User").await;
        let sue = try_everything(&app, "sue", &["default", "admin"]).await;
        assert!(sue.taken >= ROUNDS && sue.refused > 100, "{sue:?}");
        let audrey = try_everything(&app, "audrey", &["default", "admin"]).await;
        assert!(audrey.refused > 100, "{audrey:?}");
        // An administrator of `default` changes everything there, which shows that the sequences find a way where there is one; and nothing
        // about the administrators.
        let root = try_everything(&app, "root", &["admin"]).await;
        assert!(root.changed_default && root.refused >= ROUNDS, "{root:?}");
    })
    .await;
}
