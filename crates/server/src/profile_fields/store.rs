//! The table `custom_profile_fields`.

use std::collections::BTreeSet;

use ::api::ErrorCode;
use ::api::profile_fields::{
    CreateProfileField, ProfileField, ProfileFieldConfig, ProfileFieldPlace, UpdateProfileField,
};
use db::{DbError, FromRow, params, sql};
use kernel::id;
use serde_json::{Value, json};

use super::definition;
use crate::account_center;
use crate::errors::ApiError;
use crate::sign_in_experience;
use crate::tenants::Section;
use crate::work::{View, Work};

#[derive(FromRow)]
struct FieldRow {
    tenant_id: String,
    id: String,
    name: String,
    r#type: String,
    label: String,
    description: Option<String>,
    required: bool,
    #[row(json)]
    config: ProfileFieldConfig,
    created_at: i64,
    sie_order: i64,
}

impl FieldRow {
    fn into_field(self) -> Result<ProfileField, DbError> {
        let kind = serde_json::from_value(Value::String(self.r#type))
            .map_err(|error| DbError::Sql(format!("the type of the profile field {}: {error}", self.name)))?;
        Ok(ProfileField {
            tenant_id: self.tenant_id,
            id: self.id,
            name: self.name,
            kind,
            label: self.label,
            description: self.description,
            required: self.required,
            config: self.config,
            created_at: self.created_at,
            sie_order: self.sie_order,
        })
    }
}

/// All fields, in their order.
///
/// # Errors
/// A failure of the database.
pub(crate) fn list(view: &View<'_>) -> Result<Vec<ProfileField>, DbError> {
    let text = sql!("select * from custom_profile_fields where tenant_id = $1 order by sie_order, created_at, name");
    let rows: Vec<FieldRow> = view.query_all(text, params![view.tenant_id()])?;
    rows.into_iter().map(FieldRow::into_field).collect()
}

/// Those of `names` that are no field.
///
/// # Errors
/// A failure of the database.
pub(crate) fn missing<'a>(view: &View<'_>, names: impl Iterator<Item = &'a str>) -> Result<Vec<&'a str>, DbError> {
    let known = list(view)?;
    Ok(names.filter(|name| !known.iter().any(|field| field.name == *name)).collect())
}

/// The field with this name.
///
/// # Errors
/// 404 `entity.not_found`.
pub(super) fn get(view: &View<'_>, name: &str) -> Result<ProfileField, ApiError> {
    let text = sql!("select * from custom_profile_fields where tenant_id = $1 and name = $2");
    let row: Option<FieldRow> = view.query_opt(text, params![view.tenant_id(), name])?;
    Ok(row.ok_or_else(ApiError::not_found)?.into_field()?)
}

/// Creates a field, which comes last.
///
/// # Errors
/// 400 for a name or a definition that can't be; 422 `custom_profile_fields.name_exists`.
pub(super) fn create(work: &Work<'_>, new: &CreateProfileField) -> Result<ProfileField, ApiError> {
    let name = &new.name.0;
    definition::check_name(name)?;
    definition::check(name, &new.settings)?;
    work.touch(Section::Experience)?;
    let last = sql!("select coalesce(max(sie_order), 0) from custom_profile_fields where tenant_id = $1");
    let last: i64 = work.query_one(last, params![work.tenant_id()])?;
    let field = field(work, id::entity_id(work.rng()), name, &new.settings, last + 1);
    let text = sql!(
        "insert into custom_profile_fields \
         (tenant_id, name, id, type, label, description, required, config, created_at, sie_order) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    );
    let values = params![
        work.tenant_id(),
        name,
        &field.id,
        field.kind.as_str(),
        &field.label,
        &field.description,
        field.required,
        db::Json(&field.config),
        field.created_at,
        field.sie_order
    ];
    match work.exec(text, values) {
        Ok(_) => Ok(field),
        Err(DbError::Unique(_)) => Err(ApiError::unprocessable(ErrorCode::CustomProfileFieldsNameExists)),
        Err(other) => Err(other.into()),
    }
}

fn field(work: &Work<'_>, id: String, name: &str, settings: &UpdateProfileField, sie_order: i64) -> ProfileField {
    ProfileField {
        tenant_id: work.tenant_id().to_owned(),
        id,
        name: name.to_owned(),
        kind: settings.kind,
        label: settings.label.as_ref().map(|label| label.0.clone()).unwrap_or_default(),
        description: settings.description.as_ref().map(|description| description.0.clone()),
        required: settings.required,
        config: settings.config.clone().unwrap_or_default(),
        created_at: work.now().millis(),
        sie_order,
    }
}

/// Replaces a field except for its name and its place.
///
/// # Errors
/// 404; 400 for a definition that can't be.
pub(super) fn update(work: &Work<'_>, name: &str, settings: &UpdateProfileField) -> Result<ProfileField, ApiError> {
    work.touch(Section::Experience)?;
    let old = get(work, name)?;
    definition::check(name, settings)?;
    let new = ProfileField { created_at: old.created_at, ..field(work, old.id, name, settings, old.sie_order) };
    let text = sql!(
        "update custom_profile_fields set type = $3, label = $4, description = $5, required = $6, config = $7 \
         where tenant_id = $1 and name = $2"
    );
    work.exec_one(
        text,
        params![
            work.tenant_id(),
            name,
            new.kind.as_str(),
            &new.label,
            &new.description,
            new.required,
            db::Json(&new.config)
        ],
    )?;
    Ok(new)
}

/// Deletes a field, also from the sign-up form and the account pages.
///
/// # Errors
/// 404 `entity.not_found`.
pub(super) fn delete(work: &Work<'_>, name: &str) -> Result<(), ApiError> {
    work.touch(Section::Experience)?;
    let text = sql!("delete from custom_profile_fields where tenant_id = $1 and name = $2");
    match work.exec(text, params![work.tenant_id(), name])? {
        0 => Err(ApiError::not_found()),
        _ => {
            sign_in_experience::forget_profile_field(work, name)?;
            account_center::forget_profile_field(work, name)
        }
    }
}

/// Sets the places of fields; others keep theirs.
///
/// # Errors
/// 400 `custom_profile_fields.entity_not_exists_with_names`, `custom_profile_fields.conflicted_sie_order`.
pub(super) fn set_order(work: &Work<'_>, order: &[ProfileFieldPlace]) -> Result<Vec<ProfileField>, ApiError> {
    work.touch(Section::Experience)?;
    let unknown = missing(work, order.iter().map(|place| place.name.as_str()))?;
    if !unknown.is_empty() {
        return Err(unknown_names(&unknown));
    }
    let text = sql!("update custom_profile_fields set sie_order = $3 where tenant_id = $1 and name = $2");
    for place in order {
        work.exec_one(text, params![work.tenant_id(), &place.name, place.sie_order.0])?;
    }
    let fields = list(work)?;
    let places: BTreeSet<i64> = fields.iter().map(|field| field.sie_order).collect();
    match places.len() == fields.len() {
        true => Ok(fields),
        false => Err(ApiError::bad_request(ErrorCode::CustomProfileFieldsConflictedSieOrder)),
    }
}

/// 400 `custom_profile_fields.entity_not_exists_with_names`.
pub(crate) fn unknown_names(names: &[&str]) -> ApiError {
    let code = ErrorCode::CustomProfileFieldsEntityNotExistsWithNames;
    ApiError::bad_request(code).with_placeholder("names", &names.join(", ")).data(json!({"names": names}))
}
