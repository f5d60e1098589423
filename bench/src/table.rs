//! The table, for people and as JSON.

use serde_json::{Value, json};

use crate::load::Measured;

/// One figure.
pub struct Figure {
    pub name: String,
    pub value: f64,
    pub unit: &'static str,
    pub p50: Option<f64>,
    pub p99: Option<f64>,
    /// Percent between the slowest and the fastest round.
    pub spread: Option<f64>,
    /// Server CPU per unit in microseconds.
    pub cpu: Option<f64>,
    /// What bounds it: name and the figure's share of it.
    pub bound: Option<(&'static str, f64)>,
}

/// All figures of a run.
#[derive(Default)]
pub struct Table {
    pub title: String,
    pub figures: Vec<Figure>,
}

impl Table {
    /// A figure without latencies.
    pub fn plain(&mut self, name: &str, value: f64, unit: &'static str) {
        let name = name.to_owned();
        self.figures.push(Figure { name, value, unit, p50: None, p99: None, spread: None, cpu: None, bound: None });
    }

    /// A rate with its latencies.
    pub fn rate(&mut self, name: &str, (measured, spread): (Measured, f64), cpu: Option<f64>) -> &mut Figure {
        self.plain(name, measured.rate, "/s");
        let at = self.figures.len() - 1;
        let figure = &mut self.figures[at];
        (figure.p50, figure.p99) = (Some(measured.p50), Some(measured.p99));
        (figure.spread, figure.cpu) = (Some(spread), cpu);
        figure
    }

    /// As text.
    pub fn text(&self) -> String {
        let mut out = format!(
            "\n{}\n| figure | value | p50 ms | p99 ms | spread | server CPU | of its bound |\n|---|---|---|---|---|---|---|\n",
            self.title
        );
        for f in &self.figures {
            let number = |value: Option<f64>, unit: &str| value.map_or(String::new(), |v| format!("{v:.2}{unit}"));
            let bound = f.bound.map_or(String::new(), |(name, share)| format!("{:.0} % of {name}", share * 100.0));
            out.push_str(&format!(
                "| {} | {:.1}{} | {} | {} | {} | {} | {bound} |\n",
                f.name,
                f.value,
                f.unit,
                number(f.p50, ""),
                number(f.p99, ""),
                f.spread.map_or(String::new(), |s| format!("{s:.0} %")),
                number(f.cpu, " µs"),
            ));
        }
        out
    }

    /// As JSON.
    pub fn json(&self) -> Value {
        let figures: Vec<Value> = self
            .figures
            .iter()
            .map(|f| {
                json!({"name": f.name, "value": f.value, "unit": f.unit, "p50": f.p50, "p99": f.p99,
                       "spread": f.spread, "cpuMicros": f.cpu, "bound": f.bound.map(|b| b.0), "share": f.bound.map(|b| b.1)})
            })
            .collect();
        json!({"title": self.title, "figures": figures})
    }
}
