//! Virtual environments.

use std::fs;
use std::path::PathBuf;

use crate::Outcome;
use crate::command::{command, complete, path};
use crate::requirements;

/// One virtual environment.
pub struct Environment(PathBuf);

impl Environment {
    /// The environment at this folder, made when it is not there.
    pub fn at(folder: PathBuf) -> Outcome<Self> {
        let environment = Environment(folder);
        if !environment.python().is_file() {
            let folder = environment.0.to_string_lossy().into_owned();
            complete(&mut command(requirements::python(), &["-m", "venv", &folder]))?;
        }
        Ok(environment)
    }

    /// Its interpreter.
    pub fn python(&self) -> PathBuf {
        self.0.join("bin/python")
    }

    /// Installs these, unless the very same list was installed before.
    pub fn install(&self, wanted: &[&str]) -> Outcome {
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

    /// Builds and installs our own package, `extra` being `[test]` or nothing.
    ///
    /// The development profile shares what the workspace has built already; release would compile it all again.
    pub fn install_ours(&self, extra: &str) -> Outcome {
        self.pip(&[&format!("./sdk/python{extra}")])
    }

    fn pip(&self, wanted: &[&str]) -> Outcome {
        let mut words = vec!["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        words.extend(wanted);
        let mut pip = command(self.python(), &words);
        complete(pip.env("MATURIN_PEP517_ARGS", "--profile=dev"))
    }
}
