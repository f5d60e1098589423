//! The UserInfo endpoint (section 5.3, RFC 6750 section 2).

use testkit::{TestApp, for_each_engine};

const ME: &str = "/oidc/me";

#[tokio::test]
async fn userinfo_takes_its_token_from_the_header_or_the_form() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("ada").await);
        let tokens = app.code_flow(&client, &user, "openid profile").await;
        let token = tokens["access_token"].as_str().unwrap();
        let shown = app.get(ME).bearer(token).send().await.expect(200);
        assert!(shown.header("content-type").starts_with("application/json"), "{}", shown.header("content-type"));
        assert_eq!(shown.json()["sub"], user.as_str());
        for request in [
            app.get(ME).header("authorization", &format!("bearer {token}")),
            app.post(ME).bearer(token),
            app.post(ME).bearer(token).form(&[]),
            app.post(ME).form(&[("access_token", token)]),
        ] {
            assert_eq!(request.send().await.expect(200).json(), shown.json());
        }
        let both = app.post(ME).bearer(token).form(&[("access_token", token)]).send().await;
        let both = both.expect_error(400, "oidc.invalid_request").json();
        assert_eq!(both["error_description"], "access token must only be provided using one mechanism");
    })
    .await;
}
