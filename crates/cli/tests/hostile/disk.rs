//! A disk that is full, and files that can't be written any more.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use test_postgres::{TestPostgres, is_root};

use crate::load::Load;
use crate::place::{Place, World, skipped};

/// A small disk of its own in memory.
pub struct Mounted {
    pub path: PathBuf,
}

impl Mounted {
    /// Mounts one; only root may. `owner` is whoever must be able to write below `space/`.
    pub fn new(megabytes: usize, owner: &TestPostgres) -> Option<Self> {
        let disk = Self::mount(megabytes)?;
        let space = disk.path.join("space");
        std::fs::create_dir(&space).unwrap();
        if let Some((user, group)) = owner.account() {
            std::os::unix::fs::chown(&space, Some(user), Some(group)).unwrap();
        }
        Some(disk)
    }

    fn mount(megabytes: usize) -> Option<Self> {
        if !is_root() {
            skipped("only root may mount a small disk");
            return None;
        }
        let path = std::env::temp_dir().join(format!("loggia-disk-{}-{megabytes}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        let size = format!("size={megabytes}m,mode=755");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&path).status();
        if !mounted.is_ok_and(|status| status.success()) {
            skipped("a small disk could not be mounted here");
            let _ = std::fs::remove_dir(&path);
            return None;
        }
        Some(Self { path })
    }

    /// A file that takes up space.
    pub fn fill(&self, bytes: usize) -> PathBuf {
        let path = self.path.join("ballast");
        std::fs::write(&path, vec![0; bytes]).unwrap();
        path
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Lazily: what a failed test left running may still have files open.
        let _ = Command::new("umount").arg("-l").arg(&self.path).status();
        let _ = std::fs::remove_dir(&self.path);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn h5_a_full_disk_refuses_writes_until_there_is_space() {
    let Some(disk) = Mounted::mount(12) else { return };
    let mut place = Place::sqlite();
    place.url = format!("sqlite://{}", disk.path.join("loggia.db").display());
    let node = place.start(&[]).await;
    let world = World::make(&node, 1).await;
    // The write-ahead log is copied into the database once there is space, which takes as much again.
    let ballast = disk.fill(5 << 20);
    let load = Load::start(&node, &world, (8, 20_000));
    load.refused(100).await;
    // Reads still work.
    assert_eq!(node.call(("GET", "/api/status"), "", None).await.status, 204);
    assert_eq!(node.call(("GET", "/api/users"), &world.bearer, None).await.status, 200);
    std::fs::remove_file(ballast).unwrap();
    load.acknowledged(3).await;
    let tally = load.stop().await;
    tally.verify(&node, &world).await;
    assert_eq!(place.embedded::<String>("pragma integrity_check"), "ok");
    node.stop().await;
}

/// Makes a file unchangeable even for those who have it open; root on a file system that can do so.
fn immutable(file: &Path, on: bool) -> bool {
    let flag = if on { "+i" } else { "-i" };
    Command::new("chattr").arg(flag).arg(file).output().is_ok_and(|output| output.status.success())
}

#[tokio::test(flavor = "multi_thread")]
async fn h6_files_that_cannot_be_written_refuse_writes_until_they_can() {
    let place = Place::sqlite();
    let node = place.start(&[]).await;
    let world = World::make(&node, 1).await;
    let load = Load::start(&node, &world, (8, 10));
    load.acknowledged(50).await;
    let files = ["loggia.db", "loggia.db-wal"].map(|name| place.folder.join(name));
    if !files.iter().all(|file| immutable(file, true)) {
        files.iter().for_each(|file| _ = immutable(file, false));
        skipped("files can't be made unchangeable here");
        load.stop().await;
        return;
    }
    load.refused(50).await;
    assert_eq!(node.call(("GET", "/api/users"), &world.bearer, None).await.status, 200);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(files.iter().all(|file| immutable(file, false)));
    load.acknowledged(50).await;
    let tally = load.stop().await;
    tally.verify(&node, &world).await;
    node.stop().await;
}
