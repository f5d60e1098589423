//! The file of a key that nobody set: readable by its owner only, and not through a symbolic link.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use kernel::{Rng, Secret};
use rustix::fs::OFlags;

use super::{KeyError, SecretKey};

/// Read and write for the owner, nothing for others.
const PRIVATE: u32 = 0o600;
/// A key with room for other encodings; a longer file is something else.
const MAX_BYTES: u64 = 256;

/// The key in a file; none if there is no file.
///
/// # Errors
/// [`KeyError::File`] when it is a link or no regular file, can't be read or restricted to its owner, or holds no key.
pub(super) fn read(path: &Path) -> Result<Option<SecretKey>, KeyError> {
    let refused = |cause: String| KeyError::File { path: path.to_owned(), cause };
    // A named pipe must not make the start wait.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path);
    let file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(_) if fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) => {
            return Err(refused("is a symbolic link; put the file itself there".into()));
        }
        Err(error) => return Err(refused(format!("can't be read ({error})"))),
    };
    restrict(&file, path)?;
    let mut text = String::new();
    let read = file.take(MAX_BYTES).read_to_string(&mut text);
    let text = Secret::new(text);
    read.map_err(|error| refused(format!("can't be read ({error})")))?;
    let key = text.expose().trim().parse();
    key.map(Some).map_err(|wrong: super::SecretKeyError| refused(format!("holds no key: it {wrong}")))
}

/// Takes the access of other accounts away.
fn restrict(file: &File, path: &Path) -> Result<(), KeyError> {
    let refused = |cause: String| KeyError::File { path: path.to_owned(), cause };
    let found = file.metadata().map_err(|error| refused(format!("can't be examined ({error})")))?;
    if !found.is_file() {
        return Err(refused("is not a regular file".into()));
    }
    let mode = found.permissions().mode() & 0o7777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    file.set_permissions(Permissions::from_mode(mode & 0o700)).map_err(|error| {
        refused(format!("has mode {mode:04o}, so other accounts can read it, and that can't be changed ({error})"))
    })?;
    tracing::warn!(path = %path.display(), mode = format!("{mode:04o}"), "others could read the key; it is private now");
    Ok(())
}

/// Makes a file with a new key. When another process made one meanwhile, that one counts.
///
/// # Errors
/// [`KeyError::File`] when it can't be written.
pub(super) fn create(path: &Path, rng: &Rng) -> Result<SecretKey, KeyError> {
    let key = SecretKey::from(rng.bytes());
    let made = write(path, &key, rng);
    match made {
        Ok(()) => {
            tracing::info!(path = %path.display(), "made the key that secrets in the database are sealed under; back it up");
            Ok(key)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let gone = || KeyError::File { path: path.to_owned(), cause: "appeared and is gone again".into() };
            read(path)?.ok_or_else(gone)
        }
        Err(error) => {
            let cause = format!("can't be written ({error}); let this account write there, or set SECRET_KEY");
            Err(KeyError::File { path: path.to_owned(), cause })
        }
    }
}

/// Nobody sees half a key: the file gets its name when it is on the disk, and an existing file stays.
fn write(path: &Path, key: &SecretKey, rng: &Rng) -> io::Result<()> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".{}", kernel::id::entity_id(rng)));
    let temporary = Path::new(&temporary);
    let text = Secret::new(format!("{}\n", key.to_base64().expose()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(temporary)?;
    let written = file.write_all(text.expose().as_bytes()).and_then(|()| file.sync_all());
    let named = written.and_then(|()| fs::hard_link(temporary, path));
    fs::remove_file(temporary)?;
    named?;
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Directory(std::path::PathBuf);

    impl Directory {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("loggia-key-file-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_key_file_is_private_alone_in_its_directory_and_made_once() {
        let directory = Directory::new("made");
        let path = directory.0.join("loggia.key");
        assert_eq!(read(&path).unwrap(), None);
        let key = create(&path, &Rng::system()).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, PRIVATE);
        assert_eq!(read(&path).unwrap(), Some(key.clone()));
        assert_eq!(create(&path, &Rng::system()).unwrap(), key);
        assert_eq!(fs::read_dir(&directory.0).unwrap().count(), 1);
    }

    #[test]
    fn processes_that_start_together_agree_on_one_key() {
        let directory = Directory::new("together");
        let path = directory.0.join("loggia.key");
        let threads: Vec<_> = (0..16)
            .map(|_| {
                let path = path.clone();
                std::thread::spawn(move || create(&path, &Rng::system()).unwrap())
            })
            .collect();
        let keys: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert!(keys.iter().all(|key| *key == keys[0]));
    }

    #[test]
    fn an_open_key_file_becomes_private_and_links_and_other_files_are_refused() {
        let directory = Directory::new("odd");
        let path = directory.0.join("loggia.key");
        create(&path, &Rng::system()).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        read(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, PRIVATE);
        let link = directory.0.join("link.key");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let dangling = directory.0.join("dangling.key");
        std::os::unix::fs::symlink(directory.0.join("nothing"), &dangling).unwrap();
        let short = directory.0.join("short.key");
        fs::write(&short, "c2hvcnQ=").unwrap();
        for (path, cause) in [
            (&link, "symbolic link"),
            (&dangling, "symbolic link"),
            (&short, "5 bytes"),
            (&directory.0, "regular file"),
        ] {
            let error = read(path).unwrap_err().to_string();
            assert!(error.contains(cause) && error.contains(path.to_str().unwrap()), "{error}");
        }
    }
}
