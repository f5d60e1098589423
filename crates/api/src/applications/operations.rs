//! The operations on applications.

use super::{
    AddUserConsentScopes, Application, ApplicationSecret, ApplicationSignInExperience, ApplicationWithAdmin,
    ConsentOrganizationIds, ConsentOrganizations, CreateApplication, CreateApplicationSecret, ListApplicationsQuery,
    ReplaceApplicationSignInExperience, UpdateApplication, UpdateApplicationSecret, UserConsentScopes,
};
use crate::members::JsonObject;
use crate::operation::Operation;
use crate::organizations::OrganizationWithRoles;
use crate::roles::{Role, RoleAssignment, RoleIds};

pub(super) const TAG: &str = "Applications";

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    let own = vec![
        list_applications(),
        create_application(),
        get_application(),
        update_application(),
        delete_application(),
        update_application_custom_data(),
        list_application_roles(),
        assign_application_roles(),
        replace_application_roles(),
        delete_application_role(),
        list_application_organizations(),
        delete_application_legacy_secret(),
        list_application_secrets(),
        create_application_secret(),
        update_application_secret(),
        delete_application_secret(),
        create_user_consent_scope(),
        list_user_consent_scopes(),
        delete_user_consent_scope(),
        get_application_sign_in_experience(),
        replace_application_sign_in_experience(),
        list_consent_organizations(),
        create_consent_organization(),
        replace_consent_organizations(),
        delete_consent_organization(),
    ];
    [own, super::access_control::operations()].concat()
}

fn list_applications() -> Operation {
    let list = Operation::get("/api/applications", "ListApplications", TAG)
        .query::<ListApplicationsQuery>()
        .paged()
        .searchable();
    list.returns::<Vec<Application>>(200)
}

fn create_application() -> Operation {
    let create = Operation::post("/api/applications", "CreateApplication", TAG).body::<CreateApplication>();
    create.returns::<Application>(200).statuses(&[422, 500, 501])
}

fn get_application() -> Operation {
    Operation::get("/api/applications/{id}", "GetApplication", TAG)
        .returns::<ApplicationWithAdmin>(200)
        .statuses(&[404])
}

fn update_application() -> Operation {
    let update = Operation::patch("/api/applications/{id}", "UpdateApplication", TAG).body::<UpdateApplication>();
    update.returns::<Application>(200).statuses(&[404, 422, 500])
}

fn delete_application() -> Operation {
    Operation::delete("/api/applications/{id}", "DeleteApplication", TAG).statuses(&[204, 404, 422])
}

fn update_application_custom_data() -> Operation {
    let update = Operation::patch("/api/applications/{applicationId}/custom-data", "UpdateApplicationCustomData", TAG)
        .body::<JsonObject>();
    update.returns::<JsonObject>(200).statuses(&[404])
}

fn list_application_roles() -> Operation {
    let list =
        Operation::get("/api/applications/{applicationId}/roles", "ListApplicationRoles", TAG).paged().searchable();
    list.returns::<Vec<Role>>(200).statuses(&[404, 422])
}

fn assign_application_roles() -> Operation {
    let assign =
        Operation::post("/api/applications/{applicationId}/roles", "AssignApplicationRoles", TAG).body::<RoleIds>();
    assign.returns::<RoleAssignment>(201).statuses(&[404, 422])
}

fn replace_application_roles() -> Operation {
    Operation::put("/api/applications/{applicationId}/roles", "ReplaceApplicationRoles", TAG)
        .body::<RoleIds>()
        .returns::<RoleIds>(200)
        .statuses(&[404, 422])
}

fn delete_application_role() -> Operation {
    Operation::delete("/api/applications/{applicationId}/roles/{roleId}", "DeleteApplicationRole", TAG)
        .statuses(&[204, 404, 422])
}

fn list_application_organizations() -> Operation {
    let list = Operation::get("/api/applications/{id}/organizations", "ListApplicationOrganizations", TAG).paged();
    list.returns::<Vec<OrganizationWithRoles>>(200).statuses(&[404])
}

fn delete_application_legacy_secret() -> Operation {
    Operation::delete("/api/applications/{id}/legacy-secret", "DeleteApplicationLegacySecret", TAG)
        .returns::<Application>(200)
        .statuses(&[404])
}

fn list_application_secrets() -> Operation {
    Operation::get("/api/applications/{id}/secrets", "ListApplicationSecrets", TAG)
        .returns::<Vec<ApplicationSecret>>(200)
        .statuses(&[404])
}

fn create_application_secret() -> Operation {
    let create = Operation::post("/api/applications/{id}/secrets", "CreateApplicationSecret", TAG)
        .body::<CreateApplicationSecret>();
    create.returns::<ApplicationSecret>(201).statuses(&[404, 422, 500])
}

fn update_application_secret() -> Operation {
    let update = Operation::patch("/api/applications/{id}/secrets/{name}", "UpdateApplicationSecret", TAG)
        .body::<UpdateApplicationSecret>();
    update.returns::<ApplicationSecret>(200).statuses(&[204, 404, 422, 500])
}

fn delete_application_secret() -> Operation {
    Operation::delete("/api/applications/{id}/secrets/{name}", "DeleteApplicationSecret", TAG)
        .statuses(&[204, 404, 500])
}

fn create_user_consent_scope() -> Operation {
    let add = Operation::post(
        "/api/applications/{applicationId}/user-consent-scopes",
        "CreateApplicationUserConsentScope",
        TAG,
    )
    .body::<AddUserConsentScopes>();
    add.statuses(&[201, 404, 422])
}

fn list_user_consent_scopes() -> Operation {
    Operation::get("/api/applications/{applicationId}/user-consent-scopes", "ListApplicationUserConsentScopes", TAG)
        .returns::<UserConsentScopes>(200)
        .statuses(&[404])
}

fn delete_user_consent_scope() -> Operation {
    Operation::delete(
        "/api/applications/{applicationId}/user-consent-scopes/{scopeType}/{scopeId}",
        "DeleteApplicationUserConsentScope",
        TAG,
    )
    .statuses(&[204, 404])
}

fn get_application_sign_in_experience() -> Operation {
    let get =
        Operation::get("/api/applications/{applicationId}/sign-in-experience", "GetApplicationSignInExperience", TAG);
    get.returns::<ApplicationSignInExperience>(200).statuses(&[404])
}

fn replace_application_sign_in_experience() -> Operation {
    let replace = Operation::put(
        "/api/applications/{applicationId}/sign-in-experience",
        "ReplaceApplicationSignInExperience",
        TAG,
    );
    let replace = replace.body::<ReplaceApplicationSignInExperience>();
    let replace = replace.returns::<ApplicationSignInExperience>(200).returns::<ApplicationSignInExperience>(201);
    replace.statuses(&[404, 422])
}

fn list_consent_organizations() -> Operation {
    let list = Operation::get(
        "/api/applications/{id}/users/{userId}/consent-organizations",
        "ListApplicationUserConsentOrganizations",
        TAG,
    )
    .paged();
    list.returns::<ConsentOrganizations>(200).statuses(&[404, 422])
}

fn create_consent_organization() -> Operation {
    let add = Operation::post(
        "/api/applications/{id}/users/{userId}/consent-organizations",
        "CreateApplicationUserConsentOrganization",
        TAG,
    )
    .body::<ConsentOrganizationIds>();
    add.statuses(&[201, 404, 422])
}

fn replace_consent_organizations() -> Operation {
    let replace = Operation::put(
        "/api/applications/{id}/users/{userId}/consent-organizations",
        "ReplaceApplicationUserConsentOrganizations",
        TAG,
    )
    .body::<ConsentOrganizationIds>();
    replace.statuses(&[204, 404, 422])
}

fn delete_consent_organization() -> Operation {
    Operation::delete(
        "/api/applications/{id}/users/{userId}/consent-organizations/{organizationId}",
        "DeleteApplicationUserConsentOrganization",
        TAG,
    )
    .statuses(&[204, 404, 422])
}
