//! Fills the database of a large installation with SQL: creating a million users by HTTP would take too long.

use std::str::FromStr;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use db::{Db, DbError, DbUrl, Options, Sql, Value, params, sql};
use kernel::{Clock, Rng, id};
use serde_json::json;
use tokio::task::JoinSet;

use crate::{BoxError, plan};

const TENANT: &str = "default";
const DAY: i64 = 86_400_000;
/// Rows per statement; both engines accept that many parameters.
const ROWS: usize = 200;
/// Statements per transaction.
const STATEMENTS: usize = 50;
/// Concurrent transactions, so that rows are prepared while others are written.
const UNITS: usize = 4;
/// One in so many users has an account at a social provider.
const LINKED: usize = 10;
/// Members per organization.
const MEMBERS: usize = 20;

const USERS: &str = "users (tenant_id, id, username, username_folded, primary_email, email_folded, primary_phone, \
    password_digest, password_algorithm, password_updated_at, name, avatar, profile, custom_data, \
    last_sign_in_at, created_at, updated_at)";
const IDENTITIES: &str = "user_identities (tenant_id, user_id, target, identity_id, details, created_at, updated_at)";
const ORGANIZATIONS: &str = "organizations (tenant_id, id, name, description, custom_data, created_at)";
const ROLES: &str = "organization_roles (tenant_id, id, name, description, created_at)";
const MEMBERSHIPS: &str = "organization_users (tenant_id, organization_id, user_id, created_at)";
const MEMBER_ROLES: &str = "organization_role_users (tenant_id, organization_id, organization_role_id, user_id)";

const GIVEN: [&str; 12] =
    ["Ada", "Björn", "Chen", "Dilnoza", "Elena", "Farid", "Grace", "Hana", "Ivan", "Jana", "Kofi", "Li"];
const FAMILY: [&str; 10] =
    ["Adeyemi", "Bauer", "Costa", "Diaz", "Eriksson", "Fischer", "Garcia", "Haddad", "Ito", "Novák"];
const PLANS: [&str; 3] = ["free", "pro", "team"];
const ROLE_NAMES: [&str; 2] = ["bench owner", "bench member"];

/// Fills the database of a stopped server and returns the duration.
///
/// # Errors
/// A failure of the database.
pub async fn fill(url: &str, users: usize, organizations: usize) -> Result<Duration, BoxError> {
    let began = Instant::now();
    let url = DbUrl::from_str(url)?;
    // After a crash the database is seeded again, so commits need not be durable. Transactions may wait for large ones, and a disk
    // that is busy with a checkpoint may take long over one statement.
    let queue_deadline = Duration::from_secs(600);
    let options = Options { durable: false, queue_deadline, statement_timeout: None, ..Options::default() };
    let db = Db::open(&url, &options)?;
    let (rng, now) = (Rng::seeded(1), Clock::system().now().0);
    let ids: Vec<String> = (0..users).map(|_| id::short_entity_id(&rng)).collect();
    rows(&db, USERS, users, |n| user(n, &ids[n], &rng, now)).await?;
    rows(&db, IDENTITIES, users / LINKED, |n| identity(n * LINKED, &ids[n * LINKED], now)).await?;
    let count = i64::try_from(users)?;
    db.write(move |tx| {
        let add = sql!(
            "insert into user_counts (tenant_id, shard, users) values ($1, 0, $2) \
             on conflict (tenant_id, shard) do update set users = user_counts.users + $2"
        );
        tx.exec_one(add, params![TENANT, count])?;
        // As the server's job does it in time: every 2,000 users a place in their list.
        let marks = sql!(
            "insert into user_list_marks (tenant_id, created_at, id, users) select tenant_id, created_at, id, 2000 \
             from (select tenant_id, created_at, id, row_number() over (order by created_at, id) as number \
             from users where tenant_id = $1) u where number > 1 and number % 2000 = 1"
        );
        tx.exec(marks, params![TENANT])
    })
    .await
    .map_err(|error: DbError| error)?;
    rows(&db, ROLES, ROLE_NAMES.len(), |n| {
        params![TENANT, ROLE_NAMES[n], ROLE_NAMES[n], "SeededData by the benchmark", now].to_vec()
    })
    .await?;
    rows(&db, ORGANIZATIONS, organizations, |n| {
        let (name, data) = (format!("{} & {} {n}", FAMILY[n % 10], FAMILY[n / 10 % 10]), json!({"seats": n % 500}));
        params![TENANT, organization(n), name, "SeededData by the benchmark", data.to_string(), ago(now, n)].to_vec()
    })
    .await?;
    let members = organizations * MEMBERS;
    rows(&db, MEMBERSHIPS, members, |n| {
        params![TENANT, organization(n / MEMBERS), member(&ids, n), ago(now, n)].to_vec()
    })
    .await?;
    rows(&db, MEMBER_ROLES, members, |n| {
        let role = ROLE_NAMES[usize::from(!n.is_multiple_of(MEMBERS))];
        params![TENANT, organization(n / MEMBERS), role, member(&ids, n)].to_vec()
    })
    .await?;
    let took = began.elapsed();
    if let DbUrl::Sqlite(path) = &url {
        // The disk must be idle when a start is measured.
        drop(db);
        std::fs::File::open(path)?.sync_all()?;
    }
    Ok(took)
}

fn user(n: usize, id: &str, rng: &Rng, now: i64) -> Vec<Value> {
    let (given, family) = (GIVEN[n % 12], FAMILY[n / 12 % 10]);
    let username = format!("{given}_{family}{n}").to_lowercase();
    let email = format!("{given}.{family}{n}@mail{}.example.com", n % 50);
    let (salt, tag) = (STANDARD_NO_PAD.encode(rng.bytes::<16>()), STANDARD_NO_PAD.encode(rng.bytes::<32>()));
    let (memory, passes) = plan::HASH;
    let created = ago(now, n);
    params![
        TENANT,
        id,
        username.clone(),
        username,
        email.clone(),
        email.to_lowercase(),
        n.is_multiple_of(3).then(|| format!("1555{n:08}")),
        format!("$argon2id$v=19$m={memory},t={passes},p=1${salt}${tag}"),
        "Argon2id",
        created,
        format!("{given} {family}"),
        n.is_multiple_of(4).then(|| format!("https://img.example.com/{id}.png")),
        json!({"givenName": given, "familyName": family, "locale": "en-US"}).to_string(),
        json!({"plan": PLANS[n % 3], "source": "import"}).to_string(),
        (n % 10 < 7).then_some(created + DAY),
        created,
        created
    ]
    .to_vec()
}

fn identity(n: usize, user_id: &str, now: i64) -> Vec<Value> {
    let (account, created) = (n.to_string(), ago(now, n));
    let details = json!({"id": account, "name": GIVEN[n % 12]}).to_string();
    params![TENANT, user_id, "github", account, details, created, created].to_vec()
}

fn organization(n: usize) -> String {
    format!("benchorg{n:08}")
}

/// Different for the members of one organization.
fn member(ids: &[String], n: usize) -> &str {
    &ids[(n / MEMBERS * 7919 + n % MEMBERS * 104_729) % ids.len()]
}

/// A timestamp within the last three years.
fn ago(now: i64, n: usize) -> i64 {
    now - (n as i64 * 7_654_321) % (3 * 365 * DAY) - 2 * DAY
}

/// Inserts rows.
///
/// # Errors
/// A failure of the database.
pub async fn rows(
    db: &Db,
    table: &'static str,
    count: usize,
    row: impl Fn(usize) -> Vec<Value>,
) -> Result<(), BoxError> {
    let mut writing = JoinSet::new();
    for from in (0..count).step_by(ROWS * STATEMENTS) {
        if writing.len() >= UNITS {
            writing.join_next().await.transpose()?.transpose()?;
        }
        let rows: Vec<Vec<Value>> = (from..count.min(from + ROWS * STATEMENTS)).map(&row).collect();
        let db = db.clone();
        writing.spawn(async move {
            db.write(move |tx| {
                for rows in rows.chunks(ROWS) {
                    tx.exec(&insert(table, rows), &rows.concat())?;
                }
                Ok::<(), DbError>(())
            })
            .await
        });
    }
    while let Some(written) = writing.join_next().await {
        written??;
    }
    Ok(())
}

fn insert(table: &str, rows: &[Vec<Value>]) -> Sql {
    let width = rows.first().map_or(0, Vec::len);
    let tuples: Vec<String> =
        (0..rows.len()).map(|n| format!("({})", db::placeholders(n * width + 1, width))).collect();
    Sql::dynamic(format!("insert into {table} values {}", tuples.join(", ")))
}
