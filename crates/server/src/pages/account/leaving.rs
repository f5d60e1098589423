//! `/account/data` and `/account/deletion`: what is stored about a person as a file, and the end of their account. Both our own; the
//! operator says whether there are such pages.

use ::api::ErrorCode;
use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::super::interaction_page::see_other;
use super::SECURITY;
use super::form::AccountForm;
use super::task::Task;
use super::visit::{AccountPage, refusal};
use crate::account::deletion::{self, CancelDeletion, PlanDeletion};
use crate::account::my_data::{self, DownloadData};
use crate::account_settings;
use crate::callers::AccountOperation;
use crate::errors::ApiError;
use crate::routes::Routes;

pub(super) const DATA: &str = "/account/data";
pub(super) const DELETION: &str = "/account/deletion";
/// Where a person who changed their mind sends that.
pub(super) const KEEP: &str = "/account/deletion/cancel";

pub(super) fn routes() -> Routes {
    Routes::new()
        .get(DATA, show_data)
        .post(DATA, download)
        .get(DELETION, show_deletion)
        .post(DELETION, plan)
        .post(KEEP, cancel)
}

fn closed<O: AccountOperation>(page: &AccountPage<O>) -> Response {
    refusal(&page.request, &ApiError::bad_request(ErrorCode::AccountCenterFieldNotEnabled))
}

async fn show_data(page: AccountPage<DownloadData>) -> Response {
    if !account_settings::settings(&page.request.config).data_download_enabled {
        return closed(&page);
    }
    page.render_task(Task {
        title: "account_data.title",
        lead: page.text("account_data.lead"),
        action: page.href(DATA),
        button: "mfa.download",
        links: vec![page.back()],
        ..Task::default()
    })
}

/// A form, so that a link from elsewhere makes nobody's browser keep the file.
async fn download(AccountForm { page, .. }: AccountForm<DownloadData>) -> Response {
    match my_data::read_data(&page.user).await {
        Ok(data) => {
            let disposition = format!("attachment; filename=\"{}\"", my_data::FILE_NAME);
            let headers = [(header::CONTENT_DISPOSITION, disposition), (header::CACHE_CONTROL, "no-store".to_owned())];
            (headers, Json(data)).into_response()
        }
        Err(error) => refusal(&page.request, &error),
    }
}

async fn show_deletion(page: AccountPage<PlanDeletion>) -> Response {
    let settings = account_settings::settings(&page.request.config);
    if !settings.deletion_enabled {
        return closed(&page);
    }
    let days = settings.deletion_grace_days.0;
    page.render_task(Task {
        title: "account_deletion.title",
        lead: match days {
            0 => page.text("account_deletion.now_lead"),
            1 => page.text("account_deletion.day_lead"),
            _ => page.text_with("account_deletion.lead", &[("days", &days.to_string())]),
        },
        action: page.href(DELETION),
        button: "account_deletion.delete",
        links: vec![page.back()],
        ..Task::default()
    })
}

async fn plan(AccountForm { page, .. }: AccountForm<PlanDeletion>) -> Response {
    match deletion::plan_deletion(&page.user).await {
        Ok(_) => see_other(&page.href(SECURITY)),
        Err(error) => refusal(&page.request, &error),
    }
}

async fn cancel(AccountForm { page, .. }: AccountForm<CancelDeletion>) -> Response {
    match deletion::cancel_deletion(&page.user).await {
        Ok(()) => see_other(&page.href(SECURITY)),
        Err(error) => refusal(&page.request, &error),
    }
}
