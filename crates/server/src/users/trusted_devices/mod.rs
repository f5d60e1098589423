//! Trusted devices (inventory E077, D072): browsers in which a user showed a second factor and is not asked for it for a while. A
//! device is known by a cookie `{id}.{secret}` of this user in this tenant; the row holds the digest of the secret. The trust ends with
//! its time, with the password, with any change of the factors or of the addresses that codes go to, and when the user is suspended.

mod api;

pub(super) use api::routes;
pub(crate) use api::{all, forget, page_of};

use db::{DbError, FromRow, params, sql};
use flow::experience::TrustedDevicePolicy;
use kernel::ids::UserId;
use kernel::{Timestamp, id};
use serde_json::{Map, json};

use super::store::{self, User};
use crate::audit::AuditEntry;
use crate::callers::RequestContext;
use crate::events::{EventBody, EventKind};
use crate::oidc::cookies::{self, CookieAttributes, SetCookies};
use crate::organizations::memberships;
use crate::work::{View, Work};

/// The greatest number of devices of one user; the least recently used goes.
const MAX_DEVICES: i64 = 20;
const MAX_USER_AGENT_CHARS: usize = 256;
const MAX_COUNTRY_CHARS: usize = 16;
const MAX_CITY_CHARS: usize = 128;

/// A row without its digests.
#[derive(Debug, Clone, FromRow)]
pub struct TrustedDevice {
    pub id: String,
    pub user_id: UserId,
    pub user_agent: Option<String>,
    pub ip: Option<String>,
    pub country: Option<String>,
    pub city: Option<String>,
    pub created_at: Timestamp,
    pub last_used_at: Timestamp,
    pub expires_at: Timestamp,
}

/// What a row proves.
#[derive(FromRow)]
struct Proof {
    secret_hash: String,
    protection_digest: String,
    created_at: Timestamp,
    expires_at: Timestamp,
}

impl Proof {
    /// The shortest of: what was promised when the trust began, and what the tenant allows now.
    fn is_fresh(&self, policy: TrustedDevicePolicy, now: Timestamp) -> bool {
        self.expires_at > now && self.created_at.plus_seconds(policy.duration_seconds()) > now
    }
}

/// What the browser gets when its device becomes trusted.
#[derive(Debug)]
pub struct NewTrust {
    cookie: String,
    value: String,
    expires_at: Timestamp,
}

impl NewTrust {
    /// Sets the cookie.
    pub fn apply(&self, set_cookies: &mut SetCookies) {
        let attributes = CookieAttributes { path: "/", expires: Some(self.expires_at), http_only: true };
        set_cookies.set_unsigned(&self.cookie, &self.value, &attributes);
    }
}

/// The name of the cookie tells neither user nor tenant (inventory O105). With the prefix no other host under the same domain sets it
/// (RFC 6265bis section 4.1.3.2); browsers take that one over TLS only.
fn cookie_name(req: &RequestContext, user_id: &UserId) -> String {
    let of = id::token_digest(&format!("{}:{user_id}", req.tenant_id()));
    let prefix = if req.issuer().starts_with("https:") { "__Host-" } else { "" };
    format!("{prefix}logto-trusted-device-{of}")
}

/// A digest of what protects the account: a device that was trusted under another is not trusted now.
fn protection_digest(view: &View<'_>, user: &User) -> Result<String, DbError> {
    let factors: Vec<String> = view.query_all(
        sql!("select id from user_mfa_factors where tenant_id = $1 and user_id = $2 order by id"),
        params![view.tenant_id(), &user.id],
    )?;
    let facts = json!([user.password_epoch, user.primary_email, user.primary_phone, factors]).to_string();
    Ok(id::token_digest(&facts))
}

/// What protects the account of a user who asks that the device be trusted.
///
/// # Errors
/// A failure of the database.
pub fn protection(view: &View<'_>, user_id: &UserId) -> Result<Option<String>, DbError> {
    store::find(view, user_id)?.map(|user| protection_digest(view, &user)).transpose()
}

fn policy_of(req: &RequestContext) -> Option<TrustedDevicePolicy> {
    req.config.policy.experience.trusted_device.filter(TrustedDevicePolicy::is_enabled)
}

/// Whether an organization of the user wants no trusted devices.
///
/// # Errors
/// A failure of the database.
pub fn is_forbidden(view: &View<'_>, user_id: &UserId) -> Result<bool, DbError> {
    let organizations = memberships::list_for_user(view, view.tenant_id(), user_id)?;
    Ok(organizations.iter().any(|organization| !organization.is_trusted_device_allowed))
}

/// The trusted device of this user that the browser is, if it proves it. Whether devices are trusted is asked elsewhere.
///
/// # Errors
/// A failure of the database.
pub fn find_of_browser(
    view: &View<'_>,
    req: &RequestContext,
    policy: TrustedDevicePolicy,
    user: &User,
) -> Result<Option<String>, DbError> {
    for value in cookies::unsigned_values(&req.headers, &cookie_name(req, &user.id)) {
        let Some((device_id, secret)) = value.split_once('.') else { continue };
        let found: Option<Proof> = view.query_opt(
            sql!("select ", Proof::COLUMNS, " from trusted_devices where tenant_id = $1 and id = $2 and user_id = $3"),
            params![view.tenant_id(), device_id, &user.id],
        )?;
        let Some(proof) = found.filter(|proof| proof.is_fresh(policy, view.now())) else { continue };
        let is_genuine = id::constant_time_eq(&proof.secret_hash, &id::token_digest(secret));
        if is_genuine && proof.protection_digest == protection_digest(view, user)? {
            return Ok(Some(device_id.to_owned()));
        }
    }
    Ok(None)
}

/// The same when the session is given out: the device that stood for the factor must still do so. Notes the use. `false` means that it
/// does not.
///
/// # Errors
/// A failure of the database.
pub fn use_device(work: &Work<'_>, req: &RequestContext, user_id: &UserId, device_id: &str) -> Result<bool, DbError> {
    let (Some(policy), Some(user)) = (policy_of(req), store::find(work, user_id)?) else { return Ok(false) };
    if is_forbidden(work, user_id)? || find_of_browser(work, req, policy, &user)?.as_deref() != Some(device_id) {
        return Ok(false);
    }
    let update = sql!("update trusted_devices set last_used_at = $3 where tenant_id = $1 and id = $2");
    if work.exec(update, params![work.tenant_id(), device_id, work.now()])? == 0 {
        return Ok(false);
    }
    work.audit(&entry(req, "TrustedDevice.Used", user_id, device_id))?;
    Ok(true)
}

/// Trusts the browser, if the tenant and the organizations of the user still have it so, and `protection` is what protects the account
/// still: else the trust would outlast a change that ends all others. The device that it was before is forgotten.
///
/// # Errors
/// A failure of the database.
pub fn trust(
    work: &Work<'_>,
    req: &RequestContext,
    user_id: &UserId,
    state: &flow::State,
    protection: Option<&str>,
) -> Result<Option<NewTrust>, DbError> {
    let (Some(policy), Some(user)) = (policy_of(req), store::find(work, user_id)?) else { return Ok(None) };
    let digest = protection_digest(work, &user)?;
    if user.is_suspended || protection != Some(digest.as_str()) || is_forbidden(work, user_id)? {
        return Ok(None);
    }
    if let Some(known) = find_of_browser(work, req, policy, &user)? {
        work.exec(DELETE, params![work.tenant_id(), user_id, known])?;
    }
    let place = |name: &str, limit: usize| {
        state.sign_in_context.get(name).map(|value| value.chars().take(limit).collect::<String>())
    };
    let device = TrustedDevice {
        id: id::entity_id(work.rng()),
        user_id: user_id.clone(),
        user_agent: Some(req.user_agent.chars().take(MAX_USER_AGENT_CHARS).collect())
            .filter(|text: &String| !text.is_empty()),
        ip: Some(req.ip.text()),
        country: place("country", MAX_COUNTRY_CHARS),
        city: place("city", MAX_CITY_CHARS),
        created_at: work.now(),
        last_used_at: work.now(),
        expires_at: work.now().plus_seconds(policy.duration_seconds()),
    };
    let secret = id::opaque_token(work.rng());
    insert(work, &device, &secret, &digest)?;
    work.audit(&entry(req, "TrustedDevice.Created", user_id, &device.id))?;
    work.emit(EventKind::TrustedDeviceCreated, || announcement(&device))?;
    let (cookie, value) = (cookie_name(req, user_id), format!("{}.{secret}", device.id));
    Ok(Some(NewTrust { cookie, value, expires_at: device.expires_at }))
}

/// Inserts a device, and deletes those of the user that are too many.
fn insert(work: &Work<'_>, device: &TrustedDevice, secret: &str, protection_digest: &str) -> Result<(), DbError> {
    work.exec_one(
        sql!(
            "insert into trusted_devices (tenant_id, id, user_id, secret_hash, protection_digest, user_agent, ip, country, \
             city, created_at, last_used_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11)"
        ),
        params![
            work.tenant_id(),
            &device.id,
            &device.user_id,
            id::token_digest(secret),
            protection_digest,
            device.user_agent.clone(),
            device.ip.clone(),
            device.country.clone(),
            device.city.clone(),
            device.created_at,
            device.expires_at
        ],
    )?;
    let excess = sql!(
        "delete from trusted_devices where tenant_id = $1 and user_id = $2 and id not in \
         (select id from trusted_devices where tenant_id = $1 and user_id = $2 order by last_used_at desc, id limit $3)"
    );
    work.exec(excess, params![work.tenant_id(), &device.user_id, MAX_DEVICES]).map(drop)
}

const DELETE: &db::Sql = sql!("delete from trusted_devices where tenant_id = $1 and user_id = $2 and id = $3");

/// Trusts no device of the user any more.
///
/// # Errors
/// A failure of the database.
pub fn forget_all(work: &Work<'_>, user_id: &UserId) -> Result<(), DbError> {
    let delete = sql!("delete from trusted_devices where tenant_id = $1 and user_id = $2");
    work.exec(delete, params![work.tenant_id(), user_id]).map(drop)
}

fn announcement(device: &TrustedDevice) -> EventBody {
    EventBody::default().with("userId", device.user_id.as_str()).with("trustedDevice", json!(device.to_wire()))
}

fn entry(req: &RequestContext, key: &str, user_id: &UserId, device_id: &str) -> AuditEntry {
    let payload = Map::from_iter([
        ("result".to_owned(), "Success".into()),
        ("userId".to_owned(), user_id.as_str().into()),
        ("trustedDeviceId".to_owned(), device_id.into()),
        ("ip".to_owned(), req.ip.text().into()),
        ("userAgent".to_owned(), req.user_agent.as_str().into()),
    ]);
    AuditEntry { key: key.to_owned(), payload }
}
