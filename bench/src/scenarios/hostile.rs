//! Requests of strangers that are as large as the server reads them: what they leave behind in memory and in the database.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::starts;
use crate::flows::Browser;
use crate::http::{Connection, Request};
use crate::load::{self, ClientResult, Load};
use crate::plan::{Engine, Plan};
use crate::server::{Application, form};
use crate::table::Table;
use crate::{BoxError, storage};

/// The first word of the names of all figures of this scenario.
pub const NAME: &str = "hostile requests";
pub const MEMORY: &str = "hostile requests, memory peak";
pub const GROWTH: &str = "hostile requests, growth of the database";

const CLIENTS: usize = 32;
const SECONDS: f64 = 60.0;
const USER_AGENT_BYTES: usize = 60_000;
const PARAMETER_BYTES: usize = 8_000;
const IDENTIFIER_BYTES: usize = 900_000;

/// A load of one minute on a server of its own, whose peak of memory is that of this load.
///
/// # Errors
/// The first failure of a request or of the server.
pub async fn measure(plan: &Plan, engine: &Engine, directory: &Path, table: &mut Table) -> Result<(), BoxError> {
    if ![NAME, MEMORY, GROWTH].iter().any(|name| plan.wants(name)) {
        return Ok(());
    }
    let url = storage::fresh_database(engine, directory, "hostile").await?;
    let (server, _) = starts::start(plan, &url).await?;
    let web = server.application("traditional", &["--redirect-uri", crate::flows::REDIRECT]).await?;
    let before = storage::size(engine, &url).await?;
    let kinds = requests(&server.authority, &web).await?;
    let authority = server.authority.clone();
    let worker = |client: usize, deadline| {
        let (authority, request) = (authority.clone(), Arc::clone(&kinds[client % kinds.len()]));
        async move {
            let mut connection = Connection::open(&authority).await?;
            ClientResult::until(deadline, async move || connection.refusal(&request).await).await
        }
    };
    let process = server.process();
    let result = load::run(Load { clients: CLIENTS, seconds: SECONDS, process }, worker).await?;
    let (memory, peak) = process.map(|process| process.memory()).unzip();
    table.rate((engine.name, NAME), CLIENTS, &[result], memory);
    table.samples((engine.name, MEMORY, " MB"), None, peak.into_iter().collect());
    // What is queued belongs to it.
    server.stop().await?;
    let grown = (storage::size(engine, &url).await? - before) / 1e6 / SECONDS;
    table.samples((engine.name, GROWTH, " MB/s"), None, vec![grown]);
    Ok(())
}

/// One request of each kind.
async fn requests(authority: &str, web: &Application) -> Result<Vec<Arc<Request>>, BoxError> {
    let user_agent = "u".repeat(USER_AGENT_BYTES);
    let unknown: String = (0..5).map(|n| format!("&unknown{n}={}", "x".repeat(PARAMETER_BYTES))).collect();
    let token = format!("grant_type=client_credentials&client_id=nobody&client_secret=none{unknown}");
    let authorization = format!("/oidc/auth?client_id={}&redirect_uri=https%3A%2F%2Fnowhere.example{unknown}", web.id);
    let mut browser = Browser::open(authority).await?;
    browser.authorize(web).await?;
    let cookie = browser.cookies.header();
    let identifier = json!({"type": "username", "value": "i".repeat(IDENTIFIER_BYTES)});
    let password = json!({"identifier": identifier, "password": "wrong"}).to_string();
    let make = |target, header, body| Arc::new(Request::new(authority, target, &[header], body));
    Ok(vec![
        make(("POST", "/oidc/token"), ("user-agent", &user_agent), form("grant_type=unknown&client_id=nobody")),
        make(("POST", "/oidc/token"), ("user-agent", "short"), form(&token)),
        make(("GET", "/oidc/auth?client_id=nobody"), ("user-agent", &user_agent), None),
        make(("GET", &authorization), ("user-agent", "short"), None),
        make(
            ("POST", "/api/experience/verification/password"),
            ("cookie", &cookie),
            Some(("application/json", password)),
        ),
    ])
}
