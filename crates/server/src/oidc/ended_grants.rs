//! Deletes the grants of clients that are other ones to people now, or gone, with their codes and tokens. Nobody can use them any more
//! ([`super::grants::end_all_of_client`]). One look through all grants serves all such clients, so that no grant needs an index
//! for it.

use std::collections::HashMap;

use db::{DbError, FromRow, params, sql};

use crate::App;

/// Grants that are looked at in one read.
const MAX_READ_ROWS: usize = 5000;
/// Grants that are deleted in one transaction, so that no request waits long for it.
const MAX_BATCH_ROWS: usize = 250;

/// A row of `ended_grants`.
#[derive(Clone, FromRow)]
struct EndedClient {
    tenant_id: String,
    client_id: String,
    before_epoch: i64,
}

#[derive(FromRow)]
struct GrantRow {
    tenant_id: String,
    id: String,
    client_id: String,
    consent_epoch: i64,
}

/// Deletes all of them. Returns the number of grants.
///
/// # Errors
/// A failure of the database; earlier batches stay committed, and the rest is found the next time.
pub async fn delete(app: App) -> Result<u64, DbError> {
    let all = sql!("select ", EndedClient::COLUMNS, " from ended_grants");
    let clients: Vec<EndedClient> = app.db.read(move |r| r.query_all(all, params![])).await?;
    if clients.is_empty() {
        return Ok(0);
    }
    let ends = clients.iter().map(|client| ((client.tenant_id.clone(), client.client_id.clone()), client.before_epoch));
    let ends: HashMap<(String, String), i64> = ends.collect();
    let mut removed = 0;
    let mut last = (String::new(), String::new());
    loop {
        let after = last.clone();
        let page: Vec<GrantRow> = app
            .db
            .read(move |r| {
                let next = sql!(
                    "select ",
                    GrantRow::COLUMNS,
                    " from grants where (tenant_id, id) > ($1, $2) order by tenant_id, id limit $3"
                );
                r.query_all(next, params![after.0, after.1, i64::try_from(MAX_READ_ROWS).unwrap_or(i64::MAX)])
            })
            .await?;
        let is_whole = page.len() == MAX_READ_ROWS;
        if let Some(newest) = page.last() {
            last = (newest.tenant_id.clone(), newest.id.clone());
        }
        let has_ended = |grant: &GrantRow| {
            let end = ends.get(&(grant.tenant_id.clone(), grant.client_id.clone()));
            end.is_some_and(|end| grant.consent_epoch < *end)
        };
        let ended: Vec<GrantRow> = page.into_iter().filter(has_ended).collect();
        removed += delete_grants(&app, ended).await?;
        if !is_whole {
            break;
        }
    }
    forget(&app, clients).await?;
    Ok(removed)
}

async fn delete_grants(app: &App, mut grants: Vec<GrantRow>) -> Result<u64, DbError> {
    let removed = grants.len() as u64;
    while !grants.is_empty() {
        let batch = grants.split_off(grants.len().saturating_sub(MAX_BATCH_ROWS));
        let delete = sql!("delete from grants where tenant_id = $1 and id = $2");
        let delete_batch = move |tx: &db::Tx<'_>| {
            batch.iter().try_for_each(|grant| tx.exec_pipelined(delete, params![&grant.tenant_id, &grant.id]))
        };
        app.db.write(delete_batch).await?;
    }
    Ok(removed)
}

/// Clients that became other ones again meanwhile are looked for again.
async fn forget(app: &App, clients: Vec<EndedClient>) -> Result<(), DbError> {
    let forget = sql!("delete from ended_grants where tenant_id = $1 and client_id = $2 and before_epoch = $3");
    let each = move |tx: &db::Tx<'_>| {
        clients.iter().try_for_each(|client| {
            tx.exec(forget, params![&client.tenant_id, &client.client_id, client.before_epoch]).map(drop)
        })
    };
    app.db.write(each).await
}
