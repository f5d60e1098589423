//! Temporary folders, which go with the test that made them, also when it fails.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};
use std::{fs, process};

static COUNT: AtomicU32 = AtomicU32::new(0);
static SWEEP: Once = Once::new();
/// A killed run deletes nothing: a later one does, after this time.
const ABANDONED_AFTER: Duration = Duration::from_secs(3600);

/// A new folder, which other accounts can enter. Dropping it deletes it.
#[derive(Debug)]
pub struct TestFolder(PathBuf);

impl TestFolder {
    /// Makes a folder in the temporary directory.
    ///
    /// # Errors
    /// That of the system.
    pub fn new() -> std::io::Result<Self> {
        let parent = std::env::temp_dir().join("loggia-tests");
        SWEEP.call_once(|| sweep(&parent));
        let folder = parent.join(format!("{}-{}", process::id(), COUNT.fetch_add(1, Ordering::SeqCst)));
        // Process ids repeat.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TestFolder {
    fn drop(&mut self) {
        // A file that is still in use goes with the next sweep.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A new folder that is deleted when the thread of the test ends, with or without a panic.
///
/// # Errors
/// As [`TestFolder::new`].
pub fn folder_of_test() -> std::io::Result<PathBuf> {
    thread_local!(static FOLDERS: RefCell<Vec<TestFolder>> = const { RefCell::new(Vec::new()) });
    let folder = TestFolder::new()?;
    let path = folder.path().to_owned();
    FOLDERS.with_borrow_mut(|folders| folders.push(folder));
    Ok(path)
}

/// Deletes what processes left that are no more.
#[expect(clippy::disallowed_methods, reason = "the ages of files are told by the machine's clock")]
fn sweep(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name.split(['-', '_']).find_map(|part| part.parse::<u32>().ok());
        let is_running = owner.is_some_and(|id| Path::new(&format!("/proc/{id}")).exists());
        let modified = entry.metadata().and_then(|data| data.modified()).ok();
        let age = modified.and_then(|at| SystemTime::now().duration_since(at).ok());
        if is_running || age.is_none_or(|age| age < ABANDONED_AFTER) {
            continue;
        }
        let _ = fs::remove_dir_all(entry.path()).or_else(|_| fs::remove_file(entry.path()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_goes_with_its_test_also_when_that_fails() {
        let failing = std::thread::spawn(|| {
            let folder = folder_of_test().unwrap();
            fs::write(folder.join("t.db"), "rows").unwrap();
            std::panic::resume_unwind(Box::new(folder));
        });
        let folder = failing.join().unwrap_err().downcast::<PathBuf>().unwrap();
        assert!(folder.starts_with(std::env::temp_dir()) && !folder.exists(), "{folder:?}");
    }

    #[test]
    fn what_a_killed_run_left_is_swept_and_a_running_one_keeps_its_own() {
        let parent = TestFolder::new().unwrap();
        let old = SystemTime::UNIX_EPOCH;
        let make = |name: &str| {
            let file = parent.path().join(name);
            let file_handle = fs::File::create(&file).unwrap();
            file_handle.set_modified(old).unwrap();
            file
        };
        let own = format!("loggia_{}_0.db", process::id());
        let (abandoned, own) = (make("loggia_4294967_0.db"), make(&own));
        sweep(parent.path());
        assert_eq!((abandoned.exists(), own.exists()), (false, true));
    }
}
