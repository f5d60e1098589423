//! The page of keys.

use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::fixture::{administrator, csrf, send};
use crate::applications::get;

const PATH: &str = "/console/keys";

async fn keys(app: &TestApp, kind: &str) -> Vec<Value> {
    get(app, &format!("/api/configs/oidc/{kind}")).await.expect(200).json().as_array().unwrap().clone()
}

#[tokio::test]
async fn keys_are_rotated_and_deleted_by_who_types_what_is_asked_for() {
    for_each_engine(async |app: TestApp| {
        let mut root = administrator(&app).await;
        let secret = csrf(&mut root).await;
        let first = keys(&app, "private-keys").await;
        let page = root.open(PATH).await.text();
        assert!(page.contains(first[0]["id"].as_str().unwrap()) && page.contains("In use"), "{page}");
        assert!(!page.contains("PRIVATE KEY") && !page.contains("delete-private-keys"), "the only key stays");

        let rotate = format!("{PATH}/signing/rotate");
        let wanted = [("signingKeyAlgorithm", "RSA"), ("rotationGracePeriod", "14400")];
        let refused = send(&mut root, &secret, &rotate, &[&wanted[..], &[("confirm", "x")]].concat()).await;
        assert!(refused.response.status == 422 && refused.text().contains("nothing was changed"), "{}", refused.text());
        assert_eq!(keys(&app, "private-keys").await, first);
        let confirmed = [&wanted[..], &[("confirm", "rotate")]].concat();
        let done = send(&mut root, &secret, &rotate, &confirmed).await;
        assert!(done.text().contains("Rotated.") && done.text().contains("Next"), "{}", done.text());
        let second = keys(&app, "private-keys").await;
        assert_eq!((second.len(), &second[0]["signingKeyAlgorithm"]), (2, &json!("RSA")));
        assert_eq!((&second[0]["status"], &second[1]["status"]), (&json!("Next"), &json!("Current")));
        let at_once = [("signingKeyAlgorithm", "EC"), ("rotationGracePeriod", "0"), ("confirm", "rotate")];
        let refused = send(&mut root, &secret, &rotate, &at_once).await;
        assert!(refused.response.status == 422 && refused.text().contains("role=\"alert\""), "{}", refused.text());

        app.app.clock.advance(std::time::Duration::from_secs(14_401));
        let page = root.open(PATH).await.text();
        assert!(page.contains("Previous") && page.contains("delete-private-keys"), "{page}");
        let old = first[0]["id"].as_str().unwrap().to_owned();
        let delete = format!("{PATH}/delete");
        let fields = [("kind", "private-keys"), ("id", old.as_str())];
        let kept = send(&mut root, &secret, &delete, &[&fields[..], &[("confirm", "12345678")]].concat()).await;
        assert_eq!(kept.response.status, 422);
        let typed: String = old.chars().take(8).collect();
        let gone = send(&mut root, &secret, &delete, &[&fields[..], &[("confirm", typed.as_str())]].concat()).await;
        assert!(gone.text().contains("Deleted."), "{}", gone.text());
        assert_eq!(keys(&app, "private-keys").await.len(), 1);

        let done = send(&mut root, &secret, &format!("{PATH}/cookies/rotate"), &[("confirm", "rotate")]).await;
        assert!(done.text().contains("Rotated."), "{}", done.text());
        assert_eq!(keys(&app, "cookie-keys").await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn the_lifetime_of_sessions_is_set() {
    for_each_engine(async |app: TestApp| {
        let mut root = administrator(&app).await;
        let secret = csrf(&mut root).await;
        assert!(root.open(PATH).await.text().contains("1209600"));
        let path = format!("{PATH}/session");
        for bad in ["x", "0", "-5"] {
            let refused = send(&mut root, &secret, &path, &[("ttl", bad)]).await;
            assert!(
                refused.response.status == 422 && refused.text().contains("aria-invalid"),
                "{bad}: {}",
                refused.text()
            );
        }
        let saved = send(&mut root, &secret, &path, &[("ttl", "3600")]).await;
        assert!(saved.text().contains("Saved.") && saved.text().contains("value=\"3600\""), "{}", saved.text());
        assert_eq!(get(&app, "/api/configs/oidc/session").await.expect(200).json(), json!({"ttl": 3600}));
    })
    .await;
}
