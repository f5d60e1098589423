//! What to measure, as asked for on the command line.

use std::path::PathBuf;

use crate::Failure;

/// Password hashing of the servers that are started here; the raw rate uses the same.
pub const HASH: (u32, u32) = (19_456, 2);

/// What `--large` measures when `--only` does not say.
const LARGE: &str = "raw,ready,memory,seed,user list,user search,sign-in flow,userinfo,code exchange";

/// What to measure.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The server to start.
    pub binary: PathBuf,
    pub engines: Vec<Engine>,
    /// Another server to drive instead.
    pub against: Option<Against>,
    pub seconds: f64,
    pub rounds: usize,
    pub users: usize,
    pub organizations: usize,
    pub port: u16,
    /// Measure only figures whose name contains one of these; empty means all.
    pub only: Vec<String>,
    /// Measure only with so many clients; empty means all.
    pub clients: Vec<usize>,
    pub json: Option<PathBuf>,
}

/// A storage engine to measure on.
#[derive(Debug, Clone)]
pub struct Engine {
    pub name: &'static str,
    /// None makes a new embedded database.
    pub url: Option<String>,
}

/// A server that is already there, of whatever make.
#[derive(Debug, Clone)]
pub struct Against {
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
    /// A word that means nothing, or a value that is missing.
    pub fn read(mut words: impl Iterator<Item = String>) -> Result<Self, Failure> {
        let mut plan = Self {
            binary: "target/release/loggia".into(),
            engines: Vec::new(),
            against: None,
            seconds: 2.0,
            rounds: 5,
            users: 1_000,
            organizations: 0,
            port: 34_001,
            only: Vec::new(),
            clients: Vec::new(),
            json: None,
        };
        let environment = |name: &str| std::env::var(name).unwrap_or_default();
        let (mut url, mut large, mut only) = (String::new(), false, String::new());
        let (mut id, mut secret) = (environment("BENCH_M2M_ID"), environment("BENCH_M2M_SECRET"));
        let mut resource = "https://default.logto.app/api".to_owned();
        while let Some(name) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{name} needs a value"));
            match name.as_str() {
                "--binary" => plan.binary = value()?.into(),
                "--sqlite" => plan.engines.push(Engine { name: "SQLite", url: None }),
                "--postgres" => plan.engines.push(Engine { name: "PostgreSQL", url: Some(value()?) }),
                "--against" => url = value()?,
                "--m2m-id" => id = value()?,
                "--m2m-secret" => secret = value()?,
                "--resource" => resource = value()?,
                "--seconds" => plan.seconds = value()?.parse()?,
                "--rounds" => plan.rounds = value()?.parse()?,
                "--users" => plan.users = value()?.parse()?,
                "--organizations" => plan.organizations = value()?.parse()?,
                "--port" => plan.port = value()?.parse()?,
                "--only" => only = value()?,
                "--clients" => plan.clients = value()?.split(',').map(str::parse).collect::<Result<_, _>>()?,
                "--large" => large = true,
                "--json" => plan.json = Some(value()?.into()),
                _ => return Err(format!("unknown argument {name}").into()),
            }
        }
        if large {
            (plan.users, plan.organizations) = (1_000_000, 10_000);
            only = if only.is_empty() { LARGE.to_owned() } else { only };
        }
        if plan.rounds == 0 || plan.users < crate::target::SIGNING_IN {
            return Err(format!("at least one round and {} users", crate::target::SIGNING_IN).into());
        }
        plan.only = only.to_lowercase().split(',').map(|word| word.trim().to_owned()).collect();
        plan.only.retain(|word| !word.is_empty());
        if !url.is_empty() {
            plan.against = Some(Against::new(&url, (id, secret), resource)?);
        } else if plan.engines.is_empty() {
            plan.engines.push(Engine { name: "SQLite", url: None });
        }
        Ok(plan)
    }

    /// Whether a figure is to be measured.
    pub fn wants(&self, figure: &str) -> bool {
        let figure = figure.to_lowercase();
        self.only.is_empty() || self.only.iter().any(|word| figure.contains(word.as_str()))
    }

    /// Whether no server needs to be started.
    pub fn wants_only_raw(&self) -> bool {
        !self.only.is_empty() && self.only.iter().all(|word| word.starts_with("raw"))
    }

    /// Those of `all` numbers of clients that are to be measured.
    pub fn clients(&self, all: &[usize]) -> Vec<usize> {
        all.iter().copied().filter(|n| self.clients.is_empty() || self.clients.contains(n)).collect()
    }
}

impl Against {
    fn new(url: &str, (id, secret): (String, String), resource: String) -> Result<Self, Failure> {
        let url = url::Url::parse(url)?;
        let host = url.host_str().filter(|_| url.scheme() == "http");
        let host = host.ok_or("--against needs an http URL: TLS would measure the client's encryption too")?;
        if id.is_empty() || secret.is_empty() {
            return Err("--against needs a machine-to-machine application with access to the Management API: give \
                        --m2m-id and --m2m-secret, or BENCH_M2M_ID and BENCH_M2M_SECRET"
                .into());
        }
        let authority = format!("{host}:{}", url.port_or_known_default().unwrap_or(80));
        Ok(Self { authority, id, secret, resource })
    }
}
