//! `/api/custom-phrases`: a tenant's own texts of the hosted pages.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::operation::Operation;
use crate::sign_in_experience::LanguageTag;

const TAG: &str = "Custom phrases";

/// Texts by key, in groups.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TranslationObject(pub BTreeMap<String, Translation>);

/// A text, or a group of texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Translation {
    Text(String),
    Group(TranslationObject),
}

impl JsonSchema for TranslationObject {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "TranslationObject".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // The groups nest; written out, the schema would have no end.
        let group = json!({"type": "object", "additionalProperties": {}});
        json_schema!({"type": "object", "additionalProperties": {"oneOf": [{"type": "string"}, group]}})
    }
}

/// The texts of a tenant in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomPhrase {
    pub tenant_id: String,
    pub id: String,
    pub language_tag: String,
    /// The texts that differ from those that ship.
    pub translation: TranslationObject,
}

/// The query of the texts of pages.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
pub struct PhrasesQuery {
    /// The tag of a language; else that of the browser or of the tenant.
    pub lng: Option<String>,
}

/// All texts of the hosted pages in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Phrases {
    pub translation: TranslationObject,
}

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    let (all, one) = ("/api/custom-phrases", "/api/custom-phrases/{languageTag}");
    let of_one = |operation: Operation| operation.path_value::<LanguageTag>("languageTag");
    vec![
        Operation::get(all, "ListCustomPhrases", TAG).returns::<Vec<CustomPhrase>>(200),
        of_one(Operation::get(one, "GetCustomPhrase", TAG)).returns::<CustomPhrase>(200).statuses(&[404]),
        of_one(Operation::put(one, "ReplaceCustomPhrase", TAG))
            .body::<TranslationObject>()
            .returns::<CustomPhrase>(201)
            .statuses(&[422]),
        Operation::get("/api/.well-known/phrases", "GetSignInExperiencePhrases", "Well-known")
            .query::<PhrasesQuery>()
            .returns::<Phrases>(200),
        of_one(Operation::delete(one, "DeleteCustomPhrase", TAG)).statuses(&[204, 404, 409]),
    ]
}
