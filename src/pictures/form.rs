//! What some bytes are, told by the bytes alone: no name and no announced type is believed.

use std::borrow::Cow;

use image::ImageFormat;

use super::rewriting::Fault;

/// The forms that are taken: those that cameras, telephones and browsers make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// JPEG (ITU-T T.81).
    Jpeg,
    /// PNG (W3C, third edition).
    Png,
    /// WebP (RFC 9649).
    Webp,
}

/// Pictures of other kinds, and where their mark stands.
const OTHERS: &[(usize, &[u8])] = &[
    (0, b"GIF8"),
    (0, b"BM"),
    (0, b"II*\0"),
    (0, b"MM\0*"),
    (0, b"\0\0\x01\0"),
    (0, b"\xff\x0a"),
    (0, b"8BPS"),
    // HEIC, AVIF and their kin.
    (4, b"ftyp"),
    (4, b"JXL "),
    (4, b"jP  "),
];

impl Form {
    /// The form of the picture that the bytes begin with.
    ///
    /// # Errors
    ///
    /// [`Fault::Unsupported`] for a picture of another kind, [`Fault::NotAPicture`] for anything else: an SVG is a document
    /// and may hold a program.
    pub fn of(bytes: &[u8]) -> Result<Self, Fault> {
        if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
            return Ok(Form::Jpeg);
        }
        if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            return Ok(Form::Png);
        }
        if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            return Ok(Form::Webp);
        }
        let other = OTHERS
            .iter()
            .any(|(at, mark)| bytes.get(*at..at + mark.len()) == Some(mark));
        Err(if other {
            Fault::Unsupported
        } else {
            Fault::NotAPicture
        })
    }

    pub(super) const fn format(self) -> ImageFormat {
        match self {
            Form::Jpeg => ImageFormat::Jpeg,
            Form::Png => ImageFormat::Png,
            Form::Webp => ImageFormat::WebP,
        }
    }

    /// The picture up to its own end: without what somebody may have put behind it, and of a PNG without all that may be
    /// packed and is not the picture, which a decoder would unpack.
    ///
    /// # Errors
    ///
    /// [`Fault::Truncated`] where the end is missing: the decoder of JPEG would fill the rest with grey.
    pub fn whole(self, bytes: &[u8]) -> Result<Cow<'_, [u8]>, Fault> {
        let whole = match self {
            Form::Jpeg => end_of_jpeg(bytes).and_then(|end| Some(bytes.get(..end)?.into())),
            Form::Png => chunks_of_png(bytes).map(Cow::from),
            Form::Webp => end_of_webp(bytes).and_then(|end| Some(bytes.get(..end)?.into())),
        };
        whole.ok_or(Fault::Truncated)
    }
}

fn number_at(bytes: &[u8], at: usize) -> Option<[u8; 4]> {
    bytes.get(at..at.checked_add(4)?)?.try_into().ok()
}

/// From segment to segment (T.81, B.1.1), so that no preview in the metadata is taken for the picture's end.
fn end_of_jpeg(bytes: &[u8]) -> Option<usize> {
    let mut at = 2;
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        let marker = *bytes.get(at + 1)?;
        match marker {
            // Fill.
            0xff => at += 1,
            0xd9 => return Some(at + 2),
            0x01 | 0xd0..=0xd7 => at += 2,
            _ => {
                let length = u16::from_be_bytes([*bytes.get(at + 2)?, *bytes.get(at + 3)?]);
                at += 2 + usize::from(length).max(2);
                if marker == 0xda {
                    at += scan_length(bytes.get(at..)?)?;
                }
            }
        }
    }
}

/// How long the coded data is that begins here: up to a marker that is neither a stuffed byte nor a restart.
fn scan_length(coded: &[u8]) -> Option<usize> {
    coded
        .windows(2)
        .position(|pair| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xd0..=0xd7 | 0xff))
}

/// What pixels need, and what says which way the camera was held.
const NEEDED: [&[u8; 4]; 6] = [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"eXIf"];

/// From chunk to chunk: length, name, data, checksum.
fn chunks_of_png(bytes: &[u8]) -> Option<Vec<u8>> {
    let (signature, mut rest) = bytes.split_at_checked(8)?;
    let mut needed = signature.to_vec();
    loop {
        let length = usize::try_from(u32::from_be_bytes(number_at(rest, 0)?)).ok()?;
        let name = number_at(rest, 4)?;
        let (chunk, after) = rest.split_at_checked(length.checked_add(12)?)?;
        if NEEDED.contains(&&name) {
            needed.extend_from_slice(chunk);
        }
        if &name == b"IEND" {
            return Some(needed);
        }
        rest = after;
    }
}

/// The container says how long it is, without its first eight bytes.
fn end_of_webp(bytes: &[u8]) -> Option<usize> {
    let length = usize::try_from(u32::from_le_bytes(number_at(bytes, 4)?)).ok()?;
    length.checked_add(8)
}
