//! `wheels`: the wheels of both Python packages for Linux on both machines, and the sdist.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::TaskResult;
use crate::command::{command, complete, output, target};
use crate::python::Environment;

const VERSION: &str = env!("CARGO_PKG_VERSION");
const MACHINES: [&str; 2] = ["x86_64", "aarch64"];
/// The oldest glibc that the programs run with: that of manylinux2014.
const GLIBC: &str = "2.17";
/// maturin builds the extension; the others make zig the linker and C compiler for the other machine.
const TOOLS: [&str; 3] = ["maturin>=1.7,<2", "cargo-zigbuild>=0.20", "ziglang"];
/// What the test of the bare environment runs.
const PROBE: &str = "\
def test_somebody_signs_in(signed_in_client, loggia_user, clock):
    client = signed_in_client()
    assert client.find_id_token_claims().sub == loggia_user.id
    clock.advance(hours=2)
    assert client.get_access_token()
";

/// Builds everything in release into `target/wheels`.
///
/// # Errors
/// What could not be built. A machine whose standard library is not there is left out, and named.
pub fn build() -> TaskResult {
    let folder = target().join("wheels");
    let _ = fs::remove_dir_all(&folder);
    let tools = Environment::at(target().join("python/wheels"))?;
    tools.install(&TOOLS)?;
    let mut left_out = Vec::new();
    for machine in MACHINES {
        let triple = format!("{machine}-unknown-linux-gnu");
        if has_standard_library(&triple) {
            extension(&tools, &triple, &folder)?;
            server(&tools, &triple, &folder)?;
        } else {
            left_out.push(triple);
        }
    }
    sdist(&tools, &folder)?;
    for file in files(&folder, "")? {
        println!("wheels: {}", file.display());
    }
    if left_out.is_empty() {
        return Ok(());
    }
    let triples = left_out.join(" ");
    Err(format!("nothing was built for {triples}: run `rustup target add {triples}`, then this command again"))
}

/// Whether Rust can build for a machine; asks rustup for what is missing.
fn has_standard_library(triple: &str) -> bool {
    let found = || {
        let asked = output(&mut command("rustc", &["--print", "target-libdir", "--target", triple]));
        asked.is_ok_and(|folder| Path::new(folder.trim()).is_dir())
    };
    found() || (complete(&mut command("rustup", &["target", "add", triple])).is_ok() && found())
}

fn extension(tools: &Environment, triple: &str, folder: &Path) -> TaskResult {
    let folder = folder.to_string_lossy();
    let words = ["build", "--release", "--locked", "--zig", "--compatibility", "manylinux2014", "--target", triple];
    let mut maturin = tool(tools, "maturin", &words);
    complete(maturin.args(["--manifest-path", "sdk/python/Cargo.toml", "--out", &folder]))
}

fn server(tools: &Environment, triple: &str, folder: &Path) -> TaskResult {
    let with_glibc = format!("{triple}.{GLIBC}");
    let words = ["zigbuild", "--release", "--locked", "--package", "loggia", "--target", &with_glibc];
    complete(&mut tool(tools, "cargo-zigbuild", &words))?;
    server_wheel(tools, &target().join(triple).join("release/loggia"), folder)
}

/// Packs a program that is built already.
fn server_wheel(python: &Environment, program: &Path, folder: &Path) -> TaskResult {
    let mut pack = command(python.python(), &["sdk/server/build_wheel.py"]);
    complete(pack.arg(program).arg(VERSION).arg(folder))
}

fn sdist(tools: &Environment, folder: &Path) -> TaskResult {
    let folder = folder.to_string_lossy();
    complete(&mut tool(tools, "maturin", &["sdist", "--manifest-path", "sdk/python/Cargo.toml", "--out", &folder]))
}

/// A program of the environment, which finds the other programs of the environment.
fn tool(tools: &Environment, name: &str, words: &[&str]) -> Command {
    let programs = tools.programs();
    let mut paths = vec![programs.clone()];
    paths.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    let mut tool = command(programs.join(name), words);
    if let Ok(joined) = std::env::join_paths(paths) {
        tool.env("PATH", joined);
    }
    tool.env("CARGO_TARGET_DIR", target());
    tool
}

/// Makes both wheels and the sdist out of what the tests have built, and installs them where there is no Rust. Returns the
/// wheel of `loggia-logto`, which was built from its sdist.
///
/// # Errors
/// What could not be packed or installed, or does not work once it is.
pub fn check(binary: &Path) -> TaskResult<PathBuf> {
    let folder = target().join("wheels-check");
    let _ = fs::remove_dir_all(&folder);
    let tools = Environment::at(target().join("python/wheels"))?;
    // Without zig, which is large: nothing is built for another machine here.
    tools.install(&TOOLS[..1])?;
    server_wheel(&tools, binary, &folder)?;
    sdist(&tools, &folder)?;
    let [source] = files(&folder, ".tar.gz")?.try_into().map_err(|_| "not one sdist was made".to_owned())?;
    let mut pip = command(tools.python(), &["-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir"]);
    pip.arg(&folder).arg(source).env("CARGO_TARGET_DIR", target()).env("MATURIN_PEP517_ARGS", "--profile=dev");
    complete(&mut pip)?;
    let ours = wheel_of("loggia_logto", &folder)?;
    in_a_bare_environment(&folder, &ours)?;
    Ok(ours)
}

fn in_a_bare_environment(folder: &Path, ours: &Path) -> TaskResult {
    let bare = folder.join("bare");
    let environment = Environment::at(bare.clone())?;
    let ours = format!("{}[test]", ours.display());
    let without_rust = |words: &[&str]| {
        let mut command = command(environment.python(), words);
        command.current_dir(&bare).env("PATH", "/usr/bin:/bin").env_remove("LOGGIA_BIN").env_remove("PYTHONPATH");
        command
    };
    let mut pip =
        without_rust(&["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:"]);
    complete(pip.arg(wheel_of("loggia_server", folder)?).arg(ours))?;
    complete(&mut without_rust(&["-m", "loggia_server", "--version"]))?;
    fs::write(bare.join("test_probe.py"), PROBE).map_err(|error| error.to_string())?;
    complete(&mut without_rust(&["-m", "pytest", "-q", "-p", "no:cacheprovider", "test_probe.py"]))
}

fn wheel_of(name: &str, folder: &Path) -> TaskResult<PathBuf> {
    let found = files(folder, ".whl")?.into_iter().find(|file| file.to_string_lossy().contains(name));
    found.ok_or_else(|| format!("no wheel of {name} was made"))
}

/// The files of a folder whose names end so, by name.
fn files(folder: &Path, end: &str) -> TaskResult<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.is_file() && path.to_string_lossy().ends_with(end))
        .collect();
    found.sort();
    Ok(found)
}
