//! PKCE of a pushed request (RFC 7636; FAPI 2.0 Security Profile section 5.3.2.2).

use testkit::oidc::{CHALLENGE, VERIFIER};
use testkit::{TestApp, for_each_engine};

use super::{opening, push, pushed};

#[tokio::test]
async fn a_pushed_challenge_is_s256_or_refused() {
    for_each_engine(async |app: TestApp| {
        let client = app.web_client().await;
        for changes in [
            vec![("code_challenge_method", "plain")],
            vec![("code_challenge_method", "-")],
            vec![("code_challenge", "short")],
        ] {
            push(&app, &client, &changes).await.expect_error(400, "oidc.invalid_request");
        }
    })
    .await;
}

#[tokio::test]
async fn the_code_of_a_pushed_request_needs_its_verifier() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("ada").await);
        let opened = opening(&client, &pushed(&app, &client, &[]).await);
        let code = app.agent().sign_in(&opened, &user).await;
        let redeem = |verifier: Option<&str>| {
            let mut fields = vec![
                ("grant_type", "authorization_code"),
                ("code", code.as_str()),
                ("redirect_uri", client.redirect_uri.as_str()),
            ];
            fields.extend(verifier.map(|verifier| ("code_verifier", verifier)));
            app.token_request(&client, &fields)
        };
        for wrong in [None, Some(CHALLENGE)] {
            redeem(wrong).send().await.expect_error(400, "oidc.invalid_grant");
        }
        redeem(Some(VERIFIER)).send().await.expect(200);
    })
    .await;
}
