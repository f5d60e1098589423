//! The page for what an account lacks before sign-in can finish: a username, a password, custom profile fields.

use axum::http::StatusCode;
use axum::response::Response;
use flow::error::MissingProfile;
use flow::sign_up_fields;
use views::pages::{ContinuePage, Field, IdentifierKind};

use super::factor_verification::factor_path;
use super::form_fields::{FormFields, MAX_SHOWN_CHARS};
use super::interaction_page::{InteractionPage, LoginPrompt, see_other};
use super::new_identifier;
use super::profile_fields::{self, ProfileFieldsForm};
use super::register::password_issues;
use super::submitted_form::{PageForm, SubmittedForm};
use crate::assets::Picture;
use crate::errors::ApiError;
use crate::interaction::form_flows::{self, FormOutcome, MissingPart};
use crate::interaction::{InteractionBrowser, avatar};
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    Routes::new().get("/continue", redirect_to_sign_in).post("/continue", submit_missing_parts)
}

/// The parts that the page asked for and that the form holds.
#[derive(Default)]
struct MissingPartsForm {
    username: Option<String>,
    password: Option<String>,
    profile: Option<ProfileFieldsForm>,
    picture: Option<Picture>,
}

impl PageForm for MissingPartsForm {
    type Prompt = LoginPrompt;
    const TAKES_PICTURE: bool = true;

    fn read(fields: &FormFields) -> Self {
        Self {
            username: fields.first("username").map(|username| username.trim().chars().take(MAX_SHOWN_CHARS).collect()),
            password: fields.first("password").map(str::to_owned),
            profile: ProfileFieldsForm::read(fields),
            picture: None,
        }
    }

    fn take_picture(&mut self, picture: Result<Option<Picture>, ApiError>) {
        match (picture, &mut self.profile) {
            (Ok(picture), _) => self.picture = picture,
            (Err(error), Some(profile)) => profile.set_picture(Err(error)),
            (Err(_), None) => {}
        }
    }

    async fn render_error(&self, page: &InteractionPage, error: &ApiError) -> Response {
        render_page(page, &self.requested(), self, Some(error))
    }
}

impl MissingPartsForm {
    /// What the page had asked for.
    fn requested(&self) -> Vec<MissingProfile> {
        let username = self.username.as_ref().map(|_| MissingProfile::Username);
        let password = self.password.as_ref().map(|_| MissingProfile::Password);
        let profile = self.profile.as_ref().map(|_| MissingProfile::ExtraProfile);
        username.into_iter().chain(password).chain(profile).collect()
    }

    /// Stores the picture, if it is asked for: it is not lost where something else is wrong.
    async fn store_picture(&mut self, page: &InteractionPage, browser: &InteractionBrowser) {
        let (Some(profile), Some(picture)) = (&mut self.profile, self.picture.take()) else { return };
        if profile_fields::asks_picture(&page.request, &sign_up_fields(&browser.config.policy)) {
            profile.set_picture(avatar::store(browser, &picture).await.map(Some));
        }
    }

    /// Submits the parts in order and returns the last outcome.
    async fn submit(&self, browser: &InteractionBrowser) -> Result<FormOutcome, ApiError> {
        let mut outcome = FormOutcome::MissingParts(Vec::new());
        let username = self.username.clone().map(MissingPart::Username);
        let password = self.password.clone().map(MissingPart::Password);
        let profile = self
            .profile
            .as_ref()
            .map(|profile| MissingPart::Extra(profile.values(&sign_up_fields(&browser.config.policy))));
        for part in username.into_iter().chain(password).chain(profile) {
            outcome = form_flows::submit_missing_part(browser, part).await?;
            if matches!(outcome, FormOutcome::Redirect(_)) {
                break;
            }
        }
        Ok(outcome)
    }
}

/// The page is only a response to a form. A direct request starts a sign-in.
async fn redirect_to_sign_in(page: InteractionPage) -> Response {
    see_other(&page.request.href("/sign-in"))
}

async fn submit_missing_parts(submitted: SubmittedForm<MissingPartsForm>) -> Response {
    let SubmittedForm { page, browser, mut form } = submitted;
    form.store_picture(&page, &browser).await;
    if form.profile.as_ref().is_some_and(|profile| profile.has_faults(&sign_up_fields(&browser.config.policy))) {
        return render_page(&page, &form.requested(), &form, None);
    }
    match form.submit(&browser).await {
        Ok(outcome) => follow_outcome(&page, outcome),
        // The verification record is gone, because the interaction ended or another window restarted it.
        Err(error) if error.status() == StatusCode::NOT_FOUND => see_other(&page.request.href("/sign-in")),
        Err(error) => form.refuse(&page, &error).await,
    }
}

/// Responds to an accepted form.
pub(super) fn follow_outcome(page: &InteractionPage, outcome: FormOutcome) -> Response {
    match outcome {
        FormOutcome::Redirect(to) => see_other(&to),
        FormOutcome::MissingParts(parts) => match parts.iter().any(is_typed) {
            true => render_page(page, &parts, &MissingPartsForm::default(), None),
            false => see_other(&page.request.href(new_identifier::path_for(&parts))),
        },
        FormOutcome::NewPassword => see_other(&page.request.href("/forgot-password/reset")),
        FormOutcome::CreatePasskey => see_other(&page.request.href("/create-passkey")),
        FormOutcome::SecondFactor(step) => see_other(&page.request.href(factor_path(&step))),
    }
}

/// Whether the form asks for the part. An e-mail address or phone number has pages of its own, which come last.
fn is_typed(part: &MissingProfile) -> bool {
    matches!(part, MissingProfile::Username | MissingProfile::Password | MissingProfile::ExtraProfile)
}

/// Renders the form for the missing parts.
fn render_page(
    page: &InteractionPage,
    missing: &[MissingProfile],
    form: &MissingPartsForm,
    error: Option<&ApiError>,
) -> Response {
    let request = &page.request;
    let language = request.language();
    let code = error.map(ApiError::code).unwrap_or_default();
    let mut notice = None;
    let mut fields = Vec::new();
    if missing.contains(&MissingProfile::Username) {
        let field =
            Field::identifier(language, &[IdentifierKind::Username], form.username.as_deref().unwrap_or_default());
        let username_error = error.filter(|_| code.starts_with("user.username_")).map(|error| error.message(language));
        fields.push(Field { name: "username".to_owned(), error: username_error, ..field });
    }
    if missing.contains(&MissingProfile::Password) {
        fields.push(Field::password(language, "password", "pages.input.new_password", "new-password"));
    }
    let issues = error.map(|error| password_issues(request, error)).unwrap_or_default();
    let asks_profile = missing.contains(&MissingProfile::ExtraProfile);
    if asks_profile {
        let asked = sign_up_fields(&request.config.policy);
        fields.extend(profile_fields::fields(request, &asked, form.profile.as_ref(), true));
    }
    if issues.is_empty() && fields.iter().all(|field| field.error.is_none()) {
        notice = error.map(|error| error.message(language));
    }
    let has_faults =
        form.profile.as_ref().is_some_and(|profile| profile.has_faults(&sign_up_fields(&request.config.policy)));
    let status = if has_faults { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let template = ContinuePage {
        action: request.href("/continue"),
        application: page.application_name(),
        xsrf: page.xsrf(),
        asks_profile,
        fields,
        error: notice,
        issues,
    };
    request.render(error.map_or(status, ApiError::status), &template)
}
