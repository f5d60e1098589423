//! A magic link in a browser where somebody is signed in (O119).

use serde_json::json;
use testkit::{Browser, BrowserPage, TestApp, for_each_engine};

use super::{make, organization, organizations_of, token_of};
use crate::applications::call;
use crate::pages::fixture::{application, authorization, is_back_with_code, user};

async fn person(app: &TestApp, name: &str) -> (String, String) {
    let (id, email) = (user(app, name).await, format!("{name}@example.com"));
    call(app, "PATCH", &format!("/api/users/{id}"), json!({"primaryEmail": email})).await.expect(200);
    (id, email)
}

#[tokio::test]
async fn a_link_is_followed_once_also_by_who_is_signed_in() {
    for_each_engine(async |app: TestApp| {
        let (ada, email) = person(&app, "ada").await;
        let client = application(&app, "Harbour", false).await;
        let open = async |browser: &mut Browser, token: &str, email: &str| -> BrowserPage {
            browser.open(&authorization(&client, &[("one_time_token", token), ("login_hint", email)])).await
        };
        let mut browser = Browser::new(&app);
        let first = make(&app, &email, json!({})).await;
        let page = open(&mut browser, token_of(&first), &email).await;
        assert!(is_back_with_code(&browser.submit(&page, &[]).await));
        let again = open(&mut browser, token_of(&first), &email).await;
        assert!(is_back_with_code(&again), "used up by the same person: {}", again.url);
        let docks = organization(&app).await;
        let second = make(&app, &email, json!({"context": {"jitOrganizationIds": [docks]}})).await;
        let silent = [("one_time_token", token_of(&second)), ("login_hint", &email), ("prompt", "none")];
        let refused = browser.open(&authorization(&client, &silent)).await;
        assert!(refused.url.contains("error=login_required"), "{}", refused.url);
        let page = open(&mut browser, token_of(&second), &email).await;
        assert_eq!(page.path(), "/one-time-token");
        assert!(is_back_with_code(&browser.submit(&page, &[]).await));
        assert_eq!(organizations_of(&app, &ada).await, [docks]);
        let wrong = open(&mut browser, "nothing", &email).await;
        assert_eq!((wrong.path(), wrong.response.status.as_u16()), ("/one-time-token", 404));
    })
    .await;
}

#[tokio::test]
async fn a_link_for_somebody_else_does_not_sign_the_one_who_is_here_in() {
    for_each_engine(async |app: TestApp| {
        let ((_, email), (bob, of_bob)) = (person(&app, "ada").await, person(&app, "bob").await);
        let client = application(&app, "Harbour", false).await;
        let mut browser = Browser::new(&app);
        for address in [&email, &of_bob] {
            let made = make(&app, address, json!({})).await;
            let extra = [("one_time_token", token_of(&made)), ("login_hint", address)];
            let page = browser.open(&authorization(&client, &extra)).await;
            assert_eq!(page.path(), "/one-time-token", "{}", page.url);
            assert!(page.text().contains(address.as_str()));
            assert!(is_back_with_code(&browser.submit(&page, &[]).await));
        }
        let path = format!("/api/users/{bob}/sessions");
        let sessions = app.management_request("GET", &path).await.send().await.expect(200).json();
        assert_eq!(sessions["sessions"].as_array().unwrap().len(), 1);
    })
    .await;
}
