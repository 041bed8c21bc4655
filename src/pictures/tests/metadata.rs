//! Nothing goes on of what a file says besides its pixels.

use super::made::{
    chunk, clean, exif, jpeg, png, rewritten, segment, webp, with_chunks, with_segments,
};
use super::red;
use crate::pictures::Size;

/// A text that stands in no picture by chance.
const CANARY: &str = "52.3731N 4.8922E canary";

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|part| part == text.as_bytes())
}

async fn nothing_is_left(bytes: Vec<u8>) {
    assert!(holds(&bytes, CANARY), "the test is about something");
    let picture = rewritten(bytes).await.unwrap();
    for size in Size::ALL {
        let file = picture.file(size);
        clean(file);
        assert!(!holds(file, "canary") && !holds(file, "Exif"));
    }
}

#[tokio::test]
async fn where_it_was_taken_is_in_no_size() {
    let position = exif(6, CANARY);
    let segment = segment(0xe1, &[b"Exif\0\0", &position[..]].concat());
    nothing_is_left(with_segments(&jpeg(&red(30, 20)), &[segment])).await;
    nothing_is_left(with_chunks(
        &png(&red(30, 20)),
        &[chunk(b"eXIf", &position)],
    ))
    .await;
    nothing_is_left(webp_with(b"EXIF", &position)).await;
}

/// A WebP in the extended form, with one more chunk.
fn webp_with(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let plain = webp(&red(30, 20));
    let flags = if name == b"EXIF" { 0x08 } else { 0x04 };
    let mut extended = b"VP8X\x0a\0\0\0".to_vec();
    extended.extend([flags, 0, 0, 0, 29, 0, 0, 19, 0, 0]);
    extended.extend(&plain[12..]);
    extended.extend(name);
    extended.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    extended.extend(data);
    if data.len() % 2 == 1 {
        extended.push(0);
    }
    let length = u32::try_from(extended.len() + 4).unwrap();
    [&b"RIFF"[..], &length.to_le_bytes(), b"WEBP", &extended].concat()
}

#[tokio::test]
async fn no_other_words_are_left() {
    let profile = [b"ICC_PROFILE\0\x01\x01", CANARY.as_bytes()].concat();
    let packet = [b"http://ns.adobe.com/xap/1.0/\0", CANARY.as_bytes()].concat();
    let iptc = [
        b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x20",
        CANARY.as_bytes(),
    ]
    .concat();
    for (marker, data) in [
        (0xe1, packet),
        (0xe2, profile),
        (0xed, iptc),
        (0xfe, CANARY.as_bytes().to_vec()),
        (0xef, CANARY.as_bytes().to_vec()),
    ] {
        let segment = segment(marker, &data);
        nothing_is_left(with_segments(&jpeg(&red(30, 20)), &[segment])).await;
    }
    for (name, keyword) in [
        (b"tEXt", &b"Comment\0"[..]),
        (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0"),
        (b"prVt", b""),
    ] {
        let data = [keyword, CANARY.as_bytes()].concat();
        nothing_is_left(with_chunks(&png(&red(30, 20)), &[chunk(name, &data)])).await;
    }
    nothing_is_left(webp_with(b"XMP ", CANARY.as_bytes())).await;
}

/// A preview inside the metadata is a picture of its own, often of what was cut away.
#[tokio::test]
async fn a_preview_is_not_taken_for_the_picture_nor_for_its_end() {
    let preview = jpeg(&red(2, 2));
    let data = [b"Exif\0\0", &preview[..], CANARY.as_bytes()].concat();
    let bytes = with_segments(&jpeg(&red(30, 20)), &[segment(0xe1, &data)]);
    nothing_is_left(bytes.clone()).await;
    let picture = rewritten(bytes).await.unwrap();
    assert_eq!((picture.width(), picture.height()), (30, 20));
}

/// What is put behind a picture's end, as a second picture or a depth map, is not looked at.
#[tokio::test]
async fn nothing_behind_the_end_is_left() {
    for bytes in [jpeg(&red(30, 20)), png(&red(30, 20)), webp(&red(30, 20))] {
        nothing_is_left([&bytes[..], CANARY.as_bytes()].concat()).await;
    }
}

/// Two cameras' files of the same pixels come to the same bytes: nothing tells which it was.
#[tokio::test]
async fn the_same_pixels_become_the_same_files() {
    let plain = png(&red(30, 20));
    let told = with_chunks(&plain, &[chunk(b"tEXt", b"Software\0of one camera alone")]);
    let (one, other) = (rewritten(plain).await, rewritten(told).await);
    let (one, other) = (one.unwrap(), other.unwrap());
    for size in Size::ALL {
        assert_eq!(one.file(size), other.file(size));
    }
}
