//! The key of an installation: SECRET_KEY, or a file that the first start makes.

use std::collections::BTreeSet;
use std::path::PathBuf;

use db::Db;
use kernel::Rng;

use super::stored::key_ids;
use super::{Key, Sealer, SecretKey, key_file};
use crate::Settings;
use crate::serve::StartError;

/// Why the secrets in the database can't be used: a sentence with the next step.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error(
        "{source_name} is not the key that the secrets in the database were sealed under (they need key {needed}, this is \
         {current}); set SECRET_KEY to the key of the other nodes or of the backup, or add that key to SECRET_KEY_PREVIOUS"
    )]
    Other { source_name: String, needed: String, current: String },
    #[error(
        "the secrets in the database were sealed under a key that is not here (SECRET_KEY is not set and there is no {}); \
         set SECRET_KEY to the key of the other nodes or of the backup, or put the file back", .0.display()
    )]
    Missing(PathBuf),
    #[error(
        "the database holds secrets that are not sealed: a development version made it, or somebody changed it; make a new \
         database, with a new SECRET_KEY if you set one"
    )]
    NotSealed,
    #[error("the key file {} {cause}", path.display())]
    File { path: PathBuf, cause: String },
    #[error("AES-GCM can't be set up on this machine; please report this")]
    Unusable,
}

/// Finds the key of this installation. Makes a key file if there is no key yet and nothing in the database needs another one.
///
/// # Errors
/// [`StartError::Key`] when a key is missing, wrong or unreadable; [`StartError::Database`].
pub(crate) async fn open(settings: &Settings, db: &Db, rng: &Rng) -> Result<Sealer, StartError> {
    let needed = key_ids(db).await?;
    let current = match find_key(settings, &needed)? {
        Some(key) => key,
        None => key_file::create(&settings.key_file, rng)?,
    };
    let sealer = Sealer::new(&current, &settings.previous_secret_keys, rng.clone())?;
    require(settings, &sealer, &needed)?;
    Ok(sealer)
}

/// Checks the key without making one. Returns its id; none if the next start will make it.
///
/// # Errors
/// As the start of a server.
pub async fn examine(settings: &Settings, db: &Db) -> Result<Option<String>, StartError> {
    let needed = key_ids(db).await?;
    let Some(current) = find_key(settings, &needed)? else { return Ok(None) };
    let sealer = Sealer::new(&current, &settings.previous_secret_keys, Rng::system())?;
    require(settings, &sealer, &needed)?;
    Ok(Some(sealer.key_id().to_owned()))
}

/// Fails when the database holds a value that can't be opened. Called again after seeding: of two nodes that start together
/// on an empty database with different keys, only one may go on.
///
/// # Errors
/// As [`open`].
pub(crate) async fn check(settings: &Settings, db: &Db, sealer: &Sealer) -> Result<(), StartError> {
    Ok(require(settings, sealer, &key_ids(db).await?)?)
}

fn require(settings: &Settings, sealer: &Sealer, needed: &BTreeSet<String>) -> Result<(), KeyError> {
    match needed.iter().find(|id| sealer.key(id).is_none()) {
        None => Ok(()),
        Some(id) if id.is_empty() => Err(KeyError::NotSealed),
        Some(id) => Err(KeyError::Other {
            source_name: match settings.secret_key {
                Some(_) => "SECRET_KEY".to_owned(),
                None => format!("the key in {}", settings.key_file.display()),
            },
            needed: id.clone(),
            current: sealer.key_id().to_owned(),
        }),
    }
}

/// SECRET_KEY, else the key in the file; none if there is none and nothing needs it.
fn find_key(settings: &Settings, needed: &BTreeSet<String>) -> Result<Option<SecretKey>, KeyError> {
    if let Some(key) = &settings.secret_key {
        return Ok(Some(key.clone()));
    }
    if let Some(key) = key_file::read(&settings.key_file)? {
        return Ok(Some(key));
    }
    let known: Vec<Key> = settings.previous_secret_keys.iter().map(Key::new).collect::<Result<_, _>>()?;
    match needed.iter().find(|id| known.iter().all(|key| key.id != **id)) {
        None => Ok(None),
        Some(id) if id.is_empty() => Err(KeyError::NotSealed),
        Some(_) => Err(KeyError::Missing(settings.key_file.clone())),
    }
}
