//! `loggia serve`.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use futures_util::FutureExt;
use kernel::Clock;
use server::Settings;
use server::settings::LogFormat;

use crate::error::{CliError, ExitKind};
use crate::log_writer::LogWriter;

/// How long the last log lines may take when the server stops.
pub const DRAIN_LIMIT: Duration = Duration::from_secs(1);

/// Runs the server until SIGINT or SIGTERM, then waits for the requests in progress.
///
/// # Errors
/// Why the server could not start, with the next step.
pub async fn run(settings: Settings) -> Result<(), CliError> {
    let log = start_log(&settings)?;
    let stop = stopped()?.boxed().shared();
    let result = server::serve::run(settings, Clock::system(), stop, ready).await;
    log.drain(DRAIN_LIMIT);
    Ok(result?)
}

/// Logs go to standard error; standard output only has the ready message.
///
/// # Errors
/// No thread could be started.
pub fn start_log(settings: &Settings) -> Result<LogWriter, CliError> {
    let report = |lines| tracing::error!(lines, "log lines were dropped because the log could not be written");
    let writer = LogWriter::start(std::io::stderr(), report).map_err(|error| {
        CliError::new(ExitKind::Internal, format!("no thread could be started ({error}); raise the limit of processes"))
    })?;
    let lines = writer.clone();
    let builder = tracing_subscriber::fmt().with_max_level(settings.log_level).with_writer(move || lines.clone());
    let is_terminal = std::io::stderr().is_terminal();
    match settings.log_format.unwrap_or(if is_terminal { LogFormat::Text } else { LogFormat::Json }) {
        LogFormat::Json => builder.json().init(),
        LogFormat::Text => builder.with_ansi(is_terminal).init(),
    }
    // The default hook writes to standard error itself: a panicking request would wait for whoever reads the log.
    let log = writer.clone();
    std::panic::set_hook(Box::new(move |panic| {
        tracing::error!(%panic, "panicked");
        // The process ends with its main thread, and the last line says why.
        if std::thread::current().name() == Some("main") {
            log.drain(DRAIN_LIMIT);
        }
    }));
    Ok(writer)
}

/// Completes on SIGINT or SIGTERM.
///
/// # Errors
/// Signals can't be watched.
pub fn stopped() -> Result<impl Future<Output = ()> + Send + 'static, CliError> {
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
    // On its own thread: whoever started the server may not read, and that must not delay the start.
    let printing = std::thread::Builder::new().name("ready".to_owned());
    let _ = printing.spawn(move || std::io::stdout().write_all(text.as_bytes()));
}
