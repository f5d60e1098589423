//! What a page looks like: colours, logos, links and custom CSS of the tenant, application or organization.

use minijinja::Value;

use crate::{Color, Image, Link};

/// Everything of the sign-in experience that shows on every page. Values are checked when they are set, so a page can
/// use them as they are.
#[derive(Debug, Clone)]
pub struct Branding {
    primary: Color,
    dark_primary: Color,
    /// Whether pages follow the reader's preference for dark colours.
    pub dark_mode: bool,
    pub logo: Option<Image>,
    pub dark_logo: Option<Image>,
    pub favicon: Option<Image>,
    pub dark_favicon: Option<Image>,
    pub terms: Option<Link>,
    pub privacy: Option<Link>,
    pub support_email: Option<Link>,
    pub support_website: Option<Link>,
    /// No word about Loggia and no arcade at the foot of the page.
    pub hide_loggia: bool,
    custom_css: Option<String>,
}

/// Backgrounds of the card, light and dark, as in `/assets/pages.css`; text colours are made readable on them.
const CARD: Color = Color::WHITE;
const DARK_CARD: Color = Color::rgb(29, 28, 35);

/// Loggia's own colour, for tenants without one.
const TERRACOTTA: Color = Color::rgb(0xb4, 0x4a, 0x2f);
const DARK_TERRACOTTA: Color = Color::rgb(0xe8, 0x8e, 0x6f);

impl Default for Branding {
    fn default() -> Self {
        Self {
            primary: TERRACOTTA,
            dark_primary: DARK_TERRACOTTA,
            dark_mode: true,
            logo: None,
            dark_logo: None,
            favicon: None,
            dark_favicon: None,
            terms: None,
            privacy: None,
            support_email: None,
            support_website: None,
            hide_loggia: false,
            custom_css: None,
        }
    }
}

impl Branding {
    /// Sets the primary colours; what is not a hex colour changes nothing.
    pub fn set_colors(&mut self, primary: Option<&str>, dark_primary: Option<&str>) {
        if let Some(color) = primary.and_then(Color::parse) {
            self.primary = color;
            self.dark_primary = color.readable_on(DARK_CARD);
        }
        if let Some(color) = dark_primary.and_then(Color::parse) {
            self.dark_primary = color;
        }
    }

    /// Sets the logos where given; addresses of other schemes than https, http and data:image change nothing. A new logo without
    /// a dark twin stands for both.
    pub fn set_logos(&mut self, light: Option<&str>, dark: Option<&str>) {
        set_pair(&mut self.logo, &mut self.dark_logo, light, dark);
    }

    /// As [`Self::set_logos`], for the icons of browser tabs.
    pub fn set_favicons(&mut self, light: Option<&str>, dark: Option<&str>) {
        set_pair(&mut self.favicon, &mut self.dark_favicon, light, dark);
    }

    /// Adds style sheet text, after what is there: tenant first, then application, then organization.
    pub fn add_css(&mut self, css: &str) {
        if !css.trim().is_empty() {
            let all = self.custom_css.get_or_insert_default();
            all.push('\n');
            all.push_str(&escape_style_end(css));
        }
    }

    /// Replaces the style sheet text.
    pub fn set_css(&mut self, css: Option<&str>) {
        self.custom_css = None;
        self.add_css(css.unwrap_or_default());
    }

    pub(crate) fn value(&self) -> Value {
        let image = |image: &Option<Image>| image.as_ref().map(|i| i.as_str().to_owned());
        let link = |link: Option<&Link>| link.map(|l| l.as_str().to_owned());
        minijinja::context! {
            light => palette(self.primary, CARD),
            dark => self.dark_mode.then(|| palette(self.dark_primary, DARK_CARD)),
            logo => image(&self.logo),
            dark_logo => if self.dark_mode { image(&self.dark_logo) } else { None },
            favicon => image(&self.favicon),
            dark_favicon => if self.dark_mode { image(&self.dark_favicon) } else { None },
            terms => link(self.terms.as_ref()),
            privacy => link(self.privacy.as_ref()),
            support => link(self.support_email.as_ref().or(self.support_website.as_ref())),
            hide_loggia => self.hide_loggia,
            css => self.custom_css.clone().map(Value::from_safe_string),
        }
    }
}

fn set_pair(light: &mut Option<Image>, dark: &mut Option<Image>, new_light: Option<&str>, new_dark: Option<&str>) {
    if let Some(image) = new_light.and_then(Image::parse) {
        *light = Some(image);
        *dark = None;
    }
    if let Some(image) = new_dark.and_then(Image::parse) {
        *dark = Some(image);
    }
}

fn palette(primary: Color, card: Color) -> Value {
    minijinja::context! {
        primary => primary.to_string(),
        on_primary => primary.text_on().to_string(),
        accent => primary.readable_on(card).to_string(),
    }
}

/// Makes style sheet text safe inside a `<style>` element (attack E10).
///
/// Such an element ends only at `</style` (HTML, "RAWTEXT state"), so each `</` becomes `<\/`, which CSS reads as the
/// same characters. NUL is dropped because parsers replace it.
fn escape_style_end(css: &str) -> String {
    css.replace('\0', "").replace("</", "<\\/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e10_custom_css_cannot_end_its_element() {
        let corpus = [
            "</style><script>alert(1)</script>",
            "</STYLE ><img src=x onerror=alert(1)>",
            "<\0/style>",
            "<</style>",
            "a{content:'</style/'}",
            "<!--</style>-->",
            "</\0style>",
        ];
        for css in corpus {
            assert!(!escape_style_end(css).contains("</"), "{css}");
        }
        assert_eq!(escape_style_end("a > b { color: red }"), "a > b { color: red }");
    }

    #[test]
    fn colours_that_are_no_colours_change_nothing() {
        let mut branding = Branding::default();
        branding.set_colors(Some("red;}*{display:none"), Some("#000;"));
        assert_eq!(branding.primary, TERRACOTTA);
        branding.set_colors(Some("#123"), None);
        assert_eq!(branding.primary, Color::rgb(0x11, 0x22, 0x33));
    }
}
