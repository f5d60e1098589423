//! The initial data of the tenants `default` and `admin` (inventory D104–D117).

mod first_experience;

use db::{Db, DbError, Json, Tx, params, sql};
use jose::SigningKey;
use kernel::{Clock, Rng, Timestamp, id};
use serde_json::{Value, json};

use crate::account_center;
use crate::oidc::clients::{CONSOLE, CONSOLE_NAME};
use crate::sealing::{SealedColumn, Sealer};
use crate::tenants::Section;

/// The tenants that every installation has; their endpoints are settings.
pub(crate) const OWN: [&str; 2] = ["default", "admin"];

/// Creates missing tenants, each in one transaction. Concurrent starts create them only once.
///
/// # Errors
/// A failure of the database.
pub async fn seed_missing_tenants(db: &Db, sealer: &Sealer, clock: &Clock, rng: &Rng) -> Result<(), DbError> {
    let present: Vec<String> = db.read(|r| r.query_all(sql!("select id from tenants"), &[])).await?;
    for tenant in OWN {
        if present.iter().any(|id| id == tenant) {
            continue;
        }
        let (sealer, rng, now) = (sealer.clone(), rng.clone(), clock.now());
        let (pem, key) =
            SigningKey::generate_es384().map_err(|error| DbError::Sql(format!("no signing key: {error}")))?;
        db.write(move |tx| {
            let name = format!("Tenant {tenant}");
            let new = NewTenant { id: tenant, name: &name, endpoint: None, pem: &pem, key: &key };
            create_tenant(&Seeding { tx, sealer: &sealer, rng: &rng, now }, &new)
        })
        .await?;
    }
    Ok(())
}

/// Where a tenant is made, and what with.
pub(crate) struct Seeding<'a> {
    pub tx: &'a Tx<'a>,
    pub sealer: &'a Sealer,
    pub rng: &'a Rng,
    pub now: Timestamp,
}

/// A tenant that is to be made.
pub(crate) struct NewTenant<'a> {
    pub id: &'a str,
    pub name: &'a str,
    /// None for those whose endpoints are settings.
    pub endpoint: Option<&'a str>,
    /// The first signing key.
    pub pem: &'a str,
    pub key: &'a SigningKey,
}

/// Makes a tenant with what each has. `false` means that there is one with this id.
///
/// # Errors
/// [`DbError::Unique`] for an endpoint that is taken; a failure of the database.
pub(crate) fn create_tenant(seeding: &Seeding<'_>, new: &NewTenant<'_>) -> Result<bool, DbError> {
    let tx = seeding.tx;
    let insert = sql!(
        "insert into tenants (id, name, endpoint, created_at) values ($1, $2, $3, $4) on conflict (id) do nothing"
    );
    if tx.exec(insert, params![new.id, new.name, new.endpoint, seeding.now])? == 0 {
        return Ok(false);
    }
    // A tenant that has the id of a deleted one has other versions: servers may still know the configuration of that one.
    let first = new.endpoint.map_or(0, |_| seeding.now.millis());
    for section in Section::ALL {
        let insert = sql!("insert into config_versions (tenant_id, section, version) values ($1, $2, $3)");
        tx.exec_one(insert, params![new.id, section.as_str(), first])?;
    }
    let seeder = seeding.of(new.id);
    seeder.seed_common(new.pem, new.key)?;
    match new.id {
        "admin" => seeder.admin()?,
        _ => seeder.own_management_api()?,
    }
    Ok(true)
}

impl Seeding<'_> {
    fn of<'a>(&'a self, tenant: &'a str) -> TenantSeeder<'a> {
        let &Self { tx, sealer, rng, now } = self;
        TenantSeeder { tx, sealer, rng, tenant, now }
    }

    /// Makes in `admin` what manages a tenant: its Management API, an application with a secret that may use it, a role for people, and the
    /// organization of its administrators.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn add_to_admin(&self, tenant: &str) -> Result<(), DbError> {
        let admin = self.of("admin");
        admin.management_api_of(tenant)?;
        admin.administrators_of(tenant)?;
        admin.machine_of(tenant)?;
        admin.organization_of(tenant)
    }
}

/// Removes from `admin` what managed a tenant.
///
/// # Errors
/// A failure of the database.
pub(crate) fn remove_from_admin(tx: &Tx<'_>, tenant: &str) -> Result<(), DbError> {
    for (text, id) in [
        (sql!("delete from applications where tenant_id = 'admin' and id = $1"), format!("m-{tenant}")),
        (sql!("delete from roles where tenant_id = 'admin' and id = $1"), format!("m-{tenant}")),
        (sql!("delete from roles where tenant_id = 'admin' and id = $1"), format!("admin-{tenant}")),
        (sql!("delete from resources where tenant_id = 'admin' and id = $1"), format!("{tenant}-management-api")),
        (sql!("delete from organizations where tenant_id = 'admin' and id = $1"), format!("t-{tenant}")),
    ] {
        tx.exec(text, params![id])?;
    }
    Ok(())
}

/// The type of roles and applications for machines.
const MACHINE: &str = "MachineToMachine";

/// A role to insert.
struct Role<'a> {
    id: &'a str,
    name: &'a str,
    kind: &'static str,
    /// Ids.
    scopes: &'a [&'a str],
}

/// An application to insert.
struct Application<'a> {
    id: &'a str,
    name: &'a str,
    kind: &'static str,
}

struct TenantSeeder<'a> {
    tx: &'a Tx<'a>,
    sealer: &'a Sealer,
    rng: &'a Rng,
    tenant: &'a str,
    now: Timestamp,
}

impl TenantSeeder<'_> {
    fn seed_common(&self, pem: &str, key: &SigningKey) -> Result<(), DbError> {
        let pem = self.sealer.seal(SealedColumn::SigningKey.of(self.tenant, key.kid()), pem)?;
        let cookie_key = id::entity_id(self.rng);
        let place = SealedColumn::CookieKey.of(self.tenant, &cookie_key);
        let value = self.sealer.seal(place, &id::client_secret(self.rng))?;
        self.tx.exec(
            sql!(
                "insert into signing_keys (tenant_id, id, algorithm, purpose, private_key, effective_at, ordinal, created_at) \
                 values ($1, $2, $3, 'tenant', $4, $5, 0, $5)"
            ),
            params![self.tenant, key.kid(), key.algorithm().as_str(), pem, self.now],
        )?;
        self.tx.exec(
            sql!(
                "insert into cookie_keys (tenant_id, id, value, effective_at, ordinal, created_at) \
                 values ($1, $2, $3, $4, 0, $4)"
            ),
            params![self.tenant, cookie_key, value, self.now],
        )?;
        self.config("adminConsole", json!({"signInExperienceCustomized": false, "organizationCreated": false}))?;
        self.config("idToken", json!({"enabledExtendedClaims": ["roles", "organizations", "organization_roles"]}))?;
        self.tx.exec(
            sql!("insert into sign_in_experiences (tenant_id, settings) values ($1, $2)"),
            params![self.tenant, Json(first_experience::sign_in_experience(self.tenant == "admin"))],
        )?;
        Ok(())
    }

    fn own_management_api(&self) -> Result<(), DbError> {
        let indicator = format!("https://{}.logto.app/api", self.tenant);
        self.resource("management-api", &indicator, "Logto Management API")?;
        self.scope("management-api-all", "management-api", "all")?;
        let scopes: &[&str] = &["management-api-all"];
        self.role(Role { id: "admin-role", name: "#internal:admin", kind: MACHINE, scopes })?;
        let id = id::entity_id(self.rng);
        self.role(Role { id: &id, name: "Logto Management API access", kind: MACHINE, scopes })
    }

    fn admin(&self) -> Result<(), DbError> {
        for tenant in OWN {
            self.management_api_of(tenant)?;
        }
        self.resource("me", "https://admin.logto.app/me", "Logto Me API")?;
        self.scope("me-all", "me", "all")?;
        let cloud = id::entity_id(self.rng);
        self.resource(&cloud, "https://cloud.logto.io/api", "Logto Cloud API")?;
        for scope in CLOUD_SCOPES {
            self.scope(&format!("cloud-{}", scope.replace(':', "-")), &cloud, scope)?;
        }
        let scopes: &[&str] = &["me-all", "cloud-manage-tenant-self"];
        self.role(Role { id: "user", name: "user", kind: "User", scopes })?;
        for scope in ["read", "manage:users"] {
            self.scope(
                &format!("default-management-api-{}", scope.replace(':', "-")),
                "default-management-api",
                scope,
            )?;
        }
        for (name, scopes) in CONSOLE_ROLES {
            let id = name.split(':').rev().collect::<Vec<_>>().join("-");
            self.role(Role { id: &id, name, kind: "User", scopes })?;
        }
        let scopes: &[&str] =
            &["cloud-send-sms", "cloud-send-email", "cloud-fetch-custom-jwt", "cloud-report-subscription-updates"];
        self.role(Role { id: "tenant-application", name: "tenantApplication", kind: MACHINE, scopes })?;
        self.config(account_center::KEY, account_center_of_administrators())?;
        self.applications()?;
        self.organization_template()
    }

    fn applications(&self) -> Result<(), DbError> {
        let console = Application { id: CONSOLE, name: CONSOLE_NAME, kind: "SPA" };
        self.application(console, json!({}))?;
        OWN.into_iter().try_for_each(|tenant| self.machine_of(tenant))
    }

    /// The Management API of a tenant, with the role of machines that use it.
    fn management_api_of(&self, tenant: &str) -> Result<(), DbError> {
        let (resource, scope) = (format!("{tenant}-management-api"), format!("{tenant}-management-api-all"));
        let name = format!("Logto Management API for tenant {tenant}");
        self.resource(&resource, &format!("https://{tenant}.logto.app/api"), &name)?;
        self.scope(&scope, &resource, "all")?;
        let (id, name) = (format!("m-{tenant}"), format!("machine:mapi:{tenant}"));
        self.role(Role { id: &id, name: &name, kind: MACHINE, scopes: &[&scope] })
    }

    /// The role of people who administer a tenant.
    fn administrators_of(&self, tenant: &str) -> Result<(), DbError> {
        let (id, name) = (format!("admin-{tenant}"), format!("{tenant}:admin"));
        let scope = format!("{tenant}-management-api-all");
        self.role(Role { id: &id, name: &name, kind: "User", scopes: &[&scope] })
    }

    /// The application that may use the Management API of a tenant.
    fn machine_of(&self, tenant: &str) -> Result<(), DbError> {
        let app = format!("m-{tenant}");
        let name = format!("Management API access for {tenant}");
        self.application(Application { id: &app, name: &name, kind: MACHINE }, json!({"tenantId": tenant}))?;
        self.secret(&app)?;
        self.tx.exec_one(
            sql!("insert into applications_roles (tenant_id, application_id, role_id) values ($1, $2, $3)"),
            params![self.tenant, &app, format!("m-{tenant}")],
        )
    }

    /// The organization of the administrators of a tenant.
    fn organization_of(&self, tenant: &str) -> Result<(), DbError> {
        self.tx.exec_one(
            sql!("insert into organizations (tenant_id, id, name, created_at) values ($1, $2, $3, $4)"),
            params![self.tenant, format!("t-{tenant}"), format!("Tenant {tenant}"), self.now],
        )
    }

    fn organization_template(&self) -> Result<(), DbError> {
        for scope in ORGANIZATION_SCOPES {
            self.tx.exec(
                sql!("insert into organization_scopes (tenant_id, id, name, created_at) values ($1, $2, $3, $4)"),
                params![self.tenant, scope.replace(':', "-"), *scope, self.now],
            )?;
        }
        for (role, scopes) in [("admin", ORGANIZATION_SCOPES), ("collaborator", &ORGANIZATION_SCOPES[..4])] {
            self.tx.exec(
                sql!(
                    "insert into organization_roles (tenant_id, id, name, type, created_at) \
                     values ($1, $2, $3, 'User', $4)"
                ),
                params![self.tenant, role, role, self.now],
            )?;
            for scope in scopes {
                self.tx.exec(
                    sql!(
                        "insert into organization_role_scopes (tenant_id, organization_role_id, organization_scope_id) \
                         values ($1, $2, $3)"
                    ),
                    params![self.tenant, role, scope.replace(':', "-")],
                )?;
            }
        }
        OWN.into_iter().try_for_each(|tenant| self.organization_of(tenant))
    }

    fn config(&self, key: &str, value: Value) -> Result<(), DbError> {
        self.tx.exec_one(
            sql!("insert into configs (tenant_id, key, value) values ($1, $2, $3)"),
            params![self.tenant, key, Json(value)],
        )
    }

    fn resource(&self, id: &str, indicator: &str, name: &str) -> Result<(), DbError> {
        self.tx.exec_one(
            sql!("insert into resources (tenant_id, id, name, indicator, created_at) values ($1, $2, $3, $4, $5)"),
            params![self.tenant, id, name, indicator, self.now],
        )
    }

    fn scope(&self, id: &str, resource: &str, name: &str) -> Result<(), DbError> {
        self.tx.exec_one(
            sql!("insert into scopes (tenant_id, id, resource_id, name, created_at) values ($1, $2, $3, $4, $5)"),
            params![self.tenant, id, resource, name, self.now],
        )
    }

    fn role(&self, role: Role<'_>) -> Result<(), DbError> {
        let Role { id, name, kind, scopes } = role;
        self.tx.exec_one(
            sql!(
                "insert into roles (tenant_id, id, name, description, type, created_at) values ($1, $2, $3, $4, $5, $6)"
            ),
            params![self.tenant, id, name, format!("Built in: {name}."), kind, self.now],
        )?;
        for scope in scopes {
            self.tx.exec_one(
                sql!("insert into roles_scopes (tenant_id, role_id, scope_id) values ($1, $2, $3)"),
                params![self.tenant, id, *scope],
            )?;
        }
        Ok(())
    }

    fn application(&self, application: Application<'_>, custom: Value) -> Result<(), DbError> {
        let Application { id, name, kind } = application;
        let metadata = json!({"redirectUris": [], "postLogoutRedirectUris": []});
        self.tx.exec_one(
            sql!(
                "insert into applications (tenant_id, id, name, type, oidc_client_metadata, custom_client_metadata, \
                 created_at) values ($1, $2, $3, $4, $5, $6, $7)"
            ),
            params![self.tenant, id, name, kind, Json(metadata), Json(custom), self.now],
        )
    }

    fn secret(&self, application: &str) -> Result<(), DbError> {
        let place = SealedColumn::ApplicationSecret.of(self.tenant, application);
        let value = self.sealer.seal(place, &id::client_secret(self.rng))?;
        self.tx.exec_one(
            sql!(
                "insert into application_secrets (tenant_id, application_id, name, value, created_at) \
                 values ($1, $2, 'Default secret', $3, $4)"
            ),
            params![self.tenant, application, value, self.now],
        )
    }
}

/// What administrators change of their own accounts (inventory D115).
fn account_center_of_administrators() -> Value {
    let edited = ["name", "avatar", "profile", "email", "phone", "password", "username", "social", "customData", "mfa"];
    let fields: serde_json::Map<String, Value> =
        edited.into_iter().map(|field| (field.to_owned(), json!("Edit"))).collect();
    json!({"enabled": true, "fields": fields})
}

const CLOUD_SCOPES: [&str; 8] = [
    "create:tenant",
    "manage:tenant:self",
    "send:email",
    "send:sms",
    "fetch:custom:jwt",
    "report:subscription:updates",
    "create:affiliate",
    "manage:affiliate",
];

/// Who does what at the console, by ids of scopes: an owner also manages the administrators, who are the people of the tenant `admin`.
const CONSOLE_ROLES: [(&str, &[&str]); 4] = [
    ("default:admin", &["default-management-api-all"]),
    ("default:auditor", &["default-management-api-read"]),
    ("default:owner", &["default-management-api-all", "admin-management-api-all"]),
    ("default:support", &["default-management-api-manage-users"]),
];

const ORGANIZATION_SCOPES: &[&str] = &[
    "read:data",
    "write:data",
    "delete:data",
    "read:member",
    "invite:member",
    "remove:member",
    "update:member:role",
    "manage:tenant",
];
