//! A tenant's own texts of the hosted pages (inventory C020): the languages, and the texts of one with those that were changed first.

use axum::extract::Path;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use kernel::Locale;
use serde_json::{Map, Value, json};
use views::console::{Action, Block, Cell, ConsolePage, Dialog, Dialogs, Empty, Form, Notice, Row, Table, Tone};
use views::pages::{Choice, Field};
use views::{Language, translate};

use super::api::{Listed, encoded};
use super::entity::{PAGE_SIZE, page_number, pages, search_form, text};
use super::page::language;
use crate::callers::console::{Manage, Read};
use crate::callers::{ConsoleForm, ConsoleUser, Right};
use crate::errors::ApiError;
use crate::pages::redirect;
use crate::routes::Routes;

const PATH: &str = "/console/phrases";
const API: &str = "/api/custom-phrases";

pub(super) fn routes() -> Routes {
    Routes::new()
        .get(PATH, list)
        .post(PATH, begin)
        .get("/console/phrases/{id}", show)
        .post("/console/phrases/{id}", save)
        .post("/console/phrases/{id}/delete", delete)
}

/// A text of the hosted pages.
struct Phrase {
    /// Its members, joined by dots.
    name: String,
    shipped: String,
    own: Option<String>,
}

/// The texts in a group, by their names.
fn flatten(group: &Value, prefix: &str, found: &mut Vec<(String, String)>) {
    for (name, member) in group.as_object().into_iter().flatten() {
        let name = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match member {
            Value::String(text) => found.push((name, text.clone())),
            inner => flatten(inner, &name, found),
        }
    }
}

/// Puts a text into its group, or takes it out.
fn put(group: &mut Map<String, Value>, name: &str, text: &str) {
    match name.split_once('.') {
        None if text.is_empty() => drop(group.shift_remove(name)),
        None => drop(group.insert(name.to_owned(), text.into())),
        Some((first, rest)) => {
            if let Value::Object(inner) = group.entry(first).or_insert_with(|| Map::new().into()) {
                put(inner, rest, text);
            }
        }
    }
}

/// Tag and name of a language.
///
/// # Errors
/// 404 for one that no page can have.
fn known(tag: &str) -> Result<(&'static str, &'static str), ApiError> {
    Language::names().iter().find(|(known, _)| *known == tag).copied().ok_or_else(ApiError::not_found)
}

/// The key of a text in the catalogue: those of pages need no `pages.`.
fn key(name: &str) -> Option<String> {
    [format!("pages.{name}"), name.to_owned()].into_iter().find(|key| views::key_exists(key))
}

fn address(tag: &str) -> String {
    format!("{PATH}/{}", encoded(tag))
}

/// The language that ships and has the texts that a tenant did not write.
fn shipped_of(tag: &str) -> Locale {
    Locale::from_tag(tag).unwrap_or_default()
}

async fn list(user: ConsoleUser<Read>) -> Result<Response, ApiError> {
    let api = user.api();
    let own = api.list(API).await?.items;
    let settings = api.get(super::experience::API).await?;
    let fallback = settings.pointer("/languageInfo/fallbackLanguage").and_then(Value::as_str).unwrap_or_default();
    let shipped = Locale::ALL.map(|locale| locale.tag());
    let row = |(tag, name): &(&str, &str)| {
        let texts = own.iter().find(|one| text(one, "languageTag") == *tag);
        if texts.is_none() && !shipped.contains(tag) {
            return None;
        }
        let mut changed = Vec::new();
        flatten(texts.and_then(|texts| texts.get("translation")).unwrap_or(&Value::Null), "", &mut changed);
        let badge = |key: &str| Cell::Badge { text: user.text(&format!("phrases.{key}")), tone: Tone::Neutral };
        let cells = vec![
            Cell::Link { text: (*name).to_owned(), href: address(tag), note: None },
            Cell::Text { text: (*tag).to_owned() },
            Cell::Text { text: changed.len().to_string() },
            if *tag == fallback { badge("fallback") } else { Cell::Nothing },
        ];
        Some((shipped.contains(tag), Row { cells, actions: Vec::new() }))
    };
    let mut rows: Vec<(bool, Row)> = Language::names().iter().filter_map(row).collect();
    rows.sort_by_key(|(ships, _)| !ships);
    let columns = ["language", "tag", "changed", "state"];
    let mut blocks = vec![Block::Table(Table {
        columns: columns.map(|column| user.text(&format!("phrases.column.{column}"))).to_vec(),
        rows: rows.into_iter().map(|(_, row)| row).collect(),
        ..Table::default()
    })];
    if user.may(Right::Manage) {
        let is_new =
            |(tag, _): &&(&str, &str)| !shipped.contains(tag) && own.iter().all(|one| text(one, "languageTag") != *tag);
        let choice =
            |(tag, name): &(&str, &str)| Choice { value: (*tag).to_owned(), label: format!("{name} · {tag}") };
        blocks.push(Block::Form(Form {
            title: Some(user.text("phrases.add")),
            lead: Some(user.text("phrases.add_lead")),
            action: PATH.to_owned(),
            fields: vec![Field {
                name: "language".to_owned(),
                label: user.text("phrases.column.language"),
                kind: "select",
                autocomplete: "off",
                required: true,
                choices: Language::names().iter().filter(is_new).map(choice).collect(),
                ..Field::default()
            }],
            submit: user.text("button.add"),
            ..Form::default()
        }));
    }
    let page = ConsolePage {
        title: user.text("navigation.phrases"),
        lead: Some(user.text("phrases.lead")),
        blocks,
        ..ConsolePage::default()
    };
    Ok(user.render(StatusCode::OK, page).await)
}

/// A language is there once it has a text.
async fn begin(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let (tag, _) = known(form.fields.get("language"))?;
    Ok(redirect(StatusCode::SEE_OTHER, &address(tag)))
}

/// The tenant's texts in a language; none where there is none.
async fn translation<R>(user: &ConsoleUser<R>, tag: &str) -> Result<Option<Value>, ApiError> {
    let found = user.api().find(&format!("{API}/{}", encoded(tag))).await?;
    Ok(found.and_then(|mut found| found.get_mut("translation").map(Value::take)))
}

/// All texts, those that were changed first.
async fn phrases<R>(user: &ConsoleUser<R>, tag: &str, own: Option<&Value>) -> Result<Vec<Phrase>, ApiError> {
    let all = user.api().get("/api/.well-known/phrases?lng=en").await?;
    let (mut names, mut changed) = (Vec::new(), Vec::new());
    flatten(all.get("translation").unwrap_or(&Value::Null), "", &mut names);
    flatten(own.unwrap_or(&Value::Null), "", &mut changed);
    let phrase = |(name, _): (String, String)| {
        let key = key(&name).unwrap_or_else(|| name.clone());
        let shipped = translate(shipped_of(tag), &key, &[]);
        let own = changed.iter().find(|(known, _)| *known == name).map(|(_, text)| text.clone());
        Phrase { name, shipped, own }
    };
    let mut phrases: Vec<Phrase> = names.into_iter().map(phrase).collect();
    phrases.sort_by(|a, b| (a.own.is_none(), &a.name).cmp(&(b.own.is_none(), &b.name)));
    Ok(phrases)
}

async fn show(user: ConsoleUser<Read>, Path(tag): Path<String>) -> Result<Response, ApiError> {
    render(&user, &tag, StatusCode::OK, None).await
}

async fn render(
    user: &ConsoleUser<Read>,
    tag: &str,
    status: StatusCode,
    error: Option<String>,
) -> Result<Response, ApiError> {
    let (tag, name) = known(tag)?;
    let own = translation(user, tag).await?;
    let mut found = phrases(user, tag, own.as_ref()).await?;
    let typed = user.query("q").unwrap_or_default().trim().to_lowercase();
    found.retain(|phrase| {
        let mut texts = [&phrase.name, &phrase.shipped].into_iter().chain(&phrase.own);
        typed.is_empty() || texts.any(|text| text.to_lowercase().contains(&typed))
    });
    let total = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let size = usize::try_from(PAGE_SIZE).unwrap_or(1);
    let before = usize::try_from(page_number(user) - 1).unwrap_or_default().saturating_mul(size);
    let shown: Vec<Phrase> = found.into_iter().skip(before).take(size).collect();
    let listed = Listed { total, items: vec![Value::Null; shown.len()] };
    let may_write = user.may(Right::Manage);
    let row = |(number, phrase): (usize, &Phrase)| Row {
        cells: vec![
            Cell::Text { text: phrase.name.clone() },
            Cell::Text { text: phrase.shipped.clone() },
            phrase.own.clone().map_or(Cell::Nothing, |text| Cell::Text { text }),
        ],
        actions: may_write.then(|| editor(user, tag, phrase, number)).into_iter().collect(),
    };
    let table = Table {
        search: Some(search_form(user, Some(user.text("phrases.search")), Vec::new())),
        columns: ["name", "shipped", "own"].map(|column| user.text(&format!("phrases.column.{column}"))).to_vec(),
        rows: shown.iter().enumerate().map(row).collect(),
        empty: Empty { title: user.text("list.nothing_found"), ..Empty::default() },
        pages: pages(user, &listed),
        has_actions: may_write,
        ..Table::default()
    };
    let mut blocks: Vec<Block> =
        error.map(|text| Block::Notice(Notice { text, tone: Tone::Bad })).into_iter().collect();
    blocks.push(Block::Table(table));
    if may_write && own.is_some() {
        let deletion = Dialog {
            id: "delete".to_owned(),
            button: user.text("button.delete"),
            title: user.text_with("dialog.delete", &[("name", name)]),
            text: user.text("phrases.delete"),
            action: format!("{}/delete", address(tag)),
            is_danger: true,
            ..Dialog::default()
        };
        blocks.push(Block::Dialogs(Dialogs { title: user.text("dialog.danger"), items: vec![deletion] }));
    }
    let page = ConsolePage {
        title: name.to_owned(),
        lead: Some(user.text("phrases.changed_first")),
        back: Some(Action { title: user.text("navigation.phrases"), href: PATH.to_owned() }),
        blocks,
        ..ConsolePage::default()
    };
    Ok(user.render(status, page).await)
}

/// The form of one text.
fn editor(user: &ConsoleUser<Read>, tag: &str, phrase: &Phrase, number: usize) -> Dialog {
    let kept = |name: &str| (name.to_owned(), user.query(name).unwrap_or_default().to_owned());
    Dialog {
        id: format!("edit-{number}"),
        button: user.text("phrases.edit"),
        title: phrase.name.clone(),
        text: phrase.shipped.clone(),
        action: address(tag),
        hidden: vec![("name".to_owned(), phrase.name.clone()), kept("q"), kept("page")],
        fields: vec![Field {
            name: format!("text.{}", phrase.name),
            label: user.text("phrases.column.own"),
            kind: "textarea",
            value: phrase.own.clone().unwrap_or_default(),
            hint: Some(user.text("phrases.own_hint")),
            ..Field::default()
        }],
        ..Dialog::default()
    }
}

async fn save(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let (tag, _) = known(&form.id("id"))?;
    let ConsoleForm { user, fields, .. } = form;
    // What is no text of ours could be of any depth.
    let name = Some(fields.get("name")).filter(|name| key(name).is_some()).ok_or_else(ApiError::not_found)?;
    let typed = fields.get(&format!("text.{name}")).replace("\r\n", "\n");
    let mut texts = match translation(&user, tag).await? {
        Some(Value::Object(texts)) => texts,
        _ => Map::new(),
    };
    put(&mut texts, name, typed.trim());
    match user.api().send(Method::PUT, &format!("{API}/{}", encoded(tag)), json!(texts)).await {
        Ok(_) => {
            let kept = ["q", "page"].map(|name| (name, fields.get(name)));
            let kept = kept.into_iter().filter(|(_, value)| !value.is_empty());
            let query = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(kept)
                .append_pair("done", "saved")
                .finish();
            Ok(redirect(StatusCode::SEE_OTHER, &format!("{}?{query}", address(tag))))
        }
        Err(error) if error.status() == StatusCode::UNPROCESSABLE_ENTITY => {
            let issue = error.data_ref().and_then(|data| data.pointer("/issues/0/message")).and_then(Value::as_str);
            let message = format!("{} {}", error.message(language(&user)), issue.unwrap_or_default());
            render(&user.with_right(), tag, StatusCode::UNPROCESSABLE_ENTITY, Some(message)).await
        }
        Err(error) => Err(error),
    }
}

async fn delete(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let (tag, _) = known(&form.id("id"))?;
    let user = form.user;
    match user.api().delete(&format!("{API}/{}", encoded(tag))).await {
        Ok(()) => Ok(redirect(StatusCode::SEE_OTHER, &format!("{PATH}?done=deleted"))),
        // It is the language of people whose own has no pages.
        Err(error) if error.status() == StatusCode::CONFLICT => {
            let message = error.message(language(&user));
            render(&user.with_right(), tag, StatusCode::UNPROCESSABLE_ENTITY, Some(message)).await
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_put_into_its_group_and_taken_out() {
        let mut texts = Map::new();
        put(&mut texts, "sign_in.title", "Moin");
        put(&mut texts, "sign_in.subtitle", "Hallo");
        put(&mut texts, "sign_in.title", "");
        assert_eq!(json!(texts), json!({"sign_in": {"subtitle": "Hallo"}}));
        let mut found = Vec::new();
        flatten(&json!(texts), "", &mut found);
        assert_eq!(found, [("sign_in.subtitle".to_owned(), "Hallo".to_owned())]);
    }
}
