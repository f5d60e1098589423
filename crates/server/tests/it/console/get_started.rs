//! Guides: an application of a framework, with what is the reader's own filled in.

use testkit::{TestApp, for_each_engine};

use super::fixture::{administrator, csrf, send, signed_in};
use crate::applications::get;

#[tokio::test]
async fn a_guide_makes_an_application_and_fills_in_what_is_its_own() {
    for_each_engine(async |app: TestApp| {
        let mut root = administrator(&app).await;
        let secret = csrf(&mut root).await;
        let list = root.open("/console/get-started").await.text();
        for slug in ["flask", "django", "fastapi", "express", "next", "react", "vue", "go", "native", "machine"] {
            assert!(list.contains(&format!("/console/get-started/{slug}\"")), "{slug}: {list}");
            let page = root.open(&format!("/console/get-started/{slug}")).await;
            assert_eq!(page.response.status, 200, "{slug}");
            assert!(page.text().contains("&lt;application id&gt;"), "{slug}: {}", page.text());
        }
        assert!(list.contains("http://localhost:3001/demo-app"), "{list}");
        assert!(!list.contains("/console/administrators\""), "colleagues are invited by owners");

        let path = "/console/get-started/flask";
        let wrong =
            send(&mut root, &secret, path, &[("name", "Tides"), ("oidcClientMetadata.redirectUris", "x")]).await;
        assert_eq!(wrong.response.status, 422);
        let fields = [
            ("name", "Tides"),
            ("oidcClientMetadata.redirectUris", "http://localhost:5050/sign-in-callback"),
            ("oidcClientMetadata.postLogoutRedirectUris", "http://localhost:5050/"),
        ];
        let made = send(&mut root, &secret, path, &fields).await;
        let text = made.text();
        assert_eq!(made.response.status, 201, "{text}");
        let id = text.split("href=\"/console/applications/").nth(1).unwrap().split('"').next().unwrap().to_owned();
        assert!(
            text.contains(&format!("LOGTO_APP_ID={id}")) && text.contains("LOGTO_ENDPOINT=http://localhost:3001"),
            "{text}"
        );
        let secrets = get(&app, &format!("/api/applications/{id}/secrets")).await.expect(200).json();
        let value = secrets[0]["value"].as_str().unwrap();
        assert!(text.contains(value), "the secret is shown this once");
        let stored = get(&app, &format!("/api/applications/{id}")).await.expect(200).json();
        assert_eq!((stored["type"].as_str(), stored["name"].as_str()), (Some("Traditional"), Some("Tides")));
        let again = root.open(&format!("{path}?app={id}")).await.text();
        assert!(again.contains(&format!("LOGTO_APP_ID={id}")) && !again.contains(value), "{again}");
        assert_eq!(root.open(&format!("{path}?app=nothing-has-it")).await.response.status, 404);
        assert_eq!(root.open("/console/get-started/cobol").await.response.status, 404);

        let react = send(&mut root, &secret, "/console/get-started/react", &[("name", "Bikes")]).await;
        assert!(react.response.status == 201 && !react.text().contains("The new secret"), "{}", react.text());
        super::fixture::colleague(&app, "olive", &["default:owner"]).await;
        let mut olive = signed_in(&app, "olive").await;
        assert!(olive.open("/console/get-started").await.text().contains("/console/administrators\""));
    })
    .await;
}
