//! `loggia user` and `loggia admin`: manage accounts.

mod batches;
mod export;
mod import;
mod lines;
mod progress;
mod report;

use flow::{Identifier, IdentifierType};
use kernel::Secret;
use serde_json::json;
use server::errors::ApiError;
use server::interaction::{self, attempt_limit};
use server::users::store::{self, NewUser};
use server::work::Actor;
use server::{Settings, users};

use crate::arguments::{AdminCommand, UserCommand};
use crate::error::{CliError, ExitKind};
use crate::open_tenant::OpenTenant;
use crate::password;
use crate::print::{print_result, printable};

/// Runs a user command.
///
/// # Errors
/// The reason. Each command is one transaction, so nothing is partly written.
pub async fn run(command: UserCommand, settings: &Settings, tenant: &str) -> Result<(), CliError> {
    match command {
        UserCommand::Create { username, email, name, output, .. } => {
            let new = NewUser { username: Some(username), primary_email: email, name, ..NewUser::default() };
            let opened = OpenTenant::new(settings, tenant).await?;
            let id = create(&opened, new, &password::read()?, false).await?;
            print_result(output, &json!({"id": id}), &format!("id  {id}"))
        }
        UserCommand::SetPassword { username, output, .. } => {
            let opened = OpenTenant::new(settings, tenant).await?;
            let id = set_password(&opened, &username, &password::read()?).await?;
            print_result(output, &json!({"id": id}), &format!("{} has a new password", printable(&username)))
        }
        UserCommand::Import(asked) => import::run(&asked, settings, tenant).await,
        UserCommand::Export(asked) => export::run(&asked, settings, tenant).await,
    }
}

/// Creates an administrator: an account of the tenant `admin` with the console's roles.
///
/// # Errors
/// The reason; nothing is partly written.
pub async fn admin(command: AdminCommand, settings: &Settings) -> Result<(), CliError> {
    let AdminCommand::Create { username, email, output, .. } = command;
    let new = NewUser { username: Some(username), primary_email: email, ..NewUser::default() };
    let opened = OpenTenant::new(settings, "admin").await?;
    let id = create(&opened, new, &password::read()?, true).await?;
    print_result(output, &json!({"id": id}), &format!("id  {id}"))
}

async fn create(
    opened: &OpenTenant,
    mut new: NewUser,
    password: &Secret<String>,
    is_admin: bool,
) -> Result<String, CliError> {
    users::validate_new_user(&new)?;
    new.password = Some(hash(opened, password).await?);
    let case_sensitive = opened.tenant.config().await?.policy.case_sensitive_usernames;
    let write = opened.tenant.write(&Actor::CommandLine, move |work| {
        users::require_username_free(work, new.username.as_deref(), "", case_sensitive)?;
        let is_first = is_admin && !store::has_any_user(work)?;
        let user = users::create(work, new)?;
        if is_admin {
            interaction::make_administrator(work, &user.id)?;
        }
        if is_first {
            interaction::make_owner(work, &user.id)?;
        }
        Ok::<_, ApiError>(user.id)
    });
    let id = write.await?;
    if is_admin {
        // Creating the first administrator disables registration in the tenant `admin`: a configuration change.
        opened.wait_for_config_propagation().await;
    }
    Ok(id.into())
}

async fn set_password(opened: &OpenTenant, username: &str, password: &Secret<String>) -> Result<String, CliError> {
    let case_sensitive = opened.tenant.config().await?.policy.case_sensitive_usernames;
    let identifier = Identifier::new(IdentifierType::Username, username);
    let find = opened
        .tenant
        .read(&Actor::CommandLine, move |view| store::find_by_identifier(view, &identifier, case_sensitive));
    let Some(user) = find.await? else {
        let tenant = opened.tenant.id();
        let sentence = format!("the tenant `{tenant}` has no user `{username}`; check the spelling, or add --tenant");
        return Err(CliError::new(ExitKind::State, sentence));
    };
    let digest = hash(opened, password).await?;
    let write = opened.tenant.write(&Actor::CommandLine, move |work| {
        let user = users::change_password(work, &user.id, &digest)?;
        // Whoever forgot the old password has probably tried it too often.
        let identifiers = [&user.username, &user.primary_email, &user.primary_phone];
        attempt_limit::unlock(work, &identifiers.into_iter().flatten().cloned().collect::<Vec<_>>())?;
        Ok::<_, ApiError>(user)
    });
    let user = write.await?;
    Ok(user.id.into())
}

async fn hash(opened: &OpenTenant, password: &Secret<String>) -> Result<flow::PasswordDigest, CliError> {
    opened.app.hasher.hash(password.expose()).await.map_err(|error| {
        CliError::new(ExitKind::InvalidValue, format!("the password can't be set ({error}); choose another"))
    })
}
