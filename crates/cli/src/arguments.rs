//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Signs users in to your applications: an OpenID Connect provider in one program.
#[derive(Debug, Parser)]
#[command(name = "loggia", version, propagate_version = true, arg_required_else_help = true)]
#[command(
    after_help = "Every setting can be a flag (--db-url), an environment variable (DB_URL) or a line of the file \
    given with --config (db_url = \"…\"); the first of these wins.\n\nExit codes: 0 done, 1 a fault of Loggia, 2 wrong \
    usage, 3 a setting that cannot be used, 4 the database, 5 not found or already there, 6 a value that is refused, 7 the result \
    could not be printed."
)]
pub struct Arguments {
    /// The tenant that the command is about
    #[arg(long, global = true, default_value = "default", value_name = "ID")]
    pub tenant: String,
    /// A TOML file with settings; unknown names in it are refused
    #[arg(long, global = true, value_name = "FILE", help_heading = "Settings")]
    pub config: Option<std::path::PathBuf>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the server; the database is made or brought up to date first
    Serve,
    /// Start a server for tests of applications: who holds its standard input moves its clock and stops it
    ///
    /// It needs a database of its own, which it makes, and is for this machine only. Each line of standard input is an object
    /// such as {"advance": 3600000} (milliseconds) and is answered by a line on standard output. It stops when standard input ends.
    TestServer,
    /// Bring the database's schema up to date (`serve` does it too)
    Migrate {
        /// Say what would be done, and change nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Applications that sign their users in, or call the Management API
    #[command(subcommand)]
    App(AppCommand),
    /// Tenants beside `default` and `admin`, each with people and applications of its own
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// People with an account
    #[command(subcommand)]
    User(UserCommand),
    /// Administrators of this installation
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Keys that sign tokens and cookies, and the key that secrets in the database are sealed under
    #[command(subcommand)]
    Key(KeyCommand),
    /// The audit log
    #[command(subcommand)]
    Log(LogCommand),
    /// Check database, ports, public URL, clock and proxy; name the line to change
    Doctor(Doctor),
}

#[derive(Debug, Args)]
pub struct Doctor {
    /// Measure password hashing on this machine instead, and propose PASSWORD_HASH_* lines
    #[arg(long)]
    pub hash: bool,
    /// How long one hash may take while all threads hash
    #[arg(long, value_name = "MS", default_value_t = 100, requires = "hash", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub hash_target_ms: u64,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Subcommand)]
pub enum TenantCommand {
    /// Make a tenant, which answers where requests name the host of its endpoint
    Create(NewTenant),
    /// List all tenants
    List(Output),
    /// Delete a tenant with all people and applications in it
    Delete {
        /// The tenant's id
        id: String,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Debug, Args)]
pub struct NewTenant {
    /// Lower-case letters, digits and hyphens, 21 at most
    pub id: String,
    #[arg(long)]
    pub name: Option<String>,
    /// Scheme, host and port, as in https://acme.auth.example.com
    #[arg(long = "url", value_name = "URL")]
    pub endpoint: String,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Subcommand)]
pub enum AppCommand {
    /// Register an application
    Create(NewApp),
    /// List the tenant's applications
    List(Output),
    /// Show an application with its redirect URIs
    Show {
        /// The application's id
        id: String,
        #[command(flatten)]
        output: Output,
    },
    /// Change an application's redirect URIs, or whether it is a third party's
    #[command(group = clap::ArgGroup::new("change").required(true).multiple(true)
        .args(["redirect_uris", "post_logout_redirect_uris", "third_party"]))]
    Update {
        /// The application's id
        id: String,
        #[command(flatten)]
        changes: AppChanges,
        #[command(flatten)]
        output: Output,
    },
    /// Delete an application with all that it was given
    Delete {
        /// The application's id
        id: String,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Debug, Args)]
pub struct NewApp {
    #[arg(long = "type", value_enum, value_name = "TYPE")]
    pub kind: ApplicationTypeArg,
    #[arg(long)]
    pub name: String,
    /// Where people may be sent back to after signing in; may be repeated
    #[arg(long = "redirect-uri", value_name = "URI")]
    pub redirect_uris: Vec<String>,
    /// Where people may be sent to after signing out; may be repeated
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    pub post_logout_redirect_uris: Vec<String>,
    /// Let a machine-to-machine application use the Management API
    #[arg(long)]
    pub management_api: bool,
    /// The application belongs to somebody else: people are asked for their consent
    #[arg(long)]
    pub third_party: bool,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct AppChanges {
    /// Replaces the redirect URIs; may be repeated, and "" alone removes all
    #[arg(long = "redirect-uri", value_name = "URI")]
    pub redirect_uris: Option<Vec<String>>,
    /// Replaces the post-logout redirect URIs; may be repeated, and "" alone removes all
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    pub post_logout_redirect_uris: Option<Vec<String>>,
    /// Whether the application belongs to somebody else: then people are asked for their consent
    #[arg(long, value_name = "BOOL")]
    pub third_party: Option<bool>,
}

/// Application types by their names on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ApplicationTypeArg {
    /// A web application with a server that keeps a secret
    Traditional,
    /// A single-page application in the browser
    Spa,
    /// A mobile, desktop or command line application
    Native,
    /// A program that acts for itself
    M2m,
}

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Create an account
    Create {
        #[arg(long)]
        username: String,
        #[arg(long)]
        email: Option<String>,
        /// The name to show
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        password: Password,
        #[command(flatten)]
        output: Output,
    },
    /// Import accounts from JSON lines (docs/importing-users.md)
    ///
    /// A line has the members of POST /api/users and what else an account has, as `export` writes them. Digests of passwords are
    /// kept and replaced at the next sign-in; a password in plain text is hashed, about 70 a second on each processor core. Webhooks
    /// are not called. After an interruption, run it again with --on-conflict skip. The server may run meanwhile.
    Import(ImportUsers),
    /// Write all accounts as JSON lines, in the order of their ids
    ///
    /// Passwords and second factors are left out unless --with-secrets is given. Sessions, grants, personal access tokens, trusted
    /// devices and tokens of providers are never written.
    Export(ExportUsers),
    /// Give an account a new password
    SetPassword {
        #[arg(long)]
        username: String,
        #[command(flatten)]
        password: Password,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Debug, Args)]
pub struct ImportUsers {
    /// The file, one JSON object a line; - is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Check every line, also against the users who are there, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// What to do with a line whose user is there already
    #[arg(long, value_enum, value_name = "WHAT", default_value = "fail")]
    pub on_conflict: ConflictArg,
    /// Import nothing after the first line that is refused, instead of all good lines
    #[arg(long)]
    pub stop_at_first_error: bool,
    /// How many errors are shown; all are counted
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    pub max_errors: usize,
    #[command(flatten)]
    pub output: Output,
}

/// What is done with a line whose user is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ConflictArg {
    /// Refuse the line
    Fail,
    /// Leave the user as it is; so an import that was interrupted goes on
    Skip,
    /// Give the user what the line says; what it does not name stays
    Update,
}

#[derive(Debug, Args)]
pub struct ExportUsers {
    /// The file to make, which must not exist; - is standard output
    #[arg(value_name = "FILE", default_value = "-")]
    pub file: PathBuf,
    /// Write digests of passwords, seeds of authenticator apps, backup codes and passkeys too: who has the file can sign in as anybody
    /// once a digest is guessed
    #[arg(long)]
    pub with_secrets: bool,
}

#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Create an administrator's account (the first one needs nobody's permission: it needs this machine)
    Create {
        #[arg(long)]
        username: String,
        #[arg(long)]
        email: Option<String>,
        #[command(flatten)]
        password: Password,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Debug, Subcommand)]
pub enum LogCommand {
    /// Write the entries of the tenant to standard output, oldest first, one JSON object a line; secrets are masked
    Export {
        /// The first moment: a day (2026-11-29), a time of UTC (2026-11-29T13:00:00Z) or milliseconds since 1970
        #[arg(long, value_name = "TIME")]
        from: Option<String>,
        /// The moment before which it ends; now unless it is given
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Seal all secrets anew under the current key, so that those of SECRET_KEY_PREVIOUS are not needed any more
    Reseal(Output),
    /// List the keys that sign tokens or cookies; the keys themselves are not shown
    List {
        #[arg(value_enum)]
        kind: KeyKind,
        #[command(flatten)]
        output: Output,
    },
    /// Make a new key that signs from now on, or after a grace period; the old one still verifies
    Rotate(RotateKey),
}

#[derive(Debug, Args)]
pub struct RotateKey {
    #[arg(value_enum)]
    pub kind: KeyKind,
    /// The kind of the new signing key: ec signs with ES384, rsa with RS256
    #[arg(long = "type", value_enum, value_name = "TYPE", default_value = "ec")]
    pub algorithm: SigningKeyKind,
    /// How long a new signing key is published before it signs, so that every application has fetched it
    #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=MAX_GRACE_PERIOD))]
    pub grace_period: u64,
    #[command(flatten)]
    pub output: Output,
}

/// The longest grace period in seconds: as in the Management API.
const MAX_GRACE_PERIOD: u64 = server::keys::MAX_GRACE_PERIOD.unsigned_abs();

/// What keys sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KeyKind {
    /// Keys that sign tokens
    PrivateKeys,
    /// Keys that sign cookies
    CookieKeys,
}

/// Kinds of signing keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SigningKeyKind {
    Ec,
    Rsa,
}

#[derive(Debug, Args)]
pub struct Password {
    /// Read the password from standard input (a flag would show it to everybody on this machine)
    #[arg(long, required = true)]
    pub password_stdin: bool,
}

#[derive(Debug, Clone, Copy, Args)]
pub struct Output {
    /// Answer in JSON
    #[arg(long)]
    pub json: bool,
}
