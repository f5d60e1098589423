//! `/account/verified-action`: asks for the password or a code before something sensitive, and goes on to it (A068, A071).

use axum::response::Response;
use flow::{Identifier, IdentifierType};
use views::account_pages::OtherForm;
use views::pages::{Field, MessageLink};

use super::super::identifier_fields::mask;
use super::super::interaction_page::see_other;
use super::super::page_request::PageRequest;
use super::super::sent_code::{MAX_CODE_CHARS, digits};
use super::form::AccountForm;
use super::sign_in::keep_proof;
use super::task::Task;
use super::visit::{AccountPage, refusal};
use super::{KEPT_PARAMS, SECURITY};
use crate::account::records::{self, PERMISSION, PendingCode};
use crate::account::{code_proof, password_proof};
use crate::callers::{AccountNeeds, account_operations};
use crate::connectors::AvailableConnectors;
use crate::errors::ApiError;
use crate::routes::Routes;

const PATH: &str = "/account/verified-action";
const MAX_NEXT_CHARS: usize = 200;

account_operations! {
    ProveOnPage = AccountNeeds::to_prove();
}

pub(super) fn routes() -> Routes {
    Routes::new().get(PATH, show).post(PATH, submit)
}

/// The page that asks for a proof and goes on to the account page `next`.
pub(super) fn href_for(request: &PageRequest, next: &str) -> String {
    let kept = request.path_with_query(PATH, |name| KEPT_PARAMS.contains(&name) || name == "identifier");
    let join = if kept.contains('?') { '&' } else { '?' };
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    format!("{kept}{join}next={next}")
}

/// A way to prove who one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Password,
    Code(IdentifierType),
}

impl Method {
    fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Code(IdentifierType::Phone) => "phone",
            Self::Code(IdentifierType::Email | IdentifierType::Username) => "email",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Password, Self::Code(IdentifierType::Email), Self::Code(IdentifierType::Phone)];
        all.into_iter().find(|method| method.name() == name)
    }
}

impl AccountPage<ProveOnPage> {
    /// The page to go on to: one of the account pages.
    fn next(&self) -> &str {
        let is_plain = |path: &&str| {
            let segments = path.strip_prefix("/account/").unwrap_or_default();
            path.len() <= MAX_NEXT_CHARS
                && !segments.is_empty()
                && segments.split('/').all(|segment| !segment.is_empty())
                && segments.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_/".contains(&byte))
        };
        self.request.query("next").filter(is_plain).unwrap_or(SECURITY)
    }

    /// This page, asking another way.
    fn href_by(&self, method: Method) -> String {
        format!("{}&method={}", href_for(&self.request, self.next()), method.name())
    }

    /// Where a code of this kind goes.
    fn address(&self, kind: IdentifierType) -> Option<Identifier> {
        let info = &self.user.user().info;
        let value = match kind {
            IdentifierType::Phone => info.primary_phone.clone(),
            IdentifierType::Email | IdentifierType::Username => info.primary_email.clone(),
        };
        value.map(|value| Identifier::new(kind, value))
    }

    /// The ways that this person has here.
    async fn methods(&self) -> Result<Vec<Method>, ApiError> {
        let has_inbox = self.request.app.inbox.is_open();
        let connectors = self.user.read(move |view| Ok(AvailableConnectors::of(view, has_inbox)?)).await?;
        let code = |kind, can_send: bool| (can_send && self.address(kind).is_some()).then_some(Method::Code(kind));
        let password = self.user.user().has_password.then_some(Method::Password);
        let codes = [code(IdentifierType::Email, connectors.email), code(IdentifierType::Phone, connectors.sms)];
        Ok(password.into_iter().chain(codes.into_iter().flatten()).collect())
    }

    async fn pending(&self, kind: IdentifierType) -> Result<Option<PendingCode>, ApiError> {
        let id = self.user.id().clone();
        self.user.read(move |view| Ok(records::newest_pending_code(view, &id, PERMISSION, kind)?)).await
    }

    async fn render(&self, error: Option<&ApiError>) -> Response {
        match self.page(error).await {
            Ok(response) => response,
            Err(error) => refusal(&self.request, &error),
        }
    }

    async fn page(&self, error: Option<&ApiError>) -> Result<Response, ApiError> {
        let methods = self.methods().await?;
        let asked = self.request.query("method").and_then(Method::from_name).filter(|method| methods.contains(method));
        let Some(method) = asked.or(methods.first().copied()) else { return Ok(self.render_impossible()) };
        let sent = match method {
            Method::Code(kind) => self.pending(kind).await?,
            Method::Password => None,
        };
        let others = methods.into_iter().filter(|other| *other != method);
        let links: Vec<MessageLink> = others.map(|other| self.link_to(other)).chain([self.back()]).collect();
        let task =
            Task { title: "account_verify.title", action: self.href_by(method), error, links, ..Task::default() };
        Ok(self.render_task(match (method, &sent) {
            (Method::Password, _) => {
                let language = self.request.language();
                let field = Field::password(language, "password", "pages.input.password", "current-password");
                Task {
                    lead: self.text("account_verify.password_lead"),
                    fields: vec![field],
                    button: "account.confirm",
                    ..task
                }
            }
            (Method::Code(_), Some(sent)) => {
                let destination = mask(&sent.identifier);
                let text = self.text("account.resend");
                let resend = OtherForm { action: self.href_by(method), choice: "send", text };
                Task {
                    lead: self.text_with("account.code_lead", &[("destination", &destination)]),
                    asks_code: true,
                    button: "account.confirm",
                    others: vec![resend],
                    ..task
                }
            }
            (Method::Code(kind), None) => {
                let destination = self.address(kind).map(|own| mask(&own)).unwrap_or_default();
                let lead = self.text_with("account_verify.code_lead", &[("destination", &destination)]);
                Task { lead, button: "account.send_code", ..task }
            }
        }))
    }

    fn link_to(&self, method: Method) -> MessageLink {
        MessageLink { href: self.href_by(method), text: self.text(&format!("account_verify.by_{}", method.name())) }
    }

    /// For who has neither a password nor an address: they can set the first one.
    fn render_impossible(&self) -> Response {
        let page = views::account_pages::TaskDonePage {
            title: self.text("account_verify.title"),
            text: self.text("account_verify.impossible"),
            link: self.back(),
            is_success: false,
        };
        self.request.render(axum::http::StatusCode::OK, &page)
    }
}

async fn show(page: AccountPage<ProveOnPage>) -> Response {
    page.render(None).await
}

async fn submit(AccountForm { page, fields }: AccountForm<ProveOnPage>) -> Response {
    let asked = page.request.query("method").and_then(Method::from_name).unwrap_or(Method::Password);
    let done = match asked {
        Method::Password => prove_password(&page, fields.get("password")).await,
        Method::Code(kind) => {
            let code: String = digits(fields.get("code")).chars().take(MAX_CODE_CHARS).collect();
            let wants_another = fields.get("choice") == "send" || fields.first("code").is_none();
            prove_code(&page, kind, (!wants_another).then_some(code)).await
        }
    };
    match done {
        Ok(Some(record_id)) => {
            let kept = |name: &str| KEPT_PARAMS.contains(&name) || name == "identifier";
            let response = see_other(&page.request.path_with_query(page.next(), kept));
            keep_proof(&page.request, &record_id, response)
        }
        Ok(None) => see_other(&page.href_by(asked)),
        Err(error) => match page.about_form(error) {
            Ok(error) => page.render(Some(&error)).await,
            Err(response) => response,
        },
    }
}

async fn prove_password(page: &AccountPage<ProveOnPage>, password: &str) -> Result<Option<String>, ApiError> {
    let made = password_proof::prove(&page.user, password).await?;
    Ok(Some(made.verification_record_id))
}

/// Sends a code to the person's own address, or takes the one that was sent: then it returns the record that proves it.
async fn prove_code(
    page: &AccountPage<ProveOnPage>,
    kind: IdentifierType,
    code: Option<String>,
) -> Result<Option<String>, ApiError> {
    let pending = page.pending(kind).await?;
    if let (Some(code), Some(sent)) = (code, pending) {
        code_proof::prove(&page.user, sent.identifier, &sent.record_id, &code).await?;
        return Ok(Some(sent.record_id));
    }
    let own = page.address(kind).ok_or_else(|| ApiError::bad_request("verification_record.not_found"))?;
    code_proof::send(&page.user, own, None).await?;
    Ok(None)
}
