//! The lines of `loggia user import` and `loggia user export`: a [`super::CreateUser`], and what else a user has.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Identity, UpdateUserLogtoConfigs};
use crate::body;
use crate::ids::{SsoConnectorId, UserId};
use crate::issue::Issue;
use crate::members::{BoundedNumber, BoundedText, JsonObject};
use crate::schema;

use super::CreateUser;

/// The last millisecond of the year 9999.
const MAX_TIME: i64 = 253_402_300_799_999;

/// Milliseconds since 1970.
pub type LineTime = BoundedNumber<0, MAX_TIME>;

/// Members of `GET /api/users` that are computed. Lines may have them, so that answers of the API are lines.
const COMPUTED: [&str; 2] = ["hasPassword", "cimdClientId"];

/// What a line says beside the members of [`CreateUser`]. Absent members, and empty lists, are left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct UserLine {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<LineTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<LineTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_sign_in_at: Option<LineTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_id: Option<BoundedText<1, 21>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_suspended: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_updated_at: Option<LineTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_password_expired: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logto_configs: Option<UpdateUserLogtoConfigs>,
    /// Accounts at social providers, by target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identities: Option<BTreeMap<String, LineIdentity>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sso_identities: Option<Vec<LineSsoIdentity>>,
    /// Names of roles. Without this member the user gets the default roles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<BoundedText<1, 128>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organizations: Option<Vec<LineMembership>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mfa_verifications: Option<Vec<LineFactor>>,
}

/// An account at a social provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LineIdentity {
    /// The id of the account at the provider.
    pub user_id: BoundedText<1, 256>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<JsonObject>,
}

impl From<LineIdentity> for Identity {
    fn from(line: LineIdentity) -> Self {
        Self { user_id: line.user_id.0, details: line.details }
    }
}

/// An account at an enterprise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LineSsoIdentity {
    pub sso_connector_id: SsoConnectorId,
    pub issuer: BoundedText<1, 256>,
    pub identity_id: BoundedText<1, 128>,
    #[serde(default)]
    pub detail: JsonObject,
}

/// A membership. The organization is found by its id, or else by its name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct LineMembership {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<BoundedText<1, 21>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<BoundedText<1, 128>>,
    /// Names of organization roles.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<BoundedText<1, 128>>,
}

/// A second factor with its secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type")]
pub enum LineFactor {
    Totp {
        /// The seed in base32.
        secret: String,
    },
    BackupCode {
        codes: Vec<LineBackupCode>,
    },
    #[serde(rename_all = "camelCase")]
    WebAuthn {
        /// base64url.
        credential_id: BoundedText<1, 1364>,
        /// The COSE key in base64url.
        public_key: BoundedText<1, 2048>,
        counter: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rp_id: Option<BoundedText<1, 255>>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        transports: Vec<BoundedText<1, 32>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<BoundedText<0, 256>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<BoundedText<1, 64>>,
    },
}

/// Without what is secret.
impl std::fmt::Debug for LineFactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Totp { .. } => "Totp",
            Self::BackupCode { .. } => "BackupCode",
            Self::WebAuthn { .. } => "WebAuthn",
        })
    }
}

/// A backup code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LineBackupCode {
    pub code: String,
    /// ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<BoundedText<1, 32>>,
}

/// The members of both types.
struct Members {
    of_create_user: Vec<String>,
    of_line: Vec<String>,
}

static MEMBERS: LazyLock<Members> = LazyLock::new(|| {
    let names = |schema: Value| {
        let properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        properties.into_iter().map(|(name, _)| name).collect()
    };
    Members {
        of_create_user: names(schema::of_request::<CreateUser>()),
        of_line: names(schema::of_request::<UserLine>()),
    }
});

/// Reads a line. A member that is null counts as absent, because the answers of the API have such.
///
/// # Errors
/// Everything that is wrong with it, each at its path; also members that are unknown.
pub fn read_user_line(value: Value) -> Result<(CreateUser, UserLine), Vec<Issue>> {
    let members = match value {
        Value::Object(members) => members,
        other => return Err(vec![Issue::wrong_type(Vec::new(), "object", Some(&other))]),
    };
    let (mut new, mut rest, mut issues) = (Map::new(), Map::new(), Vec::new());
    for (name, value) in members {
        if value.is_null() || COMPUTED.contains(&name.as_str()) {
            continue;
        }
        if MEMBERS.of_create_user.contains(&name) {
            new.insert(name, value);
        } else if MEMBERS.of_line.contains(&name) {
            rest.insert(name, value);
        } else {
            issues.push(Issue::custom(vec![name.into()], "there is no member of this name"));
        }
    }
    let (new, rest) = (body::read::<CreateUser>(new.into()), body::read::<UserLine>(rest.into()));
    match (new, rest, issues.is_empty()) {
        (Ok(new), Ok(rest), true) => Ok((new, rest)),
        (new, rest, _) => {
            issues.extend(new.err().into_iter().chain(rest.err()).flatten());
            Err(issues)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_member_is_read_and_unknown_ones_are_named() {
        let line = json!({
            "username": "ada", "name": null, "hasPassword": true, "id": "u1", "roles": ["editor"],
            "organizations": [{"name": "Acme"}], "mfaVerifications": [{"type": "Totp", "secret": "GEZDGNBVGY3TQOJQ"}],
        });
        let (new, rest) = read_user_line(line).unwrap();
        assert_eq!((new.username.as_deref(), new.name, rest.id.as_deref()), (Some("ada"), None, Some("u1")));
        assert_eq!(rest.organizations.unwrap()[0].name.as_deref(), Some("Acme"));
        let issues = read_user_line(json!({"userName": "ada", "primaryEmail": 1, "createdAt": -1})).unwrap_err();
        let paths: Vec<&str> = issues.iter().filter_map(|issue| issue.path[0].as_str()).collect();
        assert_eq!(paths, ["userName", "primaryEmail", "createdAt"]);
        assert!(read_user_line(json!([])).is_err());
    }
}
