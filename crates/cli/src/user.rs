//! `loggia user` and `loggia admin`: manage accounts.

use db::Tx;
use flow::{Identifier, IdentifierType};
use kernel::Secret;
use serde_json::json;
use server::errors::ApiError;
use server::users::store::{self, NewUser, UserLookup};
use server::{Settings, interaction, users};

use crate::arguments::{AdminCommand, UserCommand};
use crate::error::{CliError, ExitKind};
use crate::open_tenant::OpenTenant;
use crate::password;
use crate::print::print_result;

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
            print_result(output, &json!({"id": id}), &format!("id  {id}"));
            Ok(())
        }
        UserCommand::SetPassword { username, output, .. } => {
            let opened = OpenTenant::new(settings, tenant).await?;
            let id = set_password(&opened, &username, &password::read()?).await?;
            print_result(output, &json!({"id": id}), &format!("{username} has a new password"));
            Ok(())
        }
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
    print_result(output, &json!({"id": id}), &format!("id  {id}"));
    Ok(())
}

async fn create(
    opened: &OpenTenant,
    mut new: NewUser,
    password: &Secret<String>,
    is_admin: bool,
) -> Result<String, CliError> {
    users::validate_new_user(&new)?;
    new.password = Some(hash(opened, password).await?);
    let case_sensitive = opened.tenant.config().await?.policy.experience.username_policy.case_sensitive;
    let (tenant, rng, now) = (opened.tenant.id(), opened.app.rng.clone(), opened.app.clock.now());
    let write = move |tx: &Tx<'_>| {
        users::require_username_free(tx, (tenant, ""), new.username.as_deref(), case_sensitive)?;
        let user = users::create(tx, &rng, tenant, new, now)?;
        if is_admin {
            interaction::make_administrator(tx, now, &user.id)?;
        }
        Ok::<_, ApiError>(user.id)
    };
    if !is_admin {
        return Ok(opened.app.db.write(write).await?);
    }
    // Creating the first administrator disables registration in the tenant `admin`: a configuration change.
    let id = opened.tenant.write_config(write).await?;
    opened.wait_for_config_propagation().await;
    Ok(id)
}

async fn set_password(opened: &OpenTenant, username: &str, password: &Secret<String>) -> Result<String, CliError> {
    let case_sensitive_username = opened.tenant.config().await?.policy.experience.username_policy.case_sensitive;
    let (tenant, wanted) = (opened.tenant.id(), username.to_owned());
    let find = move |r: &db::Read<'_>| {
        let identifier = Identifier::new(IdentifierType::Username, wanted);
        store::find_by_identifier(r, UserLookup { tenant, case_sensitive_username }, &identifier)
    };
    let Some(user) = opened.app.db.read(find).await? else {
        let sentence = format!("the tenant `{tenant}` has no user `{username}`; check the spelling, or add --tenant");
        return Err(CliError::new(ExitKind::State, sentence));
    };
    let digest = hash(opened, password).await?;
    let (id, now) = (user.id.clone(), opened.app.clock.now());
    opened.app.db.write(move |tx| store::set_password(tx, (tenant, &id), &digest, now)).await?;
    Ok(user.id)
}

async fn hash(opened: &OpenTenant, password: &Secret<String>) -> Result<flow::PasswordDigest, CliError> {
    opened.app.hasher.hash(password.expose()).await.map_err(|error| {
        CliError::new(ExitKind::InvalidValue, format!("the password can't be set ({error}); choose another"))
    })
}
