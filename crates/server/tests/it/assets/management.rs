//! `/api/user-assets` (M301, M302, H158, trace 40-20) and the pictures behind it.

use axum::body::Body;
use image::ImageFormat;
use serde_json::json;
use server::settings::AssetStorage;
use testkit::{TestApp, for_each_engine};

use super::*;
use crate::applications::get;

#[tokio::test]
async fn every_kind_is_taken_and_served_as_a_picture_of_ours() {
    for_each_engine(async |app: TestApp| {
        let kinds = [
            (ImageFormat::Jpeg, "image/jpeg"),
            (ImageFormat::Png, "image/png"),
            (ImageFormat::Gif, "image/png"),
            (ImageFormat::WebP, "image/jpeg"),
            (ImageFormat::Bmp, "image/png"),
        ];
        for (format, served_as) in kinds {
            let file = picture(1500, 750, format);
            let url = url_of(&upload(&app, &file).await.expect(200));
            let day = "http://localhost:3001/user-assets/default/m-default/2026/11/22/";
            assert!(url.starts_with(day) && !url.contains("photo"), "{url}");
            let served = fetch(&app, &url).await.expect(200);
            assert_eq!(served.header("content-type"), served_as, "{format:?}");
            assert_ne!(served.body, file);
            let seen = image::load_from_memory(&served.body).unwrap();
            assert_eq!((seen.width(), seen.height()), (1024, 512), "{format:?}");
        }
        assert_eq!(files(&app), kinds.len());
    })
    .await;
}

#[tokio::test]
async fn e9_a_picture_is_served_in_a_sandbox_and_never_sniffed() {
    for_each_engine(async |app: TestApp| {
        let url = url_of(&upload(&app, &png()).await.expect(200));
        let served = fetch(&app, &url).await.expect(200);
        for (name, value) in [
            ("content-type", "image/png"),
            ("x-content-type-options", "nosniff"),
            ("content-security-policy", "default-src 'none'; sandbox; frame-ancestors 'none'"),
            ("cache-control", "public, max-age=31536000, immutable"),
            ("cross-origin-resource-policy", "cross-origin"),
        ] {
            assert_eq!(served.header(name), value);
        }
        let path = url.strip_prefix("http://localhost:3001").unwrap();
        let again = app.get(path).header("if-none-match", served.header("etag")).send().await;
        assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
        assert_eq!(app.request("HEAD", path).send().await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn e9_only_addresses_that_were_given_out_lead_to_files() {
    for_each_engine(async |app: TestApp| {
        let url = url_of(&upload(&app, &png()).await.expect(200));
        let path = url.strip_prefix("http://localhost:3001").unwrap().to_owned();
        app.admin_request("GET", &path).send().await.expect(404);
        let AssetStorage::Directory(directory) = &app.app.settings.asset_storage else { panic!() };
        std::fs::write(directory.join("default/forgotten.png"), b"<script>").unwrap();
        for other in [
            "/user-assets/default/forgotten.png".to_owned(),
            "/user-assets/default/../default/forgotten.png".to_owned(),
            "/user-assets/..%2f..%2fetc%2fpasswd".to_owned(),
            "/user-assets/default%2fm-default/%2e%2e/x.png".to_owned(),
            "/user-assets//etc/passwd.png".to_owned(),
            format!("{path}.png"),
            format!("{path}/"),
            path.to_uppercase(),
            format!("/user-assets/{}.png", "a".repeat(10_000)),
            path.rsplit_once('/').unwrap().0.to_owned(),
        ] {
            let answer = app.get(&other).send().await;
            assert_eq!(answer.status, 404, "{other}");
        }
        app.get(&path.replace("default", "default%00")).send().await.expect(400);
    })
    .await;
}

#[tokio::test]
async fn e9_what_is_no_picture_is_refused_whatever_its_name_says() {
    for_each_engine(async |app: TestApp| {
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".as_slice();
        let html = b"<!doctype html><script>alert(1)</script>".as_slice();
        for (file, name, kind) in [
            (svg, "photo.svg", "image/svg+xml"),
            (svg, "photo.png", "image/png"),
            (html, "photo.jpg", "image/jpeg"),
            (b"".as_slice(), "photo.gif", "image/gif"),
            (b"PK\x03\x04".as_slice(), "ui.zip", "application/zip"),
        ] {
            let request = app.management_request("POST", UPLOAD).await.named_file(file, name, kind);
            request.send().await.expect_error(400, "guard.mime_type_not_allowed");
        }
        let scripted = b"GIF89a/*\0\0\0\0\0\0*/=1;alert(1)//".as_slice();
        let broken = upload(&app, scripted).await.expect_error(400, "guard.invalid_input").json();
        assert_eq!(broken["data"]["issues"][0]["path"], json!(["file"]));
        let right = app.management_request("POST", UPLOAD).await;
        let right = right.named_file(&png(), "../../evil.svg", "text/html").send().await.expect(200);
        assert_eq!(fetch(&app, &url_of(&right)).await.header("content-type"), "image/png", "the content counts");
        assert_eq!(files(&app), 1);
    })
    .await;
}

/// The sum of a chunk (PNG, section 5.5).
fn crc(bytes: &[u8]) -> u32 {
    let bits = |sum: u32, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
    !bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), bits))
}

/// A PNG file whose text chunk (PNG, section 11.3.3) is a script, and which is HTML behind its end.
fn polyglot() -> Vec<u8> {
    let png = png();
    let text = b"tEXtComment\0<script>alert(1)</script>";
    let mut chunk = u32::try_from(text.len() - 4).unwrap().to_be_bytes().to_vec();
    chunk.extend(text);
    chunk.extend(crc(text).to_be_bytes());
    [&png[..33], &chunk, &png[33..], b"<html><svg onload=alert(1)></html>"].concat()
}

#[tokio::test]
async fn e9_a_polyglot_comes_out_as_nothing_but_its_picture() {
    for_each_engine(async |app: TestApp| {
        let answer = upload(&app, &polyglot()).await.expect(200);
        let served = fetch(&app, &url_of(&answer)).await.expect(200);
        for trace in [&b"script"[..], b"<svg", b"<html", b"alert", b"tEXt"] {
            assert!(!served.body.windows(trace.len()).any(|part| part == trace), "{trace:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn e9_a_bomb_is_refused() {
    for_each_engine(async |app: TestApp| {
        let bomb = picture(6_000, 6_000, ImageFormat::Png);
        assert!(bomb.len() < 1 << 20, "{}", bomb.len());
        upload(&app, &bomb).await.expect_error(400, "guard.file_size_exceeded");
        assert_eq!(files(&app), 0);
    })
    .await;
}

#[tokio::test]
async fn g1_a_file_of_more_than_twenty_mebibytes_is_refused_while_it_is_read() {
    for_each_engine(async |app: TestApp| {
        let largest = [png(), vec![0; (20 << 20) - png().len()]].concat();
        upload(&app, &largest).await.expect(200);
        upload(&app, &[largest, vec![0]].concat()).await.expect_error(400, "guard.file_size_exceeded");
        let (asked, endless) = endless();
        let form = "multipart/form-data; boundary=b";
        let request = app.management_request("POST", UPLOAD).await.header("content-type", form).stream(endless);
        request.send().await.expect_error(400, "guard.file_size_exceeded");
        let read = asked.load(std::sync::atomic::Ordering::Relaxed);
        assert!(read <= (20 << 20) + (1 << 20), "{read} bytes were read");
    })
    .await;
}

/// A body without end, and how much of it was read.
fn endless() -> (std::sync::Arc<std::sync::atomic::AtomicUsize>, Body) {
    let read = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counter = read.clone();
    let chunks = futures_util::stream::repeat_with(move || {
        counter.fetch_add(1 << 16, std::sync::atomic::Ordering::Relaxed);
        Ok::<_, std::convert::Infallible>(vec![b'a'; 1 << 16])
    });
    (read, Body::from_stream(chunks))
}

#[tokio::test]
async fn what_is_no_form_with_a_file_is_refused() {
    for_each_engine(async |app: TestApp| {
        let request = async || app.management_request("POST", UPLOAD).await;
        request().await.send().await.expect_error(400, "guard.invalid_input");
        request().await.json(json!({"file": "x"})).send().await.expect_error(400, "guard.invalid_input");
        let other = b"--b\r\nContent-Disposition: form-data; name=\"files\"\r\n\r\nx\r\n--b--";
        let form = request().await.header("content-type", "multipart/form-data; boundary=b").raw(other);
        let refused = form.send().await.expect_error(400, "guard.invalid_input").json();
        assert_eq!(refused["data"]["issues"][0]["path"], json!(["file"]));
    })
    .await;
}

#[tokio::test]
async fn the_status_says_whether_and_what_can_be_uploaded() {
    for_each_engine(async |app: TestApp| {
        let status = get(&app, STATUS).await.expect(200).json();
        assert_eq!(
            status,
            json!({
                "status": "ready",
                "isExperienceAvatarUploadEnabled": true,
                "allowUploadMimeTypes": ["image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp"],
                "maxUploadFileSize": 20 << 20,
            })
        );
        let without = with_storage(&app, AssetStorage::None).await;
        let status = get(&without, STATUS).await.expect(200).json();
        assert_eq!(status, json!({"status": "not_configured", "isExperienceAvatarUploadEnabled": true}));
        upload(&without, &png()).await.expect_error(400, "storage.not_configured");
        let url = url_of(&upload(&app, &png()).await.expect(200));
        fetch(&without, &url).await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn a_file_that_can_t_be_written_has_no_address_and_its_row_goes() {
    for_each_engine(async |app: TestApp| {
        let AssetStorage::Directory(directory) = &app.app.settings.asset_storage else { panic!() };
        std::fs::write(directory, b"in the way").unwrap();
        upload(&app, &png()).await.expect_error(500, "storage.upload_error");
        std::fs::remove_file(directory).unwrap();
        app.app.clock.advance(std::time::Duration::from_secs(3601));
        assert_eq!(server::assets::removal::sweep(app.app.clone()).await.unwrap(), 1);
        deliver(&app).await;
        assert_eq!(app.sql("delete from user_assets", vec![]).await, 0);
    })
    .await;
}

#[tokio::test]
async fn what_an_administrator_uploads_stays() {
    for_each_engine(async |app: TestApp| {
        let url = url_of(&upload(&app, &png()).await.expect(200));
        app.app.clock.advance(std::time::Duration::from_secs(400 * 24 * 3600));
        assert_eq!(server::assets::removal::sweep(app.app.clone()).await.unwrap(), 0);
        fetch(&app, &url).await.expect(200);
    })
    .await;
}
