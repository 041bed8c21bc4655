//! Pictures that show nobody: hills beneath a sun, for a fictional world.

use image::{DynamicImage, Rgb, RgbImage};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng as _, SeedableRng as _},
};

/// Pixels from side to side and from top to bottom.
const SIZE: (u32, u32) = (640, 480);

/// The same picture for the same number.
pub(super) fn paint(number: u64) -> DynamicImage {
    let mut rng = ChaCha8Rng::seed_from_u64(number);
    let mut part = || f64::from(rng.next_u32()) / f64::from(u32::MAX);
    let mut colour = |dark: f64| [(); 3].map(|()| (60.0 + 190.0 * part()) * dark);
    let (above, below) = (colour(1.0), colour(1.0));
    let hills = [colour(0.8), colour(0.6), colour(0.4)];
    let sun = (part(), 0.15 + 0.3 * part(), 0.05 + 0.08 * part());
    let waves = [(); 3].map(|()| (1.0 + 3.0 * part(), 6.3 * part()));
    let (width, height) = (f64::from(SIZE.0), f64::from(SIZE.1));
    RgbImage::from_fn(SIZE.0, SIZE.1, |x, y| {
        let (x, y) = (f64::from(x) / width, f64::from(y) / height);
        let mut shown = mix(above, below, y);
        if (x - sun.0).hypot((y - sun.1) * height / width) < sun.2 {
            shown = mix(shown, [255.0, 244.0, 214.0], 0.9);
        }
        for (nth, (hill, (length, shift))) in (0..).zip(hills.iter().zip(waves)) {
            let top = 0.5 + 0.16 * f64::from(nth) + 0.06 * (x * length * 3.1 + shift).sin();
            if y > top {
                shown = *hill;
            }
        }
        Rgb(shown.map(|colour| colour.round() as u8))
    })
    .into()
}

fn mix(one: [f64; 3], other: [f64; 3], part: f64) -> [f64; 3] {
    let mut mixed = one;
    for (to, from) in mixed.iter_mut().zip(other) {
        *to += (from - *to) * part;
    }
    mixed
}
