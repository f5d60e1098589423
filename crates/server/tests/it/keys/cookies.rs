//! Cookie keys.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::oidc::tampered;
use testkit::{TestApp, for_each_engine};

use super::{COOKIE, call, ids};

async fn rotate(app: &TestApp) -> Value {
    let rotated = call(app, "POST", &format!("{COOKIE}/rotate"), json!({})).await.expect(200).json();
    app.app.clock.advance(Duration::from_secs(1));
    rotated
}

#[tokio::test]
async fn a_session_outlives_one_rotation_and_two_keys_are_kept() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("alice").await);
        let mut agent = app.agent();
        agent.sign_in(&app.authorization(&client, "openid"), &user).await;
        let silent = tampered(&app.authorization(&client, "openid"), &[("prompt", "none")]);
        let cookies: Vec<(String, String, String)> =
            agent.cookies().map(|(name, value, path)| (name.into(), value.into(), path.into())).collect();
        let with_first_cookies = async || {
            let mut again = app.agent();
            cookies.iter().for_each(|(name, value, path)| again.set_cookie(name, value, path));
            again.authorize(&silent).await.expect(303).header("location").to_owned()
        };
        assert!(with_first_cookies().await.contains("code="));
        let first = call(&app, "GET", COOKIE, json!({})).await.expect(200).json();
        let second = rotate(&app).await;
        assert_eq!((ids(&second).len(), &ids(&second)[1]), (2, &ids(&first)[0]));
        assert!(with_first_cookies().await.contains("code="));
        let third = rotate(&app).await;
        assert_eq!((ids(&third).len(), &ids(&third)[1]), (2, &ids(&second)[0]));
        assert!(with_first_cookies().await.contains("error=login_required"), "its key is gone");

        call(&app, "POST", &format!("{COOKIE}/rotate"), json!({"rotationGracePeriod": 60}))
            .await
            .expect_error(422, "oidc.invalid_request");
        let delete = async |id: &str| call(&app, "DELETE", &format!("{COOKIE}/{id}"), json!({})).await;
        delete("other").await.expect_error(404, "oidc.key_not_found");
        delete(&ids(&third)[1]).await.expect(204);
        delete(&ids(&third)[0]).await.expect_error(422, "oidc.key_required");
        let mut agent = app.agent();
        agent.sign_in(&app.authorization(&client, "openid"), &user).await;
        assert!(agent.authorize(&silent).await.expect(303).header("location").contains("code="));
    })
    .await;
}
