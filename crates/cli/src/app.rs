//! `loggia app`: manage applications.

use kernel::ids::ApplicationId;
use oauth::client::{ApplicationType, OidcClientMetadata};
use serde_json::{Value, json};
use server::Settings;
use server::applications::{self, Application, CreateApplication, CreatedApplication, UpdateApplication};
use server::errors::ApiError;
use server::work::{Actor, Work};

use crate::arguments::{AppChanges, AppCommand, ApplicationTypeArg, NewApp};
use crate::error::{CliError, ExitKind};
use crate::open_tenant::OpenTenant;
use crate::print::{print_list, print_result, printable};

/// Runs an application command.
///
/// # Errors
/// The reason. Each command is one transaction, so nothing is partly written.
pub async fn run(command: AppCommand, settings: &Settings, tenant: &str) -> Result<(), CliError> {
    match command {
        AppCommand::Create(arguments) => create(arguments, settings, tenant).await,
        AppCommand::List(output) => {
            let opened = OpenTenant::new(settings, tenant).await?;
            let all = opened.tenant.read(&Actor::CommandLine, applications::list_all).await?;
            let lines: Vec<String> = all
                .iter()
                .map(|app| format!("{}  {:<16}  {}", app.id, app.kind.name(), printable(&app.name)))
                .collect();
            let empty = format!("The tenant `{tenant}` has no applications yet; `loggia app create` makes one.");
            print_list(output, &to_json(&all), &lines, &empty)
        }
        AppCommand::Show { id, output } => {
            let opened = OpenTenant::new(settings, tenant).await?;
            let wanted = ApplicationId::from(id.as_str());
            let found = opened.tenant.read(&Actor::CommandLine, move |view| applications::get(view, &wanted)).await;
            let application = found.map_err(|error| not_found(error, &opened, &id))?;
            print_result(output, &to_json(&application), &describe(&application))
        }
        AppCommand::Update { id, changes, output } => {
            let opened = OpenTenant::new(settings, tenant).await?;
            let application = update(&opened, &id, changes).await?;
            print_result(output, &to_json(&application), &describe(&application))
        }
        AppCommand::Delete { id, output } => {
            let opened = OpenTenant::new(settings, tenant).await?;
            let wanted = ApplicationId::from(id.as_str());
            let delete = move |work: &Work<'_>| applications::delete(work, &wanted);
            opened.tenant.write(&Actor::CommandLine, delete).await.map_err(|error| not_found(error, &opened, &id))?;
            opened.wait_for_config_propagation().await;
            print_result(output, &json!({"id": id}), &format!("deleted {}", printable(&id)))
        }
    }
}

async fn create(arguments: NewApp, settings: &Settings, tenant: &str) -> Result<(), CliError> {
    let NewApp { redirect_uris, post_logout_redirect_uris, management_api, .. } = arguments;
    let kind = application_type(arguments.kind);
    if management_api && kind != ApplicationType::MachineToMachine {
        let sentence =
            "only a machine-to-machine application may use --management-api; add --type m2m, or leave the flag out";
        return Err(CliError::new(ExitKind::Usage, sentence));
    }
    let name = arguments.name.try_into().map_err(|reason: String| {
        CliError::new(ExitKind::Usage, format!("--name: {}", kernel::text::sentence(&reason)))
    })?;
    let mut new = CreateApplication::new(name, kind);
    new.is_third_party = arguments.third_party;
    new.oidc_client_metadata =
        Some(OidcClientMetadata { redirect_uris, post_logout_redirect_uris, ..OidcClientMetadata::default() }.into());
    let opened = OpenTenant::new(settings, tenant).await?;
    let CreatedApplication { application, secret } = insert(&opened, new, management_api).await?;
    let id = application.id;
    let text = match &secret {
        Some(secret) => format!("id      {id}\nsecret  {secret}"),
        None => format!("id      {id}\n(applications of this type have no secret)"),
    };
    print_result(arguments.output, &json!({"id": id, "secret": secret}), &text)
}

async fn insert(
    opened: &OpenTenant,
    new: CreateApplication,
    management_api: bool,
) -> Result<CreatedApplication, CliError> {
    let write = move |work: &Work<'_>| {
        let created = applications::create(work, new)?;
        if management_api {
            applications::grant_management_api(work, &created.application.id, work.tenant_id())?;
        }
        Ok::<_, ApiError>(created)
    };
    let created = opened.tenant.write(&Actor::CommandLine, write).await?;
    opened.wait_for_config_propagation().await;
    Ok(created)
}

async fn update(opened: &OpenTenant, id: &str, changes: AppChanges) -> Result<Application, CliError> {
    let wanted = ApplicationId::from(id);
    // An empty value removes all.
    let list = |uris: Vec<String>| uris.into_iter().filter(|uri| !uri.is_empty()).collect::<Vec<_>>();
    let write = move |work: &Work<'_>| {
        let mut metadata = applications::get(work, &wanted)?.oidc_client_metadata;
        if let Some(uris) = changes.redirect_uris {
            metadata.redirect_uris = list(uris);
        }
        if let Some(uris) = changes.post_logout_redirect_uris {
            metadata.post_logout_redirect_uris = list(uris);
        }
        if let Some(is_third_party) = changes.third_party {
            applications::set_third_party(work, &wanted, is_third_party)?;
        }
        let patch = UpdateApplication { oidc_client_metadata: Some(metadata.into()), ..UpdateApplication::default() };
        applications::update(work, &wanted, patch)
    };
    let application =
        opened.tenant.write(&Actor::CommandLine, write).await.map_err(|error| not_found(error, opened, id))?;
    opened.wait_for_config_propagation().await;
    Ok(application)
}

fn not_found(error: ApiError, opened: &OpenTenant, id: &str) -> CliError {
    if error.status().as_u16() != 404 {
        return error.into();
    }
    let tenant = opened.tenant.id();
    let sentence = format!("the tenant `{tenant}` has no application `{id}`; `loggia app list` shows those it has");
    CliError::new(ExitKind::State, sentence)
}

fn to_json(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn describe(application: &Application) -> String {
    let mut lines = vec![
        format!("id                        {}", application.id),
        format!("name                      {}", printable(&application.name)),
        format!("type                      {}", application.kind.name()),
        format!("third party               {}", if application.is_third_party { "yes" } else { "no" }),
    ];
    let metadata = &application.oidc_client_metadata;
    let uris = |label: &str, uris: &[String]| {
        uris.iter().map(|uri| format!("{label:<26}{}", printable(uri))).collect::<Vec<_>>()
    };
    lines.extend(uris("redirect URI", &metadata.redirect_uris));
    lines.extend(uris("post-logout redirect URI", &metadata.post_logout_redirect_uris));
    lines.join("\n")
}

fn application_type(kind: ApplicationTypeArg) -> ApplicationType {
    match kind {
        ApplicationTypeArg::Traditional => ApplicationType::Traditional,
        ApplicationTypeArg::Spa => ApplicationType::Spa,
        ApplicationTypeArg::Native => ApplicationType::Native,
        ApplicationTypeArg::M2m => ApplicationType::MachineToMachine,
    }
}
