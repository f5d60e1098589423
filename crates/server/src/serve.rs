//! Start, listen, stop.

use std::future::Future;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use db::{Db, DbError, migrate};
use kernel::{Clock, Rng};
use tokio::net::TcpListener;

use crate::settings::Settings;
use crate::{App, migrations, router, seed};

/// Why the server does not start: a sentence with the cause and the next step.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("{0}")]
    Database(#[from] DbError),
    #[error("port {port} can't be used ({cause}); stop the program that holds it or set {setting}")]
    Port { port: u16, setting: &'static str, cause: std::io::Error },
    #[error("the server stopped: {0}")]
    Io(#[from] std::io::Error),
}

/// Opens the database, brings its schema up and makes the first tenants.
///
/// # Errors
/// [`DbError`], with nothing half-written.
pub async fn open(settings: &Settings, clock: &Clock, rng: &Rng) -> Result<Db, DbError> {
    let report = migrate::run(&settings.db_url, &settings.db, migrations::ALL, (clock.now(), false))?;
    for step in &report.steps {
        tracing::info!(step, "migrated");
    }
    if let Some(snapshot) = &report.snapshot {
        tracing::info!(snapshot = %snapshot.display(), "copied the database before migrating");
    }
    let db = Db::open(&settings.db_url, &settings.db)?;
    seed::ensure(&db, clock, rng).await?;
    Ok(db)
}

/// Listens on both ports until `stop` completes, then lets running requests end.
///
/// # Errors
/// [`StartError`]; `ready` is called only once both ports are open.
pub async fn run(
    settings: Settings,
    stop: impl Future<Output = ()> + Clone + Send + 'static,
    ready: impl FnOnce(&Settings),
) -> Result<(), StartError> {
    let (clock, rng) = (Clock::system(), Rng::system());
    // Ports first: a second server must not touch the database of the first.
    let main = listen(&settings, settings.port, "PORT").await?;
    let admin = match settings.admin_disabled {
        true => None,
        false => Some(listen(&settings, settings.admin_port, "ADMIN_PORT").await?),
    };
    let db = open(&settings, &clock, &rng).await?;
    let app = App::new(db, clock, rng, settings.clone());
    ready(&settings);
    let service = |tenant| router::build(&app, tenant).into_make_service_with_connect_info::<SocketAddr>();
    let serve_main = axum::serve(main, service("default")).with_graceful_shutdown(stop.clone());
    match admin {
        Some(admin) => {
            let serve_admin = axum::serve(admin, service("admin")).with_graceful_shutdown(stop);
            tokio::try_join!(async { serve_main.await }, async { serve_admin.await })?;
        }
        None => serve_main.await?,
    }
    app.flush_audit().await;
    Ok(())
}

async fn listen(settings: &Settings, port: u16, setting: &'static str) -> Result<TcpListener, StartError> {
    let failed = |cause| StartError::Port { port, setting, cause };
    if let Some(host) = settings.host {
        return TcpListener::bind((host, port)).await.map_err(failed);
    }
    // [::] takes IPv4 as well where the system allows; a machine without IPv6 gets 0.0.0.0.
    match TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).await {
        Err(error) if error.kind() != std::io::ErrorKind::AddrInUse => {
            TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await.map_err(failed)
        }
        other => other.map_err(failed),
    }
}
