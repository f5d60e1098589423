//! The `loggia` binary: the server and its administration commands.

mod app;
mod arguments;
mod doctor;
mod error;
mod http_get;
mod key;
mod log;
mod log_writer;
mod migrate;
mod open_tenant;
mod password;
mod print;
mod serve;
mod settings_sources;
mod tenant;
mod test_server;
mod user;

use std::io::Write as _;
use std::process::ExitCode;

use clap::FromArgMatches;
use server::Settings;

use crate::arguments::{Arguments, Command};
use crate::error::{CliError, ExitKind};

fn main() -> ExitCode {
    let matches = match settings_sources::command().try_get_matches() {
        Ok(matches) => matches,
        Err(message) => return print_usage(&message),
    };
    let result = Arguments::from_arg_matches(&matches)
        .map_err(|error| CliError::new(ExitKind::Usage, error.to_string()))
        .and_then(|arguments| {
            let settings = settings_sources::settings(&matches, &arguments)?;
            runtime()?.block_on(run(arguments, settings))
        });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let sentence: Vec<String> = error.to_string().lines().map(print::printable).collect();
            // Nothing is left to do when standard error can't be written either: the exit code tells.
            let _ = writeln!(std::io::stderr(), "loggia: {}", sentence.join("\n"));
            error.code()
        }
    }
}

/// Prints the help, the version or what is wrong with the command line.
fn print_usage(message: &clap::Error) -> ExitCode {
    match message.print() {
        _ if message.use_stderr() => ExitCode::from(ExitKind::Usage as u8),
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(ExitKind::Output as u8),
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| {
        CliError::new(
            ExitKind::Internal,
            format!("no threads could be started ({error}); raise the limit of processes"),
        )
    })
}

async fn run(arguments: Arguments, settings: Settings) -> Result<(), CliError> {
    match arguments.command {
        Command::Serve => serve::run(settings).await,
        Command::TestServer => test_server::run(settings).await,
        Command::Migrate { dry_run, output } => migrate::run(&settings, dry_run, output),
        Command::Doctor(ask) if ask.hash => doctor::hash::run(&settings, ask.hash_target_ms, ask.output).await,
        Command::Doctor(ask) => doctor::run(&settings, ask.output).await,
        Command::App(command) => app::run(command, &settings, &arguments.tenant).await,
        Command::Tenant(command) => tenant::run(command, &settings).await,
        Command::User(command) => user::run(command, &settings, &arguments.tenant).await,
        Command::Admin(command) => user::admin(command, &settings).await,
        Command::Log(command) => log::run(command, &settings, &arguments.tenant).await,
        Command::Key(command) => key::run(command, &settings, &arguments.tenant).await,
    }
}
