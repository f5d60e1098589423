//! Pictures of the tenant, uploaded beside the fields for their addresses (attacks E9, F1, F11).

use serde_json::{Value, json};
use server::settings::AssetStorage;
use testkit::{Browser, TestApp, for_each_engine};

use super::experience::{EXPERIENCE, settings};
use super::fixture::{administrator, csrf, send, signed_in};
use super::pages::id_of;
use crate::applications::{call, get};
use crate::assets::{fetch, files, png, with_storage};

const UPLOAD: &str = "/console/sign-in-experience/pictures";

async fn upload(browser: &mut Browser, csrf: &str, path: &str, place: &str, file: &[u8]) -> testkit::BrowserPage {
    browser.submit_picture_to(path, &[("csrf", csrf), ("place", place), ("file", "")], file).await
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

#[tokio::test]
async fn e9_f11_a_logo_is_uploaded_and_stands_on_the_pages() {
    for_each_engine(async |app: TestApp| {
        let mut root = administrator(&app).await;
        let secret = csrf(&mut root).await;
        let page = root.open(EXPERIENCE).await.text();
        for shown in ["enctype=\"multipart/form-data\"", "name=\"picture\" type=\"file\" accept=\"image/jpeg,image/png"]
        {
            assert!(page.contains(shown), "{shown}: {page}");
        }
        call(&app, "PATCH", "/api/sign-in-exp", json!({"branding": {"favicon": "https://a.example/icon.png"}}))
            .await
            .expect(200);
        for (place, member) in [("branding.logoUrl", "logoUrl"), ("branding.darkLogoUrl", "darkLogoUrl")] {
            let done = upload(&mut root, &secret, UPLOAD, place, &png()).await;
            assert!(done.path() == EXPERIENCE && done.text().contains("Saved."), "{}", done.text());
            let url = text(&settings(&app).await["branding"][member]);
            assert!(url.starts_with("http://localhost:3001/user-assets/default/root/"), "{url}");
            assert_eq!(fetch(&app, &url).await.expect(200).header("content-type"), "image/png");
            assert!(done.text().contains(&url), "{}", done.text());
        }
        let branding = settings(&app).await["branding"].clone();
        assert_eq!(branding["favicon"], "https://a.example/icon.png", "the others stay");
        assert_eq!(files(&app), 2);

        for (file, said) in [(&b""[..], "Choose a picture."), (&b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..], "")] {
            let refused = upload(&mut root, &secret, UPLOAD, "branding.logoUrl", file).await;
            assert_eq!(refused.response.status, 422, "{}", refused.text());
            assert!(refused.text().contains("aria-invalid") && refused.text().contains(said), "{}", refused.text());
        }
        let large = vec![7; 9 << 20];
        let refused = upload(&mut root, &secret, UPLOAD, "branding.logoUrl", &large).await;
        assert_eq!(refused.response.status, 422, "{}", refused.text());
        // Only what is a place of a picture is one.
        upload(&mut root, &secret, UPLOAD, "customCss", &png()).await;
        for forged in ["", "x"] {
            let answer = upload(&mut root, forged, UPLOAD, "branding.logoUrl", &png()).await;
            assert_eq!(answer.response.status, 403, "{}", answer.text());
        }
        assert_eq!((settings(&app).await["branding"].clone(), files(&app)), (branding, 2));
    })
    .await;
}

#[tokio::test]
async fn organizations_and_enterprises_have_logos() {
    for_each_engine(async |app: TestApp| {
        let mut root = administrator(&app).await;
        let secret = csrf(&mut root).await;
        let made = send(&mut root, &secret, "/console/organizations/new", &[("name", "Harbour")]).await;
        let id = id_of(&made.url);
        let path = format!("/console/organizations/{id}/branding");
        let done = upload(&mut root, &secret, &format!("{path}/pictures"), "branding.favicon", &png()).await;
        assert!(done.path() == path && done.text().contains("Saved."), "{}", done.text());
        let stored = get(&app, &format!("/api/organizations/{id}")).await.expect(200).json();
        fetch(&app, &text(&stored["branding"]["favicon"])).await.expect(200);

        let body = json!({"providerName": "OIDC", "connectorName": "Harbour Corp"});
        let connector = call(&app, "POST", "/api/sso-connectors", body).await.expect(200).json();
        let id = text(&connector["id"]);
        let path = format!("/console/enterprise-sso/{id}/experience/pictures");
        let done = upload(&mut root, &secret, &path, "branding.logo", &png()).await;
        assert!(done.text().contains("Saved."), "{}", done.text());
        let stored = get(&app, &format!("/api/sso-connectors/{id}")).await.expect(200).json();
        fetch(&app, &text(&stored["branding"]["logo"])).await.expect(200);
        assert_eq!(files(&app), 2);
    })
    .await;
}

#[tokio::test]
async fn where_nothing_stores_pictures_there_are_addresses_alone() {
    for_each_engine(async |app: TestApp| {
        drop(administrator(&app).await);
        let bare = with_storage(&app, AssetStorage::None).await;
        let mut root = signed_in(&bare, "root").await;
        let secret = csrf(&mut root).await;
        let page = root.open(EXPERIENCE).await.text();
        assert!(page.contains("branding.logoUrl") && !page.contains("type=\"file\""), "{page}");
        let refused = upload(&mut root, &secret, UPLOAD, "branding.logoUrl", &png()).await;
        assert_eq!(refused.response.status, 400, "{}", refused.text());
    })
    .await;
}
