//! `loggia user export`.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Error, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use kernel::ids::UserId;
use server::Settings;
use server::errors::ApiError;
use server::users::transfer;
use server::work::Actor;

use super::progress::Progress;
use crate::arguments::ExportUsers;
use crate::error::{CliError, ExitKind};
use crate::open_tenant::OpenTenant;

/// Users that are read at once.
const PAGE: i64 = 500;

/// Exports users.
///
/// # Errors
/// The file can't be made, or the database can't be read. A file that is not whole is deleted.
pub async fn run(asked: &ExportUsers, settings: &Settings, tenant: &str) -> Result<(), CliError> {
    let opened = OpenTenant::new(settings, tenant).await?;
    if asked.file.as_os_str() == "-" {
        return write_all(&opened, asked, &mut BufWriter::new(std::io::stdout())).await;
    }
    let file = create(&asked.file)?;
    let written = write_all(&opened, asked, &mut BufWriter::new(&file)).await;
    let written = written.and_then(|()| file.sync_all().map_err(|cause| unwritable(&cause)));
    if written.is_err() {
        // The error tells what to do.
        let _ = std::fs::remove_file(&asked.file);
    }
    written
}

/// Makes the file, which only its owner can read.
fn create(path: &Path) -> Result<File, CliError> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(|cause| {
        let sentence = format!("the file {} can't be made ({cause}); name one that does not exist", path.display());
        CliError::new(ExitKind::InvalidValue, sentence)
    })
}

async fn write_all(opened: &OpenTenant, asked: &ExportUsers, output: &mut impl Write) -> Result<(), CliError> {
    let (mut last, mut users, with_secrets) = (UserId::default(), 0, asked.with_secrets);
    let mut progress = Progress::new(None);
    loop {
        let after = last.clone();
        let read = opened.tenant.read(&Actor::CommandLine, move |view| {
            transfer::export_page(view, &after, PAGE, with_secrets).map_err(ApiError::from)
        });
        let (lines, next) = read.await?;
        if lines.is_empty() {
            return output.flush().map_err(|cause| unwritable(&cause));
        }
        for line in &lines {
            let written = output.write_all(line.as_bytes()).and_then(|()| output.write_all(b"\n"));
            written.map_err(|cause| unwritable(&cause))?;
        }
        (last, users) = (next, users + lines.len() as u64);
        progress.show(users, 0);
    }
}

fn unwritable(cause: &Error) -> CliError {
    let sentence = format!("the users can't be written ({cause}); make room or keep the reader open, and export again");
    CliError::new(ExitKind::Output, sentence)
}
