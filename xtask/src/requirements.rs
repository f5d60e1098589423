//! Programs the tests need beside Rust: installed with apt when we may, named exactly when we may not.

use std::path::PathBuf;

use crate::Outcome;
use crate::command::{command, complete, on_path};

/// Where the browser is.
pub fn chromium() -> PathBuf {
    std::env::var_os("CHROMIUM").map_or_else(|| PathBuf::from("/usr/bin/chromium"), PathBuf::from)
}

/// The directory of PostgreSQL's server programs: where the PATH's `initdb` really is, or the newest that Debian installed.
pub fn postgres_programs() -> Option<PathBuf> {
    let complete = |dir: &PathBuf| ["initdb", "postgres", "pg_isready"].iter().all(|name| dir.join(name).is_file());
    let on_path =
        std::env::var_os("PATH").into_iter().flat_map(|paths| std::env::split_paths(&paths).collect::<Vec<_>>());
    // A link in /usr/local/bin brings one program and not its fellows.
    let linked = on_path.filter_map(|dir| dir.join("initdb").canonicalize().ok()?.parent().map(PathBuf::from));
    let mut installed: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flat_map(|entries| entries.flatten())
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    installed.sort();
    linked.chain(installed.into_iter().rev().map(|(_, programs)| programs)).find(complete)
}

/// The interpreter for the virtual environments.
pub fn python() -> String {
    std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

/// Whether this process runs as root.
pub fn is_root() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|text| {
        text.lines().any(|line| line.starts_with("Uid:") && line.split_whitespace().nth(1) == Some("0"))
    })
}

/// Makes sure that all is there, or says the one line that brings it.
pub fn ensure() -> Outcome {
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
    for (program, cause) in [("node", "@logto/node runs on it"), ("npm", "it installs @logto/node")] {
        if !on_path(program) {
            return Err(format!("{program} is missing ({cause}); install Node.js 20 or newer from https://nodejs.org"));
        }
    }
    println!("requirements: all there");
    Ok(())
}

/// Debian packages whose programs are not here.
fn missing_packages() -> Vec<&'static str> {
    let mut missing = Vec::new();
    if !chromium().is_file() {
        missing.push("chromium");
    }
    if postgres_programs().is_none() {
        missing.push("postgresql");
    }
    if !succeeds(&python(), &["-c", "import ensurepip, venv"]) {
        missing.push("python3-venv");
    }
    // Without it the screenshots in Chinese are rows of boxes, and nobody would see a missing translation.
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
