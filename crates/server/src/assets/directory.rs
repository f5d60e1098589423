//! Files in a directory of this machine, or in one that several share.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// How often a file is begun anew because somebody else removed its directory, which was empty.
const MAX_ATTEMPTS: usize = 4;

/// A directory below which keys are paths.
#[derive(Debug, Clone)]
pub(crate) struct Directory {
    root: PathBuf,
}

impl Directory {
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Writes a file. It is complete and on the disk before it has its name.
    ///
    /// # Errors
    /// The file system's.
    pub fn write(&self, key: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(key)?;
        let mut attempts = 1;
        loop {
            match self.write_once(&path, bytes) {
                Err(error) if error.kind() == ErrorKind::NotFound && attempts < MAX_ATTEMPTS => attempts += 1,
                result => return result,
            }
        }
    }

    fn write_once(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let no_name = || io::Error::from(ErrorKind::InvalidInput);
        let (parent, name) = (path.parent().ok_or_else(no_name)?, path.file_name().ok_or_else(no_name)?);
        DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
        let unfinished = parent.join(format!(".{}.part", name.to_string_lossy()));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
        let written = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&unfinished, path));
        if written.is_err() {
            // Nobody would find it any more.
            let _ = fs::remove_file(&unfinished);
        }
        written?;
        // A new directory is on the disk with the one that names it.
        let mut directories = parent.ancestors().take_while(|directory| directory.starts_with(&self.root));
        directories.try_for_each(|directory| File::open(directory)?.sync_all())
    }

    /// Reads a file; none if there is none.
    ///
    /// # Errors
    /// The file system's.
    pub fn read(&self, key: &str) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.path(key)?) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            read => read.map(Some),
        }
    }

    /// Removes a file, if there is one, and the directories that it leaves empty.
    ///
    /// # Errors
    /// The file system's.
    pub fn remove(&self, key: &str) -> io::Result<()> {
        let path = self.path(key)?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        for directory in path.ancestors().skip(1).take_while(|directory| *directory != self.root) {
            if fs::remove_dir(directory).is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Keys are made by us, of few characters, and lead nowhere else.
    fn path(&self, key: &str) -> io::Result<PathBuf> {
        let is_name = |part: &str| {
            !part.is_empty()
                && !part.starts_with('.')
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        match key.split('/').all(is_name) {
            true => Ok(self.root.join(key)),
            false => Err(io::Error::new(ErrorKind::InvalidInput, "this is no key of a file")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn temporary(name: &str) -> Directory {
        let root = std::env::temp_dir().join(format!("loggia-assets-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        Directory::new(root)
    }

    #[test]
    fn a_file_is_written_read_and_removed_with_its_empty_directories() {
        let directory = temporary("whole");
        directory.write("default/ada/2026/a.png", b"one").unwrap();
        directory.write("default/bob/2026/b.png", b"two").unwrap();
        assert_eq!(directory.read("default/ada/2026/a.png").unwrap().as_deref(), Some(&b"one"[..]));
        directory.remove("default/ada/2026/a.png").unwrap();
        directory.remove("default/ada/2026/a.png").unwrap();
        assert_eq!(directory.read("default/ada/2026/a.png").unwrap(), None);
        assert!(!directory.root.join("default/ada").exists());
        assert_eq!(directory.read("default/bob/2026/b.png").unwrap().as_deref(), Some(&b"two"[..]));
        fs::remove_dir_all(&directory.root).unwrap();
    }

    #[test]
    fn files_are_their_owner_s_alone_and_none_is_left_half_written() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = temporary("mode");
        directory.write("default/a.png", b"one").unwrap();
        let mode = |path: &str| fs::metadata(directory.root.join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("default"), mode("default/a.png")), (0o700, 0o600));
        assert_eq!(fs::read_dir(directory.root.join("default")).unwrap().count(), 1);
        fs::create_dir(directory.root.join("default/b.png")).unwrap();
        directory.write("default/b.png", b"two").unwrap_err();
        assert_eq!(fs::read_dir(directory.root.join("default")).unwrap().count(), 2, "the unfinished one is gone");
        fs::remove_dir_all(&directory.root).unwrap();
    }

    #[test]
    fn e9_a_key_leads_nowhere_else() {
        let directory = temporary("keys");
        let odd = ["", "/etc/passwd", "a//b", "../a", "a/../../b", "a/.", ".a", "a\0b", "a\\b", "a/b/", "a b", "ä"];
        for key in odd {
            assert_eq!(directory.read(key).unwrap_err().kind(), ErrorKind::InvalidInput, "{key:?}");
            assert!(directory.write(key, b"x").is_err() && directory.remove(key).is_err(), "{key:?}");
        }
        assert!(!directory.root.exists());
    }
}
