//! Start, listen, stop.

use std::future::Future;

use db::{Db, DbError, migrate};
use kernel::{Clock, Rng};
use outbound::{Outbound, OutboundError};
use tokio::task::JoinHandle;

use crate::hashing::HashingError;
use crate::jobs::Jobs;
use crate::listener::Port;
use crate::router::Site;
use crate::sealing::{self, KeyError, Sealer, Vault};
use crate::settings::Settings;
use crate::tls::Tls;
use crate::{App, console, listener, migrations, seed};

/// Why the server does not start: a sentence with the cause and the next step.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("{0}")]
    Database(#[from] DbError),
    #[error("{0}")]
    Certificate(String),
    #[error("port {port} can't be used ({cause}); stop the program that holds it or set {setting}")]
    Port { port: u16, setting: &'static str, cause: std::io::Error },
    #[error(
        "this machine's clock says {now}, but {seen} {earliest}; set it, for example with `timedatectl set-ntp true`"
    )]
    Clock { now: String, seen: &'static str, earliest: String },
    #[error("{0}")]
    Key(#[from] KeyError),
    #[error("PASSWORD_HASH_MEMORY and PASSWORD_HASH_PASSES can't be used: {0}")]
    Hashing(#[from] HashingError),
    #[error("{0}")]
    Outbound(#[from] OutboundError),
}

/// An open database and what opens the secrets in it.
pub struct Storage {
    pub db: Db,
    pub sealer: Sealer,
    pub vault: Vault,
}

/// Opens the database, migrates the schema and creates missing tenants, and the key file if there is no key.
///
/// # Errors
/// [`StartError::Database`], [`StartError::Clock`] or [`StartError::Key`], with nothing half-written.
pub async fn open(settings: &Settings, clock: &Clock, rng: &Rng) -> Result<Storage, StartError> {
    let report = migrate::run(&settings.db_url, &settings.db, migrations::ALL, (clock.now(), false))?;
    for step in &report.steps {
        tracing::info!(step, "migrated");
    }
    if let Some(snapshot) = &report.snapshot {
        tracing::info!(snapshot = %snapshot.display(), "copied the database before migrating");
    }
    let db = Db::open(&settings.db_url, &settings.db)?;
    crate::clock_check::check(&db, clock).await?;
    let sealer = sealing::open(settings, &db, rng).await?;
    seed::seed_missing_tenants(&db, &sealer, clock, rng).await?;
    sealing::check(settings, &db, &sealer).await?;
    let vault = Vault::new(settings.secret_vault_kek.as_ref(), rng)?;
    Ok(Storage { db, sealer, vault })
}

/// The client for requests to other servers.
///
/// # Errors
/// [`StartError::Outbound`].
pub fn outbound(settings: &Settings) -> Result<Outbound, StartError> {
    Ok(Outbound::new(settings.outbound_allow.clone())?)
}

/// Listens on both ports until `stop` completes, then lets running requests end.
///
/// # Errors
/// [`StartError`]; `ready` is called only once both ports are open.
pub async fn run(
    settings: Settings,
    clock: Clock,
    stop: impl Future<Output = ()> + Clone + Send + 'static,
    ready: impl FnOnce(&Settings),
) -> Result<(), StartError> {
    let rng = Rng::system();
    let tls = match &settings.https {
        Some((certificate, key)) => {
            let loaded = Tls::load(certificate.clone(), key.clone(), settings.client_certificates.as_ref());
            Some(loaded.map_err(StartError::Certificate)?)
        }
        None => None,
    };
    // Bind the ports first: a second server must not touch the database of the first.
    let failed = |port, setting| move |cause| StartError::Port { port, setting, cause };
    let main = listener::listen(&settings, settings.port).await.map_err(failed(settings.port, "PORT"))?;
    let admin = match settings.admin_disabled {
        true => None,
        false => {
            let port = settings.admin_port;
            Some(listener::listen(&settings, port).await.map_err(failed(port, "ADMIN_PORT"))?)
        }
    };
    let storage = open(&settings, &clock, &rng).await?;
    let app = App::new(storage, clock, rng, settings.clone(), outbound(&settings)?)?;
    // Before the first request and the first delivery for one of them; who cannot ask now asks then.
    let _ = app.tenants.refresh(&app).await.inspect_err(|error| tracing::warn!(%error, "the tenants can't be read"));
    let jobs = Jobs::start(&app);
    if !settings.admin_disabled {
        // Who cannot be told now is told at the next start.
        let _ = console::announce_setup(&app).await.inspect_err(|error| tracing::warn!(?error, "no setup code"));
    }
    ready(&settings);
    let tls_port = tls.as_ref().map(Tls::port);
    let following = tls.map(|tls| tokio::spawn(tls.follow_files()));
    let limits = listener::ConnectionLimits::from_rlimit(&settings);
    let main = Port { listener: main, tls: tls_port.clone() };
    let serve_main = listener::serve(main, Site::new(&app, "default"), limits.clone(), stop.clone());
    match admin {
        Some(admin) => {
            let admin = Port { listener: admin, tls: tls_port };
            tokio::join!(serve_main, listener::serve(admin, Site::new(&app, "admin"), limits, stop));
        }
        None => serve_main.await,
    }
    following.iter().for_each(JoinHandle::abort);
    jobs.stop().await;
    app.flush_audit().await;
    Ok(())
}
