//! The branding of the pages, from the settings of tenant, application and organization (inventory E101, H128).

use flow::SignInExperience;
use serde_json::Value;
use views::{Branding, Link};

/// Settings of an application or organization that override the tenant's.
#[derive(Debug, Clone, Copy, Default)]
pub struct BrandingLayer<'a> {
    /// `{primaryColor, isDarkModeEnabled, darkPrimaryColor}`
    pub color: Option<&'a Value>,
    /// `{logoUrl, darkLogoUrl, favicon, darkFavicon}`
    pub branding: Option<&'a Value>,
    pub custom_css: Option<&'a str>,
    pub terms_of_use_url: Option<&'a str>,
    pub privacy_policy_url: Option<&'a str>,
}

/// The logos in the contract's initial settings (D112). They belong to another product and are hosted on another
/// server, so a tenant without a logo of its own gets the Loggia logo.
pub(crate) const PLACEHOLDER_LOGOS: [&str; 2] = ["https://logto.io/logo.svg", "https://logto.io/logo-dark.svg"];

/// Merges the tenant's settings and then each layer; a later layer overrides an earlier one.
pub fn build_branding(experience: &SignInExperience, layers: &[BrandingLayer<'_>]) -> Branding {
    let mut branding = Branding::default();
    branding.hide_loggia = experience.hide_logto_branding;
    branding.dark_mode = experience.color.get("isDarkModeEnabled").and_then(Value::as_bool).unwrap_or(false);
    branding.support_email = experience.support_email.as_deref().and_then(Link::mail);
    branding.support_website = experience.support_website_url.as_deref().and_then(Link::parse);
    let tenant = BrandingLayer {
        color: Some(&experience.color),
        branding: Some(&experience.branding),
        custom_css: experience.custom_css.as_deref(),
        terms_of_use_url: experience.terms_of_use_url.as_deref(),
        privacy_policy_url: experience.privacy_policy_url.as_deref(),
    };
    for layer in std::iter::once(&tenant).chain(layers) {
        merge(&mut branding, layer);
    }
    branding
}

fn merge(branding: &mut Branding, layer: &BrandingLayer<'_>) {
    if let Some(color) = layer.color {
        branding.set_colors(text(color, "primaryColor"), text(color, "darkPrimaryColor"));
        if let Some(on) = color.get("isDarkModeEnabled").and_then(Value::as_bool) {
            branding.dark_mode = on;
        }
    }
    if let Some(images) = layer.branding {
        let image_url = |name| text(images, name).filter(|url| !PLACEHOLDER_LOGOS.contains(url));
        branding.set_logos(image_url("logoUrl"), image_url("darkLogoUrl"));
        branding.set_favicons(image_url("favicon"), image_url("darkFavicon"));
    }
    if let Some(css) = layer.custom_css {
        branding.add_css(css);
    }
    if let Some(link) = layer.terms_of_use_url.and_then(Link::parse) {
        branding.terms = Some(link);
    }
    if let Some(link) = layer.privacy_policy_url.and_then(Link::parse) {
        branding.privacy = Some(link);
    }
}

fn text<'v>(object: &'v Value, member: &str) -> Option<&'v str> {
    object.get(member)?.as_str().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use kernel::Locale;
    use serde_json::json;
    use views::pages::MessagePage;
    use views::{Languages, PageFrame, render};

    use super::*;

    fn page(branding: &Branding) -> String {
        let (language, languages) = (Locale::En.into(), &Languages::default());
        let frame = PageFrame { language, languages, nonce: "n", branding, current_url: None, captcha: None };
        render(&frame, &MessagePage::signed_out(language)).unwrap()
    }

    #[test]
    fn an_organization_goes_before_its_application_and_both_before_the_tenant() {
        let mut experience = SignInExperience::initial("default");
        experience.custom_css = Some("a{--of:tenant}".to_owned());
        experience.color["isDarkModeEnabled"] = json!(true);
        let (application, organization) =
            (json!({"primaryColor": "#112233", "darkPrimaryColor": "#445566"}), json!({"primaryColor": "#abcdef"}));
        let logo = json!({
            "logoUrl": "https://cdn.example.com/app.png",
            "favicon": "https://cdn.example.com/tab.png",
            "darkFavicon": "https://cdn.example.com/dark.png",
        });
        let layers = [
            BrandingLayer { color: Some(&application), branding: Some(&logo), ..BrandingLayer::default() },
            BrandingLayer {
                color: Some(&organization),
                custom_css: Some("a{--of:organization}"),
                ..BrandingLayer::default()
            },
        ];
        let html = page(&build_branding(&experience, &layers));
        assert!(html.contains("--primary: #abcdef"));
        assert!(html.contains("https://cdn.example.com/app.png"));
        let icon =
            |file, media| format!("<link rel=\"icon\" href=\"https://cdn.example.com/{file}\" media=\"{media}\">");
        assert!(html.contains(&icon("tab.png", "not all and (prefers-color-scheme: dark)")));
        assert!(html.contains(&icon("dark.png", "(prefers-color-scheme: dark)")));
        let (tenant, organization) = (html.find("--of:tenant"), html.find("--of:organization"));
        assert!(tenant.is_some() && tenant < organization);
    }

    #[test]
    fn the_initial_settings_load_nothing_from_other_servers() {
        let html = page(&build_branding(&SignInExperience::initial("default"), &[]));
        assert!(!html.contains("https://"), "{html}");
        assert!(html.contains("#6139f6"));
    }
}
