//! A client: writes through the Management API, signs in, exchanges and refreshes repeatedly.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use kernel::{Rng, id};
use loggia_bench::BoxError;
use loggia_bench::flows::{Browser, Credentials, exchange};
use loggia_bench::http::{Connection, Response, ServerBusy};
use loggia_bench::server::form;
use serde_json::{Value, json};

use crate::ledger::UsedCredential;
use crate::{CLIENTS, CrashState};

/// A refresh may be repeated for 3 s after a lost response; minus the time for transport.
const GRACE: Duration = Duration::from_millis(2_500);
/// Pause between two rounds of a client, so that the database stays small.
const PAUSE: Duration = Duration::from_millis(250);

/// Runs until stopped. Starts again after a crash of the server; records other errors.
pub async fn run(world: Arc<CrashState>, n: usize) {
    let (mut browser, mut used) = (None, Vec::new());
    let writes_first = n < CLIENTS / 2;
    while !world.stop.load(Ordering::SeqCst) {
        tokio::time::sleep(PAUSE).await;
        // The first part is interrupted least, so half of the clients start with the other part.
        let both = async {
            if writes_first {
                writes(&world).await?;
            }
            tokens(&world, n, (&mut browser, &mut used)).await?;
            if !writes_first {
                writes(&world).await?;
            }
            Ok::<(), BoxError>(())
        };
        if let Err(error) = both.await {
            browser = None;
            if !is_lost(&error) {
                world.ledger().unexpected.push(error.to_string());
            }
        }
        if browser.is_none() || Rng::system().bytes::<1>()[0] < 64 {
            // Replaying a code revokes the grant, so used codes are released only when the browser is done with it.
            browser = None;
            world.ledger().used.append(&mut used);
        }
    }
    world.ledger().used.append(&mut used);
}

/// Whether the server ended before it responded, or responded with 503.
fn is_lost(error: &BoxError) -> bool {
    error.is::<std::io::Error>() || error.is::<ServerBusy>()
}

async fn send(
    world: &CrashState,
    connection: &mut Connection,
    target: (&str, &str),
    body: Value,
) -> Result<Response, BoxError> {
    let headers = [("authorization", world.bearer.as_str())];
    let body = (!body.is_null()).then(|| ("application/json", body.to_string()));
    let response = connection.send(target, &headers, body).await?;
    match response.status {
        200 | 201 | 204 => Ok(response),
        503 => Err(ServerBusy.into()),
        status => Err(format!("{} {}: {status} {}", target.0, target.1, response.text()).into()),
    }
}

fn path_of(collection: &str, made: &Response) -> Result<String, BoxError> {
    Ok(format!("{collection}/{}", made.json()?["id"].as_str().ok_or("no id")?))
}

/// Creates, changes and deletes entities of several rows.
async fn writes(world: &CrashState) -> Result<(), BoxError> {
    let mut connection = Connection::open(&world.authority).await?;
    let (name, renamed) = (id::short_entity_id(&Rng::system()), id::short_entity_id(&Rng::system()));
    let mut members = Vec::new();
    for _ in 0..3 {
        let made = send(world, &mut connection, ("POST", "/api/users"), json!({"name": name})).await?;
        let user = made.json()?["id"].as_str().ok_or("no id")?.to_owned();
        world.ledger().created(&user, &name);
        members.push(user);
    }
    world.ledger().renaming(&members[0], &renamed);
    let path = format!("/api/users/{}", members[0]);
    send(world, &mut connection, ("PATCH", &path), json!({"name": renamed})).await?;
    world.ledger().renamed(&members[0], &renamed);
    let role = json!({"name": name, "description": "d", "scopeIds": world.scopes});
    let application = json!({"name": name, "type": "Traditional"});
    let mut made = Vec::new();
    for (collection, body) in
        [("/api/roles", role), ("/api/applications", application), ("/api/organizations", json!({"name": name}))]
    {
        let response = send(world, &mut connection, ("POST", collection), body).await?;
        let path = path_of(collection, &response)?;
        world.ledger().made(&path);
        made.push(path);
    }
    let users = format!("{}/users", made[2]);
    send(world, &mut connection, ("POST", &users), json!({"userIds": members})).await?;
    world.ledger().acknowledged += 1;
    // Most are deleted, so that the tenant's configuration stays small.
    made.push(format!("/api/users/{}", members[1]));
    let keep = if Rng::system().bytes::<1>()[0] < 8 { made.len() } else { 0 };
    for path in &made[keep..] {
        world.ledger().deleting(path);
        send(world, &mut connection, ("DELETE", path), Value::Null).await?;
        world.ledger().deleted(path);
    }
    Ok(())
}

/// Signs in to a confidential and a public application; the browser stays signed in between calls.
async fn tokens(
    world: &CrashState,
    n: usize,
    (kept, used): (&mut Option<Browser>, &mut Vec<UsedCredential>),
) -> Result<(), BoxError> {
    let mut connection = Connection::open(&world.authority).await?;
    let signed_in = kept.is_some();
    let mut browser = match kept.take() {
        Some(browser) => browser,
        None => Browser::open(&world.authority).await?,
    };
    let page = browser.authorize(&world.web).await?;
    let code = match page.contains("/sign-in") {
        true if signed_in => return Err("an acknowledged session is lost".into()),
        true => {
            let resume = browser.sign_in(Credentials::Password(&format!("bench{n}"))).await?;
            browser.resume(&resume).await?
        }
        false => browser.resume(&page).await?,
    };
    exchange(&mut connection, &world.web, &code).await?;
    world.ledger().acknowledged += 1;
    used.push(UsedCredential::Code { code, is_public: false });
    let code = browser.code(&world.spa, Credentials::Password(&format!("bench{n}"))).await?;
    let response = exchange(&mut connection, &world.spa, &code).await?;
    world.ledger().acknowledged += 1;
    used.push(UsedCredential::Code { code, is_public: true });
    let mut token = response["refresh_token"].as_str().ok_or("no refresh token")?.to_owned();
    for _ in 0..3 {
        let next = refresh(world, &mut connection, &token).await?;
        world.ledger().acknowledged += 1;
        used.push(UsedCredential::Refresh { token, at: Instant::now() });
        token = next;
    }
    *kept = Some(browser);
    Ok(())
}

/// Refreshes; repeats the request after a lost response during the reuse interval.
async fn refresh(world: &CrashState, connection: &mut Connection, token: &str) -> Result<String, BoxError> {
    let body = format!("grant_type=refresh_token&refresh_token={token}&client_id={}", world.spa.id);
    let (began, mut repeated) = (Instant::now(), false);
    loop {
        let response = connection.send(("POST", "/oidc/token"), &[], form(&body)).await;
        let response = match response
            .and_then(|response| if response.status == 503 { Err(ServerBusy.into()) } else { Ok(response) })
        {
            Err(error) if is_lost(&error) && began.elapsed() < GRACE => {
                repeated = true;
                tokio::time::sleep(Duration::from_millis(10)).await;
                continue;
            }
            response => response?,
        };
        if repeated && began.elapsed() > GRACE {
            // Too late to decide.
            return Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into());
        }
        let text = response.text();
        let response = response.expect(200).map_err(|_| format!("a refresh ({repeated}) was refused: {text}"))?;
        world.ledger().repeated += u64::from(repeated);
        return Ok(response.json()?["refresh_token"].as_str().ok_or("no refresh token")?.to_owned());
    }
}
