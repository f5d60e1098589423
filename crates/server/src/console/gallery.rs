//! All components with their states on one page: tests take pictures of it, and whoever adds a page sees what there is.

use axum::http::{Method, StatusCode};
use axum::response::Response;
use views::console::{
    Action, Block, Bulk, Card, Cards, Cell, Chart, CodeText, ConsolePage, Dialog, Dialogs, Empty, Facts, Filter, Form,
    FormSection, Notice, Number, Numbers, Pages, Picture, Row, SearchForm, ShownSecret, Tab, Table, Toast, Tone,
};
use views::pages::{Choice, Field};

use super::several;
use crate::callers::ConsoleUser;
use crate::callers::console::SignedIn;
use crate::router;
use crate::routes::{Access, RouteInfo, Routes};

const PATH: &str = "/console/gallery";

pub(super) fn routes() -> Routes {
    Routes::new().get(PATH, show)
}

fn owned(text: &str) -> String {
    text.to_owned()
}

async fn show(user: ConsoleUser<SignedIn>) -> Response {
    let blocks = vec![
        Block::Numbers(numbers()),
        Block::Chart(Chart::new(owned("Chart"), owned("Visitors"), points())),
        Block::Table(table(rows())),
        Block::Table(empty_table()),
        Block::Search(filters_of_page()),
        Block::Form(form()),
        Block::Facts(facts()),
        Block::Secret(ShownSecret {
            title: owned("A secret"),
            text: owned("It is shown this once."),
            secret: owned("lQ8f2mZx7Kc1"),
        }),
        Block::Notice(Notice { text: owned("A remark."), tone: Tone::Neutral }),
        Block::Notice(Notice { text: owned("A refusal."), tone: Tone::Bad }),
        Block::Code(CodeText { title: Some(owned("Code")), text: owned("{\n  \"event\": \"SignIn\"\n}") }),
        Block::Cards(cards()),
        Block::Dialogs(Dialogs { title: owned("Dialogs"), items: dialogs() }),
        Block::Code(CodeText { title: Some(owned("Pages")), text: pages() }),
    ];
    let tab = |title: &str, is_current| Tab { title: owned(title), href: owned(PATH), is_current };
    let page = ConsolePage {
        title: owned("Components"),
        lead: Some(owned("Every component of the console with its states.")),
        back: Some(Action { title: owned("Back"), href: owned("/console") }),
        actions: vec![Action { title: owned("Action"), href: owned(PATH) }],
        tabs: vec![tab("This tab", true), tab("Another tab", false)],
        toast: Some(Toast { text: owned("Saved."), tone: Tone::Good }),
        blocks,
    };
    user.render(StatusCode::OK, page).await
}

/// The paths of all pages, one a line, as they are declared: browser tests visit each.
fn pages() -> String {
    let is_page = |route: &RouteInfo| route.method == Method::GET && matches!(route.access, Access::Console(_));
    let paths: Vec<String> = router::declared().into_iter().filter(is_page).map(|route| route.path).collect();
    paths.join("\n")
}

fn numbers() -> Numbers {
    let number = |label: &str, value: &str, change: Option<&str>, tone| Number {
        label: owned(label),
        value: owned(value),
        change: change.map(owned),
        tone,
    };
    Numbers {
        items: vec![
            number("Total", "12 480", None, Tone::Neutral),
            number("New", "37", Some("+12"), Tone::Good),
            number("Gone", "5", Some("+2"), Tone::Bad),
        ],
    }
}

fn points() -> Vec<(String, i64)> {
    let values = [3, 5, 4, 8, 12, 11, 9, 14, 18, 17, 21, 19];
    values.into_iter().zip(1..).map(|(value, day)| (format!("2026-11-{day:02}"), value)).collect()
}

fn rows() -> Vec<Row> {
    let row = |name: &str, badge: &str, tone| Row {
        cells: vec![
            Cell::Link { text: owned(name), href: owned(PATH), note: Some(owned("a note")) },
            Cell::Copy { text: owned("k2x9f0a1") },
            Cell::Badge { text: owned(badge), tone },
            Cell::Time { iso: owned("2026-11-29T09:30:00Z"), text: owned("2026-11-29 09:30 UTC") },
            Cell::Nothing,
        ],
        actions: vec![Dialog { id: format!("row-{name}"), ..dialog("Remove", None) }],
    };
    vec![row("Ada", "Active", Tone::Good), row("Grace", "Suspended", Tone::Bad), row("Linus", "Invited", Tone::Neutral)]
}

fn table(rows: Vec<Row>) -> Table {
    let choices = ["All", "Active"].map(|name| Choice { value: owned(name), label: owned(name) }).to_vec();
    let filter =
        Filter { name: owned("status"), label: owned("Status"), value: owned("All"), choices, ..Filter::default() };
    Table {
        title: Some(owned("Table")),
        search: Some(SearchForm {
            action: owned(PATH),
            query: Some(String::new()),
            label: owned("Search"),
            filters: vec![filter],
        }),
        columns: ["Name", "Id", "Status", "Time", "Nothing"].map(owned).to_vec(),
        has_actions: true,
        empty: Empty {
            title: owned("Nobody yet"),
            text: Some(owned("Make the first one.")),
            action: Some(Action { title: owned("Make one"), href: owned(PATH) }),
        },
        pages: (!rows.is_empty()).then(|| Pages {
            shown: owned("21–23 of 60"),
            previous: Some(owned(PATH)),
            next: Some(owned(PATH)),
        }),
        bulk: Some(Bulk {
            action: owned(PATH),
            ids: ["Ada", "Grace", "Linus"].map(owned).to_vec(),
            names: ["Ada", "Grace", "Linus"].map(owned).to_vec(),
            choices: [("suspend", "Suspend"), ("delete", "Delete")]
                .map(|(value, label)| Choice { value: owned(value), label: owned(label) })
                .to_vec(),
        }),
        exports: ["CSV", "JSON"].map(|title| Action { title: owned(title), href: owned(PATH) }).to_vec(),
        rows,
    }
}

fn empty_table() -> Table {
    let mut table = Table { title: Some(owned("Empty table")), bulk: None, pages: None, ..table(Vec::new()) };
    if let Some(search) = &mut table.search {
        search.label = owned("Search the empty table");
    }
    table
}

fn filters_of_page() -> SearchForm {
    let filter = |name: &str, error: Option<&str>| Filter {
        name: owned(name),
        label: owned(name),
        value: owned("2026-11-29"),
        kind: "date",
        error: error.map(owned),
        ..Filter::default()
    };
    SearchForm {
        action: owned(PATH),
        query: None,
        label: owned("Filters of a page"),
        filters: vec![filter("Day", None), filter("Wrong-day", Some("This is no day."))],
    }
}

fn field(name: &str, kind: &'static str, value: &str) -> Field {
    Field {
        name: owned(name),
        label: owned(name),
        kind,
        value: owned(value),
        autocomplete: "off",
        required: true,
        ..Field::default()
    }
}

fn checkbox(name: &str) -> Field {
    several::checkbox(format!("Several.{name}"), owned(name), name == "One")
}

fn form() -> Form {
    let choices = ["One", "Two"].map(|name| Choice { value: owned(name), label: owned(name) }).to_vec();
    Form {
        title: Some(owned("Form")),
        lead: Some(owned("Each kind of field.")),
        action: owned(PATH),
        fields: vec![
            Field { hint: Some(owned("A hint.")), ..field("Text", "text", "value") },
            Field { error: Some(owned("This is taken.")), ..field("Wrong", "text", "value") },
            Field { required: false, ..field("Optional", "email", "") },
            field("Password", "password", ""),
            Field { choices, ..field("Choice", "select", "Two") },
            field("Lines", "textarea", "https://one.example\nhttps://two.example"),
            field("Program", "code", "const add = (a, b) => {\n  return a + b;\n};"),
            Field { required: false, ..field("Check", "checkbox", "true") },
            Field { parts: vec![checkbox("One"), checkbox("Two")], ..field("Several", "group", "") },
        ],
        sections: vec![FormSection {
            title: owned("A section"),
            lead: Some(owned("What its fields are about.")),
            fields: vec![
                field("Colour", "color", "#b44a2f"),
                Field {
                    parts: vec![field("One", "checkbox", "true"), field("Two", "checkbox", "false")],
                    ..field("Set", "group", "")
                },
            ],
        }],
        submit: owned("Save"),
        second: Some(Action { title: owned("Another button"), href: owned(PATH) }),
        error: Some(owned("Something is wrong with the whole.")),
        ..Form::default()
    }
}

fn facts() -> Facts {
    let rows = vec![
        (owned("Name"), Cell::Text { text: owned("Ada Harbour") }),
        (owned("Id"), Cell::Copy { text: owned("k2x9f0a1") }),
        (
            owned("Provider"),
            Cell::Pictured {
                picture: picture(),
                text: owned("Harbour ID"),
                href: owned(PATH),
                note: Some(owned("a note")),
            },
        ),
    ];
    Facts { title: Some(owned("Facts")), rows }
}

fn cards() -> Cards {
    let card = |title: &str, text: &str, href: Option<&str>| Card {
        picture: picture(),
        title: owned(title),
        text: owned(text),
        href: href.map(owned),
    };
    let items = vec![
        card("OpenID Connect", "What it is stands here.", Some(PATH)),
        card("SAML", "Why it can't be chosen stands here.", None),
    ];
    Cards { title: Some(owned("Cards")), items }
}

fn picture() -> Picture {
    Picture { light: owned("/favicon.ico"), dark: None }
}

fn dialog(button: &str, confirm: Option<&str>) -> Dialog {
    Dialog {
        id: format!("dialog-{button}"),
        button: owned(button),
        title: format!("{button} Ada?"),
        text: owned("What happens then stands here."),
        action: owned(PATH),
        confirm: confirm.map(owned),
        is_danger: confirm.is_some(),
        ..Dialog::default()
    }
}

fn dialogs() -> Vec<Dialog> {
    vec![dialog("Suspend", None), dialog("Delete", Some("Ada"))]
}
