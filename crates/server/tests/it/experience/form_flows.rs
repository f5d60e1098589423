//! The forms of the hosted pages, as the page handlers submit them.

use flow::IdentifierType;
use flow::error::MissingProfile;
use serde_json::json;
use server::interaction::InteractionBrowser;
use server::interaction::form_flows::{self, FactorChoice, FactorStep, FormOutcome, MissingPart};
use testkit::{TestApp, for_each_engine};

use super::fixture::*;

async fn interaction_browser(browser: &Browser) -> InteractionBrowser {
    let request = browser.app.request_context(browser.tenant, &browser.cookie()).await;
    InteractionBrowser::of(request, Some(CLIENT)).unwrap()
}

fn redirect(browser: &Browser) -> FormOutcome {
    FormOutcome::Redirect(format!("http://localhost:3001/oidc/auth/{}", browser.uid))
}

#[tokio::test]
async fn one_form_signs_in() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |user| user.primary_email = Some("alice@example.com".into())).await;
        let browser = Browser::open(&app).await;
        let page_browser = interaction_browser(&browser).await;
        let alice = form_flows::guess_identifier(" alice ", &[IdentifierType::Username, IdentifierType::Email]);
        let wrong = form_flows::sign_in(&page_browser, alice.clone(), "wrong").await.unwrap_err();
        assert_eq!(wrong.code(), "session.invalid_credentials");
        let email =
            form_flows::guess_identifier("alice@example.com", &[IdentifierType::Username, IdentifierType::Email]);
        let disabled = form_flows::sign_in(&page_browser, email, PASSWORD).await.unwrap_err();
        assert_eq!(disabled.code(), "user.sign_in_method_not_enabled");
        assert_eq!(form_flows::sign_in(&page_browser, alice, PASSWORD).await, Ok(redirect(&browser)));
        assert_eq!(browser.result().await, Some(json!({"login": {"accountId": "alice"}})));
    })
    .await;
}

#[tokio::test]
async fn one_form_registers() {
    for_each_engine(async |app: TestApp| {
        let browser = Browser::open(&app).await;
        let page_browser = interaction_browser(&browser).await;
        let weak = form_flows::register(&page_browser, "newbie", "abc", None).await.unwrap_err();
        assert_eq!(weak.code(), "password.rejected");
        assert_eq!(weak.data_ref().unwrap()[0]["code"], "password_rejected.too_short");
        let bad = form_flows::register(&page_browser, "1abc", PASSWORD, None).await.unwrap_err();
        assert_eq!(bad.code(), "user.username_starts_with_number");
        assert_eq!(form_flows::register(&page_browser, "newbie", PASSWORD, None).await, Ok(redirect(&browser)));
        let second = Browser::open(&app).await;
        let taken =
            form_flows::register(&interaction_browser(&second).await, "newbie", PASSWORD, None).await.unwrap_err();
        assert_eq!(taken.code(), "user.username_already_in_use");
    })
    .await;
}

#[tokio::test]
async fn missing_parts_are_asked_for_one_after_the_other() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |user| {
            user.username = None;
            user.primary_email = Some("alice@example.com".into());
        })
        .await;
        let method = json!({
            "identifier": "email", "password": true, "verificationCode": true, "isPasswordPrimary": true
        });
        settings(&app, "default", json!({"signIn": {"methods": [method]}})).await;
        let browser = Browser::open(&app).await;
        let page_browser = interaction_browser(&browser).await;
        let part = MissingPart::Username("alice".into());
        let early = form_flows::submit_missing_part(&page_browser, part.clone()).await.unwrap_err();
        assert_eq!(early.code(), "session.interaction_not_found");
        let email = form_flows::guess_identifier("alice@example.com", &[IdentifierType::Email]);
        let next = form_flows::sign_in(&page_browser, email, PASSWORD).await;
        assert_eq!(next, Ok(FormOutcome::MissingParts(vec![MissingProfile::Username])));
        assert_eq!(form_flows::submit_missing_part(&page_browser, part).await, Ok(redirect(&browser)));
        assert_eq!(user(&app, "default", "alice").await.username.as_deref(), Some("alice"));
    })
    .await;
}

#[tokio::test]
async fn a_declined_suggestion_signs_in() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        settings(&app, "default", json!({"mfa": {"factors": ["Totp"], "policy": "UserControlled"}})).await;
        let browser = Browser::open(&app).await;
        let page_browser = interaction_browser(&browser).await;
        let alice = form_flows::guess_identifier("alice", &[IdentifierType::Username]);
        let suggested = FormOutcome::SecondFactor(FactorStep::Suggest);
        assert_eq!(form_flows::sign_in(&page_browser, alice, PASSWORD).await, Ok(suggested));
        assert_eq!(browser.result().await, None);
        assert_eq!(form_flows::choose_factors(&page_browser, FactorChoice::Skip).await, Ok(redirect(&browser)));
    })
    .await;
}

#[test]
fn the_kind_of_an_identifier_is_told_by_its_form_among_those_offered() {
    use IdentifierType::{Email, Phone, Username};
    let all = [Username, Email, Phone];
    for (typed, offered, kind) in [
        ("alice", &all[..], Username),
        ("a@b.example", &all[..], Email),
        ("+49 151", &all[..], Phone),
        ("49151", &all[..], Phone),
        ("49151", &all[..2], Username),
        ("a@b.example", &all[..1], Username),
    ] {
        assert_eq!(form_flows::guess_identifier(typed, offered).kind, kind, "{typed}");
    }
}
