//! Decoding within bounds, and writing anew: of what was sent, the pixels alone go on.

use std::{io::Cursor, sync::Arc};

use image::{
    DynamicImage, ImageDecoder, ImageError, ImageReader, Limits, RgbImage,
    codecs::jpeg::JpegEncoder,
    error::LimitErrorKind,
    imageops::{self, FilterType},
    metadata::Orientation,
};
use tokio::sync::Semaphore;

use super::{Rewritten, Size, form::Form, painting};

/// The most pixels on one side.
pub const LONGEST_SIDE: u32 = 16_384;
/// The most bytes of a picture that is decoded: 44 megapixels of 8 bits in three colours.
pub const MOST_DECODED: u64 = 128 << 20;
/// What a decoder may take besides, for what it needs on its way.
const MOST_TAKEN: u64 = 2 * MOST_DECODED;
/// How many are decoded at a time; more wait. Each may take some [`MOST_TAKEN`].
const AT_A_TIME: usize = 2;
/// From 1 to 100.
const QUALITY: u8 = 85;

/// Why a picture is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Not one at all.
    #[error("not a picture")]
    NotAPicture,
    /// A picture of a kind that is not taken.
    #[error("a picture of a kind that is not taken")]
    Unsupported,
    /// More pixels than are decoded.
    #[error("too many pixels")]
    TooManyPixels,
    /// It has no end.
    #[error("the picture breaks off")]
    Truncated,
    /// It cannot be decoded.
    #[error("the picture is damaged")]
    Damaged,
    /// No decoder could be had: not the picture's fault.
    #[error("no picture can be decoded now")]
    Busy,
}

/// The place where pictures are written anew. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Darkroom(Arc<Semaphore>);

impl Default for Darkroom {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_A_TIME)))
    }
}

impl Darkroom {
    /// Writes a picture anew, on a thread that may be long about it; waits for a place.
    ///
    /// # Errors
    ///
    /// [`Fault`]: what the picture is not.
    pub async fn rewrite(&self, bytes: Vec<u8>) -> Result<Rewritten, Fault> {
        // What is no picture at all waits for nobody.
        let form = Form::of(&bytes)?;
        self.work(move || rewrite(&bytes, form)).await
    }

    /// Makes a picture of nobody, the same for the same number, for a fictional world; waits for a place.
    ///
    /// # Errors
    ///
    /// [`Fault`]: never the picture's.
    pub async fn paint(&self, number: u64) -> Result<Rewritten, Fault> {
        self.work(move || in_sizes(painting::paint(number))).await
    }

    async fn work(
        &self,
        work: impl FnOnce() -> Result<Rewritten, Fault> + Send + 'static,
    ) -> Result<Rewritten, Fault> {
        let place = self.0.clone().acquire_owned().await;
        let place = place.map_err(|_| Fault::Busy)?;
        // Held by the work: whoever hangs up makes no room for more.
        let work = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(place);
            done
        });
        // A decoder that panics has met something that it does not know.
        work.await.unwrap_or(Err(Fault::Damaged))
    }
}

/// Decodes and writes anew.
fn rewrite(bytes: &[u8], form: Form) -> Result<Rewritten, Fault> {
    let (image, orientation) = decode(&form.whole(bytes)?, form)?;
    let mut large = fit(flat(shrunk(image)), Size::Large);
    large.apply_orientation(orientation);
    in_sizes(large)
}

/// A picture that is no larger than the largest, in all sizes.
fn in_sizes(large: DynamicImage) -> Result<Rewritten, Fault> {
    let medium = fit(large.clone(), Size::Medium);
    let small = fit(medium.clone(), Size::Small);
    Ok(Rewritten {
        width: large.width(),
        height: large.height(),
        files: [encode(&small)?, encode(&medium)?, encode(&large)?],
    })
}

fn decode(bytes: &[u8], form: Form) -> Result<(DynamicImage, Orientation), Fault> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_TAKEN);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), form.format());
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(fault)?;
    // All that is known yet is what the header says.
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(Fault::Damaged);
    }
    if decoder.total_bytes() > MOST_DECODED {
        return Err(Fault::TooManyPixels);
    }
    // Of the metadata this alone is read; where it cannot be, the picture is taken as it lies.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(fault)?;
    Ok((image, orientation))
}

fn fault(error: ImageError) -> Fault {
    match error {
        ImageError::Limits(error) if error.kind() == LimitErrorKind::DimensionError => {
            Fault::TooManyPixels
        }
        ImageError::Limits(error) if error.kind() == LimitErrorKind::InsufficientMemory => {
            Fault::TooManyPixels
        }
        ImageError::Unsupported(_) => Fault::Unsupported,
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Fault::Truncated
        }
        _ => Fault::Damaged,
    }
}

/// A large picture, shrunk quickly to twice what is kept, in the form that it came in: what follows needs more room.
fn shrunk(image: DynamicImage) -> DynamicImage {
    let most = 2 * Size::Large.longest();
    if image.width().max(image.height()) > most {
        image.thumbnail(most, most)
    } else {
        image
    }
}

/// Three colours of 8 bits, what was transparent on white.
fn flat(image: DynamicImage) -> DynamicImage {
    if !image.color().has_alpha() {
        return image.into_rgb8().into();
    }
    let image = image.into_rgba8();
    let flat = RgbImage::from_fn(image.width(), image.height(), |x, y| {
        let [red, green, blue, alpha] = image.get_pixel(x, y).0;
        let on_white = |colour: u8| {
            let (colour, alpha) = (u32::from(colour), u32::from(alpha));
            let mixed = (colour * alpha + 255 * (255 - alpha) + 127) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        image::Rgb([on_white(red), on_white(green), on_white(blue)])
    });
    flat.into()
}

/// The picture at a size, or as it is where it is smaller.
fn fit(image: DynamicImage, size: Size) -> DynamicImage {
    let (width, height) = (image.width(), image.height());
    let (longer, most) = (width.max(height), size.longest());
    if longer <= most {
        return image;
    }
    let scaled = |side: u32| {
        let side = u64::from(side) * u64::from(most) / u64::from(longer);
        u32::try_from(side).unwrap_or(most).max(1)
    };
    imageops::resize(
        &image.into_rgb8(),
        scaled(width),
        scaled(height),
        FilterType::CatmullRom,
    )
    .into()
}

fn encode(image: &DynamicImage) -> Result<Vec<u8>, Fault> {
    let mut file = Vec::new();
    image
        .write_with_encoder(JpegEncoder::new_with_quality(&mut file, QUALITY))
        .map_err(|_| Fault::Damaged)?;
    Ok(file)
}
