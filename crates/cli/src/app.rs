//! `loggia app`: applications without a page.

use db::Tx;
use oauth::client::{ApplicationType, OidcClientMetadata};
use serde_json::json;
use server::Settings;
use server::applications::{self, Created, NewApplication};
use server::errors::ApiError;

use crate::arguments::{AppCommand, Kind as Type};
use crate::failure::{Failure, Kind};
use crate::opened::Opened;
use crate::output::print;

/// Runs one of the commands.
///
/// # Errors
/// What was refused, with nothing half-written: each command is one transaction.
pub async fn run(command: AppCommand, settings: &Settings, tenant: &str) -> Result<(), Failure> {
    match command {
        AppCommand::Create { kind, name, redirect_uris, post_logout_redirect_uris, management_api, output } => {
            let kind = application_type(kind);
            if management_api && kind != ApplicationType::MachineToMachine {
                let sentence = "only a machine-to-machine application may use --management-api; add --type m2m, or leave \
                                the flag out";
                return Err(Failure::new(Kind::Usage, sentence));
            }
            let mut new = NewApplication::new(&name, kind);
            new.oidc_client_metadata =
                Some(OidcClientMetadata { redirect_uris, post_logout_redirect_uris, ..OidcClientMetadata::default() });
            let opened = Opened::new(settings, tenant).await?;
            let created = create(&opened, new, management_api).await?;
            let id = created.application.id;
            let text = match &created.secret {
                Some(secret) => format!("id      {id}\nsecret  {secret}"),
                None => format!("id      {id}\n(applications of this type have no secret)"),
            };
            print(output, &json!({"id": id, "secret": created.secret}), &text);
            Ok(())
        }
        AppCommand::List(output) => {
            let opened = Opened::new(settings, tenant).await?;
            let tenant = opened.tenant.id();
            let all = opened.app.db.read(move |r| applications::list(r, tenant)).await?;
            let lines: Vec<String> =
                all.iter().map(|app| format!("{}  {:<16}  {}", app.id, app.kind.name(), app.name)).collect();
            print(output, &serde_json::to_value(&all).unwrap_or_default(), &lines.join("\n"));
            Ok(())
        }
        AppCommand::Delete { id, output } => {
            let opened = Opened::new(settings, tenant).await?;
            let (tenant, wanted) = (opened.tenant.id(), id.clone());
            let delete = move |tx: &Tx<'_>| applications::delete(tx, tenant, &wanted);
            opened.tenant.write_config(delete).await.map_err(|error: ApiError| match error.status().as_u16() {
                404 => Failure::new(
                    Kind::State,
                    format!("the tenant `{tenant}` has no application `{id}`; `loggia app list` shows those it has"),
                ),
                _ => error.into(),
            })?;
            opened.seen_everywhere().await;
            print(output, &json!({"id": id}), &format!("deleted {id}"));
            Ok(())
        }
    }
}

async fn create(opened: &Opened, new: NewApplication, management_api: bool) -> Result<Created, Failure> {
    let (tenant, rng, now) = (opened.tenant.id(), opened.app.rng.clone(), opened.app.clock.now());
    let write = move |tx: &Tx<'_>| {
        let created = applications::create(tx, tenant, (&rng, now), new)?;
        if management_api {
            applications::grant_management_api(tx, tenant, &created.application.id, tenant)?;
        }
        Ok::<_, ApiError>(created)
    };
    let created = opened.tenant.write_config(write).await?;
    opened.seen_everywhere().await;
    Ok(created)
}

fn application_type(kind: Type) -> ApplicationType {
    match kind {
        Type::Traditional => ApplicationType::Traditional,
        Type::Spa => ApplicationType::Spa,
        Type::Native => ApplicationType::Native,
        Type::M2m => ApplicationType::MachineToMachine,
    }
}
