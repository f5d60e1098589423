//! Roles of machine-to-machine applications (inventory M072–M075), and the two roles with a meaning of their own.

use db::{DbError, Read, Tx, params, sql};
use oauth::client::ApplicationType;

use super::model::Application;
use super::store::by_id;
use crate::errors::ApiError;

/// The name of the hidden role that makes an application an administrator of its tenant.
const ADMIN: &str = "#internal:admin";

/// Whether the application holds `#internal:admin`.
///
/// # Errors
/// A failure of the database.
pub(super) fn is_admin(r: &Read<'_>, application: &Application) -> Result<bool, DbError> {
    let text = sql!(
        "select x.role_id from applications_roles x join roles r on r.tenant_id = x.tenant_id and r.id = x.role_id \
         where x.tenant_id = $1 and x.application_id = $2 and r.name = $3"
    );
    Ok(r.maybe::<String>(text, params![&application.tenant_id, &application.id, ADMIN])?.is_some())
}

/// Gives or takes the role `#internal:admin` (inventory M066).
///
/// # Errors
/// 422 `application.invalid_type` when an application that can't hold roles should get it; 404 when it was deleted.
pub(super) fn set_admin(tx: &Tx<'_>, application: &Application, is_admin: bool) -> Result<(), ApiError> {
    let ids = params![&application.tenant_id, &application.id, ADMIN];
    if is_admin {
        return assign_by_name(tx, application, ADMIN);
    }
    tx.exec(
        sql!(
            "delete from applications_roles where tenant_id = $1 and application_id = $2 and role_id in \
             (select id from roles where tenant_id = $1 and name = $3)"
        ),
        ids,
    )?;
    Ok(())
}

/// Lets a machine-to-machine application of `tenant` call the Management API of tenant `target`: its own, or from the
/// tenant `admin` any.
///
/// # Errors
/// 404 when there is no such application, or no role for that API; 422 `application.invalid_type` for other types.
pub fn grant_management_api(tx: &Tx<'_>, tenant: &str, application_id: &str, target: &str) -> Result<(), ApiError> {
    let application = by_id(tx, tenant, application_id)?;
    match tenant {
        "admin" => assign_by_name(tx, &application, &format!("machine:mapi:{target}")),
        own if own == target => assign_by_name(tx, &application, "Logto Management API access"),
        _ => Err(ApiError::not_found()),
    }
}

fn assign_by_name(tx: &Tx<'_>, application: &Application, role: &str) -> Result<(), ApiError> {
    must_hold_roles(application)?;
    let text = sql!("select id from roles where tenant_id = $1 and name = $2 and type = 'MachineToMachine'");
    let role: String = tx.one(text, params![&application.tenant_id, role])?;
    tx.exec(
        sql!(
            "insert into applications_roles (tenant_id, application_id, role_id) values ($1, $2, $3) \
             on conflict (tenant_id, application_id, role_id) do nothing"
        ),
        params![&application.tenant_id, &application.id, role],
    )?;
    Ok(())
}

fn must_hold_roles(application: &Application) -> Result<(), ApiError> {
    match application.kind {
        ApplicationType::MachineToMachine => Ok(()),
        _ => Err(ApiError::unprocessable("application.invalid_type")),
    }
}
