//! People of the tenant `admin` with roles, in browsers.

use db::{params, sql};
use server::users::store::NewUser;
use server::{interaction, users};
use testkit::{Browser, BrowserPage, TestApp};

pub const PASSWORD: &str = "Xq7!velvet-harbour";

/// A person of the tenant `admin` with these roles, whose id is the username.
pub async fn colleague(app: &TestApp, username: &'static str, held: &'static [&'static str]) {
    let digest = app.app.hasher.hash(PASSWORD).await.unwrap();
    let new =
        NewUser { id: username.into(), username: Some(username.into()), password: Some(digest), ..NewUser::default() };
    let give = sql!(
        "insert into users_roles (tenant_id, user_id, role_id) \
         select 'admin', $1, id from roles where tenant_id = 'admin' and name = $2"
    );
    let made = app.configure("admin", move |work| {
        let user = users::create(work, new)?;
        // With the first of them registration is closed.
        if held.contains(&"default:admin") {
            interaction::make_administrator(work, &user.id)?;
        }
        for role in held.iter().filter(|role| **role != "default:admin" && **role != "user") {
            work.exec_one(give, params![&user.id, *role])?;
        }
        Ok::<_, server::ApiError>(())
    });
    made.await.unwrap();
    close_registration(app).await;
}

/// As the first administrator does.
async fn close_registration(app: &TestApp) {
    let token = app.management_token("admin").await;
    let body = serde_json::json!({"signInMode": "SignIn"});
    app.admin_request("PATCH", "/api/sign-in-exp").bearer(&token).json(body).send().await.expect(200);
}

/// A browser whose person signed in to the console.
pub async fn signed_in(app: &TestApp, username: &str) -> Browser {
    let mut browser = Browser::at(app, "admin");
    let page = browser.open("/console").await;
    assert_eq!(page.path(), "/sign-in", "{}", page.text());
    let page = browser.submit(&page, &[("identifier", username), ("password", PASSWORD)]).await;
    assert_eq!(page.path(), "/console", "{}", page.text());
    browser
}

/// A signed-in administrator.
pub async fn administrator(app: &TestApp) -> Browser {
    colleague(app, "root", &["default:admin"]).await;
    signed_in(app, "root").await
}

/// Sends a form with the secret of the session.
pub async fn send(browser: &mut Browser, csrf: &str, path: &str, fields: &[(&str, &str)]) -> BrowserPage {
    let form: Vec<(&str, &str)> = [("csrf", csrf)].into_iter().chain(fields.iter().copied()).collect();
    browser.submit_to(path, &form).await
}

/// The secret of the session's forms.
pub async fn csrf(browser: &mut Browser) -> String {
    let page = browser.open("/console").await;
    let csrf = page.value("csrf");
    assert_eq!(csrf.len(), 43, "{}", page.text());
    csrf
}

/// What the form for this address says of the values that it was made of.
pub fn made_of(page: &str, address: &str) -> String {
    let form = page.split(&format!("action=\"{address}\"")).nth(1).expect("the form");
    let value = form.split("name=\"made_of\" value=\"").nth(1).expect("the hidden field");
    value.split('"').next().expect("its value").to_owned()
}
