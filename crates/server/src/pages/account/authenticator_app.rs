//! `/account/authenticator-app` and `/account/authenticator-app/replace` (A065).

use std::future::Future;

use ::api::account::{AddMfaVerification, ReplaceTotp};
use ::api::members::BoundedText;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use flow::mfa::MfaFactor;
use views::account_pages::{AccountAppPage, OtherForm};

use super::super::factor_binding::app_key;
use super::super::interaction_page::see_other;
use super::super::sent_code::{MAX_CODE_CHARS, digits};
use super::form::AccountForm;
use super::offers::{NamedOffer, OFFER};
use super::return_address;
use super::visit::{AccountPage, refusal};
use crate::account::factors::{self, IDENTITIES, ReplaceApp};
use crate::callers::{AccountNeeds, AccountOperation, AccountUser, Field, account_operations};
use crate::errors::ApiError;
use crate::interaction::offered_secrets::Offer;
use crate::routes::Routes;
use crate::users::mfa_factors;
use crate::users::mfa_factors::qr_code::QrCode;
use crate::users::mfa_factors::totp::TotpKey;

pub(super) const APP: &str = "/account/authenticator-app";
pub(super) const OTHER_APP: &str = "/account/authenticator-app/replace";

account_operations! {
    AddApp = AccountNeeds::to_change().scope(IDENTITIES).field(Field::Mfa).proof();
    RemoveApp = AccountNeeds::to_change().scope(IDENTITIES).field(Field::Mfa).proof();
}

pub(super) fn routes() -> Routes {
    Routes::new()
        .get(APP, show::<AddApp>)
        .post(APP, submit::<AddApp>)
        .get(OTHER_APP, show::<ReplaceApp>)
        .post(OTHER_APP, submit::<ReplaceApp>)
        .post("/account/authenticator-app/remove", remove)
}

/// Binding an app: the first one, or another one in its place.
trait AppTask: AccountOperation + Sized {
    /// Its page.
    const PATH: &'static str;
    /// The page for who has an app already, or none yet.
    const OTHERWISE: &'static str;
    /// Whether there must be an app already.
    const REPLACES: bool;
    const TITLE: &'static str;

    /// Binds the app with this seed, which shows a code.
    fn bind(
        caller: &AccountUser<Self>,
        seed: String,
        code: String,
    ) -> impl Future<Output = Result<(), ApiError>> + Send;
}

impl AppTask for AddApp {
    const PATH: &'static str = APP;
    const OTHERWISE: &'static str = OTHER_APP;
    const REPLACES: bool = false;
    const TITLE: &'static str = "mfa.app_title";

    async fn bind(caller: &AccountUser<Self>, seed: String, code: String) -> Result<(), ApiError> {
        let new = AddMfaVerification::Totp { secret: BoundedText(seed), code: Some(BoundedText(code)) };
        factors::bind_new(caller, new).await
    }
}

impl AppTask for ReplaceApp {
    const PATH: &'static str = OTHER_APP;
    const OTHERWISE: &'static str = APP;
    const REPLACES: bool = true;
    const TITLE: &'static str = "account_authenticator_app.change_title";

    async fn bind(caller: &AccountUser<Self>, seed: String, code: String) -> Result<(), ApiError> {
        factors::replace_app(caller, ReplaceTotp { secret: BoundedText(seed), code: BoundedText(code) }).await
    }
}

impl<O: AccountOperation> AccountPage<O> {
    /// The id of the bound app.
    async fn bound_app(&self) -> Result<Option<String>, ApiError> {
        let id = self.user.id().clone();
        let find = self.user.read(move |view| Ok(mfa_factors::find_app(view, &id)?));
        Ok(find.await?.map(|app| app.id().to_owned()))
    }
}

async fn show<T: AppTask>(page: AccountPage<T>) -> Response {
    match page.bound_app().await {
        Ok(bound) if bound.is_some() == T::REPLACES => offer(&page),
        Ok(_) => see_other(&page.href(T::OTHERWISE)),
        Err(error) => refusal(&page.request, &error),
    }
}

fn offer<T: AppTask>(page: &AccountPage<T>) -> Response {
    match page.new_offer(Offer::App) {
        Ok(offered) => render(page, &offered, None),
        Err(error) => error.into_response(),
    }
}

fn seed(offered: &NamedOffer) -> Result<TotpKey, ApiError> {
    let seed = offered.secret.bytes.first_chunk();
    seed.map(TotpKey::from_seed).ok_or_else(|| ApiError::internal("an offer that is too short"))
}

async fn submit<T: AppTask>(AccountForm { page, fields }: AccountForm<T>) -> Response {
    // A form of another sign-in: its seed is not known any more.
    let Some(offered) = page.find_offer(Offer::App, fields.get(OFFER)) else {
        return see_other(&page.href(T::PATH));
    };
    let key = match seed(&offered) {
        Ok(key) => key,
        Err(error) => return error.into_response(),
    };
    let code: String = digits(fields.get("code")).chars().take(MAX_CODE_CHARS).collect();
    let bound = T::bind(&page.user, key.expose().to_owned(), code).await;
    match bound.map_err(|error| page.about_form(error)) {
        Ok(()) => return_address::finish(&page.request, T::PATH).await,
        Err(Ok(error)) => render(&page, &offered, Some(&error)),
        Err(Err(response)) => response,
    }
}

fn render<T: AppTask>(page: &AccountPage<T>, offered: &NamedOffer, error: Option<&ApiError>) -> Response {
    let shown = seed(offered).and_then(|key| {
        let uri = factors::app_uri(page.user.request(), &page.user.user().info, &key);
        let code = QrCode::of(&uri).ok_or_else(|| ApiError::internal("a QR code that holds too much"))?;
        Ok(app_key(&key, &code, uri))
    });
    let app = match shown {
        Ok(app) => app,
        Err(error) => return error.into_response(),
    };
    let removal = T::REPLACES.then(|| OtherForm {
        action: page.href("/account/authenticator-app/remove"),
        choice: "remove",
        text: page.text("account_authenticator_app.remove"),
    });
    let template = AccountAppPage {
        title: page.text(T::TITLE),
        lead: page.text("mfa.app_scan"),
        action: page.href(T::PATH),
        xsrf: page.xsrf.clone(),
        offer: offered.name.clone(),
        app,
        error: error.map(|error| error.message(page.request.language())),
        others: removal.into_iter().collect(),
        links: vec![page.back()],
    };
    page.request.render(error.map_or(StatusCode::OK, ApiError::status), &template)
}

async fn remove(AccountForm { page, .. }: AccountForm<RemoveApp>) -> Response {
    let removed = match page.bound_app().await {
        Ok(Some(id)) => factors::unbind_known(&page.user, id, MfaFactor::Totp).await,
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };
    match removed {
        Ok(()) => see_other(&page.href(super::SECURITY)),
        Err(error) => refusal(&page.request, &error),
    }
}
