//! `loggia doctor --hash`: measures password hashing on this machine and recommends parameters.

use std::time::{Duration, Instant};

use kernel::Rng;
use serde_json::{Value, json};
use server::Settings;
use server::hashing::{Hasher, MAX_MEMORY_KIB, MAX_PASSES};
use server::settings::HashSettings;

use crate::arguments::Output;
use crate::error::{CliError, ExitKind};
use crate::print::print_result;

/// The minimum parameters for Argon2id with one lane in OWASP's Password Storage Cheat Sheet, as (KiB, passes). All rows are
/// equally strong. The row with a single pass is left out because RFC 9106 recommends more.
const FLOORS: [(u32, u32); 4] = [(19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)];
const LEAST_MEMORY_KIB: u32 = 7_168;
/// All hashing threads together may use 1/SHARE of the available memory.
const SHARE: u64 = 4;
/// Assumed available memory if the system does not report it.
const UNKNOWN_KIB: u64 = 1 << 20;
/// Hashes per thread and measurement, after one hash that warms up the memory.
const REPEATED: u32 = 4;
/// Maximum number of measurements after the floor.
const STEPS: usize = 4;

/// The cost of a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct HashCost {
    memory: u32,
    passes: u32,
}

/// Measures the current parameters, recommends better ones and prints both.
///
/// # Errors
/// Argon2 does not accept the configured parameters.
pub async fn run(settings: &Settings, target_ms: u64, output: Output) -> Result<(), CliError> {
    let available = available_kib();
    let share = available.unwrap_or(UNKNOWN_KIB) / SHARE;
    let most_threads = usize::try_from(share / u64::from(LEAST_MEMORY_KIB)).unwrap_or(usize::MAX).max(1);
    let threads = settings.hash.threads.min(most_threads);
    let budget = u32::try_from(share / threads as u64).unwrap_or(u32::MAX);
    let current = HashCost { memory: settings.hash.memory, passes: settings.hash.passes };
    let now = measure(current, settings.hash.threads).await?;
    let target = Duration::from_millis(target_ms);
    let (proposed, took) = recommend(budget, target, async |cost| measure(cost, threads).await).await?;
    let lines = [
        format!("PASSWORD_HASH_MEMORY={}", proposed.memory),
        format!("PASSWORD_HASH_PASSES={}", proposed.passes),
        format!("PASSWORD_HASH_THREADS={threads}"),
    ];
    let note = if took > target {
        format!("the least that OWASP accepts takes longer here than the {target_ms} ms asked for\n")
    } else {
        String::new()
    };
    let text = format!(
        "now       {}\nproposed  {}\n{note}\n{}\n\nDigests made with other parameters stay valid; each is replaced when its \
         owner signs in.",
        in_words(current, settings.hash.threads, now),
        in_words(proposed, threads, took),
        lines.join("\n")
    );
    let json = json!({
        "targetMilliseconds": target_ms, "availableKib": available, "current": as_json(current, settings.hash.threads, now),
        "proposed": as_json(proposed, threads, took), "lines": lines,
    });
    print_result(output, &json, &text)
}

/// The parameters with the most memory, then the most passes, whose hash stays within the target. Never below a floor, even
/// if that takes longer.
async fn recommend(
    budget: u32,
    target: Duration,
    mut measure: impl AsyncFnMut(HashCost) -> Result<Duration, CliError>,
) -> Result<(HashCost, Duration), CliError> {
    let (memory, passes) = FLOORS.into_iter().find(|(memory, _)| *memory <= budget).unwrap_or(FLOORS[FLOORS.len() - 1]);
    let floor = HashCost { memory, passes };
    let mut tried = (floor, measure(floor).await?);
    let mut best = tried;
    for _ in 0..STEPS {
        // The time is only roughly proportional to memory times passes (CPU caches), so measure and correct.
        let (cost, took) = tried;
        let work = f64::from(cost.memory) * f64::from(cost.passes);
        let next = cost_for_work(work * target.as_secs_f64() / took.as_secs_f64().max(1e-6), floor, budget);
        if next == cost {
            break;
        }
        tried = (next, measure(next).await?);
        let more = |cost: HashCost| u64::from(cost.memory) * u64::from(cost.passes);
        if tried.1 <= target && more(next) > more(best.0) {
            best = tried;
        }
    }
    Ok(best)
}

/// Parameters for an amount of work (KiB times passes). Memory first, in whole MiB: it makes brute force on special hardware
/// expensive.
fn cost_for_work(work: f64, floor: HashCost, budget: u32) -> HashCost {
    let most = budget.min(MAX_MEMORY_KIB).max(floor.memory);
    let memory = (work / f64::from(floor.passes)) as u32;
    let memory = if memory >= most { most } else { memory / 1024 * 1024 }.max(floor.memory);
    let passes = (work / f64::from(memory)) as u32;
    HashCost { memory, passes: passes.clamp(floor.passes, MAX_PASSES) }
}

/// The duration of a hash while all threads hash.
async fn measure(HashCost { memory, passes }: HashCost, threads: usize) -> Result<Duration, CliError> {
    let failed = |error| CliError::new(ExitKind::Settings, format!("{error}; correct PASSWORD_HASH_*"));
    let hasher = Hasher::start(&HashSettings { memory, passes, threads }, Rng::system()).map_err(failed)?;
    let at_once = async || futures_util::future::try_join_all((0..threads).map(|_| hasher.hash("correct horse"))).await;
    at_once().await.map_err(failed)?;
    let start = Instant::now();
    for _ in 0..REPEATED {
        at_once().await.map_err(failed)?;
    }
    Ok(start.elapsed() / REPEATED)
}

/// KiB available in the machine and in the container's control group, whichever is less.
fn available_kib() -> Option<u64> {
    let number = |path: &str| std::fs::read_to_string(path).ok()?.trim().parse::<u64>().ok();
    let memory = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = memory.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let machine: u64 = line.split_whitespace().next()?.parse().ok()?;
    let group = number("/sys/fs/cgroup/memory.max").zip(number("/sys/fs/cgroup/memory.current"));
    Some(group.map_or(machine, |(most, used)| machine.min(most.saturating_sub(used) / 1024)))
}

fn per_second(threads: usize, took: Duration) -> f64 {
    threads as f64 / took.as_secs_f64().max(1e-6)
}

fn in_words(HashCost { memory, passes }: HashCost, threads: usize, took: Duration) -> String {
    format!(
        "{memory} KiB, {passes} passes, {threads} at a time: {:.1} ms per hash, {:.0} sign-ins per second, {} MiB in all",
        took.as_secs_f64() * 1000.0,
        per_second(threads, took),
        u64::from(memory) * threads as u64 / 1024
    )
}

fn as_json(HashCost { memory, passes }: HashCost, threads: usize, took: Duration) -> Value {
    json!({
        "memoryKib": memory, "passes": passes, "threads": threads, "milliseconds": took.as_secs_f64() * 1000.0,
        "signInsPerSecond": per_second(threads, took),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLENTY: u32 = 1 << 22;

    /// The recommendation for a machine where one pass over a MiB takes `micros` microseconds.
    async fn proposed(budget: u32, target: u64, micros: u64) -> HashCost {
        let measure = async |cost: HashCost| {
            assert!(cost.memory <= budget.max(LEAST_MEMORY_KIB) && cost.memory <= MAX_MEMORY_KIB, "{cost:?}");
            Ok(Duration::from_micros(u64::from(cost.memory) * u64::from(cost.passes) * micros / 1024))
        };
        recommend(budget, Duration::from_millis(target), measure).await.unwrap().0
    }

    #[tokio::test]
    async fn a_slow_machine_keeps_the_floor_that_its_memory_allows() {
        for (budget, memory, passes) in
            [(PLENTY, 19_456, 2), (19_455, 12_288, 3), (10_000, 9_216, 4), (8_000, 7_168, 5), (1_000, 7_168, 5)]
        {
            assert_eq!(proposed(budget, 10, 10_000).await, HashCost { memory, passes });
        }
    }

    #[tokio::test]
    async fn a_fast_machine_gets_memory_first_and_then_passes() {
        assert_eq!(proposed(PLENTY, 100, 500).await, HashCost { memory: 100 << 10, passes: 2 });
        assert_eq!(proposed(32 << 10, 100, 500).await, HashCost { memory: 32 << 10, passes: 6 });
        assert_eq!(proposed(PLENTY, 1000, 500).await, HashCost { memory: MAX_MEMORY_KIB, passes: 7 });
    }

    #[tokio::test]
    async fn the_target_is_kept_where_more_memory_costs_more_than_its_share() {
        let target = Duration::from_millis(100);
        let uneven = async |cost: HashCost| {
            let factor = if cost.memory > 40 << 10 { 3 } else { 1 };
            Ok(Duration::from_micros(u64::from(cost.memory) * u64::from(cost.passes) * factor / 2))
        };
        let (cost, took) = recommend(PLENTY, target, uneven).await.unwrap();
        assert!(took <= target && cost.memory >= 19_456, "{cost:?} {took:?}");
    }
}
