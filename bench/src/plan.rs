//! The measurements to run, from the command line.

use std::path::PathBuf;

use crate::BoxError;
use crate::server::MANAGEMENT_API;
use crate::target::SIGNING_IN;

/// Argon2 memory in KiB and passes, of the servers and of the raw rate.
pub const HASH: (u32, u32) = (19_456, 2);

/// Users and organizations of `--large`.
const LARGE: (usize, usize) = (1_000_000, 10_000);
/// The default of `--only` for a large installation.
const ONLY_LARGE: &str = "raw,ready,memory,seed,user list,user search,console list,sign-in flow,userinfo,code exchange";

/// What to measure.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The server to start.
    pub binary: PathBuf,
    /// PostgreSQL's `pgbench`; without it its own rates are left out.
    pub pgbench: Option<PathBuf>,
    pub engines: Vec<Engine>,
    /// Another server to measure instead.
    pub against: Option<Baseline>,
    pub seconds: f64,
    pub rounds: usize,
    pub users: usize,
    pub organizations: usize,
    pub port: u16,
    /// Only measurements whose name contains one of these; empty means all.
    pub only: Vec<String>,
    /// Only these numbers of clients; empty means all.
    pub clients: Vec<usize>,
    pub json: Option<PathBuf>,
}

/// A storage engine to measure on.
#[derive(Debug, Clone)]
pub struct Engine {
    pub name: &'static str,
    /// None creates a SQLite database.
    pub url: Option<String>,
}

/// An existing server of any kind to compare with.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// `host:port`.
    pub authority: String,
    pub id: String,
    pub secret: String,
    /// The resource indicator of its Management API.
    pub resource: String,
}

impl Plan {
    /// Reads the command line.
    ///
    /// # Errors
    /// An unknown argument or a missing value.
    pub fn read(mut words: impl Iterator<Item = String>) -> Result<Self, BoxError> {
        let mut plan = Self {
            binary: "target/release/loggia".into(),
            pgbench: None,
            engines: Vec::new(),
            against: None,
            seconds: 2.0,
            rounds: 5,
            users: 1_000,
            organizations: 0,
            port: 24_001,
            only: Vec::new(),
            clients: Vec::new(),
            json: None,
        };
        while let Some(name) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{name} needs a value"));
            match name.as_str() {
                "--binary" => plan.binary = value()?.into(),
                "--pgbench" => plan.pgbench = Some(value()?.into()),
                "--sqlite" => plan.engines.push(Engine { name: "SQLite", url: None }),
                "--postgres" => plan.engines.push(Engine { name: "PostgreSQL", url: Some(value()?) }),
                "--against" => plan.against = Some(Baseline::new(&value()?)?),
                "--m2m-id" => plan.other(&name)?.id = value()?,
                "--m2m-secret" => plan.other(&name)?.secret = value()?,
                "--resource" => plan.other(&name)?.resource = value()?,
                "--seconds" => plan.seconds = value()?.parse()?,
                "--rounds" => plan.rounds = value()?.parse()?,
                "--users" => plan.users = value()?.parse()?,
                "--organizations" => plan.organizations = value()?.parse()?,
                "--port" => plan.port = value()?.parse()?,
                "--only" => plan.only = split(&value()?),
                "--clients" => plan.clients = value()?.split(',').map(str::parse).collect::<Result<_, _>>()?,
                "--large" => (plan.users, plan.organizations) = LARGE,
                "--json" => plan.json = Some(value()?.into()),
                _ => return Err(format!("unknown argument {name}").into()),
            }
        }
        plan.complete()
    }

    fn other(&mut self, name: &str) -> Result<&mut Baseline, BoxError> {
        self.against.as_mut().ok_or_else(|| format!("{name} goes behind --against").into())
    }

    fn complete(mut self) -> Result<Self, BoxError> {
        if self.rounds == 0 || self.users < SIGNING_IN {
            return Err(format!("at least one round and {SIGNING_IN} users").into());
        }
        if self.only.is_empty() && self.organizations > 0 {
            self.only = split(ONLY_LARGE);
        }
        match &self.against {
            Some(other) if other.id.is_empty() || other.secret.is_empty() => Err(
                "--against needs a machine-to-machine application with access to the Management API: give --m2m-id \
                     and --m2m-secret, or BENCH_M2M_ID and BENCH_M2M_SECRET"
                    .into(),
            ),
            None if self.engines.is_empty() => Err("which engine? --sqlite, --postgres URL or both".into()),
            _ => Ok(self),
        }
    }

    /// Whether a measurement is selected.
    pub fn wants(&self, figure: &str) -> bool {
        let figure = figure.to_lowercase();
        self.only.is_empty() || self.only.iter().any(|word| figure.contains(word.as_str()))
    }

    /// Whether no server needs to be started.
    pub fn wants_only_raw(&self) -> bool {
        !self.only.is_empty() && self.only.iter().all(|word| word.starts_with("raw"))
    }

    /// The selected ones of `all` numbers of clients.
    pub fn clients(&self, all: &[usize]) -> Vec<usize> {
        all.iter().copied().filter(|n| self.clients.is_empty() || self.clients.contains(n)).collect()
    }
}

impl Baseline {
    fn new(url: &str) -> Result<Self, BoxError> {
        let url = url::Url::parse(url)?;
        let host = url.host_str().filter(|_| url.scheme() == "http");
        let host = host.ok_or("--against needs an http URL: TLS would measure the client's encryption too")?;
        let environment = |name: &str| std::env::var(name).unwrap_or_default();
        Ok(Self {
            authority: format!("{host}:{}", url.port_or_known_default().unwrap_or(80)),
            id: environment("BENCH_M2M_ID"),
            secret: environment("BENCH_M2M_SECRET"),
            resource: MANAGEMENT_API.to_owned(),
        })
    }
}

fn split(words: &str) -> Vec<String> {
    words.to_lowercase().split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &str) -> Result<Plan, String> {
        Plan::read(words.split_whitespace().map(str::to_owned)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_large_installation_is_measured_by_what_its_size_changes() {
        let plan = read("--sqlite --large").unwrap();
        assert_eq!((plan.users, plan.organizations), LARGE);
        assert!(plan.wants("user search") && !plan.wants("JWKS"));
        let plan = read("--sqlite --large --only JWKS --clients 32").unwrap();
        assert!(plan.wants("JWKS") && !plan.wants("user search"));
        assert_eq!(plan.clients(&[1, 32]), [32]);
        assert!(read("--sqlite --only raw").unwrap().wants_only_raw());
    }

    #[test]
    fn what_is_missing_is_said() {
        for (words, missing) in [
            ("--only userinfo", "which engine"),
            ("--sqlite --users 10", "64 users"),
            ("--sqlite --rounds", "--rounds needs a value"),
            ("--m2m-id x", "behind --against"),
            ("--against https://example.com", "needs an http URL"),
            ("--against http://127.0.0.1:1 --m2m-id x", "--m2m-secret"),
        ] {
            let error = read(words).unwrap_err();
            assert!(error.contains(missing), "{words}: {error}");
        }
    }
}
