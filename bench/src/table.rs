//! The table of measurements with their bounds and goals, as Markdown and JSON.

use serde::{Deserialize, Serialize};

use crate::bounds::{self, HardwareBound};
use crate::goals::{self, Goal};
use crate::load::{self, LoadResult};
use crate::plan::Plan;

/// The engine name of raw rates that need no server.
pub const MACHINE: &str = "machine";

/// A measurement: the median of its rounds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Measurement {
    pub name: String,
    /// The storage engine, [`MACHINE`], or the baseline server.
    pub engine: String,
    /// Concurrent clients or threads, if applicable.
    pub clients: Option<usize>,
    pub value: f64,
    pub unit: String,
    /// The difference between minimum and maximum in percent; none for a single round.
    pub spread: Option<f64>,
    /// Milliseconds.
    pub p50: Option<f64>,
    /// Milliseconds.
    pub p99: Option<f64>,
    /// CPU microseconds of the server per operation.
    pub cpu: Option<f64>,
    /// Resident memory of the server afterwards, in MB.
    pub memory: Option<f64>,
    /// Percent of 503 responses.
    pub refused: Option<f64>,
    /// The hardware bound and the share of it.
    pub bound: Option<HardwareBound>,
    pub goals: Vec<Goal>,
}

/// All measurements of a run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Table {
    pub title: String,
    pub cores: usize,
    pub users: usize,
    pub organizations: usize,
    pub rounds: usize,
    pub seconds: f64,
    pub figures: Vec<Measurement>,
}

impl Table {
    /// An empty table.
    pub fn new(plan: &Plan) -> Self {
        Self {
            title: match &plan.against {
                Some(other) => format!("The server at {}", other.authority),
                None => format!("Loggia {}", env!("CARGO_PKG_VERSION")),
            },
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            users: plan.users,
            organizations: plan.organizations,
            rounds: plan.rounds,
            seconds: plan.seconds,
            figures: Vec::new(),
        }
    }

    /// Adds a measurement of several samples that are no rates.
    pub fn samples(&mut self, (engine, name, unit): (&str, &str, &str), clients: Option<usize>, samples: Vec<f64>) {
        let several = samples.len() > 1;
        if let Some((value, spread)) = load::median(samples) {
            let (engine, name, unit) = (engine.to_owned(), name.to_owned(), unit.to_owned());
            let spread = several.then_some(spread);
            self.add(Measurement { name, engine, clients, value, unit, spread, ..Measurement::default() });
        }
    }

    /// Adds a rate; each number is the median of its rounds.
    pub fn rate(&mut self, (engine, name): (&str, &str), clients: usize, rounds: &[LoadResult], memory: Option<f64>) {
        let median = |number: fn(&LoadResult) -> f64| load::median(rounds.iter().map(number).collect());
        let cpu: Option<Vec<f64>> = rounds.iter().map(|round| round.cpu).collect();
        let Some((value, spread)) = median(|round| round.rate) else { return };
        self.add(Measurement {
            name: name.to_owned(),
            engine: engine.to_owned(),
            clients: Some(clients),
            value,
            unit: "/s".to_owned(),
            spread: (rounds.len() > 1).then_some(spread),
            p50: median(|round| round.p50).map(|p50| p50.0),
            p99: median(|round| round.p99).map(|p99| p99.0),
            cpu: cpu.and_then(load::median).map(|cpu| cpu.0),
            memory,
            refused: median(|round| round.refused).map(|refused| refused.0).filter(|refused| *refused > 0.0),
            ..Measurement::default()
        });
    }

    fn add(&mut self, mut figure: Measurement) {
        figure.bound = bounds::of(&figure, self);
        figure.goals = goals::of(&figure, self);
        eprintln!("{}", line(&figure));
        self.figures.push(figure);
    }

    /// Finds a measurement by engine, name and number of clients.
    pub fn find(&self, engine: &str, name: &str, clients: Option<usize>) -> Option<&Measurement> {
        self.figures.iter().find(|f| f.engine == engine && f.name == name && f.clients == clients)
    }

    /// The table as Markdown; the engines' results are below each other.
    pub fn markdown(&self) -> String {
        let mut out = format!(
            "{}; {} cores shared with the load, {} users{}, {} rounds of {} s: medians.\n\n\
             | figure | clients | where | value | spread | p50 ms | p99 ms | CPU | memory | of its bound | goal |\n\
             |---|---|---|---|---|---|---|---|---|---|---|\n",
            self.title,
            self.cores,
            grouped(self.users as f64),
            match self.organizations {
                0 => String::new(),
                n => format!(" and {} organizations", grouped(n as f64)),
            },
            self.rounds,
            self.seconds,
        );
        let mut shown: Vec<(&str, Option<usize>)> = Vec::new();
        for figure in &self.figures {
            let key = (figure.name.as_str(), figure.clients);
            if !shown.contains(&key) {
                shown.push(key);
                let same = self.figures.iter().filter(|f| (f.name.as_str(), f.clients) == key);
                out.extend(same.map(|f| line(f) + "\n"));
            }
        }
        out
    }
}

fn line(f: &Measurement) -> String {
    let or_empty = |value: Option<f64>, unit: &str| value.map_or(String::new(), |v| format!("{}{unit}", grouped(v)));
    let refused = f.refused.map_or(String::new(), |share| format!(" ({share:.0} % refused)"));
    let bound = f.bound.as_ref().map_or(String::new(), |b| format!("{:.0} % of {}", b.share * 100.0, b.parts));
    let goals = f
        .goals
        .iter()
        .map(|goal| format!("{}: {}", goal.text, if goal.reached { "reached" } else { "**not reached**" }));
    format!(
        "| {} | {} | {} | {}{}{refused} | {} | {} | {} | {} | {} | {bound} | {} |",
        f.name,
        f.clients.map_or(String::new(), |n| n.to_string()),
        f.engine,
        grouped(f.value),
        f.unit,
        or_empty(f.spread, " %"),
        or_empty(f.p50, ""),
        or_empty(f.p99, ""),
        or_empty(f.cpu, " µs"),
        or_empty(f.memory, " MB"),
        goals.collect::<Vec<_>>().join("; "),
    )
}

/// Formats a number with three significant digits and thousands separators.
pub fn grouped(value: f64) -> String {
    let decimals = if value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    };
    let text = format!("{value:.decimals$}");
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut out = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(rate: f64, p99: f64) -> LoadResult {
        LoadResult { rate, p50: 1.0, p99, cpu: Some(20.0), refused: 0.0 }
    }

    #[test]
    fn figures_carry_their_median_spread_bound_and_goal() {
        let mut table = Table { cores: 2, users: 1_000, rounds: 3, seconds: 2.0, ..Table::default() };
        table.rate((MACHINE, bounds::ROUTE), 32, &[measured(40_000.0, 2.0)], None);
        let rounds = [measured(9_000.0, 9.0), measured(20_000.0, 3.0), measured(18_000.0, 4.0)];
        table.rate(("SQLite", "userinfo"), 32, &rounds, Some(30.0));
        table.rate(("PostgreSQL", "userinfo"), 32, &[measured(6_000.0, 4.0)], None);
        let text = table.markdown();
        let expected = "| userinfo | 32 | SQLite | 18,000/s | 61.1 % | 1.00 | 4.00 | 20.0 µs | 30.0 MB | 45 % of route | ≥ 15,000/s: reached |";
        assert!(text.contains(expected), "{text}");
        assert!(text.contains("≥ ½ of SQLite: **not reached**"), "{text}");
        let again: Table = serde_json::from_str(&serde_json::to_string(&table).unwrap()).unwrap();
        assert_eq!(again.markdown(), text);
    }
}
