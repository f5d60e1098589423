//! Keys of single applications: an application may ask for an algorithm (`idTokenSignedResponseAlg`, `userinfoSignedResponseAlg`) that the tenant's key has
//! not. All applications that ask for it share one key.

use jose::Algorithm;

use super::rotation::{self, KeyTimes, NewKey};
use super::store::{self, Purpose};
use crate::App;
use crate::callers::RequestContext;
use crate::errors::ApiError;
use crate::tenants::Section;
use crate::work::Work;

/// Makes the keys for algorithms that are asked for, unless there are any. It takes time, so it comes before the unit of work
/// that sets the algorithms.
///
/// # Errors
/// A key can't be made.
pub(crate) async fn prepare(request: &RequestContext, mut algorithms: Vec<Algorithm>) -> Result<Vec<NewKey>, ApiError> {
    algorithms.sort_by_key(|algorithm| algorithm.as_str());
    algorithms.dedup();
    algorithms.retain(|algorithm| !request.config.keys.has_application_key(*algorithm));
    let mut made = Vec::new();
    for algorithm in algorithms {
        made.push(rotation::generate(algorithm).await?);
    }
    Ok(made)
}

/// Stores keys that were made, in the unit that sets the algorithms. If another request was faster, its keys stay.
///
/// # Errors
/// A failure of the database.
pub(crate) fn provide(work: &Work<'_>, app: &App, new: &[NewKey]) -> Result<(), ApiError> {
    if new.is_empty() {
        return Ok(());
    }
    work.touch(Section::Keys)?;
    let known = store::signing_keys(work, work.tenant_id())?.applications;
    let now = app.clock.now();
    for key in new.iter().filter(|key| !known.contains_key(key.algorithm().as_str())) {
        rotation::place(work, Purpose::Application, key, KeyTimes { now, earliest: now })?;
    }
    Ok(())
}
