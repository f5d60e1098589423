//! Keys of single applications: an application may ask for an algorithm (`idTokenSignedResponseAlg`, `userinfoSignedResponseAlg`) that
//! the tenant's key has not. All applications that ask for it share one key.

use jose::Algorithm;
use tokio::sync::Semaphore;

use super::rotation::{self, KeyTimes};
use super::store::{self, Purpose};
use crate::Tenant;
use crate::callers::RequestContext;
use crate::errors::ApiError;
use crate::tenants::Section;
use crate::work::{Actor, Work};

/// Makes and stores the keys for algorithms that are asked for, unless there are any. It takes seconds, so it comes before the unit of
/// work that sets the algorithms, and after all other checks. Each key is made once, however many ask and hang up meanwhile.
///
/// # Errors
/// A key can't be made; a failure of the database.
pub(crate) async fn provide(request: &RequestContext, mut algorithms: Vec<Algorithm>) -> Result<(), ApiError> {
    algorithms.sort_by_key(|algorithm| algorithm.as_str());
    algorithms.dedup();
    algorithms.retain(|algorithm| !request.config.keys.has_application_key(*algorithm));
    for algorithm in algorithms {
        let tenant = request.tenant.clone();
        let task = tokio::spawn(async move { provide_one(&tenant, algorithm).await });
        task.await.map_err(|error| ApiError::internal(error.to_string()))??;
    }
    Ok(())
}

async fn provide_one(tenant: &Tenant, algorithm: Algorithm) -> Result<(), ApiError> {
    // Whoever waited finds the key of the first.
    static TURN: Semaphore = Semaphore::const_new(1);
    let _turn = TURN.acquire().await.map_err(|error| ApiError::internal(error.to_string()))?;
    let is_known = move |view: &crate::work::View<'_>| {
        let known = store::signing_keys(view, view.tenant_id())?.applications;
        Ok::<_, ApiError>(known.contains_key(algorithm.as_str()))
    };
    if tenant.read_inline(&Actor::Server, is_known).await? {
        return Ok(());
    }
    let new = rotation::generate(algorithm).await?;
    let app = tenant.app().clone();
    let place = move |work: &Work<'_>| {
        work.touch(Section::Keys)?;
        // Another node may have been faster.
        if store::signing_keys(work, work.tenant_id())?.applications.contains_key(algorithm.as_str()) {
            return Ok(());
        }
        let now = app.clock.now();
        rotation::place(work, Purpose::Application, &new, KeyTimes { now, earliest: now })
    };
    tenant.write(&Actor::Server, place).await
}
