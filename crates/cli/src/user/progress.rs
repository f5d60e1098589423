//! How far an import or export is, on a terminal.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// How often the line is written anew.
const INTERVAL: Duration = Duration::from_millis(100);
const BAR_CHARS: usize = 24;

/// A line on standard error that is written over; nothing where that is no terminal.
pub struct Progress {
    /// The bytes of the whole work, if they are known.
    size: Option<u64>,
    started: Instant,
    shown: Option<Instant>,
    is_terminal: bool,
}

impl Progress {
    pub fn new(size: Option<u64>) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        Self { size: size.filter(|size| *size > 0), started: Instant::now(), shown: None, is_terminal }
    }

    /// Shows that `users` lines of `bytes` are done.
    pub fn show(&mut self, users: u64, bytes: u64) {
        if !self.is_terminal || self.shown.is_some_and(|at| at.elapsed() < INTERVAL) {
            return;
        }
        self.shown = Some(Instant::now());
        let text = line(self.size, users, bytes, self.started.elapsed());
        let _ = write!(std::io::stderr(), "\r\x1b[K{text}");
    }

    /// Takes the line away, so that something else can be written.
    pub fn clear(&mut self) {
        if self.shown.take().is_some() {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }

    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

fn line(size: Option<u64>, users: u64, bytes: u64, elapsed: Duration) -> String {
    let milliseconds = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
    let rate = users.saturating_mul(1000) / milliseconds;
    let Some(size) = size else { return format!("{users} users, {rate}/s") };
    let percent = bytes.min(size).saturating_mul(100) / size;
    let filled = usize::try_from(percent).unwrap_or(100) * BAR_CHARS / 100;
    let left = milliseconds.saturating_mul(size.saturating_sub(bytes)) / bytes.max(1) / 1000;
    let bar = format!("{}{}", "#".repeat(filled), ".".repeat(BAR_CHARS - filled));
    format!("[{bar}] {percent:>3} %, {users} users, {rate}/s, {left} s left")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_tells_share_rate_and_time_left() {
        let two_seconds = Duration::from_secs(2);
        assert_eq!(line(None, 100, 7, two_seconds), "100 users, 50/s");
        assert_eq!(
            line(Some(1000), 100, 250, two_seconds),
            format!("[{}{}]  25 %, 100 users, 50/s, 6 s left", "#".repeat(6), ".".repeat(18))
        );
        assert!(line(Some(10), 1, 11, Duration::ZERO).contains("100 %"));
    }
}
