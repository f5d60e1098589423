//! The resources, roles and organization that the traces use.

use testkit::TestApp;

pub const ITEMS: &str = "https://items.example.com";
pub const ORDERS: &str = "https://orders.example.com";
/// The scopes of trace 30-02.
pub const EVERYTHING: &str = "openid offline_access profile email phone address custom_data identities roles \
     urn:logto:scope:organizations urn:logto:scope:organization_roles read:items write:items read:orders org:read org:write";

/// Executes statements with their text parameters.
async fn execute_all(app: &TestApp, statements: &[(&str, &[&str])]) {
    for (text, values) in statements {
        app.sql(text, values.iter().map(|value| (*value).into()).collect()).await;
    }
}

/// Two resources, the organization template, the organization `org`, and roles that nobody has yet: `role` with both
/// scopes of items, `org-member` with `org:read` and, through the organization, `read:orders`.
pub async fn tenant(app: &TestApp) {
    execute_all(
        app,
        &[
            (
                "insert into resources (tenant_id, id, name, indicator, access_token_ttl, created_at) \
                 values ('default', 'items', 'trace-items', $1, 1800, 0), ('default', 'orders', 'trace-orders', $2, 3600, 0)",
                &[ITEMS, ORDERS],
            ),
            (
                "insert into scopes (tenant_id, id, resource_id, name, description, created_at) values \
                 ('default', 's-read', 'items', 'read:items', 'Read items', 0), \
                 ('default', 's-write', 'items', 'write:items', 'Write items', 0), \
                 ('default', 's-orders', 'orders', 'read:orders', 'Read orders', 0)",
                &[],
            ),
            (
                "insert into roles (tenant_id, id, name, description, type, created_at) values \
                 ('default', 'role', 'trace-role', '', 'User', 0), ('default', 'm2m', 'trace-m2m', '', 'MachineToMachine', 0)",
                &[],
            ),
            (
                "insert into roles_scopes (tenant_id, role_id, scope_id) values ('default', 'role', 's-read'), \
                 ('default', 'role', 's-write'), ('default', 'm2m', 's-read')",
                &[],
            ),
            (
                "insert into organization_scopes (tenant_id, id, name, created_at) values \
                 ('default', 'o-read', 'org:read', 0), ('default', 'o-write', 'org:write', 0)",
                &[],
            ),
            (
                "insert into organization_roles (tenant_id, id, name, type, created_at) values \
                 ('default', 'member', 'org-member', 'User', 0), ('default', 'robot', 'org-robot', 'MachineToMachine', 0)",
                &[],
            ),
            (
                "insert into organization_role_scopes (tenant_id, organization_role_id, organization_scope_id) values \
                 ('default', 'member', 'o-read'), ('default', 'robot', 'o-write')",
                &[],
            ),
            (
                "insert into organization_role_resource_scopes (tenant_id, organization_role_id, scope_id) values \
                 ('default', 'member', 's-orders'), ('default', 'robot', 's-orders')",
                &[],
            ),
            (
                "insert into organizations (tenant_id, id, name, created_at) values \
                 ('default', 'org', 'trace-org', 0), ('default', 'other', 'other-org', 0)",
                &[],
            ),
        ],
    )
    .await;
}

/// Gives a user the role `role`.
pub async fn give_role(app: &TestApp, user: &str) {
    let text = "insert into users_roles (tenant_id, user_id, role_id) values ('default', $1, 'role')";
    execute_all(app, &[(text, &[user])]).await;
}

/// Makes a user an `org-member` of `org`.
pub async fn join(app: &TestApp, user: &str) {
    let member = "insert into organization_users (tenant_id, organization_id, user_id, created_at) \
                  values ('default', 'org', $1, 0)";
    let role = "insert into organization_role_users (tenant_id, organization_id, organization_role_id, user_id) \
                values ('default', 'org', 'member', $1)";
    execute_all(app, &[(member, &[user]), (role, &[user])]).await;
}

/// A user with that role and membership, and the columns of `alice` in the traces.
pub async fn alice(app: &TestApp) -> String {
    tenant(app).await;
    let user = app.user("alice").await;
    app.sql(
        "update users set name = 'Alice', primary_email = 'alice@example.com', primary_phone = '49123', \
         profile = '{\"givenName\":\"Alice\",\"familyName\":\"A\",\"address\":{\"country\":\"DE\"}}', \
         custom_data = '{\"plan\":\"pro\"}' where tenant_id = 'default' and id = $1",
        vec![user.as_str().into()],
    )
    .await;
    give_role(app, &user).await;
    join(app, &user).await;
    user
}
