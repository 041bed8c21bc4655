//! What is sent to do harm.

use std::time::{Duration, Instant};

use image::{DynamicImage, GrayImage, Luma};

use super::made::{chunk, clean, jpeg, opened, png, rewritten, segment, with_chunks};
use super::red;
use crate::pictures::{
    Size,
    rewriting::{Darkroom, Fault},
};

async fn refused(bytes: Vec<u8>) -> Fault {
    let begun = Instant::now();
    let fault = rewritten(bytes).await.unwrap_err();
    // What is refused is refused before it is decoded.
    assert!(begun.elapsed() < Duration::from_secs(5));
    fault
}

/// A PNG's beginning, with as many pixels as it says.
fn claims(width: u32, height: u32, depth: u8, colours: u8) -> Vec<u8> {
    let header = [
        &width.to_be_bytes()[..],
        &height.to_be_bytes(),
        &[depth, colours, 0, 0, 0],
    ]
    .concat();
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &header),
        chunk(b"IDAT", b"\x78\x9c\x03\0\0\0\0\x01"),
        chunk(b"IEND", b""),
    ]
    .concat()
}

#[tokio::test]
async fn a_picture_that_claims_to_be_huge_is_not_decoded() {
    for (width, height, depth, colours) in [
        (60_000, 60_000, 8, 6),
        (u32::MAX, 1, 8, 2),
        (i32::MAX.unsigned_abs(), i32::MAX.unsigned_abs(), 16, 6),
        (16_385, 1, 1, 0),
        (1, 16_385, 1, 0),
        // Within either side's bound, and more than is decoded.
        (16_000, 16_000, 8, 0),
        (8_000, 4_000, 16, 2),
    ] {
        let fault = refused(claims(width, height, depth, colours)).await;
        assert_eq!(fault, Fault::TooManyPixels, "{width} {height}");
    }
    assert_eq!(refused(claims(0, 5, 8, 2)).await, Fault::Damaged);
    // The frame's height and width stand behind its length and depth.
    let mut bytes = jpeg(&red(8, 8));
    let frame = bytes.windows(2).position(|it| it == [0xff, 0xc0]).unwrap();
    bytes[frame + 5..frame + 9].copy_from_slice(&[0x3f, 0xff, 0x3f, 0xff]);
    assert_eq!(refused(bytes.clone()).await, Fault::TooManyPixels);
    bytes[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    assert_eq!(refused(bytes).await, Fault::TooManyPixels);
}

/// Sixty megabytes out of sixty thousand bytes: within the bounds it is a picture as any other.
#[tokio::test]
async fn what_is_packed_tightly_is_decoded_within_bounds() {
    let image: DynamicImage = GrayImage::from_pixel(8_000, 8_000, Luma([7])).into();
    let bytes = png(&image);
    drop(image);
    assert!(bytes.len() < 1 << 20, "{}", bytes.len());
    let picture = rewritten(bytes).await.unwrap();
    assert_eq!((picture.width(), picture.height()), (1_600, 1_600));
    assert!(opened(picture.file(Size::Small)).get_pixel(9, 9).0[0] < 12);
}

/// Metadata may be packed, too: four hundred megabytes of colour profile and of text.
#[tokio::test]
async fn packed_metadata_is_not_unpacked() {
    let image: DynamicImage = GrayImage::from_pixel(10_000, 10_000, Luma([0])).into();
    let packed = png(&image);
    drop(image);
    let at = packed.windows(4).position(|it| it == b"IDAT").unwrap();
    let length = u32::from_be_bytes(packed[at - 4..at].try_into().unwrap());
    let data = &packed[at + 4..at + 4 + usize::try_from(length).unwrap()];
    let profile = chunk(b"iCCP", &[b"p\0\0", data].concat());
    let text = chunk(b"zTXt", &[b"Comment\0\0", data].concat());
    let texts = vec![text; 4];
    for chunks in [vec![profile], texts] {
        let begun = Instant::now();
        let picture = rewritten(with_chunks(&png(&red(9, 9)), &chunks)).await;
        clean(picture.unwrap().file(Size::Large));
        assert!(begun.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn what_is_no_picture_is_none_whatever_it_is_called() {
    for bytes in [
        &b""[..],
        b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>",
        b"<?xml version=\"1.0\"?><!DOCTYPE svg [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><svg>&a;</svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"PK\x03\x04 a ZIP or a JAR",
        b"%PDF-1.7",
        b"#!/bin/sh\necho",
        b"RIFF\x24\0\0\0WAVEfmt ",
        b"push graphic-context\nviewbox 0 0 640 480\nfill 'url(https://example.com/)'",
    ] {
        assert_eq!(refused(bytes.to_vec()).await, Fault::NotAPicture);
    }
}

#[tokio::test]
async fn pictures_of_other_kinds_are_told_so() {
    for bytes in [
        &b"GIF89a\x01\0\x01\0\0\0\0;"[..],
        // A picture to a browser, and a program to Java.
        b"GIF87a\x01\0\x01\0\0\0\0;PK\x03\x04",
        b"BM\x3a\0\0\0",
        b"II*\0\x08\0\0\0",
        b"MM\0*\0\0\0\x08",
        b"\0\0\0\x18ftypheic\0\0\0\0",
        b"\0\0\0\x1cftypavif\0\0\0\0",
    ] {
        assert_eq!(refused(bytes.to_vec()).await, Fault::Unsupported);
    }
}

/// Files that are a picture to one reader and something else to another: the something else does not come out.
#[tokio::test]
async fn a_file_of_two_kinds_comes_out_as_a_picture_alone() {
    let page = b"<html><script>alert(document.cookie)</script></html>";
    let archive = b"PK\x03\x04META-INF/MANIFEST.MFPK\x05\x06\0\0\0\0";
    let image = red(30, 20);
    let comment = super::made::with_segments(&jpeg(&image), &[segment(0xfe, page)]);
    for (bytes, other) in [
        ([&jpeg(&image)[..], page].concat(), &page[..]),
        ([&jpeg(&image)[..], archive].concat(), archive),
        ([&png(&image)[..], page].concat(), page),
        ([&png(&image)[..], archive].concat(), archive),
        (comment, page),
    ] {
        let picture = rewritten(bytes).await.unwrap();
        for size in Size::ALL {
            let file = picture.file(size);
            clean(file);
            assert!(!file.windows(other.len()).any(|part| part == other));
            assert!(!file.windows(2).any(|part| part == b"PK" || part == b"<h"));
        }
    }
}

#[tokio::test]
async fn only_a_few_are_decoded_at_a_time_and_all_of_them_in_the_end() {
    let room = Darkroom::default();
    let bytes = jpeg(&red(900, 600));
    let tasks: Vec<_> = (0..12)
        .map(|_| {
            let (room, bytes) = (room.clone(), bytes.clone());
            tokio::spawn(async move { room.rewrite(bytes).await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap().width(), 900);
    }
}
