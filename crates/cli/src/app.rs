//! `loggia app`: manage applications.

use db::Tx;
use oauth::client::{ApplicationType, OidcClientMetadata};
use serde_json::json;
use server::Settings;
use server::applications::{self, CreateApplication, CreatedApplication};
use server::errors::ApiError;

use crate::arguments::{AppCommand, ApplicationTypeArg};
use crate::error::{CliError, ExitKind};
use crate::open_tenant::OpenTenant;
use crate::print::print_result;

/// Runs an application command.
///
/// # Errors
/// The reason. Each command is one transaction, so nothing is partly written.
pub async fn run(command: AppCommand, settings: &Settings, tenant: &str) -> Result<(), CliError> {
    match command {
        AppCommand::Create { kind, name, redirect_uris, post_logout_redirect_uris, management_api, output } => {
            let kind = application_type(kind);
            if management_api && kind != ApplicationType::MachineToMachine {
                let sentence = "only a machine-to-machine application may use --management-api; add --type m2m, or leave \
                                the flag out";
                return Err(CliError::new(ExitKind::Usage, sentence));
            }
            let mut new = CreateApplication::new(&name, kind);
            new.oidc_client_metadata =
                Some(OidcClientMetadata { redirect_uris, post_logout_redirect_uris, ..OidcClientMetadata::default() });
            let opened = OpenTenant::new(settings, tenant).await?;
            let created = create(&opened, new, management_api).await?;
            let id = created.application.id;
            let text = match &created.secret {
                Some(secret) => format!("id      {id}\nsecret  {secret}"),
                None => format!("id      {id}\n(applications of this type have no secret)"),
            };
            print_result(output, &json!({"id": id, "secret": created.secret}), &text);
            Ok(())
        }
        AppCommand::List(output) => {
            let opened = OpenTenant::new(settings, tenant).await?;
            let tenant = opened.tenant.id();
            let all = opened.app.db.read(move |r| applications::list_all(r, tenant)).await?;
            let lines: Vec<String> =
                all.iter().map(|app| format!("{}  {:<16}  {}", app.id, app.kind.name(), app.name)).collect();
            print_result(output, &serde_json::to_value(&all).unwrap_or_default(), &lines.join("\n"));
            Ok(())
        }
        AppCommand::Delete { id, output } => {
            let opened = OpenTenant::new(settings, tenant).await?;
            let (tenant, wanted) = (opened.tenant.id(), id.clone());
            let delete = move |tx: &Tx<'_>| applications::delete(tx, tenant, &wanted);
            opened.tenant.write_config(delete).await.map_err(|error: ApiError| match error.status().as_u16() {
                404 => CliError::new(
                    ExitKind::State,
                    format!("the tenant `{tenant}` has no application `{id}`; `loggia app list` shows those it has"),
                ),
                _ => error.into(),
            })?;
            opened.wait_for_config_propagation().await;
            print_result(output, &json!({"id": id}), &format!("deleted {id}"));
            Ok(())
        }
    }
}

async fn create(
    opened: &OpenTenant,
    new: CreateApplication,
    management_api: bool,
) -> Result<CreatedApplication, CliError> {
    let (tenant, rng, now) = (opened.tenant.id(), opened.app.rng.clone(), opened.app.clock.now());
    let write = move |tx: &Tx<'_>| {
        let created = applications::create(tx, tenant, (&rng, now), new)?;
        if management_api {
            applications::grant_management_api(tx, tenant, &created.application.id, tenant)?;
        }
        Ok::<_, ApiError>(created)
    };
    let created = opened.tenant.write_config(write).await?;
    opened.wait_for_config_propagation().await;
    Ok(created)
}

fn application_type(kind: ApplicationTypeArg) -> ApplicationType {
    match kind {
        ApplicationTypeArg::Traditional => ApplicationType::Traditional,
        ApplicationTypeArg::Spa => ApplicationType::Spa,
        ApplicationTypeArg::Native => ApplicationType::Native,
        ApplicationTypeArg::M2m => ApplicationType::MachineToMachine,
    }
}
