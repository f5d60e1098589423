//! LibFuzzer's entry point: `cargo xtask fuzz` builds this with the instrumentation of `instrument.sh` and names the target
//! in `LOGGIA_FUZZ`.

#![no_main]
#![allow(clippy::panic)]

use std::sync::LazyLock;

static TARGET: LazyLock<fuzz::Target> = LazyLock::new(|| {
    let name = std::env::var("LOGGIA_FUZZ").unwrap_or_default();
    fuzz::target(&name).unwrap_or_else(|| panic!("LOGGIA_FUZZ={name:?} names no target"))
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| TARGET(data));
