//! The operations on organizations.

use super::{
    AddApplications, AddEmailDomain, AddUsers, ApplicationIds, ApplicationMember, AssignRolesToApplications,
    AssignRolesToUsers, CreateOrganization, EmailDomain, ListApplicationMembersQuery, ListMembersQuery,
    ListOrganizationsQuery, Organization, OrganizationRoleIds, OrganizationWithUsers, ReplaceEmailDomains,
    RoleIdsOrNames, SsoConnectorIds, UpdateOrganization, UserIds, UserMember,
};
use crate::operation::Operation;
use crate::organization_template::{OrganizationRole, OrganizationScope};
use crate::sso_connectors::SsoConnector;

const TAG: &str = "Organizations";

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    vec![
        list_organizations(),
        create_organization(),
        get_organization(),
        update_organization(),
        delete_organization(),
        list_users(),
        add_users(),
        replace_users(),
        delete_user(),
        assign_roles_to_users(),
        list_user_roles(),
        assign_roles_to_user(),
        replace_user_roles(),
        delete_user_role(),
        list_user_scopes(),
        list_applications(),
        add_applications(),
        replace_applications(),
        delete_application(),
        assign_roles_to_applications(),
        list_application_roles(),
        assign_roles_to_application(),
        replace_application_roles(),
        delete_application_role(),
        list_email_domains(),
        create_email_domain(),
        replace_email_domains(),
        delete_email_domain(),
        list_jit_roles(),
        create_jit_role(),
        replace_jit_roles(),
        delete_jit_role(),
        list_jit_sso_connectors(),
        create_jit_sso_connector(),
        replace_jit_sso_connectors(),
        delete_jit_sso_connector(),
    ]
}

fn list_organizations() -> Operation {
    let list = Operation::get("/api/organizations", "ListOrganizations", TAG).query::<ListOrganizationsQuery>().paged();
    list.returns::<Vec<OrganizationWithUsers>>(200)
}

fn create_organization() -> Operation {
    let create = Operation::post("/api/organizations", "CreateOrganization", TAG).body::<CreateOrganization>();
    create.returns::<Organization>(201).statuses(&[422])
}

fn get_organization() -> Operation {
    Operation::get("/api/organizations/{id}", "GetOrganization", TAG).returns::<Organization>(200).statuses(&[404])
}

fn update_organization() -> Operation {
    let update = Operation::patch("/api/organizations/{id}", "UpdateOrganization", TAG).body::<UpdateOrganization>();
    update.returns::<Organization>(200).statuses(&[404, 422])
}

fn delete_organization() -> Operation {
    Operation::delete("/api/organizations/{id}", "DeleteOrganization", TAG).statuses(&[204, 404])
}

fn list_users() -> Operation {
    let list = Operation::get("/api/organizations/{id}/users", "ListOrganizationUsers", TAG)
        .query::<ListMembersQuery>()
        .paged();
    list.returns::<Vec<UserMember>>(200).statuses(&[404])
}

fn add_users() -> Operation {
    let add = Operation::post("/api/organizations/{id}/users", "AddOrganizationUsers", TAG).body::<AddUsers>();
    add.returns::<UserIds>(201).statuses(&[404, 422])
}

fn replace_users() -> Operation {
    Operation::put("/api/organizations/{id}/users", "ReplaceOrganizationUsers", TAG)
        .body::<UserIds>()
        .statuses(&[204, 404, 422])
}

fn delete_user() -> Operation {
    Operation::delete("/api/organizations/{id}/users/{userId}", "DeleteOrganizationUser", TAG)
        .statuses(&[204, 404, 422])
}

fn assign_roles_to_users() -> Operation {
    Operation::post("/api/organizations/{id}/users/roles", "AssignOrganizationRolesToUsers", TAG)
        .body::<AssignRolesToUsers>()
        .statuses(&[201, 404, 422])
}

fn list_user_roles() -> Operation {
    let list = Operation::get("/api/organizations/{id}/users/{userId}/roles", "ListOrganizationUserRoles", TAG).paged();
    list.returns::<Vec<OrganizationRole>>(200).statuses(&[404, 422])
}

fn assign_roles_to_user() -> Operation {
    let assign = Operation::post("/api/organizations/{id}/users/{userId}/roles", "AssignOrganizationRolesToUser", TAG)
        .body::<RoleIdsOrNames>();
    assign.returns::<OrganizationRoleIds>(201).statuses(&[404, 422])
}

fn replace_user_roles() -> Operation {
    Operation::put("/api/organizations/{id}/users/{userId}/roles", "ReplaceOrganizationUserRoles", TAG)
        .body::<RoleIdsOrNames>()
        .statuses(&[204, 404, 422])
}

fn delete_user_role() -> Operation {
    Operation::delete(
        "/api/organizations/{id}/users/{userId}/roles/{organizationRoleId}",
        "DeleteOrganizationUserRole",
        TAG,
    )
    .statuses(&[204, 404, 422])
}

fn list_user_scopes() -> Operation {
    let list = Operation::get("/api/organizations/{id}/users/{userId}/scopes", "ListOrganizationUserScopes", TAG);
    list.returns::<Vec<OrganizationScope>>(200).statuses(&[404, 422])
}

fn list_applications() -> Operation {
    let list = Operation::get("/api/organizations/{id}/applications", "ListOrganizationApplications", TAG)
        .query::<ListApplicationMembersQuery>()
        .paged();
    list.returns::<Vec<ApplicationMember>>(200).statuses(&[404])
}

fn add_applications() -> Operation {
    Operation::post("/api/organizations/{id}/applications", "AddOrganizationApplications", TAG)
        .body::<AddApplications>()
        .statuses(&[201, 404, 422])
}

fn replace_applications() -> Operation {
    Operation::put("/api/organizations/{id}/applications", "ReplaceOrganizationApplications", TAG)
        .body::<ApplicationIds>()
        .statuses(&[204, 404, 422])
}

fn delete_application() -> Operation {
    Operation::delete("/api/organizations/{id}/applications/{applicationId}", "DeleteOrganizationApplication", TAG)
        .statuses(&[204, 404, 422])
}

fn assign_roles_to_applications() -> Operation {
    let assign =
        Operation::post("/api/organizations/{id}/applications/roles", "AssignOrganizationRolesToApplications", TAG)
            .body::<AssignRolesToApplications>();
    assign.statuses(&[201, 404, 422])
}

fn list_application_roles() -> Operation {
    let list = Operation::get(
        "/api/organizations/{id}/applications/{applicationId}/roles",
        "ListOrganizationApplicationRoles",
        TAG,
    )
    .paged();
    list.returns::<Vec<OrganizationRole>>(200).statuses(&[404, 422])
}

fn assign_roles_to_application() -> Operation {
    let assign = Operation::post(
        "/api/organizations/{id}/applications/{applicationId}/roles",
        "AssignOrganizationRolesToApplication",
        TAG,
    )
    .body::<OrganizationRoleIds>();
    assign.statuses(&[201, 404, 422])
}

fn replace_application_roles() -> Operation {
    let replace = Operation::put(
        "/api/organizations/{id}/applications/{applicationId}/roles",
        "ReplaceOrganizationApplicationRoles",
        TAG,
    )
    .body::<OrganizationRoleIds>();
    replace.statuses(&[204, 404, 422])
}

fn delete_application_role() -> Operation {
    Operation::delete(
        "/api/organizations/{id}/applications/{applicationId}/roles/{organizationRoleId}",
        "DeleteOrganizationApplicationRole",
        TAG,
    )
    .statuses(&[204, 404, 422])
}

fn list_email_domains() -> Operation {
    let list =
        Operation::get("/api/organizations/{id}/jit/email-domains", "ListOrganizationJitEmailDomains", TAG).paged();
    list.returns::<Vec<EmailDomain>>(200).statuses(&[404])
}

fn create_email_domain() -> Operation {
    let create = Operation::post("/api/organizations/{id}/jit/email-domains", "CreateOrganizationJitEmailDomain", TAG)
        .body::<AddEmailDomain>();
    create.returns::<EmailDomain>(201).statuses(&[404, 422])
}

fn replace_email_domains() -> Operation {
    let replace =
        Operation::put("/api/organizations/{id}/jit/email-domains", "ReplaceOrganizationJitEmailDomains", TAG)
            .body::<ReplaceEmailDomains>();
    replace.statuses(&[204, 404, 422])
}

fn delete_email_domain() -> Operation {
    Operation::delete(
        "/api/organizations/{id}/jit/email-domains/{emailDomain}",
        "DeleteOrganizationJitEmailDomain",
        TAG,
    )
    .statuses(&[204, 404])
}

fn list_jit_roles() -> Operation {
    let list = Operation::get("/api/organizations/{id}/jit/roles", "ListOrganizationJitRoles", TAG).paged();
    list.returns::<Vec<OrganizationRole>>(200).statuses(&[404])
}

fn create_jit_role() -> Operation {
    Operation::post("/api/organizations/{id}/jit/roles", "CreateOrganizationJitRole", TAG)
        .body::<OrganizationRoleIds>()
        .statuses(&[201, 404, 422])
}

fn replace_jit_roles() -> Operation {
    Operation::put("/api/organizations/{id}/jit/roles", "ReplaceOrganizationJitRoles", TAG)
        .body::<OrganizationRoleIds>()
        .statuses(&[204, 404, 422])
}

fn delete_jit_role() -> Operation {
    Operation::delete("/api/organizations/{id}/jit/roles/{organizationRoleId}", "DeleteOrganizationJitRole", TAG)
        .statuses(&[204, 404, 422])
}

fn list_jit_sso_connectors() -> Operation {
    let path = "/api/organizations/{id}/jit/sso-connectors";
    let list = Operation::get(path, "ListOrganizationJitSsoConnectors", TAG).paged();
    list.returns::<Vec<SsoConnector>>(200).statuses(&[404])
}

fn create_jit_sso_connector() -> Operation {
    Operation::post("/api/organizations/{id}/jit/sso-connectors", "CreateOrganizationJitSsoConnector", TAG)
        .body::<SsoConnectorIds>()
        .statuses(&[201, 404, 422])
}

fn replace_jit_sso_connectors() -> Operation {
    Operation::put("/api/organizations/{id}/jit/sso-connectors", "ReplaceOrganizationJitSsoConnectors", TAG)
        .body::<SsoConnectorIds>()
        .statuses(&[204, 404, 422])
}

fn delete_jit_sso_connector() -> Operation {
    let path = "/api/organizations/{id}/jit/sso-connectors/{ssoConnectorId}";
    Operation::delete(path, "DeleteOrganizationJitSsoConnector", TAG).statuses(&[204, 404, 422])
}
