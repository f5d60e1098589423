//! The `loggia` binary.

use std::process::ExitCode;

use futures_util::FutureExt as _;
use server::settings::{Settings, Sources};

fn main() -> ExitCode {
    let sources = Sources { environment: std::env::vars().collect(), ..Sources::default() };
    let settings = match Settings::load(&sources) {
        Ok(settings) => settings,
        Err(error) => {
            eprintln!("loggia: {error}");
            return ExitCode::from(3);
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("loggia: {error}");
            return ExitCode::FAILURE;
        }
    };
    let stop = async { drop(tokio::signal::ctrl_c().await) }.boxed().shared();
    let ready =
        |settings: &Settings| println!("Loggia is ready: {} and {}", settings.endpoint, settings.admin_endpoint);
    match runtime.block_on(server::serve::run(settings, stop, ready)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("loggia: {error}");
            ExitCode::from(4)
        }
    }
}
