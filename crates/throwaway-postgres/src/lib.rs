//! A PostgreSQL server of one's own: started on a free port of the loopback interface, stopped and removed when dropped. It
//! can also be crashed, frozen and brought back. Development only.

mod machine;

use std::fs::{self, File};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use machine::free_port;
pub use machine::{is_root, programs};

/// What went wrong, in a sentence.
type Outcome<T = ()> = Result<T, String>;

/// Durability is not what most tests are about, and a throwaway database is never recovered.
const CARELESS: &[&str] = &["fsync=off", "full_page_writes=off"];

/// A server; stopped and its data removed when dropped.
pub struct Postgres {
    // Declared first so that it is stopped before the data goes.
    process: Process,
    data: Data,
    port: u16,
    settings: Vec<String>,
}

impl Postgres {
    /// Starts a new one with its data below `parent`, or below the temporary directory when the database's account cannot
    /// get there.
    ///
    /// # Errors
    /// Why there is none.
    pub fn start(parent: &Path) -> Outcome<Self> {
        Self::with(parent, CARELESS)
    }

    /// As [`Postgres::start`], with commits that wait for the disk.
    ///
    /// # Errors
    /// As [`Postgres::start`].
    pub fn start_durable(parent: &Path) -> Outcome<Self> {
        Self::with(parent, &[])
    }

    fn with(parent: &Path, settings: &[&str]) -> Outcome<Self> {
        let owner = if is_root() { Some(machine::account("postgres")?) } else { None };
        let data = Data::create(parent, owner)?;
        let mut initdb = data.command("initdb")?;
        initdb.args(["-U", "postgres", "-E", "UTF8", "--locale=C", "-A", "trust", "-N"]);
        let made = initdb.output().map_err(|error| format!("cannot start initdb: {error}"))?;
        if !made.status.success() {
            return Err(format!("initdb failed: {}", String::from_utf8_lossy(&made.stderr)));
        }
        let (port, settings) = (free_port()?, settings.iter().map(|&setting| setting.to_owned()).collect::<Vec<_>>());
        let process = launch(&data, port, &settings)?;
        println!("PostgreSQL on port {port}, process {}", process.0.id());
        Ok(Self { process, data, port, settings })
    }

    /// Its URL, as the tests take it.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// The account that it runs under, when that is not ours.
    pub fn account(&self) -> Option<(u32, u32)> {
        self.data.owner
    }

    /// Ends it at once, as a crash of the machine would: nothing is said to clients, nothing is written.
    pub fn crash(&mut self) {
        self.process.end("QUIT");
    }

    /// Starts it again after [`Postgres::crash`], on the same port and data.
    ///
    /// # Errors
    /// Why it does not start.
    pub fn restart(&mut self) -> Outcome {
        self.process = launch(&self.data, self.port, &self.settings)?;
        Ok(())
    }

    /// Stops every one of its processes where it is: connections stay open and nothing is answered.
    pub fn freeze(&self) {
        // The parent first, so that it starts no further ones.
        self.process.signal("STOP");
        machine::children(self.process.0.id()).into_iter().for_each(|child| machine::signal(child, "STOP"));
    }

    /// Lets it go on after [`Postgres::freeze`].
    pub fn thaw(&self) {
        machine::children(self.process.0.id()).into_iter().for_each(|child| machine::signal(child, "CONT"));
        self.process.signal("CONT");
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // A frozen process does not hear that it should end.
        self.thaw();
    }
}

fn launch(data: &Data, port: u16, settings: &[String]) -> Outcome<Process> {
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
    let mut process = Process(server.spawn().map_err(|error| format!("cannot start PostgreSQL: {error}"))?);
    let patience = Instant::now() + Duration::from_secs(60);
    let ready = programs().ok_or(MISSING)?.join("pg_isready");
    while Instant::now() < patience {
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

/// The server's first process; asked to stop, then made to, when dropped.
struct Process(Child);

impl Process {
    fn signal(&self, name: &str) {
        machine::signal(self.0.id(), name);
    }

    fn end(&mut self, name: &str) {
        self.signal(name);
        let patience = Instant::now() + Duration::from_secs(10);
        while Instant::now() < patience {
            if matches!(self.0.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !matches!(self.0.try_wait(), Ok(Some(_))) {
            self.end("INT");
        }
    }
}

const MISSING: &str = "PostgreSQL's server programs are not installed";
static COUNT: AtomicU32 = AtomicU32::new(0);

struct Data {
    folder: PathBuf,
    owner: Option<(u32, u32)>,
}

impl Data {
    fn create(parent: &Path, owner: Option<(u32, u32)>) -> Outcome<Self> {
        let name = format!("loggia-postgres-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
        let mut cause = String::new();
        for parent in [parent, &std::env::temp_dir()] {
            let folder = parent.join(&name);
            // Process ids come again: a run that was killed may have left its place behind.
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

    /// One of PostgreSQL's programs over this data, as the account that owns it: PostgreSQL refuses to run as root.
    fn command(&self, program: &str) -> Outcome<Command> {
        let mut command = Command::new(programs().ok_or(MISSING)?.join(program));
        command.arg("-D").arg(self.folder.join("data")).current_dir("/").stdin(Stdio::null());
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        Ok(command)
    }
}

impl Drop for Data {
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
        let mut postgres = Postgres::start(&std::env::temp_dir()).unwrap();
        let answers = |port: u16| std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
        let (folder, port) = (postgres.data.folder.clone(), postgres.port);
        assert!(answers(port));
        postgres.crash();
        assert!(!answers(port));
        postgres.restart().unwrap();
        let process = postgres.process.0.id();
        postgres.freeze();
        let state = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
        assert!(state.contains(") T "), "{state}");
        drop(postgres);
        assert!(!folder.exists());
        assert!(!Path::new(&format!("/proc/{process}")).exists());
    }
}
