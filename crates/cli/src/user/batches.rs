//! From a file to batches of checked lines: one thread reads, several check, and little of the file is in memory at once.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use futures_util::{Stream, StreamExt as _, stream};
use server::users::transfer::{DigestUse, Line, LineError};
use tokio::sync::mpsc;

use super::lines::{Lines, MAX_LINE_BYTES, RawLine};
use crate::error::{CliError, ExitKind};

/// How many lines are imported in one transaction. Fewer would write the pages of the indexes more often, more would let a server
/// beside it wait longer.
const LINES: usize = 1000;
const BYTES: u64 = 4 << 20;
/// How many batches that are read wait to be checked.
const WAITING: usize = 2;

/// Lines that are imported together.
#[derive(Default)]
pub struct Batch {
    pub lines: Vec<Line>,
    pub refused: Vec<Refused>,
    /// The bytes of the file that it was.
    pub bytes: u64,
}

/// A line that can't be imported.
pub struct Refused {
    pub errors: Vec<LineError>,
    pub digest: Option<DigestUse>,
}

impl Batch {
    /// Leaves out what comes after the first line that is refused.
    pub fn truncate_at_first_error(&mut self) {
        let number = |refused: &Refused| refused.errors.first().map_or(u64::MAX, |error| error.line);
        self.refused.truncate(1);
        if let Some(first) = self.refused.first().map(number) {
            self.lines.retain(|line| line.number < first);
        }
    }
}

/// A file of lines, or standard input.
pub struct Source {
    input: Box<dyn BufRead + Send>,
    /// In bytes; none if it is not known.
    pub size: Option<u64>,
}

impl Source {
    /// Opens the file; `-` is standard input.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn open(path: &Path) -> Result<Self, CliError> {
        if path.as_os_str() == "-" {
            return Ok(Self { input: Box::new(BufReader::new(std::io::stdin())), size: None });
        }
        let opened = File::open(path).and_then(|file| file.metadata().map(|about| (file, about)));
        let (file, about) = opened.map_err(|cause| unreadable(&format!("the file {}", path.display()), &cause))?;
        let size = about.is_file().then_some(about.len());
        Ok(Self { input: Box::new(BufReader::with_capacity(1 << 16, file)), size })
    }

    /// The batches, in the order of the file.
    pub fn batches(self, tenant_id: &'static str, threads: usize) -> impl Stream<Item = Result<Batch, CliError>> {
        let (sender, receiver) = mpsc::channel(WAITING);
        // It ends when nobody receives any more. A read of standard input can't be given up, and needs not: the process ends.
        std::thread::spawn(move || read(Lines::new(self.input), &sender));
        let received = stream::unfold(receiver, async |mut receiver| Some((receiver.recv().await?, receiver)));
        let check = move |chunk: Result<Vec<RawLine>, std::io::Error>| async move {
            let chunk = chunk.map_err(|cause| unreadable("the input", &cause))?;
            let checked = tokio::task::spawn_blocking(move || check(chunk, tenant_id)).await;
            checked.map_err(|error| {
                CliError::new(ExitKind::Internal, format!("checking lines failed ({error}); please report it"))
            })
        };
        received.map(move |chunk| tokio::spawn(check(chunk))).buffered(threads.max(1)).map(|joined| {
            joined.unwrap_or_else(|error| {
                Err(CliError::new(ExitKind::Internal, format!("checking lines failed ({error}); please report it")))
            })
        })
    }
}

fn unreadable(what: &str, cause: &std::io::Error) -> CliError {
    CliError::new(ExitKind::InvalidValue, format!("{what} can't be read ({cause}); correct the path or its rights"))
}

type Chunk = Result<Vec<RawLine>, std::io::Error>;

fn read(mut lines: Lines<Box<dyn BufRead + Send>>, sender: &mpsc::Sender<Chunk>) {
    loop {
        let (mut chunk, mut bytes) = (Vec::new(), 0);
        let ended = loop {
            match lines.next() {
                Ok(Some(line)) => {
                    bytes += line.bytes;
                    chunk.push(line);
                    if chunk.len() >= LINES || bytes >= BYTES {
                        break false;
                    }
                }
                Ok(None) => break true,
                Err(error) => {
                    // What was read before is imported.
                    let _ = sender.blocking_send(Ok(std::mem::take(&mut chunk)));
                    let _ = sender.blocking_send(Err(error));
                    return;
                }
            }
        };
        if (!chunk.is_empty() && sender.blocking_send(Ok(chunk)).is_err()) || ended {
            return;
        }
    }
}

fn check(chunk: Vec<RawLine>, tenant_id: &str) -> Batch {
    let mut batch = Batch::default();
    for RawLine { number, text, bytes } in chunk {
        batch.bytes += bytes;
        let Some(text) = text else {
            let error = LineError::new(number, "", format!("the line has more than {MAX_LINE_BYTES} bytes"));
            batch.refused.push(Refused { errors: vec![error], digest: None });
            continue;
        };
        match Line::read(number, &text, tenant_id) {
            Ok(line) => batch.lines.push(line),
            Err(refusal) => batch.refused.push(Refused { errors: refusal.errors, digest: refusal.digest }),
        }
    }
    batch
}
