//! Colours of the sign-in experience: parsed, never passed through, and adjusted until text on them is readable.

use std::fmt;

/// An opaque sRGB colour. Parsing is the only way in, so a value can be written into a style sheet as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color([u8; 3]);

/// WCAG 2.2 success criterion 1.4.3: the least contrast of normal text.
const READABLE: f64 = 4.5;

impl Color {
    pub const WHITE: Self = Self([255; 3]);
    pub const BLACK: Self = Self([0; 3]);

    pub const fn rgb(r: u8, g: u8, b: u8) -> Self {
        Self([r, g, b])
    }

    /// Parses `#rgb` or `#rrggbb`, the two forms that the sign-in experience accepts.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.trim().strip_prefix('#')?;
        if !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let value = u32::from_str_radix(hex, 16).ok()?;
        let byte = |shift: u32| (value >> shift & 0xff) as u8;
        let digit = |shift: u32| (value >> shift & 0xf) as u8 * 17;
        match hex.len() {
            3 => Some(Self([digit(8), digit(4), digit(0)])),
            6 => Some(Self([byte(16), byte(8), byte(0)])),
            _ => None,
        }
    }

    /// WCAG relative luminance, 0 to 1.
    fn luminance(self) -> f64 {
        let linear = |c: u8| {
            let c = f64::from(c) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0[0]) + 0.7152 * linear(self.0[1]) + 0.0722 * linear(self.0[2])
    }

    /// WCAG contrast ratio, 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// `self` moved towards `other` by `percent`.
    fn blend(self, other: Self, percent: u32) -> Self {
        let part = |i: usize| {
            let (a, b) = (u32::from(self.0[i]), u32::from(other.0[i]));
            ((a * (100 - percent) + b * percent) / 100) as u8
        };
        Self([part(0), part(1), part(2)])
    }

    /// Black or white, whichever reads better on this colour.
    pub fn text_on(self) -> Self {
        if self.contrast(Self::WHITE) >= READABLE { Self::WHITE } else { Self::BLACK }
    }

    /// This colour, moved away from the background by as little as makes text in it readable there.
    pub fn readable_on(self, background: Self) -> Self {
        let goal = if background.luminance() > 0.18 { Self::BLACK } else { Self::WHITE };
        (0..=100)
            .step_by(5)
            .map(|percent| self.blend(goal, percent))
            .find(|color| color.contrast(background) >= READABLE)
            .unwrap_or(goal)
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0[0], self.0[1], self.0[2])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hex_colours_parse() {
        assert_eq!(Color::parse("#6139F6").unwrap().to_string(), "#6139f6");
        assert_eq!(Color::parse("#fa0").unwrap().to_string(), "#ffaa00");
        for bad in ["red", "#12", "#12345", "#+12345", "#6139F6;}body{", "url(x)", "", "#gggggg", "#６１３９Ｆ６"]
        {
            assert_eq!(Color::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn text_is_readable_on_every_colour_and_every_colour_is_made_readable() {
        let card = [Color::WHITE, Color::rgb(29, 28, 35)];
        for r in (0..=255).step_by(51) {
            for g in (0..=255).step_by(51) {
                for b in (0..=255).step_by(51) {
                    let color = Color::rgb(r as u8, g as u8, b as u8);
                    assert!(color.text_on().contrast(color) >= READABLE, "text on {color}");
                    for background in card {
                        assert!(color.readable_on(background).contrast(background) >= READABLE, "{color}");
                    }
                }
            }
        }
    }
}
