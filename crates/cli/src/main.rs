//! The `loggia` binary: the server, and what an operator does without a page.

mod app;
mod arguments;
mod doctor;
mod failure;
mod migrate;
mod opened;
mod output;
mod password;
mod reach;
mod serve;
mod sources;
mod user;

use std::process::ExitCode;

use clap::FromArgMatches;
use server::Settings;

use crate::arguments::{Arguments, Command};
use crate::failure::{Failure, Kind};

fn main() -> ExitCode {
    let matches = sources::command().get_matches();
    let outcome = Arguments::from_arg_matches(&matches)
        .map_err(|error| Failure::new(Kind::Usage, error.to_string()))
        .and_then(|arguments| {
            let settings = sources::settings(&matches, &arguments)?;
            runtime()?.block_on(run(arguments, settings))
        });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("loggia: {failure}");
            failure.code()
        }
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| {
        Failure::new(Kind::Fault, format!("no threads could be started ({error}); raise the limit of processes"))
    })
}

async fn run(arguments: Arguments, settings: Settings) -> Result<(), Failure> {
    match arguments.command {
        Command::Serve => serve::run(settings).await,
        Command::Migrate { dry_run, output } => migrate::run(&settings, dry_run, output.json),
        Command::Doctor(ask) if ask.hash => doctor::hash::run(&settings, ask.hash_target_ms, ask.output).await,
        Command::Doctor(ask) => doctor::run(&settings, ask.output.json).await,
        Command::App(command) => app::run(command, &settings, &arguments.tenant).await,
        Command::User(command) => user::run(command, &settings, &arguments.tenant).await,
        Command::Admin(command) => user::admin(command, &settings).await,
    }
}
