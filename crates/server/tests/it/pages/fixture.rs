//! Fixtures of the page tests: an application, a user, an authorization request.

use db::{Tx, params, sql};
use kernel::id;
use serde_json::{Value, json};
use server::users::store;
use testkit::{Browser, BrowserPage, TestApp};

pub const CALLBACK: &str = "https://app.example.com/callback";
pub const PASSWORD: &str = "Xq7!velvet-harbour";

/// Creates a traditional application and returns its id.
pub async fn application(app: &TestApp, name: &str, third_party: bool) -> String {
    let body = json!({
        "name": name, "type": "Traditional", "isThirdParty": third_party,
        "oidcClientMetadata": {"redirectUris": [CALLBACK], "postLogoutRedirectUris": []},
    });
    let made = app.management_request("POST", "/api/applications").await.json(body).send().await.expect(200);
    made.json()["id"].as_str().unwrap().to_owned()
}

/// Creates a user with [`PASSWORD`] and returns the id.
pub async fn user(app: &TestApp, username: &str) -> String {
    let user = store::NewUser {
        id: id::short_entity_id(&app.app.rng).into(),
        username: Some(username.to_owned()),
        name: Some("Ada Harbour".to_owned()),
        password: Some(app.app.hasher.hash(PASSWORD).await.unwrap()),
        ..store::NewUser::default()
    };
    let id = user.id.clone();
    app.insert_user(user).await;
    id.into()
}

/// Lets a third-party application ask for these user scopes.
pub async fn consent_scopes(app: &TestApp, client: &str, names: &'static [&'static str]) {
    let client = client.to_owned();
    let write = app.configure("default", move |work| {
        for name in names {
            let text = sql!(
                "insert into application_consent_scopes (tenant_id, application_id, kind, value) \
                 values ('default', $1, 'user-scopes', $2)"
            );
            work.exec_one(text, params![&client, *name])?;
        }
        Ok::<_, db::DbError>(())
    });
    write.await.unwrap();
}

/// Makes a user a member of an organization.
pub async fn join(app: &TestApp, organization: &str, user: &str) {
    let (organization, user, now) = (organization.to_owned(), user.to_owned(), app.app.clock.now());
    let work = move |tx: &Tx<'_>| {
        let text = sql!(
            "insert into organization_users (tenant_id, organization_id, user_id, created_at) \
             values ('default', $1, $2, $3)"
        );
        tx.exec_one(text, params![organization, user, now])
    };
    app.app.db.write(work).await.unwrap();
}

/// Suspends a user.
pub async fn suspend(app: &TestApp, id: &str) {
    let id = id.into();
    let suspend = app.write("default", move |work| {
        let mut user = store::get(work, &id)?;
        user.is_suspended = true;
        store::update(work, &user)
    });
    suspend.await.unwrap();
}

/// Changes members of the sign-in experience, without the checks of its API.
pub async fn settings(app: &TestApp, change: Value) {
    let write = app.configure("default", move |work| {
        let read = sql!("select settings from sign_in_experiences where tenant_id = 'default'");
        let mut settings: Value = serde_json::from_str(&work.query_one::<String>(read, &[])?).unwrap();
        settings.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let write = sql!("update sign_in_experiences set settings = $1 where tenant_id = 'default'");
        work.exec_one(write, params![settings.to_string()])
    });
    write.await.unwrap();
}

/// The URL of an authorization request.
pub fn authorization(client_id: &str, extra: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs([("client_id", client_id), ("redirect_uri", CALLBACK), ("response_type", "code")]);
    if !extra.iter().any(|(name, _)| *name == "scope") {
        query.append_pair("scope", "openid profile");
    }
    query.append_pair("state", "the-state").extend_pairs(extra);
    format!("/oidc/auth?{}", query.finish())
}

/// Whether the browser returned to the application with a code.
pub fn is_back_with_code(page: &BrowserPage) -> bool {
    page.url.starts_with(CALLBACK) && !page.query("code").is_empty() && page.query("state") == "the-state"
}

/// Opens the sign-in page of a new application named "Harbour".
pub async fn at_sign_in(app: &TestApp, browser: &mut Browser) -> BrowserPage {
    let client = application(app, "Harbour", false).await;
    let page = browser.open(&authorization(&client, &[])).await;
    assert_eq!(page.path(), "/sign-in");
    page
}
