//! Temporary PostgreSQL servers: started on a free loopback port, stopped and deleted on drop. Tests can crash, restart, pause
//! and resume them. Also ports that stay reserved and folders that go with their test. Development only.

mod folder;
mod machine;
mod port;

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

pub use folder::{TestFolder, folder_of_test};
pub use machine::{is_root, programs};
pub use port::ReservedPort;

/// The error is a sentence.
type TaskResult<T = ()> = Result<T, String>;

/// Most tests do not need durability.
const NOT_DURABLE: &[&str] = &["fsync=off", "full_page_writes=off"];

/// What a server has beyond the defaults.
#[derive(Default)]
pub struct ServerOptions<'a> {
    /// As in `postgresql.conf`: `name=value`.
    pub settings: &'a [&'a str],
    /// Certificate chain and private key, both PEM: the server offers TLS.
    pub certificate: Option<(&'a str, &'a str)>,
    /// The content of `pg_hba.conf`; by default everybody is trusted.
    pub access_rules: Option<&'a str>,
}

/// A PostgreSQL server. Dropping it stops the server and deletes its data.
pub struct TestPostgres {
    // Declared before `data`, so that the server stops before its data is deleted.
    process: ServerProcess,
    data: DataDirectory,
    port: ReservedPort,
    settings: Vec<String>,
}

impl TestPostgres {
    /// Starts a new server with its data below `parent`, or below the temporary directory if the database's account can't
    /// access `parent`.
    ///
    /// # Errors
    /// Why the server did not start.
    pub fn start(parent: &Path) -> TaskResult<Self> {
        Self::start_with(parent, &ServerOptions { settings: NOT_DURABLE, ..ServerOptions::default() })
    }

    /// As [`TestPostgres::start`], with durable commits.
    ///
    /// # Errors
    /// As [`TestPostgres::start`].
    pub fn start_durable(parent: &Path) -> TaskResult<Self> {
        Self::start_with(parent, &ServerOptions::default())
    }

    /// As [`TestPostgres::start_durable`], with more options.
    ///
    /// # Errors
    /// As [`TestPostgres::start`].
    pub fn start_with(parent: &Path, options: &ServerOptions<'_>) -> TaskResult<Self> {
        let owner = if is_root() { Some(machine::account("postgres")?) } else { None };
        let data = DataDirectory::create(parent, owner)?;
        let mut initdb = data.command("initdb")?;
        initdb.args(["-U", "postgres", "-E", "UTF8", "--locale=C", "-A", "trust", "-N"]);
        let made = initdb.output().map_err(|error| format!("cannot start initdb: {error}"))?;
        if !made.status.success() {
            return Err(format!("initdb failed: {}", String::from_utf8_lossy(&made.stderr)));
        }
        let mut settings: Vec<String> = options.settings.iter().map(|&setting| setting.to_owned()).collect();
        if let Some((certificate, key)) = options.certificate {
            data.write("server.crt", certificate)?;
            data.write("server.key", key)?;
            settings.push("ssl=on".to_owned());
        }
        if let Some(rules) = options.access_rules {
            data.write("pg_hba.conf", rules)?;
        }
        let port = ReservedPort::any()?;
        let process = launch(&data, port.number(), &settings)?;
        println!("PostgreSQL on port {}, process {}", port.number(), process.0.id());
        Ok(Self { process, data, port, settings })
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port())
    }

    /// User and group id of the account that it runs under, if it is not the current one.
    pub fn account(&self) -> Option<(u32, u32)> {
        self.data.owner
    }

    /// Ends it at once without a shutdown, like a crash of the machine.
    pub fn crash(&mut self) {
        self.process.end("QUIT");
    }

    /// Starts it again after [`TestPostgres::crash`], on the same port and data.
    ///
    /// # Errors
    /// Why it does not start.
    pub fn restart(&mut self) -> TaskResult {
        self.process = launch(&self.data, self.port(), &self.settings)?;
        Ok(())
    }

    /// Suspends all its processes: connections stay open, but get no response.
    pub fn pause(&self) {
        // The parent first, so that it starts no further processes.
        self.process.signal("STOP");
        machine::children(self.process.0.id()).into_iter().for_each(|child| machine::signal(child, "STOP"));
    }

    /// Resumes it after [`TestPostgres::pause`].
    pub fn resume(&self) {
        machine::children(self.process.0.id()).into_iter().for_each(|child| machine::signal(child, "CONT"));
        self.process.signal("CONT");
    }
}

impl Drop for TestPostgres {
    fn drop(&mut self) {
        // A suspended process does not handle signals.
        self.resume();
    }
}

fn launch(data: &DataDirectory, port: u16, settings: &[String]) -> TaskResult<ServerProcess> {
    let log = data.folder.join("server.log");
    let file = File::create(&log).map_err(|error| error.to_string())?;
    let port = port.to_string();
    let mut server = data.command("postgres")?;
    server.args(["-p", &port]);
    let always = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=400"];
    for setting in always.into_iter().chain(settings.iter().map(String::as_str)) {
        server.args(["-c", setting]);
    }
    server.stdout(file.try_clone().map_err(|error| error.to_string())?).stderr(file);
    let mut process = ServerProcess(server.spawn().map_err(|error| format!("cannot start PostgreSQL: {error}"))?);
    let deadline = Instant::now() + Duration::from_secs(60);
    let ready = programs().ok_or(MISSING)?.join("pg_isready");
    while Instant::now() < deadline {
        if let Ok(Some(status)) = process.0.try_wait() {
            let said = fs::read_to_string(&log).unwrap_or_default();
            return Err(format!("PostgreSQL ended with {status}: {said}"));
        }
        if Command::new(&ready).args(["-q", "-h", "127.0.0.1", "-p", &port]).status().is_ok_and(|s| s.success()) {
            return Ok(process);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Err("PostgreSQL did not become ready within a minute".to_owned())
}

/// The server's main process. Dropping it sends SIGINT, then SIGKILL.
struct ServerProcess(Child);

impl ServerProcess {
    fn signal(&self, name: &str) {
        machine::signal(self.0.id(), name);
    }

    fn end(&mut self, name: &str) {
        self.signal(name);
        let deadline = Instant::now() + Duration::from_secs(10);
        while Instant::now() < deadline {
            if matches!(self.0.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        if !matches!(self.0.try_wait(), Ok(Some(_))) {
            self.end("INT");
        }
    }
}

const MISSING: &str = "PostgreSQL's server programs are not installed";
static COUNT: AtomicU32 = AtomicU32::new(0);

struct DataDirectory {
    folder: PathBuf,
    owner: Option<(u32, u32)>,
}

impl DataDirectory {
    fn create(parent: &Path, owner: Option<(u32, u32)>) -> TaskResult<Self> {
        let name = format!("loggia-postgres-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
        let mut cause = String::new();
        for parent in [parent, &std::env::temp_dir()] {
            let folder = parent.join(&name);
            // Process ids repeat: a killed run may have left its directory behind.
            let _ = fs::remove_dir_all(&folder);
            if let Err(error) = fs::create_dir_all(&folder) {
                cause = error.to_string();
                continue;
            }
            let data = Self { folder, owner };
            let Some((user, group)) = owner else { return Ok(data) };
            chown(&data.folder, Some(user), Some(group)).map_err(|error| error.to_string())?;
            let mut reach = Command::new("test");
            reach.arg("-w").arg(&data.folder).current_dir("/").uid(user).gid(group);
            if reach.status().is_ok_and(|status| status.success()) {
                return Ok(data);
            }
            cause = format!("the account postgres cannot reach {}", data.folder.display());
        }
        Err(format!("no folder for PostgreSQL's data: {cause}"))
    }

    /// One of PostgreSQL's programs on this data directory, under the account that owns it: PostgreSQL refuses to run as root.
    fn command(&self, program: &str) -> TaskResult<Command> {
        let mut command = Command::new(programs().ok_or(MISSING)?.join(program));
        command.arg("-D").arg(self.folder.join("data")).current_dir("/").stdin(Stdio::null());
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        Ok(command)
    }
}

impl DataDirectory {
    /// Writes a file that only the account of the server can read.
    fn write(&self, name: &str, text: &str) -> TaskResult {
        let path = self.folder.join("data").join(name);
        let failed = |error: std::io::Error| format!("cannot write {}: {error}", path.display());
        fs::write(&path, text).map_err(failed)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).map_err(failed)?;
        match self.owner {
            Some((user, group)) => chown(&path, Some(user), Some(group)).map_err(failed),
            None => Ok(()),
        }
    }
}

impl Drop for DataDirectory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_answers_comes_back_after_a_crash_and_leaves_nothing_behind() {
        if programs().is_none() {
            println!("{MISSING}: not tried");
            return;
        }
        let mut postgres = TestPostgres::start(&std::env::temp_dir()).unwrap();
        let responds = |port: u16| std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
        let (folder, port) = (postgres.data.folder.clone(), postgres.port());
        assert!(responds(port));
        postgres.crash();
        assert!(!responds(port));
        postgres.restart().unwrap();
        let process = postgres.process.0.id();
        postgres.pause();
        let state = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
        assert!(state.contains(") T "), "{state}");
        drop(postgres);
        assert!(!folder.exists());
        assert!(!Path::new(&format!("/proc/{process}")).exists());
    }
}
