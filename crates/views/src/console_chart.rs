//! Charts of the console: drawn by the server as SVG, with the same figures as a table for who does not see them.

use serde::Serialize;

/// Width and height of the drawing area in the units of its view box.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 180.0;

/// A line over days.
#[derive(Debug, Clone, Serialize)]
pub struct Chart {
    pub title: String,
    /// What the figures count.
    pub unit: String,
    /// Day and figure, oldest first.
    pub points: Vec<(String, i64)>,
    /// `d` of the line.
    line: String,
    /// `d` of the area under it.
    area: String,
    /// Height and figure of the lines behind it.
    grid: Vec<(f64, i64)>,
}

impl Chart {
    /// The chart of so many days.
    pub fn new(title: String, unit: String, points: Vec<(String, i64)>) -> Self {
        let top = round_up(points.iter().map(|(_, value)| *value).max().unwrap_or_default());
        let y = |value: i64| HEIGHT - HEIGHT * part(value, top);
        let last = i64::try_from(points.len().saturating_sub(1)).unwrap_or(i64::MAX);
        let places = points.iter().zip(0_i64..).map(|((_, value), at)| (WIDTH * part(at, last.max(1)), y(*value)));
        let steps: Vec<String> = places.map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
        let line = if steps.is_empty() { String::new() } else { format!("M{}", steps.join("L")) };
        let area = if steps.is_empty() { String::new() } else { format!("{line}L{WIDTH} {HEIGHT}L0 {HEIGHT}Z") };
        let grid = [top, top / 2, 0].into_iter().map(|value| (y(value), value)).collect();
        Self { title, unit, points, line, area, grid }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a drawing has fewer points than 2^52")]
fn part(value: i64, whole: i64) -> f64 {
    value as f64 / whole.max(1) as f64
}

/// The next of 2, 4, 10, 20, 40, 100, …, so that half of it is whole.
fn round_up(value: i64) -> i64 {
    let mut step = 1_i64;
    loop {
        for factor in [2, 4, 10] {
            let candidate = step.saturating_mul(factor);
            if candidate >= value {
                return candidate;
            }
        }
        step = step.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_is_round_and_the_line_stays_inside() {
        for (value, top) in [(0, 2), (2, 2), (3, 4), (5, 10), (11, 20), (401, 1000), (i64::MAX, i64::MAX)] {
            assert_eq!(round_up(value), top);
        }
        let chart = Chart::new("t".into(), "u".into(), vec![("a".into(), 0), ("b".into(), 4)]);
        assert_eq!(chart.line, "M0.0 180.0L720.0 0.0");
        assert_eq!(chart.grid, [(0.0, 4), (90.0, 2), (180.0, 0)]);
        assert_eq!(Chart::new(String::new(), String::new(), Vec::new()).line, "");
    }
}
