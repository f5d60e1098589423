//! `/api/administrators` and `/api/administrator-invitations`: who uses the console. Only the tenant `admin` has these routes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::members::{BoundedNumber, BoundedText};
use crate::operation::Operation;

const TAG: &str = "Administrators";
const ALL: &str = "/api/administrators";
const ONE: &str = "/api/administrators/{userId}";
const INVITATIONS: &str = "/api/administrator-invitations";
const INVITATION: &str = "/api/administrator-invitations/{id}";

/// The longest time that an invitation is good for, in seconds: 30 days.
pub const MAX_INVITATION_SECONDS: i64 = 30 * 24 * 60 * 60;

/// What an administrator may do, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AdministratorRole {
    /// Everything, also with the administrators.
    Owner,
    /// Everything in the tenant `default`.
    Admin,
    /// Helps users.
    Support,
    /// Looks at everything that is no secret.
    Auditor,
}

impl AdministratorRole {
    /// All of them, strongest first.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Admin, Self::Support, Self::Auditor];

    /// The name in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Support => "support",
            Self::Auditor => "auditor",
        }
    }

    /// The role of the tenant `admin` that gives it.
    pub fn role_name(self) -> &'static str {
        match self {
            Self::Owner => "default:owner",
            Self::Admin => "default:admin",
            Self::Support => "default:support",
            Self::Auditor => "default:auditor",
        }
    }

    /// The role with this name in JSON.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

/// A person of the tenant `admin` who has a role in the console.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Administrator {
    /// The id of the user.
    pub id: String,
    pub username: Option<String>,
    pub name: Option<String>,
    pub primary_email: Option<String>,
    /// The strongest, if there are several.
    pub role: AdministratorRole,
    pub is_suspended: bool,
    /// Milliseconds since 1970.
    pub last_sign_in_at: Option<i64>,
    /// Milliseconds since 1970.
    pub created_at: i64,
}

/// A change of an administrator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateAdministrator {
    /// In place of those before.
    pub role: AdministratorRole,
}

/// What became of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AdministratorInvitationStatus {
    Pending,
    Accepted,
    Expired,
}

impl AdministratorInvitationStatus {
    /// The name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Expired => "expired",
        }
    }
}

/// An invitation to administer this installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AdministratorInvitation {
    pub id: String,
    /// Whom it is for.
    pub email: String,
    pub role: AdministratorRole,
    pub status: AdministratorInvitationStatus,
    /// The user or the application that made it.
    pub inviter_id: String,
    pub accepted_user_id: Option<String>,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// Milliseconds since 1970.
    pub expires_at: i64,
    /// The address to open, in the answer to the request that makes the invitation alone: it is stored nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Whether the link was mailed, in that answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_mailed: Option<bool>,
}

/// A new invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateAdministratorInvitation {
    /// Whom it is for: a new account gets this address.
    pub email: BoundedText<1, 254>,
    pub role: AdministratorRole,
    /// Seconds until it is of no use; seven days when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<BoundedNumber<600, MAX_INVITATION_SECONDS>>,
    /// The language of the mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<BoundedText<0, 35>>,
}

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::get(ALL, "ListAdministrators", TAG).paged().returns::<Vec<Administrator>>(200).statuses(&[404]),
        Operation::get(ONE, "GetAdministrator", TAG).returns::<Administrator>(200).statuses(&[404]),
        Operation::patch(ONE, "UpdateAdministrator", TAG)
            .body::<UpdateAdministrator>()
            .returns::<Administrator>(200)
            .statuses(&[404, 422]),
        Operation::delete(ONE, "RemoveAdministrator", TAG).statuses(&[204, 404, 422]),
        Operation::get(INVITATIONS, "ListAdministratorInvitations", TAG)
            .returns::<Vec<AdministratorInvitation>>(200)
            .statuses(&[404]),
        Operation::post(INVITATIONS, "CreateAdministratorInvitation", TAG)
            .body::<CreateAdministratorInvitation>()
            .returns::<AdministratorInvitation>(201)
            .statuses(&[404, 422]),
        Operation::delete(INVITATION, "RevokeAdministratorInvitation", TAG).statuses(&[204, 404]),
    ]
}
