//! Runs the targets on changed seeds: the short form of fuzzing that every change passes. It is not guided by branches and needs no build
//! of its own; `cargo xtask fuzz` is the long form.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use kernel::Rng;

/// Changed inputs for each target; one of `requests` goes through the whole server.
const INPUTS: usize = 2_000;
const INPUTS_OF_REQUESTS: usize = 300;
/// Longer inputs are cut, as `-max_len` of the long form does.
const MAX_BYTES: usize = 4_096;
/// Bytes that parsers look for.
const MARKS: &[u8] = b"\0\n\r\"%&'+,-./:;<=>?@[\\]{}\x7f\x80\xc3\xff09AZaz";

struct Changes(Rng);

impl Changes {
    /// A number below `limit`, or 0.
    fn below(&self, limit: usize) -> usize {
        usize::from(u16::from_le_bytes(self.0.bytes())) % limit.max(1)
    }

    fn apply(&self, input: &mut Vec<u8>, other: &[u8]) {
        for _ in 0..=self.below(4) {
            let (from, length) = (self.below(input.len()), self.below(16));
            let part = from..(from + length).min(input.len());
            match self.below(6) {
                0 => input.insert(from, MARKS[self.below(MARKS.len())]),
                1 => drop(input.drain(part)),
                2 => {
                    let copy = input[part].to_vec();
                    input.splice(from..from, copy);
                }
                3 => input.truncate(from),
                4 => input.extend_from_slice(&other[self.below(other.len())..]),
                _ => {
                    if let Some(byte) = input.get_mut(from) {
                        *byte = u8::from_le_bytes(self.0.bytes());
                    }
                }
            }
        }
        input.truncate(MAX_BYTES);
    }
}

fn seeds(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| std::fs::read(file).unwrap()).collect()
}

#[test]
fn every_target_holds_for_changed_seeds() {
    for (name, target) in fuzz::TARGETS {
        let (seeds, changes) = (seeds(name), Changes(Rng::seeded(1)));
        let count = if *name == "requests" { INPUTS_OF_REQUESTS } else { INPUTS };
        for _ in 0..count {
            let mut input = seeds[changes.below(seeds.len())].clone();
            changes.apply(&mut input, &seeds[changes.below(seeds.len())]);
            if catch_unwind(AssertUnwindSafe(|| target(&input))).is_err() {
                let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("broken-{name}"));
                std::fs::write(&file, &input).unwrap();
                panic!("{name} is broken by {0}; keep it: cp {0} fuzz/regressions/{name}/", file.display());
            }
        }
    }
}
