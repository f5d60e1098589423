//! Keys of single applications: an application may ask for an algorithm (`idTokenSignedResponseAlg`) that the tenant's key has
//! not. All applications that ask for it share one key.

use jose::Algorithm;

use super::rotation::{self, KeyTimes, NewKey};
use super::store::{self, Purpose};
use crate::App;
use crate::callers::RequestContext;
use crate::errors::ApiError;
use crate::tenants::Section;
use crate::work::Work;

/// Makes the key for an algorithm that is asked for, unless there is one. It takes time, so it comes before the unit of work
/// that sets the algorithm.
///
/// # Errors
/// No key can be made.
pub(crate) async fn prepare(
    request: &RequestContext,
    algorithm: Option<Algorithm>,
) -> Result<Option<NewKey>, ApiError> {
    match algorithm {
        Some(algorithm) if !request.config.keys.has_application_key(algorithm) => {
            rotation::generate(algorithm).await.map(Some)
        }
        _ => Ok(None),
    }
}

/// Stores a key that was made, in the unit that sets the algorithm. If another request was faster, its key stays.
///
/// # Errors
/// A failure of the database.
pub(crate) fn provide(work: &Work<'_>, app: &App, new: Option<&NewKey>) -> Result<(), ApiError> {
    let Some(new) = new else { return Ok(()) };
    work.touch(Section::Keys)?;
    if store::signing_keys(work, work.tenant_id())?.applications.contains_key(new.algorithm().as_str()) {
        return Ok(());
    }
    let now = app.clock.now();
    rotation::place(work, Purpose::Application, new, KeyTimes { now, earliest: now })
}
