//! `loggia tenant`: tenants beside `default` and `admin`.

use kernel::ids::ApplicationId;
use serde_json::{Value, json};
use server::Settings;
use server::applications;
use server::errors::ApiError;
use server::tenants::management::{self, CheckedTenant, CreateTenant};
use server::work::{Actor, Work};

use crate::arguments::{NewTenant, TenantCommand};
use crate::error::{CliError, ExitKind};
use crate::open_tenant::OpenTenant;
use crate::print::{print_list, print_result, printable};

/// Runs a tenant command.
///
/// # Errors
/// The reason. Each command is one transaction, so nothing is partly written.
pub async fn run(command: TenantCommand, settings: &Settings) -> Result<(), CliError> {
    let OpenTenant { app, tenant: admin } = OpenTenant::new(settings, "admin").await?;
    match command {
        TenantCommand::Create(arguments) => {
            let NewTenant { id, name, endpoint, output } = arguments;
            let new = new_tenant(&id, name, endpoint)?;
            let (inner, checked) = (app.clone(), CheckedTenant::new(&app, new)?);
            let write = move |work: &Work<'_>| {
                let made = management::create(&inner, work, &checked)?;
                let application = ApplicationId::from(format!("m-{}", made.id));
                let secret = applications::first_valid_secret(work, &application)?;
                Ok::<_, ApiError>((made, application, secret.map(|secret| secret.value).unwrap_or_default()))
            };
            let made = admin.write(&Actor::CommandLine, write).await;
            let (made, application, secret) = made.map_err(|error| taken(error, &id))?;
            let lines = [
                format!("id          {}", made.id),
                format!("name        {}", printable(&made.name)),
                format!("endpoint    {}", made.endpoint),
                format!("Management API (applications of the tenant `admin`)\nclient id   {application}"),
                format!("secret      {secret}"),
            ];
            let shown = json!({
                "id": made.id, "name": made.name, "endpoint": made.endpoint,
                "managementApplication": {"id": application, "secret": secret},
            });
            print_result(output, &shown, &lines.join("\n"))
        }
        TenantCommand::List(output) => {
            let inner = app.clone();
            let all = admin.read(&Actor::CommandLine, move |view| management::list(&inner, view)).await?;
            let lines: Vec<String> = all
                .iter()
                .map(|found| format!("{:<21}  {}  {}", found.id, found.endpoint, printable(&found.name)))
                .collect();
            print_list(output, &serde_json::to_value(&all).unwrap_or(Value::Null), &lines, "There are no tenants.")
        }
        TenantCommand::Delete { id, output } => {
            let wanted = id.clone();
            let deleted = admin.write(&Actor::CommandLine, move |work| management::delete(work, &wanted)).await;
            deleted.map_err(|error| match error.status().as_u16() {
                404 => {
                    let sentence = format!("`{id}` is no tenant that can be deleted; `loggia tenant list` shows all");
                    CliError::new(ExitKind::State, sentence)
                }
                _ => error.into(),
            })?;
            print_result(output, &json!({"id": id}), &format!("deleted {}", printable(&id)))
        }
    }
}

fn new_tenant(id: &str, name: Option<String>, endpoint: String) -> Result<CreateTenant, CliError> {
    let wrong = |flag: &str, reason: &str| {
        CliError::new(ExitKind::Usage, format!("{flag}: {}", kernel::text::sentence(reason)))
    };
    Ok(CreateTenant {
        id: id.to_owned().try_into().map_err(|reason: String| wrong("ID", &reason))?,
        name: name.map(TryInto::try_into).transpose().map_err(|reason: String| wrong("--name", &reason))?,
        endpoint: endpoint.try_into().map_err(|reason: String| wrong("--endpoint", &reason))?,
    })
}

fn taken(error: ApiError, id: &str) -> CliError {
    match error.code() {
        "entity.unique_integrity_violation" => {
            let sentence = format!("there is a tenant `{id}`, or one at this endpoint; `loggia tenant list` shows all");
            CliError::new(ExitKind::State, sentence)
        }
        _ => error.into(),
    }
}
