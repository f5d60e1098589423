//! Database files that only their owner can read.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::DbError;

/// Read and write for the owner, nothing for others.
const PRIVATE: u32 = 0o600;
/// What SQLite keeps beside the database. It creates these files with the permissions of the database.
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Held while a file is created. Closing a file releases all POSIX locks that this process has on it, also those of SQLite;
/// so nobody may open the database until the creating descriptor is closed, and an existing database is never opened here.
static CREATING: Mutex<()> = Mutex::new(());

/// Makes sure that the database and the files beside it are regular files with mode 0600. Creates the database if it does not
/// exist. Returns its path with the links among its directories resolved, so that SQLite can refuse all links.
///
/// # Errors
/// [`DbError::Open`] that names the file when it is a symbolic link, is no regular file, or can't be restricted.
pub(crate) fn prepare(path: &Path) -> Result<PathBuf, DbError> {
    let unusable = |error: io::Error| {
        DbError::Open(format!(
            "the database file {} can't be used ({error}); check that its directory exists and may be written",
            path.display()
        ))
    };
    let name = path.file_name().ok_or_else(|| unusable(ErrorKind::InvalidInput.into()))?;
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let resolved = directory.canonicalize().map_err(unusable)?.join(name);
    if !restrict(&resolved)? {
        match create(&resolved) {
            // Another process or thread created it meanwhile.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => drop(restrict(&resolved)?),
            other => other.map_err(unusable)?,
        }
    }
    for suffix in COMPANIONS {
        let mut companion = resolved.clone().into_os_string();
        companion.push(suffix);
        restrict(Path::new(&companion))?;
    }
    Ok(resolved)
}

/// Creates an empty file with mode 0600. Fails if anything has that name, also a link that leads nowhere.
pub(crate) fn create(path: &Path) -> io::Result<()> {
    let _creating = CREATING.lock().unwrap_or_else(PoisonError::into_inner);
    OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(path).map(drop)
}

/// Sets mode 0600 on an existing file that others can access. Returns whether the file exists.
///
/// # Errors
/// As [`prepare`].
pub(crate) fn restrict(path: &Path) -> Result<bool, DbError> {
    let refused = |cause: String| Err(DbError::Open(format!("{} {cause}", path.display())));
    let _creating = CREATING.lock().unwrap_or_else(PoisonError::into_inner);
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return refused(format!("can't be examined ({error})")),
    };
    if found.is_symlink() {
        return refused("is a symbolic link; name the database file itself, or remove the link".into());
    }
    if !found.is_file() {
        return refused("is not a regular file; give the database another name".into());
    }
    let mode = found.mode() & 0o7777;
    if mode & 0o077 == 0 {
        return Ok(true);
    }
    match fs::set_permissions(path, Permissions::from_mode(mode & 0o700)) {
        Ok(()) => {
            tracing::warn!(path = %path.display(), mode = format!("{mode:04o}"), "others could access a database file; it is private now");
            Ok(true)
        }
        // SQLite removes the files beside the database when the last connection is closed.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => refused(format!(
            "holds secrets, but its mode {mode:04o} lets other accounts access it, and that can't be changed ({error}); as its owner run: chmod 600 {}",
            path.display()
        )),
    }
}
