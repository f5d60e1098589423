//! The sign-in experience (inventory C016 to C021): how the hosted pages look, what they ask for, and a preview of them.

use axum::http::{Method, StatusCode};
use axum::response::Response;
use kernel::Locale;
use serde_json::Value;
use views::Language;
use views::console::{Action, Block, Preview};
use views::pages::Choice;

use super::entity::text;
use super::experience::{self, AS_SET, FURTHER, IDENTIFIERS, RESET, SIGN_UP, WAYS};
use super::fields::{FieldKind, FieldSpec, Loaded};
use super::page::language;
use super::pictures::{self, LOGO_ADDRESSES, LOGOS};
use super::preview;
use super::profile_fields::catalogue;
use super::settings::{self, Section, Settings, SettingsTab};
use crate::callers::console::{ConsolePictureForm, Manage, Read};
use crate::callers::{ConsoleUser, Right};
use crate::errors::ApiError;
use crate::pages::redirect;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    settings::routes::<SignInExperience>().merge(preview::routes()).post(PICTURES, upload)
}

const PICTURES: &str = "/console/sign-in-experience/pictures";

pub(super) struct SignInExperience;

impl Settings for SignInExperience {
    const NAME: &'static str = "sign-in-experience";
    const API: &'static str = experience::API;
    type Read = Read;
    type Write = Manage;
    const TABS: &'static [SettingsTab] = &[
        SettingsTab::new("branding", BRANDING),
        SettingsTab { asks: true, ..SettingsTab::new("sign-up-and-sign-in", SIGN_UP_AND_SIGN_IN) },
        SettingsTab::new("profile-fields", PROFILE_FIELDS),
        SettingsTab::new("content", CONTENT),
    ];

    fn to_form(settings: Value) -> Value {
        experience::to_form(settings)
    }

    fn to_api(body: Value) -> Value {
        experience::to_api(body)
    }

    async fn choices(user: &ConsoleUser<Read>, tab: &SettingsTab) -> Result<Loaded, ApiError> {
        match tab.name {
            "sign-up-and-sign-in" => {
                let settings = user.api().get(experience::API).await?;
                // The settings of connectors are not for everybody who reads.
                let targets = match user.may(Right::Manage) {
                    true => targets(user).await?,
                    false => listed_targets(&settings),
                };
                Ok(vec![("signUp.first", identifiers(user, &settings)), ("socialSignInConnectorTargets", targets)])
            }
            "profile-fields" => Ok(vec![("signUpProfileFields.order", catalogue(user).await?)]),
            "content" => Ok(vec![("languageInfo.fallbackLanguage", languages(user).await?)]),
            _ => Ok(Loaded::new()),
        }
    }

    async fn preview(user: &ConsoleUser<Read>, tab: &SettingsTab) -> Result<Option<Preview>, ApiError> {
        preview::beside(user, tab).await.map(Some)
    }

    async fn below(user: &ConsoleUser<Read>, tab: &SettingsTab) -> Result<Vec<Block>, ApiError> {
        match tab.name {
            "branding" => uploads(user, None).await,
            _ => Ok(Vec::new()),
        }
    }

    fn actions(user: &ConsoleUser<Read>, tab: &SettingsTab) -> Vec<Action> {
        let demo = format!("{}/demo-app", user.app.tenants.endpoint("default"));
        let links = [
            ("catalogue", "/console/profile-fields".to_owned(), tab.name == "profile-fields"),
            ("phrases", "/console/phrases".to_owned(), tab.name == "content"),
            // Who may change something has it beside the form.
            ("preview", preview::PATH.to_owned(), !user.may(Right::Manage)),
            ("demo", demo, user.app.settings.demo_apps),
        ];
        let action = |(name, href, _): (&str, String, bool)| Action {
            title: user.text(&format!("sign-in-experience.{name}")),
            href,
        };
        links.into_iter().filter(|(.., is_shown)| *is_shown).map(action).collect()
    }
}

async fn uploads(user: &ConsoleUser<Read>, error: Option<String>) -> Result<Vec<Block>, ApiError> {
    let block = pictures::block(user, PICTURES.to_owned(), LOGOS, error).await?;
    Ok(block.into_iter().collect())
}

/// Puts a picture at its place at once: what is typed into the form above is not saved with it.
async fn upload(sent: ConsolePictureForm<Manage>) -> Result<Response, ApiError> {
    let tab = settings::tab::<SignInExperience>("branding")?;
    let uploaded = pictures::upload(&sent, LOGOS).await?;
    let current = tab.current::<SignInExperience, _>(&sent.form.user).await?;
    let user = sent.form.user.with_right::<Read>();
    let stored = match uploaded {
        Ok(picture) => {
            let stored = user.api().send(Method::PATCH, experience::API, picture.put_into(&current)).await;
            stored.map_err(|error| pictures::told(&user, error))
        }
        Err(wrong) => Err(Ok(wrong)),
    };
    match stored {
        Ok(_) => Ok(redirect(StatusCode::SEE_OTHER, &format!("{}?done=saved", tab.address::<SignInExperience>()))),
        Err(wrong) => {
            let below = uploads(&user, Some(wrong?)).await?;
            settings::render::<SignInExperience>(&user, tab, StatusCode::UNPROCESSABLE_ENTITY, below).await
        }
    }
}

const BRANDING: &[Section] = &[
    Section {
        name: "colors",
        fields: &[
            FieldSpec::required("color.primaryColor", FieldKind::Color),
            FieldSpec::new("color.isDarkModeEnabled", FieldKind::Check),
            FieldSpec::required("color.darkPrimaryColor", FieldKind::Color),
        ],
    },
    Section { name: "logos", fields: LOGO_ADDRESSES },
    Section { name: "css", fields: &[FieldSpec::new("customCss", FieldKind::Area)] },
];

const SIGN_UP_AND_SIGN_IN: &[Section] = &[
    Section {
        name: "sign-up",
        fields: &[
            FieldSpec::required("signInMode", FieldKind::Choice(&["SignInAndRegister", "SignIn", "Register"])),
            FieldSpec::required("signUp.first", FieldKind::LoadedChoice),
            FieldSpec::new("signUp.further", FieldKind::Set(FURTHER)),
            FieldSpec::new("signUp.password", FieldKind::Check),
        ],
    },
    Section {
        name: "sign-in",
        fields: &[
            FieldSpec::new("signIn.order", FieldKind::Ordered(IDENTIFIERS)),
            FieldSpec::required("signIn.email", FieldKind::Choice(WAYS)),
            FieldSpec::required("signIn.phone", FieldKind::Choice(WAYS)),
            FieldSpec::required("forgotPasswordMethods", FieldKind::Choice(RESET)),
        ],
    },
    Section {
        name: "social",
        fields: &[
            FieldSpec::new("socialSignInConnectorTargets", FieldKind::LoadedOrder),
            FieldSpec::new("socialSignIn.automaticAccountLinking", FieldKind::Check),
            FieldSpec::new("socialSignIn.skipRequiredIdentifiers", FieldKind::Check),
            FieldSpec::new("singleSignOnEnabled", FieldKind::Check),
        ],
    },
    Section {
        name: "passkeys",
        fields: &[
            FieldSpec::new("passkeySignIn.enabled", FieldKind::Check),
            FieldSpec::new("passkeySignIn.showPasskeyButton", FieldKind::Check),
            FieldSpec::new("passkeySignIn.allowAutofill", FieldKind::Check),
        ],
    },
    Section {
        name: "usernames",
        fields: &[
            FieldSpec::required("usernamePolicy.minLength", FieldKind::Number),
            FieldSpec::required("usernamePolicy.maxLength", FieldKind::Number),
            FieldSpec::new("usernamePolicy.allowedChars.lowercase", FieldKind::Check),
            FieldSpec::new("usernamePolicy.allowedChars.uppercase", FieldKind::Check),
            FieldSpec::new("usernamePolicy.allowedChars.numbers", FieldKind::Check),
            FieldSpec::new("usernamePolicy.allowedChars.underscore", FieldKind::Check),
            FieldSpec::new("usernamePolicy.caseSensitive", FieldKind::Check),
        ],
    },
    Section { name: "advanced", fields: &[FieldSpec::new("unknownSessionRedirectUrl", FieldKind::Url)] },
];

const PROFILE_FIELDS: &[Section] = &[Section {
    name: "profile-fields",
    fields: &[
        FieldSpec::required("signUpProfileFields.choice", FieldKind::Choice(&["all", "own"])),
        FieldSpec::new("signUpProfileFields.order", FieldKind::LoadedOrder),
    ],
}];

const CONTENT: &[Section] = &[
    Section {
        name: "terms",
        fields: &[
            FieldSpec::new("termsOfUseUrl", FieldKind::Url),
            FieldSpec::new("privacyPolicyUrl", FieldKind::Url),
            FieldSpec::required(
                "agreeToTermsPolicy",
                FieldKind::Choice(&["Automatic", "ManualRegistrationOnly", "Manual"]),
            ),
        ],
    },
    Section {
        name: "support",
        fields: &[
            FieldSpec::new("supportEmail", FieldKind::Email),
            FieldSpec::new("supportWebsiteUrl", FieldKind::Url),
        ],
    },
    Section {
        name: "languages",
        fields: &[
            FieldSpec::new("languageInfo.autoDetect", FieldKind::Check),
            FieldSpec::required("languageInfo.fallbackLanguage", FieldKind::LoadedChoice),
        ],
    },
];

/// The targets of social connectors: several connectors may have one.
async fn targets(user: &ConsoleUser<Read>) -> Result<Vec<Choice>, ApiError> {
    let mut targets: Vec<Choice> = Vec::new();
    for connector in user.api().list("/api/connectors").await?.items {
        let value = text(&connector, "target");
        if text(&connector, "type") == "Social" && targets.iter().all(|known| known.value != value) {
            let label = name_in(&connector, language(user).tag()).unwrap_or_else(|| value.clone());
            targets.push(Choice { value, label });
        }
    }
    Ok(targets)
}

/// The name of a connector in a language.
fn name_in(connector: &Value, language: &str) -> Option<String> {
    let names = connector.get("name")?;
    names.get(language).or_else(|| names.get("en"))?.as_str().map(str::to_owned)
}

/// Those that pages offer now.
fn listed_targets(settings: &Value) -> Vec<Choice> {
    let listed = settings.get("socialSignInConnectorTargets").and_then(Value::as_array).cloned().unwrap_or_default();
    let names = listed.iter().filter_map(Value::as_str).map(str::to_owned);
    names.map(|value| Choice { label: value.clone(), value }).collect()
}

/// The identifiers that a form can set, and those that are stored where it can't.
fn identifiers(user: &ConsoleUser<Read>, settings: &Value) -> Vec<Choice> {
    let phrase = |value: &str| format!("sign-in-experience.signUp_first_{value}");
    let choice = |value: &&str| Choice { value: (*value).to_owned(), label: user.text(&phrase(value)) };
    let mut choices: Vec<Choice> = SIGN_UP.iter().map(choice).collect();
    let stored = experience::to_form(settings.clone());
    if stored.pointer("/signUp/first").is_some_and(|first| first == AS_SET) {
        let names: Vec<String> =
            experience::identifiers(settings).iter().map(|name| user.text(&phrase(name))).collect();
        let label = user.text_with(&phrase(AS_SET), &[("names", &names.join(", "))]);
        choices.push(Choice { value: AS_SET.to_owned(), label });
    }
    choices
}

/// The languages of the hosted pages: those that ship, and those with texts of the tenant.
pub(super) async fn languages<R>(user: &ConsoleUser<R>) -> Result<Vec<Choice>, ApiError> {
    let own = user.api().list("/api/custom-phrases").await?.items;
    let own: Vec<String> = own.iter().map(|phrases| text(phrases, "languageTag")).collect();
    let shipped = Locale::ALL.map(|locale| locale.tag());
    let is_shown = |(tag, _): &&(&str, &str)| shipped.contains(tag) || own.iter().any(|known| known == tag);
    let mut all: Vec<&(&str, &str)> = Language::names().iter().filter(is_shown).collect();
    all.sort_by_key(|(tag, _)| !shipped.contains(tag));
    Ok(all.into_iter().map(|(tag, name)| Choice { value: (*tag).to_owned(), label: (*name).to_owned() }).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn a_connector_is_named_in_the_language_of_the_page() {
        let connector = json!({"name": {"en": "Harbour", "zh-CN": "海港"}});
        assert_eq!(super::name_in(&connector, "zh-CN").as_deref(), Some("海港"));
        assert_eq!(super::name_in(&connector, "de").as_deref(), Some("Harbour"));
        assert_eq!(super::name_in(&json!({}), "en"), None);
    }
}
