//! `loggia serve`.

use std::io::{IsTerminal, Write};

use futures_util::FutureExt;
use server::Settings;
use tracing_subscriber::EnvFilter;

use crate::error::{CliError, ExitKind};

/// Runs the server until SIGINT or SIGTERM, then waits for the requests in progress.
///
/// # Errors
/// Why the server could not start, with the next step.
pub async fn run(settings: Settings) -> Result<(), CliError> {
    log(&settings)?;
    let stop = stopped()?.boxed().shared();
    Ok(server::serve::run(settings, stop, ready).await?)
}

/// Logs go to standard error; standard output only has the ready message.
fn log(settings: &Settings) -> Result<(), CliError> {
    let filter = EnvFilter::try_new(&settings.log_level).map_err(|_| {
        CliError::new(
            ExitKind::Settings,
            format!("LOG_LEVEL is `{}`; write error, warn, info, debug or trace", settings.log_level),
        )
    })?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let is_terminal = std::io::stderr().is_terminal();
    match settings.log_format.as_deref() {
        Some("json") => builder.json().init(),
        None if !is_terminal => builder.json().init(),
        None | Some("text") => builder.with_ansi(is_terminal).init(),
        Some(other) => {
            return Err(CliError::new(ExitKind::Settings, format!("LOG_FORMAT is `{other}`; write text or json")));
        }
    }
    Ok(())
}

fn stopped() -> Result<impl Future<Output = ()> + Send + 'static, CliError> {
    use tokio::signal::unix::{SignalKind, signal};
    let watch = |kind| {
        signal(kind).map_err(|error| {
            CliError::new(ExitKind::Internal, format!("signals can't be watched ({error}); start it again"))
        })
    };
    let (mut interrupt, mut terminate) = (watch(SignalKind::interrupt())?, watch(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping: no new requests, running ones may end");
    })
}

fn ready(settings: &Settings) {
    let endpoint = &settings.endpoint;
    let mut text = format!(
        "Loggia {} is ready, data in {}.\n  Applications use {endpoint} (settings to copy: \
         {endpoint}/oidc/.well-known/openid-configuration)\n",
        env!("CARGO_PKG_VERSION"),
        settings.db_url
    );
    if !settings.admin_disabled {
        text.push_str(&format!("  The tenant `admin` is at {}\n", settings.admin_endpoint));
    }
    text.push_str(
        "  First steps, in another terminal: loggia app create --help, loggia user create --help, loggia doctor\n",
    );
    // Whoever started the server may not listen; that is no reason to stop.
    let _ = std::io::stdout().write_all(text.as_bytes());
}
