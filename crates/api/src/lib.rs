//! The wire types of the REST APIs, shared by the server and the client: requests, responses, ids, error codes, and the
//! operations that use them.
//!
//! A type says everything about its JSON once: serde's derive the names, `JsonSchema` the limits. Bodies are checked
//! against the schema ([`body::read`]), and the OpenAPI document ([`document`]) shows the same one
//! (docs/adr/0009-openapi-from-types.md).

pub mod account;
pub mod account_center;
pub mod administrators;
pub mod applications;
pub mod body;
pub mod captcha_provider;
pub mod client_registration;
pub mod configs;
pub mod connectors;
pub mod custom_phrases;
pub mod dashboard;
pub mod document;
pub mod domains;
pub mod email_templates;
pub mod experience;
pub mod format;
#[rustfmt::skip]
mod generated;
pub mod hasura;
pub mod hooks;
pub mod ids;
pub mod issue;
pub mod logs;
pub mod look;
pub mod me;
pub mod members;
pub mod oidc_keys;
pub mod one_time_tokens;
pub mod operation;
pub mod organization_invitations;
pub mod organization_template;
pub mod organizations;
pub mod profile_fields;
pub mod refusals;
pub mod resources;
pub mod roles;
pub mod schema;
pub mod scripts;
pub mod secrets;
pub mod sentinel_activities;
pub mod shape;
pub mod sign_in_experience;
pub mod sso_connectors;
pub mod subject_tokens;
pub mod systems;
pub mod tenants;
pub mod user_assets;
pub mod users;
pub mod verification_codes;

pub use generated::error_code::ErrorCode;
pub use issue::Issue;
pub use members::{BoundedNumber, BoundedText, IdList, JsonObject, NonEmptyIdList, Patch};
pub use operation::Operation;

/// Every operation.
pub fn operations() -> Vec<Operation> {
    [
        administrators::operations(),
        applications::operations(),
        account::operations(),
        account_center::operations(),
        captcha_provider::operations(),
        configs::operations(),
        domains::operations(),
        tenants::operations(),
        connectors::operations(),
        custom_phrases::operations(),
        dashboard::operations(),
        email_templates::operations(),
        experience::operations(),
        hasura::operations(),
        hooks::operations(),
        logs::operations(),
        oidc_keys::operations(),
        one_time_tokens::operations(),
        organization_invitations::operations(),
        organization_template::operations(),
        organizations::operations(),
        profile_fields::operations(),
        refusals::operations(),
        resources::operations(),
        roles::operations(),
        scripts::operations(),
        secrets::operations(),
        sentinel_activities::operations(),
        sign_in_experience::operations(),
        sso_connectors::operations(),
        client_registration::operations(),
        subject_tokens::operations(),
        user_assets::operations(),
        systems::operations(),
        users::operations(),
        verification_codes::operations(),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::ErrorCode;

    #[test]
    fn every_error_code_is_found_by_its_text() {
        for code in ErrorCode::ALL {
            assert_eq!(ErrorCode::from_text(code.as_str()), Some(*code));
        }
        assert_eq!(ErrorCode::from_text("no.such"), None);
        assert_eq!((ErrorCode::UserSuspended.as_str(), ErrorCode::EntityNotFound.status()), ("user.suspended", 404));
    }
}
