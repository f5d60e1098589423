//! Sources of settings: flags, then the environment, then the file of `--config`.

use clap::{Arg, ArgMatches, Command, CommandFactory};
use server::Settings;
use server::settings::{SETTINGS, SettingSources};

use crate::arguments::Arguments;
use crate::error::{CliError, ExitKind};

/// The command line with a flag for every setting.
pub fn command() -> Command {
    SETTINGS.iter().fold(Arguments::command(), |command, known| {
        command.arg(
            Arg::new(known.name)
                .long(known.name.to_ascii_lowercase().replace('_', "-"))
                .help(format!("{} [env: {}]", known.help, known.name))
                .value_name("VALUE")
                .help_heading("Settings")
                .hide_short_help(true)
                .global(true),
        )
    })
}

/// Loads the settings; every command uses the same ones.
///
/// # Errors
/// The first invalid setting, or an unreadable file.
pub fn settings(matches: &ArgMatches, arguments: &Arguments) -> Result<Settings, CliError> {
    let flag = |name: &'static str| Some((name.to_owned(), matches.get_one::<String>(name)?.clone()));
    let file = match &arguments.config {
        None => None,
        Some(path) => Some(std::fs::read_to_string(path).map_err(|error| {
            let path = path.display();
            CliError::new(
                ExitKind::Settings,
                format!("the file {path} of --config can't be read ({error}); correct the path"),
            )
        })?),
    };
    let sources = SettingSources {
        flags: SETTINGS.iter().filter_map(|known| flag(known.name)).collect(),
        environment: std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect(),
        file,
    };
    Settings::load(&sources).map_err(|error| CliError::new(ExitKind::Settings, error.to_string()))
}
