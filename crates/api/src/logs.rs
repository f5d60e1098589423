//! `/api/logs`: the audit log.

use kernel::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::operation::Operation;

const TAG: &str = "Audit logs";

/// An entry of the audit log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Log {
    pub tenant_id: String,
    pub id: String,
    /// What happened, such as `Interaction.SignIn.Submit`.
    pub key: String,
    pub payload: LogPayload,
    /// Milliseconds since 1970.
    #[schemars(with = "i64")]
    pub created_at: Timestamp,
}

/// What an entry says of the request that made it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogPayload {
    pub key: String,
    #[serde(default)]
    pub result: LogResult,
    /// An object with `code` and `message`, or a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent_parsed: Option<Map<String, Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// What the request said, without secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub params: Option<Map<String, Value>>,
    /// Members of certain keys.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// Whether what an entry is about was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum LogResult {
    #[default]
    Success,
    Error,
}

/// The query of `GET /api/logs`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ListLogsQuery {
    #[serde(rename = "userId")]
    pub user_id: Option<String>,
    #[serde(rename = "applicationId")]
    pub application_id: Option<String>,
    #[serde(rename = "logKey")]
    pub log_key: Option<String>,
    /// `true` counts no further than 10,000.
    #[serde(rename = "enableCap")]
    pub enable_cap: Option<String>,
    /// The oldest entries to list, in milliseconds since 1970.
    pub start_time: Option<String>,
    /// The newest entries to list, in milliseconds since 1970.
    pub end_time: Option<String>,
}

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    vec![list_logs(), get_log()]
}

fn list_logs() -> Operation {
    Operation::get("/api/logs", "ListLogs", TAG).query::<ListLogsQuery>().paged().returns::<Vec<Log>>(200)
}

fn get_log() -> Operation {
    Operation::get("/api/logs/{id}", "GetLog", TAG).returns::<Log>(200).statuses(&[404])
}
