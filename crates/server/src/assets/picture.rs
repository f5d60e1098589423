//! Pictures of people are decoded, made small and encoded again (attack E9): what is served was written by our own encoder, and
//! nothing of the file is in it but its colours. Metadata, such as the place where a photo was taken, is gone.

use std::io::Cursor;

use axum::body::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

/// The kinds that are read, by their first bytes.
pub(crate) const FORMATS: [(ImageFormat, &str); 5] = [
    (ImageFormat::Jpeg, "image/jpeg"),
    (ImageFormat::Png, "image/png"),
    (ImageFormat::Gif, "image/gif"),
    (ImageFormat::WebP, "image/webp"),
    (ImageFormat::Bmp, "image/bmp"),
];

/// A photo of a usual phone; what unpacks to more is refused before it is unpacked.
const MAX_PIXELS: u64 = 25_000_000;
const MAX_SIDE: u32 = 16_384;
/// Memory for what is unpacked. Decoders need some for themselves beside it.
const MAX_UNPACKED_BYTES: u64 = 128 << 20;
/// The largest file that is stored.
pub(crate) const MAX_STORED_BYTES: usize = 1 << 20;
const JPEG_QUALITY: u8 = 85;

/// A picture that we encoded, ready to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    pub bytes: Bytes,
    pub format: StoredFormat,
}

/// The kinds that are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoredFormat {
    Jpeg,
    Png,
}

impl StoredFormat {
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
        }
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }

    /// The name of a file: ours, whatever the file was called.
    pub fn file_name(self) -> String {
        format!("picture.{}", self.extension())
    }

    /// Of a file that we named.
    pub fn of_key(key: &str) -> Option<Self> {
        [Self::Jpeg, Self::Png].into_iter().find(|format| key.ends_with(&format!(".{}", format.extension())))
    }
}

/// Why a file becomes no picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PictureError {
    #[error("it is of no kind that is read")]
    OtherKind,
    #[error("it unpacks to too much")]
    TooLarge,
    #[error("it can't be unpacked")]
    Broken,
}

impl From<ImageError> for PictureError {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Limits(_) => Self::TooLarge,
            _ => Self::Broken,
        }
    }
}

/// Decodes a file, which may be anything, and encodes what is seen, with sides of at most `max_side` pixels. Takes long: run it on
/// a thread of its own.
///
/// # Errors
/// The file is no picture of a known kind, or one that is broken or too large.
pub(crate) fn remake(file: &[u8], max_side: u32) -> Result<Picture, PictureError> {
    let source = format_of(file).ok_or(PictureError::OtherKind)?;
    let mut reader = ImageReader::with_format(Cursor::new(file), source);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_UNPACKED_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MAX_PIXELS || decoder.total_bytes() > MAX_UNPACKED_BYTES {
        return Err(PictureError::TooLarge);
    }
    if pixels == 0 {
        return Err(PictureError::Broken);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let decoded = DynamicImage::from_decoder(decoder)?;
    let mut picture = shrunk(decoded, max_side);
    picture.apply_orientation(orientation);
    let is_photo = matches!(source, ImageFormat::Jpeg | ImageFormat::WebP);
    loop {
        let encoded = encode(&picture, is_photo)?;
        let longest = picture.width().max(picture.height());
        if encoded.bytes.len() <= MAX_STORED_BYTES || longest <= 1 {
            return Ok(encoded);
        }
        picture = shrunk(picture, longest / 2);
    }
}

/// The kind of a file. Its name and what the sender says of it do not matter.
fn format_of(file: &[u8]) -> Option<ImageFormat> {
    let found = image::guess_format(file).ok()?;
    FORMATS.iter().map(|(format, _)| *format).find(|format| *format == found)
}

fn shrunk(picture: DynamicImage, max_side: u32) -> DynamicImage {
    match picture.width().max(picture.height()) > max_side {
        true => picture.thumbnail(max_side, max_side),
        false => picture,
    }
}

/// Photos become JPEG, drawings and what one can see through PNG.
fn encode(picture: &DynamicImage, is_photo: bool) -> Result<Picture, PictureError> {
    let is_opaque = !picture.color().has_alpha() || picture.to_rgba8().pixels().all(|pixel| pixel[3] == u8::MAX);
    let mut bytes = Vec::new();
    let format = if is_photo && is_opaque {
        JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY).encode_image(&picture.to_rgb8())?;
        StoredFormat::Jpeg
    } else {
        let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive);
        match is_opaque {
            true => picture.to_rgb8().write_with_encoder(encoder)?,
            false => picture.to_rgba8().write_with_encoder(encoder)?,
        }
        StoredFormat::Png
    };
    Ok(Picture { bytes: bytes.into(), format })
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    use super::*;

    fn file(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// Red at the left, blue at the right.
    fn flag(width: u32, height: u32) -> DynamicImage {
        let color = |x: u32| if x < width / 2 { Rgb([220, 20, 20]) } else { Rgb([20, 20, 220]) };
        DynamicImage::from(RgbImage::from_fn(width, height, |x, _| color(x)))
    }

    fn read(picture: &Picture) -> DynamicImage {
        let format = if picture.format == StoredFormat::Png { ImageFormat::Png } else { ImageFormat::Jpeg };
        image::load_from_memory_with_format(&picture.bytes, format).unwrap()
    }

    fn is_red(picture: &DynamicImage, x: u32, y: u32) -> bool {
        let Rgb([red, _, blue]) = picture.to_rgb8()[(x, y)];
        red > blue
    }

    #[test]
    fn every_kind_is_read_and_made_small() {
        for (format, _) in FORMATS {
            let made = remake(&file(&flag(1200, 600), format), 512).unwrap();
            let is_photo = matches!(format, ImageFormat::Jpeg | ImageFormat::WebP);
            assert_eq!(made.format, if is_photo { StoredFormat::Jpeg } else { StoredFormat::Png }, "{format:?}");
            let seen = read(&made);
            assert_eq!((seen.width(), seen.height()), (512, 256), "{format:?}");
            assert!(is_red(&seen, 10, 10) && !is_red(&seen, 500, 10), "{format:?}");
        }
        assert_eq!(read(&remake(&file(&flag(3, 2), ImageFormat::Png), 512).unwrap()).width(), 3, "nothing is blown up");
    }

    #[test]
    fn what_one_can_see_through_stays_so() {
        let clear = DynamicImage::from(RgbaImage::from_pixel(8, 8, Rgba([9, 9, 9, 0])));
        for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
            let made = remake(&file(&clear, format), 512).unwrap();
            assert_eq!((made.format, read(&made).to_rgba8()[(1, 1)][3]), (StoredFormat::Png, 0), "{format:?}");
        }
        let opaque = DynamicImage::from(RgbaImage::from_pixel(8, 8, Rgba([9, 9, 9, 255])));
        assert_eq!(remake(&file(&opaque, ImageFormat::WebP), 512).unwrap().format, StoredFormat::Jpeg);
    }

    #[test]
    fn a_stored_file_is_never_larger_than_a_mebibyte() {
        let mut seed = 1_u32;
        let mut noise = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 24) as u8
        };
        let noisy = DynamicImage::from(RgbImage::from_fn(1024, 1024, |_, _| Rgb([noise(), noise(), noise()])));
        let made = remake(&file(&noisy, ImageFormat::Png), 1024).unwrap();
        assert!(made.bytes.len() <= MAX_STORED_BYTES, "{}", made.bytes.len());
        assert_eq!(read(&made).width(), 512);
    }

    /// The bytes of a JPEG file with an Exif segment (Exif 2.3, section 4.5.4) that says how it was held.
    fn with_orientation(jpeg: &[u8], orientation: u8) -> Vec<u8> {
        let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0".to_vec();
        exif.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0]);
        exif.extend(b"GPS 52.5200 N 13.4050 E <script>alert(1)</script>");
        let mut out = jpeg[..2].to_vec();
        out.extend([0xff, 0xe1]);
        out.extend(u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
        out.extend(exif);
        out.extend(&jpeg[2..]);
        out
    }

    #[test]
    fn e9_a_photo_is_turned_upright_and_its_metadata_is_gone() {
        let photo = file(&flag(64, 32), ImageFormat::Jpeg);
        let made = remake(&with_orientation(&photo, 6), 512).unwrap();
        let seen = read(&made);
        assert_eq!((seen.width(), seen.height()), (32, 64), "held upright");
        assert!(is_red(&seen, 16, 5) && !is_red(&seen, 16, 60), "turned clockwise");
        for trace in [&b"Exif"[..], b"GPS", b"script"] {
            assert!(!made.bytes.windows(trace.len()).any(|part| part == trace), "{trace:?}");
        }
    }

    #[test]
    fn e9_what_is_no_picture_is_refused() {
        let png = file(&flag(64, 32), ImageFormat::Png);
        let jpeg = file(&flag(64, 32), ImageFormat::Jpeg);
        for (what, bytes) in [
            ("nothing", vec![]),
            ("SVG", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".to_vec()),
            ("HTML", b"<!doctype html><script>alert(1)</script>".to_vec()),
            ("an icon", b"\0\0\x01\0\x01\0".to_vec()),
            ("TIFF", b"II*\0\x08\0\0\0".to_vec()),
            ("PDF", b"%PDF-1.7".to_vec()),
        ] {
            assert_eq!(remake(&bytes, 512), Err(PictureError::OtherKind), "{what}");
        }
        for (what, bytes) in [
            ("half of a PNG file", png[..png.len() / 2].to_vec()),
            ("the head of a JPEG file", jpeg[..20].to_vec()),
            ("a GIF file that is HTML", b"GIF89a/*<svg/onload=alert(1)>*/=1;".to_vec()),
            ("a bitmap that is a script", b"BM=1;alert(1)//".to_vec()),
        ] {
            assert!(remake(&bytes, 512).is_err(), "{what}");
        }
    }

    /// A PNG file that says it has these sides, and has no pixels.
    fn claimed(width: u32, height: u32) -> Vec<u8> {
        let mut png = file(&flag(1, 1), ImageFormat::Png);
        png[16..20].copy_from_slice(&width.to_be_bytes());
        png[20..24].copy_from_slice(&height.to_be_bytes());
        let mut check = u32::MAX;
        for byte in &png[12..29] {
            check ^= u32::from(*byte);
            for _ in 0..8 {
                check = if check & 1 == 1 { check >> 1 ^ 0xedb8_8320 } else { check >> 1 };
            }
        }
        png[29..33].copy_from_slice(&(!check).to_be_bytes());
        png
    }

    #[test]
    fn e9_a_decompression_bomb_is_refused_before_it_is_unpacked() {
        for (width, height) in [(16_384, 16_384), (5_001, 5_000), (100_000, 1), (1, 100_000), (u32::MAX >> 1, 2)] {
            let refused = remake(&claimed(width, height), 512);
            assert_eq!(refused, Err(PictureError::TooLarge), "{width} x {height}");
        }
        assert_eq!(remake(&claimed(5_000, 5_000), 512), Err(PictureError::Broken), "within the limit, but empty");
        let at = |file: &[u8], mark: &[u8]| file.windows(mark.len()).position(|part| part == mark).unwrap();
        for format in [ImageFormat::Bmp, ImageFormat::Gif, ImageFormat::WebP, ImageFormat::Jpeg] {
            let mut bomb = file(&flag(16, 16), format);
            // Where each format says that it has 6,000 by 6,000 pixels.
            let (place, sides) = match format {
                ImageFormat::Bmp => (18, [6_000_u32.to_le_bytes(), 6_000_u32.to_le_bytes()].concat()),
                ImageFormat::Gif => (6, [6_000_u16.to_le_bytes(), 6_000_u16.to_le_bytes()].concat()),
                ImageFormat::WebP => (at(&bomb, b"VP8L") + 9, (5_999_u32 | 5_999 << 14).to_le_bytes().to_vec()),
                _ => (at(&bomb, &[0xff, 0xc0]) + 5, [6_000_u16.to_be_bytes(), 6_000_u16.to_be_bytes()].concat()),
            };
            bomb[place..place + sides.len()].copy_from_slice(&sides);
            assert_eq!(remake(&bomb, 512), Err(PictureError::TooLarge), "{format:?}");
        }
    }
}
