//! The writer of the log. Requests hand their lines to a queue and never wait for standard error: a log that nobody reads, or
//! that can't be written, costs lines and not requests. Dropped lines are counted and reported once writing works again.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Bytes of lines that may wait.
const CAPACITY_BYTES: usize = 1 << 20;
/// Pause before a non-blocking output is tried again.
const RETRY_DELAY: Duration = Duration::from_millis(20);

/// A handle on the queue; each write is one line. Cheap to clone.
#[derive(Clone)]
pub struct LogWriter(Arc<Shared>);

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    /// A line was added.
    added: Condvar,
    /// The queue is empty and nothing is being written.
    idle: Condvar,
}

#[derive(Default)]
struct Queue {
    lines: VecDeque<Vec<u8>>,
    bytes: usize,
    is_writing: bool,
    /// Lines dropped since the last report.
    dropped: u64,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the next line.
    fn next(&self) -> Vec<u8> {
        let mut queue = self.lock();
        queue.is_writing = false;
        loop {
            if let Some(line) = queue.lines.pop_front() {
                queue.bytes -= line.len();
                queue.is_writing = true;
                return line;
            }
            self.idle.notify_all();
            queue = self.added.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The number of lines to report, once the queue has room for the report.
    fn take_dropped(&self) -> Option<u64> {
        let mut queue = self.lock();
        if queue.dropped == 0 || queue.bytes > CAPACITY_BYTES / 2 {
            return None;
        }
        Some(std::mem::take(&mut queue.dropped))
    }
}

impl LogWriter {
    /// Starts the thread that writes to `output`. `report` logs the number of dropped lines.
    ///
    /// # Errors
    /// The thread can't be started.
    pub fn start(output: impl Write + Send + 'static, report: impl Fn(u64) + Send + 'static) -> io::Result<Self> {
        let shared = Arc::<Shared>::default();
        let writer = Self(Arc::clone(&shared));
        std::thread::Builder::new().name("log".to_owned()).spawn(move || write_lines(&shared, output, report))?;
        Ok(writer)
    }

    /// Waits until all lines are written, but no longer than `limit`.
    pub fn drain(&self, limit: Duration) {
        let deadline = Instant::now() + limit;
        let mut queue = self.0.lock();
        while queue.is_writing || !queue.lines.is_empty() {
            let Some(left) = deadline.checked_duration_since(Instant::now()) else { return };
            (queue, _) = self.0.idle.wait_timeout(queue, left).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Write for LogWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut queue = self.0.lock();
        if queue.bytes + line.len() > CAPACITY_BYTES {
            queue.dropped += 1;
        } else {
            queue.bytes += line.len();
            queue.lines.push_back(line.to_vec());
            self.0.added.notify_one();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write_lines(shared: &Shared, mut output: impl Write, report: impl Fn(u64)) {
    // Whether the output ends within a line.
    let mut is_torn = false;
    loop {
        let mut line = shared.next();
        if is_torn {
            line.insert(0, b'\n');
        }
        match write_line(&mut output, &line) {
            Ok(()) => {
                is_torn = false;
                if let Some(dropped) = shared.take_dropped() {
                    report(dropped);
                }
            }
            Err(written) => {
                is_torn |= written > 0;
                shared.lock().dropped += 1;
            }
        }
    }
}

/// Writes a line; the error is the number of bytes that were written before it.
fn write_line(output: &mut impl Write, line: &[u8]) -> Result<(), usize> {
    let mut written = 0;
    while let Some(rest) = line.get(written..).filter(|rest| !rest.is_empty()) {
        match output.write(rest) {
            Ok(0) => return Err(written),
            Ok(count) => written += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // Standard error may be shared with a program that made it non-blocking.
            Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::sleep(RETRY_DELAY),
            Err(_) => return Err(written),
        }
    }
    output.flush().map_err(|_| written)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// An output that a test lets through or makes fail, line by line.
    struct Gate {
        permits: mpsc::Receiver<io::Result<()>>,
        written: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Gate {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            // Once the test has dropped its end, everything passes.
            self.permits.recv().unwrap_or(Ok(()))?;
            self.written.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Log {
        writer: LogWriter,
        permits: mpsc::Sender<io::Result<()>>,
        written: Arc<Mutex<Vec<u8>>>,
        reported: mpsc::Receiver<u64>,
    }

    fn start() -> Log {
        let (permits, receiver) = mpsc::channel();
        let (report, reported) = mpsc::channel();
        let written = Arc::<Mutex<Vec<u8>>>::default();
        let gate = Gate { permits: receiver, written: Arc::clone(&written) };
        let writer = LogWriter::start(gate, move |dropped| report.send(dropped).unwrap()).unwrap();
        Log { writer, permits, written, reported }
    }

    #[test]
    fn an_output_that_nobody_reads_costs_lines_and_is_reported_once_it_is_read() {
        let Log { mut writer, permits, written, reported } = start();
        let (count, line) = (3 * CAPACITY_BYTES / 1000, [[b'x'; 999].as_slice(), b"\n"].concat());
        let began = Instant::now();
        for _ in 0..count {
            writer.write_all(&line).unwrap();
        }
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        writer.drain(Duration::from_millis(50));
        assert!(began.elapsed() < Duration::from_secs(5), "draining waits for nobody");
        assert!(written.lock().unwrap().is_empty());
        drop(permits);
        writer.drain(Duration::from_secs(10));
        let kept = written.lock().unwrap().len() / line.len();
        let dropped = reported.recv_timeout(Duration::from_secs(10)).unwrap();
        assert_eq!(u64::try_from(count - kept), Ok(dropped));
        assert!(kept * line.len() > CAPACITY_BYTES / 2, "{kept}");
    }

    #[test]
    fn lines_that_fail_are_counted_and_later_lines_are_whole() {
        let Log { mut writer, permits, written, reported } = start();
        for _ in 0..3 {
            permits.send(Err(ErrorKind::StorageFull.into())).unwrap();
        }
        drop(permits);
        for n in 0..5 {
            writer.write_all(format!("line {n}\n").as_bytes()).unwrap();
        }
        writer.drain(Duration::from_secs(10));
        assert_eq!(reported.recv_timeout(Duration::from_secs(10)), Ok(3));
        assert_eq!(String::from_utf8_lossy(&written.lock().unwrap()), "line 3\nline 4\n");
    }
}
