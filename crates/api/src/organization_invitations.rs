//! `/api/organization-invitations`: who is asked to join an organization.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::members::{BoundedNumber, BoundedText, IdList, JsonObject, Patch};
use crate::operation::Operation;
use crate::organization_template::IdAndName;

const TAG: &str = "Organization invitations";
const PATH: &str = "/api/organization-invitations";
/// The latest time of ECMAScript, in milliseconds since 1970.
const LATEST: i64 = 8_640_000_000_000_000;
/// The longest values for a message, in bytes of JSON.
const MAX_MESSAGE_BYTES: usize = 16 * 1024;
/// What a message shows in its own places: these are texts.
const TEXTS: [&str; 4] = ["code", "link", "locale", "uiLocales"];
const MAX_TEXT_CHARS: usize = 2048;

/// What became of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum InvitationStatus {
    Pending,
    Accepted,
    Expired,
    Revoked,
}

impl InvitationStatus {
    /// The name in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Accepted => "Accepted",
            Self::Expired => "Expired",
            Self::Revoked => "Revoked",
        }
    }

    /// The status with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Pending, Self::Accepted, Self::Expired, Self::Revoked].into_iter().find(|one| one.as_str() == name)
    }
}

/// An invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationInvitation {
    pub tenant_id: String,
    pub id: String,
    /// The user who invites.
    pub inviter_id: Option<String>,
    /// An e-mail address.
    pub invitee: String,
    pub accepted_user_id: Option<String>,
    pub organization_id: String,
    /// One that nobody has ended in time reads as expired.
    pub status: InvitationStatus,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// Milliseconds since 1970.
    pub updated_at: i64,
    /// Milliseconds since 1970.
    pub expires_at: i64,
    /// The roles that the invitee gets.
    pub organization_roles: Vec<IdAndName>,
}

/// The query of `GET /api/organization-invitations`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ListInvitationsQuery {
    pub organization_id: Option<String>,
    pub inviter_id: Option<String>,
    /// An e-mail address, in any spelling of capital letters.
    pub invitee: Option<String>,
}

/// Values for the message to the invitee: `code`, `link`, `locale`, `uiLocales`, and others that a template names.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct InvitationMessage(pub JsonObject);

impl<'de> Deserialize<'de> for InvitationMessage {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let members = JsonObject::deserialize(input)?;
        for name in TEXTS {
            match members.get(name) {
                None => {}
                Some(Value::String(text)) if text.chars().count() <= MAX_TEXT_CHARS => {}
                Some(_) => {
                    return Err(D::Error::custom(format!("{name} is a text of at most {MAX_TEXT_CHARS} characters")));
                }
            }
        }
        match serde_json::to_string(&members) {
            Ok(text) if text.len() <= MAX_MESSAGE_BYTES => Ok(Self(members)),
            _ => Err(D::Error::custom(format!("the values are longer than {MAX_MESSAGE_BYTES} bytes"))),
        }
    }
}

impl JsonSchema for InvitationMessage {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "InvitationMessage".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let text = json_schema!({"type": "string", "maxLength": MAX_TEXT_CHARS});
        json_schema!({"type": "object", "properties": {"code": text, "link": text, "locale": text, "uiLocales": text}})
    }
}

/// The message that a new invitation sends: its values, or `false` for none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MessagePayload(pub Option<InvitationMessage>);

impl<'de> Deserialize<'de> for MessagePayload {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        match Value::deserialize(input)? {
            Value::Bool(false) => Ok(Self(None)),
            members @ Value::Object(_) => {
                serde_json::from_value(members).map(|message| Self(Some(message))).map_err(D::Error::custom)
            }
            _ => Err(D::Error::custom("an object or false is expected")),
        }
    }
}

impl Serialize for MessagePayload {
    fn serialize<S: serde::Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(message) => message.serialize(output),
            None => output.serialize_bool(false),
        }
    }
}

impl JsonSchema for MessagePayload {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "MessagePayload".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let message = InvitationMessage::json_schema(generator);
        json_schema!({"oneOf": [message, {"type": "boolean"}], "default": false})
    }
}

/// A new invitation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateOrganizationInvitation {
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub inviter_id: Patch<BoundedText<0, 21>>,
    /// An e-mail address.
    pub invitee: BoundedText<1, 128>,
    pub organization_id: BoundedText<1, 21>,
    /// Milliseconds since 1970, later than now.
    pub expires_at: BoundedNumber<0, LATEST>,
    #[serde(default)]
    pub organization_role_ids: IdList,
    #[serde(default)]
    pub message_payload: MessagePayload,
}

/// The end of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum InvitationEnd {
    Accepted,
    Revoked,
}

/// Ends an invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReplaceInvitationStatus {
    /// Who accepts: a user whose primary e-mail address is the invitee.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub accepted_user_id: Patch<BoundedText<0, 21>>,
    pub status: InvitationEnd,
}

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    let one = "/api/organization-invitations/{id}";
    vec![
        Operation::get(PATH, "ListOrganizationInvitations", TAG)
            .query::<ListInvitationsQuery>()
            .returns::<Vec<OrganizationInvitation>>(200),
        Operation::post(PATH, "CreateOrganizationInvitation", TAG)
            .body::<CreateOrganizationInvitation>()
            .returns::<OrganizationInvitation>(201)
            .statuses(&[422, 429, 501]),
        Operation::get(one, "GetOrganizationInvitation", TAG).returns::<OrganizationInvitation>(200).statuses(&[404]),
        Operation::delete(one, "DeleteOrganizationInvitation", TAG).statuses(&[204, 404]),
        Operation::put("/api/organization-invitations/{id}/status", "ReplaceOrganizationInvitationStatus", TAG)
            .body::<ReplaceInvitationStatus>()
            .returns::<OrganizationInvitation>(200)
            .statuses(&[404, 422]),
        Operation::post("/api/organization-invitations/{id}/message", "CreateOrganizationInvitationMessage", TAG)
            .body::<InvitationMessage>()
            .statuses(&[204, 404, 422, 429, 501]),
    ]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_is_false_or_an_object_of_bounded_values() {
        let read = |value: Value| serde_json::from_value::<MessagePayload>(value).ok();
        assert_eq!(read(json!(false)), Some(MessagePayload(None)));
        assert!(read(json!({"code": "c", "plan": {"name": "pro"}})).is_some_and(|message| message.0.is_some()));
        let long = "x".repeat(MAX_MESSAGE_BYTES);
        for wrong in [json!(true), json!("x"), json!([]), json!({"link": 1}), json!({"plan": long})] {
            assert_eq!(read(wrong), None);
        }
    }
}
