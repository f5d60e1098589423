//! Files that people upload: avatars, and pictures of administrators (inventory M301, M302, E031, H130; docs/operations.md,
//! "Pictures"). Invariants: what is stored was encoded by us; keys are made by us; a file is there before its address is given out; a file
//! of ours goes with its user, and with the avatar that replaces it.

mod api;
mod directory;
mod files;
mod form;
mod picture;
pub mod removal;
mod s3;
mod serving;
mod signature;
mod store;
mod upload;

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use kernel::{Clock, Timestamp, id};
use outbound::Outbound;
use tokio::sync::Semaphore;

use crate::ApiError;
use crate::callers::RequestContext;
use crate::fair_share::{Place, Places};
use crate::network_budget::{ByteRate, NetworkBudget, NetworkLimits};
use crate::routes::Routes;
use crate::settings::AssetStorage;
pub(crate) use api::service_status;
use directory::Directory;
use files::Files;
pub(crate) use form::PictureForm;
pub(crate) use picture::Picture;
pub(crate) use store::{
    NewAsset, Owner, count_of_interaction, insert, interaction_digest, remove_all_of_user, set_avatar,
};
pub(crate) use upload::{Upload, Uploader};

/// Files that are received at the same time, of administrators and of others, and of one network.
const MAX_UPLOADS: usize = 8;
const MAX_UPLOADS_OF_NETWORK: usize = 4;
/// What people without a management token may store: hundreds of avatars at once, then some per second.
const STORED_BYTES: NetworkLimits = NetworkLimits {
    network: ByteRate { bytes_per_second: 64 << 10, burst: 16 << 20 },
    total: ByteRate { bytes_per_second: 256 << 10, burst: 128 << 20 },
};
/// How long an upload may stay without becoming an avatar.
pub(crate) const UNUSED_AFTER: Duration = Duration::from_secs(24 * 3600);
/// How long a file may take to be written.
const WRITTEN_AFTER: Duration = Duration::from_secs(3600);

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new().get("/user-assets/{*key}", serving::get_asset).merge(api::routes())
}

/// What the slice shares between requests.
pub struct Assets {
    files: Option<Files>,
    decoding: Arc<Semaphore>,
    uploads: Places<Uploader>,
    stored: NetworkBudget,
}

impl Assets {
    pub(crate) fn new(storage: &AssetStorage, outbound: Outbound, clock: Clock) -> Self {
        let now = clock.now();
        let files = match storage {
            AssetStorage::None => None,
            AssetStorage::Directory(root) => {
                Some(Files::new(files::Place::Directory(Directory::new(root.clone())), None))
            }
            AssetStorage::S3 { bucket, public_url } => {
                let bucket = s3::S3::new(bucket.clone(), outbound, clock);
                Some(Files::new(files::Place::S3(bucket), public_url.clone()))
            }
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            files,
            // Each needs up to 300 MB for a moment.
            decoding: Arc::new(Semaphore::new((cores / 2).clamp(1, 4))),
            uploads: Places::new(MAX_UPLOADS, MAX_UPLOADS_OF_NETWORK),
            stored: NetworkBudget::new(STORED_BYTES, now),
        }
    }

    /// The storage.
    ///
    /// # Errors
    /// 400 `storage.not_configured`.
    pub(crate) fn files(&self) -> Result<&Files, ApiError> {
        self.files.as_ref().ok_or_else(|| ApiError::bad_request("storage.not_configured"))
    }

    fn place(&self, context: &RequestContext, uploader: Uploader) -> Result<Place<'_, Uploader>, ApiError> {
        self.uploads.take(&uploader, context.ip.network()).ok_or_else(|| ApiError::unavailable(1))
    }

    /// Runs what takes long on a thread of its own, few at the same time.
    async fn off_thread<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
        let turn = Arc::clone(&self.decoding).acquire_owned().await;
        let run = move || {
            // Held until it is done, also when nobody waits for it any more.
            let _turn = turn;
            work()
        };
        // A decoder that panics met a broken file.
        tokio::task::spawn_blocking(run).await.map_err(|_| upload::broken())
    }
}

/// Chooses the key of a file.
///
/// # Errors
/// 400 `storage.not_configured`; 429 `request.rate_limited`.
pub(crate) fn prepare(
    context: &RequestContext,
    owner: Owner,
    picture: &Picture,
    expires_at: Timestamp,
) -> Result<NewAsset, ApiError> {
    let app = &context.app;
    let is_within_budget = matches!(owner, Owner::Tenant { .. })
        || app.assets.stored.take(context.ip.network(), picture.bytes.len(), context.now);
    if !is_within_budget {
        return Err(ApiError::new(StatusCode::TOO_MANY_REQUESTS, "request.rate_limited"));
    }
    let owner_path = match &owner {
        Owner::Tenant { uploader } => dated(uploader, context.now),
        Owner::User(user) => dated(user, context.now),
        // A rule of the bucket may remove by this date what was forgotten; see docs/operations.md.
        Owner::Interaction(_) => {
            let date = context.now.plus_seconds(24 * 3600).iso8601().chars().take(10).collect::<String>();
            format!("_pending/{date}/avatar/{}", id::entity_id(&app.rng))
        }
    };
    let random = id::entity_id(&app.rng);
    let name = picture.format.file_name();
    let key = format!("{}/{owner_path}/{}/{name}", context.tenant_id(), random.get(..8).unwrap_or(&random));
    let url = app.assets.files()?.url(context.tenant.endpoint(), &key);
    Ok(NewAsset { key, url, owner, expires_at })
}

/// `{owner}/2026/11/29`, with an id as a path may have it.
fn dated(owner: &str, now: Timestamp) -> String {
    let is_plain = |character: &char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    let owner: String = owner.chars().map(|character| if is_plain(&character) { character } else { '_' }).collect();
    format!("{owner}/{}", now.iso8601().chars().take(10).collect::<String>().replace('-', "/"))
}

/// Writes the file of a row.
///
/// # Errors
/// 500 `storage.upload_error`; the row stays, and the file, if there is one, is removed with it later.
pub(crate) async fn write_file(context: &RequestContext, new: &NewAsset, picture: &Picture) -> Result<(), ApiError> {
    context.app.assets.files()?.write(&new.key, picture).await.map_err(|detail| {
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "storage.upload_error")
            .with_detail(format!("{}: {detail}", new.key))
    })
}
