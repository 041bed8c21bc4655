use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use chrono::DateTime;
use lettre::Message;
use proptest::prelude::*;

use super::{
    carrier::{Carrier, Failure},
    letters::{Occasion, Sender, Unwritable, write},
    maildir::Maildir,
};
use crate::domain::{
    email::Email,
    mail::{LinkKind, MailKind},
    notice::{Category, NoticeKind},
};

fn sender() -> Sender {
    Sender {
        from: "Letterlock <letters@letterlock.example>".parse().unwrap(),
        site: "https://letterlock.example".to_owned(),
    }
}

fn mail(kind: NoticeKind, to: &str) -> Result<Message, Unwritable> {
    mail_of(MailKind::Told(kind), to)
}

fn mail_of(kind: MailKind, to: &str) -> Result<Message, Unwritable> {
    let to = Email::stored(to.to_owned());
    let occasion = Occasion {
        id: 0x1234,
        kind,
        link: "abc-DEF_123",
        news: &["Ada <b> wrote on your wall.".to_owned()],
        at: DateTime::from_timestamp(1_781_524_800, 0).unwrap(),
        to: &to,
        message_domain: "letterlock.example",
    };
    write(&sender(), &occasion)
}

fn text(mail: &Message) -> String {
    String::from_utf8(mail.formatted()).unwrap()
}

#[test]
fn whatever_concerns_security_has_words_and_says_that_it_cannot_be_refused() {
    for kind in NoticeKind::ALL {
        let written = mail(kind, "ada@example.org");
        if kind.category() != Category::Security {
            assert_eq!(written.err(), Some(Unwritable::Kind));
            continue;
        }
        let text = text(&written.unwrap());
        for part in [
            "From: Letterlock <letters@letterlock.example>",
            "To: ada@example.org",
            "Message-ID: <0000000000001234@letterlock.example>",
            "Date: Mon, 15 Jun 2026 12:00:00 +0000",
            "multipart/alternative",
            "text/plain",
            "text/html",
            "cannot be refused",
            "https://letterlock.example",
        ] {
            assert!(text.contains(part), "{kind:?} lacks {part}: {text}");
        }
    }
}

#[test]
fn a_link_stands_whole_in_both_forms_and_says_how_long_it_is_good() {
    for (kind, path, good) in [
        (LinkKind::ConfirmAddress, "/mail/confirm/", "a week"),
        (LinkKind::ResetPassword, "/mail/reset/", "an hour"),
        (LinkKind::ChangeAddress, "/mail/confirm/", "24 hours"),
    ] {
        let mail = mail_of(MailKind::Link(kind), "ada@example.org").unwrap();
        // As whoever reads it puts broken lines together (RFC 2045, 6.7).
        let text = text(&mail).replace("=\r\n", "").replace("=3D", "=");
        let link = format!("https://letterlock.example{path}abc-DEF_123");
        // As text, as the address of a link, and as what the link says.
        assert_eq!(text.matches(&link).count(), 3, "{text}");
        assert_eq!(text.matches(good).count(), 2, "{text}");
        assert!(!text.contains("cannot be refused"), "{text}");
    }
}

#[test]
fn news_are_told_as_text_and_can_be_refused_by_one_click() {
    let mail = mail_of(MailKind::News, "ada@example.org").unwrap();
    let text = text(&mail).replace("=\r\n", "").replace("=3D", "=");
    let link = "https://letterlock.example/mail/refuse/abc-DEF_123";
    let unfolded = text.replace("\r\n ", " ");
    for part in [
        &format!("List-Unsubscribe: <{link}>"),
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "- Ada <b> wrote on your wall.",
        "<li>Ada &#60;b&#62; wrote on your wall.</li>",
        link,
    ] {
        assert!(unfolded.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("And more"));
}

#[test]
fn the_same_mail_twice_is_the_same_to_the_byte_but_for_its_boundary() {
    let [one, other] =
        [(), ()].map(|()| text(&mail(NoticeKind::SignedIn, "ada@example.org").unwrap()));
    let headers = |text: &str| -> Vec<String> {
        let lines = text.lines().take_while(|line| !line.is_empty());
        let kept = lines.filter(|line| !line.contains("boundary"));
        kept.map(str::to_owned).collect()
    };
    assert_eq!(headers(&one), headers(&other));
}

#[test]
fn an_address_begins_no_header() {
    for address in [
        "ada@example.org\r\nBcc: all@example.org",
        "ada@example.org\nBcc: all@example.org",
        "Ada <ada@example.org>, all@example.org",
        "ada@example.org, all@example.org",
        "ada",
        "",
        "\u{0}@example.org",
    ] {
        let written = mail(NoticeKind::SignedIn, address);
        assert_eq!(written.err(), Some(Unwritable::Address), "{address:?}");
    }
}

proptest! {
    /// Whatever can be an account's address takes mail, in one header of its own.
    #[test]
    fn every_address_of_an_account_takes_mail(
        raw in prop_oneof![
            "[a-zA-Z0-9!#$%&'*+/=?^_`{|}~.\u{e9}\u{df}-]{1,12}@[a-z0-9\u{e4}\u{3b1}-]{1,8}\\.[a-z0-9-]{1,8}",
            "\"[ -~]{0,10}\"@[a-z]{1,8}\\.[a-z]{2,8}",
            "[\\PC]{1,12}@[\\p{L}0-9-]{1,12}\\.[\\p{L}]{2,6}",
            "[a-z]{64}@[a-z]{60}\\.[a-z]{60}\\.[a-z]{60}",
        ],
    ) {
        let Ok(email) = Email::parse(&raw) else { return Ok(()) };
        let written = mail(NoticeKind::SignedIn, email.reveal());
        prop_assert!(written.is_ok(), "{:?}: {:?}", email.reveal(), written.err());
        let text = text(&written.unwrap());
        let headers = text.split("\r\n\r\n").next().unwrap();
        prop_assert_eq!(headers.matches("\nTo:").count(), 1, "{}", headers);
        prop_assert!(!headers.to_lowercase().contains("bcc:"), "{}", headers);
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[tokio::test]
async fn a_folder_has_each_mail_once_for_its_owner_alone() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("mail");
    let carrier = Carrier::folder(&path).unwrap();
    let mail = mail(NoticeKind::SignedIn, "ada@example.org").unwrap();
    for _ in 0..2 {
        carrier.carry(7, &mail).await.unwrap();
    }
    assert_eq!(names(&path.join("new")), ["0000000000000007.letterlock"]);
    assert!(names(&path.join("tmp")).is_empty());
    let file = path.join("new/0000000000000007.letterlock");
    assert_eq!(fs::read(&file).unwrap(), mail.formatted());
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(
        fs::metadata(path.join("new")).unwrap().permissions().mode() & 0o777,
        0o700
    );
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_to_keeps_nothing_and_is_tried_again() {
    let place = tempfile::tempdir().unwrap();
    let carrier = Carrier::folder(place.path()).unwrap();
    // Whoever runs the tests may be allowed everything: a file where a folder was stops anybody.
    fs::remove_dir(place.path().join("new")).unwrap();
    fs::write(place.path().join("new"), "").unwrap();
    let mail = mail(NoticeKind::SignedIn, "ada@example.org").unwrap();
    let failed = carrier.carry(7, &mail).await;
    assert_eq!(
        failed,
        Err(Failure::ForNow("the folder cannot be written to"))
    );
    assert!(names(&place.path().join("tmp")).is_empty());
}

#[test]
fn a_folder_where_there_is_a_file_is_none() {
    let place = tempfile::NamedTempFile::new().unwrap();
    assert!(Maildir::open(place.path()).is_err());
}

#[test]
fn the_address_of_a_server_must_be_one() {
    for address in ["smtp://localhost:2525", "smtps://user:word@mail.example"] {
        assert!(Carrier::server(&address.into()).is_ok(), "{address}");
    }
    for address in ["", "mail.example", "https://mail.example", "smtp://"] {
        let refused = Carrier::server(&address.into());
        assert!(refused.is_err(), "{address}");
    }
}
