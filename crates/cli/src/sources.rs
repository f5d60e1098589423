//! Where settings come from on the command line: flags, then the environment, then the file of `--config`.

use clap::{Arg, ArgMatches, Command, CommandFactory};
use server::Settings;
use server::settings::{KNOWN, Sources};

use crate::arguments::Arguments;
use crate::failure::{Failure, Kind};

/// The command line with a flag for every setting that exists.
pub fn command() -> Command {
    KNOWN.iter().fold(Arguments::command(), |command, known| {
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

/// The settings as `serve` and every other command use them.
///
/// # Errors
/// The first setting that can't be used, or the file that can't be read.
pub fn settings(matches: &ArgMatches, arguments: &Arguments) -> Result<Settings, Failure> {
    let flag = |name: &'static str| Some((name.to_owned(), matches.get_one::<String>(name)?.clone()));
    let file = match &arguments.config {
        None => None,
        Some(path) => Some(std::fs::read_to_string(path).map_err(|error| {
            let path = path.display();
            Failure::new(
                Kind::Settings,
                format!("the file {path} of --config can't be read ({error}); correct the path"),
            )
        })?),
    };
    let sources = Sources {
        flags: KNOWN.iter().filter_map(|known| flag(known.name)).collect(),
        environment: std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect(),
        file,
    };
    Settings::load(&sources).map_err(|error| Failure::new(Kind::Settings, error.to_string()))
}
