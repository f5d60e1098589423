//! The checks after every start.

use std::str::FromStr;
use std::time::{Duration, Instant};

use db::{Db, DbUrl, Options, Sql};
use loggia_bench::BoxError;
use loggia_bench::flows::exchange;
use loggia_bench::http::Connection;
use loggia_bench::server::form;

use crate::CrashState;
use crate::ledger::UsedCredential;

/// How long the server may respond with 503.
const PATIENCE: Duration = Duration::from_secs(10);
/// Concurrent connections of the checks.
const CONNECTIONS: usize = 8;

/// Queries for partly written entities, which must return nothing even for unacknowledged requests.
const PARTIAL_WRITES: [(&str, &str); 6] = [
    (
        "an application without its secret",
        "select count(*) from applications a where a.tenant_id = 'default' and a.type = 'Traditional' and not exists \
         (select 1 from application_secrets s where s.tenant_id = a.tenant_id and s.application_id = a.id)",
    ),
    (
        "a user without the role that everybody gets",
        "select count(*) from users u where u.tenant_id = 'default' and not exists \
         (select 1 from users_roles ur where ur.tenant_id = u.tenant_id and ur.user_id = u.id)",
    ),
    (
        "a role with a part of its scopes",
        "select count(*) from roles r where r.tenant_id = 'default' and r.description = 'd' and \
         (select count(*) from roles_scopes rs where rs.tenant_id = r.tenant_id and rs.role_id = r.id) <> 2",
    ),
    (
        "an organization with a part of the members that came together",
        "select count(*) from (select count(*) as n from organization_users where tenant_id = 'default' \
         group by organization_id) as counts where n <> 3",
    ),
    (
        "a refresh token that is used up and has no successor",
        "select count(*) from refresh_tokens p where p.consumed_at is not null and not exists \
         (select 1 from refresh_tokens c where c.tenant_id = p.tenant_id and c.grant_id = p.grant_id \
         and c.rotations = p.rotations + 1)",
    ),
    (
        "a code that is used up and gave no token",
        "select count(*) from authorization_codes c where c.consumed_at is not null and not exists \
         (select 1 from access_tokens t where t.tenant_id = c.tenant_id and t.grant_id = c.grant_id)",
    ),
];

/// Checks that nothing is partly written.
pub async fn whole(db_url: &str, round: usize) -> Result<(), BoxError> {
    // Opened after the server's start: opening the file would recover it before the server does.
    let options = Options { pool_size: 1, readers: 1, ..Options::default() };
    let db = Db::open(&DbUrl::from_str(db_url)?, &options)?;
    for (what, text) in PARTIAL_WRITES {
        let sql = Sql::dynamic(text.to_owned());
        let count: i64 =
            db.read(move |r| r.query_one(&sql, &[])).await.map_err(|error: db::DbError| error.to_string())?;
        if count > 0 {
            return Err(format!("round {round}: {what} ({count} of them)").into());
        }
    }
    Ok(())
}

/// Checks the newest acknowledged writes and deletions.
pub async fn kept(world: &CrashState, round: usize, newest: usize) -> Result<(), BoxError> {
    let newest_of = |all: &[String]| all.iter().rev().take(newest).cloned().collect::<Vec<_>>();
    let promises: Vec<_> = {
        let ledger = world.ledger();
        let users = newest_of(&ledger.order).into_iter().map(Promise::User);
        let present = newest_of(&ledger.present).into_iter().map(Promise::Present);
        let gone = newest_of(&ledger.gone).into_iter().map(Promise::Gone);
        users.chain(present).chain(gone).collect()
    };
    each(world, promises, Promise::check).await.map_err(|error| format!("round {round}: {error}").into())
}

/// An acknowledged write.
enum Promise {
    User(String),
    Present(String),
    Gone(String),
}

impl Promise {
    /// Ignores entities that their client is changing in the meantime.
    async fn check(&self, world: &CrashState, connection: &mut Connection) -> Result<(), BoxError> {
        let headers = [("authorization", world.bearer.as_str())];
        let path = match self {
            Self::User(id) => format!("/api/users/{id}"),
            Self::Present(path) | Self::Gone(path) => path.clone(),
        };
        let before = match self {
            Self::User(id) => world.ledger().users.get(id).cloned().unwrap_or_default(),
            _ => Vec::new(),
        };
        let deadline = Instant::now() + PATIENCE;
        let response = loop {
            let response = connection.send(("GET", &path), &headers, None).await?;
            // A 503 does not mean that the write is lost.
            if response.status != 503 || Instant::now() > deadline {
                break response;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        let ledger = world.ledger();
        match (self, response.status) {
            (Self::User(id), 200) => {
                let name = response.json()?["name"].as_str().unwrap_or_default().to_owned();
                // Names that were possible when the request was sent, or are now, are right.
                if ledger.users.contains_key(id) && !before.contains(&name) && !ledger.allows(id, &name) {
                    return Err(format!("user {id} has the name {name}, which was replaced").into());
                }
            }
            (Self::Present(_), 200) | (Self::Gone(_), 404) => {}
            (Self::User(id), _) if !ledger.users.contains_key(id) => {}
            (Self::Present(path), _) if !ledger.present.contains(path) => {}
            (Self::Gone(_), status) => return Err(format!("{path} was deleted and is back: {status}").into()),
            (_, status) => return Err(format!("acknowledged {path} is lost: {status}").into()),
        }
        Ok(())
    }
}

/// Checks that used codes and refresh tokens are rejected, removes them from the ledger and returns their number.
pub async fn single_use(world: &CrashState, newest: usize) -> Result<usize, BoxError> {
    let tried: Vec<_> = {
        let mut ledger = world.ledger();
        let (dead, young): (Vec<_>, Vec<_>) = ledger.used.drain(..).partition(UsedCredential::is_dead);
        let from = dead.len().saturating_sub(newest);
        ledger.used = dead[..from].iter().cloned().chain(young).collect();
        dead[from..].to_vec()
    };
    let count = tried.len();
    each(world, tried, try_again).await?;
    Ok(count)
}

async fn try_again(used: &UsedCredential, world: &CrashState, connection: &mut Connection) -> Result<(), BoxError> {
    match used {
        UsedCredential::Code { code, is_public } => {
            let application = if *is_public { &world.spa } else { &world.web };
            if exchange(connection, application, code).await.is_ok() {
                return Err("a used code worked again".into());
            }
        }
        UsedCredential::Refresh { token, .. } => {
            let body = format!("grant_type=refresh_token&refresh_token={token}&client_id={}", world.spa.id);
            if connection.send(("POST", "/oidc/token"), &[], form(&body)).await?.status != 400 {
                return Err("a used refresh token worked again after the grace".into());
            }
        }
    }
    Ok(())
}

/// Checks each item on several concurrent connections.
async fn each<T, C>(world: &CrashState, items: Vec<T>, check: C) -> Result<(), BoxError>
where
    C: AsyncFn(&T, &CrashState, &mut Connection) -> Result<(), BoxError>,
{
    let (items, check) = (&items, &check);
    let workers = (0..CONNECTIONS).map(async |worker| {
        let mut connection = Connection::open(&world.authority).await?;
        for item in items.iter().skip(worker).step_by(CONNECTIONS) {
            check(item, world, &mut connection).await?;
        }
        Ok(())
    });
    futures_util::future::try_join_all(workers).await.map(drop)
}
