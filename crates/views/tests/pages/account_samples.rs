//! Samples of the account pages.

use views::account_pages::*;
use views::pages::*;
use views::{Language, error_message, translate};

use super::factor_samples;
use super::samples::{Sample, sample};

fn frame(text: &str) -> AccountFrame {
    let item = |icon: &'static str, is_current| NavItem {
        href: format!("/account/{icon}"),
        text: text.to_owned(),
        icon,
        is_current,
    };
    AccountFrame {
        nav: vec![item("security", true), item("profile", false), item("sessions", false)],
        sign_out: "/oidc/session/end?client_id=account-center".to_owned(),
    }
}

pub fn account(locale: Language<'static>, text: &str) -> Vec<Sample> {
    let typed = || text.to_owned();
    let button = Action::Button {
        action: "/account/sessions/end".to_owned(),
        id: "an-id".to_owned(),
        text: translate(locale, "pages.account_sessions.end", &[]),
        about: typed(),
    };
    let row = Row {
        value: typed(),
        details: vec![typed()],
        badge: Some(typed()),
        actions: vec![Action::link("/account/email".to_owned(), typed(), text), button.clone()],
        ..Row::of(typed())
    };
    let section =
        Section { lead: Some(typed()), rows: vec![row.clone()], action: Some(button), ..Section::of(typed()) };
    let sections = SectionsPage {
        frame: frame(text),
        title: translate(locale, "pages.account_sessions.title", &[]),
        lead: translate(locale, "pages.account_sessions.lead", &[]),
        notice: Some(typed()),
        error: None,
        xsrf: "xsrf-value".to_owned(),
        sections: vec![section, Section { empty: Some(typed()), ..Section::of(typed()) }],
    };
    let failed = SectionsPage { error: Some(typed()), notice: None, sections: vec![], ..sections.clone() };
    let profile = ProfilePage {
        frame: frame(text),
        title: translate(locale, "pages.account_profile.title", &[]),
        lead: translate(locale, "pages.account_profile.lead", &[]),
        notice: None,
        error: Some(typed()),
        xsrf: "xsrf-value".to_owned(),
        action: "/account/profile".to_owned(),
        fields: vec![Field::identifier(locale, &[IdentifierKind::Username], text)],
        rows: vec![row],
    };
    let saved = ProfilePage { notice: Some(typed()), error: None, fields: vec![], ..profile.clone() };
    let task = TaskPage {
        title: translate(locale, "pages.account_password.change_title", &[]),
        lead: translate(locale, "pages.account_password.lead", &[]),
        action: "/account/password".to_owned(),
        xsrf: "xsrf-value".to_owned(),
        fields: vec![Field::password(locale, "password", "pages.input.new_password", "new-password")],
        asks_code: false,
        button: translate(locale, "pages.account.save", &[]),
        notice: Some(typed()),
        error: None,
        requirements: vec![typed()],
        issues: vec![],
        others: vec![OtherForm { action: "/account/email/remove".to_owned(), choice: "remove", text: typed() }],
        links: vec![MessageLink { href: "/account/security".to_owned(), text: typed() }],
    };
    let code = TaskPage {
        asks_code: true,
        fields: vec![],
        error: Some(error_message(locale, "verification_code.code_mismatch")),
        requirements: vec![],
        ..task.clone()
    };
    let done = TaskDonePage {
        title: translate(locale, "pages.account_password.done_title", &[]),
        text: typed(),
        link: MessageLink { href: "https://app.example.com/".to_owned(), text: typed() },
        is_success: true,
    };
    let impossible = TaskDonePage { is_success: false, ..done.clone() };
    let app = AccountAppPage {
        title: translate(locale, "pages.mfa.app_title", &[]),
        lead: translate(locale, "pages.mfa.app_scan", &[]),
        action: "/account/authenticator-app".to_owned(),
        xsrf: "xsrf-value".to_owned(),
        offer: "an.offer".to_owned(),
        app: factor_samples::app_key(),
        error: None,
        others: vec![],
        links: task.links.clone(),
    };
    let other_app = AccountAppPage {
        error: Some(error_message(locale, "session.mfa.invalid_totp_code")),
        others: task.others.clone(),
        ..app.clone()
    };
    let codes = AccountCodesPage {
        title: translate(locale, "pages.account_backup_codes.add_title", &[]),
        lead: translate(locale, "pages.mfa.codes_text", &[]),
        action: "/account/backup-codes/generate".to_owned(),
        xsrf: "xsrf-value".to_owned(),
        offer: Some("an.offer".to_owned()),
        codes: (0..10).map(|n| format!("c0ffee{n:04}")).collect(),
        used: vec![],
        download: "/account/backup-codes/generate/download?offer=an.offer".to_owned(),
        error: None,
        others: vec![],
        links: task.links.clone(),
    };
    let own_codes = AccountCodesPage {
        offer: None,
        used: vec!["c0ffee9999".to_owned()],
        error: Some(typed()),
        others: task.others.clone(),
        ..codes.clone()
    };
    let passkey = AccountPasskeyPage {
        title: translate(locale, "pages.passkey.create_title", &[]),
        lead: translate(locale, "pages.passkey.create_lead", &[]),
        offer: "an.offer".to_owned(),
        form: factor_samples::create_passkey(locale, text),
    };
    vec![
        sample("account_app", app),
        sample("account_other_app", other_app),
        sample("account_codes", codes),
        sample("account_own_codes", own_codes),
        sample("account_passkey", passkey),
        sample("account_sections", sections),
        sample("account_failed", failed),
        sample("account_profile", profile),
        sample("account_saved", saved),
        sample("account_task", task),
        sample("account_code", code),
        sample("account_done", done),
        sample("account_impossible", impossible),
    ]
}
