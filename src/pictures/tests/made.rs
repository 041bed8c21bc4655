//! Pictures made for the tests, and their parts.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, RgbImage};

use crate::pictures::{
    Rewritten,
    rewriting::{Darkroom, Fault},
};

pub(super) async fn rewritten(bytes: Vec<u8>) -> Result<Rewritten, Fault> {
    Darkroom::default().rewrite(bytes).await
}

fn written(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    image.write_to(&mut file, format).unwrap();
    file.into_inner()
}

pub(super) fn jpeg(image: &DynamicImage) -> Vec<u8> {
    written(image, ImageFormat::Jpeg)
}

pub(super) fn png(image: &DynamicImage) -> Vec<u8> {
    written(image, ImageFormat::Png)
}

pub(super) fn webp(image: &DynamicImage) -> Vec<u8> {
    written(image, ImageFormat::WebP)
}

pub(super) fn opened(file: &[u8]) -> RgbImage {
    image::load_from_memory(file).unwrap().into_rgb8()
}

/// A JPEG's segment with its marker and length.
pub(super) fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker][..], &length, data].concat()
}

/// The JPEG with more segments behind its beginning.
pub(super) fn with_segments(jpeg: &[u8], segments: &[Vec<u8>]) -> Vec<u8> {
    [&jpeg[..2], &segments.concat(), &jpeg[2..]].concat()
}

/// A PNG's chunk with its length and checksum.
pub(super) fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    let named = [&name[..], data].concat();
    let sum = named.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ if sum & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    });
    [&length[..], &named, &(!sum).to_be_bytes()].concat()
}

/// The PNG with more chunks behind its header.
pub(super) fn with_chunks(png: &[u8], chunks: &[Vec<u8>]) -> Vec<u8> {
    // The signature, and the header's length, name, thirteen bytes and checksum.
    let (header, rest) = png.split_at(8 + 25);
    [header, &chunks.concat(), rest].concat()
}

/// What says TIFF with an orientation, and with a position that holds `canary`.
pub(super) fn exif(orientation: u8, canary: &str) -> Vec<u8> {
    let mut tiff = b"MM\0*\0\0\0\x08".to_vec();
    let place = 8 + 2 + 2 * 12 + 4;
    tiff.extend_from_slice(&[0, 2]);
    // Orientation, one short.
    tiff.extend_from_slice(&[0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
    // The position's own directory.
    tiff.extend_from_slice(&[0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, place]);
    tiff.extend_from_slice(&[0; 4]);
    // GPSDestLatitudeRef or whatever has room for a text: GPSAreaInformation.
    let length = u8::try_from(canary.len()).unwrap();
    tiff.extend_from_slice(&[0, 1]);
    tiff.extend_from_slice(&[0, 0x1c, 0, 7, 0, 0, 0, length, 0, 0, 0, place + 2 + 12 + 4]);
    tiff.extend_from_slice(&[0; 4]);
    tiff.extend_from_slice(canary.as_bytes());
    tiff
}

/// A JPEG whose EXIF says how the camera was held.
pub(super) fn oriented(image: &DynamicImage, orientation: u8) -> Vec<u8> {
    let exif = [b"Exif\0\0", &exif(orientation, "nowhere")[..]].concat();
    with_segments(&jpeg(image), &[segment(0xe1, &exif)])
}

/// A JPEG of 8 by 8 pixels in cyan, magenta, yellow and black, half of each.
pub(super) fn four_inks() -> Vec<u8> {
    let mut file = vec![0xff, 0xd8];
    file.extend(segment(0xee, b"Adobe\0\x64\0\0\0\0\0"));
    file.extend(segment(0xdb, &[&[0][..], &[1; 64]].concat()));
    let components: Vec<u8> = (1..=4).flat_map(|it| [it, 0x11, 0]).collect();
    let frame = [&[8, 0, 8, 0, 8, 4][..], &components].concat();
    file.extend(segment(0xc0, &frame));
    // One code of one bit in either table: no difference, and the block's end.
    for table in [0x00, 0x10] {
        let mut counts = [0; 16];
        counts[0] = 1;
        file.extend(segment(0xc4, &[&[table][..], &counts, &[0]].concat()));
    }
    let scan: Vec<u8> = (1..=4).flat_map(|it| [it, 0x00]).collect();
    file.extend(segment(0xda, &[&[4][..], &scan, &[0, 63, 0]].concat()));
    file.push(0);
    file.extend([0xff, 0xd9]);
    file
}

/// Makes sure that a file is a JPEG of what pixels need and nothing else, from its first byte to its last.
pub(super) fn clean(file: &[u8]) {
    assert_eq!(file[..2], [0xff, 0xd8]);
    let mut at = 2;
    loop {
        assert_eq!(file[at], 0xff);
        let marker = file[at + 1];
        let length = usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]]));
        let data = &file[at + 4..at + 2 + length];
        at += 2 + length;
        match marker {
            // What says that it is a JPEG, without a preview.
            0xe0 => assert!(data.starts_with(b"JFIF\0") && data.len() == 14),
            0xc0 | 0xc4 | 0xdb => {}
            0xda => break,
            _ => panic!("a segment {marker:x}"),
        }
    }
    let end = file[at..]
        .windows(2)
        .position(|pair| pair[0] == 0xff && pair[1] != 0)
        .unwrap();
    assert_eq!(file[at + end..], [0xff, 0xd9]);
}
