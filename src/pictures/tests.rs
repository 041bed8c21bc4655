//! What comes out of the darkroom, whatever goes in.

mod hostile;
mod made;
mod metadata;
mod shelf;

use image::{DynamicImage, GrayImage, ImageBuffer, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use made::{clean, jpeg, opened, oriented, png, rewritten, webp};
use proptest::prelude::*;

use super::{Size, rewriting::Fault};

fn red(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_pixel(width, height, Rgb([200, 30, 40])).into()
}

fn near(found: [u8; 3], wanted: [u8; 3]) -> bool {
    let pairs = found.into_iter().zip(wanted);
    pairs.fold(true, |near, (a, b)| near && a.abs_diff(b) <= 12)
}

#[tokio::test]
async fn each_form_becomes_three_sizes_of_the_same_picture() {
    let image = red(2_000, 1_000);
    for bytes in [jpeg(&image), png(&image), webp(&image)] {
        let picture = rewritten(bytes).await.unwrap();
        assert_eq!((picture.width(), picture.height()), (1_600, 800));
        for (size, wanted) in [
            (Size::Small, (160, 80)),
            (Size::Medium, (640, 320)),
            (Size::Large, (1_600, 800)),
        ] {
            let file = picture.file(size);
            clean(file);
            let image = opened(file);
            assert_eq!(image.dimensions(), wanted);
            assert!(near(image.get_pixel(3, 3).0, [200, 30, 40]));
        }
    }
}

#[tokio::test]
async fn what_is_small_or_thin_stays_as_large_as_it_is() {
    let picture = rewritten(jpeg(&red(1, 1))).await.unwrap();
    for size in Size::ALL {
        assert_eq!(opened(picture.file(size)).dimensions(), (1, 1));
    }
    let picture = rewritten(png(&red(4_000, 1))).await.unwrap();
    assert_eq!(opened(picture.file(Size::Large)).dimensions(), (1_600, 1));
    assert_eq!(opened(picture.file(Size::Small)).dimensions(), (160, 1));
}

#[tokio::test]
async fn grey_sixteen_bits_and_four_inks_become_three_colours() {
    let grey: DynamicImage = GrayImage::from_pixel(9, 7, Luma([90])).into();
    let deep: ImageBuffer<Rgb<u16>, Vec<u16>> =
        ImageBuffer::from_pixel(9, 7, Rgb([51_400, 7_710, 10_280]));
    for (bytes, wanted) in [
        (jpeg(&grey), [90, 90, 90]),
        (png(&grey), [90, 90, 90]),
        (png(&DynamicImage::from(deep)), [200, 30, 40]),
    ] {
        let picture = rewritten(bytes).await.unwrap();
        for size in Size::ALL {
            clean(picture.file(size));
            let image = opened(picture.file(size));
            assert!(near(image.get_pixel(4, 4).0, wanted));
        }
    }
    let picture = rewritten(made::four_inks()).await.unwrap();
    clean(picture.file(Size::Large));
    let image = opened(picture.file(Size::Large));
    assert_eq!(image.dimensions(), (8, 8));
    // Half of each ink: some grey, darker than half.
    let [r, g, b] = image.get_pixel(4, 4).0;
    assert!(r < 128 && near([r, r, r], [r, g, b]), "{r} {g} {b}");
}

#[tokio::test]
async fn what_is_transparent_is_white_and_what_lies_hidden_beneath_is_gone() {
    let hidden = RgbaImage::from_pixel(64, 64, Rgba([0, 0, 0, 0]));
    let half = RgbaImage::from_pixel(64, 64, Rgba([200, 0, 0, 128]));
    for (image, wanted) in [(hidden, [255, 255, 255]), (half, [227, 127, 127])] {
        let image = DynamicImage::from(image);
        for bytes in [png(&image), webp(&image)] {
            let picture = rewritten(bytes).await.unwrap();
            for size in Size::ALL {
                let found = opened(picture.file(size)).get_pixel(20, 20).0;
                assert!(near(found, wanted), "{found:?}");
            }
        }
    }
}

/// Exif 2.32, 4.6.4: where the first row and the first column are shown.
#[tokio::test]
async fn a_picture_stands_upright_whichever_way_the_camera_was_held() {
    const TOP_LEFT: (u32, u32) = (0, 0);
    const TOP_RIGHT: (u32, u32) = (1, 0);
    const BOTTOM_LEFT: (u32, u32) = (0, 1);
    const BOTTOM_RIGHT: (u32, u32) = (1, 1);
    let (red, green) = ([220, 20, 20], [20, 200, 20]);
    let stored = RgbImage::from_fn(80, 40, |x, y| match (x < 40, y < 20) {
        (true, true) => Rgb(red),
        (false, true) => Rgb(green),
        (true, false) => Rgb([20, 20, 220]),
        (false, false) => Rgb([240, 240, 240]),
    });
    for (orientation, red_at, green_at) in [
        (1, TOP_LEFT, TOP_RIGHT),
        (2, TOP_RIGHT, TOP_LEFT),
        (3, BOTTOM_RIGHT, BOTTOM_LEFT),
        (4, BOTTOM_LEFT, BOTTOM_RIGHT),
        (5, TOP_LEFT, BOTTOM_LEFT),
        (6, TOP_RIGHT, BOTTOM_RIGHT),
        (7, BOTTOM_RIGHT, TOP_RIGHT),
        (8, BOTTOM_LEFT, TOP_LEFT),
    ] {
        let bytes = oriented(&stored.clone().into(), orientation);
        let picture = rewritten(bytes).await.unwrap();
        for size in Size::ALL {
            let image = opened(picture.file(size));
            let (width, height) = image.dimensions();
            assert_eq!(width > height, orientation < 5, "{orientation}");
            let quarter = |(x, y): (u32, u32)| {
                let at = |side: u32, half: u32| side / 4 + half * side / 2;
                image.get_pixel(at(width, x), at(height, y)).0
            };
            assert!(near(quarter(red_at), red), "{orientation}");
            assert!(near(quarter(green_at), green), "{orientation}");
            clean(picture.file(size));
        }
    }
}

#[tokio::test]
async fn a_direction_that_does_not_exist_is_none() {
    for orientation in [0, 9, 255] {
        let bytes = oriented(&red(20, 10), orientation);
        let picture = rewritten(bytes).await.unwrap();
        assert_eq!((picture.width(), picture.height()), (20, 10));
    }
}

#[tokio::test]
async fn a_picture_that_breaks_off_is_refused_wherever_it_does() {
    let image = red(60, 40);
    for whole in [jpeg(&image), png(&image), webp(&image)] {
        for left in 12..whole.len() {
            let fault = rewritten(whole[..left].to_vec()).await.unwrap_err();
            assert!(
                matches!(fault, Fault::Truncated | Fault::Damaged),
                "{left}: {fault:?}"
            );
        }
        for left in 0..3 {
            let fault = rewritten(whole[..left].to_vec()).await.unwrap_err();
            assert_eq!(fault, Fault::NotAPicture);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// No panic reaches whoever waits, and whatever is accepted is written anew.
    #[test]
    fn whatever_is_changed_it_is_refused_or_comes_out_clean(
        form in 0_usize..3,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let image = red(24, 16);
        let mut bytes = [jpeg(&image), png(&image), webp(&image)][form].clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        if let Ok(picture) = runtime.block_on(rewritten(bytes)) {
            for size in Size::ALL {
                clean(picture.file(size));
            }
        }
    }

    #[test]
    fn whatever_comes_is_told_in_time(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        prop_assert!(runtime.block_on(rewritten(bytes)).is_err());
    }
}
