//! Files of an embedded database belong to its account alone.
#![allow(clippy::unwrap_used)]

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use db::migrate::{self, Migration};
use db::{Db, DbError, DbUrl, Options, params, sql};
use kernel::Timestamp;

const FIRST: Migration = Migration::new(1, "a", "create table a (id text primary key)");
const SECOND: Migration = Migration::new(2, "b", "create table b (id text primary key)");

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("loggia-private-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn url(path: &Path) -> DbUrl {
    DbUrl::from_str(&format!("sqlite://{}", path.display())).unwrap()
}

fn migrate(path: &Path, steps: &[Migration]) -> Result<migrate::Report, DbError> {
    migrate::run(&url(path), &Options::default(), steps, (Timestamp(1), false))
}

/// The files of a folder with their modes.
fn modes(folder: &Path) -> Vec<(String, u32)> {
    let mode = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry.unwrap();
        (entry.file_name().to_string_lossy().into_owned(), entry.metadata().unwrap().permissions().mode() & 0o7777)
    };
    let mut modes: Vec<_> = fs::read_dir(folder).unwrap().map(mode).collect();
    modes.sort();
    modes
}

#[tokio::test]
async fn the_database_its_companions_and_its_snapshot_are_private() {
    let folder = folder("created");
    let path = folder.join("t.db");
    migrate(&path, &[FIRST]).unwrap();
    let db = Db::open(&url(&path), &Options::default()).unwrap();
    db.write(|tx| tx.exec_one(sql!("insert into a (id) values ($1)"), params!["x"])).await.unwrap();
    migrate(&path, &[FIRST, SECOND]).unwrap();
    let expected = ["t.before-0002.db", "t.db", "t.db-shm", "t.db-wal"].map(|name| (name.to_owned(), 0o600));
    assert_eq!(modes(&folder), expected);
    fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn files_of_an_older_release_are_made_private() {
    let folder = folder("older");
    let path = folder.join("t.db");
    migrate(&path, &[FIRST]).unwrap();
    let open = Db::open(&url(&path), &Options::default()).unwrap();
    open.write(|tx| tx.exec_one(sql!("insert into a (id) values ($1)"), params!["x"])).await.unwrap();
    migrate(&path, &[FIRST, SECOND]).unwrap();
    for (name, _) in modes(&folder) {
        fs::set_permissions(folder.join(name), Permissions::from_mode(0o644)).unwrap();
    }
    fs::rename(folder.join("t.before-0002.db"), folder.join("t.before-0003.db")).unwrap();
    let third = Migration::new(3, "c", "create table c (id text primary key)");
    migrate(&path, &[FIRST, SECOND, third]).unwrap();
    assert!(modes(&folder).iter().all(|(_, mode)| *mode == 0o600), "{:?}", modes(&folder));
    // The connections that were open meanwhile still hold their locks and work.
    open.write(|tx| tx.exec_one(sql!("insert into a (id) values ($1)"), params!["y"])).await.unwrap();
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_symbolic_link_is_refused_by_name() {
    let folder = folder("links");
    let elsewhere = folder.join("elsewhere");
    fs::write(&elsewhere, "").unwrap();
    for (link, database) in [("t.db", "t.db"), ("u.db-wal", "u.db"), ("v.db-shm", "v.db"), ("w.db-journal", "w.db")] {
        for target in [elsewhere.clone(), folder.join("nowhere")] {
            symlink(&target, folder.join(link)).unwrap();
            let error = migrate(&folder.join(database), &[FIRST]).unwrap_err().to_string();
            assert!(error.contains(link) && error.contains("symbolic link"), "{error}");
            fs::remove_file(folder.join(link)).unwrap();
        }
        assert_eq!(fs::read(&elsewhere).unwrap(), b"", "{link}");
        assert!(!folder.join("nowhere").exists(), "{link}");
    }
    let snapshot = folder.join("x.before-0002.db");
    migrate(&folder.join("x.db"), &[FIRST]).unwrap();
    symlink(&elsewhere, &snapshot).unwrap();
    let error = migrate(&folder.join("x.db"), &[FIRST, SECOND]).unwrap_err().to_string();
    assert!(error.contains("x.before-0002.db is a symbolic link"), "{error}");
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_directory_may_be_reached_through_a_link() {
    let folder = folder("directory");
    fs::create_dir(folder.join("real")).unwrap();
    symlink(folder.join("real"), folder.join("link")).unwrap();
    migrate(&folder.join("link/t.db"), &[FIRST]).unwrap();
    assert_eq!(modes(&folder.join("real")), [("t.db".to_owned(), 0o600)]);
    let error = migrate(&folder.join("real"), &[FIRST]).unwrap_err().to_string();
    assert!(error.contains("not a regular file"), "{error}");
    let error = migrate(&folder.join("missing/t.db"), &[FIRST]).unwrap_err().to_string();
    assert!(error.contains("check that its directory exists"), "{error}");
    fs::remove_dir_all(folder).unwrap();
}
