//! What mails say, in plain text and in HTML.

use askama::Template;
use chrono::{DateTime, Utc};
use lettre::{
    Message,
    message::{
        Mailbox, MultiPart,
        header::{Header, HeaderName, HeaderValue},
    },
};

use crate::domain::{
    email::Email,
    mail::{LinkKind, MailKind, REFUSING_PATH},
    notice::NoticeKind,
};

/// Why a mail cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    /// The address is none that a mail can go to.
    #[error("the address takes no mail")]
    Address,
    /// There are no words for what it would tell.
    #[error("there is no such mail")]
    Kind,
    /// The parts do not fit together.
    #[error("the mail cannot be put together")]
    Parts,
}

/// From whom mails are, and where people reach the service.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The address that mails come from.
    pub from: Mailbox,
    /// Such as `https://letterlock.example`.
    pub site: String,
}

/// What one mail is made of.
#[derive(Debug)]
pub struct Occasion<'a> {
    /// By which a mail that comes twice is recognised.
    pub id: i64,
    /// What it tells.
    pub kind: MailKind,
    /// The text of the link, where it brings one; of news, that by which more of it is refused.
    pub link: &'a str,
    /// The news that it brings, a line each.
    pub news: &'a [String],
    /// When.
    pub at: DateTime<Utc>,
    /// Where it goes.
    pub to: &'a Email,
    /// The right side of its `Message-ID` (RFC 5322, 3.6.4).
    pub message_domain: &'a str,
}

#[derive(Template)]
#[template(path = "mail/account.txt", escape = "none")]
struct Text<'a> {
    happened: &'static str,
    at: &'a str,
    advice: &'static str,
    site: &'a str,
}

#[derive(Template)]
#[template(path = "mail/account.html")]
struct Html<'a> {
    happened: &'static str,
    at: &'a str,
    advice: &'static str,
    site: &'a str,
}

#[derive(Template)]
#[template(path = "mail/link.txt", escape = "none")]
struct LinkText<'a> {
    asked: &'static str,
    url: &'a str,
    until: &'static str,
    otherwise: &'static str,
    site: &'a str,
}

#[derive(Template)]
#[template(path = "mail/link.html")]
struct LinkHtml<'a> {
    asked: &'static str,
    url: &'a str,
    until: &'static str,
    otherwise: &'static str,
    site: &'a str,
}

#[derive(Template)]
#[template(path = "mail/news.txt", escape = "none")]
struct NewsText<'a> {
    lines: &'a [String],
    more: bool,
    site: &'a str,
    refuse: &'a str,
}

#[derive(Template)]
#[template(path = "mail/news.html")]
struct NewsHtml<'a> {
    lines: &'a [String],
    more: bool,
    site: &'a str,
    refuse: &'a str,
}

/// The most that one mail tells of.
const MOST_NEWS: usize = 10;

/// The subject, what was asked for, how long it is good, and what if it was somebody else who asked.
const fn link_words(kind: LinkKind) -> (&'static str, &'static str, &'static str, &'static str) {
    match kind {
        LinkKind::ConfirmAddress => (
            "Confirm your e-mail address",
            "This address was given for an account. If that was you, say so here:",
            "The link is good once, within a week.",
            "If it was not you, nothing needs to be done.",
        ),
        LinkKind::ResetPassword => (
            "Choose another password",
            "Somebody asked for another password of your account. If that was you, choose one here:",
            "The link is good once, within an hour of being asked for.",
            "If it was not you, nothing needs to be done: your password stays as it is.",
        ),
        LinkKind::ChangeAddress => (
            "Confirm your new e-mail address",
            "This address was given for an account, in the place of its old one. If that was you, say so here:",
            "The link is good once, within 24 hours.",
            "If it was not you, nothing needs to be done.",
        ),
    }
}

const WHEN: &str = "%-d %B %Y, %H:%M UTC";

/// The subject, and both forms of what a mail says.
fn parts(sender: &Sender, of: &Occasion<'_>) -> Result<(&'static str, String, String), Unwritable> {
    let site = &sender.site;
    let (subject, text, html) = match of.kind {
        MailKind::Told(kind) => {
            let (subject, happened, advice) = words(kind).ok_or(Unwritable::Kind)?;
            let at = &of.at.format(WHEN).to_string();
            let text = Text {
                happened,
                at,
                advice,
                site,
            };
            let html = Html {
                happened,
                at,
                advice,
                site,
            };
            (subject, text.render(), html.render())
        }
        MailKind::AddressInUse => {
            let (happened, advice) = (
                "Somebody gave this address for an account. It is the address of yours, and stays so.",
                "If that was you, sign in to the account that you have. If it was not, nothing needs to be done.",
            );
            let at = &of.at.format(WHEN).to_string();
            let text = Text {
                happened,
                at,
                advice,
                site,
            };
            let html = Html {
                happened,
                at,
                advice,
                site,
            };
            ("You have an account already", text.render(), html.render())
        }
        MailKind::News => {
            let more = of.news.len() > MOST_NEWS;
            let lines = &of.news[..of.news.len().min(MOST_NEWS)];
            let refuse = &refusing(sender, of);
            let text = NewsText {
                lines,
                more,
                site,
                refuse,
            };
            let html = NewsHtml {
                lines,
                more,
                site,
                refuse,
            };
            ("News from Letterlock", text.render(), html.render())
        }
        MailKind::Link(kind) => {
            let (subject, asked, until, otherwise) = link_words(kind);
            let url = &format!("{site}{}{}", kind.path(), of.link);
            let text = LinkText {
                asked,
                url,
                until,
                otherwise,
                site,
            };
            let html = LinkHtml {
                asked,
                url,
                until,
                otherwise,
                site,
            };
            (subject, text.render(), html.render())
        }
    };
    match (text, html) {
        (Ok(text), Ok(html)) => Ok((subject, text, html)),
        _ => Err(Unwritable::Parts),
    }
}

/// The subject, what happened, and what to do where it was somebody else's doing.
const fn words(kind: NoticeKind) -> Option<(&'static str, &'static str, &'static str)> {
    const NOT_YOU: &str = "If that was not you, change your password and end all other sessions.";
    Some(match kind {
        NoticeKind::SignedIn => (
            "A new device signed in to your account",
            "Somebody signed in to your account with a device that had not before.",
            NOT_YOU,
        ),
        NoticeKind::PasswordChanged => (
            "Your password was changed",
            "The password of your account was changed, and every other session was ended.",
            "If that was not you, write to whoever runs this service at once.",
        ),
        NoticeKind::EmailChanged => (
            "Your e-mail address was changed",
            "Your account has another e-mail address now. This is the last mail to the old one.",
            "If that was not you, write to whoever runs this service at once.",
        ),
        NoticeKind::SecondFactorOn => (
            "Your second factor was switched on",
            "Signing in to your account takes a second factor from now on.",
            NOT_YOU,
        ),
        NoticeKind::SecondFactorOff => (
            "Your second factor was switched off",
            "Signing in to your account takes no second factor any more.",
            NOT_YOU,
        ),
        NoticeKind::RecoveryCodesRenewed => (
            "Your recovery codes were renewed",
            "The recovery codes of your account were replaced. The old ones are of no use.",
            NOT_YOU,
        ),
        NoticeKind::PenpalRequest
        | NoticeKind::RequestAccepted
        | NoticeKind::WallPost
        | NoticeKind::Comment
        | NoticeKind::Announcement => return None,
    })
}

/// Writes a mail.
///
/// # Errors
///
/// [`Unwritable`].
pub fn write(sender: &Sender, of: &Occasion<'_>) -> Result<Message, Unwritable> {
    let (subject, text, html) = parts(sender, of)?;
    // Parsed: what stands in it can begin no header.
    let to = of.to.reveal().parse().map_err(|_| Unwritable::Address)?;
    let mut message = Message::builder()
        .from(sender.from.clone())
        .to(Mailbox::new(None, to))
        .subject(subject)
        .date(of.at.into())
        .message_id(Some(format!("<{:016x}@{}>", of.id, of.message_domain)));
    if of.kind == MailKind::News {
        message = message
            .header(ListUnsubscribe(format!("<{}>", refusing(sender, of))))
            .header(ListUnsubscribePost);
    }
    message
        .multipart(MultiPart::alternative_plain_html(text, html))
        .map_err(|_| Unwritable::Parts)
}

/// Where more of such mails are refused.
fn refusing(sender: &Sender, of: &Occasion<'_>) -> String {
    format!("{}{REFUSING_PATH}{}", sender.site, of.link)
}

/// Where a program of mail has more of them refused (RFC 2369, 3.2).
#[derive(Clone)]
struct ListUnsubscribe(String);

impl Header for ListUnsubscribe {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(text.to_owned()))
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.clone())
    }
}

/// That it may do so by one click (RFC 8058, 3.1).
#[derive(Clone)]
struct ListUnsubscribePost;

impl Header for ListUnsubscribePost {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe-Post")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "List-Unsubscribe=One-Click".to_owned())
    }
}
