//! Why a search is refused.

use serde_json::json;

use crate::errors::ApiError;

/// A search that has no meaning, or would cost too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SearchError {
    UnknownField,
    UnknownMode,
    UnknownJoint,
    EmptyValue,
    ForbiddenCharacter,
    ValueTooLong,
    TooManyValues,
    OnlyExactTakesSeveral,
    NeedsCaseSensitivity,
    InvalidPattern,
}

impl SearchError {
    /// The message, as a key below `errors`.
    fn phrase(self) -> &'static str {
        match self {
            Self::UnknownField => "general.search_unknown_field",
            Self::UnknownMode => "general.search_unknown_mode",
            Self::UnknownJoint => "general.search_unknown_joint",
            Self::EmptyValue => "general.search_empty_value",
            Self::ForbiddenCharacter => "general.search_forbidden_character",
            Self::ValueTooLong => "general.search_value_too_long",
            Self::TooManyValues => "general.search_too_many_values",
            Self::OnlyExactTakesSeveral => "general.search_only_exact_takes_several",
            Self::NeedsCaseSensitivity => "general.search_needs_case_sensitivity",
            Self::InvalidPattern => "general.search_invalid_pattern",
        }
    }
}

impl From<SearchError> for ApiError {
    fn from(error: SearchError) -> Self {
        Self::bad_request("request.invalid_input").data(json!({})).with_phrase(error.phrase())
    }
}
