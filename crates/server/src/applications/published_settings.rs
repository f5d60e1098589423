//! The settings of applications that the discovery document tells of while one has them.

use db::{DbError, Json, Read, params, sql};
use oauth::client::CustomClientMetadata;

use crate::tenants::Section;
use crate::work::Work;

/// Which of them are in use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PublishedSettings {
    pub acr_values: bool,
    pub claims_parameter: bool,
}

impl PublishedSettings {
    fn of(metadata: &CustomClientMetadata) -> Self {
        Self {
            acr_values: metadata.acr_values_enabled == Some(true),
            claims_parameter: metadata.claims_parameter_enabled == Some(true),
        }
    }

    fn or(self, other: Self) -> Self {
        Self {
            acr_values: self.acr_values || other.acr_values,
            claims_parameter: self.claims_parameter || other.claims_parameter,
        }
    }
}

/// Those of all applications of a tenant.
///
/// # Errors
/// A failure of the database.
pub fn load(read: &Read<'_>, tenant_id: &str) -> Result<PublishedSettings, DbError> {
    let text = sql!(
        "select custom_client_metadata from applications where tenant_id = $1 and \
         (custom_client_metadata like '%\"acrValuesEnabled\":true%' or \
         custom_client_metadata like '%\"claimsParameterEnabled\":true%')"
    );
    let rows: Vec<(Json<CustomClientMetadata>,)> = read.query_all(text, params![tenant_id])?;
    Ok(rows.iter().fold(PublishedSettings::default(), |found, (row,)| found.or(PublishedSettings::of(&row.0))))
}

/// Says that the document may be another now, if an application has other settings than before. One that is not there has none.
///
/// # Errors
/// A failure of the database.
pub(super) fn touch_if_changed(
    work: &Work<'_>,
    before: Option<&CustomClientMetadata>,
    after: Option<&CustomClientMetadata>,
) -> Result<(), DbError> {
    let of = |metadata: Option<&CustomClientMetadata>| metadata.map(PublishedSettings::of).unwrap_or_default();
    if of(before) == of(after) { Ok(()) } else { work.touch(Section::Keys) }
}
