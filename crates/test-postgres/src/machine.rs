//! Programs, accounts, ports and processes of this machine.

use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The directory of PostgreSQL's server programs: that of the `initdb` on the PATH, or Debian's newest version.
pub fn programs() -> Option<PathBuf> {
    let complete = |dir: &PathBuf| ["initdb", "postgres", "pg_isready"].iter().all(|name| dir.join(name).is_file());
    let on_path =
        std::env::var_os("PATH").into_iter().flat_map(|paths| std::env::split_paths(&paths).collect::<Vec<_>>());
    // /usr/local/bin may only have a symbolic link to one of the programs.
    let linked = on_path.filter_map(|dir| dir.join("initdb").canonicalize().ok()?.parent().map(PathBuf::from));
    let mut installed: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flat_map(|entries| entries.flatten())
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    installed.sort();
    linked.chain(installed.into_iter().rev().map(|(_, programs)| programs)).find(complete)
}

/// Whether this process runs as root.
pub fn is_root() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|text| {
        text.lines().any(|line| line.starts_with("Uid:") && line.split_whitespace().nth(1) == Some("0"))
    })
}

/// The user and group id of an account.
pub(crate) fn account(name: &str) -> Result<(u32, u32), String> {
    let accounts = std::fs::read_to_string("/etc/passwd").map_err(|error| error.to_string())?;
    accounts
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find(|fields| fields.first() == Some(&name))
        .and_then(|fields| Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?)))
        .ok_or_else(|| format!("there is no account {name:?}; PostgreSQL refuses to run as root"))
}

/// Sends a signal to a process. It is no error if the process has ended.
pub(crate) fn signal(process: u32, name: &str) {
    let _ = Command::new("kill").args([&format!("-{name}"), &process.to_string()]).stderr(Stdio::null()).status();
}

/// The child processes of `parent`.
pub(crate) fn children(parent: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").into_iter().flat_map(|entries| entries.flatten());
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let of_parent = |id: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        // After the name, which may contain spaces: the state, then the parent's id.
        let parents = stat.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(1));
        parents == Some(parent.to_string().as_str())
    };
    ids.filter(of_parent).collect()
}
