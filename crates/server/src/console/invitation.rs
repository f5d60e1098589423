//! What the link of an invitation opens: whoever has it makes an account in the tenant `admin`, or takes the role with the account
//! that they are signed in with ([`crate::administrators`]). Whoever has no right yet calls no route of the API, as at the welcome page.

use axum::http::StatusCode;
use axum::response::Response;
use flow::password::PasswordOwner;
use kernel::ids::UserId;
use views::console::{Action, Block, Cell, ConsolePage, Facts, Form, Notice, Tone};
use views::pages::Field;
use views::translate;

use super::open_form::OpenForm;
use super::page::{language, render_alone};
use crate::administrators::{self, Invitation};
use crate::callers::console::{ADMIN, ConsoleSession};
use crate::errors::ApiError;
use crate::interaction::password_attempt::require_max_length;
use crate::interaction::to_api_error;
use crate::oidc::cookies::CookieAttributes;
use crate::pages::{FormFields, PageRequest, redirect};
use crate::routes::Routes;
use crate::users::store::NewUser;
use crate::work::{View, Work};
use crate::{breached_passwords, users};

const PATH: &str = "/console/invitation";
const ACCEPT: &str = "/console/invitation/accept";
/// The link that this browser opened last. The address to which a sign-in returns has no secret: addresses are logged.
const COOKIE: &str = "_console_invitation";
/// The field with the secret of the session: pages that everybody sees have an empty one.
const PROOF: &str = "proof";
/// More than any username or name has.
const MAX_SHOWN_CHARS: usize = 128;

pub(super) fn routes() -> Routes {
    Routes::new().get(PATH, show).post(PATH, register).post(ACCEPT, accept)
}

/// A link that counts.
struct Opened<'a> {
    page: &'a PageRequest,
    token: &'a str,
    invitation: Invitation,
    /// What people call whoever invites; empty for an application.
    inviter: String,
}

impl<'a> Opened<'a> {
    /// # Errors
    /// 404 outside the tenant `admin`, and for a link that does not count.
    async fn find(page: &'a PageRequest, token: &'a str) -> Result<Self, ApiError> {
        if page.tenant_id() != ADMIN {
            return Err(ApiError::not_found());
        }
        let asked = token.to_owned();
        let find = move |view: &View<'_>| {
            let invitation = administrators::require_valid(view, &asked)?;
            let inviter = users::store::find(view, &UserId::from(invitation.inviter_id.as_str()))?;
            Ok::<_, ApiError>((invitation, inviter))
        };
        let (invitation, inviter) = page.read_inline(find).await?;
        let mut names =
            inviter.map(|user| [user.name, user.username, user.primary_email]).into_iter().flatten().flatten();
        Ok(Self { page, token, invitation, inviter: names.next().unwrap_or_default() })
    }

    fn text(&self, key: &str) -> String {
        text(self.page, key)
    }

    /// What the invitation says.
    fn facts(&self) -> Block {
        let role = self.invitation.role().as_str();
        let words = |key: &str| translate(language(self.page), &format!("console.administrators.{key}"), &[]);
        let mut rows = vec![
            (words("column.role"), Cell::Text { text: words(&format!("name_{role}")) }),
            (words("column.email"), Cell::Text { text: self.invitation.email.clone() }),
        ];
        if !self.inviter.is_empty() {
            rows.push((self.text("inviter"), Cell::Text { text: self.inviter.clone() }));
        }
        Block::Facts(Facts { title: None, rows })
    }

    /// The invitation, a form, and another way.
    fn render(&self, status: StatusCode, form: Form, other: Action) -> Response {
        let page = ConsolePage {
            title: self.text("title"),
            lead: Some(self.text("lead")),
            actions: vec![other],
            blocks: vec![self.facts(), Block::Form(form)],
            ..ConsolePage::default()
        };
        let mut response = render_alone(self.page, status, &page);
        let mut set_cookies = self.page.set_cookies();
        set_cookies.set(COOKIE, self.token, &CookieAttributes { path: PATH, expires: None, http_only: true });
        set_cookies.apply(response.headers_mut());
        response
    }

    /// The form of a new account.
    fn registration(&self, status: StatusCode, typed: &FormFields, errors: Errors) -> Response {
        let field = |name: &str, kind: &'static str, autocomplete: &'static str, error: Option<String>| Field {
            name: name.to_owned(),
            label: self.text(name),
            kind,
            value: typed.get(name).chars().take(MAX_SHOWN_CHARS).collect(),
            autocomplete,
            required: name != "name",
            error,
            limits: vec![("maxlength", MAX_SHOWN_CHARS.to_string())],
            ..Field::default()
        };
        let password = |name: &str, error: Option<String>| Field {
            value: String::new(),
            limits: Vec::new(),
            ..field(name, "password", "new-password", error)
        };
        let form = Form {
            title: Some(self.text("register")),
            action: PATH.to_owned(),
            hidden: vec![("token".to_owned(), self.token.to_owned())],
            fields: vec![
                field("name", "text", "name", None),
                field("username", "text", "username", errors.username),
                password("password", errors.password),
                password("confirm", errors.confirm),
            ],
            submit: self.text("register_button"),
            error: errors.whole,
            ..Form::default()
        };
        let sign_in = Action { title: self.text("sign_in"), href: sign_in_address("to", PATH) };
        self.render(status, form, sign_in)
    }

    /// The question to whoever is signed in.
    async fn question(
        &self,
        status: StatusCode,
        session: &ConsoleSession,
        error: Option<String>,
    ) -> Result<Response, ApiError> {
        let id = session.user_id.clone();
        let user = self.page.read_inline(move |view| users::store::get(view, &id)).await?;
        let name = [user.name, user.username, user.primary_email].into_iter().flatten().next().unwrap_or_default();
        let form = Form {
            title: Some(translate(language(self.page), "console.invitation.accept_as", &[("name", &name)])),
            action: ACCEPT.to_owned(),
            hidden: vec![("token".to_owned(), self.token.to_owned()), (PROOF.to_owned(), session.csrf(self.page))],
            submit: self.text("accept"),
            error,
            ..Form::default()
        };
        let switch = translate(language(self.page), "console.refused.switch", &[]);
        Ok(self.render(status, form, Action { title: switch, href: sign_in_address("to", PATH) }))
    }
}

/// What is wrong with the form of a new account.
#[derive(Default)]
struct Errors {
    username: Option<String>,
    password: Option<String>,
    confirm: Option<String>,
    whole: Option<String>,
}

impl Errors {
    /// Puts a refusal beside its field.
    fn of(page: &PageRequest, error: &ApiError) -> Self {
        let text = error.message(language(page));
        match error.code() {
            "password.rejected" => {
                let issues = crate::pages::password_issues(page, error);
                let text = if issues.is_empty() { text } else { issues.join(" ") };
                Self { password: Some(text), ..Self::default() }
            }
            code if code.starts_with("user.username_") => Self { username: Some(text), ..Self::default() },
            _ => Self { whole: Some(text), ..Self::default() },
        }
    }
}

fn text(page: &PageRequest, key: &str) -> String {
    translate(language(page), &format!("console.invitation.{key}"), &[])
}

/// Where people sign in, whoever is signed in in this browser.
fn sign_in_address(name: &str, value: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    format!("/console/sign-in?{}", query.append_pair("prompt", "login").append_pair(name, value).finish())
}

/// After the link was used.
fn leave(page: &PageRequest, to: &str) -> Response {
    let mut response = redirect(StatusCode::SEE_OTHER, to);
    let mut set_cookies = page.set_cookies();
    set_cookies.remove(COOKIE, PATH);
    set_cookies.apply(response.headers_mut());
    response
}

async fn show(page: PageRequest) -> Result<Response, ApiError> {
    let token = page.query("token").map(str::to_owned).or_else(|| page.cookie(COOKIE)).unwrap_or_default();
    let opened = match Opened::find(&page, &token).await {
        Ok(opened) => opened,
        Err(error) => return failed(&page, error),
    };
    match ConsoleSession::find(&page).await? {
        Some(session) => opened.question(StatusCode::OK, &session, None).await,
        None => Ok(opened.registration(StatusCode::OK, &FormFields::default(), Errors::default())),
    }
}

/// Says that the link does not count; everything else is a page of its own.
fn failed(request: &PageRequest, error: ApiError) -> Result<Response, ApiError> {
    if error.status() != StatusCode::NOT_FOUND || request.tenant_id() != ADMIN {
        return Err(error);
    }
    let notice = Notice { text: error.message(language(request)), tone: Tone::Bad };
    let page = ConsolePage {
        title: text(request, "gone"),
        actions: vec![Action { title: text(request, "to_console"), href: "/console".to_owned() }],
        blocks: vec![Block::Notice(notice)],
        ..ConsolePage::default()
    };
    Ok(render_alone(request, StatusCode::NOT_FOUND, &page))
}

/// Makes the account and gives it the role, in one transaction.
async fn register(OpenForm { page, fields }: OpenForm) -> Result<Response, ApiError> {
    let token = fields.get("token");
    // First: nobody else has a password hashed.
    let opened = match Opened::find(&page, token).await {
        Ok(opened) => opened,
        Err(error) => return failed(&page, error),
    };
    if fields.get("password") != fields.get("confirm") {
        let confirm = Some(translate(language(&page), "pages.input.passwords_differ", &[]));
        let errors = Errors { confirm, ..Errors::default() };
        return Ok(opened.registration(StatusCode::UNPROCESSABLE_ENTITY, &fields, errors));
    }
    let username = fields.get("username").trim().to_owned();
    match make_account(&opened, &fields, &username).await {
        Ok(()) => Ok(leave(&page, &sign_in_address("login_hint", &username))),
        Err(error) if error.status() == StatusCode::NOT_FOUND => failed(&page, error),
        Err(error) if error.status().is_client_error() => {
            let errors = Errors::of(&page, &error);
            Ok(opened.registration(StatusCode::UNPROCESSABLE_ENTITY, &fields, errors))
        }
        Err(error) => Err(error),
    }
}

async fn make_account(opened: &Opened<'_>, fields: &FormFields, username: &str) -> Result<(), ApiError> {
    let (page, password) = (opened.page, fields.get("password"));
    let experience = page.experience();
    experience.username_policy.check(username).map_err(|error| to_api_error(&error))?;
    let name = Some(fields.get("name").trim().to_owned()).filter(|name| !name.is_empty());
    let mut new = NewUser {
        username: Some(username.to_owned()),
        primary_email: Some(opened.invitation.email.clone()),
        name,
        ..NewUser::default()
    };
    users::validate_new_user(&new)?;
    require_max_length(password)?;
    let owner = PasswordOwner {
        name: new.name.clone(),
        username: new.username.clone(),
        email: new.primary_email.clone(),
        phone: None,
    };
    let accepted = breached_passwords::accept(page, &experience.password_policy, password, &owner).await;
    let accepted = accepted.map_err(|error| to_api_error(&error))?;
    new.password = Some(page.hasher().hash(accepted.expose()).await?);
    let case_sensitive = page.config.policy.case_sensitive_usernames;
    let token = opened.token.to_owned();
    let register = move |work: &Work<'_>| {
        // Before anything is made for a link that somebody else used meanwhile.
        administrators::require_valid(work, &token)?;
        users::require_username_free(work, new.username.as_deref(), "", case_sensitive)?;
        let user = users::create(work, new)?;
        administrators::accept(work, &token, &user.id)
    };
    page.write(register).await
}

/// Gives the role to whoever is signed in.
async fn accept(OpenForm { page, fields }: OpenForm) -> Result<Response, ApiError> {
    let token = fields.get("token");
    let opened = match Opened::find(&page, token).await {
        Ok(opened) => opened,
        Err(error) => return failed(&page, error),
    };
    let Some(session) = ConsoleSession::find(&page).await? else {
        return Ok(opened.registration(StatusCode::UNAUTHORIZED, &FormFields::default(), Errors::default()));
    };
    if !session.is_csrf(&page, fields.get(PROOF)) {
        return Err(ApiError::new(StatusCode::FORBIDDEN, "session.csrf_token_mismatch"));
    }
    let (owned, user) = (token.to_owned(), session.user_id.clone());
    match page.write(move |work| administrators::accept(work, &owned, &user)).await {
        Ok(()) => Ok(leave(&page, "/console?done=invitation_accepted")),
        Err(error) if error.status() == StatusCode::NOT_FOUND => failed(&page, error),
        Err(error) if error.status() == StatusCode::UNPROCESSABLE_ENTITY => {
            let text = error.message(language(&page));
            opened.question(StatusCode::UNPROCESSABLE_ENTITY, &session, Some(text)).await
        }
        Err(error) => Err(error),
    }
}
