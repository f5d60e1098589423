//! Python virtual environments.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;

use crate::TaskResult;
use crate::command::{command, complete, path};
use crate::requirements;

/// A virtual environment.
pub struct Environment(PathBuf);

impl Environment {
    /// The environment in this directory, created if necessary.
    pub fn at(folder: PathBuf) -> TaskResult<Self> {
        Self::of(requirements::python(), folder)
    }

    /// The environment of an interpreter in this directory, created if necessary.
    pub fn of(interpreter: impl AsRef<OsStr>, folder: PathBuf) -> TaskResult<Self> {
        let environment = Environment(folder);
        if !environment.python().is_file() {
            let folder = environment.0.to_string_lossy().into_owned();
            complete(&mut command(interpreter, &["-m", "venv", &folder]))?;
        }
        Ok(environment)
    }

    /// The directory of its programs.
    pub fn programs(&self) -> PathBuf {
        self.0.join("bin")
    }

    /// Its interpreter.
    pub fn python(&self) -> PathBuf {
        self.0.join("bin/python")
    }

    /// Installs packages, unless the same list is installed already.
    pub fn install(&self, wanted: &[&str]) -> TaskResult {
        let mut list = wanted.join("\n");
        for file in wanted.windows(2).filter(|pair| pair[0] == "-r").map(|pair| pair[1]) {
            list.push_str(&fs::read_to_string(path(file)).map_err(|error| format!("{file}: {error}"))?);
        }
        let stamp = self.0.join("installed.txt");
        if fs::read_to_string(&stamp).is_ok_and(|before| before == list) {
            return Ok(());
        }
        self.pip(wanted)?;
        fs::write(stamp, list).map_err(|error| error.to_string())
    }

    /// Builds and installs our own package.
    ///
    /// The dev profile reuses the workspace's build; the release profile would compile everything again.
    pub fn install_ours(&self) -> TaskResult {
        self.pip_with_profile("dev", &["./sdk/python"])
    }

    /// Builds our own package for release and installs it.
    pub fn install_release(&self) -> TaskResult {
        self.pip_with_profile("release", &["./sdk/python"])
    }

    /// Installs our package from a wheel that is built already, whatever of it is installed.
    pub fn install_wheel(&self, wheel: &str) -> TaskResult {
        self.pip(&["--no-deps", "--force-reinstall", wheel])
    }

    fn pip(&self, wanted: &[&str]) -> TaskResult {
        self.pip_with_profile("dev", wanted)
    }

    fn pip_with_profile(&self, profile: &str, wanted: &[&str]) -> TaskResult {
        let mut words = vec!["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        words.extend(wanted);
        let mut pip = command(self.python(), &words);
        complete(pip.env("MATURIN_PEP517_ARGS", format!("--profile={profile}")))
    }
}
