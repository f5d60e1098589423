//! The operations on users.

use super::{
    CreateMfaVerification, CreateUser, CreatedMfaVerification, GetUserQuery, HasPassword, UpdateIsSuspended,
    UpdatePasswordExpiration, UpdateUser, UpdateUserCustomData, UpdateUserLogtoConfigs, UpdateUserProfile, UserExport,
    UserLogtoConfigs, UserMfaVerification, UserPassword, UserProfile,
};
use crate::members::JsonObject;
use crate::operation::Operation;
use crate::organizations::OrganizationWithRoles;
use crate::roles::{Role, RoleAssignment, RoleIds};

pub(super) const TAG: &str = "Users";

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    let own = vec![
        list_users(),
        create_user(),
        get_user(),
        update_user(),
        delete_user(),
        list_user_custom_data(),
        update_user_custom_data(),
        list_user_logto_configs(),
        update_user_logto_configs(),
        update_user_profile(),
        update_user_password(),
        verify_user_password(),
        get_user_has_password(),
        update_user_password_expiration(),
        update_user_is_suspended(),
        list_user_roles(),
        assign_user_roles(),
        replace_user_roles(),
        delete_user_role(),
        list_user_organizations(),
        list_user_mfa_verifications(),
        create_user_mfa_verification(),
        delete_user_mfa_verification(),
    ];
    [
        own,
        super::identities::operations(),
        super::personal_access_tokens::operations(),
        super::sessions::operations(),
        super::trusted_devices::operations(),
    ]
    .concat()
}

fn list_user_mfa_verifications() -> Operation {
    Operation::get("/api/users/{userId}/mfa-verifications", "ListUserMfaVerifications", TAG)
        .returns::<Vec<UserMfaVerification>>(200)
        .statuses(&[404])
}

fn create_user_mfa_verification() -> Operation {
    Operation::post("/api/users/{userId}/mfa-verifications", "CreateUserMfaVerification", TAG)
        .body::<CreateMfaVerification>()
        .returns::<CreatedMfaVerification>(200)
        .statuses(&[404, 422])
}

fn delete_user_mfa_verification() -> Operation {
    let path = "/api/users/{userId}/mfa-verifications/{verificationId}";
    Operation::delete(path, "DeleteUserMfaVerification", TAG).statuses(&[204, 404])
}

fn list_users() -> Operation {
    Operation::get("/api/users", "ListUsers", TAG).paged().searchable().returns::<Vec<UserExport>>(200)
}

fn create_user() -> Operation {
    Operation::post("/api/users", "CreateUser", TAG)
        .body::<CreateUser>()
        .returns::<UserExport>(200)
        .statuses(&[404, 422])
}

fn get_user() -> Operation {
    Operation::get("/api/users/{userId}", "GetUser", TAG)
        .query::<GetUserQuery>()
        .returns::<UserExport>(200)
        .statuses(&[404])
}

fn update_user() -> Operation {
    Operation::patch("/api/users/{userId}", "UpdateUser", TAG)
        .body::<UpdateUser>()
        .returns::<UserExport>(200)
        .statuses(&[404, 422])
}

fn delete_user() -> Operation {
    Operation::delete("/api/users/{userId}", "DeleteUser", TAG).statuses(&[204, 404, 422])
}

fn list_user_custom_data() -> Operation {
    Operation::get("/api/users/{userId}/custom-data", "ListUserCustomData", TAG)
        .returns::<JsonObject>(200)
        .statuses(&[404])
}

fn update_user_custom_data() -> Operation {
    let update =
        Operation::patch("/api/users/{userId}/custom-data", "UpdateUserCustomData", TAG).body::<UpdateUserCustomData>();
    update.returns::<JsonObject>(200).statuses(&[404])
}

fn list_user_logto_configs() -> Operation {
    Operation::get("/api/users/{userId}/logto-configs", "ListUserLogtoConfigs", TAG)
        .returns::<UserLogtoConfigs>(200)
        .statuses(&[404])
}

fn update_user_logto_configs() -> Operation {
    let update = Operation::patch("/api/users/{userId}/logto-configs", "UpdateUserLogtoConfigs", TAG)
        .body::<UpdateUserLogtoConfigs>();
    update.returns::<UserLogtoConfigs>(200).statuses(&[404])
}

fn update_user_profile() -> Operation {
    let update = Operation::patch("/api/users/{userId}/profile", "UpdateUserProfile", TAG).body::<UpdateUserProfile>();
    update.returns::<UserProfile>(200).statuses(&[404])
}

fn update_user_password() -> Operation {
    Operation::patch("/api/users/{userId}/password", "UpdateUserPassword", TAG)
        .body::<UserPassword>()
        .returns::<UserExport>(200)
        .statuses(&[404, 422])
}

fn verify_user_password() -> Operation {
    Operation::post("/api/users/{userId}/password/verify", "VerifyUserPassword", TAG)
        .body::<UserPassword>()
        .statuses(&[204, 404, 422])
}

fn get_user_has_password() -> Operation {
    Operation::get("/api/users/{userId}/has-password", "GetUserHasPassword", TAG)
        .returns::<HasPassword>(200)
        .statuses(&[404])
}

fn update_user_password_expiration() -> Operation {
    let update = Operation::patch("/api/users/{userId}/password/expiration", "UpdateUserPasswordExpiration", TAG)
        .body::<UpdatePasswordExpiration>();
    update.returns::<UserExport>(200).statuses(&[404])
}

fn update_user_is_suspended() -> Operation {
    let update =
        Operation::patch("/api/users/{userId}/is-suspended", "UpdateUserIsSuspended", TAG).body::<UpdateIsSuspended>();
    update.returns::<UserExport>(200).statuses(&[404, 422])
}

fn list_user_roles() -> Operation {
    let list = Operation::get("/api/users/{userId}/roles", "ListUserRoles", TAG).paged().searchable();
    list.returns::<Vec<Role>>(200).statuses(&[404])
}

fn assign_user_roles() -> Operation {
    let assign = Operation::post("/api/users/{userId}/roles", "AssignUserRoles", TAG).body::<RoleIds>();
    assign.returns::<RoleAssignment>(201).statuses(&[404, 422])
}

fn replace_user_roles() -> Operation {
    Operation::put("/api/users/{userId}/roles", "ReplaceUserRoles", TAG)
        .body::<RoleIds>()
        .returns::<RoleIds>(200)
        .statuses(&[404, 422])
}

fn delete_user_role() -> Operation {
    Operation::delete("/api/users/{userId}/roles/{roleId}", "DeleteUserRole", TAG).statuses(&[204, 404, 422])
}

fn list_user_organizations() -> Operation {
    Operation::get("/api/users/{userId}/organizations", "ListUserOrganizations", TAG)
        .returns::<Vec<OrganizationWithRoles>>(200)
        .statuses(&[404])
}
