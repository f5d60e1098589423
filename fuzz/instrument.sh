#!/bin/sh
# Cargo calls this instead of rustc for the crates of this workspace (RUSTC_WORKSPACE_WRAPPER): only they are instrumented for
# LibFuzzer, and their dependencies are shared with other builds. Procedural macros run inside rustc, which has no LibFuzzer.
case " $* " in
*" --crate-type proc-macro "*) exec "$@" ;;
esac
exec "$@" -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares \
    --cfg fuzzing
