//! The first page: how many users there are, are new and are active (inventory C008), or what to do first.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;
use views::console::{Action, Block, Chart, ConsolePage, Empty, Filter, Number, Numbers, SearchForm, Tone};

use crate::callers::console::SignedIn;
use crate::callers::{ConsoleUser, Right};
use crate::dashboard::Day;
use crate::errors::ApiError;
use crate::routes::Routes;

const DATE: &str = "date";

pub(super) fn routes() -> Routes {
    Routes::new().get("/console", show)
}

/// The day that the figures of active users are for, if one was chosen.
struct Chosen {
    typed: String,
    day: Option<Day>,
}

impl Chosen {
    fn of(user: &ConsoleUser<SignedIn>) -> Self {
        let typed = user.query(DATE).unwrap_or_default().trim().to_owned();
        Self { day: Day::parse(&typed), typed }
    }

    fn is_wrong(&self) -> bool {
        self.day.is_none() && !self.typed.is_empty()
    }

    /// The phrase of a figure, which names a day other than today.
    fn text(&self, user: &ConsoleUser<SignedIn>, name: &str) -> String {
        match self.day {
            Some(day) => user.text_with(&format!("dashboard.{name}_of"), &[("day", &day.date())]),
            None => user.text(&format!("dashboard.{name}")),
        }
    }

    fn form(&self, user: &ConsoleUser<SignedIn>) -> SearchForm {
        let filter = Filter {
            name: DATE.to_owned(),
            label: user.text("dashboard.date"),
            value: self.day.map_or_else(|| Day::of(user.now).date(), Day::date),
            kind: "date",
            error: self.is_wrong().then(|| user.text_with("dashboard.date_wrong", &[("value", &self.typed)])),
            ..Filter::default()
        };
        let label = user.text("dashboard.date_label");
        SearchForm { action: "/console".to_owned(), query: None, label, filters: vec![filter] }
    }
}

async fn show(user: ConsoleUser<SignedIn>) -> Result<Response, ApiError> {
    let api = user.api();
    let total = api.get("/api/dashboard/users/total").await?;
    let new = api.get("/api/dashboard/users/new").await?;
    let chosen = Chosen::of(&user);
    let query = chosen.day.map(|day| format!("?date={}", day.date())).unwrap_or_default();
    let active = api.get(&format!("/api/dashboard/users/active{query}")).await?;
    let count = |value: &Value, path: &str| value.pointer(path).and_then(Value::as_i64).unwrap_or_default();
    let with_change = |label: String, value: &Value, path: &str| {
        let change = count(value, &format!("{path}/delta"));
        Number {
            label,
            value: grouped(count(value, &format!("{path}/count"))),
            change: (change != 0).then(|| format!("{change:+}")),
            tone: if change > 0 { Tone::Good } else { Tone::Neutral },
        }
    };
    let total = count(&total, "/totalUserCount");
    let numbers = vec![
        Number { label: user.text("dashboard.total"), value: grouped(total), change: None, tone: Tone::Neutral },
        with_change(user.text("dashboard.new_today"), &new, "/today"),
        with_change(user.text("dashboard.new_week"), &new, "/last7Days"),
        with_change(chosen.text(&user, "active_day"), &active, "/dau"),
        with_change(chosen.text(&user, "active_week"), &active, "/wau"),
        with_change(chosen.text(&user, "active_month"), &active, "/mau"),
    ];
    let day = |point: &Value| (super::entity::text(point, "date"), count(point, "/count"));
    let points = active.get("dauCurve").and_then(Value::as_array).into_iter().flatten().map(day).collect();
    let mut blocks = Vec::new();
    if total == 0 && user.may(Right::Manage) {
        blocks.push(Block::Empty(Empty {
            title: user.text("dashboard.start"),
            text: Some(user.text("dashboard.start_text")),
            action: Some(Action { title: user.text("applications.new"), href: "/console/applications/new".to_owned() }),
        }));
    }
    blocks.push(Block::Search(chosen.form(&user)));
    blocks.push(Block::Numbers(Numbers { items: numbers }));
    let curve = chosen.text(&user, "curve");
    blocks.push(Block::Chart(Chart::new(curve, user.text("dashboard.active_users"), points)));
    let page = ConsolePage { title: user.text("navigation.dashboard"), blocks, ..ConsolePage::default() };
    let status = if chosen.is_wrong() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(user.render(status, page).await)
}

/// With a thin space between groups of three digits.
fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) && digit.is_ascii_digit() && !out.ends_with('-') {
            out.push('\u{2009}');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn digits_stand_in_groups() {
        let wanted =
            [(0, "0"), (999, "999"), (1000, "1\u{2009}000"), (1_234_567, "1\u{2009}234\u{2009}567"), (-100, "-100")];
        for (number, text) in wanted {
            assert_eq!(super::grouped(number), text);
        }
    }
}
