//! Whole requests to the real router on a real database.

use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::LazyLock;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderName, Request, Response, header};
use db::{DbError, DbUrl, Options, Sql};
use kernel::{Clock, Rng, Timestamp};
use serde_json::json;
use server::router::Site;
use server::sealing::SecretKey;
use server::settings::{SettingSources, Settings};
use server::{App, serve};
use tokio::runtime::Runtime;
use url::Url;

use crate::registered::{ID, URI};

const ORIGIN: &str = "http://localhost:3001";
/// Placeholder for a valid Management API token.
const TOKEN: &[u8] = b"Bearer {token}";
/// Placeholder for the cookies of a browser that was just redirected to the sign-in page.
const COOKIES: &[u8] = b"{cookies}";
const AUTHORIZATION: &str = "/oidc/auth?client_id=app&response_type=code&scope=openid+profile&prompt=consent\
     &redirect_uri=https%3A%2F%2Fapp.example.com%2Fcallback&code_challenge_method=S256\
     &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

struct Server {
    site: Site,
    token: String,
}

/// First line: method and path. Then headers up to an empty line, then the body.
///
/// Attack classes: G5, A1, E8, G2.
pub fn requests(data: &[u8]) {
    static RUNTIME: LazyLock<Runtime> =
        LazyLock::new(|| tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap());
    // Requests with the token use their own server: they may register redirect URIs.
    static MANAGED: LazyLock<Server> = LazyLock::new(|| RUNTIME.block_on(start("managed")));
    static PLAIN: LazyLock<Server> = LazyLock::new(|| RUNTIME.block_on(start("plain")));
    let has = |place: &[u8]| data.windows(place.len()).any(|window| window == place);
    let server = if has(TOKEN) { &*MANAGED } else { &*PLAIN };
    let cookies = if has(COOKIES) { RUNTIME.block_on(begin(server)) } else { String::new() };
    let Some(request) = request(data, &server.token, &cookies) else { return };
    let response = RUNTIME.block_on(answer(server, request));
    let text = String::from_utf8_lossy(response.body());
    // Not even 503: there is only one request at a time.
    assert!(response.status().as_u16() < 500, "{}: {text}", response.status());
    if told(&response, header::CONTENT_TYPE).is_some_and(|kind| kind.starts_with("application/json")) {
        serde_json::from_slice::<serde_json::Value>(response.body()).unwrap_or_else(|error| panic!("{error}: {text}"));
    }
    assert_eq!(told(&response, header::X_CONTENT_TYPE_OPTIONS), Some("nosniff"));
    if let Some(location) = told(&response, header::LOCATION).filter(|_| !has(TOKEN)) {
        let to = Url::parse(ORIGIN).unwrap().join(location).unwrap().origin();
        let known = [ORIGIN, URI].map(|known| Url::parse(known).unwrap().origin());
        assert!(known.contains(&to), "{location}");
    }
}

async fn answer(server: &Server, request: Request<Body>) -> Response<Bytes> {
    let (parts, body) = server.site.answer(request).await.into_parts();
    let body = to_bytes(body, 16 << 20).await.unwrap();
    Response::from_parts(parts, body)
}

fn told(response: &Response<Bytes>, name: HeaderName) -> Option<&str> {
    response.headers().get(name).map(|value| value.to_str().unwrap_or("\u{fffd}"))
}

/// Starts an authorization and returns the cookies of the response.
async fn begin(server: &Server) -> String {
    let request = request(format!("GET {AUTHORIZATION}").as_bytes(), "", "").unwrap();
    let response = answer(server, request).await;
    let lines = response.headers().get_all(header::SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs: Vec<&str> = lines.filter_map(|line| line.split(';').next()).collect();
    pairs.join("; ")
}

fn request(data: &[u8], token: &str, cookies: &str) -> Option<Request<Body>> {
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
        builder = match value {
            TOKEN => builder.header(name, format!("Bearer {token}")),
            COOKIES => builder.header(name, cookies),
            _ => builder.header(name, value),
        };
    }
    builder.body(Body::from(rest.to_vec())).ok()
}

async fn start(name: &str) -> Server {
    let path = std::env::temp_dir().join(format!("loggia-fuzz-{name}-{}.db", std::process::id()));
    let mut settings = Settings::load(&SettingSources::default()).unwrap();
    settings.db_url = DbUrl::from_str(&format!("sqlite://{}", path.display())).unwrap();
    settings.db = Options { readers: 1, durable: false, ..Options::default() };
    (settings.hash.memory, settings.hash.passes, settings.hash.threads) = (64, 1, 1);
    let (clock, rng) = (Clock::frozen(Timestamp(1_795_348_800_000)), Rng::seeded(1));
    settings.secret_key = Some(SecretKey::from([7; 32]));
    let storage = serve::open(&settings, &clock, &rng).await.unwrap();
    let oidc = json!({"redirectUris": [URI], "postLogoutRedirectUris": [URI]}).to_string();
    let client = "insert into applications (tenant_id, id, name, type, oidc_client_metadata, custom_client_metadata, \
                  created_at) values ('default', $1, 'app', 'SPA', $2, '{}', 0)";
    let inserted = storage.db.write(move |tx| tx.exec_one(&Sql::dynamic(client.to_owned()), &[ID.into(), oidc.into()]));
    inserted.await.unwrap_or_else(|error: DbError| panic!("{error}"));
    let outbound = serve::outbound(&settings).unwrap();
    let app = App::new(storage, clock, rng, settings, outbound).unwrap();
    // The connections stay open, so the files can be unlinked already.
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
    let config = app.tenants.get("default", &app).await.unwrap();
    let now = app.clock.now().seconds();
    let claims = json!({
        "jti": "fuzz", "sub": ID, "client_id": ID, "iat": now, "exp": now + 3600, "scope": "all",
        "iss": app.tenants.issuer("default"), "aud": "https://default.logto.app/api",
    });
    let token = config.keys.current.sign(Some("at+jwt"), &claims).unwrap();
    Server { site: Site::new(&app, "default"), token }
}
