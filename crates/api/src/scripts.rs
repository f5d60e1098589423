//! `/api/configs/jwt-customizer` and `/api/configs/actions`: scripts of the tenant.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::members::{BoundedText, JsonObject};
use crate::operation::Operation;

const TAG: &str = "Configs";
const CUSTOMIZERS: &str = "/api/configs/jwt-customizer";
const CUSTOMIZER: &str = "/api/configs/jwt-customizer/{tokenTypePath}";
const ACTIONS: &str = "/api/configs/actions";
const ACTION: &str = "/api/configs/actions/{actionType}";

/// The text of a script.
pub type Script = BoundedText<0, 131_072>;
/// What a script is given beside its argument: they may hold secrets.
pub type EnvironmentVariables = BTreeMap<String, BoundedText<0, 16_384>>;

macro_rules! named {
    ($(#[$meta:meta])* $type:ident { $($(#[$of:meta])* $kind:ident $name:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        pub enum $type {
            $($(#[$of])* #[serde(rename = $name)] $kind),*
        }

        impl $type {
            /// Both.
            pub const ALL: [Self; 2] = [$(Self::$kind),*];

            /// The name in paths and bodies.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => $name),*
                }
            }

            /// The one with this name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|one| one.as_str() == name)
            }
        }
    };
}

named! {
    /// Which access tokens a script adds claims to.
    TokenType {
        /// Those of people.
        AccessToken "access-token",
        /// Those of applications that act for themselves.
        ClientCredentials "client-credentials",
    }
}

named! {
    /// When an action runs.
    ActionType {
        /// After a password was wrong.
        PostFirstFactorVerification "action.postFirstFactorVerification",
        /// When a sign-in is about to be completed.
        PostSignIn "action.postSignIn",
    }
}

impl TokenType {
    /// The key of its script among the settings.
    pub fn key(self) -> &'static str {
        match self {
            Self::AccessToken => "jwt.accessToken",
            Self::ClientCredentials => "jwt.clientCredentials",
        }
    }
}

/// A script that adds claims to access tokens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JwtCustomizer {
    /// It has a function `getCustomJwtClaims`.
    pub script: Script,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment_variables: Option<EnvironmentVariables>,
    /// For whoever edits the script; of access tokens with a member `user`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_sample: Option<JsonObject>,
    /// For whoever edits the script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_sample: Option<JsonObject>,
    /// Whether there is no token when the script fails. Otherwise it is without the claims.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_issuance_on_error: Option<bool>,
}

/// Changes of a script that adds claims.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct UpdateJwtCustomizer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script: Option<Script>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment_variables: Option<EnvironmentVariables>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_sample: Option<JsonObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_sample: Option<JsonObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_issuance_on_error: Option<bool>,
}

/// A script that adds claims, with its key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KeyedJwtCustomizer {
    /// `jwt.accessToken` or `jwt.clientCredentials`.
    pub key: String,
    pub value: JwtCustomizer,
}

/// A run of a script that adds claims, with what it would be told of a token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TestJwtCustomizer {
    pub token_type: TokenType,
    pub script: Script,
    pub token: JsonObject,
    /// Of access tokens with a member `user`.
    pub context: JsonObject,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment_variables: Option<EnvironmentVariables>,
}

/// What becomes of a sign-in when its action fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnExecutionError {
    /// It is refused.
    #[default]
    Block,
    /// It goes on as if there were no action.
    Allow,
}

/// A script that runs during sign-ins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Action {
    /// It has a function `runAction`.
    pub script: Script,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment_variables: Option<EnvironmentVariables>,
    /// For whoever edits the script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_sample: Option<Value>,
    /// `true` unless it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// `block` unless it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_execution_error: Option<OnExecutionError>,
}

/// Changes of an action.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateAction {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script: Option<Script>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment_variables: Option<EnvironmentVariables>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_sample: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_execution_error: Option<OnExecutionError>,
}

/// An action, with its key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KeyedAction {
    pub key: ActionType,
    pub value: Action,
}

/// A run of an action, with what it would be told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TestAction {
    pub action_type: ActionType,
    pub script: Script,
    pub event: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment_variables: Option<EnvironmentVariables>,
}

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    let customizer = |operation: Operation| operation.path_value::<TokenType>("tokenTypePath");
    let action = |operation: Operation| operation.path_value::<ActionType>("actionType");
    vec![
        Operation::get(CUSTOMIZERS, "ListJwtCustomizers", TAG).returns::<Vec<KeyedJwtCustomizer>>(200),
        customizer(Operation::put(CUSTOMIZER, "UpsertJwtCustomizer", TAG))
            .body::<JwtCustomizer>()
            .returns::<JwtCustomizer>(200)
            .returns::<JwtCustomizer>(201),
        customizer(Operation::patch(CUSTOMIZER, "UpdateJwtCustomizer", TAG))
            .body::<UpdateJwtCustomizer>()
            .returns::<JwtCustomizer>(200)
            .statuses(&[404]),
        customizer(Operation::get(CUSTOMIZER, "GetJwtCustomizer", TAG)).returns::<JwtCustomizer>(200).statuses(&[404]),
        customizer(Operation::delete(CUSTOMIZER, "DeleteJwtCustomizer", TAG)).statuses(&[204, 404]),
        Operation::post("/api/configs/jwt-customizer/test", "TestJwtCustomizer", TAG)
            .body::<TestJwtCustomizer>()
            .returns::<JsonObject>(200)
            .statuses(&[422]),
        Operation::get(ACTIONS, "ListActions", TAG).returns::<Vec<KeyedAction>>(200),
        action(Operation::put(ACTION, "UpsertAction", TAG))
            .body::<Action>()
            .returns::<Action>(200)
            .returns::<Action>(201),
        action(Operation::patch(ACTION, "UpdateAction", TAG))
            .body::<UpdateAction>()
            .returns::<Action>(200)
            .statuses(&[404]),
        action(Operation::get(ACTION, "GetAction", TAG)).returns::<Action>(200).statuses(&[404]),
        action(Operation::delete(ACTION, "DeleteAction", TAG)).statuses(&[204, 404]),
        Operation::post("/api/configs/actions/test", "TestAction", TAG)
            .body::<TestAction>()
            .returns::<Value>(200)
            .statuses(&[204, 422]),
    ]
}
