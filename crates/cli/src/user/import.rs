//! `loggia user import`.

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Map, Value, json};
use server::Settings;
use server::errors::ApiError;
use server::users::transfer::{self, ImportError, Line, LineError, OnConflict, Outcome, Rules, SeenKeys};
use server::work::Actor;

use super::batches::{Batch, Source};
use super::progress::Progress;
use super::report::Report;
use crate::arguments::{ConflictArg, ImportUsers};
use crate::error::{CliError, ExitKind};
use crate::open_tenant::OpenTenant;
use crate::print::{print_result, printable};

/// How often a batch is tried again that another process got in the way of.
const MAX_RACES: u32 = 5;
/// How often the database is asked again that is busy, each time after it was waited for and after [`BUSY_PAUSE`].
const MAX_BUSY: u32 = 30;
const BUSY_PAUSE: Duration = Duration::from_millis(200);
/// The longest pause after a batch.
const MAX_PAUSE: Duration = Duration::from_millis(50);

/// An import that is under way.
struct Import<'a> {
    asked: &'a ImportUsers,
    opened: OpenTenant,
    rules: Rules,
    threads: usize,
    /// Only in a dry run: users that it did not write.
    seen: SeenKeys,
    report: Report,
    progress: Progress,
    bytes: u64,
}

/// Imports users.
///
/// # Errors
/// The file or the database can't be used, or lines were refused: the others are imported.
pub async fn run(asked: &ImportUsers, settings: &Settings, tenant: &str) -> Result<(), CliError> {
    let source = Source::open(&asked.file)?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let opened = OpenTenant::hashing_on(settings.hash.threads.max(1), settings, tenant).await?;
    let rules = Rules {
        on_conflict: match asked.on_conflict {
            ConflictArg::Fail => OnConflict::Fail,
            ConflictArg::Skip => OnConflict::Skip,
            ConflictArg::Update => OnConflict::Update,
        },
        stop_at_first_error: asked.stop_at_first_error,
        case_sensitive: opened.tenant.config().await?.policy.case_sensitive_usernames,
    };
    let mut import = Import {
        asked,
        opened,
        rules,
        threads,
        seen: SeenKeys::default(),
        report: Report::new(asked.dry_run),
        progress: Progress::new(source.size),
        bytes: 0,
    };
    import.record("Start").await?;
    let done = import.all(source).await;
    import.progress.clear();
    import.report.set_duration(import.progress.elapsed());
    // What was imported before an error is told too.
    let recorded = import.record("End").await;
    print_result(asked.output, &json!(import.report), &import.report.text())?;
    done?;
    recorded?;
    match import.report.refused {
        0 => Ok(()),
        refused => Err(CliError::new(
            ExitKind::InvalidValue,
            format!("{refused} lines were refused; correct them, and import again with --on-conflict skip"),
        )),
    }
}

impl Import<'_> {
    async fn all(&mut self, source: Source) -> Result<(), CliError> {
        let batches = source.batches(self.opened.tenant.id(), self.threads);
        let mut batches = std::pin::pin!(batches);
        while let Some(batch) = batches.next().await {
            let mut batch = batch?;
            if self.rules.stop_at_first_error {
                batch.truncate_at_first_error();
            }
            self.batch(batch).await?;
            if self.rules.stop_at_first_error && self.report.refused > 0 {
                break;
            }
        }
        Ok(())
    }

    async fn batch(&mut self, batch: Batch) -> Result<(), CliError> {
        let Batch { lines, refused, bytes } = batch;
        let digests: Vec<_> = lines.iter().map(|line| (line.number, line.digest_use())).collect();
        let outcomes = match self.asked.dry_run {
            true => self.check(lines.into()).await?,
            false => self.write(lines).await?,
        };
        let mut errors: Vec<LineError> = Vec::new();
        for ((line, digest), outcome) in digests.into_iter().zip(outcomes) {
            self.report.lines += 1;
            if let Some(digest) = digest {
                self.report.count_digest(line, digest, false);
            }
            match outcome {
                Outcome::Created => self.report.created += 1,
                Outcome::Updated => self.report.updated += 1,
                Outcome::Skipped => self.report.skipped += 1,
                Outcome::Refused(of_line) => {
                    self.report.refused += 1;
                    errors.extend(of_line);
                    if self.rules.stop_at_first_error {
                        self.tell(errors);
                        return Ok(());
                    }
                }
            }
        }
        for refused in refused {
            self.report.lines += 1;
            self.report.refused += 1;
            if let Some((digest, error)) = refused.digest.zip(refused.errors.first()) {
                self.report.count_digest(error.line, digest, true);
            }
            errors.extend(refused.errors);
        }
        self.bytes += bytes;
        self.tell(errors);
        self.progress.show(self.report.lines, self.bytes);
        Ok(())
    }

    /// Shows the errors as far as there are not too many.
    fn tell(&mut self, mut errors: Vec<LineError>) {
        errors.sort_by_key(|error| error.line);
        for error in errors {
            if self.report.keep_error(&error, self.asked.max_errors) {
                self.progress.clear();
                // The report tells them too if standard error can't be written.
                let _ = writeln!(std::io::stderr(), "{}", printable(&error.to_string()));
            }
        }
    }

    async fn check(&mut self, lines: Arc<[Line]>) -> Result<Vec<Outcome>, CliError> {
        let (rules, mut seen) = (self.rules, std::mem::take(&mut self.seen));
        let read = self.opened.tenant.read(&Actor::CommandLine, move |view| {
            let outcomes = transfer::check(view, &lines, rules, &mut seen)?;
            Ok::<_, ImportError>((outcomes, seen))
        });
        let (outcomes, seen) = read.await.map_err(ApiError::from)?;
        self.seen = seen;
        Ok(outcomes)
    }

    /// Imports a batch in one transaction.
    async fn write(&self, mut lines: Vec<Line>) -> Result<Vec<Outcome>, CliError> {
        let (mut races, mut busy) = (0, 0);
        loop {
            self.hash_passwords(&mut lines).await?;
            let (started, rules, shared) = (Instant::now(), self.rules, Arc::new(lines));
            let moved = Arc::clone(&shared);
            // Not on the disk yet: the last unit, which writes the audit entry, waits for all.
            let write = move |work: &server::work::Work<'_>| transfer::import(work, &moved, rules);
            let error = match self.opened.tenant.write_relaxed(&Actor::CommandLine, write).await {
                Ok(outcomes) => {
                    // SQLite's lock is not fair: a server that waits for it gets its turn when nobody has it.
                    tokio::time::sleep((started.elapsed() / 8).min(MAX_PAUSE)).await;
                    return Ok(outcomes);
                }
                Err(error) => error,
            };
            races += u32::from(error.is_race());
            busy += u32::from(error.is_busy());
            if (!error.is_race() && !error.is_busy()) || races > MAX_RACES || busy > MAX_BUSY {
                return Err(ApiError::from(error).into());
            }
            tokio::time::sleep(BUSY_PAUSE).await;
            lines = Arc::try_unwrap(shared).unwrap_or_else(|shared| shared.to_vec());
        }
    }

    /// Hashes the plain passwords of those who will be written.
    async fn hash_passwords(&self, lines: &mut [Line]) -> Result<(), CliError> {
        let is_plain = |line: &Line| line.plain_password().is_some();
        if !lines.iter().any(is_plain) {
            return Ok(());
        }
        let outcomes = match self.rules.on_conflict {
            OnConflict::Update => vec![Outcome::Updated; lines.len()],
            OnConflict::Fail | OnConflict::Skip => {
                let (rules, shared): (_, Arc<[Line]>) = (self.rules, lines.to_vec().into());
                let read = self.opened.tenant.read(&Actor::CommandLine, move |view| {
                    Ok::<_, ImportError>(transfer::check(view, &shared, rules, &mut SeenKeys::default())?)
                });
                read.await.map_err(ApiError::from)?
            }
        };
        let is_written = |outcome: &Outcome| matches!(outcome, Outcome::Created | Outcome::Updated);
        let plain = lines.iter_mut().zip(outcomes).filter(|(line, outcome)| is_plain(line) && is_written(outcome));
        let hasher = &self.opened.app.hasher;
        let hash = async |(line, _): (&mut Line, Outcome)| {
            let Some(password) = line.plain_password() else { return Ok(()) };
            let digest = hasher.hash(password.expose()).await?;
            line.set_password(digest);
            Ok::<_, ApiError>(())
        };
        let hashed = stream::iter(plain).map(hash).buffer_unordered(self.threads * 2).try_collect::<Vec<_>>().await;
        hashed.map(drop).map_err(CliError::from)
    }

    /// Writes an entry of the audit log; a dry run leaves none.
    async fn record(&self, step: &'static str) -> Result<(), CliError> {
        if self.asked.dry_run {
            return Ok(());
        }
        let Report { lines, created, updated, skipped, refused, .. } = &self.report;
        let conflict = match self.rules.on_conflict {
            OnConflict::Fail => "fail",
            OnConflict::Skip => "skip",
            OnConflict::Update => "update",
        };
        let mut details = Map::from_iter([("onConflict".to_owned(), Value::from(conflict))]);
        if step == "End" {
            let counts =
                json!({"lines": lines, "created": created, "updated": updated, "skipped": skipped, "refused": refused});
            details.insert("counts".to_owned(), counts);
        }
        let write = self.opened.tenant.write(&Actor::CommandLine, move |work| match step {
            "Start" => transfer::record_start(work, details),
            _ => transfer::record_end(work, details),
        });
        Ok(write.await?)
    }
}
