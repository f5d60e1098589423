//! Runs the targets on all stored inputs: seeds, finds and regressions.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

fn replay(folder: &str) -> usize {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut count = 0;
    for entry in std::fs::read_dir(root).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let target = fuzz::target(&name).unwrap_or_else(|| panic!("{} is no target", folder.display()));
        for file in std::fs::read_dir(&folder).unwrap() {
            let path = file.unwrap().path();
            println!("{}", path.display());
            target(&std::fs::read(path).unwrap());
            count += 1;
        }
    }
    count
}

#[test]
fn every_target_holds_for_every_kept_input() {
    assert!(replay("corpus") > 0);
    for (name, target) in fuzz::TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
        assert!(std::fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some()), "{name} has no seeds");
        target(b"");
    }
}

#[test]
fn no_fault_that_was_mended_is_back() {
    replay("regressions");
}
