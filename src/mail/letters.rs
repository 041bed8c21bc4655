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

/// A mail in plain text, and in HTML, which has what the text has.
macro_rules! forms {
    ($text:ident, $html:ident, $txt:literal, $htm:literal, { $($field:ident: $type:ty,)* }) => {
        #[derive(Template)]
        #[template(path = $txt, escape = "none")]
        struct $text<'a> {
            $($field: $type,)*
        }

        #[derive(Template)]
        #[template(path = $htm)]
        struct $html<'a> {
            of: &'a $text<'a>,
        }

        impl $text<'_> {
            /// Both forms.
            fn written(&self) -> askama::Result<(String, String)> {
                Ok((self.render()?, $html { of: self }.render()?))
            }
        }
    };
}

forms!(Account, AccountHtml, "mail/account.txt", "mail/account.html", {
    happened: &'static str,
    at: &'a str,
    advice: &'static str,
    site: &'a str,
});

forms!(Link, LinkHtml, "mail/link.txt", "mail/link.html", {
    asked: &'static str,
    url: &'a str,
    until: &'static str,
    otherwise: &'static str,
    site: &'a str,
});

forms!(News, NewsHtml, "mail/news.txt", "mail/news.html", {
    lines: &'a [String],
    more: bool,
    site: &'a str,
    refuse: &'a str,
});

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

/// The subject, what happened, and what to do.
type Words = (&'static str, &'static str, &'static str);

const IN_USE: Words = (
    "You have an account already",
    "Somebody gave this address for an account. It is the address of yours, and stays so.",
    "If that was you, sign in to the account that you have. If it was not, nothing needs to be done.",
);

/// The subject, and both forms of what a mail says.
fn parts(sender: &Sender, of: &Occasion<'_>) -> Result<(&'static str, String, String), Unwritable> {
    let site = &sender.site;
    let account = |(subject, happened, advice): Words| {
        let at = &of.at.format("%-d %B %Y, %H:%M UTC").to_string();
        let account = Account {
            happened,
            at,
            advice,
            site,
        };
        (subject, account.written())
    };
    let (subject, written) = match of.kind {
        MailKind::Told(kind) => account(words(kind).ok_or(Unwritable::Kind)?),
        MailKind::AddressInUse => account(IN_USE),
        MailKind::News => {
            let news = News {
                lines: &of.news[..of.news.len().min(MOST_NEWS)],
                more: of.news.len() > MOST_NEWS,
                site,
                refuse: &refusing(sender, of),
            };
            ("News from Letterlock", news.written())
        }
        MailKind::Link(kind) => {
            let (subject, asked, until, otherwise) = link_words(kind);
            let link = Link {
                asked,
                url: &format!("{site}{}{}", kind.path(), of.link),
                until,
                otherwise,
                site,
            };
            (subject, link.written())
        }
    };
    let (text, html) = written.map_err(|_| Unwritable::Parts)?;
    Ok((subject, text, html))
}

/// The subject, what happened, and what to do where it was somebody else's doing.
const fn words(kind: NoticeKind) -> Option<Words> {
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
