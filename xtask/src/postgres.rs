//! A PostgreSQL of our own for the length of a test run.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::command::{Running, command, complete, target};
use crate::requirements;

/// A running server; stopped and its data removed when dropped.
pub struct Postgres {
    // Declared first so that it is stopped before the data goes.
    server: Running,
    _data: Data,
    port: u16,
}

impl Postgres {
    /// Starts a new one on a free port of the loopback interface.
    pub fn start() -> Outcome<Self> {
        // Durability is not what tests are about, and a throwaway database is never recovered.
        Self::with(&["fsync=off", "synchronous_commit=off", "full_page_writes=off"])
    }

    /// As [`Postgres::start`], with commits that wait for the disk.
    pub fn start_durable() -> Outcome<Self> {
        Self::with(&[])
    }

    fn with(settings: &[&str]) -> Outcome<Self> {
        let programs = requirements::postgres_programs().ok_or("PostgreSQL's server programs are not installed")?;
        let owner = if requirements::is_root() { Some(account("postgres")?) } else { None };
        let data = Data::create(owner)?;
        let as_owner = |program: &str, arguments: &[&str]| {
            let mut command = command(programs.join(program), arguments);
            command.current_dir("/");
            if let Some((user, group)) = owner {
                command.uid(user).gid(group);
            }
            command
        };
        let folder = data.0.to_string_lossy().into_owned();
        let mut initdb =
            as_owner("initdb", &["-D", &folder, "-U", "postgres", "-E", "UTF8", "--locale=C", "-A", "trust", "-N"]);
        complete(initdb.stdout(std::process::Stdio::null()))?;
        let port = free_port()?;
        let port_word = port.to_string();
        let log = fs::File::create(target().join("postgres.log")).map_err(|error| error.to_string())?;
        let mut server = as_owner("postgres", &["-D", &folder, "-p", &port_word]);
        for setting in ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=400"] {
            server.args(["-c", setting]);
        }
        for setting in settings {
            server.args(["-c", setting]);
        }
        let child = server
            .stdout(log.try_clone().map_err(|error| error.to_string())?)
            .stderr(log)
            .spawn()
            .map_err(|error| format!("cannot start PostgreSQL: {error}"))?;
        let mut postgres = Postgres { server: Running(child), _data: data, port };
        postgres.wait_until_ready(&programs.join("pg_isready"))?;
        println!("PostgreSQL {} on port {port}, process {}", programs.display(), postgres.server.0.id());
        Ok(postgres)
    }

    /// Its URL, as the tests take it.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn wait_until_ready(&mut self, program: &std::path::Path) -> Outcome {
        let patience = Instant::now() + Duration::from_secs(60);
        let port = self.port.to_string();
        while Instant::now() < patience {
            if let Ok(Some(status)) = self.server.0.try_wait() {
                return Err(format!("PostgreSQL ended with {status}; see {}", target().join("postgres.log").display()));
            }
            let asked = Command::new(program).args(["-q", "-h", "127.0.0.1", "-p", &port]).status();
            if asked.is_ok_and(|status| status.success()) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Err("PostgreSQL did not become ready within a minute".to_owned())
    }
}

struct Data(PathBuf);

impl Data {
    /// A new folder below `target/`, or below the temporary directory when the database's account cannot get there.
    fn create(owner: Option<(u32, u32)>) -> Outcome<Self> {
        let name = format!("loggia-postgres-{}", std::process::id());
        let mut cause = String::new();
        for parent in [target(), std::env::temp_dir()] {
            let folder = parent.join(&name);
            let made = fs::create_dir_all(&folder);
            if let Err(error) = made {
                cause = error.to_string();
                continue;
            }
            let data = Data(folder);
            let Some((user, group)) = owner else { return Ok(data) };
            chown(&data.0, Some(user), Some(group)).map_err(|error| error.to_string())?;
            let mut reach = Command::new("test");
            reach.arg("-w").arg(&data.0).current_dir("/").uid(user).gid(group);
            if reach.status().is_ok_and(|status| status.success()) {
                return Ok(data);
            }
            cause = format!("the account postgres cannot reach {}", data.0.display());
        }
        Err(format!("no folder for PostgreSQL's data: {cause}"))
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The user and group id of an account.
fn account(name: &str) -> Outcome<(u32, u32)> {
    let accounts = fs::read_to_string("/etc/passwd").map_err(|error| error.to_string())?;
    accounts
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find(|fields| fields.first() == Some(&name))
        .and_then(|fields| Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?)))
        .ok_or_else(|| format!("there is no account {name:?}; PostgreSQL refuses to run as root"))
}

/// A port that is free now.
pub fn free_port() -> Outcome<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    listener.local_addr().map(|address| address.port()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_throwaway_server_answers_and_leaves_nothing_behind() {
        if requirements::postgres_programs().is_none() {
            println!("PostgreSQL is not installed: not tried");
            return;
        }
        let postgres = Postgres::start().unwrap();
        let (folder, process) = (postgres._data.0.clone(), postgres.server.0.id());
        assert!(std::net::TcpStream::connect(("127.0.0.1", postgres.port)).is_ok());
        drop(postgres);
        assert!(!folder.exists());
        assert!(!std::path::Path::new(&format!("/proc/{process}")).exists());
    }
}
