//! The pages of one settings object: tabs of forms over a GET and a PATCH route of the API (docs/adding/console.md).

use std::future::Future;

use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::Value;
use views::console::{Action, Block, Cell, ConsolePage, Facts, Form, FormSection, Preview, Tab};
use views::pages::Field;

use super::entity::shown_beside;
use super::fields::{self, FieldSpec, Filled, FormErrors, Loaded};
use super::meanwhile;
use crate::callers::{ConsoleForm, ConsoleRight, ConsoleUser};
use crate::errors::ApiError;
use crate::pages::{FormFields, redirect};
use crate::routes::Routes;

/// The field of a form whose changes were shown.
const CONFIRMED: &str = "confirmed";

/// A settings object of the Management API with pages of its own.
pub(super) trait Settings: Send + Sync + 'static {
    /// Its path below `/console`, and the name of its phrases.
    const NAME: &'static str;
    /// Its path in the API.
    const API: &'static str;
    /// Who may see it.
    type Read: ConsoleRight;
    /// Who may change it.
    type Write: ConsoleRight;
    /// The first one has the path of the whole.
    const TABS: &'static [SettingsTab];

    /// The settings as the forms show them: with the defaults of what is absent.
    fn to_form(settings: Value) -> Value {
        settings
    }

    /// What a form holds, as the API takes it.
    fn to_api(body: Value) -> Value {
        body
    }

    /// The choices of the fields of a tab that are read before it is shown.
    fn choices(_: &ConsoleUser<Self::Read>, _: &SettingsTab) -> impl Future<Output = Result<Loaded, ApiError>> + Send {
        async { Ok(Loaded::new()) }
    }

    /// What stands beside the form of a tab.
    fn preview(
        _: &ConsoleUser<Self::Read>,
        _: &SettingsTab,
    ) -> impl Future<Output = Result<Option<Preview>, ApiError>> + Send {
        async { Ok(None) }
    }

    /// What stands beside the title of a tab.
    fn actions(_: &ConsoleUser<Self::Read>, _: &SettingsTab) -> Vec<Action> {
        Vec::new()
    }

    /// What stands under the form of a tab.
    fn below(
        _: &ConsoleUser<Self::Read>,
        _: &SettingsTab,
    ) -> impl Future<Output = Result<Vec<Block>, ApiError>> + Send {
        async { Ok(Vec::new()) }
    }
}

/// A tab: its form in sections.
pub(super) struct SettingsTab {
    /// Its path below that of the settings, and its phrase `{NAME}.tab.{name}`.
    pub name: &'static str,
    pub sections: &'static [Section],
    /// Whether its changes are shown before they are saved.
    pub asks: bool,
    /// The path of its members in the API, where it is another than that of the whole.
    pub api: Option<&'static str>,
}

/// A section: the phrase `{NAME}.section.{name}`, that with `_lead` where it helps, and its members.
pub(super) struct Section {
    pub name: &'static str,
    pub fields: &'static [FieldSpec],
}

impl SettingsTab {
    /// A tab whose changes are saved at once.
    pub const fn new(name: &'static str, sections: &'static [Section]) -> Self {
        Self { name, sections, asks: false, api: None }
    }

    /// What the API answers for it, as its form shows it.
    ///
    /// # Errors
    /// Those of the API.
    pub async fn current<S: Settings, R>(&self, user: &ConsoleUser<R>) -> Result<Value, ApiError> {
        user.api().get(self.api.unwrap_or(S::API)).await.map(S::to_form)
    }

    fn specs(&self) -> Vec<FieldSpec> {
        self.sections.iter().flat_map(|section| section.fields).copied().collect()
    }

    /// The path of its page.
    pub fn address<S: Settings>(&self) -> String {
        match S::TABS.first().is_some_and(|first| first.name == self.name) {
            true => format!("/console/{}", S::NAME),
            false => format!("/console/{}/{}", S::NAME, self.name),
        }
    }
}

/// The tab with this name.
///
/// # Errors
/// 404 where there is none.
pub(super) fn tab<S: Settings>(name: &str) -> Result<&'static SettingsTab, ApiError> {
    S::TABS.iter().find(|tab| tab.name == name).ok_or_else(ApiError::not_found)
}

/// The tab of a page.
fn tab_at<S: Settings>(path: &str) -> Result<&'static SettingsTab, ApiError> {
    S::TABS.iter().find(|tab| tab.address::<S>() == path).ok_or_else(ApiError::not_found)
}

/// The routes of the settings.
pub(super) fn routes<S: Settings>() -> Routes {
    S::TABS
        .iter()
        .map(|tab| tab.address::<S>())
        .fold(Routes::new(), |routes, path| routes.get(&path, show::<S>).post(&path, save::<S>))
}

async fn show<S: Settings>(user: ConsoleUser<S::Read>) -> Result<Response, ApiError> {
    let tab = tab_at::<S>(user.uri.path())?;
    let below = S::below(&user, tab).await?;
    render::<S>(&user, tab, StatusCode::OK, below).await
}

/// A tab as it is saved, with these blocks under its form.
///
/// # Errors
/// Those of the API.
pub(super) async fn render<S: Settings>(
    user: &ConsoleUser<S::Read>,
    tab: &SettingsTab,
    status: StatusCode,
    below: Vec<Block>,
) -> Result<Response, ApiError> {
    let current = tab.current::<S, _>(user).await?;
    let form = form::<S>(user, tab, &current, &Filled::Entity(&current), FormErrors::default()).await?;
    Ok(user.render(status, page::<S>(user, tab, form, below)).await)
}

async fn save<S: Settings>(form: ConsoleForm<S::Write>) -> Result<Response, ApiError> {
    let ConsoleForm { user, fields, .. } = form;
    // The API asks for the right again.
    let user = user.with_right::<S::Read>();
    let tab = tab_at::<S>(user.uri.path())?;
    let current = tab.current::<S, _>(&user).await?;
    let is_same = meanwhile::check(&user, &current, &tab.specs(), &fields);
    let saved = match is_same.and_then(|()| typed::<S, _>(&user, tab, &current, &fields)) {
        Ok(_) if tab.asks && fields.get(CONFIRMED).is_empty() => return ask::<S>(&user, tab, &current, &fields).await,
        Ok(body) => {
            let sent = user.api().send(Method::PATCH, tab.api.unwrap_or(S::API), body).await;
            sent.map_err(|error| shown_beside(&user, error, &tab.specs()))
        }
        Err(errors) => Err(Ok(errors)),
    };
    match saved {
        Ok(_) => Ok(redirect(StatusCode::SEE_OTHER, &format!("{}?done=saved", tab.address::<S>()))),
        Err(errors) => {
            let form = self::form::<S>(&user, tab, &current, &Filled::Form(&fields), errors?).await?;
            let below = S::below(&user, tab).await?;
            Ok(user.render(StatusCode::UNPROCESSABLE_ENTITY, page::<S>(&user, tab, form, below)).await)
        }
    }
}

/// Shows what the form of a tab changes, and sends it again.
async fn ask<S: Settings>(
    user: &ConsoleUser<S::Read>,
    tab: &SettingsTab,
    current: &Value,
    fields: &FormFields,
) -> Result<Response, ApiError> {
    let (loaded, specs, no_errors) = (S::choices(user, tab).await?, tab.specs(), FormErrors::default());
    let shown = |filled: &Filled<'_>| fields::shown_with(user, S::NAME, &specs, filled, &no_errors, &loaded);
    let (before, after) = (shown(&Filled::Entity(current)), shown(&Filled::Form(fields)));
    let change = |(before, after): (Field, Field)| {
        let (old, new) = (fields::fact(user, &before), fields::fact(user, &after));
        (old != new).then(|| (before.label, Cell::Text { text: format!("{} → {}", or_dash(old), or_dash(new)) }))
    };
    let rows: Vec<(String, Cell)> = before.into_iter().zip(after).filter_map(change).collect();
    let kept = |(name, _): &(String, String)| name != "csrf" && !name.starts_with("preview.");
    let sent = fields.with_prefix("").into_iter().filter(kept);
    let question = Block::Form(Form {
        title: Some(user.text(if rows.is_empty() { "settings.unchanged" } else { "settings.confirm" })),
        lead: Some(user.text("settings.confirm_lead")),
        action: tab.address::<S>(),
        hidden: sent.chain([(CONFIRMED.to_owned(), "yes".to_owned())]).collect(),
        submit: user.text("button.save"),
        ..Form::default()
    });
    let changes = (!rows.is_empty()).then(|| Block::Facts(Facts { title: Some(user.text("settings.changes")), rows }));
    let blocks = changes.into_iter().chain([question]).collect();
    Ok(user.render(StatusCode::OK, page::<S>(user, tab, blocks, Vec::new())).await)
}

fn or_dash(text: String) -> String {
    if text.is_empty() { "–".to_owned() } else { text }
}

/// The change that the form of a tab holds; `current` is what is stored.
///
/// # Errors
/// What is wrong with single fields.
pub(super) fn typed<S: Settings, R>(
    user: &ConsoleUser<R>,
    tab: &SettingsTab,
    current: &Value,
    fields: &FormFields,
) -> Result<Value, FormErrors> {
    let specs = tab.specs();
    let mut body = fields::body(user, &specs, fields, Some(current))?;
    specs.iter().for_each(|spec| leave_out_if_empty(&mut body, spec.path));
    Ok(S::to_api(body))
}

/// The API replaces objects as a whole: what is empty in one is left out of it.
pub(super) fn leave_out_if_empty(body: &mut Value, path: &str) {
    let Some((parents, last)) = path.rsplit_once('.') else { return };
    let parent = parents.split('.').try_fold(body, |value, member| value.get_mut(member));
    let Some(Value::Object(members)) = parent else { return };
    if members.get(last).is_some_and(|value| value.is_null() || value == "") {
        members.shift_remove(last);
    }
}

/// The form of a tab; for who may not change it, what is set.
async fn form<S: Settings>(
    user: &ConsoleUser<S::Read>,
    tab: &SettingsTab,
    current: &Value,
    filled: &Filled<'_>,
    errors: FormErrors,
) -> Result<Vec<Block>, ApiError> {
    let loaded = S::choices(user, tab).await?;
    let shown = |section| shown_section(user, S::NAME, section, filled, &errors, &loaded);
    let sections: Vec<FormSection> = tab.sections.iter().map(shown).collect();
    if !user.may(<S::Write as ConsoleRight>::RIGHT) {
        return Ok(facts(user, sections));
    }
    if sections.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![Block::Form(Form {
        action: tab.address::<S>(),
        sections,
        hidden: vec![meanwhile::hidden(user, current, &tab.specs())],
        submit: user.text("button.save"),
        error: errors.whole,
        is_guarded: true,
        preview: S::preview(user, tab).await?,
        ..Form::default()
    })])
}

/// A section of a form; its phrases are below `console.{name}`.
pub(super) fn shown_section<R>(
    user: &ConsoleUser<R>,
    name: &str,
    section: &Section,
    filled: &Filled<'_>,
    errors: &FormErrors,
    loaded: &Loaded,
) -> FormSection {
    FormSection {
        title: user.text(&format!("{name}.section.{}", section.name)),
        lead: user.text_if_any(&format!("{name}.section.{}_lead", section.name)),
        fields: fields::shown_with(user, name, section.fields, filled, errors, loaded),
    }
}

/// What is set, for who may not change it.
pub(super) fn facts<R>(user: &ConsoleUser<R>, sections: Vec<FormSection>) -> Vec<Block> {
    sections.into_iter().map(|section| fact(user, Some(section.title), &section.fields)).collect()
}

/// What is set in these fields.
pub(super) fn fact<R>(user: &ConsoleUser<R>, title: Option<String>, fields: &[Field]) -> Block {
    let row = |field: &Field| match fields::fact(user, field) {
        text if text.is_empty() => (field.label.clone(), Cell::Nothing),
        text => (field.label.clone(), Cell::Text { text }),
    };
    Block::Facts(Facts { title, rows: fields.iter().map(row).collect() })
}

fn page<S: Settings>(
    user: &ConsoleUser<S::Read>,
    current: &SettingsTab,
    form: Vec<Block>,
    below: Vec<Block>,
) -> ConsolePage {
    let tab = |tab: &SettingsTab| Tab {
        title: user.text(&format!("{}.tab.{}", S::NAME, tab.name)),
        href: tab.address::<S>(),
        is_current: tab.name == current.name,
    };
    ConsolePage {
        title: user.text(&format!("navigation.{}", S::NAME)),
        lead: user.text_if_any(&format!("{}.lead", S::NAME)),
        actions: S::actions(user, current),
        tabs: if S::TABS.len() > 1 { S::TABS.iter().map(tab).collect() } else { Vec::new() },
        blocks: form.into_iter().chain(below).collect(),
        ..ConsolePage::default()
    }
}
