//! Sources of settings: flags, then the environment, then the file of `--config`.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;

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
                .value_parser(clap::value_parser!(OsString))
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
    let (mut flags, mut environment) = (BTreeMap::new(), BTreeMap::new());
    for setting in SETTINGS {
        if let Some(value) = matches.get_one::<OsString>(setting.name) {
            flags.insert(setting.name.to_owned(), utf8(&flag(setting.name), value)?);
        }
        if let Some(value) = std::env::var_os(setting.name) {
            environment
                .insert(setting.name.to_owned(), utf8(&format!("the environment variable {}", setting.name), &value)?);
        }
    }
    if flags.get("DB_URL").is_some_and(|url| contains_password(url)) {
        return Err(CliError::new(
            ExitKind::Settings,
            "--db-url contains a password, and every account of this machine can read command lines; give the URL in the \
             environment variable DB_URL or in the file of --config instead",
        ));
    }
    if let Some(name) =
        ["SECRET_KEY", "SECRET_KEY_PREVIOUS", "SECRET_VAULT_KEK", "STATUS_API_KEY", "ASSET_S3_SECRET_ACCESS_KEY"]
            .into_iter()
            .find(|name| flags.contains_key(*name))
    {
        let sentence = format!(
            "{} shows the key to every account of this machine, because all can read command lines; give it in the \
             environment variable {name} or in the file of --config instead",
            flag(name)
        );
        return Err(CliError::new(ExitKind::Settings, sentence));
    }
    let file = arguments.config.as_deref().map(read_config).transpose()?;
    let sources = SettingSources { flags, environment, file };
    Settings::load(&sources).map_err(|error| CliError::new(ExitKind::Settings, error.to_string()))
}

/// The flag of a setting: `--db-url` for DB_URL.
fn flag(name: &str) -> String {
    format!("--{}", name.to_ascii_lowercase().replace('_', "-"))
}

fn utf8(source: &str, value: &OsStr) -> Result<String, CliError> {
    let text = value.to_str().map(str::to_owned);
    text.ok_or_else(|| {
        CliError::new(ExitKind::Settings, format!("the value of {source} is not UTF-8; write it in UTF-8"))
    })
}

fn read_config(path: &Path) -> Result<String, CliError> {
    let error = |cause: String| {
        CliError::new(ExitKind::Settings, format!("the file {} of --config can't be read ({cause})", path.display()))
    };
    let bytes = std::fs::read(path).map_err(|cause| error(format!("{cause}; correct the path")))?;
    String::from_utf8(bytes).map_err(|invalid| {
        let valid = invalid.as_bytes().iter().take(invalid.utf8_error().valid_up_to());
        let line = 1 + valid.filter(|byte| **byte == b'\n').count();
        error(format!("line {line} is not UTF-8; save the file in UTF-8"))
    })
}

/// Whether a database URL contains a password, also when the URL is invalid.
fn contains_password(url: &str) -> bool {
    if url.starts_with("sqlite:") {
        return false;
    }
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let in_authority = match authority.rsplit_once('@') {
        Some((user_info, _)) => user_info.split_once(':').is_some_and(|(_, password)| !password.is_empty()),
        // A password with a slash that is not encoded ends the authority early: what follows the colon is no port.
        None => {
            let port = authority.split_once(':').filter(|_| !authority.starts_with('[')).map_or("", |(_, port)| port);
            rest.contains('@') && port.contains(|c: char| !c.is_ascii_digit())
        }
    };
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    in_authority
        || url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name.eq_ignore_ascii_case("password"))
        || url.to_ascii_lowercase().contains("password=")
}

#[cfg(test)]
mod tests {
    use super::contains_password;

    #[test]
    fn a_password_is_found_wherever_a_database_url_may_contain_it() {
        for url in [
            "postgres://loggia:hunter2@db/loggia",
            "postgresql://loggia:hun/ter?2@db/loggia",
            "postgres://db/loggia?password=hunter2",
            "postgres://db/loggia?sslmode=require&p%61ssword=hunter2",
            "host=db user=loggia password=hunter2",
            "loggia:hunter2@db",
        ] {
            assert!(contains_password(url), "{url}");
        }
        for url in [
            "postgres://loggia@db:5432/loggia?options=-csearch_path%3Dx",
            "postgres://db/loggia",
            "postgres://[::1]:5432/loggia?application_name=a@b",
            "postgres://loggia:@db/loggia",
            "sqlite:///var/lib/loggia.db",
            "sqlite://a:b@c.db",
        ] {
            assert!(!contains_password(url), "{url}");
        }
    }
}
