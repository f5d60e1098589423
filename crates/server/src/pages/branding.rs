//! The look of the pages, from the settings of tenant, application and organization (inventory E101, H128).

use flow::SignInExperience;
use serde_json::Value;
use views::{Branding, Link};

/// Settings of an application or organization that go before the tenant's.
#[derive(Debug, Clone, Copy, Default)]
pub struct Layer<'a> {
    /// `{primaryColor, isDarkModeEnabled, darkPrimaryColor}`
    pub color: Option<&'a Value>,
    /// `{logoUrl, darkLogoUrl, favicon, darkFavicon}`
    pub branding: Option<&'a Value>,
    pub custom_css: Option<&'a str>,
    pub terms_of_use_url: Option<&'a str>,
    pub privacy_policy_url: Option<&'a str>,
}

/// The logos of the contract's initial settings (D112). They belong to another product and lie on another server, so a
/// tenant that never chose a logo gets our own mark.
const PLACEHOLDER_LOGOS: [&str; 2] = ["https://logto.io/logo.svg", "https://logto.io/logo-dark.svg"];

/// The tenant's look, then that of each layer in order of growing weight.
pub fn branding(experience: &SignInExperience, layers: &[Layer<'_>]) -> Branding {
    let mut branding = Branding::default();
    branding.hide_loggia = experience.hide_logto_branding;
    branding.dark_mode = experience.color.get("isDarkModeEnabled").and_then(Value::as_bool).unwrap_or(false);
    branding.support_email = experience.support_email.as_deref().and_then(Link::mail);
    branding.support_website = experience.support_website_url.as_deref().and_then(Link::parse);
    let tenant = Layer {
        color: Some(&experience.color),
        branding: Some(&experience.branding),
        custom_css: experience.custom_css.as_deref(),
        terms_of_use_url: experience.terms_of_use_url.as_deref(),
        privacy_policy_url: experience.privacy_policy_url.as_deref(),
    };
    for layer in std::iter::once(&tenant).chain(layers) {
        put(&mut branding, layer);
    }
    branding
}

fn put(branding: &mut Branding, layer: &Layer<'_>) {
    if let Some(color) = layer.color {
        branding.set_colors(text(color, "primaryColor"), text(color, "darkPrimaryColor"));
        if let Some(on) = color.get("isDarkModeEnabled").and_then(Value::as_bool) {
            branding.dark_mode = on;
        }
    }
    if let Some(images) = layer.branding {
        let chosen = |name| text(images, name).filter(|url| !PLACEHOLDER_LOGOS.contains(url));
        branding.set_images(chosen("logoUrl"), chosen("darkLogoUrl"), chosen("favicon"));
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
    use views::pages::Message;
    use views::{Frame, render};

    use super::*;

    fn page(branding: &Branding) -> String {
        let frame = Frame { locale: Locale::En, nonce: "n", branding, here: None };
        render(&frame, &Message::signed_out(Locale::En)).unwrap()
    }

    #[test]
    fn an_organization_goes_before_its_application_and_both_before_the_tenant() {
        let mut experience = SignInExperience::initial("default");
        experience.custom_css = Some("a{--of:tenant}".to_owned());
        let (application, organization) =
            (json!({"primaryColor": "#112233", "darkPrimaryColor": "#445566"}), json!({"primaryColor": "#abcdef"}));
        let logo = json!({"logoUrl": "https://cdn.example.com/app.png"});
        let layers = [
            Layer { color: Some(&application), branding: Some(&logo), ..Layer::default() },
            Layer { color: Some(&organization), custom_css: Some("a{--of:organization}"), ..Layer::default() },
        ];
        let html = page(&branding(&experience, &layers));
        assert!(html.contains("--primary: #abcdef"));
        assert!(html.contains("https://cdn.example.com/app.png"));
        let (tenant, organization) = (html.find("--of:tenant"), html.find("--of:organization"));
        assert!(tenant.is_some() && tenant < organization);
    }

    #[test]
    fn the_initial_settings_load_nothing_from_other_servers() {
        let html = page(&branding(&SignInExperience::initial("default"), &[]));
        assert!(!html.contains("https://"), "{html}");
        assert!(html.contains("#6139f6"));
    }
}
