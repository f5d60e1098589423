//! Every route of the console, asked by everybody: generated from the routes that are declared (attack F1).

use server::callers::Right;
use server::routes::{Access, RouteInfo};
use testkit::{Browser, TestApp, for_each_engine};

use super::fixture::{colleague, csrf, signed_in};

pub fn console_routes() -> Vec<(RouteInfo, Right)> {
    let right = |route: RouteInfo| match route.access {
        Access::Console(right) => Some((route, right)),
        _ => None,
    };
    server::router::declared().into_iter().filter_map(right).collect()
}

/// The path with ids that nothing has.
pub fn path(route: &RouteInfo) -> String {
    ["{id}", "{log}", "{scope}"].iter().fold(route.path.clone(), |path, one| path.replace(one, "nothing-has-it"))
}

/// Who asks, and which rights they have.
const PEOPLE: [(&str, &[&str], &[Right]); 5] = [
    (
        "olive",
        &["default:owner"],
        &[Right::SignedIn, Right::ReadUsers, Right::Read, Right::ManageUsers, Right::Manage, Right::Own],
    ),
    ("root", &["default:admin"], &[Right::SignedIn, Right::ReadUsers, Right::Read, Right::ManageUsers, Right::Manage]),
    ("audrey", &["default:auditor"], &[Right::SignedIn, Right::ReadUsers, Right::Read]),
    ("sue", &["default:support"], &[Right::SignedIn, Right::ReadUsers, Right::ManageUsers]),
    ("nobody", &["user"], &[]),
];

#[tokio::test]
async fn f1_every_page_asks_for_its_right() {
    for_each_engine(async |app: TestApp| {
        for (name, roles, held) in PEOPLE {
            colleague(&app, name, roles).await;
            let mut browser = Browser::at(&app, "admin");
            let page = browser.open("/console").await;
            let form = [("identifier", name), ("password", super::fixture::PASSWORD)];
            let home = browser.submit(&page, &form).await;
            let csrf = home.value("csrf");
            // What ends the session comes last.
            let mut routes = console_routes();
            routes.sort_by_key(|(route, _)| route.path == "/console/sign-out");
            for (route, right) in routes {
                let form = [("csrf", csrf.as_str()), ("confirm", "x")];
                let form = (route.method != "GET").then_some(&form[..]);
                let answer = browser.send(route.method.as_str(), &path(&route), form).await;
                let shown = format!("{name}: {} {} {}: {}", route.method, route.path, answer.status, answer.text());
                match held.contains(&right) {
                    true => assert!(answer.status != 403 && !answer.status.is_server_error(), "{shown}"),
                    false => assert_eq!(answer.status, 403, "{shown}"),
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn f1_f11_nobody_else_gets_a_page_or_sends_a_form() {
    for_each_engine(async |app: TestApp| {
        colleague(&app, "root", &["default:admin"]).await;
        let mut root = signed_in(&app, "root").await;
        let mut stranger = Browser::at(&app, "admin");
        let mut default = Browser::new(&app);
        let cookies: Vec<(String, String)> =
            root.cookies().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        for (name, value) in cookies {
            default.set_cookie(&name, &value);
        }
        let own = csrf(&mut root).await;
        let before = app.snapshot().await;
        for (route, _) in console_routes() {
            let (method, path) = (route.method.as_str(), path(&route));
            let form = |csrf: &'static str| (method != "GET").then_some([("csrf", csrf), ("confirm", "x")]);
            let answer = stranger.send(method, &path, form("").as_ref().map(|form| &form[..])).await;
            assert_eq!(answer.status, 303, "{method} {path}");
            assert!(answer.header("location").starts_with("/console/sign-in"), "{method} {path}");
            let answer = default.send(method, &path, form("").as_ref().map(|form| &form[..])).await;
            assert_eq!(answer.status, 404, "{method} {path} at the tenant default");
            if method == "GET" {
                continue;
            }
            for csrf in ["", "x"] {
                let answer = root.send(method, &path, form(csrf).as_ref().map(|form| &form[..])).await;
                assert_eq!(answer.status, 403, "{method} {path} with the secret {csrf:?}");
            }
            let forged = app.admin_request(method, &path).header("cookie", &header(&root));
            let forged = forged.header("origin", "https://evil.example").form(&[("csrf", &own), ("confirm", "x")]);
            assert_eq!(forged.send().await.status, 403, "{method} {path} from another site");
        }
        assert_eq!(before.difference(&app.snapshot().await, &["logs"]), Vec::<String>::new());
    })
    .await;
}

fn header(browser: &Browser) -> String {
    browser.cookies().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn support_gets_no_right_by_changing_somebody_who_has_one() {
    for_each_engine(async |app: TestApp| {
        colleague(&app, "sue", &["default:support"]).await;
        let mut sue = signed_in(&app, "sue").await;
        let secret = csrf(&mut sue).await;
        for id in ["ada", "master"] {
            let new = server::users::store::NewUser { id: id.into(), username: Some(id.into()), ..Default::default() };
            app.insert_user(new).await;
        }
        // A role of people that opens the Management API.
        app.sql(
            "insert into roles (tenant_id, id, name, description, type, created_at) \
             values ('default', 'masters', 'masters', 'd', 'User', 0)",
            Vec::new(),
        )
        .await;
        for text in [
            "insert into roles_scopes (tenant_id, role_id, scope_id) values ('default', 'masters', 'management-api-all')",
            "insert into users_roles (tenant_id, user_id, role_id) values ('default', 'master', 'masters')",
        ] {
            app.sql(text, Vec::new()).await;
        }
        let reset = super::fixture::send(&mut sue, &secret, "/console/users/ada/password", &[]).await;
        assert_eq!(reset.response.status, 200, "{}", reset.text());
        for (path, fields) in [
            ("/console/users/master/password", &[][..]),
            ("/console/users/master/suspension", &[("isSuspended", "true")][..]),
            ("/console/users/master", &[("primaryEmail", "sue@example.com")][..]),
            ("/console/users/master/delete", &[("confirm", "master")][..]),
        ] {
            let refused = super::fixture::send(&mut sue, &secret, path, fields).await;
            assert_eq!(refused.response.status, 403, "{path}: {}", refused.text());
        }
        let given = super::fixture::send(&mut sue, &secret, "/console/users/ada/roles", &[("roleId", "masters")]).await;
        assert_eq!(given.response.status, 403);
    })
    .await;
}
