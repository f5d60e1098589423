//! Pictures that people upload (M301, M302, E031, H130, attack E9).

mod avatars;
mod experience;
mod management;
mod s3;

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use serde_json::json;
use server::settings::AssetStorage;
use testkit::{TestApp, TestResponse};

pub const STATUS: &str = "/api/user-assets/service-status";
pub const UPLOAD: &str = "/api/user-assets";

/// A red picture.
pub fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let red = DynamicImage::from(RgbImage::from_pixel(width, height, Rgb([200, 0, 0])));
    let mut bytes = Cursor::new(Vec::new());
    red.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

pub fn png() -> Vec<u8> {
    picture(40, 20, ImageFormat::Png)
}

pub async fn upload(app: &TestApp, file: &[u8]) -> TestResponse {
    app.management_request("POST", UPLOAD).await.file(file).send().await
}

/// The address in an answer.
pub fn url_of(answer: &TestResponse) -> String {
    answer.json()["url"].as_str().unwrap().to_owned()
}

/// Asks for a picture by its address.
pub async fn fetch(app: &TestApp, url: &str) -> TestResponse {
    app.get(url.strip_prefix("http://localhost:3001").unwrap()).send().await
}

/// How many files are in the storage.
pub fn files(app: &TestApp) -> usize {
    fn count(directory: &std::path::Path) -> usize {
        let Ok(entries) = std::fs::read_dir(directory) else { return 0 };
        entries.map(|entry| entry.unwrap().path()).map(|path| if path.is_dir() { count(&path) } else { 1 }).sum()
    }
    let AssetStorage::Directory(directory) = &app.app.settings.asset_storage else { panic!("no directory") };
    count(directory)
}

/// Lets the outbox remove what is to be removed.
pub async fn deliver(app: &TestApp) {
    server::outbox::deliver_due(&app.app).await.unwrap();
}

/// Another server over the same database, with this storage.
pub async fn with_storage(app: &TestApp, storage: AssetStorage) -> TestApp {
    let settings = server::Settings { asset_storage: storage, ..app.app.settings.clone() };
    TestApp::with(app.engine, settings).await
}

/// Sets the avatar of a user.
pub async fn set_avatar(app: &TestApp, user: &str, avatar: Option<&str>) {
    let body = json!({"avatar": avatar});
    crate::applications::call(app, "PATCH", &format!("/api/users/{user}"), body).await.expect(200);
}
