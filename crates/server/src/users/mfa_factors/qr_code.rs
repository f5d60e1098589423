//! QR codes: as a PNG image for clients of the API, and as one SVG path for pages.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use qrcode::{Color, EcLevel, QrCode as Symbol};

/// Light modules around the symbol (ISO/IEC 18004 asks for four).
const QUIET_ZONE: usize = 4;
/// Pixels per module of the image.
const SCALE: usize = 5;
/// The most that a stored block of DEFLATE holds (RFC 1951 section 3.2.4).
const MAX_BLOCK_BYTES: usize = 65_535;

/// A symbol, by rows.
pub struct QrCode {
    /// Modules per side, without the quiet zone.
    size: usize,
    dark: Vec<bool>,
}

impl QrCode {
    /// The symbol of a text; none if it is longer than about two thousand characters.
    pub fn of(text: &str) -> Option<Self> {
        let symbol = Symbol::with_error_correction_level(text, EcLevel::M).ok()?;
        let dark = symbol.to_colors().into_iter().map(|color| color == Color::Dark).collect();
        Some(Self { size: symbol.width(), dark })
    }

    /// Modules per side, with the quiet zone.
    pub fn side(&self) -> usize {
        self.size + 2 * QUIET_ZONE
    }

    /// The dark modules as the `d` of an SVG path in a view box of [`QrCode::side`].
    pub fn svg_path(&self) -> String {
        let mut path = String::new();
        for row in 0..self.size {
            let mut column = 0;
            while column < self.size {
                let run = (column..self.size).take_while(|at| self.dark[row * self.size + at]).count();
                if run > 0 {
                    path += &format!("M{} {}h{run}v1h-{run}z", column + QUIET_ZONE, row + QUIET_ZONE);
                }
                column += run.max(1);
            }
        }
        path
    }

    /// The symbol as `data:image/png;base64,…`.
    pub fn data_url(&self) -> String {
        format!("data:image/png;base64,{}", STANDARD.encode(self.png()))
    }

    /// A PNG image of one bit per pixel (PNG specification, third edition). It is not compressed: a few kilobytes that live for
    /// one answer are not worth a dependency.
    fn png(&self) -> Vec<u8> {
        let pixels = self.side() * SCALE;
        let width = u32::try_from(pixels).unwrap_or_default().to_be_bytes();
        let mut header = [width, width].concat();
        // Bit depth 1, greyscale, and the only methods of compression, filter and no interlacing.
        header.extend([1, 0, 0, 0, 0]);
        let mut image = b"\x89PNG\r\n\x1a\n".to_vec();
        for (kind, data) in [(b"IHDR", header), (b"IDAT", zlib_stored(&self.scanlines(pixels))), (b"IEND", Vec::new())]
        {
            let checked = [kind.as_slice(), &data].concat();
            image.extend(u32::try_from(data.len()).unwrap_or_default().to_be_bytes());
            image.extend(&checked);
            image.extend(crc32(&checked).to_be_bytes());
        }
        image
    }

    /// Rows of bits, light is one, each after its filter type 0.
    fn scanlines(&self, pixels: usize) -> Vec<u8> {
        let row_bytes = pixels.div_ceil(8);
        let mut lines = Vec::with_capacity(pixels * (row_bytes + 1));
        for y in 0..pixels {
            let mut line = vec![0xff; row_bytes];
            for x in (0..pixels).filter(|x| self.is_dark(x / SCALE, y / SCALE)) {
                line[x / 8] &= !(0x80 >> (x % 8));
            }
            lines.push(0);
            lines.extend(line);
        }
        lines
    }

    fn is_dark(&self, column: usize, row: usize) -> bool {
        let inside = QUIET_ZONE..QUIET_ZONE + self.size;
        let is_inside = inside.contains(&column) && inside.contains(&row);
        is_inside && self.dark[(row - QUIET_ZONE) * self.size + column - QUIET_ZONE]
    }
}

/// A zlib stream of stored blocks (RFC 1950, RFC 1951 section 3.2.4).
fn zlib_stored(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let blocks = data.chunks(MAX_BLOCK_BYTES);
    let last = blocks.len().saturating_sub(1);
    for (at, block) in blocks.enumerate() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        stream.push(u8::from(at == last));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in data {
        low = (low + u32::from(*byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    stream.extend((high << 16 | low).to_be_bytes());
    stream
}

/// The checksum of PNG chunks (PNG specification, annex D).
fn crc32(data: &[u8]) -> u32 {
    let shift = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !data.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| shift(crc)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_specifications() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(zlib_stored(b"Wikipedia")[16..], 0x11e6_0398_u32.to_be_bytes());
    }

    #[test]
    fn the_image_and_the_path_show_the_symbol() {
        let code = QrCode::of("otpauth://totp/a:b?secret=GEZDGNBVGY3TQOJQ").unwrap();
        let url = code.data_url();
        let image = STANDARD.decode(url.strip_prefix("data:image/png;base64,").unwrap()).unwrap();
        assert_eq!(image[..8], *b"\x89PNG\r\n\x1a\n");
        let pixels = code.side() * SCALE;
        assert_eq!(image[16..20], u32::try_from(pixels).unwrap().to_be_bytes());
        // The finder pattern begins at the corner of the quiet zone.
        let lines = code.scanlines(pixels);
        let bit = |x: usize, y: usize| lines[y * (pixels.div_ceil(8) + 1) + 1 + x / 8] >> (7 - x % 8) & 1;
        let corner = QUIET_ZONE * SCALE;
        assert_eq!([bit(corner, corner), bit(corner - 1, corner), bit(0, 0)], [0, 1, 1]);
        assert!(code.svg_path().starts_with("M4 4h7v1h-7z"), "{}", code.svg_path());
        assert!(QrCode::of(&"x".repeat(5000)).is_none());
    }
}
