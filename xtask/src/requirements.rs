//! Programs that the tests need: installed with apt as root, otherwise named in the error.

use std::path::PathBuf;

use test_postgres::{is_root, programs};

use crate::TaskResult;
use crate::command::{command, complete, on_path};

/// The path of the browser: Chromium without the parts that only a window needs, which starts and draws faster.
pub fn chromium() -> PathBuf {
    std::env::var_os("CHROMIUM").map_or_else(|| PathBuf::from("/usr/bin/chromium-headless-shell"), PathBuf::from)
}

/// The interpreter for the virtual environments.
pub fn python() -> String {
    std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

/// Installs the missing programs, or fails with the command that installs them.
pub fn ensure() -> TaskResult {
    let missing = missing_packages();
    if !missing.is_empty() {
        let install = format!("apt-get install -y --no-install-recommends {}", missing.join(" "));
        if !is_root() || !on_path("apt-get") {
            return Err(format!("missing: {}. Run: sudo {install}", missing.join(", ")));
        }
        println!("installing: {install}");
        let mut update = command("apt-get", &["update", "-q"]);
        complete(update.env("DEBIAN_FRONTEND", "noninteractive"))?;
        let mut words = vec!["install", "-y", "-q", "--no-install-recommends"];
        words.extend(&missing);
        complete(command("apt-get", &words).env("DEBIAN_FRONTEND", "noninteractive"))?;
    }
    let still = missing_packages();
    if !still.is_empty() {
        return Err(format!("still missing after installing: {}", still.join(", ")));
    }
    for (program, cause) in [("node", "client libraries run on it"), ("npm", "it installs client libraries")] {
        if !on_path(program) {
            return Err(format!("{program} is missing ({cause}); install Node.js 20 or newer from https://nodejs.org"));
        }
    }
    println!("requirements: all there");
    Ok(())
}

/// The Debian packages whose programs are missing.
fn missing_packages() -> Vec<&'static str> {
    let mut missing = Vec::new();
    if !chromium().is_file() {
        missing.push("chromium-headless-shell");
    }
    // LibFuzzer is written in C++.
    if !on_path("c++") {
        missing.push("g++");
    }
    if programs().is_none() {
        missing.push("postgresql");
    }
    if !on_path("pgbouncer") && !PathBuf::from("/usr/sbin/pgbouncer").is_file() {
        missing.push("pgbouncer");
    }
    if !PathBuf::from("/usr/lib/apache2/modules/mod_auth_openidc.so").is_file() {
        missing.push("libapache2-mod-auth-openidc");
    }
    if !succeeds(&python(), &["-c", "import ensurepip, venv"]) {
        missing.push("python3-venv");
    }
    let faketime = |machine: &str| format!("/usr/lib/{machine}/faketime/libfaketime.so.1");
    if !["x86_64-linux-gnu", "aarch64-linux-gnu"].into_iter().any(|machine| PathBuf::from(faketime(machine)).is_file())
    {
        missing.push("libfaketime");
    }
    // Without a font, Chinese screenshots show only boxes.
    if !succeeds("sh", &["-c", "fc-list :lang=zh-cn 2>/dev/null | grep -q ."]) {
        missing.push("fonts-noto-cjk");
        if !on_path("fc-list") {
            missing.push("fontconfig");
        }
    }
    missing
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    command(program, arguments).output().is_ok_and(|output| output.status.success())
}
