//! Whole requests to the real router over a real database: whatever is sent, the server stays master of its answer.

use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::OnceLock;

use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use axum::response::Response;
use db::{DbError, DbUrl, Options, Sql};
use kernel::{Clock, Rng, Timestamp};
use serde_json::json;
use server::router::Site;
use server::settings::{Settings, Sources};
use server::{App, serve};
use tokio::runtime::Runtime;

use crate::registered::{ID, URI};

const ORIGIN: &str = "http://localhost:3001";
/// Stands for a valid token of the Management API.
const TOKEN: &[u8] = b"{token}";

struct Server {
    runtime: Runtime,
    site: Site,
    token: String,
}

/// First line: method and address. Then headers up to an empty line, then the body.
pub fn g5_a1_e8_g2_requests(data: &[u8]) {
    let server = server();
    let Some(request) = request(data, &server.token) else { return };
    let answer = server.runtime.block_on(async {
        let (parts, body) = server.site.answer(request).await.into_parts();
        let body = to_bytes(body, 16 << 20).await.unwrap();
        Response::from_parts(parts, body)
    });
    let text = String::from_utf8_lossy(answer.body());
    let told = |name: header::HeaderName| answer.headers().get(name).map(|value| value.to_str().unwrap_or("\u{fffd}"));
    // 503 is an honest answer to too much at once, which one request at a time is not.
    assert!(answer.status().as_u16() < 500, "{}: {text}", answer.status());
    if told(header::CONTENT_TYPE).is_some_and(|kind| kind.starts_with("application/json")) {
        serde_json::from_slice::<serde_json::Value>(answer.body()).unwrap_or_else(|error| panic!("{error}: {text}"));
    }
    assert_eq!(told(header::X_CONTENT_TYPE_OPTIONS), Some("nosniff"));
    if let Some(location) = told(header::LOCATION) {
        let to = url::Url::parse(ORIGIN).unwrap().join(location).unwrap();
        let registered = url::Url::parse(URI).unwrap();
        assert!(
            [ORIGIN, &registered.origin().ascii_serialization()].contains(&&*to.origin().ascii_serialization()),
            "{to}"
        );
    }
}

fn request(data: &[u8], token: &str) -> Option<Request<Body>> {
    let mut rest = data;
    let mut line = || {
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        let line = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        line
    };
    let first = std::str::from_utf8(line()).ok()?;
    let (method, address) = first.split_once(' ')?;
    let peer = ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 40_000)));
    let mut builder =
        Request::builder().method(method).uri(address).header(header::HOST, "localhost:3001").extension(peer);
    loop {
        let header = line();
        let Some(colon) = header.iter().position(|byte| *byte == b':') else { break };
        let (name, value) = (&header[..colon], header[colon + 1..].trim_ascii());
        builder = match value.strip_prefix(b"Bearer ") {
            Some(TOKEN) => builder.header(name, format!("Bearer {token}")),
            _ => builder.header(name, value),
        };
    }
    builder.body(Body::from(rest.to_vec())).ok()
}

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (site, token) = runtime.block_on(start());
        Server { runtime, site, token }
    })
}

async fn start() -> (Site, String) {
    let path = std::env::temp_dir().join(format!("loggia-fuzz-requests-{}.db", std::process::id()));
    let mut settings = Settings::load(&Sources::default()).unwrap();
    settings.db_url = DbUrl::from_str(&format!("sqlite://{}", path.display())).unwrap();
    settings.db = Options { readers: 1, durable: false, ..Options::default() };
    (settings.hash.memory, settings.hash.passes, settings.hash.threads) = (64, 1, 1);
    let (clock, rng) = (Clock::frozen(Timestamp(1_795_348_800_000)), Rng::seeded(1));
    let db = serve::open(&settings, &clock, &rng).await.unwrap();
    let oidc = json!({"redirectUris": [URI], "postLogoutRedirectUris": [URI]}).to_string();
    let client = "insert into applications (tenant_id, id, name, type, oidc_client_metadata, custom_client_metadata, \
                  created_at) values ('default', $1, 'app', 'SPA', $2, '{}', 0)";
    let inserted = db.write(move |tx| tx.exec(&Sql::dynamic(client.to_owned()), &[ID.into(), oidc.into()]));
    let _: Result<u64, DbError> = inserted.await;
    let app = App::new(db, clock, rng, settings).unwrap();
    // The connections are open: the files may lose their names, and nothing is left behind.
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
    let config = app.tenants.get("default", &app).await.unwrap();
    let now = app.clock.now().seconds();
    let claims = json!({
        "jti": "fuzz", "sub": ID, "client_id": ID, "iat": now, "exp": now + 3600, "scope": "all",
        "iss": app.tenants.issuer("default"), "aud": "https://default.logto.app/api",
    });
    (Site::new(&app, "default"), config.keys.current.sign(Some("at+jwt"), &claims).unwrap())
}
