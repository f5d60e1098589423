//! Files in a bucket. e2e/test_assets.py sends the requests to a server that checks their signatures.

use axum::http::{HeaderValue, Method, StatusCode, header};
use kernel::Secret;
use outbound::FakeResponse;
use server::settings::{AssetStorage, Bucket, Credentials};
use testkit::{TestApp, for_each_engine};

use super::*;

async fn with_bucket(app: &TestApp, public_url: Option<&str>) -> TestApp {
    let credentials = Credentials {
        access_key_id: "key-id".into(),
        secret_access_key: Secret::new("hush".into()),
        region: "eu-central-1".into(),
    };
    let bucket = Bucket { url: "https://s3.example/pictures/".parse().unwrap(), credentials };
    with_storage(app, AssetStorage::S3 { bucket, public_url: public_url.map(str::to_owned) }).await
}

#[tokio::test]
async fn a_file_is_put_into_the_bucket_with_what_readers_of_it_need() {
    for_each_engine(async |app: TestApp| {
        let app = with_bucket(&app, None).await;
        // The server chooses the key, so that the test can't answer.
        upload(&app, &png()).await.expect_error(500, "storage.upload_error");
        let put = app.outbound.received().pop().unwrap();
        assert!(put.url.starts_with("https://s3.example/pictures/default/m-default/2026/11/22/"), "{}", put.url);
        assert_eq!(put.method, Method::PUT);
        assert_eq!(put.headers[header::CONTENT_TYPE], HeaderValue::from_static("image/png"));
        assert_eq!(put.headers[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
        assert_eq!(put.headers["x-amz-date"], "20261122T120000Z");
        let authorization = put.headers[header::AUTHORIZATION].to_str().unwrap();
        let scope = "AWS4-HMAC-SHA256 Credential=key-id/20261122/eu-central-1/s3/aws4_request,";
        let signed = "SignedHeaders=cache-control;content-type;host;x-amz-content-sha256;x-amz-date,Signature=";
        assert!(authorization.starts_with(&format!("{scope}{signed}")), "{authorization}");
        assert!(image::load_from_memory(&put.body).is_ok());
    })
    .await;
}

#[tokio::test]
async fn e9_a_file_of_the_bucket_is_served_by_us_with_our_headers() {
    for_each_engine(async |app: TestApp| {
        let app = with_bucket(&app, None).await;
        let key = "default/ada/2026/11/22/abcdefgh/picture.png";
        let row = "insert into user_assets (tenant_id, key, url, created_at) values ('default', $1, 'u', 1)";
        app.sql(row, vec![key.into()]).await;
        let (path, source) = (format!("/user-assets/{key}"), format!("https://s3.example/pictures/{key}"));
        app.outbound.respond_once(Method::GET, &source, FakeResponse::status(StatusCode::FORBIDDEN));
        app.get(&path).send().await.expect_error(502, "storage.download_error");
        app.outbound.respond_once(Method::GET, &source, FakeResponse::status(StatusCode::NOT_FOUND));
        app.get(&path).send().await.expect(404);
        let html = FakeResponse::status(StatusCode::OK)
            .header(header::CONTENT_TYPE, HeaderValue::from_static("text/html"))
            .body("bytes");
        app.outbound.respond_once(Method::GET, &source, html);
        for _ in 0..3 {
            let served = app.get(&path).send().await.expect(200);
            assert_eq!((served.text().as_str(), served.header("content-type")), ("bytes", "image/png"));
            assert_eq!(served.header("x-content-type-options"), "nosniff");
        }
        let asked = app.outbound.received().len();
        assert_eq!(asked, 3, "it is kept");
        for unknown in ["default/ada/2026/11/22/abcdefgi/picture.png", "other/picture.png"] {
            app.get(&format!("/user-assets/{unknown}")).send().await.expect(404);
        }
        assert_eq!(app.outbound.received().len(), asked, "strangers cause no request");
    })
    .await;
}

#[tokio::test]
async fn a_removal_from_the_bucket_is_repeated_until_it_is_done() {
    for_each_engine(async |app: TestApp| {
        let app = with_bucket(&app, Some("https://pictures.example/x")).await;
        let user = app.user("ada").await;
        let url = "https://pictures.example/x/default/ada/a/picture.png";
        let row = "insert into user_assets (tenant_id, key, url, user_id, expires_at, created_at) \
                   values ('default', 'default/ada/a/picture.png', $1, $2, 9999999999999, 1)";
        app.sql(row, vec![url.into(), user.clone().into()]).await;
        set_avatar(&app, &user, Some(url)).await;
        set_avatar(&app, &user, None).await;
        let source = "https://s3.example/pictures/default/ada/a/picture.png";
        for (status, left) in [(StatusCode::SERVICE_UNAVAILABLE, 1), (StatusCode::NO_CONTENT, 0)] {
            app.outbound.respond_once(Method::DELETE, source, FakeResponse::status(status));
            app.app.clock.advance(std::time::Duration::from_secs(60));
            deliver(&app).await;
            let rows = app.app.db.read(|r| r.query_one::<i64>(db::sql!("select count(*) from outbox"), &[])).await;
            assert_eq!(rows.unwrap(), left);
        }
        assert_eq!(app.outbound.received().len(), 2);
    })
    .await;
}
