//! One of the clients: writes through the Management API, signs in, exchanges and refreshes, again and again.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use kernel::{Rng, id};
use loggia_bench::Failure;
use loggia_bench::flows::{Browser, exchange};
use loggia_bench::http::{Answer, Connection, Refused};
use loggia_bench::server::form;
use serde_json::{Value, json};

use crate::ledger::Used;
use crate::{CLIENTS, World};

/// A refresh whose answer was lost may be sent again for 3 s; less what the way there takes.
const GRACE: Duration = Duration::from_millis(2_500);
/// Between two rounds of a client, so that hundreds of crashes leave a database that can still be looked through.
const PAUSE: Duration = Duration::from_millis(250);

/// Works until told to stop. What a crash interrupts is begun anew; anything else that fails is written down.
pub async fn run(world: Arc<World>, n: usize) {
    let (mut browser, mut used) = (None, Vec::new());
    let writes_first = n < CLIENTS / 2;
    while !world.stop.load(Ordering::SeqCst) {
        tokio::time::sleep(PAUSE).await;
        // What comes first is interrupted least, so half begin with the one and half with the other.
        let both = async {
            if writes_first {
                writes(&world).await?;
            }
            tokens(&world, n, (&mut browser, &mut used)).await?;
            if !writes_first {
                writes(&world).await?;
            }
            Ok::<(), Failure>(())
        };
        if let Err(error) = both.await {
            browser = None;
            if !is_lost(&error) {
                world.ledger().odd.push(error.to_string());
            }
        }
        if browser.is_none() || Rng::system().bytes::<1>()[0] < 64 {
            // Only now may others try what was used: it ends the grant, which the browser's next tokens hang on.
            browser = None;
            world.ledger().used.append(&mut used);
        }
    }
    world.ledger().used.append(&mut used);
}

/// Whether the server was gone before it answered, or said that it was busy.
fn is_lost(error: &Failure) -> bool {
    error.is::<std::io::Error>() || error.is::<Refused>()
}

async fn send(
    world: &World,
    connection: &mut Connection,
    target: (&str, &str),
    body: Value,
) -> Result<Answer, Failure> {
    let headers = [("authorization", world.bearer.as_str())];
    let body = (!body.is_null()).then(|| ("application/json", body.to_string()));
    let answer = connection.send(target, &headers, body).await?;
    match answer.status {
        200 | 201 | 204 => Ok(answer),
        503 => Err(Refused.into()),
        status => Err(format!("{} {}: {status} {}", target.0, target.1, answer.text()).into()),
    }
}

fn path_of(collection: &str, made: &Answer) -> Result<String, Failure> {
    Ok(format!("{collection}/{}", made.json()?["id"].as_str().ok_or("no id")?))
}

/// Entities of several rows, made, changed and deleted.
async fn writes(world: &World) -> Result<(), Failure> {
    let mut connection = Connection::open(&world.authority).await?;
    let (name, renamed) = (id::short(&Rng::system()), id::short(&Rng::system()));
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
        let answer = send(world, &mut connection, ("POST", collection), body).await?;
        let path = path_of(collection, &answer)?;
        world.ledger().made(&path);
        made.push(path);
    }
    let users = format!("{}/users", made[2]);
    send(world, &mut connection, ("POST", &users), json!({"userIds": members})).await?;
    world.ledger().acknowledged += 1;
    // Some stay. Most go, or the configuration of the tenant would grow and grow.
    made.push(format!("/api/users/{}", members[1]));
    let keep = if Rng::system().bytes::<1>()[0] < 8 { made.len() } else { 0 };
    for path in &made[keep..] {
        world.ledger().deleting(path);
        send(world, &mut connection, ("DELETE", path), Value::Null).await?;
        world.ledger().deleted(path);
    }
    Ok(())
}

/// A confidential and a public application; the same browser stays signed in from one time to the next.
async fn tokens(world: &World, n: usize, (kept, used): (&mut Option<Browser>, &mut Vec<Used>)) -> Result<(), Failure> {
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
            let resume = browser.sign_in(&format!("bench{n}")).await?;
            browser.resume(&resume).await?
        }
        false => browser.resume(&page).await?,
    };
    exchange(&mut connection, &world.web, &code).await?;
    world.ledger().acknowledged += 1;
    used.push(Used::Code { code, is_public: false });
    let code = browser.code(&world.spa, &format!("bench{n}")).await?;
    let answer = exchange(&mut connection, &world.spa, &code).await?;
    world.ledger().acknowledged += 1;
    used.push(Used::Code { code, is_public: true });
    let mut token = answer["refresh_token"].as_str().ok_or("no refresh token")?.to_owned();
    for _ in 0..3 {
        let next = refresh(world, &mut connection, &token).await?;
        world.ledger().acknowledged += 1;
        used.push(Used::Refresh { token, at: Instant::now() });
        token = next;
    }
    *kept = Some(browser);
    Ok(())
}

/// Refreshes; when the answer is lost, again and again while the grace lasts.
async fn refresh(world: &World, connection: &mut Connection, token: &str) -> Result<String, Failure> {
    let body = format!("grant_type=refresh_token&refresh_token={token}&client_id={}", world.spa.id);
    let (began, mut repeated) = (Instant::now(), false);
    loop {
        let answer = connection.send(("POST", "/oidc/token"), &[], form(&body)).await;
        let answer = match answer.and_then(|answer| if answer.status == 503 { Err(Refused.into()) } else { Ok(answer) })
        {
            Err(error) if is_lost(&error) && began.elapsed() < GRACE => {
                repeated = true;
                tokio::time::sleep(Duration::from_millis(10)).await;
                continue;
            }
            answer => answer?,
        };
        if repeated && began.elapsed() > GRACE {
            // Too late to say who was right.
            return Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into());
        }
        let text = answer.text();
        let answer = answer.expect(200).map_err(|_| format!("a refresh ({repeated}) was refused: {text}"))?;
        world.ledger().repeated += u64::from(repeated);
        return Ok(answer.json()?["refresh_token"].as_str().ok_or("no refresh token")?.to_owned());
    }
}
