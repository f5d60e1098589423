//! `/account/trusted-devices`: browsers that are not asked for a second factor.

use ::api::users::UserTrustedDevice;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::{Pagination, Timestamp};
use views::account_pages::{Action, Row, Section, SectionsPage};

use super::super::interaction_page::see_other;
use super::TRUSTED_DEVICES;
use super::form::AccountForm;
use super::sessions::{browser_name, place};
use super::visit::{AccountPage, refusal};
use crate::account::sessions::{ForgetTrustedDevice, ReadTrustedDevices, forget_device};
use crate::callers::Field;
use crate::routes::Routes;
use crate::users::trusted_devices;

pub(super) fn routes() -> Routes {
    Routes::new().get(TRUSTED_DEVICES, show).post("/account/trusted-devices/remove", remove)
}

async fn show(page: AccountPage<ReadTrustedDevices>) -> Response {
    let id = page.user.id().clone();
    // A person has at most twenty.
    let all = Pagination { number: 1, size: 100 };
    let devices = match page.user.read(move |view| trusted_devices::page_of(view, &id, all)).await {
        Ok((_, devices)) => devices,
        Err(error) => return refusal(&page.request, &error),
    };
    let rows = devices.iter().map(|device| row(&page, device)).collect();
    let section = Section {
        rows,
        empty: Some(page.text("account_devices.none")),
        ..Section::of(page.text("account_devices.title"))
    };
    let template = SectionsPage {
        frame: page.frame(),
        title: page.text("account_devices.title"),
        lead: page.text("account_devices.lead"),
        notice: None,
        error: None,
        xsrf: page.xsrf.clone(),
        sections: vec![section],
    };
    page.request.render(StatusCode::OK, &template)
}

fn row(page: &AccountPage<ReadTrustedDevices>, device: &UserTrustedDevice) -> Row {
    let label = browser_name(page, device.user_agent.as_deref());
    let remove = page.user.edits(Field::TrustedDevice).then(|| Action::Button {
        action: page.href("/account/trusted-devices/remove"),
        id: device.id.clone(),
        text: page.text("account_devices.remove"),
        about: label.clone(),
    });
    Row {
        value: place(device.ip.as_deref(), device.city.as_deref(), device.country.as_deref()),
        details: vec![
            page.text_with("account_sessions.last_used", &[("time", &page.ago(Timestamp(device.last_used_at)))]),
        ],
        actions: remove.into_iter().collect(),
        ..Row::of(label)
    }
}

async fn remove(AccountForm { page, fields }: AccountForm<ForgetTrustedDevice>) -> Response {
    match forget_device(&page.user, fields.get("id").to_owned()).await {
        Err(error) if error.status() != StatusCode::NOT_FOUND => refusal(&page.request, &error),
        // One that is gone already needs no word.
        _ => see_other(&page.href(TRUSTED_DEVICES)),
    }
}
